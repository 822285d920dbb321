//! Gridded fields: nodes, snapshots, and the window of snapshots around the clock that is held in memory.

/// Where the nodes of a grid are.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    pub horizontal: Horizontal,
    /// Depths of the levels, m, positive down, ascending; empty when the field has no depth.
    pub depth: Vec<f64>,
    pub staggering: Staggering,
}

/// Horizontal coordinates of the nodes; degrees, or m on a flat mesh.
#[derive(Debug, Clone, PartialEq)]
pub enum Horizontal {
    /// Ascending lines of longitude and latitude, at any spacing.
    Rectilinear { lon: Vec<f64>, lat: Vec<f64> },
    /// Every node has its own coordinates, `[y][x]`. On a C-grid these are the corners (f points).
    Curvilinear { nx: usize, ny: usize, lon: Vec<f64>, lat: Vec<f64> },
}

/// Where values stand in a grid cell (Arakawa & Lamb 1977).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Staggering {
    /// All at the nodes.
    A,
    /// U on the eastern and V on the northern faces, W on the upper ones, all else at the centres, with NEMO's indices.
    C,
}

/// One field at one time.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// s from the start of the run.
    pub time: f64,
    /// `[depth][y][x]`, SI; NaN where the file has no value (land).
    pub values: Vec<f32>,
}
