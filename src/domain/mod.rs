//! Items and their ids: sampling designs, distributions, division over ranks, state as columns. Pure, without MPI.

pub mod boxes;
pub mod decomposition;
pub mod design;
pub mod distribution;
pub mod members;
mod permutation;
mod scipy;
pub mod state;
