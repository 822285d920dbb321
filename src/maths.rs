//! Exponential, logarithm, roots, sine and cosine over lanes, without the machine's libm.
//!
//! libm differs between machines, and does not vectorise; these do, and give the same bits everywhere because they
//! consist of IEEE operations and `mul_add` only. Reduction of arguments after Cody & Waite (1980); the logarithm
//! is arranged as in Sun's fdlibm (`e_log.c`); both series are Taylor's, long enough for the reduced interval. The others
//! are polynomials through Chebyshev's nodes of it, computed in 40 digits, which need fewer terms for the same error.
//! Errors measured in the tests: exp, ln below 1 ulp, log10 below 2 ulp.

use std::f64::consts::{FRAC_1_SQRT_2, LN_2, LOG2_E, LOG10_E};

use crate::lanes::Lanes;

/// ln 2 to 33 bits, so that its product with an exponent is exact.
const LN_2_HIGH: f64 = f64::from_bits(0x3FE6_2E42_FEE0_0000);
/// ln 2 less `LN_2_HIGH`.
const LN_2_LOW: f64 = f64::from_bits(0x3DEA_39EF_3579_3C76);
/// 1.5 * 2^52: adding it rounds a number to an integer and leaves that integer in the low bits.
const ROUNDER: f64 = 6_755_399_441_055_744.0;
/// 2^52, whose bits with a small integer in the mantissa are that integer plus 2^52.
const TWO_52: f64 = 4_503_599_627_370_496.0;
/// 2^54, which makes every subnormal number normal.
const TWO_54: f64 = 18_014_398_509_481_984.0;
const MANTISSA: u64 = (1 << 52) - 1;
const ONE: u64 = 1023 << 52;

/// 1/13!, …, 1/2!: Taylor's series of (exp(r) - 1 - r) / r^2, highest power first.
const EXP: [f64; 12] = [
    1.605_904_383_682_161_3e-10,
    2.087_675_698_786_81e-9,
    2.505_210_838_544_172e-8,
    2.755_731_922_398_589_3e-7,
    2.755_731_922_398_589e-6,
    2.480_158_730_158_73e-5,
    1.984_126_984_126_984e-4,
    1.388_888_888_888_889e-3,
    8.333_333_333_333_333e-3,
    4.166_666_666_666_666_4e-2,
    0.166_666_666_666_666_66,
    0.5,
];

/// 2/23, 2/21, …, 2/3: the series of 2 artanh(s) / s - 2 in s^2, highest power first.
const LN: [f64; 11] = [
    2.0 / 23.0,
    2.0 / 21.0,
    2.0 / 19.0,
    2.0 / 17.0,
    2.0 / 15.0,
    2.0 / 13.0,
    2.0 / 11.0,
    2.0 / 9.0,
    2.0 / 7.0,
    2.0 / 5.0,
    2.0 / 3.0,
];

/// The value of a polynomial, coefficients highest power first.
#[inline(always)]
fn polynomial<const N: usize>(coefficients: [f64; N], x: f64) -> f64 {
    let mut value = coefficients[0];
    for &coefficient in &coefficients[1..] {
        value = value.mul_add(x, coefficient);
    }
    value
}

/// -4 artanh(s) / s in s^2, for |s| up to 0.172, highest power first.
const MINUS_TWO_LN: [f64; 5] = [
    -0.472_327_181_982_919_7,
    -0.570_701_020_756_326_2,
    -0.800_007_693_447_503_8,
    -1.333_333_304_949_750_4,
    -4.000_000_000_016_719,
];

/// 2^n for an integer n between -1022 and 1023, given n + `ROUNDER`.
#[inline(always)]
fn power_of_two(shifted: f64) -> f64 {
    f64::from_bits((shifted.to_bits() << 52).wrapping_add(ONE))
}

/// e^x. 0 below -745.2, infinite above 709.8, NaN for NaN.
#[inline(always)]
pub(crate) fn exp<const W: usize>(x: Lanes<W>) -> Lanes<W> {
    x.map(exp_lane)
}

/// e^x of one lane.
#[inline(always)]
pub(crate) fn exp_lane(x: f64) -> f64 {
    // Comparisons in this direction let NaN through.
    let x = if x > 710.0 { 710.0 } else { x };
    let x = if x < -746.0 { -746.0 } else { x };
    let n = x.mul_add(LOG2_E, ROUNDER) - ROUNDER;
    let r = (-n).mul_add(LN_2_LOW, (-n).mul_add(LN_2_HIGH, x));
    let value = 1.0 + (r * r).mul_add(polynomial(EXP, r), r);
    // In two factors, because 2^n alone may be subnormal or infinite where the result is not.
    let half = n.mul_add(0.5, ROUNDER);
    value * power_of_two(half) * power_of_two(n - (half - ROUNDER) + ROUNDER)
}

/// Natural logarithm. Minus infinity for 0, NaN below.
#[inline(always)]
pub(crate) fn ln<const W: usize>(x: Lanes<W>) -> Lanes<W> {
    x.map(ln_lane)
}

/// Natural logarithm of one lane.
#[inline(always)]
pub(crate) fn ln_lane(x: f64) -> f64 {
    let tiny = x < f64::MIN_POSITIVE;
    let value = ln_of_parts(if tiny { x * TWO_54 } else { x }, if tiny { 1077.0 } else { 1023.0 });
    let value = if x > 0.0 { value } else { f64::NAN };
    let value = if x == 0.0 { f64::NEG_INFINITY } else { value };
    if x == f64::INFINITY { f64::INFINITY } else { value }
}

/// A positive normal number as m 2^e, m between sqrt(1/2) and sqrt(2): m and e + 1023.
#[inline(always)]
fn mantissa_and_exponent(x: f64) -> (f64, f64) {
    // So much more carries the numbers from sqrt(2) on into the next exponent.
    let shifted = x.to_bits().wrapping_add(ONE - FRAC_1_SQRT_2.to_bits());
    let mantissa = f64::from_bits((shifted & MANTISSA) + FRAC_1_SQRT_2.to_bits());
    (mantissa, f64::from_bits(TWO_52.to_bits() | (shifted >> 52)) - TWO_52)
}

/// Natural logarithm of a positive normal number whose exponent counts from `bias`.
#[inline(always)]
fn ln_of_parts(x: f64, bias: f64) -> f64 {
    let (m, biased) = mantissa_and_exponent(x);
    let e = biased - bias;
    let f = m - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    let half_square = 0.5 * f * f;
    let low = s.mul_add(polynomial(LN, z).mul_add(z, half_square), e * LN_2_LOW);
    e.mul_add(LN_2_HIGH, f - (half_square - low))
}

/// -2 ln x of a positive number that is neither subnormal nor infinite. Relative error 1e-11, enough for random numbers.
#[inline(always)]
pub(crate) fn minus_two_ln(x: f64) -> f64 {
    let (m, biased) = mantissa_and_exponent(x);
    let f = m - 1.0;
    let s = f / (2.0 + f);
    (biased - 1023.0).mul_add(-2.0 * LN_2, s * polynomial(MINUS_TWO_LN, s * s))
}

/// Decimal logarithm.
#[inline(always)]
pub(crate) fn log10<const W: usize>(x: Lanes<W>) -> Lanes<W> {
    ln(x).scaled(LOG10_E)
}

/// x^(-1/degree) for a normal x > 0, to a few parts in 10^4: enough to choose a step size by.
///
/// The bits of a number are nearly its logarithm, which gives a first guess; two steps of Newton's method on
/// 1 - x y^degree follow, which needs no division.
#[inline(always)]
pub(crate) fn inverse_root<const W: usize>(x: Lanes<W>, degree: u32) -> Lanes<W> {
    /// 2^40, the weight of a binary exponent among the upper 52 bits of a number.
    const EXPONENT: f64 = 1_099_511_627_776.0;
    /// Makes the guess neither too large nor too small on average, in units of a binary exponent.
    const CENTRE: f64 = 0.043;
    let share = 1.0 / f64::from(degree);
    let offset = EXPONENT * (1023.0 - CENTRE) * (1.0 + share) + TWO_52;
    let mut y = x.map(|x| {
        let logarithm = f64::from_bits(TWO_52.to_bits() | (x.to_bits() >> 12)) - TWO_52;
        f64::from_bits(logarithm.mul_add(-share, offset).to_bits() << 12)
    });
    for _ in 0..2 {
        let mut product = x;
        for _ in 0..degree {
            product = product * y;
        }
        y = y.zip(product, |y, product| ((1.0 - product) * y).mul_add(share, y));
    }
    y
}

/// (sin(x) / x - 1) / x^2 in x^2, for |x| up to pi / 4, highest power first.
const SIN: [f64; 6] = [
    1.591_812_929_486_660_8e-10,
    -2.505_113_184_500_362_4e-8,
    2.755_731_610_255_244e-6,
    -1.984_126_983_675_857_4e-4,
    8.333_333_333_330_948e-3,
    -0.166_666_666_666_666_66,
];

/// (cos(x) - 1) / x^2 in x^2, for |x| up to pi / 4, highest power first.
const COS: [f64; 7] = [
    -1.136_799_865_402_249_4e-11,
    2.087_588_673_804_705_2e-9,
    -2.755_731_556_634_189_5e-7,
    2.480_158_729_369_346e-5,
    -1.388_888_888_888_077_5e-3,
    4.166_666_666_666_664e-2,
    -0.5,
];

/// sin(pi x) / x in x^2, for |x| up to 1/2, highest power first.
const SIN_PI: [f64; 6] = [
    -0.007_028_303_855_203_096,
    0.082_050_350_201_472_47,
    -0.599_252_186_531_583,
    2.550_163_317_938_427,
    -5.167_712_764_593,
    3.141_592_653_536_132,
];

/// cos(pi x) in x^2, for |x| up to 1/2, highest power first.
const COS_PI: [f64; 7] = [
    0.001_839_989_437_269_404_3,
    -0.025_776_316_427_315_86,
    0.235_325_436_587_711_2,
    -1.335_262_315_261_57,
    4.058_712_107_537_437_5,
    -4.934_802_200_249_85,
    0.999_999_999_999_247_9,
];

/// sin x for |x| up to pi / 4.
#[inline(always)]
fn sin_small(x: f64) -> f64 {
    let square = x * x;
    (polynomial(SIN, square) * square).mul_add(x, x)
}

/// cos x for |x| up to pi / 4.
#[inline(always)]
fn cos_small(x: f64) -> f64 {
    let square = x * x;
    polynomial(COS, square).mul_add(square, 1.0)
}

/// Sine and cosine of `x` that lies the given number of quarter turns (plus `ROUNDER`) away from the real argument.
#[inline(always)]
fn sin_cos_quarter(x: f64, shifted: f64) -> (f64, f64) {
    let quarter = shifted.to_bits();
    let (sine, cosine) = (sin_small(x), cos_small(x));
    let (a, b) = if quarter & 1 == 0 { (sine, cosine) } else { (cosine, sine) };
    let sign_a = (quarter & 2) << 62;
    let sign_b = (quarter.wrapping_add(1) & 2) << 62;
    (f64::from_bits(a.to_bits() ^ sign_a), f64::from_bits(b.to_bits() ^ sign_b))
}

/// Sine and cosine of `turns` half turns between -1/2 and 1/2. Absolute error 3e-11, enough for random directions.
#[inline(always)]
pub(crate) fn sin_cos_half_turn(turns: f64) -> (f64, f64) {
    let square = turns * turns;
    (turns * polynomial(SIN_PI, square), polynomial(COS_PI, square))
}

/// Sine and cosine of an angle in radians; good to about 1e-16 |x|.
#[inline(always)]
pub(crate) fn sin_cos(x: f64) -> (f64, f64) {
    const HALF_PI_HIGH: f64 = f64::from_bits(0x3FF9_21FB_5440_0000);
    const HALF_PI_LOW: f64 = 6.077_100_506_506_192e-11;
    let shifted = x.mul_add(std::f64::consts::FRAC_2_PI, ROUNDER);
    let quarters = shifted - ROUNDER;
    let rest = (-quarters).mul_add(HALF_PI_LOW, (-quarters).mul_add(HALF_PI_HIGH, x));
    sin_cos_quarter(rest, shifted)
}

/// cos of a latitude in degrees, between -90 and 90: 1 - 2 sin^2 of its half. Absolute error 2e-16.
#[inline(always)]
pub(crate) fn cos_latitude(degrees: f64) -> f64 {
    const HALF: f64 = std::f64::consts::PI / 360.0;
    let degrees = if degrees < 90.0 { degrees } else { 90.0 };
    let degrees = if degrees > -90.0 { degrees } else { -90.0 };
    let sine = sin_small(degrees * HALF);
    (sine * sine).mul_add(-2.0, 1.0)
}

/// Sine and cosine of a latitude in degrees, between -90 and 90.
#[inline(always)]
pub(crate) fn sin_cos_latitude(degrees: f64) -> (f64, f64) {
    const HALF: f64 = std::f64::consts::PI / 360.0;
    let degrees = if degrees < 90.0 { degrees } else { 90.0 };
    let degrees = if degrees > -90.0 { degrees } else { -90.0 };
    let (sine, cosine) = (sin_small(degrees * HALF), cos_small(degrees * HALF));
    (2.0 * sine * cosine, (sine * sine).mul_add(-2.0, 1.0))
}

/// Natural logarithm of one number.
pub(crate) fn ln_of(x: f64) -> f64 {
    ln(Lanes([x])).0[0]
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "limits are exact")]
mod tests {
    use super::*;

    fn ulps(value: f64, truth: f64) -> f64 {
        (value - truth).abs() / (truth.abs() * f64::EPSILON)
    }

    #[test]
    fn exact_values_to_the_last_digits() {
        // Truth: the correctly rounded value to 17 digits, from series in 60-digit arithmetic (Python's decimal).
        for (x, truth) in [
            (1.0, std::f64::consts::E),
            (-1.0, 0.367_879_441_171_442_33),
            (0.1, 1.105_170_918_075_647_6),
            (50.0 / 272.5, 1.201_398_432_291_983_7),
            (-30.25, 7.287_724_095_819_692e-14),
            (300.5, 3.202_519_714_603_633e130),
            (-700.0, 9.859_676_543_759_77e-305),
        ] {
            let value = exp(Lanes([x])).0[0];
            assert!(ulps(value, truth) < 1.5, "exp({x}) = {value:e}, not {truth:e}");
        }
        for (x, truth) in [
            (2.0, std::f64::consts::LN_2),
            (272.5, 5.607_638_614_103_299),
            (0.75, -0.287_682_072_451_780_9),
            (1.0001, 9.999_500_033_329_732e-5),
            (1e-300, -690.775_527_898_213_7),
            (5e-324, -744.440_071_921_381_2),
        ] {
            let value = ln(Lanes([x])).0[0];
            assert!(ulps(value, truth) < 1.5, "ln({x:e}) = {value:e}, not {truth:e}");
        }
    }

    #[test]
    fn agrees_with_the_standard_library() {
        let mut x = -707.0;
        while x < 709.0 {
            assert!(ulps(exp(Lanes([x])).0[0], x.exp()) < 1.5, "exp({x})");
            x += 0.0137;
        }
        let mut x: f64 = 2.0_f64.powi(-53);
        while x < 1.0 {
            let truth = -2.0 * x.ln();
            assert!((minus_two_ln(x) - truth).abs() < 1e-11 * truth, "-2 ln {x:e}");
            x *= 1.000_37;
        }
        let mut x: f64 = 1e-310;
        while x < 1e308 {
            assert!(ulps(ln(Lanes([x])).0[0], x.ln()) < 1.5, "ln({x:e})");
            assert!(ulps(log10(Lanes([x])).0[0], x.log10()) < 2.5, "log10({x:e})");
            x *= 1.0173;
        }
        for i in 1..4000 {
            let x = 0.5 + f64::from(i) * 0.000_371;
            assert!(ulps(ln(Lanes([x])).0[0], x.ln()) < 1.5, "ln({x})");
        }
    }

    #[test]
    fn sine_and_cosine_agree_with_the_standard_library() {
        for i in -4000..4000 {
            let x = f64::from(i) * 0.013;
            let (sine, cosine) = sin_cos(x);
            assert!((sine - x.sin()).abs() < 4e-16 && (cosine - x.cos()).abs() < 4e-16, "{x}: {sine} {cosine}");
            let turns = f64::from(i) / 8000.0;
            let (sine, cosine) = sin_cos_half_turn(turns);
            let angle = turns * std::f64::consts::PI;
            assert!((sine - angle.sin()).abs() < 3e-11 && (cosine - angle.cos()).abs() < 3e-11, "{turns}");
            let latitude = f64::from(i) / 4000.0 * 90.0;
            assert!((cos_latitude(latitude) - latitude.to_radians().cos()).abs() < 4e-16, "{latitude}");
        }
        assert!(sin_cos(f64::NAN).0.is_nan());
    }

    #[test]
    fn inverse_roots_to_three_digits() {
        for degree in 2..=8 {
            let mut x: f64 = 1e-300;
            while x < 1e300 {
                let root = inverse_root(Lanes([x]), degree).0[0];
                let error = root / x.powf(-1.0 / f64::from(degree)) - 1.0;
                assert!(error.abs() < 5e-4, "{x:e}^(-1/{degree}): {error:e}");
                x *= 1.137;
            }
        }
    }

    #[test]
    fn limits() {
        assert_eq!(exp(Lanes([0.0])).0[0].to_bits(), 1.0_f64.to_bits());
        assert_eq!(exp(Lanes([f64::NEG_INFINITY])).0[0].to_bits(), 0);
        assert_eq!(exp(Lanes([1e9])).0[0], f64::INFINITY);
        assert!(exp(Lanes([-745.0])).0[0] > 0.0);
        assert!(exp(Lanes([f64::NAN])).0[0].is_nan());
        assert_eq!(ln(Lanes([0.0])).0[0], f64::NEG_INFINITY);
        assert_eq!(ln(Lanes([1.0])).0[0].to_bits(), 0);
        assert_eq!(ln(Lanes([f64::INFINITY])).0[0], f64::INFINITY);
        assert!(ln(Lanes([-1.0])).0[0].is_nan());
        assert!(ln(Lanes([f64::NAN])).0[0].is_nan());
    }

    #[test]
    fn width_does_not_change_a_bit() {
        let mut x = [0.0; 16];
        for (i, x) in x.iter_mut().enumerate() {
            *x = 0.37 + 3.1 * i as f64;
        }
        let (wide_exp, wide_ln) = (exp(Lanes(x)), ln(Lanes(x)));
        for (lane, &x) in x.iter().enumerate() {
            assert_eq!(wide_exp.0[lane].to_bits(), exp(Lanes([x])).0[0].to_bits());
            assert_eq!(wide_ln.0[lane].to_bits(), ln(Lanes([x])).0[0].to_bits());
        }
    }
}
