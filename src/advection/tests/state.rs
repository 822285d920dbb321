//! Particles that move between blocks go on as if they had stayed.

use super::builder::*;
use crate::advection::field::OutsideTimes;
use crate::advection::particles::Quantity;
use crate::advection::*;

const COUNT: u64 = 40;

fn run() -> Run<'static> {
    Run {
        mesh: Mesh::Flat,
        grid: grid(line(0.0, 100.0, 11), line(0.0, 100.0, 11), Vec::new()),
        times: vec![0.0, 40.0],
        outside: OutsideTimes::Extrapolate,
        fields: 2,
        values: &|field, _, x, y, _| if field == 0 { 50.0 - y } else { x - 50.0 },
        settings: Settings {
            laws: vec![Law::Age, Law::Distance],
            ..settings(&[Kernel::AdvectionRk4, Kernel::DiffusionUniform])
        },
    }
}

fn start() -> ParticleBlock {
    let places: Vec<[f64; 3]> = (0..COUNT).map(|i| [2.5 * i as f64, 97.0 - 2.0 * i as f64, 0.0]).collect();
    let mut block = particles(&places, &[0.0, 0.5]);
    block.set(Quantity::ReleaseTime, &(0..COUNT).map(|i| if i % 7 == 0 { 0.25 } else { 0.0 }).collect::<Vec<_>>());
    block
}

#[test]
fn exact_particles_that_move_between_blocks_go_on_as_if_they_had_stayed() {
    let run = run();
    let mut fields = run.field_set();
    run.load(&mut fields, 0.0, 10.0);
    let mut whole = start();
    let mut parts = [whole.clone(), whole.clone()];
    parts[0].hold(0..13);
    parts[1].hold(13..COUNT);
    let mut movers = [0; 3].map(|_| Mover::new(run.settings.clone()));
    for (step, bound) in [30, 0, COUNT, 13, 20].into_iter().enumerate() {
        let advance = |mover: &mut Mover, block: &mut ParticleBlock| {
            mover.advance(block, &fields, &mut NoHooks, step as u64, 0.1 * step as f64, 0.1);
        };
        advance(&mut movers[2], &mut whole);
        for (mover, part) in movers.iter_mut().zip(&mut parts) {
            advance(mover, part);
        }
        // Neighbours in space are neighbours in memory from now on, which ids must not notice.
        fields.arrange(&mut parts[1]);
        let old = parts[1].first_id();
        let before = parts.clone();
        parts[0].hold(0..bound);
        parts[1].hold(bound..COUNT);
        if bound > old {
            parts[0].restore(&before[1].state(old..bound)).unwrap();
        } else {
            parts[1].restore(&before[0].state(bound..old)).unwrap();
        }
        for (part, ids) in parts.iter().zip([0..bound, bound..COUNT]) {
            assert_eq!(part.state(ids.clone()), whole.state(ids));
        }
    }
    assert!(statuses(&whole).contains(&ParticleStatus::Moving));
    assert!(statuses(&whole).contains(&ParticleStatus::LeftDomain));
}

#[test]
fn exact_a_state_with_other_variables_is_refused() {
    let mut block = start();
    let state = particles(&[[1.0, 2.0, 0.0]], &[1.0]).state(0..1);
    let before = block.clone();
    assert!(block.restore(&state).unwrap_err().to_string().contains("variables"));
    assert!(block == before);
}
