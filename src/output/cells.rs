//! What can be written of cells.

use super::{Constant, cf_name, count, flags, real};
use crate::chemistry::Outcome;
use crate::chemistry::cells::{CellBlock, Target};
use crate::chemistry::mechanism::Mechanism;
use crate::chemistry::rate::Conditions;
use crate::domain::design::Design;
use crate::io::layout::Variable;
use crate::plan::{CellsPlan, OutputVariable};

/// Fills `out` with a variable of the cells as they are now.
pub fn cell_column(block: &CellBlock, variable: OutputVariable, out: &mut [f64]) {
    match variable {
        OutputVariable::Concentration(species) => block.read(Target::Concentration(species), out),
        OutputVariable::Temperature => block.read(Target::Temperature, out),
        OutputVariable::Pressure => block.read(Target::Pressure, out),
        OutputVariable::AirDensity => {
            let mut temperature = vec![0.0; out.len()];
            block.read(Target::Temperature, &mut temperature);
            block.read(Target::Pressure, out);
            for (density, &temperature) in out.iter_mut().zip(&temperature) {
                *density = Conditions { temperature, pressure: *density }.air_density();
            }
        }
        OutputVariable::SolverSteps => copy(out, block.steps().iter().map(|&n| f64::from(n))),
        OutputVariable::SolverRejected => copy(out, block.rejected().iter().map(|&n| f64::from(n))),
        OutputVariable::SolverStepSize => copy(out, block.step_size().iter().copied()),
        OutputVariable::Status => copy(out, block.status().iter().map(|&outcome| f64::from(outcome as u8))),
        OutputVariable::Particle(_) => out.fill(f64::NAN),
    }
}

fn copy(out: &mut [f64], values: impl Iterator<Item = f64>) {
    out.iter_mut().zip(values).for_each(|(slot, value)| *slot = value);
}

/// How a variable of cells looks in the file.
pub fn describe(mechanism: &Mechanism, variable: OutputVariable) -> Variable {
    match variable {
        OutputVariable::Concentration(index) => {
            let species = &mechanism.species[index].name;
            let name = cf_name(species);
            let deck_path = (name != *species).then(|| format!("concentration.{species}"));
            Variable { deck_path, ..real(&name, "mol m-3", format!("concentration of {species}")) }
        }
        OutputVariable::Temperature => {
            Variable { standard_name: Some("air_temperature"), ..real("temperature", "K", "temperature") }
        }
        OutputVariable::Pressure => {
            Variable { standard_name: Some("air_pressure"), ..real("pressure", "Pa", "pressure") }
        }
        OutputVariable::AirDensity => real("air_density", "mol m-3", "molar density of air"),
        OutputVariable::SolverSteps => count("solver_steps", "internal steps of the solver so far"),
        OutputVariable::SolverRejected => count("solver_rejected", "rejected internal steps of the solver so far"),
        OutputVariable::SolverStepSize => real("solver_step_size", "s", "internal step size that comes next"),
        OutputVariable::Status | OutputVariable::Particle(_) => {
            let meanings = Outcome::ALL.iter().map(|outcome| outcome.name()).collect();
            flags("status", "how the integration of the cell fared", meanings)
        }
    }
}

/// Conditions of every cell, the inputs that differ between cells, and the status at the end.
pub fn constants(mechanism: &Mechanism, cells: &CellsPlan) -> Vec<(Variable, Constant)> {
    let sampled = cells.sample.iter().flat_map(|sample| sample.inputs.iter().map(|input| input.target));
    let tabled = cells.table.iter().flat_map(|table| table.columns.iter().map(|column| column.target));
    let mut targets = vec![Target::Temperature, Target::Pressure];
    for target in sampled.chain(tabled) {
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    let inputs = targets.into_iter().map(|target| (input(mechanism, target), Constant::Input(target)));
    let status = (describe(mechanism, OutputVariable::Status), Constant::Of(OutputVariable::Status));
    inputs.chain([status]).collect()
}

/// Global attribute: the name of the design, or `table`.
pub const SAMPLING_DESIGN: &str = "sampling_design";
/// Global attribute: the variables that hold the inputs, in the order of the design's dimensions.
pub const SAMPLING_INPUTS: &str = "sampling_inputs";
/// Global attribute: whether groups for Sobol' indices have points for the second order.
pub const SAMPLING_SECOND_ORDER: &str = "sampling_second_order";

/// What a program needs to know to compute sensitivities from the file.
pub fn sampling_attributes(mechanism: &Mechanism, cells: &CellsPlan) -> Vec<(String, String)> {
    let names = |targets: &mut dyn Iterator<Item = Target>| {
        targets.map(|target| input(mechanism, target).name).collect::<Vec<_>>().join(" ")
    };
    let mut entries = Vec::new();
    if let Some(sample) = &cells.sample {
        entries.push((SAMPLING_DESIGN, sample.points.design.name().to_owned()));
        entries.push((SAMPLING_INPUTS, names(&mut sample.inputs.iter().map(|input| input.target))));
        if let Design::Saltelli { second_order, .. } = sample.points.design {
            entries.push((SAMPLING_SECOND_ORDER, second_order.to_string()));
        }
    } else if let Some(table) = &cells.table {
        entries.push((SAMPLING_DESIGN, "table".to_owned()));
        entries.push((SAMPLING_INPUTS, names(&mut table.columns.iter().map(|column| column.target))));
    }
    entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// How an input of cells looks in the file.
pub fn input(mechanism: &Mechanism, target: Target) -> Variable {
    match target {
        Target::Temperature => describe(mechanism, OutputVariable::Temperature),
        Target::Pressure => describe(mechanism, OutputVariable::Pressure),
        Target::Concentration(index) => {
            let species = &mechanism.species[index].name;
            let name = format!("initial_{}", cf_name(species));
            Variable {
                deck_path: Some(format!("concentration.{species}")),
                ..real(&name, "mol m-3", format!("initial concentration of {species}"))
            }
        }
        Target::Parameter(index) => {
            let parameter = &mechanism.parameters[index];
            let name = format!("rate_{}", cf_name(&parameter.name));
            Variable {
                deck_path: Some(format!("rate.{}", parameter.name)),
                ..real(&name, parameter.unit, format!("rate parameter {}", parameter.name))
            }
        }
    }
}
