//! `count` and `sample` of an axis: its values are drawn by a design, as those of cells are.

use super::axis::{self, Found};
use super::known::{Known, Subject};
use super::{Context, MOST_MEMBERS, paths};
use crate::deck::cell_paths::Amount;
use crate::deck::check::correlation;
use crate::deck::check::design::{self, Axis, Request};
use crate::deck::check::distribution::{self, Draft, Subject as Sampled};
use crate::deck::node::{Entry, Node};
use crate::deck::reader::{Reading, Table};
use crate::domain::distribution::Distribution;
use crate::domain::points::Points;
use crate::plan::{AxisTarget, AxisValues, MemberTarget};

/// One sampled input.
struct Input<'a> {
    entry: &'a Entry,
    subject: Subject,
    draft: Draft,
    distribution: Distribution,
}

impl Input<'_> {
    fn axis(&self) -> Axis<'_> {
        Axis {
            key: &self.entry.key,
            key_at: self.entry.key_at,
            unbounded: self.draft.is_unbounded(),
            choices: self.draft.choices(),
        }
    }
}

/// Reads `sample`; `count` is how many places the axis has, unless the design says so.
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
    let request = design::read(&mut table, &path, context.sources.seed_if_absent, reading);
    let correlation_node = table.get("correlation");
    let over = table.require("over", "over: {mechanism.R12.scale: {lognormal: {factor: 1.3}}}");
    table.finish(&[], reading);
    let over_node = over?;
    let over = Table::open(over_node, &format!("{path}.over"), reading)?;
    if over.entries().is_empty() {
        let help = "add a path with its distribution, or remove `sample`";
        reading.error(over_node.at, format!("`{path}.over` is empty"), help);
    }
    let known = context.known.as_ref()?;
    let inputs: Vec<Input<'_>> =
        over.entries().iter().filter_map(|entry| read_input(entry, &path, known, reading)).collect();
    if reading.problems.len() > before {
        return None;
    }
    let axes: Vec<Axis<'_>> = inputs.iter().map(Input::axis).collect();
    let (design, own) = request.resolve(&axes, reading)?;
    let names: Vec<&str> = inputs.iter().map(|input| input.entry.key.as_str()).collect();
    let copula =
        correlation_node.and_then(|n| correlation::read(n, &format!("{path}.correlation"), &names, &design, reading));
    let count = places(count, own, (node, &path), &request, inputs.len(), reading)?;
    if reading.problems.len() > before {
        return None;
    }
    let points = Points { design: design.clone(), seed: request.seed, count, dimensions: inputs.len(), copula };
    let drawn = inputs.iter().zip(points.first(count));
    let targets = drawn.map(|(input, coordinates)| values(input, &coordinates, known, reading)).collect();
    Some(Found { length: count, labels: Vec::new(), targets, design: Some(design) })
}

/// How many places the axis has.
fn places(
    given: Option<&Node>,
    own: Option<u64>,
    (sample, path): (&Node, &str),
    request: &Request<'_>,
    dimensions: usize,
    reading: &mut Reading,
) -> Option<u64> {
    let (count, at) = match (given, own) {
        (None, None) => {
            reading.error(sample.at, format!("`{path}` does not say how many"), "add `count: 1024` beside `sample`");
            return None;
        }
        (None, Some(own)) => (own, sample.at),
        (Some(node), own) => {
            let count = reading.count(node, "`count`", 1)?;
            if let Some(own) = own.filter(|own| *own != count) {
                let message =
                    format!("`count` is {count}, but the design has {own} points: {}", request.arithmetic(dimensions));
                reading.error(node.at, message, format!("write `count: {own}`, or remove the line"));
                return None;
            }
            request.warn_of_count(count, "`count`", node.at, reading);
            (count, node.at)
        }
    };
    if count > MOST_MEMBERS {
        reading.error(at, format!("`{path}` has more than {MOST_MEMBERS} points"), "ask for fewer");
        return None;
    }
    Some(count)
}

fn read_input<'a>(entry: &'a Entry, path: &str, known: &Known, reading: &mut Reading) -> Option<Input<'a>> {
    let subject = paths::find(&entry.key, entry.key_at, known, reading)?;
    if subject.target == MemberTarget::Seed {
        let help = "write `set: {particles.seed: [0, 1, 2, 3]}` in an axis of its own";
        reading.error(entry.key_at, "seeds are not drawn from a distribution", help);
        return None;
    }
    let path = format!("{path}.over.{}", entry.key);
    let amount = |node: &Node, reading: &mut Reading| {
        let text = reading.text(node, &format!("`{}`", subject.path))?;
        axis::value(text, node.at, &subject, known, reading).map(Amount::Si)
    };
    // What is known of a rate constant at 298 K needs the temperature of a cell, and a member has many cells.
    let sampled = Sampled { amount: &amount, dimension: subject.dimension, is_rate: false };
    let draft = distribution::read(entry, &path, &sampled, reading)?;
    if draft.needs_base() && subject.base.is_none() {
        let message = format!("`{}` has no value of its own to sample around", subject.path);
        reading.error(entry.key_at, message, "write the values of the distribution with their units");
        return None;
    }
    let si = |amount| match amount {
        Amount::Si(value) | Amount::Ratio(value) => Some(value),
    };
    let distribution = draft.in_si(si, subject.base)?;
    let truncated = matches!(distribution, Distribution::TruncatedNormal { .. });
    if truncated && distribution.quantile(0.0) >= distribution.quantile(1.0) {
        let message = format!("the bounds of `{}` leave nothing of its distribution", subject.path);
        reading.error(entry.key_at, message, "write bounds within a few standard deviations of the mean");
        return None;
    }
    reading.origin_line(path, entry.node.spelling(), entry.key_at);
    Some(Input { entry, subject, draft, distribution })
}

/// The values of an input at the coordinates of the points.
fn values(input: &Input<'_>, coordinates: &[f64], known: &Known, reading: &mut Reading) -> AxisTarget {
    let subject = &input.subject;
    let values: Vec<f64> = coordinates.iter().map(|&u| input.distribution.quantile(u)).collect();
    let impossible = values.iter().find_map(|value| Some((*value, known.impossible(subject, *value)?)));
    if let Some((value, why)) = impossible {
        let message = format!("`{}` becomes {value:.3e} {}: {why}", subject.path, subject.unit);
        reading.error(input.entry.key_at, message, "write `lognormal`, or bounds that can be");
    }
    axis::target(subject, AxisValues::Real(values))
}
