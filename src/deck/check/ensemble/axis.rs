//! One axis: its name, and what differs along it.

use super::Context;
use super::known::{Known, Subject};
use super::{paths, sample, table};
use crate::chemistry::cells::Target;
use crate::deck::cell_paths::Amount;
use crate::deck::check::sample::read_seed;
use crate::deck::node::{Entry, Node};
use crate::deck::reader::{Reading, Table};
use crate::diagnostic::Span;
use crate::domain::design::Design;
use crate::plan::{Axis, AxisTarget, AxisValues, MemberTarget};
use crate::quantity::{self, Dimension};

/// Seeds of an axis become a coordinate of 64 bits with a sign.
const LARGEST_SEED: u64 = i64::MAX as u64;

/// Reads an axis. Without `Context::known` only its form is checked.
pub fn read(node: &Node, index: usize, before: &[Axis], context: &Context<'_>, reading: &mut Reading) -> Option<Axis> {
    let path = format!("ensemble.axes[{index}]");
    let mut keys = Table::open(node, &path, reading)?;
    let name_node = keys.require("name", "name: realization");
    let set_node = keys.get("set");
    let table_node = keys.get("table");
    let sample_node = keys.get("sample");
    let count_node = keys.get("count");
    let meant = keys.finish(&["zip"], reading);
    let name = name_node.and_then(|n| read_name(n, before, context, reading));
    let given: Vec<(&str, &Node)> = [("set", set_node), ("table", table_node), ("sample", sample_node)]
        .into_iter()
        .filter_map(|(key, node)| Some((key, node?)))
        .collect();
    if let (Some(count), None) = (count_node, sample_node) {
        let help = "remove `count`: it belongs to `sample`; the lists of `set` and the rows of `table` say how many";
        reading.error(count.at, format!("`{path}.count` has nothing to count"), help);
    }
    let found = match given[..] {
        [("set", set)] => read_set(set, &path, context, reading),
        [("table", file)] => table::read(file, &path, context, reading),
        [(_, sample)] => sample::read(sample, count_node, &path, context, reading),
        [] => {
            let known = ["set", "table", "sample"];
            if !meant.iter().any(|key| known.contains(key)) && count_node.is_none() && node.get("zip").is_none() {
                let help = "add `set: {particles.seed: [0, 1, 2]}`, `table: members.csv`, or `count` and `sample`";
                reading.error(node.at, format!("`{path}` does not say what differs along it"), help);
            }
            None
        }
        [(first, _), (second, at), ..] => {
            let message = format!("`{path}` has both `{first}` and `{second}`");
            reading.error(at.at, message, "keep one, or make two axes");
            None
        }
    };
    let (found, name) = (found?, name?);
    for target in &found.targets {
        let same = |other: &&AxisTarget| other.target == target.target;
        if let Some(other) = before.iter().flat_map(|axis| &axis.targets).find(same) {
            let message = format!("`{}` is set by two axes, as `{}`", target.path, other.path);
            reading.error(node.at, message, "remove it from one of them");
        }
        if let Some(other) = found.targets.iter().filter(same).find(|other| other.path != target.path) {
            let message = format!("`{}` and `{}` are the same", target.path, other.path);
            reading.error(node.at, message, "remove one of them");
        }
        reading.origin_line(format!("ensemble.{name}: {}", target.path), shown(target, found.length), node.at);
    }
    let Found { length, labels, targets, design } = found;
    Some(Axis { name, length, labels, targets, design })
}

/// What an axis holds.
pub struct Found {
    pub length: u64,
    pub labels: Vec<String>,
    pub targets: Vec<AxisTarget>,
    pub design: Option<Design>,
}

fn read_name(node: &Node, before: &[Axis], context: &Context<'_>, reading: &mut Reading) -> Option<String> {
    let name = reading.text(node, "the name of an axis")?;
    let word = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !word || !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        let message = format!("`{name}` is no name for an axis, which is a dimension of the file");
        reading.error(node.at, message, "use letters, digits and `_`, such as `realization`");
        return None;
    }
    let in_file = context.known.as_ref().is_some_and(|known| known.taken.iter().any(|taken| taken == name));
    if in_file || name == "member" || name == "time" || name.starts_with("time_") {
        let message = format!("an axis cannot be called `{name}`: the file has something else of that name");
        reading.error(node.at, message, format!("write another name, such as `{name}_axis`"));
        return None;
    }
    if before.iter().any(|axis| axis.name == name) {
        reading.error(node.at, format!("two axes are called `{name}`"), "give every axis a name of its own");
        return None;
    }
    Some(name.to_owned())
}

fn read_set(node: &Node, path: &str, context: &Context<'_>, reading: &mut Reading) -> Option<Found> {
    let table = Table::open(node, &format!("{path}.set"), reading)?;
    let mut length: Option<(u64, &str)> = None;
    let mut found = Found { length: 0, labels: Vec::new(), targets: Vec::new(), design: None };
    let mut complete = true;
    for entry in table.entries() {
        let Some(items) = reading.list(&entry.node, &format!("`{}`", entry.key)) else {
            complete = false;
            continue;
        };
        let count = items.len() as u64;
        match length {
            Some((first, other)) if first != count => {
                let message = format!("`{}` has {count} values, `{other}` has {first}", entry.key);
                let help = "values inside one axis go together: give all lists the same length, or make two axes";
                reading.error(entry.key_at, message, help);
                complete = false;
                continue;
            }
            _ => length = Some((count, &entry.key)),
        }
        if entry.key == "label" {
            found.labels = read_labels(items, reading);
        } else if let Some(known) = &context.known {
            match read_values(entry, items, known, reading) {
                Some(target) => found.targets.push(target),
                None => complete = false,
            }
        }
    }
    found.length = length.map_or(0, |(count, _)| count);
    if found.length == 0 && complete {
        let message = format!("`{path}.set` sets nothing");
        reading.error(node.at, message, "write `set: {fields.Kh: [10 m2 s-1, 100 m2 s-1]}`");
        return None;
    }
    if found.targets.is_empty() && complete && context.known.is_some() {
        let help = "add a path with its values, `fields.Kh: [10 m2 s-1, 100 m2 s-1]`";
        reading.error(node.at, format!("`{path}.set` has labels and no values"), help);
        return None;
    }
    complete.then_some(found)
}

fn read_labels(items: &[Node], reading: &mut Reading) -> Vec<String> {
    let mut labels: Vec<String> = Vec::new();
    for item in items {
        let text = reading.text(item, "a label").unwrap_or_default().to_owned();
        if labels.contains(&text) {
            let message = format!("two places have the label `{text}`");
            reading.error(item.at, message, "give every place of the axis a label of its own");
        }
        labels.push(text);
    }
    labels
}

fn read_values(entry: &Entry, items: &[Node], known: &Known, reading: &mut Reading) -> Option<AxisTarget> {
    let subject = paths::find(&entry.key, entry.key_at, known, reading)?;
    let texts: Option<Vec<(&str, Span)>> =
        items.iter().map(|n| Some((reading.text(n, &format!("`{}`", entry.key))?, n.at))).collect();
    let values = if subject.target == MemberTarget::Seed {
        let seeds: Vec<Option<u64>> = items.iter().map(|n| read_one_seed(n, reading)).collect();
        AxisValues::Seeds(seeds.into_iter().collect::<Option<_>>()?)
    } else {
        let values: Vec<Option<f64>> =
            texts?.iter().map(|(text, at)| value(text, *at, &subject, known, reading)).collect();
        AxisValues::Real(values.into_iter().collect::<Option<_>>()?)
    };
    Some(target(&subject, values))
}

fn read_one_seed(node: &Node, reading: &mut Reading) -> Option<u64> {
    let seed = read_seed(node, "`particles.seed`", reading)?;
    if seed > LARGEST_SEED {
        let message = format!("the seed {seed} does not fit into a coordinate of the file");
        reading.error(node.at, message, format!("seeds of members are at most {LARGEST_SEED}"));
        return None;
    }
    Some(seed)
}

/// A target with its values.
pub fn target(subject: &Subject, values: AxisValues) -> AxisTarget {
    AxisTarget { path: subject.path.clone(), unit: subject.unit.clone(), target: subject.target, values }
}

/// One value in SI; `base` is the deck's own.
pub fn value(text: &str, at: Span, subject: &Subject, known: &Known, reading: &mut Reading) -> Option<f64> {
    let path = &subject.path;
    if text == "base" {
        if subject.base.is_none() {
            let message = format!("`{path}` has no value of its own that `base` could mean");
            reading.error(at, message, "write the value with its unit");
        }
        return subject.base.filter(|base| possible(*base, text, at, subject, known, reading));
    }
    let concentration = matches!(subject.target, MemberTarget::Cell(Target::Concentration(_)));
    let is_ratio = concentration
        && quantity::parse_with_unit(text, subject.dimension).is_ok_and(|(_, unit)| unit.dimension == Dimension::NONE);
    let wanted = if is_ratio { Dimension::NONE } else { subject.dimension };
    let number = match quantity::parse(text, wanted) {
        Ok(number) => number,
        Err(e) => {
            reading.error(at, format!("`{path}`: {}", e.message), e.help);
            return None;
        }
    };
    let Some(si) = known.in_si(if is_ratio { Amount::Ratio(number) } else { Amount::Si(number) }) else {
        let message =
            format!("`{path}` is a mixing ratio, but temperature or pressure differ between cells or members");
        reading.error(at, message, "write it in `mol m-3` or `molecule cm-3`");
        return None;
    };
    possible(si, text, at, subject, known, reading).then_some(si)
}

fn possible(si: f64, text: &str, at: Span, subject: &Subject, known: &Known, reading: &mut Reading) -> bool {
    let why = known.impossible(subject, si);
    if let Some(why) = why {
        let message = format!("`{}` is {text}: {why}", subject.path);
        reading.error(at, message, "write a value that can be");
    }
    why.is_none()
}

/// What `check` shows of the values.
fn shown(target: &AxisTarget, length: u64) -> String {
    let few = |values: Vec<String>| -> String {
        const SHOWN: usize = 4;
        let more = if values.len() > SHOWN { ", …" } else { "" };
        values.into_iter().take(SHOWN).collect::<Vec<_>>().join(", ") + more
    };
    let unit = if ["1", ""].contains(&target.unit.as_str()) { String::new() } else { format!(" {}", target.unit) };
    let values = match &target.values {
        AxisValues::Real(values) => few(values.iter().map(|value| format!("{value}")).collect()),
        AxisValues::Seeds(seeds) => few(seeds.iter().map(u64::to_string).collect()),
    };
    format!("{length} values: {values}{unit}")
}
