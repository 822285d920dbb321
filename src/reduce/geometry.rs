//! Which part of a file is read when, and which place of the result a value belongs to.
//!
//! The result is cut into tiles whose sums fit into memory; of each tile the values are read in blocks. Neither shows in
//! the numbers, because sums are exact; blocks are whole pieces of the file where they can be, so that nothing is
//! decompressed twice.

use std::ops::Range;

use crate::statistics::Weights;

/// What becomes of a dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Kept,
    Reduced,
    /// Its indices are reduced within groups.
    Grouped,
}

/// Dimensions of a variable, slowest first, and what becomes of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Geometry {
    pub lengths: Vec<usize>,
    pub roles: Vec<Role>,
    /// Lengths of the pieces in which the file stores the variable.
    pub chunks: Vec<usize>,
    /// The group of each index of the dimension with groups, and how many groups there are.
    pub groups: (Vec<usize>, usize),
    /// The dimension along which files are joined, and the first index of each of them.
    pub joined: Option<(usize, Vec<usize>)>,
    /// The dimension whose indices have weights, and these.
    pub weights: Option<(usize, Vec<f64>)>,
}

/// Ranges of each dimension; their product is a list of boxes in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Boxes(Vec<Vec<Range<usize>>>);

impl Boxes {
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.iter().map(Vec::len).product()
    }

    /// The box with a number from 0.
    #[must_use]
    pub fn get(&self, number: usize) -> Vec<Range<usize>> {
        let mut rest = number;
        let mut ranges: Vec<Range<usize>> = Vec::with_capacity(self.0.len());
        for cuts in self.0.iter().rev() {
            ranges.push(cuts[rest % cuts.len()].clone());
            rest /= cuts.len();
        }
        ranges.reverse();
        ranges
    }
}

/// Lengths of a box of about `most` values at most: whole pieces, the fastest dimensions first.
#[must_use]
pub fn box_shape(lengths: &[usize], pieces: &[usize], most: usize) -> Vec<usize> {
    let mut shape: Vec<usize> =
        lengths.iter().zip(pieces).map(|(&length, &piece)| piece.clamp(1, length.max(1))).collect();
    for at in (0..shape.len()).rev() {
        let others: usize = shape.iter().enumerate().filter(|(n, _)| *n != at).map(|(_, length)| length).product();
        let pieces = (most / others.max(1) / shape[at]).max(1);
        shape[at] = (shape[at] * pieces).min(lengths[at].max(1));
    }
    shape
}

/// Cuts a range at the multiples of a length, counted from `origin`.
fn cut(range: Range<usize>, length: usize, origin: usize) -> Vec<Range<usize>> {
    let mut cuts = Vec::new();
    let mut from = range.start;
    while from < range.end {
        let to = (origin + ((from - origin) / length + 1) * length).min(range.end);
        cuts.push(from..to);
        from = to;
    }
    cuts
}

impl Geometry {
    /// Lengths of the result's dimensions: those that are kept, and the groups.
    #[must_use]
    pub fn outputs(&self) -> Vec<usize> {
        let of = |(&length, role): (&usize, &Role)| match role {
            Role::Kept => Some(length),
            Role::Reduced => None,
            Role::Grouped => Some(self.groups.1),
        };
        self.lengths.iter().zip(&self.roles).filter_map(of).collect()
    }

    /// The most values of one place of the result.
    #[must_use]
    pub fn values_of_a_place(&self) -> usize {
        let of = |(&length, role): (&usize, &Role)| match role {
            Role::Kept => 1,
            Role::Reduced => length,
            Role::Grouped => {
                let mut counts = vec![0; self.groups.1];
                self.groups.0.iter().for_each(|&group| counts[group] += 1);
                counts.into_iter().max().unwrap_or(0)
            }
        };
        self.lengths.iter().zip(&self.roles).map(of).fold(1, usize::saturating_mul)
    }

    /// The result in tiles of `most` places at most.
    #[must_use]
    pub fn tiles(&self, most: usize) -> Boxes {
        let lengths = self.outputs();
        let shape = box_shape(&lengths, &vec![1; lengths.len()], most);
        Boxes(lengths.iter().zip(shape).map(|(&length, cut_at)| cut(0..length, cut_at, 0)).collect())
    }

    /// What has to be read for a tile, in blocks of about `most` values at most, or of one piece of the file.
    #[must_use]
    pub fn blocks(&self, tile: &[Range<usize>], most: usize) -> Boxes {
        let mut tile = tile.iter();
        let mut wanted: Vec<Vec<Range<usize>>> = Vec::new();
        for (&length, role) in self.lengths.iter().zip(&self.roles) {
            wanted.push(match role {
                Role::Kept => vec![tile.next().cloned().unwrap_or(0..length)],
                Role::Reduced => std::iter::once(0..length).collect(),
                Role::Grouped => {
                    let groups = tile.next().cloned().unwrap_or(0..self.groups.1);
                    runs(&self.groups.0, |group| groups.contains(&group))
                }
            });
        }
        let lengths: Vec<usize> = wanted.iter().map(|runs| runs.iter().map(Range::len).max().unwrap_or(0)).collect();
        let shape = box_shape(&lengths, &self.chunks, most);
        let cut_all = |(at, runs): (usize, Vec<Range<usize>>)| {
            let mut cuts = Vec::new();
            for run in runs {
                match &self.joined {
                    Some((joined, starts)) if *joined == at => {
                        for (file, &start) in starts.iter().enumerate() {
                            let end = starts.get(file + 1).copied().unwrap_or(self.lengths[at]);
                            let part = run.start.max(start)..run.end.min(end);
                            cuts.extend(cut(part, shape[at], start));
                        }
                    }
                    _ => cuts.extend(cut(run, shape[at], 0)),
                }
            }
            cuts
        };
        Boxes(wanted.into_iter().enumerate().map(cut_all).collect())
    }

    /// Gives the values of a block to a sink, those of neighbouring places as rows, those of one place as runs.
    pub fn visit(&self, tile: &[Range<usize>], block: &[Range<usize>], values: &[f64], sink: &mut impl Sink) {
        let weight_of = |at: usize| self.weights.as_ref().filter(|(dimension, _)| *dimension == at).map(|(_, w)| w);
        // The fastest dimensions that are reduced without weights are one run.
        let plain = |at: &usize| self.roles[*at] == Role::Reduced && weight_of(*at).is_none();
        let mut inner = (0..block.len()).rev().take_while(plain).last().unwrap_or(block.len());
        let merged = inner < block.len();
        if !merged {
            inner = block.len().saturating_sub(1);
        }
        let row: usize = block[inner..].iter().map(Range::len).product();
        if row == 0 {
            return;
        }
        // Distances of neighbours of each dimension in the tile, and where the tile begins.
        let mut strides = vec![0; block.len()];
        let mut origins = vec![0; block.len()];
        // And of neighbours in the block.
        let distances: Vec<usize> =
            (1..=block.len()).map(|next| block[next..].iter().map(Range::len).product()).collect();
        let (mut stride, mut out) = (1, tile.len());
        for at in (0..block.len()).rev() {
            if self.roles[at] != Role::Reduced {
                out -= 1;
                (strides[at], origins[at]) = (stride, tile[out].start);
                stride *= tile[out].len();
            }
        }
        let place_of = |at: usize, index: usize| {
            let place = if self.roles[at] == Role::Grouped { self.groups.0[index] } else { index };
            if self.roles[at] == Role::Reduced { 0 } else { (place - origins[at]) * strides[at] }
        };
        // All rows of the same places come one after the other, so that their sums stay near the processor.
        let (kept, others): (Vec<usize>, Vec<usize>) = (0..inner).partition(|&at| self.roles[at] == Role::Kept);
        let order = [kept, others].concat();
        for number in 0..values.len() / row {
            let (mut rest, mut place, mut weight, mut from) = (number, 0, None, 0);
            for &at in order.iter().rev() {
                let index = block[at].start + rest % block[at].len();
                rest /= block[at].len();
                place += place_of(at, index);
                weight = weight_of(at).map_or(weight, |weights| Some(weights[index]));
                from += (index - block[at].start) * distances[at];
            }
            let row = &values[from..from + row];
            let same = weight.map_or(Weights::One, Weights::Same);
            let Some(last) = block.get(inner).filter(|_| !merged) else {
                sink.run(place, row, &same);
                continue;
            };
            match self.roles[inner] {
                Role::Kept => sink.row(place + place_of(inner, last.start), row, weight),
                Role::Reduced => {
                    let weights = weight_of(inner).map_or(same, |weights| Weights::Each(&weights[last.clone()]));
                    sink.run(place, row, &weights);
                }
                Role::Grouped => {
                    let mut begin = 0;
                    for run in self.groups.0[last.clone()].chunk_by(|a, b| a == b) {
                        let place = place + place_of(inner, last.start + begin);
                        sink.run(place, &row[begin..begin + run.len()], &same);
                        begin += run.len();
                    }
                }
            }
        }
    }
}

/// Ranges of neighbours for which something holds.
fn runs(all: &[usize], holds: impl Fn(usize) -> bool) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (at, _) in all.iter().enumerate().filter(|(_, one)| holds(**one)) {
        match runs.last_mut() {
            Some(run) if run.end == at => run.end += 1,
            _ => runs.push(at..at + 1),
        }
    }
    runs
}

/// What takes values; missing ones are NaN. Places are those of the tile, from 0.
pub trait Sink {
    /// Values that all belong to one place.
    fn run(&mut self, place: usize, values: &[f64], weights: &Weights<'_>);
    /// Values of neighbouring places, with the same weight.
    fn row(&mut self, first: usize, values: &[f64], weight: Option<f64>);
}

#[cfg(test)]
mod tests;
