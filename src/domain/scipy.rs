//! The Latin hypercube of SciPy, bit for bit: `scipy.stats.qmc.LatinHypercube(d, rng=seed).random(n)`.
//!
//! Three public algorithms make it: NumPy's `SeedSequence` (a hash after M. E. O'Neill's `seed_seq_fe`), the generator
//! PCG64 XSL-RR (M. E. O'Neill, HMC-CS-2014-0905, 2014), and the masked-rejection shuffle of `Generator.shuffle`.
//! SciPy draws n x d numbers row by row, then shuffles 1..n once a dimension; the point is (rank - number) / n.
//! Here the numbers of one column are reached by jumping d places ahead, so that memory is one column, not the design.

use crate::random::unit_interval;

/// A design in the making.
#[derive(Debug)]
pub struct ScipyLatinHypercube {
    count: u64,
    /// Stands before the first number of the next column.
    column_start: Pcg64,
    /// Moves from one row to the next.
    row_jump: Jump,
    /// Stands behind all numbers; the permutations come from it one after the other.
    shuffler: Pcg64,
}

impl ScipyLatinHypercube {
    /// The design of `count` points in `dimensions` dimensions for `rng=seed`.
    #[must_use]
    pub fn new(seed: u64, count: u64, dimensions: usize) -> Self {
        let start = Pcg64::from_seed_sequence(&child_seed_words(seed));
        let mut shuffler = start.clone();
        shuffler.jump(&start.jump_of(u128::from(count) * dimensions as u128));
        let row_jump = start.jump_of(dimensions as u128);
        Self { count, column_start: start, row_jump, shuffler }
    }

    /// The coordinates of the first `wanted` points in the next dimension.
    #[allow(clippy::cast_precision_loss)]
    pub fn next_column(&mut self, wanted: u64) -> Vec<f64> {
        let ranks = self.shuffler.shuffled(self.count);
        let mut row = self.column_start.clone();
        self.column_start.next_u64();
        let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
        let column = ranks.iter().take(wanted).map(|&rank| {
            let number = unit_interval(row.clone().next_u64());
            row.jump(&self.row_jump);
            (f64::from(rank) - number) / self.count as f64
        });
        column.collect()
    }
}

/// The linear congruential step applied many times: state -> multiplier * state + increment.
#[derive(Debug, Clone, Copy)]
struct Jump {
    multiplier: u128,
    increment: u128,
}

#[derive(Debug, Clone)]
struct Pcg64 {
    state: u128,
    increment: u128,
    /// The upper half of the last 64-bit word, kept for the next 32-bit draw.
    spare: Option<u32>,
}

const PCG_MULTIPLIER: u128 = 0x2360_ED05_1FC6_5DA4_4385_DF64_9FCC_F645;

impl Pcg64 {
    fn from_seed_sequence(words: &[u64; 4]) -> Self {
        let join = |high: u64, low: u64| (u128::from(high) << 64) | u128::from(low);
        let mut generator = Self { state: 0, increment: (join(words[2], words[3]) << 1) | 1, spare: None };
        generator.step();
        generator.state = generator.state.wrapping_add(join(words[0], words[1]));
        generator.step();
        generator
    }

    fn step(&mut self) {
        self.state = self.state.wrapping_mul(PCG_MULTIPLIER).wrapping_add(self.increment);
    }

    #[allow(clippy::cast_possible_truncation)]
    fn next_u64(&mut self) -> u64 {
        self.step();
        let folded = (self.state >> 64) as u64 ^ self.state as u64;
        folded.rotate_right((self.state >> 122) as u32)
    }

    #[allow(clippy::cast_possible_truncation)]
    fn next_u32(&mut self) -> u32 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let word = self.next_u64();
        self.spare = Some((word >> 32) as u32);
        word as u32
    }

    /// `places` steps at once, by repeated squaring (F. Brown, "Random number generation with arbitrary strides", 1994).
    fn jump_of(&self, mut places: u128) -> Jump {
        let mut total = Jump { multiplier: 1, increment: 0 };
        let mut power = Jump { multiplier: PCG_MULTIPLIER, increment: self.increment };
        while places > 0 {
            if places & 1 == 1 {
                total.multiplier = total.multiplier.wrapping_mul(power.multiplier);
                total.increment = total.increment.wrapping_mul(power.multiplier).wrapping_add(power.increment);
            }
            power.increment = power.multiplier.wrapping_add(1).wrapping_mul(power.increment);
            power.multiplier = power.multiplier.wrapping_mul(power.multiplier);
            places >>= 1;
        }
        total
    }

    fn jump(&mut self, jump: &Jump) {
        self.state = self.state.wrapping_mul(jump.multiplier).wrapping_add(jump.increment);
    }

    /// The numbers 1..=count in the order in which `Generator.shuffle` leaves them.
    fn shuffled(&mut self, count: u64) -> Vec<u32> {
        let mut values: Vec<u32> = (1..=u32::try_from(count).unwrap_or(u32::MAX)).collect();
        for i in (1..values.len()).rev() {
            let highest = u32::try_from(i).unwrap_or(u32::MAX);
            let mask = u32::MAX >> highest.leading_zeros();
            let mut j = self.next_u32() & mask;
            while j > highest {
                j = self.next_u32() & mask;
            }
            values.swap(i, j as usize);
        }
        values
    }
}

/// The state words of `SeedSequence(seed, spawn_key=(0,))`, the child that `rng=seed` gives to the sampler.
#[allow(clippy::cast_possible_truncation)]
fn child_seed_words(seed: u64) -> [u64; 4] {
    const POOL: usize = 4;
    let hasher = |initial: u32, multiplier: u32| {
        let mut constant = initial;
        move |value: u32| {
            let mixed = value ^ constant;
            constant = constant.wrapping_mul(multiplier);
            let product = mixed.wrapping_mul(constant);
            product ^ (product >> 16)
        }
    };
    let combine = |x: u32, y: u32| {
        let difference = x.wrapping_mul(0xca01_f9dd).wrapping_sub(y.wrapping_mul(0x4973_f715));
        difference ^ (difference >> 16)
    };

    // The seed's words, padded to the pool, then the spawn key 0.
    let entropy = [seed as u32, (seed >> 32) as u32, 0, 0, 0];
    let mut hash = hasher(0x43b0_d7e5, 0x931e_8875);
    let mut pool = [0_u32; POOL];
    for (slot, word) in pool.iter_mut().zip(entropy) {
        *slot = hash(word);
    }
    for source in 0..POOL {
        for target in (0..POOL).filter(|&target| target != source) {
            pool[target] = combine(pool[target], hash(pool[source]));
        }
    }
    for slot in &mut pool {
        *slot = combine(*slot, hash(entropy[POOL]));
    }

    let mut output = hasher(0x8b51_f9dd, 0x58f3_8ded);
    let mut words = [0_u64; 4];
    for (index, word) in words.iter_mut().enumerate() {
        let low = output(pool[2 * index % POOL]);
        let high = output(pool[(2 * index + 1) % POOL]);
        *word = u64::from(low) | (u64::from(high) << 32);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with NumPy 2.4.6 and SciPy 1.17.1: `x = qmc.LatinHypercube(d, rng=seed).random(n)`; the checksum is
    /// `bitwise_xor.reduce(x.view(uint64).ravel() * arange(1, n * d + 1, dtype=uint64))`, so every bit counts.
    #[test]
    fn val_scipy_latin_hypercube_bit_for_bit() {
        let cases: [(u64, usize, u64, u64); 3] = [
            (10, 5, 0, 0x45b3_39b2_8741_1950),
            (1000, 5, 12345, 0x7018_be1e_cb80_dcf5),
            (257, 3, (1 << 40) + 7, 0x965d_6f23_1a83_a196),
        ];
        for (count, dimensions, seed, expected) in cases {
            let mut design = ScipyLatinHypercube::new(seed, count, dimensions);
            let mut checksum = 0;
            for dimension in 0..dimensions as u64 {
                for (id, u) in (0_u64..).zip(design.next_column(count)) {
                    checksum ^= u.to_bits().wrapping_mul(id * dimensions as u64 + dimension + 1);
                }
            }
            assert_eq!(checksum, expected, "n = {count}, d = {dimensions}, seed = {seed}");
        }
    }
}
