//! Whether the draws of an ensemble are a sequence, of which the first ones are a sample by themselves.

use crate::deck::reader::Reading;
use crate::diagnostic::Span;
use crate::domain::design::Design;
use crate::plan::{Axis, EnsemblePlan};

/// How many draws the first axis has, which are to end early; says so at `at` where they cannot.
pub fn of_the_first_axis(ensemble: &EnsemblePlan, at: Span, reading: &mut Reading) -> Option<u64> {
    let axis = &ensemble.axes[0];
    let is_sequence =
        |axis: &Axis| matches!(axis.design, Some(Design::Sobol { .. } | Design::Halton { .. } | Design::Random));
    if is_sequence(axis) {
        return Some(axis.length);
    }
    let name = &axis.name;
    let (message, help) = match (&axis.design, ensemble.axes.iter().find(|axis| is_sequence(axis))) {
        (_, Some(other)) => (
            format!("`ensemble.stop_when` ends the first axis early, and that is `{name}`"),
            format!("write the axis `{}` before the others", other.name),
        ),
        (Some(design), None) => (
            format!("`ensemble.stop_when`: a part of the design {} of `{name}` is no design", design.name()),
            "write `method: sobol`, `halton` or `random`".to_owned(),
        ),
        (None, None) => (
            format!("`ensemble.stop_when` ends draws early, and the values of `{name}` are listed"),
            "draw them: `count: 1024` and `sample: {method: sobol, over: {PATH: DISTRIBUTION}}`".to_owned(),
        ),
    };
    reading.error(at, message, help);
    None
}
