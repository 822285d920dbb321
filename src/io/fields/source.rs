//! One open NetCDF file, read-only: dimensions, attributes and values by name, with reasons instead of error codes.

use std::path::Path;

use netcdf::types::{FloatType, IntType, NcVariableType};
use netcdf::{AttributeValue, Extent};

use super::classic;

/// Spellings of `units` that real files use.
const UNITS: [&str; 5] = ["units", "Unit", "Units", "unit", "UNITS"];
/// Most values in a byte of a file that are believed, in reads of `MANY` values and more: deflate makes at most 1032
/// bytes of one. A damaged header may claim anything, and memory that is not there is noticed too late.
const MOST_PER_BYTE: u64 = 1032;
const MANY: usize = 1 << 24;

/// An open file.
pub struct Source {
    pub path: String,
    file: netcdf::File,
    /// bytes
    length: u64,
}

/// What kind of numbers a variable holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Integers of at most 16 bits: exact in `f32`.
    Small {
        bits: u32,
        signed: bool,
    },
    /// Wider integers.
    Wide {
        bits: u32,
        signed: bool,
    },
    Float,
    Double,
    /// Characters, strings, compounds.
    NoNumber,
}

impl Kind {
    #[must_use]
    pub fn is_integer(self) -> bool {
        matches!(self, Self::Small { .. } | Self::Wide { .. })
    }
}

/// A variable: name and dimensions with their lengths, in the file's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    pub name: String,
    pub dimensions: Vec<(String, usize)>,
    pub kind: Kind,
}

impl Variable {
    /// Dimensions longer than one.
    #[must_use]
    pub fn shape(&self) -> Vec<(String, usize)> {
        self.dimensions.iter().filter(|(_, length)| *length > 1).cloned().collect()
    }
}

impl Source {
    /// Opens a file.
    ///
    /// # Errors
    /// The file and what is wrong with it, as a sentence.
    pub fn open(path: &str) -> Result<Self, String> {
        let place = Path::new(path);
        if place.is_dir() {
            return Err(format!("{path} is a folder, not a file"));
        }
        let opened = std::fs::File::open(place).and_then(|file| file.metadata());
        let length = opened.map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => format!("there is no file {path}"),
            std::io::ErrorKind::PermissionDenied => format!("there is no permission to read {path}"),
            _ => format!("{path} cannot be opened: {error}"),
        })?;
        let length = length.len();
        match classic::missing_bytes(place) {
            Some(0) => {}
            Some(bytes) => return Err(format!("{path} is cut off: {bytes} bytes are missing at its end")),
            None => return Err(format!("{path} is no NetCDF file or is cut off: its header makes no sense")),
        }
        let file = netcdf::open(place).map_err(|e| format!("{path} is no NetCDF file or is cut off ({e})"))?;
        Ok(Self { path: path.to_owned(), file, length })
    }

    /// The variable with a name.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<Variable> {
        self.file.variable(name).as_ref().map(describe)
    }

    /// All variables of the file.
    #[must_use]
    pub fn variables(&self) -> Vec<Variable> {
        self.file.variables().map(|v| describe(&v)).collect()
    }

    /// An attribute as text, empty when there is none.
    #[must_use]
    pub fn text(&self, variable: &str, attribute: &str) -> String {
        let text = match self.attribute(variable, attribute) {
            Some(AttributeValue::Str(text)) => text,
            Some(AttributeValue::Strs(texts)) => texts.into_iter().next().unwrap_or_default(),
            _ => String::new(),
        };
        text.trim_matches(|c: char| c.is_whitespace() || c == '\0').to_owned()
    }

    /// The attribute `units` in any spelling, empty when there is none.
    #[must_use]
    pub fn units(&self, variable: &str) -> String {
        UNITS.iter().map(|name| self.text(variable, name)).find(|text| !text.is_empty()).unwrap_or_default()
    }

    /// An attribute as numbers, empty when there is none; and whether they are real ones.
    #[must_use]
    pub fn numbers(&self, variable: &str, attribute: &str) -> (Vec<f64>, bool) {
        use AttributeValue as V;
        let real = |values: &[f32]| values.iter().map(|v| f64::from(*v)).collect();
        fn whole<T: Copy>(values: &[T], wide: impl Fn(T) -> f64) -> Vec<f64> {
            values.iter().map(|v| wide(*v)).collect()
        }
        match self.attribute(variable, attribute) {
            Some(V::Double(v)) => (vec![v], true),
            Some(V::Doubles(v)) => (v, true),
            Some(V::Float(v)) => (vec![f64::from(v)], true),
            Some(V::Floats(v)) => (real(&v), true),
            Some(V::Schar(v)) => (vec![f64::from(v)], false),
            Some(V::Schars(v)) => (whole(&v, f64::from), false),
            Some(V::Uchar(v)) => (vec![f64::from(v)], false),
            Some(V::Uchars(v)) => (whole(&v, f64::from), false),
            Some(V::Short(v)) => (vec![f64::from(v)], false),
            Some(V::Shorts(v)) => (whole(&v, f64::from), false),
            Some(V::Ushort(v)) => (vec![f64::from(v)], false),
            Some(V::Ushorts(v)) => (whole(&v, f64::from), false),
            Some(V::Int(v)) => (vec![f64::from(v)], false),
            Some(V::Ints(v)) => (whole(&v, f64::from), false),
            Some(V::Uint(v)) => (vec![f64::from(v)], false),
            Some(V::Uints(v)) => (whole(&v, f64::from), false),
            Some(V::Longlong(v)) => (vec![v as f64], false),
            Some(V::Longlongs(v)) => (whole(&v, |n| n as f64), false),
            Some(V::Ulonglong(v)) => (vec![v as f64], false),
            Some(V::Ulonglongs(v)) => (whole(&v, |n| n as f64), false),
            Some(V::Str(_) | V::Strs(_)) | None => (Vec::new(), false),
        }
    }

    /// Raw values of a part of a variable, in the file's order, exact for all but 64-bit integers.
    ///
    /// # Errors
    /// File, variable and the library's reason.
    pub fn read_f64(&self, variable: &str, ranges: &[(usize, usize)]) -> Result<Vec<f64>, String> {
        self.read(variable, ranges)
    }

    /// `read_f64` into memory that is there, in the place of what it holds.
    ///
    /// # Errors
    /// File, variable and the library's reason.
    pub fn read_f64_into(&self, variable: &str, ranges: &[(usize, usize)], into: &mut Vec<f64>) -> Result<(), String> {
        self.read_into(variable, ranges, into)
    }

    /// The same, for kinds that fit into `f32`.
    ///
    /// # Errors
    /// File, variable and the library's reason.
    pub fn read_f32_into(&self, variable: &str, ranges: &[(usize, usize)], into: &mut Vec<f32>) -> Result<(), String> {
        self.read_into(variable, ranges, into)
    }

    fn read<T>(&self, name: &str, ranges: &[(usize, usize)]) -> Result<Vec<T>, String>
    where
        T: netcdf::NcTypeDescriptor + Copy + Default,
    {
        let mut values = Vec::new();
        self.read_into(name, ranges, &mut values)?;
        Ok(values)
    }

    /// `ranges` holds start and count for each dimension.
    fn read_into<T>(&self, name: &str, ranges: &[(usize, usize)], values: &mut Vec<T>) -> Result<(), String>
    where
        T: netcdf::NcTypeDescriptor + Copy + Default,
    {
        let reason = |text: String| format!("`{name}` in {} cannot be read: {text}", self.path);
        let variable = self.file.variable(name).ok_or_else(|| reason("there is no such variable".to_owned()))?;
        let count = ranges.iter().try_fold(1_usize, |n, (_, count)| n.checked_mul(*count));
        let believed = |n: &usize| *n < MANY || (*n as u64) < self.length.saturating_mul(MOST_PER_BYTE);
        let count = count
            .filter(believed)
            .ok_or_else(|| reason("it claims to hold more than a file of this size can".to_owned()))?;
        values.clear();
        values.try_reserve_exact(count).map_err(|_| reason(format!("no memory for its {count} values")))?;
        values.resize(count, T::default());
        if count == 0 {
            return Ok(());
        }
        let extents: Vec<Extent> = ranges
            .iter()
            .map(|(start, count)| Extent::SliceCount { start: *start, count: *count, stride: 1 })
            .collect();
        variable.get_values_into(values, extents).map_err(|e| reason(e.to_string()))?;
        Ok(())
    }

    /// All attributes of a variable, or of the file where none is named; those that cannot be read are left out.
    #[must_use]
    pub fn attributes(&self, variable: Option<&str>) -> Vec<(String, AttributeValue)> {
        let read = |attribute: netcdf::Attribute<'_>| Some((attribute.name().to_owned(), attribute.value().ok()?));
        match variable {
            None => self.file.attributes().filter_map(read).collect(),
            Some(name) => {
                let variable = self.file.variable(name);
                variable.iter().flat_map(netcdf::Variable::attributes).filter_map(read).collect()
            }
        }
    }

    /// Dimensions without a limit.
    #[must_use]
    pub fn unlimited(&self) -> Vec<String> {
        self.file.dimensions().filter(netcdf::Dimension::is_unlimited).map(|dimension| dimension.name()).collect()
    }

    /// Lengths of the pieces in which a variable is stored; none where it is in one.
    #[must_use]
    pub fn chunks(&self, variable: &str) -> Option<Vec<usize>> {
        self.file.variable(variable)?.chunking().ok()?
    }

    /// The type of a variable's values in the file.
    #[must_use]
    pub fn type_of(&self, variable: &str) -> Option<NcVariableType> {
        Some(self.file.variable(variable)?.vartype())
    }

    fn attribute(&self, variable: &str, attribute: &str) -> Option<AttributeValue> {
        // An attribute that cannot be read (text in Latin-1) is as good as none.
        self.file.variable(variable)?.attribute_value(attribute)?.ok()
    }
}

fn describe(variable: &netcdf::Variable<'_>) -> Variable {
    let kind = match variable.vartype() {
        NcVariableType::Int(kind) => match kind {
            IntType::I8 => Kind::Small { bits: 8, signed: true },
            IntType::U8 => Kind::Small { bits: 8, signed: false },
            IntType::I16 => Kind::Small { bits: 16, signed: true },
            IntType::U16 => Kind::Small { bits: 16, signed: false },
            IntType::I32 => Kind::Wide { bits: 32, signed: true },
            IntType::U32 => Kind::Wide { bits: 32, signed: false },
            IntType::I64 => Kind::Wide { bits: 64, signed: true },
            IntType::U64 => Kind::Wide { bits: 64, signed: false },
        },
        NcVariableType::Float(FloatType::F32) => Kind::Float,
        NcVariableType::Float(FloatType::F64) => Kind::Double,
        _ => Kind::NoNumber,
    };
    let dimensions = variable.dimensions().iter().map(|d| (d.name(), d.len())).collect();
    Variable { name: variable.name(), dimensions, kind }
}
