//! Fields given by a formula, for tests and teaching.

/// A component of an analytic flow.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Analytic {
    pub flow: Flow,
    pub component: Component,
}

/// Which component of the flow a field is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Component {
    U,
    V,
}

/// A flow with a known solution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    StationaryEddy,
    MovingEddy,
    DecayingEddy,
    RadialRotation,
    StommelGyre,
    DoubleGyre,
}
