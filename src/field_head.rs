//! What is known of a field in files before its values are read: rank 0 finds it out, all ranks check it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::advection::field::Staggering;
pub use crate::calendar::Calendar;
use crate::statistics::Mask;

/// A field in files, as the deck asks for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldRequest {
    /// The name in the deck: `U`, `T`, `stokes.U`.
    pub name: String,
    /// Paths or patterns with `*` and `?`, relative ones from the working directory.
    pub files: Vec<String>,
    pub variable: String,
    pub dimensions: DimensionNames,
    /// A file that holds the coordinates, when the data files do not (NEMO's `coordinates.nc`).
    pub coordinates: Option<String>,
    pub staggering: Staggering,
    /// Time between snapshots, s. Where it is given, a time axis in the files is not looked at.
    pub every: Option<f64>,
}

/// Names of dimensions or coordinate variables where the deck gives them; the CF attributes tell the others.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DimensionNames {
    pub lon: Option<String>,
    pub lat: Option<String>,
    pub depth: Option<String>,
    pub time: Option<String>,
}

/// Why a field cannot be read, for a diagnostic at its place in the deck.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldProblem {
    pub message: String,
    /// What to type.
    pub help: Option<String>,
}

impl FieldProblem {
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None }
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// What the files of a field hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldHead {
    pub request: FieldRequest,
    /// All snapshots in the order of time; at least one.
    pub snapshots: Vec<SnapshotHead>,
    /// How times are counted.
    pub calendar: Calendar,
    pub axes: Axes,
    /// Units of the values as written; empty when the files have none.
    pub units: String,
    /// What the user should know although the field can be read.
    pub warnings: Vec<String>,
}

impl FieldHead {
    /// Times of the first and last snapshot, s.
    #[must_use]
    pub fn time_range(&self) -> (f64, f64) {
        let time = |snapshot: Option<&SnapshotHead>| snapshot.map_or(f64::NAN, |s| s.time);
        (time(self.snapshots.first()), time(self.snapshots.last()))
    }
}

/// One snapshot in a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SnapshotHead {
    pub path: String,
    /// Position along the file's time dimension; 0 when it has none.
    pub index: usize,
    /// s since 1970-01-01 in the calendar, or since the start of the run (`Calendar::Elapsed`).
    pub time: f64,
}

/// The axes of a field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Axes {
    /// Dimensions of the variable in the file's order.
    pub dimensions: Vec<Dimension>,
    pub horizontal: HorizontalHead,
    /// Depths in m, positive down, ascending; empty when the field has no depth or only one.
    pub depth: Vec<f64>,
    /// Whether the file's order is the other way round.
    pub reversed: Reversed,
}

/// A dimension of the variable in its files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dimension {
    pub name: String,
    /// In the first file; that of time differs between files.
    pub length: usize,
    pub role: Role,
}

/// What a dimension stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    Time,
    Depth,
    Y,
    X,
    /// Of length 1, without meaning here.
    Single,
}

/// Axes whose order in the file is descending.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reversed {
    pub depth: bool,
    pub lat: bool,
    pub lon: bool,
}

/// The horizontal axes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum HorizontalHead {
    /// Ascending values, degrees, or m where `degrees` is false.
    Rectilinear {
        lon: Vec<f64>,
        lat: Vec<f64>,
        degrees: bool,
        /// The longitudes go around the globe: the first one follows the last one.
        global: bool,
    },
    /// Sizes and bounds (lon0, lon1, lat0, lat1); the nodes are read by one rank of each node.
    Curvilinear {
        nx: usize,
        ny: usize,
        bounds: [f64; 4],
        /// Whether nodes are in degrees (else m).
        degrees: bool,
        /// File and variables that hold the nodes.
        path: String,
        lon: String,
        lat: String,
    },
}

impl HorizontalHead {
    /// Bounds lon0, lon1, lat0, lat1, degrees or m. A global grid reaches to its first longitude again.
    #[must_use]
    pub fn bounds(&self) -> [f64; 4] {
        let ends = |axis: &[f64]| [axis.first(), axis.last()].map(|v| v.copied().unwrap_or(f64::NAN));
        match self {
            Self::Rectilinear { lon, lat, global, .. } => {
                let ([x0, x1], [y0, y1]) = (ends(lon), ends(lat));
                [x0, if *global { x0 + 360.0 } else { x1 }, y0, y1]
            }
            Self::Curvilinear { bounds, .. } => *bounds,
        }
    }
}

/// Regions on a grid, as their file has them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MaskHead {
    pub mask: Arc<Mask>,
    /// Whether the grid is in degrees (else m).
    pub degrees: bool,
    /// South and north of the centres of cells, degrees or m.
    pub lat: [f64; 2],
}

/// A part of the domain; degrees or m, depths in m positive down. Longitudes may be in any convention, ascending.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Region {
    pub lon: [f64; 2],
    pub lat: [f64; 2],
    /// All depths when absent.
    pub depth: Option<[f64; 2]>,
}
