//! Stiff chemistry: mechanism, rate laws, sparse Jacobian and LU, Rosenbrock methods, cells. Pure.
//!
//! ```text
//! Mechanism --Solver::new--> tapes (kinetics, sparse)     CellBlock --advance--> CellBlock
//!                            queue (rate constants) -> lanes (rosenbrock, control) -> queue ...
//! ```
#![allow(
    clippy::inline_always,
    reason = "the kernel is compiled for several instruction sets; what is not inlined gets the baseline (lanes.rs)"
)]
#![allow(clippy::many_single_char_names, reason = "formulas look like formulas")]
#![allow(clippy::cast_precision_loss, reason = "counts of species and cells are below 2^53")]

pub mod cells;
mod constants;
mod control;
mod kinetics;
pub mod mechanism;
pub mod members;
pub mod outcome;
mod queue;
pub mod rate;
mod rosenbrock;
mod solver;
mod sparse;
mod state;
mod sums;
pub mod tableau;
mod tape;
#[cfg(test)]
mod tests;
mod trace;

pub use outcome::{Outcome, Tally};
pub use solver::{Figures, Solver, SolverSettings};
pub use trace::TracedStep;
