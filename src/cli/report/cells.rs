//! What the report says of cells: how chosen variables go on, and how the solver fared.

use super::{CHOSEN, SAMPLE, Source, sampled};
use crate::error::Error;
use crate::io::report_data::Shape;
use crate::io::results::CELLS;
use crate::report::band::{Band, band};
use crate::report::bars::histogram;
use crate::report::text::{count, unit};
use crate::report::{Figure, Section};

/// Cells and records that are looked at for a choice, at most.
const GLANCE: (usize, usize) = (200, 12);

/// What is asked of most mechanisms, in the order of interest.
const FAMILIAR: [&str; 14] =
    ["O3", "NO2", "NO", "OH", "HO2", "CO", "CH2O", "HCHO", "HNO3", "PAN", "H2O2", "ISOP", "SO2", "NH3"];

/// Failed cells that are named, at most.
const NAMED: usize = 10;

/// The sections, in order.
pub fn sections(source: &Source<'_>) -> Result<Vec<Section>, Error> {
    let mut results = Section { heading: "Results".to_owned(), ..Section::default() };
    for shape in chosen(source)? {
        results.figures.push(figure(source, shape)?);
    }
    Ok(vec![results, solver(source)?])
}

/// The variables that get a figure: those asked for, or familiar ones, then those that vary most against their median.
fn chosen<'s>(source: &'s Source<'_>) -> Result<Vec<&'s Shape>, Error> {
    let over_time = |shape: &&Shape| shape.real && shape.time.is_some() && shape.has(CELLS);
    let candidates: Vec<&Shape> = source.shapes.iter().filter(over_time).collect();
    let asked = &source.options.variable;
    if !asked.is_empty() {
        let find = |name: &String| candidates.iter().copied().find(|shape| shape.name == *name);
        return Ok(asked.iter().filter_map(find).collect());
    }
    let own = ["temperature", "pressure", "air_density"];
    let mut scored = Vec::new();
    for shape in candidates.into_iter().filter(|shape| !own.contains(&shape.name.as_str())) {
        let records = source.hours(shape)?.len();
        let mut glance = Band::default();
        for record in (0..records).step_by(records.div_ceil(GLANCE.1).max(1)) {
            glance.push(record as f64, &source.results.sample(shape, Some(record), GLANCE.0)?);
        }
        scored.push((glance.variation(), shape));
    }
    // The sort is stable: the file's order decides among equals.
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    let familiar = FAMILIAR.iter().filter_map(|name| scored.iter().find(|(_, shape)| shape.name == *name));
    let others = scored.iter().filter(|(_, shape)| !FAMILIAR.contains(&shape.name.as_str()));
    Ok(familiar.chain(others).take(CHOSEN).map(|(_, shape)| *shape).collect())
}

fn figure(source: &Source<'_>, shape: &Shape) -> Result<Figure, Error> {
    let hours = source.hours(shape)?;
    let (mut shown, mut drawn) = (0, Band::default());
    // More records than the figure has points across would be lost in it.
    for record in (0..hours.len()).step_by(hours.len().div_ceil(400).max(1)) {
        let values = source.results.sample(shape, Some(record), SAMPLE)?;
        shown = values.len();
        drawn.push(hours[record], &values);
    }
    let caption = format!("Median and 5–95 % band over {}.", sampled(shown, shape.points(), source.cells()));
    let title = source.long_name(&shape.name);
    Ok(band(&shape.name, &title, &shape.name, &unit(&source.text(&shape.name, "units")), &caption, &drawn))
}

/// Counts by status, steps, and what repeats failed cells.
fn solver(source: &Source<'_>) -> Result<Section, Error> {
    let mut failed: Vec<usize> = Vec::new();
    let statuses = source.statuses(|place, status| {
        if status > 0 && failed.len() < NAMED {
            failed.push(place);
        }
    })?;
    let rows = statuses.into_iter().map(|(meaning, number)| (meaning, format!("{} cells", count(number)))).collect();
    let mut section = Section { heading: "Solver".to_owned(), rows, ..Section::default() };
    let deck = source.results.text("deck_file").unwrap_or_else(|| "DECK".to_owned());
    if let Some(shape) = source.shape("status") {
        let cells = shape.dimensions.last().map_or(1, |(_, length)| *length).max(1);
        let ids = source.results.coordinate(CELLS)?;
        for place in failed {
            let id = ids.get(place % cells).copied().unwrap_or(place as f64);
            let member = place / cells;
            let of_member =
                if cells == shape.points() { String::new() } else { format!(" --members {member}:{}", member + 1) };
            section.commands.push(format!("chemdrift run {deck}{of_member} --only-cell {id} -o replay.nc"));
        }
    }
    if !section.commands.is_empty() {
        section.text += "These commands repeat the first cells that failed, with every step of the solver.";
    }
    if let Some(shape) = source.shape("solver_steps").filter(|shape| shape.has(CELLS)) {
        let last = source.hours(shape)?.len().checked_sub(1);
        let steps = source.results.sample(shape, last, SAMPLE)?;
        let caption = format!("Over {}, by the end of the run.", sampled(steps.len(), shape.points(), source.cells()));
        let title = "Internal steps of the solver per cell";
        section.figures.push(histogram("solver_steps", title, "Internal steps", "cells", &caption, &steps));
    }
    Ok(section)
}
