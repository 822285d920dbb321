//! What parts of a deck cost here: its own items, steps and output, as far as some seconds go. Its loop over time is that
//! of a run without checkpoints and whoever looks on.

use std::cell::Cell;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::{Job, chemistry, particles, record_due, room, write_constants};
use crate::clock::Schedule;
use crate::comm::World;
use crate::deck::{Overrides, Sources, check};
use crate::error::Error;
use crate::forecast::{Cost, Measured};
use crate::io::destination::{unfinished, with_ending};
use crate::io::layout::StreamLayout;
use crate::io::writer::Writer;
use crate::output::{Constant, OutputMap};
use crate::plan::{Plan, Work};
use crate::telemetry::{Phase, Timers, peak_memory};

/// Items of the first, small part for each rank: a tile of lanes.
const FEW: u64 = 16;
/// How many times larger the second part is at least.
const GROWTH: f64 = 8.0;
/// Bytes written to see how fast the disk is.
const DISK_PROBE: usize = 32 << 20;

/// **Collective.** The costs of two parts of a deck, or of the whole if that takes no longer than `budget` s. Their output
/// is written beside that of the deck and removed. `whole` is the plan of `sources` with `overrides`; `started` is when
/// the deck began to be read.
///
/// # Errors
/// Why the output of a part cannot be written, agreed.
pub fn probe(
    world: &World,
    (sources, overrides): (&Sources, &Overrides),
    whole: &Plan,
    budget: f64,
    started: Instant,
) -> Result<Measured, Error> {
    let items = whole.members.total();
    if let Work::Chemistry { cells, .. } = &whole.work
        && let (true, Some(sample)) = (world.is_root(), &cells.sample)
    {
        // A run looks at its design as well.
        log::info!("{}", sample.describe());
    }
    let before = started.elapsed().as_secs_f64();
    let mut few: Option<Cost> = None;
    let mut next = (FEW * u64::from(world.size().unsigned_abs())).min(items);
    loop {
        let time = if few.is_none() { 0.25 * budget } else { 0.5 * budget };
        let output = Some(with_ending(&whole.output.file, ".probe.nc"));
        let part = check(sources, &Overrides { output, ..part(whole, overrides, next) });
        let mut part = world.agree(part.map_err(|report| Error::Deck(Box::new(report))))?;
        // The trace of a single item is for people.
        part.traced = false;
        let many = run(world, &part, time)?;
        let seconds = many.kernel + many.records + many.flush + many.fields;
        // Two sizes there must be, however few steps that leaves for the larger one.
        let least = if few.is_none() { GROWTH } else { 0.0 };
        let growth = (0.4 * budget / seconds.max(1e-6)).clamp(least, 64.0);
        let grown = many.items as f64 * growth;
        if many.items >= items && many.done == many.steps {
            return Ok(Measured { few: None, many, before });
        }
        // A part that takes as long as there is time for is all that is to be known.
        if few.is_some() && (many.done < many.steps || growth < 2.0) || many.items >= items {
            return Ok(Measured { few, many, before });
        }
        // The smallest part is for what does not depend on items.
        few.get_or_insert(many);
        next = (grown as u64).next_multiple_of(FEW).min(items);
    }
}

/// What makes a deck about `items` large, on top of what the command line has made smaller already: whole members, or
/// some items of one.
#[must_use]
pub fn part(whole: &Plan, overrides: &Overrides, items: u64) -> Overrides {
    let of_member = whole.members.items.max(1);
    let members = items.div_ceil(of_member);
    let first = whole.members.first;
    let mut smaller = overrides.clone();
    if whole.ensemble.is_some() {
        smaller.members = Some(first..first + members);
    }
    if members == 1 && items < of_member {
        let few = if matches!(whole.work, Work::Particles(_)) { &mut smaller.particles } else { &mut smaller.cells };
        *few = Some(items);
    }
    smaller
}

/// **Collective.** Runs a plan for so many seconds, or to its end.
fn run(world: &World, plan: &Plan, budget: f64) -> Result<Cost, Error> {
    let started = Instant::now();
    let map = OutputMap::new(plan, Vec::new());
    let own = world.share_of(0..plan.members.total());
    match &plan.work {
        Work::Chemistry { chemistry, cells } => {
            let job = chemistry::Cells::new(world, plan, chemistry, cells, own)?;
            measure(world, plan, &map, job, started, budget)
        }
        Work::Particles(particles) => {
            let job = particles::Particles::new(world, plan, particles, &Cell::default(), own)?;
            measure(world, plan, &map, job, started, budget)
        }
    }
}

fn measure<J: Job>(
    world: &World,
    plan: &Plan,
    map: &OutputMap,
    mut job: J,
    started: Instant,
    budget: f64,
) -> Result<Cost, Error> {
    let mut timers = Timers::default();
    let mut writer = Writer::create(world, map.layout.clone(), job.own())?;
    let steps = plan.clock.count();
    write_constants(&mut writer, map, &job, |constant| !constant.comes_last())?;
    let setup = started.elapsed().as_secs_f64();
    record_due(world, &mut writer, map, plan, &job, 0, &mut timers)?;
    let (mut done, mut kernel, begun) = (0, vec![0.0], Instant::now());
    while done < steps {
        job.advance(done, &mut timers)?;
        done += 1;
        // Of the processor, so that other programs here count for little.
        kernel.push(timers.kernel_seconds());
        record_due(world, &mut writer, map, plan, &job, done, &mut timers)?;
        let over = world.is_root() && begun.elapsed().as_secs_f64() > budget;
        if world.sum(&[u64::from(over)])[0] > 0 {
            break;
        }
    }
    let records = timers.seconds(Phase::Output);
    let begun = Instant::now();
    writer.flush_all()?;
    let flush = begun.elapsed().as_secs_f64();
    write_constants(&mut writer, map, &job, Constant::comes_last)?;
    let path = unfinished(&map.layout.path);
    writer.finish(&[], false)?;
    let closing = begun.elapsed().as_secs_f64() - flush;
    let size = fs::metadata(&path).map_or(0, |found| found.len());
    world.wait_for_all();
    if world.is_root() {
        drop(fs::remove_file(&path));
    }
    let own = job.own().len() as u64;
    // Fields are the workspace of particles, once on a node.
    let shared = if matches!(plan.work, Work::Particles(_)) { job.memory().1 } else { 0 };
    let held = room::of_rank(plan, &map.layout, own, world.is_root());
    let half = (done / 2) as usize;
    let seconds = [setup, timers.seconds(Phase::Fields), kernel[done as usize], kernel[half], records, flush, closing];
    let slowest = world.largest_of(&seconds.map(|seconds| (seconds * 1e6) as u64));
    let most = world.largest_of(&[own, peak_memory().saturating_sub(held), shared]);
    let [setup, fields, kernel, before, records, flush, closing] =
        [0, 1, 2, 3, 4, 5, 6].map(|place| slowest[place] as f64 * 1e-6);
    // Only a complete part shows how much smaller compression makes the file.
    let packed = if map.layout.deflate.is_some() && done == steps {
        (world.largest(size) as f64 / map.layout.bytes().max(1) as f64).min(1.0)
    } else {
        1.0
    };
    Ok(Cost {
        items: plan.members.total(),
        own: most[0],
        done,
        steps,
        setup,
        fields,
        kernel,
        half: (half as u64, before),
        records,
        flush,
        flushes: flushes(plan, map, done),
        closing,
        base: most[1] as f64,
        shared: most[2] as f64,
        packed,
    })
}

/// How many flushes like the last one the run has: those of all records where none came before it.
fn flushes(plan: &Plan, map: &OutputMap, done: u64) -> u64 {
    let of_stream = |(stream, schedule): (&StreamLayout, &Schedule)| {
        let capacity = map.layout.records_at_once(stream).max(1);
        let noted = (0..=done).filter(|&step| schedule.is_due(step)).count() as u64;
        if noted >= capacity || done == plan.clock.count() { 1 } else { stream.records.div_ceil(capacity) }
    };
    map.layout.streams.iter().zip(&map.schedules).map(of_stream).max().unwrap_or(1).max(1)
}

/// How many bytes a second reach the disk beside `output`, if that can be found out. For one rank.
#[must_use]
pub fn disk_speed(output: &Path) -> Option<f64> {
    let path: PathBuf = with_ending(output, ".probe");
    let block = vec![0x5a; DISK_PROBE];
    let begun = Instant::now();
    let written = fs::File::create(&path).and_then(|mut file| {
        file.write_all(&block)?;
        file.sync_data()
    });
    let seconds = begun.elapsed().as_secs_f64();
    drop(fs::remove_file(&path));
    written.ok().map(|()| DISK_PROBE as f64 / seconds.max(1e-9))
}
