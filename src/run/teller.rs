//! How a run tells others how it is: rank 0 writes the files of `crate::monitor` at its beginning, in rounds, at its end.
//!
//! What the ranks add is gathered in a round in which all are anyway (`checkpoint`): rank 0 decides in it whether it is
//! time, so that no rank calls MPI alone and none waits for a file.

mod measure;

use std::path::Path;
use std::time::{Duration, Instant};

use self::measure::{Row, moment, of_ranks, totals};
use super::Job;
use super::batches::Batches;
use crate::comm::World;
use crate::error::Error;
use crate::io::status_files::{StatusFiles, look};
use crate::monitor::{FORMAT, State, Status};
use crate::plan::Plan;
use crate::provenance;
use crate::telemetry::{Timers, recent};

/// Between two writings while a run goes on, at least.
const EVERY: Duration = Duration::from_secs(5);
/// Where a disk is slow, the share of the time that writing may take.
const MOST_SHARE: f64 = 0.005;
/// Lines of the history come no closer than this share of the time of a life, so that a long one has thousands, not more.
const SHARE_OF_LIFE: f64 = 0.002;

/// Tells how a run is; on ranks other than 0 it only gives numbers.
pub struct Teller<'t> {
    world: &'t World,
    plan: &'t Plan,
    files: Option<Files>,
}

/// What rank 0 has.
struct Files {
    files: StatusFiles,
    status: Status,
    begun: Instant,
    /// When the first step of this life began.
    stepping: Option<Instant>,
    last: Instant,
    wait: Duration,
    /// When the last line of the history was written, after which step, and what the ranks said then.
    line: (Instant, u64, Vec<Row>),
    /// Items of earlier batches by outcome.
    earlier: Vec<u64>,
    /// Whether a failure has been told.
    failed: bool,
}

impl<'t> Teller<'t> {
    /// The run begins. `folder` is rank 0's.
    #[must_use]
    pub fn begin(
        world: &'t World,
        plan: &'t Plan,
        deck: &Path,
        folder: Option<&Path>,
        (anew, begun): (bool, &str),
        started: Instant,
    ) -> Self {
        let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let text = |path: &Path| absolute(path).to_string_lossy().into_owned();
        let files = folder.map(|folder| {
            let mut status = Status {
                format: FORMAT,
                phase: "setup".to_owned(),
                title: plan.title.clone(),
                version: provenance::version(),
                deck: text(deck),
                output: text(&plan.output.file),
                started: begun.to_owned(),
                item: plan.work.item().to_owned(),
                items: plan.members.total(),
                steps: plan.clock.count(),
                simulated_end_s: plan.clock.time(plan.clock.count()),
                ..Status::default()
            };
            status.ranks.count = u64::from(world.size().unsigned_abs());
            StatusFiles::sign(&mut status);
            let files = StatusFiles::begin(folder, anew);
            let line = (started, 0, Vec::new());
            let mut files = Files {
                files,
                status,
                begun: started,
                stepping: None,
                last: started,
                wait: EVERY,
                line,
                earlier: Vec::new(),
                failed: false,
            };
            files.write();
            files
        });
        Self { world, plan, files }
    }

    /// The first step of a batch is about to begin, with `done` steps of earlier lives.
    pub fn step_from(&mut self, done: u64, batches: &Batches) {
        if let Some(files) = &mut self.files {
            if self.plan.stop_when.is_some() {
                let ids = batches.ids();
                files.status.batch = batches.label();
                (files.status.items_before, files.status.items_now) = (ids.start, ids.end - ids.start);
                files.earlier = batches.earlier_outcomes().to_vec();
            }
            files.stepping = Some(Instant::now());
            "stepping".clone_into(&mut files.status.phase);
            (files.status.first_step, files.status.step, files.line.1) = (done, done, done);
            files.status.simulated_s = self.plan.clock.time(done);
            files.write();
        }
    }

    /// The last step is done and the output is about to be closed.
    pub fn close(&mut self) {
        if let Some(files) = &mut self.files {
            "closing".clone_into(&mut files.status.phase);
            if files.status.items_now > 0 {
                // What was left out is not missing.
                files.status.items = files.status.items_before + files.status.items_now;
            }
        }
    }

    /// Whether it is time to tell, as rank 0 has it; never on the others.
    #[must_use]
    pub fn is_due(&self) -> bool {
        self.files.as_ref().is_some_and(|files| files.last.elapsed() >= files.wait)
    }

    /// **Collective.** Gathers what the ranks have to say after `done` steps and writes it. `left` is how long the wall
    /// time still lasts, s, as rank 0 knows.
    pub fn tell<J: Job>(&mut self, done: u64, job: &J, timers: &Timers, left: Option<f64>) {
        let begun = Instant::now();
        let (work, outcomes) = (job.work(), job.outcomes());
        let own = Row::new(job.own().len(), timers, &work, &outcomes).values;
        let width = own.len();
        let ranks = usize::try_from(self.world.size()).unwrap_or(1);
        let rows = self.world.gather(&own, &vec![i32::try_from(width).unwrap_or(0); ranks]);
        let Some(files) = &mut self.files else { return };
        let mut rows: Vec<Row> = rows.chunks(width).map(|values| Row { values: values.to_vec() }).collect();
        // Which rank had the items of earlier batches is nobody's interest.
        rows[0].add_outcomes(&files.earlier);
        let names = |counts: &[(&'static str, u64)]| counts.iter().map(|&(name, _)| name).collect::<Vec<_>>();
        let status = &mut files.status;
        (status.work, status.outcomes, status.failed) = totals(&rows, &names(&work), &names(&outcomes));
        status.imbalance = measure::imbalance(&rows, &[]);
        status.ranks = of_ranks(&rows);
        status.walltime_left_s = left;
        status.step = done;
        status.simulated_s = self.plan.clock.time(done);
        if let Some(stepping) = files.stepping {
            status.pace(stepping.elapsed().as_secs_f64(), self.plan.clock.time(status.first_step));
        }
        let passed = files.line.0.elapsed();
        let pause = files.begun.elapsed().mul_f64(SHARE_OF_LIFE);
        // The first interval has the setup in it, in which nobody was in the kernel: that is what happened.
        files.write();
        if passed >= pause {
            let (_, before, said) = &files.line;
            let moment = moment(&rows, said, passed.as_secs_f64(), done - before, &files.status);
            let appended = files.files.append(&moment);
            files.note(appended);
            files.line = (Instant::now(), done, rows);
        }
        let cost = begun.elapsed();
        files.status.told_s += cost.as_secs_f64();
        files.status.told += 1;
        files.wait = EVERY.max(cost.mul_f64(1.0 / MOST_SHARE));
        log::debug!("told how the run is in {:.0} µs", 1e6 * cost.as_secs_f64());
    }

    /// The run has ended, or will in a moment.
    pub fn end(&mut self, result: &Result<(), Error>) {
        let Some(files) = &mut self.files else { return };
        let status = &mut files.status;
        (status.state, status.exit_status) = match result {
            Ok(()) => (State::Finished, Some(0)),
            Err(error @ Error::Checkpointed { .. }) => (State::Checkpointed, Some(error.exit_status())),
            Err(error) => (State::Failed, Some(error.exit_status())),
        };
        status.reason = result.as_ref().err().map(ToString::to_string);
        (status.seconds_left, status.walltime_left_s) = (None, None);
        files.write();
    }
}

/// A life that was killed after the output had its name has not said that the run is finished: says so in its place.
pub fn correct(folder: Option<&Path>) {
    let Some((folder, seen)) = folder.and_then(|folder| Some((folder, look(folder).ok()?))) else { return };
    if seen.status.state != State::Finished {
        let status =
            Status { state: State::Finished, exit_status: Some(0), reason: None, seconds_left: None, ..seen.status };
        // It is no worse than before where this fails.
        drop(StatusFiles::begin(folder, false).replace(&status));
    }
}

impl Files {
    /// Writes the status as it is.
    fn write(&mut self) {
        self.last = Instant::now();
        self.status.updated = provenance::now();
        self.status.wall_s = self.begun.elapsed().as_secs_f64();
        self.status.log = recent::lines();
        let written = self.files.replace(&self.status);
        self.note(written);
    }

    /// A status that cannot be written is no reason to stop, and told once.
    fn note(&mut self, written: std::io::Result<()>) {
        if let (Err(reason), false) = (written, self.failed) {
            self.failed = true;
            log::warn!("the status of the run cannot be written: {reason}; the run goes on without");
        }
    }
}

impl Status {
    /// How fast it goes, for `seconds` of steps since the time of the model was `from` s.
    fn pace(&mut self, seconds: f64, from: f64) {
        let done = (self.step - self.first_step) as f64;
        if done == 0.0 || seconds <= 0.0 {
            return;
        }
        let items = if self.items_now == 0 { self.items } else { self.items_now };
        self.steps_per_s = done / seconds;
        self.item_steps_per_s = self.steps_per_s * items as f64;
        self.simulated_s_per_s = (self.simulated_s - from) / seconds;
        let (behind, all) = self.item_steps();
        let pace = if self.items_now == 0 { self.steps_per_s } else { self.item_steps_per_s };
        // With batches, those that may not be needed included.
        self.seconds_left = Some((all - behind) / pace.max(1e-9));
    }
}
