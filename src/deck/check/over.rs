//! Which members of an ensemble have their statistics together: `over`.

use super::output::Context;
use crate::deck::node::{Node, Value};
use crate::deck::reader::{Reading, suggestion};
use crate::diagnostic::Span;
use crate::plan::{EnsemblePlan, GroupsOf, Over, Reduction, SOBOL_INPUT};
use crate::statistics::{Needs, Statistic};

/// Words that the ranks may put together for one record, 128 MB.
const MOST_WORDS: u64 = 1 << 24;

/// `all`, or axes of the ensemble.
pub fn read(node: &Node, path: &str, context: &Context<'_>, reading: &mut Reading) -> Option<Over> {
    let what = format!("`{path}.over`");
    if context.unread_ensemble {
        return None;
    }
    let Some(ensemble) = context.ensemble else {
        let help = "remove `over`: statistics are over all cells or particles, and there are no members";
        reading.error(node.at, format!("{what} names axes of an ensemble, and there is none"), help);
        return None;
    };
    let names: Vec<&str> = ensemble.axes.iter().map(|axis| axis.name.as_str()).collect();
    let items = match &node.value {
        Value::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    let mut axes = Vec::new();
    for item in items {
        let text = reading.text(item, &what)?;
        if text == "all" && items.len() == 1 {
            return Some(Over::All);
        }
        let Some(axis) = names.iter().position(|name| *name == text) else {
            let known: Vec<&str> = names.iter().copied().chain(["all"]).collect();
            let help = match text {
                "cell" | "cells" | "particle" | "particles" | "trajectory" => {
                    "leave it out: the cells or particles of a member are always together".to_owned()
                }
                _ => suggestion(text, &known),
            };
            reading.error(item.at, format!("{what}: the ensemble has no axis `{text}`"), help);
            return None;
        };
        if axes.contains(&axis) {
            reading.error(item.at, format!("{what}: `{text}` stands twice"), "remove one of the two");
            return None;
        }
        axes.push(axis);
    }
    if axes.is_empty() {
        reading.error(node.at, format!("{what} is empty"), format!("write `over: {}`, or `over: all`", names[0]));
        return None;
    }
    axes.sort_unstable();
    if axes.len() == names.len() {
        return Some(Over::All);
    }
    if context.some_members {
        let help = "run all members, or write `over: all`";
        reading.error(node.at, format!("{what}: a part of the members has no axes"), help);
        return None;
    }
    Some(Over::Axes(axes))
}

/// Whether the dimensions of a reduction have other names than the axes of the ensemble.
pub fn apart(reduction: &Reduction, (path, at): (&str, Span), context: &Context<'_>, reading: &mut Reading) -> bool {
    let mut names: Vec<String> = Vec::new();
    if let Some(groups) = &reduction.groups {
        names.push(if groups.of == GroupsOf::Regions { "region".to_owned() } else { format!("{}_range", groups.name) });
    }
    if reduction.statistics.iter().any(|statistic| matches!(statistic, Statistic::Histogram(_))) {
        names.extend(reduction.variables.iter().map(|&variable| format!("{}_bin", context.vocabulary.name(variable))));
    }
    if reduction.indices {
        names.push(SOBOL_INPUT.to_owned());
    }
    if reduction.density.is_some() {
        names.extend(["grid_lon", "grid_lat"].map(str::to_owned));
    }
    if reduction.connectivity {
        names.extend(["from_region", "to_region"].map(str::to_owned));
    }
    let axes = context.ensemble.map_or(&[][..], |ensemble| &ensemble.axes);
    let Some(same) = axes.iter().find(|axis| names.contains(&axis.name)) else { return true };
    let message = format!("`{path}` makes a dimension `{}`, which is an axis of the ensemble", same.name);
    reading.error(at, message, "give the axis another name");
    false
}

/// Whether so many statistics can be put together.
pub fn fits(reduction: &Reduction, (path, at): (&str, Span), context: &Context<'_>, reading: &mut Reading) -> bool {
    let length = |ensemble: &EnsemblePlan, axis: usize| ensemble.axes[axis].length;
    let together = context.ensemble.map_or(1, |ensemble| match &reduction.over {
        Over::Items => 1,
        Over::Axes(over) => over.iter().map(|&axis| length(ensemble, axis)).product(),
        Over::All => ensemble.members(),
    });
    let groups = context.ensemble.map_or(1, EnsemblePlan::members) / together.max(1);
    let of_one = Needs::of(&reduction.statistics).words() * reduction.variables.len() as u64;
    let places = reduction.density.as_ref().map_or(0, |grid| (grid.cells[0] * grid.cells[1]) as u64);
    let regions = if reduction.connectivity { (context.regions.len() as u64 + 1).pow(2) } else { 0 };
    let words = groups.saturating_mul(of_one + places + regions);
    if words > MOST_WORDS && groups > 1 {
        let message = format!(
            "`{path}`: statistics of {groups} groups of members are some {words} words a record, and {MOST_WORDS} are the most"
        );
        let help = "put more members together with `over`, name fewer variables, or leave quantiles out";
        reading.error(at, message, help);
        return false;
    }
    true
}
