//! Whether a run has room in memory, asked before any of it is taken: a system that runs out of memory kills without a
//! word.

use crate::advection::particles::ParticleBlock;
use crate::chemistry::cells::CellBlock;
use crate::comm::World;
use crate::error::Error;
use crate::io::layout::Layout;
use crate::output::OutputMap;
use crate::plan::{Plan, Work};
use crate::telemetry::available::{available_memory, host};
use crate::telemetry::table::bytes;

/// The largest number of cells or particles: their ids in the file are 32-bit integers.
const MOST: u64 = i32::MAX as u64;

/// **Collective.** Whether each node has memory for what its ranks will take.
///
/// # Errors
/// `TooMany` or `NoRoom`, agreed.
pub fn check(world: &World, plan: &Plan, layout: &Layout) -> Result<(), Error> {
    let (count, item, ranks) = (plan.members.total(), plan.work.item(), u64::from(world.size().unsigned_abs()));
    let own = world.share_of(0..plan.most_at_once());
    let node = world.node();
    let needed = node.sum(of_rank(plan, layout, own.end - own.start, world.is_root()));
    let fits = match available_memory().filter(|&available| needed > available) {
        Some(available) => Err(Error::NoRoom {
            count,
            item,
            ranks,
            here: node.size() as u64,
            host: host(),
            needed: bytes(needed as f64),
            available: bytes(available as f64),
        }),
        None if count > MOST => Err(Error::TooMany { count, item, most: MOST }),
        None => Ok(()),
    };
    world.agree(fits)
}

/// What this machine lacks for a plan, as a warning; nothing where it lacks nothing.
///
/// # Errors
/// `TooMany`, for any machine.
pub fn look(plan: &Plan) -> Result<Option<String>, Error> {
    let (count, item) = (plan.members.total(), plan.work.item());
    if count > MOST {
        return Err(Error::TooMany { count, item, most: MOST });
    }
    let needed = of_rank(plan, &OutputMap::new(plan, Vec::new()).layout, plan.most_at_once(), true);
    Ok(available_memory().filter(|&available| needed > available).map(|available| {
        let nodes = needed.div_ceil(available.max(1));
        let (needed, available) = (bytes(needed as f64), bytes(available as f64));
        format!("the {item}s need {needed} of memory at least, and {available} is free here: run on {nodes} such nodes or more")
    }))
}

/// Bytes that a rank holds of each of its items, and bytes that the first rank holds besides while it makes them.
#[must_use]
pub fn held(plan: &Plan, layout: &Layout) -> (f64, f64) {
    const MANY: u64 = 1 << 16;
    let (own, first) = (of_rank(plan, layout, MANY, false), of_rank(plan, layout, MANY, true));
    (own as f64 / MANY as f64, (first - own) as f64)
}

/// Bytes that a rank with `items` cells or particles takes at least: their state and the buffers of the output; the
/// `first` rank makes columns of all cells as well. Fields, workspaces, libraries and the copy of the state that a
/// checkpoint writes come on top.
pub fn of_rank(plan: &Plan, layout: &Layout, items: u64, first: bool) -> u64 {
    let reals = |count: u64| count.saturating_mul(8);
    let (state, columns) = match &plan.work {
        Work::Chemistry { chemistry, cells } => {
            let tabled = cells.table.as_ref().map_or(0, |table| table.columns.len() as u64);
            let columns = tabled + u64::from(cells.sample.is_some());
            (CellBlock::bytes_of(items, &chemistry.mechanism), reals(columns.saturating_mul(cells.count)))
        }
        Work::Particles(particles) => (ParticleBlock::bytes_of(items, particles.variables.len()), 0),
    };
    let buffers = layout.streams.iter().map(|stream| reals(layout.values_of_item(stream).saturating_mul(items)));
    buffers.chain([state, if first { columns } else { 0 }]).fold(0, u64::saturating_add)
}
