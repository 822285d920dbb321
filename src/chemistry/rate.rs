//! Rate laws: the rate constant of each reaction type as a function of temperature, pressure and air density.
//!
//! Formulas as in the `MechanismConfiguration` documentation (version 1) and JPL 19-5; `docs/deck.md` lists them.
//! Units: mol m-3, K, Pa, s, m. Adding a law touches this file and the reader's table of types.

use std::f64::consts::PI;

use crate::lanes::Lanes;
use crate::maths::{exp, ln, ln_of, log10};

/// Boltzmann's constant, J K-1 (exact in SI).
pub const BOLTZMANN: f64 = 1.380_649e-23;
/// Avogadro's constant, mol-1 (exact in SI).
pub const AVOGADRO: f64 = 6.022_140_76e23;
/// The molar gas constant, J mol-1 K-1.
pub const GAS_CONSTANT: f64 = BOLTZMANN * AVOGADRO;

/// The parameters of A exp(C/T) (T/D)^B, the factor common to most laws.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Arrhenius {
    pub a: f64,
    pub b: f64,
    /// K
    pub c: f64,
    /// K
    pub d: f64,
}

/// Which of the two reactions that a `BRANCHED_NO_RO2` entry stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Branch {
    Alkoxy,
    Nitrate,
}

/// A rate law with its parameters; `parameter` fields are indices into `Mechanism::parameters`.
#[derive(Debug, Clone, PartialEq)]
pub enum RateLaw {
    /// arrhenius * (1 + E p)
    Arrhenius { arrhenius: Arrhenius, e: f64 },
    /// k0 M / (1 + x) Fc^(N / (N + log10(x)^2)), x = k0 M / kinf
    Troe { k0: Arrhenius, kinf: Arrhenius, fc: f64, n: f64 },
    /// as Troe without M in the numerator
    TernaryChemicalActivation { k0: Arrhenius, kinf: Arrhenius, fc: f64, n: f64 },
    /// kf + kint (1 - kf / kinf), kf = Troe
    TernaryChemicalActivationJpl19 { k0: Arrhenius, kinf: Arrhenius, kint: Arrhenius, fc: f64, n: f64 },
    /// RO2 + NO to an alkoxy radical or a nitrate
    BranchedNoRo2 { x: f64, y: f64, a0: f64, n: f64, branch: Branch },
    /// A exp(-B/T + C/T^3)
    Tunneling { a: f64, b: f64, c: f64 },
    /// (`sum_j` `c_j` T^j) * arrhenius * (1 + E p)
    TaylorSeries { coefficients: Vec<f64>, arrhenius: Arrhenius, e: f64 },
    /// A value that the cell supplies times a constant: photolysis, emission, first-order loss, user defined.
    Parameter { parameter: usize, scaling: f64 },
    /// Uptake on aerosol: 4 N pi r^2 / (r / D + 4 / (v gamma)), v = sqrt(8 R T / (pi Mw))
    Surface {
        radius: usize,
        number: usize,
        /// m2 s-1
        diffusion_coefficient: f64,
        /// kg mol-1
        molecular_weight: f64,
        probability: f64,
    },
}

/// What a rate constant depends on besides the law's own parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Conditions {
    /// K
    pub temperature: f64,
    /// Pa
    pub pressure: f64,
}

impl Conditions {
    /// Air density p / (R T), mol m-3.
    #[must_use]
    pub fn air_density(&self) -> f64 {
        self.pressure / (GAS_CONSTANT * self.temperature)
    }
}

/// The rate constant of one reaction in one cell, SI units; `parameters` as in `Mechanism::parameters`.
///
/// The same code as the solver's, one lane wide.
#[must_use]
pub fn rate_constant(law: &RateLaw, conditions: &Conditions, parameters: &[f64]) -> f64 {
    let surroundings = Surroundings::new(Lanes([conditions.temperature]), Lanes([conditions.pressure]), true);
    law.constant(&surroundings, |p| Lanes([parameters.get(p).copied().unwrap_or(f64::NAN)])).0[0]
}

/// The conditions of `W` cells, with what several laws need of them.
pub(super) struct Surroundings<const W: usize> {
    temperature: Lanes<W>,
    pressure: Lanes<W>,
    /// mol m-3
    pub air_density: Lanes<W>,
    inverse_temperature: Lanes<W>,
    /// 0 where no rate constant of the mechanism needs it.
    ln_temperature: Lanes<W>,
}

impl<const W: usize> Surroundings<W> {
    /// From temperature, K, and pressure, Pa; `powers`: whether a power of the temperature will be needed.
    #[inline(always)]
    pub fn new(temperature: Lanes<W>, pressure: Lanes<W>, powers: bool) -> Self {
        let air_density = pressure.over(temperature.scaled(GAS_CONSTANT));
        Self::with_air_density(temperature, pressure, air_density, powers)
    }

    /// The conditions of one of the cells.
    #[inline(always)]
    pub fn lane(&self, lane: usize) -> Surroundings<1> {
        let one = |lanes: &Lanes<W>| Lanes([lanes.0[lane]]);
        Surroundings {
            temperature: one(&self.temperature),
            pressure: one(&self.pressure),
            air_density: one(&self.air_density),
            inverse_temperature: one(&self.inverse_temperature),
            ln_temperature: one(&self.ln_temperature),
        }
    }

    #[inline(always)]
    fn with_air_density(temperature: Lanes<W>, pressure: Lanes<W>, air_density: Lanes<W>, powers: bool) -> Self {
        Self {
            temperature,
            pressure,
            air_density,
            inverse_temperature: temperature.map(|t| 1.0 / t),
            ln_temperature: if powers { ln(temperature) } else { Lanes::ZERO },
        }
    }
}

impl Arrhenius {
    /// exp(C/T) (T/D)^B, in one exponential: the factor that many reactions share.
    #[inline(always)]
    pub(super) fn factor<const W: usize>(&self, at: &Surroundings<W>) -> Lanes<W> {
        let mut exponent = at.inverse_temperature.scaled(self.c);
        if self.b != 0.0 {
            let ln_d = ln_of(self.d);
            exponent = at.ln_temperature.map(|ln_t| ln_t - ln_d).fused_by(self.b, exponent);
        }
        exp(exponent)
    }

    #[inline(always)]
    fn constant<const W: usize>(&self, at: &Surroundings<W>) -> Lanes<W> {
        self.factor(at).scaled(self.a)
    }
}

impl RateLaw {
    /// The rate constant in `W` cells, where `parameter` gives the values that cells supply.
    #[inline(always)]
    pub(super) fn constant<const W: usize>(
        &self,
        at: &Surroundings<W>,
        parameter: impl Fn(usize) -> Lanes<W>,
    ) -> Lanes<W> {
        match self {
            Self::Arrhenius { arrhenius, e } => arrhenius.constant(at) * pressure_factor(*e, at),
            Self::Troe { k0, kinf, fc, n } => {
                let low = k0.constant(at) * at.air_density;
                falloff(low, low, kinf.constant(at), *fc, *n)
            }
            Self::TernaryChemicalActivation { k0, kinf, fc, n } => {
                let low = k0.constant(at);
                falloff(low, low * at.air_density, kinf.constant(at), *fc, *n)
            }
            Self::TernaryChemicalActivationJpl19 { k0, kinf, kint, fc, n } => {
                let low = k0.constant(at) * at.air_density;
                let high = kinf.constant(at);
                let association = falloff(low, low, high, *fc, *n);
                let remainder = association.over(high).map(|fraction| 1.0 - fraction);
                kint.constant(at).fused(remainder, association)
            }
            Self::BranchedNoRo2 { x, y, a0, n, branch } => branched(*x, *y, *a0, *n, *branch, at),
            Self::Tunneling { a, b, c } => {
                let inverse = at.inverse_temperature;
                let cubic = (inverse * inverse * inverse).scaled(*c);
                exp(inverse.fused_by(-b, cubic)).scaled(*a)
            }
            Self::TaylorSeries { coefficients, arrhenius, e } => {
                let mut series = Lanes::ZERO;
                for &coefficient in coefficients.iter().rev() {
                    series = series.fused(at.temperature, Lanes::splat(coefficient));
                }
                series * arrhenius.constant(at) * pressure_factor(*e, at)
            }
            Self::Parameter { parameter: index, scaling } => parameter(*index).scaled(*scaling),
            Self::Surface { radius, number, diffusion_coefficient, molecular_weight, probability } => {
                let (radius, number) = (parameter(*radius), parameter(*number));
                let speed_squared = at.temperature.scaled(8.0 * GAS_CONSTANT / (PI * molecular_weight));
                let mut k = Lanes::ZERO;
                for lane in 0..W {
                    let (r, n) = (radius.0[lane], number.0[lane]);
                    let resistance = r / diffusion_coefficient + 4.0 / (speed_squared.0[lane].sqrt() * probability);
                    let uptake = 4.0 * PI * n * r * r / resistance;
                    // Without particles, or with particles that take nothing up, the quotient may be 0/0.
                    let none = r == 0.0 || n == 0.0 || *probability == 0.0;
                    k.0[lane] = if none { 0.0 } else { uptake };
                }
                k
            }
        }
    }
}

/// 1 + E p
#[inline(always)]
fn pressure_factor<const W: usize>(e: f64, at: &Surroundings<W>) -> Lanes<W> {
    at.pressure.fused_by(e, Lanes::splat(1.0))
}

/// numerator / (1 + x) Fc^(N / (N + log10(x)^2)), x = low / high.
#[inline(always)]
fn falloff<const W: usize>(numerator: Lanes<W>, low: Lanes<W>, high: Lanes<W>, fc: f64, n: f64) -> Lanes<W> {
    let x = low.over(high);
    let decades = log10(x);
    let power = (decades * decades).map(|square| n / (n + square));
    let broadening = exp(power.scaled(ln_of(fc)));
    let mut k = Lanes::ZERO;
    for lane in 0..W {
        let value = numerator.0[lane] / (1.0 + x.0[lane]) * broadening.0[lane];
        // A reaction that does not happen at low pressure does not happen, whatever its x.
        k.0[lane] = if numerator.0[lane] == 0.0 { 0.0 } else { value };
    }
    k
}

/// RO2 + NO after Carter & Atkinson (1989) and Wennberg et al. (2018): X exp(-Y/T) times the branch's share, where
/// the nitrate's share is A / (A + z) and z makes it a0 at 293 K and 2.45e19 molecules cm-3.
#[inline(always)]
fn branched<const W: usize>(x: f64, y: f64, a0: f64, n: f64, branch: Branch, at: &Surroundings<W>) -> Lanes<W> {
    let standard_density = 2.45e19 / AVOGADRO * 1e6;
    let standard =
        Surroundings::with_air_density(Lanes::splat(293.0), at.pressure, Lanes::splat(standard_density), true);
    let z = nitrate_falloff(n, &standard).scaled((1.0 - a0) / a0);
    let a = nitrate_falloff(n, at);
    let total = exp(at.inverse_temperature.scaled(-y)).scaled(x);
    let share = match branch {
        Branch::Alkoxy => z,
        Branch::Nitrate => a,
    };
    total * share.over(z + a)
}

/// a / (1 + a/b) 0.41^(1 / (1 + log10(a/b)^2)), a = 2e-22 `N_A` 1e-6 e^n M, b = 0.43 (T/298)^-8.
#[inline(always)]
fn nitrate_falloff<const W: usize>(n: f64, at: &Surroundings<W>) -> Lanes<W> {
    let a = at.air_density.scaled(2e-22 * AVOGADRO * 1e-6 * exp(Lanes([n])).0[0]);
    let b = Arrhenius { a: 0.43, b: -8.0, c: 0.0, d: 298.0 }.constant(at);
    falloff(a, a, b, 0.41, 1.0)
}
