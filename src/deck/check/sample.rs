//! `cells.sample`: which inputs are drawn, by which design, from which distributions.

use std::collections::BTreeSet;

use super::correlation;
use super::design::{self, Axis, Request};
use super::distribution::{self, Draft, Subject};
use super::values::{MIXING_RATIO_HELP, Values, mixing_ratio_message, no_match};
use crate::chemistry::cells::Target;
use crate::chemistry::mechanism::Mechanism;
use crate::deck::cell_paths;
use crate::deck::node::{Entry, Node};
use crate::deck::reader::{Reading, Table};
use crate::deck::sources::Sources;
use crate::diagnostic::Span;
use crate::domain::copula::Copula;
use crate::domain::design::Design;
use crate::domain::distribution::Distribution;
use crate::domain::points::Points;
use crate::plan::{SamplePlan, SampledInput};

/// What is common to all inputs.
pub struct Head<'a> {
    design: Request<'a>,
    over: Option<&'a Node>,
    correlation: Option<&'a Node>,
}

/// The section as read, before bounds that need the base values are known.
pub struct Sampled<'a> {
    design: Design,
    /// Where it follows from the design: the number of points, and how it comes about.
    pub own_count: Option<(u64, String)>,
    request: Request<'a>,
    copula: Option<Copula>,
    pub inputs: Vec<Input<'a>>,
}

/// One input and its distribution as written.
pub struct Input<'a> {
    pub target: Target,
    pub at: Span,
    draft: Draft,
    text: &'a str,
}

/// Reads design and seed.
pub fn read_head<'a>(node: &'a Node, sources: &Sources, reading: &mut Reading) -> Option<Head<'a>> {
    let mut table = Table::open(node, "cells.sample", reading)?;
    let design = design::read(&mut table, "cells.sample", sources.seed_if_absent, reading);
    let correlation = table.get("correlation");
    let over = table.require("over", "over: {temperature: {uniform: [275 K, 325 K]}}");
    table.finish(&[], reading);
    Some(Head { design, over, correlation })
}

/// Whether the number of points may follow from the design that is meant, which perhaps is misspelt.
pub fn may_have_own_count(node: &Node) -> bool {
    let method = node.get("method").and_then(Node::text);
    !matches!(method, None | Some("latin-hypercube" | "sobol" | "halton" | "random"))
}

/// A seed may be any whole number of 64 bits, which `count` cannot hold.
pub fn read_seed(node: &Node, what: &str, reading: &mut Reading) -> Option<u64> {
    let text = reading.text(node, what)?;
    let seed = text.replace('_', "").parse().ok();
    if seed.is_none() {
        let message = format!("{what}: `{text}` is no seed");
        reading.error(node.at, message, "write a whole number from 0 to 18446744073709551615");
    }
    seed
}

/// Reads the section.
pub fn read<'a>(
    node: &'a Node,
    sources: &Sources,
    mechanism: &Mechanism,
    values: &Values,
    reading: &mut Reading,
) -> Option<Sampled<'a>> {
    let head = read_head(node, sources, reading)?;
    let over = Table::open(head.over?, "cells.sample.over", reading)?;
    if over.entries().is_empty() {
        let help = "add `temperature: {uniform: [275 K, 325 K]}`, or remove `sample`";
        reading.error(over.at, "`cells.sample.over` is empty", help);
        return None;
    }
    let named: BTreeSet<Target> =
        over.entries().iter().filter_map(|e| cell_paths::find(&e.key, mechanism).ok()).collect();
    let mut taken = BTreeSet::new();
    let mut inputs = Vec::new();
    let mut complete = true;
    for entry in over.entries() {
        let targets = if entry.key.contains('*') {
            let all = cell_paths::expand(&entry.key, mechanism);
            if all.is_empty() {
                no_match(entry, reading);
            }
            let around = is_about_base(entry);
            let count = all.len();
            let wanted = |t: &Target| !named.contains(t) && (!around || values.has(*t));
            let targets: Vec<Target> = all.into_iter().filter(wanted).collect();
            if count > 0 && targets.is_empty() {
                reading.warnings.push(format!(
                    "{}:{}: `{}` samples nothing: none of the {count} inputs it matches has a value",
                    reading.file, entry.key_at.line, entry.key
                ));
            }
            targets
        } else {
            match cell_paths::find(&entry.key, mechanism) {
                Ok(target) => vec![target],
                Err((message, help)) => {
                    reading.error(entry.key_at, message, help);
                    complete = false;
                    continue;
                }
            }
        };
        complete &= read_inputs(entry, &targets, mechanism, values, &mut taken, &mut inputs, reading);
    }
    if !complete {
        return None;
    }
    let axis = |input: &Input<'a>| Axis {
        key: input.text,
        key_at: input.at,
        unbounded: input.draft.is_unbounded(),
        choices: input.draft.choices(),
    };
    let axes: Vec<Axis<'a>> = inputs.iter().map(axis).collect();
    let (design, count) = head.design.resolve(&axes, reading)?;
    let names: Vec<&str> = inputs.iter().map(|input| input.text).collect();
    let before = reading.problems.len();
    let copula =
        head.correlation.and_then(|n| correlation::read(n, "cells.sample.correlation", &names, &design, reading));
    if reading.problems.len() > before {
        return None;
    }
    let own_count = count.map(|count| (count, head.design.arithmetic(inputs.len())));
    Some(Sampled { design, own_count, request: head.design, copula, inputs })
}

/// Whether a distribution is about the value that the input has otherwise.
fn is_about_base(entry: &Entry) -> bool {
    let about = |law: &str, key: &str| {
        let node = entry.node.get(law);
        node.is_some_and(|node| node.get(key).is_none_or(|centre| centre.text() == Some("base")))
    };
    entry.node.get("around").is_some()
        || about("lognormal", "median")
        || about("normal", "mean")
        || about("truncated_normal", "mean")
}

/// The inputs of one line; false when it has mistakes.
fn read_inputs<'a>(
    entry: &'a Entry,
    targets: &[Target],
    mechanism: &Mechanism,
    values: &Values,
    taken: &mut BTreeSet<Target>,
    inputs: &mut Vec<Input<'a>>,
    reading: &mut Reading,
) -> bool {
    let before = reading.problems.len();
    for target in targets {
        if !taken.insert(*target) {
            let message = format!("`{}` is sampled twice", cell_paths::name(*target, mechanism));
            reading.error(entry.key_at, message, "remove one of the two lines, or make the patterns disjoint");
            break;
        }
        let subject = Subject {
            amount: &|node, reading| cell_paths::amount(node, *target, mechanism, reading),
            dimension: cell_paths::dimension(*target, mechanism),
            is_rate: matches!(target, Target::Parameter(_)),
        };
        let path = format!("cells.sample.over.{}", entry.key);
        let Some(draft) = distribution::read(entry, &path, &subject, reading) else {
            break;
        };
        if draft.needs_base() && values.lacks(*target) {
            let name = cell_paths::name(*target, mechanism);
            let message = format!("`{name}` has no value to sample around");
            reading.error(entry.key_at, message, format!("give `{name}` under `cells.set` or in `chemistry.initial`"));
            break;
        }
        inputs.push(Input { target: *target, at: entry.key_at, draft, text: &entry.key });
    }
    let pattern = if entry.key.contains('*') { format!(" ({} inputs)", targets.len()) } else { String::new() };
    let value = format!("{}{pattern}", entry.node.spelling());
    reading.origin_line(format!("cells.sample.over.{}", entry.key), value, entry.key_at);
    reading.problems.len() == before
}

impl Sampled<'_> {
    /// The distributions in SI, in the deck's order.
    pub fn distributions(
        &self,
        values: &Values,
        varied: &BTreeSet<Target>,
        mechanism: &Mechanism,
        reading: &mut Reading,
    ) -> Vec<SampledInput> {
        let air_density = values.air_density(varied);
        let mut out = Vec::new();
        for input in &self.inputs {
            let base = values.in_si(input.target, air_density);
            let name = || {
                if input.text.contains('*') { input.text.to_owned() } else { cell_paths::name(input.target, mechanism) }
            };
            match input.draft.in_si(|amount| amount.in_si(air_density), base) {
                Some(distribution) => {
                    let ends = [distribution.quantile(0.0), distribution.quantile(1.0)];
                    let why = ends.iter().find_map(|end| cell_paths::impossible(input.target, *end, mechanism));
                    if let Some(why) = why {
                        let unit = cell_paths::unit(input.target, mechanism);
                        let message = format!("`{}` may become {:.3e} {unit}: {why}", name(), ends[0]);
                        let help = "write `lognormal`, or `truncated_normal` with a bound `low`";
                        reading.error(input.at, message, help);
                    }
                    let truncated = matches!(distribution, Distribution::TruncatedNormal { .. });
                    if truncated && ends[0] >= ends[1] {
                        let message = format!("the bounds of `{}` leave nothing of its distribution", name());
                        reading.error(input.at, message, "write bounds within a few standard deviations of the mean");
                    }
                    out.push(SampledInput { target: input.target, distribution });
                }
                None if input.draft.has_ratios() => {
                    reading.error(input.at, mixing_ratio_message(&name()), MIXING_RATIO_HELP);
                }
                // The base value itself is the mistake, and already noted.
                None => {}
            }
        }
        out
    }

    /// Warns when the number of cells, given at `at`, is no good one for the design.
    pub fn warn_of_count(&self, count: u64, at: Span, reading: &mut Reading) {
        self.request.warn_of_count(count, "`cells.count`", at, reading);
    }

    /// The plan, for `count` cells in the deck.
    pub fn into_plan(self, count: u64, inputs: Vec<SampledInput>) -> SamplePlan {
        let points = Points {
            design: self.design,
            seed: self.request.seed,
            count,
            dimensions: inputs.len(),
            copula: self.copula,
        };
        SamplePlan { points, inputs }
    }
}
