//! How much each input matters to an output: variance-based indices, regression and partial rank correlation. Plain
//! functions over columns, with confidence from the bootstrap.

pub mod bootstrap;
pub mod indices;
pub mod regression;

/// A number and the half width of its 95 % confidence interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    pub value: f64,
    pub half_width: f64,
}
