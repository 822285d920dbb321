//! The files in which a run tells how it is, in the folder of the run: written by rank 0, read by whoever asks.
//!
//! `status.json` is replaced as a whole by a rename, so that nobody reads half of one, also on network disks that keep
//! what they know of a name for a while. `progress.jsonl` grows by lines.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::lock::Holder;
use crate::error::Error;
use crate::monitor::{Moment, Seen, Signs, Status, history, judge};
use crate::telemetry::available::host;

/// Name of the status in the folder of a run.
pub const STATUS: &str = "status.json";
/// Name of the history.
pub const PROGRESS: &str = "progress.jsonl";
/// Bytes of the history that are read: its end, however long a run was.
const MOST_HISTORY: u64 = 4 << 20;
/// A status of 4096 ranks has under a megabyte; what is far longer is none.
const MOST_STATUS: u64 = 16 << 20;
/// Folders below the current one in which runs are looked for, and how many entries are looked at.
const DEPTH: usize = 3;
const MOST_ENTRIES: usize = 20_000;

/// The files of a run, for rank 0 to write.
#[derive(Debug)]
pub struct StatusFiles {
    folder: PathBuf,
}

impl StatusFiles {
    /// The files in a run's folder. A run that begins anew has no history.
    #[must_use]
    pub fn begin(folder: &Path, anew: bool) -> Self {
        let path = folder.join(PROGRESS);
        if anew {
            // Where it cannot be removed it cannot be written either, which is told then.
            drop(fs::remove_file(&path));
        } else if !ends_with_a_line(&path) {
            drop(OpenOptions::new().append(true).open(&path).and_then(|mut file| file.write_all(b"\n")));
        }
        Self { folder: folder.to_owned() }
    }

    /// Puts host, process and job of this process into a status.
    pub fn sign(status: &mut Status) {
        let me = Holder::me(String::new());
        (status.host, status.process, status.job) = (me.host, me.process, me.job);
    }

    /// Replaces the status.
    ///
    /// # Errors
    /// The system's reason.
    pub fn replace(&self, status: &Status) -> std::io::Result<()> {
        let part = self.folder.join(format!("{STATUS}.part"));
        let written = fs::write(&part, status.json()).and_then(|()| fs::rename(&part, self.folder.join(STATUS)));
        if written.is_err() {
            drop(fs::remove_file(&part));
        }
        written
    }

    /// Adds a line to the history.
    ///
    /// # Errors
    /// The system's reason.
    pub fn append(&self, moment: &Moment) -> std::io::Result<()> {
        let path = self.folder.join(PROGRESS);
        OpenOptions::new().append(true).create(true).open(path)?.write_all(moment.line().as_bytes())
    }
}

/// Whether a file ends as a line does, or there is none; a kill can leave half a line.
fn ends_with_a_line(path: &Path) -> bool {
    let last = || {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::End(-1))?;
        let mut byte = [0];
        file.read_exact(&mut byte)?;
        std::io::Result::Ok(byte[0] == b'\n')
    };
    last().unwrap_or(true)
}

/// Reads the folder of a run.
///
/// # Errors
/// `File` when there is no status in it that can be read.
pub fn look(folder: &Path) -> Result<Seen, Error> {
    let path = folder.join(STATUS);
    let failed = |reason: String| Error::File { path: path.clone(), action: "read", reason };
    let mut text = String::new();
    let file = File::open(&path).map_err(|reason| failed(reason.to_string()))?;
    file.take(MOST_STATUS).read_to_string(&mut text).map_err(|reason| failed(reason.to_string()))?;
    let status = Status::parse(&text).map_err(failed)?;
    let lock = fs::metadata(folder.join("lock")).and_then(|lock| lock.modified()).ok();
    let signs = Signs {
        now: Timestamp::now(),
        lock: lock.and_then(|time| Timestamp::try_from(time).ok()),
        process: (status.host == host()).then(|| is_there(status.process)),
    };
    let life = judge(&status, signs);
    Ok(Seen { folder: folder.to_owned(), status, life, history: history(&end_of(&folder.join(PROGRESS))) })
}

/// Whether a process of this host is at work. One that has died may wait long for its parent to take note of it.
fn is_there(process: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name in parentheses may hold anything.
    let state = stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().next());
    state.is_some_and(|state| !matches!(state, "Z" | "X"))
}

/// The end of a text file, as much as is looked at; empty when there is none.
fn end_of(path: &Path) -> String {
    let read = || {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(MOST_HISTORY)))?;
        let mut bytes = Vec::new();
        file.take(MOST_HISTORY).read_to_end(&mut bytes)?;
        std::io::Result::Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    read().unwrap_or_default()
}

/// The runs that have told something in this folder and in those below it, those that were written last first.
#[must_use]
pub fn runs_below(folder: &Path) -> Vec<Seen> {
    let (mut level, mut found, mut left) = (vec![folder.to_owned()], Vec::new(), MOST_ENTRIES);
    for _ in 0..=DEPTH {
        let mut next = Vec::new();
        for folder in level {
            found.extend(look(&folder).ok());
            let entries = fs::read_dir(&folder).into_iter().flatten().flatten().take(left).collect::<Vec<_>>();
            left -= entries.len();
            // A link may lead round in a circle.
            let folders = entries.iter().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
            next.extend(folders.map(fs::DirEntry::path));
        }
        level = next;
    }
    found.sort_by(|one, other| other.status.updated.cmp(&one.status.updated).then(one.folder.cmp(&other.folder)));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitor::{FORMAT, Life, State};

    fn folder(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("chemdrift-status-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        path
    }

    #[test]
    fn exact_what_is_written_is_read_and_a_torn_line_is_mended() {
        let folder = folder("files");
        let files = StatusFiles::begin(&folder, true);
        let updated = Timestamp::now().to_string();
        let mut status = Status { format: FORMAT, updated, ..Status::default() };
        StatusFiles::sign(&mut status);
        files.replace(&status).unwrap();
        files.append(&Moment { step: 1, ..Moment::default() }).unwrap();
        let path = folder.join(PROGRESS);
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"step\":").unwrap();
        StatusFiles::begin(&folder, false).append(&Moment { step: 2, ..Moment::default() }).unwrap();
        let seen = look(&folder).unwrap();
        assert_eq!((seen.status, seen.life), (status.clone(), Life::Running));
        assert_eq!(seen.history.iter().map(|moment| moment.step).collect::<Vec<_>>(), [1, 2]);
        // No process has this number.
        files.replace(&Status { process: u32::MAX, ..status.clone() }).unwrap();
        assert!(matches!(look(&folder).unwrap().life, Life::Silent(_)));
        let mut dead = std::process::Command::new("true").spawn().unwrap();
        files.replace(&Status { process: dead.id(), ..status.clone() }).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(500));
        assert!(matches!(look(&folder).unwrap().life, Life::Silent(_)));
        dead.wait().unwrap();
        files.replace(&Status { state: State::Failed, ..status }).unwrap();
        let found: Vec<_> =
            runs_below(&std::env::temp_dir()).into_iter().filter(|seen| seen.folder == folder).collect();
        assert!(found.len() == 1 && found[0].life == Life::Failed);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn exact_a_folder_without_a_status_and_a_broken_one_are_errors_with_their_path() {
        let folder = folder("none");
        for text in [None, Some(""), Some("{\"format\": 1"), Some("[]"), Some("{\"format\": 9}")] {
            if let Some(text) = text {
                fs::write(folder.join(STATUS), text).unwrap();
            }
            let error = look(&folder).unwrap_err().to_string();
            assert!(error.starts_with("cannot read ") && error.contains(STATUS), "{error}");
        }
        let files = StatusFiles::begin(&folder.join("missing"), true);
        assert!(files.replace(&Status::default()).is_err() && files.append(&Moment::default()).is_err());
        fs::remove_dir_all(folder).unwrap();
    }
}
