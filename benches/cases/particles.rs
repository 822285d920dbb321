//! Particles in a double gyre that swings (Shadden et al. 2005), on a regular grid, with depth, on a C-grid.

use std::convert::Infallible;

use chemdrift::advection::field::{Grid, Horizontal, OutsideTimes, Staggering};
use chemdrift::advection::particles::Quantity;
use chemdrift::advection::{
    Current, FieldSet, Kernel, Mesh, Mover, NoHooks, OnLand, OnLeaving, ParticleBlock, Settings, Source, Tally,
};

const DAY: f64 = 86_400.0;
const HOUR: f64 = 3600.0;
/// Degrees: west, east, south, north.
const BOX: [f64; 4] = [0.0, 20.0, 30.0, 40.0];
/// Depth of the bottom, m.
const BOTTOM: f64 = 1000.0;

/// A case as it is told in `goals`: which kernel in which fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    Brownian,
    Rk4,
    Rk43d,
    EulerMaruyama,
    Milstein,
    CGrid,
    /// RK4 in a field of 4500 × 4500, two snapshots of which have 324 MB.
    LargeField,
}

impl Case {
    pub const ALL: [Self; 7] =
        [Self::Brownian, Self::Rk4, Self::Rk43d, Self::EulerMaruyama, Self::Milstein, Self::CGrid, Self::LargeField];

    pub fn name(self) -> &'static str {
        match self {
            Self::Brownian => "brownian",
            Self::Rk4 => "rk4",
            Self::Rk43d => "rk4_3d",
            Self::EulerMaruyama => "em",
            Self::Milstein => "m1",
            Self::CGrid => "cgrid",
            Self::LargeField => "rk4_large_field",
        }
    }

    fn kernel(self) -> Kernel {
        match self {
            Self::Brownian => Kernel::DiffusionUniform,
            Self::Rk43d => Kernel::AdvectionRk43d,
            Self::EulerMaruyama => Kernel::AdvectionDiffusionEm,
            Self::Milstein => Kernel::AdvectionDiffusionM1,
            Self::Rk4 | Self::CGrid | Self::LargeField => Kernel::AdvectionRk4,
        }
    }

    fn nodes(self) -> usize {
        if self == Self::LargeField { 4500 } else { 200 }
    }

    fn depths(self) -> Vec<f64> {
        if self == Self::Rk43d { line(0.0, BOTTOM, 20) } else { Vec::new() }
    }
}

/// Particles on their way in fields that are in memory.
pub struct Job {
    kernel: Kernel,
    mover: Mover,
    fields: FieldSet,
    particles: ParticleBlock,
    step: u64,
}

impl Job {
    /// `count` particles at places without order, and the first two daily snapshots.
    pub fn new(case: Case, count: usize) -> Self {
        let mut fields = fields(case);
        let settings = Settings {
            kernels: vec![case.kernel()],
            rk45_tolerance: 1.0,
            gradient_step: fields.gradient_step(),
            seed: 12_345,
            member: 0,
            on_leaving: OnLeaving::Stick,
            on_land: OnLand::Ignore,
            laws: Vec::new(),
            backward: false,
        };
        let read = |field, index| Ok::<_, Infallible>(snapshot(case, field, index as f64 * DAY));
        let Ok(()) = fields.update(0.0, DAY, read);
        let mut particles = ParticleBlock::new(0, count, &[]);
        let of = |step: f64, low: f64, high: f64| -> Vec<f64> {
            (1..=count).map(|i| low + (high - low) * (i as f64 * step).fract()).collect()
        };
        particles.set(Quantity::Longitude, &of(0.754_877_666_246_693, BOX[0] + 1.0, BOX[1] - 1.0));
        particles.set(Quantity::Latitude, &of(0.569_840_290_998_053, BOX[2] + 1.0, BOX[3] - 1.0));
        if case == Case::Rk43d {
            particles.set(Quantity::Depth, &of(0.618_033_988_749_895, 200.0, 600.0));
        }
        let mut mover = Mover::new(settings);
        mover.begin(&mut particles, &fields, &mut NoHooks, 0.0);
        Self { kernel: case.kernel(), mover, fields, particles, step: 0 }
    }

    /// Further steps of an hour; the day begins anew after its 24 hours.
    pub fn run(&mut self, steps: u64) -> Tally {
        let mut tally = Tally::default();
        for _ in 0..steps {
            let time = (self.step % 24) as f64 * HOUR;
            self.fields.settle(&[self.kernel], time, time + HOUR, self.particles.len());
            tally += self.mover.advance(&mut self.particles, &self.fields, &mut NoHooks, self.step, time, HOUR);
            self.step += 1;
        }
        tally
    }

    /// The instruction set in use.
    pub fn instructions(&self) -> &'static str {
        self.mover.instructions()
    }
}

fn line(first: f64, last: f64, count: usize) -> Vec<f64> {
    (0..count).map(|i| first + (last - first) * i as f64 / (count - 1) as f64).collect()
}

fn fields(case: Case) -> FieldSet {
    if case == Case::Brownian {
        return FieldSet::new(Mesh::Spherical, &[Source::Constant(100.0)], Vec::new(), Some([0, 0]));
    }
    let (lon, lat) = (line(BOX[0], BOX[1], case.nodes()), line(BOX[2], BOX[3], case.nodes()));
    let (horizontal, staggering) = if case == Case::CGrid {
        let places = lat.iter().flat_map(|&y| lon.iter().map(move |&x| bent(x, y)));
        let (x, y) = places.unzip();
        (Horizontal::Curvilinear { nx: lon.len(), ny: lat.len(), lon: x, lat: y }, Staggering::C)
    } else {
        (Horizontal::Rectilinear { lon, lat }, Staggering::A)
    };
    let grid = Grid { horizontal, depth: case.depths(), staggering };
    let source = Source::Gridded { grid, times: vec![0.0, DAY], outside: OutsideTimes::Refuse };
    let current = |w| vec![Current { u: 0, v: 1, w, factor: 1.0 }];
    match case {
        Case::Rk43d => FieldSet::new(Mesh::Spherical, &vec![source; 3], current(Some(2)), None),
        Case::EulerMaruyama | Case::Milstein => {
            FieldSet::new(Mesh::Spherical, &vec![source; 3], current(None), Some([2, 2]))
        }
        _ => FieldSet::new(Mesh::Spherical, &vec![source; 2], current(None), None),
    }
}

/// Lines of the grid that are bent a little.
fn bent(x: f64, y: f64) -> (f64, f64) {
    let pi = std::f64::consts::PI;
    (x + 0.2 * (pi * (y - BOX[2]) / 10.0).sin(), y + 0.1 * (pi * x / 20.0).sin())
}

/// U, V, then W or Kh, `[depth][y][x]`.
fn snapshot(case: Case, field: usize, time: f64) -> Vec<f32> {
    let pi = std::f64::consts::PI;
    let (lon, lat) = (line(BOX[0], BOX[1], case.nodes()), line(BOX[2], BOX[3], case.nodes()));
    let depths = if case == Case::Rk43d { case.depths() } else { vec![0.0] };
    let swing = 0.25 * (2.0 * pi * time / (10.0 * DAY)).sin();
    let along: Vec<(f64, f64)> = lon
        .iter()
        .map(|lon| {
            let x = 2.0 * (lon - BOX[0]) / (BOX[1] - BOX[0]);
            let f = swing * x * x + (1.0 - 2.0 * swing) * x;
            let slope = 2.0 * swing * x + 1.0 - 2.0 * swing;
            match field {
                0 => ((pi * f).sin(), 0.0),
                1 => ((pi * f).cos() * slope, 0.0),
                _ => ((pi * f).sin(), (pi * x).sin()),
            }
        })
        .collect();
    let mut values = Vec::with_capacity(depths.len() * lon.len() * lat.len());
    for depth in depths {
        let profile = (-depth / 500.0).exp();
        for &lat in &lat {
            let y = (lat - BOX[2]) / (BOX[3] - BOX[2]);
            let across = (pi * y).sin();
            values.extend(along.iter().map(|&(a, b)| match (field, case) {
                (0, _) => -0.5 * a * (pi * y).cos() * profile,
                (1, _) => 0.25 * a * across * profile,
                (_, Case::Rk43d) => 1e-4 * (pi * depth / BOTTOM).sin() * a * across,
                _ => 100.0 + 50.0 * b * (2.0 * pi * y).sin(),
            } as f32));
        }
    }
    values
}
