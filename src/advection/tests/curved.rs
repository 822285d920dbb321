//! The mover on curvilinear grids and C-grids. What flows in them is tested where they are.

use std::convert::Infallible;

use super::builder::*;
use crate::advection::field::{Grid, Horizontal, OutsideTimes, Staggering};
use crate::advection::particles::Quantity;
use crate::advection::*;

/// U = 1 m/s (1 mm/s on a flat mesh), V = 0, W = 1 mm/s down, T = longitude of the cell, on lines or, turned by 30 degrees, on a flat mesh.
fn fields(mesh: Mesh, staggering: Staggering, turned: bool) -> FieldSet {
    let (nx, ny) = (35, 33);
    let (lon, lat) = (line(-170.0, 170.0, nx), line(-80.0, 80.0, ny));
    let (sine, cosine) = if turned { (0.5, 0.75_f64.sqrt()) } else { (0.0, 1.0) };
    let horizontal = if turned {
        let of = |f: &dyn Fn(f64, f64) -> f64| lat.iter().flat_map(|&y| lon.iter().map(move |&x| f(x, y))).collect();
        Horizontal::Curvilinear {
            nx,
            ny,
            lon: of(&|x, y| cosine * x - sine * y),
            lat: of(&|x, y| sine * x + cosine * y),
        }
    } else {
        Horizontal::Rectilinear { lon: lon.clone(), lat }
    };
    let grid = Grid { horizontal, depth: vec![0.0, 10.0, 20.0], staggering };
    let source = Source::Gridded { grid, times: vec![0.0, 5000.0, 1e4], outside: OutsideTimes::Refuse };
    let currents = vec![Current { u: 0, v: 1, w: Some(2), factor: 1.0 }];
    let mut set = FieldSet::new(mesh, &vec![source; 4], currents, None);
    // On a turned C-grid u and v follow the grid, on an A-grid east and north.
    let speed = if mesh == Mesh::Flat { 1e-3 } else { 1.0 };
    let (u, v) = if staggering == Staggering::C { (speed * cosine, -speed * sine) } else { (speed, 0.0) };
    let value = |field: usize, i: usize| [u, v, 1e-3, lon[i]][field] as f32;
    let read = |field: usize, _| -> Result<Vec<f32>, Infallible> {
        Ok((0..3 * nx * ny).map(|node| value(field, node % nx)).collect())
    };
    set.update(0.0, 1e4, read).unwrap();
    set
}

fn go(fields: &FieldSet, starts: &[[f64; 3]], kernel: Kernel) -> ParticleBlock {
    let mut block = particles(starts, &[0.0]);
    let mut mover = Mover::new(Settings { laws: vec![Law::Sample(3)], ..settings(&[kernel]) });
    mover.begin(&mut block, fields, &mut NoHooks, 0.0);
    for step in 0..10 {
        mover.advance(&mut block, fields, &mut NoHooks, step, 1000.0 * step as f64, 1000.0);
    }
    block
}

#[test]
fn exact_uniform_flow_on_every_kind_of_grid() {
    let starts = [[0.0, 0.0, 5.0], [-20.0, 40.0, 8.0], [20.3, -31.0, 0.0], [175.0, 0.0, 5.0]];
    for (mesh, staggering, turned) in [
        (Mesh::Spherical, Staggering::C, false),
        (Mesh::Spherical, Staggering::A, false),
        (Mesh::Flat, Staggering::C, true),
        (Mesh::Flat, Staggering::A, true),
    ] {
        let set = fields(mesh, staggering, turned);
        let block = go(&set, &starts, Kernel::AdvectionRk43d);
        for (start, end) in starts.iter().zip(places(&block)).take(3) {
            let metre = if mesh == Mesh::Flat { 1.0 } else { 111_120.0 * start[1].to_radians().cos() };
            let way = if mesh == Mesh::Flat { 10.0 } else { 1e4 };
            assert!((end[0] - start[0] - way / metre).abs() < 1e-5, "{staggering:?} {start:?}: {end:?}");
            assert!((end[1] - start[1]).abs() < 1e-5 && (end[2] - start[2] - 10.0).abs() < 1e-5, "{end:?}");
        }
        assert_eq!(statuses(&block)[3], ParticleStatus::LeftDomain);
        assert_eq!(read(&block, Quantity::Variable(0)).len(), 4);
    }
}

#[test]
fn exact_the_order_of_particles_does_not_matter() {
    let starts: Vec<[f64; 3]> = (0..40).map(|i| [-60.0 + 3.1 * f64::from(i), 50.0 - 2.3 * f64::from(i), 1.0]).collect();
    let set = fields(Mesh::Spherical, Staggering::C, false);
    let truth = places(&go(&set, &starts, Kernel::AdvectionRk4));
    let backwards: Vec<[f64; 3]> = starts.iter().rev().copied().collect();
    let mut reversed = places(&go(&set, &backwards, Kernel::AdvectionRk4));
    reversed.reverse();
    assert_eq!(reversed, truth);
    assert_eq!(places(&go(&set, &starts[7..8], Kernel::AdvectionRk4)), truth[7..8]);
}
