//! The sums over stages of a Rosenbrock step, compiled from a table so that none is formed twice.
//!
//! Methods that are stiffly accurate end where their last stages begin: the state of such a stage and the result have
//! the coefficients of the stage before and one more. Then the sum goes on from that stage's state, which is the
//! same additions in the same order. Terms whose coefficient is 0 are left out.

use super::tableau::Tableau;
use crate::lanes::Lanes;

/// One term of a sum: where the rows of a stage's K begin, and the coefficient.
type Term = (usize, f64);

/// y plus a sum over stages.
#[derive(Debug)]
pub(super) struct State {
    /// Whether the sum goes on from the state before rather than from y.
    resumes: bool,
    terms: Vec<Term>,
}

/// The sums of one method.
#[derive(Debug)]
pub(super) struct Sums {
    /// For each stage the state at which it evaluates f; none where it takes f of the stage before.
    pub states: Vec<Option<State>>,
    /// For each stage the sum that is divided by h.
    pub couplings: Vec<Vec<Term>>,
    /// The state at the end of the step.
    pub end: State,
    pub error: Vec<Term>,
}

impl Sums {
    /// Of a method, for `n` species.
    pub fn new(tableau: &Tableau, n: usize) -> Self {
        let terms = |coefficients: &[f64], from: usize| -> Vec<Term> {
            let all = coefficients.iter().enumerate().skip(from);
            all.filter(|&(_, &coefficient)| coefficient != 0.0)
                .map(|(stage, &coefficient)| (stage * n, coefficient))
                .collect()
        };
        // The coefficients of the state before: the first stage evaluates f at y, which is not kept as a state.
        let mut before: &[f64] = &[];
        let mut state = |coefficients: &'static [f64]| {
            let resumes = !before.is_empty() && coefficients.starts_with(before);
            let state = State { resumes, terms: terms(coefficients, if resumes { before.len() } else { 0 }) };
            before = coefficients;
            state
        };
        let states = (0..tableau.stages())
            .map(|stage| (stage > 0 && tableau.evaluates[stage]).then(|| state(tableau.a[stage])))
            .collect();
        Self {
            states,
            couplings: tableau.c.iter().map(|c| terms(c, 0)).collect(),
            end: state(tableau.m),
            error: terms(tableau.e, 0),
        }
    }
}

impl State {
    /// Into `out`, which holds the state before.
    #[inline(always)]
    pub fn form<const W: usize>(&self, y: &[Lanes<W>], stages: &[Lanes<W>], out: &mut [Lanes<W>]) {
        // Two loops, for where the rows begin would otherwise depend on each row, and the compiler then pairs lanes badly.
        if self.resumes {
            for (i, out) in out.iter_mut().enumerate() {
                *out = add(*out, &self.terms, stages, i);
            }
        } else {
            for (i, (out, y)) in out.iter_mut().zip(y).enumerate() {
                *out = add(*y, &self.terms, stages, i);
            }
        }
    }
}

/// `sum` and row `i` of a sum over stages.
#[inline(always)]
pub(super) fn add<const W: usize>(mut sum: Lanes<W>, terms: &[Term], stages: &[Lanes<W>], i: usize) -> Lanes<W> {
    for &(first, coefficient) in terms {
        sum = stages[first + i].fused_by(coefficient, sum);
    }
    sum
}
