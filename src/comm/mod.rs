//! The ranks of a job: the only place that names MPI.
//!
//! Errors are either *agreed* (`World::agree`: all ranks learn of a failure on any of them and leave together) or
//! *alone* (a panic: the hook aborts the job; an error that the others do not come to learn: `alone` does). A rank that
//! left on its own would let the others wait for ever.
//! A function that all ranks must call says **Collective.** as the first word of its description.

mod alone;
mod exchange;
mod hook;
mod node;
mod processors;
mod short_write;
pub mod signals;
mod singleton;

use std::ops::Range;
use std::path::Path;

use mpi::collective::SystemOperation;
use mpi::datatype::{Partition, PartitionMut};
use mpi::environment::Universe;
use mpi::topology::{Process, SimpleCommunicator};
use mpi::traits::{AsRaw, Communicator, CommunicatorCollectives, Root};

use crate::domain::decomposition::Decomposition;
use crate::error::Error;
use crate::fault::{self, Fault};

pub use self::alone::write_beside;
pub use self::node::Node;
use self::singleton::Alone;

/// Bytes of one broadcast message: far below the 2^31 elements that MPI counts reach.
const BROADCAST_PIECE: usize = 1 << 28;

/// A communicator in the form that parallel file libraries take.
pub type Handle = mpi::ffi::MPI_Comm;

/// All ranks of this job, from the point of view of one of them.
pub struct World {
    communicator: SimpleCommunicator,
    /// What the environment asks for.
    fault: Option<Fault>,
    /// Whether several threads of a rank may call MPI at once.
    threads: bool,
    /// Ends MPI when dropped, so it goes last.
    _universe: Universe,
}

impl World {
    /// **Collective.** Starts MPI, also for a single process without a launcher, and sets the panic hook.
    ///
    /// # Errors
    /// `NoMpi` when MPI was started before or refuses, `NoSuchFault` for a fault that is not understood.
    pub fn start() -> Result<Self, Error> {
        let fault = std::env::var(fault::VARIABLE).ok().map(|text| Fault::parse(&text)).transpose();
        let fault = fault.map_err(Error::NoSuchFault)?;
        let alone = Alone::prepare();
        let (universe, threading) = mpi::initialize_with_threading(mpi::Threading::Multiple).ok_or(Error::NoMpi)?;
        drop(alone);
        let communicator = universe.world();
        hook::set(communicator.rank());
        alone::start(communicator.rank());
        Ok(Self { communicator, fault, threads: threading == mpi::Threading::Multiple, _universe: universe })
    }

    /// All ranks are about to meet.
    fn meet(&self) {
        if let Some(fault) = &self.fault {
            fault.before_collective(self.rank());
        }
    }

    /// Step number `done`, counted over all lives of the run, lies behind this rank.
    pub fn after_step(&self, done: u64) {
        if let Some(fault) = &self.fault {
            fault.after_step(self.rank(), done);
        }
    }

    #[must_use]
    pub fn rank(&self) -> i32 {
        self.communicator.rank()
    }

    #[must_use]
    pub fn size(&self) -> i32 {
        self.communicator.size()
    }

    /// This rank's share of items, divided evenly.
    #[must_use]
    pub fn share_of(&self, ids: Range<u64>) -> Range<u64> {
        let even = Decomposition::of(ids, u64::from(self.size().unsigned_abs()));
        even.range(u64::from(self.rank().unsigned_abs()))
    }

    #[must_use]
    pub fn is_root(&self) -> bool {
        self.rank() == 0
    }

    /// The communicator of all ranks in the form that parallel file libraries take.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.communicator.as_raw()
    }

    /// The communicator that holds this rank alone.
    #[must_use]
    #[allow(unsafe_code)]
    pub fn handle_of_one(&self) -> Handle {
        // SAFETY: this reads a constant handle that the MPI library defines.
        unsafe { mpi::ffi::RSMPI_COMM_SELF }
    }

    /// "No hints" in the form that parallel file libraries take.
    #[must_use]
    #[allow(unsafe_code)]
    pub fn no_hints(&self) -> mpi::ffi::MPI_Info {
        // SAFETY: this reads a constant handle that the MPI library defines.
        unsafe { mpi::ffi::RSMPI_INFO_NULL }
    }

    /// **Collective.** Makes a local result a common one: `Ok` only when it is so on every rank, else the error of
    /// the lowest failing rank everywhere.
    ///
    /// # Errors
    /// This rank's own error if it is the lowest failing one, else `OnRank` with that one's message.
    pub fn agree<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        let mine = if result.is_err() { self.rank() } else { self.size() };
        let mut first = mine;
        if let Err(error) = &result {
            alone::unless_agreed(error);
        }
        self.meet();
        self.communicator.all_reduce_into(&mine, &mut first, SystemOperation::min());
        alone::agreed();
        if first == self.size() {
            return result;
        }
        let mut told = Vec::new();
        if let (true, Err(error)) = (first == self.rank(), &result) {
            told = vec![error.exit_status(), u8::from(error.aborts())];
            told.extend(error.to_string().into_bytes());
        }
        let told = self.broadcast_from(first, told);
        match result {
            Err(error) if first == self.rank() => Err(error),
            _ => Err(Error::OnRank {
                rank: first,
                status: told.first().copied().unwrap_or(101),
                aborts: told.get(1) == Some(&1),
                message: String::from_utf8_lossy(told.get(2..).unwrap_or_default()).into_owned(),
            }),
        }
    }

    /// **Collective.** Rank 0's bytes on every rank; what the others pass is ignored.
    #[must_use]
    pub fn broadcast(&self, bytes: Vec<u8>) -> Vec<u8> {
        self.broadcast_from(0, bytes)
    }

    /// **Collective.** Rank 0's text on every rank; what the others pass is ignored.
    #[must_use]
    pub fn broadcast_text(&self, text: String) -> String {
        String::from_utf8_lossy(&self.broadcast(text.into_bytes())).into_owned()
    }

    fn broadcast_from(&self, root: i32, bytes: Vec<u8>) -> Vec<u8> {
        self.meet();
        broadcast(&self.communicator.process_at_rank(root), bytes)
    }

    /// **Collective.** Divides rank 0's column over the ranks in rank order, `sizes[rank]` values each.
    /// What the other ranks pass as `column` is ignored.
    #[must_use]
    pub fn scatter(&self, column: &[f64], sizes: &[i32]) -> Vec<f64> {
        let root = self.communicator.process_at_rank(0);
        let own = usize::try_from(sizes[self.rank().unsigned_abs() as usize]).unwrap_or(0);
        let mut mine = vec![0.0; own];
        self.meet();
        if self.is_root() {
            let partition = Partition::new(column, sizes, displacements(sizes));
            root.scatter_varcount_into_root(&partition, &mut mine[..]);
        } else {
            root.scatter_varcount_into(&mut mine[..]);
        }
        mine
    }

    /// **Collective.** The columns of all ranks joined in rank order on rank 0; empty elsewhere.
    #[must_use]
    pub fn gather(&self, column: &[f64], sizes: &[i32]) -> Vec<f64> {
        self.meet();
        let root = self.communicator.process_at_rank(0);
        if !self.is_root() {
            root.gather_varcount_into(column);
            return Vec::new();
        }
        let total = sizes.iter().map(|&n| usize::try_from(n).unwrap_or(0)).sum();
        let mut all = vec![0.0; total];
        let mut partition = PartitionMut::new(&mut all[..], sizes, displacements(sizes));
        root.gather_varcount_into_root(column, &mut partition);
        all
    }

    /// **Collective.** The sum of integers over all ranks, the same everywhere; integers make the order irrelevant.
    #[must_use]
    pub fn sum(&self, values: &[u64]) -> Vec<u64> {
        let mut total = vec![0; values.len()];
        self.meet();
        self.communicator.all_reduce_into(values, &mut total[..], SystemOperation::sum());
        total
    }

    /// **Collective.** The largest of a number over all ranks.
    #[must_use]
    pub fn largest(&self, value: u64) -> u64 {
        let mut most = value;
        self.meet();
        self.communicator.all_reduce_into(&value, &mut most, SystemOperation::max());
        most
    }

    /// **Collective.** The largest of each of some numbers over all ranks.
    #[must_use]
    pub fn largest_of(&self, values: &[u64]) -> Vec<u64> {
        let mut most = vec![0; values.len()];
        self.meet();
        self.communicator.all_reduce_into(values, &mut most[..], SystemOperation::max());
        most
    }

    /// **Collective.** Waits until every rank is here.
    pub fn wait_for_all(&self) {
        self.meet();
        self.communicator.barrier();
    }

    /// From now on the ranks write or read this file together: for what is said when a library fails in it.
    pub fn at_work_on(&self, path: &Path) {
        alone::at_work_on(path);
    }

    /// Ends the job at once on every rank: for failures after which files can no longer be closed together.
    pub fn abort(&self, status: u8) -> ! {
        hook::leave_anyway(status.into());
        self.communicator.abort(i32::from(status))
    }
}

/// Name and version of the MPI library, first line only.
#[must_use]
pub fn library_version() -> String {
    mpi::environment::library_version()
        .ok()
        .and_then(|text| text.split([',', '\n']).next().map(|line| line.trim_matches(['\0', ' ']).to_owned()))
        .unwrap_or_default()
}

/// Whether this process is the one that speaks, told from the launcher's environment before MPI has started.
#[must_use]
pub fn speaks_before_start() -> bool {
    ["OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"]
        .iter()
        .find_map(|name| std::env::var(name).ok())
        .is_none_or(|rank| rank == "0")
}

/// **Collective** on the root's communicator. Its bytes on every rank, in messages that MPI can count.
fn broadcast(root: &Process<'_>, mut bytes: Vec<u8>) -> Vec<u8> {
    let mut length = bytes.len() as u64;
    root.broadcast_into(&mut length);
    bytes.resize(usize::try_from(length).unwrap_or(usize::MAX), 0);
    for piece in bytes.chunks_mut(BROADCAST_PIECE) {
        root.broadcast_into(piece);
    }
    bytes
}

fn displacements(sizes: &[i32]) -> Vec<i32> {
    sizes
        .iter()
        .scan(0, |next, &size| {
            let here = *next;
            *next += size;
            Some(here)
        })
        .collect()
}
