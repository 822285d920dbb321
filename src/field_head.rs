//! What is known of a field in files before its values are read: rank 0 finds it out, all ranks check it.

use serde::{Deserialize, Serialize};

use crate::advection::field::Staggering;

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
    /// For files without a usable time axis: time between snapshots, s.
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

/// What the files of a field hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldHead {
    pub request: FieldRequest,
    /// All snapshots in the order of time.
    pub snapshots: Vec<SnapshotHead>,
    /// How times are counted.
    pub calendar: Calendar,
    /// Name, and whether the file's order of the axis is reversed to make it ascending.
    pub axes: Axes,
    /// Units of the values as written; empty when the file has none.
    pub units: String,
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

/// Calendars of CF.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Calendar {
    /// Gregorian, also before 1582.
    Standard,
    NoLeap,
    AllLeap,
    Days360,
    /// Times are counted from the start of the run.
    Elapsed,
}

/// The axes of a field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Axes {
    /// Dimension names in the file's order.
    pub dimensions: Vec<String>,
    pub horizontal: HorizontalHead,
    /// Depths in m, positive down, ascending; empty when the field has no depth.
    pub depth: Vec<f64>,
}

/// The horizontal axes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum HorizontalHead {
    /// Ascending values.
    Rectilinear { lon: Vec<f64>, lat: Vec<f64> },
    /// Sizes and bounds (lon0, lon1, lat0, lat1); the nodes are read by each rank.
    Curvilinear { nx: usize, ny: usize, bounds: [f64; 4] },
}
