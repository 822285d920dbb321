//! What holds of the whole program, launched as users launch it. One binary, so that it links once.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod architecture;
mod commands;
mod datasets;
mod failures;
mod launch;
mod node_fields;
mod ranks;
mod scratch;
mod wrong_decks;
mod wrong_fields;
