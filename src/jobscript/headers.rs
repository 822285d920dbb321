//! The head of a script: what it is, and the directives of the scheduler.

use super::layout::Layout;
use super::walltime::spelling;
use super::{Account, Job, Scheduler, Site};

/// The first lines of a script.
pub fn write(site: &Site, job: &Job, layout: &Layout) -> String {
    let lines = match site.scheduler {
        Scheduler::Slurm => slurm(site, job, layout),
        Scheduler::Pbs => pbs(site, job, layout),
    };
    let mark = match site.scheduler {
        Scheduler::Slurm => "#SBATCH",
        Scheduler::Pbs => "#PBS",
    };
    let mut out = format!("#!/bin/bash\n{}\n", comment(site, job));
    for line in lines.iter().chain(&site.directives) {
        out.push_str(&format!("{mark} {line}\n"));
    }
    out
}

fn comment(site: &Site, job: &Job) -> String {
    let what = match &job.decks[..] {
        [(deck, _)] => deck.clone(),
        decks => format!("{} decks, each", decks.len()),
    };
    let ranks = if job.ranks == 1 { "1 rank".to_owned() } else { format!("{} ranks", job.ranks) };
    let submit = match site.scheduler {
        Scheduler::Slurm => "sbatch",
        Scheduler::Pbs => "qsub",
    };
    let file = job.file.as_deref().unwrap_or("FILE");
    format!(
        "# {what} on {ranks}, {} ({}).\n# Written by `chemdrift jobscript`, to be submitted from the folder where that was typed:\n#     {submit} {file}",
        site.title, site.name
    )
}

fn account<'a>(site: &'a Site, job: &'a Job) -> Option<&'a str> {
    let of_site = if let Account::Named(name) = &site.account { Some(name.as_str()) } else { None };
    job.account.as_deref().or(of_site)
}

/// Names of jobs: letters, digits and a few marks, beginning with a letter, at most 15 characters for old PBS.
fn name(job: &Job) -> String {
    let deck = job.decks.first().map_or("", |(deck, _)| deck.as_str());
    let file = deck.rsplit('/').next().unwrap_or(deck);
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let name: String = stem.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect();
    let name = if name.starts_with(|c: char| c.is_ascii_alphabetic()) { name } else { format!("run_{name}") };
    name.chars().take(15).collect()
}

fn slurm(site: &Site, job: &Job, layout: &Layout) -> Vec<String> {
    let array = job.decks.len() > 1;
    let mut lines = vec![
        format!("--job-name={}", name(job)),
        format!("--nodes={}", layout.nodes),
        format!("--ntasks={}", job.ranks),
        format!("--ntasks-per-node={}", layout.ranks_per_node),
    ];
    if !site.shared {
        lines.push(format!("--cpus-per-task={}", site.cores / layout.ranks_per_node * site.threads_per_core));
    }
    if let Some(memory) = site.memory.filter(|_| site.shared) {
        lines.push(format!("--mem-per-cpu={memory}G"));
    }
    lines.push(format!("--time={}", spelling(job.walltime)));
    lines.extend(account(site, job).map(|name| format!("--account={name}")));
    lines.extend(site.queue.iter().map(|queue| format!("--partition={queue}")));
    if array {
        lines.push(format!("--array=0-{}", job.decks.len() - 1));
    }
    lines.push(format!("--output=%x-{}.out", if array { "%A_%a" } else { "%j" }));
    lines.push("--open-mode=append".to_owned());
    lines.push("--requeue".to_owned());
    lines.push(format!("--signal=B:USR1@{}", site.notice));
    lines
}

fn pbs(site: &Site, job: &Job, layout: &Layout) -> Vec<String> {
    let ncpus = if site.shared { layout.ranks_per_node } else { site.cores };
    let mut chunk = format!("select={}:ncpus={ncpus}:mpiprocs={}:ompthreads=1", layout.nodes, layout.ranks_per_node);
    if let Some(memory) = site.memory.filter(|_| site.shared) {
        chunk.push_str(&format!(":mem={}GB", memory * layout.ranks_per_node));
    }
    let mut lines = vec![format!("-N {}", name(job))];
    lines.extend(account(site, job).map(|name| format!("-A {name}")));
    lines.extend(site.queue.iter().map(|queue| format!("-q {queue}")));
    lines.push(format!("-l {chunk}"));
    lines.push(format!("-l walltime={}", spelling(job.walltime)));
    if job.decks.len() > 1 {
        lines.push(format!("-J 0-{}", job.decks.len() - 1));
    }
    lines.extend(["-j oe", "-k eod", "-r y"].map(str::to_owned));
    lines
}
