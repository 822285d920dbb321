//! Every rate law against its formula, written out once more with the standard library's functions.

use super::builder::difference;
use crate::chemistry::rate::{AVOGADRO, Arrhenius, Branch, Conditions, GAS_CONSTANT, RateLaw, rate_constant};

const WEATHER: [Conditions; 3] = [
    Conditions { temperature: 272.5, pressure: 101_253.3 },
    Conditions { temperature: 254.7, pressure: 100_672.5 },
    Conditions { temperature: 212.6, pressure: 1_319.8 },
];

fn arrhenius(a: f64, b: f64, c: f64, d: f64) -> Arrhenius {
    Arrhenius { a, b, c, d }
}

fn arr(a: f64, b: f64, c: f64, d: f64, t: f64) -> f64 {
    a * (c / t).exp() * (t / d).powf(b)
}

fn check(law: &RateLaw, parameters: &[f64], truth: impl Fn(f64, f64, f64) -> f64) {
    for at in WEATHER {
        let k = rate_constant(law, &at, parameters);
        let expected = truth(at.temperature, at.pressure, at.pressure / (GAS_CONSTANT * at.temperature));
        assert!(difference(&[k], &[expected]) < 2e-14, "{law:?} at {at:?}: {k:e}, not {expected:e}");
    }
}

#[test]
fn exact_arrhenius_tunneling_and_taylor() {
    let law = RateLaw::Arrhenius { arrhenius: arrhenius(1.2e-4, 7.0, 75.0, 50.0), e: 0.5 };
    check(&law, &[], |t, p, _| arr(1.2e-4, 7.0, 75.0, 50.0, t) * (1.0 + 0.5 * p));
    let law = RateLaw::Tunneling { a: 1.2e-4, b: 167.0, c: 1e8 };
    check(&law, &[], |t, _, _| 1.2e-4 * (-167.0 / t + 1e8 / t.powi(3)).exp());
    let coefficients = vec![3.0, -0.02, 5e-5];
    let law = RateLaw::TaylorSeries { coefficients, arrhenius: arrhenius(2.0, 0.5, -40.0, 280.0), e: 1e-6 };
    check(&law, &[], |t, p, _| (3.0 - 0.02 * t + 5e-5 * t * t) * arr(2.0, 0.5, -40.0, 280.0, t) * (1.0 + 1e-6 * p));
}

#[test]
fn exact_falloff() {
    let (k0, kinf) = (arrhenius(1.2e-3, 1.6, 3.0, 300.0), arrhenius(136.0, 5.0, 24.0, 290.0));
    let kint = arrhenius(0.3, -1.0, 10.0, 298.0);
    let parts = |t: f64, m: f64| {
        let (low, high) = (arr(1.2e-3, 1.6, 3.0, 300.0, t), arr(136.0, 5.0, 24.0, 290.0, t));
        let x = low * m / high;
        (low, high, x, 0.9_f64.powf(0.8 / (0.8 + x.log10().powi(2))))
    };
    check(&RateLaw::Troe { k0, kinf, fc: 0.9, n: 0.8 }, &[], |t, _, m| {
        let (low, _, x, broadening) = parts(t, m);
        low * m / (1.0 + x) * broadening
    });
    check(&RateLaw::TernaryChemicalActivation { k0, kinf, fc: 0.9, n: 0.8 }, &[], |t, _, m| {
        let (low, _, x, broadening) = parts(t, m);
        low / (1.0 + x) * broadening
    });
    check(&RateLaw::TernaryChemicalActivationJpl19 { k0, kinf, kint, fc: 0.9, n: 0.8 }, &[], |t, _, m| {
        let (low, high, x, broadening) = parts(t, m);
        let kf = low * m / (1.0 + x) * broadening;
        kf + arr(0.3, -1.0, 10.0, 298.0, t) * (1.0 - kf / high)
    });
    let nothing = arrhenius(0.0, 0.0, 0.0, 300.0);
    assert_eq!(rate_constant(&RateLaw::Troe { k0: nothing, kinf, fc: 0.6, n: 1.0 }, &WEATHER[0], &[]), 0.0);
    assert_eq!(rate_constant(&RateLaw::Troe { k0: nothing, kinf: nothing, fc: 0.6, n: 1.0 }, &WEATHER[0], &[]), 0.0);
}

#[test]
fn exact_branches() {
    let (x, y, a0, n) = (1e-4, 204.3, 1e-3, 2.0_f64);
    let falloff = |t: f64, m: f64| {
        let (a, b) = (2e-22 * AVOGADRO * 1e-6 * n.exp() * m, 0.43 * (t / 298.0).powi(-8));
        a / (1.0 + a / b) * 0.41_f64.powf(1.0 / (1.0 + (a / b).log10().powi(2)))
    };
    let z = falloff(293.0, 2.45e19 / AVOGADRO * 1e6) * (1.0 - a0) / a0;
    let law = |branch| RateLaw::BranchedNoRo2 { x, y, a0, n, branch };
    check(&law(Branch::Alkoxy), &[], |t, _, m| x * (-y / t).exp() * z / (z + falloff(t, m)));
    check(&law(Branch::Nitrate), &[], |t, _, m| x * (-y / t).exp() * falloff(t, m) / (z + falloff(t, m)));
}

#[test]
fn exact_values_of_the_cell() {
    check(&RateLaw::Parameter { parameter: 1, scaling: 2.5 }, &[7.0, 4e-3], |_, _, _| 1e-2);
    let surface = |probability| RateLaw::Surface {
        radius: 0,
        number: 1,
        diffusion_coefficient: 2.3e-5,
        molecular_weight: 0.046,
        probability,
    };
    check(&surface(0.74), &[1e-7, 2.5e6], |t, _, _| {
        let speed = (8.0 * GAS_CONSTANT * t / (std::f64::consts::PI * 0.046)).sqrt();
        4.0 * 2.5e6 * std::f64::consts::PI * 1e-14 / (1e-7 / 2.3e-5 + 4.0 / (speed * 0.74))
    });
    for (probability, parameters) in [(0.74, [0.0, 2.5e6]), (0.74, [1e-7, 0.0]), (0.0, [1e-7, 2.5e6])] {
        assert_eq!(rate_constant(&surface(probability), &WEATHER[0], &parameters), 0.0);
    }
    assert!(rate_constant(&surface(1.0), &WEATHER[0], &[1e-7]).is_nan(), "a parameter is missing");
}
