//! From text to `Plan`: pure, the same on every rank, with all mistakes at once.

mod analytic;
mod cells;
mod chemistry;
mod clocks;
mod field;
mod fields;
mod grids;
mod output;
mod sample;
mod time;
mod values;

use std::path::PathBuf;

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
    /// `--steps N`: the first N steps of the deck's.
    pub steps: Option<u64>,
}

/// Sections of decks that later versions read.
const LATER: [&str; 5] = ["ensemble", "checkpoint", "particles", "fields", "conditions"];

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
    for (option, value) in [("--cells", overrides.cells), ("--steps", overrides.steps)] {
        if value == Some(0) {
            let message = format!("`{option} 0` leaves nothing to run");
            let help = Some(format!("write `{option} 1` or more"));
            let file = "command line".to_owned();
            reading.problems.push(Diagnostic { file, span: Span::default(), message, help });
        }
    }
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
            let help = "a deck has at least the sections `chemistry`, `cells`, `time` and `output`";
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

fn read_root(
    root: &Node,
    sources: &Sources,
    overrides: &Overrides,
    reading: &mut Reading,
    others: &mut Vec<Reading>,
) -> Option<Plan> {
    let mut table = Table::open(root, "", reading)?;
    let title = read_title(&mut table, sources, reading);
    let chemistry_node = table.require("chemistry", "chemistry: {mechanism: mechanism.yaml}");
    let cells_node = table.require("cells", "cells: {count: 10_000}");
    let time_node = table.require("time", "time: {step: 1 min, end: 1 h}");
    let output_node = table.get("output");
    table.finish(&LATER, reading);

    let read = chemistry_node.and_then(|n| chemistry::read(n, sources, reading, others));
    let mechanism = read.as_ref().and_then(|c| c.mechanism.as_ref());
    let time = time_node.and_then(|n| time::read(n, overrides, time::Rules::CELLS, reading));
    let initial = read.as_ref().and_then(|c| c.initial.as_ref());
    let context = cells::Context { sources, overrides, mechanism, initial };
    let cells = cells_node.and_then(|n| cells::read(n, &context, reading));
    let output = output::read(output_node, sources, overrides, mechanism, time.as_ref(), reading);
    let time = time?;
    Some(Plan {
        title,
        work: Work::Chemistry { chemistry: read?.into_plan()?, cells: cells? },
        clock: time.clock,
        start: time.start.date,
        output: output?,
        origins: Vec::new(),
        warnings: Vec::new(),
    })
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
