//! Confidence by resampling: the same estimate over points drawn anew with replacement (B. Efron, "Bootstrap methods:
//! another look at the jackknife", Ann. Stat. 7 (1979) 1-26). Draws are addressed, so that a file gives one answer.

use super::Estimate;
use crate::random::{Address, Purpose, words};

/// How many resamples there are.
pub const RESAMPLES: u64 = 200;
/// The standard normal quantile at 0.975.
const Z: f64 = 1.959_963_984_540_054;

/// Estimates with the confidence that the same estimates over resamples of `points` points give them; `estimate` gets the
/// positions of the points and returns the same number of values each time.
pub fn estimates(points: usize, estimate: impl Fn(&[usize]) -> Vec<f64>) -> Vec<Estimate> {
    let all: Vec<usize> = (0..points).collect();
    let values = estimate(&all);
    let resamples: Vec<Vec<f64>> = (0..RESAMPLES).map(|resample| estimate(&picks(points, resample))).collect();
    let half_width = |place: usize| {
        // A resample may be of points all alike, which tell nothing.
        let column: Vec<f64> =
            resamples.iter().filter_map(|r| r.get(place).copied()).filter(|v| v.is_finite()).collect();
        Z * standard_deviation(&column)
    };
    values.iter().enumerate().map(|(place, &value)| Estimate { value, half_width: half_width(place) }).collect()
}

/// Positions drawn with replacement.
fn picks(points: usize, resample: u64) -> Vec<usize> {
    let block =
        |block: u64| words(0, Purpose::Bootstrap, Address { draw: block, step: resample, ..Address::default() });
    // The upper half of a 128-bit product maps a word to 0..points.
    let place = |word: u64| ((u128::from(word) * points as u128) >> 64) as usize;
    (0..points.div_ceil(4) as u64).flat_map(block).map(place).take(points).collect()
}

fn standard_deviation(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The interval of a mean is that of theory: 1.96 sd / sqrt(n), up to the noise of 200 resamples (5 %).
    #[test]
    fn exact_the_interval_of_a_mean() {
        let values: Vec<f64> = (0..1000).map(|i| f64::from(i * 7919 % 1000)).collect();
        let mean = |picks: &[usize]| vec![picks.iter().map(|&i| values[i]).sum::<f64>() / picks.len() as f64];
        let found = estimates(1000, mean)[0];
        let expected = Z * standard_deviation(&values) / 1000.0_f64.sqrt();
        assert_eq!(found.value, 499.5);
        assert!((found.half_width / expected - 1.0).abs() < 0.15, "{} {expected}", found.half_width);
    }
}
