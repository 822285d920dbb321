//! Nodes of curvilinear grids, read in blocks of rows so that no rank holds more than the part it needs.

use std::ops::Range;

use super::source::{Source, Variable};
use super::unpack::Packing;
use crate::field_head::Region;

/// Values in a block of rows.
const BLOCK: usize = 1 << 20;

/// The two variables that hold the nodes, `[y][x]`.
pub struct Nodes<'s> {
    source: &'s Source,
    lon: Variable,
    lat: Variable,
    packings: [Packing; 2],
    pub nx: usize,
    pub ny: usize,
    /// m or degrees in the file's unit.
    scale: f64,
}

impl<'s> Nodes<'s> {
    /// # Errors
    /// When one of the variables is not there or has not two dimensions longer than 1.
    pub fn new(source: &'s Source, lon: &str, lat: &str) -> Result<Self, String> {
        let find = |name: &str| {
            source.variable(name).ok_or_else(|| format!("there is no variable `{name}` in {}", source.path))
        };
        let (lon, lat) = (find(lon)?, find(lat)?);
        let [(_, ny), (_, nx)] = lon.shape()[..] else {
            return Err(format!("`{}` in {} has not two dimensions", lon.name, source.path));
        };
        if lat.shape() != lon.shape() {
            return Err(format!("`{}` and `{}` in {} differ in their dimensions", lon.name, lat.name, source.path));
        }
        let packings = [Packing::of(source, &lon), Packing::of(source, &lat)];
        let scale = length_scale(&source.units(&lon.name));
        Ok(Self { source, lon, lat, packings, nx, ny, scale })
    }

    /// Longitudes and latitudes of a part, `[y][x]`; NaN where the file has none.
    ///
    /// # Errors
    /// File, variable and reason.
    pub fn read(&self, rows: Range<usize>, columns: Range<usize>) -> Result<(Vec<f64>, Vec<f64>), String> {
        let read = |variable: &Variable, packing: &Packing| -> Result<Vec<f64>, String> {
            let mut parts = [rows.clone(), columns.clone()].into_iter();
            let ranges: Vec<_> = variable
                .dimensions
                .iter()
                .map(|(_, length)| match (*length > 1).then(|| parts.next()).flatten() {
                    Some(part) => (part.start, part.len()),
                    None => (0, 1),
                })
                .collect();
            let mut values = self.source.read_f64(&variable.name, &ranges)?;
            for value in &mut values {
                *value = packing.value(*value) * self.scale;
            }
            Ok(values)
        };
        Ok((read(&self.lon, &self.packings[0])?, read(&self.lat, &self.packings[1])?))
    }

    /// Calls `see(first row, lon, lat)` for blocks of rows; neighbouring blocks share a row.
    fn scan(&self, mut see: impl FnMut(usize, &[f64], &[f64])) -> Result<(), String> {
        let rows = (BLOCK / self.nx).max(2);
        let mut first = 0;
        while first + 1 < self.ny {
            let end = (first + rows).min(self.ny);
            let (lon, lat) = self.read(first..end, 0..self.nx)?;
            see(first, &lon, &lat);
            first = end - 1;
        }
        Ok(())
    }

    /// Bounds of all nodes; and the two axes, when every row has the same longitudes and every column the same
    /// latitudes, so that the grid is a rectilinear one in disguise.
    ///
    /// # Errors
    /// File, variable and reason.
    #[allow(clippy::type_complexity)]
    pub fn survey(&self) -> Result<([f64; 4], Option<(Vec<f64>, Vec<f64>)>), String> {
        let mut bounds = [f64::INFINITY, f64::NEG_INFINITY, f64::INFINITY, f64::NEG_INFINITY];
        let mut axes = (Vec::new(), vec![0.0; self.ny]);
        let mut is_rectilinear = true;
        self.scan(|first, lon, lat| {
            if axes.0.is_empty() {
                axes.0 = lon[..self.nx].to_vec();
            }
            for (row, (x, y)) in lon.chunks(self.nx).zip(lat.chunks(self.nx)).enumerate() {
                axes.1[first + row] = y[0];
                is_rectilinear &= x == axes.0 && y.iter().all(|v| *v == y[0]);
                for (x, y) in x.iter().zip(y).filter(|(x, y)| x.is_finite() && y.is_finite()) {
                    bounds = [bounds[0].min(*x), bounds[1].max(*x), bounds[2].min(*y), bounds[3].max(*y)];
                }
            }
        })?;
        Ok((bounds, is_rectilinear.then_some(axes)))
    }

    /// Rows and columns of all cells that a region touches, with two more nodes on each side; at least 2 × 2 nodes.
    ///
    /// # Errors
    /// File, variable and reason.
    pub fn around(&self, region: &Region, degrees: bool) -> Result<(Range<usize>, Range<usize>), String> {
        let (mut y0, mut y1, mut x0, mut x1) = (usize::MAX, 0, usize::MAX, 0);
        self.scan(|first, lon, lat| {
            for row in 0..lon.len() / self.nx - 1 {
                for column in 0..self.nx - 1 {
                    let at = row * self.nx + column;
                    let corners = [at, at + 1, at + self.nx, at + self.nx + 1];
                    if touches(region, corners.map(|c| (lon[c], lat[c])), degrees) {
                        (y0, y1) = (y0.min(first + row), y1.max(first + row + 1));
                        (x0, x1) = (x0.min(column), x1.max(column + 1));
                    }
                }
            }
        })?;
        if y0 == usize::MAX {
            return Ok((0..2, 0..2));
        }
        let widen = |low: usize, high: usize, length: usize| low.saturating_sub(2)..(high + 3).min(length);
        Ok((widen(y0, y1, self.ny), widen(x0, x1, self.nx)))
    }
}

/// Whether the box around a cell meets the region, in any convention of longitudes.
fn touches(region: &Region, corners: [(f64, f64); 4], degrees: bool) -> bool {
    let (x, y) = corners[0];
    if corners.iter().any(|(x, y)| !x.is_finite() || !y.is_finite()) {
        return false;
    }
    let (mut west, mut east, mut south, mut north) = (x, x, y, y);
    for (corner, y) in corners {
        let corner = if degrees { corner - 360.0 * ((corner - x) / 360.0).round() } else { corner };
        (west, east, south, north) = (west.min(corner), east.max(corner), south.min(y), north.max(y));
    }
    let shift = if degrees { 360.0 * ((region.lon[0] - east) / 360.0).ceil() } else { 0.0 };
    north >= region.lat[0] && south <= region.lat[1] && east + shift >= region.lon[0] && west + shift <= region.lon[1]
}

/// Neighbouring longitudes within 180 degrees of each other, and the whole near `centre` where one is given. A grid
/// that closes around a pole or the globe cannot be made so and stays as it is.
pub fn make_continuous(lon: &mut [f64], nx: usize, centre: Option<f64>) {
    let near = |value: f64, base: f64| value - 360.0 * ((value - base) / 360.0).round();
    let mut joined = lon.to_vec();
    let mut base = None;
    for at in 0..joined.len() {
        let neighbour = if at % nx > 0 { joined[at - 1] } else { at.checked_sub(nx).map_or(f64::NAN, |a| joined[a]) };
        let reference = if neighbour.is_finite() { Some(neighbour) } else { base };
        if let Some(reference) = reference {
            joined[at] = near(joined[at], reference);
        }
        if joined[at].is_finite() {
            base = Some(joined[at]);
        }
    }
    let torn = |a: usize, b: usize| (joined[a] - joined[b]).abs() > 180.0;
    let (low, high) =
        joined.iter().filter(|v| v.is_finite()).fold((f64::MAX, f64::MIN), |(a, b), v| (a.min(*v), b.max(*v)));
    let is_whole = (nx..joined.len()).all(|at| !torn(at, at - nx)) && high - low < 359.0;
    if !is_whole {
        return;
    }
    let middle = f64::midpoint(low, high);
    let first = lon.first().copied().filter(|v| v.is_finite()).unwrap_or(middle);
    let shift = match centre {
        Some(centre) => near(middle, centre) - middle,
        // As close to the file's own convention as can be.
        None => 360.0 * ((first - joined.first().copied().unwrap_or(first)) / 360.0).round(),
    };
    for (value, joined) in lon.iter_mut().zip(joined) {
        *value = joined + if shift.is_finite() { shift } else { 0.0 };
    }
}

/// m in a unit of length, 1 for degrees and unknown ones.
#[must_use]
pub fn length_scale(units: &str) -> f64 {
    match units.to_lowercase().as_str() {
        "km" | "kilometer" | "kilometers" | "kilometre" | "kilometres" => 1000.0,
        "cm" | "centimeter" | "centimeters" | "centimetre" | "centimetres" => 0.01,
        _ => 1.0,
    }
}
