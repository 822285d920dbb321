//! Quantiles: from the sorted values themselves where they fit into memory, else from counts by size.

use super::geometry::Sink;
use crate::statistics::{Needs, Numbers, Partial, Statistic, Weights};

/// All values of each place that are not missing.
pub struct Values(Vec<Vec<f64>>);

impl Values {
    /// Of that many places with so many values at most.
    #[must_use]
    pub fn new(places: usize, each: usize) -> Self {
        Self((0..places).map(|_| Vec::with_capacity(each)).collect())
    }

    /// Quantiles at each place, one list for each level; NaN where there are no values.
    #[must_use]
    pub fn quantiles(mut self, levels: &[f64]) -> Vec<Vec<f64>> {
        levels.iter().map(|&level| self.0.iter_mut().map(|values| quantile(values, level)).collect()).collect()
    }
}

impl Sink for Values {
    fn run(&mut self, place: usize, values: &[f64], _: &Weights<'_>) {
        // Of both zeros there is but one, so that their order is no question.
        self.0[place].extend(values.iter().filter(|value| !value.is_nan()).map(|value| value + 0.0));
    }

    fn row(&mut self, first: usize, values: &[f64], _: Option<f64>) {
        for (place, value) in self.0[first..].iter_mut().zip(values).filter(|(_, value)| !value.is_nan()) {
            place.push(value + 0.0);
        }
    }
}

/// A quantile of numbers, whose order it changes; interpolated linearly, with NumPy's own operations.
fn quantile(numbers: &mut [f64], level: f64) -> f64 {
    let Some(last) = numbers.len().checked_sub(1) else { return f64::NAN };
    let place = level * last as f64;
    let below = (place.floor() as usize).min(last);
    let (_, &mut low, above) = numbers.select_nth_unstable_by(below, f64::total_cmp);
    let high = above.iter().copied().min_by(f64::total_cmp).unwrap_or(low);
    let (share, step) = (place - below as f64, high - low);
    if share >= 0.5 { high - step * (1.0 - share) } else { low + step * share }
}

/// Counts by size of the values of one place, of which there are too many to keep them.
pub struct Counted {
    statistics: Vec<Statistic>,
    needs: Needs,
    known: Partial,
}

impl Counted {
    #[must_use]
    pub fn new(levels: &[f64]) -> Self {
        let quantile = |&level: &f64| Statistic::Quantile { level, name: String::new() };
        let statistics: Vec<Statistic> = levels.iter().map(quantile).collect();
        let needs = Needs::of(&statistics);
        let known = Partial::Numbers(Box::new(Numbers::of(&[], 0, &needs)));
        Self { statistics, needs, known }
    }

    /// What this rank knows, to be put together with the others.
    #[must_use]
    pub fn known(&self) -> &Partial {
        &self.known
    }

    /// The quantiles that follow from what all ranks know.
    #[must_use]
    pub fn quantiles(&self, all: &Partial) -> Vec<f64> {
        let Partial::Numbers(numbers) = all else { return Vec::new() };
        numbers.values(&self.statistics).into_iter().flatten().collect()
    }
}

impl Sink for Counted {
    fn run(&mut self, _: usize, values: &[f64], _: &Weights<'_>) {
        let valid: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
        let part = Partial::Numbers(Box::new(Numbers::of(&valid, 0, &self.needs)));
        self.known = self.known.with(&part);
    }

    fn row(&mut self, _: usize, values: &[f64], _: Option<f64>) {
        self.run(0, values, &Weights::One);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_quantiles_are_those_of_numpy() {
        // numpy.quantile([3.5, -1, 2, 10], [0, 0.25, 0.5, 0.9, 1])
        let mut values = Values::new(1, 6);
        values.run(0, &[3.5, f64::NAN, -1.0, 2.0, 10.0], &Weights::One);
        let found: Vec<f64> = values.quantiles(&[0.0, 0.25, 0.5, 0.9, 1.0]).into_iter().flatten().collect();
        assert_eq!(found, [-1.0, 1.25, 2.75, 8.05, 10.0]);
        assert!(Values::new(1, 0).quantiles(&[0.5])[0][0].is_nan());
    }

    #[test]
    fn exact_counts_find_the_quantiles_within_a_thousandth() {
        let numbers: Vec<f64> = (0..4000).map(|n| 280.0 + f64::from(n * 7919 % 4001) / 100.0).collect();
        let levels = [0.05, 0.5, 0.95];
        let mut counted = Counted::new(&levels);
        numbers.chunks(700).for_each(|part| counted.run(0, part, &Weights::One));
        let mut values = Values::new(1, 4000);
        values.run(0, &numbers, &Weights::One);
        let whole = counted.quantiles(counted.known());
        for (found, exact) in whole.iter().zip(values.quantiles(&levels)) {
            assert!((found / exact[0] - 1.0).abs() < 1.0 / 1024.0, "{found} {}", exact[0]);
        }
        let mut at_once = Counted::new(&levels);
        at_once.run(0, &numbers, &Weights::One);
        assert_eq!(at_once.known(), counted.known());
    }
}
