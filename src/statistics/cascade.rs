//! Exact sums of many rows of numbers at a time: one sum for each place of a row.
//!
//! A sum is a cascade of four numbers. A number is added to the first, what that rounding loses to the second, and so on;
//! each of these additions is exact together with its error (D. E. Knuth, "The art of computer programming" 2, 4.2.2,
//! theorem B). What the fourth loses, which takes numbers 2^150 apart, goes into a wide sum that few places have. So a
//! place costs 32 bytes instead of the 552 of a wide sum, and still nothing is ever lost: order and parts do not show.

use std::collections::BTreeMap;

use super::exact::{Digits, Exact};
use super::powers::{Powers, add_powers};
use crate::instructions::Instructions;

/// Numbers of a cascade.
const LEVELS: usize = 4;
/// Numbers that are added up side by side before what they lose is looked at.
const PIECE: usize = 256;
/// Larger numbers go into the wide sum at once: their additions could overflow.
const LARGEST: f64 = f64::from_bits((1023 + 900) << 52);

/// What numbers weigh.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Weights<'w> {
    One,
    Same(f64),
    Each(&'w [f64]),
}

/// One exact sum for each place.
#[derive(Debug, Clone, PartialEq)]
pub struct Sums {
    instructions: Instructions,
    levels: [Vec<f64>; LEVELS],
    /// What the cascades could not hold.
    wide: BTreeMap<usize, Exact>,
}

impl Sums {
    /// Bytes of one place, wide sums left out.
    pub const BYTES: usize = 8 * LEVELS;

    /// Sums of nothing.
    #[must_use]
    pub fn new(places: usize) -> Self {
        Self {
            instructions: Instructions::detect(),
            levels: std::array::from_fn(|_| vec![0.0; places]),
            wide: BTreeMap::new(),
        }
    }

    /// Adds a number at one place.
    pub fn add(&mut self, place: usize, number: f64) {
        let mut lost = number;
        if number.abs() <= LARGEST {
            for level in &mut self.levels {
                (level[place], lost) = two_sum(level[place], lost);
            }
        }
        if lost != 0.0 {
            self.wide.entry(place).or_default().add(lost);
        }
    }

    /// Adds the product of two numbers at one place, with all its digits unless they are below 2^-1074.
    pub fn add_product(&mut self, place: usize, a: f64, b: f64) {
        let high = a * b;
        self.add(place, high);
        self.add(place, a.mul_add(b, -high));
    }

    /// Adds finite numbers, one at each place from `first` on.
    pub fn add_row(&mut self, first: usize, numbers: &[f64]) {
        for (piece, numbers) in numbers.chunks(PIECE).enumerate() {
            let first = first + piece * PIECE;
            if numbers.iter().any(|number| number.abs() > LARGEST) {
                numbers.iter().enumerate().for_each(|(n, &number)| self.wide.entry(first + n).or_default().add(number));
                continue;
            }
            let mut lost = [0.0; PIECE];
            let levels = self.levels.each_mut().map(|level| &mut level[first..first + numbers.len()]);
            if add_side_by_side(self.instructions, levels, numbers, &mut lost[..numbers.len()]) {
                let lost = lost.iter().enumerate().filter(|(_, lost)| **lost != 0.0);
                lost.for_each(|(n, &lost)| self.wide.entry(first + n).or_default().add(lost));
            }
        }
    }

    /// Adds the products of a factor and numbers, one at each place from `first` on, as `add_product` does.
    pub fn add_products(&mut self, first: usize, factor: f64, numbers: &[f64]) {
        for (piece, numbers) in numbers.chunks(PIECE).enumerate() {
            let (mut high, mut low) = ([0.0; PIECE], [0.0; PIECE]);
            products(self.instructions, numbers, |_| factor, &mut high, &mut low);
            self.add_row(first + piece * PIECE, &high[..numbers.len()]);
            self.add_row(first + piece * PIECE, &low[..numbers.len()]);
        }
    }

    /// Adds the squares of numbers, one at each place from `first` on, times a factor where there is one.
    pub fn add_squares(&mut self, first: usize, factor: Option<f64>, numbers: &[f64]) {
        for (piece, numbers) in numbers.chunks(PIECE).enumerate() {
            let first = first + piece * PIECE;
            let (mut high, mut low) = ([0.0; PIECE], [0.0; PIECE]);
            products(self.instructions, numbers, |n| numbers[n], &mut high, &mut low);
            for squares in [&high[..numbers.len()], &low[..numbers.len()]] {
                match factor {
                    Some(factor) => self.add_products(first, factor, squares),
                    None => self.add_row(first, squares),
                }
            }
        }
    }

    /// Adds many numbers at one place, each times its weight where they have some, and their squares to other sums.
    pub fn add_run(&mut self, place: usize, numbers: &[f64], weights: &Weights<'_>, squares: Option<&mut Self>) {
        let mut sums = Powers::default();
        if let Weights::Each(weights) = weights {
            add_weighted(self.instructions, numbers, weights, squares.is_some(), &mut sums);
        } else {
            add_powers(numbers, 1 + usize::from(squares.is_some()), &mut sums);
        }
        self.add_exact(place, &sums[0], weights);
        if let Some(squares) = squares {
            squares.add_exact(place, &sums[1], weights);
        }
    }

    /// Adds a sum of numbers that have the same weight, or have been multiplied with theirs.
    fn add_exact(&mut self, place: usize, sum: &Exact, weights: &Weights<'_>) {
        // Numbers are finite, so that there are terms.
        for term in sum.terms().unwrap_or_default() {
            match weights {
                Weights::Same(weight) => self.add_product(place, *weight, term),
                Weights::One | Weights::Each(_) => self.add(place, term),
            }
        }
    }

    /// The sum at a place.
    #[must_use]
    pub fn total(&self, place: usize) -> Exact {
        let mut total = self.wide.get(&place).cloned().unwrap_or_default();
        self.levels.iter().for_each(|level| total.add(level[place]));
        total
    }

    /// Adds another's sums of as many places, which begin at this place here.
    pub fn add_all(&mut self, first: usize, other: &Self) {
        for level in &other.levels {
            self.add_row(first, level);
        }
        for (place, sum) in &other.wide {
            self.wide.entry(first + place).or_default().add_digits(&sum.clone().digits());
        }
    }

    /// The sums of some places as bytes, for another rank.
    pub fn pack(&self, places: std::ops::Range<usize>, out: &mut Vec<u8>) {
        for level in &self.levels {
            out.extend_from_slice(bytemuck::cast_slice(&level[places.clone()]));
        }
        let wide: Vec<_> = self.wide.range(places.clone()).collect();
        let mut word = |word: u64| out.extend(word.to_ne_bytes());
        word(wide.len() as u64);
        for (place, sum) in wide {
            let digits = sum.clone().digits();
            word((place - places.start) as u64);
            word(digits.first as u64);
            word(digits.words.len() as u64);
            digits.words.iter().for_each(|&digit| word(digit as u64));
        }
    }

    /// The sums of that many places from what `pack` has written, which it takes off the front.
    #[must_use]
    pub fn unpack(places: usize, bytes: &mut &[u8]) -> Self {
        let levels = std::array::from_fn(|_| (0..places).map(|_| f64::from_bits(word(bytes))).collect());
        let wide = (0..word(bytes)).map(|_| {
            let (place, first) = (word(bytes) as usize, word(bytes) as usize);
            let words = (0..word(bytes)).map(|_| word(bytes) as i64).collect();
            (place, Exact::from_digits(&Digits { first, words }))
        });
        Self { instructions: Instructions::detect(), levels, wide: wide.collect() }
    }
}

/// Takes eight bytes off the front; zeros where there are no more.
pub fn word(bytes: &mut &[u8]) -> u64 {
    let Some((own, rest)) = bytes.split_first_chunk::<8>() else { return 0 };
    *bytes = rest;
    u64::from_ne_bytes(*own)
}

/// Adds the products of numbers and weights to the first sum, and those of their squares to the second.
fn add_weighted(instructions: Instructions, numbers: &[f64], weights: &[f64], squares: bool, sums: &mut Powers) {
    for (numbers, weights) in numbers.chunks(PIECE).zip(weights.chunks(PIECE)) {
        let mut add = |numbers: &[f64], power: usize| {
            let (mut high, mut low, mut one) = ([0.0; PIECE], [0.0; PIECE], Powers::default());
            products(instructions, numbers, |n| weights[n], &mut high, &mut low);
            add_powers(&high, 1, &mut one);
            add_powers(&low, 1, &mut one);
            let [sum, ..] = one;
            sums[power - 1].add_digits(&sum.digits());
        };
        add(numbers, 1);
        if squares {
            let (mut high, mut low) = ([0.0; PIECE], [0.0; PIECE]);
            products(instructions, numbers, |n| numbers[n], &mut high, &mut low);
            add(&high[..numbers.len()], 2);
            add(&low[..numbers.len()], 2);
        }
    }
}

/// Products of factors and numbers, each as a rounded number and its error.
#[allow(unsafe_code)]
pub(super) fn products(
    instructions: Instructions,
    numbers: &[f64],
    factor: impl Fn(usize) -> f64,
    high: &mut [f64],
    low: &mut [f64],
) {
    match instructions {
        Instructions::Baseline => multiply(numbers, factor, high, low),
        // SAFETY: a value other than `Baseline` comes from `detect` only, which asked the processor.
        #[cfg(target_arch = "x86_64")]
        _ => unsafe { multiply_fused(numbers, factor, high, low) },
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn multiply_fused(numbers: &[f64], factor: impl Fn(usize) -> f64, high: &mut [f64], low: &mut [f64]) {
    multiply(numbers, factor, high, low);
}

#[inline(always)]
fn multiply(numbers: &[f64], factor: impl Fn(usize) -> f64, high: &mut [f64], low: &mut [f64]) {
    let (high, low) = (&mut high[..numbers.len()], &mut low[..numbers.len()]);
    for (n, &number) in numbers.iter().enumerate() {
        high[n] = factor(n) * number;
        low[n] = factor(n).mul_add(number, -high[n]);
    }
}

/// A sum and what rounding it has lost.
#[inline(always)]
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let part = sum - a;
    (sum, (a - (sum - part)) + (b - part))
}

/// Adds numbers to the cascades; whether anything is lost in the end.
#[allow(unsafe_code)]
fn add_side_by_side(
    instructions: Instructions,
    levels: [&mut [f64]; LEVELS],
    numbers: &[f64],
    lost: &mut [f64],
) -> bool {
    match instructions {
        Instructions::Baseline => add_to_cascades(levels, numbers, lost),
        // SAFETY: a value other than `Baseline` comes from `detect` or `available` only, which asked the processor.
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx2 => unsafe { add_avx2(levels, numbers, lost) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx512 => unsafe { add_avx512(levels, numbers, lost) },
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn add_avx2(levels: [&mut [f64]; LEVELS], numbers: &[f64], lost: &mut [f64]) -> bool {
    add_to_cascades(levels, numbers, lost)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx2,fma")]
fn add_avx512(levels: [&mut [f64]; LEVELS], numbers: &[f64], lost: &mut [f64]) -> bool {
    add_to_cascades(levels, numbers, lost)
}

#[inline(always)]
fn add_to_cascades(levels: [&mut [f64]; LEVELS], numbers: &[f64], lost: &mut [f64]) -> bool {
    let count = numbers.len();
    let lost = &mut lost[..count];
    lost.copy_from_slice(numbers);
    for level in levels {
        let level = &mut level[..count];
        for n in 0..count {
            (level[n], lost[n]) = two_sum(level[n], lost[n]);
        }
    }
    let mut any = 0;
    for n in 0..count {
        // Both zeros are nothing.
        any |= lost[n].to_bits() << 1;
    }
    any != 0
}

#[cfg(test)]
mod tests {
    use super::super::powers::tests::numbers_from;
    use super::*;

    fn numbers(count: usize, powers: u64) -> Vec<f64> {
        numbers_from(3, count, powers)
    }

    fn digits(sums: &Sums, place: usize) -> Digits {
        sums.total(place).digits()
    }

    #[test]
    fn exact_cascades_hold_what_wide_sums_hold() {
        const PLACES: usize = 300;
        for powers in [0, 10, 60, 300, 1000] {
            let numbers = numbers(PLACES * 40, powers);
            let (mut sums, mut wide) = (Sums::new(PLACES), vec![Exact::default(); PLACES]);
            for row in numbers.chunks(PLACES) {
                sums.add_row(0, row);
                row.iter().zip(&mut wide).for_each(|(&number, sum)| sum.add(number));
            }
            for (place, sum) in wide.into_iter().enumerate() {
                assert_eq!(digits(&sums, place), sum.digits(), "{powers} {place}");
            }
            assert_eq!(powers > 200, !sums.wide.is_empty(), "{powers}");
        }
    }

    #[test]
    fn exact_parts_order_and_bytes_do_not_show() {
        const PLACES: usize = 7;
        let numbers = numbers(PLACES * 50, 400);
        let mut whole = Sums::new(PLACES);
        numbers.chunks(PLACES).for_each(|row| whole.add_row(0, row));
        for cut in [0, 1, 13, 50] {
            let mut parts = [Sums::new(PLACES), Sums::new(PLACES)];
            for (n, row) in numbers.chunks(PLACES).enumerate().rev() {
                parts[usize::from(n < cut)].add_row(0, row);
            }
            let mut joined = Sums::new(PLACES);
            for part in &parts {
                for range in [0..3, 3..PLACES] {
                    let mut bytes = Vec::new();
                    part.pack(range.clone(), &mut bytes);
                    let mut rest = &bytes[..];
                    joined.add_all(range.start, &Sums::unpack(range.len(), &mut rest));
                    assert!(rest.is_empty());
                }
            }
            for place in 0..PLACES {
                assert_eq!(digits(&joined, place), digits(&whole, place), "{cut} {place}");
            }
        }
    }

    #[test]
    fn exact_products_keep_all_digits() {
        let mut sums = Sums::new(2);
        sums.add_products(0, 1.0 - f64::EPSILON, &[1.0 + f64::EPSILON, 3.0]);
        sums.add(0, -1.0);
        assert_eq!(sums.total(0).value(), -f64::EPSILON * f64::EPSILON);
        sums.add_product(1, -3.0, 1.0 - f64::EPSILON);
        assert_eq!(sums.total(1).value(), 0.0);
    }

    #[test]
    fn exact_runs_are_rows_one_after_the_other() {
        let numbers = numbers(700, 50);
        let weights: Vec<f64> = numbers.iter().map(|number| number.abs().sqrt()).collect();
        for square in [false, true] {
            for (kind, same) in [(Weights::One, None), (Weights::Same(0.3), Some(0.3)), (Weights::Each(&weights), None)]
            {
                let (mut run, mut runs, mut row) = (Sums::new(1), Sums::new(1), Sums::new(1));
                run.add_run(0, &numbers, &kind, square.then_some(&mut runs));
                let run = if square { runs } else { run };
                for (number, weight) in numbers.iter().zip(&weights) {
                    let factor = if kind == Weights::Each(&weights) { Some(*weight) } else { same };
                    match (square, factor) {
                        (true, factor) => row.add_squares(0, factor, &[*number]),
                        (false, Some(factor)) => row.add_products(0, factor, &[*number]),
                        (false, None) => row.add_row(0, &[*number]),
                    }
                }
                assert_eq!(digits(&run, 0), digits(&row, 0), "{square} {same:?}");
            }
        }
    }

    #[test]
    fn exact_every_instruction_set_adds_alike() {
        let numbers = numbers(100, 100);
        let of = |instructions| {
            let mut levels = [[1.0; 100], [0.0; 100], [0.0; 100], [0.0; 100]];
            let mut lost = [0.0; 100];
            for _ in 0..3 {
                let levels = levels.each_mut().map(|level| &mut level[..]);
                add_side_by_side(instructions, levels, &numbers, &mut lost);
            }
            levels.map(|level| level.map(f64::to_bits))
        };
        for instructions in Instructions::available() {
            assert_eq!(of(instructions), of(Instructions::Baseline), "{}", instructions.name());
        }
    }
}
