//! Rate laws: the rate constant of each reaction type as a function of temperature, pressure and air density.
//!
//! Formulas as in the MechanismConfiguration documentation (version 1) and JPL 19-5; `docs/deck.md` lists them.
//! Units: mol m-3, K, Pa, s, m. Adding a law touches this file and the reader's table of types.

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

/// Which of the two reactions that a BRANCHED_NO_RO2 entry stands for.
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
    /// (sum_j c_j T^j) * arrhenius * (1 + E p)
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
