//! Interpolation on rectilinear A-grids: bilinear in the cell, linear between two depth levels and two snapshots.
//!
//! With the position (xi, eta, zeta) in a cell, 0 to 1, and tau between two snapshots, each step is a + (b - a) xi, along
//! x first, then y, depth and time. Values are single, arithmetic double precision.
//!
//! This is where most of the time goes. It is compiled once for each instruction set as functions of their own rather
//! than into every scheme, which made the program ten times as large.

use super::place::{Lattice, Place};
use super::rows::{Places, Row, WIDTH};
use super::snapshot::{Slot, Values, unpack};
use super::window::Window;
use crate::instructions::Instructions;

/// a + (b - a) weight.
#[inline(always)]
fn between(a: f64, b: f64, weight: f64) -> f64 {
    (b - a).mul_add(weight, a)
}

/// Nodes with `C` components as interpolation reads them.
trait Nodes<const C: usize>: Copy {
    fn at(self, node: usize) -> [f64; C];
}

/// Pairs, land being 0.
#[derive(Clone, Copy)]
struct Pairs<'a>(&'a [u64]);

impl Nodes<2> for Pairs<'_> {
    #[inline(always)]
    fn at(self, node: usize) -> [f64; 2] {
        // The smaller of the two is always `node`: it shows the compiler that no check is needed, so that it vectorises.
        let [a, b] = unpack(self.0[node.min(self.0.len() - 1)]);
        [f64::from(a), f64::from(b)]
    }
}

/// Values and whether there is one; a missing one is 0.
#[derive(Clone, Copy)]
struct Singles<'a>(&'a [f32]);

impl Nodes<2> for Singles<'_> {
    #[inline(always)]
    fn at(self, node: usize) -> [f64; 2] {
        let value = f64::from(self.0[node.min(self.0.len() - 1)]);
        if value.is_nan() { [0.0, 0.0] } else { [value, 1.0] }
    }
}

/// Values, a missing one being 0.
#[derive(Clone, Copy)]
struct Rests<'a>(&'a [f32]);

impl Nodes<1> for Rests<'_> {
    #[inline(always)]
    fn at(self, node: usize) -> [f64; 1] {
        let value = f64::from(self.0[node.min(self.0.len() - 1)]);
        [if value.is_nan() { 0.0 } else { value }]
    }
}

#[inline(always)]
fn level<const C: usize>(nodes: impl Nodes<C>, base: usize, stride: &[usize; 3], xi: f64, eta: f64) -> [f64; C] {
    let (sw, se) = (nodes.at(base), nodes.at(base + stride[0]));
    let (nw, ne) = (nodes.at(base + stride[1]), nodes.at(base + stride[1] + stride[0]));
    let mut out = [0.0; C];
    for c in 0..C {
        out[c] = between(between(sw[c], se[c], xi), between(nw[c], ne[c], xi), eta);
    }
    out
}

#[inline(always)]
fn blend<const W: usize, const C: usize, N: Nodes<C>>(
    (before, after): (N, N),
    stride: [usize; 3],
    place: &Place<W>,
    tau: &[f64; W],
) -> [[f64; W]; C] {
    let mut out = [[0.0; W]; C];
    if stride[2] > 0 {
        for lane in 0..W {
            let (base, xi, eta, zeta) = (place.base[lane], place.xi[lane], place.eta[lane], place.zeta[lane]);
            let below = base + stride[2];
            let (a, b) = (level(before, base, &stride, xi, eta), level(before, below, &stride, xi, eta));
            let (c, d) = (level(after, base, &stride, xi, eta), level(after, below, &stride, xi, eta));
            for k in 0..C {
                out[k][lane] = between(between(a[k], b[k], zeta), between(c[k], d[k], zeta), tau[lane]);
            }
        }
    } else {
        for lane in 0..W {
            let (base, xi, eta) = (place.base[lane], place.xi[lane], place.eta[lane]);
            let (a, b) = (level(before, base, &stride, xi, eta), level(after, base, &stride, xi, eta));
            for c in 0..C {
                out[c][lane] = between(a[c], b[c], tau[lane]);
            }
        }
    }
    out
}

/// What to make of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// Both components of a pair, or a single value twice; land is 0.
    Flow,
    /// A single value with its missing nodes at 0, and how much of the weight has a value; a pair as above.
    Tracer,
}

#[inline(always)]
fn read(
    (before, after): (&Slot, &Slot),
    reading: Reading,
    stride: [usize; 3],
    place: &Place<WIDTH>,
    tau: &Row<WIDTH>,
) -> [Row<WIDTH>; 2] {
    match (&before.values, &after.values) {
        (Values::Pair(a), Values::Pair(b)) if !a.is_empty() && !b.is_empty() => {
            blend((Pairs(a), Pairs(b)), stride, place, tau)
        }
        (Values::Single(a), Values::Single(b)) if !a.is_empty() && !b.is_empty() => {
            if reading == Reading::Tracer {
                blend((Singles(a), Singles(b)), stride, place, tau)
            } else {
                let [value] = blend((Rests(a), Rests(b)), stride, place, tau);
                [value, value]
            }
        }
        // One window holds one kind of values only.
        _ => [[f64::NAN; WIDTH]; 2],
    }
}

/// All snapshots of a window, each lane between the two around its own time.
#[inline(always)]
fn sample_here(
    window: &Window,
    lattice: &Lattice,
    reading: Reading,
    time: &Row<WIDTH>,
    at: Places<'_>,
) -> [Row<WIDTH>; 2] {
    let slots = &window.slots[..];
    let mut out = [[f64::NAN; WIDTH]; 2];
    let Some(most) = slots.len().checked_sub(1) else { return out };
    let place = lattice.find(at[0], at[1], at[2]);
    for k in 0..most.max(1) {
        let (before, after) = (&slots[k], &slots[(k + 1).min(most)]);
        // Each lane belongs to one pair of snapshots: the last that begins at or before its time.
        let begin = if k == 0 { f64::NEG_INFINITY } else { before.time };
        let end = if k + 1 >= most { f64::INFINITY } else { after.time };
        let scale = if after.time > before.time { 1.0 / (after.time - before.time) } else { 0.0 };
        let (mut tau, mut mine, mut any) = ([0.0; WIDTH], [false; WIDTH], false);
        for lane in 0..WIDTH {
            let t = (time[lane] - before.time) * scale;
            let t = if t > 0.0 { t } else { 0.0 };
            tau[lane] = if t < 1.0 { t } else { 1.0 };
            mine[lane] = (time[lane] >= begin) & (time[lane] < end);
            any |= mine[lane];
        }
        if any {
            let values = read((before, after), reading, lattice.stride, &place, &tau);
            for c in 0..2 {
                for lane in 0..WIDTH {
                    out[c][lane] = if mine[lane] { values[c][lane] } else { out[c][lane] };
                }
            }
        }
    }
    out
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn sample_avx2(w: &Window, l: &Lattice, r: Reading, t: &Row<WIDTH>, at: Places<'_>) -> [Row<WIDTH>; 2] {
    sample_here(w, l, r, t, at)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,avx512f,avx512dq,avx512vl")]
fn sample_avx512(w: &Window, l: &Lattice, r: Reading, t: &Row<WIDTH>, at: Places<'_>) -> [Row<WIDTH>; 2] {
    sample_here(w, l, r, t, at)
}

#[inline(never)]
fn sample_baseline(w: &Window, l: &Lattice, r: Reading, t: &Row<WIDTH>, at: Places<'_>) -> [Row<WIDTH>; 2] {
    sample_here(w, l, r, t, at)
}

#[allow(unsafe_code)]
#[inline(always)]
fn sample(
    instructions: Instructions,
    (window, lattice): (&Window, &Lattice),
    reading: Reading,
    time: &Row<WIDTH>,
    at: Places<'_>,
) -> [Row<WIDTH>; 2] {
    match instructions {
        Instructions::Baseline => sample_baseline(window, lattice, reading, time, at),
        // SAFETY: a value other than `Baseline` comes from `available` only, which asked the processor.
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx2 => unsafe { sample_avx2(window, lattice, reading, time, at) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx512 => unsafe { sample_avx512(window, lattice, reading, time, at) },
    }
}

/// Both components of a pair, or a single one twice; where there is no value, it is 0.
#[inline(always)]
pub(super) fn flow(
    instructions: Instructions,
    on: (&Window, &Lattice),
    time: &Row<WIDTH>,
    at: Places<'_>,
) -> [Row<WIDTH>; 2] {
    sample(instructions, on, Reading::Flow, time, at)
}

/// A component of a window as a tracer: nodes without value are left out and the others' weights scaled up; NaN where
/// none has a value. In a pair, land is 0.
#[inline(always)]
pub(super) fn tracer(
    instructions: Instructions,
    on: (&Window, &Lattice),
    component: usize,
    time: &Row<WIDTH>,
    at: Places<'_>,
) -> Row<WIDTH> {
    let both = sample(instructions, on, Reading::Tracer, time, at);
    if on.0.fields.len() > 1 {
        return both[component];
    }
    let [mut value, weight] = both;
    for lane in 0..WIDTH {
        value[lane] = if weight[lane] > 0.0 { value[lane] / weight[lane] } else { f64::NAN };
    }
    value
}

/// How much of the weight in the cell that begins at a node is land.
#[inline(always)]
fn share(land: &[u8], node: usize, xi: f64, eta: f64) -> f64 {
    let flags = u64::from(land[node.min(land.len() - 1)]);
    // Bits as 0.0 or 1.0.
    let one = 1.0_f64.to_bits();
    let corner = [
        f64::from_bits((flags & 1) * one),
        f64::from_bits((flags >> 1 & 1) * one),
        f64::from_bits((flags >> 2 & 1) * one),
        f64::from_bits((flags >> 3 & 1) * one),
    ];
    between(between(corner[0], corner[1], xi), between(corner[2], corner[3], xi), eta)
}

/// How much of the interpolation's weight is land, 0 to 1, in the last snapshot at or before the time.
#[inline(always)]
pub(super) fn land(window: &Window, lattice: &Lattice, place: &Place<WIDTH>, time: f64) -> Row<WIDTH> {
    let held = window.slots.iter().rev().find(|slot| slot.time <= time).or(window.slots.first());
    let mut out = [0.0; WIDTH];
    let Some(land) = held.map(Slot::land).filter(|land| !land.is_empty()) else { return out };
    let deeper = lattice.stride[2];
    for lane in 0..WIDTH {
        let (node, xi, eta) = (place.base[lane], place.xi[lane], place.eta[lane]);
        let upper = share(land, node, xi, eta);
        out[lane] =
            if deeper == 0 { upper } else { between(upper, share(land, node + deeper, xi, eta), place.zeta[lane]) };
    }
    out
}
