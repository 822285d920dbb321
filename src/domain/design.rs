//! Sampling designs: which points of the unit cube the cells take.
//!
//! A point is a property of (design, seed, count, index): how many of the cells run, and on which rank, changes
//! nothing. Points are made one dimension (column) at a time, so that memory stays at one value a cell.

use super::permutation::Permutation;
use super::scipy::ScipyLatinHypercube;
use crate::random::{Address, Purpose, unit_interval, words};

/// A sampling design.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Design {
    /// Latin hypercube from addressed random numbers: any point from its index alone.
    LatinHypercube,
    /// The very points of `scipy.stats.qmc.LatinHypercube(d, rng=seed).random(n)`.
    LatinHypercubeScipy,
}

impl Design {
    /// Starts the columns of a design of `count` points in `dimensions` dimensions.
    #[must_use]
    pub fn columns(self, seed: u64, count: u64, dimensions: usize) -> Columns {
        match self {
            Self::LatinHypercube => Columns::Addressed { seed, count, next: 0 },
            Self::LatinHypercubeScipy => Columns::Scipy(Box::new(ScipyLatinHypercube::new(seed, count, dimensions))),
        }
    }
}

/// The columns of a design, one after the other.
#[derive(Debug)]
pub enum Columns {
    Addressed { seed: u64, count: u64, next: u64 },
    Scipy(Box<ScipyLatinHypercube>),
}

impl Columns {
    /// The coordinates in [0, 1) of the first `wanted` points in the next dimension.
    pub fn next_column(&mut self, wanted: u64) -> Vec<f64> {
        match self {
            Self::Addressed { seed, count, next } => {
                let dimension = *next;
                *next += 1;
                let permutation = Permutation::new(*count, *seed, dimension);
                (0..wanted).map(|id| latin_coordinate(*seed, dimension, *count, id, &permutation)).collect()
            }
            Self::Scipy(design) => design.next_column(wanted),
        }
    }
}

/// Point `id` lies in stratum `permutation(id)` of the dimension, anywhere inside.
#[allow(clippy::cast_precision_loss)]
fn latin_coordinate(seed: u64, dimension: u64, count: u64, id: u64, permutation: &Permutation) -> f64 {
    let jitter = words(seed, Purpose::DesignJitter, Address { draw: dimension, id, ..Address::default() })[0];
    (permutation.image(id) as f64 + unit_interval(jitter)) / count as f64
}

#[cfg(test)]
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
mod tests {
    use super::*;

    fn points(design: Design, seed: u64, count: u64, dimensions: usize) -> Vec<Vec<f64>> {
        let mut columns = design.columns(seed, count, dimensions);
        (0..dimensions).map(|_| columns.next_column(count)).collect()
    }

    #[test]
    fn exact_one_point_in_each_stratum() {
        for design in [Design::LatinHypercube, Design::LatinHypercubeScipy] {
            for column in points(design, 7, 1000, 4) {
                let mut strata: Vec<u64> = column.iter().map(|u| (u * 1000.0) as u64).collect();
                strata.sort_unstable();
                assert_eq!(strata, (0..1000).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn exact_a_shorter_run_has_the_first_points() {
        for design in [Design::LatinHypercube, Design::LatinHypercubeScipy] {
            let whole = points(design, 3, 100, 3);
            let mut columns = design.columns(3, 100, 3);
            for column in whole {
                assert_eq!(columns.next_column(10), column[..10]);
            }
        }
    }

    /// Pair correlations over many seeds behave as those of random permutations: mean 0, variance 1/(n - 1).
    #[test]
    fn exact_columns_are_uncorrelated() {
        let (count, dimensions, seeds) = (256_u64, 5, 200);
        let mut correlations = Vec::new();
        for seed in 0..seeds {
            let columns = points(Design::LatinHypercube, seed, count, dimensions);
            for i in 0..dimensions {
                for j in 0..i {
                    let sum: f64 = columns[i].iter().zip(&columns[j]).map(|(x, y)| (x - 0.5) * (y - 0.5)).sum();
                    correlations.push(12.0 * sum / count as f64);
                }
            }
        }
        let n = correlations.len() as f64;
        let mean = correlations.iter().sum::<f64>() / n;
        let variance = correlations.iter().map(|r| r * r).sum::<f64>() / n;
        let expected = 1.0 / (count as f64 - 1.0);
        assert!(mean.abs() < 4.0 * (expected / n).sqrt(), "mean correlation {mean}");
        assert!((variance / expected - 1.0).abs() < 4.0 * (2.0 / n).sqrt(), "variance {variance} expected {expected}");
    }
}
