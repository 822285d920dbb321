//! Files: the only place that names NetCDF and HDF5.

pub mod attributes;
mod axes;
pub mod checkpoint;
pub mod compare;
pub mod dataset;
pub mod derived;
pub mod destination;
pub mod fields;
pub mod finished;
pub mod layout;
mod lock;
mod metadata;
mod puts;
mod reach;
pub mod report_data;
pub mod results;
pub mod run_folder;
pub mod status_files;
pub mod trace;
pub mod writer;

/// Versions of the file libraries that this program runs with, for the provenance.
#[must_use]
pub fn library_versions() -> String {
    let (major, minor, micro) = hdf5::library_version();
    format!("netCDF {}, HDF5 {major}.{minor}.{micro}", netcdf_version())
}

#[allow(unsafe_code)]
fn netcdf_version() -> String {
    // SAFETY: nc_inq_libvers returns a pointer to a constant, zero-terminated string of the library.
    let text = unsafe { std::ffi::CStr::from_ptr(netcdf_sys::nc_inq_libvers()) };
    text.to_string_lossy().split_whitespace().next().unwrap_or_default().to_owned()
}
