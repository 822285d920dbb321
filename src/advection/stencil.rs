//! The nodes around each particle of a tile, brought to its time and into its row and depth.

use super::place::Place;
use super::rows::{Aligned, Row, WIDTH};
use super::snapshot::Values;
use super::window::Window;

/// a + (b - a) weight.
#[inline(always)]
pub(super) fn between(a: f64, b: f64, weight: f64) -> f64 {
    (b - a).mul_add(weight, a)
}

/// Four numbers that take the same way.
pub(super) type Quad = [f64; 4];

#[inline(always)]
fn towards(a: Quad, b: Quad, weight: f64) -> Quad {
    let mut out = a;
    for k in 0..4 {
        out[k] = between(a[k], b[k], weight);
    }
    out
}

/// What a single value counts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Itself, a missing one being 0.
    Value,
    /// 1 where there is one, else 0.
    Weight,
}

impl Part {
    #[inline(always)]
    pub fn of(self, value: f64) -> f64 {
        let own = if self == Self::Value { value } else { 1.0 };
        if value.is_nan() { 0.0 } else { own }
    }

    #[inline(always)]
    fn of_all(self, quad: Quad) -> Quad {
        let mut out = quad;
        for k in 0..4 {
            out[k] = self.of(quad[k]);
        }
        out
    }
}

/// The values from the node that begins a cell to its north-eastern corner, in one check for them all. Indexing that may
/// panic also keeps the loop over particles from being turned into gathers.
#[inline(always)]
fn cell<T>(nodes: &[T], node: usize, north: usize) -> &[T] {
    &nodes[node..node + north + 2]
}

/// Of pairs, both components at the western and the eastern side of a cell, in the south and in the north.
#[inline(always)]
fn sides<T: Copy + Into<f64>>(nodes: &[[T; 2]], node: usize, north: usize) -> [Quad; 2] {
    let cell = cell(nodes, node, north);
    let (Some(south), Some(north)) = (cell.first_chunk::<2>(), cell.last_chunk::<2>()) else {
        return [[f64::NAN; 4]; 2];
    };
    [south, north].map(|[west, east]| [west[0], west[1], east[0], east[1]].map(Into::into))
}

/// Of single values, the four corners of a cell, x fastest.
#[inline(always)]
fn corners<T: Copy + Into<f64>>(nodes: &[T], node: usize, north: usize) -> Quad {
    let cell = cell(nodes, node, north);
    let (Some(south), Some(north)) = (cell.first_chunk::<2>(), cell.last_chunk::<2>()) else { return [f64::NAN; 4] };
    [south[0], south[1], north[0], north[1]].map(Into::into)
}

/// One list of nodes for the times of all particles.
struct One<'a, T>(&'a [T]);

/// Two snapshots and how far each particle is from the first to the second.
struct Two<'a, T> {
    before: &'a [T],
    after: &'a [T],
    tau: &'a Row<WIDTH>,
}

impl<'a, T> Two<'a, T> {
    #[inline(always)]
    fn new(before: &'a [T], after: &'a [T], tau: &'a Row<WIDTH>) -> Self {
        // Of one length, as the compiler now knows too.
        Self { before, after: &after[..before.len()], tau }
    }
}

/// Pairs at the times of particles. Traits rather than closures, which may end up compiled for the baseline.
trait Pairs {
    fn sides(&self, lane: usize, node: usize, north: usize) -> [Quad; 2];
}

impl<T: Copy + Into<f64>> Pairs for One<'_, [T; 2]> {
    #[inline(always)]
    fn sides(&self, _: usize, node: usize, north: usize) -> [Quad; 2] {
        sides(self.0, node, north)
    }
}

impl<T: Copy + Into<f64>> Pairs for Two<'_, [T; 2]> {
    #[inline(always)]
    fn sides(&self, lane: usize, node: usize, north: usize) -> [Quad; 2] {
        let ([south, north], later) = (sides(self.before, node, north), sides(self.after, node, north));
        [towards(south, later[0], self.tau[lane]), towards(north, later[1], self.tau[lane])]
    }
}

/// Single values at the times of particles.
trait Singles {
    fn corners(&self, what: Part, lane: usize, node: usize, north: usize) -> Quad;
}

impl<T: Copy + Into<f64>> Singles for One<'_, T> {
    #[inline(always)]
    fn corners(&self, what: Part, _: usize, node: usize, north: usize) -> Quad {
        what.of_all(corners(self.0, node, north))
    }
}

impl<T: Copy + Into<f64>> Singles for Two<'_, T> {
    #[inline(always)]
    fn corners(&self, what: Part, lane: usize, node: usize, north: usize) -> Quad {
        let [before, after] = [corners(self.before, node, north), corners(self.after, node, north)];
        towards(what.of_all(before), what.of_all(after), self.tau[lane])
    }
}

#[inline(always)]
fn pair_in_row(on: &impl Pairs, lane: usize, node: usize, north: usize, eta: f64) -> Quad {
    let [south, north] = on.sides(lane, node, north);
    towards(south, north, eta)
}

/// Of pairs, both components at the western and the eastern side.
#[inline(always)]
fn mix_pairs(on: &impl Pairs, [north, below]: [usize; 2], place: &Place<WIDTH>, mixed: &mut [Quad; WIDTH]) {
    if below > 0 {
        for lane in 0..WIDTH {
            let (node, eta) = (place.base[lane], place.eta[lane]);
            let upper = pair_in_row(on, lane, node, north, eta);
            let lower = pair_in_row(on, lane, node + below, north, eta);
            mixed[lane] = towards(upper, lower, place.zeta[lane]);
        }
    } else {
        for lane in 0..WIDTH {
            mixed[lane] = pair_in_row(on, lane, place.base[lane], north, place.eta[lane]);
        }
    }
}

/// Of single values, those at the four corners, or where there are some.
#[inline(always)]
fn mix_singles(
    on: &impl Singles,
    what: Part,
    [north, below]: [usize; 2],
    place: &Place<WIDTH>,
    mixed: &mut [Quad; WIDTH],
) {
    if below > 0 {
        for lane in 0..WIDTH {
            let node = place.base[lane];
            let upper = on.corners(what, lane, node, north);
            mixed[lane] = towards(upper, on.corners(what, lane, node + below, north), place.zeta[lane]);
        }
    } else {
        for lane in 0..WIDTH {
            mixed[lane] = on.corners(what, lane, place.base[lane], north);
        }
    }
}

/// One list of nodes.
#[inline(always)]
fn mix_one(values: &Values, what: Part, stride: [usize; 2], place: &Place<WIDTH>, mixed: &mut [Quad; WIDTH]) {
    match values {
        Values::Pair(nodes) => mix_pairs(&One(nodes), stride, place, mixed),
        Values::Single(nodes) => mix_singles(&One(nodes), what, stride, place, mixed),
        Values::Columns(_) => *mixed = [[f64::NAN; 4]; WIDTH],
    }
}

/// One window between two snapshots.
#[inline(always)]
fn mix_two(
    values: [&Values; 2],
    tau: &Row<WIDTH>,
    what: Part,
    stride: [usize; 2],
    place: &Place<WIDTH>,
    mixed: &mut [Quad; WIDTH],
) {
    match values {
        [Values::Pair(before), Values::Pair(after)] => mix_pairs(&Two::new(before, after, tau), stride, place, mixed),
        [Values::Single(before), Values::Single(after)] => {
            mix_singles(&Two::new(before, after, tau), what, stride, place, mixed);
        }
        // One window holds one kind of values only.
        _ => *mixed = [[f64::NAN; 4]; WIDTH],
    }
}

/// A window, each lane between the two snapshots around its own time.
#[inline(always)]
pub(super) fn mix(
    window: &Window,
    what: Part,
    stride: [usize; 2],
    place: &Place<WIDTH>,
    time: &Row<WIDTH>,
    mixed: &mut [Quad; WIDTH],
) {
    if what == Part::Value
        && let Some(level) = window.level(time)
    {
        if window.is_pair() {
            mix_pairs(&One(level.pairs()), stride, place, mixed);
        } else {
            mix_singles(&One(level.singles()), what, stride, place, mixed);
        }
        return;
    }
    let slots = &window.slots[..];
    let most = match slots {
        [] => {
            *mixed = [[f64::NAN; 4]; WIDTH];
            return;
        }
        [only] => return mix_one(&only.values, what, stride, place, mixed),
        _ => slots.len() - 1,
    };
    for k in 0..most {
        let (before, after) = (&slots[k], &slots[k + 1]);
        let mut tau = Aligned([0.0; WIDTH]);
        for lane in 0..WIDTH {
            tau[lane] = before.way(time[lane]);
        }
        let values = [&before.values, &after.values];
        if most == 1 {
            return mix_two(values, &tau, what, stride, place, mixed);
        }
        // Each lane belongs to one pair of snapshots: the last that begins at or before its time.
        let begin = if k == 0 { f64::NEG_INFINITY } else { before.time };
        let end = if k + 1 == most { f64::INFINITY } else { after.time };
        let mine = time.map(|time| time >= begin && time < end);
        if mine.contains(&true) {
            let mut quads = Aligned([[0.0; 4]; WIDTH]);
            mix_two(values, &tau, what, stride, place, &mut quads);
            for lane in 0..WIDTH {
                if mine[lane] {
                    mixed[lane] = quads[lane];
                }
            }
        }
    }
}
