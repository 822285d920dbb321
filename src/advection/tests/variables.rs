//! Release, age, distance, samples, and the hooks of expressions.

use super::builder::*;
use crate::advection::field::OutsideTimes;
use crate::advection::particles::Quantity;
use crate::advection::*;

fn run(laws: Vec<Law>) -> Run<'static> {
    Run {
        mesh: Mesh::Flat,
        grid: grid(line(0.0, 100.0, 11), line(0.0, 100.0, 11), Vec::new()),
        times: vec![0.0, 10.0, 20.0, 40.0],
        outside: OutsideTimes::Extrapolate,
        fields: 3,
        values: &|field, t, x, y, _| match field {
            0 => 1.0,
            1 => 0.0,
            _ if y > 75.0 => f64::NAN,
            _ => 2.0 * x + t,
        },
        settings: Settings { laws, ..settings(&[Kernel::AdvectionRk4]) },
    }
}

#[test]
fn exact_delayed_start_and_values_at_the_time_of_the_position() {
    let run = run(vec![Law::Age, Law::Distance, Law::Sample(2)]);
    let mut block = particles(&[[10.0, 50.0, 0.0]; 4], &[0.0, 0.0, -1.0]);
    block.set(Quantity::ReleaseTime, &[0.0, 2.5, 6.0, 99.0]);
    let tally = run.go(&mut block, 0.0, 4.0, 3);
    assert_eq!(tally.released, 3);
    let close = |a: Vec<f64>, b: [f64; 4]| {
        assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5), "{a:?}, not {b:?}");
    };
    close(read(&block, Quantity::Longitude), [22.0, 19.5, 16.0, 10.0]);
    close(read(&block, Quantity::Variable(0)), [12.0, 9.5, 6.0, 0.0]);
    close(read(&block, Quantity::Variable(1)), [12.0, 9.5, 6.0, 0.0]);
    close(read(&block, Quantity::Variable(2)), [56.0, 51.0, 44.0, -1.0]);
    assert_eq!(statuses(&block)[3], ParticleStatus::Waiting);
}

#[test]
fn exact_release_at_the_end_of_a_step_counts_at_once() {
    let run = run(vec![Law::Sample(2)]);
    let mut block = particles(&[[10.0, 50.0, 0.0]], &[f64::NAN]);
    block.set(Quantity::ReleaseTime, &[4.0]);
    assert_eq!(run.go(&mut block, 0.0, 4.0, 1).moved, 0);
    assert_eq!(statuses(&block), [ParticleStatus::Moving]);
    assert!((read(&block, Quantity::Variable(0))[0] - 24.0).abs() < 1e-6);
}

#[test]
fn exact_samples_leave_out_missing_nodes() {
    let run = run(vec![Law::Sample(2)]);
    let mut block = particles(&[[10.0, 69.0, 0.0], [10.0, 75.5, 0.0], [10.0, 85.0, 0.0]], &[0.0]);
    run.go(&mut block, 0.0, 1.0, 0);
    let values = read(&block, Quantity::Variable(0));
    assert!((values[0] - 20.0).abs() < 1e-9 && (values[1] - 20.0).abs() < 1e-9 && values[2].is_nan(), "{values:?}");
}

/// Sinks at 0.5 m/s, counts 2 per second, ends beyond x = 14 m.
struct Behaviour;

impl Hooks for Behaviour {
    fn velocity(&mut self, view: &View<'_>, [u, _, w]: [&mut [f64]; 3]) -> bool {
        for i in 0..view.len() {
            u[i] = if view.id[i] == 1 { 1.0 } else { 0.0 };
            w[i] = 0.5;
        }
        true
    }

    fn rate(&mut self, variable: usize, view: &View<'_>, out: &mut [f64]) {
        assert_eq!(variable, 1);
        out.copy_from_slice(&vec![2.0; view.len()]);
        assert_eq!(view.variable(0).len(), view.len());
    }

    fn delete(&mut self, view: &View<'_>, out: &mut [bool]) {
        for i in 0..view.len() {
            out[i] = view.x[i] > 14.0;
        }
    }
}

#[test]
fn exact_hooks_add_up() {
    let run = run(vec![Law::Age, Law::Rate]);
    let mut set = run.field_set();
    run.load(&mut set, 0.0, 8.0);
    let mut block = particles(&[[10.0, 50.0, 3.0], [10.0, 50.0, 3.0]], &[0.0, 1.0]);
    let mut mover = Mover::new(run.settings.clone());
    let mut tally = mover.begin(&mut block, &set, &mut Behaviour, 0.0);
    for step in 0..4 {
        tally += mover.advance(&mut block, &set, &mut Behaviour, step, step as f64, 1.0);
    }
    assert_eq!(statuses(&block), [ParticleStatus::Moving, ParticleStatus::Deleted]);
    assert_eq!(places(&block), [[14.0, 50.0, 5.0], [16.0, 50.0, 4.5]]);
    assert_eq!(read(&block, Quantity::Variable(1)), [9.0, 7.0]);
    assert_eq!(tally.ended[ParticleStatus::Deleted as usize], 1);
}

#[test]
fn exact_memory_of_a_particle() {
    let block = ParticleBlock::new(0, 1000, &[0.0, 0.0]);
    assert!(block.bytes() <= 1000 * 60);
}
