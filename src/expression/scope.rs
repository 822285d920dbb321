//! The names that an expression may use, with their units and where their values come from.

use super::functions;
use crate::quantity::Dimension;

/// Where the values of a name come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// Longitude in degrees, or x in m on a flat mesh.
    Longitude,
    /// Latitude in degrees, or y in m on a flat mesh.
    Latitude,
    /// m, positive down.
    Depth,
    /// s since the start of the run.
    Time,
    /// Length of the step, s.
    Step,
    /// Hour of the day in UTC, from 0 to below 24.
    Hour,
    /// Index into `ParticlesPlan::variables`.
    Variable(usize),
    /// Index into `ParticlesPlan::fields`: its value where the particle is.
    Field(usize),
}

/// `Input::Hour` for a time of the day, or of any count of days, in s.
#[must_use]
pub fn hour_of_day(seconds: f64) -> f64 {
    let hour = (seconds / 3600.0).rem_euclid(24.0);
    // The remainder of a tiny negative number rounds to the whole period.
    if hour < 24.0 { hour } else { 0.0 }
}

/// The unit of a name's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameUnit {
    /// SI values of this dimension.
    Known(Dimension),
    /// Degrees of longitude or latitude.
    Degrees,
    /// Not known: goes with every unit.
    Unknown,
}

/// A name in scope.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Name {
    pub word: String,
    pub unit: NameUnit,
    pub input: Input,
}

/// The names that an expression may use.
#[derive(Debug, Clone, PartialEq)]
pub struct Scope {
    names: Vec<Name>,
}

impl Scope {
    /// What every particle on a sphere has: `lon`, `lat`, `depth`, `time`, `dt`, `hour`.
    #[must_use]
    pub fn spherical() -> Self {
        Self::with_positions(NameUnit::Degrees)
    }

    /// What every particle on a flat mesh has; `lon` and `lat` are x and y in m.
    #[must_use]
    pub fn flat() -> Self {
        Self::with_positions(NameUnit::Known(Dimension::LENGTH))
    }

    fn with_positions(horizontal: NameUnit) -> Self {
        let names = [
            ("lon", horizontal, Input::Longitude),
            ("lat", horizontal, Input::Latitude),
            ("depth", NameUnit::Known(Dimension::LENGTH), Input::Depth),
            ("time", NameUnit::Known(Dimension::TIME), Input::Time),
            ("dt", NameUnit::Known(Dimension::TIME), Input::Step),
            ("hour", NameUnit::Known(Dimension::NONE), Input::Hour),
        ];
        let names = names.map(|(word, unit, input)| Name { word: word.to_owned(), unit, input });
        Self { names: names.into() }
    }

    /// Adds a name; false, and nothing added, when it is taken by another or by the language itself.
    pub fn add(&mut self, name: &str, unit: NameUnit, input: Input) -> bool {
        let free = !Self::is_reserved(name) && self.find(name).is_none();
        if free {
            self.names.push(Name { word: name.to_owned(), unit, input });
        }
        free
    }

    /// Whether a word belongs to the language: `and`, `pi`, the functions.
    #[must_use]
    pub fn is_reserved(name: &str) -> bool {
        matches!(name, "and" | "or" | "not" | "pi") || functions::find(name).is_some()
    }

    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|n| n.word == name)
    }

    pub(super) fn get(&self, slot: usize) -> Option<&Name> {
        self.names.get(slot)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|n| n.word.as_str())
    }
}
