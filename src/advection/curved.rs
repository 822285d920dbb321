//! Fields on curvilinear grids, and on C-grids of any shape: one particle after the other, because each searches its own
//! cell.
//!
//! On a C-grid `Grid::depth` holds the upper faces of the layers; u, v and tracers are constant in a layer and tracers in
//! a cell. On an A-grid everything is bilinear in the cell and linear in depth; u and v point to the east and north.

use std::cell::Cell;

use super::Mesh;
use super::axis::{Axis, Turn};
use super::cgrid::{Faces, velocity, vertical};
use super::curvilinear::{CellHint, Curvilinear, Found};
use super::field::{Grid, Horizontal, Staggering};
use super::rows::{Places, Row, WIDTH};
use super::window::{Values, Window};

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

/// A place in a window of snapshots.
struct On<'a> {
    found: &'a Found,
    /// Columns of the snapshots between which the time lies, and the part of the way from one to the other.
    before: &'a [Vec<f32>],
    after: &'a [Vec<f32>],
    part: f64,
    layer: usize,
    /// From 0 at the upper to 1 at the lower end of the layer.
    zeta: f64,
}

impl On<'_> {
    fn between(&self, before: f64, after: f64) -> f64 {
        before + (after - before) * self.part
    }
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

    /// Whether a place is in no cell.
    #[inline(never)]
    pub fn is_outside(&self, x: f64, y: f64, lane: usize, hints: &Hints) -> bool {
        let mut all = hints.get();
        let outside = self.grid.with(x, y, &mut all[lane], |_| ()).is_none();
        hints.set(all);
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
    #[inline(never)]
    pub fn sample(
        &self,
        window: &Window,
        want: Want,
        time: &Row<WIDTH>,
        at: Places<'_>,
        hints: &Hints,
    ) -> [Row<WIDTH>; 2] {
        let shape = (self.grid.nx(), self.grid.ny());
        match (want, self.staggering) {
            (Want::Velocity, Staggering::C) => self.tile(window, 0.0, time, at, hints, |on| {
                let faces = |v: &[Vec<f32>]| {
                    Faces::at(&v[0], v.get(1).unwrap_or(&v[0]), shape, on.layer, &on.found.location)
                };
                let (a, b) = (faces(on.before)?, faces(on.after)?);
                Some(velocity(on.found, &a.towards(&b, on.part)))
            }),
            (Want::Vertical, Staggering::C) => self.tile(window, 0.0, time, at, hints, |on| {
                let w = |v: &[Vec<f32>]| vertical(&v[0], shape, on.layer, on.zeta, &on.found.location);
                Some([on.between(w(on.before)?, w(on.after)?); 2])
            }),
            (Want::Tracer(c), Staggering::C) => self.tile(window, f64::NAN, time, at, hints, |on| {
                let place = &on.found.location;
                let node = (on.layer * shape.1 + place.j + 1) * shape.0 + place.i + 1;
                let value = |v: &[Vec<f32>]| v[c].get(node).map(|&value| f64::from(value));
                Some([on.between(value(on.before)?, value(on.after)?), 1.0])
            }),
            // Land is behind closed faces, which no particle passes.
            (Want::Land, Staggering::C) => [[0.0; WIDTH]; 2],
            (Want::Velocity, Staggering::A) => self.tile(window, 0.0, time, at, hints, |on| {
                let value = |v: &[Vec<f32>], c: usize| self.bilinear(v.get(c).unwrap_or(&v[0]), on)[0];
                Some([0, 1].map(|c| on.between(value(on.before, c), value(on.after, c))))
            }),
            (Want::Vertical, Staggering::A) => self.tile(window, 0.0, time, at, hints, |on| {
                let value = |v: &[Vec<f32>]| self.bilinear(&v[0], on)[0];
                Some([on.between(value(on.before), value(on.after)); 2])
            }),
            (Want::Tracer(c), Staggering::A) => self.tile(window, f64::NAN, time, at, hints, |on| {
                let (a, b) = (self.bilinear(&on.before[c], on), self.bilinear(&on.after[c], on));
                let weight = on.between(a[1], b[1]);
                Some([if weight > 0.0 { on.between(a[0], b[0]) / weight } else { f64::NAN }, weight])
            }),
            (Want::Land, Staggering::A) => self.tile(window, 0.0, time, at, hints, |on| {
                let sea = on.before.iter().map(|v| self.bilinear(v, on)[1]).fold(1.0, f64::min);
                Some([1.0 - sea; 2])
            }),
        }
    }

    /// What `value` finds for each particle of a tile, `missing` where it finds nothing.
    #[inline(always)]
    fn tile(
        &self,
        window: &Window,
        missing: f64,
        time: &Row<WIDTH>,
        at: Places<'_>,
        hints: &Hints,
        value: impl Fn(&On<'_>) -> Option<[f64; 2]>,
    ) -> [Row<WIDTH>; 2] {
        let mut out = [[missing; WIDTH]; 2];
        let Some(most) = window.slots.len().checked_sub(1) else { return [[f64::NAN; WIDTH]; 2] };
        let mut all = hints.get();
        for lane in 0..WIDTH {
            let k = window.slots[1..].iter().take(most.saturating_sub(1)).filter(|s| s.time <= time[lane]).count();
            let (before, after) = (&window.slots[k], &window.slots[(k + 1).min(most)]);
            let (Values::Columns(a), Values::Columns(b)) = (&before.values, &after.values) else { continue };
            let span = after.time - before.time;
            let part = if span > 0.0 { ((time[lane] - before.time) / span).clamp(0.0, 1.0) } else { 0.0 };
            let (layer, zeta) = self.layer(at[2][lane]);
            let found = self.grid.with(at[0][lane], at[1][lane], &mut all[lane], |found| {
                value(&On { found, before: a, after: b, part, layer, zeta })
            });
            if let Some(Some(values)) = found {
                (out[0][lane], out[1][lane]) = (values[0], values[1]);
            }
        }
        hints.set(all);
        out
    }

    /// Value with missing nodes at 0, and how much of the weight has a value.
    #[inline(always)]
    fn bilinear(&self, values: &[f32], on: &On<'_>) -> [f64; 2] {
        let (nx, ny) = (self.grid.nx(), self.grid.ny());
        let (layer, zeta, place) = (on.layer, on.zeta, &on.found.location);
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
