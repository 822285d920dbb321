//! What a mechanism is: species, reactions with mass-action kinetics, and the rate parameters that cells supply.
//!
//! This is the meaning of a mechanism file, free of its syntax: every reference is an index, every unit SI.
//! Species whose concentration is prescribed (third body, constant concentration, constant mixing ratio) are no
//! state variables: as reactants they become a factor of the rate constant, as products they are dropped.

use super::rate::RateLaw;

/// A chemical mechanism: the right-hand side dy/dt = sum over reactions of net stoichiometry times rate.
#[derive(Debug, Clone, PartialEq)]
pub struct Mechanism {
    /// Name given in the file.
    pub name: String,
    /// Prognostic gas-phase species, in the file's order: the rows of the state.
    pub species: Vec<Species>,
    /// Species that are prescribed rather than integrated.
    pub prescribed: Vec<PrescribedSpecies>,
    /// Reactions in the file's order (a branched one counts as two).
    pub reactions: Vec<Reaction>,
    /// Values that each cell supplies, such as `PHOTO.jo2_b`; sorted by first use.
    pub parameters: Vec<RateParameter>,
}

/// A prognostic species.
#[derive(Debug, Clone, PartialEq)]
pub struct Species {
    pub name: String,
    /// kg mol-1.
    pub molecular_weight: Option<f64>,
    /// The file's own `absolute tolerance`, mol m-3; overrides the deck's general one, not the deck's per-species one.
    pub absolute_tolerance: Option<f64>,
}

/// A species that is part of the rate constant.
#[derive(Debug, Clone, PartialEq)]
pub struct PrescribedSpecies {
    pub name: String,
    pub value: Prescription,
}

/// How the concentration of a prescribed species follows from the conditions of a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Prescription {
    /// The air density p/(R T), mol m-3 (third body M).
    AirDensity,
    /// A constant concentration, mol m-3.
    Concentration(f64),
    /// A constant mixing ratio, mol mol-1: value times air density.
    MixingRatio(f64),
}

/// One reaction: rate = k(conditions) * `fixed_factor` * `M^air_density_order` * product of the reactants.
#[derive(Debug, Clone, PartialEq)]
pub struct Reaction {
    /// The file's name, or `R1`, `R2`, … by position in the file.
    pub name: String,
    pub rate: RateLaw,
    /// Indices into `Mechanism::species`, one entry for each unit of reaction order.
    pub reactants: Vec<usize>,
    /// Indices into `Mechanism::species` with the yield of each.
    pub products: Vec<(usize, f64)>,
    /// Product of the prescribed reactants' constants; 1 when there are none.
    pub fixed_factor: f64,
    /// How many of the prescribed reactants are proportional to the air density.
    pub air_density_order: u32,
}

/// A value that a rate law takes from the cell.
#[derive(Debug, Clone, PartialEq)]
pub struct RateParameter {
    /// Deck and file name without the `rate.` prefix: `PHOTO.jno2`, `SURF.het1.effective radius`.
    pub name: String,
    /// SI unit, as CF writes it.
    pub unit: &'static str,
}

impl Mechanism {
    /// Position of a prognostic species.
    #[must_use]
    pub fn species_index(&self, name: &str) -> Option<usize> {
        self.species.iter().position(|s| s.name == name)
    }

    /// Position of a rate parameter.
    #[must_use]
    pub fn parameter_index(&self, name: &str) -> Option<usize> {
        self.parameters.iter().position(|p| p.name == name)
    }
}
