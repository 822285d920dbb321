//! What a stream may write, by name: species and conditions of cells, or positions and variables of particles.

use crate::advection::Mesh;
use crate::chemistry::cells::Target;
use crate::chemistry::mechanism::{Mechanism, RateParameter};
use crate::deck::reader::suggestion;
use crate::plan::{OutputVariable, ParticleOutput};

/// Variables of cells that are no species.
const OF_CELLS: [(&str, OutputVariable); 7] = [
    ("temperature", OutputVariable::Temperature),
    ("pressure", OutputVariable::Pressure),
    ("air_density", OutputVariable::AirDensity),
    ("solver.steps", OutputVariable::SolverSteps),
    ("solver.rejected", OutputVariable::SolverRejected),
    ("solver.step_size", OutputVariable::SolverStepSize),
    ("status", OutputVariable::Status),
];

/// Names and what they mean.
pub struct Vocabulary {
    /// What `all` stands for.
    pub all: Vec<OutputVariable>,
    names: Vec<(String, OutputVariable)>,
    /// Names that look right and are not, with what to say.
    refused: Vec<(String, &'static str)>,
    /// Parameters of cells, with their units.
    inputs: Vec<(String, Target, String)>,
    /// That of the particles, when it is known.
    pub mesh: Option<Mesh>,
    /// Units of the particles' own variables, as far as they are known.
    pub own_units: Vec<String>,
}

impl Vocabulary {
    /// `all` is every species. The mechanism's reader refuses species with the names of the other variables.
    pub fn of_cells(mechanism: &Mechanism) -> Self {
        let species = mechanism.species.iter().enumerate();
        let species: Vec<_> = species.map(|(i, s)| (s.name.clone(), OutputVariable::Concentration(i))).collect();
        let prescribed = "this species is prescribed by the mechanism; `air_density` writes that of a third body";
        let parameters = mechanism.parameters.iter().enumerate();
        let input =
            |(i, p): (usize, &RateParameter)| (format!("rate.{}", p.name), Target::Parameter(i), p.unit.to_owned());
        Self {
            all: species.iter().map(|s| s.1).collect(),
            names: OF_CELLS.iter().map(|v| (v.0.to_owned(), v.1)).chain(species).collect(),
            refused: mechanism.prescribed.iter().map(|p| (p.name.clone(), prescribed)).collect(),
            inputs: parameters.map(input).collect(),
            mesh: None,
            own_units: Vec::new(),
        }
    }

    /// `all` is the position, with the depth where it means anything, and every variable.
    pub fn of_particles(variables: &[String], has_depth: bool, mesh: Option<Mesh>) -> Self {
        let particle = |output| OutputVariable::Particle(output);
        let depth = particle(ParticleOutput::Depth);
        let mut names = vec![
            ("lon".to_owned(), particle(ParticleOutput::Longitude)),
            ("lat".to_owned(), particle(ParticleOutput::Latitude)),
            ("depth".to_owned(), depth),
        ];
        let own = variables.iter().enumerate().map(|(i, v)| (v.clone(), particle(ParticleOutput::Variable(i))));
        names.extend(own);
        let all = names.iter().map(|n| n.1).filter(|v| has_depth || *v != depth).collect();
        names.push(("status".to_owned(), OutputVariable::Status));
        Self { all, names, refused: Vec::new(), inputs: Vec::new(), mesh, own_units: Vec::new() }
    }

    /// What a name means.
    ///
    /// # Errors
    /// What to type instead.
    pub fn find(&self, name: &str) -> Result<OutputVariable, String> {
        if let Some((_, variable)) = self.names.iter().find(|n| n.0 == name) {
            return Ok(*variable);
        }
        if let Some((_, help)) = self.refused.iter().find(|r| r.0 == name) {
            return Err((*help).to_owned());
        }
        let names: Vec<&str> = self.names.iter().map(|n| n.0.as_str()).collect();
        Err(suggestion(name, &names))
    }

    /// An input of cells that is no variable, and its unit.
    pub fn input(&self, name: &str) -> Option<(Target, String)> {
        self.inputs.iter().find(|input| input.0 == name).map(|input| (input.1, input.2.clone()))
    }

    /// The unit of a variable in the file.
    pub fn units(&self, variable: OutputVariable) -> String {
        let text = match variable {
            OutputVariable::Concentration(_) | OutputVariable::AirDensity => "mol m-3",
            OutputVariable::Temperature => "K",
            OutputVariable::Pressure => "Pa",
            OutputVariable::Particle(ParticleOutput::Longitude) if self.mesh != Some(Mesh::Flat) => "degrees_east",
            OutputVariable::Particle(ParticleOutput::Latitude) if self.mesh != Some(Mesh::Flat) => "degrees_north",
            OutputVariable::SolverStepSize
            | OutputVariable::Particle(ParticleOutput::ReleaseTime | ParticleOutput::LastTime) => "s",
            OutputVariable::Particle(ParticleOutput::Variable(index)) => {
                self.own_units.get(index).map_or("1", String::as_str)
            }
            OutputVariable::Particle(ParticleOutput::ReleaseRegion)
            | OutputVariable::SolverSteps
            | OutputVariable::SolverRejected
            | OutputVariable::Status => "1",
            OutputVariable::Particle(_) => "m",
        };
        text.to_owned()
    }

    /// The name of a variable in deck and file.
    pub fn name(&self, variable: OutputVariable) -> String {
        self.names.iter().find(|n| n.1 == variable).map_or_else(String::new, |n| n.0.clone())
    }
}
