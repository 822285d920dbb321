//! Fields on curvilinear grids, and on C-grids of any shape: one particle after the other, because each searches its own
//! cell.
//!
//! On a C-grid `Grid::depth` holds the upper faces of the layers; u, v and tracers are constant in a layer and tracers in
//! a cell. On an A-grid everything is bilinear in the cell and linear in depth; u and v point to the east and north.

use std::cell::Cell;

use super::Mesh;
use super::axis::{Axis, Turn};
use super::cgrid::{Faces, velocity, vertical};
use super::curvilinear::{AtPlace, CellHint, Curvilinear, Found, Location};
use super::field::{Grid, Horizontal, Staggering};
use super::rows::{Places, Row, WIDTH};
use super::snapshot::Values;
use super::window::Window;
use crate::instructions::Instructions;
use crate::memory::Block;

/// Where the searches of a tile begin; no answer depends on it.
pub(super) type Hints = Cell<[CellHint; WIDTH]>;

/// A curvilinear grid ready for searching.
#[derive(Debug, Clone)]
pub(super) struct Curved {
    grid: Curvilinear,
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

/// A moment and a depth in a window of snapshots, for one of the wants above, on faces or at nodes.
struct On<'a, const WANT: u8, const FACES: bool> {
    curved: &'a Curved,
    /// Columns of the snapshots between which the time lies, and the part of the way from one to the other.
    before: &'a [Block<f32>],
    after: &'a [Block<f32>],
    component: usize,
    part: f64,
    layer: usize,
    /// From 0 at the upper to 1 at the lower end of the layer.
    zeta: f64,
}

impl<const WANT: u8, const FACES: bool> On<'_, WANT, FACES> {
    #[inline(always)]
    fn between(&self, before: f64, after: f64) -> f64 {
        before + (after - before) * self.part
    }

    #[inline(always)]
    fn on_faces(&self, found: &Found) -> Option<[f64; 2]> {
        let (shape, place) = ((self.curved.grid.nx(), self.curved.grid.ny()), &found.location);
        match WANT {
            VELOCITY => {
                let (u, v) = (&self.before[0], self.before.get(1).unwrap_or(&self.before[0]));
                let before = Faces::at(u, v, shape, self.layer, place)?;
                let (u, v) = (&self.after[0], self.after.get(1).unwrap_or(&self.after[0]));
                let after = Faces::at(u, v, shape, self.layer, place)?;
                Some(velocity(found, &before.towards(&after, self.part)))
            }
            VERTICAL => {
                let w = |v: &[Block<f32>]| vertical(&v[0], shape, self.layer, self.zeta, place);
                Some([self.between(w(self.before)?, w(self.after)?); 2])
            }
            _ => {
                let node = (self.layer * shape.1 + place.j + 1) * shape.0 + place.i + 1;
                let value = |v: &[Block<f32>]| v[self.component].get(node).map(|&value| f64::from(value));
                Some([self.between(value(self.before)?, value(self.after)?), 1.0])
            }
        }
    }

    #[inline(always)]
    fn at_nodes(&self, found: &Found) -> [f64; 2] {
        let place = &found.location;
        let bilinear = |values: &[f32]| self.curved.bilinear(values, self.layer, self.zeta, place);
        match WANT {
            VELOCITY => {
                let value = |v: &[Block<f32>], c: usize| bilinear(v.get(c).unwrap_or(&v[0]))[0];
                [0, 1].map(|c| self.between(value(self.before, c), value(self.after, c)))
            }
            VERTICAL => [self.between(bilinear(&self.before[0])[0], bilinear(&self.after[0])[0]); 2],
            TRACER => {
                let (a, b) = (bilinear(&self.before[self.component]), bilinear(&self.after[self.component]));
                let weight = self.between(a[1], b[1]);
                [if weight > 0.0 { self.between(a[0], b[0]) / weight } else { f64::NAN }, weight]
            }
            _ => {
                let sea = self.before.iter().map(|v| bilinear(v)[1]).fold(1.0, f64::min);
                [1.0 - sea; 2]
            }
        }
    }
}

impl<const WANT: u8, const FACES: bool> AtPlace for On<'_, WANT, FACES> {
    type Value = Option<[f64; 2]>;

    #[inline(always)]
    fn at(&self, found: &Found) -> Option<[f64; 2]> {
        if FACES { self.on_faces(found) } else { Some(self.at_nodes(found)) }
    }
}

/// Nothing but whether there is a cell.
struct Anything;

impl AtPlace for Anything {
    type Value = ();

    #[inline(always)]
    fn at(&self, _: &Found) {}
}

impl Curved {
    /// Nothing for a rectilinear A-grid or a grid without cells.
    pub fn new(grid: &Grid, mesh: Mesh) -> Option<Self> {
        let search = match &grid.horizontal {
            Horizontal::Curvilinear { nx, ny, lon, lat } => Curvilinear::new(*nx, *ny, lon.clone(), lat.clone(), mesh),
            Horizontal::Rectilinear { lon, lat } if grid.staggering == Staggering::C => {
                Curvilinear::from_lines(lon, lat, mesh)
            }
            Horizontal::Rectilinear { .. } => None,
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

    /// Whether a place is in no cell.
    #[inline(never)]
    pub fn is_outside(&self, x: f64, y: f64, lane: usize, hints: &Hints) -> bool {
        let hints: &Cell<[CellHint]> = hints;
        let cell = &hints.as_slice_of_cells()[lane];
        let mut hint = cell.get();
        let outside = self.grid.with(x, y, &mut hint, &Anything).is_none();
        cell.set(hint);
        outside
    }

    /// The layer that holds a depth, and the position in it.
    #[inline(always)]
    fn layer(&self, z: f64) -> (usize, f64) {
        if self.z.columns() == 1 {
            return (0, 0.0);
        }
        let (mut index, mut weight) = ([0], [0.0]);
        self.z.find(&[z], &mut index, &mut weight);
        let below = weight[0] >= 1.0;
        (index[0] + usize::from(below), if below { 0.0 } else { weight[0] })
    }

    /// What is wanted of a window for a tile of particles; 0 (and NaN for tracers) outside the grid.
    #[allow(unsafe_code)]
    pub fn sample(
        &self,
        instructions: Instructions,
        window: &Window,
        want: Want,
        time: &Row<WIDTH>,
        at: Places<'_>,
        hints: &Hints,
    ) -> [Row<WIDTH>; 2] {
        match instructions {
            Instructions::Baseline => self.sample_baseline(window, want, time, at, hints),
            // SAFETY: a value other than `Baseline` comes from `available` only, which asked the processor; whoever has
            // AVX-512 has AVX2.
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 | Instructions::Avx512 => unsafe { self.sample_avx2(window, want, time, at, hints) },
        }
    }

    #[inline(never)]
    fn sample_baseline(&self, w: &Window, want: Want, t: &Row<WIDTH>, at: Places<'_>, h: &Hints) -> [Row<WIDTH>; 2] {
        self.sample_here(w, want, t, at, h)
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    fn sample_avx2(&self, w: &Window, want: Want, t: &Row<WIDTH>, at: Places<'_>, h: &Hints) -> [Row<WIDTH>; 2] {
        self.sample_here(w, want, t, at, h)
    }

    #[inline(always)]
    fn sample_here(
        &self,
        window: &Window,
        want: Want,
        time: &Row<WIDTH>,
        at: Places<'_>,
        hints: &Hints,
    ) -> [Row<WIDTH>; 2] {
        let on_faces = self.staggering == Staggering::C;
        match want {
            Want::Velocity if on_faces => self.tile::<VELOCITY, true>(window, 0, time, at, hints),
            Want::Vertical if on_faces => self.tile::<VERTICAL, true>(window, 0, time, at, hints),
            Want::Tracer(c) if on_faces => self.tile::<TRACER, true>(window, c, time, at, hints),
            // Land is behind closed faces, which no particle passes.
            Want::Land if on_faces => [[0.0; WIDTH]; 2],
            Want::Velocity => self.tile::<VELOCITY, false>(window, 0, time, at, hints),
            Want::Vertical => self.tile::<VERTICAL, false>(window, 0, time, at, hints),
            Want::Tracer(c) => self.tile::<TRACER, false>(window, c, time, at, hints),
            Want::Land => self.tile::<LAND, false>(window, 0, time, at, hints),
        }
    }

    /// `WANT` for each particle of a tile, on faces or at nodes; 0 (NaN for tracers) where there is nothing.
    #[inline(always)]
    fn tile<const WANT: u8, const FACES: bool>(
        &self,
        window: &Window,
        component: usize,
        time: &Row<WIDTH>,
        at: Places<'_>,
        hints: &Hints,
    ) -> [Row<WIDTH>; 2] {
        let mut out = [[if WANT == TRACER { f64::NAN } else { 0.0 }; WIDTH]; 2];
        let Some(most) = window.slots.len().checked_sub(1) else { return [[f64::NAN; WIDTH]; 2] };
        let hints: &Cell<[CellHint]> = hints;
        let hints = hints.as_slice_of_cells();
        for lane in 0..WIDTH {
            let k = window.slots[1..].iter().take(most.saturating_sub(1)).filter(|s| s.time <= time[lane]).count();
            let (before, after) = (&window.slots[k], &window.slots[(k + 1).min(most)]);
            let (Values::Columns(before_columns), Values::Columns(after_columns)) = (&before.values, &after.values)
            else {
                continue;
            };
            let span = after.time - before.time;
            let part = if span > 0.0 { ((time[lane] - before.time) / span).clamp(0.0, 1.0) } else { 0.0 };
            let (layer, zeta) = self.layer(at[2][lane]);
            let on: On<'_, WANT, FACES> =
                On { curved: self, before: before_columns, after: after_columns, component, part, layer, zeta };
            let mut hint = hints[lane].get();
            if let Some(Some(values)) = self.grid.with(at[0][lane], at[1][lane], &mut hint, &on) {
                (out[0][lane], out[1][lane]) = (values[0], values[1]);
            }
            hints[lane].set(hint);
        }
        out
    }

    /// Value with missing nodes at 0, and how much of the weight has a value.
    #[inline(always)]
    fn bilinear(&self, values: &[f32], layer: usize, zeta: f64, place: &Location) -> [f64; 2] {
        let (nx, ny) = (self.grid.nx(), self.grid.ny());
        let mut sum = [0.0; 2];
        for (k, share) in [(layer, 1.0 - zeta), (layer + 1, zeta)] {
            if share == 0.0 {
                continue;
            }
            let south = (k * ny + place.j) * nx + place.i;
            let corners = [south, south + 1, south + nx + 1, south + nx];
            for (node, weight) in corners.into_iter().zip(place.weights()) {
                match values.get(node) {
                    Some(&value) if !value.is_nan() => {
                        sum[0] += f64::from(value) * weight * share;
                        sum[1] += weight * share;
                    }
                    _ => {}
                }
            }
        }
        sum
    }
}
