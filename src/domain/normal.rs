//! The standard normal distribution, with the same bits on every machine: its distribution function and the inverse.
//!
//! Inverse: M. J. Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied Statistics 37
//! (1988) 477-484, <https://doi.org/10.2307/2347330>, routine PPND16, relative error about 1e-16.

use std::f64::consts::FRAC_1_SQRT_2;

/// Numerator and denominator in r = 0.180625 - (p - 1/2)^2, lowest power first, for p within 0.425 of 1/2.
const CENTRE: [[f64; 8]; 2] = [
    [
        3.387_132_872_796_366_5,
        133.141_667_891_784_38,
        1_971.590_950_306_551_3,
        13_731.693_765_509_46,
        45_921.953_931_549_87,
        67_265.770_927_008_7,
        33_430.575_583_588_13,
        2_509.080_928_730_122_7,
    ],
    [
        1.0,
        42.313_330_701_600_91,
        687.187_007_492_057_9,
        5_394.196_021_424_751,
        21_213.794_301_586_597,
        39_307.895_800_092_71,
        28_729.085_735_721_943,
        5_226.495_278_852_854,
    ],
];

/// The same in r - 1.6, r = sqrt(-ln p), for r up to 5.
const FLANK: [[f64; 8]; 2] = [
    [
        1.423_437_110_749_683_5,
        4.630_337_846_156_546,
        5.769_497_221_460_691,
        3.647_848_324_763_204_5,
        1.270_458_252_452_368_4,
        0.241_780_725_177_450_6,
        0.022_723_844_989_269_184,
        7.745_450_142_783_414e-4,
    ],
    [
        1.0,
        2.053_191_626_637_759,
        1.676_384_830_183_803_8,
        0.689_767_334_985_1,
        0.148_103_976_427_480_08,
        0.015_198_666_563_616_457,
        5.475_938_084_995_345e-4,
        1.050_750_071_644_416_9e-9,
    ],
];

/// The same in r - 5 beyond.
const TAIL: [[f64; 8]; 2] = [
    [
        6.657_904_643_501_103,
        5.463_784_911_164_114,
        1.784_826_539_917_291_3,
        0.296_560_571_828_504_87,
        0.026_532_189_526_576_124,
        0.001_242_660_947_388_078_4,
        2.711_555_568_743_487_6e-5,
        2.010_334_399_292_288_1e-7,
    ],
    [
        1.0,
        0.599_832_206_555_888,
        0.136_929_880_922_735_8,
        0.014_875_361_290_850_615,
        7.868_691_311_456_133e-4,
        1.846_318_317_510_054_7e-5,
        1.421_511_758_316_446e-7,
        2.044_263_103_389_939_8e-15,
    ],
];

fn ratio([above, below]: &[[f64; 8]; 2], x: f64) -> f64 {
    let horner = |coefficients: &[f64; 8]| coefficients.iter().rev().fold(0.0, |sum: f64, &c| sum.mul_add(x, c));
    horner(above) / horner(below)
}

/// The number below which the standard normal variable lies with probability `p`, for p in (0, 1).
#[must_use]
pub fn quantile(p: f64) -> f64 {
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        return q * ratio(&CENTRE, (-q).mul_add(q, 0.180_625));
    }
    let value = lower(p.min(1.0 - p));
    if q < 0.0 { -value } else { value }
}

/// The magnitude of the quantile of a probability below 0.075.
fn lower(p: f64) -> f64 {
    let r = (-libm::log(p)).sqrt();
    if r <= 5.0 { ratio(&FLANK, r - 1.6) } else { ratio(&TAIL, r - 5.0) }
}

/// The probability that a standard normal variable lies below `z`; of full relative precision also where it is tiny.
#[must_use]
pub fn probability(z: f64) -> f64 {
    0.5 * libm::erfc(-z * FRAC_1_SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `scipy.special.ndtri` and `ndtr` of SciPy 1.17.1.
    #[test]
    fn val_scipy_ndtri_and_ndtr() {
        let quantiles = [
            (1e-300, -37.047_096_299_361_2),
            (1e-20, -9.262_340_089_798_409),
            (1e-9, -5.997_807_015_007_686_5),
            (0.001, -3.090_232_306_167_813),
            (0.074, -1.446_632_067_158_978_5),
            (0.3, -0.524_400_512_708_040_9),
            (0.75, 0.674_489_750_196_081_7),
            (0.99, 2.326_347_874_040_840_8),
        ];
        for (p, expected) in quantiles {
            let z = quantile(p);
            assert!((z / expected - 1.0).abs() < 4e-15, "quantile({p}) = {z:e}, not {expected:e}");
            let back = probability(z);
            assert!((back / p - 1.0).abs() < 1e-12, "probability({z}) = {back:e}");
        }
        for (z, expected) in
            [(-8.0, 6.220_960_574_271_74e-16), (-1.5, 0.066_807_201_268_858_07), (2.0, 0.977_249_868_051_820_8)]
        {
            assert!((probability(z) / expected - 1.0).abs() < 1e-14);
        }
        assert_eq!(quantile(0.5), 0.0);
    }
}
