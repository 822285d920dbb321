//! What is sampled, and how evenly.

use crate::chemistry::cells::Target;
use crate::domain::design::Design;
use crate::domain::discrepancy;
use crate::domain::distribution::Distribution;
use crate::domain::points::Points;
use crate::telemetry::table::counted;

/// Which inputs are sampled, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct SamplePlan {
    /// The points of the whole design: as many as the deck has cells, also when fewer run (`--cells`), so that a cell is
    /// the same in a shrunken run.
    pub points: Points,
    /// One for each dimension of the unit cube, in the deck's order.
    pub inputs: Vec<SampledInput>,
}

/// One sampled input.
#[derive(Debug, Clone, PartialEq)]
pub struct SampledInput {
    pub target: Target,
    pub distribution: Distribution,
}

/// Pairs of points times dimensions that a discrepancy may cost: a tenth of a second.
const MOST_WORK: f64 = 4e7;
/// Points of a design that can only be made whole, up to which that is done to look at its first ones.
const MOST_WHOLE: u64 = 1_000_000;
/// Beyond so many dimensions the discrepancy is a difference of numbers too large.
const MOST_DIMENSIONS: usize = 60;

impl SamplePlan {
    /// One line about the design: name, points, dimensions, and how evenly the points lie, before they are correlated.
    #[must_use]
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub fn describe(&self) -> String {
        let Points { design, count, dimensions, .. } = &self.points;
        let (points, of) = (counted(*count, "point"), counted(*dimensions as u64, "dimension"));
        let mut line = format!("design: {}, {points} in {of}", design.name());
        let affordable = (2.0 * MOST_WORK / *dimensions as f64).sqrt() as u64;
        let looked_at = affordable.min(*count);
        let whole_is_cheap = *design != Design::LatinHypercubeScipy || *count <= MOST_WHOLE;
        if (1..=MOST_DIMENSIONS).contains(dimensions) && whole_is_cheap {
            let plain = Points { copula: None, ..self.points.clone() };
            let found = discrepancy::centred(&plain.first(looked_at));
            let random = discrepancy::expected_of_random(looked_at, *dimensions);
            let part = if looked_at < *count { format!(" of the first {looked_at}") } else { String::new() };
            line += &format!("; centred discrepancy{part} {found:.2e} (random points: {random:.2e})");
        }
        line
    }
}
