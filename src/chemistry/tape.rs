//! Tapes: lists of what to do that a loop reads once from end to end, so that it needs no lookup and no branch.

use crate::lanes::{Lanes, row};

/// A term of a sum: a number times a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Term {
    pub coefficient: f64,
    pub row: u32,
}

/// `sum` and the terms.
#[inline(always)]
pub(super) fn add<const W: usize>(mut sum: Lanes<W>, terms: &[Term], rows: &[Lanes<W>]) -> Lanes<W> {
    for term in terms {
        sum = row(rows, term.row).fused_by(term.coefficient, sum);
    }
    sum
}

/// The next `count` of a tape.
#[inline(always)]
pub(super) fn take<'t, T>(tape: &mut &'t [T], count: u32) -> &'t [T] {
    let (taken, rest) = tape.split_at(count as usize);
    *tape = rest;
    taken
}

/// An index for the tapes. A mechanism with 2^32 entries would not fit in memory.
#[allow(clippy::cast_possible_truncation)]
pub(super) fn index(i: usize) -> u32 {
    i as u32
}
