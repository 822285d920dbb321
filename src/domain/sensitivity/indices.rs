//! Sobol' indices: the share of an output's variance that an input explains alone (first order), with all its interactions
//! (total), and that two inputs explain together beyond what each does (second order).
//!
//! First order after A. Saltelli et al., "Variance based sensitivity analysis of model output", Comput. Phys. Commun. 181
//! (2010) 259-270, <https://doi.org/10.1016/j.cpc.2009.09.018>, total after M. J. W. Jansen (1999) as given there, second
//! order after A. Saltelli (2002). These are the estimators of SALib 1.6, on outputs of mean 0 and variance 1.

use super::Estimate;
use super::bootstrap;
use crate::domain::saltelli::group_size;

/// The indices of one output.
#[derive(Debug, Clone, PartialEq)]
pub struct Indices {
    /// One for each input.
    pub first: Vec<Estimate>,
    pub total: Vec<Estimate>,
    /// Inputs j < k and their common index.
    pub second: Vec<(usize, usize, Estimate)>,
    /// Groups that count, and those left out because a value is missing.
    pub groups: usize,
    pub left_out: usize,
}

/// Outputs of a group of points: A, A with one coordinate of B, B with one coordinate of A, B.
struct Group<'y> {
    values: &'y [f64],
    inputs: usize,
}

impl Group<'_> {
    fn a(&self) -> f64 {
        self.values[0]
    }

    fn b(&self) -> f64 {
        self.values[self.values.len() - 1]
    }

    fn ab(&self, input: usize) -> f64 {
        self.values[1 + input]
    }

    fn ba(&self, input: usize) -> f64 {
        self.values[1 + self.inputs + input]
    }
}

/// The indices from the outputs of a `saltelli` design in the order of its points; none when no whole group is there.
#[must_use]
pub fn sobol_indices(outputs: &[f64], inputs: usize, second_order: bool) -> Option<Indices> {
    let size = group_size(inputs, second_order) as usize;
    let kept: Vec<&[f64]> = outputs.chunks_exact(size).filter(|group| group.iter().all(|y| y.is_finite())).collect();
    if kept.is_empty() {
        return None;
    }
    let scaled = normalised(&kept.concat());
    let groups: Vec<Group<'_>> = scaled.chunks_exact(size).map(|values| Group { values, inputs }).collect();
    let pairs: Vec<(usize, usize)> = if second_order {
        (0..inputs).flat_map(|j| (j + 1..inputs).map(move |k| (j, k))).collect()
    } else {
        Vec::new()
    };
    let all = bootstrap::estimates(groups.len(), |picks| {
        let variance = variance_of_a_and_b(&groups, picks);
        let mean = |term: &dyn Fn(&Group<'_>) -> f64| {
            let sum: f64 = picks.iter().map(|&pick| term(&groups[pick])).sum();
            // What does not vary has no causes.
            if variance > f64::EPSILON { sum / picks.len() as f64 / variance } else { 0.0 }
        };
        let first: Vec<f64> = (0..inputs).map(|j| mean(&|g| g.b() * (g.ab(j) - g.a()))).collect();
        let total = (0..inputs).map(|j| mean(&|g| 0.5 * (g.a() - g.ab(j)).powi(2)));
        let second = pairs.iter().map(|&(j, k)| mean(&|g| g.ba(j) * g.ab(k) - g.a() * g.b()) - first[j] - first[k]);
        first.iter().copied().chain(total).chain(second).collect()
    });
    Some(Indices {
        first: all[..inputs].to_vec(),
        total: all[inputs..2 * inputs].to_vec(),
        second: pairs.iter().zip(&all[2 * inputs..]).map(|(&(j, k), &estimate)| (j, k, estimate)).collect(),
        groups: groups.len(),
        left_out: outputs.len() / size - groups.len(),
    })
}

/// Mean 0 and variance 1; zeros when all are alike.
fn normalised(values: &[f64]) -> Vec<f64> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let deviation = (values.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / n).sqrt();
    values.iter().map(|y| if deviation > 0.0 { (y - mean) / deviation } else { 0.0 }).collect()
}

fn variance_of_a_and_b(groups: &[Group<'_>], picks: &[usize]) -> f64 {
    let n = 2.0 * picks.len() as f64;
    let mean = picks.iter().map(|&pick| groups[pick].a() + groups[pick].b()).sum::<f64>() / n;
    let square = |pick: &usize| (groups[*pick].a() - mean).powi(2) + (groups[*pick].b() - mean).powi(2);
    picks.iter().map(square).sum::<f64>() / n
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
