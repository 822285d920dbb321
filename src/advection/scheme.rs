//! Schemes that follow a velocity over one step: displacements, in coordinate units, of a tile of particles.
//!
//! With k = velocity(t, x) and all stages from the same start: Euler's dx = k1 dt; the midpoint rule; Kutta's classical
//! fourth-order rule dx = (k1 + 2 k2 + 2 k3 + k4) dt / 6; Fehlberg's pair of orders 4 and 5 (E. Fehlberg, NASA TR
//! R-315, 1969, table III).

use super::rows::{Aligned, Row, units_per_metre};
use super::{Kernel, Mesh};

/// Positions, or displacements, along x, y and depth.
pub(super) type Triple<const W: usize> = [Row<W>; 3];

/// start + sum of slope times factor times dt.
#[inline(always)]
fn along<const W: usize, const S: usize>(
    start: &Triple<W>,
    slopes: [&Triple<W>; S],
    factors: [f64; S],
    dt: &Row<W>,
) -> Triple<W> {
    let step = total(slopes, factors, dt);
    let mut out = *start;
    for axis in 0..3 {
        for lane in 0..W {
            out[axis][lane] += step[axis][lane];
        }
    }
    out
}

/// Sum of slope times factor, times dt.
#[inline(always)]
fn total<const W: usize, const S: usize>(slopes: [&Triple<W>; S], factors: [f64; S], dt: &Row<W>) -> Triple<W> {
    let mut out = [[0.0; W]; 3];
    for axis in 0..3 {
        for lane in 0..W {
            let mut sum = slopes[0][axis][lane] * factors[0];
            for s in 1..S {
                sum = slopes[s][axis][lane].mul_add(factors[s], sum);
            }
            out[axis][lane] = sum * dt[lane];
        }
    }
    out
}

#[inline(always)]
fn later<const W: usize>(t: &Row<W>, dt: &Row<W>, fraction: f64) -> Row<W> {
    let mut out = *t;
    for lane in 0..W {
        out[lane] = dt[lane].mul_add(fraction, t[lane]);
    }
    out
}

/// A velocity in coordinate units per second at times and places. A trait rather than a closure, because a closure may
/// end up compiled for the baseline instruction set.
pub(super) trait Velocity<const W: usize> {
    fn at(&self, t: &Row<W>, place: &Triple<W>, out: &mut Triple<W>);
}

/// A scheme each of whose stages follows the slope of the one before: a fraction of the step ahead, and the weight of
/// the slope found there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Chain {
    ahead: &'static [f64],
    weight: &'static [f64],
}

impl Chain {
    /// The scheme of a kernel that moves with the current in steps of one size.
    pub fn of(kernel: Kernel) -> Option<Self> {
        match kernel {
            Kernel::AdvectionEe | Kernel::AdvectionDiffusionEm | Kernel::AdvectionDiffusionM1 => Some(Self::EULER),
            Kernel::AdvectionRk2 => Some(Self::RK2),
            Kernel::AdvectionRk4 | Kernel::AdvectionRk43d => Some(Self::RK4),
            Kernel::AdvectionRk45 | Kernel::DiffusionUniform => None,
        }
    }

    /// When its stages ask for a velocity, s, in a step from `t` by `dt`.
    pub fn times(self, t: f64, dt: f64) -> impl Iterator<Item = f64> + Clone {
        self.ahead.iter().map(move |&ahead| dt.mul_add(ahead, t))
    }

    /// Euler, order 1.
    pub const EULER: Self = Self { ahead: &[0.0], weight: &[1.0] };
    /// Midpoint rule, order 2.
    pub const RK2: Self = Self { ahead: &[0.0, 0.5], weight: &[0.0, 1.0] };
    /// Kutta's classical rule, order 4.
    pub const RK4: Self = Self { ahead: &[0.0, 0.5, 0.5, 1.0], weight: &[1.0 / 6.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 6.0] };

    /// Add the displacement over `dt` to `out`.
    #[inline(always)]
    pub fn step<const W: usize>(
        self,
        velocity: &impl Velocity<W>,
        axes: usize,
        t: &Row<W>,
        start: &Triple<W>,
        dt: &Row<W>,
        out: &mut Triple<W>,
    ) {
        let (mut slope, mut sum) = (Aligned([[0.0; W]; 3]), Aligned([[0.0; W]; 3]));
        let (mut place, mut time) = (Aligned(*start), Aligned(*t));
        for (&ahead, &weight) in self.ahead.iter().zip(self.weight) {
            if ahead > 0.0 {
                for lane in 0..W {
                    time[lane] = dt[lane].mul_add(ahead, t[lane]);
                }
                for axis in 0..axes {
                    for lane in 0..W {
                        place[axis][lane] = (slope[axis][lane] * ahead).mul_add(dt[lane], start[axis][lane]);
                    }
                }
            }
            velocity.at(&time, &place, &mut slope);
            for axis in 0..axes {
                for lane in 0..W {
                    sum[axis][lane] = slope[axis][lane].mul_add(weight, sum[axis][lane]);
                }
            }
        }
        for axis in 0..axes {
            for lane in 0..W {
                out[axis][lane] = sum[axis][lane].mul_add(dt[lane], out[axis][lane]);
            }
        }
    }
}

/// Stages of Fehlberg's pair: when, and from which slopes.
const AHEAD: [f64; 6] = [0.0, 0.25, 3.0 / 8.0, 12.0 / 13.0, 1.0, 0.5];
const STAGE: [[f64; 5]; 6] = [
    [0.0; 5],
    [0.25, 0.0, 0.0, 0.0, 0.0],
    [3.0 / 32.0, 9.0 / 32.0, 0.0, 0.0, 0.0],
    [1932.0 / 2197.0, -7200.0 / 2197.0, 7296.0 / 2197.0, 0.0, 0.0],
    [439.0 / 216.0, -8.0, 3680.0 / 513.0, -845.0 / 4104.0, 0.0],
    [-8.0 / 27.0, 2.0, -3544.0 / 2565.0, 1859.0 / 4104.0, -11.0 / 40.0],
];
/// Solution of order 5.
const FIFTH: [f64; 6] = [16.0 / 135.0, 0.0, 6656.0 / 12825.0, 28561.0 / 56430.0, -9.0 / 50.0, 2.0 / 55.0];
/// Solution of order 5 less that of order 4.
const ERROR: [f64; 6] = [
    16.0 / 135.0 - 25.0 / 216.0,
    0.0,
    6656.0 / 12825.0 - 1408.0 / 2565.0,
    28561.0 / 56430.0 - 2197.0 / 4104.0,
    -9.0 / 50.0 + 1.0 / 5.0,
    2.0 / 55.0,
];

/// Fehlberg's pair: the displacement of order 5, and its difference from that of order 4.
#[inline(always)]
pub(super) fn fehlberg<const W: usize>(
    velocity: &impl Velocity<W>,
    t: &Row<W>,
    start: &Triple<W>,
    dt: &Row<W>,
) -> [Triple<W>; 2] {
    let mut k = [[[0.0; W]; 3]; 6];
    for stage in 0..6 {
        let from = along(start, [&k[0], &k[1], &k[2], &k[3], &k[4]], STAGE[stage], dt);
        velocity.at(&later(t, dt, AHEAD[stage]), &from, &mut k[stage]);
    }
    let all = [&k[0], &k[1], &k[2], &k[3], &k[4], &k[5]];
    [total(all, FIFTH, dt), total(all, ERROR, dt)]
}

/// How an adaptive step went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Steps {
    pub accepted: u64,
    pub rejected: u64,
}

/// A step is never divided into more than about this many; a velocity that is interpolated linearly has kinks at which
/// no tolerance is met by the order.
const MOST_PARTS: f64 = 4096.0;

/// Fehlberg's pair with a step size for each particle. The step goes on with the fifth-order solution (local
/// extrapolation: Hairer, Norsett & Wanner 1993, section II.4) and is accepted when the error estimate, which belongs
/// to the fourth, is within `tolerance` in m; the next is h (0.9 tolerance / error)^(1/5), between a fifth and five
/// times h. Every call starts with the whole of `dt`, so that nothing but the particle's place counts.
#[inline(always)]
pub(super) fn rk45<const W: usize>(
    velocity: &impl Velocity<W>,
    mesh: Mesh,
    tolerance: f64,
    t: &Row<W>,
    start: &Triple<W>,
    dt: &Row<W>,
) -> (Triple<W>, Steps) {
    let mut moved = [[0.0; W]; 3];
    let mut steps = Steps::default();
    let (mut done, mut h) = ([0.0; W], *dt);
    while done != *dt {
        let (mut now, mut from) = (*t, *start);
        for lane in 0..W {
            now[lane] += done[lane];
            for axis in 0..3 {
                from[axis][lane] += moved[axis][lane];
            }
        }
        let [step, error] = fehlberg(velocity, &now, &from, &h);
        let (fx, fy) = units_per_metre(mesh, &from[1]);
        for lane in 0..W {
            if done[lane] == dt[lane] {
                continue;
            }
            let mut square = 0.0;
            for (axis, unit) in [fx[lane], fy, 1.0].into_iter().enumerate() {
                let error = error[axis][lane] / unit;
                square += error * error;
            }
            let ratio = square.sqrt() / tolerance;
            let smallest = dt[lane].abs() / MOST_PARTS;
            // Written so that NaN is accepted: the particle is lost anyway.
            if ratio > 1.0 && h[lane].abs() > smallest {
                steps.rejected += 1;
            } else {
                steps.accepted += 1;
                for axis in 0..3 {
                    moved[axis][lane] += step[axis][lane];
                }
                let left = dt[lane] - done[lane];
                done[lane] = if h[lane] == left { dt[lane] } else { done[lane] + h[lane] };
            }
            let factor = if ratio > 0.0 { fifth_root(0.9 / ratio).clamp(0.2, 5.0) } else { 5.0 };
            let size = (h[lane].abs() * factor).max(smallest);
            let left = dt[lane] - done[lane];
            h[lane] = if size * (1.0 + 1e-9) >= left.abs() { left } else { size.copysign(dt[lane]) };
        }
    }
    (moved, steps)
}

#[inline(always)]
fn fifth_root(x: f64) -> f64 {
    crate::maths::exp_lane(0.2 * crate::maths::ln_lane(x))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pair's conditions of order: weights sum to 1, and so on for the powers of the stages' times.
    #[test]
    fn exact_fehlberg_meets_the_quadrature_conditions() {
        for power in 0..5 {
            let moment = |weights: [f64; 6]| -> f64 { (0..6).map(|i| weights[i] * AHEAD[i].powi(power)).sum() };
            assert!((moment(FIFTH) - 1.0 / f64::from(power + 1)).abs() < 1e-14);
            if power < 4 {
                assert!(moment(ERROR).abs() < 1e-14);
            }
        }
        for stage in 0..6 {
            assert!((STAGE[stage].iter().sum::<f64>() - AHEAD[stage]).abs() < 1e-14);
        }
    }

    impl<const W: usize, F: Fn(&Row<W>, &Triple<W>) -> Triple<W>> Velocity<W> for F {
        fn at(&self, t: &Row<W>, place: &Triple<W>, out: &mut Triple<W>) {
            *out = self(t, place);
        }
    }

    fn error(order: u32, steps: i32) -> f64 {
        // x' = x cos t, x(0) = 1: x = exp(sin t); y' = x - y sin t.
        let velocity = |t: &Row<1>, x: &Triple<1>| [[x[0][0] * t[0].cos()], [-x[1][0] * t[0].sin()], [x[1][0]]];
        let h = [2.0 / f64::from(steps)];
        let mut x = [[1.0], [1.0], [0.0]];
        for step in 0..steps {
            let t = [h[0] * f64::from(step)];
            let mut dx = [[0.0]; 3];
            match order {
                1 => Chain::EULER.step(&velocity, 3, &t, &x, &h, &mut dx),
                2 => Chain::RK2.step(&velocity, 3, &t, &x, &h, &mut dx),
                4 => Chain::RK4.step(&velocity, 3, &t, &x, &h, &mut dx),
                _ => dx = fehlberg(&velocity, &t, &x, &h)[0],
            }
            for axis in 0..3 {
                x[axis][0] += dx[axis][0];
            }
        }
        let truth = [2.0_f64.sin().exp(), (2.0_f64.cos() - 1.0).exp()];
        (x[0][0] - truth[0]).abs().max((x[1][0] - truth[1]).abs())
    }

    #[test]
    fn conv_each_scheme_has_its_order() {
        for order in [1, 2, 4, 5] {
            let observed = (error(order, 40) / error(order, 80)).log2();
            assert!((observed - f64::from(order)).abs() < 0.25, "order {order}: {observed}");
        }
    }

    #[test]
    fn conv_the_adaptive_step_meets_its_tolerance() {
        let velocity = |t: &Row<2>, x: &Triple<2>| [[x[0][0] * t[0].cos(), -x[0][1]], [0.0; 2], [0.0; 2]];
        for tolerance in [1e-3, 1e-6, 1e-9] {
            for dt in [2.0, -2.0] {
                let start = [[1.0, 1.0], [0.0; 2], [0.0; 2]];
                let (moved, steps) = rk45(&velocity, Mesh::Flat, tolerance, &[0.0; 2], &start, &[dt, 0.5 * dt]);
                assert!((1.0 + moved[0][0] - dt.sin().exp()).abs() < 50.0 * tolerance, "{tolerance}");
                assert!((1.0 + moved[0][1] - (-0.5 * dt).exp()).abs() < 50.0 * tolerance, "{tolerance}");
                assert!(steps.accepted >= 2);
            }
        }
    }
}
