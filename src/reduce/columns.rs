//! What is known of the values of each place: counts, exact sums, smallest and largest.

use std::ops::Range;

use super::geometry::Sink;
use super::request::What;
use crate::statistics::{Exact, Sums, WeightedSums, Weights, word};

/// What has to be found out for some statistics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Needs {
    /// The highest power that is summed: 0, 1 or 2.
    pub powers: usize,
    /// Sums of weights.
    pub weighted: bool,
    pub ends: bool,
}

impl Needs {
    #[must_use]
    pub fn of<'w>(statistics: impl Iterator<Item = &'w What>, weighted: bool) -> Self {
        let mut needs = Self::default();
        for what in statistics {
            match what {
                What::Mean => needs.powers = needs.powers.max(1),
                What::Deviation | What::Variance => needs.powers = 2,
                What::Minimum | What::Maximum => needs.ends = true,
                What::Count | What::Quantiles(_) => {}
            }
        }
        needs.weighted = weighted && needs.powers > 0;
        needs
    }

    /// Bytes of one place.
    #[must_use]
    pub fn bytes(self) -> usize {
        let sums = self.powers + usize::from(self.weighted);
        8 + Sums::BYTES * sums + if self.ends { 16 } else { 0 }
    }
}

/// One of each for each place.
pub struct Columns {
    counts: Vec<u64>,
    weights: Option<Sums>,
    first: Option<Sums>,
    second: Option<Sums>,
    ends: Option<[Vec<f64>; 2]>,
    /// Values that are not missing, and their weights.
    valid: (Vec<f64>, Vec<f64>),
}

impl Columns {
    /// Of no values.
    #[must_use]
    pub fn new(places: usize, needs: Needs) -> Self {
        let sums = |needed: bool| needed.then(|| Sums::new(places));
        Self {
            counts: vec![0; places],
            weights: sums(needs.weighted),
            first: sums(needs.powers > 0),
            second: sums(needs.powers > 1),
            ends: needs.ends.then(|| [vec![f64::INFINITY; places], vec![f64::NEG_INFINITY; places]]),
            valid: (Vec::new(), Vec::new()),
        }
    }

    /// What some places have come to, as bytes for another rank.
    #[must_use]
    pub fn pack(&self, places: Range<usize>) -> Vec<u8> {
        let mut out = bytemuck::cast_slice(&self.counts[places.clone()]).to_vec();
        for sums in [&self.weights, &self.first, &self.second].into_iter().flatten() {
            sums.pack(places.clone(), &mut out);
        }
        for ends in self.ends.iter().flatten() {
            out.extend_from_slice(bytemuck::cast_slice(&ends[places.clone()]));
        }
        out
    }

    /// Adds what another rank has packed of as many places.
    pub fn absorb(&mut self, mut bytes: &[u8]) {
        let places = self.counts.len();
        self.counts.iter_mut().for_each(|count| *count += word(&mut bytes));
        for sums in [&mut self.weights, &mut self.first, &mut self.second].into_iter().flatten() {
            sums.add_all(0, &Sums::unpack(places, &mut bytes));
        }
        if let Some([least, most]) = &mut self.ends {
            for end in least {
                *end = end.min(f64::from_bits(word(&mut bytes)));
            }
            for end in most {
                *end = end.max(f64::from_bits(word(&mut bytes)));
            }
        }
    }

    /// The values of statistics at all places, one list for each of them; NaN where there is nothing.
    #[must_use]
    pub fn values(&self, statistics: &[&What]) -> Vec<Vec<f64>> {
        let mut all = vec![Vec::with_capacity(self.counts.len()); statistics.len()];
        for (place, &count) in self.counts.iter().enumerate() {
            let total = |sums: &Option<Sums>| sums.as_ref().map(|sums| sums.total(place)).unwrap_or_default();
            let mut sums =
                WeightedSums { weight: total(&self.weights), first: total(&self.first), second: total(&self.second) };
            if self.weights.is_none() {
                sums.weight = Exact::default();
                sums.weight.add(count as f64);
            }
            let end = |side: usize| self.ends.as_ref().filter(|_| count > 0).map_or(f64::NAN, |ends| ends[side][place]);
            for (what, values) in statistics.iter().zip(&mut all) {
                values.push(match what {
                    What::Count => count as f64,
                    _ if count == 0 => f64::NAN,
                    What::Mean => sums.mean(),
                    What::Variance => sums.variance(),
                    What::Deviation => sums.variance().sqrt(),
                    What::Minimum => end(0),
                    What::Maximum => end(1),
                    // Quantiles come from the values themselves.
                    What::Quantiles(_) => f64::NAN,
                });
            }
        }
        all
    }
}

impl Sink for Columns {
    fn run(&mut self, place: usize, values: &[f64], weights: &Weights<'_>) {
        let (valid, heavy) = &mut self.valid;
        // Mostly nothing is missing, which is soon seen.
        let missing: usize = values.iter().map(|value| usize::from(value.is_nan())).sum();
        valid.clear();
        if missing > 0 {
            valid.extend(values.iter().filter(|value| !value.is_nan()));
        }
        let valid = if missing > 0 { &valid[..] } else { values };
        let weights = if let Weights::Each(weights) = weights {
            heavy.clear();
            heavy.extend(values.iter().zip(*weights).filter(|(value, _)| !value.is_nan()).map(|(_, weight)| weight));
            Weights::Each(&heavy[..])
        } else {
            *weights
        };
        self.counts[place] += valid.len() as u64;
        if let Some(sums) = &mut self.weights {
            match weights {
                Weights::Each(weights) => weights.iter().for_each(|&weight| sums.add(place, weight)),
                Weights::Same(weight) => sums.add_product(place, weight, valid.len() as f64),
                Weights::One => sums.add(place, valid.len() as f64),
            }
        }
        if let Some(sums) = &mut self.first {
            sums.add_run(place, valid, &weights, self.second.as_mut());
        }
        if let Some([least, most]) = &mut self.ends {
            // Of both zeros this takes 0, whichever comes first.
            least[place] = valid.iter().fold(least[place], |end, value| end.min(value + 0.0));
            most[place] = valid.iter().fold(most[place], |end, value| end.max(value + 0.0));
        }
    }

    fn row(&mut self, first: usize, values: &[f64], weight: Option<f64>) {
        let places = first..first + values.len();
        let valid = &mut self.valid.0;
        valid.clear();
        valid.extend(values.iter().map(|value| if value.is_nan() { 0.0 } else { *value }));
        for (count, value) in self.counts[places.clone()].iter_mut().zip(values) {
            *count += u64::from(!value.is_nan());
        }
        if let Some(sums) = &mut self.first {
            match weight {
                Some(weight) => sums.add_products(first, weight, valid),
                None => sums.add_row(first, valid),
            }
        }
        if let Some(sums) = &mut self.second {
            sums.add_squares(first, weight, valid);
        }
        if let Some(sums) = &mut self.weights {
            valid.clear();
            valid.extend(values.iter().map(|value| if value.is_nan() { 0.0 } else { weight.unwrap_or(1.0) }));
            sums.add_row(first, valid);
        }
        if let Some([least, most]) = &mut self.ends {
            for ((least, most), value) in least[places.clone()].iter_mut().zip(&mut most[places]).zip(values) {
                let value = value + 0.0;
                *least = if value < *least { value } else { *least };
                *most = if value > *most { value } else { *most };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [What; 6] = [What::Count, What::Mean, What::Variance, What::Deviation, What::Minimum, What::Maximum];

    fn values(columns: &Columns) -> Vec<Vec<u64>> {
        let all: Vec<&What> = ALL.iter().collect();
        columns.values(&all).iter().map(|values| values.iter().map(|value| value.to_bits()).collect()).collect()
    }

    #[test]
    fn exact_rows_runs_and_parts_give_the_same_bits() {
        let number = |n: usize| if n % 7 == 3 { f64::NAN } else { (n * n % 101) as f64 / 7.0 - 5.0 };
        let rows: Vec<Vec<f64>> = (0..40).map(|row| (0..6).map(|n| number(row * 6 + n)).collect()).collect();
        for weighted in [false, true] {
            let needs = Needs::of(ALL.iter(), weighted);
            let weight = |row: usize| weighted.then(|| 1.0 / (row + 3) as f64);
            let mut whole = Columns::new(6, needs);
            rows.iter().enumerate().for_each(|(n, row)| whole.row(0, row, weight(n)));
            let mut runs = Columns::new(6, needs);
            let weights: Vec<f64> = (0..40).map(|n| weight(n).unwrap_or(1.0)).collect();
            for place in 0..6 {
                let column: Vec<f64> = rows.iter().map(|row| row[place]).collect();
                let weights = if weighted { Weights::Each(&weights) } else { Weights::One };
                runs.run(place, &column, &weights);
            }
            assert_eq!(values(&runs), values(&whole));
            let mut parts = [Columns::new(6, needs), Columns::new(6, needs)];
            rows.iter().enumerate().for_each(|(n, row)| parts[n % 2].row(0, row, weight(n)));
            for range in [0..2, 2..6] {
                let mut joined = Columns::new(range.len(), needs);
                for part in &parts {
                    joined.absorb(&part.pack(range.clone()));
                }
                let expected: Vec<Vec<u64>> = values(&whole).iter().map(|all| all[range.clone()].to_vec()).collect();
                assert_eq!(values(&joined), expected);
            }
        }
    }

    #[test]
    fn exact_nothing_has_a_count_and_no_other_statistic() {
        let mut none = Columns::new(1, Needs::of(ALL.iter(), true));
        none.run(0, &[f64::NAN; 3], &Weights::Same(0.5));
        none.row(0, &[f64::NAN], Some(0.5));
        let all: Vec<&What> = ALL.iter().collect();
        let found: Vec<f64> = none.values(&all).into_iter().flatten().collect();
        assert!(found[0] == 0.0 && found[1..].iter().all(|value| value.is_nan()));
    }
}
