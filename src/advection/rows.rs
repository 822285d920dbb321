//! Tiles of particles as rows of numbers, and what is computed of them everywhere.

use std::ops::{Deref, DerefMut};

use super::Mesh;
use super::analytic::{Analytic, Component};
use crate::instructions::Instructions;
use crate::maths::cos_latitude;

/// Numbers of a tile of particles.
pub(super) type Row<const W: usize> = [f64; W];
/// Particles in a tile: four AVX-512 registers of doubles. Each stage of a scheme waits for the one before; so many are
/// enough to keep the processor busy meanwhile.
pub(super) const WIDTH: usize = 32;

/// A value that begins at a line of the cache. Rows in it do so too, and no vector of theirs lies across two lines, which
/// costs up to a third of the time.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(align(64))]
pub(super) struct Aligned<T>(pub T);

impl<T> Deref for Aligned<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Aligned<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

/// x, y and depth of a tile.
pub(super) type Places<'a> = [&'a Row<WIDTH>; 3];

/// cos(latitude) is never taken as smaller, so that nothing flies off within 640 m of the poles.
pub(super) const LEAST_COSINE: f64 = 1e-4;

/// Which lanes something is true of: all bits set, or none. This is how vector instructions compare.
pub(super) type Mask = [u64; WIDTH];

/// Set a lane of a mask when something is true of it.
#[inline(always)]
pub(super) fn set_where<const W: usize>(mask: &mut [u64; W], lane: usize, is_true: bool) {
    mask[lane] |= if is_true { u64::MAX } else { 0 };
}

/// Whether anything is true of any lane.
#[inline(always)]
pub(super) fn any(mask: &Mask) -> bool {
    mask.iter().fold(0, |all, lane| all | lane) != 0
}

/// Whether two tiles hold the same: all lanes at once, where `==` calls a function or goes from lane to lane.
#[inline(always)]
pub(super) fn same<T: Copy + PartialEq, const W: usize>(left: &[T; W], right: &[T; W]) -> bool {
    (0..W).fold(true, |all, lane| all & (left[lane] == right[lane]))
}

/// `count` numbers from a place on; further lanes repeat the first.
#[inline(always)]
pub(super) fn lanes<T: Copy, const W: usize>(column: &[T], from: usize, count: usize) -> [T; W] {
    *row(column, from, count, &mut None)
}

/// As `lanes`, without a copy where the column has a whole row; `spare` holds the copy of a part of one.
#[inline(always)]
pub(super) fn row<'a, T: Copy, const W: usize>(
    column: &'a [T],
    from: usize,
    count: usize,
    spare: &'a mut Option<[T; W]>,
) -> &'a [T; W] {
    match column[from..].first_chunk() {
        Some(whole) if count == W => whole,
        _ => spare.insert(part(&column[from..from + count])),
    }
}

#[cold]
#[inline(never)]
fn part<T: Copy, const W: usize>(numbers: &[T]) -> [T; W] {
    let mut row = [numbers[0]; W];
    row[..numbers.len()].copy_from_slice(numbers);
    row
}

/// Store the first `count` lanes of a row.
#[inline(always)]
pub(super) fn store<T: Copy, const W: usize>(row: &[T; W], column: &mut [T], from: usize, count: usize) {
    match column[from..].first_chunk_mut() {
        Some(whole) if count == W => *whole = *row,
        _ => store_part(&row[..count], &mut column[from..from + count]),
    }
}

/// Out of the way: in one place with the store of a whole row it would make a call of both.
#[cold]
#[inline(never)]
fn store_part<T: Copy>(numbers: &[T], column: &mut [T]) {
    column.copy_from_slice(numbers);
}

/// Coordinate units in a metre at latitudes: along x, and along y where it is the same everywhere.
#[inline(always)]
pub(super) fn units_per_metre<const W: usize>(mesh: Mesh, y: &Row<W>) -> (Row<W>, f64) {
    match mesh {
        Mesh::Flat => ([1.0; W], 1.0),
        Mesh::Spherical => {
            let mut along_x = [0.0; W];
            for lane in 0..W {
                let cosine = cos_latitude(y[lane]);
                let cosine = if cosine > LEAST_COSINE { cosine } else { LEAST_COSINE };
                along_x[lane] = 1.0 / (Mesh::METRES_PER_DEGREE * cosine);
            }
            (along_x, 1.0 / Mesh::METRES_PER_DEGREE)
        }
    }
}

/// A component of an analytic flow.
#[inline(always)]
fn formula_here(analytic: Analytic, t: &Row<WIDTH>, [x, y, _]: Places<'_>) -> Row<WIDTH> {
    let mut out = [0.0; WIDTH];
    for lane in 0..WIDTH {
        let [u, v] = analytic.flow.velocity(t[lane], x[lane], y[lane]);
        out[lane] = match analytic.component {
            Component::U => u,
            Component::V => v,
        };
    }
    out
}

/// AVX2 is enough for formulas, which are for teaching and tests; the bits are the same.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn formula_avx2(analytic: Analytic, t: &Row<WIDTH>, at: Places<'_>) -> Row<WIDTH> {
    formula_here(analytic, t, at)
}

#[inline(never)]
fn formula_baseline(analytic: Analytic, t: &Row<WIDTH>, at: Places<'_>) -> Row<WIDTH> {
    formula_here(analytic, t, at)
}

#[allow(unsafe_code)]
pub(super) fn formula(instructions: Instructions, analytic: Analytic, t: &Row<WIDTH>, at: Places<'_>) -> Row<WIDTH> {
    match instructions {
        Instructions::Baseline => formula_baseline(analytic, t, at),
        // SAFETY: a value other than `Baseline` comes from `available` only, which asked the processor.
        #[cfg(target_arch = "x86_64")]
        _ => unsafe { formula_avx2(analytic, t, at) },
    }
}
