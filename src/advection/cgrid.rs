//! Velocity between the faces of an Arakawa C-grid with NEMO's indices.
//!
//! The transport through a cell is linear between opposite faces, U = (1-ξ) u_w L_w + ξ u_e L_e and
//! V = (1-η) v_s L_s + η v_n L_n, and the bilinear map of the cell carries it to the sphere:
//! d(λ,φ)/dt = (U ∂(λ,φ)/∂ξ + V ∂(λ,φ)/∂η) / J (Delandmeter & van Sebille 2019, Geosci. Model Dev. 12, 3571, section
//! 2.1.2), J being the determinant of the map times D² cos φ, D metres per degree. So nothing passes a closed face, and
//! no boundary condition is needed at coasts. On a flat mesh trajectories follow the stream function exactly where the
//! four transports of each cell balance. On the sphere L is, as in that paper's code, the length of a face taken with
//! cos φ of the point's image on it, so that a velocity that is the same at all faces is found everywhere; lengths of
//! whole faces would keep the stream function there too, but were off from Parcels by 2e-5 degrees in the median and
//! 2e-2 at worst after 8 days at 1/4 degree (`nemo.rs`, dt 600 s). Vertically
//! u and v are constant in a layer and w is linear between the faces of the layer.
//!
//! U of a cell with the nodes (j,i) to (j+1,i+1) is at [j+1,i] and [j+1,i+1], V at [j,i+1] and [j+1,i+1], W at
//! [j+1,i+1] of the layer and of the one below.

#[cfg(test)]
mod tests;

use super::curvilinear::{Cell, CellHint, Curvilinear, Place};

/// Velocities through the four sides of a cell, m/s, positive towards larger indices.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Faces {
    pub west: f64,
    pub east: f64,
    pub south: f64,
    pub north: f64,
}

impl Faces {
    /// The faces of a cell in fields `[level][y][x]`, whose nodes (j,i+1), (j+1,i) and (j+1,i+1) are given. Faces without
    /// a value (land) are closed.
    #[inline(always)]
    #[must_use]
    pub fn at(u: &[f32], v: &[f32], [south, west, north]: [usize; 3]) -> Self {
        Self { west: open(u[west]), east: open(u[north]), south: open(v[south]), north: open(v[north]) }
    }

    /// West, east, south, north.
    #[inline(always)]
    #[must_use]
    pub fn all(&self) -> [f64; 4] {
        [self.west, self.east, self.south, self.north]
    }

    /// Between the faces at two times; `part` is 0 at `self` and 1 at `later`.
    #[inline(always)]
    #[must_use]
    pub fn towards(&self, later: &Self, part: f64) -> Self {
        Self {
            west: linear(self.west, later.west, part),
            east: linear(self.east, later.east, part),
            south: linear(self.south, later.south, part),
            north: linear(self.north, later.north, part),
        }
    }
}

/// Velocity at a point, degrees/s, or m/s on a flat mesh.
#[inline(always)]
#[must_use]
pub fn velocity(cell: &Cell, place: &Place, faces: &Faces) -> [f64; 2] {
    let Place { xi, eta, jacobian } = *place;
    let metric = cell.metric(xi, eta);
    let along = linear(faces.west * metric.west, faces.east * metric.east, xi);
    let across = linear(faces.south * metric.south, faces.north * metric.north, eta);
    let per_area = 1.0 / (jacobian * metric.area);
    let [by_xi, by_eta] = cell.tangents(xi, eta);
    [0, 1].map(|d| along.mul_add(by_xi[d], across * by_eta[d]) * per_area)
}

/// Vertical velocity in a layer, m/s in the direction of `w`, which is on the upper faces of the layers with `plane`
/// values each; `node` is the cell's first, counted from the first layer. `zeta` is 0 at the upper and 1 at the lower
/// face. The floor of the deepest layer, which has no level, is closed.
#[inline(always)]
#[must_use]
pub fn vertical(w: &[f32], nx: usize, plane: usize, node: usize, zeta: f64) -> f64 {
    let (upper, last) = (node + nx + 1, w.len() - 1);
    let below = if upper + plane <= last { open(w[(upper + plane).min(last)]) } else { 0.0 };
    linear(open(w[upper.min(last)]), below, zeta)
}

/// Velocity fields on a C-grid between two snapshots.
#[derive(Debug, Clone, Copy)]
pub struct CGrid<'f> {
    pub grid: &'f Curvilinear,
    /// `[level][y][x]`, m/s, through the eastern faces, at the earlier and the later time.
    pub u: [&'f [f32]; 2],
    /// `[level][y][x]`, m/s, through the northern faces.
    pub v: [&'f [f32]; 2],
}

impl CGrid<'_> {
    /// Velocity at a point in a level, degrees/s or m/s; `part` of the interval has passed. `None` outside the grid.
    #[inline]
    #[must_use]
    pub fn velocity(&self, lon: f64, lat: f64, level: usize, part: f64, hint: &mut CellHint) -> Option<[f64; 2]> {
        let found = self.grid.find(lon, lat, hint)?;
        let (nx, ny) = (self.grid.nx(), self.grid.ny());
        let node = (level * ny + found.j) * nx + found.i;
        let nodes = [node + 1, node + nx, node + nx + 1];
        let [earlier, later] = [0, 1].map(|time| Faces::at(self.u[time], self.v[time], nodes));
        Some(velocity(&found.cell, &found.place, &earlier.towards(&later, part)))
    }
}

/// The value of a face; none is 0, because nothing flows through land.
#[inline(always)]
fn open(value: f32) -> f64 {
    let value = f64::from(value);
    if value.is_nan() { 0.0 } else { value }
}

#[inline(always)]
fn linear(from: f64, to: f64, part: f64) -> f64 {
    (to - from).mul_add(part, from)
}
