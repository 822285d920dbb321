//! All fields of a run, and what kernels ask of them: how fast things move, how strongly they mix, where the domain
//! ends, where land is.

use super::Mesh;
use super::analytic::Analytic;
use super::curved::{Curved, Hints, Want};
use super::field::{Grid, OutsideTimes, Staggering};
use super::interpolate::{flow, land, tracer};
use super::particles::ParticleBlock;
use super::place::Lattice;
use super::rows::{Places, Row, WIDTH, formula, lanes, units_per_metre};
use super::snapshot::Layout;
use super::window::{Ground, Window};
use crate::instructions::Instructions;

/// Where a field's values come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// The same everywhere and always, SI.
    Constant(f64),
    Analytic(Analytic),
    Gridded {
        grid: Grid,
        /// Of all snapshots, ascending, s from the start of the run.
        times: Vec<f64>,
        outside: OutsideTimes,
    },
}

/// Fields that form a velocity: positions in the list of fields.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Current {
    pub u: usize,
    pub v: usize,
    /// Positive down.
    pub w: Option<usize>,
    /// 1 for currents, 0.03 for a wind that drags by 3 %.
    pub factor: f64,
}

/// Nodes of a grid from which on particles are sorted.
const WORTH_SORTING: usize = 1 << 17;
/// The same where nodes have their own coordinates, 32 bytes each, to be read as well.
const WORTH_SORTING_CURVED: usize = 1 << 13;

/// Where values of a field are.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Entry {
    Constant(f64),
    Analytic(Analytic),
    Gridded {
        window: usize,
        component: usize,
    },
    /// A grid that nothing is written for yet.
    Unsupported,
}

/// The fields of a run.
#[derive(Debug, Clone)]
pub struct FieldSet {
    mesh: Mesh,
    instructions: Instructions,
    entries: Vec<Entry>,
    grounds: Vec<Ground>,
    pub(super) windows: Vec<Window>,
    currents: Vec<Current>,
    diffusivity: Option<[usize; 2]>,
    /// Lattices that bound the domain: those of the currents.
    domain: Vec<usize>,
    /// Shallowest and deepest place, m.
    depths: Option<[f64; 2]>,
}

impl FieldSet {
    /// Fields without values yet; `diffusivity` names the fields of Kh along x and y, m2/s.
    ///
    /// # Panics
    /// If a current or the diffusivity names a field that is not in the list.
    #[must_use]
    pub fn new(mesh: Mesh, sources: &[Source], currents: Vec<Current>, diffusivity: Option<[usize; 2]>) -> Self {
        let mut set = Self {
            mesh,
            instructions: Instructions::detect(),
            entries: vec![Entry::Unsupported; sources.len()],
            grounds: Vec::new(),
            windows: Vec::new(),
            currents,
            diffusivity,
            domain: Vec::new(),
            depths: None,
        };
        let mut grids: Vec<&Grid> = Vec::new();
        let pairs: Vec<[usize; 2]> = set.currents.iter().map(|c| [c.u, c.v]).chain(diffusivity).collect();
        for [a, b] in pairs {
            if a != b && sources[a] == sources[b] && set.is_free(a) && set.is_free(b) {
                set.add_window(&mut grids, sources, vec![a, b]);
            }
        }
        for field in 0..sources.len() {
            match &sources[field] {
                Source::Constant(value) => set.entries[field] = Entry::Constant(*value),
                Source::Analytic(analytic) => set.entries[field] = Entry::Analytic(*analytic),
                Source::Gridded { .. } if set.is_free(field) => set.add_window(&mut grids, sources, vec![field]),
                Source::Gridded { .. } => {}
            }
        }
        set.find_domain();
        set
    }

    /// The same with certain instructions, for tests.
    #[cfg(test)]
    pub(super) fn with(mut self, instructions: Instructions) -> Self {
        self.instructions = instructions;
        self
    }

    fn is_free(&self, field: usize) -> bool {
        self.entries[field] == Entry::Unsupported
    }

    fn add_window<'a>(&mut self, grids: &mut Vec<&'a Grid>, sources: &'a [Source], fields: Vec<usize>) {
        let Source::Gridded { grid, times, outside } = &sources[fields[0]] else { return };
        let at = if let Some(at) = grids.iter().position(|known| *known == grid) {
            at
        } else {
            let ground = match Curved::new(grid, self.mesh) {
                Some(curved) => Ground::Curved(Box::new(curved)),
                None => match Lattice::new(grid, self.mesh) {
                    Some(lattice) => Ground::Lattice(Box::new(lattice)),
                    None => return,
                },
            };
            self.grounds.push(ground);
            grids.push(grid);
            grids.len() - 1
        };
        for (component, &field) in fields.iter().enumerate() {
            self.entries[field] = Entry::Gridded { window: self.windows.len(), component };
        }
        let layout = Layout::new(&self.grounds[at], fields.len());
        let times = times.clone();
        self.windows.push(Window { fields, grid: at, times, outside: *outside, layout, slots: Vec::new() });
    }

    fn find_domain(&mut self) {
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

    /// What the horizontal coordinates mean.
    #[must_use]
    pub fn mesh(&self) -> Mesh {
        self.mesh
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

    /// A hundredth of the spacing of the diffusivity's grid (0.01 without one): the distance in coordinate units over
    /// which its gradient is taken.
    #[must_use]
    pub fn gradient_step(&self) -> f64 {
        let of = |field: usize| match self.entries[field] {
            Entry::Gridded { window, .. } => match &self.grounds[self.windows[window].grid] {
                Ground::Lattice(lattice) => lattice.x.spacing().min(lattice.y.spacing()),
                Ground::Curved(_) => 1.0,
            },
            _ => 1.0,
        };
        0.01 * self.diffusivity.map_or(1.0, |[x, y]| of(x).min(of(y))).min(1e9)
    }

    /// Whether a place is outside the grid of a current.
    #[inline(always)]
    pub(super) fn is_outside(&self, x: f64, y: f64, lane: usize, hints: &Hints) -> bool {
        let mut outside = false;
        for &grid in &self.domain {
            outside |= match &self.grounds[grid] {
                Ground::Lattice(lattice) => lattice.is_outside(x, y),
                Ground::Curved(curved) => curved.is_outside(x, y, lane, hints),
            };
        }
        outside
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

    /// Whether the first current has land anywhere now.
    pub(super) fn has_land(&self) -> bool {
        self.coast().is_some_and(|window| match &self.grounds[window.grid] {
            Ground::Lattice(_) => window.slots.iter().any(|slot| !slot.land().is_empty()),
            // Nothing flows through the closed faces of a C-grid.
            Ground::Curved(curved) => curved.staggering == Staggering::A,
        })
    }

    fn coast(&self) -> Option<&Window> {
        match self.entries[self.currents.first()?.u] {
            Entry::Gridded { window, .. } => Some(&self.windows[window]),
            _ => None,
        }
    }

    /// How much of the interpolation's weight is land, 0 to 1, for the first current.
    #[inline(always)]
    pub(super) fn land(&self, time: f64, at: Places<'_>, hints: &Hints) -> Row<WIDTH> {
        let Some(window) = self.coast() else { return [0.0; WIDTH] };
        match &self.grounds[window.grid] {
            Ground::Lattice(lattice) => land(window, lattice, &lattice.find(at[0], at[1], at[2]), time),
            Ground::Curved(curved) => {
                curved.sample(self.instructions, window, Want::Land, &[time; WIDTH], at, hints)[0]
            }
        }
    }

    fn grid_of(&self, window: usize) -> (&Window, &Ground) {
        let window = &self.windows[window];
        (window, &self.grounds[window.grid])
    }

    /// Whether the velocity of a pair comes in coordinate units per second.
    #[inline(always)]
    fn is_direct(&self, field: usize) -> bool {
        let Entry::Gridded { window, .. } = self.entries[field] else { return false };
        matches!(self.grid_of(window).1, Ground::Curved(curved) if curved.staggering == Staggering::C)
    }

    /// Two fields at once, land being 0.
    #[inline(always)]
    fn pair(&self, [a, b]: [usize; 2], t: &Row<WIDTH>, at: Places<'_>, hints: &Hints) -> [Row<WIDTH>; 2] {
        match (self.entries[a], self.entries[b]) {
            (Entry::Gridded { window: first, component: 0 }, Entry::Gridded { window: second, component: 1 })
                if first == second =>
            {
                match self.grid_of(first) {
                    (window, Ground::Lattice(lattice)) => flow(self.instructions, (window, lattice), t, at),
                    (window, Ground::Curved(curved)) => {
                        curved.sample(self.instructions, window, Want::Velocity, t, at, hints)
                    }
                }
            }
            (Entry::Constant(u), Entry::Constant(v)) => [[u; WIDTH], [v; WIDTH]],
            // The faces of a C-grid's cell are of use only together: same grid, same times.
            _ if self.is_direct(a) || self.is_direct(b) => [[f64::NAN; WIDTH]; 2],
            _ if a == b => {
                let value = self.single(a, t, at, hints);
                [value, value]
            }
            _ => [self.single(a, t, at, hints), self.single(b, t, at, hints)],
        }
    }

    /// One field, land being 0.
    #[inline(always)]
    fn single(&self, field: usize, t: &Row<WIDTH>, at: Places<'_>, hints: &Hints) -> Row<WIDTH> {
        match self.entries[field] {
            Entry::Constant(value) => [value; WIDTH],
            Entry::Analytic(analytic) => formula(self.instructions, analytic, t, at),
            Entry::Gridded { window, component } => match self.grid_of(window) {
                (window, Ground::Lattice(lattice)) => flow(self.instructions, (window, lattice), t, at)[component],
                (window, Ground::Curved(curved)) => {
                    curved.sample(self.instructions, window, Want::Vertical, t, at, hints)[0]
                }
            },
            Entry::Unsupported => [f64::NAN; WIDTH],
        }
    }

    /// Coordinate units per second along x and y and m/s down: the sum of all currents. W is left out (0) unless
    /// `vertical`.
    #[inline(always)]
    pub(super) fn rate(&self, vertical: bool, t: &Row<WIDTH>, at: Places<'_>, hints: &Hints) -> [Row<WIDTH>; 3] {
        let (mut sum, mut direct) = ([[0.0; WIDTH]; 3], [[0.0; WIDTH]; 3]);
        for current in &self.currents {
            let [u, v] = self.pair([current.u, current.v], t, at, hints);
            // Velocities from the faces of a C-grid need no change of units.
            let to = if self.is_direct(current.u) { &mut direct } else { &mut sum };
            for lane in 0..WIDTH {
                to[0][lane] = u[lane].mul_add(current.factor, to[0][lane]);
                to[1][lane] = v[lane].mul_add(current.factor, to[1][lane]);
            }
            if let (Some(w), true) = (current.w, vertical) {
                let w = self.single(w, t, at, hints);
                for lane in 0..WIDTH {
                    sum[2][lane] = w[lane].mul_add(current.factor, sum[2][lane]);
                }
            }
        }
        let (fx, fy) = units_per_metre(self.mesh, at[1]);
        for lane in 0..WIDTH {
            sum[0][lane] = sum[0][lane].mul_add(fx[lane], direct[0][lane]);
            sum[1][lane] = sum[1][lane].mul_add(fy, direct[1][lane]);
        }
        sum
    }

    /// Kh along x and y, m2/s; 0 without.
    #[inline(always)]
    pub(super) fn diffusivity(&self, t: &Row<WIDTH>, at: Places<'_>, hints: &Hints) -> [Row<WIDTH>; 2] {
        match self.diffusivity {
            Some(fields) => self.pair(fields, t, at, hints),
            None => [[0.0; WIDTH]; 2],
        }
    }

    /// A field where particles are, as a tracer: nodes without value are left out; NaN where there is none around, or
    /// outside the field's grid.
    #[inline(always)]
    pub(super) fn tracer(&self, field: usize, t: &Row<WIDTH>, at: Places<'_>, hints: &Hints) -> Row<WIDTH> {
        let Entry::Gridded { window, component } = self.entries[field] else { return self.single(field, t, at, hints) };
        match self.grid_of(window) {
            (window, Ground::Lattice(lattice)) => {
                let mut out = tracer(self.instructions, (window, lattice), component, t, at);
                for lane in 0..WIDTH {
                    out[lane] = if lattice.is_outside(at[0][lane], at[1][lane]) { f64::NAN } else { out[lane] };
                }
                out
            }
            (window, Ground::Curved(curved)) => {
                curved.sample(self.instructions, window, Want::Tracer(component), t, at, hints)[0]
            }
        }
    }

    /// The value of a field at one place and time, m or degrees, s; NaN where it has none.
    #[must_use]
    pub fn value(&self, field: usize, time: f64, [x, y, z]: [f64; 3]) -> f64 {
        self.tracer(field, &[time; WIDTH], [&[x; WIDTH], &[y; WIDTH], &[z; WIDTH]], &Hints::default())[0]
    }

    /// The values of a field at many places, as `value` gives them.
    ///
    /// # Panics
    /// If the slices differ in length.
    pub fn values(&self, field: usize, time: &[f64], [x, y, z]: [&[f64]; 3], out: &mut [f64]) {
        let hints = Hints::default();
        for first in (0..out.len()).step_by(WIDTH) {
            let count = (out.len() - first).min(WIDTH);
            let row = |column: &[f64]| -> Row<WIDTH> { lanes(column, first, count) };
            let values = self.tracer(field, &row(time), [&row(x), &row(y), &row(z)], &hints);
            out[first..first + count].copy_from_slice(&values[..count]);
        }
    }
}
