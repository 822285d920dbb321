//! A run, from the deck to its file, for whatever is computed. The loop over time is in `life`.

mod balance;
mod batches;
mod checkpoint;
mod chemistry;
mod life;
mod members;
mod particles;
pub mod probe;
mod replay;
mod report;
pub mod room;
mod sampling;
mod statistics;
mod teller;

use std::cell::Cell;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Instant;

use self::checkpoint::{Keeper, Start};
use self::life::Life;
use self::teller::Teller;
use crate::comm::World;
use crate::comm::signals::Signals;
use crate::deck::{Overrides, Sources, check, field_requests, mask_request, release_request};
use crate::domain::state::State;
use crate::error::Error;
use crate::io::destination;
use crate::io::fields::{inspect, read_mask};
use crate::io::finished;
use crate::io::writer::{Columns, Stored, Writer};
use crate::output::{Constant, OutputMap, sampling_attributes};
use crate::plan::{OutputVariable, Plan, Work};
use crate::provenance;
use crate::telemetry::{Phase, Timers};

/// What the command line asks for.
#[derive(Debug, Clone)]
pub struct Request {
    pub deck: DeckFrom,
    pub overrides: Overrides,
    pub begin: Begin,
    /// Seconds until the job is ended from outside, when the command line says so.
    pub walltime: Option<f64>,
    /// Whether a thread of its own writes records; none leaves it to the run.
    pub writer_thread: Option<bool>,
}

/// Where a deck comes from.
#[derive(Debug, Clone)]
pub enum DeckFrom {
    File(PathBuf),
    /// From an output file: where the deck was, its text, and the seed that the run had.
    Output {
        path: PathBuf,
        text: String,
        seed: Option<u64>,
    },
}

impl DeckFrom {
    /// Where the deck is or was, for what is relative to it.
    #[must_use]
    pub fn path(&self) -> &Path {
        let (Self::File(path) | Self::Output { path, .. }) = self;
        path
    }

    /// As `gather`.
    #[must_use]
    pub fn gather(&self) -> Sources {
        match self {
            Self::File(path) => gather(path),
            Self::Output { path, text, seed } => with_files(Sources::gather_again(path, text.clone(), *seed)),
        }
    }
}

/// How a run is to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begin {
    /// At the start, where neither a finished run nor checkpoints are.
    Anew,
    /// At the start, whatever is there.
    Overwrite,
    /// From this checkpoint or the newest one that is whole; at the start when there is none.
    Restart(Option<PathBuf>),
}

/// What a run computes: this rank's cells or particles, and what moves them.
trait Job {
    /// Ids of this rank's items.
    fn own(&self) -> Range<usize>;

    /// **Collective** where an implementation has to agree. Takes the items through coupling step `step`.
    ///
    /// # Errors
    /// What ends the run, the same on every rank.
    fn advance(&mut self, step: u64, timers: &mut Timers) -> Result<(), Error>;

    /// **Collective.** The error that ends the run because of an item, when the deck wants that.
    fn failure(&self, step: u64) -> Option<Error>;

    /// Fills `out` with a variable of the items as they are now.
    fn column(&self, variable: OutputVariable, out: &mut [f64]);

    /// The same as the job keeps it, where it does.
    fn stored(&self, _variable: OutputVariable) -> Option<Stored<'_>> {
        None
    }

    /// Fills `out` with a variable that does not change.
    fn constant(&self, constant: Constant, out: &mut [f64]);

    /// Counts of work with their names, the same names on every rank.
    fn work(&self) -> Vec<(&'static str, u64)>;

    /// Items by outcome, the same names on every rank.
    fn outcomes(&self) -> Vec<(&'static str, u64)>;

    /// Everything that further steps and the closing output depend on of the items `ids`, which are among this rank's.
    /// For no items (`n..n`) it names the columns.
    fn state(&self, ids: Range<u64>) -> State;

    /// Puts back what `state` gave, here or on another rank; the ids are among this rank's. The items continue bit for bit.
    ///
    /// # Errors
    /// `State` for columns that are not those of this job; then nothing has changed.
    fn restore(&mut self, state: &State) -> Result<(), Error>;

    /// Makes this rank hold the items `ids`. Those that it had keep their state; the others are to be restored.
    fn hold(&mut self, ids: Range<u64>);

    /// Ids of own items that failed, ascending.
    fn failed(&self) -> Vec<u64>;

    /// What each own item cost since the last call of this or of `hold`, in any unit; at least 1.
    fn costs(&mut self) -> Vec<u32>;

    /// Tells a job that is restored as a whole that `done` steps lie behind it. `work` are the counts that `Job::work` gave
    /// then, summed over the ranks, on one rank and zeros on the others.
    fn resume(&mut self, done: u64, work: &[u64]);

    /// Bytes of the items, and of the workspace.
    fn memory(&self) -> (u64, u64);
}

/// **Collective.** Runs a deck; returns its output file.
///
/// # Errors
/// Whatever ends the run early, the same on every rank.
pub fn run(world: &World, request: &Request, signals: &Signals) -> Result<PathBuf, Error> {
    let started = Instant::now();
    let begun = world.broadcast_text(provenance::now());
    let (mut sources, mut plan) = read_plan(world, &request.deck, &request.overrides)?;
    let layout = OutputMap::new(&plan, Vec::new()).layout;
    room::check(world, &plan, &layout)?;
    let size = layout.bytes();
    let destination = destination::check(&plan.output.file, &plan.output.file_origin, size);
    world.agree(if world.is_root() { destination } else { Ok(()) })?;
    let (keeper, start) = Keeper::claim(world, signals, &plan, &sources, request)?;
    match &start {
        Start::Anew => {}
        Start::From(found) => {
            // A deck without a seed goes on with the one that was drawn for it.
            sources.seed_if_absent = found[0].header.seed;
            plan = check(&sources, &request.overrides).map_err(|report| Error::Deck(Box::new(report)))?;
        }
        Start::Finished => {
            if world.is_root() {
                log::info!("{} is finished: nothing is left to do", plan.output.file.display());
                teller::correct(keeper.folder());
            }
            keeper.finish();
            return Ok(plan.output.file);
        }
    }
    let mut attributes = provenance::attributes(&plan, &sources, world.size(), &begun);
    attributes.extend(sampling_attributes(&plan));
    // Ranks may have been started in different folders, and all must write the same.
    let folder = world.broadcast_text(provenance::folder_of(Path::new(&sources.deck.name)));
    attributes.extend(provenance::to_repeat(folder, &request.overrides));
    attributes.push((finished::FINGERPRINT.to_owned(), keeper.fingerprint().to_owned()));
    let map = OutputMap::new(&plan, attributes);
    report::announce(world, &plan);
    let anew = matches!(start, Start::Anew);
    let mut teller = Teller::begin(world, &plan, request.deck.path(), keeper.folder(), (anew, &begun), started);
    let writer_thread = request.writer_thread;
    let life = Life { world, plan: &plan, map: &map, deck: request.deck.path(), writer_thread, started };
    let ended = match &plan.work {
        Work::Chemistry { chemistry, cells } => {
            life.compute(|ids| chemistry::Cells::new(world, &plan, chemistry, cells, ids), keeper, &start, &mut teller)
        }
        Work::Particles(particles) => {
            let kept = Cell::new(sources.release.and_then(|head| head.values));
            life.compute(
                |ids| particles::Particles::new(world, &plan, particles, &kept, ids),
                keeper,
                &start,
                &mut teller,
            )
        }
    };
    teller.end(&ended);
    ended.map(|()| plan.output.file)
}

/// Everything that the plan of a deck depends on: its texts, and what the files of its fields hold. For rank 0.
#[must_use]
pub fn gather(deck: &Path) -> Sources {
    with_files(Sources::gather(deck))
}

/// Adds what the files hold that the deck names.
fn with_files(mut sources: Sources) -> Sources {
    for request in field_requests(&sources) {
        sources.fields.insert(request.name.clone(), inspect(&request));
    }
    if let Some(path) = release_request(&sources) {
        sources.release = Some(particles::list::inspect(&path));
    }
    sources.mask = mask_request(&sources).as_ref().map(read_mask);
    sources
}

/// **Collective.** Reads the texts on rank 0, broadcasts them, and makes the same plan on every rank.
///
/// # Errors
/// What is wrong with the deck, or why it cannot be read, agreed.
pub fn read_plan(world: &World, deck: &DeckFrom, overrides: &Overrides) -> Result<(Sources, Plan), Error> {
    let unreadable = |reason: postcard::Error| Error::File {
        path: deck.path().to_owned(),
        action: "broadcast",
        reason: reason.to_string(),
    };
    let gathered = world.is_root().then(|| deck.gather());
    let text = gathered.as_ref().map_or(Ok(Vec::new()), postcard::to_stdvec).map_err(unreadable);
    let text = world.broadcast(world.agree(text)?);
    // Rank 0 keeps its own: what it has read of a list of releases does not travel.
    let sources = gathered.map_or_else(|| postcard::from_bytes(&text).map_err(unreadable), Ok);
    let sources: Sources = world.agree(sources)?;
    let plan = check(&sources, overrides).map_err(|report| Error::Deck(Box::new(report)))?;
    Ok((sources, plan))
}

/// What a job shows in a stream.
struct Shown<'s, J> {
    job: &'s J,
    variables: &'s [OutputVariable],
}

impl<J: Job> Columns for Shown<'_, J> {
    fn fill(&self, variable: usize, out: &mut [f64]) {
        self.job.column(self.variables[variable], out);
    }

    fn stored(&self, variable: usize) -> Option<Stored<'_>> {
        self.job.stored(self.variables[variable])
    }
}

/// **Collective.** Buffers the streams that are due after `step` steps, and writes those whose buffer is full.
fn record_due<J: Job>(
    world: &World,
    writer: &mut Writer,
    map: &OutputMap,
    plan: &Plan,
    job: &J,
    step: u64,
    timers: &mut Timers,
) -> Result<(), Error> {
    for (stream, variables) in map.streams.iter().enumerate() {
        if !map.schedules[stream].is_due(step) {
            continue;
        }
        let time = plan.clock.time(step);
        if !map.reductions[stream].is_empty() {
            let parts = timers.time(Phase::Output, || statistics::parts(plan, &map.reductions[stream], job));
            timers.time(Phase::Output, || writer.take_parts(stream, parts));
        }
        if writer.fills(stream) {
            timers.time(Phase::Waiting, || world.wait_for_all());
        }
        timers.time(Phase::Output, || writer.record(stream, time, &Shown { job, variables }))?;
    }
    Ok(())
}

/// **Collective.** Writes the constants that `wanted` chooses.
fn write_constants<J: Job>(
    writer: &mut Writer,
    map: &OutputMap,
    job: &J,
    wanted: impl Fn(Constant) -> bool,
) -> Result<(), Error> {
    let mut values = vec![0.0; job.own().len()];
    for (name, constant) in &map.constants {
        if wanted(*constant) {
            job.constant(*constant, &mut values);
            writer.write_constant(name, &values)?;
        }
    }
    Ok(())
}
