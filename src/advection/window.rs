//! The snapshots around the clock of one field, or of two fields that are read together, as interpolation wants them:
//! both components of a vector side by side, land as water at rest with flags beside it, a closing column behind grids
//! that go around the globe.

use super::curved::Curved;
use super::field::{Need, OutsideTimes, needed};
use super::place::Lattice;

/// A grid ready for searching.
#[derive(Debug, Clone)]
pub(super) enum Ground {
    Lattice(Box<Lattice>),
    Curved(Box<Curved>),
}

/// Values of one snapshot.
#[derive(Debug, Clone)]
pub(super) enum Values {
    /// NaN where there is no value.
    Single(Vec<f32>),
    /// 0 where one of the two has no value. Both lie side by side, so that one load fetches two neighbouring nodes.
    Pair(Vec<[f32; 2]>),
    /// On curvilinear grids: one list for each field, NaN where there is no value.
    Columns(Vec<Vec<f32>>),
}

/// One snapshot in memory.
#[derive(Debug, Clone)]
pub(super) struct Slot {
    /// The time at which it counts, s.
    pub time: f64,
    /// 1 / time to the next snapshot held, 1/s; 0 for the last.
    pub per_span: f64,
    pub values: Values,
    /// For the cell that begins at each node of a pair, four bits: whether its corners (x fastest) are land; empty
    /// without land.
    pub land: Vec<u8>,
}

/// A window of snapshots on one grid.
#[derive(Debug, Clone)]
pub(super) struct Window {
    /// One field, or two in the order of the components.
    pub fields: Vec<usize>,
    /// Position in the list of grids.
    pub grid: usize,
    /// Times of all snapshots there are.
    pub times: Vec<f64>,
    pub outside: OutsideTimes,
    /// Ascending in time.
    pub slots: Vec<Slot>,
}

impl Window {
    /// Whether the held snapshots cover a time, by the field's rule for times outside.
    pub fn covers(&self, time: f64) -> bool {
        match (self.slots.first(), self.slots.last()) {
            (Some(first), Some(last)) => {
                // A clock's times are sums and products: they may miss a snapshot by a rounding.
                let slack = 1e-6 + 1e-12 * time.abs();
                self.outside != OutsideTimes::Refuse
                    || self.times.len() == 1
                    || (first.time - slack <= time && time <= last.time + slack)
            }
            _ => false,
        }
    }

    /// Hold what a span of time needs: drop the rest, `read` what is missing as (field, index of snapshot).
    pub fn update<E>(
        &mut self,
        ground: &Ground,
        from: f64,
        to: f64,
        read: &mut impl FnMut(usize, usize) -> Result<Vec<f32>, E>,
    ) -> Result<(), E> {
        let needs = needed(&self.times, self.outside, from, to);
        self.slots.retain(|slot| needs.iter().any(|need| need.time == slot.time));
        for need in self.missing(from, to) {
            let mut values = Vec::with_capacity(self.fields.len());
            for &field in &self.fields {
                values.push(read(field, need.index)?);
            }
            let slot = match ground {
                Ground::Lattice(lattice) => slot(lattice, need.time, &values),
                Ground::Curved(curved) => {
                    let fit = values.iter().all(|values| values.len() == curved.nodes());
                    assert!(fit, "one value for each node");
                    Slot { time: need.time, per_span: 0.0, values: Values::Columns(values), land: Vec::new() }
                }
            };
            let at = self.slots.partition_point(|held| held.time < need.time);
            self.slots.insert(at, slot);
        }
        for k in 0..self.slots.len() {
            let span = self.slots.get(k + 1).map_or(0.0, |next| next.time - self.slots[k].time);
            self.slots[k].per_span = if span > 0.0 { 1.0 / span } else { 0.0 };
        }
        Ok(())
    }

    /// The snapshots of a span of time that are not held.
    pub fn missing(&self, from: f64, to: f64) -> Vec<Need> {
        let mut needs = needed(&self.times, self.outside, from, to);
        needs.retain(|need| !self.slots.iter().any(|slot| slot.time == need.time));
        needs
    }

    /// Memory of the snapshots, bytes.
    pub fn bytes(&self) -> usize {
        let of = |slot: &Slot| {
            slot.land.len()
                + match &slot.values {
                    Values::Single(values) => size_of_val(values.as_slice()),
                    Values::Pair(values) => size_of_val(values.as_slice()),
                    Values::Columns(columns) => columns.iter().map(|values| size_of_val(values.as_slice())).sum(),
                }
        };
        self.slots.iter().map(of).sum()
    }
}

fn slot(lattice: &Lattice, time: f64, values: &[Vec<f32>]) -> Slot {
    let columns = lattice.columns;
    let rows = lattice.y.columns() * lattice.z.columns();
    for values in values {
        assert_eq!(values.len(), columns * rows, "one value for each node");
    }
    // The place in the file's order of a node in ours, which may have one column more.
    let source = (0..rows).flat_map(|row| {
        (0..lattice.row()).map(move |column| row * columns + if column == columns { 0 } else { column })
    });
    match values {
        [first, second] => {
            let mut any_land = false;
            let mut nodes = Vec::with_capacity(lattice.nodes());
            let mut land = Vec::with_capacity(lattice.nodes());
            for at in source {
                let (a, b) = (first[at], second[at]);
                let is_land = a.is_nan() || b.is_nan();
                any_land |= is_land;
                nodes.push(if is_land { [0.0; 2] } else { [a, b] });
                land.push(u8::from(is_land));
            }
            let land = if any_land { corners(&land, lattice) } else { Vec::new() };
            Slot { time, per_span: 0.0, values: Values::Pair(nodes), land }
        }
        _ => {
            let values = Values::Single(source.map(|at| values[0][at]).collect());
            Slot { time, per_span: 0.0, values, land: Vec::new() }
        }
    }
}

/// Flags of nodes gathered to flags of the cells that begin there.
fn corners(land: &[u8], lattice: &Lattice) -> Vec<u8> {
    let flag = |at: usize| land.get(at).copied().unwrap_or(0);
    let [north, _] = lattice.stride;
    (0..land.len()).map(|at| flag(at) | flag(at + 1) << 1 | flag(at + north) << 2 | flag(at + north + 1) << 3).collect()
}
