//! `chemdrift watch`: a run in the terminal.

use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};

use clap::Args;

use super::status::find;
use super::stop::Stop;
use super::{print, say};
use crate::io::status_files::{look, runs_below};
use crate::monitor::{Life, Seen, table, text};
use crate::screen;

/// What can be typed.
#[derive(Debug, Args)]
pub struct Options {
    /// The folder of a run (OUTPUT.run), its output file, or its deck; without it the run below this folder that goes on
    run: Option<PathBuf>,
}

/// Shows a run; returns the exit status.
pub fn watch_verb(options: &Options) -> u8 {
    let terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
    let folder = match &options.run {
        Some(run) => find(run).map(Some),
        None => any(terminal),
    };
    let folder = match folder {
        Ok(Some(folder)) => folder,
        Ok(None) => return 0,
        Err(stop) => return stop.told(),
    };
    if !terminal {
        return match look(&folder) {
            Ok(seen) => {
                print(&text(&seen));
                seen.life.exit_status()
            }
            Err(error) => Stop::File(error).told(),
        };
    }
    shown(screen::watch(|| look(&folder).map_err(|error| error.to_string())).map(|()| 0))
}

/// The run that is meant where none is named: the only one that goes on, else the only one, else whichever somebody takes.
fn any(terminal: bool) -> Result<Option<PathBuf>, Stop> {
    let all = runs_below(Path::new("."));
    let live: Vec<Seen> = all.iter().filter(|seen| seen.life == Life::Running).cloned().collect();
    let several = if live.is_empty() { all } else { live };
    match &several[..] {
        [] => Err(Stop::Request(
            "no run has told anything in this folder or below: name its output file, `chemdrift watch FILE.nc`"
                .to_owned(),
            None,
        )),
        [only] => Ok(Some(only.folder.clone())),
        several if terminal => match screen::choose(several) {
            Ok(place) => Ok(place.map(|place| several[place].folder.clone())),
            Err(reason) => {
                shown(Err(reason));
                Ok(None)
            }
        },
        several => {
            print(&table(several));
            Ok(None)
        }
    }
}

/// The exit status, with what the terminal had to say.
fn shown(shown: io::Result<u8>) -> u8 {
    shown.unwrap_or_else(|reason| {
        say(&format!("chemdrift: this terminal cannot be used: {reason}; `chemdrift status` needs none"));
        4
    })
}
