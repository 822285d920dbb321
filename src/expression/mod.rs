//! Expressions in the deck: arithmetic over a particle's variables, sampled fields, time and random draws.
//!
//! ```text
//! text --lexer--> tokens --parser--> Tree --units--> checked --generate--> Program --evaluate--> a block of values
//! ```
//!
//! All mistakes are found when the deck is checked; a `Program` cannot fail. It computes with IEEE 754 doubles in SI
//! units, and one element's value never depends on the block it stands in.

mod draws;
mod evaluate;
mod functions;
mod generate;
mod known;
mod lexer;
mod operations;
mod parser;
mod print;
mod program;
mod scope;
mod tree;
mod units;

pub use draws::DrawSource;
pub use evaluate::Scratch;
pub use program::{Draw, DrawKind, Program};
pub use scope::{Input, NameUnit, Scope, hour_of_day};

use crate::quantity::Dimension;

/// Longest text of an expression, bytes.
pub const LONGEST_TEXT: usize = 4096;
/// How deep parentheses, functions, signs and powers may nest.
pub const DEEPEST: usize = 64;
/// Most instructions of one program.
pub const MOST_INSTRUCTIONS: usize = 1000;

/// What the deck needs an expression to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Whatever it is.
    Any,
    /// A condition: true when it is not 0.
    Truth,
    /// A quantity, such as m s-1 for a velocity.
    Dimension(Dimension),
}

/// What is wrong in an expression, where, and what to type instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Byte in the expression's text.
    pub offset: usize,
    /// Bytes.
    pub length: usize,
    pub message: String,
    /// What to type; empty when there is no advice.
    pub help: String,
}

impl Mistake {
    fn new(from: usize, to: usize, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { offset: from, length: to.saturating_sub(from).max(1), message: message.into(), help: help.into() }
    }
}

/// Compiles an expression.
///
/// # Errors
/// All mistakes that can be told apart, in the order of the text.
pub fn compile(text: &str, scope: &Scope, wanted: Wanted) -> Result<Program, Vec<Mistake>> {
    if text.len() > LONGEST_TEXT {
        let message = format!("the expression has {} bytes, more than {LONGEST_TEXT}", text.len());
        return Err(vec![Mistake::new(0, text.len(), message, "split it into several variables")]);
    }
    let mut mistakes = Vec::new();
    let tokens = lexer::tokens(text, scope, &mut mistakes);
    let tree = if mistakes.is_empty() { parser::parse(text, &tokens, scope, &mut mistakes) } else { None };
    let program = tree.and_then(|tree| {
        units::check(&tree, text, scope, wanted, &mut mistakes);
        if mistakes.is_empty() { generate::program(&tree, text, scope, &mut mistakes) } else { None }
    });
    mistakes.sort_by_key(|m| m.offset);
    program.ok_or(mistakes)
}

#[cfg(test)]
mod tests;
