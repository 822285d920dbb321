//! Starts the program alone or under mpirun, and never waits for it longer than three minutes, which a busy machine may take.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::scratch::Scratch;

const PATIENCE: Duration = Duration::from_secs(180);

/// One job at a time: ranks poll while they wait, so that two jobs on few cores starve each other.
static MACHINE: Mutex<()> = Mutex::new(());

pub struct Ended {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

/// A command that runs `program` on `ranks` ranks; 0 means without a launcher.
pub fn command(ranks: usize, program: &Path) -> Command {
    if ranks == 0 {
        return Command::new(program);
    }
    let mut command = Command::new(std::env::var("MPIRUN").unwrap_or_else(|_| "mpirun".into()));
    // OpenMPI's words for containers and small machines; other launchers ignore the environment.
    command.env("OMPI_ALLOW_RUN_AS_ROOT", "1").env("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1");
    command.env("OMPI_MCA_rmaps_base_oversubscribe", "1").env("OMPI_MCA_mpi_yield_when_idle", "1");
    command.env("OMPI_MCA_hwloc_base_binding_policy", "none");
    command.arg("-n").arg(ranks.to_string()).arg(program);
    command
}

/// Ranks of a job, which are children of the launcher, or the job itself where there is none.
pub fn ranks_of(job: &Child) -> Vec<u32> {
    let pid = job.id();
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    let ranks: Vec<u32> = children.split_whitespace().map(|pid| pid.parse().expect("a number")).collect();
    if ranks.is_empty() { vec![pid] } else { ranks }
}

/// Waits until a rank has stopped because `CHEMDRIFT_FAULT` says so, and returns it.
pub fn stopped(job: &mut Child) -> u32 {
    let begun = Instant::now();
    loop {
        let is_stopped = |pid: &u32| {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('T'))
        };
        if let Some(rank) = ranks_of(job).into_iter().find(is_stopped) {
            return rank;
        }
        assert!(job.try_wait().expect("the job can be asked").is_none(), "the job ended before it could be stopped");
        assert!(begun.elapsed() < PATIENCE, "no rank stops");
        std::thread::sleep(Duration::from_millis(2));
    }
}

pub fn signal(name: &str, pid: u32) {
    drop(Command::new("kill").args([&format!("-{name}"), &pid.to_string()]).status());
}

/// Kills all of a job as a node does that loses its power.
pub fn kill(job: &Child) {
    let ranks = ranks_of(job);
    signal("KILL", job.id());
    for rank in ranks {
        signal("KILL", rank);
    }
}

/// Runs chemdrift to its end.
pub fn chemdrift(ranks: usize, arguments: &[&str]) -> Ended {
    let mut command = command(ranks, Path::new(env!("CARGO_BIN_EXE_chemdrift")));
    command.args(arguments);
    let machine = machine();
    let ended = finish(start(&mut command));
    drop(machine);
    ended
}

/// Runs the text of a deck, which must end well, and returns the file that it writes.
pub fn run(scratch: &Scratch, name: &str, deck: &str, ranks: usize, options: &[&str]) -> PathBuf {
    let deck = scratch.file(&format!("{name}.yaml"), deck);
    let output = scratch.path().join(format!("{name}-{ranks}.nc"));
    let mut arguments = vec!["run", deck.to_str().unwrap(), "-o", output.to_str().unwrap()];
    arguments.extend(options);
    let ended = chemdrift(ranks, &arguments);
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    output
}

/// Keeps other jobs away until dropped.
pub fn machine() -> MutexGuard<'static, ()> {
    MACHINE.lock().unwrap_or_else(PoisonError::into_inner)
}

pub fn start(command: &mut Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("the program starts")
}

/// Waits for a job; one that hangs is killed and fails the test.
pub fn finish(mut child: Child) -> Ended {
    let begun = Instant::now();
    let out = drain(child.stdout.take().expect("a pipe"));
    let err = drain(child.stderr.take().expect("a pipe"));
    let status = loop {
        if let Some(status) = child.try_wait().expect("the job can be asked") {
            break status;
        }
        if begun.elapsed() > PATIENCE {
            drop(child.kill());
            panic!("the job hangs; it was killed after {PATIENCE:?}");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    Ended { status: status.code().unwrap_or(-1), stdout: out.join().unwrap(), stderr: err.join().unwrap() }
}

/// Reads a pipe to its end beside the waiting, so that a talkative job cannot fill it and stop.
fn drain(mut pipe: impl Read + Send + 'static) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        drop(pipe.read_to_end(&mut bytes));
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
