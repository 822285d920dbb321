//! The result of a particle is the same bits in any block, at any place of it, with any instructions, whether fields are
//! settled for all particles or not.

use super::builder::*;
use crate::advection::field::{Grid, OutsideTimes, Staggering};
use crate::advection::particles::Quantity;
use crate::advection::*;
use crate::instructions::Instructions;

const COUNT: usize = 75;

/// What becomes of particles when the fields are settled for so many.
fn result(
    (kernel, staggering): (Kernel, Staggering),
    (first, count): (u64, usize),
    with: Instructions,
    settled_for: usize,
) -> Vec<Vec<u64>> {
    let lattice = grid(line(0.0, 20.0, 41), vec![30.0, 31.0, 32.5, 33.0, 36.0, 40.0], line(0.0, 500.0, 6));
    let run = Run {
        mesh: Mesh::Spherical,
        grid: Grid { staggering, ..lattice },
        times: vec![0.0, 5000.0, 9000.0, 40_000.0],
        outside: OutsideTimes::Refuse,
        fields: 4,
        values: &|field, t, x, y, z| match field {
            0 if (x - 10.0).abs() < 1.6 && (y - 34.0).abs() < 1.6 => f64::NAN,
            0 => 0.5 * (x * 0.3 + t * 1e-4).sin(),
            1 => 0.5 * (y * 0.7).cos() * (1.0 - 1e-3 * z),
            2 => 1e-3 * (x + y).sin(),
            _ => 1000.0 * (1.0 + 0.5 * (x * y).sin()),
        },
        settings: Settings {
            rk45_tolerance: 1.0,
            on_land: OnLand::Slip,
            on_leaving: OnLeaving::Stick,
            laws: vec![Law::Age, Law::Distance, Law::Sample(3)],
            ..settings(&[kernel])
        },
    };
    let currents = vec![Current { u: 0, v: 1, w: Some(2), factor: 1.0 }];
    let mut fields = FieldSet::new(Mesh::Spherical, &run.sources(), currents, Some([3, 3])).with(with);
    let mut mover = Mover::new(run.settings.clone()).with(with);
    let mut block = ParticleBlock::new(first, count, &[0.0; 3]);
    let of = |f: &dyn Fn(f64) -> f64| (0..count).map(|i| f((first + i as u64) as f64)).collect::<Vec<_>>();
    block.set(Quantity::Longitude, &of(&|id| 0.5 + 19.0 * (0.618 * id).fract()));
    block.set(Quantity::Latitude, &of(&|id| 30.5 + 9.0 * (0.414 * id).fract()));
    block.set(Quantity::Depth, &of(&|id| 5.0 + 400.0 * (0.732 * id).fract()));
    block.set(Quantity::ReleaseTime, &of(&|id| if id % 3.0 == 0.0 { 137.0 * id } else { 0.0 }));
    for step in 0..8 {
        let t = 3600.0 * step as f64;
        run.load(&mut fields, t, t + 3600.0);
        fields.settle(&[kernel], t, t + 3600.0, settled_for);
        let can = staggering == Staggering::A && kernel != Kernel::AdvectionRk45;
        assert_eq!(fields.settled_bytes() > 0, can && settled_for > COUNT);
        mover.advance(&mut block, &fields, &mut NoHooks, step, t, 3600.0);
    }
    let columns: Vec<Vec<f64>> = [
        Quantity::Longitude,
        Quantity::Latitude,
        Quantity::Depth,
        Quantity::Variable(0),
        Quantity::Variable(1),
        Quantity::Variable(2),
    ]
    .map(|quantity| read(&block, quantity))
    .to_vec();
    let status = statuses(&block);
    let of = |i: usize| columns.iter().map(|column| column[i].to_bits()).chain([status[i] as u64]).collect();
    (0..count).map(of).collect()
}

#[test]
fn exact_bits_depend_on_nothing_but_the_particle() {
    let on_faces = [Kernel::AdvectionRk4, Kernel::AdvectionRk43d, Kernel::AdvectionRk45];
    let all = Kernel::ALL.map(|kernel| (kernel, Staggering::A));
    for case in all.into_iter().chain(on_faces.map(|kernel| (kernel, Staggering::C))) {
        let truth = result(case, (0, COUNT), Instructions::Baseline, 0);
        for with in Instructions::available() {
            for settled_for in [0, usize::MAX] {
                assert_eq!(result(case, (0, COUNT), with, settled_for), truth, "{case:?} with {}", with.name());
            }
            for (first, count) in [(0, 1), (1, 17), (40, 35), (74, 1)] {
                let part = result(case, (first, count), with, COUNT);
                assert_eq!(part[..], truth[first as usize..first as usize + count], "{case:?} from {first}");
            }
        }
        let still = result(case, (0, 0), Instructions::Baseline, 0);
        assert!(still.is_empty());
    }
}
