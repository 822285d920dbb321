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

/// The displacement in coordinate units over `dt` by mixing alone; `normals` are two independent normal deviates.
#[inline(always)]
pub(super) fn walk(
    fields: &FieldSet,
    walk: Walk,
    gradient_step: f64,
    normals: &[Row<WIDTH>; 2],
    t: &Row<WIDTH>,
    start: &Triple<WIDTH>,
    dt: &Row<WIDTH>,
    hints: &Hints,
) -> [Row<WIDTH>; 2] {
    let [x, y, z] = start;
    // The place itself, then a step ahead and behind along x and y.
    const BESIDE: [[f64; 2]; 5] = [[0.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]];
    let samples = if walk == Walk::Uniform { 1 } else { 5 };
    let mut sampled = [[[0.0; WIDTH]; 2]; 5];
    for (sampled, beside) in sampled.iter_mut().zip(BESIDE).take(samples) {
        let (mut x, mut y) = (*x, *y);
        for lane in 0..WIDTH {
            x[lane] += beside[0] * gradient_step;
            y[lane] += beside[1] * gradient_step;
        }
        *sampled = fields.diffusivity(t, [&x, &y, z], hints);
    }
    let k = sampled[0];
    let mut out = [[0.0; WIDTH]; 2];
    let spherical = fields.mesh() == Mesh::Spherical;
    let (mut fx, mut drift) = ([1.0; WIDTH], [0.0; WIDTH]);
    let fy = if spherical { 1.0 / Mesh::METRES_PER_DEGREE } else { 1.0 };
    if spherical {
        for lane in 0..WIDTH {
            let (sine, cosine) = sin_cos_latitude(y[lane]);
            let cosine = if cosine > LEAST_COSINE { cosine } else { LEAST_COSINE };
            let inverse = 1.0 / cosine;
            fx[lane] = fy * inverse;
            drift[lane] = -(k[1][lane] * sine) * (inverse * PER_RADIUS);
        }
    }
    let mut slope = [[0.0; WIDTH]; 2];
    if walk != Walk::Uniform {
        for axis in 0..2 {
            let (right, left) = (sampled[2 * axis + 1][axis], sampled[2 * axis + 2][axis]);
            for lane in 0..WIDTH {
                let f = if axis == 0 { fx[lane] } else { fy };
                slope[axis][lane] = (right[lane] - left[lane]) / (2.0 * gradient_step) * f;
            }
        }
    }
    for axis in 0..2 {
        for lane in 0..WIDTH {
            let (k, n, span) = (k[axis][lane], normals[axis][lane], dt[lane].abs());
            let k = if k > 0.0 { k } else { 0.0 };
            let random = (2.0 * k * span).sqrt() * n;
            let square = match walk {
                Walk::Uniform => 0.0,
                Walk::EulerMaruyama => span,
                Walk::Milstein => 0.5 * (n * n).mul_add(span, span),
            };
            let metres = slope[axis][lane].mul_add(square, random);
            let metres = if axis == 1 { drift[lane].mul_add(span, metres) } else { metres };
            out[axis][lane] = metres * if axis == 0 { fx[lane] } else { fy };
        }
    }
    out
}
