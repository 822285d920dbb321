//! Distributions of sampled inputs: maps from the unit interval to values, through the inverse of the distribution
//! function. Elementary functions come from `libm`, so that a cell is the same on every machine.

use super::normal;

/// Probabilities closer to 0 or 1 than any design resolves; unbounded distributions end there, 8.2 standard deviations out.
const LEAST: f64 = f64::EPSILON / 4.0;
const MOST: f64 = 1.0 - f64::EPSILON / 2.0;

/// The temperature at which the uncertainty of a rate constant is smallest, K.
const REFERENCE_TEMPERATURE: f64 = 298.0;

/// The distribution of one sampled input, in SI units.
#[derive(Debug, Clone, PartialEq)]
pub enum Distribution {
    /// Uniform on [low, high).
    Uniform {
        low: f64,
        high: f64,
    },
    /// The logarithm is uniform between those of `low` and `high`, both positive.
    LogUniform {
        low: f64,
        high: f64,
    },
    Normal {
        mean: f64,
        sd: f64,
    },
    /// A normal distribution, given that the value is between `low` and `high`, one of which may be infinite.
    TruncatedNormal {
        mean: f64,
        sd: f64,
        low: f64,
        high: f64,
    },
    /// The logarithm is normal; its standard deviation is the logarithm of `factor`.
    LogNormal {
        median: f64,
        factor: f64,
    },
    /// The density rises linearly from `low` to `mode` and falls to `high`.
    Triangular {
        low: f64,
        mode: f64,
        high: f64,
    },
    /// One of some values, in their order, each with the probability up to which it is taken.
    Choice(Vec<(f64, f64)>),
    /// A rate constant after JPL and IUPAC: log-normal with the factor f(T) = `factor` exp |g (1/T - 1/298 K)|, `g` in K.
    /// J. B. Burkholder et al., "Chemical kinetics and photochemical data for use in atmospheric studies", evaluation 19,
    /// JPL Publication 19-5 (2019), section 1.
    RateConstant {
        median: f64,
        factor: f64,
        g: f64,
    },
}

impl Distribution {
    /// The value at probability `u` in [0, 1]. Uniform is u (high - low) + low, the formula of `scipy.stats.qmc.scale`.
    #[must_use]
    pub fn quantile(&self, u: f64) -> f64 {
        match self {
            Self::Uniform { low, high } => u * (high - low) + low,
            Self::LogUniform { low, high } => {
                let (bottom, top) = (libm::log(*low), libm::log(*high));
                libm::exp(u.mul_add(top - bottom, bottom)).clamp(*low, *high)
            }
            Self::Normal { mean, sd } => normal::quantile(u.clamp(LEAST, MOST)).mul_add(*sd, *mean),
            Self::TruncatedNormal { mean, sd, low, high } => truncated(*mean, *sd, *low, *high, u),
            Self::LogNormal { median, factor } | Self::RateConstant { median, factor, .. } => {
                median * libm::exp(normal::quantile(u.clamp(LEAST, MOST)) * libm::log(*factor))
            }
            Self::Triangular { low, mode, high } => {
                let width = high - low;
                if u * width < mode - low {
                    low + (u * width * (mode - low)).sqrt()
                } else {
                    high - ((1.0 - u) * width * (high - mode)).sqrt()
                }
            }
            Self::Choice(values) => {
                let chosen = values.iter().find(|(_, up_to)| u < *up_to).or(values.last());
                chosen.map_or(f64::NAN, |(value, _)| *value)
            }
        }
    }

    /// Whether the value depends on the cell's temperature.
    #[must_use]
    pub fn needs_temperature(&self) -> bool {
        matches!(self, Self::RateConstant { .. })
    }

    /// The value at probability `u` in a cell of this temperature, K.
    #[must_use]
    pub fn quantile_at(&self, u: f64, temperature: f64) -> f64 {
        let Self::RateConstant { median, factor, g } = self else {
            return self.quantile(u);
        };
        let growth = libm::exp((g * (1.0 / temperature - 1.0 / REFERENCE_TEMPERATURE)).abs());
        Self::LogNormal { median: *median, factor: factor * growth }.quantile(u)
    }
}

/// The quantile of a truncated normal distribution, from the side on which its probabilities are small and so precise.
fn truncated(mean: f64, sd: f64, low: f64, high: f64, u: f64) -> f64 {
    let (a, b) = ((low - mean) / sd, (high - mean) / sd);
    let u = if a.is_finite() { u } else { u.max(LEAST) };
    let u = if b.is_finite() { u } else { u.min(MOST) };
    let between = |a: f64, b: f64, u: f64| {
        let (below_a, below_b) = (normal::probability(a), normal::probability(b));
        let p = (below_b - below_a).mul_add(u, below_a);
        (p <= 0.5).then(|| normal::quantile(p.max(f64::MIN_POSITIVE)))
    };
    // The mirror image of the upper half is a lower half.
    let z = between(a, b, u).or_else(|| between(-b, -a, 1.0 - u).map(|z| -z));
    z.unwrap_or(0.0).mul_add(sd, mean).clamp(low, high)
}

#[cfg(test)]
#[path = "tests/distribution.rs"]
mod tests;
