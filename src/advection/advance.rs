//! One coupling step of a block of particles: all kernels see the same start, their displacements add up, then borders
//! and land are looked at.
//!
//! Particles go through in tiles of `WIDTH`, one in each lane, and every operation acts on one lane only: the result of
//! a particle depends on nothing but the particle.

use super::border::{End, ashore, is_land, is_odd, resolve};
use super::diffusion::{Walk, walk};
use super::fieldset::{FieldSet, Row, WIDTH, lanes, units_per_metre};
use super::hooks::{Hooks, View};
use super::normal::Stream;
use super::outcome::Tally;
use super::particles::{ParticleBlock, ParticleStatus};
use super::scheme::{Chain, Triple, Velocity, rk45};
use super::{Kernel, OnLand, OnLeaving};
use crate::instructions::Instructions;
use crate::random::Purpose;

/// Particles that hooks see at a time: whole tiles.
const CHUNK: usize = 32 * WIDTH;

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
}

/// What one chunk needs besides the block.
#[derive(Debug, Default)]
struct Scratch {
    id: Vec<u64>,
    time: Vec<f64>,
    dt: Vec<f64>,
    own: [Vec<f64>; 3],
    rates: Vec<Vec<f64>>,
    doomed: Vec<bool>,
}

/// The step that is being done.
#[derive(Debug, Clone, Copy)]
struct Step {
    number: u64,
    /// s
    from: f64,
    to: f64,
    /// Every field is known.
    covered: bool,
    /// Land is to be looked at.
    coast: bool,
    /// Particles have an own velocity.
    own: bool,
}

impl Mover {
    /// A mover.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let stream = Stream::new(settings.seed, Purpose::Diffusion, settings.member);
        Self { settings, stream, instructions: Instructions::detect(), scratch: Scratch::default() }
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
        let mut tally = Tally::default();
        let mut step = Step {
            number: step,
            from: time,
            to: time + dt,
            covered: fields.covers(time, time + dt),
            coast: self.settings.on_land != OnLand::Ignore && fields.has_land(),
            own: false,
        };
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
        chunk: std::ops::Range<usize>,
        tally: &mut Tally,
    ) -> bool {
        let (scratch, backward) = (&mut self.scratch, self.settings.backward);
        let first_id = block.first_id();
        scratch.id.clear();
        scratch.id.extend(block.ids[chunk.clone()].iter().map(|&id| first_id + u64::from(id)));
        scratch.time.clear();
        scratch.time.resize(chunk.len(), step.from);
        scratch.dt.clear();
        scratch.dt.resize(chunk.len(), step.to - step.from);
        if step.covered && block.status[chunk.clone()].iter().all(|&status| status == ParticleStatus::Moving) {
            tally.moved += if step.from == step.to { 0 } else { chunk.len() as u64 };
            return true;
        }
        let mut any = false;
        for (k, i) in chunk.enumerate() {
            if block.status[i] == ParticleStatus::Waiting {
                let release = block.release[i];
                let due = if backward { release >= step.to } else { release <= step.to };
                if due {
                    tally.released += 1;
                    let start = if backward { release.min(step.from) } else { release.max(step.from) };
                    (scratch.time[k], scratch.dt[k]) = (start, step.to - start);
                    let at = [block.x[i], block.y[i], block.z[i]];
                    let end = self.settings.place(fields, step.coast, start, at);
                    (block.x[i], block.y[i], block.z[i]) = (end.at[0], end.at[1], end.at[2]);
                    block.status[i] = end.status;
                    tally.stop |= end.stop;
                    if end.status != ParticleStatus::Moving {
                        tally.end(end.status);
                    }
                }
            }
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

    /// Ask hooks for own velocities and rates. Returns whether there are own velocities.
    fn ask(&mut self, block: &ParticleBlock, hooks: &mut dyn Hooks, step: Step, chunk: std::ops::Range<usize>) -> bool {
        let Scratch { id, time, dt, own, rates, .. } = &mut self.scratch;
        let view = view(block, id, time, dt, step.number, chunk);
        for own in &mut *own {
            own.clear();
            own.resize(view.len(), 0.0);
        }
        let [u, v, w] = own;
        let moves = hooks.velocity(&view, [u, v, w]);
        rates.resize(self.settings.laws.len(), Vec::new());
        for (variable, rate) in rates.iter_mut().enumerate() {
            if self.settings.laws[variable] == Law::Rate {
                rate.clear();
                rate.resize(view.len(), 0.0);
                hooks.rate(variable, &view, rate);
            }
        }
        moves
    }

    /// Apply rates, then delete what is to be deleted.
    fn finish(
        &mut self,
        block: &mut ParticleBlock,
        hooks: &mut dyn Hooks,
        step: Step,
        chunk: std::ops::Range<usize>,
        tally: &mut Tally,
    ) {
        let Scratch { id, time, dt, rates, doomed, .. } = &mut self.scratch;
        for (variable, law) in self.settings.laws.iter().enumerate() {
            if *law == Law::Rate {
                let column = &mut block.variables[variable][chunk.clone()];
                for ((value, &rate), &dt) in column.iter_mut().zip(&rates[variable]).zip(dt.iter()) {
                    // A particle that does not move may have no rate.
                    *value = if dt == 0.0 { *value } else { rate.mul_add(dt, *value) };
                }
            }
        }
        time.fill(step.to);
        doomed.clear();
        doomed.resize(chunk.len(), false);
        hooks.delete(&view(block, id, time, dt, step.number, chunk.clone()), doomed);
        for (k, i) in chunk.enumerate() {
            if doomed[k] && block.status[i] == ParticleStatus::Moving {
                block.status[i] = ParticleStatus::Deleted;
                tally.end(ParticleStatus::Deleted);
            }
        }
    }
}

fn view<'a>(
    block: &'a ParticleBlock,
    id: &'a [u64],
    time: &'a [f64],
    dt: &'a [f64],
    step: u64,
    chunk: std::ops::Range<usize>,
) -> View<'a> {
    let first = chunk.start;
    let (x, y, depth) = (&block.x[chunk.clone()], &block.y[chunk.clone()], &block.z[chunk]);
    View { id, x, y, depth, time, dt, variables: &block.variables, first, step }
}

impl Settings {
    /// What becomes of a particle that is released at a place.
    fn place(&self, fields: &FieldSet, coast: bool, time: f64, at: [f64; 3]) -> End {
        let mut end = End { at, status: ParticleStatus::Moving, went: false, stop: false };
        if is_odd(fields, &at.map(|value| [value; WIDTH]))[0] {
            end = resolve(fields, self.on_leaving, at, at);
            if end.status == ParticleStatus::Moving && is_odd(fields, &end.at.map(|value| [value; WIDTH]))[0] {
                end.status = ParticleStatus::LeftDomain;
            }
        }
        let beached = end.status == ParticleStatus::Moving
            && coast
            && self.on_land == OnLand::Stick
            && is_land(fields, time, &end.at.map(|value| [value; WIDTH]))[0];
        if beached {
            end.status = ParticleStatus::OnLand;
        }
        end
    }
}

/// The sum of all currents.
struct Currents<'a> {
    fields: &'a FieldSet,
    /// With W.
    vertical: bool,
}

impl Velocity<WIDTH> for Currents<'_> {
    #[inline(always)]
    fn at(&self, t: &Row<WIDTH>, place: &Triple<WIDTH>) -> Triple<WIDTH> {
        self.fields.rate(self.vertical, t, [&place[0], &place[1], &place[2]])
    }
}

/// The compiled kernels and what they read.
struct Job<'a> {
    settings: &'a Settings,
    stream: Stream,
    fields: &'a FieldSet,
    step: Step,
    scratch: &'a Scratch,
}

impl Job<'_> {
    /// Move a chunk with the variant of the kernels for these instructions.
    #[allow(unsafe_code)]
    fn run(
        &self,
        instructions: Instructions,
        block: &mut ParticleBlock,
        chunk: std::ops::Range<usize>,
        tally: &mut Tally,
    ) {
        match instructions {
            Instructions::Baseline => self.chunk(block, chunk, tally),
            // SAFETY: a value other than `Baseline` comes from `available` only, which asked the processor.
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => unsafe { chunk_avx2(self, block, chunk, tally) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => unsafe { chunk_avx512(self, block, chunk, tally) },
        }
    }

    #[inline(always)]
    fn chunk(&self, block: &mut ParticleBlock, chunk: std::ops::Range<usize>, tally: &mut Tally) {
        let (mut first, offset) = (chunk.start, chunk.start);
        while first < chunk.end {
            let count = (chunk.end - first).min(WIDTH);
            self.tile(block, first, first - offset, count, tally);
            first += count;
        }
    }

    /// Move `count` particles from place `first` of the block, place `offset` of the chunk.
    #[inline(always)]
    fn tile(&self, block: &mut ParticleBlock, first: usize, offset: usize, count: usize, tally: &mut Tally) {
        let scratch = self.scratch;
        // Lanes beyond the last particle repeat the first one, and are not stored.
        let start = [lanes(&block.x, first, count), lanes(&block.y, first, count), lanes(&block.z, first, count)];
        let (t, dt) = (lanes(&scratch.time, offset, count), lanes(&scratch.dt, offset, count));
        let mut id = [scratch.id[offset]; WIDTH];
        id[..count].copy_from_slice(&scratch.id[offset..offset + count]);

        let mut move_by = self.displacement(&id, &t, &start, &dt, tally);
        let (fx, fy) = units_per_metre(self.fields.mesh(), &start[1]);
        if self.step.own {
            for axis in 0..3 {
                let own: Row<WIDTH> = lanes(&scratch.own[axis], offset, count);
                for lane in 0..WIDTH {
                    let unit = [fx[lane], fy, 1.0][axis];
                    move_by[axis][lane] = (own[lane] * unit).mul_add(dt[lane], move_by[axis][lane]);
                }
            }
        }
        let mut end = start;
        for axis in 0..3 {
            for lane in 0..WIDTH {
                // A particle at rest may stand where a velocity is not a number.
                let there = start[axis][lane] + move_by[axis][lane];
                end[axis][lane] = if dt[lane] == 0.0 { start[axis][lane] } else { there };
            }
        }
        let went = self.borders(block, first, count, &start, &mut end, &dt, tally);
        block.x[first..first + count].copy_from_slice(&end[0][..count]);
        block.y[first..first + count].copy_from_slice(&end[1][..count]);
        block.z[first..first + count].copy_from_slice(&end[2][..count]);
        if !self.settings.laws.is_empty() {
            for lane in 0..WIDTH {
                for axis in 0..3 {
                    let moved = if went[lane] { move_by[axis][lane] } else { end[axis][lane] - start[axis][lane] };
                    move_by[axis][lane] = if dt[lane] == 0.0 { 0.0 } else { moved };
                }
            }
            self.variables(block, first, count, &move_by, &end, &dt);
        }
    }

    /// The sum of all kernels' displacements, in coordinate units.
    #[inline(always)]
    fn displacement(
        &self,
        id: &[u64; WIDTH],
        t: &Row<WIDTH>,
        start: &Triple<WIDTH>,
        dt: &Row<WIDTH>,
        tally: &mut Tally,
    ) -> Triple<WIDTH> {
        let fields = self.fields;
        let mut sum = [[0.0; WIDTH]; 3];
        for (draw, &kernel) in self.settings.kernels.iter().enumerate() {
            let currents = Currents { fields, vertical: kernel == Kernel::AdvectionRk43d };
            let chain = match kernel {
                Kernel::AdvectionEe | Kernel::AdvectionDiffusionEm | Kernel::AdvectionDiffusionM1 => Some(Chain::EULER),
                Kernel::AdvectionRk2 => Some(Chain::RK2),
                Kernel::AdvectionRk4 | Kernel::AdvectionRk43d => Some(Chain::RK4),
                Kernel::AdvectionRk45 | Kernel::DiffusionUniform => None,
            };
            let mut part = [[0.0; WIDTH]; 3];
            if let Some(chain) = chain {
                part = chain.step(&currents, t, start, dt);
            } else if kernel == Kernel::AdvectionRk45 {
                let tolerance = self.settings.rk45_tolerance;
                let (moved, steps) = rk45(&currents, fields.mesh(), tolerance, t, start, dt);
                tally.accepted += steps.accepted;
                tally.rejected += steps.rejected;
                part = moved;
            }
            let how = match kernel {
                Kernel::DiffusionUniform => Some(Walk::Uniform),
                Kernel::AdvectionDiffusionEm => Some(Walk::EulerMaruyama),
                Kernel::AdvectionDiffusionM1 => Some(Walk::Milstein),
                _ => None,
            };
            if let Some(how) = how {
                let normals = self.stream.normals(id, self.step.number, draw as u32);
                let step = walk(fields, how, self.settings.gradient_step, &normals, t, start, dt);
                for axis in 0..2 {
                    for lane in 0..WIDTH {
                        part[axis][lane] += step[axis][lane];
                    }
                }
            }
            for axis in 0..3 {
                for lane in 0..WIDTH {
                    sum[axis][lane] += part[axis][lane];
                }
            }
        }
        sum
    }

    /// Look at borders and land; correct places and set statuses. Returns which particles went their way.
    #[inline(always)]
    fn borders(
        &self,
        block: &mut ParticleBlock,
        first: usize,
        count: usize,
        start: &Triple<WIDTH>,
        end: &mut Triple<WIDTH>,
        dt: &Row<WIDTH>,
        tally: &mut Tally,
    ) -> [bool; WIDTH] {
        let mut went = [true; WIDTH];
        let mut correct = |lane: usize, what: End, end: &mut Triple<WIDTH>, tally: &mut Tally| {
            for axis in 0..3 {
                end[axis][lane] = what.at[axis];
            }
            went[lane] &= what.went;
            tally.stop |= what.stop;
            if what.status != ParticleStatus::Moving {
                block.status[first + lane] = what.status;
                tally.end(what.status);
            }
            what.status == ParticleStatus::Moving
        };
        let odd = is_odd(self.fields, end);
        let mut gone = [false; WIDTH];
        if odd.contains(&true) {
            for lane in 0..count {
                if odd[lane] && dt[lane] != 0.0 {
                    let (from, to) = (start.map(|row| row[lane]), end.map(|row| row[lane]));
                    let what = resolve(self.fields, self.settings.on_leaving, from, to);
                    gone[lane] = !correct(lane, what, end, tally);
                }
            }
        }
        if self.step.coast {
            let land = is_land(self.fields, self.step.to, end);
            if land.contains(&true) {
                for lane in 0..count {
                    if land[lane] && dt[lane] != 0.0 && !gone[lane] {
                        let (from, to) = (start.map(|row| row[lane]), end.map(|row| row[lane]));
                        correct(lane, ashore(self.fields, self.settings.on_land, self.step.to, from, to), end, tally);
                    }
                }
            }
        }
        went
    }

    /// Age, distance and samples.
    #[inline(always)]
    fn variables(
        &self,
        block: &mut ParticleBlock,
        first: usize,
        count: usize,
        moved: &Triple<WIDTH>,
        end: &Triple<WIDTH>,
        dt: &Row<WIDTH>,
    ) {
        let moving: [bool; WIDTH] =
            std::array::from_fn(|lane| lane < count && block.status[first + lane] == ParticleStatus::Moving);
        for (variable, &law) in self.settings.laws.iter().enumerate() {
            let column = &mut block.variables[variable][first..first + count];
            match law {
                Law::Rate => {}
                Law::Age => {
                    for lane in 0..count {
                        column[lane] += dt[lane].abs();
                    }
                }
                Law::Distance => {
                    let mut middle = end[1];
                    for lane in 0..WIDTH {
                        middle[lane] -= 0.5 * moved[1][lane];
                    }
                    let (fx, fy) = units_per_metre(self.fields.mesh(), &middle);
                    for lane in 0..count {
                        let (dx, dy, dz) = (moved[0][lane] / fx[lane], moved[1][lane] / fy, moved[2][lane]);
                        column[lane] += dx.mul_add(dx, dy.mul_add(dy, dz * dz)).sqrt();
                    }
                }
                Law::Sample(field) => {
                    let values = self.fields.tracer(field, &[self.step.to; WIDTH], [&end[0], &end[1], &end[2]]);
                    for lane in 0..count {
                        column[lane] = if moving[lane] { values[lane] } else { column[lane] };
                    }
                }
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn chunk_avx2(job: &Job<'_>, block: &mut ParticleBlock, chunk: std::ops::Range<usize>, tally: &mut Tally) {
    job.chunk(block, chunk, tally);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,avx512f,avx512dq,avx512vl")]
fn chunk_avx512(job: &Job<'_>, block: &mut ParticleBlock, chunk: std::ops::Range<usize>, tally: &mut Tally) {
    job.chunk(block, chunk, tally);
}
