//! One life of a run: the only loop over time, for whatever is computed.

use std::ops::Range;
use std::path::Path;
use std::time::Instant;

use super::balance::{Balancer, nothing};
use super::batches::Batches;
use super::checkpoint::{Keeper, Start};
use super::teller::Teller;
use super::{Job, record_due, report, write_constants};
use crate::comm::World;
use crate::domain::decomposition::Decomposition;
use crate::error::Error;
use crate::io::writer::Writer;
use crate::output::{Constant, OutputMap};
use crate::plan::{Balance, Plan};
use crate::provenance;
use crate::telemetry::progress::Progress;
use crate::telemetry::table::bytes;
use crate::telemetry::{Phase, Timers};

/// From the beginning of a run or a checkpoint to its end or the next checkpoint.
pub struct Life<'l> {
    pub world: &'l World,
    pub plan: &'l Plan,
    pub map: &'l OutputMap,
    pub deck: &'l Path,
    /// Whether a thread of its own writes records, where that is said.
    pub writer_thread: Option<bool>,
    pub started: Instant,
}

/// What changes while a life goes on.
struct Going<'g, 'w, J> {
    job: J,
    writer: Writer<'w>,
    keeper: Keeper<'w>,
    teller: &'g mut Teller<'w>,
    batches: Batches<'w>,
    balancer: Balancer,
    timers: Timers,
    progress: Progress,
    /// Steps of the batch that are done.
    reached: u64,
}

/// How the steps of a batch ended.
enum Ended {
    Done,
    /// Because of an item.
    Failed(Error),
    /// With a checkpoint.
    Stopped(Error),
}

impl<'l> Life<'l> {
    /// **Collective.** Whether records are written while kernels go on. A rank that shares its one processor with the thread
    /// that writes gains nothing, and MPI has it look for the others' messages all the time.
    fn writes_beside(&self) -> bool {
        let wanted = self.writer_thread.unwrap_or_else(|| self.world.has_spare_processors());
        if wanted && !self.world.threads() && self.writer_thread.is_some() && self.world.is_root() {
            log::warn!("this MPI does not allow a thread of its own for writing; records are written between steps");
        }
        wanted && self.world.threads()
    }

    /// **Collective.** Takes a job through time and writes what is due; batch after batch, where items run in batches.
    /// `make` makes the job of this rank's items.
    pub fn compute<J: Job>(
        &self,
        make: impl Fn(Range<u64>) -> Result<J, Error>,
        mut keeper: Keeper<'l>,
        start: &Start,
        teller: &mut Teller<'l>,
    ) -> Result<(), Error> {
        let Self { world, plan, map, deck, started, .. } = *self;
        let mut timers = Timers::default();
        let mut batches = Batches::new(world, plan);
        let mut job = make(batches.own())?;
        let (first, mut writer) = if let Start::From(found) = start {
            keeper.restore(found, &mut job, &map.layout, &mut batches)?
        } else {
            keeper.begin()?;
            let mut writer = Writer::create(world, map.layout.clone(), job.own())?;
            write_constants(&mut writer, map, &job, |constant| !constant.comes_last())?;
            (0, writer)
        };
        if self.writes_beside() {
            writer.work_beside();
        }
        timers.add(Phase::Setup, started.elapsed().as_secs_f64());

        // A single item has nowhere better to go, and its trace is written where it is.
        let balance = if plan.traced { Balance::Off } else { plan.balance };
        let balancer = Balancer::new(world, balance, batches.ids(), first);
        let progress = Progress::new(plan.clock.count(), world.is_root());
        let mut going = Going { job, writer, keeper, teller, batches, balancer, timers, progress, reached: first };
        let failure = loop {
            let failure = match self.steps(&mut going)? {
                Ended::Stopped(stop) => {
                    going.progress.finish();
                    going.writer.close()?;
                    return Err(stop);
                }
                Ended::Failed(failure) => Some(failure),
                Ended::Done => None,
            };
            let Going { job, writer, timers, .. } = &mut going;
            timers.time(Phase::Output, || writer.flush_all())?;
            timers.time(Phase::Output, || write_constants(writer, map, job, Constant::comes_last))?;
            if failure.is_some() || !going.batches.next(&going.job) {
                break failure;
            }
            going = self.next_batch(going, &make)?;
        };
        let Going { job, mut writer, keeper, teller, batches, balancer, mut timers, progress, reached } = going;
        progress.finish();
        teller.close();
        if failure.is_some() {
            writer.leave_out_rest(batches.ids())?;
        }
        if let Some(rest) = batches.left_out() {
            timers.time(Phase::Output, || writer.leave_out(rest))?;
        }
        let cuts = balancer.done();
        let summary = report::summarise(world, plan, (&job, &batches), &timers, &writer, cuts, started);
        // A life that was not the whole run says nothing about its plan.
        let whole = matches!(start, Start::Anew) && batches.left_out().is_none();
        let grade = (world.is_root() && whole)
            .then(|| report::grade(&plan.output.file, keeper.fingerprint(), &summary))
            .flatten();
        let mut closing = vec![
            ("timing".to_owned(), world.broadcast_text(summary.json())),
            ("ended".to_owned(), world.broadcast_text(provenance::now())),
            ("forecast".to_owned(), world.broadcast_text(grade.clone().unwrap_or_default())),
        ];
        closing.extend(batches.attributes());
        closing.retain(|(_, text)| !text.is_empty());
        teller.tell(reached, &job, &timers, keeper.seconds_left());
        let size = writer.finish(&closing, failure.is_none())?;
        if world.is_root() {
            log::info!("{}", summary.text());
            if let Some(grade) = grade {
                log::info!("{grade}");
            }
        }
        let failures = batches.failures(&job);
        if world.is_root() {
            failures.tell(plan, batches.items(), deck);
        }
        if let Some(failure) = failure {
            return Err(failure);
        }
        keeper.finish();
        if world.is_root() {
            batches.conclude();
            log::info!("wrote {} ({})", plan.output.file.display(), bytes(size as f64));
        }
        Ok(())
    }

    /// **Collective.** Takes the items of a batch from the steps that are done to the last one.
    fn steps<J: Job>(&self, going: &mut Going<'_, 'l, J>) -> Result<Ended, Error> {
        let Self { world, plan, map, .. } = *self;
        let Going { job, writer, keeper, teller, batches, balancer, timers, progress, reached } = going;
        let (first, steps) = (*reached, plan.clock.count());
        teller.step_from(first, batches);
        if plan.stop_when.is_some() {
            let ids = batches.ids();
            progress.enter([ids.start, ids.end - ids.start, plan.members.total()], batches.label());
            keeper.enter(batches);
        }
        if first == 0 {
            if let (false, Some(stop)) =
                (batches.is_first(), keeper.after_step(0, job, writer, timers, teller, batches)?)
            {
                return Ok(Ended::Stopped(stop));
            }
            record_due(world, writer, map, plan, job, 0, timers)?;
            batches.note(job, 0);
        }
        for step in first..steps {
            job.advance(step, timers)?;
            let done = step + 1;
            *reached = done;
            world.after_step(batches.steps()[0] + done);
            record_due(world, writer, map, plan, job, done, timers)?;
            batches.note(job, done);
            progress.update(done, plan.clock.time(done));
            if let Some(failure) = job.failure(done) {
                return Ok(Ended::Failed(failure));
            }
            if let Some(stop) = keeper.after_step(done, job, writer, timers, teller, batches)? {
                return Ok(Ended::Stopped(stop));
            }
            let looked = Instant::now();
            let better = balancer.look(world, job, timers, done, steps - done);
            // Nearly all of that is waiting for whoever comes last.
            timers.add(Phase::Waiting, looked.elapsed().as_secs_f64());
            if let Some(better) = better {
                divide_anew(world, balancer, better, job, writer, timers)?;
            }
        }
        Ok(Ended::Done)
    }

    /// **Collective.** Makes the items of the next batch in the place of those of the last one, which go first: there may
    /// not be room for both.
    fn next_batch<'g, J: Job>(
        &self,
        going: Going<'g, 'l, J>,
        make: &impl Fn(Range<u64>) -> Result<J, Error>,
    ) -> Result<Going<'g, 'l, J>, Error> {
        let Going { job, mut writer, keeper, teller, batches, mut balancer, mut timers, progress, .. } = going;
        let begun = Instant::now();
        // Each rank goes on counting its own work.
        let done = job.work();
        drop(job);
        let mut job = make(batches.own())?;
        let work: Vec<u64> = job.work().iter().zip(done).map(|((_, now), (_, before))| now + before).collect();
        job.resume(0, &work);
        timers.add(Phase::Setup, begun.elapsed().as_secs_f64());
        balancer.turn_to(batches.ids(), &timers);
        timers.time(Phase::Output, || writer.begin_again(job.own()))?;
        let inputs = |constant: Constant| !constant.comes_last();
        timers.time(Phase::Output, || write_constants(&mut writer, self.map, &job, inputs))?;
        Ok(Going { job, writer, keeper, teller, batches, balancer, timers, progress, reached: 0 })
    }
}

/// **Collective.** Moves items to where a better division has them, after what waits to be written of them is written.
fn divide_anew<J: Job>(
    world: &World,
    balancer: &mut Balancer,
    better: Decomposition,
    job: &mut J,
    writer: &mut Writer,
    timers: &mut Timers,
) -> Result<(), Error> {
    let begun = Instant::now();
    let expected = balancer.price(&better, job.state(nothing(job)).item_bytes());
    timers.time(Phase::Output, || writer.flush_all())?;
    timers.time(Phase::Balance, || balancer.move_items(world, job, better))?;
    writer.hold(job.own());
    balancer.learn(world, expected, begun.elapsed().as_secs_f64());
    Ok(())
}
