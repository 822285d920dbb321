//! What became of each cell, and what it cost.

use std::ops::AddAssign;

/// How the integration of a cell has ended so far; written as a CF flag variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum Outcome {
    /// Every call reached its end within the tolerances.
    #[default]
    Converged = 0,
    /// The step became too small for time to advance.
    StepTooSmall = 1,
    /// `SolverSettings::max_steps` did not suffice.
    TooManySteps = 2,
    /// A rate constant, a concentration or the solution was infinite or no number.
    NonFinite = 3,
    /// A concentration was negative when a call began.
    NegativeConcentration = 4,
    /// Temperature or pressure were not positive numbers.
    InvalidConditions = 5,
}

impl Outcome {
    /// Every outcome, in the order of its number.
    pub const ALL: [Self; 6] = [
        Self::Converged,
        Self::StepTooSmall,
        Self::TooManySteps,
        Self::NonFinite,
        Self::NegativeConcentration,
        Self::InvalidConditions,
    ];

    /// One word, as in CF `flag_meanings`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Converged => "converged",
            Self::StepTooSmall => "step_too_small",
            Self::TooManySteps => "too_many_steps",
            Self::NonFinite => "non_finite",
            Self::NegativeConcentration => "negative_concentration",
            Self::InvalidConditions => "invalid_conditions",
        }
    }

    /// The outcome with this number, as read from a checkpoint.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }
}

/// Counts of work, summed over cells; sums of integers, hence the same for any grouping of cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Evaluations of dy/dt.
    pub function_calls: u64,
    /// Evaluations of the Jacobian.
    pub jacobians: u64,
    /// Internal steps tried.
    pub steps: u64,
    /// Internal steps accepted.
    pub accepted: u64,
    /// Internal steps rejected.
    pub rejected: u64,
    /// LU decompositions.
    pub decompositions: u64,
    /// Solutions of a linear system.
    pub solves: u64,
    /// Small negative concentrations set to 0 at the end of a call.
    pub clipped: u64,
    /// Cells that reached the end of the call.
    pub cells_advanced: u64,
    /// Cells that failed in this call.
    pub cells_failed: u64,
}

impl Tally {
    /// Every count with its name, for reports and for sums over ranks.
    #[must_use]
    pub fn named(&self) -> [(&'static str, u64); 10] {
        [
            ("steps", self.steps),
            ("accepted", self.accepted),
            ("rejected", self.rejected),
            ("function_calls", self.function_calls),
            ("jacobians", self.jacobians),
            ("decompositions", self.decompositions),
            ("solves", self.solves),
            ("clipped", self.clipped),
            ("cells_advanced", self.cells_advanced),
            ("cells_failed", self.cells_failed),
        ]
    }

    /// The tally whose counts `named` gives in this order; missing ones are 0.
    #[must_use]
    pub fn from_counts(counts: &[u64]) -> Self {
        let mut tally = Self::default();
        let slots = [
            &mut tally.steps,
            &mut tally.accepted,
            &mut tally.rejected,
            &mut tally.function_calls,
            &mut tally.jacobians,
            &mut tally.decompositions,
            &mut tally.solves,
            &mut tally.clipped,
            &mut tally.cells_advanced,
            &mut tally.cells_failed,
        ];
        slots.into_iter().zip(counts).for_each(|(slot, &count)| *slot = count);
        tally
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.function_calls += other.function_calls;
        self.jacobians += other.jacobians;
        self.steps += other.steps;
        self.accepted += other.accepted;
        self.rejected += other.rejected;
        self.decompositions += other.decompositions;
        self.solves += other.solves;
        self.clipped += other.clipped;
        self.cells_advanced += other.cells_advanced;
        self.cells_failed += other.cells_failed;
    }
}
