//! Time as integer steps: instants are derived from step numbers, never accumulated, so that rounding cannot drift.

use std::collections::BTreeSet;

/// The coupling steps of a run; the solver's own steps adapt inside them.
#[derive(Debug, Clone, PartialEq)]
pub enum Clock {
    /// `count` steps of `step` seconds.
    Uniform { step: f64, count: u64 },
    /// Steps of given lengths, seconds.
    Listed { steps: Vec<f64> },
}

impl Clock {
    /// Number of steps.
    #[must_use]
    pub fn count(&self) -> u64 {
        match self {
            Self::Uniform { count, .. } => *count,
            Self::Listed { steps } => steps.len() as u64,
        }
    }

    /// Length of step `n` (0-based), s.
    #[must_use]
    pub fn length(&self, n: u64) -> f64 {
        match self {
            Self::Uniform { step, .. } => *step,
            Self::Listed { steps } => usize::try_from(n).map_or(0.0, |n| steps[n]),
        }
    }

    /// Time at the beginning of step `n`, which is the end of step `n - 1`, s from the start.
    #[must_use]
    pub fn time(&self, n: u64) -> f64 {
        match self {
            #[allow(clippy::cast_precision_loss)]
            Self::Uniform { step, .. } => step * n as f64,
            Self::Listed { steps } => steps.iter().take(usize::try_from(n).unwrap_or(usize::MAX)).sum(),
        }
    }

    /// The same clock cut to at most `count` steps.
    #[must_use]
    pub fn shortened(&self, limit: u64) -> Self {
        match self {
            Self::Uniform { step, count } => Self::Uniform { step: *step, count: limit.min(*count) },
            Self::Listed { steps } => {
                let n = usize::try_from(limit).unwrap_or(usize::MAX).min(steps.len());
                Self::Listed { steps: steps[..n].to_vec() }
            }
        }
    }
}

/// When something is due, in step numbers: number `n` means the state after `n` steps, 0 the initial state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schedule {
    /// After every `stride` steps, the initial state included.
    Every { stride: u64 },
    /// At the given step numbers.
    At { steps: BTreeSet<u64> },
}

impl Schedule {
    /// Whether the state after `n` steps is due.
    #[must_use]
    pub fn is_due(&self, n: u64) -> bool {
        match self {
            Self::Every { stride } => n.is_multiple_of(*stride),
            Self::At { steps } => steps.contains(&n),
        }
    }

    /// How many states are due in a run of `count` steps.
    #[must_use]
    pub fn records(&self, count: u64) -> u64 {
        match self {
            Self::Every { stride } => count / stride + 1,
            Self::At { steps } => steps.range(..=count).count() as u64,
        }
    }
}
