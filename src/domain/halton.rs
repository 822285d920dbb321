//! Halton sequences by index, plain and scrambled.
//!
//! J. H. Halton, "On the efficiency of certain quasi-random sequences of points", Numer. Math. 2 (1960) 84-90: the digits of
//! the index in the base of the dimension, a prime, mirrored at the point. Scrambled, the digits of each place go through a
//! random permutation of their own (A. B. Owen, "A randomized Halton algorithm in R", arXiv:1706.02808, 2017), here of
//! addressed random numbers; plain, the points are those of `scipy.stats.qmc.Halton(scramble=False)`.

use std::ops::Range;

use crate::random::{Address, Purpose, words};

/// One dimension of the sequence.
#[derive(Debug, Clone)]
pub struct HaltonColumn {
    base: u64,
    /// For each place behind the point: what its digits become.
    places: Vec<Vec<u32>>,
}

/// The largest number below 1.
const BELOW_ONE: f64 = 1.0 - f64::EPSILON / 2.0;

impl HaltonColumn {
    /// Dimension `dimension` from 0, whose base is the prime of that position; scrambled by a seed, or plain.
    #[must_use]
    pub fn new(dimension: usize, scrambled_by: Option<u64>) -> Self {
        let base = prime(dimension);
        let mut places = Vec::new();
        let mut weight = 1.0 / base as f64;
        // Places that count beside 1.
        while 1.0 - weight < 1.0 {
            let place = places.len() as u64;
            let digits = (0..u32::try_from(base).unwrap_or(u32::MAX)).collect();
            places.push(scrambled_by.map_or(digits, |seed| permutation(base, seed, dimension as u64, place)));
            weight /= base as f64;
        }
        Self { base, places }
    }

    /// The coordinates in [0, 1) of the points `ids`.
    #[must_use]
    pub fn coordinates(&self, ids: Range<u64>) -> Vec<f64> {
        ids.map(|id| self.coordinate(id)).collect()
    }

    fn coordinate(&self, id: u64) -> f64 {
        let (mut rest, mut weight, mut sum) = (id, 1.0 / self.base as f64, 0.0);
        for digits in &self.places {
            sum += f64::from(digits[(rest % self.base) as usize]) * weight;
            weight /= self.base as f64;
            rest /= self.base;
        }
        if sum < 1.0 { sum } else { BELOW_ONE }
    }
}

/// A permutation of the digits 0..base (Fisher and Yates).
fn permutation(base: u64, seed: u64, dimension: u64, place: u64) -> Vec<u32> {
    let mut digits: Vec<u32> = (0..u32::try_from(base).unwrap_or(u32::MAX)).collect();
    for i in (1..digits.len()).rev() {
        let address = Address { draw: dimension, step: place + 1, id: i as u64 / 4, member: 1 };
        let word = words(seed, Purpose::DesignScramble, address)[i % 4];
        // The upper half of a 128-bit product maps a word to 0..=i; the bias is below 2^-50.
        digits.swap(i, ((u128::from(word) * (i as u128 + 1)) >> 64) as usize);
    }
    digits
}

/// The prime number at `position`, 2 at 0.
fn prime(position: usize) -> u64 {
    let is_prime = |n: &u64| (2..=n.isqrt()).all(|d| !n.is_multiple_of(d));
    (2..).filter(is_prime).nth(position).unwrap_or(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points 0, 1, 2, 100, 12345 of `scipy.stats.qmc.Halton(5, scramble=False)` of SciPy 1.17.1.
    #[test]
    fn val_scipy_unscrambled() {
        let expected: [(usize, [f64; 5]); 3] = [
            (0, [0.0, 0.5, 0.25, 0.148_437_5, 0.609_558_105_468_75]),
            (
                1,
                [
                    0.0,
                    0.333_333_333_333_333_3,
                    0.666_666_666_666_666_6,
                    0.411_522_633_744_855_9,
                    0.246_354_722_349_235_36,
                ],
            ),
            (
                4,
                [
                    0.0,
                    0.090_909_090_909_090_91,
                    0.181_818_181_818_181_82,
                    0.165_289_256_198_347_1,
                    0.275_595_929_239_805_97,
                ],
            ),
        ];
        for (dimension, points) in expected {
            let column = HaltonColumn::new(dimension, None);
            let found: Vec<f64> = [0, 1, 2, 100, 12345].into_iter().map(|id| column.coordinate(id)).collect();
            assert_eq!(found, points, "dimension {dimension}");
        }
    }

    /// Of base^m consecutive points from a multiple on, each stratum of width base^-m has one.
    #[test]
    fn exact_strata_stay_filled_when_scrambled() {
        for (dimension, count) in [(0, 256), (1, 243), (4, 121)] {
            for seed in 0..4 {
                let column = HaltonColumn::new(dimension, Some(seed));
                for start in [0, count, 1000 * count] {
                    let mut strata: Vec<u64> =
                        column.coordinates(start..start + count).iter().map(|u| (u * count as f64) as u64).collect();
                    strata.sort_unstable();
                    assert_eq!(strata, (0..count).collect::<Vec<_>>(), "dimension {dimension}, seed {seed}");
                }
            }
        }
    }

    #[test]
    fn exact_permutations_hold_every_digit() {
        let mut digits = permutation(101, 3, 5, 2);
        assert_ne!(digits, permutation(101, 3, 5, 3));
        digits.sort_unstable();
        assert_eq!(digits, (0..101).collect::<Vec<_>>());
        assert_eq!((prime(0), prime(4), prime(99)), (2, 11, 541));
    }
}
