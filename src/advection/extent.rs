//! Where the domain of a run's fields ends, and how its particles lie in it.

use super::curved::Hints;
use super::fieldset::{Entry, FieldSet};
use super::particles::ParticleBlock;
use super::rows::{Mask, Places, WIDTH};
use super::window::Ground;

/// Nodes of a grid from which on particles are sorted.
const WORTH_SORTING: usize = 1 << 13;
/// The same where nodes have their own coordinates, 32 bytes each, to be read as well.
const WORTH_SORTING_CURVED: usize = 1 << 13;

impl FieldSet {
    /// Note which grids bound the domain, and its depths.
    pub(super) fn find_domain(&mut self) {
        for current in self.currents.clone() {
            for field in [Some(current.u), Some(current.v), current.w].into_iter().flatten() {
                let Entry::Gridded { window, .. } = self.entries[field] else { continue };
                let grid = self.windows[window].grid;
                if !self.domain.contains(&grid) {
                    self.domain.push(grid);
                }
            }
        }
        for &grid in &self.domain {
            let z = match &self.grounds[grid] {
                Ground::Lattice(lattice) => &lattice.z,
                Ground::Curved(curved) => &curved.z,
            };
            if z.columns() > 1 {
                // Values of the shallowest level hold up to the surface.
                let (top, bottom) = (z.first().min(0.0), z.last());
                let [a, b] = self.depths.unwrap_or([f64::NEG_INFINITY, f64::INFINITY]);
                self.depths = Some([a.max(top), b.min(bottom)]);
            }
        }
    }

    /// Shallowest and deepest place of the domain, m, where currents have depths.
    #[must_use]
    pub fn depths(&self) -> Option<[f64; 2]> {
        self.depths
    }

    /// Longitudes (or x) of the domain's ends, unless it goes around the globe or has none.
    #[must_use]
    pub fn ends_x(&self) -> Option<[f64; 2]> {
        let Ground::Lattice(lattice) = &self.grounds[*self.domain.first()?] else { return None };
        let axis = &lattice.x;
        (!axis.is_closed()).then(|| [axis.first(), axis.last()])
    }

    /// Latitudes (or y) of the domain's ends.
    #[must_use]
    pub fn ends_y(&self) -> Option<[f64; 2]> {
        let Ground::Lattice(lattice) = &self.grounds[*self.domain.first()?] else { return None };
        let axis = &lattice.y;
        Some([axis.first(), axis.last()])
    }

    /// Whether a place is outside the grid of a current.
    pub(super) fn is_outside(&self, x: f64, y: f64, hints: &Hints) -> bool {
        let mut outside = [0; WIDTH];
        self.add_outside([&[x; WIDTH], &[y; WIDTH], &[0.0; WIDTH]], hints, &mut outside);
        outside[0] != 0
    }

    /// Add the lanes that are outside the grid of a current to those in `outside`.
    #[inline(always)]
    pub(super) fn add_outside(&self, at: Places<'_>, hints: &Hints, outside: &mut Mask) {
        for &grid in &self.domain {
            match &self.grounds[grid] {
                Ground::Lattice(lattice) => lattice.add_outside(at[0], at[1], outside),
                Ground::Curved(curved) => curved.add_outside(self.instructions, [at[0], at[1]], hints, outside),
            }
        }
    }

    /// Store particles that read the same values together, where the first current is large enough for that to matter:
    /// random access to a field beyond the caches took four times as long (324 MB, Zen 5).
    pub(super) fn arrange(&self, block: &mut ParticleBlock) -> bool {
        let Some(&grid) = self.domain.first() else { return false };
        let worth = |nodes: usize, least: usize| nodes >= least && block.len() >= least / 64;
        match &self.grounds[grid] {
            Ground::Lattice(lattice) if worth(lattice.nodes(), WORTH_SORTING) => {
                block.arrange(|[x, y, z], _| lattice.find(&[x], &[y], &[z]).base[0] as u32);
            }
            Ground::Curved(curved) if worth(curved.nodes(), WORTH_SORTING_CURVED) => {
                block.arrange(|_, hint| curved.address(hint));
            }
            _ => return false,
        }
        true
    }

    /// Whether searches in these fields can use hints from step to step.
    pub(super) fn uses_hints(&self) -> bool {
        self.grounds.iter().any(|ground| matches!(ground, Ground::Curved(_)))
    }
}
