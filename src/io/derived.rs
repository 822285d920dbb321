//! A file that is computed from others: written by one rank, under another name until it is whole.

use std::path::{Path, PathBuf};

use netcdf::types::{FloatType, IntType, NcVariableType};
use netcdf::{AttributeValue, Extent, FileMut};

use super::attributes::Attributes;
use super::dataset::Copied;
use super::destination::{complete, unfinished, why};
use crate::error::Error;

/// A new variable.
#[derive(Debug, Clone, PartialEq)]
pub struct NewVariable {
    pub name: String,
    /// Names and lengths, slowest first.
    pub dimensions: Vec<(String, usize)>,
    /// Whole numbers of 32 bits instead of real ones of 64.
    pub whole: bool,
    pub attributes: Attributes,
}

/// A file that is being written.
pub struct Derived {
    file: FileMut,
    path: PathBuf,
}

impl Derived {
    /// Makes the file with its attributes.
    ///
    /// # Errors
    /// `File` when that fails.
    pub fn create(path: &Path, attributes: &Attributes) -> Result<Self, Error> {
        let mut file = netcdf::create(unfinished(path)).map_err(|reason| cannot(path, &reason))?;
        for (name, value) in &attributes.0 {
            file.add_attribute(name, value.clone()).map_err(|reason| cannot(path, &reason))?;
        }
        Ok(Self { file, path: path.to_owned() })
    }

    /// Adds variables that other files have, with their values.
    ///
    /// # Errors
    /// `File` when that fails.
    pub fn copy(&mut self, variables: &[Copied]) -> Result<(), Error> {
        for Copied { name, dimensions, attributes, values, kind } in variables {
            self.add(name, dimensions, kind, attributes)?;
            self.put(name, &ranges(dimensions), values)?;
        }
        Ok(())
    }

    /// Adds a variable without values.
    ///
    /// # Errors
    /// `File` when that fails.
    pub fn define(&mut self, new: &NewVariable) -> Result<(), Error> {
        let mut attributes = new.attributes.clone();
        let kind = if new.whole {
            NcVariableType::Int(IntType::I32)
        } else {
            attributes.0.insert(0, ("_FillValue".to_owned(), AttributeValue::Double(f64::NAN)));
            NcVariableType::Float(FloatType::F64)
        };
        self.add(&new.name, &new.dimensions, &kind, &attributes)
    }

    fn add(
        &mut self,
        name: &str,
        dimensions: &[(String, usize)],
        kind: &NcVariableType,
        attributes: &Attributes,
    ) -> Result<(), Error> {
        let failed = |reason: netcdf::Error| cannot(&self.path, &reason);
        for (name, length) in dimensions {
            if self.file.dimension(name).is_none() {
                self.file.add_dimension(name, *length).map_err(failed)?;
            }
        }
        let names: Vec<&str> = dimensions.iter().map(|(name, _)| name.as_str()).collect();
        let mut made = self.file.add_variable_with_type(name, &names, kind).map_err(failed)?;
        for (name, value) in &attributes.0 {
            made.put_attribute(name, value.clone()).map_err(failed)?;
        }
        Ok(())
    }

    /// Writes a part of a variable; `part` holds start and count for each dimension.
    ///
    /// # Errors
    /// `File` when that fails.
    pub fn put(&mut self, name: &str, part: &[(usize, usize)], values: &[f64]) -> Result<(), Error> {
        let extent = |&(start, count): &(usize, usize)| Extent::SliceCount { start, count, stride: 1 };
        let extents: Vec<Extent> = part.iter().map(extent).collect();
        if values.is_empty() {
            return Ok(());
        }
        let variable = self.file.variable_mut(name).ok_or_else(|| netcdf::Error::NotFound(name.to_owned()));
        let put = |mut variable: netcdf::VariableMut<'_>| {
            if extents.is_empty() { variable.put_value(values[0], ()) } else { variable.put_values(values, extents) }
        };
        variable.and_then(put).map_err(|reason| cannot(&self.path, &reason))
    }

    /// Closes the file and gives it its name.
    ///
    /// # Errors
    /// `File` when that fails.
    pub fn finish(self) -> Result<u64, Error> {
        self.file.close().map_err(|reason| cannot(&self.path, &reason))?;
        complete(&self.path)
    }
}

fn ranges(dimensions: &[(String, usize)]) -> Vec<(usize, usize)> {
    dimensions.iter().map(|(_, length)| (0, *length)).collect()
}

fn cannot(path: &Path, reason: &netcdf::Error) -> Error {
    let reason = format!("{reason}; {}", why(path));
    Error::File { path: path.to_owned(), action: "write", reason }
}
