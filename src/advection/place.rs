//! A rectilinear grid ready for searching, and where particles stand in it.

use super::Mesh;
use super::axis::{Axis, Turn};
use super::field::{Grid, Horizontal};

/// Where a tile of particles stands in a grid.
#[derive(Debug, Clone, Copy)]
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
    /// Distance in memory to the neighbour along x, y and depth; 0 where there is none.
    pub stride: [usize; 3],
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
        let (nx, ny) = (x.columns(), y.columns());
        let stride = [usize::from(nx > 1), if ny > 1 { nx } else { 0 }, if z.columns() > 1 { nx * ny } else { 0 }];
        Some(Self { x, y, z, stride })
    }

    /// Values stored, with the closing column.
    pub fn nodes(&self) -> usize {
        self.x.columns() * self.y.columns() * self.z.columns()
    }

    /// Whether depth matters.
    pub fn is_deep(&self) -> bool {
        self.stride[2] > 0
    }

    /// Mark the places that are beside the grid; depth does not matter.
    #[inline(always)]
    pub fn mark_outside<const W: usize>(&self, x: &[f64; W], y: &[f64; W], outside: &mut [bool; W]) {
        for lane in 0..W {
            outside[lane] |= self.x.is_outside(x[lane]) | self.y.is_outside(y[lane]);
        }
    }

    /// Where particles stand; outside, the nearest border.
    #[inline(always)]
    pub fn find<const W: usize>(&self, x: &[f64; W], y: &[f64; W], z: &[f64; W]) -> Place<W> {
        let mut place = Place { base: [0; W], xi: [0.0; W], eta: [0.0; W], zeta: [0.0; W] };
        let mut row = [0; W];
        self.x.find(x, &mut place.base, &mut place.xi);
        self.y.find(y, &mut row, &mut place.eta);
        for lane in 0..W {
            place.base[lane] += row[lane] * self.stride[1];
        }
        if self.is_deep() {
            self.z.find(z, &mut row, &mut place.zeta);
            for lane in 0..W {
                place.base[lane] += row[lane] * self.stride[2];
            }
        }
        place
    }
}
