//! How a run begins: anew, from a checkpoint, or not at all because it has finished. Rank 0 looks, all ranks learn.

use std::path::{Path, PathBuf};

use crate::comm::World;
use crate::error::Error;
use crate::io::checkpoint;
use crate::io::checkpoint::header::Header;
use crate::io::finished::fingerprint_of;
use crate::io::run_folder::RunFolder;
use crate::provenance;
use crate::run::Begin;

/// What a run is, as far as a checkpoint must agree with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Version and revision of the program.
    pub version: String,
    /// As `deck::fingerprint` has it.
    pub deck: String,
    /// SHA-256 of the mechanism; empty without one.
    pub mechanism: String,
}

/// A checkpoint with its header.
#[derive(Debug, Clone)]
pub struct Found {
    pub path: PathBuf,
    pub header: Header,
}

/// How a run begins.
#[derive(Debug)]
pub enum Start {
    Anew,
    /// From the first of these that is whole.
    From(Vec<Found>),
    /// There is nothing left to do.
    Finished,
}

const ANEW: u8 = 0;
const FROM: u8 = 1;
const FINISHED: u8 = 2;

/// **Collective.** Locks the run's folder on rank 0, which holds it, and decides how the run begins.
///
/// # Errors
/// Why it does not begin, agreed.
pub fn claim(
    world: &World,
    output: &Path,
    begin: &Begin,
    identity: &Identity,
) -> Result<(Option<RunFolder>, Start), Error> {
    let decided = if world.is_root() { decide(world, output, begin, identity).map(Some) } else { Ok(None) };
    let (folder, kind, found) = match world.agree(decided)? {
        None => (None, ANEW, Vec::new()),
        Some((folder, start)) => match start {
            Start::Anew => (Some(folder), ANEW, Vec::new()),
            Start::Finished => (Some(folder), FINISHED, Vec::new()),
            Start::From(found) => {
                let text = |found: &Found| (found.path.clone(), found.header.text());
                (Some(folder), FROM, found.iter().map(text).collect())
            }
        },
    };
    let unreadable = |reason: postcard::Error| Error::File {
        path: output.to_owned(),
        action: "tell all ranks about the checkpoints of",
        reason: reason.to_string(),
    };
    let told = world.agree(postcard::to_stdvec(&(kind, found)).map_err(unreadable))?;
    let heard = postcard::from_bytes(&world.broadcast(told)).map_err(unreadable);
    let (kind, found): (u8, Vec<(PathBuf, String)>) = world.agree(heard)?;
    let start = match kind {
        FINISHED => Start::Finished,
        FROM => {
            let parse = |(path, text): (PathBuf, String)| {
                let header = Header::parse(&text).map_err(|reason| Error::Checkpoint { path: path.clone(), reason })?;
                Ok(Found { path, header })
            };
            Start::From(world.agree(found.into_iter().map(parse).collect())?)
        }
        _ => Start::Anew,
    };
    Ok((folder, start))
}

/// For rank 0.
fn decide(world: &World, output: &Path, begin: &Begin, identity: &Identity) -> Result<(RunFolder, Start), Error> {
    let folder = RunFolder::claim(output, provenance::now(), |text| log::warn!("{text}"))?;
    let finished = || Error::Finished { path: output.to_owned() };
    let start = match begin {
        Begin::Anew if output.exists() => return Err(finished()),
        Begin::Anew if !folder.checkpoints().is_empty() => {
            return Err(Error::Unfinished { folder: folder.path().to_owned() });
        }
        Begin::Anew | Begin::Overwrite => {
            folder.prune(0);
            Start::Anew
        }
        Begin::Restart(_) if output.exists() => match fingerprint_of(output) {
            Some(fingerprint) if fingerprint == identity.deck => Start::Finished,
            _ => return Err(finished()),
        },
        Begin::Restart(None) => newest(world, &folder, identity)?,
        Begin::Restart(Some(path)) => {
            let offered = |reason: String| Error::Checkpoint {
                path: path.clone(),
                reason: format!("{reason}{}", offer(&folder, path)),
            };
            let header = checkpoint::read_header(world, path).map_err(offered)?;
            agrees(&header, identity, &folder).map_err(offered)?;
            Start::From(vec![Found { path: path.clone(), header }])
        }
    };
    Ok((folder, start))
}

/// The checkpoints that may be continued from, the newest first. A damaged one is passed over, one of another run is not:
/// who has changed the deck wants to know.
fn newest(world: &World, folder: &RunFolder, identity: &Identity) -> Result<Start, Error> {
    let mut found = Vec::new();
    let mut damaged = None;
    for path in folder.checkpoints() {
        match checkpoint::read_header(world, &path) {
            Ok(header) => {
                agrees(&header, identity, folder).map_err(|reason| Error::Checkpoint { path: path.clone(), reason })?;
                found.push(Found { path, header });
            }
            Err(reason) => {
                log::warn!("the checkpoint {} {reason}; it is passed over", path.display());
                damaged = Some(Error::Checkpoint { path, reason: reason + NONE_LEFT });
            }
        }
    }
    match (found.is_empty(), damaged) {
        (false, _) => Ok(Start::From(found)),
        (true, Some(error)) => Err(error),
        (true, None) => Ok(Start::Anew),
    }
}

/// What to do when nothing whole is left.
pub const NONE_LEFT: &str = "; no other one is whole: begin anew with --overwrite";

/// The checkpoint before `path`, as advice; empty when there is none.
pub fn offer(folder: &RunFolder, path: &Path) -> String {
    let same = |other: &Path| other.file_name() == path.file_name();
    let others = folder.checkpoints().into_iter().filter(|other| !same(other));
    let before = others.filter(|other| other.file_name() < path.file_name()).max();
    before.map_or_else(String::new, |other| format!("; the one before it is there: --restart {}", other.display()))
}

/// Whether a checkpoint is of this run.
fn agrees(header: &Header, identity: &Identity, folder: &RunFolder) -> Result<(), String> {
    const ANEW: &str = "or begin anew with --overwrite";
    if header.version != identity.version {
        let (old, new) = (&header.version, &identity.version);
        return Err(format!("was written by chemdrift {old} and this is {new}: go on with that one, {ANEW}"));
    }
    if header.deck != identity.deck {
        return Err(format!("belongs to another deck, to other options, or to files that have changed since: {ANEW}"));
    }
    if header.mechanism != identity.mechanism {
        return Err(format!("was made with another mechanism file: put that one back, {ANEW}"));
    }
    if header.run != folder.identity() {
        return Err(format!("belongs to another run than the unfinished output: {ANEW}"));
    }
    Ok(())
}
