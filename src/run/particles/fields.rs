//! The fields of a run: the snapshots around the clock, once in the memory of each node, and the next ones, which are
//! read while particles move.
//!
//! Fields that are read together (a window) are read by one rank of the node. All ranks do the same with the memory of
//! snapshots, in the same order, so that each finds a snapshot where the reading rank has put it: what is forgotten is
//! free when all ranks of the node are here, what is read counts when all ranks of the job have agreed on it.

use std::path::PathBuf;

use super::grids::Grids;
use crate::advection::field::Need;
use crate::advection::{Current, FieldSet, Layout, Slot, Source};
use crate::comm::{Node, World};
use crate::error::Error;
use crate::io::fields::{Component, Prefetch, Snapshots};
use crate::plan::{FieldSource, ParticlesPlan};
use crate::telemetry::table::bytes;
use crate::telemetry::{Phase, Timers};

/// Fields and the files that they come from.
pub struct Fields {
    /// Threads that fill memory end first.
    supplies: Vec<Supply>,
    set: FieldSet,
    /// Longest time between two snapshots of any field, s: how far ahead is read.
    spacing: f64,
    /// The owners of the memory go last.
    grids: Grids,
    node: Node,
}

/// Where the snapshots of a window come from.
struct Supply {
    layout: Layout,
    /// On the rank of the node that reads the window.
    reader: Option<Prefetch>,
    /// Memory without a snapshot; the same pieces in the same order on all ranks of the node.
    free: Vec<Slot>,
    /// The snapshot that is being read, and on ranks that do not read it, its memory.
    ahead: Option<(usize, Option<Slot>)>,
    /// Memory of the window, bytes.
    bytes: usize,
}

impl Fields {
    /// **Collective.** Opens every field.
    ///
    /// # Errors
    /// `File` when nodes cannot be read or there is no memory, agreed.
    pub fn open(world: &World, plan: &ParticlesPlan) -> Result<Self, Error> {
        let grids = Grids::open(world, plan)?;
        let opened: Result<Vec<_>, Error> = (0..plan.fields.len()).map(|field| open(field, plan, &grids)).collect();
        let (sources, mut components): (Vec<_>, Vec<_>) = world.agree(opened)?.into_iter().unzip();
        let spacing = sources.iter().map(longest_interval).fold(0.0, f64::max);
        let current = |c: &crate::plan::CurrentPlan| Current { u: c.u, v: c.v, w: c.w, factor: c.factor };
        let currents = plan.currents.iter().map(current).collect();
        let mut set = FieldSet::new(plan.mesh, &sources, currents, plan.diffusivity);
        for (index, field) in plan.fields.iter().enumerate() {
            if let FieldSource::Gridded { scale, .. } = &field.source {
                set.set_scale(index, *scale);
            }
        }
        let layouts: Vec<_> = set.windows().map(|(fields, layout)| (layout, slots(&sources[fields[0]]))).collect();
        let (node, free) = memory(world.node(), &layouts);
        let mut supplies = Vec::new();
        for (window, ((fields, layout), free)) in set.windows().zip(world.agree(free)?).enumerate() {
            let components: Vec<_> = fields.iter().filter_map(|&field| components[field].take()).collect();
            let is_mine = window % node.size() == node.rank();
            let reader = is_mine.then(|| Prefetch::start(components, layout.clone())).transpose();
            let bytes = free.len() * layout.bytes();
            supplies.push(reader.map(|reader| Supply { layout: layout.clone(), reader, free, ahead: None, bytes }));
        }
        let supplies = world.agree(supplies.into_iter().collect())?;
        Ok(Self { supplies, set, spacing, grids, node })
    }

    /// The fields as the kernels see them.
    #[must_use]
    pub fn set(&self) -> &FieldSet {
        &self.set
    }

    /// The fields, for what differs between members.
    pub fn set_mut(&mut self) -> &mut FieldSet {
        &mut self.set
    }

    /// Memory of snapshots and nodes that this rank answers for, bytes: all of the node's on its first rank.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let snapshots = self.supplies.iter().map(|supply| supply.bytes).sum();
        self.grids.bytes() + if self.node.rank() == 0 { snapshots } else { 0 }
    }

    /// Says how much memory the fields take; for one rank to call.
    pub fn announce(&self) {
        let size = (self.supplies.iter().map(|supply| supply.bytes).sum::<usize>() + self.grids.bytes()) as f64;
        match (size > 0.0, self.node.size()) {
            (false, _) => {}
            (_, 1) => log::info!("fields: {} of memory", bytes(size)),
            (_, ranks) => log::info!("fields: {} in the memory of the node, shared by its {ranks} ranks", bytes(size)),
        }
    }

    /// Whether something has to be read for a span of time, s.
    #[must_use]
    pub fn lacks(&self, from: f64, to: f64) -> bool {
        !self.set.missing(from, to).is_empty()
    }

    /// **Collective.** Takes the snapshots that a span of time needs, forgets the others, and begins to read the next
    /// ones.
    ///
    /// # Errors
    /// `File` when a snapshot cannot be read, agreed.
    pub fn read(&mut self, world: &World, from: f64, to: f64, timers: &mut Timers) -> Result<(), Error> {
        for (window, slot) in self.set.forget(from, to) {
            self.supplies[window].free.push(slot);
        }
        timers.time(Phase::Waiting, || self.node.wait_for_all());
        let missing = self.set.missing(from, to);
        let read = timers.time(Phase::Fields, || {
            // Every window before the first error counts: all ranks of the node have to ask for the same memory.
            let read =
                |(window, need): (usize, Need)| (window, need, self.supplies[window].take(need.index, &self.node));
            missing.into_iter().map(read).collect::<Vec<_>>()
        });
        let read: Result<Vec<_>, Error> =
            read.into_iter().map(|(window, need, slot)| slot.map(|slot| (window, need, slot))).collect();
        let read = timers.time(Phase::Waiting, || {
            self.node.publish();
            world.agree(read)
        })?;
        for (window, need, slot) in read {
            self.set.admit(window, need.time, slot);
        }
        timers.time(Phase::Fields, || self.read_ahead(from, to));
        Ok(())
    }

    /// **Collective** on the node. Begins to read what will be missing next.
    fn read_ahead(&mut self, from: f64, to: f64) {
        let ahead = if to < from { -self.spacing } else { self.spacing };
        let mut next = self.set.missing(to, to + ahead);
        next.sort_by(|(_, a), (_, b)| (a.time - to).abs().total_cmp(&(b.time - to).abs()));
        for (window, need) in next {
            self.supplies[window].ask(need.index, &self.node);
        }
    }
}

impl Supply {
    /// **Collective** on the node. Begins to read a snapshot, unless one is under way or there is no memory for it.
    fn ask(&mut self, snapshot: usize, node: &Node) {
        if self.ahead.is_none()
            && let Ok(slot) = self.room(node)
        {
            self.begin(snapshot, slot);
        }
    }

    /// **Collective** on the node. The memory of a snapshot, filled by the rank that reads; waits for it if need be.
    fn take(&mut self, snapshot: usize, node: &Node) -> Result<Slot, Error> {
        if self.ahead.as_ref().is_some_and(|(other, _)| *other != snapshot) {
            // What was read in vain, and whether that failed, is of no interest.
            let (slot, _) = self.end()?;
            self.free.push(slot);
        }
        if self.ahead.is_none() {
            let slot = self.room(node)?;
            self.begin(snapshot, slot);
        }
        let (slot, filled) = self.end()?;
        filled.map(|()| slot)
    }

    fn begin(&mut self, snapshot: usize, slot: Slot) {
        let kept = match &self.reader {
            Some(reader) => {
                reader.ask(snapshot, slot);
                None
            }
            None => Some(slot),
        };
        self.ahead = Some((snapshot, kept));
    }

    fn end(&mut self) -> Result<(Slot, Result<(), Error>), Error> {
        match (self.ahead.take(), &self.reader) {
            (Some((_, Some(slot))), _) => Ok((slot, Ok(()))),
            (_, Some(reader)) => reader.take(),
            (_, None) => Err(refused("nothing was asked for".to_owned())),
        }
    }

    /// **Collective** on the node. Memory for a snapshot: a step that is longer than the time between two of them needs
    /// more than usual.
    fn room(&mut self, node: &Node) -> Result<Slot, Error> {
        if let Some(slot) = self.free.pop() {
            return Ok(slot);
        }
        let slot = cut(node, &[(&self.layout, 1)])?.pop().and_then(|mut slots| slots.pop());
        self.bytes += self.layout.bytes();
        slot.ok_or_else(|| refused("too little".to_owned()))
    }
}

/// A field as the kernels know it, and what reads it when it comes from files.
fn open(field: usize, plan: &ParticlesPlan, grids: &Grids) -> Result<(Source, Option<Component>), Error> {
    let wanted = &plan.fields[field];
    match &wanted.source {
        FieldSource::Constant(value) => Ok((Source::Constant(*value), None)),
        FieldSource::Analytic(analytic) => Ok((Source::Analytic(*analytic), None)),
        FieldSource::Gridded { head, factor, .. } => {
            let (reader, grid) = grids.reader(field, head, plan)?;
            let zero = plan.epoch.as_ref().map_or(0.0, |epoch| epoch.zero_of(head.calendar));
            let times = head.snapshots.iter().map(|snapshot| snapshot.time - zero).collect();
            let snapshots = Snapshots::new(reader, times, plan.in_time);
            let source = Source::Gridded { grid, times: snapshots.times(), outside: wanted.outside_times };
            Ok((source, Some(Component { snapshots, factor: *factor })))
        }
    }
}

fn longest_interval(source: &Source) -> f64 {
    let Source::Gridded { times, .. } = source else { return 0.0 };
    times.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max)
}

/// Snapshots for which there is memory from the start: two around the clock, and one that is being read.
fn slots(source: &Source) -> usize {
    match source {
        Source::Gridded { times, .. } => times.len().min(3),
        _ => 0,
    }
}

/// **Collective** on the node. Memory for so many snapshots of each window, and the ranks that share it: where shared
/// memory is refused, each its own.
fn memory(node: Node, wanted: &[(&Layout, usize)]) -> (Node, Result<Vec<Vec<Slot>>, Error>) {
    let reason = match cut(&node, wanted) {
        Err(reason) if node.size() > 1 => reason,
        cut => return (node, cut),
    };
    if node.rank() == 0 {
        log::warn!("{reason}: each of the {} ranks of this node holds and reads the fields for itself", node.size());
    }
    let alone = Node::alone();
    let own = cut(&alone, wanted);
    (alone, own)
}

/// **Collective** on the node. Cuts memory for snapshots from one region.
fn cut(node: &Node, wanted: &[(&Layout, usize)]) -> Result<Vec<Vec<Slot>>, Error> {
    let bytes: usize = wanted.iter().map(|(layout, count)| layout.bytes() * count).sum();
    if bytes == 0 {
        return Ok(wanted.iter().map(|_| Vec::new()).collect());
    }
    let mut region = node.region(bytes).map_err(refused)?;
    let mut slots = |(layout, count): &(&Layout, usize)| -> Option<Vec<Slot>> {
        (0..*count).map(|_| layout.cut(&mut region)).collect()
    };
    wanted.iter().map(&mut slots).collect::<Option<_>>().ok_or_else(|| refused("too little".to_owned()))
}

fn refused(reason: String) -> Error {
    Error::File { path: PathBuf::from("fields"), action: "find memory for", reason }
}
