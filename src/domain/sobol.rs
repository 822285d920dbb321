//! Sobol' sequences by index, plain and scrambled.
//!
//! I. M. Sobol', "On the distribution of points in a cube and the approximate evaluation of integrals", USSR Comput. Math.
//! Math. Phys. 7 (1967) 86-112. Direction numbers `new-joe-kuo-6` of S. Joe, F. Y. Kuo, "Constructing Sobol sequences with
//! better two-dimensional projections", SIAM J. Sci. Comput. 30 (2008) 2635-2654, <https://doi.org/10.1137/070709359>;
//! their licence is `sobol/LICENSE.joe-kuo`. Points come in the order of the Gray code, as everywhere since I. A. Antonov,
//! V. M. Saleev (1979), so that the first 2^m points are those of the natural order.
//!
//! Scrambling: a random lower triangular matrix over the bits of each dimension, then a digital shift (J. Matoušek, "On the
//! L2-discrepancy for anchored boxes", J. Complexity 14 (1998) 527-556, <https://doi.org/10.1006/jcom.1998.0489>). Every
//! point becomes uniform, every net stays a net, and means have the variance of Owen's nested scrambling (A. B. Owen,
//! "Variance with alternative scramblings of digital nets", ACM TOMACS 13 (2003) 363-378).

use std::ops::Range;

use crate::random::{Address, Purpose, unit_interval, words};

/// Dimensions that have direction numbers.
pub const MOST_DIMENSIONS: usize = 2048;

/// For each dimension from the second on: degree and coefficients of the polynomial, then the first odd numbers m.
const TABLE: &str = include_str!("sobol/joe_kuo.txt");

/// One dimension of the sequence.
#[derive(Debug, Clone)]
pub struct SobolColumn {
    /// What each bit of the Gray code adds, as 64-bit fractions of 1.
    directions: [u64; 64],
    shift: u64,
}

impl SobolColumn {
    /// Dimension `dimension` from 0; scrambled by a seed, or plain.
    #[must_use]
    pub fn new(dimension: usize, scrambled_by: Option<u64>) -> Self {
        let plain = Self { directions: directions(dimension), shift: 0 };
        scrambled_by.map_or(plain.clone(), |seed| plain.scrambled(seed, dimension as u64))
    }

    /// The coordinates in [0, 1) of the points `ids`.
    #[must_use]
    pub fn coordinates(&self, ids: Range<u64>) -> Vec<f64> {
        let gray = ids.start ^ (ids.start >> 1);
        let start = (0..64).filter(|bit| gray >> bit & 1 == 1).fold(self.shift, |sum, bit| sum ^ self.directions[bit]);
        let step = |word: &mut u64, id: u64| {
            let here = *word;
            // Codes of neighbours differ in the bit at which the next index has its lowest one.
            *word ^= self.directions[(id + 1).trailing_zeros() as usize % 64];
            Some(unit_interval(here))
        };
        ids.scan(start, step).collect()
    }

    fn scrambled(&self, seed: u64, dimension: u64) -> Self {
        let draw = |step| words(seed, Purpose::DesignScramble, Address { draw: dimension, step, ..Address::default() });
        let mut rows = [0; 64];
        for (block, four) in rows.chunks_exact_mut(4).enumerate() {
            four.copy_from_slice(&draw(block as u64));
        }
        // Row p of the matrix: bit p itself and random ones of the bits above it.
        for (p, row) in rows.iter_mut().enumerate() {
            let bit = 1 << (63 - p);
            *row = (*row & !(bit | (bit - 1))) | bit;
        }
        let product = |v: u64| {
            let parity = |row: &u64| u64::from((row & v).count_ones() & 1);
            rows.iter().fold(0, |out, row| out << 1 | parity(row))
        };
        Self { directions: self.directions.map(product), shift: draw(16)[0] }
    }
}

/// The direction numbers of a dimension, m_k / 2^k.
fn directions(dimension: usize) -> [u64; 64] {
    let mut v = std::array::from_fn(|k| 1 << (63 - k));
    let Some(line) = dimension.checked_sub(1).and_then(|place| TABLE.lines().nth(place)) else {
        return v; // the first dimension is van der Corput's sequence
    };
    let numbers: Vec<u64> = line.split(' ').filter_map(|number| number.parse().ok()).collect();
    let degree = numbers[0] as usize;
    for (k, m) in numbers[2..].iter().enumerate() {
        v[k] = m << (63 - k);
    }
    for k in degree..64 {
        let before = v[k - degree];
        let others = (1..degree).filter(|i| numbers[1] >> (degree - 1 - i) & 1 == 1).map(|i| v[k - i]);
        v[k] = others.fold(before ^ (before >> degree), |sum, other| sum ^ other);
    }
    v
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_the_table_is_whole() {
        assert_eq!(TABLE.lines().count() + 1, MOST_DIMENSIONS);
        for (place, line) in TABLE.lines().enumerate() {
            let numbers: Vec<u64> = line.split(' ').map(|number| number.parse().unwrap()).collect();
            assert_eq!(numbers.len() as u64, numbers[0] + 2, "dimension {}", place + 2);
            let odd_and_small = |(k, m): (usize, &u64)| m % 2 == 1 && m >> (k + 1) == 0;
            assert!(numbers[2..].iter().enumerate().all(odd_and_small), "dimension {}", place + 2);
        }
    }

    /// Points 0, 1, 2, 3, 1000 of `scipy.stats.qmc.Sobol(2048, scramble=False)` of SciPy 1.17.1.
    #[test]
    fn val_scipy_unscrambled() {
        let expected: [(usize, [f64; 5]); 4] = [
            (0, [0.0, 0.5, 0.75, 0.25, 0.219_726_562_5]),
            (2, [0.0, 0.5, 0.25, 0.75, 0.518_554_687_5]),
            (99, [0.0, 0.5, 0.75, 0.25, 0.186_523_437_5]),
            (2047, [0.0, 0.5, 0.75, 0.25, 0.897_460_937_5]),
        ];
        for (dimension, points) in expected {
            let column = SobolColumn::new(dimension, None);
            assert_eq!(column.coordinates(0..4), points[..4], "dimension {dimension}");
            assert_eq!(column.coordinates(1000..1001), points[4..], "dimension {dimension}");
        }
    }

    /// Any 2^m consecutive points from a multiple of 2^m on have one in each of 2^m strata, in every dimension.
    #[test]
    fn exact_nets_stay_nets_when_scrambled() {
        for dimension in [0, 1, 7, 300] {
            for seed in 0..4 {
                let column = SobolColumn::new(dimension, Some(seed));
                for start in [0, 512, 1 << 40] {
                    let mut strata: Vec<u64> =
                        column.coordinates(start..start + 512).iter().map(|u| (u * 512.0) as u64).collect();
                    strata.sort_unstable();
                    assert_eq!(strata, (0..512).collect::<Vec<_>>());
                }
            }
        }
    }

    #[test]
    fn exact_a_point_depends_on_its_index_alone() {
        let column = SobolColumn::new(5, Some(9));
        let all = column.coordinates(0..1000);
        for start in [1, 2, 333, 998] {
            assert_eq!(column.coordinates(start..1000), all[start as usize..]);
        }
        assert!(column.coordinates(7..7).is_empty());
        assert_eq!(column.coordinates(u64::MAX - 1..u64::MAX).len(), 1);
    }

    /// The variance of means of a smooth function over seeds falls as n^-3 (Owen 1997), so 64 times the points give means
    /// 512 times better; a shift alone, or bad bits, would not.
    #[test]
    fn conv_scrambled_means_improve_as_n_to_the_minus_three_halves() {
        let error = |n: u64| {
            let square = |seed: u64| {
                let columns: Vec<Vec<f64>> =
                    (0..3).map(|d| SobolColumn::new(d, Some(seed)).coordinates(0..n)).collect();
                let value = |i: usize| columns.iter().map(|c| 1.0 + 0.5 * (c[i] - 0.5)).product::<f64>();
                let mean = (0..n as usize).map(value).sum::<f64>() / n as f64;
                (mean - 1.0).powi(2)
            };
            ((0..40).map(square).sum::<f64>() / 40.0).sqrt()
        };
        let order = (error(16) / error(1024)).log2() / 6.0;
        assert!(order > 1.3, "order {order}");
    }
}
