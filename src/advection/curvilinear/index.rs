//! Buckets of equal size over the grid, each with the cells that reach into it, so that a search from nowhere tries a
//! few dozen cells instead of all.

use serde::{Deserialize, Serialize};

use super::{Curvilinear, Mesh};
use crate::memory::Block;

/// Side of a bucket in cells of mean size. Larger ones hold more cells to try, smaller ones more entries for cells that
/// reach across: at 4 an entry list is about 1.6 times as long as there are cells.
const CELLS_PER_SIDE: f64 = 4.0;

/// Lists of cells per bucket, one after the other (compressed rows).
#[derive(Debug, Clone)]
pub struct Index {
    pub frame: Frame,
    /// Where the list of each bucket begins; one more for the end of the last.
    pub starts: Block<u32>,
    /// Numbers j nx + i of cells, ascending in each bucket.
    pub cells: Block<u32>,
}

/// Where the buckets are.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Frame {
    /// Lower corner, degrees or m; longitudes relative to `centre`.
    low: [f64; 2],
    /// Buckets per degree or m.
    scale: [f64; 2],
    /// Buckets along longitude and latitude.
    count: [usize; 2],
    /// Longitude about which others are wrapped; 0 on a flat mesh.
    centre: f64,
    /// 360, or infinity on a flat mesh.
    turn: f64,
}

impl Index {
    /// One without buckets; `None` where there is no memory.
    pub fn none() -> Option<Self> {
        Some(Self { frame: Frame::default(), starts: Block::zeros(0)?, cells: Block::zeros(0)? })
    }

    /// The buckets over a grid; `None` where there is no memory.
    pub fn new(grid: &Curvilinear) -> Option<Self> {
        let Some(frame) = Frame::new(grid) else { return Self::none() };
        // Counts, then places, the entries.
        let mut starts = Block::<u32>::zeros(frame.count[0] * frame.count[1] + 1)?;
        frame.visit(grid, |bucket, _| starts[bucket + 1] += 1);
        for bucket in 1..starts.len() {
            starts[bucket] += starts[bucket - 1];
        }
        let mut next = starts.to_vec();
        let mut cells = Block::zeros(starts.last().map_or(0, |&total| total as usize))?;
        frame.visit(grid, |bucket, cell| {
            cells[next[bucket] as usize] = cell;
            next[bucket] += 1;
        });
        Some(Self { frame, starts, cells })
    }

    /// The cells that may hold a point.
    pub fn candidates(&self, lon: f64, lat: f64) -> &[u32] {
        let frame = &self.frame;
        let point = [frame.wrapped(lon), lat];
        // False for what is not a number; an index without cells has a scale of 0 and no buckets.
        let inside =
            (0..2).all(|d| (0.0..=frame.count[d] as f64).contains(&((point[d] - frame.low[d]) * frame.scale[d])));
        if !inside || self.starts.is_empty() {
            return &[];
        }
        let bucket = frame.slot(1, point[1]) * frame.count[0] + frame.slot(0, point[0]);
        let range = self.starts[bucket] as usize..self.starts[bucket + 1] as usize;
        &self.cells[range]
    }
}

impl Frame {
    /// Buckets over all cells that can hold a point; `None` when there are none.
    fn new(grid: &Curvilinear) -> Option<Self> {
        let turn = if grid.mesh == Mesh::Flat { f64::INFINITY } else { 360.0 };
        let first = grid.nodes.iter().find(|node| node.lon.is_finite());
        let centre = if grid.mesh == Mesh::Flat { 0.0 } else { first.map_or(0.0, |node| node.lon) };
        let mut frame = Self { centre, turn, ..Self::default() };
        let mut range = [[f64::INFINITY, f64::NEG_INFINITY]; 2];
        let mut usable = 0_usize;
        for (_, bounds) in boxes(grid) {
            usable += 1;
            for image in frame.images(bounds) {
                for d in 0..2 {
                    range[d] = [range[d][0].min(image[d][0]), range[d][1].max(image[d][1])];
                }
            }
        }
        if usable == 0 {
            return None;
        }
        let side = [range[0][1] - range[0][0], range[1][1] - range[1][0]];
        let bucket = CELLS_PER_SIDE * (side[0] * side[1] / usable as f64).sqrt();
        // No side has more buckets than there are cells, however long and thin the grid is.
        let count = side.map(|length| (length / bucket).ceil().clamp(1.0, usable as f64) as usize);
        frame.low = [range[0][0], range[1][0]];
        frame.count = count;
        frame.scale = [count[0] as f64 / side[0], count[1] as f64 / side[1]];
        Some(frame)
    }

    /// Calls `with` for every bucket that a cell reaches into, in the order of the cells. A cell whose images meet in
    /// one bucket is listed twice there, which does no harm.
    fn visit(&self, grid: &Curvilinear, mut with: impl FnMut(usize, u32)) {
        for (cell, bounds) in boxes(grid) {
            for image in self.images(bounds) {
                let [columns, rows] = [0, 1].map(|d| self.slot(d, image[d][0])..=self.slot(d, image[d][1]));
                for row in rows {
                    for column in columns.clone() {
                        with(row * self.count[0] + column, cell);
                    }
                }
            }
        }
    }

    /// The column or row of buckets of a coordinate; the outermost one for coordinates on the rim.
    fn slot(&self, d: usize, x: f64) -> usize {
        // A conversion to integers takes negative numbers to 0.
        (((x - self.low[d]) * self.scale[d]) as usize).min(self.count[d] - 1)
    }

    /// Longitude relative to the centre, in half a turn to either side.
    fn wrapped(&self, lon: f64) -> f64 {
        let from = lon - self.centre;
        if self.turn.is_finite() { from - self.turn * (from / self.turn).round() } else { from }
    }

    /// The box of a cell, and once more one turn away when it reaches over the seam opposite the centre. A little wider
    /// than the cell, for points that only the tolerance puts into it.
    fn images(&self, bounds: [[f64; 2]; 2]) -> impl Iterator<Item = [[f64; 2]; 2]> {
        let half = 0.5 * self.turn;
        let rim = bounds.map(|[low, high]| 1e-9 * (high - low));
        let west = self.wrapped(bounds[0][0]) - rim[0];
        let east = west + (bounds[0][1] - bounds[0][0]) + 2.0 * rim[0];
        let rows = [bounds[1][0] - rim[1], bounds[1][1] + rim[1]];
        let second = if east > half {
            Some(self.turn)
        } else if west < -half {
            Some(-self.turn)
        } else {
            None
        };
        [Some(0.0), second]
            .into_iter()
            .flatten()
            .map(move |shift| [[(west - shift).max(-half), (east - shift).min(half)], rows])
    }
}

/// Number and box of every cell that can hold a point.
fn boxes(grid: &Curvilinear) -> impl Iterator<Item = (u32, [[f64; 2]; 2])> {
    let cells = (0..grid.ny - 1).flat_map(|j| (0..grid.nx - 1).map(move |i| (i, j)));
    cells.filter_map(|(i, j)| {
        let cell = grid.cell(i, j)?;
        let node = j * grid.nx + i;
        let corner = [grid.nodes[node].lon, grid.nodes[node].lat];
        let bounds = || [0, 1].map(|d| cell.bounds()[d].map(|offset| corner[d] + offset));
        cell.is_convex().then(|| (node as u32, bounds()))
    })
}
