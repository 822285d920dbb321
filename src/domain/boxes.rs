//! A range of a flat index as boxes of the dimensions that the index runs over, the last one fastest.
//!
//! A range that begins and ends anywhere is a few boxes: the rest of the row in which it begins, the rest of the table of
//! rows, …, whole outermost slices, and the same backwards to its end. Their number depends on the number of dimensions
//! alone, so that all ranks write theirs with the same number of collective calls; some boxes are empty.

use std::ops::Range;

/// A part of a flat index that is a range in each dimension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// One range for each dimension; all empty where the piece is.
    pub extents: Vec<Range<u64>>,
    pub ids: Range<u64>,
}

/// How many pieces a range has, empty ones included.
#[must_use]
pub fn count(dimensions: usize) -> usize {
    2 * dimensions.max(1) - 1
}

/// The pieces of a range in ascending order, `count(lengths.len())` of them.
#[must_use]
pub fn pieces(lengths: &[u64], ids: Range<u64>) -> Vec<Piece> {
    // units[j]: how many ids one step along the j-th dimension from behind is.
    let mut units = vec![1];
    for &length in lengths.iter().skip(1).rev() {
        units.push(units[units.len() - 1] * length.max(1));
    }
    let (mut next, end) = (ids.start, ids.end);
    let down = |id: u64, level: usize| id / units[level] * units[level];
    let mut cut = |to: u64, level: usize| {
        let from = next;
        next = next.max(to);
        piece(lengths, &units, from..next, level)
    };
    let top = units.len() - 1;
    let mut out = Vec::with_capacity(count(lengths.len()));
    let mut start = ids.start;
    for level in 0..top {
        start = start.div_ceil(units[level + 1]) * units[level + 1];
        out.push(cut(start.min(down(end, level)), level));
    }
    for level in (0..=top).rev() {
        out.push(cut(down(end, level), level));
    }
    out
}

/// Whole steps along the dimension of a level, within one step of the next one.
fn piece(lengths: &[u64], units: &[u64], ids: Range<u64>, level: usize) -> Piece {
    if ids.is_empty() {
        return Piece { extents: vec![0..0; lengths.len()], ids };
    }
    let from_behind = (0..lengths.len()).rev();
    let extents = lengths.iter().zip(from_behind).map(|(&length, dimension)| {
        let at = |id: u64| id / units[dimension] % length.max(1);
        match dimension.cmp(&level) {
            std::cmp::Ordering::Less => 0..length,
            std::cmp::Ordering::Equal => at(ids.start)..at(ids.end - 1) + 1,
            std::cmp::Ordering::Greater => at(ids.start)..at(ids.start) + 1,
        }
    });
    Piece { extents: extents.collect(), ids: ids.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The ids of a box, in the order of the file.
    fn inside(lengths: &[u64], extents: &[Range<u64>]) -> Vec<u64> {
        let mut ids = vec![0];
        for (&length, extent) in lengths.iter().zip(extents) {
            ids = ids.iter().flat_map(|id| extent.clone().map(move |at| id * length + at)).collect();
        }
        ids
    }

    #[test]
    fn exact_pieces_are_boxes_that_tile_the_range() {
        for lengths in [&[12][..], &[3, 4], &[2, 3, 4], &[3, 1, 2, 5], &[4, 1], &[1, 7]] {
            let total: u64 = lengths.iter().product();
            for start in 0..=total {
                for end in start..=total {
                    let pieces = pieces(lengths, start..end);
                    assert_eq!(pieces.len(), count(lengths.len()));
                    let mut next = start;
                    for piece in &pieces {
                        assert_eq!(piece.ids.start, next, "{lengths:?} {start}..{end}");
                        next = piece.ids.end;
                        if !piece.ids.is_empty() {
                            assert_eq!(inside(lengths, &piece.extents), piece.ids.clone().collect::<Vec<_>>());
                        }
                    }
                    assert_eq!(next, end);
                }
            }
        }
    }

    #[test]
    fn exact_a_plain_run_is_one_piece() {
        let plain = pieces(&[9], 2..5);
        assert_eq!((plain.len(), &plain[0].extents[0], &plain[0].ids), (1, &(2..5), &(2..5)));
    }
}
