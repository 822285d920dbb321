//! Fields from files that are multiplied and shifted where particles are.

use super::builder::*;
use crate::advection::field::OutsideTimes;
use crate::advection::particles::Quantity;
use crate::advection::*;

/// Flow, W, and a tracer on a grid with depth, the last two multiplied by `stretch` and the tracer shifted by `shift`.
fn run(stretch: f64, shift: f64, values: &mut dyn FnMut(&Run<'_>) -> Vec<f64>) -> Vec<f64> {
    let own = move |field: usize, t: f64, x: f64, y: f64, z: f64| match field {
        0 => stretch * (0.5 + 0.01 * y + 0.1 * t),
        1 => 0.25 - 0.01 * x,
        2 => stretch * 0.125,
        _ => stretch * (x + z) + shift,
    };
    values(&Run {
        mesh: Mesh::Flat,
        grid: grid(line(0.0, 64.0, 9), line(0.0, 64.0, 9), vec![0.0, 8.0, 16.0]),
        times: vec![0.0, 10.0, 20.0],
        outside: OutsideTimes::Extrapolate,
        fields: 4,
        values: &own,
        settings: Settings { laws: vec![Law::Sample(3)], ..settings(&[Kernel::AdvectionRk43d]) },
    })
}

fn ends(run: &Run<'_>, scales: &[(usize, Scale)]) -> Vec<f64> {
    let mut set = run.field_set();
    for &(field, scale) in scales {
        set.set_scale(field, scale);
        assert_eq!(set.scale(field), scale);
    }
    let mut block = particles(&[[10.0, 20.0, 3.0], [30.0, 12.0, 9.0]], &[0.0]);
    run.go_with(&mut set, &mut block, 0.0, 1.0, 12);
    let mut all = places(&block).concat();
    all.extend(read(&block, Quantity::Variable(0)));
    all
}

/// Factors of two change no digit, so that scaled fields are those of files with other numbers.
#[test]
fn exact_a_scaled_field_is_a_field_with_other_numbers() {
    let scaled = |factor, offset| Scale { factor, offset };
    let plain = run(1.0, 0.0, &mut |run| ends(run, &[]));
    let other = run(2.0, 16.0, &mut |run| ends(run, &[]));
    let scales = [(0, scaled(2.0, 0.0)), (2, scaled(2.0, 0.0)), (3, scaled(2.0, 16.0))];
    let here = run(1.0, 0.0, &mut |run| ends(run, &scales));
    assert_ne!(plain, other);
    let close = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-6 * b.abs());
    assert_eq!(here[..6], other[..6]);
    // The tracer's files have 32 bits, of which the shift takes some.
    assert!(close(&here, &other), "{here:?}, not {other:?}");
}

/// Kh = 1 + x/64 along both axes, and its slopes, against twice that and 3 more.
#[test]
fn exact_slopes_of_a_scaled_diffusivity_know_nothing_of_the_offset() {
    let of = |stretch: f64, shift: f64, scale: Scale| {
        let values = move |_: usize, _: f64, x: f64, _: f64, _: f64| stretch * (1.0 + x / 64.0) + shift;
        let run = Run {
            mesh: Mesh::Flat,
            grid: grid(line(0.0, 64.0, 9), line(0.0, 64.0, 9), Vec::new()),
            times: vec![0.0, 10.0],
            outside: OutsideTimes::Extrapolate,
            fields: 1,
            values: &values,
            settings: settings(&[Kernel::AdvectionDiffusionM1]),
        };
        let mut set = FieldSet::new(Mesh::Flat, &run.sources(), Vec::new(), Some([0, 0]));
        set.set_scale(0, scale);
        let mut block = particles(&[[10.0, 20.0, 0.0], [30.0, 12.0, 0.0]], &[]);
        run.go_with(&mut set, &mut block, 0.0, 0.5, 10);
        places(&block)
    };
    let other = of(2.0, 3.0, Scale::NONE);
    assert_ne!(other, of(1.0, 0.0, Scale::NONE));
    let here = of(1.0, 0.0, Scale { factor: 2.0, offset: 3.0 });
    // The slope is that of other numbers, rounded another way.
    let far = |(a, b): (&f64, &f64)| (a - b).abs() > 1e-12 * b.abs();
    assert!(!here.as_flattened().iter().zip(other.as_flattened()).any(far), "{here:?}, not {other:?}");
}
