//! Interpolation on rectilinear A-grids: bilinear in the cell, linear between two depth levels and two snapshots.
//!
//! With the position (xi, eta, zeta) in a cell, 0 to 1, and tau between two snapshots, each step is a + (b - a) weight: of
//! pairs in time first, then along y, depth and x; of single values in time first, then along depth, x and y. Values are
//! single, arithmetic double precision. Time comes first so that it may be done once for all particles of a step (see
//! `level`), with the same bits.
//!
//! This is where most of the time goes. Four numbers that lie together in memory (two components at two neighbouring
//! nodes, or one value at the four corners of a cell) go through `stencil` as one vector for each particle; what is left
//! is done for all particles of a tile at once. Gather instructions, one particle in each lane, were two to four times
//! slower. It is compiled once for each instruction set as functions of their own rather than into every scheme, which
//! made the program ten times as large.

use super::place::{Lattice, Place};
use super::rows::{Aligned, Places, Row, WIDTH, same};
use super::snapshot::Slot;
use super::stencil::{Part, Quad, between, mix};
use super::window::Window;
use crate::instructions::Instructions;

/// The lanes of a tile as a number that the compiler does not see: it would write a loop of known length out lane by lane
/// before it could make vectors of it, where values lie four numbers apart.
#[inline(always)]
fn whole_tile() -> usize {
    std::hint::black_box(WIDTH).min(WIDTH)
}

/// What is left to do of a pair.
#[inline(always)]
fn finish_pairs(mixed: &[Quad; WIDTH], place: &Place<WIDTH>, out: &mut [Row<WIDTH>; 2]) {
    for lane in 0..whole_tile() {
        out[0][lane] = between(mixed[lane][0], mixed[lane][2], place.xi[lane]);
        out[1][lane] = between(mixed[lane][1], mixed[lane][3], place.xi[lane]);
    }
}

/// What is left to do of a single value.
#[inline(always)]
fn finish_singles(mixed: &[Quad; WIDTH], place: &Place<WIDTH>, out: &mut Row<WIDTH>) {
    for lane in 0..whole_tile() {
        let [sw, se, nw, ne] = mixed[lane];
        let xi = place.xi[lane];
        out[lane] = between(between(sw, se, xi), between(nw, ne, xi), place.eta[lane]);
    }
}

/// What a query fills: two rows, and two for what is asked besides; those that it does not speak of may hold anything.
pub(super) type Rows = [[Row<WIDTH>; 2]; 2];

/// What is wanted of a grid.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wanted<'a> {
    /// Both components of a window, or a single value twice; where there is no value, it is 0.
    Flow(&'a Window),
    /// The same, then the single value of another window.
    Flow3([&'a Window; 2]),
    /// Both components of a window, or a single value with its missing nodes at 0 and how much of the weight has a value.
    Tracer(&'a Window),
    /// Both components of a window as `Flow` has them, then the slope of the first along x and of the second along y, by
    /// a central difference over this distance to either side.
    Slopes(&'a Window, f64),
}

/// Both components of a window, or its single value twice.
#[inline(always)]
fn finish(window: &Window, mixed: &[Quad; WIDTH], place: &Place<WIDTH>, out: &mut [Row<WIDTH>; 2]) {
    if window.is_pair() {
        finish_pairs(mixed, place, out);
    } else {
        finish_singles(mixed, place, &mut out[0]);
        out[1] = out[0];
    }
}

/// What `mix` and `finish` make of a window; of a `tracer`'s single value the weight in the place of the second.
#[inline(always)]
fn at_times(
    window: &Window,
    tracer: bool,
    stride: [usize; 2],
    place: &Place<WIDTH>,
    time: &Row<WIDTH>,
    out: &mut [Row<WIDTH>; 2],
) {
    let mut mixed = Aligned([[0.0; 4]; WIDTH]);
    mix(window, Part::Value, stride, place, time, &mut mixed);
    finish(window, &mixed, place, out);
    if tracer && !window.is_pair() {
        mix(window, Part::Weight, stride, place, time, &mut mixed);
        finish_singles(&mixed, place, &mut out[1]);
    }
}

/// Values here, and slopes by the values at a distance to the east, west, north and south.
///
/// Most of these places are in the particles' own cells, of which the numbers between depths and snapshots are at hand.
/// In a pair these are for the particles' latitudes.
#[inline(always)]
fn slopes(
    lattice: &Lattice,
    (window, distance): (&Window, f64),
    time: &Row<WIDTH>,
    at: Places<'_>,
    (nodes, here): ([&Row<WIDTH>; 3], &Place<WIDTH>),
    [values, slopes]: &mut Rows,
) {
    let (stride, mut own) = (lattice.stride, Aligned([[0.0; 4]; WIDTH]));
    mix(window, Part::Value, stride, here, time, &mut own);
    finish(window, &own, here, values);
    let (mut place, mut beside_values) = (*here, Aligned([[0.0; WIDTH]; 2]));
    for query in 0..4 {
        let (axis, step) = (usize::from(query > 1), if query % 2 == 0 { distance } else { -distance });
        let (mut beside, mut node) = (Aligned(*at[axis]), Aligned([0.0; WIDTH]));
        for lane in 0..WIDTH {
            beside[lane] += step;
        }
        if axis == 0 {
            lattice.x.locate(&beside, &mut node, &mut place.xi);
            lattice.address(&node, nodes[1], nodes[2], &mut place.base);
        } else {
            place.xi = here.xi;
            lattice.y.locate(&beside, &mut node, &mut place.eta);
            lattice.address(nodes[0], &node, nodes[2], &mut place.base);
        }
        if same(&place.base, &here.base) && (axis == 0 || !window.is_pair()) {
            finish(window, &own, &place, &mut beside_values);
        } else {
            at_times(window, false, stride, &place, time, &mut beside_values);
        }
        let scale = 0.5 / distance;
        for lane in 0..WIDTH {
            let value = beside_values[axis][lane];
            slopes[axis][lane] = if query % 2 == 0 { value } else { (slopes[axis][lane] - value) * scale };
        }
    }
}

#[inline(always)]
fn sample_here<const KIND: u8>(
    lattice: &Lattice,
    wanted: Wanted<'_>,
    time: &Row<WIDTH>,
    at: Places<'_>,
    out: &mut Rows,
) {
    let mut place = Place { base: [0; WIDTH], xi: [0.0; WIDTH], eta: [0.0; WIDTH], zeta: [0.0; WIDTH] };
    let (mut column, mut row, mut level) = (Aligned([0.0; WIDTH]), Aligned([0.0; WIDTH]), Aligned([0.0; WIDTH]));
    lattice.x.locate(at[0], &mut column, &mut place.xi);
    lattice.y.locate(at[1], &mut row, &mut place.eta);
    if lattice.is_deep() {
        lattice.z.locate(at[2], &mut level, &mut place.zeta);
    }
    lattice.address(&column, &row, &level, &mut place.base);
    match wanted {
        Wanted::Flow(window) if KIND == FLOW => at_times(window, false, lattice.stride, &place, time, &mut out[0]),
        Wanted::Tracer(window) if KIND == TRACER => at_times(window, true, lattice.stride, &place, time, &mut out[0]),
        Wanted::Flow3(windows) if KIND == FLOW3 => {
            // One loop, here and below, so that there is one copy of what it does.
            for (window, out) in windows.into_iter().zip(out) {
                at_times(window, false, lattice.stride, &place, time, out);
            }
        }
        Wanted::Slopes(window, distance) if KIND == SLOPES => {
            slopes(lattice, (window, distance), time, at, ([&column, &row, &level], &place), out);
        }
        _ => {}
    }
}

const FLOW: u8 = 0;
const FLOW3: u8 = 1;
const TRACER: u8 = 2;
const SLOPES: u8 = 3;

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn sample_avx2<const KIND: u8>(l: &Lattice, w: Wanted<'_>, t: &Row<WIDTH>, at: Places<'_>, out: &mut Rows) {
    sample_here::<KIND>(l, w, t, at, out);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,avx512f,avx512dq,avx512vl")]
fn sample_avx512<const KIND: u8>(l: &Lattice, w: Wanted<'_>, t: &Row<WIDTH>, at: Places<'_>, out: &mut Rows) {
    sample_here::<KIND>(l, w, t, at, out);
}

#[inline(never)]
fn sample_baseline<const KIND: u8>(l: &Lattice, w: Wanted<'_>, t: &Row<WIDTH>, at: Places<'_>, out: &mut Rows) {
    sample_here::<KIND>(l, w, t, at, out);
}

#[allow(unsafe_code)]
#[inline(always)]
fn sample_kind<const KIND: u8>(
    instructions: Instructions,
    lattice: &Lattice,
    wanted: Wanted<'_>,
    time: &Row<WIDTH>,
    at: Places<'_>,
    out: &mut Rows,
) {
    match instructions {
        Instructions::Baseline => sample_baseline::<KIND>(lattice, wanted, time, at, out),
        // SAFETY: a value other than `Baseline` comes from `available` only, which asked the processor.
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx2 => unsafe { sample_avx2::<KIND>(lattice, wanted, time, at, out) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx512 => unsafe { sample_avx512::<KIND>(lattice, wanted, time, at, out) },
    }
}

/// What is wanted of a grid for a tile of particles.
#[inline(always)]
pub(super) fn sample(
    instructions: Instructions,
    lattice: &Lattice,
    wanted: Wanted<'_>,
    time: &Row<WIDTH>,
    at: Places<'_>,
    out: &mut Rows,
) {
    match wanted {
        Wanted::Flow(_) => sample_kind::<FLOW>(instructions, lattice, wanted, time, at, out),
        Wanted::Flow3(_) => sample_kind::<FLOW3>(instructions, lattice, wanted, time, at, out),
        Wanted::Tracer(_) => sample_kind::<TRACER>(instructions, lattice, wanted, time, at, out),
        Wanted::Slopes(..) => sample_kind::<SLOPES>(instructions, lattice, wanted, time, at, out),
    }
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
    let below = lattice.stride[1];
    for lane in 0..WIDTH {
        let (node, xi, eta) = (place.base[lane], place.xi[lane], place.eta[lane]);
        let upper = share(land, node, xi, eta);
        out[lane] =
            if below == 0 { upper } else { between(upper, share(land, node + below, xi, eta), place.zeta[lane]) };
    }
    out
}
