//! What a step did, counted.

use std::ops::AddAssign;

use super::particles::ParticleStatus;

/// Counts of one step or of many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Particle steps.
    pub moved: u64,
    /// Particles released.
    pub released: u64,
    /// Particles that got each status, in the order of `ParticleStatus::ALL`; only those that end a trajectory count.
    pub ended: [u64; ParticleStatus::ALL.len()],
    /// Internal steps of the adaptive scheme.
    pub accepted: u64,
    pub rejected: u64,
    /// A particle left the domain and the run is to end (`OnLeaving::Stop`).
    pub stop: bool,
}

impl Tally {
    /// Particles whose trajectory ended.
    #[must_use]
    pub fn ended_in_all(&self) -> u64 {
        self.ended.iter().sum()
    }

    pub(super) fn end(&mut self, status: ParticleStatus) {
        self.ended[status as usize] += 1;
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.moved += other.moved;
        self.released += other.released;
        for (own, other) in self.ended.iter_mut().zip(other.ended) {
            *own += other;
        }
        self.accepted += other.accepted;
        self.rejected += other.rejected;
        self.stop |= other.stop;
    }
}
