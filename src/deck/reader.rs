//! Reading tables: every mistake is noted and reading goes on, so that all come at once; keys nobody asked for are
//! unknown keys, answered with the nearest known one.

use super::node::{Entry, Node, Value};
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::Origin;
use crate::quantity::{self, Dimension};

/// What reading one file has brought so far besides the values: mistakes, warnings, origins.
#[derive(Debug)]
pub struct Reading {
    /// Name of the file being read.
    pub file: String,
    pub problems: Vec<Diagnostic>,
    pub warnings: Vec<String>,
    pub origins: Vec<Origin>,
}

impl Reading {
    #[must_use]
    pub fn new(file: &str) -> Self {
        Self { file: file.to_owned(), problems: Vec::new(), warnings: Vec::new(), origins: Vec::new() }
    }

    /// Notes a mistake.
    pub fn error(&mut self, at: Span, message: impl Into<String>, help: impl Into<String>) {
        let help = Some(help.into()).filter(|h| !h.is_empty());
        self.problems.push(Diagnostic { file: self.file.clone(), span: at, message: message.into(), help });
    }

    /// Notes where a value comes from: a line of the file.
    pub fn origin_line(&mut self, path: impl Into<String>, value: impl Into<String>, at: Span) {
        let origin = format!("{}:{}", self.file, at.line);
        self.origin(path, value, origin);
    }

    /// Notes a default.
    pub fn origin_default(&mut self, path: impl Into<String>, value: impl Into<String>) {
        self.origin(path, value, "default");
    }

    /// Notes a value that comes from elsewhere.
    pub fn origin(&mut self, path: impl Into<String>, value: impl Into<String>, origin: impl Into<String>) {
        self.origins.push(Origin { path: path.into(), value: value.into(), origin: origin.into() });
    }

    /// The text of a scalar.
    pub fn text<'a>(&mut self, node: &'a Node, what: &str) -> Option<&'a str> {
        let text = node.text();
        if text.is_none() {
            let message = format!("{what} is {}, not a single value", node.kind());
            self.error(node.at, message, "write one value, with its unit where it has one");
        }
        text
    }

    /// A quantity in SI.
    pub fn quantity(&mut self, node: &Node, what: &str, wanted: Dimension) -> Option<f64> {
        let text = self.text(node, what)?;
        match quantity::parse(text, wanted) {
            Ok(value) => Some(value),
            Err(e) => {
                self.error(node.at, format!("{what}: {}", e.message), e.help);
                None
            }
        }
    }

    /// A number without unit.
    pub fn number(&mut self, node: &Node, what: &str) -> Option<f64> {
        let text = self.text(node, what)?;
        let number = quantity::parse_number(text);
        if number.is_none() {
            self.error(node.at, format!("{what}: `{text}` is no number"), "write a number such as `0.5` or `1e-4`");
        }
        number
    }

    /// A whole number of at least `least`.
    pub fn count(&mut self, node: &Node, what: &str, least: u64) -> Option<u64> {
        let text = self.text(node, what)?;
        let count = quantity::parse_count(text).filter(|n| *n >= least);
        if count.is_none() {
            let help = format!("write a whole number of at least {least}, such as `10_000` or `1e6`");
            self.error(node.at, format!("{what}: `{text}` is no such count"), help);
        }
        count
    }

    /// One of several words.
    pub fn choice<T: Copy>(&mut self, node: &Node, what: &str, known: &[(&str, T)]) -> Option<T> {
        let text = self.text(node, what)?;
        let found = known.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
        if found.is_none() {
            let names: Vec<&str> = known.iter().map(|k| k.0).collect();
            self.error(node.at, format!("{what}: unknown `{text}`"), suggestion(text, &names));
        }
        found
    }

    /// The items of a list.
    pub fn list<'a>(&mut self, node: &'a Node, what: &str) -> Option<&'a [Node]> {
        if let Value::List(items) = &node.value {
            return Some(items);
        }
        let help = "write `[one, two]`, or one item a line, each after `- `";
        self.error(node.at, format!("{what} is {}, where a list belongs", node.kind()), help);
        None
    }
}

/// A map being read, which remembers what was asked for.
#[derive(Debug)]
pub struct Table<'a> {
    entries: &'a [Entry],
    /// Deck path, `chemistry.solver`; empty for the whole file.
    path: String,
    asked: Vec<&'static str>,
    /// Where the table stands.
    pub at: Span,
}

impl<'a> Table<'a> {
    /// Starts reading a map; anything else is a mistake.
    pub fn open(node: &'a Node, path: &str, reading: &mut Reading) -> Option<Self> {
        if let Value::Map(entries) = &node.value {
            return Some(Self { entries, path: path.to_owned(), asked: Vec::new(), at: node.at });
        }
        let what = if path.is_empty() { "the file".to_owned() } else { format!("`{path}`") };
        let help = "write `key: value`, one a line, indented by two spaces";
        reading.error(node.at, format!("{what} holds {} where a map of keys belongs", node.kind()), help);
        None
    }

    /// The deck path of a key.
    #[must_use]
    pub fn path(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// The value of a key, `None` when absent or empty.
    pub fn get(&mut self, key: &'static str) -> Option<&'a Node> {
        self.entry(key).map(|e| &e.node).filter(|n| n.value != Value::Null)
    }

    /// The key with its place.
    pub fn entry(&mut self, key: &'static str) -> Option<&'a Entry> {
        self.asked.push(key);
        self.entries.iter().find(|e| e.key == key)
    }

    /// The value of a key that must be there; `example` is what to type.
    pub fn require(&mut self, key: &'static str, example: &str, reading: &mut Reading) -> Option<&'a Node> {
        let found = self.get(key);
        if found.is_none() {
            let at = self.entries.iter().find(|e| e.key == key).map_or(self.at, |e| e.key_at);
            reading.error(at, format!("`{}` is missing", self.path(key)), format!("add `{example}`"));
        }
        found
    }

    /// All entries, for tables whose keys are free.
    #[must_use]
    pub fn entries(&self) -> &'a [Entry] {
        self.entries
    }

    /// Refuses keys of later versions by name and all others as unknown.
    pub fn finish(self, later: &[&str], reading: &mut Reading) {
        self.finish_ignoring(later, |_| false, reading);
    }

    /// As `finish`, passing over keys that `ignore` accepts.
    pub fn finish_ignoring(self, later: &[&str], ignore: impl Fn(&str) -> bool, reading: &mut Reading) {
        for entry in self.entries {
            let key = entry.key.as_str();
            if self.asked.contains(&key) || ignore(key) {
                continue;
            }
            let path = self.path(key);
            if later.contains(&key) {
                let message = format!("`{path}` is not in this version of chemdrift");
                reading.error(entry.key_at, message, "remove it; the CHANGELOG names the version that brings it");
            } else {
                let message = format!("unknown key `{path}`");
                reading.error(entry.key_at, message, suggestion(key, &self.asked));
            }
        }
    }
}

/// Words that users bring from elsewhere, and the deck's word.
const SYNONYMS: [(&str, &str); 14] = [
    ("tolerance", "rtol"),
    ("relative_tolerance", "rtol"),
    ("absolute_tolerance", "atol"),
    ("dt", "step"),
    ("timestep", "step"),
    ("duration", "end"),
    ("stop", "end"),
    ("number", "count"),
    ("size", "count"),
    ("solver", "method"),
    ("path", "file"),
    ("interval", "every"),
    ("frequency", "every"),
    ("species", "variables"),
];

/// "did you mean `rtol`?", or the known names when none is near.
#[must_use]
pub fn suggestion(name: &str, known: &[&str]) -> String {
    let synonym = || {
        let word = nearest(name, SYNONYMS.iter().map(|s| s.0))?;
        SYNONYMS.iter().find(|s| s.0 == word).map(|s| s.1).filter(|s| known.contains(s))
    };
    match nearest(name, known.iter().copied()).or_else(synonym) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "nothing is known here".to_owned(),
        None => {
            let mut names: Vec<String> = known.iter().take(24).map(|n| format!("`{n}`")).collect();
            if known.len() > names.len() {
                names.push("…".to_owned());
            }
            format!("known here: {}", names.join(", "))
        }
    }
}

/// The nearest of some names: other case, a typing mistake, or a part of it.
#[must_use]
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    let score = |candidate: &str| {
        let other = candidate.to_lowercase();
        let contained = lower.len() >= 3 && other.len() >= 3 && (lower.contains(&other) || other.contains(&lower));
        strsim::jaro_winkler(&lower, &other) + if contained { 0.1 } else { 0.0 }
    };
    let scored = known.map(|k| (score(k), k));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 > 0.8).then_some(best.1)
}
