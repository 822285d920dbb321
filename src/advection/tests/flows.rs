//! Advection in flows with known trajectories. Where a published code's error is named, it is Parcels', whose validation
//! cases these are (`validation/` has the table).

use super::builder::*;
use crate::advection::analytic::{Analytic, Component, Flow};
use crate::advection::field::OutsideTimes;
use crate::advection::*;

/// Largest errors along x and y of the eddies, fields sampled on a grid every 60 s: 100 by 100 nodes over 25 km, 10
/// particles, 6 h.
fn eddy_error(flow: Flow, kernel: Kernel, dt: f64) -> [f64; 2] {
    let run = Run {
        mesh: Mesh::Flat,
        grid: grid(line(0.0, 25e3, 100), line(0.0, 25e3, 100), Vec::new()),
        times: (0..=360).map(|i| f64::from(i) * 60.0).collect(),
        outside: OutsideTimes::Refuse,
        fields: 2,
        values: &|field, t, x, y, _| flow.velocity(t, x, y)[field],
        settings: Settings { rk45_tolerance: 1e-5, ..settings(&[kernel]) },
    };
    let starts: Vec<[f64; 3]> = line(12e3, 21e3, 10).into_iter().map(|x| [x, 12.5e3, 0.0]).collect();
    let mut block = particles(&starts, &[]);
    let steps = (21_600.0 / dt) as u64;
    assert_eq!(run.go(&mut block, 0.0, dt, steps).moved, 10 * steps);
    let mut worst = [0.0_f64; 2];
    for (start, end) in starts.iter().zip(places(&block)) {
        let truth = flow.solution(21_600.0, [start[0], start[1]]).unwrap();
        for axis in 0..2 {
            worst[axis] = worst[axis].max((end[axis] - truth[axis]).abs());
        }
    }
    worst
}

#[test]
fn val_eddies_are_as_exact_as_their_snapshots() {
    // What is left is the linear interpolation between snapshots, u0 f^2 h^2 / 8 per second, here with room for
    // single-precision values.
    for (flow, limit) in [
        (Flow::StationaryEddy, [0.0076, 0.0141]),
        (Flow::MovingEddy, [0.0121, 0.0131]),
        (Flow::DecayingEddy, [0.0060, 0.0125]),
    ] {
        let error = eddy_error(flow, Kernel::AdvectionRk4, 180.0);
        assert!(error[0] <= limit[0] && error[1] <= limit[1], "{}: {error:?}", flow.name());
    }
    let error = eddy_error(Flow::StationaryEddy, Kernel::AdvectionRk45, 180.0);
    assert!(error[0] <= 0.0076 && error[1] <= 0.0141, "rk45: {error:?}");
    let error = eddy_error(Flow::StationaryEddy, Kernel::AdvectionEe, 180.0);
    assert!(error[0] < 45.0 && error[1] < 25.0 && error[0] > 20.0, "Euler: {error:?}");
}

#[test]
fn val_radial_rotation() {
    let run = Run {
        mesh: Mesh::Flat,
        grid: grid(line(0.0, 60.0, 200), line(0.0, 60.0, 200), Vec::new()),
        times: vec![0.0],
        outside: OutsideTimes::Extrapolate,
        fields: 2,
        values: &|field, t, x, y, _| Flow::RadialRotation.velocity(t, x, y)[field],
        settings: settings(&[Kernel::AdvectionRk4]),
    };
    let mut block = particles(&[[30.0, 30.0, 0.0], [30.0, 50.0, 0.0]], &[]);
    run.go(&mut block, 0.0, 300.0, 204);
    let truth = Flow::RadialRotation.solution(61_200.0, [30.0, 50.0]).unwrap();
    let [centre, around] = places(&block)[..] else { panic!("two particles") };
    assert!((centre[0] - 30.0).abs() < 1e-6 && (centre[1] - 30.0).abs() < 1e-6, "{centre:?}");
    let error = [(around[0] - truth[0]).abs(), (around[1] - truth[1]).abs()];
    assert!(error[0] < 1e-5 && error[1] < 3e-5, "{error:?}");
}

#[test]
fn val_peninsula_conserves_the_stream_function() {
    let run = Run {
        mesh: Mesh::Flat,
        grid: grid(line(1e3, 100e3, 100), line(1e3, 50e3, 50), Vec::new()),
        times: vec![0.0],
        outside: OutsideTimes::Extrapolate,
        fields: 2,
        values: &|field, t, x, y, _| {
            let land = Flow::Peninsula.stream_function([x, y]).unwrap() >= 0.0;
            if land { f64::NAN } else { Flow::Peninsula.velocity(t, x, y)[field] }
        },
        settings: settings(&[Kernel::AdvectionRk4]),
    };
    let starts: Vec<[f64; 3]> = line(4e3, 47e3, 5).into_iter().map(|y| [3e3, y, 0.0]).collect();
    let mut block = particles(&starts, &[]);
    run.go(&mut block, 0.0, 300.0, 288);
    let psi = |place: &[f64; 3]| Flow::Peninsula.stream_function([place[0], place[1]]).unwrap() / 1e3;
    for (start, end) in starts.iter().zip(places(&block)) {
        assert!((psi(start) - psi(&end)).abs() < 1e-3, "{start:?} {end:?}: {}", psi(start) - psi(&end));
    }
}

#[test]
fn val_stommel_gyre_conserves_the_stream_function() {
    let run = Run {
        mesh: Mesh::Flat,
        grid: grid(line(0.0, 1e7, 200), line(0.0, 1e7, 200), Vec::new()),
        times: vec![0.0],
        outside: OutsideTimes::Extrapolate,
        fields: 2,
        values: &|field, t, x, y, _| Flow::StommelGyre.velocity(t, x, y)[field],
        settings: settings(&[Kernel::AdvectionRk4]),
    };
    let starts: Vec<[f64; 3]> = [10e3, 55e3, 100e3].map(|x| [x, 5e6, 0.0]).to_vec();
    let mut block = particles(&starts, &[]);
    run.go(&mut block, 0.0, 4.0 * 3600.0, 3600);
    let psi = |place: &[f64; 3]| Flow::StommelGyre.stream_function([place[0], place[1]]).unwrap() / 1e7;
    for (i, (start, end)) in starts.iter().zip(places(&block)).enumerate() {
        let drift = (psi(start) - psi(&end)).abs();
        assert!(drift < [1.3e-2, 5e-3, 2e-3][i], "{start:?} {end:?}: {drift}");
    }
}

#[test]
fn exact_zonal_and_meridional_flow_on_the_sphere() {
    for (u, v) in [(1.0, 0.0), (0.0, 1.0)] {
        let run = Run {
            mesh: Mesh::Spherical,
            grid: grid(line(-170.0, 170.0, 35), line(-80.0, 80.0, 33), Vec::new()),
            times: vec![0.0],
            outside: OutsideTimes::Extrapolate,
            fields: 2,
            values: &|field, _, _, _, _| [u, v][field],
            settings: settings(&[Kernel::AdvectionRk4]),
        };
        let starts: Vec<[f64; 3]> = line(0.0, 79.0, 20).into_iter().map(|y| [10.0, y, 0.0]).collect();
        let mut block = particles(&starts, &[]);
        run.go(&mut block, 0.0, 30.0, 240);
        for (start, end) in starts.iter().zip(places(&block)) {
            let lon = 10.0 + u * 7200.0 / (Mesh::METRES_PER_DEGREE * start[1].to_radians().cos());
            let lat = start[1] + v * 7200.0 / Mesh::METRES_PER_DEGREE;
            assert!((end[0] - lon).abs() < 1e-11 && (end[1] - lat).abs() < 1e-11, "{start:?}: {end:?}");
        }
    }
}

#[test]
fn exact_linear_shear() {
    let run = Run {
        mesh: Mesh::Flat,
        grid: grid(line(0.0, 1e5, 3), line(0.0, 1e5, 3), line(0.0, 1.0, 11)),
        times: vec![0.0],
        outside: OutsideTimes::Extrapolate,
        fields: 2,
        values: &|field, _, _, _, z| if field == 0 { z } else { 0.0 },
        settings: settings(&[Kernel::AdvectionRk4]),
    };
    let starts: Vec<[f64; 3]> = line(0.0, 1.0, 11).into_iter().map(|z| [1e3, 1e3, z]).collect();
    let mut block = particles(&starts, &[]);
    run.go(&mut block, 0.0, 30.0, 240);
    for (start, end) in starts.iter().zip(places(&block)) {
        assert!((end[0] - 1e3 - 7200.0 * start[2]).abs() < 2e-4, "{start:?}: {end:?}");
        assert_eq!(end[2], start[2]);
    }
}

/// The stationary eddy standing upright: W takes the part of V.
#[test]
fn val_vertical_eddy() {
    let run = Run {
        mesh: Mesh::Flat,
        grid: grid(line(0.0, 25e3, 5), line(0.0, 25e3, 5), line(0.0, 25e3, 5)),
        times: (0..=360).map(|i| f64::from(i) * 60.0).collect(),
        outside: OutsideTimes::Refuse,
        fields: 3,
        values: &|field, t, x, y, _| match field {
            1 => 0.0,
            _ => Flow::StationaryEddy.velocity(t, x, y)[field / 2],
        },
        settings: settings(&[Kernel::AdvectionRk43d]),
    };
    let mut block = particles(&[[12e3, 12.5e3, 12.5e3]], &[]);
    run.go(&mut block, 0.0, 180.0, 120);
    let truth = Flow::StationaryEddy.solution(21_600.0, [12e3, 12.5e3]).unwrap();
    let end = places(&block)[0];
    assert!((end[0] - truth[0]).abs() < 0.0076 && (end[2] - truth[1]).abs() < 0.0141, "{end:?} {truth:?}");
}

fn analytic_error(kernel: Kernel, flow: Flow, steps: u64) -> f64 {
    let field = |component| Source::Analytic(Analytic { flow, component });
    let current = Current { u: 0, v: 1, w: None, factor: 1.0 };
    let fields = FieldSet::new(Mesh::Flat, &[field(Component::U), field(Component::V)], vec![current], None);
    let mut block = particles(&[[12e3, 12.5e3, 0.0], [1e3, 2e3, 0.0]], &[]);
    let mut mover = Mover::new(settings(&[kernel]));
    let dt = 86_400.0 / steps as f64;
    for step in 0..steps {
        mover.advance(&mut block, &fields, &mut NoHooks, step, dt * step as f64, dt);
    }
    let truth = flow.solution(86_400.0, [12e3, 12.5e3]).unwrap();
    let end = places(&block)[0];
    (end[0] - truth[0]).hypot(end[1] - truth[1])
}

#[test]
fn conv_orders_in_analytic_flows() {
    for (kernel, order) in [(Kernel::AdvectionEe, 1.0), (Kernel::AdvectionRk2, 2.0), (Kernel::AdvectionRk4, 4.0)] {
        for flow in [Flow::StationaryEddy, Flow::DecayingEddy, Flow::RadialRotation] {
            let (coarse, fine) = (analytic_error(kernel, flow, 96), analytic_error(kernel, flow, 192));
            let observed = (coarse / fine).log2();
            assert!((observed - order).abs() < 0.15, "{} in {}: {observed}", kernel.name(), flow.name());
        }
    }
    // Decks with formulas instead of files are good to the last micrometre.
    assert!(analytic_error(Kernel::AdvectionRk4, Flow::StationaryEddy, 480) < 1e-5);
}

/// There and back again in the two moving gyres.
#[test]
fn val_backward_runs_return() {
    let run = Run {
        mesh: Mesh::Flat,
        grid: grid(line(0.0, 2.0, 401), line(0.0, 1.0, 201), Vec::new()),
        times: line(0.0, 4.0, 81),
        outside: OutsideTimes::Refuse,
        fields: 2,
        values: &|field, t, x, y, _| Flow::DoubleGyre.velocity(t, x, y)[field],
        settings: settings(&[Kernel::AdvectionRk4]),
    };
    let starts: Vec<[f64; 3]> = line(0.1, 1.9, 18).into_iter().map(|x| [x, 0.4, 0.0]).collect();
    let mut block = particles(&starts, &[]);
    run.go(&mut block, 0.0, 0.05, 80);
    let back = Run { settings: Settings { backward: true, ..run.settings.clone() }, ..run };
    back.go(&mut block, 4.0, -0.05, 80);
    for (start, end) in starts.iter().zip(places(&block)) {
        assert!((end[0] - start[0]).hypot(end[1] - start[1]) < 2e-4, "{start:?} {end:?}");
    }
}
