//! Right decks: what the plan says.

use super::*;
use crate::chemistry::cells::Target;
use crate::clock::{Clock, Schedule};
use crate::domain::design::Design;
use crate::domain::distribution::Distribution;
use crate::plan::{Compression, OnFailure, OutputVariable};

fn origin<'a>(plan: &'a Plan, path: &str) -> (&'a str, &'a str) {
    let found = plan.origins.iter().find(|o| o.path == path).unwrap_or_else(|| panic!("no origin of {path}"));
    (&found.value, &found.origin)
}

#[test]
fn the_small_deck() {
    let plan = plan(&sources(DECK));
    assert_eq!(plan.title, "small");
    assert_eq!(plan.clock, Clock::Uniform { step: 1.0, count: 60 });
    assert_eq!(plan.cells.count, 10_000);
    assert_eq!(plan.chemistry.on_failure, OnFailure::Mark);
    assert_eq!(plan.chemistry.solver.absolute_tolerance, [1e-14, 1e-10, 1e-14, 1e-14]);
    assert_eq!(plan.chemistry.mechanism_hash.len(), 64);
    assert!((plan.cells.base.temperature - 287.45).abs() < 1e-12);
    assert!((plan.cells.base.concentrations[2] - 1e18 / 6.022_140_76e23).abs() < 1e-20);
    assert_eq!(plan.cells.base.parameters, [1e-3, 0.0, 1e-7, 1e9]);
    let sample = plan.cells.sample.as_ref().expect("a sample");
    assert_eq!((&sample.points.design, sample.points.seed), (&Design::LatinHypercube, 42));
    assert_eq!((sample.points.count, sample.points.dimensions), (10_000, 2));
    assert_eq!(sample.inputs[0].target, Target::Temperature);
    assert_eq!(sample.inputs[1].distribution, Distribution::Uniform { low: 0.0, high: 10.0 });
    assert_eq!(plan.output.file, std::path::Path::new("runs/small.nc"));
    assert_eq!(plan.output.file_origin, "runs/deck.yaml:13");
    assert_eq!(plan.output.streams.len(), 1);
    assert_eq!(plan.output.streams[0].variables.len(), 4);
    assert_eq!(origin(&plan, "chemistry.solver.rtol"), ("1e-3", "default"));
    assert_eq!(origin(&plan, "cells.count"), ("10000", "runs/deck.yaml:5"));
    assert_eq!(origin(&plan, "chemistry.initial.temperature"), ("287.45 K", "runs/initial.csv:1"));
    assert!(plan.warnings.iter().any(|w| w.contains("rate.PHOTO.jC")), "{:?}", plan.warnings);
}

#[test]
fn a_shrunken_run_keeps_the_design() {
    let less = Overrides { output: Some("x.nc".into()), cells: Some(10), steps: Some(3), ..Overrides::default() };
    let deck = changed("output: {", "output: {streams: [{at: [0 s, end, 30 s], variables: A}], ");
    let plan = super::planned(&sources(&deck), &less);
    assert_eq!(plan.cells.count, 10);
    assert_eq!(plan.cells.sample.as_ref().map(|s| s.points.count), Some(10_000));
    assert_eq!(plan.clock.count(), 3);
    assert_eq!(plan.output.streams[0].schedule, Schedule::At { steps: [0, 3, 30].into() });
    assert_eq!(plan.output.file, std::path::Path::new("x.nc"));
    assert_eq!(plan.output.file_origin, "command line");
}

#[test]
fn solver_settings() {
    let solver = "solver: {method: rodas4, rtol: 1e-6, carry: 0, max_steps: 1e3, \
                  atol: {default: 1e-12 mol m-3, NO: 1e6 molecule cm-3}}, on_failure: stop";
    let plan = plan(&sources(&changed("initial: initial.csv", &format!("initial: initial.csv, {solver}"))));
    let settings = plan.chemistry.solver;
    assert_eq!(settings.method, crate::chemistry::tableau::Method::Rodas4);
    assert!((settings.carry, settings.max_steps) == (0.0, 1000));
    assert_eq!(settings.absolute_tolerance[..3], [1e-12, 1e-10, 1e-12]);
    assert!(settings.absolute_tolerance[3] < 2e-12);
    assert_eq!(plan.chemistry.on_failure, OnFailure::Stop);
}

#[test]
fn around_takes_what_has_a_value_and_single_paths_win() {
    let over = "over:\n      concentration.*: {around: {relative: 10 %}}\n      rate.*: {around: {relative: 50 %}}\n";
    let deck =
        DECK.replacen("over:\n", over, 1).replace("set: {", "set: {rate.PHOTO.*: 2e-3 s-1, rate.PHOTO.jC: 1 h-1, ");
    let plan = plan(&sources(&deck));
    let sample = plan.cells.sample.expect("a sample");
    let targets: Vec<Target> = sample.inputs.iter().map(|i| i.target).collect();
    let (concentration, parameter) = (Target::Concentration, Target::Parameter);
    let rates = [parameter(0), parameter(1), parameter(2), parameter(3)];
    assert_eq!(targets[..2], [concentration(0), concentration(2)]);
    assert_eq!(targets[2..6], rates);
    assert_eq!(targets[6..], [Target::Temperature, concentration(1)]);
    assert_eq!(sample.inputs[0].distribution, Distribution::Uniform { low: 9e-7, high: 1.1e-6 });
    assert_eq!(plan.cells.base.parameters[..2], [2e-3, 1.0 / 3600.0]);
}

#[test]
fn nothing_is_sampled_about_a_value_of_0() {
    let deck = changed("temperature: {uniform: [275 K, 325 K]}", "rate.PHOTO.jC: {around: {relative: 5 %}}")
        .replace("set: {", "set: {rate.PHOTO.jC: 0 s-1, ");
    let sample = plan(&sources(&deck)).cells.sample.clone().expect("a sample");
    assert_eq!(sample.inputs[0].distribution, Distribution::Uniform { low: 0.0, high: 0.0 });
}

#[test]
fn mixing_ratios_become_concentrations() {
    let deck = changed("1e12 molecule cm-3", "50 ppb")
        .replace("temperature: {uniform: [275 K, 325 K]}", "rate.PHOTO.jB: {around: {relative: 1 %}}");
    let plan = plan(&sources(&deck));
    let air = 101_325.0 / (8.314_462_618_153_24 * 287.45);
    assert!((plan.cells.base.concentrations[2] / (5e-8 * air) - 1.0).abs() < 1e-14);
}

#[test]
fn streams_share_and_name_their_clocks() {
    let streams = "output: {compression: {deflate: 5}, streams: [{every: step, variables: [A, temperature]}, \
                   {every: 10 s, variables: [B]}, {every: 1 s, variables: [C, A]}, {at: end, variables: [status]}, \
                   {at: 30 s, variables: [NO]}, {every: 1 min, variables: none}], ";
    let plan = plan(&sources(&changed("output: {", streams)));
    let clocks: Vec<&str> = plan.output.streams.iter().map(|s| s.time_dimension.as_str()).collect();
    assert_eq!(clocks, ["time", "time_10s", "time", "time_end", "time_at", "time_1min"]);
    assert_eq!(plan.output.streams[2].variables, [OutputVariable::Concentration(2)]);
    assert_eq!(plan.output.compression, Compression::Deflate(5));
}

#[test]
fn dates_and_listed_steps() {
    let time = "time: {start: 2020-02-28, step: 1 h, end: 2020-03-01}";
    let dated = plan(&sources(&changed("time: {step: 1 s, end: 60 s}", time)));
    assert_eq!(dated.clock, Clock::Uniform { step: 3600.0, count: 48 });
    assert!(dated.start.is_some_and(|s| s.day() == 28));
    let listed = changed("time: {step: 1 s, end: 60 s}", "time: {steps: [1 s, 0 s, 2 s, 1 s]}")
        .replace("output: {", "output: {streams: [{every: 1 s, variables: []}, {at: 3 s, variables: A}], ");
    let all = mistakes(&sources(&listed));
    assert!(all.len() == 1 && all[0].contains("no step ends at 2 s"), "{all:?}");
    let listed = plan(&sources(&listed.replace("every: 1 s", "every: step")));
    assert_eq!(listed.clock.count(), 4);
    assert_eq!(listed.output.streams[1].schedule, Schedule::At { steps: [3].into() });
}

#[test]
fn a_seed_is_drawn_when_absent() {
    let plan = plan(&sources(&changed("    seed: 42\n", "    compatible: scipy\n")));
    let sample = plan.cells.sample.as_ref().expect("a sample");
    assert_eq!((sample.points.seed, &sample.points.design), (7, &Design::LatinHypercubeScipy));
    assert!(origin(&plan, "cells.sample.seed").1.starts_with("drawn"));
}

#[test]
fn a_pattern_that_samples_nothing_is_a_warning() {
    let deck =
        changed("initial: initial.csv", "solver: {}").replace("  set: {", "  set: {temperature: 1 K, pressure: 1 Pa, ");
    let deck = deck.replacen("over:\n", "over:\n      rate.PHOTO.*: {around: {relative: 10 %}}\n", 1);
    let plan = plan(&sources(&deck));
    assert!(plan.warnings.iter().any(|w| w.contains("samples nothing")), "{:?}", plan.warnings);
}

#[test]
fn the_plan_is_described() {
    let text = crate::deck::describe::describe_plan(&plan(&sources(DECK)), 3);
    assert!(text.contains("10000 cells on 3 ranks: 3333 to 3334 each"), "{text}");
    assert!(text.contains("cells.set.concentration.C"), "{text}");
}
