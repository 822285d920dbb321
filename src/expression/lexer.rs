//! Text to tokens. A number takes the unit that follows it, as in the rest of the deck: `0.1 /day`, `1e-3 m s-1`.
//!
//! Words after a number are its unit when they are a known unit and no `(` follows; a power stands directly at its
//! unit (`s-1`, `m^2`), so that `200 m - 1` subtracts. Where `/ word` could be both a unit and a name, it is refused.

use super::Mistake;
use super::scope::Scope;
use crate::quantity::{self, Unit};

/// A piece of the text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token<'a> {
    pub kind: Kind<'a>,
    /// First byte, and the byte after the last.
    pub from: usize,
    pub to: usize,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind<'a> {
    Number { number: f64, unit: Option<(Unit, &'a str)> },
    Name(&'a str),
    Symbol(&'static str),
}

/// Longer ones first.
const SYMBOLS: [&str; 15] = ["<=", ">=", "==", "!=", "<", ">", "+", "-", "*", "/", "^", "(", ")", ",", ";"];
const WORDS: [&str; 3] = ["and", "or", "not"];

/// Symbols of other languages; longer ones first.
const ELSEWHERE: [(&str, &str); 19] = [
    ("**", "write `^` for a power"),
    ("&&", "write `and`"),
    ("||", "write `or`"),
    ("<>", "write `!=`"),
    ("=<", "write `<=`"),
    ("=>", "write `>=`"),
    ("&", "write `and`"),
    ("|", "write `or`"),
    ("!", "write `not`, or `!=`"),
    ("=", "write `==` to compare"),
    ("?", "write `where(condition, a, b)`"),
    ("%", "write `mod(a, b)` for the remainder"),
    ("×", "write `*`"),
    ("·", "write `*`"),
    ("−", "write `-`"),
    ("≤", "write `<=`"),
    ("≥", "write `>=`"),
    ("≠", "write `!=`"),
    ("[", "write `(` and `)`"),
];

/// The tokens of a text.
pub(super) fn tokens<'a>(text: &'a str, scope: &Scope, mistakes: &mut Vec<Mistake>) -> Vec<Token<'a>> {
    let mut found = Vec::new();
    let mut at = 0;
    loop {
        at = skip_blanks(text, at);
        let rest = tail(text, at);
        let Some(first) = rest.chars().next() else { return found };
        if starts_number(rest) {
            let token = number(text, at, scope, mistakes);
            at = token.to;
            found.push(token);
        } else if is_letter(first) {
            let to = at + word_length(rest);
            let word = part(text, at, to);
            let kind = WORDS.iter().find(|w| **w == word).map_or(Kind::Name(word), |w| Kind::Symbol(w));
            found.push(Token { kind, from: at, to });
            at = to;
        } else {
            let known = SYMBOLS.iter().find(|s| rest.starts_with(**s));
            let foreign = ELSEWHERE.iter().find(|e| rest.starts_with(e.0));
            // `**` is not two `*`, but `<=` is not `<` and a foreign `=`.
            if let Some((symbol, help)) = foreign.filter(|f| known.is_none_or(|k| k.len() < f.0.len())) {
                mistakes.push(Mistake::new(at, at + symbol.len(), format!("`{symbol}` means nothing here"), *help));
                at += symbol.len();
            } else if let Some(symbol) = known {
                found.push(Token { kind: Kind::Symbol(symbol), from: at, to: at + symbol.len() });
                at += symbol.len();
            } else {
                let help =
                    "an expression has numbers with units, names, functions, `+ - * / ^`, comparisons, `and or not`";
                let to = at + first.len_utf8();
                let shown = first.escape_debug();
                mistakes.push(Mistake::new(at, to, format!("`{shown}` means nothing here"), help));
                at = to;
            }
        }
    }
}

/// The text from a byte on; empty beyond its end.
fn tail(text: &str, at: usize) -> &str {
    text.get(at..).unwrap_or("")
}

fn part(text: &str, from: usize, to: usize) -> &str {
    text.get(from..to).unwrap_or("")
}

fn skip_blanks(text: &str, at: usize) -> usize {
    let rest = tail(text, at);
    at + (rest.len() - rest.trim_start().len())
}

fn is_letter(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

/// A name goes on with letters, digits, `_`, and `.` as in `solver.steps`.
fn word_length(rest: &str) -> usize {
    rest.find(|c: char| !(is_letter(c) || c.is_numeric() || c == '.')).unwrap_or(rest.len())
}

fn starts_number(rest: &str) -> bool {
    rest.strip_prefix('.').unwrap_or(rest).starts_with(|c: char| c.is_ascii_digit())
}

/// Bytes of the digits (and `_`) that a text begins with.
fn digits(rest: &str) -> usize {
    rest.find(|c: char| !(c.is_ascii_digit() || c == '_')).unwrap_or(rest.len())
}

fn number<'a>(text: &'a str, from: usize, scope: &Scope, mistakes: &mut Vec<Mistake>) -> Token<'a> {
    let mut to = from + digits(tail(text, from));
    if tail(text, to).starts_with('.') {
        to += 1 + digits(tail(text, to + 1));
    }
    let exponent = tail(text, to).strip_prefix(['e', 'E']);
    if let Some(after) = exponent {
        let sign = usize::from(after.starts_with(['+', '-']));
        let length = tail(after, sign);
        if length.starts_with(|c: char| c.is_ascii_digit()) {
            to += 1 + sign + digits(length);
        }
    }
    let written = part(text, from, to);
    let parsed = quantity::parse_number(written);
    if parsed.is_none() {
        let help = "write a number such as `0.5`, `1e-3` or `10_000`; the largest is 1.8e308";
        mistakes.push(Mistake::new(from, to, format!("`{written}` is no number"), help));
    }
    let number = parsed.unwrap_or(0.0);
    let unit = unit(text, to, scope, mistakes);
    let to = unit.map_or(to, |u| u.2);
    if unit.is_some_and(|u| !u.0.to_si(number).is_finite()) {
        let message = format!("`{}` is too large", part(text, from, to));
        mistakes.push(Mistake::new(from, to, message, "the largest number is 1.8e308 in SI units"));
    }
    Token { kind: Kind::Number { number, unit: unit.map(|u| (u.0, u.1)) }, from, to }
}

/// The unit after a number: what it is, as written, and where it ends.
fn unit<'a>(text: &'a str, from: usize, scope: &Scope, mistakes: &mut Vec<Mistake>) -> Option<(Unit, &'a str, usize)> {
    let begin = skip_blanks(text, from);
    let mut found = None;
    let mut end = begin;
    loop {
        let mut at = skip_blanks(text, end);
        let slash = tail(text, at).starts_with('/');
        if slash {
            at = skip_blanks(text, at + 1);
        }
        let rest = tail(text, at);
        let to = at + factor_length(rest);
        let word = part(text, at, at + word_length(rest));
        let is_call = tail(text, skip_blanks(text, to)).starts_with('(');
        let written = part(text, begin, to);
        let Some(unit) = quantity::parse_unit(written).ok().filter(|_| to > at && !is_call) else { return found };
        if slash && scope.find(word).is_some() {
            let message = format!("`/ {word}` is a unit after a number, and `{word}` is a name here");
            let help = format!("write `/ ({word})` for the name, or `{word}-1` for the unit");
            mistakes.push(Mistake::new(at, to, message, help));
        }
        found = Some((unit, written, to));
        end = to;
    }
}

/// Bytes of one factor of a unit, `m`, `s-1`, `m^2`, `%`; 0 when there is none.
fn factor_length(rest: &str) -> usize {
    if rest.starts_with('%') {
        return 1;
    }
    let letters = rest.find(|c: char| !(c.is_alphabetic() || c == '°')).unwrap_or(rest.len());
    if letters == 0 {
        return 0;
    }
    let after = tail(rest, letters);
    let marked = after.strip_prefix("**").or_else(|| after.strip_prefix('^')).unwrap_or(after);
    let signed = marked.strip_prefix(['-', '+']).unwrap_or(marked);
    let power = signed.find(|c: char| !c.is_ascii_digit()).unwrap_or(signed.len());
    let end = if power == 0 { letters } else { letters + (after.len() - signed.len()) + power };
    // `m2_old` is a name, not m2; and `5 m.x` no unit either.
    let continues = tail(rest, end).starts_with(|c: char| is_letter(c) || c.is_numeric() || c == '.');
    if continues { 0 } else { end }
}
