//! The snapshots around the clock of one field, or of two fields that are read together.

use super::curved::Curved;
use super::field::{Need, OutsideTimes, needed};
use super::level::Level;
use super::place::Lattice;
use super::rows::{Row, WIDTH};
use super::snapshot::{Layout, Slot};

/// A grid ready for searching.
#[derive(Debug, Clone)]
pub(super) enum Ground {
    Lattice(Box<Lattice>),
    Curved(Box<Curved>),
}

/// A window of snapshots on one grid.
#[derive(Debug, Clone)]
pub(super) struct Window {
    /// One field, or two in the order of the components.
    pub fields: Vec<usize>,
    /// Position in the list of grids.
    pub grid: usize,
    /// Times of all snapshots there are.
    pub times: Vec<f64>,
    pub outside: OutsideTimes,
    pub layout: Layout,
    /// Ascending in time.
    pub slots: Vec<Slot>,
    /// The same brought to single times.
    pub levels: Vec<Level>,
}

impl Window {
    /// One without values, for fields on a grid.
    pub fn new((fields, grid): (Vec<usize>, usize), times: Vec<f64>, outside: OutsideTimes, layout: Layout) -> Self {
        Self { fields, grid, times, outside, layout, slots: Vec::new(), levels: Vec::new() }
    }

    /// Whether the held snapshots cover a time, by the field's rule for times outside.
    pub fn covers(&self, time: f64) -> bool {
        match (self.slots.first(), self.slots.last()) {
            (Some(first), Some(last)) => {
                // A clock's times are sums and products: they may miss a snapshot by a rounding.
                let slack = 1e-6 + 1e-12 * time.abs();
                self.outside != OutsideTimes::Refuse
                    || self.times.len() == 1
                    || (first.time - slack <= time && time <= last.time + slack)
            }
            _ => false,
        }
    }

    /// Whether each node has two numbers side by side.
    #[inline(always)]
    pub fn is_pair(&self) -> bool {
        self.layout.is_pair()
    }

    /// The values at the time of all lanes, where they have one and it was made ready.
    #[inline(always)]
    pub fn level(&self, time: &Row<WIDTH>) -> Option<&Level> {
        let level = self.levels.iter().find(|level| level.time == time[0])?;
        time.iter().fold(true, |all, &time| all & (time == level.time)).then_some(level)
    }

    /// Takes out what a span of time does not need.
    pub fn forget(&mut self, from: f64, to: f64) -> Vec<Slot> {
        let needs = needed(&self.times, self.outside, from, to);
        let left = self.slots.extract_if(.., |slot| !needs.iter().any(|need| need.time == slot.time)).collect();
        self.measure_spans();
        left
    }

    /// Takes in a snapshot that counts at a time.
    pub fn admit(&mut self, time: f64, mut slot: Slot) {
        slot.time = time;
        let at = self.slots.partition_point(|held| held.time < time);
        self.slots.insert(at, slot);
        self.measure_spans();
    }

    fn measure_spans(&mut self) {
        self.levels.clear();
        for k in 0..self.slots.len() {
            let span = self.slots.get(k + 1).map_or(0.0, |next| next.time - self.slots[k].time);
            self.slots[k].per_span = if span > 0.0 { 1.0 / span } else { 0.0 };
        }
    }

    /// The snapshots of a span of time that are not held.
    pub fn missing(&self, from: f64, to: f64) -> Vec<Need> {
        let mut needs = needed(&self.times, self.outside, from, to);
        needs.retain(|need| !self.slots.iter().any(|slot| slot.time == need.time));
        needs
    }
}
