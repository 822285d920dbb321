//! The nodes of curvilinear grids, and of all C-grids: read and made ready for searching by one rank of each node, in the
//! memory of the node.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::advection::curvilinear::{Curvilinear, Head};
use crate::advection::field::{Grid, Horizontal, Staggering};
use crate::comm::{Node, World};
use crate::error::Error;
use crate::field_head::{FieldHead, HorizontalHead};
use crate::io::fields::{Area, FieldReader};
use crate::plan::{FieldPlan, FieldSource, ParticlesPlan};

/// Grids whose cells are searched, and the memory in which they are.
pub struct Grids {
    /// For each field, what is read of its grid, and the grid's place in the list; none for other fields.
    fields: Vec<Option<(Area, usize)>>,
    list: Vec<Arc<Curvilinear>>,
    /// The owner of the memory goes last.
    node: Node,
}

/// What the other ranks of a node are told.
#[derive(Serialize, Deserialize)]
struct Told {
    fields: Vec<Option<(Area, usize)>>,
    heads: Vec<Head>,
}

impl Grids {
    /// **Collective.** Reads the nodes of all fields.
    ///
    /// # Errors
    /// `File` when nodes cannot be read, agreed.
    pub fn open(world: &World, plan: &ParticlesPlan) -> Result<Self, Error> {
        let mut grids = Self { fields: Vec::new(), list: Vec::new(), node: world.node() };
        let is_first = grids.node.rank() == 0;
        world.agree(if is_first { grids.read(plan) } else { Ok(()) })?;
        let shared = grids.share();
        if let (Err(reason), true) = (&shared, is_first) {
            let ranks = grids.node.size();
            log::warn!("{reason}: each of the {ranks} ranks of this node holds the nodes of grids for itself");
        }
        // The first rank keeps what it has.
        world.agree(if shared.is_err() && !is_first { grids.read(plan) } else { Ok(()) })?;
        Ok(grids)
    }

    /// The reader of a field and its grid.
    ///
    /// # Errors
    /// `File` when the nodes cannot be read.
    pub fn reader(&self, field: usize, head: &FieldHead, plan: &ParticlesPlan) -> Result<(FieldReader, Grid), Error> {
        match &self.fields[field] {
            Some((area, grid)) => {
                let ready = Horizontal::Ready(Arc::clone(&self.list[*grid]));
                Ok(FieldReader::within(head, plan.region, area.clone(), ready))
            }
            None => FieldReader::open(head, plan.region),
        }
    }

    /// Memory of nodes that this rank answers for, bytes: all of the node's on its first rank.
    #[must_use]
    pub fn bytes(&self) -> usize {
        if self.node.rank() == 0 { self.list.iter().map(|grid| grid.head().bytes()).sum() } else { 0 }
    }

    /// Reads the nodes of all fields into memory of this rank: those that several fields have, once.
    fn read(&mut self, plan: &ParticlesPlan) -> Result<(), Error> {
        for (field, wanted) in plan.fields.iter().enumerate() {
            let of_field = match searched(wanted) {
                None => None,
                Some(head) => match (0..field).find(|&known| searched(&plan.fields[known]).is_some_and(same(head))) {
                    Some(known) => self.fields[known].clone(),
                    None => Some(self.add(head, plan)?),
                },
            };
            self.fields.push(of_field);
        }
        Ok(())
    }

    /// Reads the nodes of one field. Files of several variables may each hold the same ones.
    fn add(&mut self, head: &FieldHead, plan: &ParticlesPlan) -> Result<(Area, usize), Error> {
        let (area, horizontal) = Area::find(head, plan.region)?;
        let none = || refused(&head.request.name, "the grid has no cell, or does not fit into the memory".to_owned());
        let grid = horizontal.searched(plan.mesh).ok_or_else(none)?;
        let known = self.list.iter().position(|known| *known == grid);
        let place = known.unwrap_or(self.list.len());
        if known.is_none() {
            self.list.push(grid);
        }
        Ok((area, place))
    }

    /// **Collective** on the node. Moves what its first rank has read to where all ranks see it.
    ///
    /// # Errors
    /// The reason why there is no such memory, the same on all ranks of the node.
    fn share(&mut self) -> Result<(), String> {
        if self.node.size() == 1 {
            return Ok(());
        }
        let told = Told { fields: self.fields.clone(), heads: self.list.iter().map(|grid| grid.head()).collect() };
        let told = postcard::to_stdvec(&told).map_err(|reason| reason.to_string())?;
        let told: Told = postcard::from_bytes(&self.node.broadcast(told)).map_err(|reason| reason.to_string())?;
        if told.heads.is_empty() {
            self.fields = told.fields;
            return Ok(());
        }
        let mut region = self.node.region(told.heads.iter().map(Head::bytes).sum())?;
        let cut: Option<Vec<_>> = told.heads.iter().map(|head| head.within(&mut region)).collect();
        let mut shared = cut.ok_or_else(|| "the shared memory is too small".to_owned())?;
        for (grid, own) in shared.iter_mut().zip(&self.list) {
            grid.copy_from(own);
        }
        self.node.publish();
        (self.fields, self.list) = (told.fields, shared.into_iter().map(Arc::new).collect());
        Ok(())
    }
}

/// A field whose particles search for cells.
fn searched(field: &FieldPlan) -> Option<&FieldHead> {
    let FieldSource::Gridded { head, .. } = &field.source else { return None };
    let is_curvilinear = matches!(head.axes.horizontal, HorizontalHead::Curvilinear { .. });
    (is_curvilinear || head.request.staggering == Staggering::C).then_some(head)
}

/// Whether another field has its nodes from the same place.
fn same(head: &FieldHead) -> impl Fn(&FieldHead) -> bool {
    |other| other.axes.horizontal == head.axes.horizontal
}

fn refused(field: &str, reason: String) -> Error {
    Error::File { path: PathBuf::from(field), action: "read the grid of", reason }
}
