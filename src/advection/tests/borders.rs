//! What becomes of particles at the ends of the domain, on land, and outside the fields' times.

use super::builder::*;
use crate::advection::field::{Grid, OutsideTimes};
use crate::advection::*;

/// A run in a steady flow by (field, x, y).
fn steady(mesh: Mesh, grid: Grid, values: &dyn Fn(usize, f64, f64, f64, f64) -> f64) -> Run<'_> {
    let fields = if grid.depth.is_empty() { 2 } else { 3 };
    let kernel = if fields == 3 { Kernel::AdvectionRk43d } else { Kernel::AdvectionRk4 };
    Run {
        mesh,
        grid,
        times: vec![0.0],
        outside: OutsideTimes::Extrapolate,
        fields,
        values,
        settings: settings(&[kernel]),
    }
}

fn unit_box() -> Grid {
    grid(line(0.0, 1.0, 11), line(0.0, 1.0, 11), Vec::new())
}

#[test]
fn exact_sides_as_the_deck_asks() {
    let east = |field, _, _, _, _| if field == 0 { 0.1 } else { 0.0 };
    let at = |on_leaving| {
        let mut run = steady(Mesh::Flat, unit_box(), &east);
        run.settings.on_leaving = on_leaving;
        let mut block = particles(&[[0.5, 0.5, 0.0], [0.05, 0.5, 0.0]], &[]);
        let tally = run.go(&mut block, 0.0, 1.0, 7);
        (places(&block)[0][0], statuses(&block), tally)
    };
    let (x, status, tally) = at(OnLeaving::Delete);
    // The last place inside and the reason are kept.
    assert!((x - 1.0).abs() < 1e-6 || (x - 0.9).abs() < 1e-6, "{x}");
    assert_eq!(status, [ParticleStatus::LeftDomain, ParticleStatus::Moving]);
    assert_eq!((tally.ended_in_all(), tally.stop), (1, false));
    let (x, status, _) = at(OnLeaving::Stick);
    assert!(x <= 1.0 && x > 0.89 && status[0] == ParticleStatus::Moving, "{x}");
    let (x, status, _) = at(OnLeaving::Wrap);
    assert!((x - 0.2).abs() < 1e-6 && status[0] == ParticleStatus::Moving, "{x}");
    assert!(at(OnLeaving::Stop).2.stop);
}

#[test]
fn val_periodic_channel() {
    // 20 h at 1 degree a day in a domain of 1 degree, from 0.5: 0.5 + 20 / 24 wraps to 1/3.
    let flow = |field, _, _, _, _| if field == 0 { 1.0 / 86_400.0 } else { 0.0 };
    let mut run = steady(Mesh::Flat, unit_box(), &flow);
    run.settings.on_leaving = OnLeaving::Wrap;
    let mut block = particles(&[[0.5, 0.5, 0.0]], &[]);
    run.go(&mut block, 0.0, 300.0, 240);
    assert!((places(&block)[0][0] - 1.0 / 3.0).abs() < 1e-6);
}

#[test]
fn exact_the_globe_closes() {
    let globe = grid((0..36).map(|i| 10.0 * f64::from(i)).collect(), line(-90.0, 90.0, 19), Vec::new());
    let flow = |field, _, x: f64, _, _| if field == 0 { 100.0 + x / 36.0 } else { 0.0 };
    let run = steady(Mesh::Spherical, globe.clone(), &flow);
    let starts = [[355.0, 0.0, 0.0], [-5.0, 0.0, 0.0], [715.0, 0.0, 0.0]];
    let mut block = particles(&starts, &[]);
    run.go(&mut block, 0.0, 3600.0, 48);
    let end = places(&block);
    assert_eq!(statuses(&block), [ParticleStatus::Moving; 3]);
    assert!(end[0][0] > 360.0);
    assert!((end[0][0] - 360.0 - end[1][0]).abs() < 1e-9 && (end[0][0] + 360.0 - end[2][0]).abs() < 1e-9, "{end:?}");
    // Over the pole and down the other side.
    let north = |field, _, _, _, _| if field == 1 { 10.0 } else { 0.0 };
    let run = steady(Mesh::Spherical, globe, &north);
    let mut block = particles(&[[20.0, 89.9, 0.0]], &[]);
    run.go(&mut block, 0.0, 3600.0, 1);
    let end = places(&block)[0];
    assert!((end[0] - 200.0).abs() < 1e-9 && (end[1] - (180.0 - 89.9 - 36e3 / Mesh::METRES_PER_DEGREE)).abs() < 1e-9);
}

#[test]
fn exact_surface_and_bottom() {
    for (w, status) in [(-1.0, ParticleStatus::ThroughSurface), (1.0, ParticleStatus::ThroughBottom)] {
        let flow = move |field, _, _, _, _| if field == 2 { w } else { 0.1 };
        let deep = grid(line(0.0, 1e3, 3), line(0.0, 1e3, 3), line(0.5, 10.5, 6));
        let mut run = steady(Mesh::Flat, deep, &flow);
        let mut block = particles(&[[5.0, 5.0, 5.0]], &[]);
        run.go(&mut block, 0.0, 1.0, 20);
        assert_eq!(statuses(&block), [status]);
        run.settings.on_leaving = OnLeaving::Stick;
        let mut block = particles(&[[5.0, 5.0, 5.0]], &[]);
        run.go(&mut block, 0.0, 1.0, 20);
        let end = places(&block)[0];
        // It goes on along the surface (above the first level) or the bottom.
        assert_eq!((statuses(&block)[0], end[2]), (ParticleStatus::Moving, if w < 0.0 { 0.0 } else { 10.5 }));
        assert!((end[0] - 7.0).abs() < 1e-6, "{end:?}");
    }
}

#[test]
fn exact_land_as_the_deck_asks() {
    // Land from x = 0.6 on; the flow goes north-east and is interpolated to rest at the first node of land.
    let flow = |field, _, x: f64, _, _| if x > 0.55 { f64::NAN } else { [0.1, 0.05][field] };
    let at = |on_land| {
        let mut run = steady(Mesh::Flat, unit_box(), &flow);
        run.settings.on_land = on_land;
        let mut block = particles(&[[0.35, 0.1, 0.0], [0.7, 0.5, 0.0]], &[]);
        let tally = run.go(&mut block, 0.0, 0.5, 10);
        (places(&block), statuses(&block), tally)
    };
    let (place, status, tally) = at(OnLand::Stick);
    assert_eq!(status, [ParticleStatus::OnLand; 2]);
    assert!(place[0][0] < 0.55 && place[0][0] > 0.5 && place[1] == [0.7, 0.5, 0.0], "{place:?}");
    assert_eq!(tally.ended[ParticleStatus::OnLand as usize], 2);
    let (place, status, _) = at(OnLand::Slip);
    assert!(status[0] == ParticleStatus::Moving && place[0][0] < 0.55 && place[0][1] > 0.2, "{place:?}");
    let (place, status, _) = at(OnLand::Reflect);
    assert!(status[0] == ParticleStatus::Moving && place[0][0] < 0.55, "{place:?}");
    let (place, status, _) = at(OnLand::Ignore);
    assert!(status[0] == ParticleStatus::Moving && place[0][0] > 0.55 && place[0][0] < 0.6, "{place:?}");
}

#[test]
fn exact_times_outside_the_fields() {
    let flow = |field, _, _, _, _| if field == 0 { 0.01 } else { 0.0 };
    let mut run = steady(Mesh::Flat, unit_box(), &flow);
    run.times = vec![0.0, 3.0];
    let mut block = particles(&[[0.5, 0.5, 0.0]], &[]);
    run.go(&mut block, 0.0, 1.0, 5);
    assert!((places(&block)[0][0] - 0.55).abs() < 1e-7);
    run.outside = OutsideTimes::Refuse;
    let mut block = particles(&[[0.5, 0.5, 0.0]], &[]);
    run.go(&mut block, 0.0, 1.0, 5);
    assert_eq!(statuses(&block), [ParticleStatus::OutsideTimes]);
    assert!((places(&block)[0][0] - 0.53).abs() < 1e-7);
}

#[test]
fn exact_lost_particles_are_data() {
    let flow = |field, _, _, _, _| if field == 0 { 0.01 } else { 0.0 };
    let run = steady(Mesh::Flat, unit_box(), &flow);
    let mut block = particles(&[[f64::NAN, 0.5, 0.0], [0.5, 7.0, 0.0], [0.5, 0.5, 0.0]], &[]);
    let tally = run.go(&mut block, 0.0, 1.0, 2);
    let expected = [ParticleStatus::NotANumber, ParticleStatus::LeftDomain, ParticleStatus::Moving];
    assert_eq!(statuses(&block), expected);
    assert_eq!((tally.ended_in_all(), tally.released, tally.moved), (2, 3, 2));
}
