//! Cells and their ids: sampling designs, distributions, division over ranks. Pure, without MPI.

pub mod decomposition;
pub mod design;
pub mod distribution;
mod permutation;
mod scipy;
