//! C-grid velocities against flows with known answers, and against real trajectories.

mod nemo;

use super::*;
use crate::advection::Mesh;

/// One step of the classical Runge–Kutta method; `None` when a stage is outside.
pub fn rk4(
    velocity: impl Fn(f64, [f64; 2], &mut CellHint) -> Option<[f64; 2]>,
    t: f64,
    p: [f64; 2],
    dt: f64,
    hint: &mut CellHint,
) -> Option<[f64; 2]> {
    let ahead = |k: [f64; 2], part: f64| [p[0] + part * dt * k[0], p[1] + part * dt * k[1]];
    let k1 = velocity(t, p, hint)?;
    let k2 = velocity(t + 0.5 * dt, ahead(k1, 0.5), hint)?;
    let k3 = velocity(t + 0.5 * dt, ahead(k2, 0.5), hint)?;
    let k4 = velocity(t + dt, ahead(k3, 1.0), hint)?;
    Some([0, 1].map(|d| p[d] + dt / 6.0 * (k1[d] + 2.0 * k2[d] + 2.0 * k3[d] + k4[d])))
}

/// A grid on a flat mesh with its stream function, whose differences are the transports through the faces.
struct Streamed {
    grid: Curvilinear,
    psi: Vec<f64>,
    u: Vec<f32>,
    v: Vec<f32>,
}

impl Streamed {
    /// u = -∂psi/∂y, v = ∂psi/∂x; the transport through a face is the difference of psi between its ends.
    fn new(nx: usize, ny: usize, node: impl Fn(f64, f64) -> [f64; 2], psi: impl Fn(usize, usize) -> f64) -> Self {
        let place = |n: usize| node((n % nx) as f64, (n / nx) as f64);
        let lon = (0..nx * ny).map(|n| place(n)[0]).collect();
        let lat = (0..nx * ny).map(|n| place(n)[1]).collect();
        let grid = Curvilinear::new(nx, ny, lon, lat, Mesh::Flat).unwrap();
        let psi: Vec<f64> = (0..nx * ny).map(|n| psi(n % nx, n / nx)).collect();
        let length = |a: usize, b: usize| (place(b)[0] - place(a)[0]).hypot(place(b)[1] - place(a)[1]);
        let (mut u, mut v) = (vec![f32::NAN; nx * ny], vec![f32::NAN; nx * ny]);
        for n in 0..nx * ny {
            if n >= nx {
                u[n] = ((psi[n - nx] - psi[n]) / length(n - nx, n)) as f32;
            }
            if n % nx > 0 {
                v[n] = ((psi[n] - psi[n - 1]) / length(n - 1, n)) as f32;
            }
        }
        Self { grid, psi, u, v }
    }

    fn fields(&self) -> CGrid<'_> {
        CGrid { grid: &self.grid, u: [&self.u; 2], v: [&self.v; 2] }
    }

    fn psi(&self, p: [f64; 2]) -> f64 {
        let found = self.grid.find(p[0], p[1], &mut CellHint::default()).unwrap();
        let (south, nx) = (found.j * self.grid.nx() + found.i, self.grid.nx());
        let nodes = [south, south + 1, south + nx + 1, south + nx];
        found.place.weights().iter().zip(nodes).map(|(w, n)| w * self.psi[n]).sum()
    }

    fn step(&self, p: [f64; 2], dt: f64, hint: &mut CellHint) -> Option<[f64; 2]> {
        rk4(|_, q, hint| self.fields().velocity(q[0], q[1], 0, 0.5, hint), 0.0, p, dt, hint)
    }
}

/// Rotated by 30 degrees, sheared and waved, in m.
fn distort(x: f64, y: f64) -> [f64; 2] {
    let (x, y) = (x + 0.25 * (0.8 * y).sin() + 0.2 * y, y + 0.25 * (1.1 * x).cos());
    [1000.0 * (0.866 * x - 0.5 * y), 1000.0 * (0.5 * x + 0.866 * y)]
}

#[test]
fn uniform_flow_is_found_on_any_grid() {
    let (east, north) = (0.7, -0.4);
    let flow = Streamed::new(20, 20, distort, |i, j| {
        let [x, y] = distort(i as f64, j as f64);
        north * x - east * y
    });
    let mut hint = CellHint::default();
    for n in 0..19 * 19 {
        let [x, y] = flow.grid.point(n % 19, n / 19, [0.3, 0.9]);
        let [u, v] = flow.fields().velocity(x, y, 0, 0.0, &mut hint).unwrap();
        // The faces hold single precision.
        assert!((u - east).abs() < 3e-7 && (v - north).abs() < 3e-7, "{u} {v}");
    }
}

#[test]
fn nothing_crosses_a_closed_face() {
    // Walls round the basin and right across it on row 9; eddies as small as the cells in both halves.
    let wall = |i: usize, j: usize| i == 0 || j == 0 || i == 23 || j == 19 || j == 9;
    let eddies = |i: usize, j: usize| 900.0 * (1.3 * i as f64 + 2.1 * j as f64).sin();
    // The walls are straight: where a coast bends, a step along it leads off the water, however exact the velocity.
    let node = |x: f64, y: f64| {
        let half = if y < 9.0 { y / 9.0 } else { (y - 9.0) / 10.0 };
        let [along, across] = [x / 23.0, half].map(|part| 0.25 * (std::f64::consts::PI * part).sin());
        let (x, y) = (x + along * (0.8 * y).sin(), y + across * (1.1 * x).cos());
        [1000.0 * (0.866 * x - 0.5 * y), 1000.0 * (0.5 * x + 0.866 * y)]
    };
    let flow = Streamed::new(24, 20, node, |i, j| if wall(i, j) { 0.0 } else { eddies(i, j) });
    for j in 1..19 {
        let cell = flow.grid.cell(5, 9).unwrap();
        let [x, y] = flow.grid.point(5, 9, [f64::from(j) / 19.0, 1e-9]);
        let [u, v] = flow.fields().velocity(x, y, 0, 0.0, &mut CellHint::default()).unwrap();
        let [[tx, ty], _] = cell.tangents(0.0, 0.0);
        assert!((u * ty - v * tx).abs() < 1e-8 * tx.hypot(ty), "only along the wall");
    }
    for n in 0..400 {
        let (i, j) = (1 + n % 20, n / 20 % 19);
        let mut p = flow.grid.point(i, j, [0.1 + 0.002 * n as f64, 0.5]);
        let mut hint = CellHint::default();
        for _ in 0..2000 {
            p = flow.step(p, 50.0, &mut hint).unwrap();
        }
        let end = flow.grid.locate(p[0], p[1], &mut hint).unwrap();
        assert_eq!(end.j < 9, j < 9, "from row {j} to row {}", end.j);
    }
}

/// The flow of `validate.py` in the shared folder over 600 days. Measured is the drift of the grid's own, bilinear stream
/// function, not the distance to the analytic one that is given there for Parcels (1.2e-2 at worst on an A-grid), which
/// holds the error of interpolation too. What drifts is left to the integrator, as the steps show: the western boundary
/// current of 30 m/s crosses two cells in an hour.
#[test]
fn stommel_gyre_keeps_its_stream_function() {
    let (side, count) = (1e7, 200_usize);
    let scale = 1.0 / (11.6 * 86400.0) / (2e-11 * side);
    let step = side / (count - 1) as f64;
    let shape =
        |x: f64, y: f64| (1.0 - (-x / scale).exp() - x) * std::f64::consts::PI * (std::f64::consts::PI * y).sin();
    let psi = |i: usize, j: usize| 0.05 * side * shape(i as f64 * step / side, j as f64 * step / side);
    let flow = Streamed::new(count, count, |x, y| [step * x, step * y], psi);
    for (dt, limit) in [(3600, 1e-3), (600, 1e-5)] {
        let mut worst: f64 = 0.0;
        for x in [1e4, 4e4, 7e4, 1e5] {
            let (mut p, mut hint) = ([x, 5e6], CellHint::default());
            let psi = flow.psi(p);
            for _ in 0..600 * 86400 / dt {
                p = flow.step(p, f64::from(dt), &mut hint).unwrap();
            }
            worst = worst.max((flow.psi(p) - psi).abs() / side);
        }
        println!("Stommel, dt {dt} s: worst drift of psi {worst:.1e}");
        assert!(worst < limit);
    }
}

fn sphere(lon: &[f64], lat: &[f64]) -> Curvilinear {
    Curvilinear::from_lines(lon, lat, Mesh::Spherical).unwrap()
}

#[test]
fn zonal_and_meridional_flow_on_the_sphere() {
    let lon: Vec<f64> = (0..80).map(|i| -10.0 + 0.25 * f64::from(i)).collect();
    let lat: Vec<f64> = (0..340).map(|j| -85.0 + 0.5 * f64::from(j)).collect();
    let grid = sphere(&lon, &lat);
    let (one, none) = (vec![1.0_f32; 80 * 340], vec![0.0_f32; 80 * 340]);
    let mut hint = CellHint::default();
    for y in [-84.9, -60.3, 0.0, 0.1, 33.3, 78.9, 84.1] {
        let per_degree = 111_120.0 * f64::to_radians(y).cos();
        let zonal = CGrid { grid: &grid, u: [&one; 2], v: [&none; 2] };
        let [u, v] = zonal.velocity(1.1, y, 0, 0.3, &mut hint).unwrap();
        assert!((u * per_degree - 1.0).abs() < 1e-12 && v == 0.0, "{}", u * per_degree - 1.0);
        let meridional = CGrid { grid: &grid, u: [&none; 2], v: [&one; 2] };
        let [u, v] = meridional.velocity(1.1, y, 0, 0.3, &mut hint).unwrap();
        assert!(u == 0.0);
        // On the faces it is 1 m/s; between them the transport is linear, the width of the cell is not.
        assert!((v * 111_120.0 - 1.0).abs() < 1e-4);
    }
}

#[test]
fn a_current_flows_over_the_date_line() {
    let lon: Vec<f64> =
        (0..40).map(|i| 175.0 + 0.25 * f64::from(i)).map(|x| if x >= 180.0 { x - 360.0 } else { x }).collect();
    let lat: Vec<f64> = (0..10).map(f64::from).collect();
    let grid = sphere(&lon, &lat);
    let (one, none) = (vec![1.0_f32; 400], vec![0.0_f32; 400]);
    let fields = CGrid { grid: &grid, u: [&one; 2], v: [&none; 2] };
    let (mut p, mut hint) = ([179.5, 4.5], CellHint::default());
    for _ in 0..48 {
        p = rk4(|_, q, hint| fields.velocity(q[0], q[1], 0, 0.0, hint), 0.0, p, 3600.0, &mut hint).unwrap();
    }
    let way = 48.0 * 3600.0 / (111_120.0 * f64::to_radians(4.5).cos());
    assert!((p[0] - 179.5 - way).abs() < 1e-11 && p[1] == 4.5);
}

#[test]
fn land_is_closed() {
    let number = |n: usize| n as f32;
    let u: Vec<f32> = (0..18).map(number).collect();
    let mut v: Vec<f32> = (100..118).map(number).collect();
    v[9 + 4] = f32::NAN;
    let faces = Faces::at(&u, &v, [9 + 1, 9 + 3, 9 + 4]);
    assert_eq!(faces, Faces { west: 12.0, east: 13.0, south: 110.0, north: 0.0 });
    assert_eq!(faces.towards(&Faces::default(), 0.25).west, 9.0);
}

#[test]
fn vertical_velocity_is_linear_in_a_layer() {
    let w = [0.0_f32, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 4.0];
    assert_eq!(vertical(&w, 2, 4, 0, 0.25), 2.5);
    assert_eq!(vertical(&w, 2, 4, 4, 0.75), 1.0);
}
