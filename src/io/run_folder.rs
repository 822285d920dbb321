//! The folder of a run, `FILE.run` beside its output: lock, checkpoints, requests, status. When the run has finished, only
//! what it told about itself (`status_files`) is left.

use std::fs;
use std::path::{Path, PathBuf};

use super::destination::with_ending;
use super::lock::{Holder, Lock};
use crate::error::Error;

/// A user who wants a checkpoint makes this file.
const REQUEST: &str = "checkpoint.now";
/// Tells the runs apart that have had this folder, so that no checkpoint is put upon the output of another.
const IDENTITY: &str = "run";

/// The folder of a run, locked; for rank 0.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    /// There until the folder is left.
    lock: Option<Lock>,
}

/// The folder of the run that writes `output`.
#[must_use]
pub fn of(output: &Path) -> PathBuf {
    with_ending(output, ".run")
}

/// The name of the checkpoint after `step` steps in a run's folder.
#[must_use]
pub fn checkpoint(folder: &Path, step: u64) -> PathBuf {
    folder.join(format!("step-{step:012}.h5"))
}

impl RunFolder {
    /// Makes the folder if need be and locks it. `now` is the time in UTC; `tell` gets what takes time.
    ///
    /// # Errors
    /// `Locked` when another job is at work in it, `File` when it cannot be made.
    pub fn claim(output: &Path, now: String, tell: impl Fn(String)) -> Result<Self, Error> {
        let path = of(output);
        if let Err(reason) = fs::create_dir(&path)
            && reason.kind() != std::io::ErrorKind::AlreadyExists
        {
            return Err(Error::File { path, action: "make the folder", reason: reason.to_string() });
        }
        let lock = Lock::take(&path.join("lock"), &Holder::me(now), tell)?;
        Ok(Self { path, lock: Some(lock) })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The checkpoints, those of the most steps first.
    #[must_use]
    pub fn checkpoints(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.path).into_iter().flatten().flatten();
        let mut found: Vec<_> = entries.map(|entry| entry.path()).filter(|path| step_of(path).is_some()).collect();
        found.sort_by_key(|path| std::cmp::Reverse(step_of(path)));
        found
    }

    /// Removes all checkpoints but the newest `keep`, and what was left of unfinished ones.
    pub fn prune(&self, keep: usize) {
        let old = self.checkpoints().into_iter().skip(keep);
        let entries = fs::read_dir(&self.path).into_iter().flatten().flatten().map(|entry| entry.path());
        let unfinished = entries.filter(|path| path.extension().is_some_and(|extension| extension == "part"));
        for path in old.chain(unfinished) {
            // One that stays costs space and nothing else.
            drop(fs::remove_file(path));
        }
    }

    /// Removes the checkpoints of more steps than `step`: of a future that will come again.
    pub fn forget_after(&self, step: u64) {
        for path in self.checkpoints().into_iter().filter(|path| step_of(path) > Some(step)) {
            drop(fs::remove_file(path));
        }
    }

    /// Whether a checkpoint is asked for; asking is answered once.
    #[must_use]
    pub fn take_request(&self) -> bool {
        fs::remove_file(self.path.join(REQUEST)).is_ok()
    }

    /// The identity of the run that began here last; empty when none did.
    #[must_use]
    pub fn identity(&self) -> String {
        fs::read_to_string(self.path.join(IDENTITY)).unwrap_or_default()
    }

    /// Begins a run here.
    ///
    /// # Errors
    /// `File` with the system's reason.
    pub fn begin(&self, identity: &str) -> Result<(), Error> {
        let path = self.path.join(IDENTITY);
        fs::write(&path, identity).map_err(|reason| Error::File { path, action: "write", reason: reason.to_string() })
    }

    /// Leaves the folder of a run that has finished: no checkpoint is needed any more.
    pub fn finish(self) {
        self.prune(0);
    }
}

/// Leaves checkpoints to a later life of the run and what the run told to readers, and nothing where there is neither.
impl Drop for RunFolder {
    fn drop(&mut self) {
        drop(fs::remove_file(self.path.join(REQUEST)));
        let empty = self.checkpoints().is_empty();
        if empty {
            drop(fs::remove_file(self.path.join(IDENTITY)));
        }
        drop(self.lock.take());
        if empty {
            // The status of the run keeps it, and whoever has put something else there.
            drop(fs::remove_dir(&self.path));
        }
    }
}

fn step_of(path: &Path) -> Option<u64> {
    path.file_name()?.to_str()?.strip_prefix("step-")?.strip_suffix(".h5")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_the_newest_checkpoints_are_kept_and_the_folder_goes_with_the_last() {
        let output = std::env::temp_dir().join(format!("chemdrift-folder-{}.nc", std::process::id()));
        let folder = RunFolder::claim(&output, String::new(), drop).unwrap();
        folder.begin("me").unwrap();
        for step in [2, 10, 9] {
            fs::write(checkpoint(folder.path(), step), "").unwrap();
        }
        fs::write(folder.path().join("step-000000000011.part"), "").unwrap();
        fs::write(folder.path().join(REQUEST), "").unwrap();
        assert!(folder.take_request() && !folder.take_request());
        folder.prune(2);
        let of = |steps: &[u64]| steps.iter().map(|&step| checkpoint(folder.path(), step)).collect::<Vec<_>>();
        assert_eq!(folder.checkpoints(), of(&[10, 9]));
        folder.forget_after(9);
        assert_eq!(folder.checkpoints(), of(&[9]));
        assert_eq!((fs::read_dir(folder.path()).unwrap().count(), folder.identity().as_str()), (3, "me"));
        let path = folder.path().to_owned();
        drop(folder);
        assert!(checkpoint(&path, 9).exists() && !path.join("lock").exists());
        RunFolder::claim(&output, String::new(), drop).unwrap().finish();
        assert!(!path.exists());
    }
}
