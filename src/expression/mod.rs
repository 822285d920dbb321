//! Expressions in the deck: arithmetic over a particle's variables, sampled fields, time and random draws.

/// A compiled expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Program {}
