//! Rank correlation between inputs by a Gaussian copula.
//!
//! Coordinates of the unit cube become normal scores, a triangular matrix mixes them, and the mixture becomes coordinates
//! again. Spearman's correlation s between two inputs needs scores that correlate with 2 sin(pi s / 6) (K. Pearson 1907);
//! what the marginal distributions are does not matter to it.
//!
//! A Latin hypercube would lose its strata so. There the points of a column are put into the order of the mixed scores
//! instead (R. L. Iman, W. J. Conover, "A distribution-free approach to inducing rank correlation among input variables",
//! Commun. Stat. B 11 (1982) 311-334, without their correction for the correlation that scores have by chance): every
//! stratum keeps its point. That needs whole columns.

use std::f64::consts::FRAC_PI_6;

use super::{matrix, normal};

/// Which dimensions depend on each other, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Copula {
    /// Dimensions of the cube, ascending.
    dimensions: Vec<usize>,
    /// Lower triangle that mixes their scores, row by row.
    factor: Vec<f64>,
}

impl Copula {
    /// From Spearman's correlations between the given dimensions (ascending), a symmetric matrix with ones on its diagonal.
    ///
    /// # Errors
    /// The position of the first dimension whose correlations contradict those before it.
    pub fn new(dimensions: Vec<usize>, rank_correlations: &[f64]) -> Result<Self, usize> {
        let size = dimensions.len();
        let of_scores = |(place, s): (usize, &f64)| {
            if place / size == place % size { 1.0 } else { 2.0 * libm::sin(s * FRAC_PI_6) }
        };
        let scores: Vec<f64> = rank_correlations.iter().enumerate().map(of_scores).collect();
        Ok(Self { factor: matrix::cholesky(&scores, size)?, dimensions })
    }

    /// The dimensions that the coordinates in `dimension` are mixed of, with their weights, itself last; none when it
    /// depends on no other before it.
    #[must_use]
    pub fn mixture(&self, dimension: usize) -> Option<Vec<(usize, f64)>> {
        let row = self.dimensions.iter().position(|d| *d == dimension).filter(|row| *row > 0)?;
        let weights = &self.factor[row * self.dimensions.len()..];
        let mixed =
            self.dimensions[..=row].iter().zip(weights).filter(|(d, weight)| **weight != 0.0 || **d == dimension);
        Some(mixed.map(|(d, weight)| (*d, *weight)).collect())
    }

    /// Whether a later dimension is mixed of this one.
    #[must_use]
    pub fn is_needed_after(&self, dimension: usize) -> bool {
        self.dimensions.contains(&dimension) && self.dimensions.last() != Some(&dimension)
    }
}

/// The normal scores of coordinates, times a weight, added to `sum`.
pub fn add_scores(sum: &mut [f64], coordinates: &[f64], weight: f64) {
    for (sum, &u) in sum.iter_mut().zip(coordinates) {
        *sum += weight * normal::quantile(inside(u));
    }
}

/// Keeps a coordinate off the ends of the unit interval, where the score is infinite.
fn inside(u: f64) -> f64 {
    const LEAST: f64 = f64::EPSILON / 4.0;
    u.clamp(LEAST, 1.0 - f64::EPSILON / 2.0)
}

/// The coordinates that mixed scores stand for.
pub fn coordinates(scores: &[f64]) -> Vec<f64> {
    scores.iter().map(|&z| normal::probability(z)).collect()
}

/// The values of a column in the order of some scores: the smallest value goes where the smallest score is.
#[must_use]
pub fn reordered(column: &[f64], scores: &[f64]) -> Vec<f64> {
    let mut values = column.to_vec();
    values.sort_unstable_by(f64::total_cmp);
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    let mut out = vec![0.0; column.len()];
    for (value, place) in values.into_iter().zip(order) {
        out[place] = value;
    }
    out
}
