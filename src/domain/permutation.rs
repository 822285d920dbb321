//! A keyed permutation of 0..n whose every image is computed on its own: no memory, no communication, any n.
//!
//! A balanced Feistel network on the smallest even number of bits that holds n, repeated until the image falls into
//! 0..n ("cycle walking": J. Black, P. Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002).
//! Round keys come from the addressed generator; the round function is the 64-bit finaliser of `SplitMix64`
//! (G. L. Steele, D. Lea, C. H. Flood, OOPSLA 2014), which mixes all bits in a few cycles.

use crate::random::{Address, Purpose, words};

/// Six rounds: from four on a Feistel network is a strong pseudorandom permutation (Luby, Rackoff 1988); two to spare.
const ROUNDS: usize = 6;

/// A permutation of `0..count`.
#[derive(Debug, Clone)]
pub struct Permutation {
    count: u64,
    half_bits: u32,
    keys: [u64; ROUNDS],
}

impl Permutation {
    /// The permutation of `0..count` that belongs to a seed and a dimension.
    #[must_use]
    pub fn new(count: u64, seed: u64, dimension: u64) -> Self {
        let bits = u64::BITS - count.saturating_sub(1).leading_zeros();
        let block =
            |draw| words(seed, Purpose::DesignPermutation, Address { draw, id: dimension, ..Address::default() });
        let ([a, b, c, d], [e, f, ..]) = (block(0), block(1));
        Self { count, half_bits: bits.div_ceil(2).max(1), keys: [a, b, c, d, e, f] }
    }

    /// The image of `index`, which must be below the count.
    #[must_use]
    pub fn image(&self, index: u64) -> u64 {
        let mut value = self.encipher(index);
        while value >= self.count {
            value = self.encipher(value);
        }
        value
    }

    fn encipher(&self, value: u64) -> u64 {
        let mask = (1_u64 << self.half_bits) - 1;
        let (mut left, mut right) = (value >> self.half_bits, value & mask);
        for key in self.keys {
            (left, right) = (right, left ^ (mix(right ^ key) & mask));
        }
        (left << self.half_bits) | right
    }
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_every_image_once() {
        for count in [1, 2, 3, 5, 16, 17, 257, 1000, 4096] {
            for seed in 0..5 {
                let permutation = Permutation::new(count, seed, 3);
                let mut seen = vec![false; usize::try_from(count).unwrap()];
                for index in 0..count {
                    let image = usize::try_from(permutation.image(index)).unwrap();
                    assert!(!std::mem::replace(&mut seen[image], true), "image {image} twice");
                }
            }
        }
    }
}
