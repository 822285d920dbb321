//! Dimensions of every part of an expression, as far as they are known, and what they forbid.
//!
//! A number without unit goes with every unit when it is added or compared (`depth > 200`: SI), and is pure when it
//! multiplies. A name of unknown unit goes with everything. What is wrong once is not reported again further up.

use super::functions::{self, Function};
use super::known::Known::{self, Bare, Degrees, Is, Unknown};
use super::known::{PURE, root};
use super::operations::Binary;
use super::scope::{NameUnit, Scope};
use super::tree::{Node, Placed, Tree};
use super::{Mistake, Wanted};
use crate::quantity::Dimension;

/// Checks a tree against the names' units and what is wanted.
pub(super) fn check(tree: &Tree, text: &str, scope: &Scope, wanted: Wanted, mistakes: &mut Vec<Mistake>) {
    let mut checker = Checker { tree, text, scope, known: Vec::with_capacity(tree.nodes.len()), mistakes };
    for placed in &tree.nodes {
        let known = checker.node(placed);
        checker.known.push(known);
    }
    checker.result(wanted);
}

struct Checker<'a> {
    tree: &'a Tree,
    text: &'a str,
    scope: &'a Scope,
    known: Vec<Known>,
    mistakes: &'a mut Vec<Mistake>,
}

impl Checker<'_> {
    fn of(&self, node: usize) -> Known {
        self.known.get(node).copied().unwrap_or(Unknown)
    }

    fn refuse(&mut self, at: &Placed, message: impl Into<String>, help: impl Into<String>) -> Known {
        self.mistakes.push(Mistake::new(at.from, at.to, message, help));
        Unknown
    }

    /// The source of a node, shortened.
    fn source(&self, node: usize) -> String {
        let text = self.tree.nodes.get(node).and_then(|p| self.text.get(p.from..p.to)).unwrap_or("");
        if text.chars().count() > 30 { text.chars().take(29).chain(['…']).collect() } else { text.to_owned() }
    }

    /// Whether a node is a temperature in degC, which has a place on a scale but no double.
    fn is_celsius(&self, node: usize) -> bool {
        let node = self.tree.nodes.get(node).map(|p| &p.node);
        matches!(node, Some(Node::Number { unit: Some(unit), .. }) if unit.offset() != 0.0)
    }

    fn node(&mut self, at: &Placed) -> Known {
        match &at.node {
            Node::Number { unit, .. } => unit.map_or(Bare, |u| Is(u.dimension)),
            Node::Unknown => Unknown,
            Node::Name(slot) => match self.scope.get(*slot).map(|n| n.unit) {
                Some(NameUnit::Known(dimension)) => Is(dimension),
                Some(NameUnit::Degrees) => Degrees,
                Some(NameUnit::Unknown) | None => Unknown,
            },
            Node::Negate(x) if self.is_celsius(*x) => self.refuse_celsius(at),
            Node::Negate(x) => self.of(*x),
            Node::Not(x) => self.condition(at, *x),
            Node::Binary(operation, a, b) => self.binary(at, *operation, *a, *b),
            Node::Call(function, arguments) => self.call(at, *function, arguments),
        }
    }

    fn refuse_celsius(&mut self, at: &Placed) -> Known {
        let message = "a temperature in degC can only be compared, or be subtracted from another";
        self.refuse(at, message, "write `K` for differences and factors: 1 K is a step of 1 degC")
    }

    fn binary(&mut self, at: &Placed, operation: Binary, a: usize, b: usize) -> Known {
        let celsius = self.is_celsius(a) || self.is_celsius(b);
        match operation {
            Binary::Add | Binary::Multiply | Binary::Divide | Binary::Power if celsius => self.refuse_celsius(at),
            Binary::Add => self.same(at, a, b, "added"),
            Binary::Subtract => self.same(at, a, b, "subtracted"),
            Binary::Multiply => self.product(at, a, b, 1),
            Binary::Divide => self.product(at, a, b, -1),
            Binary::Power => self.power(at, a, b),
            Binary::And | Binary::Or => {
                self.condition(at, a);
                self.condition(at, b)
            }
            Binary::Mod | Binary::Min | Binary::Max => self.same(at, a, b, "compared"),
            _ => {
                self.same(at, a, b, "compared");
                PURE
            }
        }
    }

    /// Two parts that need one unit.
    fn same(&mut self, at: &Placed, a: usize, b: usize, what: &str) -> Known {
        let (known_a, known_b) = (self.of(a), self.of(b));
        for (celsius, other, known) in [(a, b, known_b), (b, a, known_a)] {
            if self.is_celsius(celsius) && known == Unknown {
                let name = self.source(other);
                let message = format!("the unit of `{name}` is not known, so that degC may be wrong");
                return self.refuse(at, message, format!("compare with a number in the unit that `{name}` has"));
            }
        }
        // `temperature > 15` would be true of every sea when the field is in K.
        for (bare, known) in [(a, known_b), (b, known_a)] {
            if self.of(bare) == Bare && known == Is(Dimension::TEMPERATURE) {
                let number = self.source(bare);
                let help = format!("write `{number} degC` for a temperature, `{number} K` for that or a difference");
                return self.refuse(at, format!("`{number}` could be in K or in degC"), help);
            }
        }
        match (known_a.dimension(), known_b.dimension()) {
            (Some(x), Some(y)) if x != y => {
                let (name_a, name_b) = (self.source(a), self.source(b));
                let message = format!(
                    "{} and {} cannot be {what}",
                    known_a.dimension().map(Dimension::si).unwrap_or_default(),
                    known_b.dimension().map(Dimension::si).unwrap_or_default()
                );
                let help = format!("`{name_a}` has {}, `{name_b}` has {}", known_a.spelled(), known_b.spelled());
                self.refuse(at, message, help)
            }
            (Some(_), _) => known_a,
            (None, None) if known_a == Unknown => Unknown,
            (None, _) => known_b,
        }
    }

    fn product(&mut self, at: &Placed, a: usize, b: usize, power: i8) -> Known {
        let (a, b) = (self.of(a), self.of(b));
        if a == Unknown || b == Unknown {
            return Unknown;
        }
        let dimension = |known: Known| known.dimension().unwrap_or(Dimension::NONE);
        let Some(product) = dimension(a).times(dimension(b), power) else {
            return self.refuse(at, "the unit has too large a power", "exponents of units go to 127");
        };
        // 1e-3 * (hour < 6) is still a number that may be a velocity.
        if product == Dimension::NONE && (a == Bare || b == Bare) { Bare } else { Is(product) }
    }

    fn power(&mut self, at: &Placed, base: usize, exponent: usize) -> Known {
        let (known, power) = (self.of(base), self.of(exponent));
        if !power.is_pure() {
            let message = format!("the exponent has {}", power.spelled());
            // x^2 /day is x^(2 /day), which is not what was meant.
            let written = match self.tree.nodes.get(exponent).map(|p| &p.node) {
                Some(Node::Number { unit: Some(_), text, .. }) => text.split_once(' '),
                _ => None,
            };
            let help = match written {
                Some((number, unit)) => format!("write `{}^{number} * 1 {unit}`", self.source(base)),
                None => "an exponent is a pure number; divide it by a quantity".to_owned(),
            };
            return self.refuse(at, message, help);
        }
        if known.is_pure() {
            return if known == Degrees { PURE } else { known };
        }
        let Some(value) = self.number(exponent) else {
            let message = format!("`{}` has {}, so its exponent must be a number", self.source(base), known.spelled());
            return self.refuse(at, message, "divide it by a quantity of that unit first");
        };
        let dimension = known.dimension().unwrap_or(Dimension::NONE);
        let whole = value.fract() == 0.0 && value.abs() <= 12.0;
        if whole { Dimension::NONE.times(dimension, value as i8).map_or(Unknown, Is) } else { root(dimension, value) }
    }

    /// The value of a node that is a number, perhaps with a sign.
    fn number(&self, node: usize) -> Option<f64> {
        match &self.tree.nodes.get(node)?.node {
            Node::Number { value, .. } => Some(*value),
            Node::Negate(x) => match &self.tree.nodes.get(*x)?.node {
                Node::Number { value, .. } => Some(-value),
                _ => None,
            },
            _ => None,
        }
    }

    /// A part that is used as true or false.
    fn condition(&mut self, at: &Placed, x: usize) -> Known {
        let known = self.of(x);
        if !known.is_pure() || self.is_celsius(x) {
            let name = self.source(x);
            let message = format!("`{name}` has {} and is no condition", known.spelled());
            self.refuse(at, message, format!("compare it: `{name} > …`"));
        }
        PURE
    }

    fn call(&mut self, at: &Placed, function: Function, arguments: &[usize]) -> Known {
        let first = arguments.first().copied().unwrap_or_default();
        let known = self.of(first);
        match function {
            Function::Uniform | Function::Normal => PURE,
            Function::Abs | Function::Floor | Function::Round => known,
            Function::Sqrt => match known {
                Is(dimension) => root(dimension, 0.5),
                Degrees => PURE,
                other => other,
            },
            Function::Exp | Function::Log | Function::Log10 => self.pure_argument(at, function, first),
            Function::Sin | Function::Cos | Function::Tan => {
                if known == Degrees {
                    let (name, argument) = (functions::name(function), self.source(first));
                    let message = format!("`{argument}` is in degrees, `{name}` takes radians");
                    return self.refuse(at, message, format!("write `{name}({argument} * pi / 180)`"));
                }
                self.pure_argument(at, function, first)
            }
            Function::Min | Function::Max | Function::Mod | Function::Clamp => self.all_same(at, arguments),
            Function::Where => {
                self.condition(at, first);
                self.all_same(at, arguments.get(1..).unwrap_or_default())
            }
        }
    }

    fn pure_argument(&mut self, at: &Placed, function: Function, argument: usize) -> Known {
        let known = self.of(argument);
        if known.is_pure() {
            return PURE;
        }
        let (name, unit) = (functions::name(function), known.dimension().map(Dimension::si).unwrap_or_default());
        let source = self.source(argument);
        let message = format!("`{name}` takes a pure number, and `{source}` has {}", known.spelled());
        self.refuse(at, message, format!("divide by a quantity: `{name}({source} / 1 {unit})`"))
    }

    fn all_same(&mut self, at: &Placed, arguments: &[usize]) -> Known {
        // Each against the first that says anything, and the answer is that one's.
        let says = |known: Known| known.dimension().is_some();
        let first = arguments.iter().copied().find(|x| says(self.of(*x))).or_else(|| {
            // An unknown unit is more than a bare number.
            arguments.iter().copied().find(|x| self.of(*x) == Unknown)
        });
        let Some(first) = first.or(arguments.first().copied()) else { return Unknown };
        let before = self.mistakes.len();
        for other in arguments.iter().copied().filter(|x| *x != first) {
            self.same(at, first, other, "compared");
        }
        self.mistakes.truncate(before + 1);
        if self.mistakes.len() > before { Unknown } else { self.of(first) }
    }

    fn result(&mut self, wanted: Wanted) {
        let Some(at) = self.tree.nodes.last() else { return };
        let known = self.of(self.tree.nodes.len() - 1);
        let Some(found) = known.dimension() else { return };
        match wanted {
            Wanted::Any => {}
            Wanted::Truth if found == Dimension::NONE => {}
            Wanted::Truth => {
                let message = format!("the expression has {}, where a condition is needed", known.spelled());
                self.refuse(at, message, "compare it with a value: `depth > 200 m`");
            }
            Wanted::Dimension(wanted) if found == wanted => {}
            Wanted::Dimension(wanted) => {
                let message = format!("the expression has {}, where {} is needed", known.spelled(), wanted.si());
                let help = match wanted.times(found, -1) {
                    Some(Dimension::FREQUENCY) => "multiply it by a rate, such as `0.1 /day`".to_owned(),
                    Some(factor) if factor != wanted => format!("a factor in {} is missing", factor.si()),
                    _ => format!("units that fit: {}", wanted.usual_units()),
                };
                self.refuse(at, message, help);
            }
        }
    }
}
