//! `cells.sample`: which inputs are drawn, by which design, from which distributions.

use std::collections::BTreeSet;

use super::values::{MIXING_RATIO_HELP, Values, mixing_ratio_message, no_match};
use crate::chemistry::cells::Target;
use crate::chemistry::mechanism::Mechanism;
use crate::deck::cell_paths::{self, Amount};
use crate::deck::node::{Entry, Node, Value};
use crate::deck::reader::{Reading, Table, suggestion};
use crate::deck::sources::Sources;
use crate::diagnostic::Span;
use crate::domain::design::Design;
use crate::domain::distribution::Distribution;
use crate::plan::SampledInput;
use crate::quantity::Dimension;

/// Designs and distributions that later versions read.
const LATER_DESIGNS: [&str; 4] = ["sobol", "halton", "random", "factorial"];
const LATER_DISTRIBUTIONS: [&str; 6] =
    ["loguniform", "normal", "truncated_normal", "lognormal", "triangular", "choice"];

/// What is common to all inputs.
pub struct Head<'a> {
    pub design: Design,
    pub seed: u64,
    over: Option<&'a Node>,
}

/// The section as read, before bounds that need the base values are known.
pub struct Sampled<'a> {
    pub design: Design,
    pub seed: u64,
    pub inputs: Vec<Input<'a>>,
}

/// One input and its distribution as written.
pub struct Input<'a> {
    pub target: Target,
    pub at: Span,
    kind: Kind,
    text: &'a str,
}

#[derive(Clone, Copy)]
enum Kind {
    Uniform(Amount, Amount),
    /// Uniform within this fraction of the base value.
    Around(f64),
}

/// Reads design and seed.
pub fn read_head<'a>(node: &'a Node, sources: &Sources, reading: &mut Reading) -> Option<Head<'a>> {
    let mut table = Table::open(node, "cells.sample", reading)?;
    let method = table.get("method");
    let compatible = table.get("compatible");
    let seed_node = table.get("seed");
    let over = table.require("over", "over: {temperature: {uniform: [275 K, 325 K]}}");
    table.finish(&["correlation", "scramble"], reading);
    if let Some(node) = method {
        let text = reading.text(node, "`cells.sample.method`").unwrap_or_default();
        if LATER_DESIGNS.contains(&text) {
            let message = format!("the design `{text}` is not in this version of chemdrift");
            reading.error(node.at, message, "write `method: latin-hypercube`");
        } else if text != "latin-hypercube" {
            let message = format!("unknown design `{text}`");
            reading.error(node.at, message, suggestion(text, &["latin-hypercube"]));
        }
        reading.origin_line("cells.sample.method", text, node.at);
    } else {
        reading.origin_default("cells.sample.method", "latin-hypercube");
    }
    let mut design = Design::LatinHypercube;
    if let Some(node) = compatible {
        let choice = reading.choice(node, "`cells.sample.compatible`", &[("scipy", Design::LatinHypercubeScipy)]);
        design = choice.unwrap_or(design);
        reading.origin_line("cells.sample.compatible", node.text().unwrap_or_default(), node.at);
    }
    let mut seed = sources.seed_if_absent;
    if let Some(node) = seed_node {
        seed = read_seed(node, "`cells.sample.seed`", reading).unwrap_or(seed);
        reading.origin_line("cells.sample.seed", seed.to_string(), node.at);
    } else {
        let origin = "drawn; write it into the deck to repeat the run";
        reading.origin("cells.sample.seed", seed.to_string(), origin);
    }
    Some(Head { design, seed, over })
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
            let around = entry.node.get("around").is_some();
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
    complete.then_some(Sampled { design: head.design, seed: head.seed, inputs })
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
        let Some(kind) = read_distribution(entry, *target, mechanism, reading) else {
            break;
        };
        if matches!(kind, Kind::Around(_)) && values.lacks(*target) {
            let name = cell_paths::name(*target, mechanism);
            let message = format!("`{name}` has no value to sample around");
            reading.error(entry.key_at, message, format!("give `{name}` under `cells.set` or in `chemistry.initial`"));
            break;
        }
        inputs.push(Input { target: *target, at: entry.key_at, kind, text: &entry.key });
    }
    let pattern = if entry.key.contains('*') { format!(" ({} inputs)", targets.len()) } else { String::new() };
    let value = format!("{}{pattern}", entry.node.spelling());
    reading.origin_line(format!("cells.sample.over.{}", entry.key), value, entry.key_at);
    reading.problems.len() == before
}

fn read_distribution(entry: &Entry, target: Target, mechanism: &Mechanism, reading: &mut Reading) -> Option<Kind> {
    let path = format!("cells.sample.over.{}", entry.key);
    let mut table = Table::open(&entry.node, &path, reading)?;
    let uniform = table.get("uniform");
    let around = table.get("around");
    table.finish(&LATER_DISTRIBUTIONS, reading);
    let example = "write `{uniform: [LOW, HIGH]}` or `{around: {relative: 10 %}}`";
    match (uniform, around) {
        (Some(node), None) => read_uniform(node, target, mechanism, reading),
        (None, Some(node)) => {
            let mut table = Table::open(node, &format!("{path}.around"), reading)?;
            let relative = table.require("relative", "relative: 10 %");
            table.finish(&["absolute", "factor"], reading);
            let relative = relative?;
            let value = reading.quantity(relative, &format!("`{path}.around.relative`"), Dimension::NONE)?;
            if value <= 0.0 || value > 1.0 {
                reading.error(relative.at, "`relative` lies between 0 % and 100 %", "write `relative: 10 %`");
                return None;
            }
            Some(Kind::Around(value))
        }
        (Some(_), Some(_)) => {
            reading.error(entry.key_at, format!("`{path}` has two distributions"), example);
            None
        }
        (None, None) => {
            if matches!(&entry.node.value, Value::Map(entries) if entries.is_empty()) {
                reading.error(entry.key_at, format!("`{path}` has no distribution"), example);
            }
            None
        }
    }
}

fn read_uniform(node: &Node, target: Target, mechanism: &Mechanism, reading: &mut Reading) -> Option<Kind> {
    let items = reading.list(node, "`uniform`")?;
    let [low, high] = items else {
        let message = format!("`uniform` has {} values, where two belong", items.len());
        reading.error(node.at, message, "write `uniform: [275 K, 325 K]`");
        return None;
    };
    let (low_value, high_value) =
        (cell_paths::amount(low, target, mechanism, reading), cell_paths::amount(high, target, mechanism, reading));
    let kind = match (low_value?, high_value?) {
        (Amount::Si(a), Amount::Si(b)) | (Amount::Ratio(a), Amount::Ratio(b)) if a >= b => {
            let message = "the lower bound is not below the upper one";
            reading.error(node.at, message, "write the smaller value first; one fixed value belongs under `cells.set`");
            return None;
        }
        (a @ Amount::Si(_), b @ Amount::Si(_)) | (a @ Amount::Ratio(_), b @ Amount::Ratio(_)) => Kind::Uniform(a, b),
        _ => {
            reading.error(node.at, "one bound is a mixing ratio, the other is not", "give both the same unit");
            return None;
        }
    };
    Some(kind)
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
            let bounds = match input.kind {
                Kind::Uniform(low, high) => low.in_si(air_density).zip(high.in_si(air_density)),
                Kind::Around(fraction) => {
                    values.in_si(input.target, air_density).map(|v| (v * (1.0 - fraction), v * (1.0 + fraction)))
                }
            };
            match bounds {
                // Around a negative value the smaller bound is the other one.
                Some((a, b)) => out.push(SampledInput {
                    target: input.target,
                    distribution: Distribution::Uniform { low: a.min(b), high: a.max(b) },
                }),
                None if matches!(input.kind, Kind::Uniform(..)) => {
                    let name = if input.text.contains('*') {
                        input.text.to_owned()
                    } else {
                        cell_paths::name(input.target, mechanism)
                    };
                    reading.error(input.at, mixing_ratio_message(&name), MIXING_RATIO_HELP);
                }
                // The base value itself is the mistake, and already noted.
                None => {}
            }
        }
        out
    }
}
