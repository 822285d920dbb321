//! What ends an ensemble before all of its draws have run: the means that are asked for are known well enough.

use std::ops::Range;

use super::{OutputVariable, Over, Plan};
use crate::statistics::{Needs, Numbers, Statistic};

/// Draws run in batches, each as large as all before it together, until all conditions hold.
#[derive(Debug, Clone, PartialEq)]
pub struct StopWhen {
    /// Draws of the first batch, a power of 2.
    pub at_least: u64,
    pub conditions: Vec<Condition>,
}

/// A mean over the draws whose standard error is to be below a bound.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// Of the mean, as the deck has it.
    pub name: String,
    pub variable: OutputVariable,
    pub over: Over,
    /// Of the mean and the bound, as in the file.
    pub unit: String,
    pub below: f64,
    /// It is the mean after so many steps.
    pub step: u64,
}

impl StopWhen {
    /// The batches of so many draws.
    #[must_use]
    pub fn batches(&self, draws: u64) -> Vec<Range<u64>> {
        let doubled = std::iter::successors(Some(self.at_least), |end| end.checked_mul(2));
        let ends = doubled.take_while(|&end| end < draws).chain([draws]);
        let mut start = 0;
        ends.map(|end| std::mem::replace(&mut start, end)..end).collect()
    }
}

impl Plan {
    /// How many draws there are, where they run in batches; else 1.
    #[must_use]
    pub fn draws(&self) -> u64 {
        let axis = self.ensemble.as_ref().and_then(|ensemble| ensemble.axes.first());
        axis.filter(|_| self.stop_when.is_some()).map_or(1, |axis| axis.length)
    }

    /// How many items of the flat index a draw has.
    #[must_use]
    pub fn items_of_draw(&self) -> u64 {
        self.members.total() / self.draws().max(1)
    }

    /// What runs one after the other, as ranges of the flat index.
    #[must_use]
    pub fn batches(&self) -> Vec<Range<u64>> {
        let all = 0..self.draws();
        let draws = self.stop_when.as_ref().map_or_else(|| Vec::from([all.clone()]), |stop| stop.batches(all.end));
        let items = self.items_of_draw();
        draws.into_iter().map(|draws| draws.start * items..draws.end * items).collect()
    }

    /// The most items that run at once.
    #[must_use]
    pub fn most_at_once(&self) -> u64 {
        self.batches().into_iter().map(|batch| batch.end - batch.start).max().unwrap_or(0)
    }
}

/// The standard error of the mean of independent numbers; those that are not finite are left out. NaN for fewer than two.
#[must_use]
pub fn standard_error(numbers: impl Iterator<Item = f64>) -> f64 {
    let there: Vec<f64> = numbers.filter(|number| number.is_finite()).collect();
    if there.len() < 2 {
        return f64::NAN;
    }
    let wanted = [Statistic::Variance];
    let variance = Numbers::of(&there, 0, &Needs::of(&wanted)).values(&wanted)[0][0];
    (variance / (there.len() - 1) as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_batches_double_what_has_run_and_end_with_the_last_draw() {
        let stop = |at_least| StopWhen { at_least, conditions: Vec::new() };
        assert_eq!(stop(4).batches(32), [0..4, 4..8, 8..16, 16..32]);
        assert_eq!(stop(4).batches(11), [0..4, 4..8, 8..11]);
        assert_eq!(stop(4).batches(5), [0..4, 4..5]);
    }

    #[test]
    fn exact_standard_error_leaves_out_what_is_missing() {
        let numbers = [1.0, f64::NAN, 3.0, 5.0, 7.0, f64::INFINITY];
        // The sum of squares about 4 is 20, over 4 and 3.
        assert_eq!(standard_error(numbers.into_iter()), (20.0_f64 / 4.0 / 3.0).sqrt());
        assert!(standard_error([1.0].into_iter()).is_nan());
        assert_eq!(standard_error([0.1; 7].into_iter()), 0.0);
    }
}
