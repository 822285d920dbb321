//! The ranks of one node, which share memory: what all need is there once, however many they are.
//!
//! Memory is allocated with `MPI_Win_allocate_shared` (MPI 3.1, 11.2.3) by the first rank of the node and mapped by all
//! (unified memory model). Ranks take turns: one writes what nobody looks at, `publish` makes it visible to all.

use std::cell::RefCell;
use std::ffi::c_void;
use std::ptr::NonNull;
use std::sync::Arc;

use mpi::collective::SystemOperation;
use mpi::ffi;
use mpi::topology::SimpleCommunicator;
use mpi::traits::{AsRaw, Communicator, CommunicatorCollectives};

use super::{World, broadcast};
use crate::memory::{ALIGNMENT, Region};
use crate::telemetry::table::bytes as size;

/// The file system of shared memory.
const SHARED: &str = "/dev/shm";
/// What else the ranks of a node may want there, bytes.
const SPARE: u64 = 16 << 20;

/// The ranks with which this one shares memory.
pub struct Node {
    /// None when this rank shares with nobody.
    communicator: Option<SimpleCommunicator>,
    /// All windows, so that they are freed here: together, by the thread that may call MPI.
    windows: RefCell<Vec<Arc<Window>>>,
}

impl World {
    /// **Collective.** The ranks that can share memory with this one.
    #[must_use]
    pub fn node(&self) -> Node {
        let communicator = self.communicator.split_shared(self.rank());
        let shares = communicator.size() > 1;
        Node { communicator: shares.then_some(communicator), windows: RefCell::default() }
    }
}

impl Node {
    /// This rank as a node of its own.
    #[must_use]
    pub fn alone() -> Self {
        Self { communicator: None, windows: RefCell::default() }
    }

    /// Place among the ranks of the node.
    #[must_use]
    pub fn rank(&self) -> usize {
        self.communicator.as_ref().map_or(0, |node| node.rank().unsigned_abs() as usize)
    }

    /// Ranks of the node.
    #[must_use]
    pub fn size(&self) -> usize {
        self.communicator.as_ref().map_or(1, |node| node.size().unsigned_abs() as usize)
    }

    /// **Collective** on the node. The sum over its ranks.
    #[must_use]
    pub fn sum(&self, value: u64) -> u64 {
        let mut total = value;
        if let Some(node) = &self.communicator {
            node.all_reduce_into(&value, &mut total, SystemOperation::sum());
        }
        total
    }

    /// **Collective** on the node. Its first rank's bytes on all of them; what the others pass is ignored.
    #[must_use]
    pub fn broadcast(&self, bytes: Vec<u8>) -> Vec<u8> {
        match &self.communicator {
            Some(node) => broadcast(&node.process_at_rank(0), bytes),
            None => bytes,
        }
    }

    /// **Collective** on the node. Waits until its ranks are here.
    pub fn wait_for_all(&self) {
        if let Some(node) = &self.communicator {
            node.barrier();
        }
    }

    /// **Collective** on the node. What any of its ranks has written before this, all of them see after it.
    #[allow(unsafe_code)]
    pub fn publish(&self) {
        let synchronise = || {
            for window in self.windows.borrow().iter() {
                // SAFETY: the window is valid and in the access epoch that `Window::allocate` has opened.
                unsafe { ffi::MPI_Win_sync(window.handle) };
            }
        };
        synchronise();
        self.wait_for_all();
        synchronise();
    }

    /// **Collective** on the node. Zeros that all its ranks see, at the same distance from the start for each.
    ///
    /// # Errors
    /// The reason why there are none, the same on all ranks of the node.
    #[allow(unsafe_code)]
    pub fn region(&self, bytes: usize) -> Result<Region, String> {
        let Some(node) = &self.communicator else {
            return Region::own(bytes).ok_or_else(|| format!("there is no memory for {bytes} bytes"));
        };
        let all = |mine: bool| {
            let (mine, mut all) = (u8::from(mine), 0);
            node.all_reduce_into(&mine, &mut all, SystemOperation::min());
            all == 1
        };
        let refused = || "another rank of the node cannot have it".to_owned();
        // MPI's memory need not begin where a block can.
        let bytes = bytes + ALIGNMENT;
        // OpenMPI refuses on one rank what does not fit, and the others wait for ever.
        let room = room(bytes);
        if !all(room.is_ok()) {
            return Err(room.err().unwrap_or_else(refused));
        }
        let window = Window::allocate(node, bytes);
        if !all(window.is_ok()) {
            // Freeing needs all ranks, of which some have nothing to free.
            return Err(window.map(std::mem::forget).err().unwrap_or_else(refused));
        }
        let window = Arc::new(window?);
        self.windows.borrow_mut().push(Arc::clone(&window));
        // SAFETY: the window has so many bytes, fresh from the system and therefore zeros; this is the only region made
        // from it, and the turns are what users of this type keep to.
        Ok(unsafe { Region::lent(window.start, bytes, window) })
    }
}

/// Whether so many bytes fit where MPI libraries make shared memory on Linux: it is reserved page by page when it is
/// used, and a process that gets no page is killed.
fn room(bytes: usize) -> Result<(), String> {
    let Ok(disk) = rustix::fs::statvfs(SHARED) else { return Ok(()) };
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    if free > bytes as u64 + SPARE {
        return Ok(());
    }
    Err(format!("{} are free in {SHARED} where shared memory of {} is wanted", size(free as f64), size(bytes as f64)))
}

/// One window of shared memory, mapped.
struct Window {
    handle: ffi::MPI_Win,
    start: NonNull<u8>,
}

// SAFETY: a thread that holds a window keeps it from being freed and does nothing else with it; the last one is dropped by
// the thread of its `Node`, as threads that fill memory end before that.
#[allow(unsafe_code)]
unsafe impl Send for Window {}
// SAFETY: as above.
#[allow(unsafe_code)]
unsafe impl Sync for Window {}

impl Window {
    /// **Collective** on the node. All bytes belong to its first rank.
    #[allow(unsafe_code)]
    fn allocate(node: &SimpleCommunicator, bytes: usize) -> Result<Self, String> {
        let mine = if node.rank() == 0 { bytes } else { 0 };
        let refused = || "MPI gives no shared memory".to_owned();
        let mine = ffi::MPI_Aint::try_from(mine).map_err(|_| refused())?;
        let success = i32::try_from(ffi::MPI_SUCCESS).unwrap_or(0);
        let mut start: *mut c_void = std::ptr::null_mut();
        // SAFETY: the communicator is valid and all its ranks are here; MPI writes a pointer where it wants the address
        // of one. Errors are returned for this call alone, because those of other calls are not looked at.
        unsafe {
            let mut handle = ffi::RSMPI_WIN_NULL;
            ffi::MPI_Comm_set_errhandler(node.as_raw(), ffi::RSMPI_ERRORS_RETURN);
            let place = (&raw mut start).cast();
            let code =
                ffi::MPI_Win_allocate_shared(mine, 1, ffi::RSMPI_INFO_NULL, node.as_raw(), place, &raw mut handle);
            ffi::MPI_Comm_set_errhandler(node.as_raw(), ffi::RSMPI_ERRORS_ARE_FATAL);
            if code != success {
                return Err(refused());
            }
            let (mut size, mut unit) = (0, 0);
            ffi::MPI_Win_shared_query(handle, 0, &raw mut size, &raw mut unit, (&raw mut start).cast());
            // The epoch in which loads, stores and `MPI_Win_sync` are allowed; it ends with the window.
            ffi::MPI_Win_lock_all(ffi::MPI_MODE_NOCHECK.cast_signed(), handle);
            let start = NonNull::new(start.cast()).ok_or_else(refused)?;
            Ok(Self { handle, start })
        }
    }
}

impl Drop for Window {
    #[allow(unsafe_code)]
    fn drop(&mut self) {
        // SAFETY: no block leads into the window any more, and all ranks of the node drop their windows in the same
        // order, as they have made them.
        unsafe {
            ffi::MPI_Win_unlock_all(self.handle);
            ffi::MPI_Win_free(&raw mut self.handle);
        }
    }
}
