//! Linear measures of sensitivity: standardised regression coefficients, and partial correlation of ranks.
//!
//! A. Saltelli et al., "Sensitivity analysis in practice", Wiley (2004), chapter 6; S. Marino et al., "A methodology for
//! performing global uncertainty and sensitivity analysis in systems biology", J. Theor. Biol. 254 (2008) 178-196,
//! <https://doi.org/10.1016/j.jtbi.2008.04.011>. Both follow from the correlation matrix of the inputs and the output.

use super::Estimate;
use super::bootstrap;
use crate::domain::matrix;

/// What the coefficients are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// By how many standard deviations the output changes with one of the input, others fixed.
    StandardisedRegression,
    /// Correlation of the ranks of input and output after what the other inputs explain of both is taken away.
    PartialRankCorrelation,
}

/// The coefficients of one output.
#[derive(Debug, Clone, PartialEq)]
pub struct Coefficients {
    /// One for each input.
    pub of: Vec<Estimate>,
    /// Share of the output's variance (of its ranks) that the linear model explains.
    pub determination: f64,
    /// Cells that count, and those left out because their output is missing.
    pub cells: usize,
    pub left_out: usize,
}

/// Why there are no coefficients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoCoefficients {
    /// There must be more cells than inputs, with two to spare.
    TooFewCells,
    /// The output does not vary.
    ConstantOutput,
    /// This input does not vary, or follows from those before it.
    DependentInput(usize),
}

/// The coefficients from columns of inputs and of one output.
///
/// # Errors
/// When they are not determined.
pub fn coefficients(inputs: &[Vec<f64>], output: &[f64], measure: Measure) -> Result<Coefficients, NoCoefficients> {
    let kept: Vec<usize> = (0..output.len()).filter(|&i| output[i].is_finite()).collect();
    if kept.len() < inputs.len() + 3 {
        return Err(NoCoefficients::TooFewCells);
    }
    let prepared = |column: &[f64]| {
        let values: Vec<f64> = kept.iter().map(|&i| column[i]).collect();
        if measure == Measure::PartialRankCorrelation { ranks(&values) } else { values }
    };
    let columns: Vec<Vec<f64>> = inputs.iter().map(|column| prepared(column)).chain([prepared(output)]).collect();
    let all: Vec<usize> = (0..kept.len()).collect();
    let model = fit(&columns, &all, measure)?;
    let of = bootstrap::estimates(kept.len(), |picks| {
        fit(&columns, picks, measure).map_or(Vec::new(), |model| model.coefficients)
    });
    Ok(Coefficients { of, determination: model.determination, cells: kept.len(), left_out: output.len() - kept.len() })
}

struct Model {
    coefficients: Vec<f64>,
    determination: f64,
}

/// The linear model of the last column by the others, over the rows `picks`.
fn fit(columns: &[Vec<f64>], picks: &[usize], measure: Measure) -> Result<Model, NoCoefficients> {
    let inputs = columns.len() - 1;
    let scaled: Vec<Option<Vec<f64>>> = columns.iter().map(|column| standardised(column, picks)).collect();
    let output = scaled[inputs].as_ref().ok_or(NoCoefficients::ConstantOutput)?;
    let mut rows = Vec::new();
    for (input, column) in scaled[..inputs].iter().enumerate() {
        rows.push(column.as_ref().ok_or(NoCoefficients::DependentInput(input))?);
    }
    let product = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
    let mut correlations = vec![0.0; inputs * inputs];
    for j in 0..inputs {
        for k in 0..=j {
            let r = if j == k { 1.0 } else { product(rows[j], rows[k]) };
            correlations[j * inputs + k] = r;
            correlations[k * inputs + j] = r;
        }
    }
    let lower = matrix::cholesky(&correlations, inputs).map_err(NoCoefficients::DependentInput)?;
    let with_output: Vec<f64> = rows.iter().map(|row| product(row, output)).collect();
    let mut beta = with_output.clone();
    matrix::solve(&lower, inputs, &mut beta);
    let determination = product(&beta, &with_output);
    if measure == Measure::PartialRankCorrelation {
        // The partial correlation from the inverse of the bordered correlation matrix, in blocks.
        // Where nothing is left to explain, rounding is not to be taken for correlation.
        let unexplained = (1.0 - determination).max(1e-12);
        for j in 0..inputs {
            let mut column = vec![0.0; inputs];
            column[j] = 1.0;
            matrix::solve(&lower, inputs, &mut column);
            beta[j] /= unexplained.mul_add(column[j], beta[j] * beta[j]).sqrt();
        }
    }
    Ok(Model { coefficients: beta, determination })
}

/// The column over some rows with mean 0 and sum of squares 1; none when it does not vary.
fn standardised(column: &[f64], picks: &[usize]) -> Option<Vec<f64>> {
    let mean = picks.iter().map(|&pick| column[pick]).sum::<f64>() / picks.len() as f64;
    let centred: Vec<f64> = picks.iter().map(|&pick| column[pick] - mean).collect();
    let norm = centred.iter().map(|x| x * x).sum::<f64>().sqrt();
    let size = picks.iter().map(|&pick| column[pick].abs()).fold(0.0, f64::max);
    // Rounding alone makes a norm of a few parts in 1e16.
    (norm > 1e-13 * size).then(|| centred.iter().map(|x| x / norm).collect())
}

/// Ranks from 1; equal values share the mean of theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    for run in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let shared = (2 * first + run.len() + 1) as f64 / 2.0;
        for &place in run {
            ranks[place] = shared;
        }
        first += run.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::design::Design;

    fn sample(design: &Design, count: u64, dimensions: usize) -> Vec<Vec<f64>> {
        let mut columns = design.columns(5, count, dimensions);
        (0..dimensions).map(|_| columns.next_column(count)).collect()
    }

    /// A linear model is recovered: coefficients b_j sd_j / sd_y, and it explains everything.
    #[test]
    fn exact_a_linear_model() {
        let inputs = sample(&Design::Random, 300, 3);
        let output: Vec<f64> = (0..300).map(|i| 3.0 * inputs[0][i] - inputs[1][i] + 7.0).collect();
        let found = coefficients(&inputs, &output, Measure::StandardisedRegression).expect("coefficients");
        let spread = |column: &[f64]| {
            let mean = column.iter().sum::<f64>() / 300.0;
            column.iter().map(|x| (x - mean).powi(2)).sum::<f64>().sqrt()
        };
        for (estimate, (slope, input)) in found.of.iter().zip([3.0, -1.0, 0.0].into_iter().zip(&inputs)) {
            assert!((estimate.value - slope * spread(input) / spread(&output)).abs() < 1e-13, "{estimate:?}");
        }
        assert!((found.determination - 1.0).abs() < 1e-13);
    }

    /// A monotonous function of one input has partial rank correlation 1 with it; the sign is that of its slope.
    #[test]
    fn exact_monotonous_functions() {
        let inputs = sample(&Design::LatinHypercube, 200, 2);
        let falling: Vec<f64> = inputs[1].iter().map(|x| (-9.0 * x).exp()).collect();
        let found = coefficients(&inputs, &falling, Measure::PartialRankCorrelation).expect("coefficients");
        assert!((found.of[1].value + 1.0).abs() < 1e-7 && found.of[0].value.abs() < 1.0, "{found:?}");
    }

    #[test]
    fn exact_ties_share_their_rank() {
        assert_eq!(ranks(&[2.0, 1.0, 2.0, 5.0, 2.0]), [3.0, 1.0, 3.0, 5.0, 3.0]);
    }

    #[test]
    fn exact_what_is_not_determined_is_refused() {
        let mut inputs = sample(&Design::Random, 50, 2);
        let output = inputs[0].clone();
        let src = |inputs: &[Vec<f64>], output: &[f64]| coefficients(inputs, output, Measure::StandardisedRegression);
        assert_eq!(src(&inputs, &[2.0; 50]), Err(NoCoefficients::ConstantOutput));
        assert_eq!(src(&inputs, &output[..4]), Err(NoCoefficients::TooFewCells));
        inputs.push(inputs[0].iter().zip(&inputs[1]).map(|(x, y)| x - 2.0 * y).collect());
        assert_eq!(src(&inputs, &output), Err(NoCoefficients::DependentInput(2)));
        inputs[1] = vec![1.0; 50];
        assert_eq!(src(&inputs, &output), Err(NoCoefficients::DependentInput(1)));
    }

    #[test]
    fn exact_missing_outputs_are_left_out() {
        let inputs = sample(&Design::Random, 60, 2);
        let mut output: Vec<f64> = inputs[0].iter().zip(&inputs[1]).map(|(x, y)| x + y * y).collect();
        let part: Vec<Vec<f64>> = inputs.iter().map(|c| c[..50].to_vec()).collect();
        let expected = coefficients(&part, &output[..50], Measure::PartialRankCorrelation).expect("coefficients");
        output[50..].fill(f64::NAN);
        let found = coefficients(&inputs, &output, Measure::PartialRankCorrelation).expect("coefficients");
        assert_eq!((found.of, found.cells, found.left_out), (expected.of, 50, 10));
    }
}
