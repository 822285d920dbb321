//! Gridded fields: nodes, snapshots, and which snapshots are needed around the clock.

use std::sync::Arc;

use super::Mesh;
use super::curvilinear::Curvilinear;

/// Where the nodes of a grid are.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    pub horizontal: Horizontal,
    /// Depths of the levels, m, positive down, ascending; empty when the field has no depth.
    pub depth: Vec<f64>,
    pub staggering: Staggering,
}

impl Grid {
    /// Nodes along x, y and depth, the last at least 1.
    #[must_use]
    pub fn shape(&self) -> [usize; 3] {
        let (nx, ny) = match &self.horizontal {
            Horizontal::Rectilinear { lon, lat } => (lon.len(), lat.len()),
            Horizontal::Curvilinear { nx, ny, .. } => (*nx, *ny),
            Horizontal::Ready(grid) => (grid.nx(), grid.ny()),
        };
        [nx, ny, self.depth.len().max(1)]
    }
}

/// Horizontal coordinates of the nodes; degrees, or m on a flat mesh.
#[derive(Debug, Clone, PartialEq)]
pub enum Horizontal {
    /// Ascending lines of longitude and latitude, at any spacing.
    Rectilinear { lon: Vec<f64>, lat: Vec<f64> },
    /// Every node has its own coordinates, `[y][x]`. On a C-grid these are the corners (f points).
    Curvilinear { nx: usize, ny: usize, lon: Vec<f64>, lat: Vec<f64> },
    /// The same, ready for searching: once for all fields that are on these nodes, in memory that ranks may share.
    Ready(Arc<Curvilinear>),
}

impl Horizontal {
    /// Nodes that every cell has to itself, ready for searching, also those that stand on lines; `None` where there is no
    /// cell or no memory.
    #[must_use]
    pub fn searched(self, mesh: Mesh) -> Option<Arc<Curvilinear>> {
        match self {
            Self::Rectilinear { lon, lat } => Curvilinear::from_lines(&lon, &lat, mesh).map(Arc::new),
            Self::Curvilinear { nx, ny, lon, lat } => Curvilinear::new(nx, ny, lon, lat, mesh).map(Arc::new),
            Self::Ready(grid) => Some(grid),
        }
    }
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

/// What a field is between two of its snapshots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InTime {
    /// It changes linearly from one to the next.
    Linear,
    /// It follows the cubic through the two before and the two after.
    Cubic,
}

/// What a field is at times that its files do not cover.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum OutsideTimes {
    /// It is nothing: particles that need it stop with the status `outside_times`.
    Refuse,
    /// The nearest snapshot holds.
    Extrapolate,
    /// Time is taken modulo this period, s, from the first snapshot.
    Periodic(f64),
}

/// A snapshot that a span of time needs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Need {
    /// Position in the field's list of snapshots.
    pub index: usize,
    /// The time at which it counts, s from the start of the run; differs from the snapshot's own in periodic fields.
    pub time: f64,
}

/// The snapshots, ascending in time, between which a field with snapshots at `times` (ascending) is interpolated from
/// time `from` to time `to`, in either order.
#[must_use]
pub fn needed(times: &[f64], outside: OutsideTimes, from: f64, to: f64) -> Vec<Need> {
    let (low, high) = (from.min(to), from.max(to));
    let Some(&origin) = times.first() else { return Vec::new() };
    if let OutsideTimes::Periodic(period) = outside
        && period > 0.0
    {
        // A snapshot at the end of the period is the first one again.
        let count = times.partition_point(|&time| time < origin + period * (1.0 - 1e-12));
        let mut cycle = ((low - origin) / period).floor();
        let at = |index: usize, cycle: f64| times[index] + cycle * period;
        if at(0, cycle) > low {
            cycle -= 1.0;
        }
        let mut index = (0..count).rev().find(|&index| at(index, cycle) <= low).unwrap_or(0);
        let mut needs = vec![Need { index, time: at(index, cycle) }];
        while needs[needs.len() - 1].time < high || needs.len() < 2 {
            index += 1;
            if index == count {
                (index, cycle) = (0, cycle + 1.0);
            }
            needs.push(Need { index, time: at(index, cycle) });
        }
        return needs;
    }
    let first = times.partition_point(|&time| time <= low).saturating_sub(1);
    let last = times.partition_point(|&time| time < high).min(times.len() - 1).max(first);
    (first..=last).map(|index| Need { index, time: times[index] }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(times: &[f64], outside: OutsideTimes, from: f64, to: f64) -> Vec<(usize, f64)> {
        needed(times, outside, from, to).iter().map(|need| (need.index, need.time)).collect()
    }

    #[test]
    fn exact_needed_snapshots_enclose_the_span() {
        let times = [0.0, 10.0, 20.0, 30.0];
        let plain = |from, to| list(&times, OutsideTimes::Extrapolate, from, to);
        assert_eq!(plain(3.0, 4.0), [(0, 0.0), (1, 10.0)]);
        assert_eq!(plain(10.0, 20.0), [(1, 10.0), (2, 20.0)]);
        assert_eq!(plain(20.0, 10.0), [(1, 10.0), (2, 20.0)]);
        assert_eq!(plain(5.0, 25.0).len(), 4);
        assert_eq!(plain(40.0, 50.0), [(3, 30.0)]);
        assert_eq!(plain(-9.0, -5.0), [(0, 0.0)]);
        assert_eq!(list(&[7.0], OutsideTimes::Refuse, 0.0, 100.0), [(0, 7.0)]);
        assert!(list(&[], OutsideTimes::Refuse, 0.0, 1.0).is_empty());
    }

    #[test]
    fn exact_periodic_snapshots_repeat() {
        let times = [0.0, 10.0, 20.0, 30.0];
        let periodic = |from, to| list(&times, OutsideTimes::Periodic(40.0), from, to);
        assert_eq!(periodic(35.0, 37.0), [(3, 30.0), (0, 40.0)]);
        assert_eq!(periodic(75.0, 95.0), [(3, 70.0), (0, 80.0), (1, 90.0), (2, 100.0)]);
        assert_eq!(periodic(-5.0, -1.0), [(3, -10.0), (0, 0.0)]);
        // A year that ends with the snapshot that it begins with.
        assert_eq!(list(&times, OutsideTimes::Periodic(30.0), 25.0, 28.0), [(2, 20.0), (0, 30.0)]);
        assert_eq!(list(&[3.0], OutsideTimes::Periodic(5.0), 4.0, 6.0), [(0, 3.0), (0, 8.0)]);
    }
}
