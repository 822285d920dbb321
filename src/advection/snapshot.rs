//! One snapshot of a field, or of two fields that are read together, as interpolation wants it: both components of a
//! vector side by side, land as water at rest with flags beside it, a closing column behind grids that go around the
//! globe.

use super::window::Ground;
use crate::memory::{Block, Region, room_for};

/// Values of one snapshot.
#[derive(Debug, Clone)]
pub(super) enum Values {
    /// NaN where there is no value.
    Single(Block<f32>),
    /// 0 where one of the two has no value. Both lie side by side, so that one load fetches two neighbouring nodes.
    Pair(Block<[f32; 2]>),
    /// On curvilinear grids: one list for each field, NaN where there is no value.
    Columns(Vec<Block<f32>>),
}

/// The memory of one snapshot, which serves one after the other.
#[derive(Debug, Clone)]
pub struct Slot {
    /// The time at which it counts, s.
    pub(super) time: f64,
    /// 1 / time to the next snapshot held, 1/s; 0 for the last.
    pub(super) per_span: f64,
    pub(super) values: Values,
    /// For the cell that begins at each node of a pair, four bits: whether its corners (x fastest) are land.
    land: Block<u8>,
    /// One number: whether there is any land; without any, the flags are not even set. In the memory, so that those who
    /// share it know as well.
    has_land: Block<u8>,
}

impl Slot {
    /// How much of the way to the next snapshot a time is, 0 to 1.
    #[inline(always)]
    pub(super) fn way(&self, time: f64) -> f64 {
        let way = (time - self.time) * self.per_span;
        let way = if way > 0.0 { way } else { 0.0 };
        if way < 1.0 { way } else { 1.0 }
    }

    /// Flags of land for the cell that begins at each node; empty without land.
    #[inline(always)]
    pub(super) fn land(&self) -> &[u8] {
        if self.has_land.first() == Some(&1) { &self.land } else { &[] }
    }
}

/// What stands where in the memory of a snapshot, and how it gets there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Nodes of a row in the file, and in memory.
    columns: [usize; 2],
    /// Rows of all levels.
    rows: usize,
    fields: usize,
    /// Distance to the northern neighbour, 0 where there is none; none on curvilinear grids.
    north: Option<usize>,
}

impl Layout {
    pub(super) fn new(ground: &Ground, fields: usize) -> Self {
        match ground {
            Ground::Lattice(lattice) => Self {
                columns: [lattice.columns, lattice.row()],
                rows: lattice.y.columns() * lattice.z.columns(),
                fields,
                north: Some(lattice.stride[0]),
            },
            Ground::Curved(curved) => Self { columns: [curved.nodes(); 2], rows: 1, fields, north: None },
        }
    }

    fn nodes(&self) -> usize {
        self.columns[1] * self.rows
    }

    /// Whether each node has two numbers side by side.
    pub(super) fn is_pair(&self) -> bool {
        self.north.is_some() && self.fields == 2
    }

    fn land(&self) -> usize {
        if self.is_pair() { self.nodes() } else { 0 }
    }

    /// Memory of one snapshot, bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.fields * room_for::<f32>(self.nodes()) + room_for::<u8>(self.land()) + room_for::<u8>(1)
    }

    /// Cuts the memory of a snapshot from a region; `None` when it has not so much left.
    #[must_use]
    pub fn cut(&self, region: &mut Region) -> Option<Slot> {
        let values = if self.is_pair() {
            Values::Pair(region.cut(self.nodes())?)
        } else if self.north.is_some() {
            Values::Single(region.cut(self.nodes())?)
        } else {
            Values::Columns((0..self.fields).map(|_| region.cut(self.nodes())).collect::<Option<_>>()?)
        };
        Some(Slot { time: f64::NAN, per_span: 0.0, values, land: region.cut(self.land())?, has_land: region.cut(1)? })
    }

    /// Puts values of one field into their places: those from number `first` on in `[depth][y][x]`, NaN where there is
    /// none, which on a rectilinear grid are of one row. The second field of a pair comes when the first one is there. A
    /// snapshot is complete after `finish`.
    ///
    /// # Panics
    /// If they reach beyond the row, or the nodes.
    pub fn put(&self, slot: &mut Slot, field: usize, first: usize, values: &[f32]) {
        let [columns, stored] = self.columns;
        let (row, column) = (first / columns, first % columns);
        assert!(column + values.len() <= columns, "values of one row");
        let start = row * stored + column;
        let places = start..start + values.len();
        // Behind the row its first node comes once more.
        let closing = (column == 0 && stored > columns).then_some(start + columns);
        match &mut slot.values {
            Values::Single(nodes) => {
                nodes[places].copy_from_slice(values);
                if let Some(last) = closing {
                    nodes[last] = nodes[start];
                }
            }
            Values::Pair(nodes) => {
                if field == 0 {
                    // Found anew with the second field.
                    slot.has_land[0] = 0;
                    for (node, &value) in nodes[places].iter_mut().zip(values) {
                        node[0] = value;
                    }
                } else if is_land(&nodes[places.clone()], values) {
                    if slot.has_land[0] == 0 {
                        slot.has_land[0] = 1;
                        slot.land.fill(0);
                    }
                    join(&mut nodes[places.clone()], &mut slot.land[places], values);
                    if let Some(last) = closing {
                        slot.land[last] = slot.land[start];
                    }
                } else {
                    for (node, &value) in nodes[places].iter_mut().zip(values) {
                        node[1] = value;
                    }
                }
                if let Some(last) = closing {
                    nodes[last] = nodes[start];
                }
            }
            Values::Columns(fields) => fields[field][places].copy_from_slice(values),
        }
    }

    /// As `put` for the values of all nodes of a field.
    ///
    /// # Panics
    /// If there is not one value for each node.
    pub fn put_all(&self, slot: &mut Slot, field: usize, values: &[f32]) {
        let columns = self.columns[0];
        assert_eq!(values.len(), columns * self.rows, "one value for each node");
        let rows = values.chunks_exact(columns).enumerate();
        for (row, values) in rows {
            self.put(slot, field, row * columns, values);
        }
    }

    /// Marks the land around, when the values of all fields are in their places.
    pub fn finish(&self, slot: &mut Slot) {
        let Some(north) = self.north.filter(|_| self.is_pair()) else { return };
        if slot.has_land[0] == 1 {
            // In place: the flags further on are still those of nodes.
            let land = &mut slot.land;
            let flag = |land: &[u8], at: usize| land.get(at).copied().unwrap_or(0);
            for at in 0..land.len() {
                let (next, above) = (flag(land, at + 1), flag(land, at + north));
                land[at] = flag(land, at) | next << 1 | above << 2 | flag(land, at + north + 1) << 3;
            }
        }
    }
}

/// Whether any of the nodes, with these second numbers, is land.
fn is_land(nodes: &[[f32; 2]], values: &[f32]) -> bool {
    nodes.iter().zip(values).fold(false, |any, (node, value)| any | node[0].is_nan() | value.is_nan())
}

/// Sets the second numbers of nodes that have their first, and finds which are land, which is water at rest.
fn join(nodes: &mut [[f32; 2]], land: &mut [u8], values: &[f32]) {
    for ((node, land), &value) in nodes.iter_mut().zip(land).zip(values) {
        let is_land = node[0].is_nan() | value.is_nan();
        *node = if is_land { [0.0; 2] } else { [node[0], value] };
        *land = u8::from(is_land);
    }
}
