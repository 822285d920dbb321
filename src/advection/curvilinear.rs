//! Curvilinear grids: which cell holds a point, and where in the cell it is.
//!
//! A cell is the image of the unit square under the bilinear map of its four corners ([`Cell`]), in longitude and
//! latitude on the sphere, in x and y on a flat mesh (Delandmeter & van Sebille 2019, Geosci. Model Dev. 12, 3571,
//! section 2.1.2). A search walks from the cell of the last answer, and asks a table of buckets when that fails; it
//! never loops. Where a point lies does not depend on the hint: close to an edge, or in the columns and rows that a
//! tripolar grid holds twice, the buckets decide, and they know one order only.

mod cell;
mod index;
mod shared;
#[cfg(test)]
mod tests;
mod tile;

use std::f64::consts::PI;

use bytemuck::{Pod, Zeroable};
pub use cell::{Cell, Place, Units};
use index::Index;
pub use shared::Head;
pub(super) use tile::{SEARCHED, Tile};

use super::Mesh;
use crate::memory::Block;

/// How far outside the unit square a point still belongs to a cell, so that rounding opens no gap between two cells.
const TOLERANCE: f64 = 1e-10;
/// How far inside the unit square a point must be for its cell to be the only candidate. The gap to `TOLERANCE` allows
/// for neighbours of different size.
const MARGIN: f64 = 1e-7;
/// Cells that a walk may visit. A step of a particle crosses one or two; a longer way is quicker through the buckets.
const LONGEST_WALK: usize = 8;
/// Rows at the northern end of a tripolar grid that hold copies of cells of the other side.
const FOLD_ROWS: usize = 3;

/// Nodes of a grid and the index over its cells. What grows with the grid may lie in memory that processes share.
#[derive(Debug, Clone)]
pub struct Curvilinear {
    nx: usize,
    ny: usize,
    nodes: Block<Node>,
    index: Index,
    /// 1 where the cell that begins at a node is plain: see [`Curvilinear::is_plain`].
    plain: Block<u8>,
    /// Columns at either end that hold copies, when the grid goes round the globe.
    copies: Option<usize>,
    mesh: Mesh,
    units: Units,
}

/// One node. Together in memory, because a cell needs all of it.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
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
pub struct CellHint(u32);

/// Set in a hint whose cell is not plain: see [`Curvilinear::is_plain`].
const NOT_PLAIN: u32 = 1 << 31;

impl CellHint {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self(u32::MAX);
}

impl Default for CellHint {
    fn default() -> Self {
        Self::UNKNOWN
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

/// A location with the geometry of its cell, so that velocities need not compute that again.
#[derive(Debug, Clone, Copy)]
pub struct Found {
    pub i: usize,
    pub j: usize,
    pub cell: Cell,
    pub place: Place,
}

impl Found {
    /// The location alone.
    pub fn location(&self) -> Location {
        Location { i: self.i, j: self.j, xi: self.place.xi, eta: self.place.eta }
    }
}

impl Curvilinear {
    /// A grid of `ny` rows of `nx` nodes, `lon` and `lat` as `[y][x]`, degrees or m; `None` when the lists have another
    /// length, or where there is no cell or no memory. Cells with a node that is not finite, or that are not convex, hold no point.
    #[must_use]
    pub fn new(nx: usize, ny: usize, lon: Vec<f64>, lat: Vec<f64>, mesh: Mesh) -> Option<Self> {
        let count = nx.checked_mul(ny)?;
        if nx < 2 || ny < 2 || lon.len() != count || lat.len() != count || count >= NOT_PLAIN as usize {
            return None;
        }
        let sin_cos = |lat| if mesh == Mesh::Flat { [0.0, 1.0] } else { sin_cos_degrees(lat) };
        let mut nodes = Block::zeros(count)?;
        for (node, (lon, lat)) in nodes.iter_mut().zip(lon.into_iter().zip(lat)) {
            *node = Node { lon, lat, sin_cos: sin_cos(lat) };
        }
        let units = Units::new(mesh);
        let copies = copied_columns(&nodes[..nx], mesh, units);
        let (index, plain) = (Index::none()?, Block::zeros(count)?);
        let mut grid = Self { nx, ny, nodes, index, plain, copies, mesh, units };
        grid.index = Index::new(&grid)?;
        for node in 0..count {
            grid.plain[node] = u8::from(grid.is_plain(node % nx, node / nx));
        }
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

    /// The node at which the cell of a hint begins; one that no grid has where the hint knows nothing.
    pub fn address(&self, hint: CellHint) -> u32 {
        hint.0 & !NOT_PLAIN
    }

    /// Cell and local coordinates of a point, degrees or m; `None` outside the grid. Longitudes count modulo 360.
    #[inline]
    #[must_use]
    pub fn locate(&self, lon: f64, lat: f64, hint: &mut CellHint) -> Option<Location> {
        self.find(lon, lat, hint).map(|found| found.location())
    }

    /// As [`Self::locate`], with the geometry of the cell.
    #[inline(always)]
    #[must_use]
    pub fn find(&self, lon: f64, lat: f64, hint: &mut CellHint) -> Option<Found> {
        let (node, nx) = (self.address(*hint), self.nx as u32);
        let found = match self.walk(lon, lat, (node % nx) as usize, (node / nx) as usize) {
            Some(found) => found,
            None => self.search(lon, lat)?,
        };
        *hint = self.hint(&found);
        Some(found)
    }

    /// Goes from cell to neighbouring cell towards the point; `None` unless the point is well inside a cell that has
    /// no copy.
    #[inline(always)]
    fn walk(&self, lon: f64, lat: f64, mut i: usize, mut j: usize) -> Option<Found> {
        for _ in 0..LONGEST_WALK {
            let found = self.try_cell(lon, lat, i, j)?;
            if found.place.is_within(-MARGIN) {
                return (found.cell.is_convex() && !self.has_copy(i, j)).then_some(found);
            }
            let next = (beside(i, found.place.xi), beside(j, found.place.eta));
            if next == (i, j) || !found.place.is_within(LONGEST_WALK as f64) {
                return None; // Within the margin, not a number, or far away.
            }
            (i, j) = next;
        }
        None
    }

    /// A walk from the middle of the bucket, or else the first cell in the bucket that holds the point.
    #[cold]
    #[inline(always)] // Into the variants for instruction sets, of which there are few.
    fn search(&self, lon: f64, lat: f64) -> Option<Found> {
        let candidates = self.index.candidates(lon, lat);
        let address = |&n: &u32| (n as usize % self.nx, n as usize / self.nx);
        let (i, j) = candidates.get(candidates.len() / 2).map(address)?;
        if let Some(found) = self.walk(lon, lat, i, j) {
            return Some(found);
        }
        for n in candidates {
            let (i, j) = address(n);
            if let Some(found) = self.try_cell(lon, lat, i, j)
                && found.place.is_within(TOLERANCE)
            {
                let Place { xi, eta, jacobian } = found.place;
                let place = Place { xi: xi.clamp(0.0, 1.0), eta: eta.clamp(0.0, 1.0), jacobian };
                return Some(Found { place, ..found });
            }
        }
        None
    }

    /// Where a point is relative to a cell, if there is such a cell.
    #[inline(always)]
    fn try_cell(&self, lon: f64, lat: f64, i: usize, j: usize) -> Option<Found> {
        let cell = self.cell(i, j)?;
        let origin = self.nodes.get(j * self.nx + i)?;
        let place = cell.place([self.units.unwrap(lon - origin.lon), lat - origin.lat]);
        Some(Found { i, j, cell, place })
    }

    /// The hint that leads to a cell.
    #[inline(always)]
    fn hint(&self, found: &Found) -> CellHint {
        let node = found.j * self.nx + found.i;
        CellHint(node as u32 | if self.plain[node] == 1 { 0 } else { NOT_PLAIN })
    }

    /// Whether there is a cell, a point well inside which is in no other one, and across which no longitude needs
    /// unwrapping.
    fn is_plain(&self, i: usize, j: usize) -> bool {
        let Some(cell) = self.cell(i, j) else { return false };
        let node = j * self.nx + i;
        let (origin, half_turn) = (&self.nodes[node], self.units.half_turn());
        let beyond = |n: usize| (self.nodes[n].lon - origin.lon).abs() > half_turn;
        let across = [node + 1, node + self.nx, node + self.nx + 1].into_iter().any(beyond);
        !across && !self.has_copy(i, j) && cell.is_convex()
    }

    /// The cell between the nodes (j,i) and (j+1,i+1), if there is one.
    #[inline(always)]
    #[must_use]
    pub fn cell(&self, i: usize, j: usize) -> Option<Cell> {
        if i >= self.nx - 1 || j >= self.ny - 1 {
            return None;
        }
        let start = j * self.nx + i;
        let [origin, east] = self.nodes.get(start..start + 2)? else { return None };
        let [north, opposite] = self.nodes.get(start + self.nx..start + self.nx + 2)? else { return None };
        Some(Cell::new([origin, east, opposite, north], self.units))
    }

    /// Whether the same water may be in another cell too.
    #[inline(always)]
    fn has_copy(&self, i: usize, j: usize) -> bool {
        self.copies.is_some_and(|columns| i < columns || i + 1 + columns >= self.nx || j + 1 + FOLD_ROWS >= self.ny)
    }
}

/// The neighbour on the side of `local`, or the cell itself. Below zero the index wraps to one that no grid has.
#[inline(always)]
fn beside(index: usize, local: f64) -> usize {
    index.wrapping_add(usize::from(local > 1.0)).wrapping_sub(usize::from(local < 0.0))
}

/// Columns at either end of a global grid that stand where those of the other end do; `None` for a grid that does not
/// go round. `row` is the southernmost one, which is regular in tripolar grids.
fn copied_columns(row: &[Node], mesh: Mesh, units: Units) -> Option<usize> {
    let turn: f64 = row.windows(2).map(|pair| units.unwrap(pair[1].lon - pair[0].lon)).sum();
    let step = turn.abs() / (row.len() - 1) as f64;
    (mesh == Mesh::Spherical && turn.abs() > 360.0 - 1.5 * step)
        .then(|| ((turn.abs() - 360.0) / step).round().max(0.0) as usize)
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
