//! The section `chemistry`: mechanism, initial values, solver.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::chemistry::SolverSettings;
use crate::chemistry::cells::Target;
use crate::chemistry::mechanism::Mechanism;
use crate::chemistry::tableau::Method;
use crate::deck::mechanism::read_mechanism;
use crate::deck::node::{Node, Value};
use crate::deck::reader::{Reading, Table, nearest};
use crate::deck::sources::{Sources, TextFile};
use crate::deck::{defaults, initial};
use crate::diagnostic::Span;
use crate::plan::{ChemistryPlan, OnFailure};
use crate::quantity::Dimension;

/// Initial values: target, value in SI, line of the file.
pub type Initial = BTreeMap<Target, (f64, usize)>;

/// The chemistry as far as it could be read.
pub struct Chemistry {
    pub mechanism: Option<Mechanism>,
    hash: String,
    /// `None` when it has mistakes, so that missing values are not complained about.
    pub initial: Option<Initial>,
    solver: Option<SolverSettings>,
    on_failure: OnFailure,
}

impl Chemistry {
    /// The complete plan, when nothing is missing.
    pub fn into_plan(self) -> Option<ChemistryPlan> {
        Some(ChemistryPlan {
            mechanism: self.mechanism?,
            mechanism_hash: self.hash,
            solver: self.solver?,
            on_failure: self.on_failure,
        })
    }
}

/// Reads the section.
pub fn read(node: &Node, sources: &Sources, reading: &mut Reading, others: &mut Vec<Reading>) -> Option<Chemistry> {
    let mut table = Table::open(node, "chemistry", reading)?;
    let mechanism_node = table.require("mechanism", "mechanism: mechanism.yaml");
    let initial_node = table.get("initial");
    let solver_node = table.get("solver");
    let failure_node = table.get("on_failure");
    let meant = table.finish(&["forcing", "conditions"], reading);

    let text = mechanism_node.and_then(|n| text_of(n, "chemistry.mechanism", sources.mechanism.as_ref(), reading));
    let mut hash = String::new();
    let mut mechanism = None;
    if let (Some((file, text)), Some(node)) = (text, mechanism_node) {
        let outcome = read_mechanism(text, &file.name);
        let mut other = Reading::new(&file.name);
        other.problems = outcome.problems;
        other.warnings = outcome.warnings;
        others.push(other);
        mechanism = outcome.mechanism;
        hash = hexadecimal(&Sha256::digest(text.as_bytes()));
        if let Some(m) = &mechanism {
            reading.origin_line("chemistry.mechanism", &file.name, node.at);
            let contents = format!(
                "{}: {} species, {} reactions, {} rate parameters",
                m.name,
                m.species.len(),
                m.reactions.len(),
                m.parameters.len()
            );
            reading.origin("chemistry.mechanism (contents)", contents, &file.name);
        }
    }
    let initial = read_initial(initial_node, mechanism.as_ref(), sources, reading, others);
    let initial = initial.filter(|_| !meant.contains(&"initial"));
    let solver = read_solver(solver_node, mechanism.as_ref(), reading);
    let known = [("mark", OnFailure::Mark), ("stop", OnFailure::Stop)];
    let given = |n: &Node, r: &mut Reading| r.choice(n, "`chemistry.on_failure`", &known);
    let (word, choice) = defaults::ON_FAILURE;
    let on_failure = or_default(failure_node, "chemistry.on_failure", (word.to_owned(), choice), reading, given);
    Some(Chemistry { mechanism, hash, initial, solver, on_failure })
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(u32::from(digit), 16));
        }
    }
    text
}

/// The text of a file that the deck names, or a mistake at that line.
fn text_of<'a>(
    node: &Node,
    path: &str,
    file: Option<&'a TextFile>,
    reading: &mut Reading,
) -> Option<(&'a TextFile, &'a str)> {
    reading.text(node, &format!("`{path}`"))?;
    let file = file?;
    match &file.content {
        Ok(text) => Some((file, text)),
        Err(reason) => {
            let message = format!("`{path}`: `{}` cannot be read: {reason}", file.name);
            reading.error(node.at, message, "paths are relative to the deck; write the path of an existing text file");
            None
        }
    }
}

fn read_initial(
    node: Option<&Node>,
    mechanism: Option<&Mechanism>,
    sources: &Sources,
    reading: &mut Reading,
    others: &mut Vec<Reading>,
) -> Option<Initial> {
    let Some(node) = node else {
        return Some(Initial::new());
    };
    let (file, text) = text_of(node, "chemistry.initial", sources.initial.as_ref(), reading)?;
    let mechanism = mechanism?;
    reading.origin_line("chemistry.initial", &file.name, node.at);
    let mut other = Reading::new(&file.name);
    let values = initial::read(text, mechanism, &mut other);
    reading.origins.append(&mut other.origins);
    for (target, name, unit) in [(Target::Temperature, "temperature", "K"), (Target::Pressure, "pressure", "Pa")] {
        if let Some((value, line)) = values.get(&target) {
            let origin = format!("{}:{line}", file.name);
            reading.origin(format!("chemistry.initial.{name}"), format!("{value} {unit}"), origin);
        }
    }
    let valid = other.problems.is_empty();
    others.push(other);
    valid.then_some(values)
}

fn read_solver(node: Option<&Node>, mechanism: Option<&Mechanism>, reading: &mut Reading) -> Option<SolverSettings> {
    let empty = Node { value: Value::Map(Vec::new()), at: Span::default() };
    let mut table = Table::open(node.unwrap_or(&empty), "chemistry.solver", reading)?;
    let method = or_default(
        table.get("method"),
        "chemistry.solver.method",
        (defaults::METHOD.name().to_owned(), defaults::METHOD),
        reading,
        |n, r| r.choice(n, "`chemistry.solver.method`", &Method::ALL.map(|m| (m.name(), m))),
    );
    let relative_tolerance = or_default(
        table.get("rtol"),
        "chemistry.solver.rtol",
        (format!("{:e}", defaults::RELATIVE_TOLERANCE), defaults::RELATIVE_TOLERANCE),
        reading,
        |n, r| fraction(n, "rtol", "1e-3", |v| v > 0.0 && v < 1.0, r),
    );
    let absolute_tolerance = read_absolute(table.get("atol"), mechanism, reading);
    let carry = or_default(
        table.get("carry"),
        "chemistry.solver.carry",
        (defaults::CARRY.to_string(), defaults::CARRY),
        reading,
        |n, r| fraction(n, "carry", "0.1", |v| (0.0..=1.0).contains(&v), r),
    );
    let max_steps = or_default(
        table.get("max_steps"),
        "chemistry.solver.max_steps",
        (defaults::MAX_STEPS.to_string(), defaults::MAX_STEPS),
        reading,
        |n, r| r.count(n, "`chemistry.solver.max_steps`", 1).map(|v| u32::try_from(v).unwrap_or(u32::MAX)),
    );
    table.finish(&["jacobian", "initial_step"], reading);
    Some(SolverSettings { method, relative_tolerance, absolute_tolerance: absolute_tolerance?, carry, max_steps })
}

/// The value of a key, or its default (with its spelling); notes the origin of either.
pub fn or_default<T>(
    node: Option<&Node>,
    path: &str,
    default: (String, T),
    reading: &mut Reading,
    read: impl FnOnce(&Node, &mut Reading) -> Option<T>,
) -> T {
    let Some(node) = node else {
        reading.origin_default(path, default.0);
        return default.1;
    };
    let value = read(node, reading);
    reading.origin_line(path, node.text().unwrap_or_default(), node.at);
    value.unwrap_or(default.1)
}

/// A number between 0 and 1, as far as `allowed` says.
fn fraction(
    node: &Node,
    key: &str,
    example: &str,
    allowed: impl Fn(f64) -> bool,
    reading: &mut Reading,
) -> Option<f64> {
    let value = reading.number(node, &format!("`chemistry.solver.{key}`"))?;
    if !allowed(value) {
        let message = format!("`chemistry.solver.{key}` lies between 0 and 1");
        reading.error(node.at, message, format!("write `{key}: {example}`"));
    }
    Some(value)
}

/// The absolute tolerance of each species: the deck's own for it, else the mechanism's, else the deck's general one.
fn read_absolute(node: Option<&Node>, mechanism: Option<&Mechanism>, reading: &mut Reading) -> Option<Vec<f64>> {
    const PATH: &str = "chemistry.solver.atol";
    let tolerance = |node: &Node, what: &str, reading: &mut Reading| -> Option<f64> {
        let value = reading.quantity(node, what, Dimension::CONCENTRATION)?;
        if value <= 0.0 {
            reading.error(node.at, format!("{what} is not positive"), "write `atol: 1e-14 mol m-3`");
        }
        Some(value)
    };
    let mut general = None;
    let mut own: BTreeMap<&str, f64> = BTreeMap::new();
    match node.map(|n| &n.value) {
        None => {}
        Some(Value::Map(entries)) => {
            for entry in entries {
                let what = format!("`{PATH}.{}`", entry.key);
                let value = tolerance(&entry.node, &what, reading);
                reading.origin_line(
                    format!("{PATH}.{}", entry.key),
                    entry.node.text().unwrap_or_default(),
                    entry.key_at,
                );
                if entry.key == "default" {
                    general = value;
                } else if let Some(m) = mechanism {
                    if m.species_index(&entry.key).is_none() {
                        let near = nearest(&entry.key, m.species.iter().map(|s| s.name.as_str()));
                        let help = near.map_or("write a species of the mechanism, or `default`".to_owned(), |n| {
                            format!("did you mean `{n}`?")
                        });
                        reading.error(entry.key_at, format!("{what}: unknown species `{}`", entry.key), help);
                    }
                    own.insert(&entry.key, value.unwrap_or(defaults::ABSOLUTE_TOLERANCE));
                }
            }
        }
        Some(_) => {
            let node = node?;
            general = tolerance(node, &format!("`{PATH}`"), reading);
            reading.origin_line(PATH, node.text().unwrap_or_default(), node.at);
        }
    }
    let general = general.unwrap_or_else(|| {
        if node.is_none_or(|n| matches!(n.value, Value::Map(_))) {
            reading.origin_default(PATH, format!("{:e} mol m-3", defaults::ABSOLUTE_TOLERANCE));
        }
        defaults::ABSOLUTE_TOLERANCE
    });
    let species = &mechanism?.species;
    let from_file =
        species.iter().filter(|s| s.absolute_tolerance.is_some() && !own.contains_key(s.name.as_str())).count();
    if from_file > 0 {
        reading.origin(format!("{PATH} (of {from_file} species)"), "their own", "mechanism file");
    }
    let pick = |s: &crate::chemistry::mechanism::Species| {
        own.get(s.name.as_str()).copied().or(s.absolute_tolerance).unwrap_or(general)
    };
    Some(species.iter().map(pick).collect())
}
