//! Raw numbers of a file to physical ones: packing, missing values and valid ranges as the NetCDF User Guide and CF
//! (section 8.1) define them.

use super::block::Places;
use super::source::{Kind, Source, Variable};

/// How the values of one variable in one file are packed; files of one series may differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Packing {
    scale: f64,
    offset: f64,
    /// Raw values that stand for none.
    missing: Vec<f64>,
    /// Raw values outside are none.
    valid_raw: (f64, f64),
    /// Physical values outside are none.
    valid: (f64, f64),
    /// Added to negative raw values of unsigned numbers that are stored as signed ones.
    wrap: f64,
    real: bool,
}

const ALL: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

impl Packing {
    /// From the attributes of a variable.
    #[must_use]
    pub fn of(source: &Source, variable: &Variable) -> Self {
        let name = &variable.name;
        let first = |attribute: &str| source.numbers(name, attribute).0.first().copied();
        let scale = first("scale_factor").filter(|s| *s != 0.0 && s.is_finite());
        let offset = first("add_offset").filter(|o| o.is_finite());
        let mut missing: Vec<f64> = ["_FillValue", "missing_value"]
            .into_iter()
            .flat_map(|attribute| source.numbers(name, attribute).0)
            .filter(|v| !v.is_nan())
            .collect();
        if source.numbers(name, "_FillValue").0.is_empty() {
            missing.extend(default_fill(variable.kind));
        }
        let is_integer = variable.kind.is_integer();
        let (range, mut real) = source.numbers(name, "valid_range");
        let mut bounds = match range[..] {
            [low, high] => (low, high),
            _ => ALL,
        };
        for (attribute, bound) in [("valid_min", &mut bounds.0), ("valid_max", &mut bounds.1)] {
            let (numbers, is_real) = source.numbers(name, attribute);
            if let Some(number) = numbers.first() {
                *bound = *number;
                real |= is_real;
            }
        }
        // A range in reals over packed integers is meant for the unpacked values (NUG, valid_range).
        let packed = scale.is_some() || offset.is_some();
        let (valid_raw, valid) = if is_integer && packed && real { (ALL, bounds) } else { (bounds, ALL) };
        let unsigned = source.text(name, "_Unsigned").eq_ignore_ascii_case("true");
        let wrap = match variable.kind {
            Kind::Small { bits, signed: true } | Kind::Wide { bits, signed: true } if unsigned => {
                f64::from(bits).exp2()
            }
            _ => 0.0,
        };
        let (scale, offset) = (scale.unwrap_or(1.0), offset.unwrap_or(0.0));
        Self { scale, offset, missing, valid_raw, valid, wrap, real: !is_integer }
    }

    /// The physical value of a raw one, NaN when there is none.
    #[inline]
    #[must_use]
    pub fn value(&self, raw: f64) -> f64 {
        // In files of doubles the missing value is often the single one, and the other way round.
        let is_missing = |m: &f64| raw == *m || (self.real && raw as f32 == *m as f32);
        if self.missing.iter().any(is_missing) || !(raw >= self.valid_raw.0 && raw <= self.valid_raw.1) {
            return f64::NAN;
        }
        let raw = if raw < 0.0 { raw + self.wrap } else { raw };
        let value = raw * self.scale + self.offset;
        if value >= self.valid.0 && value <= self.valid.1 { value } else { f64::NAN }
    }
}

impl Packing {
    /// Appends the physical values of raw ones, NaN where there are none or infinite ones.
    pub fn append<T: Copy + Into<f64>>(&self, raw: &[T], out: &mut Vec<f64>) {
        let finite = |value: f64| if value.is_infinite() { f64::NAN } else { value };
        // Most real numbers are not packed, and comparisons with few numbers go on side by side.
        let plain = self.real && self.scale == 1.0 && self.offset == 0.0 && self.valid == ALL;
        match (plain, &self.missing[..]) {
            (true, []) => self.append_plain(raw, [f64::NAN; 2], out),
            (true, [one]) => self.append_plain(raw, [*one; 2], out),
            (true, [one, two]) => self.append_plain(raw, [*one, *two], out),
            _ => out.extend(raw.iter().map(|&raw| finite(self.value(raw.into())))),
        }
    }

    /// Appends what `value` makes of the raw values at some places, in single precision.
    pub fn append_singles(&self, raw: &[f32], places: Places, out: &mut Vec<f32>) {
        // As above. Single numbers are compared as such, which finds the same as comparing them as double ones.
        let plain = self.real && self.scale == 1.0 && self.offset == 0.0 && [self.valid, self.valid_raw] == [ALL; 2];
        let missing = match &self.missing[..] {
            [] => Some([f32::NAN; 2]),
            [one] => Some([*one as f32; 2]),
            [one, two] => Some([*one as f32, *two as f32]),
            _ => None,
        };
        match (places.range(), missing) {
            (Some(range), Some([one, two])) if plain => out.extend(raw[range].iter().map(|&raw| {
                // One choice after the other, without branches. A sum with zero, as of every value, has no negative zero.
                let value = if raw == one { f32::NAN } else { raw + 0.0 };
                if raw == two || raw.is_nan() { f32::NAN } else { value }
            })),
            _ => out.extend(places.iter().map(|at| self.value(f64::from(raw[at])) as f32)),
        }
    }

    fn append_plain<T: Copy + Into<f64>>(&self, raw: &[T], missing: [f64; 2], out: &mut Vec<f64>) {
        let (low, high) = (self.valid_raw.0.max(f64::MIN), self.valid_raw.1.min(f64::MAX));
        let single = missing.map(|missing| missing as f32);
        // One choice after the other, without branches.
        let unless = |none: bool, value: f64| if none { f64::NAN } else { value };
        out.extend(raw.iter().map(|&raw| {
            let raw: f64 = raw.into();
            let mut value = unless(raw < low, raw);
            value = unless(raw > high, value);
            for at in 0..2 {
                value = unless(raw == missing[at], value);
                value = unless(raw as f32 == single[at], value);
            }
            value
        }));
    }
}

/// What the library writes where nothing was written; bytes have no such value.
fn default_fill(kind: Kind) -> Option<f64> {
    match kind {
        Kind::Small { bits: 16, signed: true } => Some(-32_767.0),
        Kind::Small { bits: 16, signed: false } => Some(65_535.0),
        Kind::Wide { bits: 32, signed: true } => Some(-2_147_483_647.0),
        Kind::Wide { bits: 32, signed: false } => Some(4_294_967_295.0),
        Kind::Float | Kind::Double => Some(9.969_209_968_386_869e36),
        _ => None,
    }
}

/// All values of a coordinate variable, physical, dimensions of length 1 dropped.
///
/// # Errors
/// File, variable and reason.
pub fn read_all(source: &Source, variable: &Variable) -> Result<Vec<f64>, String> {
    if variable.kind == Kind::NoNumber {
        return Err(format!("`{}` in {} holds no numbers", variable.name, source.path));
    }
    let ranges: Vec<_> = variable.dimensions.iter().map(|(_, length)| (0, *length)).collect();
    let packing = Packing::of(source, variable);
    let mut values = source.read_f64(&variable.name, &ranges)?;
    for value in &mut values {
        *value = packing.value(*value);
    }
    Ok(values)
}
