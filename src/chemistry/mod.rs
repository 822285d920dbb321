//! Stiff chemistry: mechanism, rate laws, sparse Jacobian and LU, Rosenbrock methods, cells. Pure.

pub mod cells;
pub mod mechanism;
pub mod rate;
pub mod tableau;

/// How the Rosenbrock solver runs.
#[derive(Debug, Clone, PartialEq)]
pub struct SolverSettings {
    pub method: tableau::Method,
    /// Relative tolerance.
    pub relative_tolerance: f64,
    /// Absolute tolerance of each species, mol m-3.
    pub absolute_tolerance: Vec<f64>,
    /// Fraction of the last proposed step that the next call starts with; 0 starts every call afresh.
    pub carry: f64,
    /// Internal steps, accepted and rejected, that one cell may take in one call.
    pub max_steps: u32,
}
