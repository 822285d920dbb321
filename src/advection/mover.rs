//! The loop over the particles of a block: who is released, what hooks add, which particles end.

use std::ops::Range;

use super::advance::Job;
use super::border::{End, is_land, is_odd, resolve};
use super::curved::Hints;
use super::curvilinear::CellHint;
use super::fieldset::FieldSet;
use super::hooks::{Hooks, View};
use super::normal::Stream;
use super::outcome::Tally;
use super::particles::{ParticleBlock, ParticleStatus};
use super::rows::{Row, WIDTH};
use super::{Kernel, OnLand, OnLeaving};
use crate::instructions::Instructions;
use crate::random::Purpose;

/// Particles that hooks see at a time: whole tiles.
const CHUNK: usize = 32 * WIDTH;

/// Steps between sortings, which cost about as much as three steps.
const SORT_EVERY: u32 = 32;

/// How a variable of the particles changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Law {
    /// Seconds since release.
    Age,
    /// Metres travelled.
    Distance,
    /// The value of a field where the particle is: position in the list of fields.
    Sample(usize),
    /// `Hooks::rate` gives d/dt.
    Rate,
}

/// What moves particles, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Their displacements add up.
    pub kernels: Vec<Kernel>,
    /// Largest error of one internal step of `advection_rk45`, m.
    pub rk45_tolerance: f64,
    /// Distance over which the diffusivity's gradient is taken, in coordinate units; see `FieldSet::gradient_step`.
    pub gradient_step: f64,
    pub seed: u64,
    /// Of an ensemble; 0 without.
    pub member: u64,
    pub on_leaving: OnLeaving,
    pub on_land: OnLand,
    /// One for each variable of the block.
    pub laws: Vec<Law>,
    /// Time runs backward.
    pub backward: bool,
}

/// Moves particles.
#[derive(Debug)]
pub struct Mover {
    settings: Settings,
    stream: Stream,
    instructions: Instructions,
    scratch: Scratch,
    /// Steps.
    until_sorting: u32,
    /// Blocks are sorted in this step.
    sorts: bool,
}

/// What one chunk needs besides the block.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    pub id: Vec<u64>,
    pub time: Vec<f64>,
    pub dt: Vec<f64>,
    /// The end of the step.
    end: Vec<f64>,
    /// From when until when and how many the last three are for, if all particles move throughout.
    whole: Option<(f64, f64, usize)>,
    pub own: [Vec<f64>; 3],
    /// Whether there are own velocities.
    swims: bool,
    rates: Vec<Vec<f64>>,
    doomed: Vec<bool>,
    /// Particles to be released.
    due: Vec<usize>,
}

/// The step that is being done.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub number: u64,
    /// s
    pub from: f64,
    pub to: f64,
    /// Every field is known.
    pub covered: bool,
    /// Land is to be looked at.
    pub coast: bool,
    /// Particles have an own velocity.
    pub own: bool,
}

impl Mover {
    /// A mover.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let stream = Stream::new(settings.seed, Purpose::Diffusion, settings.member);
        let (instructions, scratch) = (Instructions::detect(), Scratch::default());
        Self { settings, stream, instructions, scratch, until_sorting: 1, sorts: false }
    }

    /// The same with certain instructions, for tests.
    #[cfg(test)]
    pub(super) fn with(mut self, instructions: Instructions) -> Self {
        self.instructions = instructions;
        self
    }

    /// The instruction set that the kernels use here, for the log.
    #[must_use]
    pub fn instructions(&self) -> &'static str {
        self.instructions.name()
    }

    /// Release the particles whose time has come at the start of a run, and sample fields at their places.
    pub fn begin(&mut self, block: &mut ParticleBlock, fields: &FieldSet, hooks: &mut dyn Hooks, time: f64) -> Tally {
        self.advance(block, fields, hooks, 0, time, 0.0)
    }

    /// Move particles from `time` by `dt` s (negative backward). `step` numbers the coupling steps of a run and addresses
    /// the random numbers. Particles released before the end of the step begin at their time; sampled fields are those at
    /// the end.
    pub fn advance(
        &mut self,
        block: &mut ParticleBlock,
        fields: &FieldSet,
        hooks: &mut dyn Hooks,
        step: u64,
        time: f64,
        dt: f64,
    ) -> Tally {
        self.turn();
        self.advance_part(block, fields, hooks, step, time, dt)
    }

    /// Begins a step in which several blocks are moved by `advance_part`.
    pub fn turn(&mut self) {
        self.sorts = self.until_sorting == 0;
        self.until_sorting = if self.sorts { SORT_EVERY } else { self.until_sorting } - 1;
    }

    /// Whether blocks have been sorted in this step, so that particles may be stored in another order.
    #[must_use]
    pub fn has_sorted(&self) -> bool {
        self.sorts
    }

    /// From now on random walks have this seed.
    pub fn reseed(&mut self, seed: u64) {
        if self.settings.seed != seed {
            self.settings.seed = seed;
            self.stream = Stream::new(seed, Purpose::Diffusion, self.settings.member);
        }
    }

    /// As `advance`, of one of several blocks; `begin` is the same with a `dt` of 0.
    pub fn advance_part(
        &mut self,
        block: &mut ParticleBlock,
        fields: &FieldSet,
        hooks: &mut dyn Hooks,
        step: u64,
        time: f64,
        dt: f64,
    ) -> Tally {
        let mut tally = Tally::default();
        let mut step = Step {
            number: step,
            from: time,
            to: time + dt,
            covered: fields.covers(time, time + dt),
            coast: self.settings.on_land != OnLand::Ignore && fields.has_land(),
            own: false,
        };
        if fields.uses_hints() {
            block.hints.resize(block.len(), CellHint::default());
        }
        if self.sorts {
            fields.arrange(block);
        }
        let mut first = 0;
        while first < block.len() {
            let last = (first + CHUNK).min(block.len());
            if self.wake(block, fields, step, first..last, &mut tally) {
                step.own = self.ask(block, hooks, step, first..last);
                let job = Job { settings: &self.settings, stream: self.stream, fields, step, scratch: &self.scratch };
                job.run(self.instructions, block, first..last, &mut tally);
                self.finish(block, hooks, step, first..last, &mut tally);
            }
            first = last;
        }
        tally
    }

    /// Release particles of a chunk whose time has come; find out when and how long each moves. Returns whether any does.
    fn wake(
        &mut self,
        block: &mut ParticleBlock,
        fields: &FieldSet,
        step: Step,
        chunk: Range<usize>,
        tally: &mut Tally,
    ) -> bool {
        let scratch = &mut self.scratch;
        let first_id = block.first_id();
        scratch.id.clear();
        scratch.id.extend(block.ids[chunk.clone()].iter().map(|&id| first_id + u64::from(id)));
        let whole = (step.from, step.to, chunk.len());
        if scratch.whole != Some(whole) {
            for (column, value) in
                [(&mut scratch.time, step.from), (&mut scratch.dt, step.to - step.from), (&mut scratch.end, step.to)]
            {
                column.clear();
                column.resize(chunk.len(), value);
            }
            scratch.whole = Some(whole);
        }
        // Without a branch for each particle.
        let moving = |all: bool, &status: &ParticleStatus| all & (status == ParticleStatus::Moving);
        if step.covered && block.status[chunk.clone()].iter().fold(true, moving) {
            tally.moved += if step.from == step.to { 0 } else { chunk.len() as u64 };
            return true;
        }
        scratch.whole = None;
        self.release(block, fields, step, chunk.clone(), tally);
        let scratch = &mut self.scratch;
        let mut any = false;
        for (k, i) in chunk.enumerate() {
            if block.status[i] == ParticleStatus::Moving && !step.covered {
                block.status[i] = ParticleStatus::OutsideTimes;
                tally.end(ParticleStatus::OutsideTimes);
            }
            if block.status[i] == ParticleStatus::Moving {
                any = true;
                tally.moved += u64::from(scratch.dt[k] != 0.0);
            } else {
                scratch.dt[k] = 0.0;
            }
        }
        any
    }

    /// Release the particles of a chunk whose time has come.
    fn release(
        &mut self,
        block: &mut ParticleBlock,
        fields: &FieldSet,
        step: Step,
        chunk: Range<usize>,
        tally: &mut Tally,
    ) {
        let (Scratch { time, dt, due, .. }, backward) = (&mut self.scratch, self.settings.backward);
        let is_due = |&i: &usize| {
            let release = block.release[i];
            block.status[i] == ParticleStatus::Waiting && if backward { release >= step.to } else { release <= step.to }
        };
        due.clear();
        due.extend(chunk.clone().filter(is_due));
        let hints = Hints::default();
        for tile in due.chunks(WIDTH) {
            // Lanes beyond the last particle repeat it.
            let row =
                |column: &[f64]| -> Row<WIDTH> { std::array::from_fn(|lane| column[tile[lane.min(tile.len() - 1)]]) };
            let places = [row(&block.x), row(&block.y), row(&block.z)];
            hints.begin(&[]);
            let (odd, cells) = (is_odd(fields, &places, &hints), hints.cells());
            for (lane, &i) in tile.iter().enumerate() {
                if let Some(hint) = block.hints.get_mut(i) {
                    *hint = cells[lane];
                }
                let (k, release) = (i - chunk.start, block.release[i]);
                let start = if backward { release.min(step.from) } else { release.max(step.from) };
                (time[k], dt[k]) = (start, step.to - start);
                let end = self.settings.place(fields, step.coast, start, places.map(|row| row[lane]), odd[lane] != 0);
                (block.x[i], block.y[i], block.z[i]) = (end.at[0], end.at[1], end.at[2]);
                block.status[i] = end.status;
                tally.released += 1;
                tally.stop |= end.stop;
                if end.status != ParticleStatus::Moving {
                    tally.end(end.status);
                }
            }
        }
    }

    /// Ask hooks for own velocities and rates. Returns whether there are own velocities.
    fn ask(&mut self, block: &ParticleBlock, hooks: &mut dyn Hooks, step: Step, chunk: Range<usize>) -> bool {
        let Scratch { id, time, dt, own, swims, rates, .. } = &mut self.scratch;
        let view = view(block, id, time, dt, step.number, chunk);
        // Zeros stay zeros where no particle swims.
        if *swims || own[0].len() != view.len() {
            for own in &mut *own {
                own.clear();
                own.resize(view.len(), 0.0);
            }
        }
        let [u, v, w] = own;
        *swims = hooks.velocity(&view, [u, v, w]);
        rates.resize(self.settings.laws.len(), Vec::new());
        for (variable, rate) in rates.iter_mut().enumerate() {
            if self.settings.laws[variable] == Law::Rate {
                rate.clear();
                rate.resize(view.len(), 0.0);
                hooks.rate(variable, &view, rate);
            }
        }
        *swims
    }

    /// Apply rates, then delete what is to be deleted.
    fn finish(
        &mut self,
        block: &mut ParticleBlock,
        hooks: &mut dyn Hooks,
        step: Step,
        chunk: Range<usize>,
        tally: &mut Tally,
    ) {
        let Scratch { id, dt, end, rates, doomed, .. } = &mut self.scratch;
        for (variable, law) in self.settings.laws.iter().enumerate() {
            if *law == Law::Rate {
                let column = &mut block.variables[variable][chunk.clone()];
                for ((value, &rate), &dt) in column.iter_mut().zip(&rates[variable]).zip(dt.iter()) {
                    // A particle that does not move may have no rate.
                    *value = if dt == 0.0 { *value } else { rate.mul_add(dt, *value) };
                }
            }
        }
        doomed.resize(chunk.len(), false);
        hooks.delete(&view(block, id, end, dt, step.number, chunk.clone()), doomed);
        if !doomed.iter().fold(false, |any, &doomed| any | doomed) {
            return;
        }
        for (k, i) in chunk.enumerate() {
            if doomed[k] && block.status[i] == ParticleStatus::Moving {
                block.status[i] = ParticleStatus::Deleted;
                tally.end(ParticleStatus::Deleted);
            }
        }
        doomed.fill(false);
    }
}

impl ParticleBlock {
    /// What each particle costs in a step, in the order of ids: a chunk in which none moves is passed over.
    #[must_use]
    pub fn costs(&self) -> Vec<u32> {
        const MOVING: u32 = 32;
        const IDLE: u32 = 1;
        let mut costs = vec![IDLE; self.len()];
        for (ids, status) in self.ids.chunks(CHUNK).zip(self.status.chunks(CHUNK)) {
            if status.contains(&ParticleStatus::Moving) {
                for &id in ids {
                    costs[id as usize] = MOVING;
                }
            }
        }
        costs
    }
}

fn view<'a>(
    block: &'a ParticleBlock,
    id: &'a [u64],
    time: &'a [f64],
    dt: &'a [f64],
    step: u64,
    chunk: Range<usize>,
) -> View<'a> {
    let first = chunk.start;
    let (x, y, depth) = (&block.x[chunk.clone()], &block.y[chunk.clone()], &block.z[chunk]);
    View { id, x, y, depth, time, dt, variables: &block.variables, first, step }
}

impl Settings {
    /// What becomes of a particle that is released at a place, which `is_odd` or not.
    fn place(&self, fields: &FieldSet, coast: bool, time: f64, at: [f64; 3], odd: bool) -> End {
        let mut end = End { at, status: ParticleStatus::Moving, went: false, stop: false };
        if odd {
            let hints = &Hints::default();
            end = resolve(fields, self.on_leaving, at, at, hints);
            if end.status == ParticleStatus::Moving
                && is_odd(fields, &end.at.map(|value| [value; WIDTH]), hints)[0] != 0
            {
                end.status = ParticleStatus::LeftDomain;
            }
        }
        let beached = end.status == ParticleStatus::Moving
            && coast
            && self.on_land == OnLand::Stick
            && is_land(fields, time, &end.at.map(|value| [value; WIDTH]), &Hints::default())[0];
        if beached {
            end.status = ParticleStatus::OnLand;
        }
        end
    }
}
