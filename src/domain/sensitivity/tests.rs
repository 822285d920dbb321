//! Sobol' indices of functions whose indices are known in closed form.

use super::*;
use crate::domain::design::Design;

fn outputs(second_order: bool, base: u64, dimensions: usize, function: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let design = Design::Saltelli { scrambled: true, second_order };
    let count = base * group_size(dimensions, second_order);
    let mut columns = design.columns(3, count, dimensions);
    let columns: Vec<_> = (0..dimensions).map(|_| columns.next_column(count)).collect();
    (0..count as usize).map(|i| function(&columns.iter().map(|c| c[i]).collect::<Vec<_>>())).collect()
}

/// T. Ishigami, T. Homma (1990): sin x1 + 7 sin^2 x2 + 0.1 x3^4 sin x1 on (-pi, pi)^3.
fn ishigami(u: &[f64]) -> f64 {
    let x: Vec<f64> = u.iter().map(|u| std::f64::consts::PI * (2.0 * u - 1.0)).collect();
    x[0].sin() + 7.0 * x[1].sin().powi(2) + 0.1 * x[2].powi(4) * x[0].sin()
}

/// Variances from the integrals: V1 = (1 + b pi^4/5)^2 / 2, V2 = a^2/8, V13 = 8 b^2 pi^8 / 225.
#[test]
fn exact_ishigami() {
    let pi4 = std::f64::consts::PI.powi(4);
    let (v1, v2, v13) = (0.5 * (1.0 + 0.1 * pi4 / 5.0).powi(2), 49.0 / 8.0, 0.08 * pi4 * pi4 / 225.0);
    let v = v1 + v2 + v13;
    let found = sobol_indices(&outputs(true, 4096, 3, ishigami), 3, true).expect("indices");
    for (found, expected) in found.first.iter().zip([v1 / v, v2 / v, 0.0]) {
        assert!((found.value - expected).abs() < 0.01, "{found:?}, not {expected}");
        assert!(found.half_width < 0.06, "{found:?}");
    }
    for (found, expected) in found.total.iter().zip([(v1 + v13) / v, v2 / v, v13 / v]) {
        assert!((found.value - expected).abs() < 0.01, "{found:?}, not {expected}");
    }
    for ((j, k, found), expected) in found.second.iter().zip([0.0, v13 / v, 0.0]) {
        assert!((found.value - expected).abs() < 0.02, "{j} {k} {found:?}, not {expected}");
    }
}

/// I. M. Sobol' (1993): the product of (|4 u - 2| + a) / (1 + a); V_j = 1 / (3 (1 + a_j)^2).
#[test]
fn exact_sobol_g() {
    let a = [0.0, 1.0, 4.5, 9.0, 99.0];
    let g = |u: &[f64]| u.iter().zip(a).map(|(u, a)| ((4.0 * u - 2.0).abs() + a) / (1.0 + a)).product::<f64>();
    let v: Vec<f64> = a.iter().map(|a| 1.0 / (3.0 * (1.0 + a) * (1.0 + a))).collect();
    let all = v.iter().map(|v| 1.0 + v).product::<f64>() - 1.0;
    let found = sobol_indices(&outputs(false, 8192, 5, g), 5, false).expect("indices");
    for (j, (first, total)) in found.first.iter().zip(&found.total).enumerate() {
        let expected = v[j] * (1.0 + all) / (1.0 + v[j]) / all;
        assert!((first.value - v[j] / all).abs() < 0.01, "{j}: {first:?}, not {}", v[j] / all);
        assert!((total.value - expected).abs() < 0.01, "{j}: {total:?}, not {expected}");
    }
    assert_eq!((found.groups, found.left_out, found.second.len()), (8192, 0, 0));
}

#[test]
fn exact_groups_with_missing_values_are_left_out() {
    let mut all = outputs(false, 64, 3, ishigami);
    let expected = sobol_indices(&all[..60 * 5], 3, false).expect("indices");
    for group in 60..64 {
        all[group * 5 + group - 60] = f64::NAN;
    }
    all.extend([1.0, 2.0]);
    let found = sobol_indices(&all, 3, false).expect("indices");
    assert_eq!((found.groups, found.left_out), (60, 4));
    assert_eq!((found.first, found.total), (expected.first, expected.total));
    assert_eq!(sobol_indices(&[1.0, f64::NAN, 2.0, 0.0, 0.0], 3, false), None);
}

#[test]
fn exact_what_does_not_vary_has_no_causes() {
    let found = sobol_indices(&[2.5; 50], 3, false).expect("indices");
    assert!(found.first.iter().chain(&found.total).all(|e| e.value == 0.0 && e.half_width == 0.0), "{found:?}");
}
