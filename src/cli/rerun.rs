//! `chemdrift rerun`: the run of an output file once more, from what the file says of it.

use std::path::{Path, PathBuf};

use clap::{Args, FromArgMatches as _};
use serde::{Deserialize, Serialize};

use super::{Life, Shrink, start_to_run, tell};
use crate::comm::World;
use crate::comm::signals::Signals;
use crate::deck::{check, fingerprint};
use crate::error::Error;
use crate::io::compare::differences;
use crate::io::finished::FINGERPRINT;
use crate::io::results::Results;
use crate::plan::Work;
use crate::provenance::{self, FOLDER, OPTIONS};
use crate::run::{DeckFrom, Request, run};

/// What can be typed.
#[derive(Debug, Args)]
pub struct Options {
    /// An output file of chemdrift
    file: PathBuf,
    /// Write this file; without it NAME.again.nc beside the other
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    life: Life,
    /// Tell more in the log, from every rank
    #[arg(short, long)]
    verbose: bool,
}

/// What an output file says of the run that made it.
#[derive(Debug, Serialize, Deserialize)]
struct Origin {
    deck: PathBuf,
    text: String,
    seed: Option<u64>,
    /// Options that made the run smaller.
    options: String,
    fingerprint: String,
    mechanism: Option<String>,
    version: String,
}

/// **Collective.** Runs again and compares; returns the exit status.
pub fn rerun_verb(options: &Options) -> u8 {
    let (signals, world) = match start_to_run(options.verbose) {
        Ok(started) => started,
        Err(status) => return status,
    };
    rerun(&world, &signals, options).map_or_else(|error| tell(&world, &error), |()| 0)
}

fn rerun(world: &World, signals: &Signals, options: &Options) -> Result<(), Error> {
    let file = &options.file;
    let refuse = |reason: String| Error::NotRepeatable { path: file.clone(), reason };
    let read = if world.is_root() { origin(file) } else { Ok(None) };
    let bytes = world.agree(read)?.and_then(|origin| postcard::to_stdvec(&origin).ok()).unwrap_or_default();
    let origin: Origin =
        world.agree(postcard::from_bytes(&world.broadcast(bytes)).map_err(|reason| refuse(reason.to_string())))?;
    let shrink = world.agree(shrunk(&origin.options).map_err(refuse))?;
    let output = options.output.clone().unwrap_or_else(|| again(file));
    let overrides = shrink.overrides(Some(output.clone()));
    let deck = DeckFrom::Output { path: origin.deck.clone(), text: origin.text.clone(), seed: origin.seed };
    if world.is_root() && origin.version != provenance::version() {
        log::warn!("{} was made by chemdrift {}, this is {}", file.display(), origin.version, provenance::version());
    }
    let request = Request {
        deck,
        overrides,
        begin: options.life.begin(),
        walltime: options.life.walltime,
        writer_thread: options.life.writer_thread(),
    };
    let same = if world.is_root() { inputs_are_the_same(file, &request, &origin) } else { Ok(()) };
    world.agree(same)?;
    run(world, &request, signals)?;
    let compared = if world.is_root() { differences(file, &output) } else { Ok(Vec::new()) };
    let different = world.agree(compared)?;
    let verdict = if different.is_empty() {
        Ok(())
    } else {
        Err(Error::Different { path: file.clone(), again: output.clone(), variables: different.join(", ") })
    };
    world.agree(verdict)?;
    if world.is_root() {
        log::info!("{} and {} hold the same, bit for bit", file.display(), output.display());
    }
    Ok(())
}

/// For rank 0.
fn origin(file: &Path) -> Result<Option<Origin>, Error> {
    let results = Results::open(file)?;
    let need = |name: &str| {
        results.text(name).ok_or_else(|| Error::NotRepeatable {
            path: file.to_owned(),
            reason: format!("it has no attribute `{name}`, which chemdrift writes into the files of its runs"),
        })
    };
    let (text, name, folder) = (need("deck")?, need("deck_file")?, need(FOLDER)?);
    let name = Path::new(&name).file_name().map(PathBuf::from).unwrap_or_default();
    Ok(Some(Origin {
        deck: Path::new(&folder).join(name),
        text,
        seed: results.text("seed").and_then(|seed| seed.parse().ok()),
        options: results.text(OPTIONS).unwrap_or_default(),
        fingerprint: need(FINGERPRINT)?,
        mechanism: results.text("mechanism_sha256"),
        version: need("chemdrift_version")?,
    }))
}

/// Reads options back as they were typed.
fn shrunk(options: &str) -> Result<Shrink, String> {
    let command = Shrink::augment_args(clap::Command::new("run").no_binary_name(true));
    let matches = command.try_get_matches_from(options.split_whitespace());
    let read = matches.and_then(|matches| Shrink::from_arg_matches(&matches));
    read.map_err(|_| format!("its options `{options}` mean nothing to this version"))
}

/// Whether mechanism, tables, initial values and fields are what they were; for rank 0.
fn inputs_are_the_same(file: &Path, request: &Request, origin: &Origin) -> Result<(), Error> {
    let sources = request.deck.gather();
    let plan = check(&sources, &request.overrides).map_err(|report| Error::Deck(Box::new(report)))?;
    let changed = |what: &str| {
        let reason = format!("{what} changed since");
        Err(Error::NotRepeatable { path: file.to_owned(), reason })
    };
    let mechanism = match &plan.work {
        Work::Chemistry { chemistry, .. } => Some(&chemistry.mechanism_hash),
        Work::Particles(_) => None,
    };
    if mechanism != origin.mechanism.as_ref() {
        return changed("its mechanism has");
    }
    if fingerprint(&sources, &request.overrides) != origin.fingerprint {
        return changed(
            "what its deck names (initial values, tables, fields), or how this version reads the deck, has",
        );
    }
    Ok(())
}

/// `ozone.again.nc` for `ozone.nc`.
fn again(file: &Path) -> PathBuf {
    let ending = file.extension().map_or_else(|| "nc".to_owned(), |ending| ending.to_string_lossy().into_owned());
    file.with_extension(format!("again.{ending}"))
}
