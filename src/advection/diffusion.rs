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
use super::fieldset::{Entry, FieldSet};
use super::normal::Normals;
use super::rows::{Aligned, LEAST_COSINE, Places, Row, WIDTH};
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
    start: Places<'_>,
    dt: &Row<WIDTH>,
    hints: &Hints,
    out: &mut Triple<WIDTH>,
) {
    let y = start[1];
    if let Some([kx, ky]) = constant(fields) {
        scatter(fields.mesh(), [&[kx; WIDTH], &[ky; WIDTH]], kx == ky, normals, y, dt, out);
        return;
    }
    let mut rows = Aligned([[[0.0; WIDTH]; 2]; 2]);
    let distance = (walk != Walk::Uniform).then_some(gradient_step);
    fields.mixing(distance, t, start, hints, &mut rows.0);
    let Aligned([[kx, ky], slopes]) = &rows;
    let metric = scatter(fields.mesh(), [kx, ky], fields.mixes_alike(), normals, y, dt, out);
    if walk != Walk::Uniform {
        ascend(walk, slopes, normals, dt, &metric, out);
    }
}

/// Kh along x and y where it is the same everywhere and always: then nothing is to be read, and there are no slopes.
#[inline(always)]
fn constant(fields: &FieldSet) -> Option<[f64; 2]> {
    match fields.diffusivity?.map(|field| fields.entries[field]) {
        [Entry::Constant(x), Entry::Constant(y)] => Some([x, y]),
        _ => None,
    }
}

/// Add the displacement by K alone, which is `alike` if that along y is that along x.
#[inline(always)]
fn scatter(
    mesh: Mesh,
    [kx, ky]: [&Row<WIDTH>; 2],
    alike: bool,
    normals: &Normals<WIDTH>,
    y: &Row<WIDTH>,
    dt: &Row<WIDTH>,
    out: &mut Triple<WIDTH>,
) -> Metric {
    let metric = Metric::new(mesh, y);
    let mut spread = Aligned([[0.0; WIDTH]; 2]);
    let Aligned(spread) = &mut spread;
    deviation(kx, normals, dt, &mut spread[0]);
    if alike {
        spread[1] = spread[0];
    } else {
        deviation(ky, normals, dt, &mut spread[1]);
    }
    for lane in 0..WIDTH {
        let along_x = spread[0][lane] * normals.direction[0][lane];
        let along_y = spread[1][lane] * normals.direction[1][lane];
        let north = (ky[lane] * dt[lane].abs()).mul_add(-metric.bend[lane], along_y);
        out[0][lane] = along_x.mul_add(metric.along_x[lane], out[0][lane]);
        out[1][lane] = north.mul_add(metric.along_y, out[1][lane]);
    }
    metric
}

/// Add the displacement towards larger K by its slopes, per coordinate unit.
#[inline(always)]
fn ascend(
    walk: Walk,
    slopes: &[Row<WIDTH>; 2],
    normals: &Normals<WIDTH>,
    dt: &Row<WIDTH>,
    metric: &Metric,
    out: &mut Triple<WIDTH>,
) {
    for lane in 0..WIDTH {
        let span = dt[lane].abs();
        let units = [metric.along_x[lane], metric.along_y];
        for axis in 0..2 {
            let part = normals.direction[axis][lane];
            let milstein = 0.5 * (normals.square[lane] * (part * part)).mul_add(span, span);
            let time = if walk == Walk::Milstein { milstein } else { span };
            out[axis][lane] = (slopes[axis][lane] * units[axis] * units[axis]).mul_add(time, out[axis][lane]);
        }
    }
}

/// Coordinate units in a metre along x and y, and how strongly circles of latitude bend, 1/m.
#[repr(align(64))]
struct Metric {
    along_x: Row<WIDTH>,
    along_y: f64,
    bend: Row<WIDTH>,
}

impl Metric {
    #[inline(always)]
    fn new(mesh: Mesh, y: &Row<WIDTH>) -> Self {
        let mut metric = Self { along_x: [1.0; WIDTH], along_y: 1.0, bend: [0.0; WIDTH] };
        if mesh == Mesh::Spherical {
            metric.along_y = 1.0 / Mesh::METRES_PER_DEGREE;
            for lane in 0..WIDTH {
                let (sine, cosine) = sin_cos_latitude(y[lane]);
                let inverse = 1.0 / if cosine > LEAST_COSINE { cosine } else { LEAST_COSINE };
                metric.along_x[lane] = metric.along_y * inverse;
                metric.bend[lane] = sine * inverse * PER_RADIUS;
            }
        }
        metric
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
