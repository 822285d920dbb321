//! The division of global ids over ranks: contiguous ranges in id order, as even as integers allow.

use std::ops::Range;

/// Which ids each rank owns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decomposition {
    count: u64,
    ranks: u64,
}

impl Decomposition {
    /// Divides ids `0..count` over `ranks` ranks (at least one); with more ranks than ids the last ones own nothing.
    #[must_use]
    pub fn new(count: u64, ranks: u64) -> Self {
        Self { count, ranks: ranks.max(1) }
    }

    /// The ids of one rank. Sizes differ by at most one, the larger ones first.
    #[must_use]
    pub fn range(&self, rank: u64) -> Range<u64> {
        let (quotient, remainder) = (self.count / self.ranks, self.count % self.ranks);
        let start = rank * quotient + rank.min(remainder);
        start..start + quotient + u64::from(rank < remainder)
    }

    /// Number of ids of each rank, in rank order.
    pub fn sizes(&self) -> impl Iterator<Item = u64> + '_ {
        (0..self.ranks).map(|rank| self.range(rank).end - self.range(rank).start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_ranges_tile_the_ids() {
        for count in [0, 1, 2, 7, 100, 1001] {
            for ranks in [1, 2, 3, 7, 64] {
                let decomposition = Decomposition::new(count, ranks);
                let mut next = 0;
                for rank in 0..ranks {
                    let range = decomposition.range(rank);
                    assert_eq!(range.start, next);
                    next = range.end;
                }
                assert_eq!(next, count);
                let (least, most) = (decomposition.sizes().min(), decomposition.sizes().max());
                assert!(most.unwrap_or(0) - least.unwrap_or(0) <= 1);
            }
        }
    }
}
