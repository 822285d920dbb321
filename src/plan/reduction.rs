//! What is written of all items together.

use super::OutputVariable;
use crate::chemistry::cells::Target;
use crate::statistics::{Bins, Grid, Statistic};

/// What a stream keeps of its items in place of their values.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reduction {
    /// Those whose statistics are written, each once.
    pub variables: Vec<OutputVariable>,
    pub statistics: Vec<Statistic>,
    pub groups: Option<Groups>,
    /// Counts particles in the cells of a grid.
    pub density: Option<Grid>,
    /// Counts particles by the region where they were released and the one where they are.
    pub connectivity: bool,
}

/// Items with something in common; each group has its own statistics.
#[derive(Debug, Clone, PartialEq)]
pub struct Groups {
    /// What groups differ in, for names in the file: `region`, `temperature`.
    pub name: String,
    pub of: GroupsOf,
}

/// What puts an item into a group.
#[derive(Debug, Clone, PartialEq)]
pub enum GroupsOf {
    /// The region in which it is now.
    Regions,
    /// The range that holds the value of a variable now.
    Variable { variable: OutputVariable, ranges: Bins },
    /// The range that holds an input of a cell.
    Input { target: Target, ranges: Bins },
}

impl Reduction {
    /// Whether positions of particles are wanted in regions.
    #[must_use]
    pub fn uses_regions(&self) -> bool {
        self.connectivity || self.groups.as_ref().is_some_and(|groups| groups.of == GroupsOf::Regions)
    }
}
