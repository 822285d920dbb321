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

/// Draws for `count` particles in one step with the best instructions there are; a sum, so that nothing is left out.
#[allow(unsafe_code, reason = "as in the library: asked first, then called")]
pub fn draw(what: Draw, count: u64, step: u64) -> f64 {
    #[cfg(target_arch = "x86_64")]
    {
        if !(is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")) {
            return tiles(what, count, step);
        }
        let wide = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl");
        // SAFETY: the processor has been asked.
        return unsafe { if wide { tiles_avx512(what, count, step) } else { tiles_avx2(what, count, step) } };
    }
    #[allow(unreachable_code, reason = "other processors")]
    tiles(what, count, step)
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

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn tiles_avx2(what: Draw, count: u64, step: u64) -> f64 {
    tiles(what, count, step)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,avx512f,avx512dq,avx512vl")]
fn tiles_avx512(what: Draw, count: u64, step: u64) -> f64 {
    tiles(what, count, step)
}
