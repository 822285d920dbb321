//! All fields of a run, and what kernels ask of them: how fast things move, how strongly they mix, where the domain
//! ends, where land is.

use super::Mesh;
use super::analytic::Analytic;
use super::curved::{Curved, Hints, Want};
use super::field::{Grid, OutsideTimes, Staggering};
use super::interpolate::{Rows, Wanted, land, sample};
use super::place::Lattice;
use super::rows::{Aligned, Places, Row, WIDTH, formula, lanes, units_per_metre};
use super::scale::{Scale, Scales};
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

/// Where values of a field are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Entry {
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
    pub(super) instructions: Instructions,
    pub(super) entries: Vec<Entry>,
    scales: Scales,
    pub(super) grounds: Vec<Ground>,
    pub(super) windows: Vec<Window>,
    pub(super) currents: Vec<Current>,
    pub(super) diffusivity: Option<[usize; 2]>,
    /// Grids that bound the domain: those of the currents.
    pub(super) domain: Vec<usize>,
    /// Shallowest and deepest place, m.
    pub(super) depths: Option<[f64; 2]>,
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
            scales: Scales::none(sources.len()),
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

    /// Gives a constant field another value; a field that is no constant stays as it is.
    pub fn set_constant(&mut self, field: usize, value: f64) {
        if let Entry::Constant(own) = &mut self.entries[field] {
            *own = value;
        }
    }

    /// Gives a current another factor.
    pub fn set_factor(&mut self, current: usize, factor: f64) {
        self.currents[current].factor = factor;
    }

    /// Multiplies and shifts a field from files; faces of a C-grid, which are of use only together, stay as they are.
    pub fn set_scale(&mut self, field: usize, scale: Scale) {
        if matches!(self.entries[field], Entry::Gridded { .. }) && !self.is_direct(field) {
            self.scales.set(field, scale);
        }
    }

    /// The scale of a field.
    #[must_use]
    pub fn scale(&self, field: usize) -> Scale {
        self.scales.of(field)
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
        self.windows.push(Window::new((fields, at), times.clone(), *outside, layout));
    }

    /// What the horizontal coordinates mean.
    #[must_use]
    pub fn mesh(&self) -> Mesh {
        self.mesh
    }

    /// A hundredth of the spacing of the diffusivity's grid (0.01 without one): the distance in coordinate units over
    /// which its gradient is taken.
    #[must_use]
    pub fn gradient_step(&self) -> f64 {
        let of = |field: usize| match self.window_of(field).map(|window| self.grid_of(window).1) {
            Some(Ground::Lattice(lattice)) => lattice.x.spacing().min(lattice.y.spacing()),
            _ => 1.0,
        };
        0.01 * self.diffusivity.map_or(1.0, |[x, y]| of(x).min(of(y))).min(1e9)
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
        self.window_of(self.currents.first()?.u).map(|window| &self.windows[window])
    }

    /// Position in the list of windows, for a field from files.
    pub(super) fn window_of(&self, field: usize) -> Option<usize> {
        match self.entries[field] {
            Entry::Gridded { window, .. } => Some(window),
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

    /// Two fields at once, land being 0, in the first two rows.
    #[inline(always)]
    fn pair(&self, [a, b]: [usize; 2], t: &Row<WIDTH>, at: Places<'_>, hints: &Hints, out: &mut Rows) {
        match (self.entries[a], self.entries[b]) {
            (Entry::Gridded { window: first, component: 0 }, Entry::Gridded { window: second, component: 1 })
                if first == second =>
            {
                match self.grid_of(first) {
                    (window, Ground::Lattice(lattice)) => {
                        sample(self.instructions, lattice, Wanted::Flow(window), t, at, out);
                    }
                    (window, Ground::Curved(curved)) => {
                        out[0] = curved.sample(self.instructions, window, Want::Velocity, t, at, hints);
                    }
                }
                let [first, second] = &mut out[0];
                self.scales.apply([a, b], [first, second]);
            }
            (Entry::Constant(u), Entry::Constant(v)) => out[0] = [[u; WIDTH], [v; WIDTH]],
            // The faces of a C-grid's cell are of use only together: same grid, same times.
            _ if self.is_direct(a) || self.is_direct(b) => out[0] = [[f64::NAN; WIDTH]; 2],
            _ => {
                let [first, second] = &mut out[0];
                *first = self.single(a, t, at, hints);
                *second = if a == b { *first } else { self.single(b, t, at, hints) };
            }
        }
    }

    /// One field, land being 0.
    #[inline(always)]
    fn single(&self, field: usize, t: &Row<WIDTH>, at: Places<'_>, hints: &Hints) -> Row<WIDTH> {
        let mut values = match self.entries[field] {
            Entry::Constant(value) => [value; WIDTH],
            Entry::Analytic(analytic) => formula(self.instructions, analytic, t, at),
            Entry::Gridded { window, component } => match self.grid_of(window) {
                (window, Ground::Lattice(lattice)) => {
                    let mut out = [[[0.0; WIDTH]; 2]; 2];
                    sample(self.instructions, lattice, Wanted::Flow(window), t, at, &mut out);
                    out[0][component]
                }
                (window, Ground::Curved(curved)) => {
                    curved.sample(self.instructions, window, Want::Vertical, t, at, hints)[0]
                }
            },
            Entry::Unsupported => [f64::NAN; WIDTH],
        };
        self.scales.apply([field], [&mut values]);
        values
    }

    /// The lattice and the windows of three fields that are found by one search: a pair, and a single field beside it.
    #[inline(always)]
    fn together(&self, [u, v, w]: [usize; 3]) -> Option<(&Lattice, [&Window; 2])> {
        let Entry::Gridded { window: pair, component: 0 } = self.entries[u] else { return None };
        let Entry::Gridded { window: single, .. } = self.entries[w] else { return None };
        let (pair_window, Ground::Lattice(lattice)) = self.grid_of(pair) else { return None };
        let single_window = &self.windows[single];
        let same = self.entries[v] == Entry::Gridded { window: pair, component: 1 }
            && single_window.grid == pair_window.grid
            && single_window.fields.len() == 1;
        same.then_some((lattice, [pair_window, single_window]))
    }

    /// A current in m/s, or straight in coordinate units per second, in the first three rows.
    #[inline(always)]
    fn current(&self, current: Current, t: &Row<WIDTH>, at: Places<'_>, hints: &Hints, out: &mut Rows) {
        let Current { u, v, w, .. } = current;
        let Some(w) = w else {
            self.pair([u, v], t, at, hints, out);
            return;
        };
        if let Some((lattice, windows)) = self.together([u, v, w]) {
            sample(self.instructions, lattice, Wanted::Flow3(windows), t, at, out);
            let [[first, second], [third, _]] = out;
            self.scales.apply([u, v, w], [first, second, third]);
        } else {
            self.pair([u, v], t, at, hints, out);
            out[1][0] = self.single(w, t, at, hints);
        }
    }

    /// Coordinate units per second along x and y and m/s down: the sum of all currents. W is left out (0) unless
    /// `vertical`.
    #[inline(always)]
    pub(super) fn rate(
        &self,
        vertical: bool,
        t: &Row<WIDTH>,
        at: Places<'_>,
        hints: &Hints,
        sum: &mut [Row<WIDTH>; 3],
    ) {
        // Velocities from the faces of a C-grid need no change of units.
        let direct = self.currents.iter().all(|current| self.is_direct(current.u));
        let mesh = if direct { Mesh::Flat } else { self.mesh };
        let (along_x, along_y) = units_per_metre(mesh, at[1]);
        let (along_x, ones) = (Aligned(along_x), Aligned([1.0; WIDTH]));
        let mut values = Aligned([[[0.0; WIDTH]; 2]; 2]);
        *sum = [[0.0; WIDTH]; 3];
        for &current in &self.currents {
            let current = Current { w: current.w.filter(|_| vertical), ..current };
            self.current(current, t, at, hints, &mut values);
            let [[u, v], [w, _]] = &*values;
            let (fx, fy) = if self.is_direct(current.u) { (&ones, 1.0) } else { (&along_x, along_y) };
            for lane in 0..WIDTH {
                sum[0][lane] = (u[lane] * current.factor).mul_add(fx[lane], sum[0][lane]);
                sum[1][lane] = (v[lane] * current.factor).mul_add(fy, sum[1][lane]);
            }
            if current.w.is_some() {
                for lane in 0..WIDTH {
                    sum[2][lane] = w[lane].mul_add(current.factor, sum[2][lane]);
                }
            }
        }
    }

    /// Kh along x and y, m2/s, in the first two rows; 0 without.
    #[inline(always)]
    fn diffusivity(&self, t: &Row<WIDTH>, at: Places<'_>, hints: &Hints, out: &mut Rows) {
        match self.diffusivity {
            Some(fields) => self.pair(fields, t, at, hints, out),
            None => out[0] = [[0.0; WIDTH]; 2],
        }
    }

    /// Whether Kh is one field for both directions.
    pub(super) fn mixes_alike(&self) -> bool {
        self.diffusivity.is_none_or(|[x, y]| x == y)
    }

    /// Kh along x and y, m2/s; then, when there is a `distance` in coordinate units to take them over, the slopes of the
    /// first along x and of the second along y by central differences, per coordinate unit.
    #[inline(always)]
    pub(super) fn mixing(&self, distance: Option<f64>, t: &Row<WIDTH>, at: Places<'_>, hints: &Hints, out: &mut Rows) {
        let Some(distance) = distance else {
            self.diffusivity(t, at, hints, out);
            return;
        };
        if let Some((lattice, window)) = self.mixing_window() {
            sample(self.instructions, lattice, Wanted::Slopes(window, distance), t, at, out);
            let [[first, second], slopes] = out;
            if let Some(fields) = self.diffusivity {
                self.scales.apply(fields, [first, second]);
                self.scales.apply_to_slopes(fields, slopes);
            }
            return;
        }
        self.diffusivity(t, at, hints, out);
        let mut sides = [[[[0.0; WIDTH]; 2]; 2]; 2];
        for axis in 0..2 {
            for (values, step) in sides.iter_mut().zip([distance, -distance]) {
                let mut beside = [*at[0], *at[1]];
                for lane in 0..WIDTH {
                    beside[axis][lane] += step;
                }
                self.diffusivity(t, [&beside[0], &beside[1], at[2]], hints, values);
            }
            for lane in 0..WIDTH {
                out[1][axis][lane] = (sides[0][0][axis][lane] - sides[1][0][axis][lane]) * (0.5 / distance);
            }
        }
    }

    /// The lattice and the one window of Kh, if there is one.
    #[inline(always)]
    fn mixing_window(&self) -> Option<(&Lattice, &Window)> {
        let [a, b] = self.diffusivity?;
        let Entry::Gridded { window, component: 0 } = self.entries[a] else { return None };
        let (held, Ground::Lattice(lattice)) = self.grid_of(window) else { return None };
        let single = a == b && held.fields.len() == 1;
        (single || self.entries[b] == Entry::Gridded { window, component: 1 }).then_some((lattice, held))
    }

    /// A field where particles are, as a tracer: nodes without value are left out; NaN where there is none around, or
    /// outside the field's grid.
    #[inline(always)]
    pub(super) fn tracer(&self, field: usize, t: &Row<WIDTH>, at: Places<'_>, hints: &Hints) -> Row<WIDTH> {
        let Entry::Gridded { window, component } = self.entries[field] else { return self.single(field, t, at, hints) };
        let mut values = match self.grid_of(window) {
            (window, Ground::Lattice(lattice)) => {
                let mut rows = [[[0.0; WIDTH]; 2]; 2];
                sample(self.instructions, lattice, Wanted::Tracer(window), t, at, &mut rows);
                let (single, [value, weight]) = (window.fields.len() == 1, &rows[0]);
                let mut out = rows[0][component];
                for lane in 0..WIDTH {
                    // In a pair, land is 0; of a single field the weights of the nodes that have a value are scaled up.
                    let scaled = if weight[lane] > 0.0 { value[lane] / weight[lane] } else { f64::NAN };
                    let inside = if single { scaled } else { out[lane] };
                    out[lane] = if lattice.is_outside(at[0][lane], at[1][lane]) { f64::NAN } else { inside };
                }
                out
            }
            (window, Ground::Curved(curved)) => {
                curved.sample(self.instructions, window, Want::Tracer(component), t, at, hints)[0]
            }
        };
        self.scales.apply([field], [&mut values]);
        values
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
