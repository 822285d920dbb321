//! Designs, distributions and correlations in decks.

use super::*;
use crate::domain::design::Design;
use crate::domain::distribution::Distribution;
use crate::domain::levels::Levels;
use crate::plan::SamplePlan;

const TEMPERATURE: &str = "temperature: {uniform: [275 K, 325 K]}";

/// The deck with other lines under `sample` and, when given, another distribution of the temperature.
fn deck(options: &str, distribution: Option<&str>) -> String {
    let text = changed("seed: 42", options);
    distribution.map_or(text.clone(), |new| text.replace(TEMPERATURE, new))
}

fn sample(deck: &str) -> (SamplePlan, Chemical) {
    let plan = plan(&sources(deck));
    (plan.cells.sample.clone().expect("a sample"), plan)
}

#[test]
fn designs_and_how_many_points_they_have() {
    let own = |options: &str| {
        let (sample, plan) = sample(&deck(options, None).replace("  count: 10_000\n", ""));
        assert_eq!(sample.points.count, plan.cells.count);
        (sample.points.design, plan.cells.count)
    };
    let three = Levels { count: 3, ends: true };
    assert_eq!(own("method: factorial"), (Design::Factorial(vec![three; 2]), 9));
    let five = Levels { count: 5, ends: true };
    let levels = "method: factorial\n    levels: {temperature: 5}";
    assert_eq!(own(levels), (Design::Factorial(vec![five, three]), 15));
    assert_eq!(own("method: one-at-a-time\n    levels: 5"), (Design::OneAtATime(vec![five; 2]), 11));
    let groups = Design::Saltelli { scrambled: true, second_order: false };
    assert_eq!(own("method: saltelli\n    base: 8"), (groups, 32));
    let groups = Design::Saltelli { scrambled: false, second_order: true };
    assert_eq!(own("method: saltelli\n    base: 8\n    second_order: true\n    scramble: false"), (groups, 48));
}

#[test]
fn sequences_are_scrambled_unless_the_deck_says_no() {
    for (options, expected) in [
        ("method: sobol", Design::Sobol { scrambled: true }),
        ("method: sobol\n    scramble: false", Design::Sobol { scrambled: false }),
        ("method: halton", Design::Halton { scrambled: true }),
        ("method: halton\n    scramble: false", Design::Halton { scrambled: false }),
        ("method: random", Design::Random),
    ] {
        assert_eq!(sample(&deck(options, None)).0.points.design, expected);
    }
}

#[test]
fn a_sobol_sequence_wants_powers_of_two() {
    let warned = |options: &str, count: &str| {
        let (_, plan) = sample(&deck(options, None).replace("10_000", count));
        plan.warnings.iter().any(|w| w.contains("balanced at powers of 2"))
    };
    assert!(warned("method: sobol", "1000") && !warned("method: sobol", "1024"));
    assert!(warned("method: saltelli\n    base: 3", "12") && !warned("method: halton", "1000"));
}

#[test]
fn distributions_in_si() {
    use Distribution::{Choice, LogNormal, LogUniform, Normal, Triangular, TruncatedNormal};
    let of = |text: &str| {
        let new = format!("temperature: {text}");
        sample(&deck("seed: 42", Some(&new))).0.inputs[0].distribution.clone()
    };
    assert_eq!(of("{loguniform: [200 K, 300 K]}"), LogUniform { low: 200.0, high: 300.0 });
    assert_eq!(of("{normal: {mean: 280 K, sd: 2 K}}"), Normal { mean: 280.0, sd: 2.0 });
    assert_eq!(of("{normal: {sd: 2 K}}"), Normal { mean: 287.45, sd: 2.0 });
    let truncated = "{truncated_normal: {mean: base, sd: 20 K, low: 270 K}}";
    assert_eq!(of(truncated), TruncatedNormal { mean: 287.45, sd: 20.0, low: 270.0, high: f64::INFINITY });
    let truncated = "{truncated_normal: {mean: 280 K, sd: 20 K, high: 300 K}}";
    assert_eq!(of(truncated), TruncatedNormal { mean: 280.0, sd: 20.0, low: f64::NEG_INFINITY, high: 300.0 });
    assert_eq!(of("{lognormal: {median: 290 K, factor: 1.01}}"), LogNormal { median: 290.0, factor: 1.01 });
    let triangular = Triangular { low: 270.0, mode: 280.0, high: 300.0 };
    assert_eq!(of("{triangular: [270 K, 280 K, 300 K]}"), triangular);
    assert_eq!(of("{choice: [280 K, 290 K]}"), Choice(vec![(280.0, 0.5), (290.0, 1.0)]));
    let weighted = "{choice: {values: [280 K, 290 K], weights: [3, 1]}}";
    assert_eq!(of(weighted), Choice(vec![(280.0, 0.75), (290.0, 1.0)]));
}

#[test]
fn rate_constants_with_their_uncertainty() {
    let new = "rate.PHOTO.jB: {lognormal: {factor: 1.2, g: 100 K}}";
    let (sample, _) = sample(&deck("seed: 42", Some(new)));
    assert_eq!(sample.inputs[0].distribution, Distribution::RateConstant { median: 1e-3, factor: 1.2, g: 100.0 });
}

#[test]
fn correlations_by_matrix_and_by_pairs() {
    let of = |text: &str| sample(&deck(&format!("correlation: {text}"), None)).0.points.copula;
    let by_matrix = of("[[1, 0.4], [0.4, 1]]");
    assert!(by_matrix.is_some());
    assert_eq!(by_matrix, of("[[concentration.B, temperature, 0.4]]"));
    assert_eq!(of("[[1, 0], [0, 1]]"), None);
}

#[test]
fn the_design_is_described_with_its_discrepancy() {
    let text = |options: &str, count: &str| {
        let plan = plan(&sources(&deck(options, None).replace("10_000", count)));
        crate::deck::describe::describe_plan(&plan, 1)
    };
    let sobol = text("method: sobol", "256");
    assert!(sobol.contains("design: sobol, 256 points in 2 dimensions; centred discrepancy "), "{sobol}");
    let part = text("method: random", "100_000");
    assert!(part.contains("centred discrepancy of the first 6324 "), "{part}");
}

/// Options, distribution of the temperature, part of the message, part of the help.
const MISTAKES: &[(&str, Option<&str>, &str, &str)] = &[
    ("method: lhs", None, "unknown design `lhs`", "`latin-hypercube`"),
    ("scramble: false", None, "`cells.sample.scramble` belongs to the design sobol", "remove"),
    ("method: sobol\n    scramble: maybe", None, "unknown `maybe`", "`true`, `false`"),
    ("method: sobol\n    compatible: scipy", None, "belongs to the design latin-hypercube", "`scramble: false`"),
    ("method: sobol\n    levels: 3", None, "belongs to the design factorial", "remove"),
    ("method: sobol\n    base: 3", None, "belongs to the design saltelli", "`count`"),
    ("method: random\n    second_order: true", None, "belongs to the design saltelli", "remove"),
    ("method: saltelli", None, "`cells.sample.base` is missing", "base: 1024"),
    ("method: saltelli\n    base: 8", None, "`cells.count` is 10000, but the design has 32 points", "count: 32"),
    ("method: factorial", None, "the design has 9 points: the product of the levels", "count: 9"),
    ("method: factorial\n    levels: 0", None, "`0` is no such count", "at least 1"),
    ("method: factorial\n    levels: {temprature: 3}", None, "`temprature` is not sampled", "`temperature`"),
    ("method: factorial\n    levels: 1e12", None, "more points than fit", "sobol"),
    (
        "method: halton\n    scramble: false",
        Some("temperature: {normal: {sd: 1 K}}"),
        "at probability 0, where `temperature` has no value",
        "scramble",
    ),
    ("seed: 1", Some("temperature: {}"), "has no distribution", "uniform"),
    ("seed: 1", Some("temperature: {uniform: [1 K, 2 K], around: {relative: 1 %}}"), "has 2 distributions", "one"),
    (
        "seed: 1",
        Some("temperature: {normal: {mean: 280 K}}"),
        "`cells.sample.over.temperature.normal.sd` is missing",
        "sd: 2 K",
    ),
    ("seed: 1", Some("temperature: {normal: {sd: 2 degC}}"), "is a difference", "sd: 2 K"),
    (
        "seed: 1",
        Some("temperature: {normal: {mean: 280 K, sd: 50 K}}"),
        "temperatures are above 0 K",
        "truncated_normal",
    ),
    ("seed: 1", Some("concentration.A: {normal: {sd: 1e-6 mol m-3}}"), "concentrations are not negative", "lognormal"),
    (
        "seed: 1",
        Some("concentration.C: {normal: {mean: 1 ppb, sd: 1 mol m-3}}"),
        "is a mixing ratio, another is not",
        "same unit",
    ),
    ("seed: 1", Some("temperature: {truncated_normal: {sd: 2 K}}"), "has no bound", "`normal`"),
    (
        "seed: 1",
        Some("temperature: {truncated_normal: {sd: 2 K, low: 300 K, high: 290 K}}"),
        "the lower bound is not below",
        "low",
    ),
    (
        "seed: 1",
        Some("temperature: {truncated_normal: {sd: 0.01 K, low: 300 K}}"),
        "leave nothing of its distribution",
        "standard deviations",
    ),
    ("seed: 1", Some("temperature: {lognormal: {factor: 0.9}}"), "is not above 1", "factor: 1.3"),
    ("seed: 1", Some("temperature: {lognormal: {factor: 1.2, g: 100 K}}"), "belongs to rate constants", "remove `g`"),
    ("seed: 1", Some("rate.PHOTO.jB: {lognormal: {factor: 1.2, g: 100}}"), "`100` has no unit", "`100 K`"),
    ("seed: 1", Some("rate.PHOTO.jC: {lognormal: {factor: 1.2}}"), "no value to sample around", "cells.set"),
    ("seed: 1", Some("temperature: {triangular: [270 K, 300 K]}"), "has 2 values", "[LOW, MODE, HIGH]"),
    ("seed: 1", Some("temperature: {triangular: [270 K, 310 K, 300 K]}"), "do not ascend", "[LOW, MODE, HIGH]"),
    ("seed: 1", Some("temperature: {choice: []}"), "has no values", "choice: ["),
    (
        "seed: 1",
        Some("temperature: {choice: {values: [1 K, 2 K], weights: [1]}}"),
        "2 values and 1 weights",
        "one weight",
    ),
    ("seed: 1", Some("temperature: {choice: {values: [1 K], weights: [0]}}"), "not all 0", "[1, 2, 1]"),
    ("seed: 1", Some("temperature: {loguniform: [0.1 K, 0.1 K]}"), "the lower bound is not below", "smaller"),
    ("correlation: 0.4", None, "where a list belongs", "[one, two]"),
    ("correlation: [[1, 0.4]]", None, "has 1 rows, but 2 inputs are sampled", "a row for each input"),
    ("correlation: [[1], [0.4, 1]]", None, "row 1 has 1 numbers", "a row for each input"),
    ("correlation: [[1, 0.4], [0.5, 1]]", None, "not symmetric", "same number"),
    ("correlation: [[2, 0.4], [0.4, 1]]", None, "2 is no correlation", "from -1 to 1"),
    ("correlation: [[0.9, 0.4], [0.4, 1]]", None, "the diagonal of row 1 is not 1", "by 1"),
    ("correlation: [[1, 1], [1, 1]]", None, "not positive definite", "closer to 0"),
    ("correlation: [[temperature, pressure, 0.4]]", None, "`pressure` is not sampled", "temperature"),
    ("correlation: [[temperature, temperature, 0.4]]", None, "an input with itself", "remove"),
    ("correlation: [[temperature, concentration.B]]", None, "two inputs and a number", "[["),
    ("method: one-at-a-time\n    correlation: [[1, 0.4], [0.4, 1]]", None, "has independent inputs", "sobol"),
];

#[test]
fn a_misspelt_design_is_one_mistake_and_not_also_a_missing_count() {
    let all = mistakes(&sources(&deck("method: saltely", None).replace("  count: 10_000\n", "")));
    assert!(all.len() == 1 && all[0].contains("did you mean `saltelli`?"), "{all:?}");
}

#[test]
fn one_mistake_one_message() {
    let mut wrong = Vec::new();
    for (options, distribution, message, help) in MISTAKES {
        let mut text = deck(options, *distribution);
        if options.contains("one-at-a-time") {
            text = text.replace("  count: 10_000\n", "");
        }
        let all = mistakes(&sources(&text));
        let (line, hint) = all[0].split_once(" | ").expect("a message and a help");
        if all.len() != 1 || !line.contains(message) || !hint.contains(help) || !line.contains("runs/deck.yaml:") {
            wrong.push((options, distribution, all));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
