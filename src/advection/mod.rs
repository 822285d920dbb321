//! Trajectories of particles in velocity fields: grids, interpolation, schemes, diffusion. Pure.

#![allow(
    clippy::needless_bitwise_bool,
    reason = "a lazy operator is a branch, which keeps loops over lanes from vectorising"
)]
#![allow(clippy::too_many_arguments, reason = "a tile is many rows")]

mod advance;
pub mod analytic;
mod axis;
mod border;
pub mod cgrid;
mod crossed;
mod curved;
pub mod curvilinear;
mod diffusion;
mod extent;
pub mod field;
mod fieldset;
pub mod hooks;
mod interpolate;
mod level;
mod mover;
pub mod normal;
mod outcome;
pub mod particles;
mod place;
pub mod release;
mod rows;
mod scale;
mod scheme;
mod snapshot;
mod state;
mod stencil;
mod supply;
#[cfg(test)]
mod tests;
mod window;

pub use fieldset::{Current, FieldSet, Source};
pub use hooks::{Hooks, NoHooks, View};
pub use mover::{Law, Mover, Settings};
pub use outcome::Tally;
pub use particles::{ParticleBlock, ParticleStatus};
pub use scale::Scale;
pub use snapshot::{Layout, Slot};

/// What the horizontal coordinates mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Mesh {
    /// x and y in m.
    Flat,
    /// Longitude and latitude in degrees.
    Spherical,
}

impl Mesh {
    /// Metres in a degree of latitude on the sphere of all ocean trajectory codes: 60 nautical miles of 1852 m.
    pub const METRES_PER_DEGREE: f64 = 1852.0 * 60.0;
}

/// A kernel as the deck names it; the displacements of all kernels of a run add up to one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kernel {
    AdvectionEe,
    AdvectionRk2,
    AdvectionRk4,
    AdvectionRk43d,
    AdvectionRk45,
    DiffusionUniform,
    AdvectionDiffusionEm,
    AdvectionDiffusionM1,
}

impl Kernel {
    pub const ALL: [Self; 8] = [
        Self::AdvectionEe,
        Self::AdvectionRk2,
        Self::AdvectionRk4,
        Self::AdvectionRk43d,
        Self::AdvectionRk45,
        Self::DiffusionUniform,
        Self::AdvectionDiffusionEm,
        Self::AdvectionDiffusionM1,
    ];

    /// Whether it draws random numbers.
    #[must_use]
    pub fn is_random(self) -> bool {
        matches!(self, Self::DiffusionUniform | Self::AdvectionDiffusionEm | Self::AdvectionDiffusionM1)
    }

    /// The name in decks.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AdvectionEe => "advection_ee",
            Self::AdvectionRk2 => "advection_rk2",
            Self::AdvectionRk4 => "advection_rk4",
            Self::AdvectionRk43d => "advection_rk4_3d",
            Self::AdvectionRk45 => "advection_rk45",
            Self::DiffusionUniform => "diffusion_uniform",
            Self::AdvectionDiffusionEm => "advection_diffusion_em",
            Self::AdvectionDiffusionM1 => "advection_diffusion_m1",
        }
    }
}

/// What becomes of a particle that leaves the domain through a side, the surface or the bottom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnLeaving {
    /// It is deleted; its last position and the reason are kept.
    Delete,
    /// It stays where it last was inside.
    Stick,
    /// It enters again on the other side.
    Wrap,
    /// The run ends.
    Stop,
}

/// What becomes of a particle that comes to land.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnLand {
    /// It stays at its last place at sea for good (beached).
    Stick,
    /// It moves on along the coast: the component of the step that leads to land is dropped.
    Slip,
    /// It is thrown back by the step that led to land.
    Reflect,
    /// Land is water at rest.
    Ignore,
}
