//! The rate constants of a whole mechanism for `W` cells, computed once a call.
//!
//! Most reactions are A exp(C/T) (T/D)^B with few distinct (B, C, D): TS1 has 361 of them and 123 factors. Each
//! factor is computed once; the rest is one multiplication a reaction.

use super::mechanism::Mechanism;
use super::members::{MemberLaws, Number};
use super::rate::{Arrhenius, RateLaw, Surroundings};
use crate::lanes::Lanes;

/// How one rate constant is made.
#[derive(Debug)]
enum Recipe {
    /// A constant times a shared factor.
    Shared { a: f64, factor: usize },
    /// A law of its own, and the product of the prescribed reactants' constants.
    Own { law: RateLaw, fixed_factor: f64 },
    /// As `Shared`, where the constant differs between members: the change that holds it.
    MemberShared { change: usize, factor: usize, fixed_factor: f64 },
    /// A law whose numbers differ between members: the changes that hold them.
    Member { law: RateLaw, fixed_factor: f64, changes: Vec<usize> },
}

/// The recipes of all rate constants, in the order of the kinetics.
#[derive(Debug)]
pub(super) struct RateConstants {
    factors: Vec<Arrhenius>,
    recipes: Vec<(Recipe, u32)>,
    powers: bool,
    members: Option<MemberLaws>,
}

impl RateConstants {
    /// From a mechanism, for its reactions in this order.
    pub fn new(mechanism: &Mechanism, reactions: &[usize], members: Option<MemberLaws>) -> Self {
        let mut factors: Vec<Arrhenius> = Vec::new();
        let recipes: Vec<(Recipe, u32)> = reactions
            .iter()
            .map(|&r| {
                let reaction = &mechanism.reactions[r];
                let fixed_factor = reaction.fixed_factor;
                let changes = members.as_ref().map_or_else(Vec::new, |members| members.of(r));
                let number = |change: usize| members.as_ref().map(|members| members.changes[change].target.number);
                let only_a = matches!(changes[..], [change] if number(change) == Some(Number::A));
                let recipe = match &reaction.rate {
                    law if !(changes.is_empty() || only_a && is_shared(law)) => {
                        Recipe::Member { law: law.clone(), fixed_factor, changes }
                    }
                    RateLaw::Arrhenius { arrhenius, e } if *e == 0.0 => {
                        let shared = shared(arrhenius);
                        let factor = factors.iter().position(|&known| known == shared).unwrap_or_else(|| {
                            factors.push(shared);
                            factors.len() - 1
                        });
                        match changes[..] {
                            [change, ..] => Recipe::MemberShared { change, factor, fixed_factor },
                            [] => Recipe::Shared { a: arrhenius.a * fixed_factor, factor },
                        }
                    }
                    law => Recipe::Own { law: law.clone(), fixed_factor },
                };
                (recipe, reaction.air_density_order)
            })
            .collect();
        let own = recipes.iter().any(|(recipe, _)| matches!(recipe, Recipe::Own { .. } | Recipe::Member { .. }));
        Self { powers: own || factors.iter().any(|factor| factor.b != 0.0), factors, recipes, members }
    }

    /// Whether a rate constant may need a power of the temperature.
    pub fn powers(&self) -> bool {
        self.powers
    }

    /// Distinct temperature factors.
    pub fn factors(&self) -> usize {
        self.factors.len()
    }

    /// All rate constants of the cells from `first` of the flat index on into `k`; `factors` is scratch with a row for each
    /// factor.
    #[inline(always)]
    pub fn evaluate<const W: usize>(
        &self,
        first: u64,
        at: &Surroundings<W>,
        parameter: impl Fn(usize) -> Lanes<W>,
        factors: &mut [Lanes<W>],
        k: &mut [Lanes<W>],
    ) {
        for (out, factor) in factors.iter_mut().zip(&self.factors) {
            *out = factor.factor(at);
        }
        let member = self.members.as_ref().map(|laws| Lookup { laws, places: laws.places(first) });
        for (k, (recipe, air_density_order)) in k.iter_mut().zip(&self.recipes) {
            let mut constant = match recipe {
                Recipe::Shared { a, factor } => factors[*factor].scaled(*a),
                Recipe::Own { law, fixed_factor } => law.constant(at, &parameter).scaled(*fixed_factor),
                Recipe::MemberShared { change, factor, fixed_factor } => {
                    let a = member.as_ref().map_or(Lanes::ZERO, |member| member.values(*change));
                    factors[*factor] * a.scaled(*fixed_factor)
                }
                Recipe::Member { law, fixed_factor, changes } => match &member {
                    Some(member) => member.constant(law, *fixed_factor, changes, at, &parameter),
                    None => plain(law, *fixed_factor, at, &parameter),
                },
            };
            for _ in 0..*air_density_order {
                constant = constant * at.air_density;
            }
            *k = constant;
        }
    }
}

/// The temperature factor of a reaction, which others may have as well.
fn shared(arrhenius: &Arrhenius) -> Arrhenius {
    // Without a power of T the reference temperature does not matter.
    let d = if arrhenius.b == 0.0 { 300.0 } else { arrhenius.d };
    Arrhenius { a: 1.0, d, ..*arrhenius }
}

fn is_shared(law: &RateLaw) -> bool {
    matches!(law, RateLaw::Arrhenius { e, .. } if *e == 0.0)
}

/// A rate constant as a mechanism with this law has it, to the last bit.
#[inline(always)]
fn plain<const W: usize>(
    law: &RateLaw,
    fixed_factor: f64,
    at: &Surroundings<W>,
    parameter: impl Fn(usize) -> Lanes<W>,
) -> Lanes<W> {
    match law {
        RateLaw::Arrhenius { arrhenius, e } if *e == 0.0 => {
            shared(arrhenius).factor(at).scaled(arrhenius.a * fixed_factor)
        }
        law => law.constant(at, parameter).scaled(fixed_factor),
    }
}

/// What the members of the cells in the lanes have.
struct Lookup<'l, const W: usize> {
    laws: &'l MemberLaws,
    /// For each axis, where the lanes are along it.
    places: Vec<[usize; W]>,
}

impl<const W: usize> Lookup<'_, W> {
    #[inline(always)]
    fn values(&self, change: usize) -> Lanes<W> {
        let change = &self.laws.changes[change];
        Lanes(self.places[change.axis].map(|place| change.values[place]))
    }

    /// The constant with every lane's own numbers: at once where all lanes are of members with the same ones.
    #[inline(always)]
    fn constant(
        &self,
        law: &RateLaw,
        fixed_factor: f64,
        changes: &[usize],
        at: &Surroundings<W>,
        parameter: impl Fn(usize) -> Lanes<W>,
    ) -> Lanes<W> {
        let axis = |&change: &usize| &self.places[self.laws.changes[change].axis];
        let alike = changes.iter().map(axis).all(|places| places.iter().all(|place| *place == places[0]));
        let take = |lane: usize| {
            let (mut own, mut scale) = (law.clone(), 1.0);
            for &change in changes {
                let change = &self.laws.changes[change];
                let value = change.values[self.places[change.axis][lane]];
                match change.target.number {
                    Number::Scale => scale = value,
                    number => number.set(&mut own, value),
                }
            }
            (own, scale)
        };
        if alike {
            let (own, scale) = take(0);
            return plain(&own, fixed_factor, at, parameter).scaled(scale);
        }
        let mut constant = Lanes::ZERO;
        for lane in 0..W {
            let (own, scale) = take(lane);
            let one = plain(&own, fixed_factor, &at.lane(lane), |p| Lanes([parameter(p).0[lane]]));
            constant.0[lane] = one.0[0] * scale;
        }
        constant
    }
}
