//! Velocities through the faces of the cells of a C-grid that particles are in, kept while they stay there: from stage to
//! stage of a step only the time changes.

use super::cgrid::Faces;
use super::curvilinear::SEARCHED;
use super::rows::Row;

/// To read so many lanes anew one by one takes as long as to read all.
const FEW: usize = 6;

/// Velocities through the western, eastern, southern and northern faces around the particles of a tile, m/s.
#[derive(Debug)]
#[repr(align(64))]
pub(super) struct Crossed {
    /// At the earlier of two snapshots.
    before: [Row<SEARCHED>; 4],
    /// From the earlier to the later.
    change: [Row<SEARCHED>; 4],
    /// Node at which the cell begins, counted from the first layer.
    node: [usize; SEARCHED],
    /// The window, by where it lies in memory, and the number of the earlier snapshot in it.
    of: (usize, usize),
}

impl Crossed {
    /// Nothing read yet.
    pub const EMPTY: Self =
        Self { before: [[0.0; SEARCHED]; 4], change: [[0.0; SEARCHED]; 4], node: [usize::MAX; SEARCHED], of: (0, 0) };

    /// Read what is not known yet of the cells that begin at `nodes`, in rows of `nx` nodes: `[u, v]` of the snapshots
    /// before and after, which are of one length. `of` names the snapshots: see the field.
    #[inline(always)]
    pub fn read(
        &mut self,
        of: (usize, usize),
        (before, after): ([&[f32]; 2], [&[f32]; 2]),
        nodes: &[usize; SEARCHED],
        nx: usize,
    ) {
        let others: usize = (0..SEARCHED).map(|lane| usize::from(self.node[lane] != nodes[lane])).sum();
        if self.of != of || others > FEW {
            for lane in 0..SEARCHED {
                self.set(lane, before, after, nodes[lane], nx);
            }
            self.of = of;
        } else if others > 0 {
            for lane in 0..SEARCHED {
                if self.node[lane] != nodes[lane] {
                    self.set(lane, before, after, nodes[lane], nx);
                }
            }
        }
        self.node = *nodes;
    }

    #[inline(always)]
    fn set(&mut self, lane: usize, before: [&[f32]; 2], after: [&[f32]; 2], node: usize, nx: usize) {
        // The smaller of the numbers is always the first for cells that there are: it shows the compiler that no check is
        // needed, so that it vectorises.
        let last = before[0].len() - 1;
        let nodes = [node + 1, node + nx, node + nx + 1].map(|node| node.min(last));
        let (before, after) =
            (Faces::at(before[0], before[1], nodes).all(), Faces::at(after[0], after[1], nodes).all());
        for face in 0..4 {
            self.before[face][lane] = before[face];
            self.change[face][lane] = after[face] - before[face];
        }
    }

    /// The faces around a particle when `part` of the way between the snapshots has passed.
    #[inline(always)]
    pub fn faces(&self, lane: usize, part: f64) -> Faces {
        let at = |face: usize| self.change[face][lane].mul_add(part, self.before[face][lane]);
        Faces { west: at(0), east: at(1), south: at(2), north: at(3) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever was read before, the faces are those of the cells asked for.
    #[test]
    fn exact_faces_kept_are_faces_read() {
        let (nx, cells) = (8, 40);
        let field = |seed: u32| -> Vec<f32> {
            (0..64).map(|n| if n % 11 == 3 { f32::NAN } else { (n * 7 + seed * 13) as f32 % 17.0 }).collect()
        };
        let fields: Vec<Vec<f32>> = (0..6).map(field).collect();
        let mut kept = Crossed::EMPTY;
        let mut nodes: [usize; SEARCHED] = std::array::from_fn(|lane| lane);
        for turn in 0..400_usize {
            // Nobody moves, one does, many do; now and then the snapshots change.
            for lane in 0..[0, 1, 3, SEARCHED][turn % 4] {
                let lane = (lane * 5 + turn) % SEARCHED;
                nodes[lane] = (nodes[lane] + 1 + turn % 3) % cells;
            }
            let earlier = turn / 7 % 2;
            let [u, v, u_later, v_later] = [0, 1, 2, 3].map(|field| &fields[field + 2 * earlier][..]);
            kept.read((1, earlier), ([u, v], [u_later, v_later]), &nodes, nx);
            for (lane, node) in nodes.into_iter().enumerate() {
                let at = |u, v| Faces::at(u, v, [node + 1, node + nx, node + nx + 1]);
                assert_eq!(kept.faces(lane, 0.3), at(u, v).towards(&at(u_later, v_later), 0.3));
            }
        }
    }
}
