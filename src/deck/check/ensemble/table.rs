//! `table: members.csv`: one line for each place of an axis, columns named as deck paths with the unit in brackets, and
//! possibly a column `label`.

use std::path::Path;

use super::Context;
use super::axis::{self, Found};
use super::paths;
use crate::deck::initial::{Field, fields};
use crate::deck::node::Node;
use crate::deck::reader::Reading;
use crate::deck::sources::{Sources, TextFile, resolve};
use crate::plan::{AxisValues, MemberTarget};
use crate::quantity;

/// Mistakes after which the rest of a table is not read.
const MOST_MISTAKES: usize = 20;

fn find<'s>(file: &str, sources: &'s Sources) -> Option<&'s TextFile> {
    let name = resolve(Path::new(&sources.deck.name), file).display().to_string();
    sources.members.iter().find(|text| text.name == name)
}

/// Name and unit of a column `name [unit]`.
fn parts(text: &str) -> (&str, Option<&str>) {
    match text.split_once('[') {
        Some((name, rest)) => (name.trim(), rest.trim_end().strip_suffix(']').map(str::trim)),
        None => (text.trim(), Some("")),
    }
}

/// The paths that a table gives, as far as it can be read.
pub fn columns(file: &str, sources: &Sources) -> Vec<String> {
    let text = find(file, sources).and_then(|text| text.content.as_ref().ok());
    let header = text.and_then(|text| text.lines().next()).unwrap_or_default();
    header.trim_start_matches('\u{feff}').split(',').map(|column| parts(column).0.to_owned()).collect()
}

/// Reads the table of an axis.
pub fn read(node: &Node, path: &str, context: &Context<'_>, reading: &mut Reading) -> Option<Found> {
    let name = reading.text(node, &format!("`{path}.table`"))?;
    let file = find(name, context.sources)?;
    let text = match &file.content {
        Ok(text) => text,
        Err(reason) => {
            let message = format!("`{path}.table`: `{}` cannot be read: {reason}", file.name);
            reading.error(node.at, message, "paths are relative to the deck; write the path of a CSV file");
            return None;
        }
    };
    let mut other = Reading::new(&file.name);
    let found = read_text(text, context, &mut other);
    if found.as_ref().is_none_or(|found| found.length == 0) && other.problems.is_empty() && context.known.is_some() {
        let message = format!("`{path}.table`: `{}` has no rows after its header", file.name);
        reading.error(node.at, message, "add one line for each place of the axis");
        return None;
    }
    let valid = other.problems.is_empty();
    reading.problems.append(&mut other.problems);
    found.filter(|_| valid)
}

fn read_text(text: &str, context: &Context<'_>, reading: &mut Reading) -> Option<Found> {
    let known = context.known.as_ref()?;
    let mut lines = text.trim_start_matches('\u{feff}').lines().enumerate();
    let (_, header) = lines.next()?;
    let mut columns = Vec::new();
    for field in fields(header, 1, 0) {
        let (name, unit) = parts(field.text);
        let Some(unit) = unit else {
            reading.error(
                field.at,
                format!("the unit in `{}` has no closing bracket", field.text),
                "write `name [unit]`",
            );
            continue;
        };
        let subject = if name == "label" { None } else { paths::find(name, field.at, known, reading) };
        if let Some(subject) = &subject {
            check_unit(unit, field, &subject.path, subject.dimension, reading);
        }
        columns.push((subject, unit.to_owned(), Vec::<f64>::new(), Vec::<u64>::new()));
    }
    if !reading.problems.is_empty() {
        return None;
    }
    let (mut rows, mut labels) = (0, Vec::new());
    for (index, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        rows += 1;
        let cells: Vec<Field<'_>> = fields(line, index + 1, 0).collect();
        if cells.len() != columns.len() {
            let at = cells.first().map(|f| f.at).unwrap_or_default();
            let message = format!("the row has {} values, the header has {} columns", cells.len(), columns.len());
            reading.error(at, message, "give every row one value for each column");
        }
        for (cell, (subject, unit, reals, seeds)) in cells.iter().zip(&mut columns) {
            match subject {
                None => labels.push(cell.text.to_owned()),
                Some(subject) if subject.target == MemberTarget::Seed => {
                    let seed: Option<u64> = cell.text.parse().ok().filter(|seed| i64::try_from(*seed).is_ok());
                    if seed.is_none() {
                        let help = "write a whole number from 0 to 9223372036854775807";
                        reading.error(cell.at, format!("`{}` is no seed", cell.text), help);
                    }
                    seeds.extend(seed);
                }
                Some(subject) => {
                    let text = with_unit(cell.text, unit, &subject.unit);
                    reals.extend(axis::value(&text, cell.at, subject, known, reading));
                }
            }
        }
        if reading.problems.len() >= MOST_MISTAKES {
            break;
        }
    }
    let targets = columns.into_iter().filter_map(|(subject, _, reals, seeds)| {
        let subject = subject?;
        let is_seed = subject.target == MemberTarget::Seed;
        let values = if is_seed { AxisValues::Seeds(seeds) } else { AxisValues::Real(reals) };
        Some(axis::target(&subject, values))
    });
    Some(Found { length: rows, labels, targets: targets.collect(), design: None })
}

/// A number of a column with the column's unit, or in SI.
fn with_unit(text: &str, unit: &str, si: &str) -> String {
    let unit = if unit.is_empty() { si } else { unit };
    if unit == "1" || unit.is_empty() || text == "base" { text.to_owned() } else { format!("{text} {unit}") }
}

fn check_unit(unit: &str, field: Field<'_>, path: &str, wanted: quantity::Dimension, reading: &mut Reading) {
    if unit.is_empty() {
        return;
    }
    match quantity::parse_unit(unit) {
        Ok(parsed) if parsed.dimension != wanted && parsed.dimension != quantity::Dimension::NONE => {
            let e = quantity::wrong_dimension(field.text, parsed.dimension, wanted);
            reading.error(field.at, format!("column `{path}`: {}", e.message), e.help);
        }
        Ok(_) => {}
        Err(e) => reading.error(field.at, format!("column `{path}`: {}", e.message), e.help),
    }
}
