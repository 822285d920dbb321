//! Fields on curvilinear grids, and on C-grids of any shape: one particle after the other, because each searches its own
//! cell.
//!
//! On a C-grid `Grid::depth` holds the upper faces of the layers; u, v and tracers are constant in a layer and tracers in
//! a cell. On an A-grid everything is bilinear in the cell and linear in depth; u and v point to the east and north.

use std::cell::Cell;

use super::Mesh;
use super::axis::{Axis, Turn};
use super::cgrid::{Faces, velocity, vertical};
use super::curvilinear::{CellHint, Curvilinear, Location};
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
        let outside = self.grid.locate(x, y, &mut all[lane]).is_none();
        hints.set(all);
        outside
    }

    /// The layer that holds a depth, and the position in it.
    fn layer(&self, z: f64) -> (usize, f64) {
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
        let mut out = [[if matches!(want, Want::Tracer(_)) { f64::NAN } else { 0.0 }; WIDTH]; 2];
        let Some(most) = window.slots.len().checked_sub(1) else { return [[f64::NAN; WIDTH]; 2] };
        let mut all = hints.get();
        for lane in 0..WIDTH {
            let Some(found) = self.grid.find(at[0][lane], at[1][lane], &mut all[lane]) else { continue };
            let k = window.slots[1..].iter().take(most.saturating_sub(1)).filter(|s| s.time <= time[lane]).count();
            let (before, after) = (&window.slots[k], &window.slots[(k + 1).min(most)]);
            let (Values::Columns(a), Values::Columns(b)) = (&before.values, &after.values) else { continue };
            let span = after.time - before.time;
            let part = if span > 0.0 { ((time[lane] - before.time) / span).clamp(0.0, 1.0) } else { 0.0 };
            let (layer, zeta) = self.layer(at[2][lane]);
            let place = &found.location;
            let shape = (self.grid.nx(), self.grid.ny());
            let between = |a: f64, b: f64| a + (b - a) * part;
            let values = match (want, self.staggering) {
                (Want::Velocity, Staggering::C) => {
                    let faces = |v: &[Vec<f32>]| Faces::at(&v[0], v.get(1).unwrap_or(&v[0]), shape, layer, place);
                    faces(a).zip(faces(b)).map(|(a, b)| velocity(&found, &a.towards(&b, part)))
                }
                (Want::Vertical, Staggering::C) => {
                    let w = |v: &[Vec<f32>]| vertical(&v[0], shape, layer, zeta, place);
                    w(a).zip(w(b)).map(|(a, b)| [between(a, b); 2])
                }
                (Want::Tracer(c), Staggering::C) => {
                    let node = (layer * shape.1 + place.j + 1) * shape.0 + place.i + 1;
                    let value = |v: &[Vec<f32>]| v[c].get(node).map(|&value| f64::from(value));
                    value(a).zip(value(b)).map(|(a, b)| [between(a, b), 1.0])
                }
                (Want::Land, Staggering::C) => None,
                (Want::Velocity, Staggering::A) => {
                    let of = |c: usize| {
                        let value = |v: &[Vec<f32>]| self.bilinear(v.get(c).unwrap_or(&v[0]), layer, zeta, place)[0];
                        between(value(a), value(b))
                    };
                    Some([of(0), of(1)])
                }
                (Want::Vertical, Staggering::A) => {
                    let value = |v: &[Vec<f32>]| self.bilinear(&v[0], layer, zeta, place)[0];
                    Some([between(value(a), value(b)); 2])
                }
                (Want::Tracer(c), Staggering::A) => {
                    let (a, b) = (self.bilinear(&a[c], layer, zeta, place), self.bilinear(&b[c], layer, zeta, place));
                    let weight = between(a[1], b[1]);
                    Some([if weight > 0.0 { between(a[0], b[0]) / weight } else { f64::NAN }, weight])
                }
                (Want::Land, Staggering::A) => {
                    let sea = a.iter().map(|v| self.bilinear(v, layer, zeta, place)[1]).fold(1.0, f64::min);
                    Some([1.0 - sea; 2])
                }
            };
            if let Some(values) = values {
                (out[0][lane], out[1][lane]) = (values[0], values[1]);
            }
        }
        hints.set(all);
        out
    }

    /// Value with missing nodes at 0, and how much of the weight has a value.
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
