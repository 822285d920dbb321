//! Ensembles in decks: what they mean, and what is said about wrong ones.

use super::particles::{OCEAN, ocean};
use super::*;
use crate::plan::{AxisValues, MemberTarget, OnFailure};

fn cells_with(axes: &str) -> Sources {
    sources(&format!("{DECK}ensemble:\n  axes:\n    - {axes}\n"))
}

fn ocean_with_axes(axes: &str) -> Sources {
    ocean(&format!("{OCEAN}ensemble:\n  axes:\n    - {axes}\n"))
}

#[test]
fn members_are_the_product_of_axes() {
    let deck = cells_with(
        "{name: a, set: {concentration.A: [1e-6 mol m-3, base, 2e-6 mol m-3]}}\n    - {name: b, set: {label: [x, y], \
         rate.PHOTO.jB: [1e-3 s-1, 60 min-1], pressure: [900 hPa, 1 atm]}}\n  on_member_failure: stop",
    );
    let plan = plan(&deck).plan;
    let ensemble = plan.ensemble.as_ref().expect("an ensemble");
    assert_eq!((ensemble.members(), plan.members.total()), (6, 60_000));
    assert_eq!(ensemble.on_member_failure, OnFailure::Stop);
    assert_eq!((ensemble.place(0, 5), ensemble.place(1, 5), ensemble.place(1, 4)), (2, 1, 0));
    assert_eq!(ensemble.axes[0].targets[0].values, AxisValues::Real(vec![1e-6, 1e-6, 2e-6]));
    assert_eq!(ensemble.axes[1].targets[0].values, AxisValues::Real(vec![1e-3, 1.0]));
    assert_eq!(ensemble.axes[1].targets[1].values, AxisValues::Real(vec![90_000.0, 101_325.0]));
    assert_eq!(ensemble.axes[1].labels, ["x", "y"]);
    let overrides = Overrides { members: Some(2..5), ..Overrides::default() };
    let part = planned(&deck, &overrides).plan;
    assert_eq!((part.members.first, part.members.count), (2, 3));
    let shown = crate::deck::describe::describe_plan(&plan, 4);
    assert!(shown.contains("ensemble.b: pressure") && shown.contains("6 members x 10000 = 60000 cells"), "{shown}");
}

#[test]
fn particles_differ_in_seeds_constants_and_initial_values() {
    let deck =
        ocean_with_axes("{name: run, set: {particles.seed: [7, 9223372036854775807], fields.Kh: [0 m2 s-1, base]}}");
    let plan = check(&deck, &Overrides::default()).unwrap_or_else(|report| panic!("{report}"));
    let ensemble = plan.ensemble.expect("an ensemble");
    assert_eq!(ensemble.axes[0].targets[0].values, AxisValues::Seeds(vec![7, 9_223_372_036_854_775_807]));
    assert_eq!(ensemble.axes[0].targets[1].values, AxisValues::Real(vec![0.0, 100.0]));
    assert!(matches!(ensemble.axes[0].targets[1].target, MemberTarget::Field(_)));
}

/// An axis, the beginning of the one message about it, and a part of its help.
const OF_CELLS: [(&str, &str, &str); 20] = [
    (
        "{name: a, set: {temperatur: [1 K]}}",
        "`temperatur` is nothing that members can differ in",
        "did you mean `temperature`",
    ),
    ("{name: a, set: {cells.set.pressure: [1 Pa]}}", "`cells.set.pressure` is nothing", "did you mean `pressure`?"),
    ("{name: a, set: {concentration.D: [1 mol m-3]}}", "`concentration.D` is nothing", "did you mean `concentration."),
    ("{name: a, set: {pressure: [1 K]}}", "`pressure`: ", "Pa"),
    ("{name: a, set: {pressure: [1]}}", "`pressure`: ", "Pa"),
    ("{name: a, set: {pressure: [-1 Pa]}}", "`pressure` is -1 Pa: pressures are above 0 Pa", "can be"),
    ("{name: a, set: {pressure: 1 Pa}}", "`pressure` is ", "[one, two]"),
    (
        "{name: a, set: {pressure: [1 Pa, 2 Pa], concentration.A: [0 mol m-3]}}",
        "`concentration.A` has 1 values",
        "same length",
    ),
    ("{name: a, set: {concentration.A: [1 ppb]}}", "`concentration.A` is a mixing ratio", "mol m-3"),
    ("{name: a, set: {temperature: [280 K]}}", "`temperature` is sampled or tabled in `cells`", "remove one"),
    (
        "{name: a, set: {time.step: [1 s, 2 s]}}",
        "`time.step` cannot differ between members: all members share one clock",
        "remove",
    ),
    ("{name: a, set: {cells.count: [1, 2]}}", "`cells.count` cannot differ", "remove"),
    ("{name: a, set: {chemistry.solver.rtol: [1e-3]}}", "`chemistry.solver.rtol` cannot differ", "remove"),
    ("{name: a, set: {output.file: [a.nc]}}", "`output.file` cannot differ", "remove"),
    ("{name: A, set: {pressure: [1 Pa]}}", "an axis cannot be called `A`", "A_axis"),
    ("{name: 1a, set: {pressure: [1 Pa]}}", "`1a` is no name for an axis", "letters"),
    ("{name: a, set: {pressure: [1 Pa]}, table: x.csv}", "`ensemble.axes[0]` has both `set` and `table`", "keep one"),
    ("{name: a}", "`ensemble.axes[0]` does not say what differs along it", "add `set:"),
    ("{set: {pressure: [1 Pa]}}", "`ensemble.axes[0].name` is missing", "name: realization"),
    ("{name: a, set: {label: [x, x], pressure: [1 Pa, 2 Pa]}}", "two places have the label `x`", "of its own"),
];

const OF_PARTICLES: [(&str, &str, &str); 10] = [
    ("{name: a, set: {particles.sead: [1]}}", "`particles.sead` is nothing", "did you mean `particles.seed`?"),
    ("{name: a, set: {Kh: [1 m2 s-1]}}", "`Kh` is nothing", "did you mean `fields.Kh`?"),
    (
        "{name: a, set: {fields.U: [1 m s-1]}}",
        "`fields.U` cannot differ between members: its values come from files",
        "remove",
    ),
    ("{name: a, set: {fields.U.scale: [1]}}", "`fields.U.scale` is nothing", "did you mean `fields.U.factor`?"),
    (
        "{name: a, set: {fields.U.offset: [1 m s-1]}}",
        "`fields.U.offset` cannot differ between members: land would move",
        "remove",
    ),
    ("{name: a, set: {fields.T.offset: [1 K]}}", "`fields.T.offset`: ", "1"),
    ("{name: a, set: {fields.Kh: [-1 m2 s-1]}}", "`fields.Kh` is -1 m2 s-1: a diffusivity is 0", "can be"),
    ("{name: a, set: {particles.seed: [1.5]}}", "`particles.seed`: `1.5` is no seed", "whole number"),
    ("{name: a, set: {particles.seed: [9223372036854775808]}}", "the seed 9223372036854775808", "at most"),
    ("{name: lon, set: {particles.seed: [1]}}", "an axis cannot be called `lon`", "lon_axis"),
];

#[test]
fn one_mistake_one_message() {
    let cells = OF_CELLS.iter().chain(&OF_SAMPLES).map(|case| (cells_with(case.0), case));
    let particles = OF_PARTICLES.iter().map(|case| (ocean_with_axes(case.0), case));
    let mut wrong = Vec::new();
    for (sources, (axes, message, help)) in cells.chain(particles) {
        let all = mistakes(&sources);
        let right =
            |told: &String| told.contains(&format!(": {message}")) && told.contains(help) && told.contains(" | ");
        if all.len() != 1 || !right(&all[0]) {
            wrong.push(format!("{axes}\n    gives {all:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn sampled_axes_are_drawn_as_cells_are() {
    let axis = "{name: draw, count: 8, sample: {method: latin-hypercube, seed: 7, over: {mechanism.R1.A: {around: \
                {relative: 10 %}}, pressure: {uniform: [900 hPa, 1000 hPa]}}}}";
    let plan = plan(&cells_with(axis)).plan;
    let axis = &plan.ensemble.expect("an ensemble").axes[0];
    assert_eq!((axis.length, axis.targets.len()), (8, 2));
    for (target, low, high) in [(&axis.targets[0], 3.6e-3, 4.4e-3), (&axis.targets[1], 9e4, 1e5)] {
        let AxisValues::Real(values) = &target.values else { panic!("{target:?}") };
        let mut strata: Vec<usize> = values.iter().map(|v| ((v - low) / (high - low) * 8.0) as usize).collect();
        strata.sort_unstable();
        assert_eq!(strata, (0..8).collect::<Vec<_>>(), "{values:?}");
    }
}

#[test]
fn designs_and_distributions_of_axes_are_those_of_cells() {
    let drawn = |axis: &str| plan(&cells_with(axis)).plan.ensemble.expect("an ensemble").axes[0].clone();
    let axis = drawn(
        "{name: draw, count: 1024, sample: {method: sobol, seed: 7, over: {mechanism.R1.A: {lognormal: {median: base, \
         factor: 1.3}}}}}",
    );
    let AxisValues::Real(values) = &axis.targets[0].values else { panic!("{axis:?}") };
    let logarithms: Vec<f64> = values.iter().map(|v| (v / 4e-3).ln() / 1.3_f64.ln()).collect();
    let mean = logarithms.iter().sum::<f64>() / 1024.0;
    let variance = logarithms.iter().map(|x| x * x).sum::<f64>() / 1024.0;
    assert!(mean.abs() < 1e-2 && (variance - 1.0).abs() < 2e-2, "{mean} {variance}");
    // The number of points may follow from the design.
    let axis = drawn(
        "{name: a, sample: {method: factorial, levels: 3, over: {mechanism.R1.scale: {uniform: [0.5, 1.5]}, pressure: \
         {uniform: [900 hPa, 1000 hPa]}}}}",
    );
    assert_eq!(axis.length, 9);
}

const OF_SAMPLES: [(&str, &str, &str); 12] = [
    (
        "{name: a, count: 8, sample: {method: factorial, over: {mechanism.R1.scale: {uniform: [0.5, 1.5]}}}}",
        "`count` is 8, but the design has 3 points",
        "write `count: 3`",
    ),
    (
        "{name: a, count: 8, sample: {method: sobl, seed: 1, over: {mechanism.R1.scale: {uniform: [0.5, 1.5]}}}}",
        "unknown design `sobl`",
        "did you mean `sobol`",
    ),
    (
        "{name: a, count: 8, sample: {seed: 1, over: {mechanism.R1.scale: {uniform: [1.5, 0.5]}}}}",
        "the lower bound is not below the upper one",
        "write the smaller value first",
    ),
    ("{name: a, count: 3}", "`ensemble.axes[0].count` has nothing to count", "belongs to `sample`"),
    (
        "{name: a, sample: {seed: 1, over: {pressure: {uniform: [1 Pa, 2 Pa]}}}}",
        "`ensemble.axes[0].sample` does not say how many",
        "add `count",
    ),
    ("{name: a, count: 3, sample: {seed: 1, over: {}}}", "`ensemble.axes[0].sample.over` is empty", "distribution"),
    (
        "{name: a, count: 3, sample: {seed: 1, over: {mechanism.fast.A: {around: {relative: 10 %}}}}}",
        "the mechanism has no reaction `fast`",
        "`R1` to `R4`",
    ),
    (
        "{name: a, count: 3, sample: {seed: 1, over: {mechanism.R1.Q: {around: {relative: 10 %}}}}}",
        "the reaction `R1` has no number `Q`",
        "it has `scale`, `A`",
    ),
    ("{name: a, set: {mechanism.jB: [1]}}", "`mechanism.jB` does not say which number", "`mechanism.jB.scale`"),
    (
        "{name: a, set: {mechanism.jb.scale: [1]}}",
        "the mechanism has no reaction `jb`",
        "did you mean `mechanism.jB.scale`?",
    ),
    (
        "{name: a, set: {mechanism.R1.scale: [-1]}}",
        "`mechanism.R1.scale` is -1: a factor of a rate constant is not negative",
        "can be",
    ),
    ("{name: a, set: {mechanism.R1.A: [1], mechanism.R1.C: [1]}}", "`mechanism.R1.C`: ", "K"),
];

#[test]
fn two_axes_do_not_set_the_same_and_a_table_is_checked_line_by_line() {
    let twice = mistakes(&cells_with("{name: a, set: {pressure: [1 Pa]}}\n    - {name: b, set: {pressure: [2 Pa]}}"));
    assert!(twice[0].contains("`pressure` is set by two axes, as `pressure`"), "{twice:?}");
    let named = mistakes(&cells_with(
        "{name: a, set: {pressure: [1 Pa]}}\n    - {name: a, set: {concentration.A: [0 mol m-3]}}",
    ));
    assert!(named[0].contains("two axes are called `a`"), "{named:?}");
    let mut tabled = cells_with("{name: a, table: cases.csv}");
    let told = |sources: &Sources| mistakes(sources).join("\n");
    let content = "pressure [hPa],concentration.Q\n";
    tabled.members = vec![text("runs/cases.csv", content)];
    assert!(told(&tabled).contains("runs/cases.csv:1:16: `concentration.Q` is nothing"), "{}", told(&tabled));
    tabled.members = vec![text("runs/cases.csv", "pressure [hPa],concentration.A\n900,1\n1000\nx,1\n")];
    let all = told(&tabled);
    assert!(all.contains("cases.csv:3:1: the row has 1 values, the header has 2 columns"), "{all}");
    assert!(all.contains("cases.csv:4:1: `pressure`"), "{all}");
    tabled.members = vec![text("runs/cases.csv", "pressure [K]\n1\n")];
    assert!(told(&tabled).contains("column `pressure`"), "{}", told(&tabled));
    tabled.members = vec![TextFile { name: "runs/cases.csv".into(), content: Err("there is no such file".into()) }];
    assert!(told(&tabled).contains("`runs/cases.csv` cannot be read: there is no such file"), "{}", told(&tabled));
}

#[test]
fn members_of_the_command_line_are_among_those_of_the_deck() {
    let told = |sources: &Sources, range: std::ops::Range<u64>| {
        let overrides = Overrides { members: Some(range), ..Overrides::default() };
        check(sources, &overrides).expect_err("wrong").diagnostics.iter().map(ToString::to_string).collect::<String>()
    };
    let deck = cells_with("{name: a, set: {pressure: [1 Pa, 2 Pa]}}");
    assert!(told(&deck, 1..3).contains("`--members 1:3`: the ensemble has the members 0:2"));
    assert!(told(&sources(DECK), 0..1).contains("the deck has no ensemble"));
}
