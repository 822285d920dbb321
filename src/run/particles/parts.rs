//! The particles of a rank, member by member: each part is a block of one member with the ids that particles have inside
//! it, so that a member computes what it would compute alone.

use std::ops::Range;

use crate::advection::particles::Quantity;
use crate::advection::{ParticleBlock, ParticleStatus};
use crate::domain::members::{Members, Part};
use crate::domain::state::{Column, State, Values};
use crate::error::Error;

/// One block for each member of which this rank has particles, in the order of the flat index.
pub struct Parts {
    members: Members,
    ids: Range<u64>,
    list: Vec<(Part, ParticleBlock)>,
    /// Initial values of variables.
    initial: Vec<f64>,
}

impl Parts {
    /// Particles that wait to be placed.
    #[must_use]
    pub fn new(members: Members, ids: Range<u64>, initial: Vec<f64>) -> Self {
        let block = |part: Part| {
            let count = (part.items.end - part.items.start) as usize;
            let block = ParticleBlock::new(part.items.start, count, &initial);
            (part, block)
        };
        let list = members.parts(ids.clone()).map(block).collect();
        Self { members, ids, list, initial }
    }

    /// The flat index of these particles.
    #[must_use]
    pub fn ids(&self) -> Range<u64> {
        self.ids.clone()
    }

    #[must_use]
    pub fn len(&self) -> usize {
        (self.ids.end - self.ids.start) as usize
    }

    /// All parts with their blocks, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&Part, &mut ParticleBlock)> {
        self.list.iter_mut().map(|(part, block)| (&*part, block))
    }

    /// Particles that are on their way.
    pub fn moving(&self) -> usize {
        self.list.iter().map(|(_, block)| block.moving()).sum()
    }

    /// Fill `out` with a quantity, in the order of the flat index.
    pub fn read(&self, quantity: Quantity, out: &mut [f64]) {
        let mut rest = out;
        for (_, block) in &self.list {
            let (own, others) = rest.split_at_mut(block.len());
            block.read(quantity, own);
            rest = others;
        }
    }

    /// A quantity as it is stored, part by part.
    pub fn stored(&self, quantity: Quantity) -> Vec<&[f64]> {
        self.list.iter().map(|(_, block)| block.column(quantity)).collect()
    }

    /// Where each of these values belongs in the order of the flat index.
    pub fn places(&self) -> Vec<u32> {
        let mut places = Vec::with_capacity(self.len());
        for (_, block) in &self.list {
            let first = places.len() as u32;
            places.extend(block.ids().iter().map(|id| first + id));
        }
        places
    }

    /// The status of every particle, in the order of the flat index.
    #[must_use]
    pub fn statuses(&self) -> Vec<ParticleStatus> {
        let mut out = vec![ParticleStatus::Waiting; self.len()];
        let mut rest = &mut out[..];
        for (_, block) in &self.list {
            let (own, others) = rest.split_at_mut(block.len());
            block.read_status(own);
            rest = others;
        }
        out
    }

    /// Particles with a status.
    #[must_use]
    pub fn count(&self, status: ParticleStatus) -> usize {
        self.list.iter().map(|(_, block)| block.count(status)).sum()
    }

    /// What each particle costs in a step.
    #[must_use]
    pub fn costs(&self) -> Vec<u32> {
        self.list.iter().flat_map(|(_, block)| block.costs()).collect()
    }

    #[must_use]
    pub fn bytes(&self) -> usize {
        self.list.iter().map(|(_, block)| block.bytes() + size_of::<Part>()).sum()
    }

    /// As `ParticleBlock::state`, of a range of the flat index.
    #[must_use]
    pub fn state(&self, ids: Range<u64>) -> State {
        // The columns of no particles at all.
        let mut columns = ParticleBlock::new(0, 0, &self.initial).state(0..0).columns;
        for (part, block) in &self.list {
            let own = part.ids();
            let (start, end) = (own.start.max(ids.start), own.end.min(ids.end));
            if start < end {
                let item = |id: u64| part.items.start + (id - part.first);
                append(&mut columns, block.state(item(start)..item(end)).columns);
            }
        }
        State { ids, columns }
    }

    /// As `ParticleBlock::restore`.
    ///
    /// # Errors
    /// `State` when a column does not fit.
    pub fn restore(&mut self, state: &State) -> Result<(), Error> {
        for (part, block) in &mut self.list {
            let own = part.ids();
            let (start, end) = (own.start.max(state.ids.start), own.end.min(state.ids.end));
            if start < end {
                let item = |id: u64| part.items.start + (id - part.first);
                block.restore(&slice(state, start..end, item(start)..item(end)))?;
            }
        }
        Ok(())
    }

    /// Makes these the particles `ids` of the flat index. Those that were here keep their state; the others are to be
    /// restored.
    pub fn hold(&mut self, ids: Range<u64>) {
        let fresh = Self::new(self.members, ids, self.initial.clone());
        let mut before = std::mem::replace(self, fresh).list.into_iter().peekable();
        for (part, block) in &mut self.list {
            while before.next_if(|(old, _)| old.member < part.member).is_some() {}
            if let Some((_, mut kept)) = before.next_if(|(old, _)| old.member == part.member) {
                kept.hold(part.items.clone());
                *block = kept;
            }
        }
    }
}

/// Values of one kind put behind others.
fn append(columns: &mut [Column], more: Vec<Column>) {
    for (column, more) in columns.iter_mut().zip(more) {
        match (&mut column.values, more.values) {
            (Values::Real(values), Values::Real(more)) => values.extend(more),
            (Values::Count(values), Values::Count(more)) => values.extend(more),
            (Values::Small(values), Values::Small(more)) => values.extend(more),
            _ => {}
        }
    }
}

/// The items `ids` of a state, which are called `items` from now on.
fn slice(state: &State, ids: Range<u64>, items: Range<u64>) -> State {
    let (first, last) = ((ids.start - state.ids.start) as usize, (ids.end - state.ids.start) as usize);
    let cut = |column: &Column| {
        let part = |length: usize| (first * column.width).min(length)..(last * column.width).min(length);
        let values = match &column.values {
            Values::Real(values) => Values::Real(values[part(values.len())].to_vec()),
            Values::Count(values) => Values::Count(values[part(values.len())].to_vec()),
            Values::Small(values) => Values::Small(values[part(values.len())].to_vec()),
        };
        Column { values, ..*column }
    };
    State { ids: items, columns: state.columns.iter().map(cut).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_particles_keep_their_state_while_ranges_change() {
        let members = Members { first: 3, count: 5, first_item: 0, items: 4 };
        let number = |range: Range<u64>| range.map(|id| id as f64 + 0.5).collect::<Vec<f64>>();
        let mut parts = Parts::new(members, 2..15, vec![7.0]);
        for (part, block) in parts.iter_mut() {
            block.set(Quantity::Longitude, &number(part.ids()));
        }
        let whole = parts.state(2..15);
        parts.hold(5..19);
        let mut out = vec![0.0; 14];
        parts.read(Quantity::Longitude, &mut out);
        assert_eq!(out[..10], number(5..15));
        // What arrives is put where it belongs, across members.
        let mut other = Parts::new(members, 0..20, vec![7.0]);
        other.restore(&whole).unwrap();
        assert_eq!(other.state(2..15), whole);
        assert_eq!(other.state(6..11), { parts.state(6..11) });
        assert!(other.restore(&State { ids: 2..15, columns: Vec::new() }).is_err());
    }
}
