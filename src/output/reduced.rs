//! How what is reduced over cells or particles looks in the file: `O3_mean(time)`, `O3_histogram(time, O3_bin)`.

use super::real;
use crate::advection::Mesh;
use crate::io::layout::{Axis, AxisValues, Kind, Reduced, ReducedVariable, Variable};
use crate::plan::SOBOL_INPUT;
use crate::plan::{Groups, GroupsOf, Over, Plan, Reduction, Work};
use crate::quantity::squared;
use crate::statistics::{Bins, Grid, Needs, Part, Regions, Statistic};

/// Adds the variables of a reduction to those of its clock, and the axes that they need.
pub fn add(plan: &Plan, reduction: &Reduction, axes: &mut Vec<Axis>, reduced: &mut Reduced) {
    let of_members = plan.member_groups(&reduction.over);
    let (members, suffix) = (of_members.axes, reduction.suffix(plan.ensemble.as_ref()));
    let groups = reduction.groups.as_ref().map(|groups| group_axis(plan, groups, axes));
    let count = of_members.count * groups.map_or(1, |axis| axes[axis].len());
    let words = Needs::of(&reduction.statistics).words() * count as u64;
    for &variable in &reduction.variables {
        let whole = super::describe(&plan.work, variable);
        for statistic in &reduction.statistics {
            let (shown, methods) = of_statistic(plan, reduction, &whole, statistic, &suffix);
            let mut dimensions: Vec<usize> = groups.into_iter().collect();
            if let Statistic::Histogram(bins) = statistic {
                dimensions.push(bin_axis(&whole, bins, axes));
            }
            let members = members.clone();
            reduced.variables.push(ReducedVariable { variable: shown, members, axes: dimensions, methods });
        }
        if !reduction.statistics.is_empty() {
            let statistics = reduction.statistics.clone();
            reduced.parts.push(Part::Numbers { groups: count, statistics });
            reduced.words += words;
        }
        if reduction.indices {
            add_indices(plan, &whole, axes, reduced);
        }
    }
    if let Some(grid) = &reduction.density {
        let axes = [1, 0].map(|axis| grid_axis(plan, grid, axis, axes)).to_vec();
        let variable =
            super::count(&reduction.density_name(plan.ensemble.as_ref()), "particles in each cell of the grid");
        reduced.variables.push(ReducedVariable { variable, members: members.clone(), axes, methods: None });
        reduced.parts.push(Part::Counts);
        reduced.words += (of_members.count * grid.cells[0] * grid.cells[1]) as u64 / 2;
    }
    if reduction.connectivity {
        let ends = [("from_region", "region of release"), ("to_region", "region now")];
        let axes = ends.map(|(name, long_name)| region_axis(plan, name, long_name, true, axes)).to_vec();
        let name = reduction.connectivity_name(plan.ensemble.as_ref());
        let variable = super::count(&name, "particles by the region of their release and the one they are in");
        reduced.variables.push(ReducedVariable { variable, members, axes, methods: None });
        reduced.parts.push(Part::Counts);
        reduced.words += of_members.count as u64 * (plan.output.regions.len() as u64 + 1).pow(2);
    }
}

/// Sobol' indices of a variable: `O3_sobol_first(time, sobol_input)`.
fn add_indices(plan: &Plan, whole: &Variable, axes: &mut Vec<Axis>, reduced: &mut Reduced) {
    let Some((inputs, second_order)) = super::sampled_in_groups(plan) else { return };
    reduced.parts.push(Part::Indices { inputs: inputs.len(), second_order });
    reduced.words += plan.members.total();
    let coordinate = real(SOBOL_INPUT, "", "input of the design");
    let axis = with(Axis { coordinate, values: AxisValues::Names(inputs) }, axes);
    for (order, what) in
        [("first", "share of the variance of"), ("total", "share of the variance with all interactions of")]
    {
        for (ending, of) in [("", ""), ("_half_width", "half width of the 95 % confidence interval of the ")] {
            let name = super::cf_name(&format!("{}_sobol_{order}{ending}", whole.name));
            let variable = real(&name, "1", format!("{of}{what} {} that an input explains", whole.long_name));
            reduced.variables.push(ReducedVariable { variable, members: Vec::new(), axes: vec![axis], methods: None });
        }
    }
}

/// A statistic of a variable, and CF's word for it.
fn of_statistic(
    plan: &Plan,
    reduction: &Reduction,
    whole: &Variable,
    statistic: &Statistic,
    suffix: &str,
) -> (Variable, Option<String>) {
    let items = format!("{}s", plan.work.item());
    let (kind, units, what, method) = match statistic {
        Statistic::Count => (Kind::Count, "1".to_owned(), "number of values".to_owned(), None),
        Statistic::Missing => (Kind::Count, "1".to_owned(), "number of missing values".to_owned(), None),
        Statistic::Mean => (Kind::Real, whole.units.clone(), "mean".to_owned(), Some("mean")),
        Statistic::Variance => (Kind::Real, squared(&whole.units), "variance".to_owned(), Some("variance")),
        Statistic::Deviation => {
            (Kind::Real, whole.units.clone(), "standard deviation".to_owned(), Some("standard_deviation"))
        }
        Statistic::Skewness => (Kind::Real, "1".to_owned(), "skewness".to_owned(), None),
        Statistic::Minimum => (Kind::Real, whole.units.clone(), "minimum".to_owned(), Some("minimum")),
        Statistic::Maximum => (Kind::Real, whole.units.clone(), "maximum".to_owned(), Some("maximum")),
        Statistic::Quantile { level, .. } => {
            let method = (*level == 0.5).then_some("median");
            (Kind::Real, whole.units.clone(), format!("quantile of {} %,", 100.0 * level), method)
        }
        Statistic::Histogram(_) => (Kind::Count, "1".to_owned(), "number in each bin".to_owned(), None),
    };
    let keeps_name = matches!(statistic, Statistic::Mean | Statistic::Minimum | Statistic::Maximum);
    let name = super::cf_name(&format!("{}_{}{suffix}", whole.name, statistic.name()));
    let variable = Variable {
        kind,
        standard_name: whole.standard_name.filter(|name| keeps_name && name.starts_with("air_")),
        deck_path: whole.deck_path.clone(),
        ..real(&name, &units, format!("{what} of {} over {items}", whole.long_name))
    };
    let item = if plan.work.item() == "cell" { "cell" } else { "trajectory" };
    let axes = plan.ensemble.as_ref().map_or(&[][..], |ensemble| &ensemble.axes);
    let mut over: Vec<&str> = match &reduction.over {
        Over::Items => Vec::new(),
        Over::Axes(over) => over.iter().map(|&axis| axes[axis].name.as_str()).collect(),
        Over::All => axes.iter().map(|axis| axis.name.as_str()).collect(),
    };
    over.push(item);
    (variable, method.map(|method| format!("{}: {method}", over.join(": "))))
}

/// The number of an axis, which is new unless there is one like it.
fn with(axis: Axis, axes: &mut Vec<Axis>) -> usize {
    if let Some(known) = axes.iter().position(|known| *known == axis) {
        return known;
    }
    axes.push(axis);
    axes.len() - 1
}

fn bin_axis(whole: &Variable, bins: &Bins, axes: &mut Vec<Axis>) -> usize {
    let (name, long_name) = (format!("{}_bin", whole.name), format!("{} in the middle of the bin", whole.long_name));
    let values = AxisValues::Edges(bins.edges().to_vec());
    with(Axis { coordinate: real(&name, &whole.units, long_name), values }, axes)
}

fn group_axis(plan: &Plan, groups: &Groups, axes: &mut Vec<Axis>) -> usize {
    let (of, ranges) = match &groups.of {
        GroupsOf::Regions => return region_axis(plan, "region", "region", false, axes),
        GroupsOf::Variable { variable, ranges } => (super::describe(&plan.work, *variable), ranges),
        GroupsOf::Input { target, ranges } => (super::describe_input(&plan.work, *target), ranges),
    };
    let name = format!("{}_range", groups.name);
    let coordinate = real(&name, &of.units, format!("{} in the middle of the range", of.long_name));
    with(Axis { coordinate, values: AxisValues::Edges(ranges.edges().to_vec()) }, axes)
}

fn region_axis(plan: &Plan, name: &str, long_name: &str, elsewhere: bool, axes: &mut Vec<Axis>) -> usize {
    let names = plan.output.regions.names().into_iter();
    let names = names.chain(elsewhere.then(|| Regions::ELSEWHERE.to_owned())).collect();
    with(Axis { coordinate: real(name, "", long_name), values: AxisValues::Names(names) }, axes)
}

fn grid_axis(plan: &Plan, grid: &Grid, axis: usize, axes: &mut Vec<Axis>) -> usize {
    let spherical = matches!(&plan.work, Work::Particles(particles) if particles.mesh == Mesh::Spherical);
    let coordinate = match (axis, spherical) {
        (0, true) => Variable { standard_name: Some("longitude"), ..real("grid_lon", "degrees_east", "longitude") },
        (_, true) => Variable { standard_name: Some("latitude"), ..real("grid_lat", "degrees_north", "latitude") },
        (0, false) => real("grid_lon", "m", "x"),
        (_, false) => real("grid_lat", "m", "y"),
    };
    let long_name = format!("{} of the middle of the grid's cell", coordinate.long_name);
    with(Axis { coordinate: Variable { long_name, ..coordinate }, values: AxisValues::Edges(grid.edges(axis)) }, axes)
}
