//! The leading dimensions of an ensemble's file: their lengths, and the coordinates along them.

use std::ops::Range;

use netcdf::types::{NcTypeDescriptor, NcVariableType};
use netcdf::{FileMut, VariableMut};

use super::layout::Layout;

/// A leading dimension of all variables over the items.
#[derive(Debug, Clone, PartialEq)]
pub struct AxisLayout {
    pub name: String,
    pub length: u64,
    /// The one with the name of the axis is its coordinate, the others stand beside it.
    pub coordinates: Vec<AxisCoordinate>,
    /// Attributes of that coordinate.
    pub attributes: Vec<(&'static str, String)>,
}

/// Values along an axis.
#[derive(Debug, Clone, PartialEq)]
pub struct AxisCoordinate {
    pub name: String,
    /// CF units; empty for texts.
    pub units: String,
    pub long_name: String,
    /// What the deck calls it.
    pub deck_path: Option<String>,
    pub values: AxisData,
}

/// Values of one kind, one for each place of the axis.
#[derive(Debug, Clone, PartialEq)]
pub enum AxisData {
    Real(Vec<f64>),
    Whole(Vec<i64>),
    /// As characters in a dimension of their own: strings of any length cannot be written in parallel.
    Text(Vec<String>),
}

type Outcome = Result<(), netcdf::Error>;

/// Longest list of names that every variable carries in its attribute `coordinates`.
const LONGEST_LIST: usize = 500;

/// The names of the coordinates along some axes that are not dimensions.
fn beside<'l>(axes: impl Iterator<Item = &'l AxisLayout>) -> String {
    let beside = axes.flat_map(|axis| axis.coordinates.iter().filter(|c| c.name != axis.name));
    beside.map(|coordinate| coordinate.name.as_str()).collect::<Vec<_>>().join(" ")
}

/// Defines dimensions and coordinates of all axes.
pub fn define(file: &mut FileMut, layout: &Layout) -> Outcome {
    for axis in &layout.axes {
        file.add_dimension(&axis.name, usize::try_from(axis.length).unwrap_or(usize::MAX))?;
        for coordinate in &axis.coordinates {
            let mut made = match &coordinate.values {
                AxisData::Real(_) => file.add_variable::<f64>(&coordinate.name, &[&axis.name])?,
                AxisData::Whole(_) => file.add_variable::<i64>(&coordinate.name, &[&axis.name])?,
                AxisData::Text(texts) => {
                    let length = format!("{}_length", coordinate.name);
                    file.add_dimension(&length, width(texts))?;
                    let dimensions = [axis.name.as_str(), &length];
                    file.add_variable_with_type(&coordinate.name, &dimensions, &NcVariableType::Char)?
                }
            };
            made.put_attribute("long_name", coordinate.long_name.as_str())?;
            if let AxisData::Text(_) = coordinate.values {
                made.put_attribute("_Encoding", "utf-8")?;
            } else if !coordinate.units.is_empty() {
                made.put_attribute("units", coordinate.units.as_str())?;
            }
            if let Some(path) = &coordinate.deck_path {
                made.put_attribute("deck_path", path.as_str())?;
            }
            if coordinate.name == axis.name {
                for (name, text) in &axis.attributes {
                    made.put_attribute(name, text.as_str())?;
                }
            }
        }
    }
    let beside = beside(layout.axes.iter());
    if beside.len() > LONGEST_LIST {
        file.add_attribute("coordinates", beside.as_str())?;
    }
    Ok(())
}

/// Names the coordinates beside the dimensions, as CF wants it of every variable: those along the `axes` that it has.
pub fn name_coordinates(variable: &mut VariableMut, layout: &Layout, axes: &[usize]) -> Outcome {
    let beside = beside(axes.iter().map(|&axis| &layout.axes[axis]));
    if !beside.is_empty() && beside.len() <= LONGEST_LIST {
        variable.put_attribute("coordinates", beside.as_str())?;
    }
    Ok(())
}

/// **Collective.** Writes the coordinates, all of them by the root.
pub fn write(file: &mut FileMut, layout: &Layout, root: bool) -> Outcome {
    let mut outcome = Ok(());
    for axis in &layout.axes {
        let all = 0..if root { usize::try_from(axis.length).unwrap_or(usize::MAX) } else { 0 };
        for coordinate in &axis.coordinates {
            let found = file.variable_mut(&coordinate.name);
            let found = found.ok_or_else(|| netcdf::Error::NotFound(coordinate.name.clone()));
            // Every rank goes through every put, because the others wait in each of them.
            let put = found.and_then(|mut variable| match &coordinate.values {
                AxisData::Real(values) => variable.put_values(&values[all.clone()], [all.clone()].as_slice()),
                AxisData::Whole(values) => variable.put_values(&values[all.clone()], [all.clone()].as_slice()),
                AxisData::Text(texts) => put_texts(&mut variable, texts, all.clone()),
            });
            outcome = outcome.and(put);
        }
    }
    outcome
}

fn width(texts: &[String]) -> usize {
    texts.iter().map(String::len).max().unwrap_or(0).max(1)
}

/// A character of the file.
#[repr(transparent)]
struct Character(u8);

#[allow(unsafe_code)]
// SAFETY: a character of NetCDF is one byte.
unsafe impl NcTypeDescriptor for Character {
    fn type_descriptor() -> NcVariableType {
        NcVariableType::Char
    }
}

fn put_texts(variable: &mut VariableMut, texts: &[String], places: Range<usize>) -> Outcome {
    let width = width(texts);
    let padded =
        |text: &String| text.bytes().chain(std::iter::repeat(0)).take(width).map(Character).collect::<Vec<_>>();
    let characters: Vec<Character> = texts[places.clone()].iter().flat_map(padded).collect();
    let columns = if places.is_empty() { 0..0 } else { 0..width };
    variable.put_values(&characters, [places, columns].as_slice())
}
