use crate::advection::curvilinear::CellHint;

/// One step of the classical Runge–Kutta method; `None` when a stage is outside.
pub fn rk4(
    velocity: impl Fn(f64, [f64; 2], &mut CellHint) -> Option<[f64; 2]>,
    t: f64,
    p: [f64; 2],
    dt: f64,
    hint: &mut CellHint,
) -> Option<[f64; 2]> {
    let ahead = |k: [f64; 2], part: f64| [p[0] + part * dt * k[0], p[1] + part * dt * k[1]];
    let k1 = velocity(t, p, hint)?;
    let k2 = velocity(t + 0.5 * dt, ahead(k1, 0.5), hint)?;
    let k3 = velocity(t + 0.5 * dt, ahead(k2, 0.5), hint)?;
    let k4 = velocity(t + dt, ahead(k3, 1.0), hint)?;
    Some([0, 1].map(|d| p[d] + dt / 6.0 * (k1[d] + 2.0 * k2[d] + 2.0 * k3[d] + k4[d])))
}
