//! Fields on curvilinear grids, and on C-grids of any shape: the particles of a tile find their cells first, then values
//! are read for all of them.
//!
//! On a C-grid `Grid::depth` holds the upper faces of the layers; u, v and tracers are constant in a layer and tracers in
//! a cell. On an A-grid everything is bilinear in the cell and linear in depth; u and v point to the east and north.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use super::Mesh;
use super::axis::{Axis, Turn};
use super::cgrid::{velocity, vertical};
use super::crossed::Crossed;
use super::curvilinear::{CellHint, Curvilinear, SEARCHED, Tile};
use super::field::{Grid, Horizontal, Staggering};
use super::rows::{Mask, Places, Row, WIDTH, set_where};
use super::snapshot::Values;
use super::window::Window;
use crate::instructions::Instructions;
use crate::memory::Block;

/// What a tile of particles leaves behind for its next search; no answer depends on it. Not to be kept while fields move on
/// in time: what was read of them is known by where it lies.
#[derive(Debug, Default)]
pub(super) struct Hints {
    cells: Cell<[CellHint; WIDTH]>,
    /// None until there is a search: on other grids there is none, and to make it takes longer than a tile of them.
    kept: RefCell<Option<[Kept; WIDTH / SEARCHED]>>,
}

/// Cells of particles, and velocities through their faces.
#[derive(Debug)]
struct Kept {
    tile: Tile,
    crossed: Crossed,
}

impl Kept {
    const EMPTY: Self = Self { tile: Tile::EMPTY, crossed: Crossed::EMPTY };
}

impl Hints {
    /// From now on of other particles, whose cells may be known.
    #[inline(always)]
    pub fn begin(&self, known: &[CellHint]) {
        let mut cells = [CellHint::UNKNOWN; WIDTH];
        cells[..known.len()].copy_from_slice(known);
        self.cells.set(cells);
    }

    /// The cells of the particles, if there were searches.
    #[inline(always)]
    pub fn cells(&self) -> [CellHint; WIDTH] {
        self.cells.get()
    }

    /// `search` for the particles of each part of a tile that are searched together.
    #[inline(always)]
    fn each(&self, mut search: impl FnMut(usize, &mut [CellHint; SEARCHED], &mut Kept)) {
        let mut cells = self.cells.get();
        let parts = cells.as_chunks_mut().0.iter_mut();
        let kept = &mut *self.kept.borrow_mut();
        let kept = kept.get_or_insert_with(|| [const { Kept::EMPTY }; WIDTH / SEARCHED]);
        for (part, (cells, kept)) in parts.zip(kept).enumerate() {
            search(part, cells, kept);
        }
        self.cells.set(cells);
    }
}

/// A curvilinear grid ready for searching.
#[derive(Debug, Clone)]
pub(super) struct Curved {
    grid: Arc<Curvilinear>,
    pub z: Axis,
    pub staggering: Staggering,
}

/// What is wanted of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    /// Both components; on a C-grid in coordinate units per second.
    Velocity,
    /// A single field as vertical velocity, land being 0.
    Vertical,
    /// A field (by its component) and how much of the weight has a value.
    Tracer(usize),
    /// How much of the weight is land, twice.
    Land,
}

const VELOCITY: u8 = 0;
const VERTICAL: u8 = 1;
const TRACER: u8 = 2;
const LAND: u8 = 3;

impl Curved {
    /// Nothing for a rectilinear A-grid or a grid without cells.
    pub fn new(grid: &Grid, mesh: Mesh) -> Option<Self> {
        let search = match &grid.horizontal {
            Horizontal::Rectilinear { .. } if grid.staggering == Staggering::A => None,
            nodes => nodes.clone().searched(mesh),
        };
        let z =
            if grid.depth.is_empty() { Axis::new(&[0.0], Turn::Never) } else { Axis::new(&grid.depth, Turn::Never) };
        search.map(|search| Self { grid: search, z, staggering: grid.staggering })
    }

    /// Values of a snapshot.
    pub fn nodes(&self) -> usize {
        self.grid.nx() * self.grid.ny() * self.z.columns()
    }

    /// Which cell a hint names: a number that is close for cells that are close in memory.
    pub fn address(&self, hint: CellHint) -> u32 {
        self.grid.address(hint)
    }

    /// Add the lanes whose places are in no cell to those in `outside`.
    #[inline(always)]
    pub fn add_outside(&self, instructions: Instructions, [x, y]: [&Row<WIDTH>; 2], hints: &Hints, outside: &mut Mask) {
        hints.each(|part, cells, Kept { tile, .. }| {
            let [x, y] = [x, y].map(|row| &row.as_chunks().0[part]);
            self.grid.find_tile(instructions, x, y, cells, tile);
            for lane in 0..SEARCHED {
                set_where(outside, part * SEARCHED + lane, !tile.found[lane]);
            }
        });
    }

    /// What is wanted of a window for a tile of particles; 0 (and NaN for tracers) outside the grid.
    pub fn sample(
        &self,
        instructions: Instructions,
        window: &Window,
        want: Want,
        time: &Row<WIDTH>,
        [x, y, z]: Places<'_>,
        hints: &Hints,
    ) -> [Row<WIDTH>; 2] {
        let mut out = [[0.0; WIDTH]; 2];
        let [first, second] = &mut out;
        hints.each(|part, cells, kept| {
            let [x, y, z, time] = [x, y, z, time].map(|row| &row.as_chunks().0[part]);
            self.grid.find_tile(instructions, x, y, cells, &mut kept.tile);
            let out = [&mut *first, &mut *second].map(|row| &mut row.as_chunks_mut().0[part]);
            self.sample_found(instructions, (window, want, time, z, kept), out);
        });
        out
    }

    #[allow(unsafe_code)]
    fn sample_found(&self, instructions: Instructions, input: Input<'_>, out: [&mut Row<SEARCHED>; 2]) {
        match instructions {
            Instructions::Baseline => sample_baseline(self, input, out),
            // SAFETY: a value other than `Baseline` comes from `available` only, which asked the processor.
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => unsafe { sample_avx2(self, input, out) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => unsafe { sample_avx512(self, input, out) },
        }
    }

    #[inline(always)]
    fn sample_here(
        &self,
        window: &Window,
        want: Want,
        time: &Row<SEARCHED>,
        z: &Row<SEARCHED>,
        kept: &mut Kept,
    ) -> [Row<SEARCHED>; 2] {
        let on_faces = self.staggering == Staggering::C;
        match want {
            Want::Velocity if on_faces => self.tile::<VELOCITY, true>(window, 0, time, z, kept),
            Want::Vertical if on_faces => self.tile::<VERTICAL, true>(window, 0, time, z, kept),
            Want::Tracer(c) if on_faces => self.tile::<TRACER, true>(window, c, time, z, kept),
            // Land is behind closed faces, which no particle passes.
            Want::Land if on_faces => [[0.0; SEARCHED]; 2],
            Want::Velocity => self.tile::<VELOCITY, false>(window, 0, time, z, kept),
            Want::Vertical => self.tile::<VERTICAL, false>(window, 0, time, z, kept),
            Want::Tracer(c) => self.tile::<TRACER, false>(window, c, time, z, kept),
            Want::Land => self.tile::<LAND, false>(window, 0, time, z, kept),
        }
    }

    /// `WANT` for each particle of a tile, on faces or at nodes, each between the snapshots around its time; 0 (NaN for
    /// tracers) where there is no cell.
    #[inline(always)]
    fn tile<'w, const WANT: u8, const FACES: bool>(
        &self,
        window: &'w Window,
        component: usize,
        time: &Row<SEARCHED>,
        z: &Row<SEARCHED>,
        Kept { tile, crossed }: &mut Kept,
    ) -> [Row<SEARCHED>; 2] {
        let slots = &window.slots[..];
        let Some(most) = slots.len().checked_sub(1) else { return [[f64::NAN; SEARCHED]; 2] };
        let mut out = [[if WANT == TRACER { f64::NAN } else { 0.0 }; SEARCHED]; 2];
        let layers = self.layers(z, tile);
        // Both components, or one twice.
        let columns = |columns: &'w [Block<f32>]| -> Option<[&'w [f32]; 2]> {
            let second = if WANT == TRACER { component } else { columns.len() - 1 };
            Some([&columns.get(component)?[..], &columns.get(second)?[..]])
        };
        for k in 0..most.max(1) {
            let (earlier, later) = (&slots[k], &slots[(k + 1).min(most)]);
            let (Values::Columns(before), Values::Columns(after)) = (&earlier.values, &later.values) else { continue };
            // Each lane belongs to one pair of snapshots: the last that begins at or before its time.
            let begin = if k == 0 { f64::NEG_INFINITY } else { earlier.time };
            let end = if k + 1 >= most { f64::INFINITY } else { later.time };
            let (mut part, mut mine, mut any) = ([0.0; SEARCHED], [false; SEARCHED], false);
            for lane in 0..SEARCHED {
                part[lane] = earlier.way(time[lane]);
                mine[lane] = tile.found[lane] & (time[lane] >= begin) & (time[lane] < end);
                any |= mine[lane];
            }
            if !any {
                continue;
            }
            let (Some([a, b]), Some([c, d])) = (columns(before), columns(after)) else { continue };
            // Of one length, and not empty, as the compiler now knows too.
            let length = a.len();
            if length == 0 || b.len() != length || c.len() != length || d.len() != length {
                continue;
            }
            let (before, after) = ([&a[..length], &b[..length]], [&c[..length], &d[..length]]);
            if FACES && WANT == VELOCITY {
                crossed.read((std::ptr::from_ref(window).addr(), k), (before, after), &layers.node, self.grid.nx());
            }
            let on = On::<WANT, FACES> { curved: self, before, after, part: &part, layers: &layers, tile, crossed };
            let mut values = [[0.0; SEARCHED]; 2];
            for lane in 0..SEARCHED {
                let both = if FACES { on.on_faces(lane) } else { on.at_nodes(lane) };
                (values[0][lane], values[1][lane]) = (both[0], both[1]);
            }
            for c in 0..2 {
                for lane in 0..SEARCHED {
                    out[c][lane] = if mine[lane] { values[c][lane] } else { out[c][lane] };
                }
            }
        }
        out
    }

    /// The layers that hold depths, and the positions in them.
    #[inline(always)]
    fn layers(&self, z: &Row<SEARCHED>, tile: &Tile) -> Layers {
        let mut node = [0; SEARCHED];
        for lane in 0..SEARCHED {
            node[lane] = tile.node[lane] as usize;
        }
        let mut zeta = [0.0; SEARCHED];
        if self.z.columns() > 1 {
            let mut layer = [0; SEARCHED];
            self.z.find(z, &mut layer, &mut zeta);
            let plane = self.grid.nx() * self.grid.ny();
            for lane in 0..SEARCHED {
                let below = zeta[lane] >= 1.0;
                node[lane] += (layer[lane] + usize::from(below)) * plane;
                zeta[lane] = if below { 0.0 } else { zeta[lane] };
            }
        }
        Layers { node, zeta }
    }
}

/// Where the particles of a tile are in depth.
struct Layers {
    /// Node at which the cell begins, counted from the first layer.
    node: [usize; SEARCHED],
    /// From 0 at the upper to 1 at the lower end of the layer.
    zeta: Row<SEARCHED>,
}

/// Particles in a window of snapshots, for one of the wants above, on faces or at nodes.
struct On<'a, const WANT: u8, const FACES: bool> {
    curved: &'a Curved,
    /// Columns of the two components, or of one twice, in the snapshots between which the time lies.
    before: [&'a [f32]; 2],
    after: [&'a [f32]; 2],
    /// The part of the way from one to the other.
    part: &'a Row<SEARCHED>,
    layers: &'a Layers,
    tile: &'a Tile,
    crossed: &'a Crossed,
}

impl<const WANT: u8, const FACES: bool> On<'_, WANT, FACES> {
    #[inline(always)]
    fn between(&self, before: f64, after: f64, lane: usize) -> f64 {
        (after - before).mul_add(self.part[lane], before)
    }

    #[inline(always)]
    fn on_faces(&self, lane: usize) -> [f64; 2] {
        let grid = &self.curved.grid;
        let (node, nx) = (self.layers.node[lane], grid.nx());
        match WANT {
            VELOCITY => {
                let faces = self.crossed.faces(lane, self.part[lane]);
                velocity(&grid.cell_of(self.tile, lane), &self.tile.place(lane), &faces)
            }
            VERTICAL => {
                let w = |w: &[f32]| vertical(w, nx, nx * grid.ny(), node, self.layers.zeta[lane]);
                [self.between(w(self.before[0]), w(self.after[0]), lane); 2]
            }
            _ => {
                let [a, b] = [self.before[0], self.after[0]].map(|v| f64::from(value(v, node + nx + 1)));
                [self.between(a, b, lane), 1.0]
            }
        }
    }

    #[inline(always)]
    fn at_nodes(&self, lane: usize) -> [f64; 2] {
        let [before, after] = [self.before, self.after].map(|pair| pair.map(|values| self.bilinear(values, lane)));
        match WANT {
            VELOCITY => [0, 1].map(|c| self.between(before[c][0], after[c][0], lane)),
            VERTICAL => [self.between(before[0][0], after[0][0], lane); 2],
            TRACER => {
                let weight = self.between(before[0][1], after[0][1], lane);
                let sum = self.between(before[0][0], after[0][0], lane);
                [if weight > 0.0 { sum / weight } else { f64::NAN }, weight]
            }
            _ => [1.0 - before[0][1].min(before[1][1]); 2],
        }
    }

    /// Value with missing nodes at 0, and how much of the weight has a value.
    #[inline(always)]
    fn bilinear(&self, values: &[f32], lane: usize) -> [f64; 2] {
        let (nx, plane) = (self.curved.grid.nx(), self.curved.grid.nx() * self.curved.grid.ny());
        let (node, zeta, place) = (self.layers.node[lane], self.layers.zeta[lane], self.tile.place(lane));
        let mut sum = [0.0; 2];
        for (south, share) in [(node, 1.0 - zeta), (node + plane, zeta)] {
            let corners = [south, south + 1, south + nx + 1, south + nx];
            for (node, weight) in corners.into_iter().zip(place.weights()) {
                let value = f64::from(value(values, node));
                let weight = if value.is_nan() { 0.0 } else { weight * share };
                sum[0] = if value.is_nan() { sum[0] } else { value.mul_add(weight, sum[0]) };
                sum[1] += weight;
            }
        }
        sum
    }
}

/// The value at a node. The smaller of the numbers is always `node`, or has no weight: it shows the compiler that no
/// check is needed, so that it vectorises.
#[inline(always)]
fn value(values: &[f32], node: usize) -> f32 {
    values[node.min(values.len() - 1)]
}

type Input<'a> = (&'a Window, Want, &'a Row<SEARCHED>, &'a Row<SEARCHED>, &'a mut Kept);

#[inline(never)]
fn sample_baseline(
    curved: &Curved,
    (window, want, time, z, kept): Input<'_>,
    [first, second]: [&mut Row<SEARCHED>; 2],
) {
    [*first, *second] = curved.sample_here(window, want, time, z, kept);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn sample_avx2(curved: &Curved, (window, want, time, z, kept): Input<'_>, [first, second]: [&mut Row<SEARCHED>; 2]) {
    [*first, *second] = curved.sample_here(window, want, time, z, kept);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,avx512f,avx512dq,avx512vl")]
fn sample_avx512(curved: &Curved, (window, want, time, z, kept): Input<'_>, [first, second]: [&mut Row<SEARCHED>; 2]) {
    [*first, *second] = curved.sample_here(window, want, time, z, kept);
}
