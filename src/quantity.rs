//! Quantities as people write them, `15 min`, `287.45 K`, `1e6 molecule cm-3`, turned into SI.
//!
//! A unit is a product of powers of named units with SI prefixes: `m2 s-1`, `m^2/s`, `cm3 molecule-1 s-1`.
//! Powers of ten are kept apart from other factors, so that `50 ppb` is 5e-8 to the last bit.

/// Exponents of metre, kilogram, second, kelvin and mole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Dimension {
    metre: i8,
    kilogram: i8,
    second: i8,
    kelvin: i8,
    mole: i8,
}

impl Dimension {
    pub const NONE: Self = Self::new(0, 0, 0, 0, 0);
    pub const TIME: Self = Self::new(0, 0, 1, 0, 0);
    pub const TEMPERATURE: Self = Self::new(0, 0, 0, 1, 0);
    pub const PRESSURE: Self = Self::new(-1, 1, -2, 0, 0);
    pub const CONCENTRATION: Self = Self::new(-3, 0, 0, 0, 1);
    pub const FREQUENCY: Self = Self::new(0, 0, -1, 0, 0);
    pub const LENGTH: Self = Self::new(1, 0, 0, 0, 0);
    pub const VELOCITY: Self = Self::new(1, 0, -1, 0, 0);
    pub const DIFFUSIVITY: Self = Self::new(2, 0, -1, 0, 0);

    const fn new(metre: i8, kilogram: i8, second: i8, kelvin: i8, mole: i8) -> Self {
        Self { metre, kilogram, second, kelvin, mole }
    }

    /// This times `other` to a power; `None` when an exponent leaves its range.
    #[must_use]
    pub fn times(self, other: Self, power: i8) -> Option<Self> {
        let add = |a: i8, b: i8| b.checked_mul(power).and_then(|b| a.checked_add(b));
        Some(Self {
            metre: add(self.metre, other.metre)?,
            kilogram: add(self.kilogram, other.kilogram)?,
            second: add(self.second, other.second)?,
            kelvin: add(self.kelvin, other.kelvin)?,
            mole: add(self.mole, other.mole)?,
        })
    }

    /// What to the power of `degree` is this: m of m2 for 2; `None` when an exponent would not be whole.
    #[must_use]
    pub fn root(self, degree: i8) -> Option<Self> {
        let part = |n: i8| (n.checked_rem(degree)? == 0).then(|| n / degree);
        Some(Self {
            metre: part(self.metre)?,
            kilogram: part(self.kilogram)?,
            second: part(self.second)?,
            kelvin: part(self.kelvin)?,
            mole: part(self.mole)?,
        })
    }

    /// The SI spelling, in the order of CF: `mol m-3`; `1` when there is no dimension.
    #[must_use]
    pub fn si(self) -> String {
        if self == Self::PRESSURE {
            return "Pa".to_owned();
        }
        let powers =
            [("kg", self.kilogram), ("mol", self.mole), ("m", self.metre), ("K", self.kelvin), ("s", self.second)];
        let spell = |&(name, power): &(&str, i8)| match power {
            1 => name.to_owned(),
            _ => format!("{name}{power}"),
        };
        let mut words: Vec<String> = powers.iter().filter(|p| p.1 > 0).map(spell).collect();
        words.extend(powers.iter().filter(|p| p.1 < 0).map(spell));
        if words.is_empty() { "1".to_owned() } else { words.join(" ") }
    }

    /// Units a person would use for it, for messages.
    #[must_use]
    pub fn usual_units(self) -> String {
        match self {
            Self::TIME => "`s`, `min`, `h`, `day`".to_owned(),
            Self::TEMPERATURE => "`K`, `degC`".to_owned(),
            Self::PRESSURE => "`Pa`, `hPa`, `bar`, `atm`".to_owned(),
            Self::CONCENTRATION => "`mol m-3`, `molecule cm-3`".to_owned(),
            Self::FREQUENCY => "`s-1`, `h-1`".to_owned(),
            Self::LENGTH => "`m`, `km`, `um`, `nm`".to_owned(),
            Self::VELOCITY => "`m s-1`, `cm s-1`, `m day-1`".to_owned(),
            Self::DIFFUSIVITY => "`m2 s-1`, `cm2 s-1`".to_owned(),
            Self::NONE => "none, `%`, `ppm`, `ppb`".to_owned(),
            other => format!("`{}`", other.si()),
        }
    }
}

/// A unit: SI value = factor * 10^exponent * number + offset.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Unit {
    pub dimension: Dimension,
    mantissa: f64,
    exponent: i32,
    offset: f64,
}

impl Unit {
    /// The SI value of `number` in this unit.
    #[must_use]
    pub fn to_si(&self, number: f64) -> f64 {
        shift(number * self.mantissa, self.exponent) + self.offset
    }

    /// SI value = factor * number + offset.
    #[must_use]
    pub fn factor(&self) -> f64 {
        self.to_si(1.0) - self.offset
    }

    /// SI units added after scaling: 273.15 for `degC`, else 0.
    #[must_use]
    pub fn offset(&self) -> f64 {
        self.offset
    }
}

/// number * 10^exponent as a person would: the point moves in the decimal text, so that `0.1 um` is 1e-7 to the last
/// bit, which no multiplication of rounded numbers gives.
fn shift(number: f64, exponent: i32) -> f64 {
    let text = format!("{number:e}");
    let moved = text.split_once('e').and_then(|(digits, power)| {
        let power = power.parse::<i32>().ok()? + exponent;
        format!("{digits}e{power}").parse().ok()
    });
    moved.unwrap_or(f64::NAN)
}

/// What is wrong with a quantity, and what to type instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuantityError {
    pub message: String,
    pub help: String,
}

/// A named unit: spellings, dimension, mantissa, exponent of ten, whether SI prefixes may stand before it.
struct Named(&'static [&'static str], Dimension, f64, i32, bool);

/// 10^24 over Avogadro's number: a molecule is that many 10^-24 mol.
const YOCTOMOLES_PER_MOLECULE: f64 = 1.0 / 0.602_214_076;

const MOLE: Dimension = Dimension::new(0, 0, 0, 0, 1);
const MASS: Dimension = Dimension::new(0, 1, 0, 0, 0);
const VOLUME: Dimension = Dimension::new(3, 0, 0, 0, 0);
const ENERGY: Dimension = Dimension::new(2, 1, -2, 0, 0);

const NAMED: &[Named] = &[
    Named(&["1", "#", "particle", "particles"], Dimension::NONE, 1.0, 0, false),
    Named(&["%", "percent"], Dimension::NONE, 1.0, -2, false),
    Named(&["ppm", "ppmv"], Dimension::NONE, 1.0, -6, false),
    Named(&["ppb", "ppbv"], Dimension::NONE, 1.0, -9, false),
    Named(&["ppt", "pptv"], Dimension::NONE, 1.0, -12, false),
    Named(&["s", "sec", "second", "seconds"], Dimension::TIME, 1.0, 0, true),
    Named(&["min", "minute", "minutes"], Dimension::TIME, 60.0, 0, false),
    Named(&["h", "hr", "hour", "hours"], Dimension::TIME, 3600.0, 0, false),
    Named(&["d", "day", "days"], Dimension::TIME, 86_400.0, 0, false),
    Named(&["week", "weeks"], Dimension::TIME, 604_800.0, 0, false),
    Named(&["m", "metre", "metres", "meter", "meters"], Dimension::LENGTH, 1.0, 0, true),
    Named(&["g", "gram", "grams"], MASS, 1.0, -3, true),
    Named(&["K", "kelvin"], Dimension::TEMPERATURE, 1.0, 0, true),
    Named(&["mol", "mole", "moles"], MOLE, 1.0, 0, true),
    Named(&["molecule", "molecules", "molec"], MOLE, YOCTOMOLES_PER_MOLECULE, -24, false),
    Named(&["L", "l", "litre", "litres"], VOLUME, 1.0, -3, true),
    Named(&["Pa", "pascal"], Dimension::PRESSURE, 1.0, 0, true),
    Named(&["bar"], Dimension::PRESSURE, 1.0, 5, true),
    Named(&["atm"], Dimension::PRESSURE, 101_325.0, 0, false),
    Named(&["J", "joule"], ENERGY, 1.0, 0, true),
    Named(&["Hz"], Dimension::FREQUENCY, 1.0, 0, true),
];

const PREFIXES: &[(&str, i32)] = &[
    ("f", -15),
    ("p", -12),
    ("n", -9),
    ("u", -6),
    ("µ", -6),
    ("μ", -6),
    ("m", -3),
    ("c", -2),
    ("d", -1),
    ("h", 2),
    ("k", 3),
    ("M", 6),
    ("G", 9),
];

const CELSIUS: &[&str] = &["degC", "°C", "celsius", "Celsius"];

/// UDUNITS for the square of a unit.
#[must_use]
pub fn squared(units: &str) -> String {
    if units == "1" { units.to_owned() } else { format!("({units})2") }
}

/// Reads a unit such as `mol m-3`.
///
/// # Errors
/// When a name is no unit that is known.
pub fn parse_unit(text: &str) -> Result<Unit, QuantityError> {
    let text = text.trim();
    if CELSIUS.contains(&text) {
        return Ok(Unit { dimension: Dimension::TEMPERATURE, mantissa: 1.0, exponent: 0, offset: 273.15 });
    }
    let mut unit = Unit { dimension: Dimension::NONE, mantissa: 1.0, exponent: 0, offset: 0.0 };
    let mut rest = text;
    let mut inverse = false;
    let mut inverse_group = false;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '.' | '·' | '('));
        if let Some(after) = rest.strip_prefix(')') {
            inverse_group = false;
            rest = after;
            continue;
        }
        if let Some(after) = rest.strip_prefix('/') {
            inverse = true;
            rest = after.trim_start();
            inverse_group |= rest.starts_with('(');
            continue;
        }
        if rest.is_empty() {
            break;
        }
        let (name, power, after) = split_factor(rest).ok_or_else(|| unknown_unit(text, rest))?;
        let (dimension, mantissa, exponent) = find_unit(name).ok_or_else(|| unknown_unit(text, name))?;
        let signed = if inverse || inverse_group { -power } else { power };
        inverse = false;
        unit.dimension = unit.dimension.times(dimension, signed).ok_or_else(|| unknown_unit(text, name))?;
        unit.mantissa *= mantissa.powi(i32::from(signed));
        unit.exponent += exponent * i32::from(signed);
        rest = after;
    }
    // Found by fuzzing: a femtogram to the power of -44 is 0.
    if !unit.factor().is_normal() {
        let message = format!("`{text}` is a unit too small or too large to compute with");
        return Err(QuantityError { message, help: "write powers such as `m-3` or `s-1`".to_owned() });
    }
    Ok(unit)
}

/// Splits `m-3 s-1` into name `m`, power -3 and the rest.
fn split_factor(text: &str) -> Option<(&str, i8, &str)> {
    if let Some(after) = text.strip_prefix('1').filter(|a| !a.starts_with(|c: char| c.is_ascii_digit())) {
        return Some(("1", 1, after));
    }
    let is_name = |c: char| c.is_alphabetic() || matches!(c, '%' | '#' | '°');
    let end = text.find(|c: char| !is_name(c)).unwrap_or(text.len());
    if end == 0 {
        return None;
    }
    let (name, rest) = text.split_at(end);
    let digits = rest.strip_prefix("**").or_else(|| rest.strip_prefix('^')).unwrap_or(rest);
    let signed = usize::from(digits.starts_with(['-', '+']));
    let length = digits[signed..].find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len() - signed);
    if length == 0 {
        return (digits.len() == rest.len() && signed == 0).then_some((name, 1, rest));
    }
    let (power, after) = digits.split_at(signed + length);
    Some((name, power.parse().ok().filter(|p: &i8| p.abs() <= 12)?, after))
}

fn find_unit(name: &str) -> Option<(Dimension, f64, i32)> {
    if let Some(n) = NAMED.iter().find(|n| n.0.contains(&name)) {
        return Some((n.1, n.2, n.3));
    }
    PREFIXES.iter().find_map(|(prefix, power)| {
        let bare = name.strip_prefix(prefix)?;
        let n = NAMED.iter().find(|n| n.4 && n.0.contains(&bare))?;
        Some((n.1, n.2, n.3 + power))
    })
}

fn unknown_unit(text: &str, part: &str) -> QuantityError {
    if CELSIUS.contains(&part) {
        return QuantityError {
            message: format!("`{part}` can only stand alone, not in `{text}`"),
            help: "write `K` for temperature differences".to_owned(),
        };
    }
    let known = NAMED.iter().flat_map(|n| n.0.iter().copied()).filter(|n| n.len() > 1);
    let near = known.map(|n| (strsim::damerau_levenshtein(n, part), n)).min().filter(|(d, _)| *d <= 1);
    QuantityError {
        message: format!("unknown unit `{part}`"),
        help: match near {
            Some((_, name)) => format!("did you mean `{name}`?"),
            None => "units look like `mol m-3`, `m2 s-1`, `hPa`, `min`, `molecule cm-3`, `ppb`, `%`".to_owned(),
        },
    }
}

/// Reads a plain number: `10_000`, `1e6`, `-2.5`; nothing infinite, no `nan`.
#[must_use]
pub fn parse_number(text: &str) -> Option<f64> {
    let text = text.trim();
    match text.parse::<f64>() {
        Ok(number) => number.is_finite().then_some(number),
        // Underscores, which are rare, where tables have millions of numbers.
        Err(_) => split_number(text).filter(|(_, rest)| rest.is_empty()).map(|(number, _)| number),
    }
}

/// Reads a count: `10_000` or `1e6`; `None` when it is no whole number from 0 to 2^53.
#[must_use]
pub fn parse_count(text: &str) -> Option<u64> {
    const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;
    let value = parse_number(text)?;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // the range was just checked
    ((0.0..=LARGEST_EXACT).contains(&value) && value.fract() == 0.0).then_some(value as u64)
}

/// Splits `1e-14 mol m-3` into number and the rest after blanks.
fn split_number(text: &str) -> Option<(f64, &str)> {
    let bytes = text.as_bytes();
    let digits = |from: usize| {
        let is_digit = |b: &&u8| b.is_ascii_digit() || **b == b'_';
        from + bytes[from.min(bytes.len())..].iter().take_while(is_digit).count()
    };
    let start = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let mut end = digits(start);
    if bytes.get(end) == Some(&b'.') {
        end = digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let after = digits(end + 1 + sign);
        if after > end + 1 + sign {
            end = after;
        }
    }
    let (number, rest) = text.split_at(end);
    let value: f64 = if number.contains('_') { number.replace('_', "").parse() } else { number.parse() }.ok()?;
    value.is_finite().then_some((value, rest.trim_start()))
}

/// A number with its unit, not yet held against what is wanted.
///
/// # Errors
/// When the text does not begin with a number, has no unit though `wanted` needs one, or has an unknown unit.
pub fn parse_with_unit(text: &str, wanted: Dimension) -> Result<(f64, Unit), QuantityError> {
    let text = text.trim();
    let Some((number, unit)) = split_number(text) else {
        return Err(QuantityError {
            message: format!("`{text}` is no quantity"),
            help: if wanted == Dimension::NONE {
                "write a number, such as `1.5`".to_owned()
            } else {
                format!("write a number and a unit ({}), such as `1 {}`", wanted.usual_units(), wanted.si())
            },
        });
    };
    if unit.is_empty() && wanted != Dimension::NONE {
        return Err(QuantityError {
            message: format!("`{text}` has no unit"),
            help: format!("write `{text} {}`; these fit: {}", wanted.si(), wanted.usual_units()),
        });
    }
    Ok((number, parse_unit(unit)?))
}

/// Reads a quantity of dimension `wanted` and returns it in SI.
///
/// # Errors
/// When there is no number, no unit, an unknown unit, or a unit of another dimension; says what to type.
pub fn parse(text: &str, wanted: Dimension) -> Result<f64, QuantityError> {
    let (number, unit) = parse_with_unit(text, wanted)?;
    if unit.dimension != wanted {
        return Err(wrong_dimension(text, unit.dimension, wanted));
    }
    let value = unit.to_si(number);
    if !value.is_finite() {
        return Err(QuantityError {
            message: format!("`{text}` is too large"),
            help: "the largest number is 1.8e308 in SI units".to_owned(),
        });
    }
    Ok(value)
}

/// The mistake of writing seconds where kelvins belong.
#[must_use]
pub fn wrong_dimension(text: &str, found: Dimension, wanted: Dimension) -> QuantityError {
    let found = if found == Dimension::NONE { "no dimension".to_owned() } else { format!("unit {}", found.si()) };
    QuantityError {
        message: format!("`{text}` has {found} where {} is needed", wanted.si()),
        help: format!("units that fit: {}", wanted.usual_units()),
    }
}

/// A duration for people and names: `90s`, `15min`, `36h`, `10day`, `500ms`.
#[must_use]
pub fn short_duration(seconds: f64) -> String {
    let whole = |unit: f64| seconds >= unit && (seconds / unit).fract() == 0.0;
    for (unit, name) in [(86_400.0, "day"), (3600.0, "h"), (60.0, "min"), (1.0, "s")] {
        if whole(unit) {
            return format!("{}{name}", seconds / unit);
        }
    }
    if (seconds * 1e3).fract() == 0.0 { format!("{}ms", seconds * 1e3) } else { format!("{seconds}s") }
}

#[cfg(test)]
#[path = "quantity/tests.rs"]
mod tests;
