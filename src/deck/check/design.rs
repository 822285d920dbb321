//! The sampling design as written: `method`, `seed`, and what belongs to some methods only.

use crate::deck::node::{Node, Value};
use crate::deck::reader::{Reading, Table, suggestion};
use crate::diagnostic::Span;
use crate::domain::design::Design;
use crate::domain::levels::Levels;
use crate::domain::saltelli::group_size;
use crate::domain::sobol::MOST_DIMENSIONS;

/// The methods with their names.
const METHODS: [(&str, Method); 7] = [
    ("latin-hypercube", Method::LatinHypercube),
    ("sobol", Method::Sobol),
    ("halton", Method::Halton),
    ("random", Method::Random),
    ("factorial", Method::Factorial),
    ("one-at-a-time", Method::OneAtATime),
    ("saltelli", Method::Saltelli),
];

/// Names that people bring from elsewhere.
const OTHER_NAMES: [(&str, &str); 7] = [
    ("lhs", "latin-hypercube"),
    ("latin_hypercube", "latin-hypercube"),
    ("monte-carlo", "random"),
    ("full-factorial", "factorial"),
    ("oat", "one-at-a-time"),
    ("star", "one-at-a-time"),
    ("sobol-sequence", "sobol"),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    LatinHypercube,
    Sobol,
    Halton,
    Random,
    Factorial,
    OneAtATime,
    Saltelli,
}

/// A design as far as it can be known before its inputs are.
pub struct Request<'a> {
    /// None after a mistake in the name.
    method: Option<Method>,
    pub seed: u64,
    compatible: bool,
    scrambled: bool,
    second_order: bool,
    levels: Option<&'a Node>,
    base: Option<(u64, Span)>,
    path: String,
    at: Span,
}

/// What the design needs to know of an input.
pub struct Axis<'a> {
    /// The key under `over`.
    pub key: &'a str,
    pub key_at: Span,
    pub unbounded: bool,
    /// Of an input that takes one of some values.
    pub choices: Option<u64>,
}

/// Reads method, seed and options from a table whose path is `path`.
pub fn read<'a>(table: &mut Table<'a>, path: &str, seed_if_absent: u64, reading: &mut Reading) -> Request<'a> {
    let at = table.at;
    let method = read_method(table.get("method"), path, reading);
    let is = |known: &[Method]| method.is_none_or(|method| known.contains(&method));
    let compatible = table.get("compatible").filter(|node| {
        let help = "remove the line; `sobol` and `halton` with `scramble: false` are SciPy's points as they are";
        belongs(is(&[Method::LatinHypercube]), "compatible", "latin-hypercube", node, help, path, reading)
    });
    let compatible = compatible.is_some_and(|node| {
        let what = format!("`{path}.compatible`");
        reading.origin_line(format!("{path}.compatible"), node.text().unwrap_or_default(), node.at);
        reading.choice(node, &what, &[("scipy", true)]).unwrap_or_default()
    });
    let scramble = table.get("scramble").filter(|node| {
        let known = [Method::Sobol, Method::Halton, Method::Saltelli];
        belongs(is(&known), "scramble", "sobol, halton and saltelli", node, "remove the line", path, reading)
    });
    let scrambled = read_switch(scramble, "scramble", true, is(&[Method::Sobol, Method::Halton]), path, reading);
    let second = table.get("second_order").filter(|node| {
        belongs(is(&[Method::Saltelli]), "second_order", "saltelli", node, "remove the line", path, reading)
    });
    let second_order = read_switch(second, "second_order", false, method == Some(Method::Saltelli), path, reading);
    let levels = table.get("levels").filter(|node| {
        let known = [Method::Factorial, Method::OneAtATime];
        belongs(is(&known), "levels", "factorial and one-at-a-time", node, "remove the line", path, reading)
    });
    let base = table.get("base").filter(|node| {
        let help = "remove the line; `count` says how many points there are";
        belongs(is(&[Method::Saltelli]), "base", "saltelli", node, help, path, reading)
    });
    if method == Some(Method::Saltelli) && base.is_none() {
        table.require("base", "base: 1024");
    }
    let base = base.and_then(|node| {
        let count = reading.count(node, &format!("`{path}.base`"), 1)?;
        reading.origin_line(format!("{path}.base"), count.to_string(), node.at);
        Some((count, node.at))
    });
    let mut seed = seed_if_absent;
    if let Some(node) = table.get("seed") {
        seed = super::sample::read_seed(node, &format!("`{path}.seed`"), reading).unwrap_or(seed);
        reading.origin_line(format!("{path}.seed"), seed.to_string(), node.at);
    } else if scrambled
        && is(&[Method::LatinHypercube, Method::Sobol, Method::Halton, Method::Random, Method::Saltelli])
    {
        let origin = "drawn; write it into the deck to repeat the run";
        reading.origin(format!("{path}.seed"), seed.to_string(), origin);
    }
    Request { method, seed, compatible, scrambled, second_order, levels, base, path: path.to_owned(), at }
}

fn read_method(node: Option<&Node>, path: &str, reading: &mut Reading) -> Option<Method> {
    let Some(node) = node else {
        reading.origin_default(format!("{path}.method"), "latin-hypercube");
        return Some(Method::LatinHypercube);
    };
    let text = reading.text(node, &format!("`{path}.method`"))?;
    reading.origin_line(format!("{path}.method"), text, node.at);
    let found = METHODS.iter().find(|(name, _)| *name == text).map(|(_, method)| *method);
    if found.is_none() {
        let names: Vec<&str> = METHODS.iter().map(|(name, _)| *name).collect();
        let lower = text.to_lowercase();
        let meant = OTHER_NAMES.iter().find(|(other, _)| *other == lower).map(|(_, name)| *name);
        let help = suggestion(meant.unwrap_or(text), &names);
        reading.error(node.at, format!("unknown design `{text}`"), help);
    }
    found
}

/// Refuses a key that this design does not have.
fn belongs(fits: bool, key: &str, to: &str, node: &Node, help: &str, path: &str, reading: &mut Reading) -> bool {
    if !fits {
        reading.error(node.at, format!("`{path}.{key}` belongs to the design {to}"), help);
    }
    fits
}

fn read_switch(node: Option<&Node>, key: &str, default: bool, shown: bool, path: &str, reading: &mut Reading) -> bool {
    let Some(node) = node else {
        if shown {
            reading.origin_default(format!("{path}.{key}"), default.to_string());
        }
        return default;
    };
    reading.origin_line(format!("{path}.{key}"), node.text().unwrap_or_default(), node.at);
    reading.choice(node, &format!("`{path}.{key}`"), &[("true", true), ("false", false)]).unwrap_or(default)
}

impl Request<'_> {
    /// Whether the number of points follows from the design.
    pub fn has_own_count(&self) -> bool {
        matches!(self.method, Some(Method::Factorial | Method::OneAtATime | Method::Saltelli))
    }

    /// The design over these inputs and, where it follows from the design, the number of points.
    pub fn resolve(&self, axes: &[Axis<'_>], reading: &mut Reading) -> Option<(Design, Option<u64>)> {
        let scrambled = self.scrambled;
        let design = match self.method? {
            Method::LatinHypercube if self.compatible => Design::LatinHypercubeScipy,
            Method::LatinHypercube => Design::LatinHypercube,
            Method::Sobol => Design::Sobol { scrambled },
            Method::Halton => Design::Halton { scrambled },
            Method::Random => Design::Random,
            Method::Factorial => Design::Factorial(self.read_levels(axes, reading)?),
            Method::OneAtATime => Design::OneAtATime(self.read_levels(axes, reading)?),
            Method::Saltelli => Design::Saltelli { scrambled, second_order: self.second_order },
        };
        let most = match design {
            Design::Sobol { .. } => MOST_DIMENSIONS,
            Design::Saltelli { .. } => MOST_DIMENSIONS / 2,
            _ => usize::MAX,
        };
        if axes.len() > most {
            let message = format!("the design {} has at most {most} inputs, not {}", design.name(), axes.len());
            reading.error(self.at, message, "sample fewer inputs, or write `method: latin-hypercube`");
            return None;
        }
        if design.begins_at_the_corner()
            && let Some(axis) = axes.iter().find(|axis| axis.unbounded)
        {
            let message = format!(
                "the first point of an unscrambled {} design is at probability 0, where `{}` has no value",
                design.name(),
                axis.key
            );
            reading.error(axis.key_at, message, "remove `scramble: false`, or give the distribution bounds");
            return None;
        }
        if !self.has_own_count() {
            return Some((design, None));
        }
        let base = match (&design, self.base) {
            (Design::Saltelli { .. }, None) => return None, // said when the table ended
            (Design::Saltelli { .. }, Some((base, at))) => {
                warn_of_balance(base, at, &format!("`{}.base`", self.path), reading);
                base
            }
            _ => 1,
        };
        let count = design.own_count(axes.len(), base).filter(|count| *count < 1 << 53);
        if count.is_none() {
            let message = format!("the design {} of {} inputs has more points than fit", design.name(), axes.len());
            reading.error(self.at, message, "sample fewer inputs, or write `method: sobol`");
        }
        Some((design, Some(count?)))
    }

    /// The levels of each input: `levels: 3`, or by path.
    fn read_levels(&self, axes: &[Axis<'_>], reading: &mut Reading) -> Option<Vec<Levels>> {
        let path = format!("{}.levels", self.path);
        let default = if self.method == Some(Method::OneAtATime) { 2 } else { 3 };
        let mut by_key = Vec::new();
        let mut common = default;
        let before = reading.problems.len();
        match self.levels {
            None => reading.origin_default(path.as_str(), default.to_string()),
            Some(node) if matches!(node.value, Value::Map(_)) => {
                let table = Table::open(node, &path, reading)?;
                for entry in table.entries() {
                    if !axes.iter().any(|axis| axis.key == entry.key) {
                        let keys: Vec<&str> = axes.iter().map(|axis| axis.key).collect();
                        let message = format!("`{path}`: `{}` is not sampled", entry.key);
                        reading.error(entry.key_at, message, suggestion(&entry.key, &keys));
                        continue;
                    }
                    let count = reading.count(&entry.node, &format!("`{path}.{}`", entry.key), 1)?;
                    reading.origin_line(format!("{path}.{}", entry.key), count.to_string(), entry.key_at);
                    by_key.push((entry.key.as_str(), count));
                }
            }
            Some(node) => {
                common = reading.count(node, &format!("`{path}`"), 1)?;
                reading.origin_line(path.as_str(), common.to_string(), node.at);
            }
        }
        if reading.problems.len() > before {
            return None;
        }
        let levels = axes.iter().map(|axis| {
            let own = by_key.iter().find(|(key, _)| *key == axis.key).map(|(_, count)| *count);
            // The values of a choice are its levels.
            let count = axis.choices.or(own).unwrap_or(common);
            Levels { count, ends: !axis.unbounded && axis.choices.is_none() }
        });
        Some(levels.collect())
    }

    /// Warns when the number of points is no good one for the design.
    pub fn warn_of_count(&self, count: u64, what: &str, at: Span, reading: &mut Reading) {
        if self.method == Some(Method::Sobol) {
            warn_of_balance(count, at, what, reading);
        }
    }

    /// How the number of points comes about, for messages: `8 x (3 + 2)`.
    pub fn arithmetic(&self, dimensions: usize) -> String {
        match (self.method, self.base) {
            (Some(Method::Saltelli), Some((base, _))) => {
                format!("{base} groups of {}", group_size(dimensions, self.second_order))
            }
            (Some(Method::OneAtATime), _) => "the centre and the levels of each input".to_owned(),
            _ => "the product of the levels".to_owned(),
        }
    }
}

fn warn_of_balance(count: u64, at: Span, what: &str, reading: &mut Reading) {
    if !count.is_power_of_two() {
        let near = count.next_power_of_two();
        let (file, line) = (&reading.file, at.line);
        let warning = format!(
            "{file}:{line}: {what} is {count}: a Sobol' sequence is balanced at powers of 2, such as {} or {near}",
            near / 2
        );
        reading.warnings.push(warning);
    }
}
