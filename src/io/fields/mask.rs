//! Regions on a grid: a variable of whole numbers over longitude and latitude, each number a region.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::sync::Arc;

use super::axes;
use super::inspect::{open, variable_of};
use super::source::{Source, Variable};
use super::unpack::Packing;
use crate::field_head::{FieldProblem, FieldRequest, HorizontalHead, MaskHead, Role};
use crate::statistics::{Mask, Regions};

/// Most cells of a mask, of which every rank holds two bytes each.
const MOST_CELLS: usize = 20_000_000;
/// Whole numbers below are exact.
const EXACT: f64 = 9_007_199_254_740_992.0;
/// What tells one number of a grid apart.
const CHOOSE: &str = "keep longitude and latitude only: `ncks -d NAME,0 IN OUT` chooses the first along a dimension";

/// Reads a mask whole. For rank 0.
///
/// # Errors
/// What keeps it from being one, for a diagnostic at its place in the deck.
pub fn read_mask(request: &FieldRequest) -> Result<MaskHead, FieldProblem> {
    let source = open(request.files.first().map_or("", String::as_str))?;
    let variable = variable_of(request, &source)?;
    let about = |what: &dyn Display| FieldProblem::new(format!("`{}` in {} {what}", variable.name, source.path));
    let axes = axes::find(request, &source, &variable, None)?.axes;
    if let Some(other) = axes.dimensions.iter().find(|d| d.length > 1 && !matches!(d.role, Role::X | Role::Y)) {
        let what = format!("has a dimension `{}` of length {} besides those of a map", other.name, other.length);
        return Err(about(&what).help(CHOOSE));
    }
    let HorizontalHead::Rectilinear { lon, lat, degrees, global } = axes.horizontal else {
        let help = "bring it to a grid whose axes have one dimension each, by the nearest neighbour: `cdo remapnn,…`";
        return Err(about(&"is on a curvilinear grid").help(help));
    };
    let (nx, ny) = (lon.len(), lat.len());
    if nx.saturating_mul(ny) > MOST_CELLS {
        let what = format!("has {nx} x {ny} cells, more than {MOST_CELLS}");
        return Err(about(&what).help("cut out the part that is of use, or take a coarser one"));
    }
    let listed = listed(&source, &variable, &about)?;
    let numbers = numbers(&source, &variable, &listed, &about)?;
    let places = places(&numbers, &listed, &about)?;
    let cell = |at: usize| numbers[at].and_then(|number| places.get(&number)).map_or(0, |(place, _)| *place);
    let position = |role| axes.dimensions.iter().position(|d| d.role == role);
    let x_first = position(Role::X) < position(Role::Y);
    let turned = |n: usize, count: usize, reversed: bool| if reversed { count - 1 - n } else { n };
    let mut cells = Vec::with_capacity(numbers.len());
    for row in 0..ny {
        let row = turned(row, ny, axes.reversed.lat);
        for column in 0..nx {
            let column = turned(column, nx, axes.reversed.lon);
            cells.push(cell(if x_first { column * ny + row } else { row * nx + column }));
        }
    }
    let ends = [lat[0], lat[ny - 1]];
    let names = places.into_values().map(|(_, name)| name).collect();
    Ok(MaskHead { mask: Arc::new(Mask::new(names, &[lon, lat], global, cells)), degrees, lat: ends })
}

/// A problem of the variable, after its name and file.
type About<'a> = dyn Fn(&dyn Display) -> FieldProblem + 'a;

/// The numbers that `flag_values` lists, with their names where `flag_meanings` has some.
fn listed(
    source: &Source,
    variable: &Variable,
    about: &About<'_>,
) -> Result<BTreeMap<i64, Option<String>>, FieldProblem> {
    let (values, _) = source.numbers(&variable.name, "flag_values");
    let meanings = source.text(&variable.name, "flag_meanings");
    let names: Vec<&str> = meanings.split_whitespace().collect();
    let wrong = |what: String| {
        Err(about(&what).help("correct the attributes with `ncatted`, or take both away: regions then have numbers"))
    };
    if !names.is_empty() && names.len() != values.len() {
        let (names, values) = (names.len(), values.len());
        return wrong(format!("has {names} names in `flag_meanings` for {values} numbers in `flag_values`"));
    }
    let mut listed = BTreeMap::new();
    for (at, &value) in values.iter().enumerate() {
        let Some(number) = whole(value) else { return wrong(format!("has `{value}` in `flag_values`")) };
        let name = names.get(at).map(|name| (*name).to_owned());
        if name.as_deref() == Some(Regions::ELSEWHERE) {
            let name = Regions::ELSEWHERE;
            return wrong(format!("has `{name}` in `flag_meanings`, which is what lies in no region"));
        }
        if let Some(name) = names.get(at).filter(|name| names[..at].contains(name)) {
            return wrong(format!("has `{name}` twice in `flag_meanings`"));
        }
        if listed.insert(number, name).is_some() {
            return wrong(format!("has {number} twice in `flag_values`"));
        }
    }
    Ok(listed)
}

/// The number of each cell in the file's order; none where it is missing, or 0 without being listed.
fn numbers(
    source: &Source,
    variable: &Variable,
    listed: &BTreeMap<i64, Option<String>>,
    about: &About<'_>,
) -> Result<Vec<Option<i64>>, FieldProblem> {
    let ranges: Vec<_> = variable.dimensions.iter().map(|(_, length)| (0, *length)).collect();
    let packing = Packing::of(source, variable);
    let raw = source.read_f64(&variable.name, &ranges).map_err(FieldProblem::new)?;
    let number = |raw: f64| {
        if let Some(number) = whole(raw).filter(|number| listed.contains_key(number)) {
            return Ok(Some(number));
        }
        let value = packing.value(raw);
        if value.is_nan() || value == 0.0 {
            return Ok(None);
        }
        let not_whole = || about(&format!("holds {value}, and the number of a region is whole"));
        whole(value).map(Some).ok_or_else(|| not_whole().help("name a variable of whole numbers"))
    };
    raw.into_iter().map(number).collect()
}

fn whole(value: f64) -> Option<i64> {
    (value.fract() == 0.0 && value.abs() < EXACT).then_some(value as i64)
}

/// The regions in ascending order of their numbers, each with its place, counted from 1, and its name.
fn places(
    numbers: &[Option<i64>],
    listed: &BTreeMap<i64, Option<String>>,
    about: &About<'_>,
) -> Result<BTreeMap<i64, (u16, String)>, FieldProblem> {
    let mut found: BTreeSet<i64> = listed.keys().copied().collect();
    for number in numbers.iter().flatten() {
        if found.len() > Regions::MOST {
            break;
        }
        found.insert(*number);
    }
    if found.is_empty() {
        let help = "name another variable; 0 is a region where `flag_values` lists it";
        return Err(about(&"has no regions: all its values are 0 or missing").help(help));
    }
    if found.len() > Regions::MOST {
        let most = Regions::MOST;
        let help = "name a variable of regions; each number is one of them";
        return Err(about(&format!("holds more than {most} different numbers")).help(help));
    }
    let name = |number: i64| match listed.get(&number) {
        Some(Some(name)) => name.clone(),
        _ => format!("region_{number}"),
    };
    Ok(found.into_iter().zip(1..).map(|(number, place)| (number, (place, name(number)))).collect())
}
