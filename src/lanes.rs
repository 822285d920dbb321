//! `W` numbers side by side, one for each cell that is integrated at the same time.
//!
//! Plain arrays in plain loops: the compiler makes vector instructions of them for whatever instruction set the
//! calling function was compiled for, and every operation acts on one lane only, so that the bits of a cell do not
//! depend on the width. Everything is `inline(always)`: a function that is not inlined would be compiled for the
//! baseline instruction set, where `mul_add` is a call.

use std::ops::{Add, Mul, Sub};

/// One number for each lane.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(C, align(64))]
pub(crate) struct Lanes<const W: usize>(pub [f64; W]);

impl<const W: usize> Lanes<W> {
    /// Zero in every lane.
    pub const ZERO: Self = Self([0.0; W]);

    /// The same number in every lane.
    #[inline(always)]
    pub fn splat(value: f64) -> Self {
        Self([value; W])
    }

    /// `function` of each lane.
    #[inline(always)]
    pub fn map(self, function: impl Fn(f64) -> f64) -> Self {
        let mut out = self;
        for lane in 0..W {
            out.0[lane] = function(self.0[lane]);
        }
        out
    }

    /// `function` of each pair of lanes.
    #[inline(always)]
    pub fn zip(self, other: Self, function: impl Fn(f64, f64) -> f64) -> Self {
        let mut out = self;
        for lane in 0..W {
            out.0[lane] = function(self.0[lane], other.0[lane]);
        }
        out
    }

    /// `self * factor + term`, rounded once.
    #[inline(always)]
    pub fn fused(&self, factor: Self, term: Self) -> Self {
        let mut out = term;
        for lane in 0..W {
            out.0[lane] = self.0[lane].mul_add(factor.0[lane], term.0[lane]);
        }
        out
    }

    /// `term - self * factor`, rounded once.
    #[inline(always)]
    pub fn fused_from(&self, factor: Self, term: Self) -> Self {
        let mut out = term;
        for lane in 0..W {
            out.0[lane] = (-self.0[lane]).mul_add(factor.0[lane], term.0[lane]);
        }
        out
    }

    /// `self * factor + term` with one factor for all lanes, rounded once.
    #[inline(always)]
    pub fn fused_by(&self, factor: f64, term: Self) -> Self {
        let mut out = term;
        for lane in 0..W {
            out.0[lane] = self.0[lane].mul_add(factor, term.0[lane]);
        }
        out
    }

    /// `self * factor` with one factor for all lanes.
    #[inline(always)]
    pub fn scaled(self, factor: f64) -> Self {
        self.map(|x| x * factor)
    }

    /// `N` of the lanes, from lane `first`.
    #[inline(always)]
    pub fn part<const N: usize>(&self, first: usize) -> Lanes<N> {
        let mut part = Lanes::ZERO;
        part.0.copy_from_slice(&self.0[first..first + N]);
        part
    }

    /// Whether `test` holds in any lane.
    #[inline(always)]
    pub fn any(&self, test: impl Fn(f64) -> bool) -> bool {
        // Integers, whose union may be formed in any order and hence side by side.
        let mut found = 0;
        for lane in 0..W {
            found |= u64::from(test(self.0[lane]));
        }
        found != 0
    }

    /// Whole numbers, not negative and below 2^52, as integers; a cast would take care of all other numbers too, one
    /// lane after the other.
    #[inline(always)]
    pub fn counts(&self) -> [u64; W] {
        const TWO_52: f64 = 4_503_599_627_370_496.0;
        let mut counts = [0; W];
        for lane in 0..W {
            counts[lane] = (self.0[lane] + TWO_52).to_bits() ^ TWO_52.to_bits();
        }
        counts
    }

    /// Quotient of each pair of lanes.
    #[inline(always)]
    pub fn over(self, other: Self) -> Self {
        self.zip(other, |a, b| a / b)
    }
}

impl<const W: usize> Add for Lanes<W> {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }
}

impl<const W: usize> Sub for Lanes<W> {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.zip(other, |a, b| a - b)
    }
}

impl<const W: usize> Mul for Lanes<W> {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.zip(other, |a, b| a * b)
    }
}

/// Row `i`, where `i` comes from a tape.
#[inline(always)]
pub(crate) fn row<const W: usize>(rows: &[Lanes<W>], i: u32) -> &Lanes<W> {
    &rows[i as usize]
}
