//! `chemdrift jobscript`: checks the decks, asks the site, writes the script.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{print, refuse, say};
use crate::deck::{Overrides, check, site};
use crate::diagnostic::{Diagnostic, Report, Span};
use crate::jobscript::{Job, Refusal, Site, walltime, write};
use crate::run::gather;

/// What can be typed.
#[derive(Debug, Args)]
pub struct Options {
    /// The deck, a YAML file; several make a job array with one deck for each task
    #[arg(required = true)]
    decks: Vec<PathBuf>,
    /// Where it runs: generic-slurm, generic-pbs, derecho, derecho-preempt, casper, perlmutter, juwels, or a profile of
    /// your own
    #[arg(long, value_name = "NAME|FILE")]
    site: String,
    /// How many ranks, for each deck
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    ranks: u64,
    /// How long one life of the job may last, `06:00:00` or `6 h`; it submits itself again until the run is done
    #[arg(long, value_name = "TIME")]
    walltime: String,
    /// At most this many ranks on a node, for more memory each
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    ranks_per_node: Option<u64>,
    /// Who pays
    #[arg(short = 'A', long, value_name = "NAME")]
    account: Option<String>,
    /// The chemdrift that the job runs; without it this one
    #[arg(long, value_name = "PATH")]
    program: Option<String>,
    /// Write this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Writes the script or tells everything that is wrong; returns the exit status.
pub fn jobscript_verb(options: &Options) -> u8 {
    let walltime = walltime::parse(&options.walltime);
    let site = site::find(&options.site, &folders());
    let decks: Vec<_> = options.decks.iter().map(|deck| read_deck(deck, options.ranks)).collect();
    let mut wrong = Vec::new();
    if let Err((message, help)) = &walltime {
        wrong.push(Refusal { message: format!("--walltime: {message}"), help: help.clone() });
    }
    let mut right = true;
    for report in decks.iter().filter_map(|deck| deck.as_ref().err()).chain(site.as_ref().err()) {
        right = false;
        refuse(report);
    }
    let decks: Vec<_> = decks.into_iter().flatten().collect();
    if let Some(file) = twice(&decks) {
        let help = "give each deck an `output.file` of its own".to_owned();
        wrong.push(Refusal { message: format!("two of the decks write {file}"), help });
    }
    let script = site.ok().and_then(|site| {
        let job = Job {
            decks,
            ranks: options.ranks,
            ranks_per_node: options.ranks_per_node,
            // A wrong one has been told above; the other options are held against the site all the same.
            walltime: *walltime.as_ref().unwrap_or(&site.longest.unwrap_or(86_400)),
            account: options.account.clone(),
            program: options.program.clone().unwrap_or_else(this_program),
            file: options.output.as_ref().map(|file| file.display().to_string()),
        };
        allowed(&site, &job, &mut wrong)
    });
    if !wrong.is_empty() {
        return refuse(&of_command_line(wrong));
    }
    match script.filter(|_| right) {
        None => 2,
        Some(script) => match &options.output {
            None => print(&script),
            Some(file) => save(file, &script),
        },
    }
}

/// The script; what the site does not allow goes to `wrong`.
fn allowed(site: &Site, job: &Job, wrong: &mut Vec<Refusal>) -> Option<String> {
    write(site, job).map_err(|refusals| wrong.extend(refusals)).ok()
}

/// A deck and the file that it writes.
fn read_deck(deck: &Path, ranks: u64) -> Result<(String, String), Report> {
    let plan = check(&gather(deck), &Overrides::default())?;
    let count = plan.members.total();
    if ranks > count {
        say(&format!("{}: {ranks} ranks share {count} cells or particles: some have nothing to do", deck.display()));
    }
    Ok((deck.display().to_string(), plan.output.file.display().to_string()))
}

fn twice(decks: &[(String, String)]) -> Option<&str> {
    let known = |index: usize| decks[..index].iter().any(|(_, output)| *output == decks[index].1);
    (0..decks.len()).find(|index| known(*index)).map(|index| decks[index].1.as_str())
}

/// Where users keep profiles: the folders of CHEMDRIFT_SITES, and one in their home.
fn folders() -> Vec<PathBuf> {
    let named = std::env::var_os("CHEMDRIFT_SITES");
    let mut folders: Vec<PathBuf> = named.iter().flat_map(std::env::split_paths).collect();
    folders.extend(std::env::home_dir().map(|home| home.join(".config/chemdrift/sites")));
    folders
}

fn this_program() -> String {
    std::env::current_exe().map_or_else(|_| "chemdrift".to_owned(), |path| path.display().to_string())
}

fn of_command_line(wrong: Vec<Refusal>) -> Report {
    let file = "command line";
    let diagnostic = |Refusal { message, help }| Diagnostic {
        file: file.to_owned(),
        span: Span::default(),
        message,
        help: Some(help),
    };
    Report::new(wrong.into_iter().map(diagnostic).collect(), Vec::new())
}

/// Writes the file as a whole or not at all.
fn save(file: &Path, script: &str) -> u8 {
    let mut part = file.as_os_str().to_owned();
    part.push(".part");
    let written = std::fs::write(&part, script).and_then(|()| std::fs::rename(&part, file));
    if let Err(reason) = written {
        drop(std::fs::remove_file(&part));
        say(&format!("chemdrift: cannot write {}: {reason}", file.display()));
        return 3;
    }
    0
}
