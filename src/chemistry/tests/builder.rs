//! Mechanisms for tests, built by hand, and their integration in one or many cells.

use crate::chemistry::cells::{CellBlock, Target};
use crate::chemistry::mechanism::{Mechanism, RateParameter, Reaction, Species};
use crate::chemistry::rate::{Arrhenius, RateLaw};
use crate::chemistry::rosenbrock::Rosenbrock;
use crate::chemistry::tableau::Method;
use crate::chemistry::{SolverSettings, Tally};

/// A mechanism of so many species `S0`, `S1`, … and no reactions yet.
pub fn species(count: usize) -> Mechanism {
    let named = |i| Species { name: format!("S{i}"), molecular_weight: None, absolute_tolerance: None };
    Mechanism {
        name: "test".to_owned(),
        species: (0..count).map(named).collect(),
        prescribed: Vec::new(),
        reactions: Vec::new(),
        parameters: Vec::new(),
    }
}

/// A rate constant that depends on nothing.
pub fn constant(k: f64) -> RateLaw {
    RateLaw::Arrhenius { arrhenius: Arrhenius { a: k, b: 0.0, c: 0.0, d: 300.0 }, e: 0.0 }
}

impl Mechanism {
    /// Add a reaction.
    pub fn reacts(mut self, rate: RateLaw, reactants: &[usize], products: &[(usize, f64)]) -> Self {
        self.reactions.push(Reaction {
            name: format!("R{}", self.reactions.len() + 1),
            rate,
            reactants: reactants.to_vec(),
            products: products.to_vec(),
            fixed_factor: 1.0,
            air_density_order: 0,
        });
        self
    }

    /// Add a rate parameter.
    pub fn takes(mut self, name: &str) -> Self {
        self.parameters.push(RateParameter { name: name.to_owned(), unit: "s-1" });
        self
    }
}

/// Settings with one absolute tolerance for all species.
pub fn settings(mechanism: &Mechanism, method: Method, relative: f64, absolute: f64) -> SolverSettings {
    SolverSettings {
        method,
        relative_tolerance: relative,
        absolute_tolerance: vec![absolute; mechanism.species.len()],
        max_steps: 1_000_000,
        ..SolverSettings::default_for(mechanism)
    }
}

/// `count` equal cells at 298.15 K and 1000 hPa.
pub fn cells(mechanism: &Mechanism, count: usize, concentrations: &[f64]) -> CellBlock {
    let mut cells = CellBlock::new(0, count, mechanism);
    cells.fill(Target::Temperature, 298.15);
    cells.fill(Target::Pressure, 1e5);
    for (i, &concentration) in concentrations.iter().enumerate() {
        cells.fill(Target::Concentration(i), concentration);
    }
    cells
}

/// A quantity of every cell.
pub fn read(cells: &CellBlock, target: Target) -> Vec<f64> {
    let mut values = vec![0.0; cells.len()];
    cells.read(target, &mut values);
    values
}

/// The concentrations of one cell.
pub fn state(cells: &CellBlock, cell: usize) -> Vec<f64> {
    (0..cells.species()).map(|i| read(cells, Target::Concentration(i))[cell]).collect()
}

/// Integrate one cell from 0 to each of `times`, one lane wide; its states then.
pub fn trajectory(
    mechanism: &Mechanism,
    settings: &SolverSettings,
    start: &[f64],
    times: &[f64],
) -> (Vec<Vec<f64>>, Tally) {
    let mut solver = Rosenbrock::<1>::new(mechanism, settings);
    let mut cells = cells(mechanism, 1, start);
    let (mut t, mut tally, mut states) = (0.0, Tally::default(), Vec::new());
    for &time in times {
        tally += solver.advance(&mut cells, time - t);
        t = time;
        states.push(state(&cells, 0));
    }
    assert_eq!(tally.cells_failed, 0);
    (states, tally)
}

/// The largest relative difference.
pub fn difference(values: &[f64], truth: &[f64]) -> f64 {
    assert_eq!(values.len(), truth.len());
    let relative = |(value, truth): (&f64, &f64)| (value - truth).abs() / truth.abs();
    values.iter().zip(truth).map(relative).fold(0.0, f64::max)
}

/// Numbers between 0 and 1, the same in every run: a linear congruence (Knuth's MMIX constants), high bits.
pub struct Numbers(pub u64);

impl Numbers {
    pub fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() * bound as f64) as usize
    }
}

/// A mechanism of random reactions of order 0 to 3, some with a species on both sides.
pub fn random_mechanism(count: usize, reactions: usize, seed: u64) -> Mechanism {
    let mut numbers = Numbers(seed);
    let mut mechanism = species(count);
    for _ in 0..reactions {
        let order = [0, 1, 1, 2, 2, 2, 3][numbers.below(7)];
        let reactants: Vec<usize> = (0..order).map(|_| numbers.below(count)).collect();
        let products: Vec<(usize, f64)> = (0..3).map(|_| (numbers.below(count), numbers.next())).collect();
        let k = 10_f64.powf(4.0 * numbers.next() - 2.0);
        mechanism = mechanism.reacts(constant(k), &reactants, &products);
    }
    mechanism
}
