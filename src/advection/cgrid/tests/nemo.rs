//! Comparison with trajectories that Parcels 3.1.4 computed on a real NEMO field (`bench/parcels/ref_real.py` of the
//! shared folder). Skipped, saying so, where that folder is not.

use std::path::{Path, PathBuf};

use super::CGrid;
use super::rk4;
use crate::advection::Mesh;
use crate::advection::curvilinear::{CellHint, Curvilinear};

const FIELDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/fields");
const DAYS: f64 = 8.0;

/// Surface velocities at all times of the files.
pub struct Nemo {
    pub grid: Curvilinear,
    pub times: Vec<f64>,
    pub u: Vec<Vec<f32>>,
    pub v: Vec<Vec<f32>>,
}

impl Nemo {
    /// The fields of the North Sea, or `None` without the shared folder.
    pub fn read() -> Option<Self> {
        let folder = Path::new(FIELDS).join("nemo_orca025_northsea");
        if !folder.is_dir() {
            println!("SKIPPED: there is no {}", folder.display());
            return None;
        }
        let corners = netcdf::open(folder.join("coordinates.nc")).unwrap();
        let (nx, ny) = (corners.dimension_len("x").unwrap(), corners.dimension_len("y").unwrap());
        // Parcels keeps coordinates in single precision; so must a comparison.
        let read = |name: &str| -> Vec<f64> {
            let values: Vec<f64> = corners.variable(name).unwrap().get_values(..).unwrap();
            values.iter().map(|&x| f64::from(x as f32)).collect()
        };
        let grid = Curvilinear::new(nx, ny, read("glamf"), read("gphif"), Mesh::Spherical).unwrap();
        let mut nemo = Self { grid, times: Vec::new(), u: Vec::new(), v: Vec::new() };
        for day in ["04", "09", "14"] {
            let path = |face: char| folder.join(format!("ORCA025-N06_200001{day}d05{face}.nc"));
            nemo.times.push(time(&path('U')));
            nemo.u.push(surface(&path('U'), "uos"));
            nemo.v.push(surface(&path('V'), "vos"));
        }
        let first = nemo.times[0];
        nemo.times.iter_mut().for_each(|time| *time -= first);
        Some(nemo)
    }

    /// The fields in the interval of a time, and the part of it that has passed.
    pub fn at(&self, time: f64) -> (CGrid<'_>, f64) {
        let n = usize::from(time >= self.times[1]);
        let fields = CGrid { grid: &self.grid, u: [&self.u[n], &self.u[n + 1]], v: [&self.v[n], &self.v[n + 1]] };
        (fields, (time - self.times[n]) / (self.times[n + 1] - self.times[n]))
    }
}

fn time(path: &PathBuf) -> f64 {
    netcdf::open(path).unwrap().variable("time_counter").unwrap().get_value(..).unwrap()
}

fn surface(path: &PathBuf, name: &str) -> Vec<f32> {
    let values: Vec<f32> = netcdf::open(path).unwrap().variable(name).unwrap().get_values(..).unwrap();
    values.iter().map(|&x| if x > 1e19 { f32::NAN } else { x }).collect()
}

/// First and last positions of the reference.
pub fn reference(dt: u32) -> Vec<[f64; 4]> {
    let path = Path::new(FIELDS).join(format!("reference_parcels_v3/nemo_cgrid_rk4_8d_dt{dt}.csv"));
    let text = std::fs::read_to_string(path).unwrap();
    let row = |line: &str| -> [f64; 4] {
        let x: Vec<f64> = line.split(',').map(|field| field.trim().parse().unwrap()).collect();
        [x[1], x[2], x[4], x[5]]
    };
    text.lines().skip(1).map(row).collect()
}

fn compare(dt: u32) {
    let Some(nemo) = Nemo::read() else { return };
    let reference = reference(dt);
    let steps = (DAYS * 86400.0) as u32 / dt;
    let mut errors: Vec<f64> = reference
        .iter()
        .map(|&[lon, lat, lon_end, lat_end]| {
            let (mut p, mut hint) = ([lon, lat], CellHint::default());
            for step in 0..steps {
                let sample = |t: f64, q: [f64; 2], hint: &mut CellHint| {
                    let (fields, part) = nemo.at(t);
                    fields.velocity(q[0], q[1], 0, part, hint)
                };
                p = rk4(sample, f64::from(step * dt), p, f64::from(dt), &mut hint).unwrap();
            }
            (p[0] - lon_end).abs().max((p[1] - lat_end).abs())
        })
        .collect();
    errors.sort_by(f64::total_cmp);
    let within = |limit: f64| errors.iter().filter(|&&e| e < limit).count() as f64 / errors.len() as f64;
    let part = |q: f64| errors[((errors.len() - 1) as f64 * q) as usize];
    println!(
        "dt {dt} s: {} particles; degrees off: median {:.1e}, 99 % {:.1e}, worst {:.1e}; {:.2} % within 1e-4, {:.2} % within 1e-6",
        errors.len(),
        part(0.5),
        part(0.99),
        part(1.0),
        100.0 * within(1e-4),
        100.0 * within(1e-6)
    );
    assert!(within(1e-4) >= 0.99);
}

#[test]
fn follows_parcels_at_3600_s() {
    compare(3600);
}

#[test]
fn follows_parcels_at_600_s() {
    compare(600);
}

/// `cargo test --release --lib cgrid::tests::nemo::speed -- --ignored --nocapture`: particle by particle, and stage by
/// stage over blocks of particles, which lets the processor work on several at once. Processor time of this thread.
#[test]
#[ignore = "a measurement"]
fn speed() {
    const STEPS: u32 = 24;
    let Some(nemo) = Nemo::read() else { return };
    // Copies follow each other at a distance, so that neighbours in memory are not neighbours in the sea.
    let starts: Vec<[f64; 2]> = reference(3600).iter().map(|s| [s[0], s[1]]).collect::<Vec<_>>().repeat(40);
    for (dt, block) in [3600_u32, 600].into_iter().flat_map(|dt| [1, 16, 64].map(|block| (dt, block))) {
        let mut particles = starts.clone();
        let mut hints = vec![CellHint::default(); starts.len()];
        let begin = processor_time();
        for step in 0..STEPS {
            let (dt, t) = (f64::from(dt), f64::from(step * dt));
            let fields = [0.0, 0.5, 1.0].map(|part| nemo.at(t + part * dt));
            for (particles, hints) in particles.chunks_mut(block).zip(hints.chunks_mut(block)) {
                advance(&fields, dt, particles, hints);
            }
        }
        let done = starts.len() as f64 * f64::from(STEPS);
        println!("dt {dt} s, blocks of {block}: {:.2} M particle-steps/s", done / (processor_time() - begin) / 1e6);
    }
}

/// One step of a block, stage by stage.
fn advance(fields: &[(CGrid<'_>, f64); 3], dt: f64, particles: &mut [[f64; 2]], hints: &mut [CellHint]) {
    let (mut stage, mut sum) = ([[0.0; 2]; 64], [[0.0; 2]; 64]);
    let n = particles.len();
    stage[..n].copy_from_slice(particles);
    for (moment, ahead, weight) in [(0, 0.5, 1.0), (1, 0.5, 2.0), (1, 1.0, 2.0), (2, 0.0, 1.0)] {
        let (field, part) = &fields[moment];
        for p in 0..n {
            let k = field.velocity(stage[p][0], stage[p][1], 0, *part, &mut hints[p]).unwrap_or([0.0; 2]);
            for d in 0..2 {
                sum[p][d] += weight * k[d];
                stage[p][d] = particles[p][d] + ahead * dt * k[d];
            }
        }
    }
    for p in 0..n {
        for d in 0..2 {
            particles[p][d] += dt / 6.0 * sum[p][d];
        }
    }
}

/// s that this thread has computed.
fn processor_time() -> f64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    now.tv_sec as f64 + 1e-9 * now.tv_nsec as f64
}
