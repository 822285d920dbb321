//! How evenly points fill the unit cube: the centred L2 discrepancy.
//!
//! F. J. Hickernell, "A generalized discrepancy and quadrature error bound", Math. Comput. 67 (1998) 299-322,
//! <https://doi.org/10.1090/S0025-5718-98-00894-1>, its square, as `scipy.stats.qmc.discrepancy(method="CD")` gives it.

/// The squared centred discrepancy of the points whose coordinates in [0, 1] are `columns`, one vector for each dimension.
/// It takes time as the square of the number of points.
#[must_use]
#[allow(clippy::cast_precision_loss)]
pub fn centred(columns: &[Vec<f64>]) -> f64 {
    let points = columns.first().map_or(0, Vec::len);
    let n = points as f64;
    let off_centre: Vec<Vec<f64>> =
        columns.iter().map(|column| column.iter().map(|x| (x - 0.5).abs()).collect()).collect();
    let one = |i: usize| off_centre.iter().map(|c| 0.5f64.mul_add(c[i] - c[i] * c[i], 1.0)).product::<f64>();
    let single: f64 = (0..points).map(one).sum();
    let mut pairs = 0.0;
    let mut products = vec![0.0; points];
    for i in 0..points {
        // Both orders of a pair give the same; a pair of a point with itself counts once.
        let later = &mut products[i..];
        later.fill(1.0);
        for (column, off) in columns.iter().zip(&off_centre) {
            let (x, a) = (column[i], off[i]);
            for (product, (y, b)) in later.iter_mut().zip(column[i..].iter().zip(&off[i..])) {
                *product *= 0.5f64.mul_add(a + b - (x - y).abs(), 1.0);
            }
        }
        pairs += later[0] + 2.0 * later[1..].iter().sum::<f64>();
    }
    (13.0_f64 / 12.0).powi(power(columns.len())) - 2.0 / n * single + pairs / (n * n)
}

/// What independent uniform points have on average.
#[must_use]
#[allow(clippy::cast_precision_loss)]
pub fn expected_of_random(points: u64, dimensions: usize) -> f64 {
    let power = power(dimensions);
    (1.25_f64.powi(power) - (13.0_f64 / 12.0).powi(power)) / points as f64
}

fn power(dimensions: usize) -> i32 {
    i32::try_from(dimensions).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::design::Design;

    /// One point at the centre: (13/12)^d - 2 + 1. Two points at 1/4 and 3/4 in one dimension, by hand.
    #[test]
    fn exact_small_designs() {
        for d in 1..5 {
            assert!((centred(&vec![vec![0.5]; d]) - ((13.0_f64 / 12.0).powi(d as i32) - 1.0)).abs() < 1e-15);
        }
        assert!((centred(&[vec![0.25, 0.75]]) - (13.0 / 12.0 - 2.0 * 1.093_75 + 1.125)).abs() < 1e-15);
    }

    /// `scipy.stats.qmc.discrepancy(qmc.Sobol(5, scramble=False).random(512))` of SciPy 1.17.1.
    #[test]
    fn val_scipy_discrepancy() {
        let design = Design::Sobol { scrambled: false };
        let mut columns = design.columns(0, 512, 5);
        let columns: Vec<_> = (0..5).map(|_| columns.next_column(512)).collect();
        let (found, expected) = (centred(&columns), 7.771_076_192_786_275e-5);
        assert!((found / expected - 1.0).abs() < 1e-10, "{found:e}, not {expected:e}");
    }

    #[test]
    fn exact_random_points_have_what_is_expected_of_them() {
        let mean = |seed: u64| {
            let mut columns = Design::Random.columns(seed, 200, 3);
            centred(&[columns.next_column(200), columns.next_column(200), columns.next_column(200)])
        };
        let found = (0..100).map(mean).sum::<f64>() / 100.0;
        assert!((found / expected_of_random(200, 3) - 1.0).abs() < 0.1, "{found}");
    }
}
