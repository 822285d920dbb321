//! From text to `Plan`: pure, the same on every rank, with all mistakes at once.

mod analytic;
mod cells;
mod checkpoint;
mod chemistry;
mod clocks;
mod correlation;
mod design;
mod distribution;
mod domain;
mod expressions;
mod field;
mod field_files;
mod fields;
mod grids;
mod kernels;
mod output;
mod particle_variables;
mod particles;
mod places;
mod release;
mod run;
mod sample;
mod time;
mod values;
mod vocabulary;

use std::path::PathBuf;

use self::time::Time;
use self::vocabulary::Vocabulary;
use super::node::{self, Node, Value};
use super::reader::{Reading, Table};
use super::sources::Sources;
use crate::diagnostic::{Diagnostic, Report, Span};
use crate::plan::{Plan, Work};

/// What the command line changes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Overrides {
    /// `-o FILE`, relative to the working directory.
    pub output: Option<PathBuf>,
    /// `--cells N`: the first N cells of the deck's.
    pub cells: Option<u64>,
    /// `--particles N`: the first N particles of the deck's, with the same ids.
    pub particles: Option<u64>,
    /// `--steps N`: the first N steps of the deck's.
    pub steps: Option<u64>,
}

/// Sections of decks that later versions read.
const LATER: [&str; 2] = ["ensemble", "conditions"];

/// Reads a deck and everything it names.
///
/// # Errors
/// All mistakes, in the order of files and lines.
pub fn check(sources: &Sources, overrides: &Overrides) -> Result<Plan, Report> {
    let mut reading = Reading::new(&sources.deck.name);
    let mut others: Vec<Reading> = Vec::new();
    check_overrides(overrides, &mut reading);
    let plan = match read_deck(sources, &mut reading) {
        Some(root) => read_root(&root, sources, overrides, &mut reading, &mut others),
        None => None,
    };
    let mut problems = std::mem::take(&mut reading.problems);
    for other in &mut others {
        problems.append(&mut other.problems);
        reading.warnings.append(&mut other.warnings);
    }
    match plan {
        Some(mut plan) if problems.is_empty() => {
            plan.origins = reading.origins;
            plan.warnings = reading.warnings;
            Ok(plan)
        }
        _ => Err(Report::new(problems, texts(sources))),
    }
}

fn check_overrides(overrides: &Overrides, reading: &mut Reading) {
    let all = [("--cells", overrides.cells), ("--particles", overrides.particles), ("--steps", overrides.steps)];
    for (option, value) in all {
        if value == Some(0) {
            let message = format!("`{option} 0` leaves nothing to run");
            of_command_line(message, format!("write `{option} 1` or more"), reading);
        }
    }
}

fn of_command_line(message: String, help: String, reading: &mut Reading) {
    let file = "command line".to_owned();
    reading.problems.push(Diagnostic { file, span: Span::default(), message, help: Some(help) });
}

fn read_deck(sources: &Sources, reading: &mut Reading) -> Option<Node> {
    let whole_file = |message: String, help: &str| Diagnostic {
        file: sources.deck.name.clone(),
        span: Span::default(),
        message,
        help: Some(help.to_owned()),
    };
    let text = match &sources.deck.content {
        Ok(text) => text,
        Err(reason) => {
            reading.problems.push(whole_file(
                format!("the deck cannot be read: {reason}"),
                "run `chemdrift check DECK` on a YAML deck",
            ));
            return None;
        }
    };
    match node::parse(&sources.deck.name, text) {
        Ok(root) if root.value == Value::Null => {
            let help = "a deck has `chemistry` and `cells`, or `fields` and `particles`, and `time`";
            reading.error(root.at, "the deck is empty", help);
            None
        }
        Ok(root) => Some(root),
        Err(problems) => {
            reading.problems.extend(problems);
            None
        }
    }
}

/// The sections of a deck.
struct Sections<'a> {
    chemistry: Option<&'a Node>,
    cells: Option<&'a Node>,
    fields: Option<&'a Node>,
    particles: Option<&'a Node>,
    time: Option<&'a Node>,
    output: Option<&'a Node>,
    checkpoint: Option<&'a Node>,
}

fn read_root(
    root: &Node,
    sources: &Sources,
    overrides: &Overrides,
    reading: &mut Reading,
    others: &mut Vec<Reading>,
) -> Option<Plan> {
    const OF_CELLS: [&str; 2] = ["chemistry", "cells"];
    const OF_PARTICLES: [&str; 2] = ["fields", "particles"];
    let mut table = Table::open(root, "", reading)?;
    let title = read_title(&mut table, sources, reading);
    let first = |keys: [&str; 2]| table.entries().iter().find(|e| keys.contains(&e.key.as_str()));
    let (of_cells, of_particles) = (first(OF_CELLS), first(OF_PARTICLES));
    let sections = match (of_cells, of_particles) {
        (Some(_), Some(other)) => {
            let message = format!("`{}` stands in a deck about chemistry in cells", other.key);
            let help = "a deck has `chemistry` and `cells`, or `fields` and `particles`; make two decks of this one";
            reading.error(other.key_at, message, help);
            return None;
        }
        (_, Some(_)) => Sections {
            chemistry: None,
            cells: None,
            fields: table.require("fields", "fields: {mesh: spherical, U: …, V: …}"),
            particles: table.require("particles", "particles: {count: 1000, release: {at: [0, 0]}, kernels: …}"),
            time: table.require("time", "time: {step: 1 h, end: 10 days}"),
            output: table.get("output"),
            checkpoint: table.get("checkpoint"),
        },
        (None, None) => {
            for key in OF_CELLS.into_iter().chain(OF_PARTICLES).chain(["time", "output", "checkpoint", "run"]) {
                table.get(key);
            }
            let at = table.at;
            let meant = table.finish(&LATER, reading);
            if !OF_CELLS.iter().chain(&OF_PARTICLES).any(|key| meant.contains(key)) {
                let help = "add the sections `chemistry` and `cells`, or `fields` and `particles`";
                reading.error(at, "the deck does not say what to compute", help);
            }
            return None;
        }
        (_, None) => Sections {
            chemistry: table.require("chemistry", "chemistry: {mechanism: mechanism.yaml}"),
            cells: table.require("cells", "cells: {count: 10_000}"),
            fields: None,
            particles: None,
            time: table.require("time", "time: {step: 1 min, end: 1 h}"),
            output: table.get("output"),
            checkpoint: table.get("checkpoint"),
        },
    };
    let run = table.get("run");
    table.finish(&LATER, reading);
    let (work, time, vocabulary) = if of_particles.is_some() {
        read_particles(&sections, sources, overrides, reading)
    } else {
        read_chemistry(&sections, sources, overrides, reading, others)
    };
    let balance = run::read(run, reading);
    let output = output::read(sections.output, sources, overrides, vocabulary.as_ref(), time.as_ref(), reading);
    let checkpoint = checkpoint::read(sections.checkpoint, reading);
    let time = time?;
    Some(Plan {
        title,
        work: work?,
        clock: time.clock,
        start: time.start.date,
        output: output?,
        checkpoint,
        balance,
        origins: Vec::new(),
        warnings: Vec::new(),
    })
}

/// What is computed, when, and what can be written of it; each as far as it could be read.
type Parts = (Option<Work>, Option<Time>, Option<Vocabulary>);

fn read_chemistry(
    sections: &Sections<'_>,
    sources: &Sources,
    overrides: &Overrides,
    reading: &mut Reading,
    others: &mut Vec<Reading>,
) -> Parts {
    if overrides.particles.is_some() {
        let help = "write `--cells`: the deck is about chemistry in cells";
        of_command_line("`--particles` has no meaning here".to_owned(), help.to_owned(), reading);
    }
    let read = sections.chemistry.and_then(|n| chemistry::read(n, sources, reading, others));
    let mechanism = read.as_ref().and_then(|c| c.mechanism.as_ref());
    let time = sections.time.and_then(|n| time::read(n, overrides, time::Rules::CELLS, reading));
    let initial = read.as_ref().and_then(|c| c.initial.as_ref());
    let context = cells::Context { sources, overrides, mechanism, initial };
    let cells = sections.cells.and_then(|n| cells::read(n, &context, reading));
    let vocabulary = mechanism.map(Vocabulary::of_cells);
    let chemistry = read.and_then(chemistry::Chemistry::into_plan);
    let work = chemistry.zip(cells).map(|(chemistry, cells)| Work::Chemistry { chemistry, cells });
    (work, time, vocabulary)
}

fn read_particles(sections: &Sections<'_>, sources: &Sources, overrides: &Overrides, reading: &mut Reading) -> Parts {
    if overrides.cells.is_some() {
        let help = "write `--particles`: the deck is about particles";
        of_command_line("`--cells` has no meaning here".to_owned(), help.to_owned(), reading);
    }
    let fields = sections.fields.and_then(|n| fields::read(n, sources, reading));
    let rules = fields.as_ref().map_or(time::Rules::PARTICLES, |f| grids::time_rules(f, reading));
    let time = sections.time.and_then(|n| time::read(n, overrides, rules, reading));
    if let (Some(fields), Some(time)) = (&fields, &time) {
        grids::check_times(fields, time, reading);
    }
    let context = particles::Context { sources, overrides, fields: fields.as_ref(), time: time.as_ref() };
    let read = sections.particles.and_then(|n| particles::read(n, &context, reading));
    let vocabulary = read.as_ref().and_then(|p| p.variables.as_ref().map(|v| Vocabulary::of_particles(v, p.has_depth)));
    let complete = fields.is_some_and(|f| f.complete);
    let work = read.and_then(|p| p.plan).filter(|_| complete).map(|p| Work::Particles(Box::new(p)));
    (work, time, vocabulary)
}

fn read_title(table: &mut Table<'_>, sources: &Sources, reading: &mut Reading) -> String {
    if let Some(entry) = table.entry("title")
        && let Some(text) = entry.node.text()
    {
        reading.origin_line("title", text, entry.key_at);
        return text.to_owned();
    }
    let name =
        PathBuf::from(&sources.deck.name).file_stem().map_or_else(String::new, |s| s.to_string_lossy().into_owned());
    reading.origin_default("title", &name);
    name
}

/// The texts that mistakes point into.
fn texts(sources: &Sources) -> Vec<(String, String)> {
    let mut texts = Vec::new();
    for file in [Some(&sources.deck), sources.mechanism.as_ref(), sources.initial.as_ref()].into_iter().flatten() {
        if let Ok(text) = &file.content {
            texts.push((file.name.clone(), text.clone()));
        }
    }
    if let Some(table) = &sources.table
        && let Ok((header, _)) = &table.content
    {
        texts.push((table.name.clone(), header.clone()));
    }
    texts
}
