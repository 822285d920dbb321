//! Members of an ensemble and their items as one flat index: member times the items of a member, plus the item.
//!
//! Everything that divides, moves, writes or saves items works on the flat index, so that few large members and many small
//! ones are the same to it.

use std::ops::Range;

/// Which items of which members run. A run without an ensemble is one member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Members {
    /// The first member, and how many run.
    pub first: u64,
    pub count: u64,
    /// The first item of each member, and how many run.
    pub first_item: u64,
    pub items: u64,
}

/// The items of one member in a range of the flat index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub member: u64,
    /// Ids inside the member.
    pub items: Range<u64>,
    /// The flat index of the first of them.
    pub first: u64,
}

impl Part {
    /// Where they are in the flat index.
    #[must_use]
    pub fn ids(&self) -> Range<u64> {
        self.first..self.first + (self.items.end - self.items.start)
    }
}

impl Members {
    /// One member with items `0..items`.
    #[must_use]
    pub fn one(items: u64) -> Self {
        Self { first: 0, count: 1, first_item: 0, items }
    }

    /// Length of the flat index.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.count.saturating_mul(self.items)
    }

    /// The member of an item of the flat index.
    #[must_use]
    pub fn member(&self, id: u64) -> u64 {
        self.first + id / self.items.max(1)
    }

    /// The id inside its member of an item of the flat index.
    #[must_use]
    pub fn item(&self, id: u64) -> u64 {
        self.first_item + id % self.items.max(1)
    }

    /// The parts of a range of the flat index, member by member.
    pub fn parts(&self, ids: Range<u64>) -> impl Iterator<Item = Part> {
        let (members, mut next) = (*self, ids.start);
        std::iter::from_fn(move || {
            if next >= ids.end {
                return None;
            }
            let (first, start) = (next, members.item(next));
            let left = members.first_item + members.items - start;
            let count = left.min(ids.end - first);
            next += count;
            Some(Part { member: members.member(first), items: start..start + count, first })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_parts_tile_the_flat_index() {
        let members = Members { first: 5, count: 4, first_item: 10, items: 3 };
        assert_eq!(members.total(), 12);
        for start in 0..12 {
            for end in start..=12 {
                let parts: Vec<Part> = members.parts(start..end).collect();
                let ids: Vec<u64> = parts.iter().flat_map(Part::ids).collect();
                assert_eq!(ids, (start..end).collect::<Vec<_>>());
                let items: Vec<(u64, u64)> =
                    parts.iter().flat_map(|p| p.items.clone().map(|item| (p.member, item))).collect();
                let expected: Vec<(u64, u64)> = (start..end).map(|id| (5 + id / 3, 10 + id % 3)).collect();
                assert_eq!(items, expected);
                assert!(parts.windows(2).all(|pair| pair[0].member < pair[1].member));
            }
        }
    }

    #[test]
    fn exact_without_an_ensemble_the_flat_index_is_the_id() {
        let alone = Members::one(9);
        assert_eq!(alone.parts(2..7).collect::<Vec<_>>(), [Part { member: 0, items: 2..7, first: 2 }]);
        assert_eq!(Members::one(0).parts(0..0).count(), 0);
    }
}
