//! Small symmetric matrices, row by row in one slice.

/// The lower triangle L of a symmetric positive definite matrix = L L^T (Cholesky), row by row, zeros above.
///
/// # Errors
/// The first row at which the matrix is not positive definite: that row follows from the rows before, or contradicts them.
pub fn cholesky(matrix: &[f64], size: usize) -> Result<Vec<f64>, usize> {
    let mut lower = vec![0.0; size * size];
    for row in 0..size {
        for column in 0..=row {
            let (left, right) =
                (&lower[row * size..row * size + column], &lower[column * size..column * size + column]);
            let rest = matrix[row * size + column] - left.iter().zip(right).map(|(a, b)| a * b).sum::<f64>();
            if row == column {
                // Rounding leaves a few parts in 1e16 of a diagonal that should be 0.
                if rest.is_nan() || rest <= 1e-13 * matrix[row * size + row].abs() {
                    return Err(row);
                }
                lower[row * size + row] = rest.sqrt();
            } else {
                lower[row * size + column] = rest / lower[column * size + column];
            }
        }
    }
    Ok(lower)
}

/// Solves L L^T x = b in place, for the triangle that `cholesky` gives.
pub fn solve(lower: &[f64], size: usize, b: &mut [f64]) {
    for row in 0..size {
        let sum: f64 = (0..row).map(|k| lower[row * size + k] * b[k]).sum();
        b[row] = (b[row] - sum) / lower[row * size + row];
    }
    for row in (0..size).rev() {
        let sum: f64 = (row + 1..size).map(|k| lower[k * size + row] * b[k]).sum();
        b[row] = (b[row] - sum) / lower[row * size + row];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_factors_and_solution() {
        let matrix = [4.0, 2.0, 0.6, 2.0, 5.0, 1.0, 0.6, 1.0, 3.0];
        let lower = cholesky(&matrix, 3).expect("positive definite");
        for row in 0..3 {
            for column in 0..3 {
                let product: f64 = (0..3).map(|k| lower[row * 3 + k] * lower[column * 3 + k]).sum();
                assert!((product - matrix[row * 3 + column]).abs() < 1e-15);
            }
        }
        let x = [1.0, -2.0, 0.5];
        let mut b: Vec<f64> = (0..3).map(|row| (0..3).map(|k| matrix[row * 3 + k] * x[k]).sum()).collect();
        solve(&lower, 3, &mut b);
        assert!(b.iter().zip(x).all(|(found, x)| (found - x).abs() < 1e-14));
    }

    #[test]
    fn exact_the_row_that_breaks_definiteness_is_named() {
        assert_eq!(cholesky(&[1.0, 0.9, 0.9, 0.9, 1.0, -0.9, 0.9, -0.9, 1.0], 3), Err(2));
        assert_eq!(cholesky(&[1.0, 1.0, 1.0, 1.0], 2), Err(1));
        assert_eq!(cholesky(&[f64::NAN], 1), Err(0));
    }
}
