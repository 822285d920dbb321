//! The search of a tile of particles at once: each lane looks at the cell of its hint; those that have left it walk.

use super::{Cell, CellHint, Curvilinear, MARGIN, NOT_PLAIN, Node, Place};
use crate::advection::rows::Row;
use crate::instructions::Instructions;

/// Particles that are searched at a time. More do not fit the registers: the compiler gives up on vectors.
pub(in crate::advection) const SEARCHED: usize = 16;

/// Where the particles of a tile are, with the geometry of their cells.
#[derive(Debug, Clone)]
pub(in crate::advection) struct Tile {
    /// Node at which the cell begins.
    pub node: [u32; SEARCHED],
    /// Whether there is a cell; without one the rest means nothing.
    pub found: [bool; SEARCHED],
    cell: [[Row<SEARCHED>; 2]; 4],
    place: [Row<SEARCHED>; 3],
}

impl Tile {
    /// Nothing found yet.
    pub const EMPTY: Self = Self {
        node: [0; SEARCHED],
        found: [false; SEARCHED],
        cell: [[[0.0; SEARCHED]; 2]; 4],
        place: [[0.0; SEARCHED]; 3],
    };

    #[inline(always)]
    fn set(&mut self, lane: usize, cell: &Cell, place: &Place) {
        let parts = cell.parts();
        for part in 0..4 {
            for d in 0..2 {
                self.cell[part][d][lane] = parts[part][d];
            }
        }
        self.place[0][lane] = place.xi;
        self.place[1][lane] = place.eta;
        self.place[2][lane] = place.jacobian;
    }

    #[inline(always)]
    fn cell_part(&self, part: usize, lane: usize) -> [f64; 2] {
        [self.cell[part][0][lane], self.cell[part][1][lane]]
    }

    /// Where the particle of a lane is in its cell.
    #[inline(always)]
    pub fn place(&self, lane: usize) -> Place {
        Place { xi: self.place[0][lane], eta: self.place[1][lane], jacobian: self.place[2][lane] }
    }
}

impl Curvilinear {
    /// The geometry of the cell in a lane.
    #[inline(always)]
    pub(in crate::advection) fn cell_of(&self, tile: &Tile, lane: usize) -> Cell {
        Cell::from_parts(std::array::from_fn(|part| tile.cell_part(part, lane)), self.units)
    }

    /// As [`Curvilinear::find`] for the points of a tile.
    #[allow(unsafe_code)]
    #[inline(always)]
    pub(in crate::advection) fn find_tile(
        &self,
        instructions: Instructions,
        x: &Row<SEARCHED>,
        y: &Row<SEARCHED>,
        hints: &mut [CellHint; SEARCHED],
        tile: &mut Tile,
    ) {
        match instructions {
            Instructions::Baseline => find_baseline(self, x, y, hints, tile),
            // SAFETY: a value other than `Baseline` comes from `available` only, which asked the processor.
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => unsafe { find_avx2(self, x, y, hints, tile) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => unsafe { find_avx512(self, x, y, hints, tile) },
        }
    }

    #[inline(always)]
    fn find_here(&self, x: &Row<SEARCHED>, y: &Row<SEARCHED>, hints: &mut [CellHint; SEARCHED], tile: &mut Tile) {
        let nodes = &self.nodes[..];
        if nodes.is_empty() {
            tile.found = [false; SEARCHED];
            return;
        }
        let mut all = true;
        for lane in 0..SEARCHED {
            // A hint that is not plain is beyond the last node, and a cell of four times the same node holds nothing.
            let node = hints[lane].0;
            let corners = corners(nodes, self.nx, node);
            let cell = Cell::new_plain(corners, self.units);
            let place = cell.place([self.units.unwrap(x[lane] - corners[0].lon), y[lane] - corners[0].lat]);
            tile.node[lane] = node;
            tile.set(lane, &cell, &place);
            let inside = place.is_within(-MARGIN);
            tile.found[lane] = inside;
            all &= inside;
        }
        if all {
            return;
        }
        let mut last = CellHint::default();
        for lane in 0..SEARCHED {
            if !tile.found[lane] {
                let mut hint = if hints[lane] == CellHint::default() { last } else { hints[lane] };
                // The cell of a hint has been looked at: on to its neighbour.
                let ahead = self.ahead(hints[lane], &tile.place(lane));
                if let Some(found) = self.find_from(x[lane], y[lane], ahead.unwrap_or(hint), &mut hint) {
                    tile.found[lane] = true;
                    tile.node[lane] = self.address(hint);
                    tile.set(lane, &found.cell, &found.place);
                    hints[lane] = hint;
                }
            }
            last = hints[lane];
        }
    }

    /// The neighbour of a hint's plain cell on the side of a place outside it, if there is one.
    #[inline(always)]
    fn ahead(&self, hint: CellHint, place: &Place) -> Option<CellHint> {
        let (east, west) = (u32::from(place.xi > 1.0), u32::from(place.xi < 0.0));
        let (north, south) = (u32::from(place.eta > 1.0), u32::from(place.eta < 0.0));
        let nx = self.nx as u32;
        let next = hint.0.wrapping_add(east + north * nx).wrapping_sub(west + south * nx);
        (hint.0 < NOT_PLAIN && next < NOT_PLAIN).then_some(CellHint(next))
    }

    /// Which points of a tile are in no cell.
    #[allow(unsafe_code)]
    #[inline(always)]
    pub(in crate::advection) fn outside(
        &self,
        instructions: Instructions,
        x: &Row<SEARCHED>,
        y: &Row<SEARCHED>,
        hints: &mut [CellHint; SEARCHED],
    ) -> [bool; SEARCHED] {
        match instructions {
            Instructions::Baseline => outside_baseline(self, x, y, hints),
            // SAFETY: a value other than `Baseline` comes from `available` only, which asked the processor.
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => unsafe { outside_avx2(self, x, y, hints) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => unsafe { outside_avx512(self, x, y, hints) },
        }
    }

    /// A point is in a convex cell when it is on the same side of all four edges.
    #[inline(always)]
    fn outside_here(&self, x: &Row<SEARCHED>, y: &Row<SEARCHED>, hints: &mut [CellHint; SEARCHED]) -> [bool; SEARCHED] {
        let nodes = &self.nodes[..];
        if nodes.is_empty() {
            return [true; SEARCHED];
        }
        let mut outside = [false; SEARCHED];
        let mut any = false;
        for lane in 0..SEARCHED {
            let corners = corners(nodes, self.nx, hints[lane].0);
            let p = [self.units.unwrap(x[lane] - corners[0].lon), y[lane] - corners[0].lat];
            let mut to = [[0.0; 2]; 4];
            for k in 0..4 {
                to[k] = [corners[k].lon - corners[0].lon - p[0], corners[k].lat - corners[0].lat - p[1]];
            }
            let (mut left, mut right) = (true, true);
            for k in 0..4 {
                let (from, to) = (to[k], to[(k + 1) % 4]);
                // Not fused: exactly 0 where the cell is a point, as that of a hint that is not plain.
                let side = from[0] * to[1] - from[1] * to[0];
                left &= side > 0.0;
                right &= side < 0.0;
            }
            outside[lane] = !(left | right);
            any |= outside[lane];
        }
        if any {
            let mut last = CellHint::default();
            for lane in 0..SEARCHED {
                if outside[lane] {
                    let unknown = hints[lane] == CellHint::default();
                    let mut hint = if unknown { last } else { hints[lane] };
                    outside[lane] = self.find(x[lane], y[lane], &mut hint).is_none();
                    hints[lane] = hint;
                }
                last = hints[lane];
            }
        }
        outside
    }
}

/// The four nodes of the cell that begins at a node. The smaller of the numbers is always the first for cells that there
/// are: it shows the compiler that no check is needed, so that loops vectorise.
#[inline(always)]
fn corners(nodes: &[Node], nx: usize, node: u32) -> [&Node; 4] {
    let (node, last) = (node as usize, nodes.len() - 1);
    let at = |n: usize| &nodes[n.min(last)];
    [at(node), at(node + 1), at(node + nx + 1), at(node + nx)]
}

#[inline(never)]
fn find_baseline(
    grid: &Curvilinear,
    x: &Row<SEARCHED>,
    y: &Row<SEARCHED>,
    hints: &mut [CellHint; SEARCHED],
    tile: &mut Tile,
) {
    grid.find_here(x, y, hints, tile);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn find_avx2(
    grid: &Curvilinear,
    x: &Row<SEARCHED>,
    y: &Row<SEARCHED>,
    hints: &mut [CellHint; SEARCHED],
    tile: &mut Tile,
) {
    grid.find_here(x, y, hints, tile);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,avx512f,avx512dq,avx512vl")]
fn find_avx512(
    grid: &Curvilinear,
    x: &Row<SEARCHED>,
    y: &Row<SEARCHED>,
    hints: &mut [CellHint; SEARCHED],
    tile: &mut Tile,
) {
    grid.find_here(x, y, hints, tile);
}

#[inline(never)]
fn outside_baseline(
    g: &Curvilinear,
    x: &Row<SEARCHED>,
    y: &Row<SEARCHED>,
    h: &mut [CellHint; SEARCHED],
) -> [bool; SEARCHED] {
    g.outside_here(x, y, h)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn outside_avx2(
    g: &Curvilinear,
    x: &Row<SEARCHED>,
    y: &Row<SEARCHED>,
    h: &mut [CellHint; SEARCHED],
) -> [bool; SEARCHED] {
    g.outside_here(x, y, h)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,avx512f,avx512dq,avx512vl")]
fn outside_avx512(
    g: &Curvilinear,
    x: &Row<SEARCHED>,
    y: &Row<SEARCHED>,
    h: &mut [CellHint; SEARCHED],
) -> [bool; SEARCHED] {
    g.outside_here(x, y, h)
}
