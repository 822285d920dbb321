//! What holds of the whole program, launched as users launch it. One binary, so that it links once.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod any_input;
mod architecture;
mod balance;
mod commands;
mod dashboard;
mod datasets;
mod ensembles;
mod failures;
mod faults;
mod jobscripts;
mod launch;
mod node_fields;
mod plan;
mod ranks;
mod reduce;
mod repeat;
mod report;
mod restart;
mod sampling;
mod scratch;
mod statistics;
mod stopping;
mod watching;
mod writing;
mod wrong_decks;
mod wrong_fields;

/// What must hold for any input, shared with `cargo fuzz`.
#[path = "../../fuzz/src/lib.rs"]
mod fuzz;
