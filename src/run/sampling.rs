//! The sampled inputs of this rank's cells.

use std::ops::Range;

use super::members;
use crate::chemistry::cells::{CellBlock, Target};
use crate::comm::World;
use crate::plan::{Plan, SamplePlan, SampledInput};

/// **Collective** for designs that have to be made whole. Sets the sampled inputs of the cells `ids` of the flat index; the
/// cells of each member are the same points. `count` is how many cells of a member run.
///
/// Every rank makes the points of its own cells; only a design that is one long calculation, or an order of all points, is
/// made by rank 0, a column at a time, and shared out.
pub fn fill(world: &World, plan: &Plan, block: &mut CellBlock, sample: &SamplePlan, count: u64, ids: &Range<u64>) {
    let mut columns = sample.points.columns();
    let mut waiting: Vec<(&SampledInput, Vec<f64>)> = Vec::new();
    for (dimension, input) in sample.inputs.iter().enumerate() {
        let mut own = local(plan, sample, dimension, ids).unwrap_or_else(|| {
            let whole = if world.is_root() { columns.next_column(count) } else { Vec::new() };
            members::share(world, plan, ids.clone(), &whole)
        });
        if input.distribution.needs_temperature() {
            waiting.push((input, own));
            continue;
        }
        for value in &mut own {
            *value = input.distribution.quantile(*value);
        }
        block.set(input.target, &own);
    }
    let mut temperatures = vec![0.0; block.len()];
    block.read(Target::Temperature, &mut temperatures);
    for (input, mut own) in waiting {
        for (value, &temperature) in own.iter_mut().zip(&temperatures) {
            *value = input.distribution.quantile_at(*value, temperature);
        }
        block.set(input.target, &own);
    }
}

/// The coordinates of the cells `ids` of the flat index in one dimension, for designs any part of which can be made.
fn local(plan: &Plan, sample: &SamplePlan, dimension: usize, ids: &Range<u64>) -> Option<Vec<f64>> {
    let (members, points) = (&plan.members, &sample.points);
    if ids.end - ids.start <= members.items {
        let parts = members.parts(ids.clone()).map(|part| points.part(dimension, part.items));
        return Some(parts.collect::<Option<Vec<_>>>()?.concat());
    }
    // Many small members: the points of one are those of all.
    let first = members.first_item;
    let column = points.part(dimension, first..first + members.items)?;
    Some(ids.clone().map(|id| column[(members.item(id) - first) as usize]).collect())
}
