//! Fixed pieces of work for the kernels alone: chemistry in cells, particles in a gyre, random numbers; and what the
//! processor could do.
//!
//! Everything is made here, from the mechanisms in `inputs/` and from formulas; no MPI, no files of fields, no output.

/// A function that calls `$body`, which must be `inline(always)`, with the best instructions that the processor has, as
/// the library does with its kernels.
macro_rules! with_best_instructions {
    ($(#[$about:meta])* $name:ident calls $body:ident($($argument:ident: $kind:ty),*) -> $result:ty) => {
        $(#[$about])*
        #[allow(unsafe_code, reason = "the processor is asked first")]
        pub fn $name($($argument: $kind),*) -> $result {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2,fma")]
                fn avx2($($argument: $kind),*) -> $result {
                    $body($($argument),*)
                }
                #[target_feature(enable = "avx2,fma,avx512f,avx512dq,avx512vl")]
                fn avx512($($argument: $kind),*) -> $result {
                    $body($($argument),*)
                }
                if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                    let wide = is_x86_feature_detected!("avx512f")
                        && is_x86_feature_detected!("avx512dq")
                        && is_x86_feature_detected!("avx512vl");
                    // SAFETY: the processor has been asked.
                    return unsafe { if wide { avx512($($argument),*) } else { avx2($($argument),*) } };
                }
            }
            $body($($argument),*)
        }
    };
}

pub mod chemistry;
pub mod limits;
pub mod particles;
pub mod random;
