//! Random walks that stand for unresolved mixing with diffusivity K (m2/s); N is normal with variance 1, dW = sqrt(|dt|) N.
//!
//! - uniform K: dx = sqrt(2 K |dt|) N;
//! - Euler & Maruyama: dx = u dt + K' |dt| + sqrt(2 K) dW;
//! - Milstein, order 1: dx = u dt + K' (dW^2 + |dt|) / 2 + sqrt(2 K) dW (Graewe 2011,
//!   <https://doi.org/10.1016/j.ocemod.2010.10.002>; Milstein 1974, <https://doi.org/10.1137/1119062>).
//!
//! K' keeps particles from gathering where K is small. It is a central difference over a small distance. The size of dt
//! counts, not its sign, so that mixing mixes in backward runs too.
//! On the sphere a walk in longitude and latitude has the drift -K tan(latitude) / R in latitude besides, without which
//! particles would gather at the poles: the Laplacian is (1 / cos phi) d/dphi (cos phi d/dphi) + ….

use super::Mesh;
use super::curved::Hints;
use super::fieldset::FieldSet;
use super::normal::Normals;
use super::rows::{LEAST_COSINE, Row, WIDTH};
use super::scheme::Triple;
use crate::maths::sin_cos_latitude;

/// 1 / radius of the sphere, 1/m.
const PER_RADIUS: f64 = std::f64::consts::PI / (180.0 * Mesh::METRES_PER_DEGREE);

/// How a random walk treats a diffusivity that varies in space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Walk {
    /// It does not.
    Uniform,
    EulerMaruyama,
    Milstein,
}

/// Add the displacement in coordinate units over `dt` by mixing alone to `out`; `normals` are two independent normal
/// deviates.
#[inline(always)]
pub(super) fn walk(
    fields: &FieldSet,
    walk: Walk,
    gradient_step: f64,
    normals: &Normals<WIDTH>,
    t: &Row<WIDTH>,
    start: &Triple<WIDTH>,
    dt: &Row<WIDTH>,
    hints: &Hints,
    out: &mut Triple<WIDTH>,
) {
    let [x, y, z] = start;
    let distance = (walk != Walk::Uniform).then_some(gradient_step);
    let mut rows = [[[0.0; WIDTH]; 2]; 2];
    fields.mixing(distance, t, [x, y, z], hints, &mut rows);
    let [[kx, ky], [slope_x, slope_y]] = &rows;
    let (mut fx, mut drift) = ([1.0; WIDTH], [0.0; WIDTH]);
    let mut fy = 1.0;
    if fields.mesh() == Mesh::Spherical {
        fy = 1.0 / Mesh::METRES_PER_DEGREE;
        for lane in 0..WIDTH {
            let (sine, cosine) = sin_cos_latitude(y[lane]);
            let cosine = if cosine > LEAST_COSINE { cosine } else { LEAST_COSINE };
            let inverse = 1.0 / cosine;
            fx[lane] = fy * inverse;
            drift[lane] = -(ky[lane] * sine) * (inverse * PER_RADIUS);
        }
    }
    let mut spread = [[0.0; WIDTH]; 2];
    deviation(kx, normals, dt, &mut spread[0]);
    if fields.mixes_alike() {
        spread[1] = spread[0];
    } else {
        deviation(ky, normals, dt, &mut spread[1]);
    }
    for lane in 0..WIDTH {
        let span = dt[lane].abs();
        let (cosine, sine) = (normals.direction[0][lane], normals.direction[1][lane]);
        let (mut along_x, mut along_y) = (spread[0][lane] * cosine, spread[1][lane] * sine);
        if walk != Walk::Uniform {
            let square = normals.square[lane];
            let (mut x, mut y) = (span, span);
            if walk == Walk::Milstein {
                x = 0.5 * (square * (cosine * cosine)).mul_add(span, span);
                y = 0.5 * (square * (sine * sine)).mul_add(span, span);
            }
            along_x = (slope_x[lane] * fx[lane]).mul_add(x, along_x);
            along_y = (slope_y[lane] * fy).mul_add(y, along_y);
        }
        out[0][lane] = along_x.mul_add(fx[lane], out[0][lane]);
        out[1][lane] = drift[lane].mul_add(span, along_y).mul_add(fy, out[1][lane]);
    }
}

/// The length of the random step, m: sqrt(2 K |dt|) times that of the normals.
#[inline(always)]
fn deviation(k: &Row<WIDTH>, normals: &Normals<WIDTH>, dt: &Row<WIDTH>, out: &mut Row<WIDTH>) {
    for lane in 0..WIDTH {
        let k = if k[lane] > 0.0 { k[lane] } else { 0.0 };
        out[lane] = (2.0 * k * dt[lane].abs() * normals.square[lane]).sqrt();
    }
}
