//! Tokens to a tree, by operator precedence (V. Pratt, "Top down operator precedence", POPL 1973).
//!
//! Weakest first: `or`, `and`, `not`, comparisons, `+ -`, `* /`, sign, `^`. The only pass that recurses, to `DEEPEST`.

use std::f64::consts::PI;

use super::functions;
use super::lexer::{Kind, Token};
use super::operations::Binary;
use super::scope::Scope;
use super::tree::{Node, OPERATORS, Placed, Tree, binding};
use super::{DEEPEST, Mistake};
use crate::quantity::{self, Unit};
use crate::telemetry::table::counted;

/// Parses tokens; `None` after a mistake in the structure. Unknown names are noted and parsing goes on.
pub(super) fn parse(text: &str, tokens: &[Token], scope: &Scope, mistakes: &mut Vec<Mistake>) -> Option<Tree> {
    let mut parser = Parser { text, tokens, at: 0, depth: 0, nodes: Vec::new(), scope, mistakes };
    if tokens.is_empty() {
        return parser.refuse(0, text.len(), "the expression is empty", "write a number, a name or a formula");
    }
    parser.expression(binding::OR)?;
    if let Some(token) = tokens.get(parser.at) {
        return parser.surplus(token);
    }
    Some(Tree { nodes: parser.nodes })
}

struct Parser<'a, 'm> {
    text: &'a str,
    tokens: &'a [Token<'a>],
    at: usize,
    depth: usize,
    nodes: Vec<Placed>,
    scope: &'a Scope,
    mistakes: &'m mut Vec<Mistake>,
}

impl<'a> Parser<'a, '_> {
    fn refuse<T>(&mut self, from: usize, to: usize, message: impl Into<String>, help: impl Into<String>) -> Option<T> {
        self.mistakes.push(Mistake::new(from, to, message, help));
        None
    }

    fn push(&mut self, node: Node, from: usize) -> usize {
        let to = self.at.checked_sub(1).and_then(|last| self.tokens.get(last)).map_or(from, |t| t.to);
        self.nodes.push(Placed { node, from, to });
        self.nodes.len() - 1
    }

    fn peek(&self) -> Option<&'a Token<'a>> {
        self.tokens.get(self.at)
    }

    fn take(&mut self, symbol: &str) -> bool {
        let here = self.peek().is_some_and(|t| t.kind == Kind::Symbol(symbol_of(symbol)));
        self.at += usize::from(here);
        here
    }

    /// Something stands where an operator belongs.
    fn surplus<T>(&mut self, token: &Token) -> Option<T> {
        let shown = self.text.get(token.from..token.to).unwrap_or("");
        match &token.kind {
            Kind::Symbol(")") => self.refuse(token.from, token.to, "`)` closes nothing", "remove it, or add `(`"),
            Kind::Symbol(_) => {
                let help = "an operator stands between two values";
                self.refuse(token.from, token.to, format!("`{shown}` is not expected here"), help)
            }
            _ => {
                let message = format!("no operator before `{shown}`");
                self.refuse(token.from, token.to, message, format!("write `*` to multiply: `* {shown}`"))
            }
        }
    }

    fn expression(&mut self, least: u8) -> Option<usize> {
        if self.depth == DEEPEST {
            let from = self.peek().map_or(self.text.len(), |t| t.from);
            let message = format!("the expression is nested deeper than {DEEPEST} levels");
            return self.refuse(from, from + 1, message, "split it into several variables");
        }
        self.depth += 1;
        let found = self.operators(least);
        self.depth -= 1;
        found
    }

    fn operators(&mut self, least: u8) -> Option<usize> {
        let from = self.peek().map_or(self.text.len(), |t| t.from);
        let mut left = self.operand()?;
        let mut compared = false;
        while let Some(token) = self.peek() {
            let Kind::Symbol(symbol) = token.kind else { break };
            let Some((_, operation, strength)) = OPERATORS.iter().find(|o| o.0 == symbol).copied() else { break };
            if strength < least {
                break;
            }
            if strength == binding::COMPARISON && std::mem::replace(&mut compared, true) {
                let help = "write `a < b and b < c`";
                return self.refuse(token.from, token.to, "comparisons cannot be chained", help);
            }
            if strength == binding::POWER && self.has_open_unit(left) {
                let help = "write `(2 m)^2` for the square of the quantity, `2 m2` for square metres";
                return self.refuse(token.from, token.to, "`^` after a unit can be read in two ways", help);
            }
            self.at += 1;
            // What binds a sign binds an exponent: 2^-1, 2^3^2 = 2^9.
            let right = self.expression(if strength == binding::POWER { binding::SIGN } else { strength + 1 })?;
            self.check_slashes(operation, right)?;
            left = self.push(Node::Binary(operation, left, right), from);
        }
        Some(left)
    }

    /// Whether a node is a number with unit that no parenthesis closes.
    fn has_open_unit(&self, node: usize) -> bool {
        let closed = |to: usize| self.at.checked_sub(1).and_then(|i| self.tokens.get(i)).is_some_and(|t| t.to != to);
        self.nodes.get(node).is_some_and(|p| matches!(p.node, Node::Number { unit: Some(_), .. }) && !closed(p.to))
    }

    /// `a / 10 /day` would be a / (10 /day), which nobody means.
    fn check_slashes(&mut self, operation: Binary, right: usize) -> Option<()> {
        let mut right = right;
        while let Some(Placed { node: Node::Negate(inner), .. }) = self.nodes.get(right) {
            right = *inner;
        }
        let Some(Placed { node: Node::Number { unit: Some(_), text, .. }, from, to }) = self.nodes.get(right) else {
            return Some(());
        };
        if operation != Binary::Divide || !text.contains('/') || !self.has_open_unit(right) {
            return Some(());
        }
        let (from, to) = (*from, *to);
        let message = format!("`/ {text}` can be read in two ways");
        let help = format!("write `/ ({text})` to divide by this quantity, or write its unit without `/`");
        self.refuse(from, to, message, help)
    }

    fn operand(&mut self) -> Option<usize> {
        let end = self.text.len();
        let Some(token) = self.peek() else {
            let from = self.text.trim_end().len();
            return self.refuse(
                from,
                end,
                "the expression ends where a value belongs",
                "complete or remove the operator",
            );
        };
        self.at += 1;
        let from = token.from;
        match &token.kind {
            Kind::Number { number, unit } => Some(self.number(*number, *unit, from, "")),
            Kind::Name(word) => self.name(word, token),
            Kind::Symbol("(") => {
                let inner = self.expression(binding::OR)?;
                self.close(token)?;
                Some(inner)
            }
            Kind::Symbol("-") => {
                // -1.8 degC is a place on the scale, not the negative of one.
                if let Some(Token { kind: Kind::Number { number, unit: Some((unit, text)) }, .. }) = self.peek()
                    && unit.offset() != 0.0
                {
                    self.at += 1;
                    return Some(self.number(*number, Some((*unit, text)), from, "-"));
                }
                let inner = self.expression(binding::SIGN)?;
                Some(self.push(Node::Negate(inner), from))
            }
            Kind::Symbol("+") => self.expression(binding::SIGN),
            Kind::Symbol("not") => {
                let inner = self.expression(binding::NOT)?;
                Some(self.push(Node::Not(inner), from))
            }
            Kind::Symbol(symbol) => {
                let message = format!("`{symbol}` stands where a value belongs");
                self.refuse(from, token.to, message, "a number, a name, a function or `(` belongs here")
            }
        }
    }

    fn number(&mut self, number: f64, unit: Option<(Unit, &str)>, from: usize, sign: &str) -> usize {
        let signed = if sign.is_empty() { number } else { -number };
        let value = unit.map_or(signed, |u| u.0.to_si(signed));
        let text = match unit {
            Some((_, written)) => {
                let words: Vec<&str> = written.split_whitespace().collect();
                format!("{sign}{number:?} {}", words.join(" "))
            }
            None => format!("{sign}{number:?}"),
        };
        // Numbers print as the shortest text that reads back the same; whole ones without their `.0`.
        let text = text.replacen(".0 ", " ", 1);
        let text = text.strip_suffix(".0").map_or(text.clone(), str::to_owned);
        self.push(Node::Number { value, unit: unit.map(|u| u.0), text }, from)
    }

    fn name(&mut self, word: &str, token: &Token) -> Option<usize> {
        let from = token.from;
        if self.take("(") {
            return self.call(word, token);
        }
        if word == "pi" {
            return Some(self.push(Node::Number { value: PI, unit: None, text: "pi".to_owned() }, from));
        }
        if let Some(slot) = self.scope.find(word) {
            return Some(self.push(Node::Name(slot), from));
        }
        if let Some(signature) = functions::find(word) {
            let message = format!("`{word}` is a function");
            return self.refuse(from, token.to, message, format!("write `{}`", signature.example));
        }
        let is_unit = quantity::parse_unit(word).is_ok();
        let help = if is_unit {
            format!("`{word}` is a unit: write it directly after a number, such as `1 {word}`")
        } else {
            functions::suggestion(word, self.scope.names())
        };
        self.mistakes.push(Mistake::new(from, token.to, format!("unknown name `{word}`"), help));
        Some(self.push(Node::Unknown, from))
    }

    fn call(&mut self, word: &str, token: &Token) -> Option<usize> {
        let Some(signature) = functions::find(word) else {
            if self.scope.find(word).is_some() {
                let message = format!("`{word}` is no function");
                return self.refuse(token.from, token.to, message, format!("write `{word} * (…)` to multiply"));
            }
            let help = functions::suggestion(word, functions::names());
            return self.refuse(token.from, token.to, format!("unknown function `{word}`"), help);
        };
        let open = self.tokens.get(self.at - 1);
        let mut arguments = Vec::new();
        if !self.take(")") {
            loop {
                arguments.push(self.expression(binding::OR)?);
                if !self.take(",") {
                    break;
                }
            }
            self.close(open.unwrap_or(token))?;
        }
        let (least, most) = signature.arguments;
        if arguments.len() < least || arguments.len() > most {
            let message = format!("`{word}` has {}", counted(arguments.len() as u64, "argument"));
            return self.refuse(token.from, token.to, message, format!("write `{}`", signature.example));
        }
        Some(self.push(Node::Call(signature.function, arguments), token.from))
    }

    /// Takes the `)` that belongs to `open`.
    fn close(&mut self, open: &Token) -> Option<()> {
        if self.take(")") {
            return Some(());
        }
        match self.peek() {
            None => self.refuse(open.from, open.to, "`(` is never closed", "add `)`"),
            Some(token) if token.kind == Kind::Symbol(",") => {
                self.refuse(token.from, token.to, "`,` belongs between arguments of a function", "write `.` in numbers")
            }
            Some(token) => self.surplus(token),
        }
    }
}

/// The symbol as the lexer spells it.
fn symbol_of(symbol: &str) -> &'static str {
    match symbol {
        "(" => "(",
        ")" => ")",
        _ => ",",
    }
}
