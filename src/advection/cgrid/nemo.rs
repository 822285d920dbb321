//! Comparison with trajectories that Parcels 3.1.4 computed on a real NEMO field (`bench/parcels/ref_real.py` of the
//! shared folder). Skipped, saying so, where that folder is not.

use std::path::{Path, PathBuf};

use super::CGrid;
use super::tests::rk4;
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

/// `cargo test --release --lib cgrid::nemo::speed -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn speed() {
    let Some(nemo) = Nemo::read() else { return };
    let starts = reference(3600);
    for (dt, steps) in [(3600_u32, 192_u32), (600, 1152)] {
        let copies = 40;
        let mut particles: Vec<([f64; 2], CellHint)> =
            starts.iter().flat_map(|s| vec![([s[0], s[1]], CellHint::default()); copies]).collect();
        let begin = std::time::Instant::now();
        let blocks = 16;
        for step in 0..steps / blocks {
            let time = f64::from(step * dt);
            let (fields, from) = nemo.at(time);
            let rate = f64::from(dt) / (nemo.times[1] - nemo.times[0]) / f64::from(dt);
            for (p, hint) in &mut particles {
                let sample = |t: f64, q: [f64; 2], hint: &mut CellHint| {
                    fields.velocity(q[0], q[1], 0, from + (t - time) * rate, hint)
                };
                if let Some(q) = rk4(sample, time, *p, f64::from(dt), hint) {
                    *p = q;
                }
            }
        }
        let done = particles.len() as f64 * f64::from(steps / blocks);
        println!("dt {dt} s: {:.2} M particle-steps/s", done / begin.elapsed().as_secs_f64() / 1e6);
    }
}
