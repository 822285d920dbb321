//! How much area a latitude stands for.

use crate::error::Error;
use crate::io::dataset::{DataSet, Variable};

/// What weights were made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Latitude {
    /// The difference of the sines of the bounds of each cell, which is its area.
    Bounds,
    /// The cosine of the latitude.
    Cosine,
}

/// The place of the latitude among a variable's dimensions where it is reduced, with the weights of its indices; or why
/// there are none, as a sentence.
///
/// # Errors
/// `File` when a coordinate cannot be read.
#[allow(clippy::type_complexity)] // told apart right where it is called
pub fn latitude(
    data: &DataSet,
    variable: &Variable,
    over: &[String],
) -> Result<Result<Option<(usize, Latitude, Vec<f64>)>, String>, Error> {
    for (at, (name, length)) in variable.dimensions.iter().enumerate() {
        let own = data.variable(name).filter(|own| over.contains(name) && own.dimensions.len() == 1);
        if own.is_none() || !data.is_lat(name) {
            continue;
        }
        let attributes = data.attributes(Some(name));
        let bounds = match data.variable(attributes.text("bounds")).filter(DataSet::is_numeric) {
            Some(bounds)
                if bounds.dimensions.len() == 2 && bounds.dimensions[0].1 == *length && bounds.dimensions[1].1 == 2 =>
            {
                data.coordinate(&bounds.name)?
            }
            _ => None,
        };
        let (kind, degrees) = match bounds {
            Some(bounds) => (Latitude::Bounds, bounds),
            None => (Latitude::Cosine, data.coordinate(name)?.unwrap_or_default()),
        };
        if let Some(wrong) = degrees.iter().find(|lat| lat.is_nan() || lat.abs() > 90.0 + 1e-6) {
            return Ok(Err(format!("`{name}` holds {wrong}, which is no latitude that an area could be computed for")));
        }
        let weights = match kind {
            Latitude::Bounds => degrees.as_chunks::<2>().0.iter().map(|[a, b]| (sine(*b) - sine(*a)).abs()).collect(),
            Latitude::Cosine => degrees.iter().map(|lat| libm::cos(lat.to_radians()).max(0.0)).collect(),
        };
        return Ok(Ok(Some((at, kind, weights))));
    }
    // On curvilinear grids the latitude has the dimensions of the plane, and its cosine is no area.
    let attributes = data.attributes(Some(&variable.name));
    for name in attributes.text("coordinates").split_whitespace() {
        let Some(plane) = data.variable(name).filter(|plane| plane.dimensions.len() > 1) else { continue };
        if data.is_lat(name) && plane.dimensions.iter().any(|(dimension, _)| over.contains(dimension)) {
            let dimensions: Vec<&str> = plane.dimensions.iter().map(|(dimension, _)| dimension.as_str()).collect();
            let reason = format!(
                "the latitude `{name}` is over {}: the areas of such cells are not known",
                dimensions.join(", ")
            );
            return Ok(Err(reason));
        }
    }
    Ok(Ok(None))
}

/// Of degrees. The elementary functions are those of `libm`, the same bits on every machine.
fn sine(degrees: f64) -> f64 {
    libm::sin(degrees.to_radians())
}
