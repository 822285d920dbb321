//! The cells of one rank: what stays in memory of them between calls.
//!
//! Tiles of 16 cells, in a tile one row of 16 numbers for each quantity: a tile is what the solver works on, a
//! row of each tile is what output reads, and both are contiguous.

use super::mechanism::Mechanism;
use super::outcome::Outcome;
use crate::lanes::Lanes;

/// Cells in a tile.
pub(super) const TILE: usize = 16;
/// Rows of a tile before the concentrations: temperature and pressure.
pub(super) const CONDITIONS: usize = 2;

/// Reactions up to which each cell keeps its rate constants between calls. They cost 8 bytes each: little beside the
/// concentrations of a small mechanism, whose steps take no longer than computing them anew, and too much otherwise.
const KEPT_CONSTANTS: usize = 16;

/// Something in a cell that can be set, sampled or tabled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// K
    Temperature,
    /// Pa
    Pressure,
    /// Index into `Mechanism::species`; mol m-3.
    Concentration(usize),
    /// Index into `Mechanism::parameters`, in the parameter's unit.
    Parameter(usize),
}

/// The state of the cells with consecutive global ids from `first_id`.
///
/// All values are 0 until set; a cell with T or p of 0 fails as `Outcome::InvalidConditions`.
#[derive(Debug, Clone, PartialEq)]
pub struct CellBlock {
    first_id: u64,
    species: usize,
    parameters: usize,
    values: Vec<Lanes<TILE>>,
    /// Rows of rate constants in a tile; 0 where they are not kept.
    kept: usize,
    constants: Vec<Lanes<TILE>>,
    /// For each tile whether the cells that have not failed have been checked and their constants computed since any
    /// value was set.
    pub(super) prepared: Vec<bool>,
    pub(super) step_size: Vec<f64>,
    pub(super) steps: Vec<u32>,
    pub(super) rejected: Vec<u32>,
    pub(super) status: Vec<Outcome>,
}

impl CellBlock {
    /// `count` cells of a mechanism.
    #[must_use]
    pub fn new(first_id: u64, count: usize, mechanism: &Mechanism) -> Self {
        let reactions = mechanism.reactions.len();
        let kept = if reactions <= KEPT_CONSTANTS { reactions } else { 0 };
        Self::with(first_id, count, mechanism.species.len(), mechanism.parameters.len(), kept)
    }

    /// Bytes that `count` cells of a mechanism occupy.
    #[must_use]
    pub fn bytes_of(count: u64, mechanism: &Mechanism) -> u64 {
        // A tile of cells, since the rows of a tile are whole even when its cells are not.
        let tile = Self::new(0, TILE, mechanism).bytes() - size_of::<Self>();
        count.div_ceil(TILE as u64).saturating_mul(tile as u64)
    }

    /// `count` other cells of the same mechanism.
    pub(super) fn of_others(&self, first_id: u64, count: usize) -> Self {
        Self::with(first_id, count, self.species, self.parameters, self.kept)
    }

    fn with(first_id: u64, count: usize, species: usize, parameters: usize, kept: usize) -> Self {
        let rows = CONDITIONS + species + parameters;
        let tiles = count.div_ceil(TILE);
        Self {
            first_id,
            species,
            parameters,
            values: vec![Lanes::ZERO; tiles * rows],
            kept,
            constants: vec![Lanes::ZERO; tiles * kept],
            prepared: vec![false; tiles],
            step_size: vec![0.0; count],
            steps: vec![0; count],
            rejected: vec![0; count],
            status: vec![Outcome::Converged; count],
        }
    }

    /// Global id of the first cell.
    #[must_use]
    pub fn first_id(&self) -> u64 {
        self.first_id
    }

    /// Number of cells.
    #[must_use]
    pub fn len(&self) -> usize {
        self.status.len()
    }

    /// Whether there are no cells.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.status.is_empty()
    }

    /// Set a quantity in every cell.
    ///
    /// # Panics
    /// If there is not one value for each cell, or the mechanism has no such quantity.
    pub fn set(&mut self, target: Target, values: &[f64]) {
        assert_eq!(values.len(), self.len(), "one value for each cell");
        let (row, rows) = (self.row(target), self.rows());
        for (tile, values) in self.values.chunks_exact_mut(rows).zip(values.chunks(TILE)) {
            tile[row].0[..values.len()].copy_from_slice(values);
        }
        self.prepared.fill(false);
    }

    /// Set a quantity to the same value in every cell.
    ///
    /// # Panics
    /// If the mechanism has no such quantity.
    pub fn fill(&mut self, target: Target, value: f64) {
        let (row, rows) = (self.row(target), self.rows());
        for tile in self.values.chunks_exact_mut(rows) {
            tile[row] = Lanes::splat(value);
        }
        self.prepared.fill(false);
    }

    /// Copy a quantity of every cell to `out`.
    ///
    /// # Panics
    /// If there is not one place for each cell, or the mechanism has no such quantity.
    pub fn read(&self, target: Target, out: &mut [f64]) {
        assert_eq!(out.len(), self.len(), "one place for each cell");
        let (row, rows) = (self.row(target), self.rows());
        for (tile, out) in self.values.chunks_exact(rows).zip(out.chunks_mut(TILE)) {
            out.copy_from_slice(&tile[row].0[..out.len()]);
        }
    }

    /// The step size that each cell's next call starts with, s; 0 where the solver will choose.
    #[must_use]
    pub fn step_size(&self) -> &[f64] {
        &self.step_size
    }

    /// Internal steps of each cell so far, accepted and rejected.
    #[must_use]
    pub fn steps(&self) -> &[u32] {
        &self.steps
    }

    /// Internal steps of each cell rejected so far.
    #[must_use]
    pub fn rejected(&self) -> &[u32] {
        &self.rejected
    }

    /// How each cell has fared so far.
    #[must_use]
    pub fn status(&self) -> &[Outcome] {
        &self.status
    }

    /// Memory that the block occupies, bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        size_of::<Self>()
            + size_of_val(self.values.as_slice())
            + size_of_val(self.constants.as_slice())
            + size_of_val(self.prepared.as_slice())
            + size_of_val(self.step_size.as_slice())
            + size_of_val(self.steps.as_slice())
            + size_of_val(self.rejected.as_slice())
            + size_of_val(self.status.as_slice())
    }

    /// Number of prognostic species.
    pub(super) fn species(&self) -> usize {
        self.species
    }

    /// Number of rate parameters.
    pub(super) fn parameters(&self) -> usize {
        self.parameters
    }

    fn rows(&self) -> usize {
        CONDITIONS + self.species + self.parameters
    }

    /// The rows of a tile: temperature, pressure, concentrations, parameters.
    #[inline(always)]
    pub(super) fn tile(&self, tile: usize) -> &[Lanes<TILE>] {
        let rows = self.rows();
        &self.values[tile * rows..(tile + 1) * rows]
    }

    /// The rows of a tile, to be written.
    #[inline(always)]
    pub(super) fn tile_mut(&mut self, tile: usize) -> &mut [Lanes<TILE>] {
        let rows = self.rows();
        &mut self.values[tile * rows..(tile + 1) * rows]
    }

    /// The rate constants kept for the cells of a tile, none if the mechanism is large.
    #[inline(always)]
    pub(super) fn constants(&self, tile: usize) -> &[Lanes<TILE>] {
        &self.constants[tile * self.kept..(tile + 1) * self.kept]
    }

    /// The same, to be written.
    #[inline(always)]
    pub(super) fn constants_mut(&mut self, tile: usize) -> &mut [Lanes<TILE>] {
        &mut self.constants[tile * self.kept..(tile + 1) * self.kept]
    }

    fn row(&self, target: Target) -> usize {
        match target {
            Target::Temperature => 0,
            Target::Pressure => 1,
            Target::Concentration(i) => {
                assert!(i < self.species, "species {i} of {}", self.species);
                CONDITIONS + i
            }
            Target::Parameter(i) => {
                assert!(i < self.parameters, "parameter {i} of {}", self.parameters);
                CONDITIONS + self.species + i
            }
        }
    }
}
