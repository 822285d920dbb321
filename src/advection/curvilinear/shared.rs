//! One grid for all processes that share memory: one makes it, the others look at it there.

use bytemuck::cast_slice;
use serde::{Deserialize, Serialize};

use super::index::{Frame, Index};
use super::{Curvilinear, Mesh, Node, Units};
use crate::memory::{Region, room_for};

/// What a process must know of a grid to find it in memory that another one fills.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Head {
    nx: usize,
    ny: usize,
    mesh: Mesh,
    copies: Option<usize>,
    frame: Frame,
    /// Lengths of the lists of the index.
    starts: usize,
    cells: usize,
}

impl Head {
    /// Memory of the grid, bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let nodes = self.nx * self.ny;
        room_for::<Node>(nodes) + room_for::<u8>(nodes) + room_for::<u32>(self.starts) + room_for::<u32>(self.cells)
    }

    /// The grid in a piece of a region, which `copy_from` fills in one of the processes that see it; `None` when too
    /// little is left there.
    #[must_use]
    pub fn within(&self, region: &mut Region) -> Option<Curvilinear> {
        let count = self.nx * self.ny;
        let (nodes, plain) = (region.cut(count)?, region.cut(count)?);
        let index = Index { frame: self.frame, starts: region.cut(self.starts)?, cells: region.cut(self.cells)? };
        let Self { nx, ny, mesh, copies, .. } = *self;
        Some(Curvilinear { nx, ny, nodes, index, plain, copies, mesh, units: Units::new(mesh) })
    }
}

impl Curvilinear {
    /// What others must know of it.
    #[must_use]
    pub fn head(&self) -> Head {
        Head {
            nx: self.nx,
            ny: self.ny,
            mesh: self.mesh,
            copies: self.copies,
            frame: self.index.frame,
            starts: self.index.starts.len(),
            cells: self.index.cells.len(),
        }
    }

    /// Takes the values of a grid with the same head.
    ///
    /// # Panics
    /// If the heads differ in a length.
    pub fn copy_from(&mut self, other: &Self) {
        self.nodes.copy_from_slice(&other.nodes);
        self.plain.copy_from_slice(&other.plain);
        self.index.starts.copy_from_slice(&other.index.starts);
        self.index.cells.copy_from_slice(&other.index.cells);
    }
}

/// The same nodes, to the bit.
impl PartialEq for Curvilinear {
    fn eq(&self, other: &Self) -> bool {
        let (own, others): (&[Node], &[Node]) = (&self.nodes, &other.nodes);
        (self.nx, self.mesh) == (other.nx, other.mesh)
            && (std::ptr::eq(own, others) || cast_slice::<_, u64>(own) == cast_slice::<_, u64>(others))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advection::curvilinear::CellHint;

    /// A ring of skewed cells over the seam, of which one has a node without coordinates.
    fn ring(nodes: usize) -> Curvilinear {
        let lon = |n: usize| 170.0 + (n % nodes) as f64 + 0.3 * (n / nodes) as f64;
        let lat = |n: usize| if n == 2 { f64::NAN } else { 10.0 + (n / nodes) as f64 };
        let count = 3 * nodes;
        let (lon, lat) = ((0..count).map(lon).collect(), (0..count).map(lat).collect());
        Curvilinear::new(nodes, 3, lon, lat, Mesh::Spherical).unwrap()
    }

    #[test]
    fn exact_a_grid_is_the_same_in_memory_of_others() {
        let (first, second) = (ring(30), ring(31));
        let heads: Vec<Head> = [&first, &second]
            .map(|grid| postcard::from_bytes(&postcard::to_stdvec(&grid.head()).unwrap()).unwrap())
            .into();
        let mut region = Region::own(heads.iter().map(Head::bytes).sum()).unwrap();
        for (head, grid) in heads.iter().zip([&first, &second]) {
            let mut other = head.within(&mut region).unwrap();
            other.copy_from(grid);
            assert_eq!(*grid, other);
            let mut inside = 0;
            for n in 0..400 {
                let (lon, lat) = (168.0 + 0.1 * f64::from(n), 9.9 + 0.0061 * f64::from(n));
                let [own, its] = [grid, &other].map(|grid| {
                    let mut hint = CellHint::UNKNOWN;
                    (grid.locate(lon, lat, &mut hint), hint)
                });
                assert_eq!(own, its);
                inside += usize::from(own.0.is_some());
            }
            assert!((200..400).contains(&inside), "{inside} points are inside");
        }
        assert!(heads[0].within(&mut region).is_none(), "more is cut than there is");
        assert_ne!(first, second);
    }
}
