//! What the processor could do at most: fused multiply-adds in registers, and numbers read from each level of memory.

/// Numbers side by side; independent sums, more than multiply-adds are under way at a time.
const WIDTH: usize = 8;
const SUMS: usize = 12;

with_best_instructions! {
    /// `count` rounds of 96 fused multiply-adds that wait for nothing but themselves.
    multiply_add calls chains(count: u64) -> f64
}

with_best_instructions! {
    /// The sum of all numbers, `repeats` times.
    read calls sums(numbers: &[f64], repeats: u64) -> f64
}

/// Fused multiply-adds in a round of `multiply_add`.
pub const A_ROUND: u64 = (WIDTH * SUMS) as u64;

#[inline(always)]
fn chains(count: u64) -> f64 {
    let mut sums = [[1.0_f64; WIDTH]; SUMS];
    for _ in 0..count {
        for sum in &mut sums {
            for lane in sum {
                *lane = lane.mul_add(0.999_999, 1e-6);
            }
        }
    }
    sums.iter().flatten().sum()
}

#[inline(always)]
fn sums(numbers: &[f64], repeats: u64) -> f64 {
    let mut total = 0.0;
    for _ in 0..repeats {
        let mut sums = [[0.0_f64; WIDTH]; SUMS];
        for chunk in std::hint::black_box(numbers).chunks_exact(WIDTH * SUMS) {
            for (sum, part) in sums.iter_mut().zip(chunk.chunks_exact(WIDTH)) {
                for lane in 0..WIDTH {
                    sum[lane] += part[lane];
                }
            }
        }
        total += sums.iter().flatten().sum::<f64>();
    }
    total
}
