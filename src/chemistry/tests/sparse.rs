//! Ordering, fill and decomposition on matrices whose answer is known.

use super::builder::Numbers;
use crate::chemistry::sparse::{Factors, JacobianTerm, Lu, Pattern, markowitz_order};
use crate::lanes::Lanes;

fn random_terms(n: usize, count: usize, seed: u64) -> Vec<JacobianTerm> {
    let mut numbers = Numbers(seed);
    (0..count)
        .map(|_| JacobianTerm {
            row: numbers.below(n),
            column: numbers.below(n),
            coefficient: 2.0 * numbers.next() - 1.0,
            source: numbers.below(5) as u32,
        })
        .collect()
}

/// x of L U x = b.
pub fn solution<const W: usize>(lu: &Lu, factors: &Factors<W>, b: &[Lanes<W>]) -> Vec<Lanes<W>> {
    let mut x: Vec<[Lanes<W>; 1]> = b.iter().map(|&b| [b]).collect();
    let mut lower = lu.lower(factors);
    for i in 0..x.len() {
        x[i][0] = lower.next(x[i][0], &x, 0);
    }
    let mut upper = lu.upper(factors);
    for i in (0..x.len()).rev() {
        x[i][0] = upper.next(x[i][0], &x, 0) * factors.pivots[i];
    }
    x.into_iter().flatten().collect()
}

#[test]
fn exact_solution_of_random_systems() {
    for (n, count) in [(1, 0), (1, 3), (7, 20), (40, 120), (70, 400)] {
        let terms = random_terms(n, count, 17 + n as u64);
        let derivatives: Vec<Lanes<4>> =
            (0..5).map(|i| Lanes([1.0, 0.5, 2.0, -1.0]).scaled(1.0 + f64::from(i))).collect();
        let lu = Lu::new(n, &terms);
        let shift = Lanes([150.0, 200.0, 300.0, 400.0]);
        let mut factors = lu.factors();
        lu.decompose(shift, &derivatives, &mut factors);
        let mut numbers = Numbers(3);
        let b: Vec<Lanes<4>> = (0..n).map(|_| Lanes::splat(numbers.next())).collect();
        let x = solution(&lu, &factors, &b);
        for lane in 0..4 {
            let mut residual: Vec<f64> = (0..n).map(|i| shift.0[lane] * x[i].0[lane] - b[i].0[lane]).collect();
            for term in &terms {
                residual[term.row] -=
                    term.coefficient * derivatives[term.source as usize].0[lane] * x[term.column].0[lane];
            }
            assert!(residual.iter().all(|r| r.abs() < 1e-13), "n = {n}, lane {lane}: {residual:?}");
        }
    }
}

#[test]
fn exact_order_avoids_fill_of_an_arrow() {
    let n = 70;
    let mut pattern = Pattern::identity(n);
    for i in 0..n {
        pattern.insert(0, i);
        pattern.insert(i, 0);
    }
    let order = markowitz_order(&pattern, n);
    let mut sorted = order.clone();
    sorted.sort_unstable();
    assert!(sorted.into_iter().eq(0..n), "each row once");
    assert!(order.iter().position(|&i| i == 0) >= Some(n - 2), "the full row comes last");
    let place = |i: usize| order.iter().position(|&row| row == i).unwrap();
    let terms: Vec<JacobianTerm> = (0..n)
        .flat_map(|i| [(0, i), (i, 0)])
        .map(|(i, j)| JacobianTerm { row: place(i), column: place(j), coefficient: 1.0, source: 0 })
        .collect();
    let lu = Lu::new(n, &terms);
    assert_eq!((lu.len(), lu.jacobian_entries()), (3 * n - 2, 3 * n - 2));
}
