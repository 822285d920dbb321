//! Proof of the chemistry without MPI and files. Names say where the truth comes from: `exact_` from analysis,
//! `val_` from the literature, `conv_` from the order of convergence, `regress_` from earlier results of our own.
#![allow(clippy::float_cmp, reason = "tests of bits compare bits")]
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small numbers")]
#![allow(clippy::similar_names, reason = "k0, kinf and kint are the literature's")]
#![allow(clippy::must_use_candidate, clippy::return_self_not_must_use, clippy::needless_range_loop)]

mod bits;
mod builder;
mod cells;
mod kinetics;
mod outcomes;
mod problems;
mod rate;
mod sparse;
mod state;
mod tableau;
