//! What a rank writes of a variable: its range of the flat index as boxes of the file's dimensions, and values in the
//! order in which the file has them.

use std::ops::Range;

use netcdf::types::NcTypeDescriptor;
use netcdf::{FileMut, VariableMut};

use super::layout::{Items, Kind, Layout, Variable};
use crate::comm::World;
use crate::domain::boxes::{Piece, pieces};

pub type Outcome = Result<(), netcdf::Error>;

/// The pieces of a rank's items. All ranks have as many, empty ones included.
#[derive(Debug, Clone)]
pub struct Share {
    /// The first item in the flat index, and how many.
    first: u64,
    count: usize,
    pieces: Vec<Piece>,
}

impl Share {
    /// **Collective.** The share of the items `own`; pieces that are empty on all ranks are left out.
    #[must_use]
    pub fn new(world: &World, layout: &Layout, own: &Range<usize>) -> Self {
        let mut all = pieces(&layout.lengths(), own.start as u64..own.end as u64);
        let used = world.sum(&all.iter().map(|piece| u64::from(!piece.ids.is_empty())).collect::<Vec<_>>());
        let mut used = used.into_iter();
        all.retain(|_| used.next().is_some_and(|ranks| ranks > 0));
        Self { first: own.start as u64, count: own.len(), pieces: all }
    }

    /// How many items the rank has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Where a piece is among the rank's items.
    fn places(&self, piece: &Piece) -> Range<usize> {
        (piece.ids.start - self.first) as usize..(piece.ids.end - self.first) as usize
    }
}

/// The variable of that name.
pub fn find<'f>(file: &'f mut FileMut, name: &str) -> Result<VariableMut<'f>, netcdf::Error> {
    file.variable_mut(name).ok_or_else(|| netcdf::Error::NotFound(name.to_owned()))
}

/// **Collective.** Puts one value for each item.
pub fn put_items(file: &mut FileMut, name: &str, share: &Share, values: &[f64]) -> Outcome {
    let mut outcome = Ok(());
    // A rank goes through every put even after one of its own failed, because the others wait in each of them.
    for piece in &share.pieces {
        let own = &values[share.places(piece)];
        let put = find(file, name).and_then(|mut made| made.put_values(own, extents(piece.extents.iter()).as_slice()));
        outcome = outcome.and(put);
    }
    outcome
}

/// **Collective.** Puts records of a variable, `[record][item]`.
pub fn put_records(
    file: &mut FileMut,
    (items, variable): (Items, &Variable),
    share: &Share,
    records: &Range<usize>,
    values: &[f64],
    scratch: &mut Scratch,
) -> Outcome {
    let mut outcome = Ok(());
    for piece in &share.pieces {
        let (axes, own, members) = along(piece, items, records);
        let order = Order { all: share.count, places: share.places(piece), items: own, members };
        let kept = order.kept(items, records.len(), values);
        let single = variable.kind == Kind::Single;
        let put = find(file, &variable.name).and_then(|mut made| match (single, kept) {
            (false, Some(kept)) => made.put_values(kept, axes.as_slice()),
            (false, None) => put_ordered(&mut made, items, &order, values, &axes, &mut scratch.doubles, |value| value),
            (true, _) => {
                put_ordered(&mut made, items, &order, values, &axes, &mut scratch.singles, |value| value as f32)
            }
        });
        outcome = outcome.and(put);
    }
    outcome
}

/// **Collective.** Puts one record of a variable whose values are as the file has them.
pub fn put_row<T: NcTypeDescriptor>(
    file: &mut FileMut,
    (items, variable): (Items, &Variable),
    share: &Share,
    record: usize,
    row: &[T],
) -> Outcome {
    let mut outcome = Ok(());
    for piece in &share.pieces {
        let (axes, ..) = along(piece, items, &(record..record + 1));
        let own = &row[share.places(piece)];
        outcome = outcome.and(find(file, &variable.name).and_then(|mut made| made.put_values(own, axes.as_slice())));
    }
    outcome
}

/// Where records of a piece are in a variable, how many items the piece has of each member, and how many members.
fn along(piece: &Piece, items: Items, records: &Range<usize>) -> (Vec<Range<usize>>, usize, usize) {
    let (mut axes, span) = (extents(piece.extents.iter()), records.clone());
    let own = axes.pop().unwrap_or(0..0);
    let (count, members) = (own.len(), axes.iter().map(ExactSizeIterator::len).product());
    axes.extend(match items {
        Items::Cells => [span, own],
        Items::Trajectories => [own, span],
    });
    (axes, count, members)
}

/// Memory in which values are brought into order.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(super) doubles: Vec<f64>,
    pub(super) singles: Vec<f32>,
}

impl Scratch {
    #[must_use]
    pub fn bytes(&self) -> usize {
        size_of::<f64>() * self.doubles.capacity() + size_of::<f32>() * self.singles.capacity()
    }
}

fn put_ordered<T: Copy + Default + NcTypeDescriptor>(
    variable: &mut VariableMut,
    items: Items,
    order: &Order,
    values: &[f64],
    extents: &[Range<usize>],
    scratch: &mut Vec<T>,
    as_stored: impl Fn(f64) -> T,
) -> Outcome {
    order.bring(items, values, scratch, as_stored);
    variable.put_values(scratch, extents)
}

fn extents<'r>(of: impl Iterator<Item = &'r Range<u64>>) -> Vec<Range<usize>> {
    of.map(|range| range.start as usize..range.end as usize).collect()
}

/// Where the values of a piece are in a buffer `[record][item]`.
struct Order {
    /// Items of the buffer.
    all: usize,
    /// Those of the piece: `items` of each of `members`.
    places: Range<usize>,
    items: usize,
    members: usize,
}

impl Order {
    /// The values of the piece, if the buffer has them together and in the order of the file.
    fn kept<'v>(&self, items: Items, records: usize, values: &'v [f64]) -> Option<&'v [f64]> {
        let all = items == Items::Cells && self.members <= 1 && self.places.len() == self.all;
        if all {
            return Some(values);
        }
        (records == 1).then(|| &values[self.places.clone()])
    }

    /// In the order of the file. One record of trajectories is a row: to turn it took thrice as long.
    fn bring<T: Copy + Default>(&self, items: Items, values: &[f64], out: &mut Vec<T>, as_stored: impl Fn(f64) -> T) {
        match items {
            Items::Trajectories if values.len() > self.all => self.transpose(values, out, as_stored),
            _ => self.rows(values, out, as_stored),
        }
    }

    /// As `[member][record][item]`.
    fn rows<T>(&self, values: &[f64], out: &mut Vec<T>, as_stored: impl Fn(f64) -> T) {
        out.clear();
        for member in 0..self.members {
            let first = self.places.start + member * self.items;
            for row in values.chunks_exact(self.all.max(1)) {
                out.extend(row[first..first + self.items].iter().map(|&value| as_stored(value)));
            }
        }
    }

    /// As `[item][record]`, a block of items at a time, so that what is read and what is written stay in the cache.
    fn transpose<T: Copy + Default>(&self, values: &[f64], out: &mut Vec<T>, as_stored: impl Fn(f64) -> T) {
        const BLOCK: usize = 64;
        let records = values.len() / self.all.max(1);
        out.clear();
        out.resize(records * self.places.len(), T::default());
        for first in self.places.clone().step_by(BLOCK) {
            let block = first..(first + BLOCK).min(self.places.end);
            for (record, row) in values.chunks_exact(self.all).enumerate() {
                for (item, &value) in block.clone().zip(&row[block.clone()]) {
                    out[(item - self.places.start) * records + record] = as_stored(value);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_records_come_into_the_order_of_the_file() {
        for (all, records) in [(12, 3), (12, 1), (130, 7), (0, 2)] {
            let values: Vec<f64> = (0..all * records).map(|n| n as f64 + 0.25).collect();
            for (places, items) in [(0..all, all), (all / 4..all / 4 * 2, all / 4), (0..all / 2 * 2, all / 2)] {
                let members = places.len().checked_div(items).unwrap_or(0);
                let order = Order { all, places: places.clone(), items, members };
                let (mut turned, mut rows) = (vec![-1.0; 3], Vec::new());
                for of in [Items::Cells, Items::Trajectories] {
                    if let Some(kept) = order.kept(of, records, &values) {
                        let mut ordered = Vec::new();
                        order.bring(of, &values, &mut ordered, |value| value);
                        assert_eq!(kept, ordered);
                    }
                }
                order.transpose(&values, &mut turned, |value| value);
                order.rows(&values, &mut rows, |value| value as f32);
                assert_eq!((turned.len(), rows.len()), (records * places.len(), records * places.len()));
                for (n, place) in places.enumerate() {
                    let (member, item) = (n / items, n % items);
                    for record in 0..records {
                        let value = values[record * all + place];
                        assert_eq!(turned[n * records + record], value);
                        assert_eq!(rows[(member * records + record) * items + item], value as f32);
                    }
                }
            }
        }
    }
}
