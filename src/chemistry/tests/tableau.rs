//! Each table satisfies the order conditions, and each method converges with its order.

use super::builder::{Numbers, cells, constant, settings, species, state};
use crate::chemistry::rosenbrock::Rosenbrock;
use crate::chemistry::sums::{Stages, Sums};
use crate::chemistry::tableau::{Method, Tableau};
use crate::lanes::Lanes;

/// alpha, Gamma and the weights of solution and error in the classical form (Hairer & Wanner 1996, section IV.7):
/// Gamma = (I/gamma - C)^-1, alpha = A Gamma, b = m Gamma.
struct Classical {
    alpha: Vec<Vec<f64>>,
    beta: Vec<Vec<f64>>,
    b: Vec<f64>,
    e: Vec<f64>,
}

fn classical(tableau: &Tableau) -> Classical {
    let s = tableau.stages();
    let lower = |rows: &[&[f64]], i: usize, j: usize| rows[i].get(j).copied().unwrap_or(0.0);
    // Forward substitution for the columns of the inverse of a lower triangle.
    let mut gamma = vec![vec![0.0; s]; s];
    for j in 0..s {
        for i in j..s {
            let unit = if i == j { 1.0 } else { 0.0 };
            let sum: f64 = (j..i).map(|k| lower(tableau.c, i, k) * gamma[k][j]).sum();
            gamma[i][j] = tableau.gamma * (unit + sum);
        }
    }
    let times_gamma = |row: &dyn Fn(usize) -> f64| -> Vec<f64> {
        (0..s).map(|j| (0..s).map(|k| row(k) * gamma[k][j]).sum()).collect()
    };
    let alpha: Vec<Vec<f64>> = (0..s).map(|i| times_gamma(&|k| lower(tableau.a, i, k))).collect();
    let beta = (0..s).map(|i| (0..s).map(|j| alpha[i][j] + gamma[i][j]).collect()).collect();
    Classical { alpha, beta, b: times_gamma(&|k| tableau.m[k]), e: times_gamma(&|k| tableau.e[k]) }
}

/// Left sides of the order conditions and what they have to be, by order (Hairer & Wanner 1996, section IV.7).
fn conditions(method: &Classical, weights: &[f64]) -> Vec<(u32, f64, f64)> {
    let s = weights.len();
    let sum = |matrix: &[Vec<f64>]| -> Vec<f64> { matrix.iter().map(|row| row.iter().sum()).collect() };
    let apply = |matrix: &[Vec<f64>], x: &[f64]| -> Vec<f64> {
        (0..s).map(|i| (0..s).map(|j| matrix[i][j] * x[j]).sum()).collect()
    };
    let weigh = |x: &[f64]| -> f64 { (0..s).map(|i| weights[i] * x[i]).sum() };
    let product = |x: &[f64], y: &[f64]| -> Vec<f64> { (0..s).map(|i| x[i] * y[i]).collect() };
    let (alpha, beta) = (sum(&method.alpha), sum(&method.beta));
    let square = product(&alpha, &alpha);
    vec![
        (1, weights.iter().sum(), 1.0),
        (2, weigh(&beta), 1.0 / 2.0),
        (3, weigh(&square), 1.0 / 3.0),
        (3, weigh(&apply(&method.beta, &beta)), 1.0 / 6.0),
        (4, weigh(&product(&square, &alpha)), 1.0 / 4.0),
        (4, weigh(&product(&alpha, &apply(&method.alpha, &beta))), 1.0 / 8.0),
        (4, weigh(&apply(&method.beta, &square)), 1.0 / 12.0),
        (4, weigh(&apply(&method.beta, &apply(&method.beta, &beta))), 1.0 / 24.0),
    ]
}

#[test]
fn exact_order_conditions() {
    for method in Method::ALL {
        let tableau = method.tableau();
        let classical = classical(tableau);
        for (order, left, right) in conditions(&classical, &classical.b) {
            assert!(order > tableau.order || (left - right).abs() < 1e-11, "{method:?}: {left} is not {right}");
        }
        // The error estimate vanishes for whatever the embedded method integrates exactly.
        for (order, left, _) in conditions(&classical, &classical.e) {
            assert!(order >= tableau.order || left.abs() < 1e-11, "{method:?}: error estimate, order {order}: {left}");
        }
    }
}

#[test]
fn exact_shared_evaluations_are_at_the_same_point() {
    for method in Method::ALL {
        let tableau = method.tableau();
        for stage in 1..tableau.stages() {
            let at = |stage: usize, j: usize| tableau.a[stage].get(j).copied().unwrap_or(0.0);
            let same = (0..stage).all(|j| at(stage, j) == at(stage - 1, j));
            assert_eq!(!tableau.evaluates[stage], same, "{method:?}, stage {stage}");
        }
    }
}

#[test]
fn names_lead_back_to_methods() {
    for method in Method::ALL {
        assert_eq!(Method::from_name(method.name()), Some(method));
    }
    assert_eq!(Method::from_name("ros5"), None);
}

/// Relative error at t = 1 of A -> C, 2A -> B in `steps` equal steps.
fn error(method: Method, steps: usize) -> f64 {
    let (a, k) = (1.3_f64, 0.8);
    let mechanism = species(3).reacts(constant(a), &[0], &[(2, 1.0)]).reacts(constant(k), &[0, 0], &[(1, 1.0)]);
    let mut solver = Rosenbrock::<1>::new(&mechanism, &settings(&mechanism, method, 1e6, 1e6));
    let mut cells = cells(&mechanism, 1, &[1.0, 0.0, 0.0]);
    for step in 0..steps {
        // One internal step a call, whatever the controller thinks.
        cells.step_size[0] = 1e9;
        let tally = solver.advance(&mut cells, 1.0 / steps as f64);
        assert_eq!(tally.steps, 1, "step {step}");
    }
    let decay = (-a).exp();
    let truth = a * decay / (a + 2.0 * k * (1.0 - decay));
    (state(&cells, 0)[0] / truth - 1.0).abs()
}

#[test]
fn exact_sums_have_the_bits_of_the_whole_table() {
    let mut numbers = Numbers(5);
    let mut row = || Lanes([numbers.next() - 0.5, numbers.next() - 0.5]);
    let n = 3;
    for method in Method::ALL {
        let tableau = method.tableau();
        let sums = Sums::new(tableau);
        let y: Vec<Lanes<2>> = (0..n).map(|_| row()).collect();
        let stages: Vec<Stages<2>> = (0..n).map(|_| std::array::from_fn(|_| row())).collect();
        let whole = |from: Lanes<2>, coefficients: &[f64], i: usize| {
            coefficients.iter().enumerate().fold(from, |sum, (j, &a)| stages[i][j].fused_by(a, sum))
        };
        let mut formed: Vec<Lanes<2>> = (0..n).map(|_| row()).collect();
        for stage in 0..tableau.stages() {
            if let Some(state) = &sums.states[stage] {
                state.form(&y, &stages, &mut formed);
                for i in 0..n {
                    assert_eq!(formed[i], whole(y[i], tableau.a[stage], i), "{method:?}, stage {stage}");
                }
            }
            let coupling = &sums.couplings[stage];
            for i in 0..n {
                let sum = coupling.add(Lanes::ZERO, &stages[i]);
                assert_eq!(sum, whole(Lanes::ZERO, tableau.c[stage], i), "{method:?}");
            }
        }
        sums.end.form(&y, &stages, &mut formed);
        for i in 0..n {
            assert_eq!(formed[i], whole(y[i], tableau.m, i), "{method:?}");
            assert_eq!(sums.error.add(Lanes::ZERO, &stages[i]), whole(Lanes::ZERO, tableau.e, i), "{method:?}");
        }
    }
}

#[test]
fn conv_every_method_with_its_order() {
    for method in Method::ALL {
        let order = (error(method, 40) / error(method, 80)).log2();
        let expected = f64::from(method.tableau().order);
        assert!((order - expected).abs() < 0.25, "{method:?} converges with order {order}");
    }
}
