//! The tapes against the mechanism's definition.

use super::builder::{Numbers, constant, random_mechanism, species};
use super::sparse::solution;
use crate::chemistry::kinetics::Kinetics;
use crate::chemistry::mechanism::Mechanism;
use crate::chemistry::rate::RateLaw;
use crate::lanes::Lanes;

fn k(mechanism: &Mechanism, r: usize) -> f64 {
    match &mechanism.reactions[r].rate {
        RateLaw::Arrhenius { arrhenius, .. } => arrhenius.a,
        law => panic!("{law:?}"),
    }
}

/// dy/dt by definition, species in the mechanism's order.
fn definition(mechanism: &Mechanism, y: &[f64]) -> Vec<f64> {
    let mut f = vec![0.0; y.len()];
    for (r, reaction) in mechanism.reactions.iter().enumerate() {
        let rate = k(mechanism, r) * reaction.reactants.iter().map(|&i| y[i]).product::<f64>();
        for &i in &reaction.reactants {
            f[i] -= rate;
        }
        for &(i, coefficient) in &reaction.products {
            f[i] += coefficient * rate;
        }
    }
    f
}

fn compiled(mechanism: &Mechanism, kinetics: &Kinetics) -> Vec<Lanes<2>> {
    let mut factors = vec![Lanes::ZERO; kinetics.factors()];
    for (factor, &r) in factors.iter_mut().zip(&kinetics.reactions) {
        *factor = Lanes::splat(k(mechanism, r));
    }
    factors
}

#[test]
fn exact_forcing_and_jacobian_of_random_mechanisms() {
    for seed in 1..6 {
        let n = 12;
        let mechanism = random_mechanism(n, 40, seed);
        let kinetics = Kinetics::new(&mechanism);
        let mut factors = compiled(&mechanism, &kinetics);
        let mut numbers = Numbers(seed + 100);
        let y: Vec<f64> = (0..n).map(|_| numbers.next()).collect();
        let rows: Vec<Lanes<2>> = kinetics.species.iter().map(|&i| Lanes::splat(y[i])).collect();
        let mut rates = vec![Lanes::ZERO; mechanism.reactions.len()];
        let mut f = vec![Lanes::ZERO; n];
        kinetics.constant_rates(&factors, &mut rates);
        kinetics.forcing(&factors, &rows, &mut rates, &mut f);
        let truth = definition(&mechanism, &y);
        for (f, &i) in f.iter().zip(&kinetics.species) {
            assert!((f.0[1] - truth[i]).abs() < 1e-12 * (1.0 + truth[i].abs()), "dy/dt of {i}");
        }

        // x solves (shift I - J) x = b. J x follows from the definition alone: along x, f is a polynomial of degree
        // 3, of which this difference gives the derivative exactly.
        let shift = 5e3;
        kinetics.differentiate(&rows, &mut factors);
        let mut matrix = kinetics.lu.factors();
        kinetics.lu.decompose(Lanes::splat(shift), &factors, &mut matrix);
        let b: Vec<f64> = (0..n).map(|_| shift * numbers.next()).collect();
        let rows: Vec<Lanes<2>> = kinetics.species.iter().map(|&i| Lanes::splat(b[i])).collect();
        let x = solution(&kinetics.lu, &matrix, &rows);
        let mut solution = vec![0.0; n];
        for (x, &i) in x.iter().zip(&kinetics.species) {
            solution[i] = x.0[0];
        }
        let along = |step: f64| -> Vec<f64> {
            definition(&mechanism, &y.iter().zip(&solution).map(|(y, x)| step.mul_add(*x, *y)).collect::<Vec<_>>())
        };
        let (back_2, back, ahead, ahead_2) = (along(-2.0), along(-1.0), along(1.0), along(2.0));
        for i in 0..n {
            let derivative = (8.0 * (ahead[i] - back[i]) - (ahead_2[i] - back_2[i])) / 12.0;
            let residual = shift * solution[i] - derivative - b[i];
            assert!(residual.abs() < 1e-11 * shift, "row {i}: {residual}");
        }
    }
}

#[test]
fn exact_species_on_both_sides_net_out() {
    // A + B -> A + C leaves A as it is: no term in its row.
    let mechanism = species(3).reacts(constant(1.0), &[0, 1], &[(0, 1.0), (2, 1.0)]);
    let kinetics = Kinetics::new(&mechanism);
    assert_eq!(kinetics.forcing_terms(), 2);
    assert_eq!(kinetics.lu.jacobian_terms(), 4);
}
