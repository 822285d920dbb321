//! What every rank has for every other: items that move.

use mpi::datatype::{Partition, PartitionMut};
use mpi::traits::CommunicatorCollectives;

use super::{World, displacements};

/// Bytes that a rank sends in one call, and receives: MPI counts them in 32 bits.
const PIECE: usize = 1 << 30;

impl World {
    /// **Collective.** Sends the bytes `parcels[rank]` to each rank, and returns what each rank sent here.
    #[must_use]
    pub fn exchange(&self, parcels: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let ranks = parcels.len();
        let lengths: Vec<u64> = parcels.iter().map(|parcel| parcel.len() as u64).collect();
        let mut coming = vec![0_u64; ranks];
        self.meet();
        self.communicator.all_to_all_into(&lengths[..], &mut coming[..]);
        // No rank may send or receive more than a piece in one round, from all ranks together.
        let most = PIECE / ranks;
        let rounds = lengths.iter().map(|&length| (length as usize).div_ceil(most)).max().unwrap_or(0);
        let rounds = self.largest(rounds as u64) as usize;
        let mut received: Vec<Vec<u8>> = coming.iter().map(|&length| Vec::with_capacity(length as usize)).collect();
        for round in 0..rounds {
            let part = |length: usize| (length.saturating_sub(round * most)).min(most);
            let counts = |lengths: &[u64]| -> Vec<i32> { lengths.iter().map(|&n| part(n as usize) as i32).collect() };
            let (out, into) = (counts(&lengths), counts(&coming));
            // An empty vector may point at address 1, which OpenMPI takes for its MPI_IN_PLACE: each has room for a byte.
            let mut sending = Vec::with_capacity(1);
            for (parcel, &count) in parcels.iter().zip(&out) {
                let from = (round * most).min(parcel.len());
                sending.extend_from_slice(&parcel[from..from + count as usize]);
            }
            let arriving_bytes: usize = into.iter().map(|&count| count as usize).sum();
            let mut arriving = Vec::with_capacity(arriving_bytes.max(1));
            arriving.resize(arriving_bytes, 0_u8);
            let partition = Partition::new(&sending[..], &out[..], displacements(&out));
            let mut places = PartitionMut::new(&mut arriving[..], &into[..], displacements(&into));
            self.communicator.all_to_all_varcount_into(&partition, &mut places);
            let mut rest = &arriving[..];
            for (whole, &count) in received.iter_mut().zip(&into) {
                let (own, others) = rest.split_at(count as usize);
                whole.extend_from_slice(own);
                rest = others;
            }
        }
        received
    }
}
