//! The species of a mechanism, and which of them are integrated.

use std::collections::{HashMap, HashSet};

use super::is_comment;
use crate::chemistry::mechanism::{PrescribedSpecies, Prescription, Species};
use crate::deck::node::{Node, Value};
use crate::deck::reader::{Reading, Table, nearest};

/// Names that the output file gives to other variables.
const TAKEN: [&str; 8] = ["time", "cell", "temperature", "pressure", "air_density", "status", "all", "none"];

/// What a species name in a reaction stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Index into `Mechanism::species`.
    Prognostic(usize),
    /// Index into `Mechanism::prescribed`.
    Prescribed(usize),
}

/// All declared species.
#[derive(Debug)]
pub struct Declared {
    pub species: Vec<Species>,
    pub prescribed: Vec<PrescribedSpecies>,
    pub roles: HashMap<String, Role>,
    pub phases: Vec<Phase>,
}

/// A phase: its name and which species it holds, with the gas-phase diffusion coefficient, m2 s-1, where given.
#[derive(Debug)]
pub struct Phase {
    pub name: String,
    pub members: HashMap<String, Option<f64>>,
}

impl Declared {
    /// The declared name nearest to `name`.
    pub fn nearest(&self, name: &str) -> Option<&str> {
        let mut names: Vec<&str> = self.roles.keys().map(String::as_str).collect();
        names.sort_unstable(); // hash order must not choose among equally near names
        nearest(name, names.into_iter())
    }
}

/// Reads `species` and `phases`.
pub fn read(species: &Node, phases: &Node, reading: &mut Reading) -> Option<Declared> {
    let mut declared =
        Declared { species: Vec::new(), prescribed: Vec::new(), roles: HashMap::new(), phases: Vec::new() };
    let mut diffusion = HashMap::new();
    if let Value::Map(_) = species.value {
        let help = "put species, phases and reactions into one file";
        reading.error(species.at, "species split over several files are not read by this version", help);
        return None;
    }
    for node in reading.list(species, "`species`")? {
        read_one(node, &mut declared, &mut diffusion, reading);
    }
    for node in reading.list(phases, "`phases`")? {
        read_phase(node, &mut declared, &diffusion, reading);
    }
    drop_outside_phases(&mut declared, reading);
    Some(declared)
}

fn read_one(node: &Node, declared: &mut Declared, diffusion: &mut HashMap<String, f64>, reading: &mut Reading) {
    let Some(mut table) = Table::open(node, "species", reading) else {
        return;
    };
    let name_node = table.require("name", "name: O3", reading);
    let name = name_node.and_then(|n| reading.text(n, "the species name")).unwrap_or("?").to_owned();
    if let Some(n) = name_node {
        check_name(&name, n, declared, reading);
    }
    let what = |key: &str| format!("species `{name}`: `{key}`");
    let mut positive = |key: &'static str, table: &mut Table<'_>, zero: bool| -> Option<f64> {
        let node = table.get(key)?;
        let value = reading.number(node, &what(key))?;
        if value < 0.0 || (value == 0.0 && !zero) {
            reading.error(node.at, format!("{} is {value}", what(key)), "write a positive number");
        }
        Some(value)
    };
    // Files in use write 0 for weights that nobody needs; a rate law that needs one refuses it.
    let molecular_weight = positive("molecular weight [kg mol-1]", &mut table, true).filter(|w| *w > 0.0);
    let absolute_tolerance = positive("absolute tolerance", &mut table, false);
    let concentration = positive("constant concentration [mol m-3]", &mut table, true);
    let ratio = positive("constant mixing ratio [mol mol-1]", &mut table, true);
    let coefficient = positive("diffusion coefficient [m2 s-1]", &mut table, false);
    positive("density [kg m-3]", &mut table, false);
    if let Some(value) = coefficient {
        diffusion.insert(name.clone(), value);
    }
    let third_body = is_third_body(&mut table, &name, reading);
    let at = table.at;
    table.finish_ignoring(&[], is_comment, reading);

    let prescriptions: Vec<Prescription> = [
        third_body.then_some(Prescription::AirDensity),
        concentration.map(Prescription::Concentration),
        ratio.map(Prescription::MixingRatio),
    ]
    .into_iter()
    .flatten()
    .collect();
    if prescriptions.len() > 1 {
        let message = format!("species `{name}` is prescribed in more than one way");
        reading.error(at, message, "keep one of third body, constant concentration, constant mixing ratio");
    }
    let role = if let Some(value) = prescriptions.first() {
        declared.prescribed.push(PrescribedSpecies { name: name.clone(), value: *value });
        Role::Prescribed(declared.prescribed.len() - 1)
    } else {
        if name == "M" {
            reading.warnings.push(format!(
                "{}:{}: species `M` is no third body; it is an ordinary species and 0 unless a concentration is given. \
                 If it means air, add `is third body: true`",
                reading.file, at.line
            ));
        }
        declared.species.push(Species { name: name.clone(), molecular_weight, absolute_tolerance });
        Role::Prognostic(declared.species.len() - 1)
    };
    declared.roles.entry(name).or_insert(role);
}

fn check_name(name: &str, node: &Node, declared: &Declared, reading: &mut Reading) {
    if declared.roles.contains_key(name) {
        reading.error(node.at, format!("species `{name}` stands twice"), "remove one of the two");
    }
    if TAKEN.contains(&name) || name.starts_with("time_") || name.starts_with("solver.") {
        let message = format!("a species cannot be called `{name}`, which is a variable of the output file");
        reading.error(node.at, message, "rename it");
    }
    let awkward = |c: char| c == '/' || c.is_control();
    if name.is_empty() || name.contains(awkward) || name.trim() != name {
        reading.error(node.at, format!("`{name}` cannot name a variable of a NetCDF file"), "rename it without `/`");
    }
}

fn is_third_body(table: &mut Table<'_>, name: &str, reading: &mut Reading) -> bool {
    let what = format!("species `{name}`: `is third body`");
    let words = [("true", true), ("false", false)];
    let flag = table.get("is third body").and_then(|n| reading.choice(n, &what, &words));
    let what = format!("species `{name}`: `tracer type`");
    let tracer =
        table.get("tracer type").and_then(|n| reading.choice(n, &what, &[("THIRD_BODY", true), ("NONE", false)]));
    flag.unwrap_or(false) || tracer.unwrap_or(false)
}

fn read_phase(node: &Node, declared: &mut Declared, diffusion: &HashMap<String, f64>, reading: &mut Reading) {
    let Some(mut table) = Table::open(node, "phase", reading) else {
        return;
    };
    let name = table.require("name", "name: gas", reading).and_then(|n| reading.text(n, "the phase name"));
    let name = name.unwrap_or("?").to_owned();
    let list = table.require("species", "species: [O3]", reading);
    table.finish_ignoring(&[], is_comment, reading);
    let mut members = HashMap::new();
    for item in list.and_then(|l| reading.list(l, "the phase's species")).unwrap_or_default() {
        let Some((member, coefficient)) = read_member(item, reading) else {
            continue;
        };
        if !declared.roles.contains_key(member) {
            let help = declared.nearest(member).map_or(String::new(), |n| format!("did you mean `{n}`?"));
            reading.error(item.at, format!("phase `{name}` holds the undeclared species `{member}`"), help);
            continue;
        }
        let coefficient = coefficient.or_else(|| diffusion.get(member).copied());
        if members.insert(member.to_owned(), coefficient).is_some() {
            let message = format!("phase `{name}` holds species `{member}` twice");
            reading.error(item.at, message, "remove one of the two");
        }
    }
    if declared.phases.iter().any(|p| p.name == name) {
        reading.error(node.at, format!("phase `{name}` stands twice"), "remove one of the two");
    }
    declared.phases.push(Phase { name, members });
}

/// A species of a phase: a name, or a map with properties in that phase.
fn read_member<'a>(item: &'a Node, reading: &mut Reading) -> Option<(&'a str, Option<f64>)> {
    if let Some(name) = item.text() {
        return Some((name, None));
    }
    let mut table = Table::open(item, "phase species", reading)?;
    let name = table.require("name", "name: O3", reading).and_then(|n| reading.text(n, "the species name"));
    let node = table.get("diffusion coefficient [m2 s-1]");
    let coefficient = node.and_then(|n| reading.number(n, "the diffusion coefficient"));
    if let (Some(node), Some(value)) = (node, coefficient)
        && value <= 0.0
    {
        reading.error(node.at, format!("the diffusion coefficient is {value}"), "write a positive number");
    }
    // The density of a species in the gas phase enters no gas-phase rate law.
    table.get("density [kg m-3]");
    table.finish_ignoring(&[], is_comment, reading);
    Some((name?, coefficient))
}

/// Species in no phase cannot react; as in the format's other implementations they are no variables.
fn drop_outside_phases(declared: &mut Declared, reading: &mut Reading) {
    let inside: HashSet<&String> = declared.phases.iter().flat_map(|p| p.members.keys()).collect();
    let outside: Vec<String> =
        declared.species.iter().filter(|s| !inside.contains(&s.name)).map(|s| s.name.clone()).collect();
    if outside.is_empty() || !reading.problems.is_empty() {
        return;
    }
    let list = outside.join(", ");
    reading.warnings.push(format!("{}: these species are in no phase and are left out: {list}", reading.file));
    declared.species.retain(|s| !outside.contains(&s.name));
    declared.roles.retain(|name, _| !outside.contains(name));
    for (index, species) in declared.species.iter().enumerate() {
        declared.roles.insert(species.name.clone(), Role::Prognostic(index));
    }
}
