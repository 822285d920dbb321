//! From the plan of a run to the file that holds it: names, units and flags of everything that can be written.

use std::collections::HashSet;

use crate::chemistry::cells::{CellBlock, Target};
use crate::chemistry::mechanism::Mechanism;
use crate::chemistry::outcome::Outcome;
use crate::chemistry::rate::Conditions;
use crate::clock::Schedule;
use crate::io::layout::{Kind, Layout, StreamLayout, Variable};
use crate::plan::{Compression, OutputVariable, Plan};

/// The file's layout, and what fills it.
#[derive(Debug, Clone)]
pub struct OutputMap {
    pub layout: Layout,
    /// For each stream of the layout: when it is due.
    pub schedules: Vec<Schedule>,
    /// For each stream of the layout: which plan variable each of its variables is.
    pub streams: Vec<Vec<OutputVariable>>,
    /// Variables over `cell` alone: name, and what it holds.
    pub constants: Vec<(String, Constant)>,
}

/// A variable that does not change with time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Constant {
    /// An input of the cell, written at the start.
    Input(Target),
    /// How the cell fared, written at the end.
    Status,
}

impl OutputMap {
    /// The layout for a plan; `attributes` are the global ones.
    #[must_use]
    pub fn new(plan: &Plan, attributes: Vec<(String, String)>) -> Self {
        let mechanism = &plan.chemistry.mechanism;
        let mut layouts: Vec<StreamLayout> = Vec::new();
        let mut schedules: Vec<Schedule> = Vec::new();
        let mut streams: Vec<Vec<OutputVariable>> = Vec::new();
        for stream in &plan.output.streams {
            let position = layouts.iter().position(|known| known.time_dimension == stream.time_dimension);
            let position = position.unwrap_or_else(|| {
                layouts.push(StreamLayout {
                    time_dimension: stream.time_dimension.clone(),
                    records: stream.schedule.records(plan.clock.count()),
                    variables: Vec::new(),
                });
                schedules.push(stream.schedule.clone());
                streams.push(Vec::new());
                layouts.len() - 1
            });
            for &variable in &stream.variables {
                if !streams[position].contains(&variable) {
                    layouts[position].variables.push(describe(mechanism, variable));
                    streams[position].push(variable);
                }
            }
        }
        let taken: HashSet<String> = layouts.iter().flat_map(|l| l.variables.iter().map(|v| v.name.clone())).collect();
        let (variables, constants) = constants(plan)
            .into_iter()
            .filter(|(v, _)| !taken.contains(&v.name))
            .map(|(variable, constant)| {
                let name = variable.name.clone();
                (variable, (name, constant))
            })
            .unzip();
        let layout = Layout {
            path: plan.output.file.clone(),
            cells: plan.cells.count,
            streams: layouts,
            constants: variables,
            time_units: plan.start.map_or_else(
                || "s".to_owned(),
                |start| format!("seconds since {}", start.strftime("%Y-%m-%d %H:%M:%S")),
            ),
            deflate: match plan.output.compression {
                Compression::None => None,
                Compression::Deflate(level) => Some(level),
            },
            attributes,
        };
        Self { layout, schedules, streams, constants }
    }
}

/// Fills `out` with a variable of the cells as they are now.
pub fn column(block: &CellBlock, variable: OutputVariable, out: &mut [f64]) {
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
        OutputVariable::Longitude
        | OutputVariable::Latitude
        | OutputVariable::Depth
        | OutputVariable::ParticleVariable(_) => {}
        OutputVariable::Status => copy(out, block.status().iter().map(|&outcome| f64::from(outcome as u8))),
    }
}

fn copy(out: &mut [f64], values: impl Iterator<Item = f64>) {
    out.iter_mut().zip(values).for_each(|(slot, value)| *slot = value);
}

/// A name that CF recommends: letters, digits and underscores, beginning with a letter.
#[must_use]
pub fn cf_name(name: &str) -> String {
    let mut clean: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if !clean.starts_with(|c: char| c.is_ascii_alphabetic()) {
        clean.insert(0, 'x');
    }
    clean
}

fn describe(mechanism: &Mechanism, variable: OutputVariable) -> Variable {
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
        OutputVariable::Longitude
        | OutputVariable::Latitude
        | OutputVariable::Depth
        | OutputVariable::ParticleVariable(_) => real("", "", ""),
        OutputVariable::Status => Variable {
            kind: Kind::Flags(Outcome::ALL.iter().map(|outcome| outcome.name()).collect()),
            ..count("status", "how the integration of the cell fared")
        },
    }
}

/// Conditions of every cell, the inputs that differ between cells, and the status at the end.
fn constants(plan: &Plan) -> Vec<(Variable, Constant)> {
    let mechanism = &plan.chemistry.mechanism;
    let sampled = plan.cells.sample.iter().flat_map(|sample| sample.inputs.iter().map(|input| input.target));
    let tabled = plan.cells.table.iter().flat_map(|table| table.columns.iter().map(|column| column.target));
    let mut targets = vec![Target::Temperature, Target::Pressure];
    for target in sampled.chain(tabled) {
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    let mut constants: Vec<_> =
        targets.into_iter().map(|target| (input(mechanism, target), Constant::Input(target))).collect();
    constants.push((describe(mechanism, OutputVariable::Status), Constant::Status));
    constants
}

fn input(mechanism: &Mechanism, target: Target) -> Variable {
    match target {
        Target::Temperature => describe(mechanism, OutputVariable::Temperature),
        Target::Pressure => describe(mechanism, OutputVariable::Pressure),
        Target::Concentration(index) => {
            let species = &mechanism.species[index].name;
            Variable {
                deck_path: Some(format!("concentration.{species}")),
                ..real(
                    &format!("initial_{}", cf_name(species)),
                    "mol m-3",
                    format!("initial concentration of {species}"),
                )
            }
        }
        Target::Parameter(index) => {
            let parameter = &mechanism.parameters[index];
            Variable {
                deck_path: Some(format!("rate.{}", parameter.name)),
                ..real(
                    &format!("rate_{}", cf_name(&parameter.name)),
                    parameter.unit,
                    format!("rate parameter {}", parameter.name),
                )
            }
        }
    }
}

fn real(name: &str, units: &'static str, long_name: impl Into<String>) -> Variable {
    Variable {
        name: name.to_owned(),
        kind: Kind::Real,
        units,
        long_name: long_name.into(),
        standard_name: None,
        deck_path: None,
    }
}

fn count(name: &str, long_name: &str) -> Variable {
    Variable { kind: Kind::Count, ..real(name, "1", long_name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_names_follow_cf() {
        assert_eq!(cf_name("soa1_a1"), "soa1_a1");
        assert_eq!(cf_name("SURF.het1.effective radius"), "SURF_het1_effective_radius");
        assert_eq!(cf_name("2-butanol"), "x2_butanol");
    }
}
