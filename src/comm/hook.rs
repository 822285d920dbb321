//! A panic on one rank ends the whole job.
//!
//! Without this the unwinding rank would reach `MPI_Finalize` and wait there for the others, who wait for it.

use std::panic;

const STATUS_OF_A_BUG: i32 = 101;

/// Makes every later panic print `rank N: reason` and abort the job with status 101.
pub fn set(rank: i32) {
    let previous = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        eprintln!("rank {rank}: this is a bug in chemdrift, please report it with the deck:");
        previous(info);
        abort_all(STATUS_OF_A_BUG);
    }));
}

/// Ends the job with this status. The communicator is asked for anew because this may run on any thread and must own
/// nothing.
#[allow(unsafe_code)]
pub fn abort_all(status: i32) {
    if !mpi::environment::is_initialized() || mpi::environment::is_finalized() {
        return;
    }
    // SAFETY: MPI is initialised and not finalised, as just checked, and MPI_Abort may be called at any point between
    // the two.
    unsafe {
        mpi::ffi::MPI_Abort(mpi::ffi::RSMPI_COMM_WORLD, status);
    }
}
