//! The search of a tile of particles at once: each lane looks at the cell of its hint; those that have left it walk.

use super::{Cell, CellHint, Curvilinear, MARGIN, NOT_PLAIN, Node, Place};
use crate::advection::rows::{Row, same};
use crate::instructions::Instructions;

/// Particles that are searched at a time. More do not fit the registers: the compiler gives up on vectors.
pub(in crate::advection) const SEARCHED: usize = 16;

/// Where the particles of a tile are, with the geometry of their cells. That is kept from search to search: most particles
/// are in the same cell at all stages of a step, and to collect it costs more than to search in it.
#[derive(Debug, Clone)]
#[repr(align(64))]
pub(in crate::advection) struct Tile {
    cell: [[Row<SEARCHED>; 2]; 4],
    /// Coordinates of the node at which the cell begins.
    origin: [Row<SEARCHED>; 2],
    place: [Row<SEARCHED>; 3],
    /// Node at which the cell begins.
    pub node: [u32; SEARCHED],
    /// The hints whose cells these are; what is unknown has to be collected again.
    of: [CellHint; SEARCHED],
    /// The grid of the cells, by where it lies.
    grid: usize,
    /// Whether there is a cell; without one the rest means nothing.
    pub found: [bool; SEARCHED],
}

impl Tile {
    /// Nothing found yet.
    pub const EMPTY: Self = Self {
        cell: [[[0.0; SEARCHED]; 2]; 4],
        origin: [[0.0; SEARCHED]; 2],
        place: [[0.0; SEARCHED]; 3],
        node: [0; SEARCHED],
        of: [CellHint::UNKNOWN; SEARCHED],
        grid: 0,
        found: [false; SEARCHED],
    };

    #[inline(always)]
    fn set_cell(&mut self, lane: usize, cell: &Cell, origin: &Node) {
        let parts = cell.parts();
        for part in 0..4 {
            for d in 0..2 {
                self.cell[part][d][lane] = parts[part][d];
            }
        }
        self.origin[0][lane] = origin.lon;
        self.origin[1][lane] = origin.lat;
    }

    #[inline(always)]
    fn set_place(&mut self, lane: usize, place: &Place) {
        self.place[0][lane] = place.xi;
        self.place[1][lane] = place.eta;
        self.place[2][lane] = place.jacobian;
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
        let part = |part: usize| [tile.cell[part][0][lane], tile.cell[part][1][lane]];
        Cell::from_parts(std::array::from_fn(part), self.units)
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
        let grid = std::ptr::from_ref(self).addr();
        if tile.grid != grid || !same(&tile.of, hints) {
            for lane in 0..SEARCHED {
                // A hint that is not plain is beyond the last node, and a cell of four times the same node holds nothing.
                self.collect(tile, lane, hints[lane].0);
            }
            (tile.grid, tile.of) = (grid, *hints);
        }
        if self.look(x, y, tile) {
            return;
        }
        // Those that have left their cell are most often in its neighbour.
        for lane in 0..SEARCHED {
            if !tile.found[lane]
                && let Some(next) = self.ahead(hints[lane], &tile.place(lane))
            {
                self.collect(tile, lane, next.0);
                (hints[lane], tile.of[lane]) = (next, next);
            }
        }
        if self.look(x, y, tile) {
            return;
        }
        let mut last = CellHint::UNKNOWN;
        for lane in 0..SEARCHED {
            if !tile.found[lane] {
                let mut hint = if hints[lane] == CellHint::UNKNOWN { last } else { hints[lane] };
                if let Some(found) = self.find(x[lane], y[lane], &mut hint) {
                    let node = self.address(hint);
                    tile.found[lane] = true;
                    tile.node[lane] = node;
                    tile.set_cell(lane, &found.cell, &nodes[node as usize]);
                    tile.set_place(lane, &found.place);
                    // To be well inside a cell that is not plain does not suffice.
                    tile.of[lane] = if hint.0 < NOT_PLAIN { hint } else { CellHint::UNKNOWN };
                    hints[lane] = hint;
                }
            }
            last = hints[lane];
        }
    }

    /// Put the geometry of the plain cell that begins at a node into a lane.
    #[inline(always)]
    fn collect(&self, tile: &mut Tile, lane: usize, node: u32) {
        let corners = corners(&self.nodes, self.nx, node);
        tile.node[lane] = node;
        tile.set_cell(lane, &Cell::new_plain(corners, self.units), corners[0]);
    }

    /// Look for all lanes in the cells that the tile has; whether all are well inside them.
    #[inline(always)]
    fn look(&self, x: &Row<SEARCHED>, y: &Row<SEARCHED>, tile: &mut Tile) -> bool {
        let mut all = true;
        for lane in 0..SEARCHED {
            let from = [self.units.unwrap(x[lane] - tile.origin[0][lane]), y[lane] - tile.origin[1][lane]];
            let place = self.cell_of(tile, lane).place(from);
            tile.set_place(lane, &place);
            let inside = place.is_within(-MARGIN);
            tile.found[lane] = inside;
            all &= inside;
        }
        all
    }

    /// The neighbour of a hint's plain cell on the side of a place outside it, if it is plain too.
    #[inline(always)]
    fn ahead(&self, hint: CellHint, place: &Place) -> Option<CellHint> {
        let (east, west) = (u32::from(place.xi > 1.0), u32::from(place.xi < 0.0));
        let (north, south) = (u32::from(place.eta > 1.0), u32::from(place.eta < 0.0));
        let nx = self.nx as u32;
        let next = hint.0.wrapping_add(east + north * nx).wrapping_sub(west + south * nx);
        (hint.0 < NOT_PLAIN && self.plain.get(next as usize) == Some(&1)).then_some(CellHint(next))
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
