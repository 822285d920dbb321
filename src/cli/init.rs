//! `chemdrift init`: a deck to start from, with all that it needs, in the current folder.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use clap::{Args, ValueEnum};

use super::{print, say};
use crate::error::Error;

/// What can be typed.
#[derive(Debug, Args)]
pub struct Options {
    /// Which deck; without it they are listed
    start: Option<Start>,
}

/// The decks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Start {
    Abc,
    Ts1,
    Brownian,
    Currents,
}

impl Start {
    /// Name, what it is about, and the files: the deck first.
    fn parts(self) -> (&'static str, &'static str, &'static [(&'static str, &'static str)]) {
        match self {
            Self::Abc => ("abc", "three species in ten thousand sampled cells, a second", ABC),
            Self::Ts1 => ("ts1", "MOZART-TS1, 209 species, in a thousand sampled cells", TS1),
            Self::Brownian => ("brownian", "random walks on the sphere, an ensemble of four realisations", BROWNIAN),
            Self::Currents => ("currents", "particles in an ocean gyre, with variables of their own", CURRENTS),
        }
    }
}

macro_rules! shipped {
    ($path:literal) => {
        ($path, include_str!(concat!("../../inputs/", $path)))
    };
}

const ABC: &[(&str, &str)] = &[("abc.yaml", include_str!("init/abc.yaml")), shipped!("mechanisms/abc/mechanism.yaml")];
const TS1: &[(&str, &str)] = &[
    ("ts1.yaml", include_str!("init/ts1.yaml")),
    shipped!("mechanisms/ts1/mechanism.json"),
    shipped!("mechanisms/ts1/initial.csv"),
    shipped!("mechanisms/ts1/README.md"),
    shipped!("mechanisms/ts1/LICENSE.musica"),
];
const BROWNIAN: &[(&str, &str)] = &[("brownian.yaml", include_str!("init/brownian.yaml"))];
const CURRENTS: &[(&str, &str)] = &[("currents.yaml", include_str!("init/currents.yaml"))];

/// Writes the files; returns the exit status.
pub fn init_verb(options: &Options) -> u8 {
    let Some(start) = options.start else {
        let mut text = "decks to start from:\n".to_owned();
        for start in Start::value_variants() {
            let (name, about, _) = start.parts();
            let _ = writeln!(text, "  chemdrift init {name:9} {about}");
        }
        return print(&text);
    };
    let (name, _, files) = start.parts();
    if let Some((there, _)) = files.iter().find(|(path, text)| differs(Path::new(path), text)) {
        say(&format!(
            "chemdrift: {there} is there already and stays as it is\n  help: go to an empty folder, or move it away"
        ));
        return 2;
    }
    let mut told = String::new();
    for (path, text) in files {
        match write(Path::new(path), text) {
            Ok(done) => drop(writeln!(told, "{done} {path}")),
            Err(reason) => {
                let error = Error::File { path: path.into(), action: "write", reason: reason.to_string() };
                say(&format!("chemdrift: {error}"));
                return error.exit_status();
            }
        }
    }
    let _ = writeln!(told, "next: chemdrift check {name}.yaml, then mpirun -n 2 chemdrift run {name}.yaml");
    print(&told)
}

/// Whether something else has the name. The same file again is no reason to stop: a first try may have ended half-way.
fn differs(path: &Path, text: &str) -> bool {
    path.exists() && fs::read(path).map_or(true, |bytes| bytes != text.as_bytes())
}

/// Writes a file unless it is there; returns the word for what was done.
fn write(path: &Path, text: &str) -> std::io::Result<&'static str> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    if path.exists() {
        return Ok("kept ");
    }
    OpenOptions::new().write(true).create_new(true).open(path)?.write_all(text.as_bytes())?;
    Ok("wrote")
}
