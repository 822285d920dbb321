//! Distributions of sampled inputs: maps from the unit interval to values, through the inverse of the distribution
//! function.

/// The distribution of one sampled input, in SI units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Distribution {
    /// Uniform on [low, high).
    Uniform { low: f64, high: f64 },
}

impl Distribution {
    /// The value at probability `u` in [0, 1): low + u (high - low), the formula of `scipy.stats.qmc.scale`.
    #[must_use]
    pub fn quantile(&self, u: f64) -> f64 {
        match *self {
            Self::Uniform { low, high } => u * (high - low) + low,
        }
    }
}
