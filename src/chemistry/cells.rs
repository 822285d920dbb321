//! The cells of one rank.

/// Something in a cell that can be set, sampled or tabled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// K
    Temperature,
    /// Pa
    Pressure,
    /// Index into `Mechanism::species`; mol m-3.
    Concentration(usize),
    /// Index into `Mechanism::parameters`, in the parameter's unit.
    Parameter(usize),
}
