//! The random numbers of particles alone: Philox and the normal deviates made of it.

use chemdrift::advection::normal::Stream;
use chemdrift::random::Purpose;

/// Particles in a tile of the kernels.
const WIDTH: usize = 16;

/// What is drawn for each particle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Draw {
    /// Two uniform numbers of 52 bits: one block of Philox.
    Uniforms,
    /// Two normal deviates.
    Normals,
}

with_best_instructions! {
    /// Draws for `count` particles in one step; a sum, so that nothing is left out.
    draw calls tiles(what: Draw, count: u64, step: u64) -> f64
}

#[inline(always)]
fn tiles(what: Draw, count: u64, step: u64) -> f64 {
    let stream = Stream::new(7, Purpose::Diffusion, 0);
    let mut sum = [0.0; WIDTH];
    for tile in 0..count / WIDTH as u64 {
        let ids: [u64; WIDTH] = std::array::from_fn(|lane| tile * WIDTH as u64 + lane as u64);
        if what == Draw::Uniforms {
            let [a, b] = stream.uniforms(&ids, step, 0);
            for lane in 0..WIDTH {
                sum[lane] += a[lane] + b[lane];
            }
        } else {
            let normals = stream.normals(&ids, step, 0);
            for lane in 0..WIDTH {
                let [x, y] = normals.direction;
                sum[lane] = normals.square[lane].sqrt().mul_add(x[lane] + y[lane], sum[lane]);
            }
        }
    }
    sum.iter().sum()
}
