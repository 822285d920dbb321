//! When something breaks the job ends soon, with the right status, and leaves nothing that looks whole.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use chemdrift::comm::World;

use crate::launch::{chemdrift, command, finish, machine, start};
use crate::scratch::{Scratch, SmallDisk, project};

/// A deck that writes many records of many cells.
fn long_run(scratch: &Scratch) -> std::path::PathBuf {
    let mechanism = project().join("inputs/mechanisms/abc/mechanism.yaml");
    scratch.file(
        "long.yaml",
        format!(
            "title: long\nchemistry: {{mechanism: {}}}\ncells:\n  count: 200_000\n  set: {{temperature: 300 K, pressure: 1 atm, \
             concentration.A: 1 mol m-3}}\ntime: {{step: 1 s, end: 2000 s}}\noutput:\n  file: long.nc\n  streams: \
             [{{every: 100 s, variables: all}}]\n",
            mechanism.display()
        ),
    )
}

#[test]
fn exact_a_disk_too_small_is_refused_before_the_run() {
    let scratch = Scratch::new("small-disk");
    let deck = long_run(&scratch);
    let folder = scratch.path().join("disk");
    fs::create_dir(&folder).unwrap();
    let Some(_disk) = SmallDisk::mount(&folder, "1m") else {
        eprintln!("skipped: mounting a tmpfs is not allowed here");
        return;
    };
    let output = folder.join("run.nc");
    let ended = chemdrift(2, &["run", deck.to_str().unwrap(), "-o", output.to_str().unwrap()]);
    assert_eq!(ended.status, 3, "{}", ended.stderr);
    assert!(ended.stderr.contains("the output needs about"), "{}", ended.stderr);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "a file is left");
}

#[test]
fn exact_a_disk_that_fills_while_writing_ends_the_job() {
    ["never", "always"].into_iter().for_each(a_disk_fills);
}

fn a_disk_fills(writer_thread: &str) {
    let scratch = Scratch::new("filling-disk");
    let deck = long_run(&scratch);
    let folder = scratch.path().join("disk");
    fs::create_dir(&folder).unwrap();
    let Some(_disk) = SmallDisk::mount(&folder, "160m") else {
        eprintln!("skipped: mounting a tmpfs is not allowed here");
        return;
    };
    let output = folder.join("run.nc");
    let machine = machine();
    let mut job = command(2, Path::new(env!("CARGO_BIN_EXE_chemdrift")));
    job.args(["run", deck.to_str().unwrap(), "-o", output.to_str().unwrap(), "--writer-thread", writer_thread]);
    let job = start(&mut job);
    while !folder.join("run.nc.part").exists() {
        std::thread::sleep(Duration::from_millis(2));
    }
    // Another user takes what is left of the disk.
    drop(fs::write(folder.join("filler"), vec![1_u8; 160 << 20]));
    let ended = finish(job);
    drop(machine);
    assert_eq!(ended.status, 3, "{}", ended.stderr);
    assert!(ended.stderr.contains("run.nc.part failed at"), "{}", ended.stderr);
    assert!(!output.exists(), "a file that looks finished is left");
}

#[test]
fn exact_a_killed_rank_ends_the_job() {
    let scratch = Scratch::new("killed");
    let deck = long_run(&scratch);
    let output = scratch.path().join("run.nc");
    let machine = machine();
    let mut job = command(3, Path::new(env!("CARGO_BIN_EXE_chemdrift")));
    job.args(["run", deck.to_str().unwrap(), "-o", output.to_str().unwrap()]);
    let job = start(&mut job);
    while !scratch.path().join("run.nc.part").exists() {
        std::thread::sleep(Duration::from_millis(2));
    }
    let pattern = format!("{} run {}", env!("CARGO_BIN_EXE_chemdrift"), deck.display());
    let pids = Command::new("pgrep").args(["-f", &format!("^{pattern}")]).output().expect("pgrep");
    let victim = String::from_utf8_lossy(&pids.stdout).lines().last().expect("a rank").to_owned();
    assert!(Command::new("kill").args(["-9", &victim]).status().unwrap().success());
    let ended = finish(job);
    drop(machine);
    assert_ne!(ended.status, 0);
    assert!(!output.exists(), "a file that looks finished is left");
}

#[test]
fn exact_a_cell_that_fails_stops_the_run_when_the_deck_says_so_and_is_marked_when_not() {
    let scratch = Scratch::new("failing-cell");
    let mechanism = project().join("inputs/mechanisms/robertson/mechanism.yaml");
    // Nothing happens in an empty cell; the other one needs more steps than it is given.
    scratch.file("cells.csv", "concentration.A\n0\n1\n");
    for (on_failure, status) in [("mark", 0), ("stop", 1)] {
        let deck = scratch.file(
            &format!("{on_failure}.yaml"),
            format!(
                "title: one easy cell and one hard\nchemistry: {{mechanism: {}, on_failure: {on_failure}, solver: {{max_steps: 3}}}}\ncells:\n  \
                 table: cells.csv\n  set: {{temperature: 300 K, pressure: 1 atm}}\ntime: {{step: 1 s, end: 3 s}}\n\
                 output: {{file: {on_failure}.nc}}\n",
                mechanism.display()
            ),
        );
        let ended = chemdrift(2, &["run", deck.to_str().unwrap()]);
        assert_eq!(ended.status, status, "{}", ended.stderr);
        let finished = scratch.path().join(format!("{on_failure}.nc"));
        assert_eq!(finished.exists(), status == 0);
        let file = if status == 0 { finished } else { scratch.path().join("stop.nc.part") };
        let marks = crate::datasets::values(&file, "status");
        assert!(marks[0] == 0.0 && marks[1] != 0.0, "{marks:?}");
        let a = crate::datasets::values(&file, "A");
        assert!(a[a.len() - 2] == 0.0 && a[a.len() - 1].is_nan(), "{a:?}");
    }
}

#[test]
fn exact_a_panic_on_one_rank_aborts_the_job() {
    let machine = machine();
    let mut job = command(2, &std::env::current_exe().unwrap());
    job.args(["--exact", "failures::one_rank_panics", "--ignored", "--nocapture", "--test-threads", "1"]);
    let ended = finish(start(&mut job));
    drop(machine);
    assert_eq!(ended.status, 101, "{}", ended.stderr);
    assert!(ended.stderr.contains("rank 1: "), "{}", ended.stderr);
}

#[test]
#[ignore = "a rank of exact_a_panic_on_one_rank_aborts_the_job, which launches it under mpirun"]
fn one_rank_panics() {
    let world = World::start().expect("MPI starts");
    assert!(world.rank() != 1, "rank 1 finds a bug");
    world.wait_for_all();
}
