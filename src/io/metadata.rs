//! When the ranks agree about the metadata of a file that all have open.
//!
//! HDF5 1.10 has them meet whenever some 256 KiB of metadata have changed, wherever the next look at metadata happens to
//! be. Where the first rank alone writes values it looks at metadata that the others do not look at, so that they may wait
//! in different places for ever: thousand variables of statistics were enough. So they meet at flushes alone, which
//! all ranks do together, and these come before too much has changed.

use std::ffi::CStr;
use std::path::Path;

use hdf5_sys::h5ac::{H5AC__CURR_CACHE_CONFIG_VERSION, H5AC_cache_config_t};
use hdf5_sys::h5f::{H5F_OBJ_ALL, H5F_OBJ_FILE, H5Fget_mdc_config, H5Fget_name, H5Fget_obj_ids, H5Fset_mdc_config};
use hdf5_sys::h5i::hid_t;

/// Bytes that may have changed before the ranks meet: the most that HDF5 allows.
const MOST_CHANGED: usize = 32 << 20;
/// Puts, or new variables, after which a flush is due: each changes some kilobytes at most.
pub const MOST_PUTS: usize = 4096;
/// Files that may be open at a time.
const MOST_FILES: usize = 1024;
const LONGEST_NAME: usize = 4096;

/// Has the ranks meet at flushes of this file, which netCDF has just opened. Every rank calls it. Where it cannot be had,
/// files with few variables are safe all the same.
pub fn meet_at_flushes(path: &Path) {
    if let Err(reason) = set(path) {
        log::debug!("{reason}: the ranks agree about metadata whenever HDF5 wants them to");
    }
}

fn set(path: &Path) -> Result<(), &'static str> {
    let file = opened(path).ok_or("HDF5 does not know the file")?;
    let mut settings = H5AC_cache_config_t { version: H5AC__CURR_CACHE_CONFIG_VERSION, ..Default::default() };
    // SAFETY: the handle is that of an open file, and the settings have the version that the library is told.
    #[allow(unsafe_code)]
    let done = unsafe {
        let read = H5Fget_mdc_config(file, &raw mut settings);
        settings.dirty_bytes_threshold = MOST_CHANGED as _;
        read >= 0 && H5Fset_mdc_config(file, &raw mut settings) >= 0
    };
    if done { Ok(()) } else { Err("HDF5 does not take the setting") }
}

/// The handle of an open file: netCDF keeps it to itself, HDF5 lists all.
fn opened(path: &Path) -> Option<hid_t> {
    let mut ids = vec![0; MOST_FILES];
    // SAFETY: the list holds as many handles as the library is told.
    #[allow(unsafe_code)]
    let count = unsafe { H5Fget_obj_ids(H5F_OBJ_ALL as hid_t, H5F_OBJ_FILE, ids.len(), ids.as_mut_ptr()) };
    ids.truncate(usize::try_from(count).unwrap_or(0));
    ids.into_iter().find(|&id| name(id).is_some_and(|name| Path::new(&name) == path))
}

fn name(file: hid_t) -> Option<String> {
    let mut text = vec![0_u8; LONGEST_NAME];
    // SAFETY: the library writes no more than it is told, with a zero at the end.
    #[allow(unsafe_code)]
    let length = unsafe { H5Fget_name(file, text.as_mut_ptr().cast(), text.len()) };
    (length >= 0).then(|| CStr::from_bytes_until_nul(&text).ok()?.to_str().ok().map(str::to_owned))?
}
