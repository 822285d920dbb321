//! `chemdrift dashboard`: a run in a browser.

use std::path::PathBuf;

use clap::Args;

use super::status::find;
use super::stop::Stop;
use super::{print, say};
use crate::dashboard::{Dashboard, Source};
use crate::io::status_files::look;
use crate::monitor::{Seen, json_history};
use crate::telemetry::available::host;

/// What can be typed.
#[derive(Debug, Args)]
pub struct Options {
    /// The folder of a run (OUTPUT.run), its output file, or its deck
    run: PathBuf,
    /// Listen on this port; any free one without it
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    port: u16,
}

/// Lines of the history that a page gets, at most: more than it has pixels.
const LINES: usize = 1500;

struct Folder(PathBuf);

impl Folder {
    fn look(&self) -> Result<Seen, String> {
        look(&self.0).map_err(|error| error.to_string())
    }
}

impl Source for Folder {
    fn status(&self) -> Result<String, String> {
        self.look().map(|seen| seen.json())
    }

    fn progress(&self) -> Result<String, String> {
        self.look().map(|seen| json_history(&seen.history, LINES))
    }
}

/// Serves the page until somebody ends it; returns the exit status of what goes wrong before.
pub fn dashboard_verb(options: &Options) -> u8 {
    let folder = match find(&options.run).and_then(|folder| look(&folder).map_err(Stop::File)) {
        Ok(seen) => seen.folder,
        Err(stop) => return stop.told(),
    };
    let dashboard = match Dashboard::bind(options.port) {
        Ok(dashboard) => dashboard,
        Err(reason) => {
            let port = options.port;
            say(&format!("chemdrift: cannot listen on port {port}: {reason}; leave --port out to take a free one"));
            return 4;
        }
    };
    let (port, host) = (dashboard.port(), host());
    print(&format!(
        "{}\nFrom another machine, in a terminal there:\n  ssh -N -L {port}:127.0.0.1:{port} {host}\nthen open the address \
         there. Whoever has the address sees the run; Ctrl-C ends this.\n",
        dashboard.address()
    ));
    dashboard.serve(Folder(folder))
}
