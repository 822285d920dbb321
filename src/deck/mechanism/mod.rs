//! Reads mechanisms in the `MechanismConfiguration` format, version 1, JSON or YAML.
//!
//! Everything that changes the result is either understood or refused: unknown reaction types, unknown keys (unless
//! they begin with `__`, the format's comments), aerosols, constraints and emission inventories.

mod components;
mod laws;
mod parameters;
mod reactions;
mod species;

#[cfg(test)]
mod tests;

use super::node::{self, Value};
use super::reader::{Reading, Table};
use std::path::Path;

use super::sources::{LARGEST_TEXT, read_text};
use crate::chemistry::mechanism::Mechanism;
use crate::diagnostic::{Diagnostic, Report, Span};

/// Parts of the format beyond gas-phase chemistry, refused unless empty.
const OTHER_PARTS: [&str; 5] = ["emissions", "aerosol representations", "aerosol processes", "constraints", "models"];

/// A mechanism file as read.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The mechanism; `None` when there are mistakes.
    pub mechanism: Option<Mechanism>,
    /// All mistakes.
    pub problems: Vec<Diagnostic>,
    /// What is valid and suspicious.
    pub warnings: Vec<String>,
}

/// Reads a mechanism from a file: what it means, and what is suspicious in it.
///
/// # Errors
/// All mistakes, or the reason why the file cannot be read.
pub fn read_mechanism_file(path: &Path) -> Result<(Mechanism, Vec<String>), Report> {
    let file = read_text(path, LARGEST_TEXT);
    let text = file.content.map_err(|reason| {
        let whole = Diagnostic { file: file.name.clone(), span: Span::default(), message: reason, help: None };
        Report::new(vec![whole], Vec::new())
    })?;
    let read = read_mechanism(&text, &file.name);
    match read.mechanism {
        Some(mechanism) => Ok((mechanism, read.warnings)),
        None => Err(Report::new(read.problems, vec![(file.name, text)])),
    }
}

/// Reads a mechanism; `file` is the name for messages.
#[must_use]
pub fn read_mechanism(text: &str, file: &str) -> Outcome {
    let mut reading = Reading::new(file);
    let mechanism = match node::parse(file, text) {
        Ok(root) if root.value == Value::Null => {
            let help = "a mechanism has the keys `version`, `name`, `species`, `phases` and `reactions`";
            reading.error(root.at, "the mechanism is empty", help);
            None
        }
        Ok(root) => read_root(&root, &mut reading),
        Err(problems) => {
            reading.problems = problems;
            None
        }
    };
    let mechanism = mechanism.filter(|_| reading.problems.is_empty());
    Outcome { mechanism, problems: reading.problems, warnings: reading.warnings }
}

fn read_root(root: &node::Node, reading: &mut Reading) -> Option<Mechanism> {
    let mut table = Table::open(root, "", reading)?;
    if root.get("camp-data").is_some() || root.get("camp-files").is_some() {
        let help = "convert it to MechanismConfiguration version 1 (musica's converter does)";
        reading.error(root.at, "this is a version 0 (CAMP) mechanism, which is not read", help);
        return None;
    }
    check_version(&mut table, reading);
    let name = table.get("name").and_then(|n| reading.text(n, "`name`")).unwrap_or("unnamed").to_owned();
    for part in OTHER_PARTS {
        refuse_part(&mut table, part, reading);
    }
    let species = table.require("species", "species: [{name: O3}]", reading);
    let phases = table.require("phases", "phases: [{name: gas, species: [O3]}]", reading);
    let reactions = table.require("reactions", "reactions: []", reading);
    table.finish_ignoring(&[], is_comment, reading);
    let declared = species::read(species?, phases?, reading)?;
    let reactions = reactions::read(reactions?, &declared, reading)?;
    Some(Mechanism {
        name,
        species: declared.species,
        prescribed: declared.prescribed,
        reactions: reactions.reactions,
        parameters: reactions.parameters,
    })
}

/// Keys that begin with `__` are comments.
fn is_comment(key: &str) -> bool {
    key.starts_with("__")
}

fn check_version(table: &mut Table<'_>, reading: &mut Reading) {
    let Some(node) = table.require("version", "version: 1.0.0", reading) else {
        return;
    };
    let Some(text) = reading.text(node, "`version`") else {
        return;
    };
    if text.split('.').next() != Some("1") {
        let message = format!("mechanism version `{text}` is not read, only 1.x");
        reading.error(node.at, message, "version 1 files say `version: 1.0.0`; musica converts older ones");
    }
}

fn refuse_part(table: &mut Table<'_>, part: &'static str, reading: &mut Reading) {
    let Some(entry) = table.entry(part) else {
        return;
    };
    let empty = match &entry.node.value {
        Value::Null => true,
        Value::List(items) => items.is_empty(),
        Value::Map(entries) => entries.is_empty(),
        Value::Scalar { .. } => false,
    };
    if !empty {
        let message = format!("`{part}` is not in this version of chemdrift, which does gas-phase chemistry");
        let help = format!("remove `{part}`, or rename it `__{part}` to keep it as a comment");
        reading.error(entry.key_at, message, help);
    }
}
