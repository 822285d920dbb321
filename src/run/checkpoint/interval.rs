//! How long to wait between checkpoints.

use crate::plan::CheckpointInterval;

/// Seconds between two interruptions of a job, of whatever kind: one a day.
const BETWEEN_INTERRUPTIONS: f64 = 86400.0;
/// Until the first checkpoint has told what one costs, s.
const FIRST: f64 = 60.0;
/// Shorter intervals gain nothing that a user notices, and longer ones lose more than anyone likes, s.
const BOUNDS: [f64; 2] = [30.0, 3600.0];

/// Seconds from one checkpoint to the next, when the last one took `cost` s; none when the deck wants none.
#[must_use]
pub fn seconds(plan: CheckpointInterval, cost: Option<f64>) -> Option<f64> {
    match plan {
        CheckpointInterval::Never => None,
        CheckpointInterval::Seconds(seconds) => Some(seconds),
        CheckpointInterval::Measured => Some(cost.map_or(FIRST, best)),
    }
}

/// The interval that loses least to writing and to repeating together: Young (1974), Commun. ACM 17, 530, which is the
/// first order of Daly (2006), Future Gener. Comput. Syst. 22, 303.
fn best(cost: f64) -> f64 {
    (2.0 * cost * BETWEEN_INTERRUPTIONS).sqrt().clamp(BOUNDS[0], BOUNDS[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_the_best_interval_loses_less_than_its_neighbours() {
        let cost = 2.0;
        let lost = |interval: f64| cost / interval + 0.5 * interval / BETWEEN_INTERRUPTIONS;
        let best = best(cost);
        assert!(lost(best) < lost(0.99 * best) && lost(best) < lost(1.01 * best));
    }

    #[test]
    fn exact_the_deck_decides_when_it_says_so() {
        assert_eq!(seconds(CheckpointInterval::Seconds(1.0), Some(9.0)), Some(1.0));
        assert_eq!(seconds(CheckpointInterval::Never, Some(9.0)), None);
        assert_eq!(seconds(CheckpointInterval::Measured, Some(0.0)), Some(BOUNDS[0]));
    }
}
