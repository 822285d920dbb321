//! A run, from the deck to the closing table: the only loop over time.

use std::path::PathBuf;
use std::time::Instant;

use crate::chemistry::cells::CellBlock;
use crate::chemistry::outcome::{Outcome, Tally};
use crate::chemistry::{Solver, cells::Target};
use crate::comm::World;
use crate::deck::table::read_table;
use crate::deck::{Overrides, Sources, check};
use crate::domain::decomposition::Decomposition;
use crate::error::Error;
use crate::io::destination;
use crate::io::writer::Writer;
use crate::output::{Constant, OutputMap, column};
use crate::plan::{OnFailure, OutputVariable, Plan};
use crate::provenance;
use crate::telemetry::progress::{Progress, duration};
use crate::telemetry::table::{Summary, bytes};
use crate::telemetry::{Phase, Timers, peak_memory};

/// What the command line asks for.
#[derive(Debug, Clone)]
pub struct Request {
    pub deck: PathBuf,
    pub overrides: Overrides,
}

/// **Collective.** Runs a deck.
///
/// # Errors
/// Whatever ends the run early, the same on every rank.
pub fn run(world: &World, request: &Request) -> Result<(), Error> {
    let started = Instant::now();
    let mut timers = Timers::default();
    let begun = String::from_utf8(world.broadcast(provenance::now().into_bytes())).unwrap_or_default();

    let setup = Instant::now();
    let (sources, plan) = read_plan(world, request)?;
    let map = OutputMap::new(&plan, provenance::attributes(&plan, &sources, world.size(), &begun));
    announce(world, &plan);
    let destination = destination::check(&plan.output.file, &plan.output.file_origin, map.layout.bytes());
    world.agree(if world.is_root() { destination } else { Ok(()) })?;
    let mut cells = load_cells(world, &plan)?;
    let mut solver = Solver::new(&plan.chemistry.mechanism, &plan.chemistry.solver);
    let own = usize_range(&cells);
    let mut writer = Writer::create(world, map.layout.clone(), own)?;
    write_inputs(&mut writer, &map, &cells)?;
    timers.add(Phase::Setup, setup.elapsed().as_secs_f64());

    let mut progress = Progress::new(plan.clock.count(), world.is_root());
    let mut tally = Tally::default();
    let mut failure = None;
    record_due(&mut writer, &map, &plan, &cells, 0, &mut timers, world)?;
    for step in 0..plan.clock.count() {
        tally += timers.time(Phase::Chemistry, || solver.advance(&mut cells, plan.clock.length(step)));
        let done = step + 1;
        record_due(&mut writer, &map, &plan, &cells, done, &mut timers, world)?;
        progress.update(done, plan.clock.time(done));
        if plan.chemistry.on_failure == OnFailure::Stop {
            failure = stop_on_failure(world, &plan, &tally, done);
        }
        if failure.is_some() {
            break;
        }
    }
    progress.finish();

    timers.time(Phase::Output, || writer.flush_all())?;
    timers.time(Phase::Output, || write_status(&mut writer, &map, &cells))?;
    let counts = [cells.bytes() as u64, solver.workspace_bytes() as u64, writer.buffer_bytes()];
    let summary = summarise(world, &plan, &cells, &tally, &timers, counts, started);
    let timing = String::from_utf8(world.broadcast(summary.json().into_bytes())).unwrap_or_default();
    let ended = String::from_utf8(world.broadcast(provenance::now().into_bytes())).unwrap_or_default();
    let closing = [("timing".to_owned(), timing), ("ended".to_owned(), ended)];
    let size = writer.finish(&closing, failure.is_none())?;
    if world.is_root() {
        log::info!("{}", summary.text());
    }
    if let Some(failure) = failure {
        return Err(failure);
    }
    #[allow(clippy::cast_precision_loss)]
    if world.is_root() {
        log::info!("wrote {} ({})", plan.output.file.display(), bytes(size as f64));
    }
    Ok(())
}

/// **Collective.** Reads the texts on rank 0, broadcasts them, and makes the same plan on every rank.
fn read_plan(world: &World, request: &Request) -> Result<(Sources, Plan), Error> {
    let unreadable = |reason: postcard::Error| Error::File {
        path: request.deck.clone(),
        action: "broadcast",
        reason: reason.to_string(),
    };
    let gathered = if world.is_root() {
        postcard::to_stdvec(&Sources::gather(&request.deck)).map_err(unreadable)
    } else {
        Ok(Vec::new())
    };
    let text = world.broadcast(world.agree(gathered)?);
    let sources: Sources = world.agree(postcard::from_bytes(&text).map_err(unreadable))?;
    let plan = check(&sources, &request.overrides).map_err(|report| Error::Deck(Box::new(report)))?;
    Ok((sources, plan))
}

fn announce(world: &World, plan: &Plan) {
    if !world.is_root() {
        return;
    }
    let mechanism = &plan.chemistry.mechanism;
    let solver = &plan.chemistry.solver;
    log::info!("chemdrift {}: {}", provenance::version(), plan.title);
    for warning in &plan.warnings {
        log::warn!("{warning}");
    }
    log::info!(
        "{} cells on {} rank{}, {} species, {} reactions, {} with rtol {:e}, {} steps to t = {}",
        plan.cells.count,
        world.size(),
        if world.size() == 1 { "" } else { "s" },
        mechanism.species.len(),
        mechanism.reactions.len(),
        solver.method.name(),
        solver.relative_tolerance,
        plan.clock.count(),
        duration(plan.clock.time(plan.clock.count())),
    );
    if u64::from(world.size().unsigned_abs()) > plan.cells.count {
        log::warn!(
            "{} ranks have no cell: use at most {} ranks",
            u64::from(world.size().unsigned_abs()) - plan.cells.count,
            plan.cells.count
        );
    }
}

/// **Collective.** The cells of this rank: common values, then table columns and sampled inputs, which rank 0 makes
/// one at a time so that it never holds more than one value a cell.
fn load_cells(world: &World, plan: &Plan) -> Result<CellBlock, Error> {
    let (rank, size) = (u64::from(world.rank().unsigned_abs()), u64::from(world.size().unsigned_abs()));
    let decomposition = Decomposition::new(plan.cells.count, size);
    let range = decomposition.range(rank);
    let sizes: Vec<i32> = decomposition.sizes().map(|n| i32::try_from(n).unwrap_or(i32::MAX)).collect();
    let own = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
    let mut cells = CellBlock::new(range.start, own, &plan.chemistry.mechanism);

    let base = &plan.cells.base;
    cells.fill(Target::Temperature, base.temperature);
    cells.fill(Target::Pressure, base.pressure);
    for (species, &value) in base.concentrations.iter().enumerate() {
        cells.fill(Target::Concentration(species), value);
    }
    for (parameter, &value) in base.parameters.iter().enumerate() {
        cells.fill(Target::Parameter(parameter), value);
    }
    if let Some(table) = &plan.cells.table {
        let read =
            if world.is_root() { read_table(&plan.cells, table, &plan.chemistry.mechanism) } else { Ok(Vec::new()) };
        let columns = world.agree(read.map_err(|report| Error::Deck(Box::new(report))))?;
        for (position, column) in table.columns.iter().enumerate() {
            let values = columns.get(position).map_or(&[][..], Vec::as_slice);
            cells.set(column.target, &world.scatter(values, &sizes));
        }
    }
    if let Some(sample) = &plan.cells.sample {
        let mut columns = sample.design.columns(sample.seed, sample.design_count, sample.inputs.len());
        for input in &sample.inputs {
            let mut values = if world.is_root() { columns.next_column(plan.cells.count) } else { Vec::new() };
            for value in &mut values {
                *value = input.distribution.quantile(*value);
            }
            cells.set(input.target, &world.scatter(&values, &sizes));
        }
    }
    Ok(cells)
}

/// **Collective.** Buffers the streams that are due after `step` steps, and writes those whose buffer is full.
fn record_due(
    writer: &mut Writer,
    map: &OutputMap,
    plan: &Plan,
    cells: &CellBlock,
    step: u64,
    timers: &mut Timers,
    world: &World,
) -> Result<(), Error> {
    for (stream, variables) in map.streams.iter().enumerate() {
        if !map.schedules[stream].is_due(step) {
            continue;
        }
        let time = plan.clock.time(step);
        let full = timers.time(Phase::Output, || {
            writer.record(stream, time, |position, out| column(cells, variables[position], out))
        });
        if full {
            timers.time(Phase::Waiting, || world.wait_for_all());
            timers.time(Phase::Output, || writer.flush(stream))?;
        }
    }
    Ok(())
}

/// **Collective.**
fn write_inputs(writer: &mut Writer, map: &OutputMap, cells: &CellBlock) -> Result<(), Error> {
    let mut values = vec![0.0; cells.len()];
    for (name, constant) in &map.constants {
        if let Constant::Input(target) = constant {
            cells.read(*target, &mut values);
            writer.write_constant(name, &values)?;
        }
    }
    Ok(())
}

/// **Collective.**
fn write_status(writer: &mut Writer, map: &OutputMap, cells: &CellBlock) -> Result<(), Error> {
    let mut values = vec![0.0; cells.len()];
    for (name, constant) in &map.constants {
        if *constant == Constant::Status {
            column(cells, OutputVariable::Status, &mut values);
            writer.write_constant(name, &values)?;
        }
    }
    Ok(())
}

/// **Collective.** The error that ends a run whose deck says so, once a cell has failed anywhere.
fn stop_on_failure(world: &World, plan: &Plan, tally: &Tally, step: u64) -> Option<Error> {
    let failed = world.sum(&[tally.cells_failed])[0];
    (failed > 0).then(|| Error::CellsFailed {
        failed,
        cells: plan.cells.count,
        time: plan.clock.time(step),
        path: destination::unfinished(&plan.output.file),
    })
}

/// **Collective.** The closing table; complete on rank 0 only.
fn summarise(
    world: &World,
    plan: &Plan,
    cells: &CellBlock,
    tally: &Tally,
    timers: &Timers,
    counts: [u64; 3],
    started: Instant,
) -> Summary {
    let mut row = timers.values();
    #[allow(clippy::cast_precision_loss)]
    row.push(peak_memory() as f64);
    let width = row.len();
    let ranks = usize::try_from(world.size()).unwrap_or(1);
    let sizes = vec![i32::try_from(width).unwrap_or(0); ranks];
    let per_rank = world.gather(&row, &sizes).chunks(width).map(<[f64]>::to_vec).collect();
    let totals = world.sum(&counts);
    let named = tally.named();
    let solver = world.sum(&named.map(|(_, count)| count));
    let occurred = Outcome::ALL.map(|outcome| cells.status().iter().filter(|&&s| s == outcome).count() as u64);
    let outcomes = world.sum(&occurred);
    Summary {
        ranks,
        cells: plan.cells.count,
        steps: plan.clock.count(),
        per_rank,
        wall: started.elapsed().as_secs_f64(),
        solver: named.iter().map(|&(name, _)| name).zip(solver).collect(),
        outcomes: Outcome::ALL.iter().map(|o| o.name()).zip(outcomes).filter(|&(_, count)| count > 0).collect(),
        state_bytes: totals[0],
        workspace_bytes: totals[1],
        buffer_bytes: totals[2],
    }
}

fn usize_range(cells: &CellBlock) -> std::ops::Range<usize> {
    let first = usize::try_from(cells.first_id()).unwrap_or(usize::MAX);
    first..first + cells.len()
}
