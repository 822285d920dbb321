//! The sums over stages of a Rosenbrock step, compiled from a table so that none is formed twice.
//!
//! Methods that are stiffly accurate end where their last stages begin: the state of such a stage and the result have
//! the coefficients of the stage before and one more. Then the sum goes on from that stage's state, which is the
//! same additions in the same order. Terms whose coefficient is 0 are left out at either end of a sum.

use super::tableau::Tableau;
use crate::lanes::Lanes;

/// K of one row in all stages, with room for the method that has most.
pub(super) type Stages<const W: usize> = [Lanes<W>; Tableau::STAGES_MAX];

/// Consecutive terms of a sum over stages. Small enough to be copied: a loop that reads them from a copy of its own need
/// not read their number again for each row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    /// The stage of the first.
    first: usize,
    count: usize,
    coefficients: [f64; Tableau::STAGES_MAX],
}

/// y plus a sum over stages.
#[derive(Debug)]
pub(super) struct State {
    /// Whether the sum goes on from the state before rather than from y.
    resumes: bool,
    terms: Terms,
}

/// The sums of one method.
#[derive(Debug)]
pub(super) struct Sums {
    /// For each stage the state at which it evaluates f; none where it takes f of the stage before.
    pub states: Vec<Option<State>>,
    /// For each stage the sum that is divided by h.
    pub couplings: Vec<Terms>,
    /// The state at the end of the step.
    pub end: State,
    pub error: Terms,
}

impl Sums {
    /// Of a method.
    pub fn new(tableau: &Tableau) -> Self {
        // The coefficients of the state before: the first stage evaluates f at y, which is not kept as a state.
        let mut before: &[f64] = &[];
        let mut state = |coefficients: &'static [f64]| {
            let resumes = !before.is_empty() && coefficients.starts_with(before);
            let state = State { resumes, terms: Terms::new(coefficients, if resumes { before.len() } else { 0 }) };
            before = coefficients;
            state
        };
        let states = (0..tableau.stages())
            .map(|stage| (stage > 0 && tableau.evaluates[stage]).then(|| state(tableau.a[stage])))
            .collect();
        Self {
            states,
            couplings: tableau.c.iter().map(|c| Terms::new(c, 0)).collect(),
            end: state(tableau.m),
            error: Terms::new(tableau.e, 0),
        }
    }
}

impl State {
    /// Into `out`, which holds the state before; `stages` has K of each row.
    #[inline(always)]
    pub fn form<const W: usize>(&self, y: &[Lanes<W>], stages: &[Stages<W>], out: &mut [Lanes<W>]) {
        let terms = self.terms;
        // Two loops, for where a sum begins would otherwise be asked for each row.
        if self.resumes {
            for (out, stages) in out.iter_mut().zip(stages) {
                *out = terms.add(*out, stages);
            }
        } else {
            for ((out, y), stages) in out.iter_mut().zip(y).zip(stages) {
                *out = terms.add(*y, stages);
            }
        }
    }
}

impl Terms {
    /// Those from stage `from` on, without zeros at either end.
    fn new(all: &[f64], from: usize) -> Self {
        let used = |&i: &usize| all[i] != 0.0;
        let first = (from..all.len()).find(used).unwrap_or(0);
        let end = (from..all.len()).rfind(used).map_or(first, |last| last + 1);
        let mut coefficients = [0.0; Tableau::STAGES_MAX];
        coefficients[..end - first].copy_from_slice(&all[first..end]);
        Self { first, count: end - first, coefficients }
    }

    /// `sum` and the terms of a row whose K these are.
    #[inline(always)]
    pub fn add<const W: usize>(&self, mut sum: Lanes<W>, stages: &Stages<W>) -> Lanes<W> {
        for (k, &coefficient) in stages[self.first..].iter().zip(&self.coefficients[..self.count]) {
            sum = k.fused_by(coefficient, sum);
        }
        sum
    }
}
