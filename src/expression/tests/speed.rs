//! How fast programs run. The bounds are far below what is measured, so that a busy machine passes.

use std::hint::black_box;
use std::time::Instant;

use super::*;

/// Operations per second of a program over blocks of 4096 elements, the best of some rounds.
fn rate(text: &str) -> f64 {
    let program = program(text);
    let blocks: Vec<Vec<f64>> =
        (0..program.inputs().len()).map(|n| (0..4096).map(|i| f64::from(i) * 0.01 + n as f64).collect()).collect();
    let inputs: Vec<&[f64]> = blocks.iter().map(Vec::as_slice).collect();
    let (mut scratch, mut out) = (Scratch::default(), vec![0.0; 4096]);
    let mut best = f64::INFINITY;
    for _ in 0..200 {
        let begin = Instant::now();
        program.evaluate(black_box(&inputs), &mut |_, _| {}, &mut scratch, black_box(&mut out));
        best = best.min(begin.elapsed().as_secs_f64());
    }
    (program.instructions.len() * 4096) as f64 / best
}

#[test]
fn arithmetic_is_vectorised() {
    for (text, least) in [
        ("0.1 /day * biomass * (1 - biomass) * (T > 15)", 100e6),
        ("where(hour < 6 or hour >= 18, -x, y) * clamp(depth / 100 m, 0, 1)", 100e6),
        ("biomass * exp(0.07 * x) + sin(y)", 5e6),
    ] {
        let rate = rate(text);
        println!("{:.0} M operations/s: {text}", rate / 1e6);
        assert!(cfg!(debug_assertions) || rate > least, "{rate:e} operations per second: {text}");
    }
}
