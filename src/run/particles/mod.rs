//! Particles as a job: made from their ids, moved by the fields around the clock, what can be written of them.

mod behaviour;
mod fields;
mod grids;
pub mod list;
mod parts;
mod release;

use std::cell::{Cell, OnceCell};
use std::ops::Range;
use std::sync::Arc;

use self::behaviour::Behaviour;
use self::fields::Fields;
use self::parts::Parts;
use super::{Job, members};
use crate::advection::particles::Quantity;
use crate::advection::{Law, Mesh, Mover, OnLeaving, ParticleStatus, Scale, Settings, Tally};
use crate::comm::World;
use crate::deck::release_list::ReleaseList;
use crate::domain::state::{Column, State};
use crate::error::Error;
use crate::io::destination;
use crate::io::trace::Trace;
use crate::io::writer::{Places, Stored};
use crate::output::Constant;
use crate::plan::{MemberTarget, OnFailure, OutputVariable, ParticleOutput, ParticlesPlan, Plan, VariableLaw};
use crate::statistics::place_of;
use crate::telemetry::{Phase, Timers};

/// This rank's particles and what moves them.
pub struct Particles<'r> {
    world: &'r World,
    plan: &'r Plan,
    particles: &'r ParticlesPlan,
    parts: Parts,
    /// When each trajectory ended, s, in the order of the flat index; NaN while it goes on.
    ended: Vec<f64>,
    /// Number of the region where each was released; none unless somebody asks.
    origins: Option<Vec<u32>>,
    /// Where those that are stored belong in the flat index, and which of them are nowhere: looked for when it is asked for
    /// after something has changed, since most records find what the one before has found.
    places: OnceCell<Arc<Places>>,
    /// Particles that are on their way, counted likewise.
    moving: OnceCell<usize>,
    fields: Fields,
    mover: Mover,
    behaviour: Behaviour<'r>,
    tally: Tally,
    /// The time that the block is at, s.
    now: f64,
    trace: Option<Trace>,
}

impl<'r> Particles<'r> {
    /// **Collective.** Makes the particles `range`, this rank's share, which are the same whatever the number of ranks, opens the
    /// fields and releases what is to be released at the start. Of a list of releases rank 0 may have `kept` the values.
    ///
    /// # Errors
    /// A field or a list that cannot be read, agreed.
    pub fn new(
        world: &'r World,
        plan: &'r Plan,
        particles: &'r ParticlesPlan,
        kept: &Cell<Option<ReleaseList>>,
        range: Range<u64>,
    ) -> Result<Self, Error> {
        let fields = Fields::open(world, particles)?;
        // Later batches of an ensemble find the same.
        if world.is_root() && range.start == 0 {
            fields.announce();
        }
        let initial: Vec<f64> = particles.variables.iter().map(|variable| variable.initial).collect();
        let mut parts = Parts::new(plan.members, range, initial);
        release::release(world, plan, particles, kept, &mut parts)?;
        let settings = Settings {
            kernels: particles.kernels.clone(),
            rk45_tolerance: particles.rk45_tolerance,
            gradient_step: fields.set().gradient_step(),
            // Every member has its own.
            seed: 0,
            member: 0,
            on_leaving: particles.on_leaving,
            on_land: particles.on_land,
            laws: particles.variables.iter().map(|variable| law(&variable.law)).collect(),
            backward: plan.clock.length(0) < 0.0,
        };
        let traced = plan.traced && !parts.ids().is_empty();
        let trace = traced.then(|| Trace::create(&plan.output.file, &trace_columns(particles))).transpose();
        let trace = world.agree(trace)?;
        let origins =
            plan.output.streams.iter().any(|stream| stream.reduction.as_ref().is_some_and(|r| r.connectivity));
        let origins = origins.then(|| regions_of(plan, particles, &parts));
        let mut job = Self {
            world,
            plan,
            particles,
            ended: vec![f64::NAN; parts.len()],
            origins,
            places: OnceCell::new(),
            moving: OnceCell::new(),
            parts,
            fields,
            mover: Mover::new(settings),
            behaviour: Behaviour::new(particles),
            tally: Tally::default(),
            now: 0.0,
            trace,
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
        let done = timers.time(Phase::Kernel, || {
            let mut done = Tally::default();
            self.mover.turn();
            let moving = *self.moving.get_or_init(|| self.parts.moving());
            self.fields.set_mut().settle(&self.particles.kernels, time, time + length, moving);
            for (part, block) in self.parts.iter_mut() {
                let seed = members::seed(self.plan, self.particles, part.member);
                self.mover.reseed(seed);
                self.behaviour.seed = seed;
                for (target, value) in members::reals(self.plan, part.member) {
                    match target {
                        MemberTarget::Field(field) => self.fields.set_mut().set_constant(field, value),
                        MemberTarget::Factor(field) => {
                            let scale = self.fields.set().scale(field);
                            self.fields.set_mut().set_scale(field, Scale { factor: value, ..scale });
                        }
                        MemberTarget::Offset(field) => {
                            let scale = self.fields.set().scale(field);
                            self.fields.set_mut().set_scale(field, Scale { offset: value, ..scale });
                        }
                        MemberTarget::CurrentFactor(current) => self.fields.set_mut().set_factor(current, value),
                        MemberTarget::Velocity(axis) => self.behaviour.velocity[axis] = Some(value),
                        MemberTarget::Cell(_)
                        | MemberTarget::Law(_)
                        | MemberTarget::Seed
                        | MemberTarget::Initial(_) => {}
                    }
                }
                let set = self.fields.set();
                let mut hooks = self.behaviour.with(set);
                done += self.mover.advance_part(block, set, &mut hooks, step, time, length);
            }
            done
        });
        self.now = time + length;
        if done.released + done.ended_in_all() > 0 || self.mover.has_sorted() {
            self.forget();
        }
        if done.ended_in_all() > 0 {
            for (ended, status) in self.ended.iter_mut().zip(self.parts.statuses()) {
                if ended.is_nan() && !matches!(status, ParticleStatus::Waiting | ParticleStatus::Moving) {
                    *ended = self.now;
                }
            }
        }
        self.tally += done;
        if self.plan.traced {
            let told = self.tell();
            self.world.agree(told)?;
        }
        Ok(())
    }

    /// Writes where the single particle of a traced run is.
    fn tell(&mut self) -> Result<(), Error> {
        let Some(mut trace) = self.trace.take() else { return Ok(()) };
        let status = self.parts.statuses().first().map_or(f64::NAN, |&status| f64::from(status as u8));
        let mut row = vec![self.now];
        for quantity in traced(self.particles) {
            let mut value = [f64::NAN];
            self.parts.read(quantity, &mut value);
            row.extend(value);
        }
        row.push(status);
        let told = trace.row(&row).and_then(|()| trace.flush());
        self.trace = Some(trace);
        told
    }

    fn read(&self, output: ParticleOutput, out: &mut [f64]) {
        match (output, quantity(output)) {
            (_, Some(quantity)) => self.parts.read(quantity, out),
            (ParticleOutput::LastTime, _) => {
                let last = self.ended.iter().map(|&ended| if ended.is_nan() { self.now } else { ended });
                out.iter_mut().zip(last).for_each(|(slot, time)| *slot = time);
            }
            _ => {
                out.fill(f64::NAN);
                let origins = self.origins.iter().flatten();
                out.iter_mut().zip(origins).for_each(|(slot, &region)| *slot = f64::from(region));
            }
        }
    }

    /// Forgets what was found: a particle has been released or has ended, others are held, or they are stored in another
    /// order.
    fn forget(&mut self) {
        self.places.take();
        self.moving.take();
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

    fn places(&self) -> &Arc<Places> {
        self.places.get_or_init(|| {
            let statuses = (0..).zip(self.parts.statuses());
            let nowhere = statuses.filter(|&(_, status)| !self.is_there(status)).map(|(place, _)| place).collect();
            Arc::new(Places { of: self.parts.places(), nowhere })
        })
    }
}

/// What particles carry of an output.
fn quantity(output: ParticleOutput) -> Option<Quantity> {
    match output {
        ParticleOutput::Longitude => Some(Quantity::Longitude),
        ParticleOutput::Latitude => Some(Quantity::Latitude),
        ParticleOutput::Depth => Some(Quantity::Depth),
        ParticleOutput::ReleaseTime => Some(Quantity::ReleaseTime),
        ParticleOutput::Variable(index) => Some(Quantity::Variable(index)),
        ParticleOutput::ReleaseRegion | ParticleOutput::LastTime => None,
    }
}

/// What a trace tells of a particle between the time and the status.
fn traced(particles: &ParticlesPlan) -> impl Iterator<Item = Quantity> {
    let places = [Quantity::Longitude, Quantity::Latitude, Quantity::Depth];
    places.into_iter().chain((0..particles.variables.len()).map(Quantity::Variable))
}

fn trace_columns(particles: &ParticlesPlan) -> Vec<&str> {
    let variables = particles.variables.iter().map(|variable| variable.name.as_str());
    ["time [s]", "lon", "lat", "depth"].into_iter().chain(variables).chain(["status"]).collect()
}

/// The number of the region in which each particle is; as many as there are regions for none.
fn regions_of(plan: &Plan, particles: &ParticlesPlan, parts: &Parts) -> Vec<u32> {
    let read = |quantity| {
        let mut values = vec![0.0; parts.len()];
        parts.read(quantity, &mut values);
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

impl Job for Particles<'_> {
    fn own(&self) -> Range<usize> {
        let ids = self.parts.ids();
        usize::try_from(ids.start).unwrap_or(usize::MAX)..usize::try_from(ids.end).unwrap_or(usize::MAX)
    }

    fn advance(&mut self, step: u64, timers: &mut Timers) -> Result<(), Error> {
        let clock = &self.plan.clock;
        self.move_by(step, clock.time(step), clock.time(step + 1) - clock.time(step), timers)
    }

    fn failure(&self, step: u64) -> Option<Error> {
        let of_members = self.plan.ensemble.as_ref().map_or(OnFailure::Mark, |ensemble| ensemble.on_member_failure);
        if of_members == OnFailure::Stop {
            let failed = self.world.sum(&[self.parts.count(ParticleStatus::NotANumber) as u64])[0];
            let (time, path) = (self.plan.clock.time(step), destination::unfinished(&self.plan.output.file));
            if failed > 0 {
                return Some(Error::MemberFailed { failed, item: "particle", time, path });
            }
        }
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
                self.places().nowhere.iter().for_each(|&place| out[place as usize] = f64::NAN);
            }
            _ => {
                for (slot, status) in out.iter_mut().zip(self.parts.statuses()) {
                    *slot = f64::from(status as u8);
                }
            }
        }
    }

    fn stored(&self, variable: OutputVariable) -> Option<Stored<'_>> {
        let OutputVariable::Particle(output) = variable else { return None };
        let pieces = self.parts.stored(quantity(output)?);
        Some(Stored { pieces, places: Arc::clone(self.places()) })
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
        ParticleStatus::ALL.iter().map(|&status| (status.name(), self.parts.count(status) as u64)).collect()
    }

    fn failed(&self) -> Vec<u64> {
        let status = (self.parts.ids().start..).zip(self.parts.statuses());
        status.filter(|(_, status)| *status == ParticleStatus::NotANumber).map(|(id, _)| id).collect()
    }

    fn state(&self, ids: Range<u64>) -> State {
        let mut state = self.parts.state(ids.clone());
        let first = self.parts.ids().start;
        let places = (ids.start - first) as usize..(ids.end - first) as usize;
        state.columns.push(Column::real("end_times", 1, self.ended[places.clone()].to_vec()));
        if let Some(origins) = &self.origins {
            state.columns.push(Column::count("release_regions", origins[places].to_vec()));
        }
        state
    }

    fn restore(&mut self, state: &State) -> Result<(), Error> {
        let ended = state.real("end_times", 1)?;
        let released = if self.origins.is_some() { state.count("release_regions")? } else { &[] };
        self.parts.restore(state)?;
        self.forget();
        let first = (state.ids.start - self.parts.ids().start) as usize;
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
        self.parts.hold(ids);
        self.forget();
    }

    fn costs(&mut self) -> Vec<u32> {
        self.parts.costs()
    }

    fn resume(&mut self, done: u64, work: &[u64]) {
        let count = |position: usize| work.get(position).copied().unwrap_or(0);
        let (moved, released) = (count(0), count(1));
        self.tally = Tally { moved, released, accepted: count(2), rejected: count(3), ..Tally::default() };
        self.now = self.plan.clock.time(done);
    }

    fn memory(&self) -> (u64, u64) {
        let places = self.places.get().map_or(0, |places| places.bytes());
        let state = self.parts.bytes() + size_of_val(self.ended.as_slice()) + places;
        (state as u64, (self.fields.bytes() + self.fields.set().settled_bytes()) as u64)
    }
}
