//! Hears of writes that MPI calls done and that are not: OpenMPI 4.1 returns success when the system refuses what one
//! rank writes by itself, and only the count in the status tells. HDF5 looks at that count and then, while it flushes a
//! file that was opened again, waits for ranks that wait elsewhere.
//!
//! MPI's profiling interface (MPI 4.0, 15.2) is made for standing in between: the program's own `MPI_File_write_at` comes
//! before the library's, which is there as `PMPI_File_write_at`.

use std::ffi::{c_int, c_void};

use mpi::ffi;

use super::alone;

/// What libraries call instead of MPI's own.
///
/// # Safety
/// As MPI says of the function with this name.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn MPI_File_write_at(
    file: ffi::MPI_File,
    offset: ffi::MPI_Offset,
    values: *const c_void,
    count: c_int,
    kind: ffi::MPI_Datatype,
    status: *mut ffi::MPI_Status,
) -> c_int {
    let mut own = std::mem::MaybeUninit::<ffi::MPI_Status>::zeroed();
    // SAFETY: everything is handed on as it came; the status is this function's own, since the caller may want none.
    unsafe {
        let code = ffi::PMPI_File_write_at(file, offset, values, count, kind, own.as_mut_ptr());
        let (mut written, mut size) = (0, 0);
        ffi::PMPI_Type_size(kind, &raw mut size);
        ffi::PMPI_Get_count(own.as_ptr(), kind, &raw mut written);
        if c_int::try_from(ffi::MPI_SUCCESS) == Ok(code) && size > 0 && written != count {
            alone::hear(format!("{} of {count} values were written", written.max(0)));
        }
        if status != ffi::RSMPI_STATUS_IGNORE {
            status.write(own.assume_init());
        }
        code
    }
}
