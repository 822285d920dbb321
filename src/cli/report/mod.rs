//! `chemdrift report`: a finished output file as one page with figures.

mod cells;
mod particles;
mod performance;
mod statistics;

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use super::print;
use super::stop::Stop;
use crate::error::Error;
use crate::io::report_data::Shape;
use crate::io::results::Results;
use crate::report::text::count;
use crate::report::{Page, Section};

/// Cells or trajectories in a sample, at most.
const SAMPLE: usize = 2000;

/// Characters of where a file comes from that stand in a row of the table; longer texts are folded away.
const MOST_IN_A_ROW: usize = 400;

/// Variables that get a figure, at most.
const CHOSEN: usize = 6;

/// What can be typed.
#[derive(Debug, Args)]
pub struct Options {
    /// An output file of chemdrift
    file: PathBuf,
    /// Write the page to this file
    #[arg(short, long, value_name = "FILE", default_value = "report.html")]
    output: PathBuf,
    /// Also write each figure to this folder, as an SVG of its own
    #[arg(long, value_name = "DIR")]
    svg: Option<PathBuf>,
    /// Show these variables, instead of those that vary most
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    variable: Vec<String>,
}

/// Writes the page of a run that has just ended; returns the exit status.
pub fn report_of(file: PathBuf, page: Option<PathBuf>) -> u8 {
    let output = page.unwrap_or_else(|| file.with_extension("html"));
    report_verb(&Options { file, output, svg: None, variable: Vec::new() })
}

/// Writes the page; returns the exit status.
pub fn report_verb(options: &Options) -> u8 {
    match page(options).and_then(|page| Ok(write(options, &page)?)) {
        Ok(said) => print(&said),
        Err(stop) => stop.told(),
    }
}

fn write(options: &Options, page: &Page) -> Result<String, Error> {
    let failed = |path: &Path, reason: &std::io::Error| Error::File {
        path: path.to_owned(),
        action: "write",
        reason: reason.to_string(),
    };
    fs::write(&options.output, page.html()).map_err(|reason| failed(&options.output, &reason))?;
    let figures = page.figures().count();
    let mut said = format!("wrote {} ({figures} figures)\n", options.output.display());
    if let Some(folder) = &options.svg {
        fs::create_dir_all(folder).map_err(|reason| failed(folder, &reason))?;
        for figure in page.figures() {
            let path = folder.join(format!("{}.svg", figure.name));
            fs::write(&path, figure.alone()).map_err(|reason| failed(&path, &reason))?;
        }
        said += &format!("wrote {figures} figures to {}\n", folder.display());
    }
    Ok(said)
}

/// The open file with what every part of the page asks of it.
struct Source<'o> {
    results: Results,
    shapes: Vec<Shape>,
    options: &'o Options,
}

impl Source<'_> {
    fn shape(&self, name: &str) -> Option<&Shape> {
        self.shapes.iter().find(|shape| shape.name == name)
    }

    /// What its cells are called.
    fn cells(&self) -> &'static str {
        if self.results.text("ensemble").is_some() { "cells of all members" } else { "cells" }
    }

    fn text(&self, variable: &str, attribute: &str) -> String {
        self.results.text_of(variable, attribute).unwrap_or_default()
    }

    fn long_name(&self, variable: &str) -> String {
        let text = self.text(variable, "long_name");
        let text = if text.is_empty() { variable.to_owned() } else { text };
        let mut letters = text.chars();
        letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
    }

    /// Hours since the start for the records of a variable.
    fn hours(&self, shape: &Shape) -> Result<Vec<f64>, Error> {
        let Some(time) = shape.time else { return Ok(Vec::new()) };
        let seconds = self.results.coordinate(&shape.dimensions[time].0)?;
        Ok(seconds.into_iter().map(|second| second / 3600.0).collect())
    }

    /// How often each value of `status` occurs, with its meaning.
    fn statuses(&self, mut visit: impl FnMut(usize, usize)) -> Result<Vec<(String, u64)>, Error> {
        let Some(shape) = self.shape("status").filter(|shape| shape.time.is_none()) else { return Ok(Vec::new()) };
        let mut counts: Vec<(String, u64)> =
            self.results.flag_meanings("status").into_iter().map(|meaning| (meaning.replace('_', " "), 0)).collect();
        self.results.visit(shape, |place, value| {
            let value = value as usize;
            if let Some((_, count)) = counts.get_mut(value) {
                *count += 1;
            }
            visit(place, value);
        })?;
        counts.retain(|(_, count)| *count > 0);
        Ok(counts)
    }
}

/// How many of all are shown.
fn sampled(shown: usize, all: usize, items: &str) -> String {
    if shown == all {
        return format!("all {} {items}", count(all as u64));
    }
    format!("{} of {} {items}, evenly by id", count(shown as u64), count(all as u64))
}

fn page(options: &Options) -> Result<Page, Stop> {
    let results = Results::open(&options.file)?;
    let provenance = results.texts();
    let text = |name: &str| provenance.iter().find(|(known, _)| known == name).map(|(_, text)| text.clone());
    if text("chemdrift_version").is_none() {
        let message = format!("{} was not written by chemdrift", options.file.display());
        return Err(Stop::request(message, "name the output file of a run, its deck's output.file".to_owned()));
    }
    let shapes = results.shapes();
    let source = Source { results, shapes, options };
    let mut sections = statistics::sections(&source)?;
    if source.shapes.iter().any(|shape| shape.has("trajectory")) {
        sections.extend(particles::sections(&source)?);
    } else {
        sections.splice(0..0, cells::sections(&source)?);
    }
    sections.extend(performance::section(&source.results));
    sections.retain(|section: &Section| {
        !(section.figures.is_empty() && section.rows.is_empty() && section.commands.is_empty())
    });
    let missing = options.variable.iter().find(|name| {
        let stem = format!("{name}_");
        !source
            .shapes
            .iter()
            .any(|shape| shape.time.is_some() && (shape.name == **name || shape.name.starts_with(&stem)))
    });
    if let Some(name) = missing {
        let over_time = source.shapes.iter().filter(|shape| shape.time.is_some() && shape.dimensions.len() > 1);
        let known: Vec<&str> = over_time.map(|shape| shape.name.as_str()).collect();
        let message = format!("{} has no variable `{name}` over time", options.file.display());
        return Err(Stop::request(message, crate::deck::suggestion(name, &known)));
    }
    let ended = text("ended").map_or("; the run did not end".to_owned(), |ended| format!(", ended {ended}"));
    let name = options.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let lead = format!("{name}: begun {}{ended}.", text("begun").unwrap_or_default());
    let deck = text("deck").map(|deck| ("The deck".to_owned(), deck));
    let timing = text("timing").map(|timing| ("Timing (JSON)".to_owned(), timing));
    let title = text("title").filter(|title| !title.is_empty()).unwrap_or(name);
    let apart = ["deck", "timing", "title", "institution", "Conventions", "source", "featureType"];
    let kept = provenance.into_iter().filter(|(name, _)| !apart.contains(&name.as_str()));
    let named = kept.map(|(name, value)| (name.replace('_', " "), value));
    // Hundreds of sampled inputs would be a page of their own on a phone.
    let (long, provenance) = named.partition(|(_, value): &(String, String)| value.chars().count() > MOST_IN_A_ROW);
    let folded = deck.into_iter().chain(timing).chain(long).collect();
    Ok(Page { title, lead, sections, provenance, folded })
}
