//! The result of a cell depends on nothing but the cell: compared bit by bit.

use super::builder::{Numbers, constant, random_mechanism, settings, species};
use crate::chemistry::cells::{CellBlock, Target};
use crate::chemistry::mechanism::Mechanism;
use crate::chemistry::rate::{Arrhenius, RateLaw};
use crate::chemistry::rosenbrock::Rosenbrock;
use crate::chemistry::tableau::Method;
use crate::chemistry::{SolverSettings, Tally};
use crate::instructions::Instructions;

const SPECIES: usize = 9;
const CALLS: usize = 2;

fn mechanism() -> Mechanism {
    let arrhenius = Arrhenius { a: 3.0, b: 1.4, c: 120.0, d: 300.0 };
    let low = Arrhenius { a: 0.02, b: -1.0, c: 0.0, d: 300.0 };
    random_mechanism(SPECIES, 20, 11)
        .takes("PHOTO.a")
        .reacts(RateLaw::Arrhenius { arrhenius, e: 1e-6 }, &[0, 1], &[(2, 1.0)])
        .reacts(RateLaw::Arrhenius { arrhenius, e: 0.0 }, &[3, 1], &[(4, 1.0)])
        .reacts(RateLaw::Troe { k0: low, kinf: arrhenius, fc: 0.6, n: 1.0 }, &[4, 5], &[(6, 1.0)])
        .reacts(RateLaw::Parameter { parameter: 0, scaling: 2.0 }, &[6], &[(7, 1.0), (8, 0.3)])
}

/// The cells with these ids: each differs from all others, some cannot be integrated.
fn cells(mechanism: &Mechanism, ids: &[usize]) -> CellBlock {
    let mut cells = CellBlock::new(0, ids.len(), mechanism);
    let column = |row: u64| -> Vec<f64> {
        ids.iter().map(|&id| Numbers(row * 7_777 + id as u64 * 99_991).next_after(5)).collect()
    };
    let scaled = |row, base: f64, range: f64| column(row).iter().map(|u| base + range * u).collect::<Vec<_>>();
    cells.set(Target::Temperature, &scaled(1, 220.0, 90.0));
    cells.set(Target::Pressure, &scaled(2, 2e4, 8e4));
    cells.set(Target::Parameter(0), &scaled(3, 0.0, 10.0));
    for i in 0..SPECIES {
        let mut values = scaled(4 + i as u64, 0.0, 1.0);
        for (value, &id) in values.iter_mut().zip(ids) {
            if id % 23 == 5 && i == 3 {
                *value = if id % 2 == 0 { -1.0 } else { f64::NAN };
            }
        }
        cells.set(Target::Concentration(i), &values);
    }
    cells
}

impl Numbers {
    fn next_after(mut self, skip: usize) -> f64 {
        for _ in 0..skip {
            self.next();
        }
        self.next()
    }
}

/// Everything about each cell after a few calls, as bits.
fn run<const W: usize>(
    mechanism: &Mechanism,
    settings: &SolverSettings,
    ids: &[usize],
    with: Instructions,
) -> (Vec<Vec<u64>>, Tally) {
    let mut solver = Rosenbrock::<W>::new(mechanism, settings);
    let mut cells = cells(mechanism, ids);
    let mut tally = Tally::default();
    for call in 0..CALLS {
        tally += crate::chemistry::solver::advance(with, &mut solver, &mut cells, 0.3 + call as f64);
    }
    let columns: Vec<Vec<f64>> = (0..SPECIES).map(|i| super::builder::read(&cells, Target::Concentration(i))).collect();
    let bits = (0..ids.len())
        .map(|cell| {
            let mut bits: Vec<u64> = columns.iter().map(|column| column[cell].to_bits()).collect();
            bits.push(cells.step_size()[cell].to_bits());
            bits.push(u64::from(cells.steps()[cell]));
            bits.push(u64::from(cells.rejected()[cell]));
            bits.push(cells.status()[cell] as u64);
            bits
        })
        .collect();
    (bits, tally)
}

#[test]
fn exact_any_width_and_any_instructions() {
    let mechanism = mechanism();
    let ids: Vec<usize> = (0..60).collect();
    for method in [Method::Ros3, Method::Rodas4] {
        // Steps that begin too long make rejections.
        let settings = SolverSettings { carry: 10.0, ..settings(&mechanism, method, 1e-4, 1e-8) };
        let truth = run::<1>(&mechanism, &settings, &ids, Instructions::Baseline);
        assert!(truth.1.cells_failed == 3 && truth.1.rejected > 0, "{:?}", truth.1);
        for with in Instructions::available() {
            assert_eq!(run::<1>(&mechanism, &settings, &ids, with), truth, "{with:?}, 1");
            assert_eq!(run::<8>(&mechanism, &settings, &ids, with), truth, "{with:?}, 8");
            assert_eq!(run::<16>(&mechanism, &settings, &ids, with), truth, "{with:?}, 16");
            assert_eq!(run::<32>(&mechanism, &settings, &ids, with), truth, "{with:?}, 32");
        }
    }
}

#[test]
fn exact_whole_tiles() {
    // Cells so easy that all of a tile finish together, which the solver then loads and stores at once.
    let easy = (1..SPECIES).fold(species(SPECIES).takes("USER.a"), |chain, i| {
        chain.reacts(constant(1e-3 * i as f64), &[i - 1], &[(i, 1.0)])
    });
    let settings = SolverSettings::default_for(&easy);
    let ids: Vec<usize> = (100..170).filter(|id| id % 23 != 5).collect();
    let truth = run::<1>(&easy, &settings, &ids, Instructions::Baseline);
    assert!(truth.1.steps < 4 * ids.len() as u64, "{:?}", truth.1);
    for with in Instructions::available() {
        assert_eq!(run::<16>(&easy, &settings, &ids, with), truth, "{with:?}");
        assert_eq!(run::<32>(&easy, &settings, &ids, with), truth, "{with:?}");
    }
}

#[test]
fn exact_whole_tiles_beside_slow_cells() {
    // A cell in 240 needs many more steps: beside it whole tiles come and go, and others are taken apart.
    let easy = species(SPECIES).takes("USER.a").reacts(constant(1e-3), &[0], &[(1, 1.0)]).reacts(
        RateLaw::Parameter { parameter: 0, scaling: 1.0 },
        &[1],
        &[(2, 1.0)],
    );
    let ids: Vec<usize> = (0..700).filter(|id| id % 23 != 5).collect();
    for method in [Method::Ros3, Method::Rodas4] {
        let settings = SolverSettings { method, ..SolverSettings::default_for(&easy) };
        let run = |ids: &[usize], width: usize| {
            let mut cells = cells(&easy, ids);
            let rates = ids.iter().map(|id| if id % 240 == 7 { 3.0 } else { 0.0 }).collect::<Vec<_>>();
            cells.set(Target::Parameter(0), &rates);
            let (mut one, mut two) = (Rosenbrock::<1>::new(&easy, &settings), Rosenbrock::<32>::new(&easy, &settings));
            let with = Instructions::detect();
            for _ in 0..8 {
                match width {
                    1 => crate::chemistry::solver::advance(with, &mut one, &mut cells, 1.0),
                    _ => crate::chemistry::solver::advance(with, &mut two, &mut cells, 1.0),
                };
            }
            cells
        };
        let truth = run(&ids, 1);
        let steps = truth.steps();
        assert!(steps.iter().max() > steps.iter().min(), "all cells are as fast");
        let together = run(&ids, 32);
        assert_eq!(together.steps(), steps);
        for i in 0..SPECIES {
            let target = Target::Concentration(i);
            assert_eq!(super::builder::read(&together, target), super::builder::read(&truth, target), "species {i}");
        }
    }
}

#[test]
fn exact_any_order_and_any_subset() {
    let mechanism = mechanism();
    let settings = settings(&mechanism, Method::Ros3, 1e-4, 1e-8);
    let best = Instructions::detect();
    let all: Vec<usize> = (0..75).collect();
    let (truth, tally) = run::<16>(&mechanism, &settings, &all, best);
    let backwards: Vec<usize> = all.iter().rev().copied().collect();
    let (mut reversed, reversed_tally) = run::<16>(&mechanism, &settings, &backwards, best);
    reversed.reverse();
    assert_eq!(reversed, truth);
    assert_eq!(reversed_tally, tally);
    let some: Vec<usize> = all.iter().copied().filter(|id| id % 3 == 1).collect();
    let (subset, _) = run::<16>(&mechanism, &settings, &some, best);
    for (bits, &id) in subset.iter().zip(&some) {
        assert_eq!(*bits, truth[id], "cell {id}");
    }
}
