//! Collective transfers between this rank's part of a column and a dataset `[row][value]`, through the raw interface of
//! HDF5, because `hdf5` has no transfer properties.

use hdf5::plist::dataset_create::{AllocTime, FillTime};
use hdf5::{Dataset, Datatype, H5Type};
use hdf5_sys::h5d::{H5Dread, H5Dwrite};
use hdf5_sys::h5i::hid_t;
use hdf5_sys::h5p::{H5FD_mpio_xfer_t, H5P_CLS_DATASET_XFER, H5Pclose, H5Pcreate, H5Pset_dxpl_mpio};
use hdf5_sys::h5s::{H5S_seloper_t, H5Sclose, H5Screate_simple, H5Sselect_all, H5Sselect_hyperslab, H5Sselect_none};

/// Bytes of one transfer: MPI counts end at 2^31, and some libraries fail above.
const PIECE: usize = 1 << 29;

/// The rows of a dataset that this rank has.
#[derive(Debug, Clone, Copy)]
pub struct Rows {
    pub first: u64,
    /// The largest number of rows that any rank has, because every rank takes part in every transfer.
    pub most: u64,
    pub width: usize,
}

/// **Collective.** Makes a dataset `[rows][width]` whose space is there at once and not filled beforehand.
pub fn create<T: H5Type>(file: &hdf5::File, name: &str, rows: u64, width: usize) -> hdf5::Result<Dataset> {
    let rows = usize::try_from(rows).unwrap_or(usize::MAX);
    let builder = file.new_dataset::<T>().alloc_time(Some(AllocTime::Early)).fill_time(FillTime::Never);
    builder.shape((rows, width)).create(name)
}

/// **Collective.** Writes this rank's rows.
pub fn write<T: H5Type>(dataset: &Dataset, rows: Rows, values: &[T]) -> hdf5::Result<()> {
    let kind = Datatype::from_type::<T>()?;
    in_pieces(dataset, rows, values.len(), size_of::<T>(), |offset, [memory, file, properties]| {
        // SAFETY: the memory space selects no more than the values from `offset`, and the handles are open.
        #[allow(unsafe_code)]
        unsafe {
            H5Dwrite(dataset.id(), kind.id(), memory, file, properties, values[offset..].as_ptr().cast())
        }
    })
}

/// **Collective.** Reads this rank's rows into `values`.
pub fn read<T: H5Type>(dataset: &Dataset, rows: Rows, values: &mut [T]) -> hdf5::Result<()> {
    let kind = Datatype::from_type::<T>()?;
    in_pieces(dataset, rows, values.len(), size_of::<T>(), |offset, [memory, file, properties]| {
        // SAFETY: as in `write`; the values are of the plain type that `kind` describes.
        #[allow(unsafe_code)]
        unsafe {
            H5Dread(dataset.id(), kind.id(), memory, file, properties, values[offset..].as_mut_ptr().cast())
        }
    })
}

/// Calls `transfer` with the offset and the handles (memory space, file space, properties) of each piece, as many times
/// on every rank. A rank goes on after a failure, because the others wait for it.
fn in_pieces(
    dataset: &Dataset,
    rows: Rows,
    length: usize,
    value_bytes: usize,
    mut transfer: impl FnMut(usize, [hid_t; 3]) -> i32,
) -> hdf5::Result<()> {
    let space = dataset.space()?;
    let (own, width) = ((length / rows.width.max(1)) as u64, rows.width as u64);
    let at_once = (PIECE / (value_bytes * rows.width.max(1))).max(1) as u64;
    let mut outcome = Ok(());
    for piece in 0..rows.most.div_ceil(at_once).max(1) {
        let begin = (piece * at_once).min(own);
        let count = at_once.min(own - begin);
        let (start, extent) = ([rows.first + begin, 0], [count, width]);
        let done = hdf5::sync::sync(|| {
            // SAFETY: arrays of two numbers belong to spaces of two dimensions; every handle made here is closed here.
            #[allow(unsafe_code)]
            unsafe {
                let memory = H5Screate_simple(2, [count.max(1), width].as_ptr(), std::ptr::null());
                if count == 0 {
                    H5Sselect_none(memory);
                    H5Sselect_none(space.id());
                } else {
                    H5Sselect_all(memory);
                    let select = H5S_seloper_t::H5S_SELECT_SET;
                    let (every, block) = (std::ptr::null(), std::ptr::null());
                    H5Sselect_hyperslab(space.id(), select, start.as_ptr(), every, extent.as_ptr(), block);
                }
                let properties = H5Pcreate(*H5P_CLS_DATASET_XFER);
                H5Pset_dxpl_mpio(properties, H5FD_mpio_xfer_t::H5FD_MPIO_COLLECTIVE);
                let status = transfer((begin * width) as usize, [memory, space.id(), properties]);
                let status = hdf5::h5check(status).map(|_| ());
                H5Pclose(properties);
                H5Sclose(memory);
                status
            }
        });
        outcome = outcome.and(done);
    }
    outcome
}
