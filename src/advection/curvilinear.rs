//! Curvilinear grids: which cell holds a point, and where in the cell it is.
//!
//! A cell is the image of the unit square under the bilinear map of its four corners ([`Cell`]), in longitude and
//! latitude on the sphere, in x and y on a flat mesh (Delandmeter & van Sebille 2019, Geosci. Model Dev. 12, 3571,
//! section 2.1.2). A search walks from the cell of the last answer, and asks a table of buckets when that fails; it
//! never loops. Where a point lies does not depend on the hint: close to an edge, or in the columns and rows that a
//! tripolar grid holds twice, the buckets decide, and they know one order only.

mod cell;
mod index;
#[cfg(test)]
mod tests;

use std::f64::consts::PI;

pub use cell::{Cell, Place};
use index::Index;

use super::Mesh;

/// How far outside the unit square a point still belongs to a cell, so that rounding opens no gap between two cells.
const TOLERANCE: f64 = 1e-10;
/// How far inside the unit square a point must be for its cell to be the only candidate. The gap to `TOLERANCE` allows
/// for neighbours of different size.
const MARGIN: f64 = 1e-7;
/// Cells that a walk may visit. A step of a particle crosses one or two; a longer way is quicker through the buckets.
const LONGEST_WALK: usize = 8;
/// Rows at the northern end of a tripolar grid that hold copies of cells of the other side.
const FOLD_ROWS: usize = 3;

/// Nodes of a grid and the index over its cells.
#[derive(Debug, Clone)]
pub struct Curvilinear {
    nx: usize,
    ny: usize,
    nodes: Vec<Node>,
    index: Index,
    /// Columns at either end that hold copies, when the grid goes round the globe.
    copies: Option<usize>,
    mesh: Mesh,
}

/// One node. Together in memory, because a cell needs all of it.
#[derive(Debug, Clone, Copy)]
struct Node {
    /// Degrees, or m on a flat mesh.
    lon: f64,
    /// Degrees, or m on a flat mesh.
    lat: f64,
    /// Of the latitude; 0 and 1 on a flat mesh.
    sin_cos: [f64; 2],
}

/// Where a search begins: the cell that held the last point. It changes how long a search takes, never its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CellHint {
    i: u32,
    j: u32,
}

impl Default for CellHint {
    /// Nothing is known.
    fn default() -> Self {
        Self { i: u32::MAX, j: u32::MAX }
    }
}

impl From<Location> for CellHint {
    fn from(location: Location) -> Self {
        // A grid has fewer cells than u32 has numbers.
        Self { i: location.i as u32, j: location.j as u32 }
    }
}

/// A cell, named by its corner of lowest indices, and the local coordinates in it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Location {
    pub i: usize,
    pub j: usize,
    /// 0 at the nodes i, 1 at the nodes i+1.
    pub xi: f64,
    /// 0 at the nodes j, 1 at the nodes j+1.
    pub eta: f64,
}

impl Location {
    /// Bilinear weights of the nodes (j,i), (j,i+1), (j+1,i+1), (j+1,i).
    #[must_use]
    pub fn weights(&self) -> [f64; 4] {
        let Self { xi, eta, .. } = *self;
        [(1.0 - xi) * (1.0 - eta), xi * (1.0 - eta), xi * eta, (1.0 - xi) * eta]
    }
}

/// A location with the geometry of its cell, so that velocities need not compute that again.
#[derive(Debug, Clone, Copy)]
pub struct Found {
    pub location: Location,
    pub cell: Cell,
    /// Absolute value of the Jacobian determinant of the bilinear map at the point, degrees² or m².
    pub jacobian: f64,
}

/// What is computed where a point is. A trait and no closure, so that it can be inlined for sure.
pub trait AtPlace {
    type Value;

    fn at(&self, found: &Found) -> Self::Value;
}

impl Curvilinear {
    /// A grid of `ny` rows of `nx` nodes, `lon` and `lat` as `[y][x]`, degrees or m; `None` when the lists have another
    /// length or there is no cell. Cells with a node that is not finite, or that are not convex, hold no point.
    #[must_use]
    pub fn new(nx: usize, ny: usize, lon: Vec<f64>, lat: Vec<f64>, mesh: Mesh) -> Option<Self> {
        let count = nx.checked_mul(ny)?;
        if nx < 2 || ny < 2 || lon.len() != count || lat.len() != count || u32::try_from(count).is_err() {
            return None;
        }
        let sin_cos = |lat| if mesh == Mesh::Flat { [0.0, 1.0] } else { sin_cos_degrees(lat) };
        let nodes: Vec<Node> =
            lon.iter().zip(&lat).map(|(&lon, &lat)| Node { lon, lat, sin_cos: sin_cos(lat) }).collect();
        drop((lon, lat));
        let copies = copied_columns(&nodes[..nx], mesh);
        let mut grid = Self { nx, ny, nodes, index: Index::default(), copies, mesh };
        grid.index = Index::new(&grid);
        Some(grid)
    }

    /// A grid whose nodes stand on lines of longitude and latitude.
    #[must_use]
    pub fn from_lines(lon: &[f64], lat: &[f64], mesh: Mesh) -> Option<Self> {
        let rows = lat.iter().flat_map(|_| lon.iter().copied()).collect();
        let columns = lat.iter().flat_map(|&y| std::iter::repeat_n(y, lon.len())).collect();
        Self::new(lon.len(), lat.len(), rows, columns, mesh)
    }

    /// Nodes in a row.
    pub fn nx(&self) -> usize {
        self.nx
    }

    /// Rows.
    pub fn ny(&self) -> usize {
        self.ny
    }

    pub fn mesh(&self) -> Mesh {
        self.mesh
    }

    /// The node at which the cell of a hint begins; the last number where the hint knows nothing.
    pub fn address(&self, hint: CellHint) -> u32 {
        hint.j.saturating_mul(self.nx as u32).saturating_add(hint.i)
    }

    /// Cell and local coordinates of a point, degrees or m; `None` outside the grid. Longitudes count modulo 360.
    #[inline]
    #[must_use]
    pub fn locate(&self, lon: f64, lat: f64, hint: &mut CellHint) -> Option<Location> {
        self.find(lon, lat, hint).map(|found| found.location)
    }

    /// As [`Self::locate`], with the geometry of the cell.
    #[inline(always)]
    #[must_use]
    pub fn find(&self, lon: f64, lat: f64, hint: &mut CellHint) -> Option<Found> {
        if let Some(found) = self.walk(lon, lat, *hint) {
            *hint = found.location.into();
            return Some(found);
        }
        self.search(lon, lat, hint)
    }

    /// What `value` makes of the location of a point and its cell. As [`Self::find`], but a point in the cell of the
    /// hint never leaves the registers: handing a cell over through memory costs as much as computing it.
    #[inline(always)]
    pub fn with<V: AtPlace>(&self, lon: f64, lat: f64, hint: &mut CellHint, value: &V) -> Option<V::Value> {
        let (i, j) = (hint.i as usize, hint.j as usize);
        if let Some(cell) = self.cell(i, j) {
            let place = cell.place(lon, lat);
            if place.is_within(-MARGIN) && cell.is_convex() && !self.has_copy(i, j) {
                return Some(value.at(&found(i, j, cell, &place)));
            }
        }
        self.elsewhere(lon, lat, hint, value)
    }

    #[inline(never)]
    fn elsewhere<V: AtPlace>(&self, lon: f64, lat: f64, hint: &mut CellHint, value: &V) -> Option<V::Value> {
        self.find(lon, lat, hint).map(|found| value.at(&found))
    }

    /// Goes from cell to neighbouring cell towards the point; `None` unless the point is well inside a cell that has
    /// no copy.
    #[inline(always)] // A cell handed over through memory costs as much as computing it.
    fn walk(&self, lon: f64, lat: f64, hint: CellHint) -> Option<Found> {
        let (mut i, mut j) = (hint.i as usize, hint.j as usize);
        for _ in 0..LONGEST_WALK {
            let cell = self.cell(i, j)?;
            let place = cell.place(lon, lat);
            if place.is_within(-MARGIN) {
                return (cell.is_convex() && !self.has_copy(i, j)).then(|| found(i, j, cell, &place));
            }
            let next = (beside(i, place.xi), beside(j, place.eta));
            if next == (i, j) {
                return None; // Within the margin, or not a number.
            }
            (i, j) = next;
        }
        None
    }

    /// A walk from the middle of the bucket, or else the first cell in the bucket that holds the point.
    #[cold]
    #[inline(never)]
    fn search(&self, lon: f64, lat: f64, hint: &mut CellHint) -> Option<Found> {
        let candidates = self.index.candidates(lon, lat);
        let address = |&n: &u32| CellHint { i: n % self.nx as u32, j: n / self.nx as u32 };
        let middle = candidates.get(candidates.len() / 2).map(address)?;
        let found = self.walk(lon, lat, middle).or_else(|| {
            candidates.iter().map(address).find_map(|CellHint { i, j }| {
                let (i, j) = (i as usize, j as usize);
                let cell = self.cell(i, j)?;
                let place = cell.place(lon, lat);
                place.is_within(TOLERANCE).then(|| found(i, j, cell, &place))
            })
        })?;
        *hint = found.location.into();
        Some(found)
    }

    /// The cell between the nodes (j,i) and (j+1,i+1), if there is one.
    #[inline]
    #[must_use]
    pub fn cell(&self, i: usize, j: usize) -> Option<Cell> {
        if i >= self.nx - 1 || j >= self.ny - 1 {
            return None;
        }
        let start = j * self.nx + i;
        let south: &[Node; 2] = self.nodes.get(start..start + 2)?.try_into().ok()?;
        let north: &[Node; 2] = self.nodes.get(start + self.nx..start + self.nx + 2)?.try_into().ok()?;
        Some(Cell::new(south, north, self.mesh))
    }

    /// Whether the same water may be in another cell too.
    #[inline]
    fn has_copy(&self, i: usize, j: usize) -> bool {
        self.copies.is_some_and(|columns| i < columns || i + 1 + columns >= self.nx || j + 1 + FOLD_ROWS >= self.ny)
    }
}

/// The neighbour on the side of `local`, or the cell itself. Below zero the index wraps to one that no grid has.
#[inline]
fn beside(index: usize, local: f64) -> usize {
    index.wrapping_add(usize::from(local > 1.0)).wrapping_sub(usize::from(local < 0.0))
}

#[inline]
fn found(i: usize, j: usize, cell: Cell, place: &Place) -> Found {
    let location = Location { i, j, xi: place.xi.clamp(0.0, 1.0), eta: place.eta.clamp(0.0, 1.0) };
    Found { location, cell, jacobian: place.jacobian }
}

/// Columns at either end of a global grid that stand where those of the other end do; `None` for a grid that does not
/// go round. `row` is the southernmost one, which is regular in tripolar grids.
fn copied_columns(row: &[Node], mesh: Mesh) -> Option<usize> {
    let turn: f64 = row.windows(2).map(|pair| unwrap(pair[1].lon - pair[0].lon, 180.0)).sum();
    let step = turn.abs() / (row.len() - 1) as f64;
    (mesh == Mesh::Spherical && turn.abs() > 360.0 - 1.5 * step)
        .then(|| ((turn.abs() - 360.0) / step).round().max(0.0) as usize)
}

/// A difference of longitudes taken the short way round, when `half_turn` is 180.
#[inline]
fn unwrap(difference: f64, half_turn: f64) -> f64 {
    if difference.abs() <= half_turn { difference } else { wrap(difference) }
}

/// The rare case, out of the way of the inner loop.
#[cold]
fn wrap(difference: f64) -> f64 {
    difference - 360.0 * (difference / 360.0).round()
}

/// Sine and cosine of a latitude in degrees between -90 and 90, to 3e-16 absolute.
///
/// From half the angle, for which Taylor's series ends below 5e-17 with this term. Not libm's, which differs between
/// machines.
fn sin_cos_degrees(latitude: f64) -> [f64; 2] {
    const SERIES: [f64; 7] = [
        -1.0 / 1_307_674_368_000.0,
        1.0 / 6_227_020_800.0,
        -1.0 / 39_916_800.0,
        1.0 / 362_880.0,
        -1.0 / 5_040.0,
        1.0 / 120.0,
        -1.0 / 6.0,
    ];
    let half = latitude * (PI / 360.0);
    let square = half * half;
    let sine = half + half * square * SERIES.iter().fold(0.0, |sum, term| sum * square + term);
    [2.0 * sine * (1.0 - sine * sine).sqrt(), 1.0 - 2.0 * sine * sine]
}
