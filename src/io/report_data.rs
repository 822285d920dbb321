//! What a report reads of a finished file: the shapes of its variables, and samples of bounded size.

use netcdf::types::{IntType, NcVariableType};
use netcdf::{AttributeValue, Extent};

use super::results::{Results, cannot_read};
use crate::error::Error;

/// A variable without its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    pub name: String,
    /// Names and lengths of its dimensions, slowest first.
    pub dimensions: Vec<(String, usize)>,
    /// Which of them is a time: the one without a limit.
    pub time: Option<usize>,
    /// Whether its values are real numbers.
    pub real: bool,
}

impl Shape {
    /// Whether its dimensions have these names, in this order.
    #[must_use]
    pub fn is_over(&self, names: &[&str]) -> bool {
        self.dimensions.iter().map(|(name, _)| name.as_str()).eq(names.iter().copied())
    }

    /// Whether a dimension has this name.
    #[must_use]
    pub fn has(&self, dimension: &str) -> bool {
        self.dimensions.iter().any(|(name, _)| name == dimension)
    }

    /// Number of points besides time.
    #[must_use]
    pub fn points(&self) -> usize {
        let of = |place: usize| if Some(place) == self.time { 1 } else { self.dimensions[place].1 };
        (0..self.dimensions.len()).map(of).product()
    }
}

/// Every how many points of each dimension are read, so that about `most` are left: the last dimension thins out first.
#[must_use]
pub fn strides(lengths: &[usize], most: usize) -> Vec<usize> {
    let mut need = lengths.iter().product::<usize>().div_ceil(most.max(1)).max(1);
    let mut strides: Vec<usize> = vec![1; lengths.len()];
    for (stride, &length) in strides.iter_mut().zip(lengths).rev() {
        *stride = need.min(length.max(1));
        need = need.div_ceil(*stride);
    }
    strides
}

impl Results {
    /// All variables.
    #[must_use]
    pub fn shapes(&self) -> Vec<Shape> {
        let shape = |variable: netcdf::Variable<'_>| {
            let dimensions = variable.dimensions();
            let real = matches!(variable.vartype(), NcVariableType::Float(_));
            let number = real || matches!(variable.vartype(), NcVariableType::Int(_));
            number.then(|| Shape {
                name: variable.name(),
                dimensions: dimensions.iter().map(|d| (d.name(), d.len())).collect(),
                time: dimensions.iter().position(netcdf::Dimension::is_unlimited),
                real,
            })
        };
        self.file.variables().filter_map(shape).collect()
    }

    /// The global attributes that are texts, in the order of the file.
    #[must_use]
    pub fn texts(&self) -> Vec<(String, String)> {
        let text = |attribute: netcdf::Attribute<'_>| match attribute.value().ok()? {
            AttributeValue::Str(text) => Some((attribute.name().to_owned(), text)),
            _ => None,
        };
        self.file.attributes().filter_map(text).collect()
    }

    /// About `most` values, evenly over all dimensions but time, at one record or at all; in the order of the file.
    ///
    /// # Errors
    /// `File` when they cannot be read.
    pub fn sample(&self, shape: &Shape, record: Option<usize>, most: usize) -> Result<Vec<f64>, Error> {
        let lengths: Vec<usize> =
            shape.dimensions.iter().enumerate().map(|(i, d)| if Some(i) == shape.time { 1 } else { d.1 }).collect();
        let strides = strides(&lengths, most);
        let extent = |place: usize| match (Some(place) == shape.time, record) {
            (true, Some(record)) => Extent::SliceCount { start: record, count: 1, stride: 1 },
            (true, None) => Extent::SliceCount { start: 0, count: shape.dimensions[place].1, stride: 1 },
            (false, _) => {
                let (length, stride) = (shape.dimensions[place].1, strides[place]);
                Extent::SliceCount { start: 0, count: length.div_ceil(stride), stride: stride as isize }
            }
        };
        let extents: Vec<Extent> = (0..lengths.len()).map(extent).collect();
        self.read(&shape.name, extents)
    }

    /// Calls `visit` with each value of a variable in order, and its place; reads a million at a time.
    ///
    /// # Errors
    /// `File` when they cannot be read.
    pub fn visit(&self, shape: &Shape, mut visit: impl FnMut(usize, f64)) -> Result<(), Error> {
        let Some((&(_, last), before)) = shape.dimensions.split_last() else { return Ok(()) };
        let outer: Vec<usize> = before.iter().map(|(_, length)| *length).collect();
        for row in 0..outer.iter().product::<usize>() {
            let mut rest = row;
            let mut start: Vec<Extent> = Vec::with_capacity(outer.len() + 1);
            for &length in outer.iter().rev() {
                start.insert(0, Extent::SliceCount { start: rest % length, count: 1, stride: 1 });
                rest /= length;
            }
            for from in (0..last).step_by(1 << 20) {
                let count = (last - from).min(1 << 20);
                let mut extents = start.clone();
                extents.push(Extent::SliceCount { start: from, count, stride: 1 });
                for (place, value) in self.read(&shape.name, extents)?.into_iter().enumerate() {
                    visit(row * last + from + place, value);
                }
            }
        }
        Ok(())
    }

    /// What the values of a variable with flags mean, from 0.
    #[must_use]
    pub fn flag_meanings(&self, variable: &str) -> Vec<String> {
        let text = self.text_of(variable, "flag_meanings").unwrap_or_default();
        text.split_whitespace().map(str::to_owned).collect()
    }

    fn read(&self, name: &str, extents: Vec<Extent>) -> Result<Vec<f64>, Error> {
        let variable = self.file.variable(name).ok_or_else(|| netcdf::Error::NotFound(name.to_owned()));
        let is_byte = |variable: &netcdf::Variable<'_>| variable.vartype() == NcVariableType::Int(IntType::I8);
        variable
            .and_then(|variable| {
                if is_byte(&variable) {
                    return Ok(variable.get_values::<i8, _>(extents)?.into_iter().map(f64::from).collect());
                }
                variable.get_values(extents)
            })
            .map_err(|reason| cannot_read(&self.path, &reason))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_samples_are_bounded_and_even() {
        assert_eq!(strides(&[100], 2000), [1]);
        assert_eq!(strides(&[10_000], 2000), [5]);
        assert_eq!(strides(&[4, 100_000], 2000), [1, 200]);
        assert_eq!(strides(&[6000, 2], 2000), [3, 2]);
        assert_eq!(strides(&[], 2000), [0usize; 0]);
    }
}
