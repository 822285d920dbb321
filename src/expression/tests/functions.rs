//! Functions against the standard library, and blocks of any size against each other.

use super::*;
use crate::random::Purpose;

/// Distance in units of the last place of `truth`.
fn ulps(found: f64, truth: f64) -> f64 {
    if found == truth || (found.is_nan() && truth.is_nan()) {
        return 0.0;
    }
    (found - truth).abs() / (truth.abs() * f64::EPSILON).max(f64::MIN_POSITIVE)
}

/// Numbers of all sizes and signs, with the special ones.
fn samples() -> Vec<f64> {
    let mut x = vec![0.0, -0.0, 1.0, -1.0, 0.5, 2.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 1e-310, 709.0, -745.0];
    for i in 0..3000 {
        let size = 10_f64.powf(f64::from(i % 61) / 4.0 - 9.0);
        x.push(size * if i % 2 == 0 { 1.0 + f64::from(i) * 1e-4 } else { -1.37 });
    }
    x
}

#[test]
fn functions_agree_with_the_standard_library() {
    type Case = (&'static str, fn(f64) -> f64, f64);
    let cases: [Case; 14] = [
        ("abs(x)", f64::abs, 0.0),
        ("exp(x)", f64::exp, 2.0),
        ("log(x)", f64::ln, 2.0),
        ("log10(x)", f64::log10, 2.0),
        ("sqrt(x)", f64::sqrt, 0.0),
        ("sin(x)", f64::sin, 2.0),
        ("cos(x)", f64::cos, 2.0),
        ("tan(x)", f64::tan, 2.0),
        ("floor(x)", f64::floor, 0.0),
        ("round(x)", f64::round, 0.0),
        ("x^2", |x| x * x, 0.0),
        ("x^3", |x| x.powi(3), 2.0),
        ("x^-1.5", |x| x.powf(-1.5), 2.0),
        ("-x", |x| -x, 0.0),
    ];
    let x = samples();
    for (text, function, bound) in cases {
        for (found, &x) in over(&program(text), &x, &[]).into_iter().zip(&x) {
            let truth = function(x);
            assert!(ulps(found, truth) <= bound, "{text} at {x:e}: {found:e}, not {truth:e}");
        }
    }
}

#[test]
fn folded_constants_have_the_bits_of_computed_ones() {
    for x in samples().into_iter().filter(|x| x.is_finite()) {
        for text in
            ["exp(?)", "sin(?)", "log(abs(?))", "(?)^1.7", "(?)^3", "mod(?, 7)", "1 / (?)", "where(? > 0, ?, 2)"]
        {
            let folded = program(&text.replace('?', &format!("{x:?}")));
            let computed = over(&program(&text.replace('?', "x")), &[x], &[])[0];
            let constant = folded.constant().unwrap_or_else(|| over(&folded, &[0.0], &[])[0]);
            assert!(constant == computed || (constant.is_nan() && computed.is_nan()), "{text} at {x}");
        }
    }
}

#[test]
fn regress_no_value_depends_on_its_block() {
    let text =
        "where(x > 0, exp(-x / 3) * sin(y), clamp(x^1.3 + y, -5, 5)) + mod(x, 7) * (y < 0 or x^2 > 4) + normal()";
    let program = program(text);
    let x: Vec<f64> = (0..1500).map(|i| (f64::from(i) * 0.37).sin() * 9.0).collect();
    let y: Vec<f64> = (0..1500).map(|i| (f64::from(i) * 0.11).cos() * 4.0).collect();
    let ids: Vec<u64> = (0..1500).map(|i| 17 + i).collect();
    let source = |ids| DrawSource { seed: 5, purpose: Purpose::DesignJitter, program: 1, step: 3, member: 0, ids };
    let blocks = |size: usize| -> Vec<u64> {
        let mut out = Vec::new();
        let mut scratch = Scratch::default();
        for from in (0..1500).step_by(size) {
            let to = (from + size).min(1500);
            let source = source(&ids[from..to]);
            let mut values = vec![0.0; to - from];
            // In order of first use: x, y.
            program.evaluate(&[&x[from..to], &y[from..to]], &mut |d, o| source.fill(d, o), &mut scratch, &mut values);
            out.extend(values.iter().map(|v| v.to_bits()));
        }
        out
    };
    let whole = blocks(1500);
    for size in [1, 2, 7, 255, 256, 257, 1024] {
        assert_eq!(blocks(size), whole, "blocks of {size}");
    }
}

#[test]
fn exact_a_single_value_stands_for_all() {
    let program = program("x * 2 + y");
    let x: Vec<f64> = (0..600).map(f64::from).collect();
    assert_eq!(over(&program, &x, &[5.0]), over(&program, &x, &[5.0; 600]));
    assert_eq!(over(&super::program("y"), &x, &[5.0]), [5.0; 600]);
    assert_eq!(over(&super::program("7"), &x, &[]), [7.0; 600]);
    assert_eq!(over(&program, &[], &[]), [0.0; 0]);
}
