//! What a stream keeps of all items together: `reduce`, `by`, `density`, `connectivity`.

use super::output::Context;
use super::{density, indices, over};
use crate::deck::node::{Node, Value};
use crate::deck::reader::{Reading, Table, suggestion};
use crate::diagnostic::Span;
use crate::plan::{EnsemblePlan, Groups, GroupsOf, OutputVariable, Reduction};
use crate::quantity::{self, Dimension};
use crate::statistics::{Bins, Statistic};

/// Bins that a histogram may have.
const MOST_BINS: u64 = 100_000;

/// The keys of a stream that are read here.
#[derive(Clone, Copy)]
pub struct Nodes<'a> {
    pub reduce: Option<&'a Node>,
    pub by: Option<&'a Node>,
    pub over: Option<&'a Node>,
    pub sensitivity: Option<&'a Node>,
    pub density: Option<&'a Node>,
    pub connectivity: Option<&'a Node>,
}

/// What earlier streams reduce: names in the file.
pub type Taken = Vec<String>;

/// What a stream says about reducing.
pub enum Read {
    /// Nothing: it writes its variables item by item.
    Nothing,
    Wrong,
    Reduction(Reduction),
}

/// Reads what a stream reduces of its variables, if it does.
pub fn read(
    nodes: Nodes<'_>,
    (path, at): (&str, Span),
    variables: &[(OutputVariable, Span)],
    context: &Context<'_>,
    taken: &mut Taken,
    reading: &mut Reading,
) -> Read {
    let Nodes { reduce, by, over, sensitivity, density, connectivity } = nodes;
    if reduce.or(by).or(over).or(sensitivity).or(density).or(connectivity).is_none() {
        return Read::Nothing;
    }
    let mut complete = true;
    let mut reduction = Reduction::default();
    if let Some(node) = over {
        if reduce.or(density).or(connectivity).is_none() {
            reading.error(node.at, format!("`{path}.over` has nothing to put together"), "add `reduce: [mean]`");
            return Read::Wrong;
        }
        match over::read(node, path, context, reading) {
            Some(over) => reduction.over = over,
            None => complete = false,
        }
    }
    if let Some(node) = by {
        if reduce.is_none() {
            reading.error(node.at, format!("`{path}.by` groups nothing"), "add `reduce: [mean]`");
            complete = false;
        }
        reduction.groups = read_groups(node, path, context, reading);
        complete &= reduction.groups.is_some();
    }
    if let Some(node) = reduce {
        let of = variables.iter().map(|(variable, at)| (*variable, context.vocabulary.name(*variable), *at));
        let of: Vec<_> = of.collect();
        if of.is_empty() {
            let message = format!("`{path}.reduce` has no variables to reduce");
            reading.error(node.at, message, "write `variables: all`, or a list");
            complete = false;
        }
        for (variable, name, at) in &of {
            if *variable == OutputVariable::Status {
                let message = format!("`{name}` is a word, of which there is no statistic");
                reading.error(
                    *at,
                    message,
                    "write it in a stream without `reduce`; the closing table counts its values",
                );
                complete = false;
            }
        }
        reduction.variables = of.iter().map(|(variable, ..)| *variable).collect();
        match read_statistics(node, path, &reduction.variables, context, reading) {
            Some(statistics) => reduction.statistics = statistics,
            None => complete = false,
        }
        let suffix = reduction.suffix(context.ensemble);
        for (_, name, at) in &of {
            let made = |statistic: &Statistic| format!("{name}_{}{suffix}", statistic.name());
            for made in reduction.statistics.iter().map(made) {
                complete &= take(made, *at, context, taken, reading);
            }
        }
    }
    if let Some(node) = sensitivity {
        let suffix = |name: &str| format!("{name}_sobol_first");
        reduction.indices = indices::read(node, path, variables, context, reading).is_some();
        reduction.variables = variables.iter().map(|(variable, _)| *variable).collect();
        complete &= reduction.indices;
        for (variable, at) in variables {
            complete &= take(suffix(&context.vocabulary.name(*variable)), *at, context, taken, reading);
        }
    }
    if let (None, None, Some((_, at))) = (reduce.or(sensitivity), by, variables.first()) {
        let help = "write `variables: none`; a second stream writes particles one by one";
        reading.error(*at, format!("`{path}.variables`: a stream of maps writes no variables"), help);
        complete = false;
    }
    if let Some(node) = density {
        reduction.density = of_particles("density", node, path, context, reading)
            .and_then(|()| density::read(node, &format!("{path}.density"), context.vocabulary.mesh, reading));
        let name = reduction.density_name(context.ensemble);
        complete &= reduction.density.is_some() && take(name, node.at, context, taken, reading);
    }
    if let Some(node) = connectivity {
        let known = [("regions", ())];
        let right = of_particles("connectivity", node, path, context, reading)
            .and_then(|()| reading.choice(node, &format!("`{path}.connectivity`"), &known))
            .and_then(|()| needs_regions(node.at, context, reading));
        reduction.connectivity = right.is_some();
        let name = reduction.connectivity_name(context.ensemble);
        complete &= right.is_some() && take(name, node.at, context, taken, reading);
    }
    complete &= over::apart(&reduction, (path, at), context, reading);
    complete &= over::fits(&reduction, (path, at), context, reading);
    let members = context.ensemble.map_or(1, EnsemblePlan::members);
    if context.count.saturating_mul(members) > i32::MAX as u64 {
        let message = format!("`{path}`: {} items are too many to be counted in 32 bits", context.count);
        reading.error(at, message, "reduce at most 2147483647 items, or write them item by item");
        complete = false;
    }
    if complete { Read::Reduction(reduction) } else { Read::Wrong }
}

/// Notes a name of the file; each may be there once.
fn take(name: String, at: Span, context: &Context<'_>, taken: &mut Taken, reading: &mut Reading) -> bool {
    let message = if taken.contains(&name) {
        format!("`{name}` is already written by an earlier stream")
    } else if context.vocabulary.find(&name).is_ok() {
        format!("`{name}` is the name of a variable already")
    } else {
        taken.push(name);
        return true;
    };
    reading.error(at, message, "a name stands for one thing in a file; leave one of the two out");
    false
}

fn of_particles(key: &str, node: &Node, path: &str, context: &Context<'_>, reading: &mut Reading) -> Option<()> {
    if context.vocabulary.mesh.is_none() {
        let message = format!("`{path}.{key}` is about particles, and this deck is about cells");
        reading.error(node.at, message, format!("remove `{key}`"));
        return None;
    }
    Some(())
}

fn needs_regions(at: Span, context: &Context<'_>, reading: &mut Reading) -> Option<()> {
    if context.regions.is_empty() {
        let help = "add `regions: {north: {box: [-10, 10, 0, 20]}}` under `output`";
        reading.error(at, "there are no regions", help);
        return None;
    }
    Some(())
}

fn read_statistics(
    node: &Node,
    path: &str,
    variables: &[OutputVariable],
    context: &Context<'_>,
    reading: &mut Reading,
) -> Option<Vec<Statistic>> {
    let what = format!("`{path}.reduce`");
    let items = match &node.value {
        Value::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    if items.is_empty() {
        reading.error(node.at, format!("{what} is empty"), "write `[mean, std, p05, p50, p95]`");
        return None;
    }
    let mut statistics: Vec<Statistic> = Vec::new();
    let mut complete = true;
    for item in items {
        let Some(statistic) = read_statistic(item, &what, path, variables, context, reading) else {
            complete = false;
            continue;
        };
        let twice = statistics.iter().any(|known| known.name() == statistic.name());
        if twice {
            let message = format!("{what}: `{}` stands twice", statistic.name());
            reading.error(item.at, message, "remove one of the two");
            complete = false;
        }
        statistics.push(statistic);
    }
    complete.then_some(statistics)
}

fn read_statistic(
    node: &Node,
    what: &str,
    path: &str,
    variables: &[OutputVariable],
    context: &Context<'_>,
    reading: &mut Reading,
) -> Option<Statistic> {
    if let Value::Map(entries) = &node.value
        && let [entry] = &entries[..]
        && entry.key == "histogram"
    {
        let path = format!("{path}.reduce.histogram");
        return read_bins(&entry.node, &path, variables, context, reading).map(Statistic::Histogram);
    }
    let text = reading.text(node, what)?;
    let word = Statistic::WORDS.into_iter().find(|known| known.0 == text).map(|known| known.1);
    if let Some(statistic) = word.or_else(|| Statistic::quantile(text)) {
        return Some(statistic);
    }
    let quantile = text.strip_prefix('p').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let help = match text {
        "histogram" => "write `{histogram: {from: 1e-9 mol m-3, to: 1e-6 mol m-3, bins: 30, log: yes}}`".to_owned(),
        "median" => "write `p50`".to_owned(),
        _ if quantile => "quantiles are `p0` to `p100`, in per cent: `p05`, `p97.5`".to_owned(),
        _ => {
            let words = Statistic::WORDS.iter().map(|known| known.0).chain(["p05", "p50", "p95", "histogram"]);
            suggestion(text, &words.collect::<Vec<_>>())
        }
    };
    reading.error(node.at, format!("{what}: unknown statistic `{text}`"), help);
    None
}

/// `{from: 0 K, to: 300 K, bins: 30, log: no}`
fn read_bins(
    node: &Node,
    path: &str,
    variables: &[OutputVariable],
    context: &Context<'_>,
    reading: &mut Reading,
) -> Option<Bins> {
    let mut table = Table::open(node, path, reading)?;
    let from_node = table.require("from", "from: 1e-9 mol m-3");
    let to_node = table.require("to", "to: 1e-6 mol m-3");
    let bins_node = table.require("bins", "bins: 30");
    let log_node = table.get("log");
    table.finish(&[], reading);
    let count = bins_node.and_then(|n| reading.count(n, &format!("`{path}.bins`"), 1));
    let yes = [("yes", true), ("true", true), ("no", false), ("false", false)];
    let log = log_node.map_or(Some(false), |n| reading.choice(n, &format!("`{path}.log`"), &yes));
    let units: Vec<String> = variables.iter().map(|variable| context.vocabulary.units(*variable)).collect();
    let unit = units.first()?;
    if let Some(other) = units.iter().find(|other| *other != unit) {
        let message = format!("`{path}` is for variables of one unit, and these have `{unit}` and `{other}`");
        reading.error(node.at, message, "write one stream for each unit");
        return None;
    }
    let from = from_node.and_then(|n| value(n, &format!("`{path}.from`"), unit, reading));
    let to = to_node.and_then(|n| value(n, &format!("`{path}.to`"), unit, reading));
    let (from_node, from, to, count, log) = (from_node?, from?, to?, count?, log?);
    if from >= to {
        reading.error(from_node.at, format!("`{path}`: `from` is not below `to`"), "write the smaller value first");
        return None;
    }
    if log && from <= 0.0 {
        let message = format!("`{path}`: logarithmic bins cannot begin at {from}");
        reading.error(from_node.at, message, "write a `from` above 0, or `log: no`");
        return None;
    }
    if count > MOST_BINS {
        reading.error(
            bins_node?.at,
            format!("`{path}`: {count} bins are too many"),
            format!("write at most {MOST_BINS}"),
        );
        return None;
    }
    Some(Bins::new([from, to], count as usize, log))
}

/// A value in the unit of a variable.
pub fn value(node: &Node, what: &str, unit: &str, reading: &mut Reading) -> Option<f64> {
    let text = reading.text(node, what)?;
    let known = quantity::parse_unit(unit).ok().filter(|known| known.dimension != Dimension::NONE);
    let number = quantity::parse_number(text);
    let Some(known) = known else {
        // Without a dimension, or in a unit that only the files of a field know.
        let suffixed = || text.strip_suffix(unit).and_then(|rest| quantity::parse_number(rest.trim()));
        let value = number.or_else(suffixed);
        if value.is_none() {
            reading.error(node.at, format!("{what}: `{text}` is no number"), "write a number without a unit");
        }
        return value;
    };
    if number.is_some() {
        let help = format!("write `{text} {unit}`");
        reading.error(node.at, format!("{what}: `{text}` has no unit"), help);
        return None;
    }
    let si = reading.quantity(node, what, known.dimension)?;
    Some((si - known.offset()) / known.factor())
}

fn read_groups(node: &Node, path: &str, context: &Context<'_>, reading: &mut Reading) -> Option<Groups> {
    let what = format!("`{path}.by`");
    let entry = match &node.value {
        Value::Scalar { text, .. } if text == "regions" => {
            of_particles("by", node, path, context, reading)?;
            needs_regions(node.at, context, reading)?;
            return Some(Groups { name: "region".to_owned(), of: GroupsOf::Regions });
        }
        Value::Map(entries) if entries.len() == 1 => &entries[0],
        _ => {
            let help = "write `by: regions`, or ranges of one variable: `by: {temperature: [200 K, 250 K, 300 K]}`";
            reading.error(node.at, format!("{what} names no groups"), help);
            return None;
        }
    };
    let name = entry.key.as_str();
    let input = context.vocabulary.input(name);
    let found = match input {
        Some((target, unit)) => Ok((None, Some(target), unit)),
        None => context.vocabulary.find(name).map(|v| (Some(v), None, context.vocabulary.units(v))),
    };
    let (variable, target, unit) = match found {
        Ok((Some(OutputVariable::Status), ..)) => {
            reading.error(entry.key_at, format!("{what}: `status` has no ranges"), "name another variable");
            return None;
        }
        Ok(found) => found,
        Err(help) => {
            reading.error(entry.key_at, format!("{what}: unknown variable `{name}`"), help);
            return None;
        }
    };
    let what = format!("`{path}.by.{name}`");
    let items = reading.list(&entry.node, &what)?;
    if items.len() < 2 {
        let help = "write the edges of the ranges, `[200 K, 250 K, 300 K]`";
        reading.error(entry.node.at, format!("{what} has {} edges, no range", items.len()), help);
        return None;
    }
    let edges: Vec<f64> = items.iter().filter_map(|item| value(item, &what, &unit, reading)).collect();
    if edges.len() < items.len() {
        return None;
    }
    if let Some(place) = edges.windows(2).position(|pair| pair[0] >= pair[1]) {
        reading.error(items[place + 1].at, format!("{what}: the edges do not ascend"), "write them in ascending order");
        return None;
    }
    let ranges = Bins::between(edges);
    let of = match (variable, target) {
        (Some(variable), _) => GroupsOf::Variable { variable, ranges },
        (None, target) => GroupsOf::Input { target: target?, ranges },
    };
    let clean = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    Some(Groups { name: name.chars().map(clean).collect(), of })
}
