//! Reading an output file again: the variables over its items, for what is computed from a finished run.

use std::path::{Path, PathBuf};

use netcdf::AttributeValue;

use crate::error::Error;

/// An output file, opened for reading.
pub struct Results {
    pub(super) file: netcdf::File,
    pub(super) path: PathBuf,
}

/// The dimension of the cells.
pub const CELLS: &str = "cell";

/// A variable along the dimension of which sensitivities are asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    pub name: String,
    /// Its time coordinate; none for what does not change.
    pub time: Option<String>,
}

impl Results {
    /// Opens a file.
    ///
    /// # Errors
    /// `File` when it cannot be read as NetCDF.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let file = netcdf::open(path).map_err(|reason| cannot_read(path, &reason))?;
        Ok(Self { file, path: path.to_owned() })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A global attribute that is a text.
    #[must_use]
    pub fn text(&self, attribute: &str) -> Option<String> {
        match self.file.attribute(attribute)?.value().ok()? {
            AttributeValue::Str(text) => Some(text),
            _ => None,
        }
    }

    /// An attribute of a variable that is a text.
    #[must_use]
    pub fn text_of(&self, variable: &str, attribute: &str) -> Option<String> {
        match self.file.variable(variable)?.attribute_value(attribute)?.ok()? {
            AttributeValue::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The coordinates that are variables over themselves alone.
    #[must_use]
    pub fn coordinates(&self) -> Vec<String> {
        let own = |variable: &netcdf::Variable<'_>| {
            variable.dimensions().first().is_some_and(|first| first.name() == variable.name())
        };
        self.file.variables().filter(own).map(|variable| variable.name()).collect()
    }

    /// The variables along a dimension, at one time or at many, with one value at each of its points.
    #[must_use]
    pub fn series(&self, along: &str) -> Vec<Series> {
        let of_points = |variable: netcdf::Variable<'_>| {
            let is_text = matches!(variable.vartype(), netcdf::types::NcVariableType::Char);
            let has = variable.dimensions().iter().any(|dimension| dimension.name() == along);
            if !has || is_text || variable.name() == along && along == CELLS {
                return None;
            }
            let (mut time, mut single) = (None, true);
            for dimension in variable.dimensions().iter().filter(|dimension| dimension.name() != along) {
                if dimension.is_unlimited() && time.is_none() {
                    time = Some(dimension.name());
                } else {
                    single &= dimension.len() == 1;
                }
            }
            single.then(|| Series { name: variable.name(), time })
        };
        self.file.variables().filter_map(of_points).collect()
    }

    /// All values of a coordinate, such as the times of records in s.
    ///
    /// # Errors
    /// `File` when it is not there or cannot be read.
    pub fn coordinate(&self, name: &str) -> Result<Vec<f64>, Error> {
        self.values(name, |variable| variable.get_values(..))
    }

    /// The values of a variable along a dimension, at a record where it has a time.
    ///
    /// # Errors
    /// `File` when it is not there or cannot be read.
    pub fn column(&self, series: &Series, along: &str, record: usize) -> Result<Vec<f64>, Error> {
        self.values(&series.name, |variable| {
            let of = |dimension: &netcdf::Dimension| match dimension.name() {
                name if name == along => 0..dimension.len(),
                name if Some(&name) == series.time.as_ref() => record..record + 1,
                _ => 0..1,
            };
            variable.get_values(variable.dimensions().iter().map(of).collect::<Vec<_>>().as_slice())
        })
    }

    fn values(
        &self,
        name: &str,
        read: impl Fn(&netcdf::Variable<'_>) -> Result<Vec<f64>, netcdf::Error>,
    ) -> Result<Vec<f64>, Error> {
        let variable = self.file.variable(name).ok_or_else(|| netcdf::Error::NotFound(name.to_owned()));
        variable.and_then(|variable| read(&variable)).map_err(|reason| cannot_read(&self.path, &reason))
    }
}

pub(super) fn cannot_read(path: &Path, reason: &netcdf::Error) -> Error {
    Error::File { path: path.to_owned(), action: "read", reason: reason.to_string() }
}
