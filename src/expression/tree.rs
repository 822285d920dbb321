//! A parsed expression: nodes in one list, children before parents and each used once, so that the passes over it are
//! loops and none but the parser recurses.

use super::functions::Function;
use super::operations::Binary;
use crate::quantity::Unit;

/// How strongly operators bind.
pub(super) mod binding {
    pub const OR: u8 = 1;
    pub const AND: u8 = 2;
    pub const NOT: u8 = 3;
    pub const COMPARISON: u8 = 4;
    pub const SUM: u8 = 5;
    pub const PRODUCT: u8 = 6;
    pub const SIGN: u8 = 7;
    pub const POWER: u8 = 8;
    pub const OPERAND: u8 = 9;
}

/// A part of an expression; numbers are positions of other nodes.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    /// SI value, its unit, and how it is written.
    Number {
        value: f64,
        unit: Option<Unit>,
        text: String,
    },
    /// Position in the scope.
    Name(usize),
    /// A name that is not in scope; the mistake has been noted.
    Unknown,
    Negate(usize),
    Not(usize),
    Binary(Binary, usize, usize),
    Call(Function, Vec<usize>),
}

/// A node and the bytes it comes from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Placed {
    pub node: Node,
    pub from: usize,
    pub to: usize,
}

/// The parsed expression: the last node is the whole.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tree {
    pub nodes: Vec<Placed>,
}

/// Binary operators: sign, operation, binding.
pub(super) const OPERATORS: [(&str, Binary, u8); 13] = [
    ("or", Binary::Or, binding::OR),
    ("and", Binary::And, binding::AND),
    ("<", Binary::Less, binding::COMPARISON),
    ("<=", Binary::LessEqual, binding::COMPARISON),
    (">", Binary::Greater, binding::COMPARISON),
    (">=", Binary::GreaterEqual, binding::COMPARISON),
    ("==", Binary::Equal, binding::COMPARISON),
    ("!=", Binary::NotEqual, binding::COMPARISON),
    ("+", Binary::Add, binding::SUM),
    ("-", Binary::Subtract, binding::SUM),
    ("*", Binary::Multiply, binding::PRODUCT),
    ("/", Binary::Divide, binding::PRODUCT),
    ("^", Binary::Power, binding::POWER),
];
