//! Lists of releases in NetCDF: where and when particles start.

use std::path::Path;

use super::axes::no_variable;
use super::roles;
use super::source::{Kind, Source, Variable};
use super::unpack::read_all;
use crate::calendar::TimeUnits;
use crate::field_head::{Calendar, FieldProblem};

/// Particles to be released, a value each.
#[derive(Debug, Clone, PartialEq)]
pub struct ReleaseList {
    /// degrees, or m on a flat mesh
    pub lon: Vec<f64>,
    pub lat: Vec<f64>,
    /// m, positive down
    pub depth: Option<Vec<f64>>,
    /// s since 1970-01-01 in `calendar`, or from the start of the run
    pub time: Option<Vec<f64>>,
    pub calendar: Calendar,
}

/// Reads columns of longitude (or x), latitude (or y), and where they exist depth (or z) and time.
///
/// # Errors
/// A file that cannot be read, columns that are missing or differ in length, values that are missing.
pub fn read_release_list(path: &Path) -> Result<ReleaseList, FieldProblem> {
    let source = Source::open(&path.display().to_string()).map_err(FieldProblem::new)?;
    let variables: Vec<Variable> =
        source.variables().into_iter().filter(|v| v.kind != Kind::NoNumber && v.dimensions.len() == 1).collect();
    let find = |is: &dyn Fn(&Variable) -> bool, names: &[&str]| {
        let named = |v: &&Variable| names.iter().any(|n| v.name.eq_ignore_ascii_case(n));
        variables.iter().find(named).or_else(|| variables.iter().find(|v| is(v)))
    };
    let lon =
        find(&|v| roles::is_lon(&source, v), &["lon", "longitude", "x"]).ok_or_else(|| no_variable(&source, "lon"))?;
    let lat =
        find(&|v| roles::is_lat(&source, v), &["lat", "latitude", "y"]).ok_or_else(|| no_variable(&source, "lat"))?;
    let column = |variable: &Variable| -> Result<Vec<f64>, FieldProblem> {
        let values = read_all(&source, variable).map_err(FieldProblem::new)?;
        if variable.dimensions != lon.dimensions {
            return Err(FieldProblem::new(format!(
                "`{}` and `{}` in {} differ in length",
                lon.name, variable.name, source.path
            )));
        }
        match values.iter().position(|v| !v.is_finite()) {
            Some(at) => {
                Err(FieldProblem::new(format!("`{}` in {} has no value at position {at}", variable.name, source.path)))
            }
            None => Ok(values),
        }
    };
    let over_list = |v: &&Variable| v.dimensions == lon.dimensions;
    let mut depth = None;
    if let Some(variable) = find(&|v| roles::is_depth(&source, v), &["depth", "z"]).filter(over_list) {
        let up = source.text(&variable.name, "positive").eq_ignore_ascii_case("up");
        let sign = if up { -1.0 } else { 1.0 };
        depth = Some(column(variable)?.into_iter().map(|v| v * sign + 0.0).collect());
    }
    let mut time = None;
    let mut calendar = Calendar::Elapsed;
    if let Some(variable) = find(&|v| roles::is_time(&source, v), &["time"]).filter(over_list) {
        let text = source.units(&variable.name);
        let text = if text.is_empty() { "s" } else { &text };
        let units = TimeUnits::parse(text, &source.text(&variable.name, "calendar"))
            .map_err(|reason| FieldProblem::new(format!("time `{}` in {}: {reason}", variable.name, source.path)))?;
        calendar = units.calendar;
        time = Some(column(variable)?.into_iter().map(|t| units.seconds(t)).collect());
    }
    Ok(ReleaseList { lon: column(lon)?, lat: column(lat)?, depth, time, calendar })
}
