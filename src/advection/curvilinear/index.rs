//! Buckets of equal size over the grid, each with the cells that reach into it, so that a search from nowhere tries a
//! few dozen cells instead of all.

use super::{Curvilinear, Mesh};

/// Side of a bucket in cells of mean size. Larger ones hold more cells to try, smaller ones more entries for cells that
/// reach across: at 4 an entry list is about 1.6 times as long as there are cells.
const CELLS_PER_SIDE: f64 = 4.0;

/// Lists of cells per bucket, one after the other (compressed rows).
#[derive(Debug, Clone, Default)]
pub struct Index {
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
    /// Where the list of each bucket begins; one more for the end of the last.
    starts: Vec<u32>,
    /// Numbers j nx + i of cells, ascending in each bucket.
    cells: Vec<u32>,
}

impl Index {
    pub fn new(grid: &Curvilinear) -> Self {
        let turn = if grid.mesh == Mesh::Flat { f64::INFINITY } else { 360.0 };
        let first = grid.nodes.iter().find(|node| node.lon.is_finite());
        let centre = if grid.mesh == Mesh::Flat { 0.0 } else { first.map_or(0.0, |node| node.lon) };
        let mut index = Self { centre, turn, ..Self::default() };
        let mut range = [[f64::INFINITY, f64::NEG_INFINITY]; 2];
        let mut usable = 0_usize;
        for (_, bounds) in boxes(grid) {
            usable += 1;
            for image in index.images(bounds) {
                for d in 0..2 {
                    range[d] = [range[d][0].min(image[d][0]), range[d][1].max(image[d][1])];
                }
            }
        }
        if usable == 0 {
            return index;
        }
        let side = [range[0][1] - range[0][0], range[1][1] - range[1][0]];
        let bucket = CELLS_PER_SIDE * (side[0] * side[1] / usable as f64).sqrt();
        // No side has more buckets than there are cells, however long and thin the grid is.
        let count = side.map(|length| (length / bucket).ceil().clamp(1.0, usable as f64) as usize);
        index.low = [range[0][0], range[1][0]];
        index.count = count;
        index.scale = [count[0] as f64 / side[0], count[1] as f64 / side[1]];
        index.fill(grid);
        index
    }

    /// Counts, then places, the entries.
    fn fill(&mut self, grid: &Curvilinear) {
        let mut lengths = vec![0_u32; self.count[0] * self.count[1] + 1];
        self.visit(grid, |bucket, _| lengths[bucket + 1] += 1);
        for bucket in 1..lengths.len() {
            lengths[bucket] += lengths[bucket - 1];
        }
        let mut next = lengths.clone();
        let mut cells = vec![0; lengths.last().map_or(0, |&total| total as usize)];
        self.visit(grid, |bucket, cell| {
            cells[next[bucket] as usize] = cell;
            next[bucket] += 1;
        });
        (self.starts, self.cells) = (lengths, cells);
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

    /// The cells that may hold a point.
    pub fn candidates(&self, lon: f64, lat: f64) -> &[u32] {
        let point = [self.wrapped(lon), lat];
        // False for what is not a number; an index without cells has a scale of 0 and no buckets.
        let inside = (0..2).all(|d| (0.0..=self.count[d] as f64).contains(&((point[d] - self.low[d]) * self.scale[d])));
        if !inside || self.starts.is_empty() {
            return &[];
        }
        let bucket = self.slot(1, point[1]) * self.count[0] + self.slot(0, point[0]);
        let range = self.starts[bucket] as usize..self.starts[bucket + 1] as usize;
        &self.cells[range]
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
