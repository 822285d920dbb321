//! `ensemble.stop_when`: right and wrong ones.

use super::*;
use crate::plan::{OutputVariable, Over};

const SAMPLE: &str = "{method: sobol, seed: 1, over: {pressure: {uniform: [900 hPa, 1000 hPa]}}}";

/// A deck of 256 draws by two scenarios with this section.
fn deck(sample: &str, stop: &str) -> String {
    let streams = "output: {file: small.nc, streams: [{every: 10 s, variables: [A, temperature], reduce: [mean, p50], over: all}, \
                   {every: 7 s, variables: B, reduce: mean, over: draw}, {at: end, variables: C, reduce: mean}, \
                   {every: 30 s, variables: C, reduce: [mean], by: {temperature: [280 K, 300 K]}, over: all}]}";
    let deck = changed("output: {file: small.nc}", streams);
    format!(
        "{deck}ensemble:\n  axes:\n    - {{name: draw, count: 256, sample: {sample}}}\n    - {{name: start, set: \
         {{concentration.A: [base, 2e-6 mol m-3]}}}}\n  stop_when: {stop}\n"
    )
}

const WRONG: &[(&str, &str, &str)] = &[
    ("{at_least: 64}", "`ensemble.stop_when.standard_error` is missing", "add `standard_error: {of: "),
    ("{standard_eror: {of: A_mean_over_all, below: 1e-9 mol m-3}}", "unknown key", "did you mean `standard_error`?"),
    ("{standard_error: []}", "`ensemble.stop_when.standard_error` is empty", "below: 0.1 ppb"),
    ("{standard_error: {of: A_mean_over_all}}", "standard_error.below` is missing", "below: "),
    (
        "{standard_error: {of: A_men_over_all, below: 1e-9 mol m-3}}",
        "the output has no statistic `A_men_over_all`",
        "did you mean `A_mean_over_all`?",
    ),
    (
        "{standard_error: {of: A_p50_over_all, below: 1e-9 mol m-3}}",
        "`A_p50_over_all` is no mean",
        "did you mean `A_mean_over_all`?",
    ),
    (
        "{standard_error: {of: C_mean, below: 1e-9 mol m-3}}",
        "`C_mean` is apart for each place along `draw`",
        "write `over: all` in its stream, and `of: C_mean_over_all` here",
    ),
    (
        "{standard_error: {of: C_mean_over_all_by_temperature, below: 1e-9 mol m-3}}",
        "is a mean of groups",
        "known here: `A_mean_over_all`",
    ),
    ("{standard_error: {of: A_mean_over_all, below: 1e-9}}", "`1e-9` has no unit", "write `1e-9 mol m-3`"),
    ("{standard_error: {of: A_mean_over_all, below: 3 K}}", "`ensemble.stop_when.standard_error.below`", ""),
    ("{standard_error: {of: A_mean_over_all, below: 0 mol m-3}}", "below` is not positive", "can be reached"),
    ("{standard_error: {of: temperature_mean_over_all, below: 0.1 degC}}", "an error is a difference", "in `K`"),
    (
        "{standard_error: {of: A_mean_over_all, below: 1 ppb}}",
        "is a mixing ratio, but temperature or pressure differ",
        "`mol m-3`",
    ),
    (
        "{standard_error: {of: A_mean_over_all, below: 1e-9 mol m-3, at: 7 s}}",
        "`A_mean_over_all` has no record at 7 s",
        "leave `at` out",
    ),
    (
        "{standard_error: {of: A_mean_over_all, below: 1e-9 mol m-3, at: [10 s, 20 s]}}",
        "`at` is to be one time",
        "one condition for each",
    ),
    (
        "{standard_error: {of: A_mean_over_all, below: 1e-9 mol m-3}, at_least: 100}",
        "at_least` is 100, and batches are powers of 2",
        "write 64 or 128",
    ),
    (
        "{standard_error: {of: A_mean_over_all, below: 1e-9 mol m-3}, at_least: 256}",
        "at_least` is 256 of 256 draws",
        "write 128 or fewer",
    ),
];

#[test]
fn regress_every_mistake_is_told_with_what_to_type() {
    for (stop, message, help) in WRONG {
        let told = mistakes(&sources(&deck(SAMPLE, stop)));
        assert!(told.len() == 1 && told[0].contains(message), "{stop}: {told:?}");
        let (_, advice) = told[0].split_once(" | ").expect("a help");
        assert!(advice.contains(help), "{stop}: {told:?}");
    }
}

#[test]
fn regress_draws_that_are_no_sequence_are_refused() {
    let stop = "{standard_error: {of: A_mean_over_all, below: 1e-9 mol m-3}}";
    let latin = deck("{seed: 1, over: {pressure: {uniform: [900 hPa, 1000 hPa]}}}", stop);
    let saltelli = deck(&SAMPLE.replace("sobol", "saltelli, base: 16"), stop).replace("count: 256, ", "");
    let later = deck(SAMPLE, stop)
        .replace("{name: draw,", "{name: first, set: {concentration.C: [base, base]}}\n    - {name: draw,");
    let listed =
        deck(SAMPLE, stop).replace(&format!("count: 256, sample: {SAMPLE}"), "set: {pressure: [900 hPa, 1 atm]}");
    for (deck, message, help) in [
        (latin, "a part of the design latin-hypercube of `draw` is no design", "write `method: sobol`"),
        (saltelli, "a part of the design saltelli of `draw` is no design", "write `method: sobol`"),
        (later, "ends the first axis early, and that is `first`", "write the axis `draw` before the others"),
        (listed, "the values of `draw` are listed", "draw them: `count: 1024`"),
    ] {
        let told = mistakes(&sources(&deck));
        assert!(told.iter().any(|line| line.contains(message) && line.contains(help)), "{told:?}");
    }
}

#[test]
fn exact_what_a_condition_means() {
    let stop = "{standard_error: [{of: A_mean_over_all, below: 1e9 molecule cm-3, at: 50 s}, {of: B_mean_over_draw, below: 2 mol \
                m-3}], at_least: 32}";
    let source = sources(&deck(SAMPLE, stop));
    let found = plan(&source).plan;
    let of = found.stop_when.as_ref().expect("a section");
    assert_eq!((of.at_least, of.conditions.len()), (32, 2));
    let [a, b] = &of.conditions[..] else { panic!("two conditions") };
    assert_eq!((a.variable, a.over.clone(), a.step), (OutputVariable::Concentration(0), Over::All, 50));
    assert!((a.below / (1e15 / 6.022_140_76e23) - 1.0).abs() < 1e-12);
    // The last multiple of 7 s before 60 s.
    assert_eq!((b.name.as_str(), b.over.clone(), b.step), ("B_mean_over_draw", Over::Axes(vec![0]), 56));
    assert_eq!(found.batches().last(), Some(&(128 * 20_000..256 * 20_000)));
    let shorter = Overrides { steps: Some(33), ..Overrides::default() };
    let steps: Vec<u64> =
        planned(&source, &shorter).plan.stop_when.iter().flat_map(|s| &s.conditions).map(|c| c.step).collect();
    assert_eq!(steps, [30, 28]);
    let part = Overrides { members: Some(0..4), ..Overrides::default() };
    let deck = deck(SAMPLE, "{standard_error: {of: A_mean_over_all, below: 1e-9 mol m-3}}");
    let deck = deck.replace("{every: 7 s, variables: B, reduce: mean, over: draw}, ", "");
    let part = planned(&sources(&deck), &part).plan;
    assert!(part.stop_when.is_none() && part.batches().iter().eq([&(0..40_000)]));
}

#[test]
fn exact_a_mixing_ratio_is_a_concentration_where_air_is_the_same_everywhere() {
    let text = deck(
        "{method: sobol, seed: 1, over: {concentration.NO: {uniform: [0 mol m-3, 1 mol m-3]}}}",
        "{standard_error: {of: A_mean_over_all, below: 1 ppb}}",
    );
    let text = text.replace("      temperature: {uniform: [275 K, 325 K]}\n", "");
    let found = plan(&sources(&text)).plan;
    let below = found.stop_when.expect("a section").conditions[0].below;
    assert!((below / (1e-9 * 101_325.0 / (8.314_462_618 * 287.45)) - 1.0).abs() < 1e-6, "{below:e}");
}
