//! Even work on all ranks: when some take longer than others, the ranges of ids are cut anew and items move.
//!
//! *Where* to cut follows from what the items cost, counted in work done and not in seconds: the same items give the same
//! borders. *Whether* to cut follows from clocks: what is gained in a while must exceed what moving costs here, as measured
//! at the last time. Neither shows in the results, which depend on the items alone.

use std::ops::Range;

use super::Job;
use crate::comm::World;
use crate::domain::decomposition::{Decomposition, cuts};
use crate::domain::state::State;
use crate::error::Error;
use crate::plan::Balance;
use crate::telemetry::Timers;

/// Seconds of the kernel between two looks at the balance: what a look costs is then lost in them.
const LOOK_EVERY: f64 = 0.5;
/// Steps between two looks at most.
const MOST_STEPS: u64 = 1024;
/// Cuts must pay within so many such intervals, because costs change: night falls, particles leave.
const HORIZON: f64 = 8.0;
/// Share of the mean that the slowest rank must take longer, below which no cut is worth the trouble.
const TOLERATED: f64 = 0.03;
/// What moving costs until it has been measured: seconds for a start, and bytes a second.
const FIRST_SECONDS: f64 = 0.02;
const FIRST_RATE: f64 = 2e8;

/// Decides about new cuts and makes them.
pub struct Balancer {
    policy: Balance,
    division: Decomposition,
    /// The step after which it looks next, and the one after which it looked last.
    next: u64,
    last: u64,
    /// Processor seconds of the kernel at the last look.
    kernel: f64,
    /// Measured seconds of the last move over those that were expected of it.
    correction: f64,
    cuts: u64,
    moved: u64,
}

impl Balancer {
    /// For the items `ids`, which are divided evenly over the ranks and have `done` steps behind them.
    #[must_use]
    pub fn new(world: &World, policy: Balance, ids: Range<u64>, done: u64) -> Self {
        let division = Decomposition::of(ids, u64::from(world.size().unsigned_abs()));
        Self { policy, division, next: done + 1, last: done, kernel: 0.0, correction: 1.0, cuts: 0, moved: 0 }
    }

    /// Goes on with other items, none of which has a step behind it; what moving costs stays known.
    pub fn turn_to(&mut self, ids: Range<u64>, timers: &Timers) {
        self.division = Decomposition::of(ids, self.division.ranks());
        (self.next, self.last, self.kernel) = (1, 0, timers.kernel_seconds());
    }

    /// **Collective.** After `done` steps, with `left` to come: a better division, when it is time to look and worth it.
    #[must_use]
    pub fn look<J: Job>(
        &mut self,
        world: &World,
        job: &mut J,
        timers: &Timers,
        done: u64,
        left: u64,
    ) -> Option<Decomposition> {
        let ranks = self.division.ranks() as usize;
        if self.policy == Balance::Off || ranks == 1 || done < self.next || left == 0 {
            return None;
        }
        let costs = job.costs();
        let rank = world.rank().unsigned_abs() as usize;
        let mut shares = vec![0; 2 * ranks];
        shares[rank] = costs.iter().map(|&cost| u64::from(cost)).sum();
        shares[ranks + rank] = ((timers.kernel_seconds() - self.kernel) * 1e9) as u64;
        let shares = world.sum(&shares);
        let (totals, nanoseconds) = shares.split_at(ranks);
        let steps = done - self.last;
        let seconds: Vec<f64> = nanoseconds.iter().map(|&n| n as f64 * 1e-9).collect();
        let spell = (LOOK_EVERY * steps as f64 / mean(&seconds).max(1e-9)).ceil() as u64;
        let always = self.policy == Balance::Always;
        self.last = done;
        self.next = done + if always { 1 } else { spell.clamp(1, MOST_STEPS) };
        self.kernel = timers.kernel_seconds();
        let gain = gain(&seconds, totals) / steps as f64;
        if !always && gain * steps as f64 <= TOLERATED * mean(&seconds) {
            return None;
        }
        let borders = world.sum(&cuts(totals, rank, self.division.range(rank as u64).start, &costs));
        let better = Decomposition::with_borders(&borders, self.division.ids());
        let spells = (left as f64).min(HORIZON * (self.next - done) as f64);
        let worth = gain * spells > self.price(&better, job.state(nothing(job)).item_bytes());
        ((always || worth) && better != self.division).then_some(better)
    }

    /// **Collective.** Moves the items to where a new division has them.
    ///
    /// # Errors
    /// `State` for items that arrived damaged, agreed.
    pub fn move_items<J: Job>(&mut self, world: &World, job: &mut J, better: Decomposition) -> Result<(), Error> {
        let rank = u64::from(world.rank().unsigned_abs());
        let others = || (0..self.division.ranks()).filter(|&other| other != rank);
        let mut parcels = vec![Vec::new(); self.division.ranks() as usize];
        for other in others() {
            let ids = self.division.passes(rank, &better, other);
            if !ids.is_empty() {
                parcels[other as usize] = job.state(ids).to_bytes();
            }
        }
        let received = world.exchange(&parcels);
        job.hold(better.range(rank));
        let columns = job.state(nothing(job));
        let arrived = others().try_for_each(|other| {
            let ids = self.division.passes(other, &better, rank);
            if ids.is_empty() {
                return Ok(());
            }
            job.restore(&State::from_bytes(&columns, ids, &received[other as usize])?)
        });
        world.agree(arrived)?;
        self.cuts += 1;
        // Every item that moves leaves one rank and arrives at another.
        self.moved += self.division.traffic(&better).iter().sum::<u64>() / 2;
        self.division = better;
        Ok(())
    }

    /// **Collective.** Takes note of how long a move of items to a division took, with what had to be done before it.
    pub fn learn(&mut self, world: &World, expected: f64, seconds: f64) {
        let slowest = world.largest((seconds * 1e9) as u64) as f64 * 1e-9;
        self.correction *= slowest / expected.max(1e-9);
    }

    /// Seconds that it is expected to take to come to a division.
    #[must_use]
    pub fn price(&self, better: &Decomposition, item_bytes: usize) -> f64 {
        let busiest = self.division.traffic(better).into_iter().max().unwrap_or(0);
        self.correction * (FIRST_SECONDS + busiest as f64 * item_bytes as f64 / FIRST_RATE)
    }

    /// New cuts so far, and items that moved.
    #[must_use]
    pub fn done(&self) -> (u64, u64) {
        (self.cuts, self.moved)
    }
}

/// A range of no ids that the job accepts.
pub fn nothing<J: Job>(job: &J) -> std::ops::Range<u64> {
    let first = job.own().start as u64;
    first..first
}

/// Seconds that the slowest rank would save: what the clocks say and what the costs say must both be so.
fn gain(seconds: &[f64], totals: &[u64]) -> f64 {
    let costs: Vec<f64> = totals.iter().map(|&total| total as f64).collect();
    let excess = |values: &[f64]| values.iter().copied().fold(0.0, f64::max) - mean(values);
    let a_unit = mean(seconds) / mean(&costs).max(1.0);
    excess(seconds).min(excess(&costs) * a_unit)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_gain_is_what_clocks_and_costs_agree_on() {
        // The second rank has three times the work and takes three times as long: even, both would take 2 s.
        assert_eq!(gain(&[1.0, 3.0], &[100, 300]), 1.0);
        // A rank that is disturbed has no more work than the others.
        assert_eq!(gain(&[1.0, 3.0], &[100, 100]), 0.0);
        // Costs that do not show in seconds are no reason.
        assert_eq!(gain(&[1.0, 1.0], &[100, 300]), 0.0);
    }
}
