//! A failure on one rank that the others do not come to learn.
//!
//! Libraries that write files together confer inside. A rank whose own part fails leaves such a conference early or waits
//! in another one, and the rest wait for it for ever: HDF5 1.10 does both, out of reach of `World::agree`. So whoever
//! fails gives the ranks some seconds to meet in an agreement, in which all learn of it, and then ends the job by itself.
//! Failures that a library keeps to itself are heard through MPI, which calls a function of ours for each.

use std::ffi::{c_char, c_int};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use mpi::ffi;

use super::hook::{abort_all, say};
use crate::error::Error;

/// How long the others have. Those that still compute or read would come later; then the job ends all the same, with the
/// same status and reason.
const PATIENCE: Duration = Duration::from_secs(5);

/// Agreements of all ranks so far, and those of ranks that had no put on its way to a file.
static AGREEMENTS: AtomicU64 = AtomicU64::new(0);
static AFTER_PUTS: AtomicU64 = AtomicU64::new(0);
/// Whether this rank may have a put on its way that another thread carries out.
static BESIDE: AtomicBool = AtomicBool::new(false);
static RANK: AtomicI32 = AtomicI32::new(0);
/// Whether this rank is ending the job; it says once why.
static ENDING: AtomicBool = AtomicBool::new(false);
/// What the ranks are writing or reading together.
static FILE: Mutex<Option<PathBuf>> = Mutex::new(None);

/// Has this rank, number `rank`, hear of every failure of MPI with a file that is open.
#[allow(unsafe_code)]
pub fn start(rank: i32) {
    RANK.store(rank, Ordering::Relaxed);
    type Plain = unsafe extern "C" fn(*mut ffi::MPI_File, *mut c_int);
    type Variadic = unsafe extern "C" fn(*mut ffi::MPI_File, *mut c_int, ...);
    // SAFETY: MPI calls the function with a file and a code, and with more that is the library's own and passed over: the
    // C calling conventions leave what is not looked at to the caller. The handler is made before it is used, and serves
    // files that are opened from now on, as MPI 4.0, 9.3 says of `MPI_FILE_NULL`.
    unsafe {
        let function = std::mem::transmute::<Plain, Variadic>(file_failed);
        let mut handler = std::mem::zeroed();
        ffi::MPI_File_create_errhandler(Some(function), &raw mut handler);
        ffi::MPI_File_set_errhandler(ffi::RSMPI_FILE_NULL, handler);
    }
}

/// From now on the ranks write or read this file together.
pub fn at_work_on(path: &Path) {
    *FILE.lock().unwrap_or_else(PoisonError::into_inner) = Some(path.to_owned());
}

/// All ranks have agreed on something, so that none waits for another in what was before it.
pub fn agreed() {
    AGREEMENTS.fetch_add(1, Ordering::Relaxed);
    if !BESIDE.load(Ordering::Relaxed) {
        AFTER_PUTS.fetch_add(1, Ordering::Relaxed);
    }
}

/// Whether another thread of this rank may be writing, in which case agreements say nothing of what it does.
pub fn write_beside(does: bool) {
    BESIDE.store(does, Ordering::Relaxed);
}

/// Ends the job because of `error` unless the ranks agree on something soon.
pub fn unless_agreed(error: &Error) {
    end_unless(&AGREEMENTS, error);
}

/// Ends the job because of `error` unless there is one more of these agreements soon.
fn end_unless(agreements: &'static AtomicU64, error: &Error) {
    let before = agreements.load(Ordering::Relaxed);
    let (told, status) = (error.to_string(), error.exit_status());
    let wait = move || {
        thread::sleep(PATIENCE);
        if agreements.load(Ordering::Relaxed) == before && !ENDING.swap(true, Ordering::Relaxed) {
            say(&format!("chemdrift: rank {}: {told}", RANK.load(Ordering::Relaxed)));
            abort_all(status.into());
        }
    };
    // Without a thread the rank waits as long as the others let it.
    drop(thread::Builder::new().spawn(wait));
}

/// Called by MPI on the rank on which something failed, before the library that has called MPI learns of it.
#[allow(unsafe_code)]
unsafe extern "C" fn file_failed(file: *mut ffi::MPI_File, code: *mut c_int) {
    let mut text = [0_u8; ffi::MPI_MAX_ERROR_STRING as usize];
    let mut length = 0;
    // SAFETY: MPI passes places that hold a file and a code, and writes no more than the longest text.
    unsafe {
        if *file == ffi::RSMPI_FILE_NULL {
            // No file is open: who wanted to open one says so.
            return;
        }
        ffi::MPI_Error_string(*code, text.as_mut_ptr().cast::<c_char>(), &raw mut length);
    }
    let text = text.get(..usize::try_from(length).unwrap_or(0)).unwrap_or_default();
    hear(String::from_utf8_lossy(text).trim_matches(['\0', ' ']).to_owned());
}

/// Something has failed in the file that the ranks are at work on, whether or not a library will say so.
pub fn hear(reason: String) {
    let path = FILE.lock().unwrap_or_else(PoisonError::into_inner).clone().unwrap_or_default();
    end_unless(&AFTER_PUTS, &Error::TogetherFailed { path, reason });
}
