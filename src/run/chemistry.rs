//! Chemistry as a job: cells made on rank 0 and scattered, the solver, what can be written of them.

use std::ops::Range;

use super::{Job, members, sampling};
use crate::chemistry::cells::{CellBlock, Target};
use crate::chemistry::{Outcome, Solver, Tally};
use crate::comm::World;
use crate::deck::table::read_table;
use crate::domain::state::State;
use crate::error::Error;
use crate::io::destination;
use crate::io::trace::Trace;
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
    trace: Option<Trace>,
}

impl<'r> Cells<'r> {
    /// **Collective.** Makes the cells `range`, this rank's share: common values, then table columns and sampled inputs, which rank 0
    /// makes one at a time so that it never holds more than one value a cell.
    ///
    /// # Errors
    /// What is wrong in the table of cells, agreed.
    pub fn new(
        world: &'r World,
        plan: &'r Plan,
        chemistry: &'r ChemistryPlan,
        cells: &CellsPlan,
        range: Range<u64>,
    ) -> Result<Self, Error> {
        let share = |column: &[f64]| members::share(world, plan, range.clone(), column);
        let own = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
        let mut block = CellBlock::new(range.start, own, &chemistry.mechanism);
        fill(&mut block, cells);
        if let Some(table) = &cells.table {
            let read = if world.is_root() { read_table(cells, table, &chemistry.mechanism) } else { Ok(Vec::new()) };
            let columns = world.agree(read.map_err(|report| Error::Deck(Box::new(report))))?;
            for (position, column) in table.columns.iter().enumerate() {
                let values = columns.get(position).map_or(&[][..], Vec::as_slice);
                block.set(column.target, &share(values));
            }
        }
        for (target, values) in members::inputs(plan, &range) {
            block.set(target, &values);
        }
        // Last, since what is known of a rate constant may depend on the temperature.
        if let Some(sample) = &cells.sample {
            sampling::fill(world, plan, &mut block, sample, cells.count, &range);
        }
        let mut solver = Solver::with_members(&chemistry.mechanism, &chemistry.solver, members::laws(plan));
        let mut trace = Ok(None);
        if plan.traced {
            solver.trace();
            if !block.is_empty() {
                let columns = ["time [s]", "step [s]", "accepted", "error norm"];
                trace = Trace::create(&plan.output.file, &columns).map(Some);
            }
        }
        let trace = world.agree(trace)?;
        Ok(Self {
            world,
            plan,
            chemistry,
            steps_before: block.steps().to_vec(),
            cells: block,
            solver,
            tally: Tally::default(),
            trace,
        })
    }
}

impl Cells<'_> {
    /// Writes what the solver did in the step that began at `time` s.
    fn tell(&mut self, time: f64) -> Result<(), Error> {
        let Some(trace) = &mut self.trace else { return Ok(()) };
        for step in self.solver.take_trace() {
            trace.row(&[time + step.begun, step.length, f64::from(u8::from(step.accepted)), step.error])?;
        }
        trace.flush()
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
        if self.plan.traced {
            let told = self.tell(self.plan.clock.time(step));
            self.world.agree(told)?;
        }
        Ok(())
    }

    fn failure(&self, step: u64) -> Option<Error> {
        let of_members = self.plan.ensemble.as_ref().map_or(OnFailure::Mark, |ensemble| ensemble.on_member_failure);
        if self.chemistry.on_failure == OnFailure::Mark && of_members == OnFailure::Mark {
            return None;
        }
        let failed = self.world.sum(&[self.tally.cells_failed])[0];
        let (time, path) = (self.plan.clock.time(step), destination::unfinished(&self.plan.output.file));
        if failed > 0 && self.chemistry.on_failure == OnFailure::Mark {
            return Some(Error::MemberFailed { failed, item: "cell", time, path });
        }
        (failed > 0).then(|| Error::CellsFailed { failed, cells: self.plan.members.total(), time, path })
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

    fn failed(&self) -> Vec<u64> {
        let status = (self.cells.first_id()..).zip(self.cells.status());
        status.filter(|(_, status)| **status != Outcome::Converged).map(|(id, _)| id).collect()
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
