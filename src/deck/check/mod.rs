//! From text to `Plan`: pure, the same on every rank, with all mistakes at once.

mod analytic;
mod cells;
mod checkpoint;
mod chemistry;
mod clocks;
mod correlation;
mod density;
mod design;
mod distribution;
mod domain;
mod ensemble;
mod expressions;
mod field;
mod field_files;
mod fields;
mod grids;
mod indices;
mod kernels;
mod output;
mod over;
mod particle_variables;
mod particles;
mod places;
mod reduce;
mod regions;
mod release;
mod run;
mod sample;
mod stop_when;
mod time;
mod values;
mod vocabulary;

use std::ops::Range;
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
    /// `--members A:B`: members A to B - 1 of the ensemble, with the same numbers.
    pub members: Option<Range<u64>>,
    /// `--only-cell ID`, `--only-particle ID`: this one of the deck's, of one member.
    pub only_cell: Option<u64>,
    pub only_particle: Option<u64>,
}

impl Overrides {
    /// The options of the command line that make the run another one, as they are typed.
    #[must_use]
    pub fn options(&self) -> Vec<String> {
        let numbers = [
            ("--cells", self.cells),
            ("--particles", self.particles),
            ("--steps", self.steps),
            ("--only-cell", self.only_cell),
            ("--only-particle", self.only_particle),
        ];
        let number = |(option, value): (&str, Option<u64>)| Some([option.to_owned(), value?.to_string()]);
        let members = self.members.as_ref().map(|m| ["--members".to_owned(), format!("{}:{}", m.start, m.end)]);
        numbers.into_iter().filter_map(number).chain(members).flatten().collect()
    }
}

/// Sections of decks that later versions read.
const LATER: [&str; 1] = ["conditions"];

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

/// Options that belong to decks about something else, each with the one that was meant.
fn refuse_options(options: [(&str, &str, Option<u64>); 2], about: &str, reading: &mut Reading) {
    for (option, meant, value) in options {
        if value.is_some() {
            let help = format!("write `{meant}`: the deck is about {about}");
            of_command_line(format!("`{option}` has no meaning here"), help, reading);
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
    ensemble: Option<&'a Node>,
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
            ensemble: table.get("ensemble"),
        },
        (None, None) => {
            for key in
                OF_CELLS.into_iter().chain(OF_PARTICLES).chain(["time", "output", "checkpoint", "run", "ensemble"])
            {
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
            ensemble: table.get("ensemble"),
        },
    };
    let run = table.get("run");
    table.finish(&LATER, reading);
    let Parts { work, time, vocabulary, known } = if of_particles.is_some() {
        read_particles(&sections, sources, overrides, reading)
    } else {
        read_chemistry(&sections, sources, overrides, reading, others)
    };
    let balance = run::read(run, reading);
    let context = ensemble::Context { sources, known };
    let ensemble = sections.ensemble.map(|n| ensemble::read(n, &context, reading));
    let outputs = output::Outputs {
        sources,
        overrides,
        vocabulary: vocabulary.as_ref(),
        time: time.as_ref(),
        count: work.as_ref().map_or(0, Work::count),
        ensemble: ensemble.as_ref().and_then(Option::as_ref),
        unread_ensemble: matches!(ensemble, Some(None)),
        work: work.as_ref(),
    };
    let output = output::read(sections.output, &outputs, reading);
    let checkpoint = checkpoint::read(sections.checkpoint, reading);
    let stop_node = sections.ensemble.and_then(|n| n.get("stop_when")).filter(|n| n.value != Value::Null);
    let stop_when = stop_node.and_then(|node| {
        let context = stop_when::Context {
            overrides,
            ensemble: outputs.ensemble?,
            streams: &output.as_ref()?.streams,
            vocabulary: outputs.vocabulary?,
            time: outputs.time?,
            known: context.known.as_ref()?,
        };
        stop_when::read(node, &context, reading)
    });
    let (time, work) = (time?, work?);
    let ensemble = match ensemble {
        Some(read) => Some(read?),
        None => None,
    };
    let members = ensemble::members(ensemble.as_ref(), &work, overrides, reading)?;
    Some(Plan {
        title,
        work,
        ensemble,
        stop_when,
        members,
        traced: overrides.only_cell.or(overrides.only_particle).is_some(),
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
struct Parts {
    work: Option<Work>,
    time: Option<Time>,
    vocabulary: Option<Vocabulary>,
    /// What members may differ in.
    known: Option<ensemble::Known>,
}

fn read_chemistry(
    sections: &Sections<'_>,
    sources: &Sources,
    overrides: &Overrides,
    reading: &mut Reading,
    others: &mut Vec<Reading>,
) -> Parts {
    let wrong =
        [("--particles", "--cells", overrides.particles), ("--only-particle", "--only-cell", overrides.only_particle)];
    refuse_options(wrong, "chemistry in cells", reading);
    let read = sections.chemistry.and_then(|n| chemistry::read(n, sources, reading, others));
    let mechanism = read.as_ref().and_then(|c| c.mechanism.as_ref());
    let time = sections.time.and_then(|n| time::read(n, overrides, time::Rules::CELLS, reading));
    let initial = read.as_ref().and_then(|c| c.initial.as_ref());
    let members = mechanism.map(|m| ensemble::cell_targets(sections.ensemble, sources, m)).unwrap_or_default();
    let context = cells::Context { sources, overrides, mechanism, initial, members: &members };
    let cells = sections.cells.and_then(|n| cells::read(n, &context, reading));
    let vocabulary = mechanism.map(Vocabulary::of_cells);
    let known = mechanism.zip(cells.as_ref()).map(|(m, c)| ensemble::Known::of_cells(m, c, |t| members.contains(&t)));
    let chemistry = read.and_then(chemistry::Chemistry::into_plan);
    let work = chemistry.zip(cells).map(|(chemistry, cells)| Work::Chemistry { chemistry, cells });
    Parts { work, time, vocabulary, known }
}

fn read_particles(sections: &Sections<'_>, sources: &Sources, overrides: &Overrides, reading: &mut Reading) -> Parts {
    let wrong = [("--cells", "--particles", overrides.cells), ("--only-cell", "--only-particle", overrides.only_cell)];
    refuse_options(wrong, "particles", reading);
    let fields = sections.fields.and_then(|n| fields::read(n, sources, reading));
    let rules = fields.as_ref().map_or(time::Rules::PARTICLES, |f| grids::time_rules(f, reading));
    let time = sections.time.and_then(|n| time::read(n, overrides, rules, reading));
    if let (Some(fields), Some(time)) = (&fields, &time) {
        grids::check_times(fields, time, reading);
    }
    let context = particles::Context { sources, overrides, fields: fields.as_ref(), time: time.as_ref() };
    let read = sections.particles.and_then(|n| particles::read(n, &context, reading));
    let mesh = fields.as_ref().and_then(|f| f.mesh);
    let mut vocabulary =
        read.as_ref().and_then(|p| p.variables.as_ref().map(|v| Vocabulary::of_particles(v, p.has_depth, mesh)));
    if let (Some(vocabulary), Some(plan)) = (&mut vocabulary, read.as_ref().and_then(|p| p.plan.as_ref())) {
        vocabulary.own_units = plan.variables.iter().map(|variable| variable.unit.clone()).collect();
    }
    let complete = fields.as_ref().is_some_and(|f| f.complete);
    let plan = read.and_then(|p| p.plan).filter(|_| complete);
    let known = fields.as_ref().zip(plan.as_ref()).map(|(f, p)| ensemble::Known::of_particles(p, f));
    Parts { work: plan.map(|p| Work::Particles(Box::new(p))), time, vocabulary, known }
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
