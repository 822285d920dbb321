//! A run in several lives is the run in one: after signals, kills, and the end of the wall time, on other numbers of ranks.

use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use crate::datasets::assert_equal;
use crate::launch::{Ended, chemdrift, command, finish, kill, machine, signal, start, stopped};
use crate::scratch::{Scratch, only_the_story_is_left, project};

const RUN_ME_AGAIN: i32 = 85;

/// Cells that change their step sizes all the time, and two streams; `compression` as in a deck.
fn cells(count: u64, compression: &str) -> String {
    format!(
        "title: cells\nchemistry: {{mechanism: {}}}\ncells:\n  count: {count}\n  sample:\n    method: latin-hypercube\n    \
         seed: 3\n    over: {{temperature: {{uniform: [250 K, 320 K]}}, concentration.A: {{uniform: [0 mol m-3, 9 mol m-3]}}}}\n  \
         set: {{pressure: 1 atm}}\ntime: {{step: 7 s, end: 5600 s}}\noutput:\n  file: run.nc\n  compression: {compression}\n  \
         streams:\n    - {{every: 35 s, variables: all}}\n    - {{every: 700 s, variables: [solver.steps, solver.step_size]}}\n\
         checkpoint: {{every: 1 ms wall}}\n",
        project().join("inputs/mechanisms/abc/mechanism.yaml").display()
    )
}

/// Particles in fields that are read while they move, some of which leave.
fn winds() -> String {
    let winds = project().join("inputs/fields/storm_winds");
    let field = |name: &str, variable: &str| {
        format!(
            "  {name}: {{file: {}, variable: {variable}, dimensions: {{lon: lon, lat: lat, time: timestep}}, every: 6 h}}\n",
            winds.join(format!("{name}storm.cdf")).display()
        )
    };
    format!(
        "title: winds\nfields:\n  mesh: spherical\n{}{}  Kh: {{constant: 1000 m2 s-1}}\nparticles:\n  count: 10_000\n  \
         release: {{box: [-105, -75, 28, 45]}}\n  seed: 1996\n  kernels: [advection_rk4, diffusion_uniform]\n  \
         variables: {{age: s, distance: m}}\n  on_land: stick\ntime: {{start: 1996-01-05, step: 2 min, end: 2 days}}\n\
         output:\n  file: run.nc\n  streams:\n    - {{every: 1 h, variables: [lon, lat, distance]}}\n\
         checkpoint: {{every: 1 ms wall}}\n",
        field("U", "u"),
        field("V", "v")
    )
}

/// The same with what is reduced, some of it alone on its clock.
fn with_statistics(deck: &str, output: &str, stream: &str) -> String {
    let streams = format!("  {output}streams:\n    - {stream}\n");
    deck.replacen("  streams:\n", &streams, 1)
}

/// A deck in a folder of its own and what it gives without interruption.
struct Case {
    scratch: Scratch,
    deck: PathBuf,
    reference: PathBuf,
}

impl Case {
    fn new(name: &str, deck: &str) -> Self {
        let scratch = Scratch::new(name);
        let undisturbed = scratch.file("reference.yaml", deck.replace("1 ms wall", "never"));
        let deck = scratch.file("deck.yaml", deck);
        let reference = scratch.path().join("reference.nc");
        let ended = chemdrift(2, &["run", undisturbed.to_str().unwrap(), "-o", reference.to_str().unwrap()]);
        assert_eq!(ended.status, 0, "{}", ended.stderr);
        Self { scratch, deck, reference }
    }

    fn run(&self, ranks: usize, options: &[&str]) -> Ended {
        chemdrift(ranks, &[&["run", self.deck.to_str().unwrap()], options].concat())
    }

    /// Starts a life in which `fault` is to happen.
    fn begin(&self, ranks: usize, options: &[&str], fault: &str) -> Child {
        let mut job = command(ranks, Path::new(env!("CARGO_BIN_EXE_chemdrift")));
        job.env("CHEMDRIFT_FAULT", fault);
        start(job.args(["run", self.deck.to_str().unwrap()]).args(options))
    }

    fn output(&self) -> PathBuf {
        self.scratch.path().join("run.nc")
    }

    fn folder(&self) -> PathBuf {
        self.scratch.path().join("run.nc.run")
    }

    /// The checkpoints, the oldest first, with their steps.
    fn checkpoints(&self) -> Vec<(u64, PathBuf)> {
        let entries = std::fs::read_dir(self.folder()).into_iter().flatten().flatten();
        let step = |path: &Path| path.file_name()?.to_str()?.strip_prefix("step-")?.strip_suffix(".h5")?.parse().ok();
        let mut found: Vec<_> = entries.filter_map(|entry| Some((step(&entry.path())?, entry.path()))).collect();
        found.sort();
        found
    }

    /// Stops a life after the first step that it does.
    fn one_step(&self, ranks: usize) {
        let ended = self.run(ranks, &["--restart", "--walltime", "1 s"]);
        assert_eq!(ended.status, RUN_ME_AGAIN, "{}", ended.stderr);
        assert!(
            ended.stderr.contains("the end of the wall time") && ended.stderr.contains("--restart"),
            "{}",
            ended.stderr
        );
    }

    fn last_life(&self, ranks: usize) {
        let ended = self.run(ranks, &["--restart"]);
        assert_eq!(ended.status, 0, "{}", ended.stderr);
        assert!(ended.stderr.contains("continues after step"), "{}", ended.stderr);
        assert_equal(&self.reference, &self.output());
        assert!(only_the_story_is_left(&self.folder()), "something is left");
        assert!(!self.output().with_extension("nc.part").exists(), "something is left");
    }
}

/// Steps of each life before it is disturbed: enough for some checkpoints, few enough for five lives.
const STEPS_OF_A_LIFE: u64 = 30;

fn signals_and_kills(name: &str, deck: &str) {
    let case = Case::new(name, deck);
    // A first life under one signal to one rank, a second that loses its power, a third under the other signal.
    for (ranks, disturbance) in [(2, "USR1"), (3, "KILL"), (1, "TERM"), (2, "KILL")] {
        let machine = machine();
        // The last rank waits after this step, so that the disturbance comes then, however fast the machine is.
        let step = case.checkpoints().last().map_or(0, |(newest, _)| *newest) + STEPS_OF_A_LIFE;
        let mut job = case.begin(ranks, &["--restart"], &format!("stop rank {} at step {step}", ranks - 1));
        let last = stopped(&mut job);
        match disturbance {
            "KILL" => kill(&job),
            name => signal(name, last),
        }
        signal("CONT", last);
        let ended = finish(job);
        drop(machine);
        if disturbance != "KILL" {
            assert_eq!(ended.status, RUN_ME_AGAIN, "{}", ended.stderr);
            assert!(ended.stderr.contains(&format!("SIG{disturbance}")), "{}", ended.stderr);
        }
    }
    case.last_life(7);
}

#[test]
fn exact_cells_in_five_lives() {
    signals_and_kills("five-lives-cells", &cells(20_000, "none"));
}

#[test]
fn exact_compressed_cells_in_five_lives() {
    signals_and_kills("five-lives-deflate", &cells(5000, "deflate 1"));
}

#[test]
fn exact_particles_in_five_lives() {
    signals_and_kills("five-lives-particles", &winds());
}

#[test]
fn exact_statistics_of_cells_in_five_lives() {
    let stream = "{every: 14 s, variables: all, reduce: [mean, std, skewness, p05, p50]}";
    signals_and_kills("five-lives-statistics", &with_statistics(&cells(5000, "none"), "", stream));
}

#[test]
fn exact_connections_of_particles_in_five_lives() {
    let stream = "{every: 10 min, variables: lat, reduce: [mean], connectivity: regions, \
                  density: {grid: {lon: [-110, -70], lat: [20, 50], by: 1}}}";
    let regions = "regions: {south: {box: [-105, -75, 28, 36]}, north: {box: [-105, -75, 36, 50]}}\n  ";
    signals_and_kills("five-lives-connections", &with_statistics(&winds().replace("10_000", "2000"), regions, stream));
}

#[test]
fn exact_shipped_decks_in_four_lives() {
    let decks = ["ts1_lhs.yaml --cells 50", "brownian.yaml --particles 500", "stommel.yaml --steps 100"];
    for deck in decks {
        let scratch = Scratch::new("shipped");
        let mut words = deck.split(' ');
        let path = project().join("inputs").join(words.next().unwrap());
        let shrink: Vec<_> = words.collect();
        let run = |ranks: usize, name: &str, more: &[&str]| {
            let output = scratch.path().join(name);
            let first = ["run", path.to_str().unwrap(), "-o", output.to_str().unwrap()];
            let ended = chemdrift(ranks, &[&first, &shrink[..], more].concat());
            (ended, output)
        };
        let (whole, reference) = run(2, "reference.nc", &[]);
        assert_eq!(whole.status, 0, "{}", whole.stderr);
        for ranks in [3, 0, 2] {
            let (ended, _) = run(ranks, "run.nc", &["--restart", "--walltime", "1 s"]);
            assert_eq!(ended.status, RUN_ME_AGAIN, "{}", ended.stderr);
        }
        let (ended, output) = run(1, "run.nc", &["--restart"]);
        assert_eq!(ended.status, 0, "{}", ended.stderr);
        assert_equal(&reference, &output);
    }
}

#[test]
fn exact_a_spoilt_output_and_a_damaged_checkpoint_cost_only_time() {
    let case = Case::new("damaged", &cells(10_000, "none"));
    case.one_step(2);
    case.one_step(3);
    let part = case.output().with_extension("nc.part");
    // The index of the output is torn as by a kill amid its writing, and behind it stands what no index knows.
    let mut bytes = std::fs::read(&part).unwrap();
    bytes[8..2048].fill(0xff);
    bytes.extend([7; 5000]);
    std::fs::write(&part, bytes).unwrap();
    let checkpoints = case.checkpoints();
    assert_eq!(checkpoints.iter().map(|(step, _)| *step).collect::<Vec<_>>(), [1, 2]);
    let newest = checkpoints[1].1.clone();
    let mut bytes = std::fs::read(&newest).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&newest, bytes).unwrap();
    let asked = case.run(2, &["--restart", newest.to_str().unwrap()]);
    assert_eq!(asked.status, 3, "{}", asked.stderr);
    for text in ["is damaged", "does not match its checksum", "the one before it is there: --restart"] {
        assert!(asked.stderr.contains(text), "{text}:\n{}", asked.stderr);
    }
    let ended = case.run(2, &["--restart"]);
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    assert!(ended.stderr.contains("it is passed over") && ended.stderr.contains("after step 1 "), "{}", ended.stderr);
    assert_equal(&case.reference, &case.output());
}

#[test]
fn exact_what_does_not_belong_together_is_refused_with_the_reason() {
    let case = Case::new("refused", &cells(10_000, "none"));
    case.one_step(2);
    let refused = |options: &[&str], status: i32, texts: &[&str]| {
        let ended = case.run(2, options);
        assert_eq!(ended.status, status, "{}", ended.stderr);
        for text in texts {
            assert!(ended.stderr.contains(text), "`{text}` is not in:\n{}", ended.stderr);
        }
    };
    refused(&[], 2, &["holds an unfinished run", "--restart", "--overwrite"]);
    refused(&["--restart", "--steps", "9"], 3, &["another deck, to other options"]);
    let other = cells(10_000, "none").replace("seed: 3", "seed: 4");
    case.scratch.file("deck.yaml", other);
    refused(&["--restart"], 3, &["the checkpoint", "another deck"]);
    // Neither the title nor the interval of checkpoints changes the answer.
    case.scratch
        .file("deck.yaml", cells(10_000, "none").replace("title: cells", "title: other").replace("1 ms", "30 min"));
    let part = case.output().with_extension("nc.part");
    let whole = std::fs::read(&part).unwrap();
    std::fs::write(&part, &whole[..whole.len() - 1]).unwrap();
    refused(&["--restart"], 3, &["run.nc.part", "records are missing", "--overwrite"]);
    std::fs::remove_file(&part).unwrap();
    refused(&["--restart"], 3, &["run.nc.part is not there"]);
    std::fs::write(&part, whole).unwrap();
    for (_, checkpoint) in case.checkpoints() {
        std::fs::write(checkpoint, "this is no checkpoint").unwrap();
    }
    refused(&["--restart"], 3, &["begin anew with --overwrite"]);
    let ended = case.run(2, &["--overwrite"]);
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    assert_equal(&case.reference, &case.output());
}

#[test]
fn exact_a_finished_run_is_left_alone() {
    let case = Case::new("finished", &cells(10_000, "none").replace("700 s", "35 s").replace("5600 s", "70 s"));
    // With no checkpoint yet, --restart begins.
    assert_eq!(case.run(2, &["--restart"]).status, 0);
    let before = std::fs::metadata(case.output()).unwrap().modified().unwrap();
    let again = case.run(2, &["--restart"]);
    assert!(again.status == 0 && again.stderr.contains("nothing is left to do"), "{}", again.stderr);
    let anew = case.run(2, &[]);
    assert!(anew.status == 2 && anew.stderr.contains("--overwrite"), "{}", anew.stderr);
    assert_eq!(std::fs::metadata(case.output()).unwrap().modified().unwrap(), before);
    assert!(only_the_story_is_left(&case.folder()));
    assert_eq!(case.run(1, &["--overwrite"]).status, 0);
    assert_equal(&case.reference, &case.output());
}

#[test]
fn exact_a_second_job_is_refused_and_a_request_is_answered() {
    let case = Case::new("second-job", &cells(10_000, "none").replace("1 ms wall", "never"));
    let machine = machine();
    let mut job = case.begin(2, &[], "stop rank 1 at step 2");
    let waiting = stopped(&mut job);
    let mut second = command(0, Path::new(env!("CARGO_BIN_EXE_chemdrift")));
    let second = finish(start(second.args(["run", case.deck.to_str().unwrap(), "--restart"])));
    assert_eq!(second.status, 3, "{}", second.stderr);
    assert!(second.stderr.contains("is locked by process") && second.stderr.contains("-o FILE"), "{}", second.stderr);
    std::fs::write(case.folder().join("checkpoint.now"), "").unwrap();
    signal("CONT", waiting);
    let ended = finish(job);
    drop(machine);
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    assert!(ended.stderr.contains("for a request"), "{}", ended.stderr);
    assert_equal(&case.reference, &case.output());
}

#[test]
fn exact_a_seed_that_was_drawn_is_kept() {
    let deck = "title: no seed\nfields: {mesh: flat, Kh: {constant: 1 m2 s-1}}\nparticles:\n  count: 100\n  release: {at: [0, 0]}\n  \
                kernels: [diffusion_uniform]\ntime: {step: 1 s, end: 20 s}\noutput: {file: run.nc}\n";
    let scratch = Scratch::new("drawn-seed");
    let deck = scratch.file("deck.yaml", deck);
    let run = |options: &[&str]| chemdrift(2, &[&["run", deck.to_str().unwrap()], options].concat());
    assert_eq!(run(&["--walltime", "1 s"]).status, RUN_ME_AGAIN);
    // Two lives from one checkpoint must meet: the walk after it follows from the seed.
    let again = scratch.path().join("again");
    std::fs::create_dir(&again).unwrap();
    let parts = ["run.nc.part", "run.nc.run"].map(|name| scratch.path().join(name));
    assert!(Command::new("cp").arg("-r").args(parts).arg(&again).status().unwrap().success());
    assert_eq!(run(&["--restart"]).status, 0);
    let other = again.join("run.nc");
    assert_eq!(run(&["--restart", "-o", other.to_str().unwrap()]).status, 0);
    assert_equal(&scratch.path().join("run.nc"), &other);
}
