//! Items and their ids: sampling designs, distributions, sensitivity, division over ranks, state as columns. Pure, without
//! MPI.

pub mod boxes;
pub mod copula;
pub mod decomposition;
pub mod design;
pub mod discrepancy;
pub mod distribution;
mod halton;
pub mod levels;
mod matrix;
pub mod members;
mod normal;
mod permutation;
pub mod points;
pub mod saltelli;
mod scipy;
pub mod sensitivity;
pub mod sobol;
pub mod state;
