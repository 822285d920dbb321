//! The Rosenbrock loop over `W` cells at once, each with its own time and step.
//!
//! One turn of the loop tries one step in every lane (formula in `tableau.rs`; Hairer & Wanner 1996, section IV.7).
//! A lane whose cell has reached the end of the call stores it and takes the next one from the queue, so that lanes
//! stay busy however different the cells are, and the result of a cell depends on nothing but the cell.

use super::SolverSettings;
use std::hint::select_unpredictable as choose;
use std::ops::Range;

use super::cells::{CONDITIONS, CellBlock, TILE};
use super::constants::RateConstants;
use super::control::Control;
use super::kinetics::Kinetics;
use super::mechanism::Mechanism;
use super::members::MemberLaws;
use super::outcome::{Outcome, Tally};
use super::queue::Queue;
use super::sparse::Factors;
use super::sums::{Stages, Sums};
use super::tableau::Tableau;
use super::trace::TracedStep;
use crate::lanes::Lanes;

/// A mechanism, a method, and the memory to integrate `W` cells.
#[derive(Debug)]
pub(super) struct Rosenbrock<const W: usize> {
    pub kinetics: Kinetics,
    pub constants: RateConstants,
    tableau: &'static Tableau,
    sums: Sums,
    relative_tolerance: f64,
    /// In the order of the state's rows.
    absolute_tolerance: Vec<f64>,
    carry: f64,
    max_steps: f64,
    /// Number of rate parameters.
    parameters: usize,
    queue: Queue,
    /// What every step did, when somebody wants to know.
    pub trace: Option<Vec<TracedStep>>,
    /// Bit t: lanes from t * TILE hold a tile as it was loaded, none of its cells stored yet.
    whole: u32,
    /// Rate constants, then partial derivatives.
    factors: Vec<Lanes<W>>,
    rates: Vec<Lanes<W>>,
    matrix: Factors<W>,
    y: Vec<Lanes<W>>,
    y_new: Vec<Lanes<W>>,
    f: Vec<Lanes<W>>,
    stages: Vec<Stages<W>>,
}

impl<const W: usize> Rosenbrock<W> {
    /// For one member, for tests.
    #[cfg(test)]
    pub fn new(mechanism: &Mechanism, settings: &SolverSettings) -> Self {
        Self::with_members(mechanism, settings, None)
    }

    /// Compile a mechanism, some of whose numbers may differ between members, and reserve the memory.
    pub fn with_members(mechanism: &Mechanism, settings: &SolverSettings, members: Option<MemberLaws>) -> Self {
        let kinetics = Kinetics::new(mechanism);
        let constants = RateConstants::new(mechanism, &kinetics.reactions, members);
        let tableau = settings.method.tableau();
        let n = kinetics.species.len();
        let rows = |count| vec![Lanes::ZERO; count];
        let tolerance = |&i: &usize| settings.absolute_tolerance.get(i).copied().unwrap_or(0.0);
        Self {
            relative_tolerance: settings.relative_tolerance,
            absolute_tolerance: kinetics.species.iter().map(tolerance).collect(),
            carry: settings.carry,
            max_steps: f64::from(settings.max_steps),
            parameters: mechanism.parameters.len(),
            whole: 0,
            trace: None,
            queue: Queue::new(kinetics.reactions.len(), constants.factors()),
            factors: rows(kinetics.factors()),
            rates: rows(kinetics.reactions.len()),
            matrix: kinetics.lu.factors(),
            y: rows(n),
            y_new: rows(n),
            f: rows(n),
            stages: vec![[Lanes::ZERO; Tableau::STAGES_MAX]; n],
            kinetics,
            constants,
            sums: Sums::new(tableau),
            tableau,
        }
    }

    /// Memory that the lanes occupy, bytes.
    pub fn bytes(&self) -> usize {
        let rows = [&self.factors, &self.rates, &self.y, &self.y_new, &self.f];
        let rows = rows.iter().map(|rows| size_of_val(rows.as_slice())).sum::<usize>();
        rows + self.matrix.bytes() + size_of_val(self.stages.as_slice()) + self.queue.bytes()
    }

    /// Integrate every cell over `dt` seconds.
    #[inline(always)]
    pub fn advance(&mut self, cells: &mut CellBlock, dt: f64) -> Tally {
        assert_eq!(cells.species(), self.kinetics.species.len(), "cells of another mechanism");
        assert_eq!(cells.parameters(), self.parameters, "cells of another mechanism");
        let mut tally = Tally::default();
        if dt.is_nan() || dt <= 0.0 {
            return tally;
        }
        let mut control = Control::idle();
        let mut ids = [0; W];
        self.queue.restart();
        self.whole = 0;
        self.refill(&mut control, &mut ids, cells, &mut tally);
        while !control.is_idle() {
            self.step(&mut control, dt);
            if control.done.any(|done| done > 0.0) {
                self.retire(&mut control, &ids, cells, dt, &mut tally);
                self.refill(&mut control, &mut ids, cells, &mut tally);
            }
        }
        tally.steps = tally.accepted + tally.rejected;
        tally.function_calls = tally.steps * self.tableau.evaluations();
        tally.jacobians = tally.steps;
        tally.decompositions = tally.steps;
        tally.solves = tally.steps * self.tableau.stages() as u64;
        tally
    }

    /// Try one step in every lane.
    #[inline(always)]
    fn step(&mut self, control: &mut Control<W>, dt: f64) {
        let tableau = self.tableau;
        self.kinetics.constant_rates(&self.factors, &mut self.rates);
        self.kinetics.forcing(&self.factors, &self.y, &mut self.rates, &mut self.f);
        if control.h.any(|h| h == 0.0) {
            self.choose_first_step(control, dt);
        }
        control.plan(dt);
        let inverse_h = control.tried.map(|h| 1.0 / h);
        self.kinetics.differentiate(&self.y, &mut self.factors);
        let shift = inverse_h.scaled(1.0 / tableau.gamma);
        let largest_pivot = self.kinetics.lu.decompose(shift, &self.factors, &mut self.matrix);
        control.shortest_lifetime = (largest_pivot - shift).map(|rate| 1.0 / rate);

        for stage in 0..tableau.stages() {
            if let Some(state) = &self.sums.states[stage] {
                state.form(&self.y, &self.stages, &mut self.y_new);
                self.kinetics.forcing(&self.factors, &self.y_new, &mut self.rates, &mut self.f);
            }
            self.solve(stage, inverse_h);
        }

        let (square, lowest) = self.combine();
        let begun = self.trace.as_ref().map(|_| control.t);
        control.judge(square, lowest, tableau.estimator_order, dt, self.max_steps);
        if control.active.zip(control.accept, |active, accept| active - accept).any(|refused| refused > 0.0) {
            for (y, y_new) in self.y.iter_mut().zip(&self.y_new) {
                for lane in 0..W {
                    y.0[lane] = if control.accept.0[lane] > 0.0 { y_new.0[lane] } else { y.0[lane] };
                }
            }
        } else {
            std::mem::swap(&mut self.y, &mut self.y_new);
        }
        if let (Some(trace), Some(begun)) = (&mut self.trace, begun) {
            TracedStep::note(trace, control, begun, square);
        }
    }

    /// K of a stage, from `f`, the stages before and L and U.
    #[inline(always)]
    fn solve(&mut self, stage: usize, inverse_h: Lanes<W>) {
        let n = self.y.len();
        let (f, stages) = (&self.f[..n], &mut self.stages[..n]);
        let coupling = self.sums.couplings[stage];
        let mut lower = self.kinetics.lu.lower(&self.matrix);
        for i in 0..n {
            let b = coupling.add(Lanes::ZERO, &stages[i]).fused(inverse_h, f[i]);
            stages[i][stage] = lower.next(b, stages, stage);
        }
        let mut upper = self.kinetics.lu.upper(&self.matrix);
        for (i, pivot) in self.matrix.pivots[..n].iter().enumerate().rev() {
            stages[i][stage] = upper.next(stages[i][stage], stages, stage) * *pivot;
        }
    }

    /// `y_new`, the mean square of the error over the tolerances, and the lowest sum of `y_new` and tolerance.
    #[inline(always)]
    fn combine(&mut self) -> (Lanes<W>, Lanes<W>) {
        let n = self.y.len();
        let mut squares = Lanes::<W>::ZERO;
        let mut lowest = Lanes::<W>::ZERO;
        let error = self.sums.error;
        self.sums.end.form(&self.y, &self.stages, &mut self.y_new);
        let rows = self.y.iter().zip(&mut self.y_new).zip(&self.absolute_tolerance).zip(&self.stages);
        for (((y, y_new), &absolute), stages) in rows {
            let error = error.add(Lanes::ZERO, stages);
            // Not 0, lest a species that is absent from a cell divide 0 by 0.
            let absolute = absolute + f64::MIN_POSITIVE;
            for lane in 0..W {
                let (y, new) = (y.0[lane].abs(), y_new.0[lane]);
                let size = if y > new.abs() { y } else { new.abs() };
                let tolerance = self.relative_tolerance.mul_add(size, absolute);
                let ratio = error.0[lane] / tolerance;
                squares.0[lane] = ratio.mul_add(ratio, squares.0[lane]);
                let above = new + tolerance;
                lowest.0[lane] = if above < lowest.0[lane] { above } else { lowest.0[lane] };
                y_new.0[lane] = choose(new.abs() < LEAST, 0.0, new);
            }
        }
        (squares.scaled(1.0 / n.max(1) as f64), lowest)
    }

    /// A first step for the lanes that have none, from `f` at the start: a hundredth of the time in which the state
    /// would change by its own size (Hairer, Nørsett & Wanner 1993, section II.4, without their trial step).
    #[inline(always)]
    fn choose_first_step(&self, control: &mut Control<W>, dt: f64) {
        let (mut size, mut change) = (Lanes::<W>::ZERO, Lanes::<W>::ZERO);
        for ((y, f), &absolute) in self.y.iter().zip(&self.f).zip(&self.absolute_tolerance) {
            for lane in 0..W {
                let tolerance = self.relative_tolerance.mul_add(y.0[lane], absolute + f64::MIN_POSITIVE);
                let (y, f) = (y.0[lane] / tolerance, f.0[lane] / tolerance);
                size.0[lane] = y.mul_add(y, size.0[lane]);
                change.0[lane] = f.mul_add(f, change.0[lane]);
            }
        }
        for lane in 0..W {
            let h = 0.01 * (size.0[lane] / change.0[lane]).sqrt();
            // Where nothing changes the quotient is infinite or no number, and any step will do.
            let h = if h < dt { h } else { dt };
            let h = h.max(FIRST_STEP_MIN * dt);
            if control.h.0[lane] == 0.0 {
                control.h.0[lane] = h;
            }
        }
    }

    /// Store the cells of the lanes that are done.
    #[inline(always)]
    fn retire(
        &mut self,
        control: &mut Control<W>,
        ids: &[usize; W],
        cells: &mut CellBlock,
        dt: f64,
        tally: &mut Tally,
    ) {
        let carried = control.carried(self.carry);
        let converged = control.converged(dt);
        let mut lane = 0;
        while lane < W {
            let whole = self.whole >> (lane / TILE) & 1 == 1;
            if whole && !converged.part::<TILE>(lane).any(|converged| converged == 0.0) {
                self.retire_tile(control, &carried, ids[lane] / TILE, lane, cells, tally);
                lane += TILE;
            } else {
                let end = W.min(lane + TILE);
                self.retire_lanes(control, &carried, ids, lane..end, cells, dt, tally);
                lane = end;
            }
        }
    }

    /// Store the cells of those of `lanes` that are done.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the controller's counts are whole, not negative, and at most `max_steps`"
    )]
    #[allow(clippy::too_many_arguments, reason = "parts of the caller")]
    #[inline(always)]
    fn retire_lanes(
        &mut self,
        control: &mut Control<W>,
        carried: &Lanes<W>,
        ids: &[usize; W],
        lanes: Range<usize>,
        cells: &mut CellBlock,
        dt: f64,
        tally: &mut Tally,
    ) {
        for lane in lanes {
            if control.done.0[lane] == 0.0 {
                continue;
            }
            let id = ids[lane];
            self.whole &= !(1 << (lane / TILE));
            let outcome = control.outcome(lane, dt, self.max_steps);
            let rows = &mut cells.tile_mut(id / TILE)[CONDITIONS..];
            for (y, &species) in self.y.iter().zip(&self.kinetics.species) {
                let mut value = y.0[lane];
                if outcome != Outcome::Converged {
                    value = f64::NAN;
                } else if value < 0.0 {
                    value = 0.0;
                    tally.clipped += 1;
                }
                rows[species].0[id % TILE] = value;
            }
            let (accepted, rejected) = (control.accepted.0[lane] as u32, control.rejected.0[lane] as u32);
            tally.accepted += u64::from(accepted);
            tally.rejected += u64::from(rejected);
            tally.cells_advanced += u64::from(outcome == Outcome::Converged);
            tally.cells_failed += u64::from(outcome != Outcome::Converged);
            cells.steps[id] = cells.steps[id].saturating_add(accepted + rejected);
            cells.rejected[id] = cells.rejected[id].saturating_add(rejected);
            cells.step_size[id] = carried.0[lane];
            cells.status[id] = outcome;
            control.finish(lane);
        }
    }

    /// Store a whole tile at once: all cells of it have converged, and stand in order from lane `first`. With few
    /// species the care for single lanes would cost more than the chemistry.
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation, reason = "the controller's counts are at most `max_steps`")]
    fn retire_tile(
        &mut self,
        control: &mut Control<W>,
        carried: &Lanes<W>,
        tile: usize,
        first: usize,
        cells: &mut CellBlock,
        tally: &mut Tally,
    ) {
        let rows = &mut cells.tile_mut(tile)[CONDITIONS..];
        let mut clipped = Lanes::<TILE>::ZERO;
        for (y, &species) in self.y.iter().zip(&self.kinetics.species) {
            let y: Lanes<TILE> = y.part(first);
            clipped = clipped.zip(y, |count, y| count + if y < 0.0 { 1.0 } else { 0.0 });
            rows[species] = y.map(|y| if y < 0.0 { 0.0 } else { y });
        }
        let slots = tile * TILE..(tile + 1) * TILE;
        let accepted = control.accepted.part::<TILE>(first).counts();
        let rejected = control.rejected.part::<TILE>(first).counts();
        count(&mut cells.steps.as_chunks_mut().0[tile], |slot| accepted[slot] + rejected[slot]);
        count(&mut cells.rejected.as_chunks_mut().0[tile], |slot| rejected[slot]);
        cells.step_size[slots].copy_from_slice(&carried.0[first..first + TILE]);
        tally.accepted += accepted.iter().sum::<u64>();
        tally.rejected += rejected.iter().sum::<u64>();
        tally.clipped += clipped.counts().iter().sum::<u64>();
        tally.cells_advanced += TILE as u64;
        // Cells of several tiles may come next, one by one.
        self.whole &= !(1 << (first / TILE));
        control.finish_tile(first);
    }

    /// Give the idle lanes the next cells.
    #[inline(always)]
    fn refill(&mut self, control: &mut Control<W>, ids: &mut [usize; W], cells: &mut CellBlock, tally: &mut Tally) {
        let mut lane = 0;
        while lane < W {
            let Some(tile) = self.queue.stage(&self.kinetics, &self.constants, cells, tally) else {
                return;
            };
            if lane % TILE == 0 && lane + TILE <= W && control.idle_tile(lane) && self.queue.take_tile() {
                self.load_tile(control, ids, cells, tile, lane);
                lane += TILE;
                continue;
            }
            // Lanes and the cells of this tile that they take.
            let mut pairs = [(0, 0); W];
            let mut count = 0;
            while lane < W {
                if control.active.0[lane] == 0.0 {
                    let Some(slot) = self.queue.take() else { break };
                    pairs[count] = (lane, slot);
                    count += 1;
                    ids[lane] = tile * TILE + slot;
                    control.begin(lane, cells.step_size[ids[lane]]);
                }
                lane += 1;
            }
            let pairs = &pairs[..count];
            let rows = &cells.tile(tile)[CONDITIONS..];
            for (y, &species) in self.y.iter_mut().zip(&self.kinetics.species) {
                for &(lane, slot) in pairs {
                    y.0[lane] = rows[species].0[slot];
                }
            }
            for (k, staged) in self.factors.iter_mut().zip(self.queue.constants(cells, tile)) {
                for &(lane, slot) in pairs {
                    k.0[lane] = staged.0[slot];
                }
            }
        }
    }

    /// Load a whole tile into idle lanes, in order from lane `first`.
    #[inline(always)]
    fn load_tile(
        &mut self,
        control: &mut Control<W>,
        ids: &mut [usize; W],
        cells: &CellBlock,
        tile: usize,
        first: usize,
    ) {
        let lanes = first..first + TILE;
        let rows = &cells.tile(tile)[CONDITIONS..];
        for (y, &species) in self.y.iter_mut().zip(&self.kinetics.species) {
            y.0[lanes.clone()].copy_from_slice(&rows[species].0);
        }
        for (k, staged) in self.factors.iter_mut().zip(self.queue.constants(cells, tile)) {
            k.0[lanes.clone()].copy_from_slice(&staged.0);
        }
        control.begin_tile(first, &cells.step_size[tile * TILE..(tile + 1) * TILE]);
        for (slot, id) in ids[lanes].iter_mut().enumerate() {
            *id = tile * TILE + slot;
        }
        self.whole |= 1 << (first / TILE);
    }
}

/// Add to the counts of a tile's cells; an array, since its length lets the compiler count side by side.
#[inline(always)]
#[allow(clippy::cast_possible_truncation, reason = "the controller's counts are at most `max_steps`")]
fn count(counts: &mut [u32; TILE], more: impl Fn(usize) -> u64) {
    for slot in 0..TILE {
        counts[slot] = counts[slot].saturating_add(more(slot) as u32);
    }
}

/// Concentrations between this and 0, mol m-3, are 0 at the end of a step: one molecule in 10^76 m3. What decays in the
/// dark would otherwise become so small, and its products with others yet smaller, that processors handle the numbers
/// by a trap that takes a hundred times as long as the operation. `docs/decisions/0021-least-concentration.md` tells why
/// here and why this bound.
const LEAST: f64 = 1e-100;

/// The shortest first step, as a fraction of the call.
const FIRST_STEP_MIN: f64 = 1e-12;
