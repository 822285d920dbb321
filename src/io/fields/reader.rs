//! Reading the part of a field that a rank needs, one snapshot at a time.

use std::ops::Range;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::block::{Block, Side};
use super::nodes::{self, Nodes};
use super::selection::{self, Part};
use super::source::{Kind, Source};
use super::unpack::Packing;
use crate::advection::field::{Grid, Horizontal};
use crate::error::Error;
use crate::field_head::{Dimension, FieldHead, HorizontalHead, Region, Role};

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

    /// Values in a row.
    #[must_use]
    pub fn width(&self) -> usize {
        self.area.columns.iter().map(|p| p.range.len()).sum()
    }

    /// Values of a snapshot, `[depth][y][x]` on the nodes of `grid`, in the units of the file; NaN where there is none.
    ///
    /// # Errors
    /// `File` when the file cannot be read, or is not what it was when it was inspected.
    pub fn read(&mut self, snapshot: usize) -> Result<Vec<f32>, Error> {
        let mut values = Vec::new();
        let no_memory = |_| unreadable(&self.head.request.name, format!("no memory for {} values", self.len()));
        values.try_reserve_exact(self.len()).map_err(no_memory)?;
        values.resize(self.len(), f32::NAN);
        self.read_rows(snapshot, &mut |first, row| values[first..first + row.len()].copy_from_slice(row))?;
        Ok(values)
    }

    /// As `read`, row by row and without memory for the whole: `put` gets the number of the first of some values in a row,
    /// and the values, which it may change.
    ///
    /// # Errors
    /// As `read`; rows may have been put then.
    pub fn read_rows(&mut self, snapshot: usize, put: &mut dyn FnMut(usize, &mut [f32])) -> Result<(), Error> {
        let Some(place) = self.head.snapshots.get(snapshot).cloned() else {
            return Err(unreadable(&self.head.request.name, format!("it has no snapshot {snapshot}")));
        };
        let source = match self.open.take().filter(|s| s.path == place.path) {
            Some(source) => source,
            None => Source::open(&place.path).map_err(|reason| unreadable(&place.path, reason))?,
        };
        let done = self.read_from(&source, place.index, put).map_err(|reason| unreadable(&place.path, reason));
        self.open = Some(source);
        done
    }

    fn read_from(&self, source: &Source, index: usize, put: &mut dyn FnMut(usize, &mut [f32])) -> Result<(), String> {
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
        let chunks = source.chunks(name);
        let is_single = matches!(variable.kind, Kind::Small { .. } | Kind::Float);
        let (mut singles, mut doubles, mut row) = (Vec::new(), Vec::new(), Vec::new());
        let mut first_column = 0;
        for part in &self.area.columns {
            let whole = self.block(part, index);
            for piece in whole.pieces(chunks.as_deref()) {
                let ranges = piece.ranges();
                if is_single {
                    source.read_f32_into(name, &ranges, &mut singles)?;
                } else {
                    source.read_f64_into(name, &ranges, &mut doubles)?;
                }
                piece.rows(|[z, y, x], places| {
                    row.clear();
                    if is_single {
                        packing.append_singles(&singles, places, &mut row);
                    } else {
                        row.extend(places.iter().map(|at| packing.value(doubles[at]) as f32));
                    }
                    put((z * self.area.rows.len() + y) * self.width() + first_column + x, &mut row);
                });
            }
            first_column += part.range.len();
        }
        Ok(())
    }

    /// Where one run of columns stands in the file.
    fn block(&self, part: &Part, index: usize) -> Block {
        let axes = &self.head.axes;
        let (nx, ny, nz) = match &axes.horizontal {
            HorizontalHead::Rectilinear { lon, lat, .. } => (lon.len(), lat.len(), axes.depth.len().max(1)),
            HorizontalHead::Curvilinear { nx, ny, .. } => (*nx, *ny, axes.depth.len().max(1)),
        };
        let side = |dimension: &Dimension| {
            let (along, range, length, reversed) = match dimension.role {
                Role::Time => (None, index..index + 1, 1, false),
                Role::Single => (None, 0..1, 1, false),
                Role::Depth => (Some(0), self.levels.clone(), nz, axes.reversed.depth),
                Role::Y => (Some(1), self.area.rows.clone(), ny, axes.reversed.lat),
                Role::X => (Some(2), part.range.clone(), nx, axes.reversed.lon),
            };
            let start = if reversed { length - range.end } else { range.start };
            Side { along, start, count: range.len(), reversed, origin: 0 }
        };
        Block::new(axes.dimensions.iter().map(side).collect())
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
