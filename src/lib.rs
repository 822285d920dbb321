//! chemdrift: atmospheric chemistry in very many cells on supercomputers.
//!
//! ```text
//! deck.yaml --read--> Sources --check--> Plan --scatter--> Block --advance--> Block --write--> file
//!  (rank 0)    bcast        (every rank, pure)    (comm)     (kernel, local)        (io, collective)
//! ```
//!
//! Invariants:
//! - The answer is a function of the deck alone, not of ranks, blocks or processors.
//! - MPI is named only in `comm`, NetCDF and HDF5 only in `io`, YAML only in `deck`.
//! - Physics (`chemistry`, `domain`, `random`) is pure: no input or output, no logging, no failure on user input.

pub mod advection;
pub mod calendar;
pub mod chemistry;
pub mod cli;
pub mod clock;
pub mod comm;
pub mod dashboard;
pub mod deck;
pub mod diagnostic;
pub mod domain;
pub mod error;
pub mod expression;
mod fault;
pub mod field_head;
pub mod forecast;
mod instructions;
pub mod io;
pub mod jobscript;
mod lanes;
mod maths;
mod memory;
pub mod monitor;
pub mod output;
pub mod plan;
pub mod provenance;
pub mod quantity;
pub mod random;
pub mod reduce;
pub mod report;
pub mod run;
pub mod screen;
pub mod statistics;
pub mod telemetry;
