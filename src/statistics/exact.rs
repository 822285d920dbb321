//! Sums of floating-point numbers without any rounding, so that neither order nor division into parts shows in them.
//!
//! A sum is an integer of 2^-1074, the smallest number that 64 bits hold, in digits of 32 bits with room for carries
//! (U. W. Kulisch, "Very fast and exact accumulation of products", Computing 91, 397-405, 2011; R. M. Neal, "Fast exact
//! summation using small and large superaccumulators", arXiv:1505.05571, 2015). Parts of a sum add up digit by digit as
//! integers, in MPI's own addition.

use serde::{Deserialize, Serialize};

/// Digits of 32 bits: 2^-1074 to 2^1024, and carries of 2^63 numbers.
const DIGITS: usize = 68;
/// Where numbers that are not finite are counted; they are in no sum.
const SPOILT: usize = DIGITS;
/// All words of a sum.
pub const WORDS: usize = DIGITS + 1;
/// Additions after which a word could overflow, were carries not taken on.
const MOST_ADDITIONS: u32 = 1 << 30;
const EXPONENT: u64 = 0x7ff;
const MANTISSA: u64 = (1 << 52) - 1;

/// A sum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exact {
    words: [i64; WORDS],
    additions: u32,
}

/// The words of a sum that are not zero, with carries taken on: one form for one value.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Digits {
    pub first: usize,
    pub words: Vec<i64>,
}

impl Default for Exact {
    fn default() -> Self {
        Self { words: [0; WORDS], additions: 0 }
    }
}

impl Exact {
    /// Adds a number.
    pub fn add(&mut self, number: f64) {
        let bits = number.to_bits();
        let exponent = (bits >> 52) & EXPONENT;
        if exponent == EXPONENT {
            self.words[SPOILT] += 1;
            return;
        }
        // Numbers with exponent 0 have no leading one and the scale of exponent 1.
        let mantissa = (bits & MANTISSA) | (u64::from(exponent > 0) << 52);
        let shift = exponent.max(1) as usize - 1;
        let wide = u128::from(mantissa) << (shift % 32);
        let sign = if number.is_sign_negative() { -1 } else { 1 };
        for place in 0..3 {
            let part = (wide >> (32 * place)) as u32;
            self.words[shift / 32 + place] += sign * i64::from(part);
        }
        self.additions += 1;
        if self.additions == MOST_ADDITIONS {
            self.carry();
        }
    }

    /// Adds the exact product of two numbers, unless it is so small that its last digits fall below 2^-1074.
    pub fn add_product(&mut self, a: f64, b: f64) {
        let high = a * b;
        self.add(high);
        if high.is_finite() {
            self.add(a.mul_add(b, -high));
        }
    }

    /// Takes carries on until every digit lies between -2^31 and 2^31: numbers of either sign then have few of them.
    fn carry(&mut self) {
        let mut carry = 0;
        for word in &mut self.words[..DIGITS] {
            let sum = *word + carry;
            carry = (sum + (1 << 31)) >> 32;
            *word = sum - (carry << 32);
        }
        self.words[DIGITS - 1] += carry << 32;
        self.additions = 1;
    }

    /// The words that matter.
    #[must_use]
    pub fn digits(mut self) -> Digits {
        self.carry();
        let used = |word: &i64| *word != 0;
        let Some(first) = self.words.iter().position(used) else { return Digits::default() };
        let last = self.words.iter().rposition(used).unwrap_or(first);
        Digits { first, words: self.words[first..=last].to_vec() }
    }

    /// The sum that has these words.
    #[must_use]
    pub fn from_digits(digits: &Digits) -> Self {
        let mut sum = Self::default();
        for (word, &digit) in sum.words.iter_mut().skip(digits.first).zip(&digits.words) {
            *word = digit;
        }
        sum.carry();
        sum
    }

    /// Adds another sum's words.
    pub fn add_digits(&mut self, digits: &Digits) {
        self.carry();
        for (word, &digit) in self.words.iter_mut().skip(digits.first).zip(&digits.words) {
            *word += digit;
        }
        self.carry();
    }

    /// Numbers whose sum this is, each of 32 bits; none when it is no number.
    #[must_use]
    pub fn terms(&self) -> Option<Vec<f64>> {
        if self.words[SPOILT] > 0 {
            return None;
        }
        let mut sum = self.clone();
        sum.carry();
        let used = sum.words[..DIGITS].iter().enumerate().filter(|(_, word)| **word != 0);
        Some(used.map(|(place, &word)| scaled(word as f64, 32 * place as i32 - 1074)).collect())
    }

    /// The sum rounded to the nearest number; NaN when a number that is not finite was added.
    #[must_use]
    pub fn value(&self) -> f64 {
        if self.words[SPOILT] > 0 {
            return f64::NAN;
        }
        let mut sum = self.clone();
        sum.carry();
        let Some(top) = sum.words[..DIGITS].iter().rposition(|word| *word != 0) else { return 0.0 };
        let negative = sum.words[top] < 0;
        // From the top down, so that all digits have the sign of the whole.
        let sign = if negative { -1 } else { 1 };
        let mut carry = 0;
        for word in &mut sum.words[..=top] {
            let digit = sign * *word + carry;
            carry = digit >> 32;
            *word = digit & 0xffff_ffff;
        }
        let top = if sum.words[top] == 0 { top.saturating_sub(1) } else { top };
        let digit = |below: usize| top.checked_sub(below).map_or(0, |place| sum.words[place] as u128);
        // 65 bits and more stand before the last one, so that a one there for all that follows rounds as they do.
        let rest = top > 2 && sum.words[..top - 2].iter().any(|word| *word != 0);
        let whole = (digit(0) << 64) | (digit(1) << 32) | digit(2) | u128::from(rest);
        let magnitude = scaled(whole as f64, 32 * (top as i32 - 2) - 1074);
        if negative { -magnitude } else { magnitude }
    }
}

/// number * 2^power, in steps that neither overflow nor underflow before the result does.
fn scaled(number: f64, power: i32) -> f64 {
    let factor = |power: i32| f64::from_bits(((1023 + power) as u64) << 52);
    let mut number = number;
    let mut left = power;
    while left != 0 {
        let step = left.clamp(-960, 960);
        number *= factor(step);
        left -= step;
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(numbers: &[f64]) -> Exact {
        let mut sum = Exact::default();
        for &number in numbers {
            sum.add(number);
        }
        sum
    }

    #[test]
    fn exact_nothing_is_lost_between_the_largest_and_the_smallest() {
        let tiny = f64::from_bits(1);
        assert_eq!(sum(&[1e300, tiny, -1e300]).value(), tiny);
        assert_eq!(sum(&[f64::MAX, f64::MAX, -f64::MAX]).value(), f64::MAX);
        assert_eq!(sum(&[1e16, 1.0, -1e16]).value(), 1.0);
        assert_eq!(sum(&[-1e16, -1.0, 1e16]).value(), -1.0);
        assert_eq!(sum(&[0.1; 10]).value(), 1.0);
        assert_eq!(sum(&[]).value(), 0.0);
        assert_eq!(sum(&[f64::MAX, f64::MAX]).value(), f64::INFINITY);
        assert!(sum(&[1.0, f64::NAN]).value().is_nan() && sum(&[f64::INFINITY, 1.0]).value().is_nan());
    }

    #[test]
    fn exact_rounding_is_to_nearest_and_ties_to_even() {
        let two_53 = 9_007_199_254_740_992.0;
        assert_eq!(sum(&[two_53, 1.0]).value(), two_53);
        assert_eq!(sum(&[two_53, 1.0, f64::from_bits(1)]).value(), two_53 + 2.0);
        assert_eq!(sum(&[two_53, 3.0]).value(), two_53 + 4.0);
        assert_eq!(sum(&[-two_53, -1.0, -f64::from_bits(1)]).value(), -two_53 - 2.0);
        for number in [1.0, -0.1, 1e-310, -5e-324, 1.797e308, 3.0, 4_294_967_296.0, -2_147_483_648.0] {
            assert_eq!(sum(&[number]).value().to_bits(), number.to_bits(), "{number:e}");
        }
    }

    #[test]
    fn exact_order_and_parts_do_not_show() {
        let mut state = 1_u64;
        let mut random = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state >> 11
        };
        let numbers: Vec<f64> = (0..3000)
            .map(|_| {
                let power = (random() % 80) as i32 - 40;
                (random() as f64 / 1e15 - 4.0) * 2.0_f64.powi(power)
            })
            .collect();
        let whole = sum(&numbers).digits();
        let backwards: Vec<f64> = numbers.iter().rev().copied().collect();
        assert_eq!(sum(&backwards).digits(), whole);
        for cut in [0, 1, 7, 1500, 2999, 3000] {
            let (left, right) = numbers.split_at(cut);
            let mut both = [0; WORDS];
            for part in [sum(left).digits(), sum(right).digits()] {
                part.words.iter().enumerate().for_each(|(n, word)| both[part.first + n] += word);
            }
            let joined = Exact::from_digits(&Digits { first: 0, words: both.to_vec() });
            assert_eq!(joined.digits(), whole, "{cut}");
        }
        let terms: Vec<f64> = sum(&numbers).terms().unwrap();
        assert_eq!(sum(&terms).digits(), whole);
    }

    #[test]
    fn exact_products_keep_all_digits() {
        let (a, b) = (1.0 + f64::EPSILON, 1.0 - f64::EPSILON);
        let mut product = sum(&[-1.0]);
        product.add_product(a, b);
        assert_eq!(product.value(), -f64::EPSILON * f64::EPSILON);
    }
}
