//! What becomes of cells that cannot be integrated, and of their neighbours; what default settings cost.

use super::builder::{cells, constant, difference, read, settings, species, state};
use crate::chemistry::cells::{CellBlock, Target};
use crate::chemistry::mechanism::Mechanism;
use crate::chemistry::rate::{Arrhenius, RateLaw};
use crate::chemistry::tableau::Method;
use crate::chemistry::{Outcome, Solver, SolverSettings};

/// A -> B with a rate that the cell supplies, 2B -> C.
fn mechanism() -> Mechanism {
    species(3).takes("PHOTO.a").reacts(RateLaw::Parameter { parameter: 0, scaling: 1.0 }, &[0], &[(1, 1.0)]).reacts(
        constant(3.0),
        &[1, 1],
        &[(2, 1.0)],
    )
}

/// 20 cells of which the one with id 9 is given another value.
fn with_odd_cell(mechanism: &Mechanism, target: Target, odd: f64) -> CellBlock {
    let mut cells = cells(mechanism, 20, &[1.0, 0.5, 0.0]);
    cells.fill(Target::Parameter(0), 0.2);
    let mut values = read(&cells, target);
    values[9] = odd;
    cells.set(target, &values);
    cells
}

#[test]
fn invalid_input_fails_alone_and_for_good() {
    let mechanism = mechanism();
    let mut solver = Solver::new(&mechanism, &SolverSettings::default_for(&mechanism));
    for (target, odd, outcome) in [
        (Target::Concentration(1), -1e-30, Outcome::NegativeConcentration),
        (Target::Concentration(1), f64::NAN, Outcome::NonFinite),
        (Target::Concentration(2), f64::INFINITY, Outcome::NonFinite),
        (Target::Temperature, 0.0, Outcome::InvalidConditions),
        (Target::Temperature, f64::NAN, Outcome::InvalidConditions),
        (Target::Pressure, -5.0, Outcome::InvalidConditions),
        (Target::Pressure, f64::INFINITY, Outcome::InvalidConditions),
        (Target::Parameter(0), f64::NAN, Outcome::NonFinite),
    ] {
        let mut cells = with_odd_cell(&mechanism, target, odd);
        let tally = solver.advance(&mut cells, 1.0);
        assert_eq!((tally.cells_failed, tally.cells_advanced), (1, 19), "{target:?} = {odd}");
        assert_eq!(cells.status()[9], outcome, "{target:?} = {odd}");
        assert!(state(&cells, 9).iter().all(|value| value.is_nan()));
        assert_eq!(cells.status().iter().filter(|&&status| status == Outcome::Converged).count(), 19);
        assert!(state(&cells, 8).iter().all(|value| value.is_finite()));
        // Good input later does not bring the cell back: what it should have been is lost.
        for i in 0..3 {
            cells.fill(Target::Concentration(i), 1.0);
        }
        cells.fill(Target::Temperature, 300.0);
        cells.fill(Target::Pressure, 1e5);
        cells.fill(Target::Parameter(0), 0.1);
        let tally = solver.advance(&mut cells, 1.0);
        assert_eq!((tally.cells_failed, tally.cells_advanced), (0, 19));
        assert_eq!(cells.status()[9], outcome);
    }
}

#[test]
fn breakdown_while_integrating() {
    let mechanism = mechanism();
    let mut few = SolverSettings { max_steps: 1, ..settings(&mechanism, Method::Ros3, 1e-5, 1e-12) };
    let mut cells = with_odd_cell(&mechanism, Target::Parameter(0), 0.2);
    let tally = Solver::new(&mechanism, &few).advance(&mut cells, 100.0);
    assert_eq!((tally.cells_failed, tally.steps), (20, 20));
    assert!(cells.status().iter().all(|&status| status == Outcome::TooManySteps));

    few.max_steps = 1000;
    let mut cells = with_odd_cell(&mechanism, Target::Parameter(0), 1e308);
    let tally = Solver::new(&mechanism, &few).advance(&mut cells, 100.0);
    assert_eq!(tally.cells_failed, 1);
    assert_eq!(cells.status()[9], Outcome::NonFinite);
    assert!(state(&cells, 9).iter().all(|value| value.is_nan()));

    // 2X -> 3X: infinite at t = 1.
    let explosion = species(1).reacts(constant(1.0), &[0, 0], &[(0, 3.0)]);
    let mut cells = super::builder::cells(&explosion, 1, &[1.0]);
    let settings = settings(&explosion, Method::Ros3, 1e-6, 1e-12);
    Solver::new(&explosion, &settings).advance(&mut cells, 2.0);
    assert_ne!(cells.status()[0], Outcome::Converged);
    assert!(state(&cells, 0)[0].is_nan());
}

#[test]
fn nothing_to_integrate() {
    let inert = species(1);
    let mut solver = Solver::new(&inert, &SolverSettings::default_for(&inert));
    let mut cells = cells(&inert, 3, &[0.1]);
    let tally = solver.advance(&mut cells, 10.0);
    assert_eq!((tally.cells_advanced, tally.steps), (3, 3));
    assert_eq!(state(&cells, 2), [0.1]);
    assert_eq!(solver.advance(&mut cells, 0.0).steps, 0);
    assert_eq!(solver.advance(&mut cells, f64::NAN).steps, 0);
    assert_eq!(solver.advance(&mut CellBlock::new(0, 0, &inert), 1.0).steps, 0);
    let empty = species(0);
    let mut solver = Solver::new(&empty, &SolverSettings::default_for(&empty));
    let mut cells = super::builder::cells(&empty, 2, &[]);
    assert_eq!(solver.advance(&mut cells, 1.0).cells_advanced, 2);
}

#[test]
fn exact_species_without_reactions_keep_their_value() {
    let mechanism = species(4).reacts(constant(5.0), &[0], &[(2, 1.0)]);
    let mut solver = Solver::new(&mechanism, &SolverSettings::default_for(&mechanism));
    let mut cells = cells(&mechanism, 5, &[1.0, 0.3, 0.0, 1e-17]);
    solver.advance(&mut cells, 10.0);
    let state = state(&cells, 4);
    assert_eq!((state[1].to_bits(), state[3].to_bits()), (0.3_f64.to_bits(), 1e-17_f64.to_bits()));
}

#[test]
fn exact_easy_problem_in_one_step_a_call() {
    let rate = || {
        let arrhenius = Arrhenius { a: 4e-3, b: 0.0, c: 50.0, d: 300.0 };
        RateLaw::Arrhenius { arrhenius, e: 0.0 }
    };
    let mechanism = species(3).reacts(rate(), &[0], &[(1, 1.0)]).reacts(rate(), &[1], &[(2, 1.0)]);
    let mut solver = Solver::new(&mechanism, &SolverSettings::default_for(&mechanism));
    let mut cells = cells(&mechanism, 20, &[0.75, 0.0, 0.0]);
    for call in 0..60 {
        let tally = solver.advance(&mut cells, 1.0);
        // While C is still forming from nothing, its relative error takes two steps.
        assert!(call < 3 || tally.steps == 20, "{} steps in call {call}", tally.steps);
    }
    let k = 4e-3 * (50.0_f64 / 298.15).exp();
    let decay = (-60.0 * k).exp();
    let truth = [0.75 * decay, 0.75 * 60.0 * k * decay, 0.75 * (1.0 - (1.0 + 60.0 * k) * decay)];
    assert!(difference(&state(&cells, 19), &truth) < 1e-7, "{:?}, not {truth:?}", state(&cells, 19));
}

#[test]
fn what_decays_for_ever_ends_at_zero_and_never_among_subnormal_numbers() {
    // A, and B that is made of two A, decay as in the dark; C, which others need, stays.
    let mechanism = species(3)
        .reacts(constant(0.3), &[0], &[(2, 1.0)])
        .reacts(constant(0.3), &[1], &[(2, 1.0)])
        .reacts(constant(1.0), &[0, 0], &[(1, 1.0)]);
    for method in Method::ALL {
        let settings = settings(&mechanism, method, 1e-3, 1e-14);
        let mut solver = Solver::new(&mechanism, &settings);
        let mut cells = cells(&mechanism, 20, &[1.0, 0.5, 1.0]);
        for call in 0..400 {
            assert_eq!(solver.advance(&mut cells, 30.0).cells_failed, 0);
            let least = state(&cells, 7).into_iter().filter(|&y| y != 0.0).fold(1.0, f64::min);
            assert!(least >= 1e-100, "{method:?}, call {call}: {least:e}");
        }
        let end = state(&cells, 7);
        assert_eq!(end[..2], [0.0, 0.0], "{method:?}");
        assert!(end[2] > 2.0, "{method:?}: {end:?}");
    }
}
