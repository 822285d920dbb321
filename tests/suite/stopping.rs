//! `stop_when`: draws in batches end when a mean is known, and are what a run of as many draws is.

use std::path::Path;

use crate::datasets::{assert_equal, read, values};
use crate::launch::{chemdrift, command, finish, kill, machine, run, start, stopped};
use crate::scratch::{Scratch, project};

/// A to B to C with uncertain rates of both reactions: draws of one cell each, all of whose statistics are written.
const PLAIN: &str = "title: two uncertain rates
chemistry: {mechanism: MECHANISM}
cells:
  count: 1
  set: {temperature: 300 K, pressure: 1 atm, concentration.A: 1 mol m-3, concentration.B: 0 mol m-3, concentration.C: 0 mol m-3}
ensemble:
  axes:
    - name: draw
      count: COUNT
      sample:
        method: sobol
        seed: 7
        over:
          mechanism.A_to_B.scale: {lognormal: {median: 1, factor: 1.3}}
          mechanism.B_to_C.scale: {lognormal: {median: 1, factor: 1.5}}
STOP
time: {step: 20 s, end: 300 s}
output:
  compression: none
  streams:
    - {every: 60 s, variables: [A, B], reduce: [count, missing, mean, std, skewness, min, max, p05, p50, {histogram: {from: 0 mol m-3, to: 1 mol m-3, bins: 5}}], over: all}
    - {every: 100 s, variables: [A, B, solver.steps, status]}
";

/// Reached after 64 of 512 draws.
const STOP: &str = "  stop_when:
    standard_error: {of: B_mean_over_all, below: 0.0125 mol m-3}
    at_least: 16
";

fn deck(count: u64, stop: &str) -> String {
    let mechanism = project().join("inputs/mechanisms/abc/mechanism.yaml");
    let text = PLAIN.replace("MECHANISM", &mechanism.display().to_string());
    text.replace("COUNT", &count.to_string()).replace("STOP\n", stop)
}

/// Several cells in a draw, and a second axis of which each place has a mean of its own.
fn many_cells(count: u64, stop: &str) -> String {
    let text = deck(count, "SCENARIO");
    let text = text.replace(
        "count: 1\n",
        "count: 3\n  sample: {method: random, seed: 1, over: {temperature: {uniform: [280 K, 320 K]}}}\n",
    );
    let text = text.replace("temperature: 300 K, ", "");
    let text = text.replace("over: all", "over: draw");
    let axis = "    - {name: scenario, set: {concentration.B: [0 mol m-3, 2 mol m-3]}}\n";
    text.replace("SCENARIO", &format!("{axis}{}", stop.replace("over_all", "over_draw")))
}

/// Walks with an uncertain diffusivity, some of which end early; a map, which is compressed.
fn walks(count: u64, stop: &str) -> String {
    format!(
        "title: walks\nfields: {{mesh: flat, Kh: {{constant: 1 m2 s-1}}}}\nparticles:\n  count: 11\n  release: {{box: [0, 1000, 0, \
         1000]}}\n  seed: 9\n  kernels: [diffusion_uniform]\n  variables: {{distance: m}}\n  delete_when: 'lon > \
         950'\nensemble:\n  axes:\n    - {{name: draw, count: {count}, sample: {{method: halton, seed: 2, over: {{fields.Kh: \
         {{lognormal: {{median: 10 m2 s-1, factor: 2}}}}}}}}}}\n{stop}time: {{step: 1 min, end: 20 min}}\noutput:\n  \
         streams:\n    - {{every: 4 min, variables: [lon, lat]}}\n    - {{every: 10 min, variables: distance, reduce: [count, \
         mean, p50], over: all}}\n    - {{every: 10 min, variables: none, density: {{grid: {{lon: [0, 1000], lat: [0, 1000], \
         by: 100}}}}, over: all}}\n"
    )
}

const STOP_WALKS: &str = "  stop_when: {standard_error: {of: distance_mean_over_all, below: 90 m}, at_least: 4}\n";

fn attribute(path: &Path, name: &str) -> String {
    let file = netcdf::open(path).unwrap();
    match file.attribute(name).map(|found| found.value().unwrap()) {
        Some(netcdf::AttributeValue::Str(text)) => text,
        other => panic!("{name}: {other:?}"),
    }
}

/// A run that stops after `ran` of `count` draws, on any number of ranks, against one of so many draws.
fn is_a_run_of_as_many_draws(name: &str, ran: u64, count: u64, deck: impl Fn(u64, &str) -> String, stop: &str) {
    let scratch = Scratch::new(name);
    let stopped = run(&scratch, "stopped", &deck(count, stop), 0, &[]);
    assert_eq!(attribute(&stopped, "draws_run"), ran.to_string());
    assert_eq!(attribute(&stopped, "stop_when"), "reached");
    let always = format!("{}run: {{balance: always}}\n", deck(count, stop));
    for ranks in [1, 2, 3, 7] {
        assert_equal(&stopped, &run(&scratch, "stopped", &deck(count, stop), ranks, &[]));
        assert_equal(&stopped, &run(&scratch, "always", &always, ranks, &[]));
    }
    let whole = read(&run(&scratch, "whole", &deck(ran, ""), 2, &[]));
    let mut of_draws = 0;
    for (name, (shape, bits)) in read(&stopped) {
        let (whole_shape, expected) = &whole[&name];
        if !shape.iter().any(|(dimension, _)| dimension == "draw") {
            assert!(shape == *whole_shape && bits == *expected, "{name} differs");
            continue;
        }
        assert!(bits[..expected.len()] == **expected, "{name} differs");
        if shape.len() > 1 {
            of_draws += 1;
            let missing = |bits: &u64| {
                let value = f64::from_bits(*bits);
                match name.as_str() {
                    "status" => value > 4.0,
                    "solver_steps" => value == 0.0,
                    _ => value.is_nan(),
                }
            };
            assert!(bits[expected.len()..].iter().all(missing), "{name} has values of draws that did not run");
        }
    }
    assert!(of_draws > 4);
}

#[test]
fn exact_draws_that_stop_are_a_run_of_as_many_draws() {
    is_a_run_of_as_many_draws("stop-cells", 64, 512, deck, STOP);
}

#[test]
fn exact_draws_of_many_cells_that_stop_are_a_run_of_as_many_draws() {
    is_a_run_of_as_many_draws("stop-many-cells", 32, 200, many_cells, &STOP.replace("0.0125", "0.07"));
}

#[test]
fn exact_draws_of_particles_that_stop_are_a_run_of_as_many_draws() {
    is_a_run_of_as_many_draws("stop-walks", 16, 100, walks, STOP_WALKS);
}

#[test]
fn val_the_standard_error_is_that_of_the_draws() {
    let scratch = Scratch::new("stop-error");
    for (name, deck, cells) in
        [("one", deck(512, STOP), 1), ("many", many_cells(200, &STOP.replace("0.0125", "0.07")), 3)]
    {
        let file = run(&scratch, name, &deck, 2, &[]);
        let ran: usize = attribute(&file, "draws_run").parse().unwrap();
        let b = values(&file, "B");
        // (draw, scenario, time, cell), of which the last of four times counts.
        let scenarios = if cells == 1 { 1 } else { 2 };
        let error = |scenario: usize| {
            let mean = |draw: usize| {
                let last = ((draw * scenarios + scenario) * 4 + 3) * cells;
                b[last..last + cells].iter().sum::<f64>() / cells as f64
            };
            let means: Vec<f64> = (0..ran).map(mean).collect();
            let centre = means.iter().sum::<f64>() / ran as f64;
            let squares: f64 = means.iter().map(|mean| (mean - centre).powi(2)).sum();
            (squares / (ran - 1) as f64 / ran as f64).sqrt()
        };
        let largest = (0..scenarios).map(error).fold(0.0, f64::max);
        let told = attribute(&file, "standard_error");
        assert!(told.contains(&format!("a standard error of {largest:.3e} mol m-3")), "{told}: {largest:.6e}");
    }
}

#[test]
fn exact_draws_in_many_lives_on_other_numbers_of_ranks() {
    let compressed = |deck: String| deck.replace("compression: none", "compression: deflate 3");
    let cells = compressed(deck(512, STOP)).replace("20 s", "100 s").replace("every: 60 s", "every: 100 s");
    let walks = walks(100, &STOP_WALKS.replace("90 m", "30 m"))
        .replace("step: 1 min", "step: 10 min")
        .replace("4 min", "10 min");
    for (name, deck) in [("cells", cells), ("walks", walks)] {
        let scratch = Scratch::new(&format!("stop-lives-{name}"));
        let whole = run(&scratch, "whole", &deck, 0, &[]);
        let path = scratch.file("deck.yaml", deck);
        let output = scratch.path().join("run.nc");
        let arguments = ["run", path.to_str().unwrap(), "-o", output.to_str().unwrap(), "--restart"];
        let (mut lives, mut borders) = (0, 0);
        loop {
            let ranks = [2, 1, 3][lives % 3];
            // The wall time ends after the first step of each life, or where a batch begins.
            let ended = chemdrift(ranks, &[&arguments[..], &["--walltime", "1 s"]].concat());
            lives += 1;
            if ended.status == 0 {
                break;
            }
            assert_eq!(ended.status, 85, "{}", ended.stderr);
            borders += usize::from(ended.stderr.contains("after 16 draws") || ended.stderr.contains("after 4 draws"));
            assert!(lives < 40, "{}", ended.stderr);
        }
        assert!(lives > 3 && borders > 0, "{lives} lives, {borders} across a border");
        assert_equal(&whole, &output);
    }
}

#[test]
fn exact_draws_that_are_killed_go_on_from_their_checkpoints() {
    for compression in ["none", "deflate 3"] {
        let scratch = Scratch::new("stop-killed");
        let deck = deck(512, STOP).replace("compression: none", &format!("compression: {compression}"));
        let whole = run(&scratch, "whole", &deck, 2, &[]);
        let path = scratch.file("deck.yaml", format!("{deck}checkpoint: {{every: 1 ms wall}}\n"));
        let output = scratch.path().join("run.nc");
        let arguments = ["run", path.to_str().unwrap(), "-o", output.to_str().unwrap(), "--restart"];
        // Batches of fifteen steps: in the first one, in the second, at the beginning of the third.
        for (ranks, step) in [(2, 9), (3, 22), (2, 31)] {
            let machine = machine();
            let mut job = command(ranks, Path::new(env!("CARGO_BIN_EXE_chemdrift")));
            job.env("CHEMDRIFT_FAULT", format!("stop rank {} at step {step}", ranks - 1));
            let mut job = start(job.args(arguments));
            stopped(&mut job);
            kill(&job);
            finish(job);
            drop(machine);
        }
        let ended = chemdrift(1, &arguments);
        assert_eq!(ended.status, 0, "{}", ended.stderr);
        assert!(ended.stderr.contains("continues after step"), "{}", ended.stderr);
        assert!(ended.stderr.contains("64 of at most 512 draws were enough"), "{}", ended.stderr);
        assert_equal(&whole, &output);
    }
}

#[test]
fn regress_what_is_not_reached_is_told_and_parts_run_as_ever() {
    let scratch = Scratch::new("stop-not");
    let never = STOP.replace("0.0125", "1e-9");
    let path = scratch.file("deck.yaml", deck(48, &never));
    let output = scratch.path().join("never.nc");
    let ended = chemdrift(2, &["run", path.to_str().unwrap(), "-o", output.to_str().unwrap()]);
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    assert!(ended.stderr.contains("48 draws were not enough for `ensemble.stop_when`"), "{}", ended.stderr);
    assert_eq!(attribute(&output, "stop_when"), "not reached");
    assert_eq!(attribute(&output, "draws_run"), "48");
    let whole = read(&run(&scratch, "whole", &deck(48, ""), 1, &[]));
    let batches = read(&output);
    assert!(whole.keys().eq(batches.keys()));
    assert!(whole.iter().all(|(name, data)| batches[name] == *data));
    let part = read(&run(&scratch, "part", &deck(48, &never), 2, &["--members", "17:20"]));
    assert_eq!(part["A"].1, batches["A"].1[17 * 4..20 * 4]);
}
