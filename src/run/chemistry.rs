//! Chemistry as a job: cells made on rank 0 and scattered, the solver, what can be written of them.

use std::ops::Range;

use super::{Job, sampling};
use crate::chemistry::cells::{CellBlock, Target};
use crate::chemistry::{Outcome, Solver, Tally};
use crate::comm::World;
use crate::deck::table::read_table;
use crate::domain::decomposition::Decomposition;
use crate::domain::state::State;
use crate::error::Error;
use crate::io::destination;
use crate::output::{Constant, cell_column};
use crate::plan::{CellsPlan, ChemistryPlan, OnFailure, OutputVariable, Plan};
use crate::telemetry::{Phase, Timers};

/// This rank's cells and their solver.
pub struct Cells<'r> {
    world: &'r World,
    plan: &'r Plan,
    chemistry: &'r ChemistryPlan,
    cells: CellBlock,
    solver: Solver,
    /// Internal steps of each cell when its cost was last asked for.
    steps_before: Vec<u32>,
    tally: Tally,
}

impl<'r> Cells<'r> {
    /// **Collective.** Makes the cells of this rank: common values, then table columns and sampled inputs, which rank 0
    /// makes one at a time so that it never holds more than one value a cell.
    ///
    /// # Errors
    /// What is wrong in the table of cells, agreed.
    pub fn new(
        world: &'r World,
        plan: &'r Plan,
        chemistry: &'r ChemistryPlan,
        cells: &CellsPlan,
    ) -> Result<Self, Error> {
        let decomposition = Decomposition::new(cells.count, u64::from(world.size().unsigned_abs()));
        let range = decomposition.range(u64::from(world.rank().unsigned_abs()));
        let sizes: Vec<i32> = decomposition.sizes().map(|n| i32::try_from(n).unwrap_or(i32::MAX)).collect();
        let own = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
        let mut block = CellBlock::new(range.start, own, &chemistry.mechanism);
        fill(&mut block, cells);
        if let Some(table) = &cells.table {
            let read = if world.is_root() { read_table(cells, table, &chemistry.mechanism) } else { Ok(Vec::new()) };
            let columns = world.agree(read.map_err(|report| Error::Deck(Box::new(report))))?;
            for (position, column) in table.columns.iter().enumerate() {
                let values = columns.get(position).map_or(&[][..], Vec::as_slice);
                block.set(column.target, &world.scatter(values, &sizes));
            }
        }
        if let Some(sample) = &cells.sample {
            sampling::fill(world, &mut block, sample, cells.count, range, &sizes);
        }
        let solver = Solver::new(&chemistry.mechanism, &chemistry.solver);
        Ok(Self {
            world,
            plan,
            chemistry,
            steps_before: block.steps().to_vec(),
            cells: block,
            solver,
            tally: Tally::default(),
        })
    }
}

fn fill(block: &mut CellBlock, cells: &CellsPlan) {
    block.fill(Target::Temperature, cells.base.temperature);
    block.fill(Target::Pressure, cells.base.pressure);
    for (species, &value) in cells.base.concentrations.iter().enumerate() {
        block.fill(Target::Concentration(species), value);
    }
    for (parameter, &value) in cells.base.parameters.iter().enumerate() {
        block.fill(Target::Parameter(parameter), value);
    }
}

impl Job for Cells<'_> {
    fn own(&self) -> Range<usize> {
        let first = usize::try_from(self.cells.first_id()).unwrap_or(usize::MAX);
        first..first + self.cells.len()
    }

    fn advance(&mut self, step: u64, timers: &mut Timers) -> Result<(), Error> {
        let length = self.plan.clock.length(step);
        self.tally += timers.time(Phase::Kernel, || self.solver.advance(&mut self.cells, length));
        Ok(())
    }

    fn failure(&self, step: u64) -> Option<Error> {
        if self.chemistry.on_failure == OnFailure::Mark {
            return None;
        }
        let failed = self.world.sum(&[self.tally.cells_failed])[0];
        (failed > 0).then(|| Error::CellsFailed {
            failed,
            cells: self.plan.work.count(),
            time: self.plan.clock.time(step),
            path: destination::unfinished(&self.plan.output.file),
        })
    }

    fn column(&self, variable: OutputVariable, out: &mut [f64]) {
        cell_column(&self.cells, variable, out);
    }

    fn constant(&self, constant: Constant, out: &mut [f64]) {
        match constant {
            Constant::Input(target) => self.cells.read(target, out),
            Constant::Of(variable) => cell_column(&self.cells, variable, out),
        }
    }

    fn work(&self) -> Vec<(&'static str, u64)> {
        self.tally.named().to_vec()
    }

    fn outcomes(&self) -> Vec<(&'static str, u64)> {
        let count = |outcome| self.cells.status().iter().filter(|&&status| status == outcome).count() as u64;
        Outcome::ALL.iter().map(|&outcome| (outcome.name(), count(outcome))).collect()
    }

    fn state(&self, ids: Range<u64>) -> State {
        self.cells.state(ids)
    }

    fn restore(&mut self, state: &State) -> Result<(), Error> {
        self.cells.restore(state)?;
        self.steps_before.copy_from_slice(self.cells.steps());
        Ok(())
    }

    fn hold(&mut self, ids: Range<u64>) {
        self.cells.hold(ids);
        self.steps_before = self.cells.steps().to_vec();
    }

    fn costs(&mut self) -> Vec<u32> {
        let steps = self.cells.steps();
        // What a cell costs besides its steps, such as its rate constants, is about one step's work.
        let costs = steps.iter().zip(&self.steps_before).map(|(now, before)| now - before + 1).collect();
        self.steps_before.copy_from_slice(steps);
        costs
    }

    fn resume(&mut self, _done: u64, work: &[u64]) {
        self.tally = Tally::from_counts(work);
    }

    fn memory(&self) -> (u64, u64) {
        (self.cells.bytes() as u64, self.solver.workspace_bytes() as u64)
    }
}
