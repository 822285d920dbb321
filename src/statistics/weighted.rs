//! Mean and variance of numbers with weights, from exact sums; without weights each number weighs one.

use super::exact::Exact;

/// Exact sums of weights, of weighted numbers and of their weighted squares.
#[derive(Debug, Clone, Default)]
pub struct WeightedSums {
    pub weight: Exact,
    pub first: Exact,
    pub second: Exact,
}

impl WeightedSums {
    /// The weighted mean, to its last digit; NaN where nothing weighs anything.
    #[must_use]
    pub fn mean(&self) -> f64 {
        let weight = self.weight.value();
        let mean = self.first.value() / weight;
        // Both have been rounded: what the quotient is off by follows from the exact sums.
        if mean.is_finite() { mean + self.rest(mean) / weight } else { mean }
    }

    /// The sum of weighted numbers less this mean.
    fn rest(&self, mean: f64) -> f64 {
        let mut rest = self.first.clone();
        add_products(&mut rest, -mean, &self.weight.terms().unwrap_or_default());
        rest.value()
    }

    /// The weighted mean of squares about the weighted mean, of a population; NaN where nothing weighs anything.
    ///
    /// The sum about the rounded mean is made without rounding from those about zero, as `Moments` does it, so that
    /// nothing is lost where numbers differ little from each other.
    #[must_use]
    pub fn variance(&self) -> f64 {
        let (mean, weight) = (self.mean(), self.weight.value());
        let (Some(first), Some(weights), true) = (self.first.terms(), self.weight.terms(), mean.is_finite()) else {
            return f64::NAN;
        };
        // The mean is `mean` and a rest below its last digit.
        let rest = self.rest(mean) / weight;
        // Sum of w (x - mean)^2 = S2 - 2 mean S1 + mean^2 W.
        let square = [mean * mean, mean.mul_add(mean, -(mean * mean))];
        let mut second = self.second.clone();
        add_products(&mut second, -2.0 * mean, &first);
        for part in square {
            add_products(&mut second, part, &weights);
        }
        let variance = second.value() / weight - rest * rest;
        // The last rounding may leave less than nothing.
        if variance < 0.0 { 0.0 } else { variance }
    }
}

fn add_products(sum: &mut Exact, factor: f64, terms: &[f64]) {
    for &term in terms {
        sum.add_product(factor, term);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums(numbers: &[(f64, f64)]) -> WeightedSums {
        let mut sums = WeightedSums::default();
        for &(weight, number) in numbers {
            sums.weight.add(weight);
            sums.first.add_product(weight, number);
            let square = number * number;
            sums.second.add_product(weight, square);
            sums.second.add_product(weight, number.mul_add(number, -square));
        }
        sums
    }

    #[test]
    fn exact_small_cases() {
        let found = sums(&[(1.0, 1.0), (1.0, 2.0), (1.0, 3.0), (1.0, 4.0)]);
        assert_eq!((found.mean(), found.variance()), (2.5, 1.25));
        let found = sums(&[(0.5, 0.0), (0.25, 4.0), (0.25, 8.0)]);
        assert_eq!((found.mean(), found.variance()), (3.0, 11.0));
        let found = sums(&[]);
        assert!(found.mean().is_nan() && found.variance().is_nan());
    }

    #[test]
    fn exact_the_same_numbers_have_no_variance_whatever_they_weigh() {
        for number in [0.1, 287.3, -1e-20, 1e100, 0.0] {
            let numbers: Vec<_> = (1..100).map(|n| (1.0 / f64::from(n), number)).collect();
            let found = sums(&numbers);
            assert_eq!((found.mean(), found.variance()), (number, 0.0), "{number}");
        }
    }

    #[test]
    fn exact_a_large_mean_takes_nothing_away() {
        let far = 2.0_f64.powi(50);
        let found = sums(&[(0.5, far), (0.5, far + 1.0), (0.5, far + 2.0), (0.5, far + 3.0)]);
        assert_eq!((found.mean(), found.variance()), (far + 1.5, 1.25));
    }
}
