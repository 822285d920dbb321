//! Fields given by a formula, for tests and teaching: flows with known trajectories.
//!
//! The eddies are those of Fabbroni (2009, thesis, Bologna), as in the validation of most trajectory codes; the gyres
//! follow Stommel (1948, <https://doi.org/10.1029/TR029i002p00202>) and Shadden, Lekien & Marsden (2005,
//! <https://doi.org/10.1016/j.physd.2005.10.007>), the flow past a peninsula Adlandsvik et al. (2009, ICES CM).

use std::f64::consts::PI;

use crate::maths::{exp_lane, sin_cos};

/// A component of an analytic flow.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Analytic {
    pub flow: Flow,
    pub component: Component,
}

/// Which component of the flow a field is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Component {
    U,
    V,
}

/// A flow with a known solution. Coordinates in m on a flat mesh, velocities in m/s.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Everything turns in circles of inertia: u0 (cos ft, -sin ft).
    StationaryEddy,
    /// The same on a mean flow.
    MovingEddy,
    /// The same, decaying.
    DecayingEddy,
    /// A solid disc around (30, 30), one turn a day, clockwise.
    RadialRotation,
    /// Past a half disc of 16 km at (50 km, 0).
    Peninsula,
    /// A closed basin of 10 000 km with a western boundary current.
    StommelGyre,
    /// Two gyres in a box of 2 by 1 that widen and narrow in turn.
    DoubleGyre,
    /// 1 m/s to the east.
    ZonalFlow,
}

/// Speed of the eddies, m/s.
const U0: f64 = 0.3;
/// Speed of the mean flow, m/s.
const UG: f64 = 0.04;
/// Inertial frequency, 1/s.
const F: f64 = 1e-4;
/// Decay of the eddy, 1/s.
const GAMMA: f64 = 1.0 / (2.89 * 86_400.0);
/// Decay of the mean flow, 1/s.
const GAMMA_G: f64 = 1.0 / (28.9 * 86_400.0);
const PENINSULA: (f64, f64) = (50e3, 16e3);
/// Side of the Stommel gyre's basin, m.
const BASIN: f64 = 1e7;
/// Width of the western boundary layer over the basin's: r / (beta a).
const LAYER: f64 = 1.0 / (11.6 * 86_400.0) / (2e-11 * BASIN);

impl Flow {
    pub const ALL: [Self; 8] = [
        Self::StationaryEddy,
        Self::MovingEddy,
        Self::DecayingEddy,
        Self::RadialRotation,
        Self::Peninsula,
        Self::StommelGyre,
        Self::DoubleGyre,
        Self::ZonalFlow,
    ];

    /// The name in decks.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::StationaryEddy => "stationary_eddy",
            Self::MovingEddy => "moving_eddy",
            Self::DecayingEddy => "decaying_eddy",
            Self::RadialRotation => "radial_rotation",
            Self::Peninsula => "peninsula",
            Self::StommelGyre => "stommel_gyre",
            Self::DoubleGyre => "double_gyre",
            Self::ZonalFlow => "zonal_flow",
        }
    }

    /// The flow of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|flow| flow.name() == name)
    }

    /// (u, v) in m/s at t in s, x and y in m.
    #[inline(always)]
    #[must_use]
    pub fn velocity(self, t: f64, x: f64, y: f64) -> [f64; 2] {
        match self {
            Self::StationaryEddy => {
                let (sine, cosine) = sin_cos(F * t);
                [U0 * cosine, -U0 * sine]
            }
            Self::MovingEddy => {
                let (sine, cosine) = sin_cos(F * t);
                [UG + (U0 - UG) * cosine, -(U0 - UG) * sine]
            }
            Self::DecayingEddy => {
                let (sine, cosine) = sin_cos(F * t);
                let eddy = (U0 - UG) * exp_lane(-GAMMA * t);
                [UG * exp_lane(-GAMMA_G * t) + eddy * cosine, -eddy * sine]
            }
            Self::RadialRotation => {
                let omega = 2.0 * PI / 86_400.0;
                [omega * (y - 30.0), -omega * (x - 30.0)]
            }
            Self::Peninsula => {
                let (x0, r) = PENINSULA;
                let (dx, square) = (x - x0, (x - x0) * (x - x0) + y * y);
                [1.0 - r * r * (dx * dx - y * y) / (square * square), -2.0 * r * r * dx * y / (square * square)]
            }
            Self::StommelGyre => {
                let (sine, cosine) = sin_cos(PI * y / BASIN);
                let decay = exp_lane(-x / (BASIN * LAYER));
                let profile = 1.0 - decay - x / BASIN;
                [-profile * PI * PI * cosine * 0.05, (decay / LAYER - 1.0) * PI * sine * 0.05]
            }
            Self::DoubleGyre => {
                let (amplitude, epsilon, omega) = (0.1, 0.25, 2.0 * PI / 10.0);
                let a = epsilon * sin_cos(omega * t).0;
                let b = 1.0 - 2.0 * a;
                let (f, slope) = ((a * x + b) * x, 2.0 * a * x + b);
                let ((sin_f, cos_f), (sin_y, cos_y)) = (sin_cos(PI * f), sin_cos(PI * y));
                [-PI * amplitude * sin_f * cos_y, PI * amplitude * cos_f * sin_y * slope]
            }
            Self::ZonalFlow => [1.0, 0.0],
        }
    }

    /// Where a particle is at time t that was at (x, y) at time 0, where that is known in closed form.
    #[must_use]
    pub fn solution(self, t: f64, [x, y]: [f64; 2]) -> Option<[f64; 2]> {
        let (sine, cosine) = sin_cos(F * t);
        match self {
            Self::StationaryEddy => Some([x + U0 / F * sine, y - U0 / F * (1.0 - cosine)]),
            Self::MovingEddy => Some([x + UG * t + (U0 - UG) / F * sine, y - (U0 - UG) / F * (1.0 - cosine)]),
            Self::DecayingEddy => {
                let (c, ratio) = ((U0 - UG) * F / (F * F + GAMMA * GAMMA), GAMMA / F);
                let decay = exp_lane(-GAMMA * t);
                let mean = UG / GAMMA_G * (1.0 - exp_lane(-GAMMA_G * t));
                Some([
                    x + mean + c * (ratio + decay * (sine - ratio * cosine)),
                    y - c * (1.0 - decay * (cosine + ratio * sine)),
                ])
            }
            Self::RadialRotation => {
                let (sine, cosine) = sin_cos(2.0 * PI / 86_400.0 * t);
                let (dx, dy) = (x - 30.0, y - 30.0);
                Some([30.0 + dx * cosine + dy * sine, 30.0 - dx * sine + dy * cosine])
            }
            Self::ZonalFlow => Some([x + t, y]),
            Self::Peninsula | Self::StommelGyre | Self::DoubleGyre => None,
        }
    }

    /// Stream function in m2/s of steady flows, which trajectories conserve.
    #[must_use]
    pub fn stream_function(self, [x, y]: [f64; 2]) -> Option<f64> {
        match self {
            Self::Peninsula => {
                let (x0, r) = PENINSULA;
                Some(r * r * y / ((x - x0) * (x - x0) + y * y) - y)
            }
            Self::StommelGyre => {
                let profile = 1.0 - exp_lane(-x / (BASIN * LAYER)) - x / BASIN;
                Some(profile * PI * sin_cos(PI * y / BASIN).0 * 0.05 * BASIN)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Velocities are the derivatives of the solutions, or of the stream functions: u = -dpsi/dy, v = dpsi/dx.
    #[test]
    fn exact_velocities_fit_solutions() {
        for flow in Flow::ALL {
            assert_eq!(Flow::from_name(flow.name()), Some(flow));
            let (t, at) = (5e3, [33e3, 21e3]);
            if let Some(here) = flow.solution(t, at) {
                let (before, after) = (flow.solution(t - 1.0, at).unwrap(), flow.solution(t + 1.0, at).unwrap());
                let velocity = flow.velocity(t, here[0], here[1]);
                for c in 0..2 {
                    let slope = 0.5 * (after[c] - before[c]);
                    assert!((slope - velocity[c]).abs() < 2e-7 * velocity[c].abs().max(1e-2), "{}", flow.name());
                }
                assert!((flow.solution(0.0, at).unwrap()[0] - at[0]).abs() < 1e-9);
            }
            if let Some(psi) = flow.stream_function(at).map(|_| |x, y| flow.stream_function([x, y]).unwrap()) {
                let velocity = flow.velocity(t, at[0], at[1]);
                let u = -0.5 * (psi(at[0], at[1] + 1.0) - psi(at[0], at[1] - 1.0));
                let v = 0.5 * (psi(at[0] + 1.0, at[1]) - psi(at[0] - 1.0, at[1]));
                assert!((u - velocity[0]).abs() < 1e-6 && (v - velocity[1]).abs() < 1e-6, "{}: {u} {v}", flow.name());
            }
        }
    }
}
