//! What the solver did step by step, for one cell at a time.

use super::control::Control;
use crate::lanes::Lanes;

/// One step that was tried.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TracedStep {
    /// Where it began, s since the call began.
    pub begun: f64,
    /// Its length, s.
    pub length: f64,
    pub accepted: bool,
    /// Root mean square of the error over the tolerances; below 1 it is accepted, unless concentrations are negative.
    pub error: f64,
}

impl TracedStep {
    /// Note the step of every lane that has a cell.
    pub(super) fn note<const W: usize>(trace: &mut Vec<Self>, control: &Control<W>, begun: Lanes<W>, square: Lanes<W>) {
        let active = (0..W).filter(|&lane| control.active.0[lane] > 0.0);
        trace.extend(active.map(|lane| Self {
            begun: begun.0[lane],
            length: control.tried.0[lane],
            accepted: control.accept.0[lane] > 0.0,
            error: square.0[lane].sqrt(),
        }));
    }
}
