//! From the plan of a run to the file that holds it: names, units and flags of everything that can be written.

mod axes;
mod cells;
mod particles;
mod reduced;

use std::collections::HashSet;

pub use cells::{SAMPLING_DESIGN, SAMPLING_INPUTS, SAMPLING_SECOND_ORDER, cell_column};

use crate::chemistry::cells::Target;
use crate::clock::Schedule;
use crate::domain::design::Design;
use crate::field_head::Calendar;
use crate::io::layout::{Items, Kind, Layout, Reduced, StreamLayout, Variable};
use crate::plan::{Compression, OutputVariable, Plan, Precision, Reduction, SampledInput, Work};

/// The file's layout, and what fills it.
#[derive(Debug, Clone)]
pub struct OutputMap {
    pub layout: Layout,
    /// For each stream of the layout: when it is due.
    pub schedules: Vec<Schedule>,
    /// For each stream of the layout: which plan variable each of its variables is.
    pub streams: Vec<Vec<OutputVariable>>,
    /// For each stream of the layout: what is written of all items together.
    pub reductions: Vec<Vec<Reduction>>,
    /// Variables over the items alone: name, and what it holds.
    pub constants: Vec<(String, Constant)>,
}

/// The status of items that never ran.
pub const NOT_RUN: &str = "not_run";

/// A variable without a time dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Constant {
    /// An input of the cell, written at the start.
    Input(Target),
    /// The last value of a variable, written at the end.
    Of(OutputVariable),
}

impl Constant {
    /// Whether it is known only at the end of the run.
    #[must_use]
    pub fn comes_last(self) -> bool {
        matches!(self, Self::Of(_))
    }
}

/// Global attributes that say how the inputs of the items were chosen.
#[must_use]
pub fn sampling_attributes(plan: &Plan) -> Vec<(String, String)> {
    match &plan.work {
        Work::Chemistry { chemistry, cells } => cells::sampling_attributes(&chemistry.mechanism, cells),
        Work::Particles(_) => Vec::new(),
    }
}

/// The inputs of a design in groups for Sobol' indices, by their variables, and whether it has points for the second
/// order: of the cells, or of the one axis that the members of one item have.
#[must_use]
pub fn sampled_in_groups(plan: &Plan) -> Option<(Vec<String>, bool)> {
    let (design, inputs) = match (&plan.ensemble, &plan.work) {
        (Some(ensemble), _) => {
            let axis = ensemble.axes.iter().find(|axis| axis.length > 1)?;
            (axis.design.as_ref()?, axes::inputs(axis))
        }
        (None, Work::Chemistry { chemistry, cells }) => {
            let sample = cells.sample.as_ref()?;
            let name = |input: &SampledInput| cells::input(&chemistry.mechanism, input.target).name;
            (&sample.points.design, sample.inputs.iter().map(name).collect())
        }
        (None, Work::Particles(_)) => return None,
    };
    match design {
        Design::Saltelli { second_order, .. } => Some((inputs, *second_order)),
        _ => None,
    }
}

impl OutputMap {
    /// The layout for a plan; `attributes` are the global ones.
    #[must_use]
    pub fn new(plan: &Plan, attributes: Vec<(String, String)>) -> Self {
        let mut layouts: Vec<StreamLayout> = Vec::new();
        let mut schedules: Vec<Schedule> = Vec::new();
        let mut streams: Vec<Vec<OutputVariable>> = Vec::new();
        let mut reductions: Vec<Vec<Reduction>> = Vec::new();
        let mut reduced_axes = Vec::new();
        for stream in &plan.output.streams {
            let position = layouts.iter().position(|known| known.time_dimension == stream.time_dimension);
            let position = position.unwrap_or_else(|| {
                layouts.push(StreamLayout {
                    time_dimension: stream.time_dimension.clone(),
                    records: stream.schedule.records(plan.clock.count()),
                    variables: Vec::new(),
                    reduced: Reduced::default(),
                });
                schedules.push(stream.schedule.clone());
                streams.push(Vec::new());
                reductions.push(Vec::new());
                layouts.len() - 1
            });
            for &variable in &stream.variables {
                if !streams[position].contains(&variable) {
                    let shown = may_be_left_out(plan, describe(&plan.work, variable));
                    layouts[position].variables.push(stored(shown, plan.output.precision));
                    streams[position].push(variable);
                }
            }
            if let Some(reduction) = &stream.reduction {
                reduced::add(plan, reduction, &mut reduced_axes, &mut layouts[position].reduced);
                reductions[position].push(reduction.clone());
            }
        }
        let taken: HashSet<String> = layouts.iter().flat_map(|l| l.variables.iter().map(|v| v.name.clone())).collect();
        let constants = match &plan.work {
            Work::Chemistry { chemistry, cells } => cells::constants(&chemistry.mechanism, cells),
            Work::Particles(particles) => particles::constants(particles),
        };
        let (variables, constants) = constants
            .into_iter()
            .filter(|(variable, _)| !taken.contains(&variable.name))
            .map(|(variable, constant)| {
                let name = variable.name.clone();
                (may_be_left_out(plan, variable), (name, constant))
            })
            .unzip();
        let (time_units, calendar) = time_axis(plan);
        let layout = Layout {
            path: plan.output.file.clone(),
            items: match plan.work {
                Work::Chemistry { .. } => Items::Cells,
                Work::Particles(_) => Items::Trajectories,
            },
            axes: axes::axes(plan),
            first_item: plan.members.first_item,
            count: plan.members.total(),
            chunk: plan.output.chunk,
            in_batches: plan.stop_when.is_some(),
            streams: layouts,
            reduced_axes,
            constants: variables,
            time_units,
            calendar,
            deflate: match plan.output.compression {
                Compression::None => None,
                Compression::Deflate(level) => Some(level),
            },
            attributes,
        };
        Self { layout, schedules, streams, reductions, constants }
    }
}

/// Units and calendar of the time axes.
fn time_axis(plan: &Plan) -> (String, &'static str) {
    let epoch = match &plan.work {
        Work::Particles(particles) => particles.epoch.as_ref(),
        Work::Chemistry { .. } => None,
    };
    if let Some(epoch) = epoch.filter(|epoch| epoch.calendar != Calendar::Elapsed) {
        return (format!("seconds since {}", epoch.date), epoch.calendar.name());
    }
    let dated = plan.start.map(|start| format!("seconds since {}", start.strftime("%Y-%m-%d %H:%M:%S")));
    (dated.unwrap_or_else(|| "s".to_owned()), Calendar::ProlepticGregorian.name())
}

fn describe(work: &Work, variable: OutputVariable) -> Variable {
    match work {
        Work::Chemistry { chemistry, .. } => cells::describe(&chemistry.mechanism, variable),
        Work::Particles(particles) => particles::describe(particles, variable),
    }
}

/// An input of the cells.
fn describe_input(work: &Work, target: Target) -> Variable {
    match work {
        Work::Chemistry { chemistry, .. } => cells::input(&chemistry.mechanism, target),
        Work::Particles(_) => real("", "", ""),
    }
}

/// Flags of items that may never run have a word for that.
fn may_be_left_out(plan: &Plan, mut variable: Variable) -> Variable {
    if let (Kind::Flags(meanings), true) = (&mut variable.kind, plan.stop_when.is_some()) {
        meanings.push(NOT_RUN);
    }
    variable
}

/// A variable of a stream with the deck's precision.
fn stored(variable: Variable, precision: Precision) -> Variable {
    match (&variable.kind, precision) {
        (Kind::Real, Precision::Single) => Variable { kind: Kind::Single, ..variable },
        _ => variable,
    }
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

fn real(name: &str, units: &str, long_name: impl Into<String>) -> Variable {
    Variable {
        name: name.to_owned(),
        kind: Kind::Real,
        units: units.to_owned(),
        long_name: long_name.into(),
        standard_name: None,
        deck_path: None,
    }
}

fn count(name: &str, long_name: &str) -> Variable {
    Variable { kind: Kind::Count, ..real(name, "1", long_name) }
}

/// CF flags with the meanings of 0, 1, 2, …
fn flags(name: &str, long_name: &str, meanings: Vec<&'static str>) -> Variable {
    Variable { kind: Kind::Flags(meanings), ..real(name, "", long_name) }
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
