//! Snapshots between those of the files, for fields that bend in time.
//!
//! Kernels interpolate linearly between two snapshots. With `in_time: cubic` they are given `PIECES` for every one of the
//! files, on the polynomial through the two snapshots before and the two after (Lagrange; one-sided at the ends). An
//! eddy that turns with frequency f is then followed with an error of (f h)^2 / 12 for a `PIECES`th of the time h between
//! snapshots, and no kernel has to know.

use super::reader::FieldReader;
use crate::advection::field::InTime;
use crate::error::Error;

/// Snapshots for each of the files'. What is left of the error of linear interpolation falls with the square of it; the
/// work of making them, in the thread that reads, grows with it.
const PIECES: usize = 8;
/// Snapshots that a polynomial goes through.
const POINTS: usize = 4;

/// The snapshots of a field as the kernels see them.
pub struct Snapshots {
    reader: FieldReader,
    /// Of the files' snapshots, s.
    times: Vec<f64>,
    pieces: usize,
    /// The files' snapshots that were needed last.
    kept: Vec<(usize, Vec<f32>)>,
}

impl Snapshots {
    /// Of a field whose snapshots in the files are at `times` s, ascending.
    #[must_use]
    pub fn new(reader: FieldReader, times: Vec<f64>, in_time: InTime) -> Self {
        let pieces = match in_time {
            InTime::Linear => 1,
            InTime::Cubic => PIECES,
        };
        Self { reader, times, pieces, kept: Vec::new() }
    }

    /// When the snapshots are, s.
    #[must_use]
    pub fn times(&self) -> Vec<f64> {
        let pieces = self.pieces;
        let within = |pair: &[f64]| -> Vec<f64> {
            let (from, step) = (pair[0], (pair[1] - pair[0]) / pieces as f64);
            (0..pieces).map(|piece| step.mul_add(piece as f64, from)).collect()
        };
        self.times.windows(2).flat_map(within).chain(self.times.last().copied()).collect()
    }

    /// Values of a snapshot, `[depth][y][x]`, in the units of the file; NaN where there is none. `put` gets the number of
    /// the first of some values in a row, and the values, which it may change.
    ///
    /// # Errors
    /// `File` when the files cannot be read, or are not what they were when they were inspected; some may have been put.
    pub fn read(&mut self, snapshot: usize, put: &mut dyn FnMut(usize, &mut [f32])) -> Result<(), Error> {
        let (before, piece) = (snapshot / self.pieces, snapshot % self.pieces);
        let beyond = before + usize::from(piece > 0) >= self.times.len();
        if self.pieces == 1 || beyond {
            return self.reader.read_rows(before + usize::from(beyond), put);
        }
        let first = before.saturating_sub(1).min(self.times.len().saturating_sub(POINTS));
        let points = first..self.times.len().min(first + POINTS);
        self.kept.retain(|(index, _)| points.contains(index));
        for index in points.clone() {
            if !self.kept.iter().any(|(kept, _)| *kept == index) {
                self.kept.push((index, self.reader.read(index)?));
            }
        }
        self.kept.sort_by_key(|(index, _)| *index);
        let place = before - first;
        let (count, width) = (self.reader.len(), self.reader.width());
        if piece == 0 {
            put_rows(count, width, |at| self.kept[place].1[at], put);
            return Ok(());
        }
        let share = piece as f64 / self.pieces as f64;
        let weights = weights(&self.times[points], place, share);
        let blend = |at: usize| {
            let terms = self.kept.iter().zip(&weights);
            let curved: f64 = terms.map(|((_, values), weight)| weight * f64::from(values[at])).sum();
            // Where a farther snapshot has no value, the two on either side may have one each.
            let (from, to) = (f64::from(self.kept[place].1[at]), f64::from(self.kept[place + 1].1[at]));
            (if curved.is_nan() { share.mul_add(to - from, from) } else { curved }) as f32
        };
        put_rows(count, width, blend, put);
        Ok(())
    }
}

/// Puts `count` values, row by row.
fn put_rows(count: usize, width: usize, value: impl Fn(usize) -> f32, put: &mut dyn FnMut(usize, &mut [f32])) {
    let mut row = Vec::with_capacity(width);
    for first in (0..count).step_by(width.max(1)) {
        row.clear();
        row.extend((first..first + width).map(&value));
        put(first, &mut row);
    }
}

/// Lagrange's weights of values at `times` for the time that is a `share` of the way from time number `place` to the next.
fn weights(times: &[f64], place: usize, share: f64) -> Vec<f64> {
    let time = share.mul_add(times[place + 1] - times[place], times[place]);
    let weight = |own: usize| {
        let others = (0..times.len()).filter(|&other| other != own);
        others.map(|other| (time - times[other]) / (times[own] - times[other])).product()
    };
    (0..times.len()).map(weight).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_cubics_are_met() {
        let times = [0.0, 1.0, 2.5, 4.0];
        let cubic = |t: f64| 0.5 * t * t * t - 2.0 * t + 1.0;
        for place in 0..3 {
            for share in [0.125, 0.5, 0.875] {
                let time = times[place] + share * (times[place + 1] - times[place]);
                let met: f64 = weights(&times, place, share).iter().zip(times).map(|(w, t)| w * cubic(t)).sum();
                assert!((met - cubic(time)).abs() < 1e-13, "{place} {share}: {met}");
            }
        }
    }

    #[test]
    fn exact_two_snapshots_give_a_line() {
        assert_eq!(weights(&[3.0, 7.0], 0, 0.25), [0.75, 0.25]);
    }
}
