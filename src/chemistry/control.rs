//! Step control of each lane: its time, its step, what it did so far.
//!
//! The controller is that of MICM and KPP (Hairer & Wanner 1996, section IV.8): a step is accepted if its error norm
//! is below 1, the next is 0.9 / norm^(1/p) times as long, between 0.2 and 6 times; after a rejection a step does
//! not grow, after two in a row it shrinks tenfold.

use super::outcome::Outcome;
use crate::lanes::Lanes;
use crate::maths::pow;

const SAFETY: f64 = 0.9;
const SHRINK: f64 = 0.2;
const GROW: f64 = 6.0;
const SHRINK_AGAIN: f64 = 0.1;
/// Norm below which a step counts as exact.
const NORM_MIN: f64 = 1e-10;
/// Norm above which the solution has broken down.
const NORM_MAX: f64 = 1e100;
/// Norm that a step with negative concentrations counts as having at least: it is halved.
const NORM_NEGATIVE: f64 = 6.0;

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

    /// Begin a cell in every lane, with these steps.
    #[inline(always)]
    pub fn begin_all(&mut self, h: Lanes<W>) {
        self.active = Lanes::splat(1.0);
        self.t = Lanes::ZERO;
        self.h = h;
        self.proposal = h;
        self.in_a_row = Lanes::ZERO;
        self.accepted = Lanes::ZERO;
        self.rejected = Lanes::ZERO;
        self.done = Lanes::ZERO;
    }

    /// Take the cells out of all lanes.
    #[inline(always)]
    pub fn finish_all(&mut self) {
        self.active = Lanes::ZERO;
        self.done = Lanes::ZERO;
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

    /// Judge the step by its error norm, and by the lowest sum of concentration and tolerance.
    #[inline(always)]
    pub fn judge(&mut self, norm: Lanes<W>, lowest: Lanes<W>, order: f64, dt: f64, max_steps: f64) {
        let mut bounded = norm;
        for lane in 0..W {
            let norm = norm.0[lane];
            let norm = if norm < NORM_MIN { NORM_MIN } else { norm };
            let negative = lowest.0[lane] < 0.0;
            let norm = if negative && norm < NORM_NEGATIVE { NORM_NEGATIVE } else { norm };
            let finite = norm < NORM_MAX;
            self.finite.0[lane] = f64::from(u8::from(finite));
            bounded.0[lane] = if finite { norm } else { NORM_MAX };
        }
        let ideal = pow(bounded, -1.0 / order);
        for lane in 0..W {
            let accept = bounded.0[lane] < 1.0;
            let (h, tried) = (self.h.0[lane], self.tried.0[lane]);
            let ideal = SAFETY * ideal.0[lane];
            let factor = ideal.clamp(SHRINK, GROW);
            let again = self.in_a_row.0[lane] > 0.0;
            let grown = tried * if again { factor.min(1.0) } else { factor };
            let shrunk = tried * if again { SHRINK_AGAIN } else { factor };
            let next = if accept { grown } else { shrunk };
            let end = self.end.0[lane];
            let over = accept && end >= dt;
            // A step that the end cut short tells little about how long it could have been.
            let wish = (tried * ideal).max(h);
            self.proposal.0[lane] = if over { wish } else { self.proposal.0[lane] };
            let t = if accept { end } else { self.t.0[lane] };
            self.t.0[lane] = t;
            self.h.0[lane] = next;
            self.accept.0[lane] = if accept { 1.0 } else { 0.0 };
            self.in_a_row.0[lane] = if accept { 0.0 } else { self.in_a_row.0[lane] + 1.0 };
            self.accepted.0[lane] += if accept { 1.0 } else { 0.0 };
            self.rejected.0[lane] += if accept { 0.0 } else { 1.0 };
            let stuck = t + 0.1 * next <= t || next < 1e-30 * dt;
            let exhausted = self.accepted.0[lane] + self.rejected.0[lane] >= max_steps;
            let done = over || (!accept && stuck) || exhausted;
            self.done.0[lane] = if done { self.active.0[lane] } else { 0.0 };
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

    /// Whether every lane has reached the end of the call.
    #[inline(always)]
    pub fn all_converged(&self, dt: f64) -> bool {
        let mut count = 0.0;
        for lane in 0..W {
            let converged = self.accept.0[lane] * self.done.0[lane] > 0.0 && self.t.0[lane] >= dt;
            count += if converged { 1.0 } else { 0.0 };
        }
        count >= W as f64
    }

    /// Whether no lane has a cell.
    #[inline(always)]
    pub fn is_idle(&self) -> bool {
        self.active.0.iter().sum::<f64>() == 0.0
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
