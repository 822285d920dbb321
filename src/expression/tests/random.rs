//! Random draws: addressed, with the right moments.

use super::*;
use crate::random::{Address, Purpose, unit_interval, words};

fn drawn(text: &str, step: u64, ids: &[u64]) -> Vec<f64> {
    let source = DrawSource { seed: 42, purpose: Purpose::DesignJitter, program: 2, step, member: 0, ids };
    let mut out = vec![0.0; ids.len()];
    program(text).evaluate(&[], &mut |d, o| source.fill(d, o), &mut Scratch::default(), &mut out);
    out
}

#[test]
fn exact_draws_are_addressed() {
    let ids: Vec<u64> = (1000..2000).collect();
    let one = drawn("uniform()", 7, &ids);
    let address = |draw: u64, id| Address { draw: (2 << 32) | draw, step: 7, id, member: 0 };
    for (&found, &id) in one.iter().zip(&ids) {
        assert_eq!(found, unit_interval(words(42, Purpose::DesignJitter, address(0, id))[0]));
    }
    let reversed: Vec<u64> = ids.iter().rev().copied().collect();
    assert!(drawn("uniform()", 7, &reversed).iter().eq(one.iter().rev()));
    assert!(drawn("uniform()", 8, &ids) != one);
    // The second draw of a text is another one than the first, also when the first counts for nothing.
    let second = drawn("0 * uniform() + uniform()", 7, &ids);
    for (&found, &id) in second.iter().zip(&ids) {
        assert_eq!(found, unit_interval(words(42, Purpose::DesignJitter, address(1, id))[0]));
    }
    assert_eq!(program("normal() + uniform()").draws(), 2);
    assert_eq!(program("normal()").constant(), None);
}

#[test]
fn moments() {
    let ids: Vec<u64> = (0..200_000).collect();
    let count = ids.len() as f64;
    let moment = |values: &[f64], power| values.iter().map(|v| v.powi(power)).sum::<f64>() / count;
    let uniform = drawn("uniform()", 0, &ids);
    // Four standard errors.
    assert!((moment(&uniform, 1) - 0.5).abs() < 4.0 * (1.0 / 12.0 / count).sqrt());
    assert!(uniform.iter().all(|u| (0.0..1.0).contains(u)));
    let normal = drawn("normal()", 0, &ids);
    assert!(moment(&normal, 1).abs() < 4.0 / count.sqrt());
    assert!((moment(&normal, 2) - 1.0).abs() < 4.0 * (2.0 / count).sqrt());
    assert!((moment(&normal, 4) - 3.0).abs() < 4.0 * (96.0 / count).sqrt());
    assert!(normal.iter().all(|n| n.is_finite()));
}
