//! Job scripts: the text that a batch scheduler runs, from a site's profile and what the user asks for.
//!
//! A script serves the first life of a run and all later ones. It is told ahead of the wall time's end, passes that on
//! to the run, which writes a checkpoint and ends with status 85, and then puts itself into the queue again, until the
//! run is done or has got no further for a few lives.

mod headers;
mod layout;
pub mod walltime;

use layout::Layout;

/// The part of a script that does not depend on the scheduler. `@WORDS@` are replaced.
const LIFE: &str = include_str!("life.sh");

/// Lives without a newer checkpoint after which a script gives up.
const MOST_FRUITLESS: u64 = 3;

/// The batch scheduler of a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheduler {
    Slurm,
    Pbs,
}

impl Scheduler {
    /// How much earlier than asked for the notice may come, s: sbatch(1), `--signal`, names a minute.
    fn slack(self) -> u64 {
        match self {
            Self::Slurm => 60,
            Self::Pbs => 0,
        }
    }
}

/// What is known of a site. Counts of zero are not meaningful; durations are in seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The name that was asked for, `derecho`.
    pub name: String,
    /// For people, `NCAR Derecho, CPU nodes`.
    pub title: String,
    pub scheduler: Scheduler,
    /// Cores of a node, one rank each at most.
    pub cores: u64,
    /// Hardware threads of a core that the scheduler counts as processors.
    pub threads_per_core: u64,
    /// Nodes that a job may have.
    pub nodes: Option<u64>,
    /// Longest wall time, s.
    pub longest: Option<u64>,
    pub account: Account,
    /// PBS queue or SLURM partition.
    pub queue: Option<String>,
    /// Further directives as they are written after `#SBATCH` or `#PBS`.
    pub directives: Vec<String>,
    /// Whether jobs share nodes, so that only the cores of the ranks are asked for.
    pub shared: bool,
    /// Memory for each rank, GiB, where jobs share nodes.
    pub memory: Option<u64>,
    pub modules: Vec<String>,
    /// Names and values; values may use variables of the shell.
    pub environment: Vec<(String, String)>,
    /// Folder for temporary files; may use variables of the shell.
    pub scratch: Option<String>,
    /// The command that starts the ranks, with `{ranks}`, `{ranks_per_node}` and `{nodes}`.
    pub launcher: String,
    /// How long before the end of the wall time the run is told, s.
    pub notice: u64,
    /// How long a job that is preempted may still run, s; none where jobs are not preempted.
    pub grace: Option<u64>,
}

/// Who pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Account {
    /// The site wants one and the profile has none.
    Required,
    /// The site may do without.
    Optional,
    Named(String),
}

/// What the user asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Decks and the files that they write, as seen from the folder of submission; several make a job array.
    pub decks: Vec<(String, String)>,
    pub ranks: u64,
    pub ranks_per_node: Option<u64>,
    /// Wall time, s.
    pub walltime: u64,
    pub account: Option<String>,
    /// The chemdrift to run.
    pub program: String,
    /// Where the script will stand, when that is known.
    pub file: Option<String>,
}

/// A request that a site does not allow, with what to type instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub message: String,
    pub help: String,
}

/// Writes the script.
///
/// # Errors
/// Everything that the site does not allow.
pub fn write(site: &Site, job: &Job) -> Result<String, Vec<Refusal>> {
    let layout = layout::of(site, job)?;
    let mut script = headers::write(site, job, &layout);
    script.push_str(&fill(LIFE, &words(site, job, &layout)));
    Ok(script)
}

/// What stands for each word of the template.
fn words(site: &Site, job: &Job, layout: &Layout) -> Vec<(&'static str, String)> {
    let array = job.decks.len() > 1;
    let (folder, id, index) = match site.scheduler {
        Scheduler::Slurm => ("SLURM_SUBMIT_DIR", "SLURM_JOB_ID", "$SLURM_ARRAY_TASK_ID"),
        // A life after the first is no part of the array any more and has its number in `TASK`.
        Scheduler::Pbs => ("PBS_O_WORKDIR", "PBS_JOBID", "${TASK:-$PBS_ARRAY_INDEX}"),
    };
    vec![
        ("FOLDER", folder.to_owned()),
        ("JOB", id.to_owned()),
        ("DECK", decks(job, index)),
        ("PROGRAM", quoted(&job.program)),
        ("SCRIPT", job.file.as_deref().map_or_else(|| "$0".to_owned(), quoted)),
        ("ENVIRONMENT", environment(site)),
        ("MOST", MOST_FRUITLESS.to_string()),
        ("LAUNCH", launch(site, job, layout)),
        ("TAKEN", taken(site)),
        ("AGAIN", again(site.scheduler, array)),
    ]
}

fn decks(job: &Job, index: &str) -> String {
    if let [(deck, output)] = &job.decks[..] {
        return format!("deck={}\noutput={}", quoted(deck), quoted(output));
    }
    let list = |what: fn(&(String, String)) -> &String| {
        let items: Vec<_> = job.decks.iter().map(|pair| quoted(what(pair))).collect();
        items.join(" ")
    };
    let (decks, outputs) = (list(|pair| &pair.0), list(|pair| &pair.1));
    format!("decks=({decks})\noutputs=({outputs})\ntask={index}\ndeck=${{decks[$task]}}\noutput=${{outputs[$task]}}")
}

fn environment(site: &Site) -> String {
    let mut lines = Vec::new();
    if !site.modules.is_empty() {
        lines.push("module purge".to_owned());
        lines.extend(site.modules.iter().map(|module| format!("module load {module}")));
        lines.push("module list".to_owned());
    }
    for (name, value) in &site.environment {
        lines.push(format!("export {name}=\"{value}\""));
    }
    if site.scheduler == Scheduler::Slurm && !site.shared {
        lines.push("export SRUN_CPUS_PER_TASK=$SLURM_CPUS_PER_TASK # srun takes it from nowhere else".to_owned());
    }
    if let Some(folder) = &site.scratch {
        lines.push(format!("export TMPDIR=\"{folder}\""));
        lines.push("mkdir -p \"$TMPDIR\"".to_owned());
    }
    if lines.is_empty() { String::new() } else { format!("\n{}", lines.join("\n")) }
}

/// The launcher, on PBS with the clock that SLURM has itself: `timeout` sends the notice and passes the status on.
fn launch(site: &Site, job: &Job, layout: &Layout) -> String {
    let launcher = site
        .launcher
        .replace("{ranks}", &job.ranks.to_string())
        .replace("{ranks_per_node}", &layout.ranks_per_node.to_string())
        .replace("{nodes}", &layout.nodes.to_string());
    match site.scheduler {
        Scheduler::Slurm => launcher,
        Scheduler::Pbs => {
            let seconds = job.walltime - site.notice;
            format!("timeout --preserve-status --signal=USR1 {seconds} {launcher}")
        }
    }
}

/// What a script does that the scheduler wants to end.
fn taken(site: &Site) -> String {
    match site.grace {
        // A job that ends by itself counts as done; only one that is still there goes back into the queue.
        Some(grace) => {
            format!("say \"waiting to be taken back into the queue\"\n    sleep {grace} &\n    wait $!\n    exit 85")
        }
        None => "say \"submit the script again to go on from there\"\n    exit 85".to_owned(),
    }
}

/// Puts the script into the queue once more. SLURM takes the same job back where the site allows that.
fn again(scheduler: Scheduler, array: bool) -> String {
    let submit = match (scheduler, array) {
        (Scheduler::Slurm, false) => "sbatch --dependency=\"afterany:$SLURM_JOB_ID\" \"$script\"",
        (Scheduler::Slurm, true) => "sbatch --array=\"$task\" --dependency=\"afterany:$SLURM_JOB_ID\" \"$script\"",
        (Scheduler::Pbs, false) => "qsub -W depend=afterany:\"$PBS_JOBID\" \"$script\"",
        (Scheduler::Pbs, true) => {
            "sed '/^#PBS -J/d' \"$script\" | qsub -v TASK=\"$task\" -W depend=afterany:\"$PBS_JOBID\""
        }
    };
    let requeue = match scheduler {
        Scheduler::Slurm => {
            "if scontrol requeue \"$SLURM_JOB_ID\"; then\n    sleep 60 # the scheduler ends this script before\n    exit 85\nfi\n"
        }
        Scheduler::Pbs => "",
    };
    format!("{requeue}{submit} || say \"could not submit itself; submit it by hand to go on\"")
}

/// Replaces each `@WORD@`; a line whose word is empty goes.
fn fill(template: &str, words: &[(&str, String)]) -> String {
    let mut out = String::new();
    for line in template.lines() {
        let mut filled = line.to_owned();
        for (word, text) in words {
            filled = filled.replace(&format!("@{word}@"), text);
        }
        if !filled.is_empty() || line.is_empty() {
            out.push_str(&filled);
            out.push('\n');
        }
    }
    out
}

/// A word for the shell, in quotes only where it needs them.
#[must_use]
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/+:=,%@".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests;
