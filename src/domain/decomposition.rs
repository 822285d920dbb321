//! The division of global ids over ranks: contiguous ranges in id order, at first as even as integers allow, later as
//! even in cost as the costs of single items allow.

use std::ops::Range;

/// Which ids each rank owns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decomposition {
    /// The first id of each rank, then the end of all.
    bounds: Vec<u64>,
}

impl Decomposition {
    /// Divides ids `0..count` over `ranks` ranks (at least one). Sizes differ by at most one, the larger ones first; with
    /// more ranks than ids the last ones own nothing.
    #[must_use]
    pub fn new(count: u64, ranks: u64) -> Self {
        Self::of(0..count, ranks)
    }

    /// The same of ids that begin elsewhere.
    #[must_use]
    pub fn of(ids: Range<u64>, ranks: u64) -> Self {
        let (ranks, count) = (ranks.max(1), ids.end - ids.start);
        let (quotient, remainder) = (count / ranks, count % ranks);
        Self { bounds: (0..=ranks).map(|rank| ids.start + rank * quotient + rank.min(remainder)).collect() }
    }

    /// The division of `ids` whose inner borders are those that `cuts` found, summed over the ranks.
    #[must_use]
    pub fn with_borders(borders: &[u64], ids: Range<u64>) -> Self {
        let inner = borders.iter().map(|&border| border.clamp(ids.start, ids.end));
        Self { bounds: [ids.start].into_iter().chain(inner).chain([ids.end]).collect() }
    }

    /// The ids of one rank.
    #[must_use]
    pub fn range(&self, rank: u64) -> Range<u64> {
        let rank = rank as usize;
        self.bounds[rank]..self.bounds[rank + 1]
    }

    /// Number of ids of each rank, in rank order.
    pub fn sizes(&self) -> impl Iterator<Item = u64> + '_ {
        self.bounds.windows(2).map(|pair| pair[1] - pair[0])
    }

    /// Number of ranks.
    #[must_use]
    pub fn ranks(&self) -> u64 {
        self.bounds.len() as u64 - 1
    }

    /// All ids.
    #[must_use]
    pub fn ids(&self) -> Range<u64> {
        self.bounds[0]..self.bounds[self.bounds.len() - 1]
    }

    /// Of ids that rank `from` owns in this division, those that rank `to` owns in another one.
    #[must_use]
    pub fn passes(&self, from: u64, other: &Self, to: u64) -> Range<u64> {
        let (mine, theirs) = (self.range(from), other.range(to));
        let start = mine.start.max(theirs.start);
        start..mine.end.min(theirs.end).max(start)
    }

    /// How many ids each rank sends to others and receives from them when this division becomes another one.
    #[must_use]
    pub fn traffic(&self, other: &Self) -> Vec<u64> {
        let stays = |rank| {
            let kept = self.passes(rank, other, rank);
            kept.end - kept.start
        };
        let size = |range: Range<u64>| range.end - range.start;
        let moving = |rank| size(self.range(rank)) + size(other.range(rank)) - 2 * stays(rank);
        (0..self.ranks()).map(moving).collect()
    }
}

/// The inner borders of a division into ranks of equal cost, as far as they lie among this rank's items; 0 for the others,
/// so that a sum over the ranks gives them all. `totals` is the cost of each rank, `costs` the positive costs of the items
/// of rank `rank`, the first of which has the id `first`. Every border is at the item nearest to its share of the cost.
#[must_use]
pub fn cuts(totals: &[u64], rank: usize, first: u64, costs: &[u32]) -> Vec<u64> {
    let ranks = totals.len();
    let all: u128 = totals.iter().map(|&total| u128::from(total)).sum();
    let before: u128 = totals[..rank].iter().map(|&total| u128::from(total)).sum();
    let here = before..before + u128::from(totals[rank]);
    // Twice the costs, so that the middle of an item is an integer.
    let (mut place, mut sum) = (0, 2 * before);
    let border = |share: usize| {
        let target = all * share as u128 / ranks as u128;
        if !here.contains(&target) {
            return 0;
        }
        while place < costs.len() && sum + u128::from(costs[place]) <= 2 * target {
            sum += 2 * u128::from(costs[place]);
            place += 1;
        }
        first + place as u64
    };
    (1..ranks).map(border).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_ranges_tile_the_ids() {
        for (first, count) in [(0, 0), (0, 1), (5, 2), (0, 7), (64, 100), (0, 1001)] {
            for ranks in [1, 2, 3, 7, 64] {
                let decomposition = Decomposition::of(first..first + count, ranks);
                let mut next = first;
                for rank in 0..ranks {
                    let range = decomposition.range(rank);
                    assert_eq!(range.start, next);
                    next = range.end;
                }
                assert_eq!(next, first + count);
                let (least, most) = (decomposition.sizes().min(), decomposition.sizes().max());
                assert!(most.unwrap_or(0) - least.unwrap_or(0) <= 1);
            }
        }
    }

    /// What all ranks together do with costs that depend on the id.
    fn divide(old: &Decomposition, cost: impl Fn(u64) -> u32) -> Decomposition {
        let ranks = old.ranks() as usize;
        let costs: Vec<Vec<u32>> = (0..old.ranks()).map(|rank| old.range(rank).map(&cost).collect()).collect();
        let totals: Vec<u64> = costs.iter().map(|own| own.iter().map(|&cost| u64::from(cost)).sum()).collect();
        let mut borders = vec![0; ranks - 1];
        for (rank, own) in costs.iter().enumerate() {
            let cuts = cuts(&totals, rank, old.range(rank as u64).start, own);
            borders.iter_mut().zip(cuts).for_each(|(border, cut)| *border += cut);
        }
        Decomposition::with_borders(&borders, old.ids())
    }

    #[test]
    fn exact_cuts_even_out_the_cost_to_within_one_item() {
        let cost = |id: u64| 1 + if id < 300 { 40 } else { (id % 7) as u32 };
        for ranks in [1, 2, 3, 7, 50] {
            let even = divide(&Decomposition::of(100..1000, ranks), cost);
            let total: u64 = (100..1000).map(|id| u64::from(cost(id))).sum();
            for rank in 0..ranks {
                let own: u64 = even.range(rank).map(|id| u64::from(cost(id))).sum();
                assert!(own.abs_diff(total / ranks) <= 42, "{own} of {total} on {ranks} ranks");
            }
            // The borders follow from the costs, whoever held the items.
            assert_eq!(divide(&even, cost), even);
        }
    }

    #[test]
    fn exact_equal_costs_give_the_division_by_number() {
        for (count, ranks) in [(12, 3), (100, 4), (7, 7)] {
            let start = Decomposition::new(count, ranks);
            assert_eq!(divide(&start, |_| 5), start);
        }
    }

    #[test]
    fn exact_more_ranks_than_items() {
        let few = divide(&Decomposition::new(2, 5), |_| 3);
        assert_eq!((few.ids(), few.sizes().sum()), (0..2, 2));
        assert_eq!(divide(&Decomposition::new(0, 3), |_| 1).ids(), 0..0);
    }

    #[test]
    fn exact_traffic_counts_what_leaves_and_arrives() {
        let (old, new) = (Decomposition::new(10, 2), Decomposition::with_borders(&[8], 0..10));
        assert_eq!(old.traffic(&new), [3, 3]);
        assert_eq!(old.passes(1, &new, 0), 5..8);
        assert_eq!(old.passes(0, &new, 1).count(), 0);
    }
}
