//! Problems with a known answer: chains with an exact one for every rate law, and the stiff problems of the
//! literature (Hairer & Wanner 1996; Mazzia & Magherini 2008, Test Set for IVP Solvers, release 2.4).

use super::builder::{Numbers, cells, constant, difference, read, settings, species, state, trajectory};
use crate::chemistry::cells::{CellBlock, Target};
use crate::chemistry::mechanism::Mechanism;
use crate::chemistry::rate::{Arrhenius, Branch, Conditions, RateLaw, rate_constant};
use crate::chemistry::tableau::Method;
use crate::chemistry::{Solver, SolverSettings};

fn arrhenius(a: f64, b: f64, c: f64, d: f64) -> Arrhenius {
    Arrhenius { a, b, c, d }
}

/// Two laws of each kind, with the values that the cell supplies.
fn laws() -> Vec<([RateLaw; 2], Vec<f64>)> {
    let simple = arrhenius(4e-3, 0.0, 50.0, 300.0);
    let steep = arrhenius(1.2e-4, 7.0, 75.0, 50.0);
    let (k0, kinf) = (arrhenius(1.2e-3, 1.6, 3.0, 300.0), arrhenius(136.0, 5.0, 24.0, 300.0));
    let (weak, unity) = (arrhenius(4e-5, 0.0, 0.0, 300.0), arrhenius(1.0, 0.0, 0.0, 300.0));
    let kint = arrhenius(2e-3, 0.0, 0.0, 300.0);
    let branched = |branch| RateLaw::BranchedNoRo2 { x: 1e-4, y: 204.3, a0: 1e-3, n: 2.0, branch };
    let surface = |probability| RateLaw::Surface {
        radius: 0,
        number: 1,
        diffusion_coefficient: 2.3e-5,
        molecular_weight: 0.046,
        probability,
    };
    vec![
        (
            [RateLaw::Arrhenius { arrhenius: simple, e: 0.0 }, RateLaw::Arrhenius { arrhenius: steep, e: 0.5e-9 }],
            vec![],
        ),
        (
            [RateLaw::Troe { k0: weak, kinf: unity, fc: 0.6, n: 1.0 }, RateLaw::Troe { k0, kinf, fc: 0.9, n: 0.8 }],
            vec![],
        ),
        (
            [
                RateLaw::TernaryChemicalActivation { k0: weak, kinf: unity, fc: 0.6, n: 1.0 },
                RateLaw::TernaryChemicalActivation { k0, kinf, fc: 0.9, n: 0.8 },
            ],
            vec![],
        ),
        (
            [
                RateLaw::TernaryChemicalActivationJpl19 { k0: weak, kinf: unity, kint, fc: 0.6, n: 1.0 },
                RateLaw::TernaryChemicalActivationJpl19 { k0, kinf, kint, fc: 0.9, n: 0.8 },
            ],
            vec![],
        ),
        ([RateLaw::Tunneling { a: 4e-3, b: 0.0, c: 0.0 }, RateLaw::Tunneling { a: 1.2e-4, b: 167.0, c: 1e8 }], vec![]),
        ([branched(Branch::Alkoxy), branched(Branch::Nitrate)], vec![]),
        (
            [
                RateLaw::TaylorSeries { coefficients: vec![1.0, 1e-3], arrhenius: simple, e: 0.0 },
                RateLaw::Parameter { parameter: 0, scaling: 3.0 },
            ],
            vec![2e-2],
        ),
        ([surface(0.74), surface(0.01)], vec![1e-7, 2.5e8]),
    ]
}

#[test]
fn exact_chain_of_every_rate_law() {
    let weather = [(272.5, 101_253.3), (254.7, 100_672.5), (312.6, 101_319.8)];
    for ([first, second], parameters) in laws() {
        let mut mechanism = species(3);
        for i in 0..parameters.len() {
            mechanism = mechanism.takes(&format!("USER.{i}"));
        }
        let mechanism = mechanism.reacts(first.clone(), &[0], &[(1, 1.0)]).reacts(second.clone(), &[1], &[(2, 1.0)]);
        let count = 21;
        let mut cells = cells(&mechanism, count, &[0.0; 3]);
        let start: Vec<f64> = (0..count).map(|i| 1.0 - i as f64 / count as f64).collect();
        cells.set(Target::Concentration(0), &start);
        cells.set(Target::Temperature, &(0..count).map(|i| weather[i % 3].0).collect::<Vec<_>>());
        cells.set(Target::Pressure, &(0..count).map(|i| weather[i % 3].1).collect::<Vec<_>>());
        for (i, &value) in parameters.iter().enumerate() {
            cells.fill(Target::Parameter(i), value);
        }
        let mut solver = Solver::new(&mechanism, &settings(&mechanism, Method::Rodas4, 1e-9, 1e-14));
        for step in 1..=10 {
            solver.advance(&mut cells, 1.0);
            for cell in [0, 7, 20] {
                let at = Conditions { temperature: weather[cell % 3].0, pressure: weather[cell % 3].1 };
                let (k1, k2) = (rate_constant(&first, &at, &parameters), rate_constant(&second, &at, &parameters));
                let t = f64::from(step);
                // expm1 keeps the digits that differences of nearly equal exponentials lose.
                let b = start[cell] * k1 * (-k1 * t).exp() * -((k1 - k2) * t).exp_m1() / (k2 - k1);
                let a = start[cell] * (-k1 * t).exp();
                let c = start[cell] - a - b;
                let state = state(&cells, cell);
                for (value, truth) in state.iter().zip([a, b, c]) {
                    assert!(
                        (value - truth).abs() < 1e-8 * start[cell],
                        "{first:?}, {second:?}: {value} is not {truth}"
                    );
                }
            }
        }
    }
}

#[test]
fn exact_chain_behind_a_fast_equilibrium() {
    // A1 <-> A2 at 1e10 s-1: A1 and A2 share what is left in the ratio of equilibrium, B forms from A1.
    let (forth, back, k1, k2) = (4e10, 3.6e10, 4e-3, 1.2e-4);
    let mechanism = species(4)
        .reacts(constant(forth), &[0], &[(1, 1.0)])
        .reacts(constant(back), &[1], &[(0, 1.0)])
        .reacts(constant(k1), &[0], &[(2, 1.0)])
        .reacts(constant(k2), &[2], &[(3, 1.0)]);
    let share = back / (forth + back);
    let slow = k1 * share;
    for method in Method::ALL {
        let settings = settings(&mechanism, method, 1e-7, 1e-12);
        let (states, tally) = trajectory(&mechanism, &settings, &[share, 1.0 - share, 0.0, 0.0], &[1.0, 10.0, 100.0]);
        for (state, t) in states.iter().zip([1.0_f64, 10.0, 100.0]) {
            let a = (-slow * t).exp();
            let b = slow / (k2 - slow) * (a - (-k2 * t).exp());
            let truth = [share * a, (1.0 - share) * a, b, 1.0 - a - b];
            for (value, truth) in state.iter().zip(truth) {
                assert!((value - truth).abs() < 1e-5, "{method:?}, t = {t}: {state:?}, not {truth:?}");
            }
        }
        assert!(tally.steps < 20_000, "{method:?} takes {} steps", tally.steps);
    }
}

#[test]
fn val_robertson() {
    let mechanism = species(3)
        .reacts(constant(0.04), &[0], &[(1, 1.0)])
        .reacts(constant(3e7), &[1, 1], &[(1, 1.0), (2, 1.0)])
        .reacts(constant(1e4), &[1, 2], &[(0, 1.0), (2, 1.0)]);
    for method in Method::ALL {
        let settings = settings(&mechanism, method, 1e-6, 1e-13);
        let (states, _) = trajectory(&mechanism, &settings, &[1.0, 0.0, 0.0], &[1.0, 1e3]);
        let truth = [
            [0.966_459_737_333_003_5, 3.074_626_578_578_675e-5, 0.033_509_516_401_210_71],
            [0.336_874_530_660_706_9, 2.013_702_318_261_393e-6, 0.663_123_455_636_974_8],
        ];
        for (state, truth) in states.iter().zip(truth) {
            assert!(difference(state, &truth) < 1e-4, "{method:?}: {state:?}");
        }
    }
    let settings = settings(&mechanism, Method::Rodas4, 1e-7, 1e-18);
    let times: Vec<f64> = (0..12).map(|power| 10_f64.powi(power)).collect();
    let (states, _) = trajectory(&mechanism, &settings, &[1.0, 0.0, 0.0], &times);
    let truth = [2.083_340_149_701_284e-8, 8.333_360_770_334_744e-14, 0.999_999_979_166_515_2];
    assert!(difference(&states[11], &truth) < 1e-2, "{:?}", states[11]);
}

fn hires() -> Mechanism {
    species(8)
        .reacts(constant(1.71), &[0], &[(1, 1.0)])
        .reacts(constant(8.75), &[1], &[(0, 0.43 / 8.75), (3, 8.32 / 8.75)])
        .reacts(constant(10.03), &[2], &[(0, 8.32 / 10.03), (3, 1.71 / 10.03)])
        .reacts(constant(7e-4), &[], &[(0, 1.0)])
        .reacts(constant(1.12), &[3], &[(2, 0.43 / 1.12), (5, 0.69 / 1.12)])
        .reacts(constant(1.745), &[4], &[(2, 0.035 / 1.745), (5, 1.71 / 1.745)])
        .reacts(constant(0.43), &[5], &[(4, 1.0)])
        .reacts(constant(1.81), &[6], &[(4, 0.43 / 1.81), (5, 0.69 / 1.81), (7, 1.0)])
        .reacts(constant(280.0), &[5, 7], &[(6, 1.0)])
}

#[test]
fn val_hires() {
    let mechanism = hires();
    let start = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0057];
    let truth = [
        [
            7.371_312_573_325_67e-4,
            1.442_485_726_316_18e-4,
            5.888_729_740_967_6e-5,
            1.175_651_343_283_149e-3,
            2.386_356_198_831_33e-3,
            6.238_968_252_742_796e-3,
            2.849_998_395_185_769e-3,
            2.850_001_604_814_231e-3,
        ],
        [
            6.703_055_035_818_64e-4,
            1.309_969_868_463_47e-4,
            4.686_223_159_773_3e-5,
            1.044_668_020_551_705e-3,
            5.948_838_309_514_85e-4,
            1.399_628_833_942_774e-3,
            1.014_492_757_718_48e-3,
            4.685_507_242_281_52e-3,
        ],
    ];
    for method in Method::ALL {
        let (states, _) =
            trajectory(&mechanism, &settings(&mechanism, method, 1e-6, 1e-9), &start, &[321.8122, 421.8122]);
        for (state, truth) in states.iter().zip(truth) {
            assert!(difference(state, &truth) < 1e-3, "{method:?}: {state:?}");
        }
    }
}

#[test]
fn val_e5() {
    let mechanism = species(6)
        .reacts(constant(7.89e-10), &[0], &[(1, 1.0), (2, 1.0)])
        .reacts(constant(1.13e9), &[1, 2], &[(4, 1.0)])
        .reacts(constant(1.1e7), &[0, 2], &[(3, 1.0)])
        .reacts(constant(1.13e3), &[3], &[(2, 1.0), (5, 1.0)]);
    let start = [1.76e-3, 0.0, 0.0, 0.0, 0.0, 0.0];
    let truth = [
        [
            1.759_925_949_767_789_8e-3,
            1.384_628_151_937_651_6e-11,
            7.637_003_853_007_391e-13,
            1.308_258_113_407_577_7e-11,
        ],
        [
            7.481_320_822_429_222e-6,
            2.373_478_156_120_597_5e-12,
            2.212_358_668_958_166_4e-12,
            1.611_194_871_624_311_4e-13,
        ],
    ];
    for method in Method::ALL {
        let (states, _) = trajectory(&mechanism, &settings(&mechanism, method, 1e-6, 1e-20), &start, &[10.0, 1e5]);
        for (state, truth) in states.iter().zip(truth) {
            assert!(difference(&state[..4], &truth) < 1e-3, "{method:?}: {state:?}");
        }
    }
}

#[test]
fn val_oregonator() {
    // Scaled as in Hairer & Wanner: s = 77.27, q = 8.375e-6, w = 0.161; the yields carry the scaling.
    let (s, q, w) = (77.27, 8.375e-6, 0.161);
    let mechanism = species(3)
        .reacts(constant(1.0 / s), &[1], &[(0, s * s)])
        .reacts(constant(s), &[0, 1], &[(1, 1.0 - 1.0 / (s * s))])
        .reacts(constant(s), &[0], &[(0, 2.0), (2, w / s)])
        .reacts(constant(s * q / 2.0), &[0, 0], &[])
        .reacts(constant(w), &[2], &[(1, 1.0 / (s * w))]);
    let settings = settings(&mechanism, Method::Rodas4, 1e-8, 1e-8);
    let (states, _) = trajectory(&mechanism, &settings, &[1.0, 2.0, 3.0], &[30.0, 360.0]);
    let truth = [
        [1.000_661_467_180_497, 1_512.778_937_348_249, 10_358.543_127_672_29],
        [1.000_814_870_318_523, 1_228.178_521_549_889, 132.055_494_284_651_3],
    ];
    for (state, truth) in states.iter().zip(truth) {
        assert!(difference(state, &truth) < 1e-4, "{state:?}");
    }
}

#[test]
fn exact_terminator_in_many_cells() {
    // Cl2 -> 2 Cl where the sun shines, 2 Cl -> Cl2 (Lauritzen et al. 2015, Geosci. Model Dev. 8, 1299), k2 = 1.
    let mechanism = species(2)
        .takes("PHOTO.cl2")
        .reacts(RateLaw::Parameter { parameter: 0, scaling: 1.0 }, &[1], &[(0, 2.0)])
        .reacts(constant(1.0), &[0, 0], &[(1, 1.0)]);
    let (count, dt) = (500, 30.0);
    let mut numbers = Numbers(5);
    let mut draw =
        |power: f64| -> Vec<f64> { (0..count).map(|_| 10_f64.powf(power * numbers.next() - power)).collect() };
    let (k1, cl, cl2) = (draw(6.0), draw(4.0), draw(3.0));
    let mut cells = cells(&mechanism, count, &[0.0, 0.0]);
    cells.set(Target::Parameter(0), &k1);
    cells.set(Target::Concentration(0), &cl);
    cells.set(Target::Concentration(1), &cl2);
    let settings = SolverSettings { carry: 0.1, ..settings(&mechanism, Method::Rodas4, 1e-8, 1e-14) };
    let tally = Solver::new(&mechanism, &settings).advance(&mut cells, dt);
    assert_eq!(tally.cells_advanced, count as u64);
    let (end_cl, end_cl2) = (read(&cells, Target::Concentration(0)), read(&cells, Target::Concentration(1)));
    for cell in 0..count {
        let total = cl[cell] + 2.0 * cl2[cell];
        let r = k1[cell] / 4.0;
        let det = (r * r + 2.0 * r * total).sqrt();
        let e = (-4.0 * det * dt).exp();
        let l = (1.0 - e) / (det * dt);
        let x = cl[cell];
        let slope = -l * (x - det + r) * (x + det + r) / (1.0 + e + dt * l * (x + r));
        let truth = x + dt * slope;
        assert!((end_cl[cell] / truth - 1.0).abs() < 1e-6, "cell {cell}: {} is not {truth}", end_cl[cell]);
        assert!(((end_cl[cell] + 2.0 * end_cl2[cell]) / total - 1.0).abs() < 1e-13, "cell {cell}: atoms");
    }
}

#[test]
fn exact_linear_invariants() {
    // HIRES conserves y7 + y8. Rosenbrock methods keep linear invariants to rounding, whatever the tolerance.
    let mechanism = hires();
    for method in Method::ALL {
        let mut cells: CellBlock = cells(&mechanism, 3, &[1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0057]);
        Solver::new(&mechanism, &settings(&mechanism, method, 1e-2, 1e-9)).advance(&mut cells, 50.0);
        let state = state(&cells, 2);
        assert!(((state[6] + state[7]) / 0.0057 - 1.0).abs() < 1e-12, "{method:?}: {state:?}");
    }
}
