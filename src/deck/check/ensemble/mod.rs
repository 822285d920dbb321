//! The section `ensemble`: its axes, what differs along each, and which members run.

mod axis;
mod known;
mod laws;
mod paths;
mod sample;
mod sequence;
mod table;

use std::collections::BTreeSet;

pub use self::known::Known;
pub use self::sequence::of_the_first_axis;
use super::{Overrides, chemistry::or_default, of_command_line};
use crate::chemistry::cells::Target;
use crate::chemistry::mechanism::Mechanism;
use crate::deck::cell_paths;
use crate::deck::defaults;
use crate::deck::node::{Node, Value};
use crate::deck::reader::{Reading, Table};
use crate::deck::sources::Sources;
use crate::domain::members::Members;
use crate::plan::{EnsemblePlan, MemberTarget, OnFailure, Work};

/// What the section needs from elsewhere.
pub struct Context<'a> {
    pub sources: &'a Sources,
    /// Everything that may differ between members; `None` when other sections have mistakes, then paths are not looked up.
    pub known: Option<Known>,
}

/// Reads the section.
pub fn read(node: &Node, context: &Context<'_>, reading: &mut Reading) -> Option<EnsemblePlan> {
    let before = reading.problems.len();
    let mut table = Table::open(node, "ensemble", reading)?;
    let axes_node = table.require("axes", "axes: [{name: realization, set: {particles.seed: [0, 1]}}]");
    let failure_node = table.get("on_member_failure");
    // What it names stands in the output, which is read later.
    table.get("stop_when");
    table.finish(&["ranks_per_member"], reading);
    let known = [("mark", OnFailure::Mark), ("stop", OnFailure::Stop)];
    let (word, default) = defaults::ON_MEMBER_FAILURE;
    let path = "ensemble.on_member_failure";
    let on_member_failure = or_default(failure_node, path, (word.to_owned(), default), reading, |n, r| {
        r.choice(n, &format!("`{path}`"), &known)
    });
    let axes_node = axes_node?;
    let items = reading.list(axes_node, "`ensemble.axes`")?;
    if items.is_empty() {
        let help = "add `- {name: realization, set: {particles.seed: [0, 1, 2, 3]}}`, or remove `ensemble`";
        reading.error(axes_node.at, "`ensemble.axes` is empty", help);
    }
    let mut axes = Vec::new();
    for (index, item) in items.iter().enumerate() {
        axes.extend(axis::read(item, index, &axes, context, reading));
    }
    let plan = EnsemblePlan { axes, on_member_failure };
    if plan.axes.iter().try_fold(1_u64, |count, axis| count.checked_mul(axis.length)).is_none_or(|n| n > MOST_MEMBERS) {
        let message = format!("the product of the axes is more than {MOST_MEMBERS} members");
        reading.error(axes_node.at, message, "values that go together belong into one axis");
    }
    let complete = reading.problems.len() == before && context.known.is_some();
    complete.then_some(plan)
}

/// The flat index of a member has to fit into 32 bits of the file.
const MOST_MEMBERS: u64 = 1 << 31;

/// The inputs of cells that members set, as far as they can be told; mistakes are told by `read`.
pub fn cell_targets(node: Option<&Node>, sources: &Sources, mechanism: &Mechanism) -> BTreeSet<Target> {
    let entries = |node: Option<&Node>| match node.map(|n| &n.value) {
        Some(Value::Map(entries)) => entries.iter().map(|entry| entry.key.clone()).collect(),
        _ => Vec::new(),
    };
    let axes = match node.and_then(|n| n.get("axes")).map(|n| &n.value) {
        Some(Value::List(axes)) => axes.as_slice(),
        _ => &[],
    };
    let mut paths = Vec::new();
    for axis in axes {
        paths.extend(entries(axis.get("set")));
        paths.extend(entries(axis.get("sample").and_then(|n| n.get("over"))));
        if let Some(file) = axis.get("table").and_then(Node::text) {
            paths.extend(table::columns(file, sources));
        }
    }
    paths.iter().filter_map(|path| cell_paths::find(path, mechanism).ok()).collect()
}

/// Which items of which members run, and says so.
pub fn members(
    plan: Option<&EnsemblePlan>,
    work: &Work,
    overrides: &Overrides,
    reading: &mut Reading,
) -> Option<Members> {
    let members = if let Some(plan) = plan {
        of_ensemble(plan, work.count(), overrides, reading)?
    } else {
        if overrides.members.is_some() {
            let help = "leave the option out, or add the section `ensemble` to the deck".to_owned();
            of_command_line("`--members` has no meaning here: the deck has no ensemble".to_owned(), help, reading);
        }
        Members::one(work.count())
    };
    let Some(id) = overrides.only_cell.or(overrides.only_particle) else { return Some(members) };
    let item = work.item();
    if id >= members.items {
        let message = format!("`--only-{item} {id}`: there are {} {item}s, from 0", members.items);
        of_command_line(message, format!("write a number from 0 to {}", members.items - 1), reading);
        return None;
    }
    if members.count > 1 {
        let message = format!("`--only-{item} {id}` is of one member, and {} are to run", members.count);
        of_command_line(message, format!("add `--members {0}:{1}`", members.first, members.first + 1), reading);
        return None;
    }
    reading.origin(format!("{item} that runs"), id.to_string(), "command line");
    Some(Members { first_item: id, items: 1, ..members })
}

fn of_ensemble(plan: &EnsemblePlan, items: u64, overrides: &Overrides, reading: &mut Reading) -> Option<Members> {
    // A seed that every member has its own of need not be told.
    if plan.targets().any(|(_, target)| target.target == MemberTarget::Seed) {
        reading.origins.retain(|o| o.path != "particles.seed" || !o.origin.starts_with("drawn"));
    }
    let all = plan.members();
    let lengths: Vec<String> = plan.axes.iter().map(|axis| axis.length.to_string()).collect();
    let product = if lengths.len() > 1 { format!("{all} = {}", lengths.join(" x ")) } else { all.to_string() };
    reading.origin("ensemble.members", product, "product of the axes");
    let range = overrides.members.clone().unwrap_or(0..all);
    if range.end > all {
        let message = format!("`--members {}:{}`: the ensemble has the members 0:{all}", range.start, range.end);
        of_command_line(message, format!("write a part of `0:{all}`"), reading);
        return None;
    }
    if overrides.members.is_some() {
        let origin = "command line";
        reading.origin("members that run", format!("{}:{}", range.start, range.end), origin);
    }
    let members = Members { first: range.start, count: range.end - range.start, first_item: 0, items };
    if members.count.checked_mul(items).is_none() {
        let message = format!("{} members of {items} items are too many", members.count);
        of_command_line(message, "let fewer members run, `--members 0:1000`".to_owned(), reading);
        return None;
    }
    Some(members)
}
