//! Particles as a job: made from their ids, moved by the fields around the clock, what can be written of them.

mod behaviour;
mod fields;
pub mod list;

use std::ops::Range;

use self::behaviour::Behaviour;
use self::fields::Fields;
use super::Job;
use crate::advection::particles::Quantity;
use crate::advection::release::{Place, Release};
use crate::advection::{Law, Mesh, Mover, OnLeaving, ParticleBlock, ParticleStatus, Settings, Tally};
use crate::comm::World;
use crate::deck::release_list::ReleaseList;
use crate::domain::decomposition::Decomposition;
use crate::domain::state::{Column, State};
use crate::error::Error;
use crate::io::destination;
use crate::output::Constant;
use crate::plan::{OutputVariable, ParticleOutput, ParticlesPlan, Places, Plan, VariableLaw};
use crate::statistics::place_of;
use crate::telemetry::{Phase, Timers};

/// This rank's particles and what moves them.
pub struct Particles<'r> {
    world: &'r World,
    plan: &'r Plan,
    particles: &'r ParticlesPlan,
    block: ParticleBlock,
    /// When each trajectory ended, s, in the order of ids; NaN while it goes on.
    ended: Vec<f64>,
    /// Number of the region where each was released; none unless somebody asks.
    origins: Option<Vec<u32>>,
    fields: Fields,
    mover: Mover,
    behaviour: Behaviour<'r>,
    tally: Tally,
    /// The time that the block is at, s.
    now: f64,
}

impl<'r> Particles<'r> {
    /// **Collective.** Makes the particles of this rank, which are the same whatever the number of ranks, opens the
    /// fields and releases what is to be released at the start.
    ///
    /// # Errors
    /// A field or a list that cannot be read, agreed.
    pub fn new(world: &'r World, plan: &'r Plan, particles: &'r ParticlesPlan) -> Result<Self, Error> {
        let fields = Fields::open(world, particles)?;
        if world.is_root() {
            fields.announce();
        }
        let decomposition = Decomposition::new(particles.count, u64::from(world.size().unsigned_abs()));
        let range = decomposition.range(u64::from(world.rank().unsigned_abs()));
        let sizes: Vec<i32> = decomposition.sizes().map(|n| i32::try_from(n).unwrap_or(i32::MAX)).collect();
        let initial: Vec<f64> = particles.variables.iter().map(|variable| variable.initial).collect();
        let own = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
        let mut block = ParticleBlock::new(range.start, own, &initial);
        release(world, particles, range, &sizes, &mut block)?;
        let settings = Settings {
            kernels: particles.kernels.clone(),
            rk45_tolerance: particles.rk45_tolerance,
            gradient_step: fields.set().gradient_step(),
            seed: particles.seed,
            member: 0,
            on_leaving: particles.on_leaving,
            on_land: particles.on_land,
            laws: particles.variables.iter().map(|variable| law(&variable.law)).collect(),
            backward: plan.clock.length(0) < 0.0,
        };
        let origins =
            plan.output.streams.iter().any(|stream| stream.reduction.as_ref().is_some_and(|r| r.connectivity));
        let origins = origins.then(|| regions_of(plan, particles, &block));
        let mut job = Self {
            world,
            plan,
            particles,
            ended: vec![f64::NAN; block.len()],
            origins,
            block,
            fields,
            mover: Mover::new(settings),
            behaviour: Behaviour::new(particles),
            tally: Tally::default(),
            now: 0.0,
        };
        job.move_by(0, 0.0, 0.0, &mut Timers::default())?;
        Ok(job)
    }

    /// **Collective.** Reads what the step needs, moves the particles and notes which have ended.
    fn move_by(&mut self, step: u64, time: f64, length: f64, timers: &mut Timers) -> Result<(), Error> {
        // Every rank needs the same snapshots at the same steps, so that all come to this agreement or none.
        if self.fields.lacks(time, time + length) {
            self.fields.read(self.world, time, time + length, timers)?;
        }
        let set = self.fields.set();
        let mut hooks = self.behaviour.with(set);
        let done = timers.time(Phase::Kernel, || match length {
            0.0 => self.mover.begin(&mut self.block, set, &mut hooks, time),
            _ => self.mover.advance(&mut self.block, set, &mut hooks, step, time, length),
        });
        self.now = time + length;
        if done.ended_in_all() > 0 {
            for (ended, status) in self.ended.iter_mut().zip(statuses(&self.block)) {
                if ended.is_nan() && !matches!(status, ParticleStatus::Waiting | ParticleStatus::Moving) {
                    *ended = self.now;
                }
            }
        }
        self.tally += done;
        Ok(())
    }

    fn read(&self, output: ParticleOutput, out: &mut [f64]) {
        let quantity = match output {
            ParticleOutput::Longitude => Quantity::Longitude,
            ParticleOutput::Latitude => Quantity::Latitude,
            ParticleOutput::Depth => Quantity::Depth,
            ParticleOutput::ReleaseTime => Quantity::ReleaseTime,
            ParticleOutput::Variable(index) => Quantity::Variable(index),
            ParticleOutput::ReleaseRegion => {
                out.fill(f64::NAN);
                let origins = self.origins.iter().flatten();
                out.iter_mut().zip(origins).for_each(|(slot, &region)| *slot = f64::from(region));
                return;
            }
            ParticleOutput::LastTime => {
                let last = self.ended.iter().map(|&ended| if ended.is_nan() { self.now } else { ended });
                out.iter_mut().zip(last).for_each(|(slot, time)| *slot = time);
                return;
            }
        };
        self.block.read(quantity, out);
    }

    /// Whether a particle with this status is still somewhere.
    fn is_there(&self, status: ParticleStatus) -> bool {
        match status {
            ParticleStatus::Moving | ParticleStatus::OnLand => true,
            ParticleStatus::LeftDomain | ParticleStatus::ThroughSurface | ParticleStatus::ThroughBottom => {
                self.particles.on_leaving == OnLeaving::Stick
            }
            _ => false,
        }
    }
}

fn statuses(block: &ParticleBlock) -> Vec<ParticleStatus> {
    let mut statuses = vec![ParticleStatus::Waiting; block.len()];
    block.read_status(&mut statuses);
    statuses
}

/// The number of the region in which each particle is; as many as there are regions for none.
fn regions_of(plan: &Plan, particles: &ParticlesPlan, block: &ParticleBlock) -> Vec<u32> {
    let read = |quantity| {
        let mut values = vec![0.0; block.len()];
        block.read(quantity, &mut values);
        values
    };
    let period = (particles.mesh == Mesh::Spherical).then_some(360.0);
    let (lon, lat) = (read(Quantity::Longitude), read(Quantity::Latitude));
    let place = |(lon, lat)| place_of(&plan.output.regions, period, [lon, lat]) as u32;
    lon.into_iter().zip(lat).map(place).collect()
}

fn law(law: &VariableLaw) -> Law {
    match law {
        VariableLaw::Age => Law::Age,
        VariableLaw::Distance => Law::Distance,
        VariableLaw::Sample(field) => Law::Sample(*field),
        VariableLaw::Rate(_) => Law::Rate,
    }
}

/// **Collective.** Places the particles of this rank: from their ids, or from a list that rank 0 reads.
fn release(
    world: &World,
    particles: &ParticlesPlan,
    range: Range<u64>,
    sizes: &[i32],
    block: &mut ParticleBlock,
) -> Result<(), Error> {
    let plan = &particles.release;
    let mut times: Vec<f64> = range
        .clone()
        .map(|id| plan.time + (id / plan.count.max(1)) as f64 * plan.repeat_every.unwrap_or(0.0))
        .collect();
    let mut depths = vec![plan.depth; times.len()];
    let place = match &plan.places {
        Places::At(point) => Place::At(*point),
        Places::Box(corners) => Place::Box(*corners),
        Places::Line(ends) => Place::Line(*ends),
        Places::Grid { nx, ny, over } => Place::Grid { nx: *nx, ny: *ny, over: *over },
        Places::List { path, backward } => {
            let epoch = particles.epoch.as_ref();
            let rows = plan.count.min(particles.count);
            let list =
                if world.is_root() { list::read(path, rows, epoch, *backward) } else { Ok(ReleaseList::default()) };
            let list = world.agree(list.map_err(|report| Error::Deck(Box::new(report))))?;
            // Every release of a repeated list begins at the same places.
            let repeated = |column: &[f64]| -> Vec<f64> {
                column.iter().cycle().take(usize::try_from(particles.count).unwrap_or(usize::MAX)).copied().collect()
            };
            let shared = |column: &[f64]| world.scatter(&repeated(column), sizes);
            block.set(Quantity::Longitude, &shared(&list.lon));
            block.set(Quantity::Latitude, &shared(&list.lat));
            let has = |column: &[f64]| world.sum(&[u64::from(!column.is_empty())])[0] > 0;
            if has(&list.depth) {
                depths = shared(&list.depth);
            }
            if has(&list.time) {
                for (time, listed) in times.iter_mut().zip(shared(&list.time)) {
                    *time += listed;
                }
            }
            block.set(Quantity::Depth, &depths);
            block.set(Quantity::ReleaseTime, &times);
            return Ok(());
        }
    };
    let release = Release::new(place, particles.mesh, plan.count, particles.seed, 0);
    let (lon, lat): (Vec<f64>, Vec<f64>) = range.map(|id| release.position(id)).map(|[lon, lat]| (lon, lat)).unzip();
    block.set(Quantity::Longitude, &lon);
    block.set(Quantity::Latitude, &lat);
    block.set(Quantity::Depth, &depths);
    block.set(Quantity::ReleaseTime, &times);
    Ok(())
}

impl Job for Particles<'_> {
    fn own(&self) -> Range<usize> {
        let first = usize::try_from(self.block.first_id()).unwrap_or(usize::MAX);
        first..first + self.block.len()
    }

    fn advance(&mut self, step: u64, timers: &mut Timers) -> Result<(), Error> {
        let clock = &self.plan.clock;
        self.move_by(step, clock.time(step), clock.time(step + 1) - clock.time(step), timers)
    }

    fn failure(&self, step: u64) -> Option<Error> {
        if self.particles.on_leaving != OnLeaving::Stop {
            return None;
        }
        let left = self.world.sum(&[u64::from(self.tally.stop)])[0];
        (left > 0).then(|| Error::ParticleLeft {
            time: self.plan.clock.time(step),
            path: destination::unfinished(&self.plan.output.file),
        })
    }

    fn column(&self, variable: OutputVariable, out: &mut [f64]) {
        match variable {
            OutputVariable::Particle(output) => {
                self.read(output, out);
                for (slot, status) in out.iter_mut().zip(statuses(&self.block)) {
                    if !self.is_there(status) {
                        *slot = f64::NAN;
                    }
                }
            }
            _ => {
                for (slot, status) in out.iter_mut().zip(statuses(&self.block)) {
                    *slot = f64::from(status as u8);
                }
            }
        }
    }

    fn constant(&self, constant: Constant, out: &mut [f64]) {
        match constant {
            Constant::Of(OutputVariable::Particle(output)) => self.read(output, out),
            Constant::Of(variable) => self.column(variable, out),
            Constant::Input(_) => out.fill(f64::NAN),
        }
    }

    fn work(&self) -> Vec<(&'static str, u64)> {
        let tally = &self.tally;
        vec![
            ("steps", tally.moved),
            ("released", tally.released),
            ("accepted", tally.accepted),
            ("rejected", tally.rejected),
        ]
    }

    fn outcomes(&self) -> Vec<(&'static str, u64)> {
        ParticleStatus::ALL.iter().map(|&status| (status.name(), self.block.count(status) as u64)).collect()
    }

    fn state(&self, ids: Range<u64>) -> State {
        let mut state = self.block.state(ids.clone());
        let places = (ids.start - self.block.first_id()) as usize..(ids.end - self.block.first_id()) as usize;
        state.columns.push(Column::real("end_times", 1, self.ended[places.clone()].to_vec()));
        if let Some(origins) = &self.origins {
            state.columns.push(Column::count("release_regions", origins[places].to_vec()));
        }
        state
    }

    fn restore(&mut self, state: &State) -> Result<(), Error> {
        let ended = state.real("end_times", 1)?;
        let released = if self.origins.is_some() { state.count("release_regions")? } else { &[] };
        self.block.restore(state)?;
        let first = (state.ids.start - self.block.first_id()) as usize;
        if let Some(origins) = &mut self.origins {
            origins[first..first + released.len()].copy_from_slice(released);
        }
        self.ended[first..first + ended.len()].copy_from_slice(ended);
        Ok(())
    }

    fn hold(&mut self, ids: Range<u64>) {
        let had = self.own();
        let before = std::mem::take(&mut self.ended);
        let ended = |id: usize| if had.contains(&id) { before[id - had.start] } else { f64::NAN };
        self.ended = (ids.start as usize..ids.end as usize).map(ended).collect();
        if let Some(origins) = &mut self.origins {
            let before = std::mem::take(origins);
            let origin = |id: usize| if had.contains(&id) { before[id - had.start] } else { 0 };
            *origins = (ids.start as usize..ids.end as usize).map(origin).collect();
        }
        self.block.hold(ids);
    }

    fn costs(&mut self) -> Vec<u32> {
        self.block.costs()
    }

    fn resume(&mut self, done: u64, work: &[u64]) {
        let count = |position: usize| work.get(position).copied().unwrap_or(0);
        let (moved, released) = (count(0), count(1));
        self.tally = Tally { moved, released, accepted: count(2), rejected: count(3), ..Tally::default() };
        self.now = self.plan.clock.time(done);
    }

    fn memory(&self) -> (u64, u64) {
        let state = self.block.bytes() + size_of_val(self.ended.as_slice());
        (state as u64, self.fields.bytes() as u64)
    }
}
