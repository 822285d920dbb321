//! Fixed pieces of work for the kernels alone: chemistry in cells, particles in a gyre, random numbers.
//!
//! Everything is made here, from the mechanisms in `inputs/` and from formulas; no MPI, no files of fields, no output.

pub mod chemistry;
pub mod particles;
pub mod random;
