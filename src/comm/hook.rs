//! A panic on one rank ends the whole job.
//!
//! Without this the unwinding rank would reach `MPI_Finalize` and wait there for the others, who wait for it.

use std::io::Write as _;
use std::time::Duration;
use std::{panic, thread};

/// What MPI has to end the job.
const TIME_TO_ABORT: Duration = Duration::from_secs(3);
const STATUS_OF_A_BUG: i32 = 101;

/// Makes every later panic print `rank N: reason` and abort the job with status 101.
pub fn set(rank: i32) {
    let previous = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        say(&format!("rank {rank}: this is a bug in chemdrift, please report it with the deck:"));
        previous(info);
        abort_all(STATUS_OF_A_BUG);
    }));
}

/// A line on standard error in one piece, so that lines of other ranks do not come between.
pub fn say(line: &str) {
    drop(std::io::stderr().write_all(format!("{line}\n").as_bytes()));
}

/// Ends the job with this status. The communicator is asked for anew because this may run on any thread and must own
/// nothing.
#[allow(unsafe_code)]
pub fn abort_all(status: i32) {
    if !mpi::environment::is_initialized() || mpi::environment::is_finalized() {
        return;
    }
    leave_anyway(status);
    // SAFETY: MPI is initialised and not finalised, as just checked, and MPI_Abort may be called at any point between
    // the two.
    unsafe {
        mpi::ffi::MPI_Abort(mpi::ffi::RSMPI_COMM_WORLD, status);
    }
}

/// Ends this process if MPI has not done so in time: OpenMPI's abort may wait for a thread that waits in MPI itself. The
/// launcher sees the status and ends the others.
pub fn leave_anyway(status: i32) {
    let leave = move || {
        thread::sleep(TIME_TO_ABORT);
        // Without what is done at a normal exit, since libraries close their files then, together.
        signal_hook::low_level::exit(status);
    };
    drop(thread::Builder::new().spawn(leave));
}
