//! Normal deviates by address, for many particles at once.
//!
//! Philox4x32-10 (Salmon et al. 2011, <https://doi.org/10.1145/2063384.2063405>): the key holds 64 bits that Philox4x64
//! makes of (seed, purpose, member), the counter is (id low, id high, step, draw). A block of four words makes one pair of
//! normals by the transform of G. E. P. Box & M. E. Muller (1958, <https://doi.org/10.1214/aoms/1177706645>): radius
//! sqrt(-2 ln u) from the first two words with 52 bits, angle from the other two with 53.
//! The 32-bit generator is used because its products vectorise.

use super::rows::Row;
use crate::maths::{minus_two_ln, sin_cos_half_turn};
use crate::random::{Address, Purpose, words};

const MULTIPLIER: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
const KEY_STEP: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
const ROUNDS: usize = 10;
/// Bits of 1.0.
const ONE: u64 = 1023 << 52;

/// The sign of a number.
const SIGN: u64 = 1 << 63;
/// The lower half of a 64-bit lane.
const WORD: u64 = 0xFFFF_FFFF;

/// The block function: ten rounds of multiplication, exchange and key addition.
///
/// Words stand in the lower halves of 64-bit lanes, whatever is in the upper halves: a vector instruction multiplies
/// lower halves to whole lanes, so that no word ever has to be moved or masked between rounds.
#[inline(always)]
fn rounds(mut key: [u32; 2], mut counter: [u64; 4]) -> [u64; 4] {
    for _ in 0..ROUNDS {
        let product = |multiplier: u32, word: u64| u64::from(multiplier) * (word & WORD);
        let (a, b) = (product(MULTIPLIER[0], counter[0]), product(MULTIPLIER[1], counter[2]));
        counter = [(b >> 32) ^ counter[1] ^ u64::from(key[0]), b, (a >> 32) ^ counter[3] ^ u64::from(key[1]), a];
        key = [key[0].wrapping_add(KEY_STEP[0]), key[1].wrapping_add(KEY_STEP[1])];
    }
    counter
}

/// Philox4x32-10 of one counter.
#[must_use]
pub fn philox4x32(key: [u32; 2], counter: [u32; 4]) -> [u32; 4] {
    rounds(key, counter.map(u64::from)).map(|word| word as u32)
}

/// 64 bits from the lower halves of two lanes.
#[inline(always)]
fn joined(low: u64, high: u64) -> u64 {
    high << 32 | low & WORD
}

/// A number in [1, 2) from the upper 52 bits.
#[inline(always)]
fn one_to_two(bits: u64) -> f64 {
    f64::from_bits(bits >> 12 | ONE)
}

/// A number in (0, 1), never 0: 1 - 2^-53 less.
#[inline(always)]
fn unit(one_to_two: f64) -> f64 {
    one_to_two - (1.0 - 0.5 * f64::EPSILON)
}

/// A stream of random numbers, addressed by particle, step and draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stream {
    key: [u32; 2],
}

impl Stream {
    /// The stream of a seed for a purpose in a member of an ensemble.
    #[must_use]
    pub fn new(seed: u64, purpose: Purpose, member: u64) -> Self {
        let [word, ..] = words(seed, purpose, Address { member, ..Address::default() });
        Self { key: [word as u32, (word >> 32) as u32] }
    }

    /// Two words of 64 random bits for each particle.
    #[inline(always)]
    fn words<const W: usize>(self, id: &[u64; W], step: u64, draw: u32) -> [[u64; W]; 2] {
        let mut out = [[0; W]; 2];
        // Steps beyond 2^32 share bits with the draw, which has few.
        let (step, draw) = (step & WORD, u64::from(draw ^ ((step >> 32) as u32) << 8));
        for lane in 0..W {
            let [a, b, c, d] = rounds(self.key, [id[lane], id[lane] >> 32, step, draw]);
            out[0][lane] = joined(a, b);
            out[1][lane] = joined(c, d);
        }
        out
    }

    /// Two numbers in (0, 1) for each particle.
    #[inline(always)]
    pub fn uniforms<const W: usize>(&self, id: &[u64; W], step: u64, draw: u32) -> [Row<W>; 2] {
        let (words, mut out) = (self.words(id, step, draw), [[0.0; W]; 2]);
        for lane in 0..W {
            out[0][lane] = unit(one_to_two(words[0][lane]));
            out[1][lane] = unit(one_to_two(words[1][lane]));
        }
        out
    }

    /// Two independent normal deviates of mean 0 and variance 1 for each particle, in polar form.
    #[inline(always)]
    pub fn normals<const W: usize>(&self, id: &[u64; W], step: u64, draw: u32) -> Normals<W> {
        let [radius, turn] = self.words(id, step, draw);
        let mut out = Normals { square: [0.0; W], direction: [[0.0; W]; 2] };
        for lane in 0..W {
            out.square[lane] = minus_two_ln(unit(one_to_two(radius[lane])));
        }
        for lane in 0..W {
            // The first bit is half a turn, which changes both signs.
            let (sine, cosine) = sin_cos_half_turn(one_to_two(turn[lane] << 1) - 1.5);
            out.direction[0][lane] = f64::from_bits(sine.to_bits() ^ turn[lane] & SIGN);
            out.direction[1][lane] = f64::from_bits(cosine.to_bits() ^ !turn[lane] & SIGN);
        }
        out
    }
}

/// Pairs of independent normal deviates: sqrt(square) times each direction. Whoever scales them by the root of a variance
/// takes one root of the product.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(align(64))]
pub struct Normals<const W: usize> {
    pub square: Row<W>,
    /// Cosine and sine of the angle.
    pub direction: [Row<W>; 2],
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known-answer vectors of the Random123 distribution, file `kat_vectors`.
    #[test]
    fn val_random123_vectors() {
        assert_eq!(philox4x32([0; 2], [0; 4]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(philox4x32([u32::MAX; 2], [u32::MAX; 4]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
        let pi = philox4x32([0xa409_3822, 0x299f_31d0], [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344]);
        assert_eq!(pi, [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]);
    }

    #[test]
    fn val_moments_and_tails_are_normal() {
        let stream = Stream::new(7, Purpose::Diffusion, 0);
        let (mut moments, mut product, mut beyond) = ([0.0; 5], 0.0, 0);
        let blocks = 100_000_u64;
        for block in 0..blocks {
            let id: [u64; 8] = std::array::from_fn(|lane| block * 8 + lane as u64);
            let normals = stream.normals(&id, 3, 0);
            let [a, b] = normals
                .direction
                .map(|direction: [f64; 8]| std::array::from_fn(|lane| normals.square[lane].sqrt() * direction[lane]));
            let (a, b): ([f64; 8], [f64; 8]) = (a, b);
            for lane in 0..8 {
                for (power, moment) in moments.iter_mut().enumerate() {
                    *moment += a[lane].powi(power as i32) + b[lane].powi(power as i32);
                }
                product += a[lane] * b[lane];
                beyond += u64::from(a[lane].abs() > 3.0) + u64::from(b[lane].abs() > 3.0);
            }
        }
        let n = moments[0];
        let error = 4.0 / n.sqrt();
        assert!((moments[1] / n).abs() < error, "mean {}", moments[1] / n);
        assert!((moments[2] / n - 1.0).abs() < error * 2.0_f64.sqrt(), "variance {}", moments[2] / n);
        assert!((moments[3] / n).abs() < error * 15.0_f64.sqrt(), "third moment {}", moments[3] / n);
        assert!((moments[4] / n - 3.0).abs() < error * 96.0_f64.sqrt(), "fourth moment {}", moments[4] / n);
        assert!((product / n).abs() < error, "correlation {}", product / n);
        let expected = 0.002_699_796 * n;
        assert!((beyond as f64 - expected).abs() < 4.0 * expected.sqrt(), "{beyond} beyond 3, expected {expected}");
    }

    #[test]
    fn exact_neighbouring_addresses_are_independent() {
        let stream = Stream::new(0, Purpose::Diffusion, 0);
        let other = Stream::new(1, Purpose::Diffusion, 0);
        assert_ne!(stream, other);
        assert_ne!(stream, Stream::new(0, Purpose::Diffusion, 1));
        let base = stream.uniforms(&[5], 9, 0);
        for changed in [stream.uniforms(&[6], 9, 0), stream.uniforms(&[5], 10, 0), stream.uniforms(&[5], 9, 1)] {
            assert_ne!(base, changed);
        }
        assert_eq!(base[0][0], stream.uniforms(&[1, 5, 2], 9, 0)[0][1]);
    }
}
