//! Reading an output file again: the variables over its items, for what is computed from a finished run.

use std::path::{Path, PathBuf};

use netcdf::AttributeValue;

use crate::error::Error;

/// An output file, opened for reading.
pub struct Results {
    file: netcdf::File,
    path: PathBuf,
}

/// A variable over the items.
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

    /// A global attribute that is a text.
    #[must_use]
    pub fn text(&self, attribute: &str) -> Option<String> {
        match self.file.attribute(attribute)?.value().ok()? {
            AttributeValue::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The variables over `(cell)` and `(time, cell)`.
    #[must_use]
    pub fn series(&self) -> Vec<Series> {
        let over_cells = |variable: netcdf::Variable<'_>| {
            let names: Vec<String> = variable.dimensions().iter().map(netcdf::Dimension::name).collect();
            let time = match &names[..] {
                [cell] if cell == "cell" && variable.name() != "cell" => None,
                [time, cell] if cell == "cell" => Some(time.clone()),
                _ => return None,
            };
            Some(Series { name: variable.name(), time })
        };
        self.file.variables().filter_map(over_cells).collect()
    }

    /// All values of a coordinate, such as the times of records in s.
    ///
    /// # Errors
    /// `File` when it is not there or cannot be read.
    pub fn coordinate(&self, name: &str) -> Result<Vec<f64>, Error> {
        self.values(name, |variable| variable.get_values(..))
    }

    /// The values of a variable in all cells, at a record where it has a time.
    ///
    /// # Errors
    /// `File` when it is not there or cannot be read.
    pub fn column(&self, series: &Series, record: usize) -> Result<Vec<f64>, Error> {
        self.values(&series.name, |variable| {
            if series.time.is_none() {
                return variable.get_values(..);
            }
            let cells = variable.dimensions().last().map_or(0, netcdf::Dimension::len);
            variable.get_values([record..record + 1, 0..cells].as_slice())
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

fn cannot_read(path: &Path, reason: &netcdf::Error) -> Error {
    Error::File { path: path.to_owned(), action: "read", reason: reason.to_string() }
}
