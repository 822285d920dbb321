//! Particles as named columns, for moving to another rank and for checkpoints.

use std::ops::Range;

use super::curvilinear::CellHint;
use super::particles::{ParticleBlock, ParticleStatus};
use crate::domain::state::{Column, State};
use crate::error::Error;

/// Longitude, latitude and depth.
const AXES: usize = 3;

impl ParticleBlock {
    /// Everything that the block holds of the particles `ids`, which are among its own: places in degrees or m, release
    /// times in s, variables, statuses.
    ///
    /// # Panics
    /// If an id is not in the block.
    #[must_use]
    pub fn state(&self, ids: Range<u64>) -> State {
        let own = self.offsets(&ids);
        let count = own.len();
        let width = self.variables.len();
        let (mut places, mut release) = (vec![0.0; AXES * count], vec![0.0; count]);
        let (mut variables, mut status) = (vec![0.0; width * count], vec![0; count]);
        for (place, item) in self.among(&own) {
            let at = [self.x[place], self.y[place], self.z[place]];
            places[AXES * item..][..AXES].copy_from_slice(&at);
            release[item] = self.release[place];
            let slots = &mut variables[width * item..][..width];
            slots.iter_mut().zip(&self.variables).for_each(|(slot, column)| *slot = column[place]);
            status[item] = self.status[place] as u8;
        }
        let columns = vec![
            Column::real("places", AXES, places),
            Column::real("release_times", 1, release),
            Column::real("variables", width, variables),
            Column::small("status", status),
        ];
        State { ids, columns }
    }

    /// Puts particles back as `state` had them. They continue bit for bit.
    ///
    /// # Errors
    /// `State` when a column does not fit; then nothing has changed.
    ///
    /// # Panics
    /// If an id is not in the block.
    pub fn restore(&mut self, state: &State) -> Result<(), Error> {
        let own = self.offsets(&state.ids);
        let width = self.variables.len();
        let (places, release) = (state.real("places", AXES)?, state.real("release_times", 1)?);
        let variables = state.real("variables", width)?;
        let status = state.meanings("status", ParticleStatus::from_number)?;
        let among: Vec<(usize, usize)> = self.among(&own).collect();
        for (place, item) in among {
            let at = &places[AXES * item..][..AXES];
            (self.x[place], self.y[place], self.z[place]) = (at[0], at[1], at[2]);
            self.release[place] = release[item];
            let values = &variables[width * item..][..width];
            self.variables.iter_mut().zip(values).for_each(|(column, &value)| column[place] = value);
            self.status[place] = status[item];
        }
        Ok(())
    }

    /// Makes the block one of the particles `ids`. Those that it had keep their state, and their neighbours in memory; the
    /// others are to be restored.
    ///
    /// # Panics
    /// If there are more than 2^32 particles.
    pub fn hold(&mut self, ids: Range<u64>) {
        let (old, width) = (self.first_id(), self.variables.len());
        let kept = ids.start.max(old)..ids.end.min(old + self.len() as u64);
        let mut fresh = Self::new(ids.start, (ids.end - ids.start) as usize, &vec![0.0; width]);
        if !self.hints.is_empty() {
            fresh.hints.resize(fresh.len(), CellHint::default());
        }
        let before = std::mem::replace(self, fresh);
        let mut place = 0;
        for from in 0..before.len() {
            let id = old + u64::from(before.ids[from]);
            if !kept.contains(&id) {
                continue;
            }
            self.ids[place] = (id - ids.start) as u32;
            (self.x[place], self.y[place], self.z[place]) = (before.x[from], before.y[from], before.z[from]);
            self.release[place] = before.release[from];
            self.status[place] = before.status[from];
            for (column, before) in self.variables.iter_mut().zip(&before.variables) {
                column[place] = before[from];
            }
            if let (Some(hint), Some(&before)) = (self.hints.get_mut(place), before.hints.get(from)) {
                *hint = before;
            }
            place += 1;
        }
        let arrived = ids.clone().filter(|id| !kept.contains(id)).map(|id| (id - ids.start) as u32);
        self.ids.truncate(place);
        self.ids.extend(arrived);
    }

    /// The place in memory of each particle whose offset from the first id is in a range, and its number in the range.
    fn among(&self, own: &Range<usize>) -> impl Iterator<Item = (usize, usize)> {
        let (first, count) = (own.start, own.len());
        let number = move |(place, &id): (usize, &u32)| Some((place, (id as usize).checked_sub(first)?));
        self.ids.iter().enumerate().filter_map(number).filter(move |&(_, item)| item < count)
    }

    fn offsets(&self, ids: &Range<u64>) -> Range<usize> {
        let first = self.first_id();
        assert!(
            ids.start >= first && ids.end <= first + self.len() as u64,
            "particles {ids:?} are not all in the block"
        );
        (ids.start - first) as usize..(ids.end - first) as usize
    }
}
