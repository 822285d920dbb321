//! What a rank knows of its items together, for streams that reduce.

use super::Job;
use crate::advection::Mesh;
use crate::output::Constant;
use crate::plan::{GroupsOf, MemberGroups, OutputVariable, ParticleOutput, Plan, Reduction, Work};
use crate::statistics::{Needs, Numbers, Partial, place_of};

/// Items by what puts them together: those of group g are `items[starts[g]..starts[g + 1]]`.
struct Division {
    items: Vec<u32>,
    starts: Vec<usize>,
}

impl Division {
    /// From the group of each item; those of no group are left out.
    fn new(groups: usize, of_items: &[Option<usize>]) -> Self {
        let mut starts = vec![0; groups + 1];
        for group in of_items.iter().flatten() {
            starts[group + 1] += 1;
        }
        for group in 0..groups {
            starts[group + 1] += starts[group];
        }
        let mut next = starts.clone();
        let mut items = vec![0; starts[groups]];
        for (item, group) in of_items.iter().enumerate() {
            if let Some(group) = group {
                items[next[*group]] = item as u32;
                next[*group] += 1;
            }
        }
        Self { items, starts }
    }
}

/// Positions of this rank's items, NaN where they are not there.
struct Positions {
    lon: Vec<f64>,
    lat: Vec<f64>,
}

impl Positions {
    fn of<J: Job>(job: &J) -> Self {
        let read = |output| column(job, OutputVariable::Particle(output));
        Self { lon: read(ParticleOutput::Longitude), lat: read(ParticleOutput::Latitude) }
    }

    /// Those of the items that are there.
    fn all(&self) -> impl Iterator<Item = Option<[f64; 2]>> {
        self.lon.iter().zip(&self.lat).map(|(&lon, &lat)| (lon.is_finite() && lat.is_finite()).then_some([lon, lat]))
    }
}

fn column<J: Job>(job: &J, variable: OutputVariable) -> Vec<f64> {
    let mut values = vec![0.0; job.own().len()];
    job.column(variable, &mut values);
    values
}

/// What 360 degrees are on a sphere.
fn period(plan: &Plan) -> Option<f64> {
    match &plan.work {
        Work::Particles(particles) if particles.mesh == Mesh::Spherical => Some(360.0),
        _ => None,
    }
}

/// The parts of a record in the order of the file's layout.
pub fn parts<J: Job>(plan: &Plan, reductions: &[Reduction], job: &J) -> Vec<Partial> {
    let mut parts = Vec::new();
    for reduction in reductions {
        let positioned = reduction.density.is_some() || reduction.uses_regions();
        let positions = positioned.then(|| Positions::of(job));
        let members = plan.member_groups(&reduction.over);
        let division = divide(plan, reduction, &members, job, positions.as_ref());
        let needs = Needs::of(&reduction.statistics);
        let (mut values, mut there) = (vec![0.0; job.own().len()], Vec::new());
        for &variable in &reduction.variables {
            job.column(variable, &mut values);
            match &division {
                _ if reduction.statistics.is_empty() => {}
                None => parts.push(measure(&values, &mut there, &needs)),
                Some(division) => {
                    for bounds in division.starts.windows(2) {
                        let items = &division.items[bounds[0]..bounds[1]];
                        let own: Vec<f64> = items.iter().map(|&item| values[item as usize]).collect();
                        parts.push(measure(&own, &mut there, &needs));
                    }
                }
            }
            if reduction.indices {
                parts.push(of_design(plan, job, &values));
            }
        }
        if let (Some(grid), Some(positions)) = (&reduction.density, &positions) {
            let (cells, period) = (grid.cells[0] * grid.cells[1], period(plan));
            let mut counts = vec![0; members.count * cells];
            for (at, group) in positions.all().zip(groups_of(&members, plan, job)) {
                if let Some(place) = at.and_then(|at| grid.place(period, at)) {
                    counts[group * cells + place] += 1;
                }
            }
            parts.push(Partial::Counts(counts));
        }
        if let (true, Some(positions)) = (reduction.connectivity, &positions) {
            parts.push(Partial::Counts(connect(plan, &members, job, positions)));
        }
    }
    parts
}

/// The values at the points of the design, of which there are none when not its first ones run.
fn of_design<J: Job>(plan: &Plan, job: &J, values: &[f64]) -> Partial {
    let members = &plan.members;
    let from_the_first = members.first == 0 && members.first_item == 0;
    let mut bits = vec![0; if from_the_first { members.total() as usize } else { 0 }];
    for (bits, value) in bits.iter_mut().skip(job.own().start).zip(values) {
        *bits = value.to_bits();
    }
    Partial::Column(bits)
}

/// What is known of some values; those that are not finite are missing. `there` is memory to work in.
fn measure(values: &[f64], there: &mut Vec<f64>, needs: &Needs) -> Partial {
    let missing = values.iter().map(|value| u64::from(!value.is_finite())).sum();
    let numbers = if missing == 0 {
        values
    } else {
        there.clear();
        there.extend(values.iter().copied().filter(|value| value.is_finite()));
        there
    };
    Partial::Numbers(Box::new(Numbers::of(numbers, missing, needs)))
}

/// The group of members of each of this rank's items.
fn groups_of<'a, J: Job>(members: &'a MemberGroups, plan: &Plan, job: &J) -> impl Iterator<Item = usize> + 'a {
    let items = plan.members.items.max(1);
    job.own().map(move |id| members.place(id as u64 / items))
}

fn divide<J: Job>(
    plan: &Plan,
    reduction: &Reduction,
    members: &MemberGroups,
    job: &J,
    positions: Option<&Positions>,
) -> Option<Division> {
    let Some(groups) = &reduction.groups else {
        let of_items: Vec<_> = groups_of(members, plan, job).map(Some).collect();
        return (members.count > 1).then(|| Division::new(members.count, &of_items));
    };
    let (count, places) = places(plan, &groups.of, job, positions)?;
    let of_items = groups_of(members, plan, job).zip(places).map(|(member, place)| Some(member * count + place?));
    Some(Division::new(members.count * count, &of_items.collect::<Vec<_>>()))
}

/// How many groups there are in a member, and the one of each item.
fn places<J: Job>(
    plan: &Plan,
    groups: &GroupsOf,
    job: &J,
    positions: Option<&Positions>,
) -> Option<(usize, Vec<Option<usize>>)> {
    let (values, ranges) = match groups {
        GroupsOf::Regions => {
            let (regions, period) = (&plan.output.regions, period(plan));
            let region = |at| place_of(regions, period, at);
            let known = |at: Option<[f64; 2]>| at.map(region).filter(|&place| place < regions.len());
            return Some((regions.len(), positions?.all().map(known).collect()));
        }
        GroupsOf::Variable { variable, ranges } => (column(job, *variable), ranges),
        GroupsOf::Input { target, ranges } => {
            let mut values = vec![0.0; job.own().len()];
            job.constant(Constant::Input(*target), &mut values);
            (values, ranges)
        }
    };
    Some((ranges.count(), values.into_iter().map(|value| ranges.place(value)).collect()))
}

/// Particles that are there by the region of their release and the one they are in, `[members][from][to]`.
fn connect<J: Job>(plan: &Plan, members: &MemberGroups, job: &J, positions: &Positions) -> Vec<u32> {
    let (regions, period) = (&plan.output.regions, period(plan));
    let places = regions.len() + 1;
    let mut counts = vec![0; members.count * places * places];
    let from = column(job, OutputVariable::Particle(ParticleOutput::ReleaseRegion));
    for ((from, at), group) in from.into_iter().zip(positions.all()).zip(groups_of(members, plan, job)) {
        if let Some(at) = at {
            counts[(group * places + from as usize) * places + place_of(regions, period, at)] += 1;
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_items_are_divided_in_the_order_of_ids() {
        let division = Division::new(3, &[Some(2), None, Some(0), Some(2), Some(0)]);
        assert_eq!((division.items, division.starts), (vec![2, 4, 0, 3], vec![0, 2, 2, 4]));
    }
}
