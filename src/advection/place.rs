//! A rectilinear grid ready for searching, and where particles stand in it.

use super::Mesh;
use super::axis::{Axis, Turn, integer};
use super::field::{Grid, Horizontal};

/// Where a tile of particles stands in a grid.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
pub(super) struct Place<const W: usize> {
    /// Node with the smallest indices of the cell.
    pub base: [usize; W],
    /// Position in the cell along x, y and depth, 0 to 1.
    pub xi: [f64; W],
    pub eta: [f64; W],
    pub zeta: [f64; W],
}

/// The axes of a rectilinear grid and how far apart neighbours are stored.
#[derive(Debug, Clone)]
pub(super) struct Lattice {
    pub x: Axis,
    pub y: Axis,
    pub z: Axis,
    /// Nodes of a row in the file.
    pub columns: usize,
    /// Distance in memory to the neighbour along y and depth, 0 where there is none; along x it is 1.
    pub stride: [usize; 2],
}

impl Lattice {
    /// Nothing for a grid that is not rectilinear or has no node.
    pub fn new(grid: &Grid, mesh: Mesh) -> Option<Self> {
        let Horizontal::Rectilinear { lon, lat } = &grid.horizontal else { return None };
        if lon.is_empty() || lat.is_empty() {
            return None;
        }
        let turn = if mesh == Mesh::Spherical { Turn::Degrees360 } else { Turn::Never };
        let (x, y) = (Axis::new(lon, turn), Axis::new(lat, Turn::Never));
        let z =
            if grid.depth.is_empty() { Axis::new(&[0.0], Turn::Never) } else { Axis::new(&grid.depth, Turn::Never) };
        let mut lattice = Self { x, y, z, columns: lon.len(), stride: [0; 2] };
        let (row, rows, levels) = (lattice.row(), lattice.y.columns(), lattice.z.columns());
        lattice.stride = [if rows > 1 { row } else { 0 }, if levels > 1 { row * rows } else { 0 }];
        Some(lattice)
    }

    /// Nodes of a row as they are stored: with the closing column around the globe, and two at least, so that every node
    /// that begins a cell has an eastern neighbour.
    pub fn row(&self) -> usize {
        self.x.columns().max(2)
    }

    /// Values stored.
    pub fn nodes(&self) -> usize {
        self.row() * self.y.columns() * self.z.columns()
    }

    /// Whether depth matters.
    pub fn is_deep(&self) -> bool {
        self.stride[1] > 0
    }

    /// Whether a place is beside the grid; depth does not matter.
    #[inline(always)]
    pub fn is_outside(&self, x: f64, y: f64) -> bool {
        self.x.is_outside(x) | self.y.is_outside(y)
    }

    /// Add the lanes that are beside the grid to those in `outside`.
    #[inline(always)]
    pub fn add_outside<const W: usize>(&self, x: &[f64; W], y: &[f64; W], outside: &mut [u64; W]) {
        self.x.add_outside(x, outside);
        self.y.add_outside(y, outside);
    }

    /// Where particles stand; outside, the nearest border.
    #[inline(always)]
    pub fn find<const W: usize>(&self, x: &[f64; W], y: &[f64; W], z: &[f64; W]) -> Place<W> {
        let mut place = Place { base: [0; W], xi: [0.0; W], eta: [0.0; W], zeta: [0.0; W] };
        let (mut column, mut row, mut level) = ([0.0; W], [0.0; W], [0.0; W]);
        self.x.locate(x, &mut column, &mut place.xi);
        self.y.locate(y, &mut row, &mut place.eta);
        if self.is_deep() {
            self.z.locate(z, &mut level, &mut place.zeta);
        }
        self.address(&column, &row, &level, &mut place.base);
        place
    }

    /// Nodes in the order of memory from their numbers along the axes. Exact up to 2^52 nodes.
    #[inline(always)]
    pub fn address<const W: usize>(&self, x: &[f64; W], y: &[f64; W], z: &[f64; W], node: &mut [usize; W]) {
        let [row, level] = self.stride.map(|stride| stride as f64);
        for lane in 0..W {
            node[lane] = integer(z[lane].mul_add(level, y[lane].mul_add(row, x[lane])));
        }
    }
}
