//! All fields of a run, and what kernels ask of them: how fast things move, how strongly they mix, where the domain
//! ends, where land is.

use super::Mesh;
use super::analytic::{Analytic, Component};
use super::field::{Grid, Need, OutsideTimes};
use super::interpolate::{flow, land, tracer};
use super::place::Lattice;
use super::window::Window;
use crate::instructions::Instructions;
use crate::maths::cos_latitude;

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

/// Numbers of a tile of particles.
pub(super) type Row<const W: usize> = [f64; W];
/// Particles in a tile: two AVX-512 registers of doubles.
pub(super) const WIDTH: usize = 16;
/// x, y and depth of a tile.
pub(super) type Places<'a> = [&'a Row<WIDTH>; 3];

/// cos(latitude) is never taken as smaller, so that nothing flies off within 640 m of the poles.
pub(super) const LEAST_COSINE: f64 = 1e-4;

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
    lattices: Vec<Lattice>,
    windows: Vec<Window>,
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
            lattices: Vec::new(),
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
            let Some(lattice) = Lattice::new(grid, self.mesh) else { return };
            self.lattices.push(lattice);
            grids.push(grid);
            grids.len() - 1
        };
        for (component, &field) in fields.iter().enumerate() {
            self.entries[field] = Entry::Gridded { window: self.windows.len(), component };
        }
        self.windows.push(Window { fields, grid: at, times: times.clone(), outside: *outside, slots: Vec::new() });
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
            let lattice = &self.lattices[grid];
            if lattice.is_deep() {
                // Values of the shallowest level hold up to the surface.
                let (top, bottom) = (lattice.z.first().min(0.0), lattice.z.last());
                let [a, b] = self.depths.unwrap_or([f64::NEG_INFINITY, f64::INFINITY]);
                self.depths = Some([a.max(top), b.min(bottom)]);
            }
        }
    }

    /// Make the fields ready for a span of time: forget snapshots that it does not need and read those that are missing
    /// with `read(field, index of the snapshot)`, which returns `[depth][y][x]`, SI, NaN where there is no value.
    ///
    /// # Errors
    /// The first one of `read`; snapshots read before it are kept.
    ///
    /// # Panics
    /// If a snapshot has not one value for each node.
    pub fn update<E>(
        &mut self,
        from: f64,
        to: f64,
        mut read: impl FnMut(usize, usize) -> Result<Vec<f32>, E>,
    ) -> Result<(), E> {
        for window in &mut self.windows {
            window.update(&self.lattices[window.grid], from, to, &mut read)?;
        }
        Ok(())
    }

    /// Snapshots that `update` would read for a span of time, as (field, snapshot), for whoever reads ahead.
    #[must_use]
    pub fn missing(&self, from: f64, to: f64) -> Vec<(usize, Need)> {
        let of = |window: &Window| {
            let fields = window.fields.clone();
            window
                .missing(from, to)
                .into_iter()
                .flat_map(move |need| fields.clone().into_iter().map(move |f| (f, need)))
        };
        self.windows.iter().flat_map(of).collect()
    }

    /// Whether every field is known throughout a span of time.
    #[must_use]
    pub fn covers(&self, from: f64, to: f64) -> bool {
        self.windows.iter().all(|window| window.covers(from) && window.covers(to))
    }

    /// Memory of the snapshots, bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.windows.iter().map(Window::bytes).sum()
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
        let axis = &self.lattices[*self.domain.first()?].x;
        (!axis.is_closed()).then(|| [axis.first(), axis.last()])
    }

    /// Latitudes (or y) of the domain's ends.
    #[must_use]
    pub fn ends_y(&self) -> Option<[f64; 2]> {
        let axis = &self.lattices[*self.domain.first()?].y;
        Some([axis.first(), axis.last()])
    }

    /// A hundredth of the spacing of the diffusivity's grid (0.01 without one): the distance in coordinate units over
    /// which its gradient is taken.
    #[must_use]
    pub fn gradient_step(&self) -> f64 {
        let of = |field: usize| match self.entries[field] {
            Entry::Gridded { window, .. } => {
                let lattice = &self.lattices[self.windows[window].grid];
                lattice.x.spacing().min(lattice.y.spacing())
            }
            _ => 1.0,
        };
        0.01 * self.diffusivity.map_or(1.0, |[x, y]| of(x).min(of(y))).min(1e9)
    }

    /// Whether a place is outside the grid of a current.
    #[inline(always)]
    pub(super) fn is_outside(&self, x: f64, y: f64) -> bool {
        let mut outside = false;
        for &grid in &self.domain {
            outside |= self.lattices[grid].is_outside(x, y);
        }
        outside
    }

    /// Whether the first current has land anywhere now.
    pub(super) fn has_land(&self) -> bool {
        self.coast().is_some_and(|window| window.slots.iter().any(|slot| !slot.land.is_empty()))
    }

    fn coast(&self) -> Option<&Window> {
        match self.entries[self.currents.first()?.u] {
            Entry::Gridded { window, .. } => Some(&self.windows[window]),
            _ => None,
        }
    }

    /// How much of the interpolation's weight is land, 0 to 1, for the first current.
    #[inline(always)]
    pub(super) fn land(&self, time: f64, [x, y, z]: Places<'_>) -> Row<WIDTH> {
        let Some(window) = self.coast() else { return [0.0; WIDTH] };
        let lattice = &self.lattices[window.grid];
        land(window, lattice, &lattice.find(x, y, z), time)
    }

    fn grid_of(&self, window: usize) -> (&Window, &Lattice) {
        let window = &self.windows[window];
        (window, &self.lattices[window.grid])
    }

    /// Two fields at once, land being 0.
    #[inline(always)]
    fn pair(&self, [a, b]: [usize; 2], t: &Row<WIDTH>, at: Places<'_>) -> [Row<WIDTH>; 2] {
        match (self.entries[a], self.entries[b]) {
            (Entry::Gridded { window: first, component: 0 }, Entry::Gridded { window: second, component: 1 })
                if first == second =>
            {
                flow(self.instructions, self.grid_of(first), t, at)
            }
            (Entry::Constant(u), Entry::Constant(v)) => [[u; WIDTH], [v; WIDTH]],
            _ if a == b => {
                let value = self.single(a, t, at);
                [value, value]
            }
            _ => [self.single(a, t, at), self.single(b, t, at)],
        }
    }

    /// One field, land being 0.
    #[inline(always)]
    fn single(&self, field: usize, t: &Row<WIDTH>, at: Places<'_>) -> Row<WIDTH> {
        match self.entries[field] {
            Entry::Constant(value) => [value; WIDTH],
            Entry::Analytic(analytic) => formula(self.instructions, analytic, t, at),
            Entry::Gridded { window, component } => flow(self.instructions, self.grid_of(window), t, at)[component],
            Entry::Unsupported => [f64::NAN; WIDTH],
        }
    }

    /// Coordinate units per second along x and y and m/s down: the sum of all currents. W is left out (0) unless
    /// `vertical`.
    #[inline(always)]
    pub(super) fn rate(&self, vertical: bool, t: &Row<WIDTH>, at: Places<'_>) -> [Row<WIDTH>; 3] {
        let mut sum = [[0.0; WIDTH]; 3];
        for current in &self.currents {
            let [u, v] = self.pair([current.u, current.v], t, at);
            for lane in 0..WIDTH {
                sum[0][lane] = u[lane].mul_add(current.factor, sum[0][lane]);
                sum[1][lane] = v[lane].mul_add(current.factor, sum[1][lane]);
            }
            if let (Some(w), true) = (current.w, vertical) {
                let w = self.single(w, t, at);
                for lane in 0..WIDTH {
                    sum[2][lane] = w[lane].mul_add(current.factor, sum[2][lane]);
                }
            }
        }
        let (fx, fy) = units_per_metre(self.mesh, at[1]);
        for lane in 0..WIDTH {
            sum[0][lane] *= fx[lane];
            sum[1][lane] *= fy;
        }
        sum
    }

    /// Kh along x and y, m2/s; 0 without.
    #[inline(always)]
    pub(super) fn diffusivity(&self, t: &Row<WIDTH>, at: Places<'_>) -> [Row<WIDTH>; 2] {
        match self.diffusivity {
            Some(fields) => self.pair(fields, t, at),
            None => [[0.0; WIDTH]; 2],
        }
    }

    /// A field where particles are, as a tracer: nodes without value are left out; NaN where there is none around, or
    /// outside the field's grid.
    #[inline(always)]
    pub(super) fn tracer(&self, field: usize, t: &Row<WIDTH>, at: Places<'_>) -> Row<WIDTH> {
        let Entry::Gridded { window, component } = self.entries[field] else { return self.single(field, t, at) };
        let on = self.grid_of(window);
        let mut out = tracer(self.instructions, on, component, t, at);
        for lane in 0..WIDTH {
            out[lane] = if on.1.is_outside(at[0][lane], at[1][lane]) { f64::NAN } else { out[lane] };
        }
        out
    }

    /// The value of a field at one place and time, m or degrees, s; NaN where it has none.
    #[must_use]
    pub fn value(&self, field: usize, time: f64, [x, y, z]: [f64; 3]) -> f64 {
        self.tracer(field, &[time; WIDTH], [&[x; WIDTH], &[y; WIDTH], &[z; WIDTH]])[0]
    }

    /// The values of a field at many places, as `value` gives them.
    ///
    /// # Panics
    /// If the slices differ in length.
    pub fn values(&self, field: usize, time: &[f64], [x, y, z]: [&[f64]; 3], out: &mut [f64]) {
        for first in (0..out.len()).step_by(WIDTH) {
            let count = (out.len() - first).min(WIDTH);
            let row = |column: &[f64]| -> Row<WIDTH> { lanes(column, first, count) };
            let values = self.tracer(field, &row(time), [&row(x), &row(y), &row(z)]);
            out[first..first + count].copy_from_slice(&values[..count]);
        }
    }
}

/// `count` numbers from a place on; further lanes repeat the first.
#[inline(always)]
pub(super) fn lanes<const W: usize>(column: &[f64], from: usize, count: usize) -> Row<W> {
    let mut row = [column[from]; W];
    row[..count].copy_from_slice(&column[from..from + count]);
    row
}

/// Coordinate units in a metre at latitudes: along x, and along y where it is the same everywhere.
#[inline(always)]
pub(super) fn units_per_metre<const W: usize>(mesh: Mesh, y: &Row<W>) -> (Row<W>, f64) {
    match mesh {
        Mesh::Flat => ([1.0; W], 1.0),
        Mesh::Spherical => {
            let mut along_x = [0.0; W];
            for lane in 0..W {
                let cosine = cos_latitude(y[lane]);
                let cosine = if cosine > LEAST_COSINE { cosine } else { LEAST_COSINE };
                along_x[lane] = 1.0 / (Mesh::METRES_PER_DEGREE * cosine);
            }
            (along_x, 1.0 / Mesh::METRES_PER_DEGREE)
        }
    }
}

/// A component of an analytic flow.
#[inline(always)]
fn formula_here(analytic: Analytic, t: &Row<WIDTH>, [x, y, _]: Places<'_>) -> Row<WIDTH> {
    let mut out = [0.0; WIDTH];
    for lane in 0..WIDTH {
        let [u, v] = analytic.flow.velocity(t[lane], x[lane], y[lane]);
        out[lane] = match analytic.component {
            Component::U => u,
            Component::V => v,
        };
    }
    out
}

/// AVX2 is enough for formulas, which are for teaching and tests; the bits are the same.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn formula_avx2(analytic: Analytic, t: &Row<WIDTH>, at: Places<'_>) -> Row<WIDTH> {
    formula_here(analytic, t, at)
}

#[inline(never)]
fn formula_baseline(analytic: Analytic, t: &Row<WIDTH>, at: Places<'_>) -> Row<WIDTH> {
    formula_here(analytic, t, at)
}

#[allow(unsafe_code)]
fn formula(instructions: Instructions, analytic: Analytic, t: &Row<WIDTH>, at: Places<'_>) -> Row<WIDTH> {
    match instructions {
        Instructions::Baseline => formula_baseline(analytic, t, at),
        // SAFETY: a value other than `Baseline` comes from `available` only, which asked the processor.
        #[cfg(target_arch = "x86_64")]
        _ => unsafe { formula_avx2(analytic, t, at) },
    }
}
