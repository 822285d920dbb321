//! Faults of one rank, wherever they come: the job ends in seconds with the right status and the reason, leaves nothing
//! that looks finished, and the next life of the run, on another number of ranks, gives the same bits.
//!
//! Here every so many places are tried; with CHEMDRIFT_ALL_FAULTS in the environment all of them.

use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use crate::datasets::assert_equal;
use crate::launch::{Ended, chemdrift, command, finish, machine, signal, start, stopped};
use crate::scratch::{Scratch, SmallDisk, only_the_story_is_left, project};

const RANKS: usize = 3;
/// Longest time from the start of a job to its end after a fault.
const SECONDS: Duration = Duration::from_secs(40);

/// A short run with checkpoints, in memory, so that no disk is waited for.
struct Case {
    scratch: Scratch,
    deck: PathBuf,
    reference: PathBuf,
    /// What a first life has left that was stopped after a step.
    begun: PathBuf,
}

impl Case {
    fn new(name: &str, steps: u64) -> Self {
        let scratch = Scratch::in_memory(name);
        let mechanism = project().join("inputs/mechanisms/abc/mechanism.yaml");
        let text = format!(
            "title: faults\nchemistry: {{mechanism: {}}}\ncells:\n  count: 40\n  sample:\n    method: latin-hypercube\n    seed: 3\n    \
             over: {{temperature: {{uniform: [250 K, 320 K]}}}}\n  set: {{pressure: 1 atm, concentration.A: 1 mol m-3}}\n\
             time: {{step: 7 s, end: {} s}}\noutput:\n  file: run.nc\n  streams: [{{every: 7 s, variables: all}}]\n\
             checkpoint: {{every: 1 ms wall}}\n",
            mechanism.display(),
            7 * steps
        );
        let (deck, reference) = (scratch.file("deck.yaml", text), scratch.path().join("reference.nc"));
        let whole = chemdrift(2, &["run", deck.to_str().unwrap(), "-o", reference.to_str().unwrap()]);
        assert_eq!(whole.status, 0, "{}", whole.stderr);
        let begun = scratch.path().join("begun");
        std::fs::create_dir(&begun).unwrap();
        let case = Self { scratch, deck, reference, begun };
        let first = chemdrift(2, &["run", case.deck.to_str().unwrap(), "--walltime", "1 s"]);
        assert_eq!(first.status, 85, "{}", first.stderr);
        for part in case.parts() {
            std::fs::rename(&part, case.begun.join(part.file_name().unwrap())).unwrap();
        }
        case
    }

    fn output(&self) -> PathBuf {
        self.scratch.path().join("run.nc")
    }

    /// The unfinished output and the folder of the run.
    fn parts(&self) -> [PathBuf; 2] {
        ["run.nc.part", "run.nc.run"].map(|name| self.scratch.path().join(name))
    }

    /// A life under way, the first or the second one.
    fn begin(&self, second: bool, adjust: impl FnOnce(&mut Command)) -> Child {
        drop(std::fs::remove_file(self.output()));
        let [part, folder] = self.parts();
        drop(std::fs::remove_file(part));
        drop(std::fs::remove_dir_all(folder));
        if second {
            let left = self.begun.join(".");
            assert!(Command::new("cp").arg("-r").args([&left, self.scratch.path()]).status().unwrap().success());
        }
        let mut job = command(RANKS, Path::new(env!("CARGO_BIN_EXE_chemdrift")));
        adjust(&mut job);
        start(job.args(["run", self.deck.to_str().unwrap(), "--restart"]))
    }

    /// A life with what `adjust` does to it, to its end.
    fn life(&self, second: bool, adjust: impl FnOnce(&mut Command)) -> Ended {
        let (machine, began) = (machine(), Instant::now());
        let ended = finish(self.begin(second, adjust));
        assert!(began.elapsed() < SECONDS, "it took {:?}:\n{}", began.elapsed(), ended.stderr);
        drop(machine);
        ended
    }

    /// After a life that a fault has ended: a file that has its name is whole, and a further life brings the run to its end.
    fn comes_to_its_end(&self, ranks: usize, what: &str) {
        if self.output().exists() {
            assert_equal(&self.reference, &self.output());
        }
        let last = chemdrift(ranks, &["run", self.deck.to_str().unwrap(), "--restart"]);
        assert_eq!(last.status, 0, "after {what}:\n{}", last.stderr);
        assert_equal(&self.reference, &self.output());
        let [part, folder] = self.parts();
        assert!(!part.exists() && only_the_story_is_left(&folder), "something is left after {what}");
    }
}

/// Every so many places, or all.
fn places(first: usize, every: usize) -> impl Iterator<Item = (usize, usize)> {
    let all = std::env::var_os("CHEMDRIFT_ALL_FAULTS").is_some();
    let (first, every) = if all { (1, 1) } else { (first, every) };
    (first..).step_by(every).enumerate()
}

/// The same fault before each collective operation in which rank 1 takes part, until a life has no more of them.
fn at_collectives(action: &str, first: usize, every: usize, ended_well: impl Fn(&Ended) -> bool) {
    let case = Case::new(action, 8);
    let mut faults = 0;
    for second in [false, true] {
        for (turn, number) in places(first, every) {
            let fault = format!("{action} rank 1 at collective {number}");
            let ended = case.life(second, |job| {
                job.env("CHEMDRIFT_FAULT", &fault);
            });
            if ended.status == 0 {
                assert_equal(&case.reference, &case.output());
                break;
            }
            assert!(ended_well(&ended), "{fault} ended with {}:\n{}", ended.status, ended.stderr);
            case.comes_to_its_end([2, 3, 1, 4][turn % 4], &fault);
            faults += 1;
        }
    }
    println!("{faults} times {action}");
    assert!(faults > 4, "only {faults} faults were tried");
}

#[test]
fn exact_a_panic_before_any_collective_ends_the_job() {
    at_collectives("panic", 1, 43, |ended| {
        ended.status == 101 && ended.stderr.contains("rank 1: ") && ended.stderr.contains("CHEMDRIFT_FAULT asked")
    });
}

#[test]
fn exact_a_kill_before_any_collective_ends_the_job() {
    at_collectives("kill", 17, 43, |ended| ended.status != 0 && ended.stderr.contains("rank 1"));
}

/// The library that makes calls of the system fail; none without a C compiler.
fn disk_library(scratch: &Scratch) -> Option<PathBuf> {
    let (source, library) = (project().join("tests/suite/faults/disk.c"), scratch.path().join("disk.so"));
    let made = Command::new("cc").args(["-shared", "-fPIC", "-o"]).args([&library, &source]).arg("-ldl").status();
    made.is_ok_and(|status| status.success()).then_some(library)
}

/// A job whose rank `rank` meets the reason `errno` at its `call`-th change to a file of the case.
fn with_failing_disk(job: &mut Command, case: &Case, library: &Path, rank: usize, call: usize, errno: usize) {
    job.env("FAULT_RANK", rank.to_string()).env("FAULT_CALL", call.to_string()).env("FAULT_ERRNO", errno.to_string());
    job.env("FAULT_BELOW", case.scratch.path());
    // For the ranks, not for the launcher: it has no rank.
    job.env("LD_PRELOAD", library);
}

const EIO: usize = 5;
const EACCES: usize = 13;
const ENOSPC: usize = 28;

fn at_calls(rank: usize, first: usize, every: usize) {
    let case = Case::new(&format!("disk-{rank}"), 8);
    let Some(library) = disk_library(&case.scratch) else {
        eprintln!("skipped: there is no C compiler");
        return;
    };
    let mut failures = 0;
    for second in [false, true] {
        for (turn, call) in places(first, every) {
            let (errno, lasts) = [(EIO, false), (ENOSPC, true), (ENOSPC, false), (EIO, true)][turn % 4];
            let ended = case.life(second, |job| {
                with_failing_disk(job, &case, &library, rank, call, errno);
                if lasts {
                    job.env("FAULT_LASTS", "1");
                }
            });
            let Some(told) = ended.stderr.lines().find(|line| line.starts_with("disk.c: ")) else {
                assert_eq!(ended.status, 0, "{}", ended.stderr);
                break;
            };
            let what = format!("call {call} of rank {rank}, reason {errno}, {told}");
            println!("{what}: {}", ended.status);
            // A name that is not on disk yet, a trial of locks, or a status that cannot be written costs nothing.
            let folders =
                [case.scratch.path(), &case.parts()[1]].map(|folder| format!("fsync of {} fails", folder.display()));
            let of_status = ["/status.json", "/progress.jsonl"].iter().any(|file| told.contains(file));
            let goes_on = of_status && ended.stderr.contains("the run goes on without");
            let harmless = goes_on || told.contains(".locktest.") || folders.iter().any(|folder| told.contains(folder));
            if ended.status != 0 || !harmless {
                assert_eq!(ended.status, 3, "{what}:\n{}", ended.stderr);
                let folder = case.scratch.path().display().to_string();
                let names = |line: &&str| line.contains("run.nc") || line.contains(&folder);
                let reason = ended.stderr.lines().filter(|line| line.starts_with("chemdrift: ")).find(names);
                let reason = reason.unwrap_or_else(|| panic!("{what}: no message:\n{}", ended.stderr));
                assert!(rank == 0 || reason.contains(&format!("rank {rank}: ")), "{reason}");
                failures += 1;
            }
            case.comes_to_its_end([2, 3, 1, 4][turn % 4], &what);
        }
    }
    assert!(failures > 1, "only {failures} calls failed");
}

#[test]
fn exact_a_failing_disk_of_the_first_rank_ends_the_job() {
    at_calls(0, 3, 23);
}

#[test]
fn exact_a_failing_disk_of_another_rank_ends_the_job() {
    at_calls(1, 2, 3);
}

/// A rank that cannot open what the others can: its node has lost a file system, or its user may not write there.
#[test]
fn exact_a_rank_that_cannot_open_a_file_ends_the_job() {
    let case = Case::new("opens", 8);
    let Some(library) = disk_library(&case.scratch) else {
        eprintln!("skipped: there is no C compiler");
        return;
    };
    let [part, folder] = case.parts();
    // The output made and opened again; checkpoints written and read.
    for (second, below) in [(false, &part), (true, &part), (false, &folder), (true, &folder)] {
        for rank in 0..RANKS {
            let ended = case.life(second, |job| {
                job.env("FAULT_RANK", rank.to_string()).env("FAULT_ERRNO", EACCES.to_string());
                job.env("FAULT_BELOW", below).env("FAULT_OPENS", "1").env("LD_PRELOAD", &library);
            });
            let what = format!("rank {rank} without {}", below.display());
            assert_eq!(ended.status, 3, "{what}:\n{}", ended.stderr);
            let told = ended.stderr.lines().find(|line| line.starts_with("chemdrift: ") && line.contains("run.nc."));
            let told = told.unwrap_or_else(|| panic!("{what}: no message:\n{}", ended.stderr));
            assert!(
                told.contains("ermission denied") && told.contains(&format!("rank {rank}: ")) == (rank > 0),
                "{told}"
            );
            case.comes_to_its_end([2, 3, 1, 4][rank], &what);
        }
    }
}

/// A life that waits after its second step while `meanwhile` does something to its files, and is `told` something then.
fn disturbed(case: &Case, told: Option<&str>, meanwhile: impl FnOnce()) -> Ended {
    let machine = machine();
    let mut job = case.begin(false, |job| {
        job.env("CHEMDRIFT_FAULT", "stop rank 1 at step 2");
    });
    let waiting = stopped(&mut job);
    meanwhile();
    if let Some(name) = told {
        signal(name, waiting);
    }
    signal("CONT", waiting);
    let ended = finish(job);
    drop(machine);
    ended
}

#[test]
fn exact_an_output_that_is_removed_under_a_run_ends_it() {
    let case = Case::new("no-output", 400);
    let [part, _] = case.parts();
    let ended = disturbed(&case, None, || std::fs::remove_file(&part).unwrap());
    assert_eq!(ended.status, 3, "{}", ended.stderr);
    assert!(ended.stderr.contains("run.nc") && ended.stderr.contains("no such file"), "{}", ended.stderr);
    assert!(!case.output().exists());
    let again = |option: &str| chemdrift(2, &["run", case.deck.to_str().unwrap(), option]);
    let ended = again("--restart");
    assert!(ended.status == 3 && ended.stderr.contains("run.nc.part is not there"), "{}", ended.stderr);
    assert_eq!(again("--overwrite").status, 0);
    assert_equal(&case.reference, &case.output());
}

#[test]
fn exact_a_folder_of_checkpoints_that_is_removed_under_a_run_ends_it() {
    let case = Case::new("no-folder", 400);
    let [part, folder] = case.parts();
    let ended = disturbed(&case, None, || std::fs::remove_dir_all(&folder).unwrap());
    assert_eq!(ended.status, 3, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("failed at creating the file") && ended.stderr.contains("No such file"),
        "{}",
        ended.stderr
    );
    assert!(part.exists() && !case.output().exists());
    case.comes_to_its_end(2, "the loss of all checkpoints");
}

#[test]
fn exact_a_full_disk_costs_a_checkpoint_and_a_life_that_has_to_end_says_so() {
    let case = Case::new("full", 400);
    let folder = case.scratch.path().join("run.nc.run");
    for (told, status, text) in [
        // The run goes on without a newer checkpoint and into the space that its output has reserved.
        (None, 0, "no checkpoint after step"),
        (Some("USR1"), 3, "failed at finding room: it needs"),
    ] {
        let mut disk = None;
        let ended = disturbed(&case, told, || {
            // The checkpoints move to a disk of their own, which somebody else fills.
            let kept = case.scratch.path().join("kept");
            std::fs::rename(&folder, &kept).unwrap();
            std::fs::create_dir(&folder).unwrap();
            disk = SmallDisk::mount(&folder, "1m");
            assert!(Command::new("cp").arg("-r").args([kept.join("."), folder.clone()]).status().unwrap().success());
            std::fs::remove_dir_all(&kept).unwrap();
            if disk.is_some() {
                drop(std::fs::write(folder.join("filler"), vec![1_u8; 1 << 20]));
            }
        });
        if disk.is_none() {
            eprintln!("skipped: mounting a tmpfs is not allowed here");
            return;
        }
        assert_eq!(ended.status, status, "{}", ended.stderr);
        assert!(ended.stderr.contains(text), "{}", ended.stderr);
        std::fs::remove_file(folder.join("filler")).unwrap();
        if status == 0 {
            assert_equal(&case.reference, &case.output());
            continue;
        }
        let last = chemdrift(2, &["run", case.deck.to_str().unwrap(), "--restart"]);
        assert!(last.status == 0 && last.stderr.contains("continues after step"), "{}", last.stderr);
        assert_equal(&case.reference, &case.output());
    }
}

#[test]
fn exact_more_than_a_machine_holds_is_refused_with_the_numbers() {
    let scratch = Scratch::new("too-many");
    let ts1 = project().join("inputs/ts1_lhs.yaml").display().to_string();
    let walk = "title: walk\nfields: {mesh: flat, Kh: {constant: 1 m2 s-1}}\nparticles:\n  count: COUNT\n  release: {at: [0, 0]}\n  \
                kernels: [diffusion_uniform]\ntime: {step: 1 s, end: 20 s}\noutput: {file: run.nc}\n";
    let cells = std::fs::read_to_string(&ts1)
        .unwrap()
        .replace(": mechanisms/", &format!(": {}/inputs/mechanisms/", project().display()));
    assert!(cells.contains("count: 1000\n"));
    for (name, text) in [("cells", cells.replace("count: 1000\n", "count: COUNT\n")), ("particles", walk.to_owned())] {
        for (number, status) in [("1e9", 0), ("1e12", 2)] {
            let machine = std::fs::read_to_string("/proc/meminfo").unwrap();
            let kibibytes = machine.split_whitespace().nth(1).and_then(|total| total.parse::<u64>().ok()).unwrap();
            if (name, number) == ("particles", "1e9") && kibibytes > 50_000_000 {
                eprintln!("skipped: this machine may hold 1e9 particles");
                continue;
            }
            let deck = scratch.file("deck.yaml", text.replace("COUNT", number));
            let run = chemdrift(2, &["run", deck.to_str().unwrap()]);
            assert_eq!(run.status, 4, "{}", run.stderr);
            assert!(run.stderr.contains(&format!("{name} on 2 ranks need")), "{}", run.stderr);
            assert!(run.stderr.contains("of memory on") && run.stderr.contains("is free there"), "{}", run.stderr);
            let check = chemdrift(0, &["check", deck.to_str().unwrap()]);
            assert_eq!(check.status, status, "{}", check.stderr);
            let expected = if status == 0 { "of memory at least" } else { "are too many" };
            assert!(format!("{}{}", check.stdout, check.stderr).contains(expected), "{}", check.stdout);
        }
    }
}
