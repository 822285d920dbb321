//! What is written of all items together.

use super::{EnsemblePlan, OutputVariable, Plan};
use crate::chemistry::cells::Target;
use crate::statistics::{Bins, Grid, Statistic};

/// The dimension of Sobol' indices.
pub const SOBOL_INPUT: &str = "sobol_input";

/// What a stream keeps of its items in place of their values.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reduction {
    /// Those whose statistics are written, each once.
    pub variables: Vec<OutputVariable>,
    pub statistics: Vec<Statistic>,
    pub groups: Option<Groups>,
    pub over: Over,
    /// Sobol' indices of the variables for the inputs of a `saltelli` design.
    pub indices: bool,
    /// Counts particles in the cells of a grid.
    pub density: Option<Grid>,
    /// Counts particles by the region where they were released and the one where they are.
    pub connectivity: bool,
}

/// Which members of an ensemble have their statistics together; without an ensemble there is one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Over {
    /// Each member has its own.
    #[default]
    Items,
    /// Those that differ along these axes alone: indices into `EnsemblePlan::axes`.
    Axes(Vec<usize>),
    /// All of them.
    All,
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

/// Groups of members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberGroups {
    /// Their dimensions: numbers of the file's leading axes.
    pub axes: Vec<usize>,
    pub count: usize,
    /// For each member that runs, in order.
    of_members: Vec<usize>,
}

impl MemberGroups {
    /// The group of the members' flat index.
    #[must_use]
    pub fn place(&self, member: u64) -> usize {
        self.of_members[member as usize]
    }
}

impl Plan {
    /// How a reduction divides the members that run.
    #[must_use]
    pub fn member_groups(&self, over: &Over) -> MemberGroups {
        let members = self.members.count as usize;
        let (Some(ensemble), false) = (&self.ensemble, *over == Over::All) else {
            return MemberGroups { axes: Vec::new(), count: 1, of_members: vec![0; members] };
        };
        let Over::Axes(over) = over else {
            // A part of the members is no product of axes: it has one dimension.
            let whole = self.members.count == ensemble.members();
            let axes = if whole { (0..ensemble.axes.len()).collect() } else { vec![0] };
            return MemberGroups { axes, count: members, of_members: (0..members).collect() };
        };
        let axes: Vec<usize> = (0..ensemble.axes.len()).filter(|axis| !over.contains(axis)).collect();
        let length = |axis: usize| ensemble.axes[axis].length as usize;
        let group =
            |member: u64| axes.iter().fold(0, |group, &axis| group * length(axis) + ensemble.place(axis, member));
        let of_members = (0..self.members.count).map(|member| group(self.members.first + member)).collect();
        MemberGroups { count: axes.iter().map(|&axis| length(axis)).product(), of_members, axes }
    }
}

impl Reduction {
    /// What the names of its variables in the file end in: `_over_seed_by_region`.
    #[must_use]
    pub fn suffix(&self, ensemble: Option<&EnsemblePlan>) -> String {
        let by = self.groups.as_ref().map_or_else(String::new, |groups| format!("_by_{}", groups.name));
        format!("{}{by}", self.over(ensemble))
    }

    fn over(&self, ensemble: Option<&EnsemblePlan>) -> String {
        let name =
            |&axis: &usize| ensemble.map_or_else(String::new, |ensemble| format!("_{}", ensemble.axes[axis].name));
        match &self.over {
            Over::Items => String::new(),
            Over::Axes(over) => format!("_over{}", over.iter().map(name).collect::<String>()),
            Over::All => "_over_all".to_owned(),
        }
    }

    /// The map's name in the file.
    #[must_use]
    pub fn density_name(&self, ensemble: Option<&EnsemblePlan>) -> String {
        format!("density{}", self.over(ensemble))
    }

    /// The matrix' name in the file.
    #[must_use]
    pub fn connectivity_name(&self, ensemble: Option<&EnsemblePlan>) -> String {
        format!("connectivity{}", self.over(ensemble))
    }

    /// Whether positions of particles are wanted in regions.
    #[must_use]
    pub fn uses_regions(&self) -> bool {
        self.connectivity || self.groups.as_ref().is_some_and(|groups| groups.of == GroupsOf::Regions)
    }
}
