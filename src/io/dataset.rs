//! NetCDF files of any kind as one set of variables: those of several files are joined along their record dimension.

use std::collections::HashMap;
use std::ops::Range;

use netcdf::types::NcVariableType;

use super::attributes::Attributes;
use super::fields::roles;
use super::fields::source::{Kind, Source};
use super::fields::unpack::{Packing, read_all};
use crate::calendar::TimeUnits;
use crate::error::Error;

pub use super::fields::source::Variable;

/// Open files.
pub struct DataSet {
    paths: Vec<String>,
    first: Source,
    /// The dimension along which the files are joined, and the first index of each of them; the last number is the whole
    /// length.
    joined: Option<(String, Vec<usize>)>,
    /// The file that was read last, when it is not the first.
    other: Option<(usize, Source)>,
    packings: HashMap<(usize, String), Packing>,
    raw: (Vec<f32>, Vec<f64>),
}

/// A variable with its values as they are in the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Copied {
    pub name: String,
    pub dimensions: Vec<(String, usize)>,
    pub attributes: Attributes,
    pub values: Vec<f64>,
    pub(super) kind: NcVariableType,
}

impl DataSet {
    /// Opens files, and finds out how they are joined.
    ///
    /// # Errors
    /// Everything that is wrong with them, as sentences.
    pub fn open(paths: &[String]) -> Result<Self, Vec<String>> {
        let mut wrong = Vec::new();
        let mut lengths: Vec<HashMap<String, usize>> = Vec::new();
        let mut first = None;
        for path in paths {
            match Source::open(path) {
                Ok(source) => {
                    lengths.push(source.variables().into_iter().flat_map(|variable| variable.dimensions).collect());
                    first.get_or_insert(source);
                }
                Err(reason) => wrong.push(reason),
            }
        }
        let Some(first) = first.filter(|_| wrong.is_empty()) else { return Err(wrong) };
        let mut set = Self {
            paths: paths.to_vec(),
            first,
            joined: None,
            other: None,
            packings: HashMap::new(),
            raw: Default::default(),
        };
        if paths.len() > 1 {
            let name = set.record_dimension().ok_or_else(|| {
                vec![format!(
                    "{} has no dimension without limit and no time, along which files could be joined",
                    paths[0]
                )]
            })?;
            let mut starts = vec![0];
            for (path, lengths) in paths.iter().zip(&lengths) {
                let length = lengths.get(&name).copied().unwrap_or(0);
                if length == 0 {
                    wrong.push(format!("{path} has nothing along `{name}`, along which the files are joined"));
                }
                starts.push(starts[starts.len() - 1] + length);
            }
            set.joined = Some((name, starts));
        }
        if wrong.is_empty() { Ok(set) } else { Err(wrong) }
    }

    /// The only dimension without a limit, else that of the time.
    fn record_dimension(&self) -> Option<String> {
        match &self.first.unlimited()[..] {
            [only] => Some(only.clone()),
            many => {
                let times = self.first.variables().into_iter().filter(|v| self.is_time(&v.name));
                let mut own = times.filter(|v| v.dimensions.len() == 1 && v.dimensions[0].0 == v.name).map(|v| v.name);
                own.find(|name| many.is_empty() || many.contains(name))
            }
        }
    }

    /// All variables, with the lengths of all files together.
    #[must_use]
    pub fn variables(&self) -> Vec<Variable> {
        self.first.variables().into_iter().map(|variable| self.whole(variable)).collect()
    }

    /// The variable with a name.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<Variable> {
        self.first.variable(name).map(|variable| self.whole(variable))
    }

    fn whole(&self, mut variable: Variable) -> Variable {
        if let Some((joined, starts)) = &self.joined {
            for (name, length) in &mut variable.dimensions {
                if name == joined {
                    *length = starts[starts.len() - 1];
                }
            }
        }
        variable
    }

    /// Whether a variable holds numbers.
    #[must_use]
    pub fn is_numeric(variable: &Variable) -> bool {
        variable.kind != Kind::NoNumber
    }

    /// The dimension along which the files are joined, and the first index of each of them.
    #[must_use]
    pub fn joined(&self) -> Option<(&str, &[usize])> {
        self.joined.as_ref().map(|(name, starts)| (name.as_str(), &starts[..starts.len() - 1]))
    }

    /// Lengths of the pieces in which a variable is stored, 1 where it is not in pieces.
    #[must_use]
    pub fn chunks(&self, variable: &Variable) -> Vec<usize> {
        self.first.chunks(&variable.name).unwrap_or_else(|| vec![1; variable.dimensions.len()])
    }

    /// Attributes of a variable, or those of the first file.
    #[must_use]
    pub fn attributes(&self, variable: Option<&str>) -> Attributes {
        Attributes(self.first.attributes(variable))
    }

    #[must_use]
    pub fn is_time(&self, variable: &str) -> bool {
        self.first.variable(variable).is_some_and(|variable| roles::is_time(&self.first, &variable))
    }

    #[must_use]
    pub fn is_lat(&self, variable: &str) -> bool {
        self.first.variable(variable).is_some_and(|variable| roles::is_lat(&self.first, &variable))
    }

    /// What the other files have otherwise than the first, of some variables and of their coordinates, as sentences.
    ///
    /// # Errors
    /// `File` when a coordinate cannot be read.
    pub fn differences(&self, names: &[String]) -> Result<Vec<String>, Error> {
        let Some((joined, _)) = &self.joined else { return Ok(Vec::new()) };
        let mut wrong = Vec::new();
        let mut coordinates: Vec<String> = Vec::new();
        for name in names {
            let dimensions = self.first.variable(name).map_or_else(Vec::new, |variable| variable.dimensions);
            coordinates.extend(dimensions.into_iter().map(|(name, _)| name).filter(|name| name != joined));
        }
        coordinates.sort_unstable();
        coordinates.dedup();
        let read = |source: &Source, name: &str| {
            let variable = source.variable(name).filter(|v| v.kind != Kind::NoNumber && v.dimensions.len() == 1);
            variable
                .map(|variable| read_all(source, &variable))
                .transpose()
                .map_err(|reason| cannot(&source.path, reason))
        };
        for path in &self.paths[1..] {
            let source = Source::open(path).map_err(|reason| cannot(path, reason))?;
            for name in names {
                let shape = |source: &Source| {
                    let dimensions = source.variable(name).filter(|v| v.kind != Kind::NoNumber)?.dimensions;
                    let fixed = |(name, length)| if name == *joined { (name, 0) } else { (name, length) };
                    Some(dimensions.into_iter().map(fixed).collect::<Vec<_>>())
                };
                if shape(&source).is_none() {
                    wrong.push(format!("{path} has no variable `{name}` with numbers, as {} has", self.paths[0]));
                } else if shape(&source) != shape(&self.first) {
                    wrong.push(format!("`{name}` has other dimensions in {path} than in {}", self.paths[0]));
                } else if source.units(name) != self.first.units(name) {
                    let (here, there) = (source.units(name), self.first.units(name));
                    wrong.push(format!("`{name}` is in `{here}` in {path} and in `{there}` in {}", self.paths[0]));
                }
            }
            for name in &coordinates {
                if read(&source, name)? != read(&self.first, name)? {
                    wrong.push(format!("the coordinate `{name}` is another in {path} than in {}", self.paths[0]));
                }
            }
        }
        if self.is_time(joined)
            && let Some((units, times)) = self.times(joined)?
            && let Some(at) = (1..times.len()).find(|&at| times[at] <= times[at - 1])
        {
            let text = |at: usize| crate::calendar::text(times[at], units.calendar);
            let (here, before) = (text(at), text(at - 1));
            wrong.push(format!("times do not increase: record {at} is at {here}, the one before at {before}"));
        }
        Ok(wrong)
    }

    /// The physical values of a coordinate over itself, of all files; `None` where there is no such variable.
    ///
    /// # Errors
    /// `File` when it cannot be read.
    pub fn coordinate(&self, name: &str) -> Result<Option<Vec<f64>>, Error> {
        let Some(variable) = self.first.variable(name).filter(|v| v.kind != Kind::NoNumber) else { return Ok(None) };
        read_all(&self.first, &variable).map(Some).map_err(|reason| cannot(&self.first.path, reason))
    }

    /// How the first file counts the time along a dimension, and all times, s since 1970-01-01; `None` where there is no
    /// time that can be understood.
    ///
    /// # Errors
    /// `File` when it cannot be read, or when files have other calendars.
    pub fn times(&self, name: &str) -> Result<Option<(TimeUnits, Vec<f64>)>, Error> {
        let mut all: Option<(TimeUnits, Vec<f64>)> = None;
        for (file, path) in self.paths.iter().enumerate().take(self.files_of(name)) {
            let opened;
            let source = if file == 0 {
                &self.first
            } else {
                opened = Source::open(path).map_err(|reason| cannot(path, reason))?;
                &opened
            };
            let Some(variable) = source.variable(name).filter(|v| v.kind != Kind::NoNumber) else { return Ok(None) };
            let units = source.units(name);
            let units = TimeUnits::parse(&units, &source.text(name, "calendar"))
                .map_err(|reason| cannot(path, format!("`{name}`: {reason}")))?;
            let times = read_all(source, &variable).map_err(|reason| cannot(path, reason))?;
            let times = times.into_iter().map(|time| units.seconds(time));
            match &mut all {
                None => all = Some((units, times.collect())),
                Some((first, _)) if !first.calendar.agrees_with(units.calendar) => {
                    let reason = format!(
                        "`{name}` is in the calendar {}, that of the first file in {}",
                        units.calendar.name(),
                        first.calendar.name()
                    );
                    return Err(cannot(path, reason));
                }
                Some((_, all)) => all.extend(times),
            }
        }
        Ok(all)
    }

    /// In how many files a variable has to be read: all where it has the dimension along which they are joined.
    fn files_of(&self, name: &str) -> usize {
        let has = |joined: &String| {
            self.first.variable(name).is_some_and(|v| v.dimensions.iter().any(|(name, _)| name == joined))
        };
        if self.joined.as_ref().is_some_and(|(joined, _)| has(joined)) { self.paths.len() } else { 1 }
    }

    /// A variable as it is, of all files, where it holds numbers and the files follow each other in it; times that other files count otherwise are counted as in the first.
    ///
    /// # Errors
    /// `File` when it cannot be read.
    pub fn copied(&self, name: &str) -> Result<Option<Copied>, Error> {
        let (Some(variable), Some(kind)) = (self.variable(name), self.first.type_of(name)) else { return Ok(None) };
        if variable.kind == Kind::NoNumber {
            return Ok(None);
        }
        let mut values = Vec::new();
        let files = self.files_of(name);
        if files > 1
            && self.joined().map(|(name, _)| name) != variable.dimensions.first().map(|(name, _)| name.as_str())
        {
            return Ok(None);
        }
        let units = |source: &Source| TimeUnits::parse(&source.units(name), &source.text(name, "calendar")).ok();
        for path in &self.paths[..files] {
            let source = Source::open(path).map_err(|reason| cannot(path, reason))?;
            let Some(own) = source.variable(name) else {
                return Err(cannot(path, format!("it has no variable `{name}`")));
            };
            let ranges: Vec<_> = own.dimensions.iter().map(|(_, length)| (0, *length)).collect();
            let mut part = source.read_f64(name, &ranges).map_err(|reason| cannot(path, reason))?;
            if let (Some(here), Some(first)) = (units(&source), units(&self.first))
                && here != first
            {
                for time in &mut part {
                    *time = (here.seconds(*time) - first.origin as f64) / first.unit;
                }
            }
            values.extend(part);
        }
        if values.len() != variable.dimensions.iter().map(|(_, length)| length).product::<usize>() {
            return Err(cannot(&self.paths[0], format!("`{name}` has other dimensions in other files")));
        }
        let attributes = self.attributes(Some(name));
        Ok(Some(Copied { name: name.to_owned(), dimensions: variable.dimensions, attributes, values, kind }))
    }

    /// Physical values of a part of a variable in one file, NaN where there are none, in the place of what is in `out`.
    ///
    /// # Errors
    /// `File` when it cannot be read.
    pub fn read(&mut self, variable: &Variable, part: &[Range<usize>], out: &mut Vec<f64>) -> Result<(), Error> {
        let mut ranges: Vec<(usize, usize)> = part.iter().map(|range| (range.start, range.len())).collect();
        let mut file = 0;
        if let Some((joined, starts)) = &self.joined
            && let Some(at) = variable.dimensions.iter().position(|(name, _)| name == joined)
        {
            file = starts.partition_point(|&start| start <= part[at].start) - 1;
            ranges[at].0 -= starts[file];
        }
        let path = &self.paths[file];
        if file > 0 && self.other.as_ref().is_none_or(|(open, _)| *open != file) {
            self.other = Some((file, Source::open(path).map_err(|reason| cannot(path, reason))?));
        }
        let source = match &self.other {
            Some((_, other)) if file > 0 => other,
            _ => &self.first,
        };
        let packing =
            self.packings.entry((file, variable.name.clone())).or_insert_with(|| Packing::of(source, variable));
        out.clear();
        let failed = |reason| cannot(path, reason);
        if matches!(variable.kind, Kind::Float | Kind::Small { .. }) {
            source.read_f32_into(&variable.name, &ranges, &mut self.raw.0).map_err(failed)?;
            packing.append(&self.raw.0, out);
        } else {
            source.read_f64_into(&variable.name, &ranges, &mut self.raw.1).map_err(failed)?;
            packing.append(&self.raw.1, out);
        }
        Ok(())
    }
}

fn cannot(path: &str, reason: String) -> Error {
    Error::File { path: path.into(), action: "read", reason }
}
