//! Job scripts: the examples are what the program writes, and a script does the right thing however its run ends.

use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use crate::launch::{Ended, chemdrift, command, finish, start};
use crate::scratch::{Scratch, project};

/// A site whose launcher is none, so that the script starts the double alone.
const SITE: &str = "\
title: a test
node: {cores: 4}
launcher: env RANKS={ranks}
notice: 1 s
";

/// A folder with a deck, a site, a script for it called `job`, and doubles for all that the script calls.
fn job(name: &str, site: &str, options: &[&str]) -> Scratch {
    let scratch = Scratch::new(name);
    for deck in ["run", "other"] {
        let text = std::fs::read_to_string(project().join("inputs/robertson.yaml")).unwrap();
        let lines = text.lines().map(|line| match line.trim_start().strip_prefix("file:") {
            Some(_) => format!("  file: {deck}.nc\n"),
            None => {
                format!("{}\n", line.replace("mechanisms/", &format!("{}/inputs/mechanisms/", project().display())))
            }
        });
        scratch.file(&format!("{deck}.yaml"), lines.collect::<String>());
    }
    scratch.file("site.yaml", format!("{SITE}{site}"));
    for double in ["chemdrift", "scontrol", "sbatch", "qsub"] {
        std::fs::copy(project().join("tests/suite/jobscripts/double.sh"), scratch.path().join(double)).unwrap();
    }
    let mut write = command(0, Path::new(env!("CARGO_BIN_EXE_chemdrift")));
    write.current_dir(scratch.path()).args(["jobscript", "run.yaml", "--site", "./site.yaml", "--ranks", "2"]);
    // SLURM's own clock gives the notice, and nothing here does; on PBS the script does, after a second.
    let walltime = if site.contains("pbs") { "2 s" } else { "10 min" };
    write.args(["--walltime", walltime, "--program", "./chemdrift", "-o", "job"]).args(options);
    let ended = finish(start(&mut write));
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    scratch
}

/// Starts the script as a scheduler does.
fn begin(scratch: &Scratch, behaviour: &str, variables: &[(&str, &str)]) -> Child {
    drop(std::fs::remove_file(scratch.path().join("ready")));
    let path = format!("{}:{}", scratch.path().display(), std::env::var("PATH").unwrap());
    let mut script = Command::new("bash");
    script.arg("job").current_dir(scratch.path()).env("PATH", path).env("BEHAVIOUR", behaviour);
    script.env("SLURM_JOB_ID", "12").env("PBS_JOBID", "34.server").envs(variables.iter().copied());
    start(&mut script)
}

fn live(scratch: &Scratch, behaviour: &str, variables: &[(&str, &str)]) -> Ended {
    finish(begin(scratch, behaviour, variables))
}

/// Waits until the run is under way.
fn wait_until_ready(scratch: &Scratch) {
    let begun = Instant::now();
    while !scratch.path().join("ready").exists() {
        assert!(begun.elapsed() < Duration::from_secs(30), "the run does not begin");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Starts the script and sends it a signal when the run is under way.
fn interrupted(scratch: &Scratch, behaviour: &str, signal: &str) -> Ended {
    let child = begin(scratch, behaviour, &[]);
    wait_until_ready(scratch);
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
    finish(child)
}

fn calls(scratch: &Scratch) -> String {
    std::fs::read_to_string(scratch.path().join("calls")).unwrap_or_default()
}

fn counted(scratch: &Scratch) -> bool {
    scratch.path().join("run.nc.lives").exists()
}

#[test]
fn exact_a_run_that_is_done_stays_done() {
    let scratch = job("job-done", "scheduler: slurm\n", &[]);
    let ended = live(&scratch, "done", &[]);
    assert_eq!(ended.status, 0, "{}{}", ended.stdout, ended.stderr);
    assert_eq!(calls(&scratch), "chemdrift run run.yaml --restart\n");
    assert!(!counted(&scratch));
}

#[test]
fn exact_a_wrong_deck_or_a_killed_rank_ends_the_job_with_its_status() {
    let scratch = job("job-wrong", "scheduler: slurm\n", &[]);
    assert_eq!(live(&scratch, "wrong", &[]).status, 2);
    assert_eq!(live(&scratch, "killed", &[]).status, 137);
    assert!(!calls(&scratch).contains("scontrol") && !calls(&scratch).contains("sbatch"), "{}", calls(&scratch));
    assert!(!counted(&scratch));
}

#[test]
fn exact_a_checkpointed_run_goes_back_into_the_queue() {
    let scratch = job("job-again", "scheduler: slurm\n", &[]);
    live(&scratch, "further", &[]);
    assert!(calls(&scratch).ends_with("scontrol requeue 12\n"), "{}", calls(&scratch));
    let ended = live(&scratch, "further", &[("NO_REQUEUE", "1")]);
    assert_eq!(ended.status, 85);
    assert!(calls(&scratch).ends_with("sbatch --dependency=afterany:12 job\n"), "{}", calls(&scratch));
}

#[test]
fn exact_three_lives_without_progress_are_enough() {
    let scratch = job("job-stuck", "scheduler: slurm\n", &[]);
    live(&scratch, "further", &[]);
    let before = calls(&scratch).matches("requeue").count();
    for _ in 0..2 {
        live(&scratch, "stuck", &[]);
    }
    let ended = live(&scratch, "stuck", &[]);
    assert_eq!(ended.status, 85);
    assert!(ended.stdout.contains("3 lives got no further than run.nc.run/step-000000000000.h5"), "{}", ended.stdout);
    assert_eq!(calls(&scratch).matches("requeue").count() - before, 2, "{}", calls(&scratch));
    // Submitted again by somebody who has seen to it, the run gets its chance.
    live(&scratch, "further", &[]);
    assert!(calls(&scratch).ends_with("scontrol requeue 12\n"), "{}", calls(&scratch));
}

#[test]
fn exact_lives_that_a_scheduler_cuts_off_are_counted_too() {
    let scratch = job("job-cut", "scheduler: slurm\n", &[]);
    for _ in 0..3 {
        let mut child = begin(&scratch, "waits", &[]);
        wait_until_ready(&scratch);
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let ended = live(&scratch, "waits", &[]);
    assert!(ended.status == 85 && ended.stdout.contains("got no further than the beginning"), "{}", ended.stdout);
}

#[test]
fn exact_the_notice_reaches_the_run_and_the_job_comes_again() {
    let scratch = job("job-notice", "scheduler: slurm\n", &[]);
    let ended = interrupted(&scratch, "waits", "-USR1");
    assert!(scratch.path().join("run.nc.run/step-000000000007.h5").exists(), "{}", ended.stdout);
    assert!(calls(&scratch).ends_with("scontrol requeue 12\n"), "{}", calls(&scratch));
    // A run that dies of the notice, because it has only just begun, comes again as well.
    interrupted(&scratch, "deaf", "-USR1");
    assert_eq!(calls(&scratch).matches("scontrol requeue 12\n").count(), 2, "{}", calls(&scratch));
}

#[test]
fn exact_a_cancelled_job_writes_its_checkpoint_and_does_not_come_again() {
    let scratch = job("job-cancel", "scheduler: slurm\n", &[]);
    let ended = interrupted(&scratch, "waits", "-TERM");
    assert_eq!(ended.status, 85);
    assert!(ended.stdout.contains("submit the script again"), "{}", ended.stdout);
    assert!(!calls(&scratch).contains("scontrol") && !calls(&scratch).contains("sbatch"), "{}", calls(&scratch));
}

#[test]
fn exact_a_preempted_job_waits_to_be_taken_back() {
    let scratch = job("job-preempt", "scheduler: pbs\ngrace: 1 s\n", &[]);
    let begun = Instant::now();
    let ended = interrupted(&scratch, "waits", "-TERM");
    assert!(ended.status == 85 && begun.elapsed() >= Duration::from_secs(1), "{}", ended.stdout);
    assert!(!calls(&scratch).contains("qsub"), "{}", calls(&scratch));
}

#[test]
fn exact_a_pbs_script_watches_its_own_wall_time() {
    let scratch = job("job-pbs", "scheduler: pbs\n", &[]);
    let ended = live(&scratch, "waits", &[]);
    assert_eq!(ended.status, 85, "{}{}", ended.stdout, ended.stderr);
    assert!(scratch.path().join("run.nc.run/step-000000000007.h5").exists(), "{}", ended.stdout);
    assert!(calls(&scratch).ends_with("qsub -W depend=afterany:34.server job\n"), "{}", calls(&scratch));
}

#[test]
fn exact_a_task_of_an_array_comes_again_alone() {
    let scratch = job("job-array", "scheduler: pbs\n", &["other.yaml"]);
    assert!(std::fs::read_to_string(scratch.path().join("job")).unwrap().contains("\n#PBS -J 0-1\n"));
    live(&scratch, "stuck", &[("PBS_ARRAY_INDEX", "1")]);
    let expected = "chemdrift run other.yaml --restart\nqsub -v TASK=1 -W depend=afterany:34.server\n";
    assert_eq!(calls(&scratch), expected);
    let submitted = std::fs::read_to_string(scratch.path().join("submitted")).unwrap();
    assert!(submitted.contains("#PBS -N ") && !submitted.contains("\n#PBS -J"), "{submitted}");
    live(&scratch, "stuck", &[("TASK", "1")]);
    assert!(calls(&scratch).ends_with(expected), "{}", calls(&scratch));
}

#[test]
fn regress_the_examples_are_what_the_program_writes() {
    let scratch = Scratch::new("examples");
    std::os::unix::fs::symlink(project().join("inputs"), scratch.path().join("inputs")).unwrap();
    std::fs::create_dir_all(scratch.path().join("jobscripts/examples")).unwrap();
    let list = std::fs::read_to_string(project().join("jobscripts/examples.txt")).unwrap();
    for line in list.lines().filter(|line| !line.starts_with('#')) {
        let mut write = command(0, Path::new(env!("CARGO_BIN_EXE_chemdrift")));
        write.current_dir(scratch.path()).arg("jobscript").args(line.split_whitespace());
        let ended = finish(start(&mut write));
        assert_eq!(ended.status, 0, "{line}: {}", ended.stderr);
        let example = line.split_whitespace().last().unwrap();
        let written = std::fs::read_to_string(scratch.path().join(example)).unwrap();
        let kept = std::fs::read_to_string(project().join(example)).unwrap_or_default();
        assert!(written == kept, "{example} is out of date: `make jobscripts` writes it anew");
        let syntax = Command::new("bash").arg("-n").arg(project().join(example)).status().unwrap();
        assert!(syntax.success(), "{example}");
    }
}

#[test]
fn wrong_requests_are_answered_all_at_once() {
    let deck = project().join("inputs/abc_lhs.yaml");
    let mut arguments = vec!["jobscript", deck.to_str().unwrap(), "--site", "derecho"];
    arguments.extend(["--ranks", "9999999", "--walltime", "30"]);
    let ended = chemdrift(0, &arguments);
    assert_eq!(ended.status, 2);
    for expected in ["`30 min`", "--ranks 318464 or less", "--account NAME", "3 mistakes"] {
        assert!(ended.stderr.contains(expected), "`{expected}` is not in:\n{}", ended.stderr);
    }
    assert!(ended.stdout.is_empty());
}

#[test]
fn exact_no_script_of_a_wrong_deck() {
    let scratch = Scratch::new("job-deck");
    let deck = scratch.file("deck.yaml", "title: nothing\n");
    let file = scratch.path().join("job");
    let mut arguments = vec!["jobscript", deck.to_str().unwrap(), "--site", "generic-slurm", "--ranks", "2"];
    arguments.extend(["--walltime", "1h", "-o", file.to_str().unwrap()]);
    let ended = chemdrift(0, &arguments);
    assert!(ended.status == 2 && ended.stderr.contains("deck.yaml"), "{}", ended.stderr);
    assert!(!file.exists());
}
