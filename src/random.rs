//! Random numbers that are addressed, not drawn in sequence, so that a value depends on what it is for and never on
//! who computes it or in which order.
//!
//! Philox4x64-10: J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as 1, 2, 3",
//! SC'11, <https://doi.org/10.1145/2063384.2063405>. NumPy ships the same generator, so any script can recompute a
//! draw: `numpy.random.Philox(key=[seed, purpose], counter=c).random_raw(4)` is the block at counter c + 1.

const MULTIPLIER: [u64; 2] = [0xD2E7_470E_E14C_6C93, 0xCA5A_8263_9512_1157];
const KEY_STEP: [u64; 2] = [0x9E37_79B9_7F4A_7C15, 0xBB67_AE85_84CA_A73B];
const ROUNDS: usize = 10;

/// What random numbers are for: streams of different purposes never meet, whatever the seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub enum Purpose {
    /// Position of a point inside its stratum of a Latin hypercube.
    DesignJitter = 1,
    /// Keys of the permutations of a Latin hypercube.
    DesignPermutation = 2,
    /// Steps of particles by diffusion.
    Diffusion = 3,
    /// Places where particles are released.
    Release = 4,
    /// Random draws in the deck's expressions.
    Expression = 5,
    /// Scrambling of Sobol' and Halton sequences.
    DesignScramble = 16,
    /// Points of the random design.
    DesignRandom = 17,
    /// Which points a resample of the bootstrap has.
    Bootstrap = 18,
}

/// Where a block of four draws stands in its stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Address {
    pub draw: u64,
    pub step: u64,
    /// Global id of the cell or particle.
    pub id: u64,
    pub member: u64,
}

/// Four independent 64-bit words for a seed, a purpose and an address.
#[must_use]
pub fn words(seed: u64, purpose: Purpose, address: Address) -> [u64; 4] {
    philox4x64([seed, purpose as u64], [address.draw, address.step, address.id, address.member])
}

/// A word as a number in [0, 1): its upper 53 bits, as NumPy does it.
#[must_use]
#[allow(clippy::cast_precision_loss)]
pub fn unit_interval(word: u64) -> f64 {
    (word >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
}

/// The block function: ten rounds of multiplication, exchange and key addition (Salmon et al., section 3.3).
#[must_use]
pub fn philox4x64(mut key: [u64; 2], mut counter: [u64; 4]) -> [u64; 4] {
    for _ in 0..ROUNDS {
        let (high0, low0) = wide_product(MULTIPLIER[0], counter[0]);
        let (high1, low1) = wide_product(MULTIPLIER[1], counter[2]);
        counter = [high1 ^ counter[1] ^ key[0], low1, high0 ^ counter[3] ^ key[1], low0];
        key = [key[0].wrapping_add(KEY_STEP[0]), key[1].wrapping_add(KEY_STEP[1])];
    }
    counter
}

#[allow(clippy::cast_possible_truncation)]
fn wide_product(a: u64, b: u64) -> (u64, u64) {
    let product = u128::from(a) * u128::from(b);
    ((product >> 64) as u64, product as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known-answer vectors of the Random123 distribution, file `kat_vectors`.
    #[test]
    fn val_random123_vectors() {
        let zero = philox4x64([0; 2], [0; 4]);
        assert_eq!(zero, [0x1655_4d9e_ca36_314c, 0xdb20_fe9d_672d_0fdc, 0xd7e7_72ce_e186_176b, 0x7e68_b68a_ec7b_a23b]);
        let ones = philox4x64([u64::MAX; 2], [u64::MAX; 4]);
        assert_eq!(ones, [0x87b0_92c3_013f_e90b, 0x438c_3c67_be8d_0224, 0x9cc7_d7c6_9cd7_77b6, 0xa09c_aebf_594f_0ba0]);
        let pi = philox4x64(
            [0x4528_21e6_38d0_1377, 0xbe54_66cf_34e9_0c6c],
            [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344, 0xa409_3822_299f_31d0, 0x082e_fa98_ec4e_6c89],
        );
        assert_eq!(pi, [0xa528_f454_03e6_1d95, 0x38c7_2dbd_566e_9788, 0xa5a1_610e_72fd_18b5, 0x57bd_43b5_e52b_7fe6]);
    }

    #[test]
    fn exact_unit_interval_is_half_open() {
        assert_eq!(unit_interval(0).to_bits(), 0.0_f64.to_bits());
        assert!(unit_interval(u64::MAX) < 1.0);
    }
}
