//! Exact sums of many numbers, of their squares and cubes, fast.
//!
//! Numbers come in pieces. All of a piece are rounded to multiples of one unit that is so large that their sum fits the
//! mantissa: then plain additions lose nothing. What rounding has left over comes next, with a smaller unit, until nothing
//! is left (S. M. Rump, T. Ogita & S. Oishi, "Accurate floating-point summation part I", SIAM J. Sci. Comput. 31,
//! 189-224, 2008). Only the sums of pieces go into the wide sum.

use super::exact::Exact;
use crate::instructions::Instructions;

/// Numbers of a piece: 2^9.
const PIECE: usize = 512;
/// Bits of a number that one rounding takes: with those of the count and a sign they fit 53.
const TAKEN: i32 = 40;
/// Sums that go on side by side, to fill the vectors.
const WIDE: usize = 16;
/// Numbers outside 2^-900 to 2^900 go into the wide sum one by one: their units would overflow or underflow.
const LARGEST: f64 = f64::from_bits((1023 + 900) << 52);
const SMALLEST: f64 = f64::from_bits((1023 - 900) << 52);

/// Sums of the first powers of numbers.
pub type Powers = [Exact; 3];

/// Adds finite numbers to the first of the sums, their squares to the second and their cubes to the third, as far as
/// `highest` says. Squares and cubes have all their digits unless they are below 1e-290.
pub fn add_powers(numbers: &[f64], highest: usize, sums: &mut Powers) {
    add_powers_with(Instructions::detect(), numbers, highest, sums);
}

#[allow(unsafe_code)]
fn add_powers_with(instructions: Instructions, numbers: &[f64], highest: usize, sums: &mut Powers) {
    match instructions {
        Instructions::Baseline => add_pieces(numbers, highest, sums),
        // SAFETY: a value other than `Baseline` comes from `detect` or `available` only, which asked the processor.
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx2 => unsafe { add_pieces_avx2(numbers, highest, sums) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx512 => unsafe { add_pieces_avx512(numbers, highest, sums) },
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn add_pieces_avx2(numbers: &[f64], highest: usize, sums: &mut Powers) {
    add_pieces(numbers, highest, sums);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx2,fma")]
fn add_pieces_avx512(numbers: &[f64], highest: usize, sums: &mut Powers) {
    add_pieces(numbers, highest, sums);
}

#[inline(always)]
fn add_pieces(numbers: &[f64], highest: usize, sums: &mut Powers) {
    let [first, second, third] = sums;
    for piece in numbers.chunks(PIECE) {
        let mut ones = [0.0; PIECE];
        ones[..piece.len()].copy_from_slice(piece);
        if highest > 1 {
            let (mut high, mut low) = ([0.0; PIECE], [0.0; PIECE]);
            for n in 0..PIECE {
                high[n] = ones[n] * ones[n];
                low[n] = ones[n].mul_add(ones[n], -high[n]);
            }
            if highest > 2 {
                for square in [&high, &low] {
                    let (mut cube, mut rest) = ([0.0; PIECE], [0.0; PIECE]);
                    for n in 0..PIECE {
                        cube[n] = square[n] * ones[n];
                        rest[n] = square[n].mul_add(ones[n], -cube[n]);
                    }
                    add_piece(&mut cube, third);
                    add_piece(&mut rest, third);
                }
            }
            add_piece(&mut high, second);
            add_piece(&mut low, second);
        }
        add_piece(&mut ones, first);
    }
}

/// Adds a piece, of which only zeros are left.
#[inline(always)]
fn add_piece(numbers: &mut [f64; PIECE], sum: &mut Exact) {
    let mut most = [0.0_f64; WIDE];
    for row in numbers.as_chunks::<WIDE>().0 {
        for lane in 0..WIDE {
            most[lane] = larger(row[lane].abs(), most[lane]);
        }
    }
    let mut largest = most.iter().copied().fold(0.0, larger);
    while largest > 0.0 {
        if !(SMALLEST..LARGEST).contains(&largest) {
            for &number in &*numbers {
                sum.add(number);
            }
            return;
        }
        let unit = exponent(largest) + 1 - TAKEN;
        // Around 1.5 * 2^(unit + 52) the numbers of 64 bits are the multiples of 2^unit.
        let rounder = f64::from_bits((((unit + 52 + 1023) as u64) << 52) | (1 << 51));
        let mut sums = [0.0; WIDE];
        most = [0.0; WIDE];
        for row in numbers.as_chunks_mut::<WIDE>().0 {
            for lane in 0..WIDE {
                let multiple = (row[lane] + rounder) - rounder;
                row[lane] -= multiple;
                sums[lane] += multiple;
                most[lane] = larger(row[lane].abs(), most[lane]);
            }
        }
        sum.add(sums.iter().sum());
        largest = most.iter().copied().fold(0.0, larger);
    }
}

/// In the form that is one instruction; the second where the first is no number.
#[inline(always)]
fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

/// The power of two of the leading digit of a normal number.
#[inline(always)]
fn exponent(size: f64) -> i32 {
    (size.to_bits() >> 52) as i32 - 1023
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::exact::{Digits, WORDS};
    use super::*;

    fn slowly(numbers: &[f64], highest: usize) -> Powers {
        let mut sums = Powers::default();
        for &number in numbers {
            sums[0].add(number);
            if highest > 1 {
                sums[1].add_product(number, number);
            }
            if highest > 2 {
                let square = number * number;
                sums[2].add_product(square, number);
                sums[2].add_product(number.mul_add(number, -square), number);
            }
        }
        sums
    }

    /// Sums that are no numbers are all alike.
    fn digits(sums: Powers) -> [Digits; 3] {
        sums.map(|sum| if sum.value().is_nan() { Digits { first: WORDS, words: Vec::new() } } else { sum.digits() })
    }

    fn same(numbers: &[f64]) {
        for highest in 1..=3 {
            let expected = digits(slowly(numbers, highest));
            for instructions in Instructions::available() {
                let mut sums = Powers::default();
                add_powers_with(instructions, numbers, highest, &mut sums);
                assert_eq!(digits(sums), expected, "{} {highest}", instructions.name());
            }
        }
    }

    fn numbers(count: usize, powers: u64) -> Vec<f64> {
        numbers_from(7, count, powers)
    }

    /// Numbers of both signs with so many powers of two up and down that look random.
    pub fn numbers_from(mut state: u64, count: usize, powers: u64) -> Vec<f64> {
        let mut random = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state >> 11
        };
        let power = |random: u64| (random % (2 * powers + 1)) as i32 - powers as i32;
        (0..count).map(|_| (random() as f64 / 2.0_f64.powi(52) - 1.0) * 2.0_f64.powi(power(random()))).collect()
    }

    #[test]
    fn exact_fast_sums_are_the_slow_ones() {
        for (count, powers) in [(0, 0), (1, 0), (16, 3), (511, 10), (512, 20), (513, 60), (3000, 200), (2000, 330)] {
            same(&numbers(count, powers));
        }
        same(&vec![1.0 - f64::EPSILON / 2.0; 2048]);
        same(&[-f64::MAX; 3]);
        same(&[f64::from_bits(1), -f64::from_bits(3), f64::MIN_POSITIVE, 1e-300, 1.0, 0.0, -0.0]);
        same(&[1e290, 1e-290, 1e200, -1e200, 2.0_f64.powi(960), 2.0_f64.powi(959)]);
    }

    #[test]
    fn exact_cuts_and_order_do_not_show() {
        let numbers = numbers(5000, 40);
        let whole = digits(slowly(&numbers, 3));
        for cut in [1, 100, 512, 2500] {
            let mut sums = Powers::default();
            add_powers(&numbers[cut..], 3, &mut sums);
            add_powers(&numbers[..cut], 3, &mut sums);
            assert_eq!(digits(sums), whole);
        }
    }
}
