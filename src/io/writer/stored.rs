//! Values in the order in which a job keeps them, and how they come into that of its items.

use std::sync::Arc;

/// Values of one variable as a job keeps them.
#[derive(Debug)]
pub struct Stored<'s> {
    /// One piece after the other.
    pub pieces: Vec<&'s [f64]>,
    pub places: Arc<Places>,
}

/// Where values belong among a rank's items.
#[derive(Debug, Default)]
pub struct Places {
    /// One for each value, no two alike.
    pub of: Vec<u32>,
    /// Where there is no number to be shown, whatever is kept.
    pub nowhere: Vec<u32>,
}

/// Values of a variable for a thread that brings them into order.
#[derive(Debug)]
pub(super) struct Copied<T> {
    pub(super) values: Vec<T>,
    pub(super) places: Arc<Places>,
}

impl Stored<'_> {
    /// Copies the values into `out`, as they are kept.
    pub(super) fn copy<T>(&self, out: &mut [T], number: impl Fn(f64) -> T) {
        let mut rest = out;
        for piece in &self.pieces {
            let (own, others) = rest.split_at_mut(piece.len());
            own.iter_mut().zip(*piece).for_each(|(slot, &value)| *slot = number(value));
            rest = others;
        }
    }
}

impl Places {
    #[must_use]
    pub fn bytes(&self) -> usize {
        size_of_val(&self.of[..]) + size_of_val(&self.nowhere[..])
    }

    /// Brings values, piece by piece, into the order of the items.
    pub(super) fn bring<S: Copy, T: Copy>(&self, pieces: &[&[S]], out: &mut Vec<T>, number: impl Fn(S) -> T, none: T) {
        out.resize(self.of.len(), none);
        let mut places = &self.of[..];
        for piece in pieces {
            let (own, others) = places.split_at(piece.len());
            own.iter().zip(*piece).for_each(|(&place, &value)| out[place as usize] = number(value));
            places = others;
        }
        self.nowhere.iter().for_each(|&place| out[place as usize] = none);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_values_come_into_the_order_of_items() {
        let kept: Vec<f64> = (0..7).map(|value| f64::from(value) + 0.1).collect();
        let places = Places { of: vec![3, 0, 6, 1, 5, 2, 4], nowhere: vec![1, 6] };
        let pieces = vec![&kept[..3], &[], &kept[3..]];
        let wanted = [kept[1], f64::NAN, kept[5], kept[0], kept[6], kept[4], f64::NAN];
        let mut ordered = Vec::new();
        places.bring(&pieces, &mut ordered, |value| value as f32, f32::NAN);
        let same = |(found, wanted): (&f32, f64)| found.to_bits() == (wanted as f32).to_bits();
        assert!(ordered.len() == 7 && ordered.iter().zip(wanted).all(same), "{ordered:?}");
        let stored = Stored { pieces, places: Arc::new(places) };
        let mut copied = vec![0.0; 7];
        stored.copy(&mut copied, |value| value);
        assert_eq!(copied, kept);
    }
}
