//! Processors that no rank computes on.

use std::thread::available_parallelism;

use mpi::collective::SystemOperation;
use mpi::traits::{Communicator, CommunicatorCollectives};
use rustix::thread::{CpuSet, sched_getaffinity};

use super::World;

impl World {
    /// Whether several threads of a rank may call MPI at once.
    #[must_use]
    pub fn threads(&self) -> bool {
        self.threads
    }

    /// **Collective.** Whether, on every node, the ranks may use more processors than they are, and each of them more
    /// than one. Ranks that are bound to one processor each have none to spare, however many the node has; neither do
    /// those whose container grants them the time of no more.
    #[must_use]
    pub fn has_spare_processors(&self) -> bool {
        let own = sched_getaffinity(None).unwrap_or_default();
        let granted = available_parallelism().map_or(1, |count| count.get() as u64);
        let node = self.communicator.split_shared(self.rank());
        let words: Vec<u64> = (0..CpuSet::MAX_CPU.div_ceil(64)).map(|word| mask(&own, 64 * word)).collect();
        let mut all = words.clone();
        node.all_reduce_into(&words[..], &mut all[..], SystemOperation::bitwise_or());
        let [own, mut all] =
            [&words, &all].map(|words| words.iter().map(|word| u64::from(word.count_ones())).sum::<u64>());
        if granted < own {
            all = all.min(granted);
        }
        let has_none = own <= 1 || all <= u64::from(node.size().unsigned_abs());
        self.largest(u64::from(has_none)) == 0
    }
}

/// The 64 processors from `first` on, a bit each.
fn mask(set: &CpuSet, first: usize) -> u64 {
    (0..64).filter(|bit| set.is_set(first + bit)).fold(0, |mask, bit| mask | 1 << bit)
}
