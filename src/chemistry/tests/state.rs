//! Cells that move between blocks go on as if they had stayed.

use super::builder::{cells, constant, random_mechanism, settings};
use crate::chemistry::Solver;
use crate::chemistry::cells::{CellBlock, Target};
use crate::chemistry::mechanism::Mechanism;
use crate::chemistry::tableau::Method;

const COUNT: usize = 53;

fn mechanism() -> Mechanism {
    random_mechanism(5, 12, 3).takes("PHOTO.a").reacts(constant(0.3), &[0], &[(1, 1.0)])
}

fn start(mechanism: &Mechanism) -> CellBlock {
    let mut block = cells(mechanism, COUNT, &[1.0, 0.2, 0.3, 0.0, 0.5]);
    let spread: Vec<f64> = (0..COUNT).map(|cell| if cell == 20 { -1.0 } else { 0.1 + cell as f64 }).collect();
    block.set(Target::Concentration(1), &spread);
    block.set(Target::Temperature, &spread.iter().map(|x| 220.0 + x.abs()).collect::<Vec<_>>());
    block
}

#[test]
fn exact_cells_that_move_between_blocks_go_on_as_if_they_had_stayed() {
    let mechanism = mechanism();
    let mut solver = Solver::new(&mechanism, &settings(&mechanism, Method::Ros3, 1e-4, 1e-9));
    let mut whole = start(&mechanism);
    let mut parts = [whole.clone(), whole.clone(), whole.clone()];
    for (part, ids) in parts.iter_mut().zip([0..17, 17..17, 17..53]) {
        part.hold(ids);
    }
    for bounds in [[0, 30, 31, 53], [0, 0, 53, 53], [0, 1, 40, 53], [0, 17, 17, 53]] {
        solver.advance(&mut whole, 0.7);
        for part in &mut parts {
            solver.advance(part, 0.7);
        }
        let old: Vec<_> = parts.iter().map(|part| part.first_id()..part.first_id() + part.len() as u64).collect();
        let before = parts.clone();
        for (rank, part) in parts.iter_mut().enumerate() {
            let ids = bounds[rank]..bounds[rank + 1];
            part.hold(ids.clone());
            for (other, (from, owned)) in before.iter().zip(&old).enumerate() {
                let overlap = ids.start.max(owned.start)..ids.end.min(owned.end);
                if overlap.start < overlap.end && other != rank {
                    part.restore(&from.state(overlap)).unwrap();
                }
            }
        }
        for part in &parts {
            let ids = part.first_id()..part.first_id() + part.len() as u64;
            assert_eq!(bits(part, ids.clone()), bits(&whole, ids));
        }
    }
    assert!(whole.steps().iter().any(|&steps| steps > 4), "cells take steps of their own");
}

/// A state as bits, so that values that are no numbers compare too.
fn bits(block: &CellBlock, ids: std::ops::Range<u64>) -> String {
    format!("{:?}", block.state(ids))
}

#[test]
fn exact_a_state_restores_a_block_that_never_saw_the_cells() {
    let mechanism = mechanism();
    let mut solver = Solver::new(&mechanism, &settings(&mechanism, Method::Ros3, 1e-4, 1e-9));
    let mut block = start(&mechanism);
    solver.advance(&mut block, 2.0);
    let mut other = CellBlock::new(0, COUNT, &mechanism);
    other.restore(&block.state(0..COUNT as u64)).unwrap();
    solver.advance(&mut block, 2.0);
    solver.advance(&mut other, 2.0);
    assert_eq!(bits(&block, 0..COUNT as u64), bits(&other, 0..COUNT as u64));
}

#[test]
fn exact_a_state_of_another_mechanism_or_with_unknown_outcomes_is_refused() {
    let mechanism = mechanism();
    let mut block = start(&mechanism);
    let before = bits(&block, 0..COUNT as u64);
    let smaller = cells(&random_mechanism(4, 3, 1), COUNT, &[1.0; 4]).state(0..COUNT as u64);
    assert!(block.restore(&smaller).unwrap_err().to_string().contains("concentrations"));
    let mut odd = block.state(0..COUNT as u64);
    let status = odd.columns.iter_mut().find(|column| column.name == "status").unwrap();
    status.values = crate::domain::state::Values::Small(vec![99; COUNT]);
    assert!(block.restore(&odd).unwrap_err().to_string().contains("99"));
    assert_eq!(bits(&block, 0..COUNT as u64), before);
}
