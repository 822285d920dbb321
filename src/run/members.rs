//! What the members of an ensemble have instead of the deck's own values, and how columns over the items of a member reach
//! the ranks.

use std::ops::Range;

use crate::chemistry::cells::Target;
use crate::chemistry::members::{Change, MemberLaws};
use crate::comm::World;
use crate::domain::decomposition::Decomposition;
use crate::plan::{AxisTarget, AxisValues, MemberTarget, ParticlesPlan, Plan};

/// The real values of a member.
pub fn reals(plan: &Plan, member: u64) -> impl Iterator<Item = (MemberTarget, f64)> {
    plan.ensemble.iter().flat_map(move |ensemble| {
        ensemble.targets().filter_map(move |(axis, target)| match &target.values {
            AxisValues::Real(values) => Some((target.target, values[ensemble.place(axis, member)])),
            AxisValues::Seeds(_) => None,
        })
    })
}

/// The seed of a member's particles.
#[must_use]
pub fn seed(plan: &Plan, particles: &ParticlesPlan, member: u64) -> u64 {
    let own = plan.ensemble.iter().flat_map(|ensemble| {
        ensemble.targets().filter_map(move |(axis, target)| match &target.values {
            AxisValues::Seeds(seeds) => Some(seeds[ensemble.place(axis, member)]),
            AxisValues::Real(_) => None,
        })
    });
    own.last().unwrap_or(particles.seed)
}

/// Every input of cells that members set, with the values of the cells `ids` of the flat index.
pub fn inputs(plan: &Plan, ids: &Range<u64>) -> impl Iterator<Item = (Target, Vec<f64>)> {
    plan.ensemble.iter().flat_map(move |ensemble| {
        ensemble.targets().filter_map(move |(axis, target)| {
            let (MemberTarget::Cell(input), AxisValues::Real(values)) = (target.target, &target.values) else {
                return None;
            };
            let mut column = Vec::with_capacity((ids.end - ids.start) as usize);
            for part in plan.members.parts(ids.clone()) {
                let count = (part.items.end - part.items.start) as usize;
                column.resize(column.len() + count, values[ensemble.place(axis, part.member)]);
            }
            Some((input, column))
        })
    })
}

/// The numbers of the mechanism that differ between members.
#[must_use]
pub fn laws(plan: &Plan) -> Option<MemberLaws> {
    let ensemble = plan.ensemble.as_ref()?;
    let change = |(axis, target): (usize, &AxisTarget)| match (target.target, &target.values) {
        (MemberTarget::Law(law), AxisValues::Real(values)) => {
            Some(Change { target: law, axis, values: values.clone() })
        }
        _ => None,
    };
    let changes: Vec<Change> = ensemble.targets().filter_map(change).collect();
    let axes = (0..ensemble.axes.len()).map(|axis| (ensemble.stride(axis), ensemble.axes[axis].length)).collect();
    (!changes.is_empty()).then_some(MemberLaws { members: plan.members, axes, changes })
}

/// **Collective.** The values of this rank's items, which are `ids` of the flat index, from a column over the items of a
/// member that rank 0 has. `ids` are the ranks' shares as at the start of a run.
#[must_use]
pub fn share(world: &World, plan: &Plan, ids: Range<u64>, column: &[f64]) -> Vec<f64> {
    let members = &plan.members;
    if members.count == 1 && members.first_item == 0 {
        let division = Decomposition::new(members.total(), u64::from(world.size().unsigned_abs()));
        let sizes: Vec<i32> = division.sizes().map(|n| i32::try_from(n).unwrap_or(i32::MAX)).collect();
        return world.scatter(column, &sizes);
    }
    let bytes = world.broadcast(column.iter().flat_map(|value| value.to_ne_bytes()).collect());
    let column: Vec<f64> = bytes.as_chunks().0.iter().copied().map(f64::from_ne_bytes).collect();
    ids.map(|id| column[members.item(id) as usize]).collect()
}
