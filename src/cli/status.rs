//! `chemdrift status`, and how the verbs that look at a run find it.

use std::path::{Path, PathBuf};

use clap::Args;

use super::stop::Stop;
use super::{print, say};
use crate::deck::{Overrides, check};
use crate::error::Error;
use crate::io::run_folder;
use crate::io::status_files::{STATUS, look, runs_below};
use crate::monitor::{Seen, json_list, table, text};
use crate::run::gather;

/// What can be typed.
#[derive(Debug, Args)]
pub struct Options {
    /// The folder of a run (OUTPUT.run), its output file, or its deck; without it the runs below this folder are listed
    run: Option<PathBuf>,
    /// Print JSON for scripts (docs/monitoring.md)
    #[arg(long)]
    json: bool,
}

/// Prints how a run is; returns its exit status.
pub fn status_verb(options: &Options) -> u8 {
    let Some(run) = &options.run else { return list(options.json) };
    match find(run).and_then(|folder| look(&folder).map_err(Stop::File)) {
        Ok(seen) => {
            print(&if options.json { seen.json() } else { text(&seen) });
            seen.life.exit_status()
        }
        Err(stop) => stop.told(),
    }
}

fn list(json: bool) -> u8 {
    let all = runs_below(Path::new("."));
    if json {
        return print(&json_list(&all));
    }
    if all.is_empty() {
        say("no run has told anything in this folder or below: name its output file, `chemdrift status FILE.nc`");
        return 0;
    }
    print(&table(&all))
}

/// The folder of the run that is meant by a folder, an output file or a deck.
pub fn find(run: &Path) -> Result<PathBuf, Stop> {
    let has = |folder: &Path| folder.join(STATUS).exists();
    let named = run_folder::of(run);
    if has(run) || has(&named) {
        return Ok(if has(run) { run.to_owned() } else { named });
    }
    if run.is_file() && run.extension().is_some_and(|ending| ["yaml", "yml", "json"].iter().any(|e| ending == *e)) {
        return of_deck(run);
    }
    if run.is_dir() {
        let inside = run.display();
        return Err(Stop::Request(
            format!(
                "{inside} is not the folder of a run: it has no {STATUS}; name OUTPUT.run, or `cd {inside} && chemdrift status` \
             to list the runs in it"
            ),
            None,
        ));
    }
    Err(Stop::Request(
        format!(
            "no run has told anything in {}: name the output file of a run, its folder, or its deck; `chemdrift status` lists \
         the runs below this folder",
            named.display()
        ),
        None,
    ))
}

/// The run of a deck: the one that was written last of those below this folder that name it, else that of its output.
fn of_deck(deck: &Path) -> Result<PathBuf, Stop> {
    let absolute = std::path::absolute(deck).unwrap_or_else(|_| deck.to_owned());
    let ours = |seen: &Seen| Path::new(&seen.status.deck) == absolute;
    if let Some(seen) = runs_below(Path::new(".")).into_iter().find(ours) {
        return Ok(seen.folder);
    }
    let plan =
        check(&gather(deck), &Overrides::default()).map_err(|report| Stop::File(Error::Deck(Box::new(report))))?;
    let folder = run_folder::of(&plan.output.file);
    if folder.join(STATUS).exists() {
        return Ok(folder);
    }
    Err(Stop::Request(
        format!(
            "no run of {} has told anything below this folder or in {}: name its output file",
            deck.display(),
            folder.display()
        ),
        None,
    ))
}
