//! Ensembles: members are what they would be alone, whatever ranks, lives and chunks the job has.

use std::path::Path;

use crate::datasets::{Datasets, assert_equal, read, values};
use crate::launch::{chemdrift, run};
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
  velocity: {u: 0.1 m s-1, v: 'normal() * 0.1 m/s'}
  variables: {age: s, biomass: {initial: 1.0, rate: '0.1 /day * biomass'}}
  delete_when: 'lon > 1900'
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
        fields.additional.wind.factor: [0.01, base, 0.1]
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
    let mut found = Vec::new();
    for (name, (shape, bits)) in file {
        // Labels along the members are no values of theirs.
        let is_text = shape.iter().any(|(name, _)| name.ends_with("_length"));
        if !is_text && shape.len() > axes.len() && shape.iter().zip(axes).all(|((name, _), axis)| name == axis) {
            let size = bits.len() / all;
            found.push((name.clone(), bits[range.start * size..range.end * size].to_vec()));
        }
    }
    found
}

/// Member by member: the plain deck with the member's values, the member alone, and the member in the ensemble.
fn members_are_what_they_are_alone(name: &str, ensemble: &str, axes: &[&str], plain: &[String]) {
    members_beside_files_are_what_they_are_alone(name, ensemble, axes, plain, |_| {});
}

/// The same with files that `beside` writes.
fn members_beside_files_are_what_they_are_alone(
    name: &str,
    ensemble: &str,
    axes: &[&str],
    plain: &[String],
    beside: impl Fn(&Scratch),
) {
    let scratch = Scratch::new(name);
    beside(&scratch);
    let all = plain.len();
    let whole = read(&run(&scratch, "whole", ensemble, 3, &[]));
    for (member, deck) in plain.iter().enumerate() {
        let expected = members(&whole, axes, all, member..member + 1);
        assert!(expected.len() > 5, "{expected:?}");
        let range = format!("{member}:{}", member + 1);
        let alone = read(&run(&scratch, &format!("alone{member}"), ensemble, 2, &["--members", &range]));
        assert_eq!(alone["member"].1, [(member as f64).to_bits()]);
        assert!(members(&alone, &["member"], 1, 0..1) == expected, "member {member} alone differs");
        let plain = read(&run(&scratch, &format!("plain{member}"), deck, 0, &[]));
        for (name, bits) in &expected {
            assert!(plain[name].1 == *bits, "{name} of member {member} is not that of a deck without an ensemble");
        }
    }
    let part = read(&run(&scratch, "part", ensemble, 2, &["--members", "1:4"]));
    assert!(members(&part, &["member"], 3, 0..3) == members(&whole, axes, all, 1..4), "a part differs");
}

#[test]
fn exact_members_with_particles_are_plain_runs() {
    let kh = ["1 m2 s-1", "10 m2 s-1", "100 m2 s-1"];
    let plain = |member: usize| {
        let (seed, scenario) = ([3, 5][member / 3], member % 3);
        let deck = WALKS.replace("seed: 99", &format!("seed: {seed}"));
        let deck = deck.replace("{constant: 1 m2 s-1}", &format!("{{constant: {}}}", kh[scenario]));
        let deck = deck.replace("factor: 0.03", &format!("factor: {}", ["0.01", "0.03", "0.1"][scenario]));
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

/// Streams of `WALKS` that reduce: by member, over an axis, over all, in groups, maps.
const REDUCED: &str = "output:
  regions: {near: {box: [0, 700, 0, 1000]}}
  streams:
    - {every: 4 min, variables: [lon, lat, biomass]}
    - {every: 4 min, variables: [lon, biomass], reduce: [count, missing, mean, min, p50]}
    - {every: 4 min, variables: lon, reduce: [count, max], over: realization}
    - {every: 4 min, variables: lon, reduce: [count, mean, {histogram: {from: 0 m, to: 2000 m, bins: 4}}], over: all}
    - {every: 4 min, variables: biomass, reduce: [count], by: regions, connectivity: regions}
    - {every: 4 min, variables: none, density: {grid: {lon: [0, 2000], lat: [0, 1200], by: 200}}, over: scenario}
";

#[test]
fn exact_statistics_of_members_are_those_of_their_items() {
    let streams = "output: {streams: [{every: 2 min, variables: all}, {every: 5 min, variables: [status]}]}\n";
    let deck = format!("{WALKS}{SCENARIOS}").replace(streams, REDUCED);
    assert!(deck.contains("over: all"));
    same_bits_on_any_number_of_ranks("ensemble-statistics", &deck);
    let scratch = Scratch::new("ensemble-statistics-members");
    let file = run(&scratch, "whole", &deck, 3, &[]);
    let shape = |name: &str| read(&file)[name].0.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(shape("lon_mean"), ["time", "realization", "scenario"]);
    assert_eq!(shape("lon_max_over_realization"), ["time", "scenario"]);
    assert_eq!(shape("lon_histogram_over_all"), ["time", "lon_bin"]);
    assert_eq!(shape("biomass_count_by_region"), ["time", "realization", "scenario", "region"]);
    assert_eq!(shape("connectivity"), ["time", "realization", "scenario", "from_region", "to_region"]);
    assert_eq!(shape("density_over_scenario"), ["time", "realization", "grid_lat", "grid_lon"]);
    assert!(text_of(&file, "lon_max_over_realization", "coordinates").contains("scenario_fields_Kh"));
    assert_eq!(text_of(&file, "lon_max_over_realization", "cell_methods"), "realization: trajectory: maximum");

    // Of the items in the same file: (member, particle, record).
    let (records, lon, lat) = (6, values(&file, "lon"), values(&file, "lat"));
    let items = |member: usize, record: usize| -> Vec<[f64; 2]> {
        let at = |particle: usize| (member * 37 + particle) * records + record;
        (0..37).map(|particle| [lon[at(particle)], lat[at(particle)]]).filter(|p| p[0].is_finite()).collect()
    };
    for record in 0..records {
        let all: Vec<Vec<[f64; 2]>> = (0..6).map(|member| items(member, record)).collect();
        for (member, there) in all.iter().enumerate() {
            let value = |name: &str| values(&file, name)[record * 6 + member];
            assert_eq!([value("lon_count"), value("lon_missing")], [there.len() as f64, 37.0 - there.len() as f64]);
            let mean = there.iter().map(|p| p[0]).sum::<f64>() / there.len() as f64;
            assert!(there.is_empty() || (value("lon_mean") / mean - 1.0).abs() < 1e-13);
            let counts = &values(&file, "connectivity")[(record * 6 + member) * 4..][..4];
            assert_eq!(counts.iter().sum::<f64>(), there.len() as f64);
        }
        for scenario in 0..3 {
            let both = || [&all[scenario], &all[3 + scenario]].into_iter().flatten();
            let largest = both().map(|p| p[0]).fold(f64::NAN, f64::max);
            let at = record * 3 + scenario;
            assert_eq!(values(&file, "lon_count_over_realization")[at], both().count() as f64);
            assert_eq!(values(&file, "lon_max_over_realization")[at].to_bits(), largest.to_bits());
        }
        let histogram = &values(&file, "lon_histogram_over_all")[record * 4..][..4];
        let within = |p: &&[f64; 2]| (0.0..=2000.0).contains(&p[0]);
        assert_eq!(histogram.iter().sum::<f64>(), all.iter().flatten().filter(within).count() as f64);
        for realization in 0..2 {
            let map = &values(&file, "density_over_scenario")[(record * 2 + realization) * 60..][..60];
            let inside = |p: &&[f64; 2]| within(p) && (0.0..=1200.0).contains(&p[1]);
            let expected = all[3 * realization..][..3].iter().flatten().filter(inside).count();
            assert_eq!(map.iter().sum::<f64>(), expected as f64);
        }
    }

    // A member alone, and some of them.
    let alone = read(&run(
        &scratch,
        "alone",
        &deck.replace("over: realization", "over: all, by: regions").replace("over: scenario", "over: all"),
        2,
        &["--members", "2:4"],
    ));
    let whole = read(&file);
    for name in ["lon_mean", "biomass_p50", "biomass_count_by_region"] {
        let size = whole[name].1.len() / 6 / records;
        for record in 0..records {
            let part = &alone[name].1[record * 2 * size..][..2 * size];
            assert_eq!(part, &whole[name].1[(record * 6 + 2) * size..][..2 * size], "{name}");
        }
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
    let shape: Vec<String> = opened.variable("A").unwrap().dimensions().iter().map(netcdf::Dimension::name).collect();
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

/// A mechanism with every kind of rate law, whose numbers are replaced in the tests.
const LAWS: &str = "version: 1.0.0
name: laws
species:
  - {name: A, 'molecular weight [kg mol-1]': 0.04}
  - {name: B}
  - {name: C}
  - {name: M, is third body: true}
phases:
  - {name: gas, species: [{name: A, 'diffusion coefficient [m2 s-1]': 2e-5}, B, C, M]}
reactions:
  - {type: ARRHENIUS, A: 4e-3, B: 0, C: -20, gas phase: gas, reactants: [{species name: A}], products: [{species name: B}]}
  - {type: ARRHENIUS, name: press, A: 1e-4, B: 1.5, C: 10, D: 298, E: 1e-6, gas phase: gas, reactants: [B], products: [C]}
  - {type: TROE, name: fall, k0_A: 1e-3, k0_B: -2, kinf_A: 1e-3, Fc: 0.6, N: 1, gas phase: gas, reactants: [B], products: [A]}
  - {type: TUNNELING, name: tunnel, A: 1e-4, B: 50, C: 1e6, gas phase: gas, reactants: [C], products: [A]}
  - {type: BRANCHED_NO_RO2, name: branch, X: 1e-4, Y: 10, a0: 0.15, n: 3, gas phase: gas, reactants: [A, C], alkoxy products: [B], nitrate products: [C]}
  - {type: PHOTOLYSIS, name: jB, scaling factor: 2, gas phase: gas, reactants: [{name: B}], products: [{name: C}]}
  - {type: SURFACE, name: het1, reaction probability: 0.5, gas phase: gas, gas-phase species: A, gas-phase products: [C]}
  - {type: TERNARY_CHEMICAL_ACTIVATION_JPL19, name: tern, k0_A: 1e-3, kinf_A: 2e-3, kint_A: 1e-4, kint_C: -30, gas phase: gas, reactants: [C], products: [B]}
  - {type: TAYLOR_SERIES, name: series, A: 1e-6, taylor coefficients: [1, 0.1], gas phase: gas, reactants: [C], products: [A]}
";

const CHEMISTRY_OF_LAWS: &str = "title: laws
chemistry: {mechanism: MECHANISM}
cells:
  count: 5
  sample: {seed: 3, over: {temperature: {uniform: [220 K, 320 K]}, concentration.A: {uniform: [1 mol m-3, 9 mol m-3]}}}
  set: {pressure: 1 atm, rate.PHOTO.jB: 1e-3 s-1, rate.SURF.het1.effective radius: 1e-7 m,
    rate.SURF.het1.particle number concentration: 1e9 m-3}
time: {step: 30 s, end: 5 min}
";

/// For each path: the number in the file, and what three members have.
const NUMBERS: [(&str, &str, [&str; 3]); 17] = [
    ("R1.A", "A: 4e-3", ["4e-3", "6e-3", "2e-3"]),
    ("R1.C", "C: -20", ["-20", "15", "0"]),
    ("press.A", "A: 1e-4, B: 1.5", ["1e-4", "2e-4", "3e-4"]),
    ("press.B", "B: 1.5", ["1.5", "0", "-2"]),
    ("R2.D", "D: 298", ["298", "300", "250"]),
    ("press.E", "E: 1e-6", ["1e-6", "0", "2e-6"]),
    ("fall.k0_B", "k0_B: -2", ["-2", "0", "1.25"]),
    ("fall.kinf_A", "kinf_A: 1e-3, Fc", ["1e-3", "3e-3", "2e-4"]),
    ("fall.Fc", "Fc: 0.6", ["0.6", "0.4", "0.9"]),
    ("R3.N", "N: 1", ["1", "2", "1.5"]),
    ("tunnel.B", "B: 50", ["50", "0", "80"]),
    ("branch.a0", "a0: 0.15", ["0.15", "0.5", "0.01"]),
    ("branch.Y", "Y: 10", ["10", "0", "-40"]),
    ("jB.scaling factor", "scaling factor: 2", ["2", "1", "0"]),
    ("het1.reaction probability", "reaction probability: 0.5", ["0.5", "0", "1"]),
    ("tern.kint_C", "kint_C: -30", ["-30", "20", "0"]),
    ("series.A", "A: 1e-6", ["1e-6", "2e-6", "3e-6"]),
];

fn unit_of(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap() {
        "C" | "D" | "Y" | "kint_C" => " K",
        "B" if path.starts_with("tunnel") => " K",
        "E" => " Pa-1",
        _ => "",
    }
}

#[test]
fn exact_members_with_other_numbers_of_the_mechanism_are_runs_of_other_mechanisms() {
    let scratch = Scratch::new("laws");
    let file = |name: &str, text: String| scratch.file(name, text).display().to_string();
    let deck = |mechanism: &str| CHEMISTRY_OF_LAWS.replace("MECHANISM", mechanism);
    let base = file("base.yaml", LAWS.to_owned());
    // Each number by itself, then all of them together.
    let paths: Vec<String> = NUMBERS
        .iter()
        .map(|(path, _, values)| {
            let values = values.map(|value| format!("{value}{}", unit_of(path)));
            format!("mechanism.{path}: [{}]", values.join(", "))
        })
        .collect();
    let together = format!("ensemble: {{axes: [{{name: draw, set: {{{}}}}}]}}\n", paths.join(", "));
    let all = read(&run(&scratch, "together", &(deck(&base) + &together), 2, &[]));
    for member in 0..3 {
        let edit = |text: String, (_, from, values): &(&str, &str, [&str; 3])| {
            assert!(text.contains(from), "{from}");
            let (key, rest) = from.split_once(": ").unwrap();
            let old = rest.split(',').next().unwrap();
            text.replacen(from, &from.replacen(&format!("{key}: {old}"), &format!("{key}: {}", values[member]), 1), 1)
        };
        let mechanism = file(&format!("m{member}.yaml"), NUMBERS.iter().fold(LAWS.to_owned(), edit));
        let plain = read(&run(&scratch, &format!("plain{member}"), &deck(&mechanism), 0, &[]));
        for (name, bits) in members(&all, &["draw"], 3, member..member + 1) {
            assert_eq!(plain[&name].1, bits, "{name} of member {member}");
        }
    }
    let plain = read(&run(&scratch, "plain-base", &deck(&base), 0, &[]));
    for (number, path) in NUMBERS.iter().zip(&paths) {
        let axes = format!("ensemble: {{axes: [{{name: draw, set: {{{path}}}}}]}}\n");
        let alone = read(&run(&scratch, "alone", &(deck(&base) + &axes), 3, &["--overwrite"]));
        let first = members(&alone, &["draw"], 3, 0..1);
        for (name, bits) in &first {
            assert_eq!(plain[name].1, *bits, "{name} with {}", number.0);
        }
        assert_ne!(first, members(&alone, &["draw"], 3, 1..2), "{} changes nothing", number.0);
    }
}

#[test]
fn exact_a_factor_on_a_rate_constant_is_one_on_its_constant() {
    let scratch = Scratch::new("scale");
    let base = scratch.file("base.yaml", LAWS).display().to_string();
    let deck = CHEMISTRY_OF_LAWS.replace("MECHANISM", &base);
    let axes = |path: &str, values: &str| {
        format!("ensemble: {{axes: [{{name: f, set: {{mechanism.{path}: [{values}]}}}}]}}\n")
    };
    // Powers of two are exact.
    let scaled = read(&run(&scratch, "scaled", &(deck.clone() + &axes("R1.scale", "1, 2, 0.5")), 2, &[]));
    let constant = read(&run(&scratch, "constant", &(deck.clone() + &axes("R1.A", "base, 8e-3, 2e-3")), 1, &[]));
    assert_eq!(scaled["A"], constant["A"]);
    // The whole branched reaction, and the activation energy instead of C = -Ea / k_B.
    let energy = -20.0 * 1.380_649e-23;
    let energies = format!("{:e} J, {:e} J", -energy, energy);
    let by_energy = read(&run(&scratch, "energy", &(deck.clone() + &axes("R1.Ea", &energies)), 1, &[]));
    let by_c = read(&run(&scratch, "c", &(deck + &axes("R1.C", "-20 K, 20 K")), 1, &[]));
    assert_eq!(by_energy["A"], by_c["A"]);
}

#[test]
fn exact_ts1_with_perturbed_rate_constants_has_the_same_bits_everywhere() {
    let folder = project().join("inputs/mechanisms/ts1");
    let deck = format!(
        "title: ts1\nchemistry: {{mechanism: {0}/mechanism.json, initial: {0}/initial.csv}}\ncells: {{count: 3, set: \
         {{temperature: 287 K, pressure: 1 atm}}}}\ntime: {{step: 5 min, end: 15 min}}\noutput: {{streams: [{{every: step, \
         variables: [O3, OH, NO2]}}]}}\nensemble:\n  axes:\n    - {{name: k, set: {{mechanism.R200.scale: [1, 1.3, 0.7, 1.1], \
         mechanism.R300.A: [base, base, base, base], mechanism.R12.C: [base, 500 K, 0 K, -3 K]}}}}\n    - {{name: warmth, set: \
         {{temperature: [250 K, 287 K, 300 K]}}}}\n",
        folder.display()
    );
    same_bits_on_any_number_of_ranks("ensemble-ts1", &deck);
}

/// Everything that a replay writes besides the file.
fn trace(output: &Path) -> Vec<Vec<f64>> {
    let path = format!("{}.trace.csv", output.display());
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().skip(1).map(|line| line.split(',').map(|value| value.parse().unwrap()).collect()).collect()
}

#[test]
fn exact_one_cell_of_a_member_is_replayed_with_every_step() {
    let scratch = Scratch::new("replay-cell");
    let deck = cells() + WARMTH;
    let whole = read(&run(&scratch, "whole", &deck, 3, &[]));
    let output = run(&scratch, "one", &deck, 2, &["--members", "4:5", "--only-cell", "17"]);
    let one = read(&output);
    assert_eq!(one["cell"].1, [17.0_f64.to_bits()]);
    for name in ["A", "B", "C"] {
        let all = &whole[name].1;
        let expected: Vec<u64> = (0..11).map(|record| all[(4 * 11 + record) * 21 + 17]).collect();
        assert_eq!(one[name].1, expected, "{name}");
    }
    let steps = trace(&output);
    let taken = f64::from_bits(*one["solver_steps"].1.last().unwrap());
    assert_eq!(steps.len() as f64, taken, "{steps:?}");
    let reached: f64 = steps.iter().filter(|step| step[2] == 1.0).map(|step| step[1]).sum();
    assert!((reached - 70.0).abs() < 1e-9, "{reached}");
    assert!(steps.iter().all(|step| (step[2] == 1.0) == (step[3] < 1.0)), "{steps:?}");
    let plain = run(&scratch, "plain", &cells(), 1, &["--only-cell", "20"]);
    assert_eq!(read(&plain)["A"].1.len(), 11);
}

#[test]
fn exact_one_particle_of_a_member_is_replayed_with_every_step() {
    let scratch = Scratch::new("replay-particle");
    let deck = format!("{WALKS}{SCENARIOS}");
    let whole = read(&run(&scratch, "whole", &deck, 3, &[]));
    let output = run(&scratch, "one", &deck, 2, &["--members", "5:6", "--only-particle", "31"]);
    let one = read(&output);
    for name in ["lon", "lat", "biomass", "age"] {
        let all = &whole[name].1;
        let first = (5 * 37 + 31) * 11;
        assert_eq!(one[name].1, all[first..first + 11], "{name}");
    }
    let steps = trace(&output);
    // At the start and after each of 20 steps; every second one is in the file.
    assert_eq!(steps.len(), 21);
    let lon: Vec<f64> = values(&output, "lon");
    for (record, lon) in lon.iter().enumerate().filter(|(_, lon)| !lon.is_nan()) {
        assert_eq!(steps[2 * record][1], *lon);
    }
}

#[test]
fn exact_a_failed_member_does_not_lose_the_ensemble() {
    let scratch = Scratch::new("failed-member");
    // Infinite rate constants in member 1.
    let axes = "ensemble: {axes: [{name: f, set: {mechanism.R1.scale: [1, 1e308, 2]}}]";
    let base = scratch.file("hot.yaml", LAWS.replace("A: 4e-3", "A: 4e3")).display().to_string();
    let deck = CHEMISTRY_OF_LAWS.replace("MECHANISM", &base);
    let path = scratch.file("deck.yaml", format!("{deck}{axes}}}\n"));
    let output = scratch.path().join("run.nc");
    let ended = chemdrift(2, &["run", path.to_str().unwrap(), "-o", output.to_str().unwrap()]);
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    assert!(ended.stderr.contains("1 of 3 members failed (5 cells), first member 1"), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("--members 1:2 -o replay.nc` repeats it, and with `--only-cell 0`"),
        "{}",
        ended.stderr
    );
    let status = values(&output, "status");
    assert!(status[..5].iter().chain(&status[10..]).all(|&s| s == 0.0) && status[5..10].iter().all(|&s| s != 0.0));
    let a = values(&output, "A");
    let last = a.len() / 3;
    assert!(a[2 * last - 5..2 * last].iter().all(|value| value.is_nan()) && !a[last - 1].is_nan());
    let stops = scratch.file("stops.yaml", format!("{deck}{axes}, on_member_failure: stop}}\n"));
    let ended = chemdrift(2, &["run", stops.to_str().unwrap(), "-o", scratch.path().join("s.nc").to_str().unwrap()]);
    assert_eq!(ended.status, 1, "{}", ended.stderr);
    assert!(ended.stderr.contains("on_member_failure: stop"), "{}", ended.stderr);
}

/// A walk in a diffusivity, a wind and a temperature from a file.
const SEA: &str = "title: sea
fields:
  mesh: flat
  U: {file: sea.nc, variable: u}
  V: {file: sea.nc, variable: v, factor: -1}
  Kh: {file: sea.nc, variable: kh}
  T: {file: sea.nc, variable: t}
particles:
  count: 33
  seed: 4
  release: {box: [2 km, 8 km, 2 km, 8 km]}
  kernels: [advection_diffusion_m1]
  variables: {t: {sample: T}}
time: {step: 10 min, end: 4 h}
output: {streams: [{every: 1 h, variables: all}]}
";

fn write_sea(scratch: &Scratch) {
    let mut file = netcdf::create(scratch.path().join("sea.nc")).unwrap();
    for axis in ["y", "x"] {
        file.add_dimension(axis, 11).unwrap();
        let mut nodes = file.add_variable::<f64>(axis, &[axis]).unwrap();
        nodes.put_attribute("units", "m").unwrap();
        nodes.put_attribute("axis", axis.to_uppercase()).unwrap();
        nodes.put_values(&(0..11).map(|i| 1e3 * f64::from(i)).collect::<Vec<_>>(), ..).unwrap();
    }
    for (name, unit, first, slope) in
        [("u", "m s-1", 0.1, 0.01), ("v", "m s-1", 0.2, -0.01), ("kh", "m2 s-1", 1.0, 0.5), ("t", "degC", 10.0, 0.3)]
    {
        let mut data = file.add_variable::<f32>(name, &["y", "x"]).unwrap();
        data.put_attribute("units", unit).unwrap();
        let values: Vec<f32> = (0..121_u8).map(|at| first + slope * f32::from(at % 11 + at / 11)).collect();
        data.put_values(&values, ..).unwrap();
    }
    file.close().unwrap();
}

#[test]
fn exact_members_whose_fields_are_scaled_are_plain_runs() {
    let ensemble = "ensemble: {axes: [{name: water, set: {fields.Kh.factor: [0, 2], fields.Kh.offset: [base, 7 m2 s-1], \
                    fields.T.offset: [-1.5, 0.1]}}, {name: wind, set: {fields.U.factor: [base, 0.3], fields.V.factor: \
                    [base, 120 %]}}]}\n";
    let plain = |member: usize| {
        let (water, wind) = (member / 2, member % 2);
        let deck = SEA.replace("variable: u}", &format!("variable: u, factor: {}}}", ["1", "0.3"][wind]));
        let deck = deck.replace("factor: -1", &format!("factor: {}", ["-1", "120 %"][wind]));
        let kh = ["0 m2 s-1", "{file: sea.nc, variable: kh, factor: 2, offset: 7 m2 s-1}"][water];
        let deck = deck.replace("{file: sea.nc, variable: kh}", kh);
        deck.replace("variable: t}", &format!("variable: t, offset: {}}}", ["-1.5", "0.1"][water]))
    };
    let plain: Vec<String> = (0..4).map(plain).collect();
    let deck = format!("{SEA}{ensemble}");
    let beside = |scratch: &Scratch| write_sea(scratch);
    members_beside_files_are_what_they_are_alone("alone-scaled", &deck, &["water", "wind"], &plain, beside);
}
