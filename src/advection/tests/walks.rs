//! Random walks: moments of free diffusion, and that mixing mixes.

use super::builder::*;
use crate::advection::field::OutsideTimes;
use crate::advection::*;

/// Diffusion with constant K along x and y: all displacements in m after a day.
fn spread(mesh: Mesh, latitude: f64, k: [f64; 2], count: usize) -> Vec<[f64; 2]> {
    let fields = FieldSet::new(mesh, &[Source::Constant(k[0]), Source::Constant(k[1])], Vec::new(), Some([0, 1]));
    let mut block = particles(&vec![[0.0, latitude, 0.0]; count], &[]);
    let mut mover = Mover::new(settings(&[Kernel::DiffusionUniform]));
    for step in 0..24 {
        mover.advance(&mut block, &fields, &mut NoHooks, step, 3600.0 * step as f64, 3600.0);
    }
    let metre = |place: [f64; 3]| match mesh {
        Mesh::Flat => [place[0], place[1] - latitude],
        Mesh::Spherical => [
            place[0] * Mesh::METRES_PER_DEGREE * latitude.to_radians().cos(),
            (place[1] - latitude) * Mesh::METRES_PER_DEGREE,
        ],
    };
    places(&block).into_iter().map(metre).collect()
}

#[test]
fn val_moments_of_free_diffusion() {
    let count = 100_000;
    for (mesh, latitude) in [(Mesh::Flat, 0.0), (Mesh::Spherical, 0.0), (Mesh::Spherical, 60.0)] {
        let k = [100.0, 50.0];
        let moved = spread(mesh, latitude, k, count);
        let (n, error) = (count as f64, 4.0 / (count as f64).sqrt());
        for axis in 0..2 {
            let variance = 2.0 * k[axis] * 86_400.0;
            let mean = moved.iter().map(|m| m[axis]).sum::<f64>() / n / variance.sqrt();
            let second = moved.iter().map(|m| m[axis].powi(2)).sum::<f64>() / n / variance;
            let fourth = moved.iter().map(|m| m[axis].powi(4)).sum::<f64>() / n / variance.powi(2);
            assert!(mean.abs() < error, "mean {mean}");
            assert!((second - 1.0).abs() < error * 2.0_f64.sqrt() + 1e-4, "variance {second}");
            assert!((fourth - 3.0).abs() < error * 96.0_f64.sqrt() + 1e-3, "kurtosis {fourth}");
        }
        let product = moved.iter().map(|m| m[0] * m[1]).sum::<f64>() / n;
        assert!((product / (2.0 * 86_400.0 * (k[0] * k[1]).sqrt())).abs() < error, "correlation");
    }
}

/// K(y) with zeros at 0, 1/2 and 1 (the barrier of `particles.md`, section 5).
fn barrier(y: f64) -> f64 {
    let half = |y: f64| y * (1.0 - 2.0 * y);
    let k = if y <= 0.5 { half(y) } else { (1.0 - y) * (2.0 * y - 1.0) };
    0.1 * 2.0 * 2.0 * 3.0 * k.max(0.0)
}

fn barrier_run(kernel: Kernel) -> Run<'static> {
    Run {
        mesh: Mesh::Flat,
        grid: grid(line(-10.0, 10.0, 3), line(0.0, 1.0, 1001), Vec::new()),
        times: vec![0.0],
        outside: OutsideTimes::Extrapolate,
        fields: 4,
        values: &|field, _, _, y, _| if field == 3 { barrier(y) } else { 0.0 },
        settings: Settings { gradient_step: 5e-5, on_leaving: OnLeaving::Stick, ..settings(&[kernel]) },
    }
}

fn walk_at_barrier(kernel: Kernel, starts: &[[f64; 3]], dt: f64, steps: u64) -> Vec<[f64; 3]> {
    let run = barrier_run(kernel);
    // No diffusion along x: field 2 is 0.
    let current = Current { u: 0, v: 1, w: None, factor: 1.0 };
    let mut fields = FieldSet::new(Mesh::Flat, &run.sources(), vec![current], Some([2, 3]));
    let mut block = particles(starts, &[]);
    run.go_with(&mut fields, &mut block, 0.0, dt, steps);
    places(&block)
}

#[test]
fn val_none_crosses_an_impermeable_barrier() {
    let ends = walk_at_barrier(Kernel::AdvectionDiffusionM1, &[[0.0, 0.75, 0.0]; 1000], 1e-3, 300);
    let crossed = ends.iter().filter(|place| place[1] < 0.5).count();
    assert!(crossed == 0, "{crossed} of 1000 crossed");
    assert!(ends.iter().any(|place| place[1] < 0.6) && ends.iter().any(|place| place[1] > 0.9));
}

#[test]
fn val_well_mixed_stays_well_mixed() {
    let count = 20_000;
    let starts: Vec<[f64; 3]> = (0..count).map(|i| [0.0, (i as f64 + 0.5) / count as f64, 0.0]).collect();
    let ends = walk_at_barrier(Kernel::AdvectionDiffusionM1, &starts, 1e-4, 2000);
    let mut bins = [0.0; 20];
    for place in ends {
        bins[((place[1] * 20.0) as usize).min(19)] += 1.0;
    }
    let expected = count as f64 / 20.0;
    for (bin, &found) in bins.iter().enumerate() {
        assert!((found - expected).abs() < 5.0 * expected.sqrt() + 0.02 * expected, "bin {bin}: {found} of {expected}");
    }
}

/// With the spread of latitudes that equal areas have, mean sine of latitude stays at 0 and its square at 1/3 only if
/// the walk has the drift of the sphere.
#[test]
fn val_the_sphere_stays_covered_evenly() {
    let count = 20_000;
    let fields = FieldSet::new(Mesh::Spherical, &[Source::Constant(2e7)], Vec::new(), Some([0, 0]));
    let starts: Vec<[f64; 3]> =
        (0..count).map(|i| [0.0, (2.0 * (i as f64 + 0.5) / count as f64 - 1.0).asin().to_degrees(), 0.0]).collect();
    let mut block = particles(&starts, &[]);
    let mut mover = Mover::new(settings(&[Kernel::DiffusionUniform]));
    for step in 0..500 {
        mover.advance(&mut block, &fields, &mut NoHooks, step, 600.0 * step as f64, 600.0);
    }
    let square = places(&block).iter().map(|p| p[1].to_radians().sin().powi(2)).sum::<f64>() / count as f64;
    assert!((square - 1.0 / 3.0).abs() < 0.006, "{square}");
    assert_eq!(block.count(ParticleStatus::Moving), count);
}
