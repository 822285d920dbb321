//! Statistics of files that are there already, over dimensions of them: the same bits on any number of ranks.
//!
//! ```text
//! Request --check with the files--> Plan --tiles of the result, blocks of the file--> sums --exchange--> values --> file
//!                                  (every rank, the same)        (each rank its blocks)          (each its places) (rank 0)
//! ```
//!
//! Sums are exact and quantiles are of all values together, so that neither ranks nor blocks show.

mod columns;
mod describe;
mod geometry;
mod groups;
mod order;
mod plan;
pub mod request;
mod weights;

use std::ops::Range;

use self::columns::{Columns, Needs};
use self::geometry::{Boxes, Sink};
use self::order::{Counted, Values};
use self::plan::{Plan, Task};
use self::request::{Request, What, mistake};
use crate::comm::World;
use crate::diagnostic::Report;
use crate::error::Error;
use crate::io::dataset::DataSet;
use crate::io::derived::Derived;
use crate::io::destination;
use crate::statistics::{Partial, together};

/// Of the memory of a rank, one part in so many is for the values of a block, which are there up to three times.
const BLOCK_SHARE: usize = 16;
/// And one part in so many for sums, which are there five times while ranks exchange them: here, packed, and as MPI's
/// messages on both sides.
const SUMS_SHARE: usize = 6;
/// And one for the values of which quantiles are taken.
const VALUES_SHARE: usize = 2;
/// Places whose values are counted by size in one pass: each may need a megabyte, and that again while ranks join theirs.
const COUNTED_TOGETHER: usize = 32;

/// **Collective.** Does what is asked, and gives the size of the file in bytes on rank 0.
///
/// # Errors
/// Agreed: all mistakes in the request, or a file that cannot be read or written.
pub fn reduce(world: &World, request: &Request) -> Result<u64, Error> {
    let prepared = prepare(request);
    let (mut data, plan) = world.agree(prepared)?;
    let destination = if world.is_root() { destination_of(&plan, request) } else { Ok(()) };
    world.agree(destination)?;
    let begun = if world.is_root() { begin(&data, &plan, request).map(Some) } else { Ok(None) };
    let mut out = world.agree(begun)?;
    for task in &plan.tasks {
        let mut pass = Pass { world, data: &mut data, task, memory: request.memory, out: &mut out };
        match task.quantiles() {
            None => pass.sums()?,
            Some(levels) if pass.fits() => pass.quantiles(levels)?,
            Some(levels) => pass.counted_quantiles(levels)?,
        }
    }
    world.agree(out.map_or(Ok(0), Derived::finish))
}

fn prepare(request: &Request) -> Result<(DataSet, Plan), Error> {
    let data = DataSet::open(&request.files).map_err(|reasons| {
        let mistakes = reasons.into_iter().map(|reason| mistake("FILE", reason, None)).collect();
        Error::Deck(Box::new(Report::new(mistakes, Vec::new())))
    })?;
    let plan = Plan::new(&data, request)?;
    Ok((data, plan))
}

fn destination_of(plan: &Plan, request: &Request) -> Result<(), Error> {
    let path = &request.output;
    let same = |file: &String| {
        std::fs::canonicalize(file).is_ok_and(|file| std::fs::canonicalize(path).is_ok_and(|out| out == file))
    };
    if request.files.iter().any(same) {
        let message = format!("{} is one of the files that are read", path.display());
        let wrong = mistake("-o", message, "name another file".to_owned());
        return Err(Error::Deck(Box::new(Report::new(vec![wrong], Vec::new()))));
    }
    if path.exists() && !path.is_dir() && !request.overwrite {
        return Err(Error::Finished { path: path.clone() });
    }
    let values = |task: &Task| {
        let each = task.quantiles().map_or(task.whats.len(), <[f64]>::len);
        task.geometry.outputs().iter().product::<usize>() * each
    };
    destination::check(path, "-o", 8 * plan.tasks.iter().map(values).sum::<usize>() as u64)
}

/// Makes the file with all its variables, and the values of those that are known already.
fn begin(data: &DataSet, plan: &Plan, request: &Request) -> Result<Derived, Error> {
    let mut out = Derived::create(&request.output, &describe::globals(data, request))?;
    out.copy(&describe::coordinates(data, plan)?)?;
    for (variable, values) in describe::new_coordinates(plan, &request.by) {
        out.define(&variable)?;
        out.put(&variable.name, &[(0, values.len())], &values)?;
    }
    for task in &plan.tasks {
        for variable in describe::results(data, task, &request.by) {
            out.define(&variable)?;
        }
    }
    Ok(out)
}

/// The way through one variable.
struct Pass<'p> {
    world: &'p World,
    data: &'p mut DataSet,
    task: &'p Task,
    memory: usize,
    /// On rank 0.
    out: &'p mut Option<Derived>,
}

/// An even share of some numbers.
fn share(count: usize, rank: usize, ranks: usize) -> Range<usize> {
    let begin = |rank: usize| (count as u128 * rank as u128 / ranks as u128) as usize;
    begin(rank)..begin(rank + 1)
}

fn places(tile: &[Range<usize>]) -> usize {
    tile.iter().map(Range::len).product()
}

impl Pass<'_> {
    fn rank(&self) -> usize {
        self.world.rank().unsigned_abs() as usize
    }

    fn ranks(&self) -> usize {
        self.world.size().unsigned_abs() as usize
    }

    /// Reads some blocks of a tile into a sink.
    fn read(
        &mut self,
        tile: &[Range<usize>],
        blocks: &Boxes,
        which: Range<usize>,
        sink: &mut impl Sink,
    ) -> Result<(), Error> {
        let mut values = Vec::new();
        for block in which.map(|number| blocks.get(number)) {
            self.data.read(&self.task.variable, &block, &mut values)?;
            self.task.geometry.visit(tile, &block, &values, sink);
        }
        Ok(())
    }

    /// The blocks of a tile.
    fn blocks(&self, tile: &[Range<usize>]) -> Boxes {
        self.task.geometry.blocks(tile, self.memory / BLOCK_SHARE / 8)
    }

    /// **Collective.** Sums and extremes: each rank reads its share of the blocks, then each puts together its share of the
    /// places.
    fn sums(&mut self) -> Result<(), Error> {
        let whats: Vec<&What> = self.task.whats.iter().map(|(what, _)| what).collect();
        let needs = Needs::of(whats.iter().copied(), self.task.geometry.weights.is_some());
        let tiles = self.task.geometry.tiles((self.memory / SUMS_SHARE / needs.bytes()).max(1));
        for tile in (0..tiles.count()).map(|number| tiles.get(number)) {
            let count = places(&tile);
            let mut columns = Columns::new(count, needs);
            let blocks = self.blocks(&tile);
            let read = self.read(&tile, &blocks, share(blocks.count(), self.rank(), self.ranks()), &mut columns);
            self.world.agree(read)?;
            let own = share(count, self.rank(), self.ranks());
            if self.ranks() > 1 {
                let parcels: Vec<Vec<u8>> =
                    (0..self.ranks()).map(|rank| columns.pack(share(count, rank, self.ranks()))).collect();
                columns = Columns::new(own.len(), needs);
                self.world.exchange(&parcels).iter().for_each(|parcel| columns.absorb(parcel));
            }
            let sizes: Vec<i32> = (0..self.ranks()).map(|rank| share(count, rank, self.ranks()).len() as i32).collect();
            for (column, (_, name)) in columns.values(&whats).iter().zip(&self.task.whats) {
                let all = self.world.gather(column, &sizes);
                let put = self.put(name, &tile, None, &all);
                self.world.agree(put)?;
            }
        }
        Ok(())
    }

    /// Whether all values of a place fit into memory.
    fn fits(&self) -> bool {
        self.task.geometry.values_of_a_place() <= self.memory / VALUES_SHARE / 8
    }

    /// **Collective.** Quantiles of the values themselves: each rank has tiles of its own.
    fn quantiles(&mut self, levels: &[f64]) -> Result<(), Error> {
        let each = self.task.geometry.values_of_a_place();
        let total: usize = self.task.geometry.outputs().iter().product();
        let most = (self.memory / VALUES_SHARE / 8 / each.max(1)).min(total.div_ceil(self.ranks())).max(1);
        let tiles = self.task.geometry.tiles(most);
        let name = &self.task.whats[0].1;
        for round in (0..tiles.count()).step_by(self.ranks()) {
            let of = |rank: usize| (round + rank < tiles.count()).then(|| tiles.get(round + rank));
            let found = match of(self.rank()) {
                Some(tile) => {
                    let mut values = Values::new(places(&tile), each);
                    let blocks = self.blocks(&tile);
                    self.read(&tile, &blocks, 0..blocks.count(), &mut values).map(|()| values.quantiles(levels))
                }
                None => Ok(vec![Vec::new(); levels.len()]),
            };
            let found = self.world.agree(found)?;
            let sizes: Vec<i32> =
                (0..self.ranks()).map(|rank| of(rank).map_or(0, |tile| places(&tile)) as i32).collect();
            for (level, column) in found.iter().enumerate() {
                let all = self.world.gather(column, &sizes);
                let mut rest = &all[..];
                let mut put = Ok(());
                for tile in (0..self.ranks()).filter_map(of).take(if self.world.is_root() { usize::MAX } else { 0 }) {
                    let (own, others) = rest.split_at(places(&tile));
                    rest = others;
                    put = put.and_then(|()| self.put(name, &tile, Some(level), own));
                }
                self.world.agree(put)?;
            }
        }
        Ok(())
    }

    /// **Collective.** Quantiles from counts by size, some places after the other: all ranks read their blocks.
    fn counted_quantiles(&mut self, levels: &[f64]) -> Result<(), Error> {
        let tiles = self.task.geometry.tiles(COUNTED_TOGETHER);
        let name = &self.task.whats[0].1;
        for tile in (0..tiles.count()).map(|number| tiles.get(number)) {
            let mut counted = Counted::new(places(&tile), levels);
            let blocks = self.blocks(&tile);
            let read = self.read(&tile, &blocks, share(blocks.count(), self.rank(), self.ranks()), &mut counted);
            self.world.agree(read)?;
            let known: Vec<&Partial> = counted.known().iter().collect();
            let (world, largest) = (self.world, |own: Vec<u64>| self.world.largest_of(&own));
            let all: Vec<Partial> = together(&known, largest, |own| world.sum(&own)).collect();
            for (level, column) in counted.quantiles(&all).iter().enumerate() {
                let put = self.put(name, &tile, Some(level), column);
                self.world.agree(put)?;
            }
        }
        Ok(())
    }

    /// Writes values of a tile, on rank 0; those of quantiles at a level.
    fn put(&mut self, name: &str, tile: &[Range<usize>], level: Option<usize>, values: &[f64]) -> Result<(), Error> {
        let Some(out) = self.out else { return Ok(()) };
        let level = level.map(|level| (level, 1));
        let part: Vec<_> = level.into_iter().chain(tile.iter().map(|range| (range.start, range.len()))).collect();
        out.put(name, &part, values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_shares_are_even_and_leave_nothing_out() {
        for (count, ranks) in [(0, 3), (1, 7), (10, 3), (7, 7), (1000, 7)] {
            let shares: Vec<_> = (0..ranks).map(|rank| share(count, rank, ranks)).collect();
            assert!(shares[0].start == 0 && shares[ranks - 1].end == count);
            assert!(shares.windows(2).all(|two| two[0].end == two[1].start));
            assert!(shares.iter().all(|own| own.len().abs_diff(count / ranks) <= 1));
        }
    }
}
