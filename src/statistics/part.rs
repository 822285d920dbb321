//! Which parts a record consists of, and which values follow from them.

use super::{Partial, Statistic};
use crate::domain::sensitivity::Estimate;
use crate::domain::sensitivity::indices::sobol_indices;

/// Consecutive parts that belong together.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// One of each group, for statistics of one variable; gives the values of each statistic, group after group.
    Numbers { groups: usize, statistics: Vec<Statistic> },
    /// One that holds counts; gives them.
    Counts,
    /// One with a number of each item of a `saltelli` design, from its first point on; gives Sobol' indices: those of first
    /// order, half the width of their confidence intervals, and the same of the total ones, one for each input.
    Indices { inputs: usize, second_order: bool },
}

/// The values of a record in the order of what follows from its parts.
#[must_use]
pub fn values(recipe: &[Part], partials: &[Partial]) -> Vec<Vec<f64>> {
    let mut partials = partials.iter();
    let mut all = Vec::new();
    for part in recipe {
        match part {
            Part::Counts => {
                let counts = partials.next().map(|partial| match partial {
                    Partial::Counts(counts) => counts.iter().map(|&count| f64::from(count)).collect(),
                    Partial::Numbers(_) | Partial::Column(_) => Vec::new(),
                });
                all.push(counts.unwrap_or_default());
            }
            &Part::Indices { inputs, second_order } => {
                let Some(Partial::Column(bits)) = partials.next() else { continue };
                let outputs: Vec<f64> = bits.iter().map(|&bits| f64::from_bits(bits)).collect();
                let found = sobol_indices(&outputs, inputs, second_order);
                let none = vec![Estimate { value: f64::NAN, half_width: f64::NAN }; inputs];
                let (first, total) =
                    found.map_or_else(|| (none.clone(), none.clone()), |found| (found.first, found.total));
                for estimates in [first, total] {
                    all.push(estimates.iter().map(|estimate| estimate.value).collect());
                    all.push(estimates.iter().map(|estimate| estimate.half_width).collect());
                }
            }
            Part::Numbers { groups, statistics } => {
                let begin = all.len();
                all.resize(begin + statistics.len(), Vec::new());
                for partial in partials.by_ref().take(*groups) {
                    let Partial::Numbers(numbers) = partial else { continue };
                    for (all, one) in all[begin..].iter_mut().zip(numbers.values(statistics)) {
                        all.extend(one);
                    }
                }
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::super::{Needs, Numbers};
    use super::*;

    #[test]
    fn exact_values_come_in_the_order_of_parts() {
        let statistics = vec![Statistic::Mean, Statistic::Count];
        let needs = Needs::of(&statistics);
        let of = |numbers: &[f64]| Partial::Numbers(Box::new(Numbers::of(numbers, 0, &needs)));
        let recipe = [Part::Numbers { groups: 2, statistics }, Part::Counts];
        let partials = [of(&[1.0, 2.0]), of(&[7.0]), Partial::Counts(vec![3, 4, 5])];
        let expected = [vec![1.5, 7.0], vec![2.0, 1.0], vec![3.0, 4.0, 5.0]];
        assert_eq!(values(&recipe, &partials), expected);
    }
}
