//! Statistics of many numbers that are the same bits whatever the order of the numbers and however they are divided.
//!
//! Everything that is added up over items is an integer: counts, and the words of sums without rounding. So the parts of
//! ranks join in MPI's own sums, and ranges of ids may be cut anywhere.

mod bins;
mod cascade;
mod exact;
mod mask;
mod moments;
mod part;
mod partial;
mod places;
mod powers;
mod sketch;
mod weighted;

pub use self::bins::Bins;
pub use self::cascade::{Sums, Weights, word};
pub use self::exact::Exact;
pub use self::mask::Mask;
pub use self::part::{Part, values};
pub use self::partial::{Needs, Numbers, Partial, together};
pub use self::places::{Grid, Region, Regions, Shape, place_of};
pub use self::weighted::WeightedSums;

/// One number, or several, that say something about many.
#[derive(Debug, Clone, PartialEq)]
pub enum Statistic {
    /// How many numbers there are.
    Count,
    /// How many are missing: of cells that failed, of particles that are not there.
    Missing,
    Mean,
    /// Of the population: the sum of squares over the count.
    Variance,
    /// The root of the variance.
    Deviation,
    Skewness,
    Minimum,
    Maximum,
    /// Level from 0 to 1, and the name that the deck gives it, `p05`.
    Quantile {
        level: f64,
        name: String,
    },
    /// How many numbers lie in each bin.
    Histogram(Bins),
}

impl Statistic {
    /// Those that are a word.
    pub const WORDS: [(&'static str, Self); 8] = [
        ("count", Self::Count),
        ("missing", Self::Missing),
        ("mean", Self::Mean),
        ("variance", Self::Variance),
        ("std", Self::Deviation),
        ("skewness", Self::Skewness),
        ("min", Self::Minimum),
        ("max", Self::Maximum),
    ];

    /// Name in deck and file.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Quantile { name, .. } => name,
            Self::Histogram(_) => "histogram",
            word => Self::WORDS.iter().find(|known| known.1 == *word).map_or("", |known| known.0),
        }
    }

    /// A quantile as it is named: `p` and per cent, `p05`, `p50`, `p97.5`.
    #[must_use]
    pub fn quantile(name: &str) -> Option<Self> {
        let digits = name.strip_prefix('p').filter(|rest| rest.bytes().all(|b| b.is_ascii_digit() || b == b'.'))?;
        let percent: f64 = digits.parse().ok().filter(|percent| (0.0..=100.0).contains(percent))?;
        Some(Self::Quantile { level: percent / 100.0, name: name.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_quantiles_are_read_from_their_names() {
        let level = |name| match Statistic::quantile(name) {
            Some(Statistic::Quantile { level, .. }) => Some(level),
            _ => None,
        };
        assert_eq!(
            [level("p05"), level("p5"), level("p50"), level("p100")],
            [Some(0.05), Some(0.05), Some(0.5), Some(1.0)]
        );
        assert_eq!(level("p97.5"), Some(0.975));
        for wrong in ["p", "p101", "p-1", "p1e1", "median", "p5.5.5", "q05"] {
            assert_eq!(level(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn exact_every_word_has_its_name() {
        for (name, statistic) in Statistic::WORDS {
            assert_eq!(statistic.name(), name);
        }
    }
}
