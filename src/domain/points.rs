//! The points of a sample: a design in the unit cube whose dimensions may depend on each other.

use std::ops::Range;

use super::copula::{self, Copula};
use super::design::{Columns, Design};

/// What makes the points.
#[derive(Debug, Clone, PartialEq)]
pub struct Points {
    pub design: Design,
    pub seed: u64,
    /// Points of the whole design.
    pub count: u64,
    /// Sampled inputs.
    pub dimensions: usize,
    pub copula: Option<Copula>,
}

impl Points {
    /// Whether any part of a column can be made on its own.
    #[must_use]
    pub fn are_local(&self) -> bool {
        match self.design {
            Design::LatinHypercubeScipy => false,
            Design::LatinHypercube => self.copula.is_none(),
            _ => true,
        }
    }

    /// The coordinates in [0, 1] of the points `ids` in one dimension; none when the columns have to be made whole.
    #[must_use]
    pub fn part(&self, dimension: usize, ids: Range<u64>) -> Option<Vec<f64>> {
        if !self.are_local() {
            return None;
        }
        let plain = |dimension| self.design.part(self.seed, self.count, self.dimensions, dimension, ids.clone());
        let Some(mixture) = self.copula.as_ref().and_then(|copula| copula.mixture(dimension)) else {
            return plain(dimension);
        };
        let mut scores = vec![0.0; (ids.end - ids.start) as usize];
        for (of, weight) in mixture {
            copula::add_scores(&mut scores, &plain(of)?, weight);
        }
        Some(copula::coordinates(&scores))
    }

    /// Starts the columns, one dimension after the other, for designs of any kind.
    #[must_use]
    pub fn columns(&self) -> WholeColumns<'_> {
        let columns = self.design.columns(self.seed, self.count, self.dimensions);
        WholeColumns { points: self, columns, kept: vec![None; self.dimensions], next: 0 }
    }

    /// All coordinates of the first `wanted` points, one vector for each dimension.
    #[must_use]
    pub fn first(&self, wanted: u64) -> Vec<Vec<f64>> {
        let mut columns = self.columns();
        (0..self.dimensions).map(|_| columns.next_column(wanted)).collect()
    }
}

/// The columns of a sample.
#[derive(Debug)]
pub struct WholeColumns<'p> {
    points: &'p Points,
    columns: Columns,
    /// Columns that later ones are mixed of, where they have to be made whole.
    kept: Vec<Option<Vec<f64>>>,
    next: usize,
}

impl WholeColumns<'_> {
    /// The coordinates in [0, 1] of the first `wanted` points in the next dimension.
    pub fn next_column(&mut self, wanted: u64) -> Vec<f64> {
        let dimension = self.next;
        self.next += 1;
        if let Some(part) = self.points.part(dimension, 0..wanted) {
            return part;
        }
        let Some(copula) = &self.points.copula else {
            return self.columns.next_column(wanted);
        };
        // The order of a column follows from all of it.
        let mut column = self.columns.next_column(self.points.count);
        let plain = column.clone();
        if let Some(mixture) = copula.mixture(dimension) {
            let mut scores = vec![0.0; column.len()];
            for (of, weight) in mixture {
                let own = if of == dimension { Some(&plain) } else { self.kept[of].as_ref() };
                copula::add_scores(&mut scores, own.map_or(&[][..], Vec::as_slice), weight);
            }
            column = copula::reordered(&plain, &scores);
        }
        if copula.is_needed_after(dimension) {
            self.kept[dimension] = Some(plain);
        }
        column.truncate(usize::try_from(wanted).unwrap_or(usize::MAX));
        column
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(design: Design, count: u64) -> Points {
        let correlations = [1.0, 0.7, -0.3, 0.7, 1.0, 0.0, -0.3, 0.0, 1.0];
        let copula = Copula::new(vec![0, 2, 3], &correlations).expect("positive definite");
        Points { design, seed: 11, count, dimensions: 4, copula: Some(copula) }
    }

    /// Spearman's correlation of two columns without ties.
    fn rank_correlation(x: &[f64], y: &[f64]) -> f64 {
        let ranks = |values: &[f64]| {
            let mut order: Vec<usize> = (0..values.len()).collect();
            order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
            let mut ranks = vec![0.0; values.len()];
            order.into_iter().enumerate().for_each(|(rank, place)| ranks[place] = rank as f64);
            ranks
        };
        let n = x.len() as f64;
        let squares: f64 = ranks(x).iter().zip(ranks(y)).map(|(a, b)| (a - b).powi(2)).sum();
        1.0 - 6.0 * squares / (n * (n * n - 1.0))
    }

    #[test]
    fn exact_rank_correlations_are_those_asked_for() {
        let designs = [
            (Design::Random, 0.04),
            (Design::Sobol { scrambled: true }, 0.004),
            (Design::Halton { scrambled: true }, 0.004),
            (Design::LatinHypercube, 0.04),
            (Design::LatinHypercubeScipy, 0.04),
        ];
        for (design, tolerance) in designs {
            let columns = points(design.clone(), 4096).first(4096);
            let expected = [(0, 2, 0.7), (0, 3, -0.3), (2, 3, 0.0), (0, 1, 0.0), (1, 2, 0.0)];
            for (i, j, expected) in expected {
                let found = rank_correlation(&columns[i], &columns[j]);
                assert!((found - expected).abs() < tolerance, "{design:?} {i} {j}: {found}, not {expected}");
            }
        }
    }

    #[test]
    fn exact_latin_hypercubes_keep_one_point_in_each_stratum() {
        for design in [Design::LatinHypercube, Design::LatinHypercubeScipy] {
            for column in points(design, 500).first(500) {
                let mut strata: Vec<u64> = column.iter().map(|u| (u * 500.0) as u64).collect();
                strata.sort_unstable();
                assert_eq!(strata, (0..500).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn exact_parts_and_shorter_runs_have_the_points_of_the_whole() {
        for design in [Design::Sobol { scrambled: true }, Design::Random, Design::LatinHypercube] {
            let points = points(design, 300);
            let whole = points.first(300);
            for (dimension, (short, column)) in points.first(20).iter().zip(&whole).enumerate() {
                assert_eq!(short[..], column[..20]);
                if let Some(part) = points.part(dimension, 33..250) {
                    assert_eq!(part, column[33..250]);
                }
            }
        }
    }
}
