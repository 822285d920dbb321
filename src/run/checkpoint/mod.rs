//! Checkpoints of a run: when they are due, what goes into one, how a run continues from one.
//!
//! Steps end with a round of all ranks, four times a second at most: has a signal come, is a checkpoint due or asked for,
//! does the wall time end, is it time to tell how the run is? All ranks learn the same and act after the same step.

mod claim;
mod deadline;
mod interval;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub use self::claim::Start;
use self::claim::{Found, Identity, NONE_LEFT, claim};
use super::balance::nothing;
use super::batches::{Batches, Story};
use super::teller::Teller;
use super::{Job, Request};
use crate::comm::World;
use crate::comm::signals::Signals;
use crate::deck::{Sources, fingerprint};
use crate::error::Error;
use crate::io::checkpoint::header::Header;
use crate::io::checkpoint::image::{Camera, Image};
use crate::io::checkpoint::{self, Beside};
use crate::io::destination::{free_space, unfinished};
use crate::io::layout::Layout;
use crate::io::run_folder::{self, RunFolder};
use crate::io::writer::{Carried, Writer};
use crate::plan::{CheckpointPlan, Plan, Work};
use crate::provenance;
use crate::telemetry::progress::duration;
use crate::telemetry::table::bytes;
use crate::telemetry::{Phase, Timers};

/// Seconds between rounds where steps are short; where they are long a round follows each.
const BETWEEN_ROUNDS: f64 = 0.25;
/// Seconds that a checkpoint is expected to take until one has been written.
const COST_UNKNOWN: f64 = 5.0;
/// Seconds at the end of the wall time that are left to closing files and to the scheduler.
const LAST: f64 = 10.0;

/// Writes the checkpoints of a run and keeps its folder.
pub struct Keeper<'r> {
    world: &'r World,
    signals: &'r Signals,
    plan: CheckpointPlan,
    identity: Identity,
    /// Without datasets, counts and step, which each checkpoint has its own of.
    header: Header,
    output: PathBuf,
    in_batches: bool,
    /// Steps of a batch, of those before this one, and of all there may be.
    steps: u64,
    before: u64,
    all_steps: u64,
    /// The step after which the next round is, as all others counted from the first one of the first batch.
    next: u64,
    /// Rank 0's.
    watch: Option<Watch>,
}

/// What rank 0 looks after.
struct Watch {
    folder: RunFolder,
    camera: Camera,
    /// When the last checkpoint was written, or the run begun.
    last: Instant,
    /// Seconds that it took.
    cost: Option<f64>,
    /// When the wall time ends.
    end: Option<Instant>,
    /// The last round and the step after which it was.
    round: (Instant, u64),
    /// The longest time between two rounds, s.
    longest: f64,
}

/// What a round has agreed upon.
struct Agreed {
    /// Whether it is time to tell how the run is.
    tells: bool,
    /// Whether a checkpoint is to be written.
    writes: bool,
    stops: bool,
    reason: &'static str,
}

impl<'r> Keeper<'r> {
    /// **Collective.** Locks the run's folder and decides how the run begins.
    ///
    /// # Errors
    /// Why it does not begin, agreed: a finished or unfinished run is there, another job is at work, a checkpoint is not
    /// of this run.
    pub fn claim(
        world: &'r World,
        signals: &'r Signals,
        plan: &Plan,
        sources: &Sources,
        request: &Request,
    ) -> Result<(Self, Start), Error> {
        let own = if world.is_root() { fingerprint(sources, &request.overrides) } else { String::new() };
        let identity = Identity {
            version: provenance::version(),
            deck: world.broadcast_text(own),
            mechanism: match &plan.work {
                Work::Chemistry { chemistry, .. } => chemistry.mechanism_hash.clone(),
                Work::Particles(_) => String::new(),
            },
        };
        let (folder, start) = claim(world, &plan.output.file, &request.begin, &identity)?;
        let header = match &start {
            Start::From(found) => found[0].header.clone(),
            // Time and process tell two runs apart; the name of the host tells those of two machines.
            _ => Header {
                version: identity.version.clone(),
                deck: identity.deck.clone(),
                mechanism: identity.mechanism.clone(),
                items: plan.members.total(),
                seed: sources.seed_if_absent,
                run: format!("{} {}", provenance::now(), std::process::id()),
                ..Header::default()
            },
        };
        let now = Instant::now();
        let end = folder.as_ref().and_then(|_| end_of_wall_time(request.walltime));
        let watch = folder.map(|folder| Watch {
            folder,
            camera: Camera::new(plan.stop_when.is_some()),
            last: now,
            cost: None,
            end,
            round: (now, 0),
            longest: 0.0,
        });
        let (output, steps, in_batches) = (plan.output.file.clone(), plan.clock.count(), plan.stop_when.is_some());
        let plan = plan.checkpoint;
        let (before, all_steps, next) = (0, steps, 1);
        let keeper =
            Self { world, signals, plan, identity, header, output, in_batches, steps, before, all_steps, next, watch };
        Ok((keeper, start))
    }

    /// The fingerprint of the deck and its inputs, for the output file.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.identity.deck
    }

    /// The folder of the run; rank 0's.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        self.watch.as_ref().map(|watch| watch.folder.path())
    }

    /// Seconds until the wall time ends, where rank 0 knows.
    #[must_use]
    pub fn seconds_left(&self) -> Option<f64> {
        let end = self.watch.as_ref()?.end?;
        Some(end.saturating_duration_since(Instant::now()).as_secs_f64())
    }

    /// **Collective.** Begins anew.
    ///
    /// # Errors
    /// When the folder cannot be written, agreed.
    pub fn begin(&self) -> Result<(), Error> {
        let begun = self.watch.as_ref().map_or(Ok(()), |watch| watch.folder.begin(&self.header.run));
        self.world.agree(begun)
    }

    /// A batch begins, or is gone on with.
    pub fn enter(&mut self, batches: &Batches) {
        [self.before, self.all_steps] = batches.steps();
        let ids = batches.ids();
        (self.header.first, self.header.items) = (ids.start, ids.end - ids.start);
    }

    /// **Collective.** Takes a job and its output back to the first of the checkpoints that is whole. Returns how many
    /// steps of its batch are done and the open output.
    ///
    /// # Errors
    /// Why that is not possible, agreed.
    pub fn restore<J: Job>(
        &mut self,
        found: &[Found],
        job: &mut J,
        layout: &Layout,
        batches: &mut Batches,
    ) -> Result<(u64, Writer<'r>), Error> {
        let world = self.world;
        let like = job.state(nothing(job));
        let mut candidates = found.iter().peekable();
        let (found, done, state, beside) = loop {
            let Some(candidate) = candidates.next() else { return Err(self.none_is_whole(found)) };
            let done = batches.turn_to(candidate.header.step);
            match checkpoint::read(world, &candidate.path, &candidate.header, batches.own(), &like) {
                Ok((state, beside)) => break (candidate, done, state, beside),
                Err(error) if error.aborts() => return Err(error),
                Err(error) if candidates.peek().is_some() && world.is_root() => {
                    log::warn!("{error}; it is passed over");
                }
                Err(_) if candidates.peek().is_some() => {}
                Err(error) => return Err(self.with_advice(error)),
            }
        };
        self.enter(batches);
        // It has been made for the first batch.
        if !batches.is_first() {
            job.hold(state.ids.clone());
        }
        world.agree(job.restore(&state))?;
        let header = &found.header;
        let work: Vec<u64> = header.work.iter().map(|&count| if world.is_root() { count } else { 0 }).collect();
        job.resume(done, &work);
        let part = unfinished(&self.output);
        let put_back = if world.is_root() { beside.image.put_back(&part) } else { Ok(()) };
        world.agree(put_back.map_err(|reason| Error::LostOutput {
            checkpoint: found.path.clone(),
            output: part,
            reason,
        }))?;
        let mut writer = Writer::resume(world, layout.clone(), job.own(), &header.records)?;
        if self.in_batches {
            let unreadable = |reason: postcard::Error| Error::Checkpoint {
                path: found.path.clone(),
                reason: format!("holds no sums of earlier batches ({reason})"),
            };
            let read = if world.is_root() { postcard::from_bytes(&beside.carried) } else { Ok(Default::default()) };
            let (carried, story): (Carried, Story) = world.agree(read.map_err(unreadable))?;
            batches.resume(&story)?;
            writer.carry(carried, !batches.is_first());
        }
        if let Some(watch) = &mut self.watch {
            // Others of later steps tell of an output that no longer is.
            watch.folder.forget_after(header.step);
            watch.round = (Instant::now(), header.step);
            log::info!(
                "continues after step {} of {}{} from {}, written {}",
                header.step,
                if self.in_batches { "at most " } else { "" },
                self.all_steps,
                found.path.display(),
                header.written
            );
        }
        self.next = header.step + 1;
        Ok((done, writer))
    }

    fn none_is_whole(&self, found: &[Found]) -> Error {
        let path = found.first().map_or_else(|| run_folder::of(&self.output), |found| found.path.clone());
        self.with_advice(Error::Checkpoint { path, reason: "is not whole".to_owned() })
    }

    /// Adds what else there is to continue from.
    fn with_advice(&self, error: Error) -> Error {
        match (error, &self.watch) {
            (Error::Checkpoint { path, reason }, Some(watch)) => {
                let offer = claim::offer(&watch.folder, &path);
                let advice = if offer.is_empty() { NONE_LEFT } else { &offer };
                Error::Checkpoint { path, reason: format!("{reason}{advice}") }
            }
            (error, _) => error,
        }
    }

    /// **Collective.** After `done` steps of a batch: writes a checkpoint when one is due. Returns what ends the run now, if it does;
    /// the output is to be closed then.
    ///
    /// # Errors
    /// A failure to write, agreed.
    pub fn after_step<J: Job>(
        &mut self,
        done: u64,
        job: &J,
        writer: &mut Writer,
        timers: &mut Timers,
        teller: &mut Teller,
        batches: &Batches,
    ) -> Result<Option<Error>, Error> {
        let in_all = self.before + done;
        // After the last step the output is finished at once, or the next batch begins.
        if in_all < self.next || done >= self.steps {
            return Ok(None);
        }
        let tells = teller.is_due();
        let Agreed { tells, writes, stops, reason } = timers.time(Phase::Waiting, || self.round(in_all, tells));
        if tells || stops {
            let begun = Instant::now();
            teller.tell(done, job, timers, self.seconds_left());
            timers.add(Phase::Output, begun.elapsed().as_secs_f64());
        }
        if !writes {
            return Ok(None);
        }
        let path = timers.time(Phase::Checkpoint, || self.write(in_all, job, writer, batches, (reason, stops)))?;
        let reason = reason.to_owned();
        Ok(stops.then_some(Error::Checkpointed { path, step: in_all, steps: self.all_steps, reason }))
    }

    /// **Collective.** What is due, as all ranks and the clock of rank 0 have it.
    fn round(&mut self, done: u64, tells: bool) -> Agreed {
        const OF_WATCH: usize = 4;
        let mut asked = self.signals.received().to_vec();
        let signals = asked.len();
        let every = self.plan.every;
        asked.extend(self.watch.as_mut().map_or([0; OF_WATCH], |watch| watch.look(done, every)));
        asked.push(u64::from(tells));
        let asked = self.world.sum(&asked);
        let [ends, due, requested, spacing, tells] = [0, 1, 2, 3, 4].map(|place| asked[signals + place]);
        self.next = done + spacing;
        let signal = Signals::names().into_iter().zip(&asked).find(|(_, came)| **came > 0);
        let (stops, reason) = match (signal, ends > 0, requested > 0, due > 0) {
            (Some((name, _)), ..) => (true, name),
            (None, true, ..) => (true, "the end of the wall time came near"),
            (None, false, true, _) => (false, "a request"),
            (None, false, false, true) => (false, "its interval"),
            (None, false, false, false) => (false, ""),
        };
        Agreed { tells: tells > 0, writes: !reason.is_empty(), stops, reason }
    }

    /// **Collective.** Writes a checkpoint after `done` steps. Without room for it a run that goes on goes on.
    fn write<J: Job>(
        &mut self,
        done: u64,
        job: &J,
        writer: &mut Writer,
        batches: &Batches,
        (reason, stops): (&str, bool),
    ) -> Result<PathBuf, Error> {
        let begun = Instant::now();
        let world = self.world;
        let path = run_folder::checkpoint(&run_folder::of(&self.output), done);
        let failed = |action| {
            let path = path.clone();
            move |reason: String| Error::CheckpointWrite { path, action, reason }
        };
        writer.secure()?;
        let part = unfinished(&self.output);
        let taken = self.watch.as_mut().map_or(Ok(Image::default()), |watch| watch.camera.take(world, &part));
        let image = world.agree(taken.map_err(failed("taking an image of the output")))?;
        let carried = if self.in_batches && world.is_root() {
            postcard::to_stdvec(&(writer.carried(), batches.story())).map_err(|reason| reason.to_string())
        } else {
            Ok(Vec::new())
        };
        let carried = world.agree(carried.map_err(failed("what earlier batches have left")))?;
        let beside = Beside { image, carried };
        let own = job.own();
        let state = job.state(own.start as u64..own.end as u64);
        let needed = self.header.items * state.item_bytes() as u64
            + world.sum(&[(beside.image.bytes.len() + beside.carried.len()) as u64])[0];
        let free = free_space(&path).unwrap_or(f64::INFINITY);
        let lacks = world.is_root() && 1.02 * needed as f64 > free;
        if world.sum(&[u64::from(lacks)])[0] > 0 {
            let lack = format!("it needs {} and {} is free", bytes(needed as f64), bytes(free));
            if stops {
                return Err(failed("finding room")(lack));
            }
            if let Some(watch) = &mut self.watch {
                log::warn!("no checkpoint after step {done}: {lack}; the one before it stays");
                watch.last = Instant::now();
            }
            return Ok(path);
        }
        let work: Vec<u64> = job.work().iter().map(|(_, count)| *count).collect();
        let header = Header {
            written: provenance::now(),
            step: done,
            records: writer.records(),
            work: world.sum(&work),
            ..self.header.clone()
        };
        let header = self.as_root_has_it(header);
        world.at_work_on(&path);
        let size = checkpoint::write(world, &path, header, &state, &beside)?;
        world.at_work_on(&part);
        if let Some(watch) = &mut self.watch {
            watch.folder.prune(usize::try_from(self.plan.keep).unwrap_or(usize::MAX));
            watch.note(done, size, begun.elapsed(), self.plan, reason, stops);
        }
        Ok(path)
    }

    /// **Collective.** The header with the times and names of rank 0, since all ranks write the same.
    fn as_root_has_it(&self, header: Header) -> Header {
        let (written, run) = (self.world.broadcast_text(header.written), self.world.broadcast_text(header.run));
        Header { written, run, ..header }
    }

    /// The run has finished: its folder goes.
    pub fn finish(self) {
        if let Some(watch) = self.watch {
            watch.folder.finish();
        }
    }
}

impl Watch {
    /// Whether the wall time ends, a checkpoint is due, one is asked for; and how many steps to go until the next round.
    fn look(&mut self, done: u64, every: crate::plan::CheckpointInterval) -> [u64; 4] {
        let now = Instant::now();
        let passed = (now - self.round.0).as_secs_f64();
        let steps = (done - self.round.1).max(1);
        self.round = (now, done);
        self.longest = self.longest.max(passed);
        let margin = LAST + 2.0 * (self.longest + self.cost.unwrap_or(COST_UNKNOWN));
        let ends = self.end.is_some_and(|end| now + Duration::from_secs_f64(margin) >= end);
        let due = interval::seconds(every, self.cost).is_some_and(|wait| self.last.elapsed().as_secs_f64() >= wait);
        // A change of pace must not let many seconds pass, so that the spacing grows step by step.
        let spacing = (BETWEEN_ROUNDS * steps as f64 / passed.max(1e-9)).clamp(1.0, 4.0 * steps as f64) as u64;
        [u64::from(ends), u64::from(due), u64::from(self.folder.take_request()), spacing]
    }

    /// Notes and tells what a checkpoint has cost.
    fn note(&mut self, done: u64, size: u64, took: Duration, plan: CheckpointPlan, reason: &str, stops: bool) {
        self.last = Instant::now();
        self.cost = Some(took.as_secs_f64());
        let next = interval::seconds(plan.every, self.cost).filter(|_| !stops);
        let next = next.map_or_else(String::new, |wait| format!("; the next in {}", duration(wait)));
        let (size, took) = (bytes(size as f64), duration(took.as_secs_f64()));
        log::info!("checkpoint after step {done} for {reason}: {size} in {took}{next}");
    }
}

/// When the wall time ends: as given, else as the scheduler says.
fn end_of_wall_time(given: Option<f64>) -> Option<Instant> {
    let (seconds, source) = given.map(|seconds| (seconds, "--walltime")).or_else(deadline::seconds_left)?;
    log::info!("the wall time ends in {} ({source})", duration(seconds));
    Some(Instant::now() + Duration::try_from_secs_f64(seconds.max(0.0)).ok()?)
}
