//! A block of a variable in a file, whose dimensions may be in any order and direction there, as rows of `[depth][y][x]`.

use std::ops::Range;

/// Values that are read at once, where the file is stored so that it does not matter: few enough to stay in the cache
/// until they are in their places, and as many as make the call of the library cheap beside them.
const AT_ONCE: usize = 1 << 17;

/// One dimension of a block, as the file has it.
#[derive(Debug, Clone)]
pub struct Side {
    /// 0, 1 or 2 for depth, y and x; none for what has length 1.
    pub along: Option<usize>,
    pub start: usize,
    pub count: usize,
    /// Whether it runs against its axis.
    pub reversed: bool,
    /// Where it begins on its axis, counted from the beginning of the whole block.
    pub origin: usize,
}

/// The sides of a block, slowest first.
#[derive(Debug, Clone)]
pub struct Block(Vec<Side>);

impl Block {
    /// With all axes in any order.
    #[must_use]
    pub fn new(sides: Vec<Side>) -> Self {
        Self(sides)
    }

    /// Start and count of each of the file's dimensions.
    #[must_use]
    pub fn ranges(&self) -> Vec<(usize, usize)> {
        self.0.iter().map(|side| (side.start, side.count)).collect()
    }

    /// The block in pieces, cut across its slowest dimension between the `chunks` in which the file stores it: none is
    /// to be unpacked twice.
    pub fn pieces(&self, chunks: Option<&[usize]>) -> impl Iterator<Item = Self> {
        let slowest = self.0.iter().position(|side| side.count > 1).unwrap_or(0);
        let (start, count) = self.0.get(slowest).map_or((0, 1), |side| (side.start, side.count));
        let values: usize = self.0.iter().map(|side| side.count).product();
        let chunk = chunks.and_then(|chunks| chunks.get(slowest)).copied().unwrap_or(1).max(1);
        let step = (AT_ONCE / (values / count.max(1)).max(1)).max(1).next_multiple_of(chunk);
        let end = start + count;
        let mut from = start;
        std::iter::from_fn(move || {
            let to = ((from / chunk * chunk) + step).min(end);
            let range = (from < to).then_some(from..to)?;
            from = to;
            Some(self.piece(slowest, range))
        })
    }

    /// The part of the block with `range` in the file's dimension `position`.
    fn piece(&self, position: usize, range: Range<usize>) -> Self {
        let mut piece = self.clone();
        if let Some(side) = piece.0.get_mut(position) {
            let end = side.start + side.count;
            side.origin += if side.reversed { end - range.end } else { range.start - side.start };
            (side.start, side.count) = (range.start, range.len());
        }
        piece
    }

    /// Calls `row` for every row along x, with the depth, y and x of its first value on the axes of the whole block, and
    /// the places of its values in the block.
    pub fn rows(&self, mut row: impl FnMut([usize; 3], Places)) {
        let mut axes = [Axis { count: 1, stride: 0, reversed: false, origin: 0 }; 3];
        let mut stride = 1;
        for side in self.0.iter().rev() {
            if let Some(along) = side.along {
                axes[along] = Axis { count: side.count, stride, reversed: side.reversed, origin: side.origin };
            }
            stride *= side.count;
        }
        let [depth, y, x] = axes;
        for level in 0..depth.count {
            for line in 0..y.count {
                let first = depth.place(level) + y.place(line) + x.place(0);
                let places = Places { first, stride: x.stride, count: x.count, reversed: x.reversed };
                row([depth.origin + level, y.origin + line, x.origin], places);
            }
        }
    }
}

/// What a block has along depth, y or x.
#[derive(Clone, Copy)]
struct Axis {
    count: usize,
    /// Distance of neighbours in the block.
    stride: usize,
    reversed: bool,
    origin: usize,
}

impl Axis {
    fn place(&self, at: usize) -> usize {
        (if self.reversed { self.count.saturating_sub(1 + at) } else { at }) * self.stride
    }
}

/// Where the values of a row are in a block.
#[derive(Debug, Clone, Copy)]
pub struct Places {
    first: usize,
    stride: usize,
    count: usize,
    reversed: bool,
}

impl Places {
    /// The places as a range, if they are one.
    #[must_use]
    pub fn range(&self) -> Option<Range<usize>> {
        (self.stride == 1 && !self.reversed).then_some(self.first..self.first + self.count)
    }

    /// One place after the other.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        let place = move |x| if self.reversed { self.first - x * self.stride } else { self.first + x * self.stride };
        (0..self.count).map(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(along: Option<usize>, start: usize, count: usize, reversed: bool) -> Side {
        Side { along, start, count, reversed, origin: 0 }
    }

    /// Where each value of a file of `lengths` comes to lie in `[y][x]` of `size`, read in pieces.
    fn gathered(block: &Block, lengths: [usize; 2], size: [usize; 2], chunks: Option<&[usize]>) -> Vec<usize> {
        let mut out = vec![usize::MAX; size[0] * size[1]];
        for piece in block.pieces(chunks) {
            let [(y0, ny), (x0, nx)] = piece.ranges()[..] else { panic!() };
            let raw: Vec<usize> = (y0..y0 + ny).flat_map(|y| (x0..x0 + nx).map(move |x| y * lengths[1] + x)).collect();
            piece.rows(|[_, y, x], places| {
                assert!(places.range().is_none_or(|range| range.eq(places.iter())));
                let first = y * size[1] + x;
                places.iter().enumerate().for_each(|(at, place)| out[first + at] = raw[place]);
            });
        }
        out
    }

    #[test]
    fn exact_pieces_in_any_order_and_direction_make_the_whole() {
        // 700 × 900 values, more than are read at once, from line 3 and column 5 on.
        let lengths = [710, 910];
        for (reversed, is_turned) in [([false, false], false), ([true, false], false), ([true, true], true)] {
            let along = if is_turned { [2, 1] } else { [1, 2] };
            let sides = vec![side(Some(along[0]), 3, 700, reversed[0]), side(Some(along[1]), 5, 900, reversed[1])];
            let size = if is_turned { [900, 700] } else { [700, 900] };
            for chunks in [None, Some(&[64, 10][..]), Some(&[1000, 1000][..])] {
                let found = gathered(&Block::new(sides.clone()), lengths, size, chunks);
                for (at, &value) in found.iter().enumerate() {
                    let (mut first, mut second) = (at / size[1], at % size[1]);
                    if is_turned {
                        (first, second) = (second, first);
                    }
                    let first = if reversed[0] { 699 - first } else { first };
                    let second = if reversed[1] { 899 - second } else { second };
                    assert_eq!(value, (first + 3) * lengths[1] + second + 5);
                }
            }
        }
    }

    #[test]
    fn exact_no_chunk_is_read_twice() {
        let block =
            Block::new(vec![side(None, 4, 1, false), side(Some(1), 30, 700, false), side(Some(2), 0, 900, false)]);
        let starts: Vec<usize> = block.pieces(Some(&[1, 64, 64])).map(|piece| piece.ranges()[1].0).collect();
        assert!(starts.len() > 1 && starts[1..].iter().all(|start| start % 64 == 0), "{starts:?}");
        assert_eq!(block.pieces(Some(&[1, 1000, 64])).count(), 1);
        assert_eq!(block.pieces(None).map(|piece| piece.ranges()[1].1).sum::<usize>(), 700);
    }
}
