//! Counts of numbers by size, from which quantiles follow.
//!
//! A bin is all numbers with the same sign, exponent and first ten binary digits, so that its width is at most 2^-10 of the
//! numbers in it. Counts add up in any order. This is DDSketch with its logarithm replaced by the bits of the number
//! (C. Masson, J. E. Rim & H. K. Lee, "DDSketch: a fast and fully-mergeable quantile sketch with relative-error
//! guarantees", PVLDB 12, 2195-2205, 2019).
//!
//! A quantile is off by at most 2^-10 of the numbers around it: a number is taken to lie in its bin where its rank among
//! those in the bin would put it if they were evenly spread.

use serde::{Deserialize, Serialize};

/// Bits below sign, exponent and ten digits.
const BELOW: u32 = 42;
/// Bins that a sketch keeps of each sign: numbers smaller than the largest by 2^-128 count as zeros.
const MOST_BINS: usize = 128 << 10;
/// All numbers above this bin are finite.
const BINS: usize = 0x7ff << 10;

/// Bins whose counts are added up together where a rank is looked for.
const BLOCK: usize = 64;

/// Counts of numbers by bins.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sketch {
    pub negative: Side,
    pub positive: Side,
}

/// Counts of the numbers of one sign by the bins of their sizes, which begin with `first`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Side {
    pub first: usize,
    pub counts: Vec<u32>,
}

/// The bin of a size; zeros are in bin 0.
fn bin(number: f64) -> usize {
    ((number.to_bits() & !(1 << 63)) >> BELOW) as usize
}

/// The smallest number of a bin; the largest finite number where there is none.
fn edge(bin: usize) -> f64 {
    if bin >= BINS { f64::MAX } else { f64::from_bits((bin as u64) << BELOW) }
}

/// The first bin that is kept where `last` is the largest.
#[must_use]
pub fn first_kept(last: usize) -> usize {
    (last + 1).saturating_sub(MOST_BINS).max(1)
}

/// The first bin from `kept` on that holds positive numbers, and negative ones; beyond all bins where there are none.
fn firsts_of(numbers: &[f64], kept: usize) -> [usize; 2] {
    let mut firsts = [BINS; 2];
    for &number in numbers {
        let (bin, sign) = (bin(number), usize::from(number.is_sign_negative()));
        firsts[sign] = firsts[sign].min(if bin < kept { BINS } else { bin });
    }
    firsts
}

impl Sketch {
    /// Of finite numbers between two ends, which are among them.
    #[must_use]
    pub fn of(numbers: &[f64], [smallest, largest]: [f64; 2]) -> Self {
        let (mut positive, mut negative) = (bin(largest.max(0.0)), bin(smallest.min(0.0)));
        // The larger of both signs decides which bins are kept, here and where parts are joined.
        let kept = first_kept(positive.max(negative));
        let mut firsts = [kept; 2];
        if smallest > 0.0 && bin(smallest) >= kept {
            (firsts[0], negative) = (bin(smallest), 0);
        } else if largest < 0.0 && bin(largest) >= kept {
            (firsts[1], positive) = (bin(largest), 0);
        } else {
            firsts = firsts_of(numbers, kept);
        }
        let side = |first: usize, last: usize| match (last + 1).checked_sub(first) {
            None | Some(0) => Side::default(),
            Some(bins) => Side { first, counts: vec![0; bins] },
        };
        let mut sides = [side(firsts[0], positive), side(firsts[1], negative)];
        for &number in numbers {
            let side = &mut sides[usize::from(number.is_sign_negative())];
            if let Some(count) = side.counts.get_mut(bin(number).wrapping_sub(side.first)) {
                *count += 1;
            }
        }
        let [positive, negative] = sides;
        Self { negative, positive }
    }

    /// Quantiles of `count` numbers, of which those that are in no bin are zeros; between neighbours they are interpolated
    /// linearly, as NumPy's are. All lie between the smallest and the largest number.
    #[must_use]
    pub fn quantiles(&self, levels: &[f64], count: u64, [smallest, largest]: [f64; 2]) -> Vec<f64> {
        let (negative, positive) = (self.negative.sums(), self.positive.sums());
        let total = |sums: &[u64]| sums.last().copied().unwrap_or(0);
        // The number with a rank from 0, as far as the counts tell.
        let number = |rank: u64| {
            if rank < total(&negative) {
                return -self.negative.number(&negative, total(&negative) - 1 - rank);
            }
            rank.checked_sub(count - total(&positive)).map_or(0.0, |rank| self.positive.number(&positive, rank))
        };
        let of_level = |&level: &f64| {
            let Some(last) = count.checked_sub(1) else { return f64::NAN };
            let place = level * last as f64;
            let below = place.floor();
            let (low, high) = (number(below as u64), number((below as u64 + 1).min(last)));
            let value = low + (high - low) * (place - below);
            value.clamp(smallest, largest)
        };
        levels.iter().map(of_level).collect()
    }
}

impl Side {
    /// How many sizes are in each block of bins and those before it.
    fn sums(&self) -> Vec<u64> {
        let add = |sum: &mut u64, block: &[u32]| {
            *sum += block.iter().map(|&count| u64::from(count)).sum::<u64>();
            Some(*sum)
        };
        self.counts.chunks(BLOCK).scan(0, add).collect()
    }

    /// The size with a rank from 0 among those of this sign.
    fn number(&self, sums: &[u64], rank: u64) -> f64 {
        let block = sums.partition_point(|&sum| sum <= rank);
        let mut before = block.checked_sub(1).map_or(0, |last| sums[last]);
        for (place, &count) in self.counts.iter().enumerate().skip(block * BLOCK) {
            if rank < before + u64::from(count) {
                let share = ((rank - before) as f64 + 0.5) / f64::from(count);
                let bin = self.first + place;
                return edge(bin) + (edge(bin + 1) - edge(bin)) * share;
            }
            before += u64::from(count);
        }
        f64::NAN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(numbers: &[f64]) -> Sketch {
        let ends = [
            numbers.iter().copied().fold(f64::INFINITY, f64::min),
            numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        ];
        Sketch::of(numbers, ends)
    }

    fn quantile(sorted: &[f64], level: f64) -> (f64, f64) {
        let place = level * (sorted.len() - 1) as f64;
        let (low, high) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
        (low + (high - low) * (place - place.floor()), low.abs().max(high.abs()))
    }

    fn check(mut numbers: Vec<f64>) {
        let sketch = of(&numbers);
        numbers.sort_by(f64::total_cmp);
        let levels = [0.0, 0.001, 0.05, 0.25, 0.5, 0.75, 0.95, 0.999, 1.0];
        let ends = [numbers[0], numbers[numbers.len() - 1]];
        for (level, found) in levels.iter().zip(sketch.quantiles(&levels, numbers.len() as u64, ends)) {
            let (expected, size) = quantile(&numbers, *level);
            assert!((found - expected).abs() <= size / 1024.0, "{level}: {found:e} for {expected:e}");
        }
    }

    #[test]
    fn exact_quantiles_are_within_a_thousandth() {
        let spread = |n: u64| (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 11) as f64 / 2.0_f64.powi(53);
        check((0..5000).map(spread).collect());
        check((0..5000).map(|n| spread(n) - 0.5).collect());
        check((0..3000).map(|n| 10.0_f64.powf(24.0 * spread(n) - 12.0)).collect());
        check((0..3000).map(|n| 287.0 + spread(n)).collect());
        check((0..3000).map(|n| -1e-9 * spread(n)).collect());
        check(vec![3.25; 40]);
        check(vec![-7.0]);
        check([vec![0.0; 70], vec![-0.0; 10], vec![1.0; 50], vec![-2.0; 30]].concat());
        check(vec![f64::MAX, 1e290, f64::MIN]);
    }

    #[test]
    fn exact_what_is_far_below_the_largest_counts_as_zero() {
        let numbers = [1e-60, -1e-50, 1.0, 2.0];
        let sketch = of(&numbers);
        assert_eq!(sketch.quantiles(&[1.0 / 3.0], 4, [-1e-50, 2.0]), [0.0]);
        assert!(sketch.positive.counts.len() <= 1 << 11 && sketch.negative.counts.is_empty());
        assert!(of(&[1e-300, 1e300]).positive.counts.len() == 1);
    }

    #[test]
    fn exact_no_numbers_have_no_quantile() {
        assert!(of(&[]).quantiles(&[0.5], 0, [f64::NAN; 2])[0].is_nan());
    }
}
