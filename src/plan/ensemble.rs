//! What `ensemble` means: axes whose product are the members, and what differs along each.

use super::OnFailure;
use crate::chemistry::cells::Target;
use crate::chemistry::members::LawTarget;
use crate::domain::design::Design;

/// The members of an ensemble: the product of its axes, the last one fastest.
#[derive(Debug, Clone, PartialEq)]
pub struct EnsemblePlan {
    pub axes: Vec<Axis>,
    pub on_member_failure: OnFailure,
}

/// One axis: values that go together.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    pub name: String,
    pub length: u64,
    /// One for each place, or none at all.
    pub labels: Vec<String>,
    pub targets: Vec<AxisTarget>,
    /// How its values were drawn; nothing where they were listed.
    pub design: Option<Design>,
}

/// Something in the deck that differs along an axis.
#[derive(Debug, Clone, PartialEq)]
pub struct AxisTarget {
    /// Deck path.
    pub path: String,
    /// CF unit of the values; empty where it is that of the mechanism file.
    pub unit: String,
    pub target: MemberTarget,
    pub values: AxisValues,
}

/// What a target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberTarget {
    /// An input of all cells of the member.
    Cell(Target),
    /// A number of the mechanism.
    Law(LawTarget),
    /// `particles.seed`
    Seed,
    /// A constant field: index into `ParticlesPlan::fields`.
    Field(usize),
    /// What a field from files is multiplied by: index into `ParticlesPlan::fields`.
    Factor(usize),
    /// What is added to a field from files: index into `ParticlesPlan::fields`.
    Offset(usize),
    /// The factor of a current: index into `ParticlesPlan::currents`.
    CurrentFactor(usize),
    /// Own velocity of the particles along lon, lat or depth.
    Velocity(usize),
    /// Initial value of a particle's variable: index into `ParticlesPlan::variables`.
    Initial(usize),
}

/// One value for each place of an axis.
#[derive(Debug, Clone, PartialEq)]
pub enum AxisValues {
    Real(Vec<f64>),
    /// Seeds do not fit into reals.
    Seeds(Vec<u64>),
}

impl AxisValues {
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Real(values) => values.len(),
            Self::Seeds(seeds) => seeds.len(),
        }
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl EnsemblePlan {
    /// How many members there are.
    #[must_use]
    pub fn members(&self) -> u64 {
        self.axes.iter().map(|axis| axis.length).product()
    }

    /// How many members apart two neighbours along an axis are.
    #[must_use]
    pub fn stride(&self, axis: usize) -> u64 {
        self.axes[axis + 1..].iter().map(|axis| axis.length).product()
    }

    /// Where a member is along an axis.
    #[must_use]
    pub fn place(&self, axis: usize, member: u64) -> usize {
        (member / self.stride(axis) % self.axes[axis].length.max(1)) as usize
    }

    /// All targets, each with the number of its axis.
    pub fn targets(&self) -> impl Iterator<Item = (usize, &AxisTarget)> {
        self.axes.iter().enumerate().flat_map(|(axis, of)| of.targets.iter().map(move |target| (axis, target)))
    }

    /// The axes in a line, for people who look at the file.
    #[must_use]
    pub fn summary(&self) -> String {
        let axis = |axis: &Axis| {
            let paths: Vec<&str> = axis.targets.iter().map(|target| target.path.as_str()).collect();
            format!("{} ({}): {}", axis.name, axis.length, paths.join(", "))
        };
        self.axes.iter().map(axis).collect::<Vec<_>>().join("; ")
    }
}
