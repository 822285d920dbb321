//! Random numbers for programs, addressed by seed, program, element, step and position in the text, so that they are
//! the same in every block and on every rank.
//!
//! Normals: G. E. P. Box, M. E. Muller, "A note on the generation of random normal deviates", Ann. Math. Stat. 29
//! (1958), <https://doi.org/10.1214/aoms/1177706645>: a fixed number of words for each, which addressing needs.

use std::f64::consts::TAU;

use super::program::{Draw, DrawKind};
use crate::random::{Address, Purpose, unit_interval, words};

/// Where the random numbers of a program come from in one step.
#[derive(Debug, Clone, Copy)]
pub struct DrawSource<'a> {
    pub seed: u64,
    pub purpose: Purpose,
    /// Tells the programs of a run apart; one draws at most 2^32 numbers.
    pub program: u32,
    pub step: u64,
    pub member: u64,
    /// Global ids of the block's elements.
    pub ids: &'a [u64],
}

impl DrawSource<'_> {
    /// Fills `out` with what a program asks for; to be handed to `Program::evaluate` in a closure.
    pub fn fill(&self, draw: Draw, out: &mut [f64]) {
        let position = (u64::from(self.program) << 32) | draw.index as u64;
        let ids = self.ids.get(draw.first..).unwrap_or_default();
        for (out, &id) in out.iter_mut().zip(ids) {
            let address = Address { draw: position, step: self.step, id, member: self.member };
            let words = words(self.seed, self.purpose, address);
            *out = match draw.kind {
                DrawKind::Uniform => unit_interval(words[0]),
                DrawKind::Normal => normal(unit_interval(words[0]), unit_interval(words[1])),
            };
        }
    }
}

/// A normal from two numbers in [0, 1).
fn normal(u: f64, v: f64) -> f64 {
    // 1 - u is never 0 and exact.
    (-2.0 * libm::log(1.0 - u)).sqrt() * libm::cos(TAU * v)
}
