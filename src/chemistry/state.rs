//! Cells as named columns, for moving to another rank and for checkpoints.

use std::ops::Range;

use super::cells::{CONDITIONS, CellBlock, TILE};
use super::outcome::Outcome;
use crate::domain::state::{Column, State};
use crate::error::Error;

impl CellBlock {
    /// Everything that the block holds of the cells `ids`, which are among its own: temperature in K and pressure in Pa,
    /// concentrations in mol m-3, rate parameters, next step sizes in s, steps, rejections, outcomes.
    ///
    /// # Panics
    /// If an id is not in the block.
    #[must_use]
    pub fn state(&self, ids: Range<u64>) -> State {
        let own = self.places(&ids);
        let part = |from: usize, width: usize| {
            let mut values = Vec::with_capacity(own.len() * width);
            for cell in own.clone() {
                values.extend(self.tile(cell / TILE)[from..from + width].iter().map(|row| row.0[cell % TILE]));
            }
            values
        };
        let (species, parameters) = (self.species(), self.parameters());
        let columns = vec![
            Column::real("conditions", CONDITIONS, part(0, CONDITIONS)),
            Column::real("concentrations", species, part(CONDITIONS, species)),
            Column::real("parameters", parameters, part(CONDITIONS + species, parameters)),
            Column::real("step_size", 1, self.step_size[own.clone()].to_vec()),
            Column::count("steps", self.steps[own.clone()].to_vec()),
            Column::count("rejected", self.rejected[own.clone()].to_vec()),
            Column::small("status", self.status[own].iter().map(|&status| status as u8).collect()),
        ];
        State { ids, columns }
    }

    /// Puts cells back as `state` had them. They continue bit for bit.
    ///
    /// # Errors
    /// `State` when a column does not fit; then nothing has changed.
    ///
    /// # Panics
    /// If an id is not in the block.
    pub fn restore(&mut self, state: &State) -> Result<(), Error> {
        let own = self.places(&state.ids);
        let (species, parameters) = (self.species(), self.parameters());
        let parts = [
            (0, state.real("conditions", CONDITIONS)?, CONDITIONS),
            (CONDITIONS, state.real("concentrations", species)?, species),
            (CONDITIONS + species, state.real("parameters", parameters)?, parameters),
        ];
        let (step_size, steps, rejected) =
            (state.real("step_size", 1)?, state.count("steps")?, state.count("rejected")?);
        let status = state.meanings("status", Outcome::from_number)?;
        for (first, values, width) in parts {
            for (cell, values) in own.clone().zip(values.chunks_exact(width.max(1))) {
                let rows = &mut self.tile_mut(cell / TILE)[first..first + width];
                rows.iter_mut().zip(values).for_each(|(row, &value)| row.0[cell % TILE] = value);
            }
        }
        self.step_size[own.clone()].copy_from_slice(step_size);
        self.steps[own.clone()].copy_from_slice(steps);
        self.rejected[own.clone()].copy_from_slice(rejected);
        self.status[own].copy_from_slice(&status);
        self.prepared.fill(false);
        Ok(())
    }

    /// Makes the block one of the cells `ids`. Those that it had keep their state; the others are to be restored.
    pub fn hold(&mut self, ids: Range<u64>) {
        let count = usize::try_from(ids.end - ids.start).unwrap_or(usize::MAX);
        let fresh = self.of_others(ids.start, count);
        let old = std::mem::replace(self, fresh);
        let last = old.first_id() + old.len() as u64;
        let (first, end) = (ids.start.max(old.first_id()), ids.end.min(last));
        for id in first..end {
            let (from, to) = ((id - old.first_id()) as usize, (id - ids.start) as usize);
            let source = old.tile(from / TILE);
            for (row, source) in self.tile_mut(to / TILE).iter_mut().zip(source) {
                row.0[to % TILE] = source.0[from % TILE];
            }
            self.step_size[to] = old.step_size[from];
            self.steps[to] = old.steps[from];
            self.rejected[to] = old.rejected[from];
            self.status[to] = old.status[from];
        }
    }

    fn places(&self, ids: &Range<u64>) -> Range<usize> {
        let first = self.first_id();
        assert!(ids.start >= first && ids.end <= first + self.len() as u64, "cells {ids:?} are not all in the block");
        (ids.start - first) as usize..(ids.end - first) as usize
    }
}
