//! Distributions against SciPy.

use super::*;

const PROBABILITIES: [f64; 8] = [1e-12, 0.001, 0.1, 0.3, 0.5, 0.734_375, 0.9, 0.999];

/// `ppf` of the distributions of scipy.stats (SciPy 1.17.1, NumPy 2.4.6) at those probabilities.
#[test]
fn val_scipy_ppf() {
    use Distribution::{LogNormal, LogUniform, Normal, Triangular, TruncatedNormal, Uniform};
    let cases: [(Distribution, [f64; 8]); 11] = [
        (
            Uniform { low: 275.0, high: 325.0 },
            [275.000_000_000_05, 275.05, 280.0, 290.0, 300.0, 311.718_75, 320.0, 324.95],
        ),
        (
            LogUniform { low: 1e-12, high: 1e-7 },
            [
                1.000_000_000_011_515_3e-12,
                1.011_579_454_259_899_5e-12,
                3.162_277_660_168_378_6e-12,
                3.162_277_660_168_382e-11,
                3.162_277_660_168_374_4e-10,
                4.697_588_816_706_49e-9,
                3.162_277_660_168_381e-8,
                9.885_530_946_569_382e-8,
            ],
        ),
        (
            Normal { mean: 287.0, sd: 2.5 },
            [
                269.413_790_436_747_15,
                279.274_419_234_580_5,
                283.796_121_086_138_5,
                285.688_998_718_229_9,
                287.0,
                288.565_247_530_866_03,
                290.203_878_913_861_5,
                294.725_580_765_419_5,
            ],
        ),
        (
            TruncatedNormal { mean: 1.0, sd: 2.0, low: 0.5, high: 4.0 },
            [
                0.500_000_000_002_751_4,
                0.502_750_719_959_186_5,
                0.771_317_220_909_618_1,
                1.306_317_271_280_858_4,
                1.864_627_136_817_791_4,
                2.626_112_486_497_136,
                3.350_002_441_432_933_7,
                3.991_811_629_809_666,
            ],
        ),
        (
            TruncatedNormal { mean: 0.0, sd: 1.0, low: 5.0, high: 8.0 },
            [
                5.000_000_000_000_194,
                5.000_192_901_102_68,
                5.020_276_020_918_337,
                5.068_334_262_835_944,
                5.132_018_331_635_924_5,
                5.249_776_757_442_417,
                5.426_933_999_562_427,
                6.197_600_481_591_112,
            ],
        ),
        (
            TruncatedNormal { mean: 0.0, sd: 1.0, low: -9.0, high: -1.0 },
            [
                -7.286_839_417_919_806,
                -3.600_741_853_999_022,
                -2.147_782_337_472_405,
                -1.668_617_782_831_928_6,
                -1.409_608_709_293_454_6,
                -1.192_602_964_716_242_8,
                -1.067_869_334_170_116_6,
                -1.000_655_894_641_293_6,
            ],
        ),
        (
            TruncatedNormal { mean: 3.0, sd: 1.5, low: 0.75, high: f64::INFINITY },
            [
                0.750_000_000_010_807_4,
                0.760_749_820_357_091_3,
                1.509_092_721_208_891_2,
                2.408_896_468_160_105,
                3.125_742_729_834_837_3,
                4.021_767_456_460_244,
                4.980_882_973_240_419,
                7.666_063_989_935_322_5,
            ],
        ),
        (
            LogNormal { median: 2.5e-3, factor: 1.3 },
            [
                0.000_394_827_450_831_116_4,
                0.001_111_293_003_969_888_4,
                0.001_786_140_948_731_208_5,
                0.002_178_652_958_934_644_5,
                0.002_5,
                0.002_946_319_424_673_875_7,
                0.003_499_163_940_247_666,
                0.005_624_079_318_121_354,
            ],
        ),
        (
            Triangular { low: -1.0, mode: 0.5, high: 4.0 },
            [
                -0.999_997_261_387_212_5,
                -0.913_397_459_621_556_2,
                -0.133_974_596_215_561_4,
                0.500_000_000_000_000_2,
                1.041_960_108_450_192,
                1.843_976_461_167_457_6,
                2.677_124_344_467_705,
                3.867_712_434_446_77,
            ],
        ),
        (
            Triangular { low: 0.0, mode: 0.0, high: 2.0 },
            [
                1.000_088_900_582_341e-12,
                0.001_000_250_125_078_094_9,
                0.102_633_403_898_972_46,
                0.326_679_946_931_848_9,
                0.585_786_437_626_904_9,
                0.969_223_593_595_584_9,
                1.367_544_467_966_324_2,
                1.936_754_446_796_632_4,
            ],
        ),
        (
            Triangular { low: 0.0, mode: 2.0, high: 2.0 },
            [
                2.0e-6,
                0.063_245_553_203_367_58,
                0.632_455_532_033_675_9,
                1.095_445_115_010_332_1,
                std::f64::consts::SQRT_2,
                1.713_913_650_100_261,
                1.897_366_596_101_027_5,
                1.998_999_749_874_922,
            ],
        ),
    ];
    for (distribution, expected) in cases {
        for (u, expected) in PROBABILITIES.into_iter().zip(expected) {
            let value = distribution.quantile(u);
            assert!((value / expected - 1.0).abs() < 1e-12, "{distribution:?} at {u}: {value:e}, not {expected:e}");
        }
    }
}

#[test]
fn exact_choices_in_their_shares() {
    let choice = Distribution::Choice(vec![(3.0, 0.25), (1.0, 0.75), (2.0, 1.0)]);
    let values: Vec<f64> = [0.0, 0.2, 0.25, 0.5, 0.75, 1.0].into_iter().map(|u| choice.quantile(u)).collect();
    assert_eq!(values, [3.0, 3.0, 1.0, 1.0, 2.0, 2.0]);
}

#[test]
fn exact_ends_are_finite_and_inside() {
    let bounded = [
        Distribution::Uniform { low: 1.0, high: 3.0 },
        Distribution::LogUniform { low: 1e-3, high: 3.0 },
        Distribution::Triangular { low: -1.0, mode: 0.0, high: 3.0 },
        Distribution::TruncatedNormal { mean: 10.0, sd: 1.0, low: -1.0, high: 3.0 },
    ];
    for distribution in bounded {
        let (low, high) = (distribution.quantile(0.0), distribution.quantile(1.0));
        assert!(low < high && (high - 3.0).abs() < 2e-14 && low >= -1.0, "{distribution:?} {low} {high}");
    }
    let unbounded = [
        Distribution::Normal { mean: 0.0, sd: 1.0 },
        Distribution::LogNormal { median: 1.0, factor: 2.0 },
        Distribution::TruncatedNormal { mean: 0.0, sd: 1.0, low: -1.0, high: f64::INFINITY },
    ];
    for distribution in unbounded {
        let (low, high) = (distribution.quantile(0.0), distribution.quantile(1.0));
        assert!(low > -9.0 && high < 400.0 && low < high, "{distribution:?} {low} {high}");
    }
}

/// One standard deviation up at 250 K: k f(T) with f(T) = 1.2 exp(100 K (1/250 K - 1/298 K)) = 1.2 exp(0.064429...).
#[test]
fn exact_rate_constants_are_less_certain_away_from_room_temperature() {
    let k = Distribution::RateConstant { median: 3e-12, factor: 1.2, g: 100.0 };
    let one_sigma = normal::probability(1.0);
    let factor = |temperature| k.quantile_at(one_sigma, temperature) / 3e-12;
    assert!((factor(298.0) - 1.2).abs() < 1e-14);
    assert!((factor(250.0) - 1.2 * (100.0_f64 / 250.0 - 100.0 / 298.0).exp()).abs() < 1e-14);
    assert!((factor(350.0) - 1.2 * (100.0_f64 / 298.0 - 100.0 / 350.0).exp()).abs() < 1e-14);
    assert!(k.needs_temperature() && (k.quantile(0.5) / 3e-12 - 1.0).abs() < 1e-15);
}
