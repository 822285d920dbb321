//! Step control of each lane: its time, its step, what it did so far.
//!
//! The controller is that of MICM and KPP (Hairer & Wanner 1996, section IV.8): a step is accepted if its error norm
//! is below 1, the next is 0.9 / norm^(1/p) times as long, between 0.2 and 6 times; after a rejection a step does
//! not grow, after two in a row it shrinks tenfold.

use std::hint::select_unpredictable as choose;

use super::cells::TILE;
use super::outcome::Outcome;
use crate::lanes::Lanes;
use crate::maths::inverse_root;

const SAFETY: f64 = 0.9;
const SHRINK: f64 = 0.2;
const GROW: f64 = 6.0;
const SHRINK_AGAIN: f64 = 0.1;
/// Squared norm below which a step counts as exact.
const SQUARE_MIN: f64 = 1e-20;
/// Squared norm above which the solution has broken down.
const SQUARE_MAX: f64 = 1e200;
/// Squared norm that a step with negative concentrations counts as having at least: it is halved.
const SQUARE_NEGATIVE: f64 = 36.0;

/// The state of the controller in each lane; flags are 0 or 1, counts whole, so that all vectorises.
#[derive(Debug)]
pub(super) struct Control<const W: usize> {
    /// 1 while a cell is being integrated.
    pub active: Lanes<W>,
    /// Time since the call began, s.
    pub t: Lanes<W>,
    /// Step to try next, s; 0 where it has yet to be chosen.
    pub h: Lanes<W>,
    /// Step that is being tried: `h`, or less where the call ends, s.
    pub tried: Lanes<W>,
    /// Where the step that is being tried ends, s.
    end: Lanes<W>,
    /// Step that the controller would like next were it not for the end of the call, s.
    pub proposal: Lanes<W>,
    /// About the shortest lifetime of any species in the last step, s.
    pub shortest_lifetime: Lanes<W>,
    /// Rejections in a row.
    in_a_row: Lanes<W>,
    pub accepted: Lanes<W>,
    pub rejected: Lanes<W>,
    /// 1 where the last step has been accepted.
    pub accept: Lanes<W>,
    /// 1 where the last norm was a number.
    finite: Lanes<W>,
    /// 1 where the integration is over, for good or ill.
    pub done: Lanes<W>,
}

impl<const W: usize> Control<W> {
    /// No cell in any lane.
    pub fn idle() -> Self {
        Self {
            active: Lanes::ZERO,
            t: Lanes::ZERO,
            h: Lanes::splat(1.0),
            tried: Lanes::splat(1.0),
            end: Lanes::ZERO,
            proposal: Lanes::ZERO,
            shortest_lifetime: Lanes::ZERO,
            in_a_row: Lanes::ZERO,
            accepted: Lanes::ZERO,
            rejected: Lanes::ZERO,
            accept: Lanes::ZERO,
            finite: Lanes::ZERO,
            done: Lanes::ZERO,
        }
    }

    /// Begin a cell with step `h`, 0 for one to be chosen.
    #[inline(always)]
    pub fn begin(&mut self, lane: usize, h: f64) {
        self.active.0[lane] = 1.0;
        self.t.0[lane] = 0.0;
        self.h.0[lane] = h;
        self.proposal.0[lane] = h;
        self.in_a_row.0[lane] = 0.0;
        self.accepted.0[lane] = 0.0;
        self.rejected.0[lane] = 0.0;
        self.done.0[lane] = 0.0;
    }

    /// Begin a tile of cells from lane `first`, with these steps.
    #[inline(always)]
    pub fn begin_tile(&mut self, first: usize, h: &[f64]) {
        let lanes = first..first + TILE;
        self.active.0[lanes.clone()].fill(1.0);
        self.h.0[lanes.clone()].copy_from_slice(h);
        self.proposal.0[lanes.clone()].copy_from_slice(h);
        for state in [&mut self.t, &mut self.in_a_row, &mut self.accepted, &mut self.rejected, &mut self.done] {
            state.0[lanes.clone()].fill(0.0);
        }
    }

    /// Take a tile of cells out of its lanes.
    #[inline(always)]
    pub fn finish_tile(&mut self, first: usize) {
        self.active.0[first..first + TILE].fill(0.0);
        self.done.0[first..first + TILE].fill(0.0);
    }

    /// Take the cell out of a lane.
    #[inline(always)]
    pub fn finish(&mut self, lane: usize) {
        self.active.0[lane] = 0.0;
        self.done.0[lane] = 0.0;
    }

    /// Choose the step to try, so that none goes beyond `dt`.
    #[inline(always)]
    pub fn plan(&mut self, dt: f64) {
        for lane in 0..W {
            let (t, h) = (self.t.0[lane], self.h.0[lane]);
            let rest = dt - t;
            // A last step that is a little longer beats a tiny one after it.
            let last = 1.01 * h >= rest;
            // Two equal steps beat one as long as possible and a remainder.
            let step = if 2.0 * h > rest { 0.5 * rest } else { h };
            self.tried.0[lane] = if last { rest } else { step };
            self.end.0[lane] = if last { dt } else { t + step };
        }
    }

    /// Judge the step by the square of its error norm, and by the lowest sum of concentration and tolerance.
    ///
    /// Both sides of each choice are computed: of `if` the compiler would make stores under a mask, which on some
    /// processors cost more than all the rest.
    #[allow(clippy::needless_bitwise_bool, reason = "lazy operators are branches again")]
    #[inline(always)]
    pub fn judge(&mut self, square: Lanes<W>, lowest: Lanes<W>, order: u32, dt: f64, max_steps: f64) {
        let mut bounded = square;
        for lane in 0..W {
            let least = choose(lowest.0[lane] < 0.0, SQUARE_NEGATIVE, SQUARE_MIN);
            let square = choose(square.0[lane] < least, least, square.0[lane]);
            let finite = square < SQUARE_MAX;
            self.finite.0[lane] = flag(finite);
            bounded.0[lane] = choose(finite, square, SQUARE_MAX);
        }
        let ideal = inverse_root(bounded, 2 * order);
        for lane in 0..W {
            let accept = bounded.0[lane] < 1.0;
            let (h, tried) = (self.h.0[lane], self.tried.0[lane]);
            let ideal = SAFETY * ideal.0[lane];
            let factor = choose(ideal > GROW, GROW, ideal);
            let factor = choose(factor < SHRINK, SHRINK, factor);
            let again = self.in_a_row.0[lane] > 0.0;
            let grown = choose(again & (factor > 1.0), 1.0, factor);
            let shrunk = choose(again, SHRINK_AGAIN, factor);
            let next = tried * choose(accept, grown, shrunk);
            let end = self.end.0[lane];
            let over = accept & (end >= dt);
            // A step that the end cut short tells little about how long it could have been.
            let wish = tried * ideal;
            let wish = choose(wish > h, wish, h);
            self.proposal.0[lane] = choose(over, wish, self.proposal.0[lane]);
            let t = choose(accept, end, self.t.0[lane]);
            self.t.0[lane] = t;
            self.h.0[lane] = next;
            let accepted = flag(accept);
            self.accept.0[lane] = accepted;
            self.in_a_row.0[lane] = choose(accept, 0.0, self.in_a_row.0[lane] + 1.0);
            self.accepted.0[lane] += accepted;
            self.rejected.0[lane] += 1.0 - accepted;
            let stuck = (t + 0.1 * next <= t) | (next < 1e-30 * dt);
            let exhausted = self.accepted.0[lane] + self.rejected.0[lane] >= max_steps;
            let done = over | (!accept & stuck) | exhausted;
            self.done.0[lane] = choose(done, self.active.0[lane], 0.0);
        }
    }

    /// The step that the cell's next call starts with: a fraction of the proposal, because between calls the cell may
    /// change and a long step would jump over the initial layer that follows, unseen by the error estimate. A step
    /// within the shortest lifetime can jump over nothing and needs no such caution.
    #[inline(always)]
    pub fn carried(&self, carry: f64) -> Lanes<W> {
        self.proposal.zip(self.shortest_lifetime, |proposal, lifetime| {
            let cautious = carry * proposal;
            let resolved = if lifetime < proposal { lifetime } else { proposal };
            if carry > 0.0 && resolved > cautious { resolved } else { cautious }
        })
    }

    /// 1 in the lanes that have reached the end of the call.
    #[inline(always)]
    pub fn converged(&self, dt: f64) -> Lanes<W> {
        (self.accept * self.done).zip(self.t, |converged, t| if t >= dt { converged } else { 0.0 })
    }

    /// Whether a tile of lanes from lane `first` has no cells.
    #[inline(always)]
    pub fn idle_tile(&self, first: usize) -> bool {
        !self.active.part::<TILE>(first).any(|active| active > 0.0)
    }

    /// Whether no lane has a cell.
    #[inline(always)]
    pub fn is_idle(&self) -> bool {
        !self.active.any(|active| active > 0.0)
    }

    /// How a lane that is done has ended.
    #[inline(always)]
    pub fn outcome(&self, lane: usize, dt: f64, max_steps: f64) -> Outcome {
        if self.accept.0[lane] > 0.0 && self.t.0[lane] >= dt {
            Outcome::Converged
        } else if self.finite.0[lane] == 0.0 {
            Outcome::NonFinite
        } else if self.accepted.0[lane] + self.rejected.0[lane] >= max_steps {
            Outcome::TooManySteps
        } else {
            Outcome::StepTooSmall
        }
    }
}

/// 1 where something holds.
#[inline(always)]
fn flag(holds: bool) -> f64 {
    choose(holds, 1.0, 0.0)
}
