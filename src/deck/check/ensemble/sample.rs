//! `count` and `sample` of an axis: its values are drawn by a design, as those of cells are.

use super::axis::{self, Found};
use super::known::{Known, Subject};
use super::{Context, MOST_MEMBERS, paths};
use crate::deck::check::sample::read_seed;
use crate::deck::node::{Entry, Node};
use crate::deck::reader::{Reading, Table};
use crate::domain::design::Design;
use crate::domain::distribution::Distribution;
use crate::plan::{AxisTarget, AxisValues, MemberTarget};
use crate::quantity::Dimension;

/// Distributions that later versions read.
const LATER: [&str; 6] = ["loguniform", "normal", "truncated_normal", "lognormal", "triangular", "choice"];

/// Reads `sample`; `count` is how many places the axis has.
pub fn read(
    node: &Node,
    count: Option<&Node>,
    path: &str,
    context: &Context<'_>,
    reading: &mut Reading,
) -> Option<Found> {
    let before = reading.problems.len();
    let path = format!("{path}.sample");
    let mut table = Table::open(node, &path, reading)?;
    let method = table.get("method");
    let compatible = table.get("compatible");
    let seed_node = table.get("seed");
    let over = table.require("over", "over: {mechanism.R12.scale: {uniform: [0.8, 1.2]}}");
    table.finish(&["correlation", "scramble"], reading);
    if let Some(node) = method {
        reading.choice(node, &format!("`{path}.method`"), &[("latin-hypercube", Design::LatinHypercube)]);
    }
    let design = compatible.map_or(Some(Design::LatinHypercube), |n| {
        reading.choice(n, &format!("`{path}.compatible`"), &[("scipy", Design::LatinHypercubeScipy)])
    });
    let mut seed = context.sources.seed_if_absent;
    if let Some(node) = seed_node {
        seed = read_seed(node, &format!("`{path}.seed`"), reading).unwrap_or(seed);
        reading.origin_line(format!("{path}.seed"), seed.to_string(), node.at);
    } else {
        reading.origin(format!("{path}.seed"), seed.to_string(), "drawn; write it into the deck to repeat the run");
    }
    let over_node = over?;
    let over = Table::open(over_node, &format!("{path}.over"), reading)?;
    if over.entries().is_empty() {
        let help = "add a path with its distribution, or remove `sample`";
        reading.error(over_node.at, format!("`{path}.over` is empty"), help);
    }
    let Some(count_node) = count else {
        reading.error(node.at, format!("`{path}` does not say how many"), "add `count: 1024` beside `sample`");
        return None;
    };
    let count = reading.count(count_node, "`count`", 1)?;
    if count > MOST_MEMBERS {
        reading.error(count_node.at, format!("`count` is more than {MOST_MEMBERS}"), "write a smaller `count`");
    }
    let known = context.known.as_ref()?;
    let inputs: Vec<_> = over.entries().iter().filter_map(|entry| read_input(entry, &path, known, reading)).collect();
    if reading.problems.len() > before {
        return None;
    }
    let mut columns = design?.columns(seed, count, inputs.len());
    let targets = inputs.iter().map(|(entry, subject, distribution)| {
        values(entry, subject, distribution, &columns.next_column(count), known, reading)
    });
    Some(Found { length: count, labels: Vec::new(), targets: targets.collect() })
}

fn read_input<'a>(
    entry: &'a Entry,
    path: &str,
    known: &Known,
    reading: &mut Reading,
) -> Option<(&'a Entry, Subject, Distribution)> {
    let subject = paths::find(&entry.key, entry.key_at, known, reading)?;
    if subject.target == MemberTarget::Seed {
        let help = "write `set: {particles.seed: [0, 1, 2, 3]}` in an axis of its own";
        reading.error(entry.key_at, "seeds are not drawn from a distribution", help);
        return None;
    }
    let path = format!("{path}.over.{}", entry.key);
    let mut table = Table::open(&entry.node, &path, reading)?;
    let (uniform, around) = (table.get("uniform"), table.get("around"));
    table.finish(&LATER, reading);
    let (low, high) = match (uniform, around) {
        (Some(node), None) => {
            let items = reading.list(node, "`uniform`")?;
            let mut bound = |node: &Node| {
                let text = reading.text(node, &format!("`{}`", subject.path))?;
                axis::value(text, node.at, &subject, known, reading)
            };
            let bounds: Option<Vec<f64>> = items.iter().map(&mut bound).collect();
            match bounds?[..] {
                [low, high] if low < high => (low, high),
                _ => {
                    let help = "write the smaller and the larger value, `uniform: [0.8, 1.2]`";
                    reading.error(node.at, "`uniform` has no two values that ascend", help);
                    return None;
                }
            }
        }
        (None, Some(node)) => {
            let relative = node.get("relative").unwrap_or(node);
            let fraction = reading.quantity(relative, &format!("`{path}.around.relative`"), Dimension::NONE)?;
            let Some(base) = subject.base.filter(|_| fraction > 0.0 && fraction <= 1.0) else {
                let message =
                    format!("`{}` has no value of its own to sample around, or no such share of it", subject.path);
                reading.error(
                    entry.key_at,
                    message,
                    "write `{uniform: [LOW, HIGH]}` with units, or `{around: {relative: 10 %}}`",
                );
                return None;
            };
            let (a, b) = (base * (1.0 - fraction), base * (1.0 + fraction));
            (a.min(b), a.max(b))
        }
        _ => {
            let help = "write `{uniform: [LOW, HIGH]}` or `{around: {relative: 10 %}}`";
            reading.error(entry.key_at, format!("`{path}` is not one distribution"), help);
            return None;
        }
    };
    reading.origin_line(path, entry.node.spelling(), entry.key_at);
    Some((entry, subject, Distribution::Uniform { low, high }))
}

/// The values of an input at the coordinates of the points.
fn values(
    entry: &Entry,
    subject: &Subject,
    distribution: &Distribution,
    coordinates: &[f64],
    known: &Known,
    reading: &mut Reading,
) -> AxisTarget {
    let values: Vec<f64> = coordinates.iter().map(|&u| distribution.quantile(u)).collect();
    let impossible = values.iter().find_map(|value| Some((*value, known.impossible(subject, *value)?)));
    if let Some((value, why)) = impossible {
        let message = format!("`{}` becomes {value:.3e} {}: {why}", subject.path, subject.unit);
        reading.error(entry.key_at, message, "write bounds that can be");
    }
    axis::target(subject, AxisValues::Real(values))
}
