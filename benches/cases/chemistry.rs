//! MOZART-TS1 and A → B → C in batches of cells.

use std::path::Path;

use chemdrift::chemistry::cells::{CellBlock, Target};
use chemdrift::chemistry::tableau::Method;
use chemdrift::chemistry::{Solver, SolverSettings, Tally};
use chemdrift::deck::{Overrides, Sources, check};
use chemdrift::plan::{CellsPlan, Plan, Work};

/// How the cells of a batch of TS1 differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Batch {
    /// All alike, in full sun: the initial state that the mechanism comes with.
    Day,
    /// The same in the dark.
    Night,
    /// T and p ±20 %, photolysis from none (half of the cells) to full sun, no two alike, without order.
    Mixed,
    /// The cells of `inputs/ts1_lhs.yaml`.
    Hypercube,
}

/// Cells as they begin, and the solver that takes them through time.
pub struct Job {
    solver: Solver,
    cells: CellBlock,
    calls: u32,
    /// s
    length: f64,
}

impl Job {
    /// The whole job from the beginning: what it took. The second value holds the cells as they end.
    pub fn run(&mut self) -> (Tally, CellBlock) {
        let mut cells = self.cells.clone();
        let mut tally = Tally::default();
        for _ in 0..self.calls {
            tally += self.solver.advance(&mut cells, self.length);
        }
        (tally, cells)
    }

    /// Cells times calls.
    pub fn cell_steps(&self) -> u64 {
        self.cells.len() as u64 * u64::from(self.calls)
    }

    /// Bytes of a cell that stay in memory, and those of the solver's workspace.
    pub fn bytes(&self) -> (f64, usize) {
        (self.cells.bytes() as f64 / self.cells.len() as f64, self.solver.workspace_bytes())
    }

    /// The instruction set in use.
    pub fn instructions(&self) -> &'static str {
        self.solver.instructions()
    }
}

/// TS1 for an hour in steps of `length` s.
pub fn ts1(method: Method, tolerance: f64, batch: Batch, count: usize, length: f64) -> Job {
    let plan = plan("inputs/ts1_lhs.yaml");
    let Work::Chemistry { chemistry, cells } = &plan.work else { panic!("a deck of chemistry") };
    let mechanism = &chemistry.mechanism;
    let mut block = CellBlock::new(0, count, mechanism);
    base(&mut block, cells);
    match batch {
        Batch::Day => {}
        Batch::Hypercube => sample(&mut block, cells),
        Batch::Night | Batch::Mixed => {
            let around = |value: f64, which| spread(count, which).map(|x| value * (0.8 + 0.4 * x)).collect::<Vec<_>>();
            let sun = |x: f64| if batch == Batch::Night { 0.0 } else { (2.0 * x - 1.0).max(0.0) };
            if batch == Batch::Mixed {
                block.set(Target::Temperature, &around(cells.base.temperature, 1));
                block.set(Target::Pressure, &around(cells.base.pressure, 2));
            }
            for (i, parameter) in mechanism.parameters.iter().enumerate() {
                if parameter.name.starts_with("PHOTO.") {
                    let full = cells.base.parameters[i];
                    let values = spread(count, 3).map(|x| full * sun(x)).collect::<Vec<_>>();
                    block.set(Target::Parameter(i), &values);
                }
            }
        }
    }
    let settings = SolverSettings { method, relative_tolerance: tolerance, ..SolverSettings::default_for(mechanism) };
    Job { solver: Solver::new(mechanism, &settings), cells: block, calls: (3600.0 / length) as u32, length }
}

/// A → B → C in the cells of the tutorial, 60 steps of 1 s.
pub fn abc(method: Method, tolerance: f64, count: usize) -> Job {
    let plan = plan("inputs/abc_lhs.yaml");
    let Work::Chemistry { chemistry, cells } = &plan.work else { panic!("a deck of chemistry") };
    let mut block = CellBlock::new(0, count, &chemistry.mechanism);
    base(&mut block, cells);
    sample(&mut block, cells);
    let settings =
        SolverSettings { method, relative_tolerance: tolerance, ..SolverSettings::default_for(&chemistry.mechanism) };
    Job { solver: Solver::new(&chemistry.mechanism, &settings), cells: block, calls: 60, length: 1.0 }
}

fn plan(deck: &str) -> Plan {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(deck);
    match check(&Sources::gather(&path), &Overrides::default()) {
        Ok(plan) => plan,
        Err(report) => panic!("{deck}: {report:?}"),
    }
}

fn base(block: &mut CellBlock, cells: &CellsPlan) {
    block.fill(Target::Temperature, cells.base.temperature);
    block.fill(Target::Pressure, cells.base.pressure);
    for (species, &value) in cells.base.concentrations.iter().enumerate() {
        block.fill(Target::Concentration(species), value);
    }
    for (parameter, &value) in cells.base.parameters.iter().enumerate() {
        block.fill(Target::Parameter(parameter), value);
    }
}

fn sample(block: &mut CellBlock, cells: &CellsPlan) {
    let Some(plan) = &cells.sample else { panic!("a deck that samples") };
    let mut columns = plan.points.columns();
    for input in &plan.inputs {
        let mut values = columns.next_column(block.len() as u64);
        for value in &mut values {
            *value = input.distribution.quantile(*value);
        }
        block.set(input.target, &values);
    }
}

/// Numbers spread evenly over [0, 1) in an order without pattern: multiples of irrational numbers.
fn spread(count: usize, which: usize) -> impl Iterator<Item = f64> {
    let step = [0.0, 0.618_033_988_749_895, 0.414_213_562_373_095, 0.732_050_807_568_877][which];
    (1..=count).map(move |i| (i as f64 * step).fract())
}
