//! Snapshots in and out of a set of fields, as the clock goes on.

use super::field::Need;
use super::fieldset::FieldSet;
use super::snapshot::{Layout, Slot};
use super::window::Window;
use crate::memory::Region;

impl FieldSet {
    /// Fields that are read together, as positions in the list of fields, and the memory that one snapshot of them takes.
    pub fn windows(&self) -> impl Iterator<Item = (&[usize], &Layout)> {
        self.windows.iter().map(|window| (&window.fields[..], &window.layout))
    }

    /// Make the fields ready for a span of time: forget snapshots that it does not need and read those that are missing
    /// with `read(field, index of the snapshot)`, which returns `[depth][y][x]`, SI, NaN where there is no value.
    ///
    /// # Errors
    /// The first one of `read`; snapshots read before it are kept.
    ///
    /// # Panics
    /// If a snapshot has not one value for each node, or there is no memory for it.
    pub fn update<E>(
        &mut self,
        from: f64,
        to: f64,
        mut read: impl FnMut(usize, usize) -> Result<Vec<f32>, E>,
    ) -> Result<(), E> {
        let mut left = self.forget(from, to);
        for (at, need) in self.missing(from, to) {
            let (fields, layout) = (self.windows[at].fields.clone(), self.windows[at].layout.clone());
            let used = left.iter().position(|(window, _)| *window == at).map(|position| left.swap_remove(position).1);
            let fresh = || Region::own(layout.bytes()).and_then(|mut region| layout.cut(&mut region));
            let Some(mut slot) = used.or_else(fresh) else { panic!("no memory for {} bytes", layout.bytes()) };
            for (component, &field) in fields.iter().enumerate() {
                layout.put_all(&mut slot, component, &read(field, need.index)?);
            }
            layout.finish(&mut slot);
            self.admit(at, need.time, slot);
        }
        Ok(())
    }

    /// Takes out the snapshots that a span of time does not need, as (window, memory).
    pub fn forget(&mut self, from: f64, to: f64) -> Vec<(usize, Slot)> {
        let of = |(at, window): (usize, &mut Window)| window.forget(from, to).into_iter().map(move |slot| (at, slot));
        self.windows.iter_mut().enumerate().flat_map(of).collect()
    }

    /// Snapshots that a span of time needs and that are not there, as (window, snapshot).
    #[must_use]
    pub fn missing(&self, from: f64, to: f64) -> Vec<(usize, Need)> {
        let of = |(at, window): (usize, &Window)| window.missing(from, to).into_iter().map(move |need| (at, need));
        self.windows.iter().enumerate().flat_map(of).collect()
    }

    /// Takes in a snapshot that counts at a time, s.
    ///
    /// # Panics
    /// If there is no such window.
    pub fn admit(&mut self, window: usize, time: f64, slot: Slot) {
        self.windows[window].admit(time, slot);
    }

    /// Whether every field is known throughout a span of time.
    #[must_use]
    pub fn covers(&self, from: f64, to: f64) -> bool {
        self.windows.iter().all(|window| window.covers(from) && window.covers(to))
    }
}
