//! YAML and JSON as a tree that remembers where everything stands.
//!
//! Scalars keep their own text: `NO` stays nitrogen monoxide, `10_000` and `1e-14 mol m-3` are read by those who know
//! what is wanted. The tree is built from parser events rather than through serde, whose typed scalars would lose that
//! text. Repeated keys are all found; size, depth and alias expansion are bounded.

use std::collections::HashMap;

use serde_yaml::granit_parser::{Event, Parser, ScalarStyle};

use crate::diagnostic::{Diagnostic, Span};

/// Nodes (plus one for each 64 bytes of text) that a file may grow to, aliases expanded; TS1 has about 70 000.
const LARGEST_TREE: usize = 4_000_000;

/// Nesting that a file may have; decks need about six levels.
const DEEPEST: usize = 64;

/// Values of a list that are shown to people one by one.
const LONG_LIST: usize = 12;

/// A value with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub value: Value,
    pub at: Span,
}

/// What a node holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Scalar { text: String, quoted: bool },
    Map(Vec<Entry>),
    List(Vec<Node>),
}

/// One key of a map.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub key: String,
    pub key_at: Span,
    pub node: Node,
}

impl Node {
    /// What it is, for messages.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Scalar { .. } => "a single value",
            Value::Map(_) => "a map (`key: value`)",
            Value::List(_) => "a list",
        }
    }

    /// The text of a scalar.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The value on one line, for people: as it could be typed, or the ends of a long list.
    #[must_use]
    pub fn spelling(&self) -> String {
        match &self.value {
            Value::Null => String::new(),
            Value::Scalar { text, .. } => text.clone(),
            Value::List(items) if items.len() > LONG_LIST => {
                let [first, second, .., last] = &items[..] else { return String::new() };
                let ends = [first, second, last].map(Self::spelling);
                format!("[{}, {}, … {} ({} values)]", ends[0], ends[1], ends[2], items.len())
            }
            Value::List(items) => format!("[{}]", items.iter().map(Self::spelling).collect::<Vec<_>>().join(", ")),
            Value::Map(entries) => {
                let pairs = entries.iter().map(|e| format!("{} {}", e.key, e.node.spelling()));
                pairs.collect::<Vec<_>>().join(", ")
            }
        }
    }

    /// The value of a key, when this is a map that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|e| e.key == key).map(|e| &e.node),
            _ => None,
        }
    }
}

/// A tree under construction.
struct Builder<'a> {
    file: &'a str,
    text: &'a str,
    open: Vec<Open>,
    anchors: HashMap<usize, (Node, usize)>,
    cost: usize,
    problems: Vec<Diagnostic>,
    root: Option<Node>,
}

/// A collection that has begun and not ended.
struct Open {
    node: Node,
    /// The key that waits for its value, in a map.
    key: Option<(String, Span)>,
    seen: HashMap<String, usize>,
    anchor: usize,
    cost_before: usize,
}

/// Reads a YAML or JSON text.
///
/// # Errors
/// A syntax error (one), or all repeated keys.
pub fn parse(file: &str, text: &str) -> Result<Node, Vec<Diagnostic>> {
    if let Some(offset) = text.find('\0') {
        let message = "this is a binary file, not a text".to_owned();
        let help = Some("a deck or mechanism is YAML or JSON text".to_owned());
        return Err(vec![Diagnostic { file: file.to_owned(), span: locate(text, offset), message, help }]);
    }
    let mut builder =
        Builder { file, text, open: Vec::new(), anchors: HashMap::new(), cost: 0, problems: Vec::new(), root: None };
    let mut documents = 0;
    for event in Parser::new_from_str(text) {
        let step = match event {
            Ok((Event::DocumentStart(..), span)) => {
                documents += 1;
                let at = span_of(&span);
                if documents > 1 {
                    Err(builder.wrong(at, "a second document begins here", Some("keep one")))
                } else {
                    Ok(())
                }
            }
            Ok((event, span)) => builder.take(event, span_of(&span)),
            Err(error) => Err(builder.syntax(&error)),
        };
        if let Err(problem) = step {
            builder.problems.push(*problem);
            return Err(builder.problems);
        }
    }
    match builder.root {
        Some(root) if builder.problems.is_empty() => Ok(root),
        Some(_) => Err(builder.problems),
        None => Ok(Node { value: Value::Null, at: Span { offset: 0, length: 0, line: 1, column: 1 } }),
    }
}

/// Line and column of a byte offset.
#[must_use]
pub fn locate(text: &str, offset: usize) -> Span {
    let before = text.get(..offset).unwrap_or("");
    let start = before.rfind('\n').map_or(0, |i| i + 1);
    Span { offset, length: 1, line: before.matches('\n').count() + 1, column: before[start..].chars().count() + 1 }
}

fn span_of(span: &serde_yaml::granit_parser::Span) -> Span {
    let range = span.byte_range().unwrap_or(0..0);
    Span { offset: range.start, length: range.len(), line: span.start.line(), column: span.start.col() + 1 }
}

impl Builder<'_> {
    #[allow(clippy::unnecessary_box_returns)] // it is always returned as an error, which would make every result large
    fn wrong(&self, span: Span, message: &str, help: Option<&str>) -> Box<Diagnostic> {
        let help = help.map(str::to_owned);
        Box::new(Diagnostic { file: self.file.to_owned(), span, message: message.to_owned(), help })
    }

    #[allow(clippy::unnecessary_box_returns)] // as above
    fn syntax(&self, error: &serde_yaml::granit_parser::ScanError) -> Box<Diagnostic> {
        let marker = error.marker();
        let span = Span {
            offset: marker.byte_offset().unwrap_or(0).min(self.text.len()),
            length: 1,
            line: marker.line(),
            column: marker.col() + 1,
        };
        let line = self.text.lines().nth(span.line.saturating_sub(1)).unwrap_or("");
        if let Some(tab) = self.tab_near(span.line) {
            let help = "indent with spaces; YAML allows no tabs there";
            return self.wrong(tab, "this line is indented with a tab", Some(help));
        }
        let message = format!("this is no valid YAML or JSON: {}", error.info());
        let help = if line.contains('{') && line.contains('[') {
            "check brackets and quotes; inside `{ }` a key with brackets is quoted: `{\"density [kg m-3]\": 1}`"
        } else {
            "check indentation, brackets and quotes here and on the line above"
        };
        self.wrong(span, &message, Some(help))
    }

    /// A tab in the indentation of a line or the next one, which the parser may meet as part of an earlier value.
    fn tab_near(&self, line: usize) -> Option<Span> {
        let mut offset = 0;
        for (index, text) in self.text.split_inclusive('\n').take(line + 1).enumerate() {
            let indent = &text[..text.len() - text.trim_start().len()];
            if let (Some(tab), true) = (indent.find('\t'), index + 1 >= line) {
                return Some(Span { offset: offset + tab, length: 1, line: index + 1, column: tab + 1 });
            }
            offset += text.len();
        }
        None
    }

    fn take(&mut self, event: Event<'_>, at: Span) -> Result<(), Box<Diagnostic>> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                if tag.is_some_and(|t| !t.is_yaml_core_schema()) {
                    return Err(self.wrong(at, "tags (`!name`) have no meaning here", Some("remove the tag")));
                }
                let quoted = style != ScalarStyle::Plain;
                let null = !quoted && matches!(text.as_ref(), "" | "~" | "null");
                let value = if null { Value::Null } else { Value::Scalar { text: text.into_owned(), quoted } };
                let cost = cost_of(&value);
                self.spend(cost, at)?;
                self.add(Node { value, at }, anchor, cost)
            }
            Event::SequenceStart(_, anchor, _) => self.begin(Value::List(Vec::new()), at, anchor),
            Event::MappingStart(_, anchor, _) => self.begin(Value::Map(Vec::new()), at, anchor),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(open) => {
                    let cost = self.cost - open.cost_before;
                    self.add(open.node, open.anchor, cost)
                }
                None => Ok(()),
            },
            Event::Alias(id) => {
                let Some((node, cost)) = self.anchors.get(&id) else {
                    return Err(self.wrong(at, "this alias refers to something that contains it", None));
                };
                let (cost, mut node) =
                    (*cost, if self.cost + *cost > LARGEST_TREE { None } else { Some(node.clone()) });
                self.spend(cost, at)?;
                match node.take() {
                    Some(node) => self.add(node, 0, cost),
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    fn spend(&mut self, cost: usize, at: Span) -> Result<(), Box<Diagnostic>> {
        self.cost += cost;
        if self.cost > LARGEST_TREE {
            let help = "aliases (`*name`) that repeat aliases grow without bound; write the values out";
            return Err(self.wrong(at, "the file expands to more than four million values here", Some(help)));
        }
        Ok(())
    }

    fn begin(&mut self, value: Value, at: Span, anchor: usize) -> Result<(), Box<Diagnostic>> {
        if self.open.len() >= DEEPEST {
            return Err(self.wrong(at, "more than 64 levels of nesting", Some("decks and mechanisms need about six")));
        }
        if self.open.last().is_some_and(|o| matches!(o.node.value, Value::Map(_)) && o.key.is_none()) {
            return Err(self.wrong(at, "a list or map stands where a key belongs", Some("write `key: value`")));
        }
        let cost_before = self.cost;
        self.spend(1, at)?;
        self.open.push(Open { node: Node { value, at }, key: None, seen: HashMap::new(), anchor, cost_before });
        Ok(())
    }

    /// Puts a complete node where it belongs: key, value, list item or root.
    fn add(&mut self, node: Node, anchor: usize, cost: usize) -> Result<(), Box<Diagnostic>> {
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), cost));
        }
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match &mut parent.node.value {
            Value::List(items) => items.push(node),
            Value::Map(entries) => match parent.key.take() {
                None => {
                    let at = node.at;
                    let key = match node.value {
                        Value::Scalar { text, .. } => text,
                        Value::Null => String::from("null"),
                        _ => return Err(self.wrong(at, "a list or map stands where a key belongs", None)),
                    };
                    if key == "<<" {
                        return Err(self.wrong(at, "merge keys (`<<`) are not supported", Some("write the keys out")));
                    }
                    parent.key = Some((key, at));
                }
                Some((key, key_at)) => {
                    if let Some(first) = parent.seen.get(&key) {
                        let message = format!("the key `{key}` stands twice, first on line {first}");
                        let help = "remove one of the two";
                        let problem = self.wrong(key_at, &message, Some(help));
                        self.problems.push(*problem);
                        return Ok(());
                    }
                    parent.seen.insert(key.clone(), key_at.line);
                    entries.push(Entry { key, key_at, node });
                }
            },
            _ => {}
        }
        Ok(())
    }
}

fn cost_of(value: &Value) -> usize {
    match value {
        Value::Scalar { text, .. } => 1 + text.len() / 64,
        _ => 1,
    }
}
