//! The sampled inputs of this rank's cells.

use std::ops::Range;

use crate::chemistry::cells::{CellBlock, Target};
use crate::comm::World;
use crate::plan::{SamplePlan, SampledInput};

/// **Collective** for designs that have to be made whole. Sets the sampled inputs of the cells `ids`, of `count` that run.
///
/// Every rank makes the points of its own cells; only a design that is one long calculation, or an order of all points, is
/// made by rank 0, a column at a time, and scattered, `sizes[rank]` cells each.
pub fn fill(world: &World, block: &mut CellBlock, sample: &SamplePlan, count: u64, ids: Range<u64>, sizes: &[i32]) {
    let mut columns = sample.points.columns();
    let mut waiting: Vec<(&SampledInput, Vec<f64>)> = Vec::new();
    for (dimension, input) in sample.inputs.iter().enumerate() {
        let mut own = sample.points.part(dimension, ids.clone()).unwrap_or_else(|| {
            let whole = if world.is_root() { columns.next_column(count) } else { Vec::new() };
            world.scatter(&whole, sizes)
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
