//! Storing what was written before anybody waits for it, and letting go of the memory that it takes.
//!
//! The system keeps what is written in memory, for up to half a minute, and the disk has nothing to do; at the end of a run
//! all waits for it. Whoever asks the system to begin now does not wait, as long as the disk takes what it is given.
//! What is stored stays in memory for readers, of whom there are none yet, until memory runs out; to find ever more of it
//! takes longer than to use the same again.

use std::fs::{File, OpenOptions};
use std::path::Path;

/// How much is written before the disk is given it, bytes: large enough for the fastest way to it.
const AT_ONCE: usize = 32 << 20;
/// How much is written before memory is let go, bytes: to ask for it makes the system look at all processors.
const KEPT: usize = 128 << 20;

/// A file of which this rank writes a part.
pub(super) struct Early {
    /// None where it cannot be opened a second time; nothing depends on it.
    file: Option<File>,
    /// Bytes so far.
    written: usize,
}

impl Early {
    pub(super) fn new(path: &Path) -> Self {
        Self { file: OpenOptions::new().write(true).open(path).ok(), written: 0 }
    }

    /// So many bytes more were written.
    pub(super) fn written(&mut self, bytes: usize) {
        let before = self.written;
        self.written += bytes;
        let has_passed = |size: usize| before / size != self.written / size;
        if has_passed(AT_ONCE) {
            self.file.iter().for_each(begin);
        }
        if has_passed(KEPT) {
            self.file.iter().for_each(let_go);
        }
    }
}

#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
fn begin(file: &File) {
    use std::os::fd::AsRawFd;
    // SAFETY: the file is open, and the call takes nothing but numbers. That it fails where a file system cannot do it
    // matters to nobody.
    unsafe { libc::sync_file_range(file.as_raw_fd(), 0, 0, libc::SYNC_FILE_RANGE_WRITE) };
}

/// Only of what is stored already; the rest has its turn the next time. A file system that cannot do it keeps it.
#[cfg(target_os = "linux")]
fn let_go(file: &File) {
    let _ = rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::DontNeed);
}

#[cfg(not(target_os = "linux"))]
fn begin(_: &File) {}

#[cfg(not(target_os = "linux"))]
fn let_go(_: &File) {}
