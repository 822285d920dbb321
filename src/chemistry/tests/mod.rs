//! Proof of the chemistry without MPI and files. Names say where the truth comes from: `exact_` from analysis,
//! `val_` from the literature, `conv_` from the order of convergence, `regress_` from earlier results of our own.

mod bits;
mod builder;
mod cells;
mod kinetics;
mod outcomes;
mod problems;
mod rate;
mod sparse;
mod tableau;
