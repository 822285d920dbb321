//! Whether a file can be written where the deck wants it, asked before any work is done.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::telemetry::table::bytes;

/// Part of the free space that is left to others: file systems slow down and fail early when nearly full.
const HEADROOM: f64 = 1.02;

/// The name that a file bears until it is complete.
#[must_use]
pub fn unfinished(path: &Path) -> PathBuf {
    with_ending(path, ".part")
}

/// The path with something behind its name.
#[must_use]
pub fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Checks folder, permission and free space for a file of `size` bytes at `path`; `origin` is where it was asked for.
///
/// # Errors
/// What is wrong, and what to type instead.
#[allow(clippy::cast_precision_loss)]
pub fn check(path: &Path, origin: &str, size: u64) -> Result<(), Error> {
    let origin = origin.to_owned();
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    if !folder.is_dir() {
        return Err(Error::NoFolder { origin, folder });
    }
    if path.is_dir() {
        return Err(Error::IsFolder { origin, path: path.to_owned() });
    }
    // A trial file tells more than permission bits do: read-only mounts, quotas, access lists.
    let trial = with_ending(path, ".trial");
    if let Err(reason) = File::create(&trial) {
        return Err(Error::NotWritable { origin, folder, reason: reason.to_string() });
    }
    drop(fs::remove_file(&trial));
    // What an earlier life of the run has written is continued or replaced.
    let there = fs::metadata(unfinished(path)).map_or(0, |part| part.len());
    let needed = size.saturating_sub(there) as f64 * HEADROOM;
    if let Some(free) = free_space(path).filter(|&free| needed > free) {
        return Err(Error::DiskFull { origin, folder, needed: bytes(needed), free: bytes(free) });
    }
    Ok(())
}

/// Bytes that are free in the folder of a file; none when the system does not tell.
#[must_use]
pub fn free_space(path: &Path) -> Option<f64> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let disk = rustix::fs::statvfs(folder).ok()?;
    Some(disk.f_bavail as f64 * disk.f_frsize as f64)
}

/// What the system says about the disk of a file that a library could not write, as the end of a sentence: libraries keep
/// its reasons to themselves.
#[must_use]
pub fn why(path: &Path) -> String {
    // Other ranks may try at the same time.
    let trial = with_ending(path, &format!(".trial-{}", std::process::id()));
    let written = fs::write(&trial, [1; 1 << 16]).and_then(|()| File::open(&trial)?.sync_all());
    drop(fs::remove_file(&trial));
    let free = free_space(path).map_or_else(String::new, |free| format!(" ({} free)", bytes(free)));
    match written {
        Ok(()) => format!("another file can be written there{free}"),
        Err(reason) => format!("no other file can be written there either{free}: {reason}"),
    }
}

/// Makes a complete file durable and gives it its name; the folder is flushed too, so that the name survives a crash.
///
/// # Errors
/// The system's reason when flushing or renaming fails.
pub fn complete(path: &Path) -> Result<u64, Error> {
    let part = unfinished(path);
    let failed = |action| {
        move |reason: std::io::Error| Error::File { path: path.to_owned(), action, reason: reason.to_string() }
    };
    let file = File::open(&part).map_err(failed("open"))?;
    file.sync_all().map_err(failed("flush"))?;
    let size = file.metadata().map_err(failed("measure"))?.len();
    fs::rename(&part, path).map_err(failed("name"))?;
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        // Some network file systems cannot flush folders; the file itself is safe by now.
        drop(File::open(folder).and_then(|folder| folder.sync_all()));
    }
    Ok(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_missing_folder_and_folder_as_file_are_told_apart() {
        let missing = check(Path::new("/nowhere/at/all/run.nc"), "deck.yaml:3", 10);
        assert!(matches!(missing, Err(Error::NoFolder { .. })));
        let folder = check(&std::env::temp_dir(), "deck.yaml:3", 10);
        assert!(matches!(folder, Err(Error::IsFolder { .. })));
    }

    #[test]
    fn exact_too_large_a_file_is_refused_with_numbers() {
        let path = std::env::temp_dir().join("chemdrift-destination-test.nc");
        let error = check(&path, "deck.yaml:3", u64::MAX).unwrap_err();
        assert!(error.to_string().starts_with("deck.yaml:3: the output needs about"), "{error}");
        assert!(!unfinished(&path).exists());
    }
}
