//! What can be written of particles.

use super::{Constant, cf_name, flags, real};
use crate::advection::{Mesh, ParticleStatus};
use crate::io::layout::Variable;
use crate::plan::{OutputVariable, ParticleOutput, ParticlesPlan};

/// How a variable of particles looks in the file.
pub fn describe(plan: &ParticlesPlan, variable: OutputVariable) -> Variable {
    let position = |name: &str, spherical: (&str, &'static str), flat: &str| match plan.mesh {
        Mesh::Spherical => Variable { standard_name: Some(spherical.1), ..real(name, spherical.0, spherical.1) },
        Mesh::Flat => real(name, "m", flat),
    };
    match variable {
        OutputVariable::Particle(ParticleOutput::Longitude) => position("lon", ("degrees_east", "longitude"), "x"),
        OutputVariable::Particle(ParticleOutput::Latitude) => position("lat", ("degrees_north", "latitude"), "y"),
        OutputVariable::Particle(ParticleOutput::Depth) => {
            Variable { standard_name: Some("depth"), ..real("depth", "m", "depth, positive down") }
        }
        OutputVariable::Particle(ParticleOutput::ReleaseTime) => real("release_time", "s", "time of release"),
        OutputVariable::Particle(ParticleOutput::LastTime) => real("last_time", "s", "time of the last position"),
        OutputVariable::Particle(ParticleOutput::Variable(index)) => {
            let variable = &plan.variables[index];
            real(&cf_name(&variable.name), &variable.unit, variable.name.clone())
        }
        OutputVariable::Particle(ParticleOutput::ReleaseRegion) => real("release_region", "1", "region of release"),
        _ => {
            let meanings = ParticleStatus::ALL.iter().map(|status| status.name()).collect();
            flags("status", "what became of the particle", meanings)
        }
    }
}

/// When each particle was released, where and when it was last seen, and what became of it.
pub fn constants(plan: &ParticlesPlan) -> Vec<(Variable, Constant)> {
    let last = |output| {
        let variable = OutputVariable::Particle(output);
        let shown = describe(plan, variable);
        let long_name = format!("last {}", shown.long_name);
        (Variable { name: format!("last_{}", shown.name), long_name, ..shown }, Constant::Of(variable))
    };
    let plain = |variable| (describe(plan, variable), Constant::Of(variable));
    vec![
        plain(OutputVariable::Particle(ParticleOutput::ReleaseTime)),
        last(ParticleOutput::Longitude),
        last(ParticleOutput::Latitude),
        last(ParticleOutput::Depth),
        plain(OutputVariable::Particle(ParticleOutput::LastTime)),
        plain(OutputVariable::Status),
    ]
}
