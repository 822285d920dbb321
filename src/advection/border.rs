//! What becomes of particles that a step takes out of the domain or onto land.

use super::curved::Hints;
use super::fieldset::FieldSet;
use super::particles::ParticleStatus;
use super::rows::{Mask, Row, WIDTH, set_where};
use super::scheme::Triple;
use super::{Mesh, OnLand, OnLeaving};

/// Where a particle is after a step, and how it fares.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct End {
    pub at: [f64; 3],
    pub status: ParticleStatus,
    /// Whether it went the way of its displacement.
    pub went: bool,
    pub stop: bool,
}

/// Whether a place needs a closer look: outside the domain, beyond a pole, or not a number.
#[inline(always)]
pub(super) fn is_odd(fields: &FieldSet, at: &Triple<WIDTH>, hints: &Hints) -> Mask {
    let pole = if fields.mesh() == Mesh::Spherical { 90.0 } else { f64::INFINITY };
    let [top, bottom] = fields.depths().unwrap_or([f64::NEG_INFINITY, f64::INFINITY]);
    let mut odd = [0; WIDTH];
    for lane in 0..WIDTH {
        let (x, y, z) = (at[0][lane], at[1][lane], at[2][lane]);
        let finite = (x + y + z) * 0.0 == 0.0;
        set_where(&mut odd, lane, !finite | (y.abs() > pole) | (z < top) | (z > bottom));
    }
    fields.add_outside([&at[0], &at[1], &at[2]], hints, &mut odd);
    odd
}

/// What becomes of a particle that was at `start` and would be at `to`.
pub(super) fn resolve(fields: &FieldSet, on_leaving: OnLeaving, start: [f64; 3], to: [f64; 3], hints: &Hints) -> End {
    let mut end = End { at: to, status: ParticleStatus::Moving, went: true, stop: false };
    let lost = |status| End { at: start, status, went: false, stop: on_leaving == OnLeaving::Stop };
    if !to.iter().all(|value| value.is_finite()) {
        return End { stop: false, ..lost(ParticleStatus::NotANumber) };
    }
    if fields.mesh() == Mesh::Spherical && end.at[1].abs() > 90.0 {
        // Over the pole and down the other side.
        end.at = [end.at[0] + 180.0, 180.0_f64.copysign(end.at[1]) - end.at[1], end.at[2]];
        if end.at[1].abs() > 90.0 {
            return End { stop: false, ..lost(ParticleStatus::NotANumber) };
        }
    }
    if fields.is_outside(end.at[0], end.at[1], hints) {
        match on_leaving {
            OnLeaving::Delete | OnLeaving::Stop => return lost(ParticleStatus::LeftDomain),
            OnLeaving::Stick => (end.at[0], end.at[1], end.went) = (start[0], start[1], false),
            OnLeaving::Wrap => {
                for (value, ends) in end.at.iter_mut().zip([fields.ends_x(), fields.ends_y()]) {
                    if let Some([first, last]) = ends
                        && last > first
                    {
                        *value -= (last - first) * ((*value - first) / (last - first)).floor();
                    }
                }
                if fields.is_outside(end.at[0], end.at[1], hints) {
                    return lost(ParticleStatus::LeftDomain);
                }
            }
        }
    }
    let [top, bottom] = fields.depths().unwrap_or([f64::NEG_INFINITY, f64::INFINITY]);
    if end.at[2] < top || end.at[2] > bottom {
        match on_leaving {
            OnLeaving::Delete | OnLeaving::Stop if end.at[2] < top => return lost(ParticleStatus::ThroughSurface),
            OnLeaving::Delete | OnLeaving::Stop => return lost(ParticleStatus::ThroughBottom),
            OnLeaving::Stick | OnLeaving::Wrap => end.at[2] = end.at[2].clamp(top, bottom),
        }
    }
    end
}

/// From this share of land in the interpolation's weight on a place counts as land.
const LAND: f64 = 0.5;

/// Which places count as land.
#[inline(always)]
pub(super) fn is_land(fields: &FieldSet, time: f64, at: &Triple<WIDTH>, hints: &Hints) -> [bool; WIDTH] {
    let share: Row<WIDTH> = fields.land(time, [&at[0], &at[1], &at[2]], hints);
    let mut land = [false; WIDTH];
    for lane in 0..WIDTH {
        land[lane] = share[lane] >= LAND;
    }
    land
}

/// What becomes of a particle that was at `start` and would come to land at `to`.
pub(super) fn ashore(
    fields: &FieldSet,
    on_land: OnLand,
    time: f64,
    start: [f64; 3],
    to: [f64; 3],
    hints: &Hints,
) -> End {
    let stay = End { at: start, status: ParticleStatus::Moving, went: false, stop: false };
    let at_sea = |at: [f64; 3]| {
        let odd = is_odd(fields, &at.map(|value| [value; WIDTH]), hints)[0] != 0;
        !odd && !is_land(fields, time, &at.map(|value| [value; WIDTH]), hints)[0]
    };
    match on_land {
        OnLand::Ignore => End { at: to, ..stay },
        OnLand::Stick => End { status: ParticleStatus::OnLand, ..stay },
        OnLand::Slip => {
            // Both ways along the axes, the longer first.
            let [along_x, along_y] = [[to[0], start[1], to[2]], [start[0], to[1], to[2]]];
            let x_first = (to[0] - start[0]).abs() >= (to[1] - start[1]).abs();
            let ways = if x_first { [along_x, along_y] } else { [along_y, along_x] };
            ways.into_iter().find(|&at| at_sea(at)).map_or(stay, |at| End { at, ..stay })
        }
        OnLand::Reflect => {
            let back = std::array::from_fn(|axis| 2.0 * start[axis] - to[axis]);
            if at_sea(back) { End { at: back, went: true, ..stay } } else { stay }
        }
    }
}
