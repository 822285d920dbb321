//! Trajectories with known answers, and what must hold for all of them.

mod bits;
mod borders;
mod builder;
mod curved;
mod flows;
mod scales;
mod state;
mod variables;
mod walks;
