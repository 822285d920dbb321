//! Designs: strata, parts of columns, correlations by chance.

use super::*;

fn points(design: &Design, seed: u64, count: u64, dimensions: usize) -> Vec<Vec<f64>> {
    let mut columns = design.columns(seed, count, dimensions);
    (0..dimensions).map(|_| columns.next_column(count)).collect()
}

const LATIN: [Design; 2] = [Design::LatinHypercube, Design::LatinHypercubeScipy];

#[test]
fn exact_one_point_in_each_stratum() {
    for design in &LATIN {
        for column in points(design, 7, 1000, 4) {
            let mut strata: Vec<u64> = column.iter().map(|u| (u * 1000.0) as u64).collect();
            strata.sort_unstable();
            assert_eq!(strata, (0..1000).collect::<Vec<_>>());
        }
    }
}

#[test]
fn exact_a_shorter_run_and_every_part_have_the_points_of_the_whole() {
    let levels = vec![Levels { count: 5, ends: true }; 3];
    let others = [
        Design::Sobol { scrambled: true },
        Design::Halton { scrambled: true },
        Design::Random,
        Design::Factorial(levels.clone()),
        Design::OneAtATime(levels),
        Design::Saltelli { scrambled: true, second_order: false },
        Design::Saltelli { scrambled: false, second_order: true },
    ];
    for design in LATIN.iter().chain(&others) {
        let whole = points(design, 3, 100, 3);
        let mut columns = design.columns(3, 100, 3);
        for (dimension, column) in whole.iter().enumerate() {
            assert_eq!(columns.next_column(10), column[..10], "{design:?}");
            if let Some(part) = design.part(3, 100, 3, dimension, 17..71) {
                assert_eq!(part, column[17..71], "{design:?}");
            }
            assert!(column.iter().all(|u| (0.0..=1.0).contains(u)), "{design:?}");
        }
    }
}

/// Pair correlations over many seeds behave as those of random permutations: mean 0, variance 1/(n - 1).
#[test]
fn exact_columns_are_uncorrelated() {
    let (count, dimensions, seeds) = (256_u64, 5, 200);
    for design in [Design::LatinHypercube, Design::Random] {
        let mut correlations = Vec::new();
        for seed in 0..seeds {
            let columns = points(&design, seed, count, dimensions);
            for i in 0..dimensions {
                for j in 0..i {
                    let sum: f64 = columns[i].iter().zip(&columns[j]).map(|(x, y)| (x - 0.5) * (y - 0.5)).sum();
                    correlations.push(12.0 * sum / count as f64);
                }
            }
        }
        let n = correlations.len() as f64;
        let mean = correlations.iter().sum::<f64>() / n;
        let variance = correlations.iter().map(|r| r * r).sum::<f64>() / n;
        let expected = 1.0 / (count as f64 - 1.0);
        assert!(mean.abs() < 4.0 * (expected / n).sqrt(), "mean correlation {mean}");
        assert!((variance / expected - 1.0).abs() < 4.0 * (2.0 / n).sqrt(), "variance {variance} expected {expected}");
    }
}

/// A design is as good as its error for a smooth function: root mean square over seeds, five dimensions, 512 points.
#[test]
fn conv_low_discrepancy_integrates_better() {
    let error = |design: &Design| {
        let square = |seed: u64| {
            let columns = points(design, seed, 512, 5);
            let value = |i: usize| columns.iter().map(|c| 1.0 + 0.8 * (c[i] - 0.5)).product::<f64>();
            ((0..512).map(value).sum::<f64>() / 512.0 - 1.0).powi(2)
        };
        ((0..20).map(square).sum::<f64>() / 20.0).sqrt()
    };
    let [random, latin, halton, sobol] =
        [Design::Random, Design::LatinHypercube, Design::Halton { scrambled: true }, Design::Sobol { scrambled: true }]
            .map(|design| error(&design));
    assert!(random > 1.5 * latin && latin > 1.5 * halton && halton > 1.5 * sobol, "{random} {latin} {halton} {sobol}");
}
