//! Reading the part of a field that a rank needs, one snapshot at a time.

use std::ops::Range;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::nodes::{self, Nodes};
use super::selection::{self, Part};
use super::source::{Kind, Source};
use super::unpack::Packing;
use crate::advection::field::{Grid, Horizontal};
use crate::error::Error;
use crate::field_head::{FieldHead, HorizontalHead, Region, Role};

/// Reads snapshots of one field. At most one file is open at a time.
pub struct FieldReader {
    head: FieldHead,
    area: Area,
    /// Levels that are read, from the uppermost on.
    levels: Range<usize>,
    open: Option<Source>,
}

/// What is read of a horizontal grid, counted in ascending order of each axis.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Area {
    columns: Vec<Part>,
    rows: Range<usize>,
}

impl Area {
    /// The part that `subset` needs, or all, and its nodes. Those of a curvilinear grid are read from their file.
    ///
    /// # Errors
    /// `File` when the nodes cannot be read.
    pub fn find(head: &FieldHead, subset: Option<Region>) -> Result<(Self, Horizontal), Error> {
        match &head.axes.horizontal {
            HorizontalHead::Rectilinear { lon, lat, degrees, global } => {
                let columns = selection::longitudes(lon, *degrees, *global, subset.map(|s| s.lon));
                let rows = subset.map_or(0..lat.len(), |s| selection::enclosing(lat, s.lat[0], s.lat[1]));
                let lon = columns.iter().flat_map(|p| lon[p.range.clone()].iter().map(|v| v + p.shift)).collect();
                let lat = lat[rows.clone()].to_vec();
                Ok((Self { columns, rows }, Horizontal::Rectilinear { lon, lat }))
            }
            HorizontalHead::Curvilinear { path, lon, lat, degrees, .. } => {
                let source = Source::open(path).map_err(|reason| unreadable(path, reason))?;
                read_nodes(&source, lon, lat, *degrees, subset.as_ref()).map_err(|reason| unreadable(path, reason))
            }
        }
    }
}

impl FieldReader {
    /// Prepares for reading the part of the domain that `subset` needs, or all of it, and gives the nodes of what will be
    /// read. Those of a curvilinear grid are read here.
    ///
    /// # Errors
    /// `File` when the nodes cannot be read.
    pub fn open(head: &FieldHead, subset: Option<Region>) -> Result<(Self, Grid), Error> {
        let (area, horizontal) = Area::find(head, subset)?;
        Ok(Self::within(head, subset, area, horizontal))
    }

    /// As `open`, for nodes and the area in which they stand that are known.
    #[must_use]
    pub fn within(head: &FieldHead, subset: Option<Region>, area: Area, horizontal: Horizontal) -> (Self, Grid) {
        let depth = &head.axes.depth;
        let levels = match subset.and_then(|s| s.depth) {
            Some([top, bottom]) if !depth.is_empty() => selection::enclosing(depth, top, bottom),
            _ => 0..depth.len().max(1),
        };
        let depth = if depth.is_empty() { Vec::new() } else { depth[levels.clone()].to_vec() };
        let grid = Grid { horizontal, depth, staggering: head.request.staggering };
        (Self { head: head.clone(), area, levels, open: None }, grid)
    }

    /// Values in a snapshot.
    #[must_use]
    pub fn len(&self) -> usize {
        self.levels.len() * self.area.rows.len() * self.width()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn width(&self) -> usize {
        self.area.columns.iter().map(|p| p.range.len()).sum()
    }

    /// Values of a snapshot, `[depth][y][x]` on the nodes of `grid`, in the units of the file; NaN where there is none.
    ///
    /// # Errors
    /// `File` when the file cannot be read, or is not what it was when it was inspected.
    pub fn read(&mut self, snapshot: usize) -> Result<Vec<f32>, Error> {
        let Some(place) = self.head.snapshots.get(snapshot).cloned() else {
            return Err(unreadable(&self.head.request.name, format!("it has no snapshot {snapshot}")));
        };
        let source = match self.open.take().filter(|s| s.path == place.path) {
            Some(source) => source,
            None => Source::open(&place.path).map_err(|reason| unreadable(&place.path, reason))?,
        };
        let values = self.read_from(&source, place.index).map_err(|reason| unreadable(&place.path, reason));
        self.open = Some(source);
        values
    }

    fn read_from(&self, source: &Source, index: usize) -> Result<Vec<f32>, String> {
        let name = &self.head.request.variable;
        let variable = source.variable(name).ok_or_else(|| format!("there is no variable `{name}` any more"))?;
        let dimensions = &self.head.axes.dimensions;
        let is_same = variable.dimensions.len() == dimensions.len()
            && dimensions.iter().zip(&variable.dimensions).all(|(then, (_, now))| match then.role {
                Role::Time => index < *now,
                _ => then.length == *now,
            });
        if !is_same {
            return Err(format!("`{name}` no longer has the dimensions it had at the start"));
        }
        let packing = Packing::of(source, &variable);
        let mut values = Vec::new();
        values.try_reserve_exact(self.len()).map_err(|_| format!("no memory for {} values", self.len()))?;
        values.resize(self.len(), f32::NAN);
        let mut first_column = 0;
        for part in &self.area.columns {
            let layout = self.layout(part, index);
            let start = first_column;
            match variable.kind {
                Kind::Small { .. } | Kind::Float => {
                    let raw = source.read_f32(name, &layout.ranges)?;
                    layout.place(start, self.width(), &mut values, |at| packing.value(f64::from(raw[at])) as f32);
                }
                _ => {
                    let raw = source.read_f64(name, &layout.ranges)?;
                    layout.place(start, self.width(), &mut values, |at| packing.value(raw[at]) as f32);
                }
            }
            first_column += part.range.len();
        }
        Ok(values)
    }

    /// Where one run of columns stands in the file.
    fn layout(&self, part: &Part, index: usize) -> Layout {
        let axes = &self.head.axes;
        let (nx, ny, nz) = match &axes.horizontal {
            HorizontalHead::Rectilinear { lon, lat, .. } => (lon.len(), lat.len(), axes.depth.len().max(1)),
            HorizontalHead::Curvilinear { nx, ny, .. } => (*nx, *ny, axes.depth.len().max(1)),
        };
        let mut layout = Layout { ranges: Vec::new(), strides: [0; 3], sizes: [1; 3], reversed: [false; 3] };
        for dimension in &axes.dimensions {
            let (which, range, length, reversed) = match dimension.role {
                Role::Time => (None, index..index + 1, 1, false),
                Role::Single => (None, 0..1, 1, false),
                Role::Depth => (Some(0), self.levels.clone(), nz, axes.reversed.depth),
                Role::Y => (Some(1), self.area.rows.clone(), ny, axes.reversed.lat),
                Role::X => (Some(2), part.range.clone(), nx, axes.reversed.lon),
            };
            let start = if reversed { length - range.end } else { range.start };
            layout.ranges.push((start, range.len()));
            if let Some(which) = which {
                layout.sizes[which] = range.len();
                layout.reversed[which] = reversed;
            }
        }
        let mut stride = 1;
        for (dimension, (_, count)) in axes.dimensions.iter().zip(&layout.ranges).rev() {
            match dimension.role {
                Role::Depth => layout.strides[0] = stride,
                Role::Y => layout.strides[1] = stride,
                Role::X => layout.strides[2] = stride,
                Role::Time | Role::Single => {}
            }
            stride *= count;
        }
        layout
    }
}

/// A block in a file: dimensions may be in any order and direction there.
struct Layout {
    /// Start and count of each of the file's dimensions.
    ranges: Vec<(usize, usize)>,
    /// Distance of neighbours along depth, y and x in the block.
    strides: [usize; 3],
    sizes: [usize; 3],
    reversed: [bool; 3],
}

impl Layout {
    /// Puts the block's values in their places in `[depth][y][x]`, rows of `width` values, from column `first` on.
    fn place(&self, first: usize, width: usize, values: &mut [f32], value: impl Fn(usize) -> f32) {
        let offset = |axis: usize, at: usize| {
            (if self.reversed[axis] { self.sizes[axis] - 1 - at } else { at }) * self.strides[axis]
        };
        for z in 0..self.sizes[0] {
            for y in 0..self.sizes[1] {
                let base = offset(0, z) + offset(1, y);
                let row = (z * self.sizes[1] + y) * width + first;
                for (x, target) in values[row..row + self.sizes[2]].iter_mut().enumerate() {
                    *target = value(base + offset(2, x));
                }
            }
        }
    }
}

fn read_nodes(
    source: &Source,
    lon: &str,
    lat: &str,
    degrees: bool,
    subset: Option<&Region>,
) -> Result<(Area, Horizontal), String> {
    let nodes = Nodes::new(source, lon, lat)?;
    let (rows, columns) = match subset {
        Some(region) => nodes.around(region, degrees)?,
        None => (0..nodes.ny, 0..nodes.nx),
    };
    let (mut lon, lat) = nodes.read(rows.clone(), columns.clone())?;
    if degrees {
        nodes::make_continuous(&mut lon, columns.len(), subset.map(|s| f64::midpoint(s.lon[0], s.lon[1])));
    }
    let horizontal = Horizontal::Curvilinear { nx: columns.len(), ny: rows.len(), lon, lat };
    Ok((Area { columns: vec![Part { range: columns, shift: 0.0 }], rows }, horizontal))
}

fn unreadable(path: &str, reason: String) -> Error {
    Error::File { path: PathBuf::from(path), action: "read the field from", reason }
}
