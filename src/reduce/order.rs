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

/// Values of a place that are counted together.
const TOGETHER: usize = 1 << 14;

/// Counts by size of the values of places that have too many to keep them.
pub struct Counted {
    statistics: Vec<Statistic>,
    needs: Needs,
    known: Vec<Partial>,
    /// Of each place, values that are not counted yet.
    waiting: Vec<Vec<f64>>,
}

impl Counted {
    #[must_use]
    pub fn new(places: usize, levels: &[f64]) -> Self {
        let quantile = |&level: &f64| Statistic::Quantile { level, name: String::new() };
        let statistics: Vec<Statistic> = levels.iter().map(quantile).collect();
        let needs = Needs::of(&statistics);
        let nothing = Partial::Numbers(Box::new(Numbers::of(&[], 0, &needs)));
        Self { statistics, needs, known: vec![nothing; places], waiting: vec![Vec::new(); places] }
    }

    fn count(&mut self, place: usize) {
        let part = Partial::Numbers(Box::new(Numbers::of(&self.waiting[place], 0, &self.needs)));
        self.waiting[place].clear();
        self.known[place] = self.known[place].with(&part);
    }

    fn take(&mut self, place: usize, value: f64) {
        if !value.is_nan() {
            self.waiting[place].push(value);
            if self.waiting[place].len() == TOGETHER {
                self.count(place);
            }
        }
    }

    /// What this rank knows of each place, to be put together with the others.
    #[must_use]
    pub fn known(&mut self) -> &[Partial] {
        (0..self.known.len()).for_each(|place| self.count(place));
        &self.known
    }

    /// The quantiles at each place that follow from what all ranks know, one list for each level.
    #[must_use]
    pub fn quantiles(&self, all: &[Partial]) -> Vec<Vec<f64>> {
        let mut found = vec![Vec::with_capacity(all.len()); self.statistics.len()];
        for partial in all {
            let Partial::Numbers(numbers) = partial else { continue };
            let values = numbers.values(&self.statistics).into_iter().flatten();
            found.iter_mut().zip(values).for_each(|(of_level, value)| of_level.push(value));
        }
        found
    }
}

impl Sink for Counted {
    fn run(&mut self, place: usize, values: &[f64], _: &Weights<'_>) {
        for &value in values {
            self.take(place, value);
        }
    }

    fn row(&mut self, first: usize, values: &[f64], _: Option<f64>) {
        values.iter().enumerate().for_each(|(n, &value)| self.take(first + n, value));
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
        let mut counted = Counted::new(2, &levels);
        numbers.chunks(700).for_each(|part| counted.run(1, part, &Weights::One));
        let mut values = Values::new(1, 4000);
        values.run(0, &numbers, &Weights::One);
        let known = counted.known().to_vec();
        let found = counted.quantiles(&known);
        for (found, exact) in found.iter().zip(values.quantiles(&levels)) {
            assert!(found[0].is_nan());
            assert!((found[1] / exact[0] - 1.0).abs() < 1.0 / 1024.0, "{} {}", found[1], exact[0]);
        }
        let mut rows = Counted::new(2, &levels);
        for &number in &numbers {
            rows.row(0, &[f64::NAN, number], None);
        }
        assert_eq!(rows.known(), known);
    }
}
