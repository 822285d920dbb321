//! Mean, variance and skewness from exact sums of powers.
//!
//! Sums about the rounded mean are made from the sums about zero, still without rounding, so that nothing is lost where
//! numbers differ little from each other; only the last division rounds.

use super::exact::Exact;
use super::powers::Powers;

/// Of a population: sums are divided by the count. NaN where there are no numbers, or where squares overflow.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    pub mean: f64,
    pub variance: f64,
    /// m3 / m2^1.5; NaN where all numbers are the same.
    pub skewness: f64,
}

impl Moments {
    /// Of `count` numbers with these sums of powers; what needs a higher power than `highest` is NaN.
    #[must_use]
    pub fn of(count: u64, sums: &Powers, highest: usize) -> Self {
        let nothing = Self { mean: f64::NAN, variance: f64::NAN, skewness: f64::NAN };
        if count == 0 {
            return nothing;
        }
        let n = count as f64;
        let mean = sums[0].value() / n;
        let (Some(first), true) = (sums[0].terms(), mean.is_finite()) else { return nothing };
        if highest < 2 {
            return Self { mean, ..nothing };
        }
        // The mean is `mean` and a rest below its last digit.
        let mut rest = sums[0].clone();
        rest.add_product(-n, mean);
        let rest = rest.value() / n;
        let square = [mean * mean, mean.mul_add(mean, -(mean * mean))];
        // Sum of (x - mean)^2 = S2 - 2 mean S1 + n mean^2.
        let mut second = sums[1].clone();
        add_products(&mut second, -2.0 * mean, &first);
        add_products(&mut second, n, &square);
        let m2 = second.value() / n - rest * rest;
        // The last rounding may leave less than nothing.
        let variance = if m2 < 0.0 { 0.0 } else { m2 };
        let Some(squares) = sums[1].terms().filter(|_| highest > 2) else {
            return Self { mean, variance, ..nothing };
        };
        // Sum of (x - mean)^3 = S3 - 3 mean S2 + 3 mean^2 S1 - n mean^3.
        let mut third = sums[2].clone();
        for _ in 0..3 {
            add_products(&mut third, -mean, &squares);
            for part in square {
                add_products(&mut third, part, &first);
            }
        }
        for part in square {
            let cube = part * mean;
            add_products(&mut third, -n, &[cube, part.mul_add(mean, -cube)]);
        }
        let m3 = third.value() / n - 3.0 * rest * m2 - rest * rest * rest;
        let skewness = if m2 > 0.0 { m3 / (m2 * m2.sqrt()) } else { f64::NAN };
        Self { mean, variance, skewness }
    }
}

fn add_products(sum: &mut Exact, factor: f64, terms: &[f64]) {
    for &term in terms {
        sum.add_product(factor, term);
    }
}

#[cfg(test)]
mod tests {
    use super::super::powers::add_powers;
    use super::*;

    fn moments(numbers: &[f64]) -> Moments {
        let mut sums = Powers::default();
        add_powers(numbers, 3, &mut sums);
        Moments::of(numbers.len() as u64, &sums, 3)
    }

    #[test]
    fn exact_small_cases() {
        let found = moments(&[1.0, 2.0, 3.0, 4.0]);
        assert_eq!((found.mean, found.variance, found.skewness), (2.5, 1.25, 0.0));
        let found = moments(&[0.0, 0.0, 0.0, 1.0]);
        assert_eq!((found.mean, found.variance), (0.25, 0.1875));
        // m3 = 0.09375 exactly.
        assert!((found.skewness - 0.093_75 / 0.1875_f64.powf(1.5)).abs() < 1e-15);
        let found = moments(&[]);
        assert!(found.mean.is_nan() && found.variance.is_nan() && found.skewness.is_nan());
    }

    #[test]
    fn exact_the_same_numbers_have_no_variance() {
        for number in [0.1, 287.3, -1e-20, 1e100, 0.0] {
            let found = moments(&vec![number; 1001]);
            assert_eq!((found.mean, found.variance), (number, 0.0));
            assert!(found.skewness.is_nan());
        }
    }

    #[test]
    fn exact_a_large_mean_takes_nothing_away() {
        // 2^50 + {0, 1, 2, 3} has the variance of {0, 1, 2, 3}.
        let far = 2.0_f64.powi(50);
        let found = moments(&[far, far + 1.0, far + 2.0, far + 3.0]);
        assert_eq!((found.mean, found.variance, found.skewness), (far + 1.5, 1.25, 0.0));
        // Three neighbours of 1: the mean lies between two numbers of 64 bits.
        let step = f64::EPSILON;
        let found = moments(&[1.0, 1.0, 1.0 + step]);
        assert!((found.variance / (2.0 / 9.0 * step * step) - 1.0).abs() < 1e-12);
        assert!((found.skewness - 0.5_f64.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn exact_what_overflows_is_no_number() {
        let found = moments(&[1e200, 2e200]);
        assert!(found.mean == 1.5e200 && found.variance.is_nan());
    }
}
