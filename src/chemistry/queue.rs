//! The cells that wait for a lane: one tile at a time is checked and its rate constants are computed.

use super::cells::{CONDITIONS, CellBlock, TILE};
use super::constants::RateConstants;
use super::kinetics::Kinetics;
use super::outcome::{Outcome, Tally};
use super::rate::Surroundings;
use crate::lanes::Lanes;

/// All slots of a tile.
const WHOLE: u32 = (1 << TILE) - 1;

/// The queue of one call.
#[derive(Debug)]
pub(super) struct Queue {
    /// The tile that is staged is the one before.
    next_tile: usize,
    /// Bit s: slot s of the staged tile has yet to be taken.
    waiting: u32,
    /// Rate constants of the staged tile.
    constants: Vec<Lanes<TILE>>,
    factors: Vec<Lanes<TILE>>,
}

impl Queue {
    /// For so many reactions and temperature factors.
    pub fn new(reactions: usize, factors: usize) -> Self {
        let rows = |count| vec![Lanes::ZERO; count];
        Self { next_tile: 0, waiting: 0, constants: rows(reactions), factors: rows(factors) }
    }

    /// Memory that the staged tile occupies, bytes.
    pub fn bytes(&self) -> usize {
        size_of_val(self.constants.as_slice()) + size_of_val(self.factors.as_slice())
    }

    /// Begin with the first cell.
    pub fn restart(&mut self) {
        self.next_tile = 0;
        self.waiting = 0;
    }

    /// Rate constants of the staged tile.
    #[inline(always)]
    pub fn constants<'c>(&'c self, cells: &'c CellBlock, tile: usize) -> &'c [Lanes<TILE>] {
        let kept = cells.constants(tile);
        if kept.is_empty() { &self.constants } else { kept }
    }

    /// The next slot of the staged tile.
    #[inline(always)]
    pub fn take(&mut self) -> Option<usize> {
        if self.waiting == 0 {
            return None;
        }
        let slot = self.waiting.trailing_zeros() as usize;
        self.waiting &= self.waiting - 1;
        Some(slot)
    }

    /// All slots of the staged tile, if none has been taken or failed.
    #[inline(always)]
    pub fn take_tile(&mut self) -> bool {
        let whole = self.waiting == WHOLE;
        if whole {
            self.waiting = 0;
        }
        whole
    }

    /// The tile that has cells waiting, with its rate constants; none when all are taken.
    #[inline(always)]
    pub fn stage(
        &mut self,
        kinetics: &Kinetics,
        constants: &RateConstants,
        cells: &mut CellBlock,
        tally: &mut Tally,
    ) -> Option<usize> {
        while self.waiting == 0 {
            let first = self.next_tile * TILE;
            if first >= cells.len() {
                return None;
            }
            let tile = self.next_tile;
            self.next_tile += 1;
            let count = TILE.min(cells.len() - first);
            let status = &cells.status[first..first + count];
            if count == TILE && status.iter().fold(0, |any, &outcome| any | outcome as u8) == Outcome::Converged as u8 {
                self.waiting = WHOLE;
            } else {
                for (slot, &outcome) in status.iter().enumerate() {
                    self.waiting |= u32::from(outcome == Outcome::Converged) << slot;
                }
            }
            if self.waiting != 0 && !cells.prepared[tile] {
                self.evaluate(tile, kinetics, constants, cells, tally);
                let kept = cells.constants_mut(tile);
                kept.copy_from_slice(&self.constants[..kept.len()]);
                cells.prepared[tile] = !kept.is_empty();
            }
        }
        Some(self.next_tile - 1)
    }

    /// Compute the rate constants of a tile, and take out the cells that cannot be integrated.
    #[inline(always)]
    fn evaluate(
        &mut self,
        tile: usize,
        kinetics: &Kinetics,
        constants: &RateConstants,
        cells: &mut CellBlock,
        tally: &mut Tally,
    ) {
        let rows = cells.tile(tile);
        let (temperature, pressure) = (rows[0], rows[1]);
        let (concentrations, parameters) = rows[CONDITIONS..].split_at(kinetics.species.len());
        let at = Surroundings::new(temperature, pressure, constants.powers());
        let first = cells.first_id() + (tile * TILE) as u64;
        constants.evaluate(first, &at, |p| parameters[p], &mut self.factors, &mut self.constants);

        // 0 times a number is 0, times infinity or no number it is none.
        let mut broken = Lanes::<TILE>::ZERO;
        let mut lowest = Lanes::<TILE>::ZERO;
        for value in concentrations.iter().chain(parameters).chain(&self.constants) {
            broken = value.fused_by(0.0, broken);
        }
        for concentration in concentrations {
            lowest = lowest.zip(*concentration, |lowest, y| if y < lowest { y } else { lowest });
        }
        // No number is not positive either.
        let positive = temperature.zip(pressure, |t, p| if t < p { t } else { p } + 0.0 * t + 0.0 * p);
        if !(positive.any(|x| (x <= 0.0) | x.is_nan()) | broken.any(|x| x != 0.0) | lowest.any(|x| x < 0.0)) {
            return;
        }
        let valid = |x: f64| x > 0.0 && x < f64::INFINITY;
        for slot in 0..TILE {
            if self.waiting >> slot & 1 == 0 {
                continue;
            }
            let outcome = if !valid(temperature.0[slot]) || !valid(pressure.0[slot]) {
                Outcome::InvalidConditions
            } else if broken.0[slot] != 0.0 {
                Outcome::NonFinite
            } else if lowest.0[slot] < 0.0 {
                Outcome::NegativeConcentration
            } else {
                continue;
            };
            self.waiting &= !(1 << slot);
            tally.cells_failed += 1;
            cells.status[tile * TILE + slot] = outcome;
            for row in &mut cells.tile_mut(tile)[CONDITIONS..CONDITIONS + kinetics.species.len()] {
                row.0[slot] = f64::NAN;
            }
        }
    }
}
