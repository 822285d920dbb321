//! Everything that members may differ in: paths with their units and the values that they have in the deck.

use super::super::field::Role;
use super::super::field_files::has_faces;
use super::super::fields::Fields;
use crate::chemistry::cells::Target;
use crate::chemistry::mechanism::Mechanism;
use crate::deck::cell_paths::{self, Amount};
use crate::deck::reader::nearest;
use crate::plan::{Amount as Velocity, CellsPlan, FieldSource, MemberTarget, ParticlesPlan, VariableLaw};
use crate::quantity::{self, Dimension};

/// Something that may differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    pub path: String,
    pub target: MemberTarget,
    /// CF unit.
    pub unit: String,
    pub dimension: Dimension,
    /// The value in SI that the deck gives, when it gives all items the same.
    pub base: Option<f64>,
}

/// All of them, and what cannot differ with the reason.
#[derive(Debug, Default)]
pub struct Known {
    subjects: Vec<Subject>,
    refused: Vec<(String, &'static str)>,
    /// Names in the file that an axis cannot have.
    pub taken: Vec<String>,
    /// mol m-3, when all cells of all members have the same.
    air_density: Option<f64>,
    /// For what a value may not be.
    mechanism: Option<Mechanism>,
    diffusivities: Vec<usize>,
}

const FROM_FILES: &str = "its values come from files, which all members share; add `.factor` or `.offset` to the path for \
                          what they are multiplied by or what is added";
const FACES: &str = "U and V on a C-grid are of use only together; a group under `fields.additional` has a `factor`";
const LAND: &str = "land would move with a velocity that is added; a constant current under `fields.additional` may \
                    differ";
const FORMULA: &str = "it is a formula, which all members share";
const EXPRESSION: &str = "it is an expression, which all members share; let it use a variable of the particles whose \
                          `initial` differs";

impl Known {
    /// What cells and their chemistry have. `varied` are the inputs that members set.
    pub fn of_cells(mechanism: &Mechanism, cells: &CellsPlan, set_by_members: impl Fn(Target) -> bool) -> Self {
        let sampled = cells.sample.iter().flat_map(|s| s.inputs.iter().map(|i| i.target));
        let tabled = cells.table.iter().flat_map(|t| t.columns.iter().map(|c| c.target));
        let varied: Vec<Target> = sampled.chain(tabled).collect();
        let value = |target| match target {
            Target::Temperature => cells.base.temperature,
            Target::Pressure => cells.base.pressure,
            Target::Concentration(i) => cells.base.concentrations[i],
            Target::Parameter(i) => cells.base.parameters[i],
        };
        let subjects = cell_paths::all(mechanism).map(|target| Subject {
            path: cell_paths::name(target, mechanism),
            target: MemberTarget::Cell(target),
            unit: cell_paths::unit(target, mechanism).to_owned(),
            dimension: cell_paths::dimension(target, mechanism),
            base: (!varied.contains(&target)).then(|| value(target)),
        });
        let conditions = [Target::Temperature, Target::Pressure];
        let same = !conditions.iter().any(|t| varied.contains(t) || set_by_members(*t));
        let (temperature, pressure) = (cells.base.temperature, cells.base.pressure);
        let density = crate::chemistry::rate::Conditions { temperature, pressure }.air_density();
        let own = ["cell", "temperature", "pressure", "air_density", "status"];
        let species = mechanism.species.iter().map(|s| s.name.clone());
        Self {
            subjects: subjects.collect(),
            refused: vec![("cells.sample.seed".to_owned(), "all members have the same design of cells")],
            taken: own.iter().map(|name| (*name).to_owned()).chain(species).collect(),
            air_density: same.then_some(density),
            mechanism: Some(mechanism.clone()),
            diffusivities: Vec::new(),
        }
    }

    /// What particles and their fields have.
    pub fn of_particles(plan: &ParticlesPlan, fields: &Fields) -> Self {
        let mut known = Self::default();
        let seed = Subject {
            path: "particles.seed".to_owned(),
            target: MemberTarget::Seed,
            unit: "1".to_owned(),
            dimension: Dimension::NONE,
            base: None,
        };
        known.subjects.push(seed);
        for (index, field) in plan.fields.iter().enumerate() {
            let (unit, in_si) =
                fields.list.get(index).map_or(("1", true), |f| (f.unit.as_str(), f.dimension.is_some()));
            known.field(index, &field.name, &field.source, unit, in_si);
        }
        for (index, current) in plan.currents.iter().enumerate() {
            if let Some((group, _)) = plan.fields[current.u].name.split_once('.') {
                let path = format!("fields.additional.{group}.factor");
                known.add(path, MemberTarget::CurrentFactor(index), "1", Some(current.factor));
            }
        }
        for (axis, name) in ["u", "v", "w"].into_iter().enumerate() {
            let path = format!("particles.velocity.{name}");
            match &plan.own_velocity[axis] {
                Some(Velocity::Constant(value)) => {
                    known.add(path, MemberTarget::Velocity(axis), "m s-1", Some(*value));
                }
                Some(Velocity::Expression(_)) => known.refused.push((path, EXPRESSION)),
                None => {}
            }
        }
        for (index, variable) in plan.variables.iter().enumerate() {
            if matches!(variable.law, VariableLaw::Rate(_)) {
                let path = format!("particles.variables.{}.initial", variable.name);
                known.add(path, MemberTarget::Initial(index), &variable.unit, Some(variable.initial));
            }
        }
        let own = ["trajectory", "lon", "lat", "depth", "status", "release_time", "last_lon", "last_lat", "last_depth"];
        known.taken.extend(own.map(str::to_owned));
        known.taken.push("last_time".to_owned());
        known.taken.extend(plan.variables.iter().map(|v| v.name.clone()));
        known.diffusivities = plan.diffusivity.into_iter().flatten().collect();
        known
    }

    fn field(&mut self, index: usize, name: &str, source: &FieldSource, unit: &str, in_si: bool) {
        let path = match name.split_once('.') {
            Some(_) => format!("fields.additional.{name}"),
            None => format!("fields.{name}"),
        };
        match source {
            FieldSource::Constant(value) => {
                self.add(path, MemberTarget::Field(index), unit, Some(*value));
            }
            FieldSource::Analytic(_) => self.refused.push((path, FORMULA)),
            FieldSource::Gridded { head, scale, .. } => {
                let velocity = Role::of(name) == Role::Velocity;
                if has_faces(name, head) {
                    self.refused.push((format!("{path}.factor"), FACES));
                } else {
                    self.add(format!("{path}.factor"), MemberTarget::Factor(index), "1", Some(scale.factor));
                }
                if velocity {
                    self.refused.push((format!("{path}.offset"), LAND));
                } else {
                    // Where the unit of the files is not SI, what is added is a number in it.
                    let dimension = if in_si { unit } else { "1" };
                    self.add(format!("{path}.offset"), MemberTarget::Offset(index), dimension, Some(scale.offset));
                    if let Some(subject) = self.subjects.last_mut().filter(|_| !in_si) {
                        unit.clone_into(&mut subject.unit);
                    }
                }
                self.refused.push((path, FROM_FILES));
            }
        }
    }

    fn add(&mut self, path: String, target: MemberTarget, unit: &str, base: Option<f64>) {
        let dimension = quantity::parse_unit(unit).map_or(Dimension::NONE, |u| u.dimension);
        self.subjects.push(Subject { path, target, unit: unit.to_owned(), dimension, base });
    }

    /// Where numbers of rate laws are looked up.
    pub fn mechanism(&self) -> Option<&Mechanism> {
        self.mechanism.as_ref()
    }

    pub fn subjects(&self) -> &[Subject] {
        &self.subjects
    }

    /// The reason why a path cannot differ, if it is known not to.
    pub fn reason(&self, path: &str) -> Option<&'static str> {
        self.refused.iter().find(|(refused, _)| refused == path).map(|(_, reason)| *reason)
    }

    /// The known path that an unknown one probably means.
    pub fn nearest(&self, path: &str) -> Option<&str> {
        let all = || self.subjects.iter().map(|subject| subject.path.as_str());
        // The last word is the one that people remember: `Kh`, `O3`, `seed`.
        let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_lowercase();
        let same_end = || all().find(|candidate| last(candidate) == last(path));
        let as_in_set = path.strip_prefix("cells.set.").or_else(|| path.strip_prefix("cells."));
        as_in_set.and_then(|path| all().find(|known| *known == path)).or_else(|| nearest(path, all())).or_else(same_end)
    }

    /// A value in SI from what was written.
    pub fn in_si(&self, amount: Amount) -> Option<f64> {
        amount.in_si(self.air_density)
    }

    /// Why a subject cannot have a value.
    pub fn impossible(&self, subject: &Subject, value: f64) -> Option<&'static str> {
        match subject.target {
            MemberTarget::Cell(target) => cell_paths::impossible(target, value, self.mechanism.as_ref()?),
            MemberTarget::Law(law) => law.number.impossible(value),
            MemberTarget::Field(index) if self.diffusivities.contains(&index) && value < 0.0 => {
                Some("a diffusivity is 0 m2 s-1 or more")
            }
            MemberTarget::Factor(index) | MemberTarget::Offset(index)
                if self.diffusivities.contains(&index) && value < 0.0 =>
            {
                Some("a diffusivity is 0 m2 s-1 or more")
            }
            _ => None,
        }
    }
}
