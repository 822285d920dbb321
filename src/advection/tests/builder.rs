//! Small runs in a few words.

use std::convert::Infallible;

use crate::advection::field::{Grid, Horizontal, OutsideTimes, Staggering};
use crate::advection::particles::Quantity;
use crate::advection::*;

/// `count` numbers from `first` to `last`.
pub fn line(first: f64, last: f64, count: usize) -> Vec<f64> {
    (0..count).map(|i| first + (last - first) * i as f64 / (count - 1) as f64).collect()
}

pub fn grid(lon: Vec<f64>, lat: Vec<f64>, depth: Vec<f64>) -> Grid {
    Grid { horizontal: Horizontal::Rectilinear { lon, lat }, depth, staggering: Staggering::A }
}

/// A run: fields by a formula of (field, t, x, y, z) sampled on a grid.
pub struct Run<'a> {
    pub mesh: Mesh,
    pub grid: Grid,
    pub times: Vec<f64>,
    pub outside: OutsideTimes,
    /// U, V, and W or Kh when there are more.
    pub fields: usize,
    pub values: &'a dyn Fn(usize, f64, f64, f64, f64) -> f64,
    pub settings: Settings,
}

pub fn settings(kernels: &[Kernel]) -> Settings {
    Settings {
        kernels: kernels.to_vec(),
        rk45_tolerance: 1e-3,
        gradient_step: 0.01,
        seed: 1,
        member: 0,
        on_leaving: OnLeaving::Delete,
        on_land: OnLand::Ignore,
        laws: Vec::new(),
        backward: false,
    }
}

impl Run<'_> {
    pub fn sources(&self) -> Vec<Source> {
        let source = Source::Gridded { grid: self.grid.clone(), times: self.times.clone(), outside: self.outside };
        vec![source; self.fields]
    }

    /// With U, V and, as the third field, W when the grid has depth.
    pub fn field_set(&self) -> FieldSet {
        let w = (self.fields > 2 && !self.grid.depth.is_empty()).then_some(2);
        FieldSet::new(self.mesh, &self.sources(), vec![Current { u: 0, v: 1, w, factor: 1.0 }], None)
    }

    pub fn load(&self, set: &mut FieldSet, from: f64, to: f64) {
        let Horizontal::Rectilinear { lon, lat } = &self.grid.horizontal else { panic!("a rectilinear grid") };
        let depth = if self.grid.depth.is_empty() { vec![0.0] } else { self.grid.depth.clone() };
        let read = |field: usize, index: usize| -> Result<Vec<f32>, Infallible> {
            let mut values = Vec::new();
            for &z in &depth {
                for &y in lat {
                    values.extend(lon.iter().map(|&x| (self.values)(field, self.times[index], x, y, z) as f32));
                }
            }
            Ok(values)
        };
        set.update(from, to, read).unwrap();
    }

    pub fn go(&self, block: &mut ParticleBlock, from: f64, dt: f64, steps: u64) -> Tally {
        self.go_with(&mut self.field_set(), block, from, dt, steps)
    }

    pub fn go_with(&self, set: &mut FieldSet, block: &mut ParticleBlock, from: f64, dt: f64, steps: u64) -> Tally {
        let mut mover = Mover::new(self.settings.clone());
        self.load(set, from, from);
        let mut tally = mover.begin(block, set, &mut NoHooks, from);
        for step in 0..steps {
            let t = from + dt * step as f64;
            self.load(set, t, t + dt);
            tally += mover.advance(block, set, &mut NoHooks, step, t, dt);
        }
        tally
    }
}

/// Particles at places, released at time 0.
pub fn particles(places: &[[f64; 3]], variables: &[f64]) -> ParticleBlock {
    let mut block = ParticleBlock::new(0, places.len(), variables);
    for (axis, quantity) in [Quantity::Longitude, Quantity::Latitude, Quantity::Depth].into_iter().enumerate() {
        block.set(quantity, &places.iter().map(|place| place[axis]).collect::<Vec<_>>());
    }
    block
}

pub fn read(block: &ParticleBlock, quantity: Quantity) -> Vec<f64> {
    let mut out = vec![0.0; block.len()];
    block.read(quantity, &mut out);
    out
}

pub fn places(block: &ParticleBlock) -> Vec<[f64; 3]> {
    let [x, y, z] = [Quantity::Longitude, Quantity::Latitude, Quantity::Depth].map(|quantity| read(block, quantity));
    (0..block.len()).map(|i| [x[i], y[i], z[i]]).collect()
}

pub fn statuses(block: &ParticleBlock) -> Vec<ParticleStatus> {
    let mut out = vec![ParticleStatus::Waiting; block.len()];
    block.read_status(&mut out);
    out
}
