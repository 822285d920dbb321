//! Ensembles: members are what they would be alone, whatever ranks, lives and chunks the job has.

use std::path::{Path, PathBuf};

use crate::datasets::{Datasets, assert_equal, read, values};
use crate::launch::chemdrift;
use crate::scratch::{Scratch, project};

/// Two axes of walks; particles that are deleted early, wait for their release, and draw their own steps.
const WALKS: &str = "title: walks
fields:
  mesh: flat
  Kh: {constant: 1 m2 s-1}
  U: 1 m s-1
  V: 0 m s-1
  additional: {wind: {U: 2 m s-1, V: 1 m s-1, factor: 0.03}}
particles:
  count: 37
  release: {box: [0, 1000, 0, 1000], time: 90 s}
  seed: 99
  kernels: [advection_rk4, diffusion_uniform]
  velocity: {u: 0.1 m s-1, v: 'normal(0, 1) * 0.1 m/s'}
  variables: {age: s, biomass: {initial: 1.0, rate: '0.1 /day * biomass'}}
  delete_when: 'lon > 1400'
time: {step: 1 min, end: 20 min}
output: {streams: [{every: 2 min, variables: all}, {every: 5 min, variables: [status]}]}
";

/// Six members: seeds by scenarios, in each of which four things go together.
const SCENARIOS: &str = "ensemble:
  axes:
    - {name: realization, set: {particles.seed: [3, 5]}}
    - name: scenario
      set:
        label: [calm, windy, stormy]
        fields.Kh: [1 m2 s-1, 10 m2 s-1, 100 m2 s-1]
        fields.additional.wind.factor: [0, base, 0.1]
        particles.velocity.u: [base, 20 cm s-1, 0.3 m s-1]
        particles.variables.biomass.initial: [1, 2, 3]
";

/// Cells that differ inside a member, and members that differ in temperature and two concentrations.
fn cells() -> String {
    format!(
        "title: cells\nchemistry: {{mechanism: {}}}\ncells:\n  count: 21\n  sample:\n    method: latin-hypercube\n    \
         seed: 3\n    over: {{concentration.A: {{uniform: [0 mol m-3, 9 mol m-3]}}}}\n  set: {{pressure: 1 atm, \
         temperature: 300 K}}\ntime: {{step: 7 s, end: 70 s}}\noutput: {{streams: [{{every: 7 s, variables: all}}, \
         {{every: 35 s, variables: [solver.steps]}}]}}\n",
        project().join("inputs/mechanisms/abc/mechanism.yaml").display()
    )
}

const WARMTH: &str = "ensemble:
  axes:
    - {name: warmth, set: {temperature: [280 K, base, 47 degC]}}
    - {name: start, set: {concentration.B: [0 mol m-3, 2 mol m-3], concentration.C: [1 mol m-3, 1e18 molecule cm-3]}}
";

fn run(scratch: &Scratch, name: &str, deck: &str, ranks: usize, options: &[&str]) -> PathBuf {
    let deck = scratch.file(&format!("{name}.yaml"), deck);
    let output = scratch.path().join(format!("{name}-{ranks}.nc"));
    let mut arguments = vec!["run", deck.to_str().unwrap(), "-o", output.to_str().unwrap()];
    arguments.extend(options);
    let ended = chemdrift(ranks, &arguments);
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    output
}

fn same_bits_on_any_number_of_ranks(name: &str, deck: &str) {
    let scratch = Scratch::new(name);
    let alone = run(&scratch, name, deck, 0, &[]);
    for ranks in [1, 2, 3, 7] {
        assert_equal(&alone, &run(&scratch, name, deck, ranks, &[]));
    }
    let always = format!("{deck}run: {{balance: always}}\n");
    for ranks in [2, 3, 7] {
        assert_equal(&alone, &run(&scratch, "always", &always, ranks, &[]));
    }
}

#[test]
fn exact_members_with_particles_have_the_same_bits_on_0_1_2_3_7_ranks() {
    same_bits_on_any_number_of_ranks("ensemble-particles", &format!("{WALKS}{SCENARIOS}"));
}

#[test]
fn exact_members_with_cells_have_the_same_bits_on_0_1_2_3_7_ranks() {
    same_bits_on_any_number_of_ranks("ensemble-cells", &(cells() + WARMTH));
}

/// The variables over members of a file, each as the values of the members `range` of `all`.
fn members(file: &Datasets, axes: &[&str], all: usize, range: std::ops::Range<usize>) -> Vec<(String, Vec<u64>)> {
    let of_members = |(_, (shape, _)): &(&String, &(Vec<(String, usize)>, Vec<u64>))| {
        shape.len() > axes.len() && shape.iter().zip(axes).all(|((name, _), axis)| name == axis)
    };
    let part = |(name, (_, bits)): (&String, &(Vec<(String, usize)>, Vec<u64>))| {
        let size = bits.len() / all;
        (name.clone(), bits[range.start * size..range.end * size].to_vec())
    };
    file.iter().filter(of_members).map(part).collect()
}

/// Member by member: the plain deck with the member's values, the member alone, and the member in the ensemble.
fn members_are_what_they_are_alone(name: &str, ensemble: &str, axes: &[&str], plain: &[String]) {
    let scratch = Scratch::new(name);
    let all = plain.len();
    let whole = read(&run(&scratch, "whole", ensemble, 3, &[]));
    for (member, deck) in plain.iter().enumerate() {
        let expected = members(&whole, axes, all, member..member + 1);
        assert!(expected.len() > 5, "{expected:?}");
        let range = format!("{member}:{}", member + 1);
        let alone = read(&run(&scratch, &format!("alone{member}"), ensemble, 2, &["--members", &range]));
        assert_eq!(alone["member"].1, [(member as f64).to_bits()]);
        assert_eq!(members(&alone, &["member"], 1, 0..1), expected, "member {member} alone");
        let plain = read(&run(&scratch, &format!("plain{member}"), deck, 0, &[]));
        for (name, bits) in &expected {
            assert_eq!(plain[name].1, *bits, "{name} of member {member} and of a deck without an ensemble");
        }
    }
    let part = read(&run(&scratch, "part", ensemble, 2, &["--members", "1:4"]));
    assert_eq!(members(&part, &["member"], 3, 0..3), members(&whole, axes, all, 1..4));
}

#[test]
fn exact_members_with_particles_are_plain_runs() {
    let kh = ["1 m2 s-1", "10 m2 s-1", "100 m2 s-1"];
    let plain = |member: usize| {
        let (seed, scenario) = ([3, 5][member / 3], member % 3);
        let deck = WALKS.replace("seed: 99", &format!("seed: {seed}"));
        let deck = deck.replace("{constant: 1 m2 s-1}", &format!("{{constant: {}}}", kh[scenario]));
        let deck = deck.replace("factor: 0.03", &format!("factor: {}", ["0", "0.03", "0.1"][scenario]));
        let deck = deck.replace("u: 0.1 m s-1", &format!("u: 0.{} m s-1", scenario + 1));
        deck.replace("initial: 1.0", &format!("initial: {}", scenario + 1))
    };
    let plain: Vec<String> = (0..6).map(plain).collect();
    let deck = format!("{WALKS}{SCENARIOS}");
    members_are_what_they_are_alone("alone-particles", &deck, &["realization", "scenario"], &plain);
}

#[test]
fn exact_members_with_cells_are_plain_runs() {
    let plain = |member: usize| {
        let temperature = ["280 K", "300 K", "47 degC"][member / 2];
        let b = ["0 mol m-3", "2 mol m-3"][member % 2];
        let c = ["1 mol m-3", "1e18 molecule cm-3"][member % 2];
        let own = format!("temperature: {temperature}, concentration.B: {b}, concentration.C: {c}");
        cells().replace("temperature: 300 K", &own)
    };
    let plain: Vec<String> = (0..6).map(plain).collect();
    members_are_what_they_are_alone("alone-cells", &(cells() + WARMTH), &["warmth", "start"], &plain);
}

#[test]
fn exact_an_ensemble_in_four_lives_on_other_numbers_of_ranks() {
    for (name, deck) in [("lives-walks", format!("{WALKS}{SCENARIOS}")), ("lives-cells", cells() + WARMTH)] {
        let scratch = Scratch::new(name);
        let whole = run(&scratch, "whole", &deck, 0, &[]);
        let path = scratch.file("deck.yaml", deck);
        let output = scratch.path().join("run.nc");
        let arguments = ["run", path.to_str().unwrap(), "-o", output.to_str().unwrap(), "--restart"];
        for ranks in [2, 1, 3] {
            // The wall time ends after the first step of each life.
            let ended = chemdrift(ranks, &[&arguments[..], &["--walltime", "1 s"]].concat());
            assert_eq!(ended.status, 85, "{}", ended.stderr);
        }
        let ended = chemdrift(7, &arguments);
        assert_eq!(ended.status, 0, "{}", ended.stderr);
        assert!(ended.stderr.contains("continues after step 3"), "{}", ended.stderr);
        assert_equal(&whole, &output);
    }
}

#[test]
fn exact_chunks_of_any_size_hold_the_same_values() {
    let scratch = Scratch::new("chunks");
    for (name, deck) in [("walks", format!("{WALKS}{SCENARIOS}")), ("cells", cells() + WARMTH)] {
        let auto = run(&scratch, &format!("{name}-auto"), &deck, 2, &[]);
        for (chunk, compression) in [("1", "none"), ("7", "deflate 1"), ("50", "none"), ("all", "none")] {
            let keys = format!("output: {{chunk: {chunk}, compression: {compression}, ");
            let deck = deck.replace("output: {", &keys);
            for ranks in [0, 3] {
                assert_equal(&auto, &run(&scratch, &format!("{name}-{chunk}"), &deck, ranks, &[]));
            }
        }
    }
}

fn text_of(path: &Path, variable: &str, attribute: &str) -> String {
    let file = netcdf::open(path).unwrap();
    match file.variable(variable).unwrap().attribute_value(attribute).unwrap().unwrap() {
        netcdf::AttributeValue::Str(text) => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn exact_axes_have_their_values_as_coordinates() {
    let scratch = Scratch::new("coordinates");
    let file = run(&scratch, "walks", &format!("{WALKS}{SCENARIOS}"), 3, &[]);
    assert_eq!(values(&file, "realization"), [3.0, 5.0]);
    assert_eq!(text_of(&file, "realization", "deck_path"), "particles.seed");
    assert_eq!(values(&file, "scenario_fields_Kh"), [1.0, 10.0, 100.0]);
    assert_eq!(values(&file, "scenario_particles_velocity_u"), [0.1, 0.2, 0.3]);
    assert_eq!(text_of(&file, "scenario_particles_velocity_u", "units"), "m s-1");
    assert!(text_of(&file, "lon", "coordinates").contains("scenario_fields_Kh"));
    let opened = netcdf::open(&file).unwrap();
    let shape = |name: &str| -> Vec<(String, usize)> {
        let variable = opened.variable(name).unwrap();
        variable.dimensions().iter().map(|d| (d.name(), d.len())).collect()
    };
    let axes = [("realization".to_owned(), 2), ("scenario".to_owned(), 3)];
    assert_eq!(shape("lon"), [&axes[..], &[("trajectory".into(), 37), ("time".into(), 11)]].concat());
    assert_eq!(shape("status"), [&axes[..], &[("trajectory".into(), 37), ("time_5min".into(), 5)]].concat());
    assert_eq!(shape("scenario"), [("scenario".to_owned(), 3), ("scenario_length".to_owned(), 6)]);
    let cells = run(&scratch, "cells", &(cells() + WARMTH), 2, &[]);
    assert_eq!(values(&cells, "warmth"), [280.0, 300.0, 320.15]);
    assert_eq!(values(&cells, "start"), [0.0, 1.0]);
    let opened = netcdf::open(&cells).unwrap();
    let shape: Vec<String> = opened.variable("A").unwrap().dimensions().iter().map(|d| d.name()).collect();
    assert_eq!(shape, ["warmth", "start", "time", "cell"]);
}

#[test]
fn exact_the_shipped_realizations_are_those_of_the_plain_deck() {
    let scratch = Scratch::new("realizations");
    let shipped = |deck: &str| std::fs::read_to_string(project().join("inputs").join(deck)).unwrap();
    let few = ["--particles", "300", "--steps", "48"];
    let whole = read(&run(&scratch, "whole", &shipped("brownian_realizations.yaml"), 2, &few));
    for seed in 0..4 {
        let deck = shipped("brownian.yaml").replace("seed: 12345", &format!("seed: {seed}"));
        let plain = read(&run(&scratch, "plain", &deck, 0, &[&few[..], &["--overwrite"]].concat()));
        for (name, bits) in members(&whole, &["realization"], 4, seed..seed + 1) {
            assert_eq!(plain[&name].1, bits, "{name} of realization {seed}");
        }
    }
}

#[test]
fn exact_many_small_members_and_few_large_ones_are_both_divided_evenly() {
    let scratch = Scratch::new("many");
    let seeds: Vec<String> = (0..500).map(|seed| seed.to_string()).collect();
    let many = format!(
        "{}ensemble: {{axes: [{{name: realization, set: {{particles.seed: [{}]}}}}]}}\n",
        WALKS.replace("count: 37", "count: 3"),
        seeds.join(", ")
    );
    assert_equal(&run(&scratch, "many", &many, 0, &[]), &run(&scratch, "many", &many, 7, &[]));
    let few = format!("{WALKS}{SCENARIOS}").replace("count: 37", "count: 1");
    // More ranks than members and particles.
    assert_equal(&run(&scratch, "few", &few, 0, &[]), &run(&scratch, "few", &few, 8, &[]));
}

#[test]
fn exact_a_table_gives_the_values_of_an_axis() {
    let scratch = Scratch::new("member-table");
    let axis = "ensemble: {axes: [{name: case, table: cases.csv}]}\n";
    scratch.file("cases.csv", "label,temperature [degC],concentration.B\ncold,0,1\nwarm,30,2\n\nhot,base,3\n");
    let tabled = run(&scratch, "tabled", &(cells() + axis), 2, &[]);
    let listed = "ensemble: {axes: [{name: case, set: {label: [cold, warm, hot], temperature: [273.15 K, 303.15 K, 300 K], \
                  concentration.B: [1 mol m-3, 2 mol m-3, 3 mol m-3]}}]}\n";
    assert_equal(&tabled, &run(&scratch, "listed", &(cells() + listed), 1, &[]));
}
