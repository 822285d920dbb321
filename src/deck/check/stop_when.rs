//! `ensemble.stop_when`: which means of the output are to be known how well before the draws end.

use super::ensemble::{Known, of_the_first_axis};
use super::time::Time;
use super::vocabulary::Vocabulary;
use super::{Overrides, reduce};
use crate::clock::Schedule;
use crate::deck::cell_paths::Amount;
use crate::deck::node::{Node, Value};
use crate::deck::reader::{Reading, Table, suggestion};
use crate::plan::{Condition, EnsemblePlan, OutputVariable, Over, Reduction, StopWhen, Stream};
use crate::quantity::{self, Dimension};
use crate::statistics::Statistic;

/// Draws of the first batch unless the deck says how many: of fewer, a standard error says little of itself.
const AT_LEAST: u64 = 64;

/// What it needs from elsewhere.
pub struct Context<'a> {
    pub overrides: &'a Overrides,
    pub ensemble: &'a EnsemblePlan,
    pub streams: &'a [Stream],
    pub vocabulary: &'a Vocabulary,
    pub time: &'a Time,
    pub known: &'a Known,
}

/// A statistic in the file.
struct Shown<'a> {
    name: String,
    is_mean: bool,
    variable: OutputVariable,
    reduction: &'a Reduction,
    schedule: &'a Schedule,
}

/// Reads the section; nothing as well where the command line says which members run.
pub fn read(node: &Node, context: &Context<'_>, reading: &mut Reading) -> Option<StopWhen> {
    let path = "ensemble.stop_when";
    let before = reading.problems.len();
    let mut table = Table::open(node, path, reading)?;
    let example = "standard_error: {of: O3_mean_over_all, below: 0.1 ppb}";
    let errors = table.require("standard_error", example);
    let at_least = table.get("at_least");
    table.finish(&[], reading);
    let draws = of_the_first_axis(context.ensemble, node.at, reading)?;
    let at_least = read_at_least(at_least, draws, node, reading);
    let errors = errors?;
    let list = match &errors.value {
        Value::List(items) => items.as_slice(),
        _ => std::slice::from_ref(errors),
    };
    if list.is_empty() {
        reading.error(errors.at, format!("`{path}.standard_error` is empty"), format!("write `{example}`"));
    }
    let shown = statistics(context);
    let conditions = list.iter().filter_map(|item| read_condition(item, &shown, context, reading)).collect();
    let stop = StopWhen { at_least: at_least?, conditions };
    if reading.problems.len() > before {
        return None;
    }
    let Overrides { members, only_cell, only_particle, .. } = context.overrides;
    if members.is_some() || only_cell.or(*only_particle).is_some() {
        reading.origin(path, "not looked at: it is said which members run", "command line");
        return None;
    }
    Some(stop)
}

/// A power of 2 below the number of draws.
fn read_at_least(node: Option<&Node>, draws: u64, section: &Node, reading: &mut Reading) -> Option<u64> {
    let path = "ensemble.stop_when.at_least";
    if draws < 4 {
        let message = format!("`ensemble.stop_when`: of {draws} draws none can be left out");
        reading.error(section.at, message, "ask for more draws, `count: 1024`, or remove the section");
        return None;
    }
    // The largest power of 2 that leaves a second batch.
    let most = draws.next_power_of_two() / 2;
    let Some(node) = node else {
        let default = AT_LEAST.min(most);
        reading.origin_default(path, default.to_string());
        return Some(default);
    };
    let count = reading.count(node, &format!("`{path}`"), 2)?;
    if !count.is_power_of_two() {
        let near = count.next_power_of_two();
        let message = format!("`{path}` is {count}, and batches are powers of 2");
        reading.error(node.at, message, format!("write {} or {near}", near / 2));
        return None;
    }
    if count >= draws {
        let message = format!("`{path}` is {count} of {draws} draws, which leaves none out");
        reading.error(node.at, message, format!("write {most} or fewer, or ask for more draws"));
        return None;
    }
    reading.origin_line(path, count.to_string(), node.at);
    Some(count)
}

/// Every statistic of the file that is one number.
fn statistics<'a>(context: &Context<'a>) -> Vec<Shown<'a>> {
    let mut all = Vec::new();
    for stream in context.streams {
        let Some(reduction) = &stream.reduction else { continue };
        let suffix = reduction.suffix(Some(context.ensemble));
        for &variable in &reduction.variables {
            for statistic in &reduction.statistics {
                all.push(Shown {
                    name: format!("{}_{}{suffix}", context.vocabulary.name(variable), statistic.name()),
                    is_mean: *statistic == Statistic::Mean,
                    variable,
                    reduction,
                    schedule: &stream.schedule,
                });
            }
        }
    }
    all
}

/// `{of: O3_mean_over_all, below: 0.1 ppb, at: 6 h}`
fn read_condition(node: &Node, shown: &[Shown<'_>], context: &Context<'_>, reading: &mut Reading) -> Option<Condition> {
    let path = "ensemble.stop_when.standard_error";
    let mut table = Table::open(node, path, reading)?;
    let of = table.require("of", "of: O3_mean_over_all");
    let below = table.require("below", "below: 0.1 ppb");
    let at = table.get("at");
    table.finish(&[], reading);
    let of = of?;
    let name = reading.text(of, &format!("`{path}.of`"))?;
    let found = find(name, of, shown, context, reading)?;
    let step = read_step(at, found, of, context, reading);
    let below_node = below?;
    let unit = context.vocabulary.units(found.variable);
    let below = read_bound(below_node, found.variable, &unit, context, reading)?;
    if below <= 0.0 {
        reading.error(below_node.at, format!("`{path}.below` is not positive"), "write an error that can be reached");
        return None;
    }
    let when = if at.is_some() { "" } else { " at its last record" };
    let shown = format!("{name} below {}{when}", below_node.spelling());
    reading.origin_line(path, shown, node.at);
    let (variable, over) = (found.variable, found.reduction.over.clone());
    Some(Condition { name: found.name.clone(), variable, over, unit, below, step: step? })
}

/// The mean of that name, if it is one over the draws.
fn find<'s>(
    name: &str,
    node: &Node,
    shown: &'s [Shown<'s>],
    context: &Context<'_>,
    reading: &mut Reading,
) -> Option<&'s Shown<'s>> {
    let what = "`ensemble.stop_when.standard_error.of`";
    let draw = &context.ensemble.axes[0].name;
    let over_draws = |shown: &Shown<'_>| match &shown.reduction.over {
        Over::Items => false,
        Over::Axes(axes) => axes.contains(&0),
        Over::All => true,
    };
    let fits = |shown: &&Shown<'_>| shown.is_mean && over_draws(shown) && shown.reduction.groups.is_none();
    let means: Vec<&str> = shown.iter().filter(fits).map(|shown| shown.name.as_str()).collect();
    let found = shown.iter().find(|shown| shown.name == name);
    let apart = found.filter(|found| found.is_mean && !over_draws(found) && found.reduction.groups.is_none());
    let help = if let Some(apart) = apart {
        let variable = context.vocabulary.name(apart.variable);
        format!("write `over: all` in its stream, and `of: {variable}_mean_over_all` here")
    } else if means.is_empty() {
        format!("add a stream such as `{{every: 1 h, variables: [O3], reduce: [mean], over: {draw}}}` to the output")
    } else {
        suggestion(name, &means)
    };
    let message = match found {
        None => format!("{what}: the output has no statistic `{name}`"),
        Some(found) if !found.is_mean => format!("{what}: `{name}` is no mean"),
        Some(found) if found.reduction.groups.is_some() => {
            format!("{what}: `{name}` is a mean of groups, to which a draw may contribute anything or nothing")
        }
        Some(found) if !over_draws(found) => format!("{what}: `{name}` is apart for each place along `{draw}`"),
        Some(found) => return Some(found),
    };
    reading.error(node.at, message, help);
    None
}

/// The step after which the mean is looked at.
fn read_step(
    at: Option<&Node>,
    shown: &Shown<'_>,
    of: &Node,
    context: &Context<'_>,
    reading: &mut Reading,
) -> Option<u64> {
    let steps = context.time.clock.count();
    let last = (0..=steps).rev().find(|&step| shown.schedule.is_due(step));
    let Some(last) = last else {
        let message = format!("`{}` has no record in the {steps} steps that run", shown.name);
        reading.error(of.at, message, "run more steps");
        return None;
    };
    let Some(node) = at else { return Some(last) };
    let (Schedule::At { steps: asked }, _) = context.time.at(node, reading)? else { return None };
    let (Some(&step), 1) = (asked.first(), asked.len()) else {
        reading.error(node.at, "`at` is to be one time", "write one condition for each time");
        return None;
    };
    if !shown.schedule.is_due(step) {
        let message = format!("`{}` has no record at {}", shown.name, node.spelling());
        reading.error(node.at, message, "write the time of a record, or leave `at` out for the last one");
        return None;
    }
    // A run that the command line has made shorter looks at its own last record.
    Some(step.min(last))
}

/// The bound in the unit of the variable.
fn read_bound(
    node: &Node,
    variable: OutputVariable,
    unit: &str,
    context: &Context<'_>,
    reading: &mut Reading,
) -> Option<f64> {
    let what = "`ensemble.stop_when.standard_error.below`";
    let text = reading.text(node, what)?;
    let wanted = quantity::parse_unit(unit).map_or(Dimension::NONE, |unit| unit.dimension);
    if let Ok((_, written)) = quantity::parse_with_unit(text, wanted)
        && written.dimension == wanted
        && written.offset() != 0.0
    {
        reading.error(node.at, format!("{what}: an error is a difference, and `{text}` is none"), "write it in `K`");
        return None;
    }
    let ratio = quantity::parse(text, Dimension::NONE).ok();
    let ratio = ratio.filter(|_| matches!(variable, OutputVariable::Concentration(_)));
    if let Some(ratio) = ratio.filter(|_| quantity::parse_number(text).is_none()) {
        let bound = context.known.in_si(Amount::Ratio(ratio));
        if bound.is_none() {
            let message =
                format!("{what} is a mixing ratio, but temperature or pressure differ between cells or members");
            reading.error(node.at, message, "write it in `mol m-3` or `molecule cm-3`");
        }
        return bound;
    }
    reduce::value(node, what, unit, reading)
}
