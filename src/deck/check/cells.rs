//! The section `cells`: how many, and which values they have.

use std::collections::BTreeSet;

use super::Overrides;
use super::chemistry::Initial;
use super::sample::{self, Sampled};
use super::values::Values;
use crate::chemistry::cells::Target;
use crate::chemistry::mechanism::Mechanism;
use crate::deck::cell_paths;
use crate::deck::node::Node;
use crate::deck::reader::{Reading, Table};
use crate::deck::sources::Sources;
use crate::deck::table;
use crate::diagnostic::Span;
use crate::plan::{CellsPlan, TablePlan};

/// What the section needs from elsewhere.
pub struct Context<'a> {
    pub sources: &'a Sources,
    pub overrides: &'a Overrides,
    /// `None` when the mechanism has mistakes; then names are not looked up.
    pub mechanism: Option<&'a Mechanism>,
    /// `None` when it has mistakes.
    pub initial: Option<&'a Initial>,
    /// Inputs that the members of an ensemble set.
    pub members: &'a BTreeSet<Target>,
}

/// Reads the section.
pub fn read(node: &Node, context: &Context<'_>, reading: &mut Reading) -> Option<CellsPlan> {
    let mut table = Table::open(node, "cells", reading)?;
    let at = node.at;
    let count_node = table.get("count");
    let table_node = table.get("table");
    let sample_node = table.get("sample");
    let set_node = table.get("set");
    let meant = table.finish(&["from"], reading);

    let rows = table_node.and_then(|n| row_count(n, context.sources, reading));
    let excused =
        table_node.is_some() || meant.contains(&"count") || sample_node.is_some_and(sample::may_have_own_count);
    let mut values = Values::from_initial(context.initial);
    if ["table", "sample", "set"].iter().any(|key| meant.contains(key)) {
        values.may_be_incomplete();
    }
    let Some(mechanism) = context.mechanism else {
        // The parts that need no mechanism are still checked.
        read_count(count_node, rows, None, excused, at, reading);
        if let Some(node) = sample_node {
            sample::read_head(node, context.sources, reading);
        }
        return None;
    };
    if let Some(node) = set_node {
        values.read_set(node, mechanism, reading);
    }
    let tabled = table_node.and_then(|n| read_table(n, context.sources, mechanism, reading));
    let mut varied: BTreeSet<Target> = tabled.iter().flat_map(|t| t.columns.iter().map(|c| c.target)).collect();
    let sampled = sample_node.and_then(|n| sample::read(n, context.sources, mechanism, &values, reading));
    let own = sampled.as_ref().and_then(|s| s.own_count.clone());
    let count = read_count(count_node, rows, own, excused, at, reading);
    if let (Some(s), Some(count)) = (&sampled, count) {
        s.warn_of_count(count, count_node.map_or(at, |node| node.at), reading);
    }
    if let Some(s) = &sampled {
        refuse_both(s, &varied, mechanism, reading);
        varied.extend(s.inputs.iter().map(|i| i.target));
    }
    refuse_members(context.members, &varied, mechanism, at, reading);
    varied.extend(context.members);
    // A broken table or sample may well have meant to give them.
    let broken = table_node.is_some() && tabled.is_none() || sample_node.is_some() && sampled.is_none();
    if broken {
        varied.extend([Target::Temperature, Target::Pressure]);
    }
    let base = values.complete(&varied, mechanism, at, reading);
    if let (Some(node), Some(t)) = (table_node, &tabled) {
        check_mixing_ratios(node, t, &values, &varied, mechanism, reading);
    }
    let inputs = sampled.as_ref().map(|s| s.distributions(&values, &varied, mechanism, reading));
    let count = count?;
    if broken {
        return None;
    }
    let running = context.overrides.cells.map_or(count, |n| n.min(count));
    if running < count {
        reading.origin("cells (first of the deck's)", running.to_string(), "command line");
    }
    let sample = sampled.zip(inputs).map(|(s, inputs)| s.into_plan(count, inputs));
    Some(CellsPlan { count: running, base, sample, table: tabled })
}

/// How many cells there are: as the deck says, or else as many as the design has points or the table rows.
fn read_count(
    node: Option<&Node>,
    rows: Option<u64>,
    own: Option<(u64, String)>,
    excused: bool,
    at: Span,
    reading: &mut Reading,
) -> Option<u64> {
    if let Some((points, arithmetic)) = own {
        let given = node.and_then(|node| Some((reading.count(node, "`cells.count`", 1)?, node.at)));
        let (other, at, what) = match (given, rows) {
            (Some((count, at)), _) if count != points => (count, at, "`cells.count` is"),
            (_, Some(rows)) if rows < points => (rows, at, "the rows of the table are"),
            _ => {
                reading.origin("cells.count", points.to_string(), format!("points of the design: {arithmetic}"));
                return Some(points);
            }
        };
        let message = format!("{what} {other}, but the design has {points} points: {arithmetic}");
        reading.error(at, message, format!("write `count: {points}`, or remove the line"));
        return None;
    }
    match (node, rows) {
        (Some(node), rows) => {
            let count = reading.count(node, "`cells.count`", 1)?;
            reading.origin_line("cells.count", count.to_string(), node.at);
            if let Some(rows) = rows.filter(|r| *r < count) {
                let message = format!("`cells.count` is {count}, but the table has {rows} rows");
                reading.error(node.at, message, format!("write `count: {rows}`, or remove the line to take all"));
                return None;
            }
            Some(count)
        }
        (None, Some(rows)) => {
            reading.origin("cells.count", rows.to_string(), "rows of the table");
            Some(rows)
        }
        (None, None) => {
            if !excused {
                reading.error(at, "`cells.count` is missing", "add `count: 10_000`");
            }
            None
        }
    }
}

fn row_count(node: &Node, sources: &Sources, reading: &mut Reading) -> Option<u64> {
    reading.text(node, "`cells.table`")?;
    let head = sources.table.as_ref()?;
    match &head.content {
        Ok((_, 0)) => {
            let message = format!("`cells.table`: `{}` has no rows after its header", head.name);
            reading.error(node.at, message, "add one line for each cell");
            None
        }
        Ok((_, rows)) => Some(*rows),
        Err(reason) => {
            let message = format!("`cells.table`: `{}` cannot be read: {reason}", head.name);
            reading.error(node.at, message, "paths are relative to the deck; write the path of a CSV file");
            None
        }
    }
}

fn read_table(node: &Node, sources: &Sources, mechanism: &Mechanism, reading: &mut Reading) -> Option<TablePlan> {
    let head = sources.table.as_ref()?;
    let (header, _) = head.content.as_ref().ok()?;
    let mut other = Reading::new(&head.name);
    let columns = table::read_header(header, mechanism, &mut other);
    let valid = other.problems.is_empty();
    reading.problems.append(&mut other.problems);
    reading.origin_line("cells.table", format!("{} ({} columns)", head.name, columns.len()), node.at);
    for (column, name) in columns.iter().zip(header.split(',')) {
        reading.origin(
            cell_paths::name(column.target, mechanism),
            format!("column `{}`", name.trim()),
            format!("{}:1", head.name),
        );
    }
    valid.then(|| TablePlan { path: head.name.clone().into(), columns })
}

/// A mixing ratio in a table needs temperature and pressure in the table or the same in all cells.
fn check_mixing_ratios(
    node: &Node,
    table: &TablePlan,
    values: &Values,
    varied: &BTreeSet<Target>,
    mechanism: &Mechanism,
    reading: &mut Reading,
) {
    let known = |target| table.columns.iter().any(|c| c.target == target) || values.fixed(target, varied).is_some();
    if known(Target::Temperature) && known(Target::Pressure) {
        return;
    }
    for column in table.columns.iter().filter(|c| c.times_air_density) {
        let name = cell_paths::name(column.target, mechanism);
        let message = format!("the table's column {name} is a mixing ratio, but temperature or pressure are sampled");
        reading.error(node.at, message, "put temperature and pressure into the table too, or write `[mol m-3]`");
    }
}

/// An input differs between the cells of a member, or between members.
fn refuse_members(
    members: &BTreeSet<Target>,
    varied: &BTreeSet<Target>,
    mechanism: &Mechanism,
    at: Span,
    reading: &mut Reading,
) {
    for target in members.intersection(varied) {
        let name = cell_paths::name(*target, mechanism);
        let message = format!("`{name}` is sampled or tabled in `cells` and set by an axis of the ensemble");
        reading.error(at, message, "remove one of the two: every cell of a member has the member's value");
    }
}

fn refuse_both(sampled: &Sampled<'_>, tabled: &BTreeSet<Target>, mechanism: &Mechanism, reading: &mut Reading) {
    for input in sampled.inputs.iter().filter(|i| tabled.contains(&i.target)) {
        let name = cell_paths::name(input.target, mechanism);
        let message = format!("`{name}` is both in the table and sampled");
        reading.error(input.at, message, "remove one of the two");
    }
}
