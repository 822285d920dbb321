//! Interpolation on rectilinear A-grids: bilinear in the cell, linear between two depth levels and two snapshots.
//!
//! With the position (xi, eta, zeta) in a cell, 0 to 1, and tau between two snapshots, each step is a + (b - a) xi, along
//! x first, then y, depth and time. Values are single, arithmetic double precision.

use super::place::{Lattice, Place};
use super::window::{Slot, Values, Window};

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
struct Pairs<'a>(&'a [[f32; 2]]);

impl Nodes<2> for Pairs<'_> {
    #[inline(always)]
    fn at(self, node: usize) -> [f64; 2] {
        // The smaller of the two is always `node`: it shows the compiler that no check is needed, so that it vectorises.
        let [a, b] = self.0[node.min(self.0.len() - 1)];
        [f64::from(a), f64::from(b)]
    }
}

/// One component of pairs.
#[derive(Clone, Copy)]
struct Component<'a>(&'a [[f32; 2]], usize);

impl Nodes<2> for Component<'_> {
    #[inline(always)]
    fn at(self, node: usize) -> [f64; 2] {
        let [a, b] = self.0[node.min(self.0.len() - 1)];
        [f64::from(if self.1 == 0 { a } else { b }), 1.0]
    }
}

/// Values and whether there is one; a missing one is 0.
#[derive(Clone, Copy)]
struct Singles<'a>(&'a [f32]);

impl Nodes<2> for Singles<'_> {
    #[inline(always)]
    fn at(self, node: usize) -> [f64; 2] {
        let value = f64::from(self.0[node.min(self.0.len() - 1)]);
        if value == value { [value, 1.0] } else { [0.0, 0.0] }
    }
}

/// Values, a missing one being 0.
#[derive(Clone, Copy)]
struct Rests<'a>(&'a [f32]);

impl Nodes<1> for Rests<'_> {
    #[inline(always)]
    fn at(self, node: usize) -> [f64; 1] {
        let value = f64::from(self.0[node.min(self.0.len() - 1)]);
        [if value == value { value } else { 0.0 }]
    }
}

#[inline(always)]
fn level<const C: usize>(nodes: impl Nodes<C>, base: usize, stride: &[usize; 3], xi: f64, eta: f64) -> [f64; C] {
    let (sw, se) = (nodes.at(base), nodes.at(base + stride[0]));
    let (nw, ne) = (nodes.at(base + stride[1]), nodes.at(base + stride[1] + stride[0]));
    std::array::from_fn(|c| between(between(sw[c], se[c], xi), between(nw[c], ne[c], xi), eta))
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
            let (base, xi, eta) = (place.base[lane], place.xi[lane], place.eta[lane]);
            let at = |nodes: N| -> [f64; C] {
                let upper = level(nodes, base, &stride, xi, eta);
                let lower = level(nodes, base + stride[2], &stride, xi, eta);
                std::array::from_fn(|c| between(upper[c], lower[c], place.zeta[lane]))
            };
            let (a, b) = (at(before), at(after));
            for c in 0..C {
                out[c][lane] = between(a[c], b[c], tau[lane]);
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

/// What to make of a window's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// Both components, or the only one twice; land is 0.
    Flow,
    /// A component, and how much of the weight has a value.
    Tracer(usize),
}

#[inline(always)]
fn read<const W: usize>(
    (before, after): (&Slot, &Slot),
    reading: Reading,
    stride: [usize; 3],
    place: &Place<W>,
    tau: &[f64; W],
) -> [[f64; W]; 2] {
    match (&before.values, &after.values, reading) {
        (Values::Pair(a), Values::Pair(b), Reading::Flow) if !a.is_empty() && !b.is_empty() => {
            blend((Pairs(a), Pairs(b)), stride, place, tau)
        }
        (Values::Single(a), Values::Single(b), Reading::Flow) if !a.is_empty() && !b.is_empty() => {
            let [value] = blend((Rests(a), Rests(b)), stride, place, tau);
            [value, value]
        }
        (Values::Pair(a), Values::Pair(b), Reading::Tracer(c)) if !a.is_empty() && !b.is_empty() => {
            blend((Component(a, c), Component(b, c)), stride, place, tau)
        }
        (Values::Single(a), Values::Single(b), Reading::Tracer(_)) if !a.is_empty() && !b.is_empty() => {
            blend((Singles(a), Singles(b)), stride, place, tau)
        }
        // One window holds one kind of values only.
        _ => [[f64::NAN; W]; 2],
    }
}

/// All snapshots of a window, each lane between the two around its own time.
#[inline(always)]
fn sample<const W: usize>(
    window: &Window,
    lattice: &Lattice,
    reading: Reading,
    place: &Place<W>,
    time: &[f64; W],
) -> [[f64; W]; 2] {
    let slots = &window.slots[..];
    let Some(most) = slots.len().checked_sub(1) else { return [[f64::NAN; W]; 2] };
    let mut out = [[f64::NAN; W]; 2];
    for k in 0..most.max(1) {
        let (before, after) = (&slots[k], &slots[(k + 1).min(most)]);
        let scale = if after.time > before.time { 1.0 / (after.time - before.time) } else { 0.0 };
        let mut tau = [0.0; W];
        for lane in 0..W {
            let t = (time[lane] - before.time) * scale;
            let t = if t > 0.0 { t } else { 0.0 };
            tau[lane] = if t < 1.0 { t } else { 1.0 };
        }
        if most <= 1 {
            return read((before, after), reading, lattice.stride, place, &tau);
        }
        // Each lane belongs to one pair of snapshots: the last that begins at or before its time.
        let (begin, end) = (if k == 0 { f64::NEG_INFINITY } else { before.time }, after.time);
        let mine = |time: f64| (time >= begin) & ((time < end) | (k + 1 == most));
        if time.iter().any(|&time| mine(time)) {
            let values = read((before, after), reading, lattice.stride, place, &tau);
            for lane in 0..W {
                for c in 0..2 {
                    out[c][lane] = if mine(time[lane]) { values[c][lane] } else { out[c][lane] };
                }
            }
        }
    }
    out
}

/// Both components of a pair, or a single one twice; where there is no value, it is 0.
#[inline(always)]
pub(super) fn flow<const W: usize>(
    window: &Window,
    lattice: &Lattice,
    place: &Place<W>,
    time: &[f64; W],
) -> [[f64; W]; 2] {
    sample(window, lattice, Reading::Flow, place, time)
}

/// A component of a window as a tracer: nodes without value are left out and the others' weights scaled up; NaN where
/// none has a value.
#[inline(always)]
pub(super) fn tracer<const W: usize>(
    window: &Window,
    lattice: &Lattice,
    component: usize,
    place: &Place<W>,
    time: &[f64; W],
) -> [f64; W] {
    let [mut value, weight] = sample(window, lattice, Reading::Tracer(component), place, time);
    for lane in 0..W {
        value[lane] = if weight[lane] > 0.0 { value[lane] / weight[lane] } else { f64::NAN };
    }
    value
}

/// How much of the interpolation's weight is land, 0 to 1, in the last snapshot at or before the time.
#[inline(always)]
pub(super) fn land<const W: usize>(window: &Window, lattice: &Lattice, place: &Place<W>, time: f64) -> [f64; W] {
    let held = window.slots.iter().rev().find(|slot| slot.time <= time).or(window.slots.first());
    let mut out = [0.0; W];
    let Some(land) = held.map(|slot| &slot.land[..]).filter(|land| !land.is_empty()) else { return out };
    let share = |node: usize, xi: f64, eta: f64| {
        let flags = land[node.min(land.len() - 1)];
        let corner = |bit: u8| f64::from(flags >> bit & 1);
        between(between(corner(0), corner(1), xi), between(corner(2), corner(3), xi), eta)
    };
    let deeper = lattice.stride[2];
    for lane in 0..W {
        let (node, xi, eta) = (place.base[lane], place.xi[lane], place.eta[lane]);
        let upper = share(node, xi, eta);
        out[lane] = if deeper == 0 { upper } else { between(upper, share(node + deeper, xi, eta), place.zeta[lane]) };
    }
    out
}
