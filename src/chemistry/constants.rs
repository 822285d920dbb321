//! The rate constants of a whole mechanism for `W` cells, computed once a call.
//!
//! Most reactions are A exp(C/T) (T/D)^B with few distinct (B, C, D): TS1 has 361 of them and 123 factors. Each
//! factor is computed once; the rest is one multiplication a reaction.

use super::mechanism::Mechanism;
use super::rate::{Arrhenius, RateLaw, Surroundings};
use crate::lanes::Lanes;

/// How one rate constant is made.
#[derive(Debug)]
enum Recipe {
    /// A constant times a shared factor.
    Shared { a: f64, factor: usize },
    /// A law of its own, and the product of the prescribed reactants' constants.
    Own { law: RateLaw, fixed_factor: f64 },
}

/// The recipes of all rate constants, in the order of the kinetics.
#[derive(Debug)]
pub(super) struct RateConstants {
    factors: Vec<Arrhenius>,
    recipes: Vec<(Recipe, u32)>,
    powers: bool,
}

impl RateConstants {
    /// From a mechanism, for its reactions in this order.
    pub fn new(mechanism: &Mechanism, reactions: &[usize]) -> Self {
        let mut factors: Vec<Arrhenius> = Vec::new();
        let recipes: Vec<(Recipe, u32)> = reactions
            .iter()
            .map(|&r| {
                let reaction = &mechanism.reactions[r];
                let recipe = match &reaction.rate {
                    RateLaw::Arrhenius { arrhenius, e } if *e == 0.0 => {
                        // Without a power of T the reference temperature does not matter.
                        let d = if arrhenius.b == 0.0 { 300.0 } else { arrhenius.d };
                        let shared = Arrhenius { a: 1.0, d, ..*arrhenius };
                        let factor = factors.iter().position(|&known| known == shared).unwrap_or_else(|| {
                            factors.push(shared);
                            factors.len() - 1
                        });
                        Recipe::Shared { a: arrhenius.a * reaction.fixed_factor, factor }
                    }
                    law => Recipe::Own { law: law.clone(), fixed_factor: reaction.fixed_factor },
                };
                (recipe, reaction.air_density_order)
            })
            .collect();
        let own = recipes.iter().any(|(recipe, _)| matches!(recipe, Recipe::Own { .. }));
        Self { powers: own || factors.iter().any(|factor| factor.b != 0.0), factors, recipes }
    }

    /// Whether a rate constant may need a power of the temperature.
    pub fn powers(&self) -> bool {
        self.powers
    }

    /// Distinct temperature factors.
    pub fn factors(&self) -> usize {
        self.factors.len()
    }

    /// All rate constants into `k`; `factors` is scratch with a row for each factor.
    #[inline(always)]
    pub fn evaluate<const W: usize>(
        &self,
        at: &Surroundings<W>,
        parameter: impl Fn(usize) -> Lanes<W>,
        factors: &mut [Lanes<W>],
        k: &mut [Lanes<W>],
    ) {
        for (out, factor) in factors.iter_mut().zip(&self.factors) {
            *out = factor.factor(at);
        }
        for (k, (recipe, air_density_order)) in k.iter_mut().zip(&self.recipes) {
            let mut constant = match recipe {
                Recipe::Shared { a, factor } => factors[*factor].scaled(*a),
                Recipe::Own { law, fixed_factor } => law.constant(at, &parameter).scaled(*fixed_factor),
            };
            for _ in 0..*air_density_order {
                constant = constant * at.air_density;
            }
            *k = constant;
        }
    }
}
