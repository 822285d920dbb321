//! A compiled expression: instructions over numbered registers.

use std::fmt;

use super::operations::{Binary, Unary};
use super::scope::Input;

/// A compiled expression. Two are equal when they compute the same from the same inputs.
#[derive(Debug, Clone)]
pub struct Program {
    pub(super) text: String,
    pub(super) inputs: Vec<Input>,
    pub(super) draws: Vec<DrawKind>,
    pub(super) instructions: Vec<Instruction>,
    pub(super) result: Operand,
    pub(super) registers: usize,
}

/// A distribution to draw from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DrawKind {
    /// From 0 to below 1.
    Uniform,
    /// Mean 0, variance 1.
    Normal,
}

/// Random numbers that a program asks for: one for each element from `first` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draw {
    pub kind: DrawKind,
    /// Position among the program's draws, in the order of the text.
    pub index: usize,
    /// The element of the block that the first number is for.
    pub first: usize,
}

/// Where an instruction takes a value from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Operand {
    Register(usize),
    /// Position in `Program::inputs`.
    Input(usize),
    Constant(f64),
}

/// What an instruction computes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Operation {
    Unary(Unary, Operand),
    Binary(Binary, Operand, Operand),
    Select(Operand, Operand, Operand),
    /// Position in `Program::draws`.
    Draw(usize),
}

/// An operation and the register it fills, which is none that it reads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Instruction {
    pub operation: Operation,
    pub target: usize,
}

impl Program {
    /// The expression in one spelling, whatever blanks and parentheses it was typed with.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it reads, in the order in which `evaluate` takes the values.
    #[must_use]
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// How many random numbers it draws for one element.
    #[must_use]
    pub fn draws(&self) -> usize {
        self.draws.len()
    }

    /// Its value when it is the same always and for all.
    #[must_use]
    pub fn constant(&self) -> Option<f64> {
        match self.result {
            Operand::Constant(value) => Some(value),
            _ => None,
        }
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl PartialEq for Program {
    /// The text and what its names stand for determine the rest; constants may be NaN, which equals nothing.
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.inputs == other.inputs
    }
}
