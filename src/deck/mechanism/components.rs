//! Reactants and products of a reaction.

use super::is_comment;
use super::reactions::Context;
use super::species::Role;
use crate::chemistry::mechanism::Prescription;
use crate::deck::node::Node;
use crate::deck::reader::{Reading, Table};

/// The left-hand side: what the rate is proportional to.
#[derive(Debug, Clone, PartialEq)]
pub struct Reactants {
    /// Prognostic ones, one entry for each unit of order.
    pub prognostic: Vec<usize>,
    /// Product of the prescribed ones' constants.
    pub fixed_factor: f64,
    /// How many prescribed ones are proportional to the air density.
    pub air_density_order: u32,
    /// Order of the reaction, prescribed reactants included.
    pub order: u32,
}

impl Reactants {
    pub const fn none() -> Self {
        Self { prognostic: Vec::new(), fixed_factor: 1.0, air_density_order: 0, order: 0 }
    }

    /// Takes a species `times` times.
    pub fn take(&mut self, role: Role, times: u32, context: &Context<'_>) {
        for _ in 0..times {
            self.order += 1;
            match role {
                Role::Prognostic(index) => self.prognostic.push(index),
                Role::Prescribed(index) => match context.declared.prescribed[index].value {
                    Prescription::AirDensity => self.air_density_order += 1,
                    Prescription::Concentration(value) => self.fixed_factor *= value,
                    Prescription::MixingRatio(value) => {
                        self.fixed_factor *= value;
                        self.air_density_order += 1;
                    }
                },
            }
        }
    }
}

/// Highest order of a species in one reaction; more is a slip of the pen.
const HIGHEST_ORDER: f64 = 16.0;

/// Reads a list of reactants. A coefficient c makes the rate proportional to the concentration to the power c.
pub fn reactants(node: &Node, context: &Context<'_>, reading: &mut Reading) -> Option<Reactants> {
    let mut out = Reactants::none();
    for item in reading.list(node, &context.what("reactants"))? {
        let Some((role, coefficient, name)) = component(item, context, reading) else {
            continue;
        };
        if coefficient.fract() != 0.0 || !(1.0..=HIGHEST_ORDER).contains(&coefficient) {
            let message = context.what(&format!("reactant `{name}` has the coefficient {coefficient}"));
            reading.error(item.at, message, "write a whole number from 1; a rate law has whole orders");
            continue;
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // from 1 to 16, as just checked
        out.take(role, coefficient as u32, context);
    }
    Some(out)
}

/// Reads a list of products; prescribed ones are dropped, repeated ones added up.
pub fn products(node: &Node, context: &Context<'_>, reading: &mut Reading) -> Option<Vec<(usize, f64)>> {
    let mut out: Vec<(usize, f64)> = Vec::new();
    for item in reading.list(node, &context.what("products"))? {
        let Some((role, coefficient, name)) = component(item, context, reading) else {
            continue;
        };
        if coefficient < 0.0 {
            let what = context.what(&format!("product `{name}` has the negative yield {coefficient}"));
            reading.warnings.push(format!("{}:{}: {what}", reading.file, item.at.line));
        }
        if let Role::Prognostic(index) = role {
            match out.iter_mut().find(|p| p.0 == index) {
                Some(product) => product.1 += coefficient,
                None => out.push((index, coefficient)),
            }
        }
    }
    Some(out)
}

/// Finds a species that a reaction names.
pub fn species(name: &str, node: &Node, context: &Context<'_>, reading: &mut Reading) -> Option<Role> {
    if let Some(role) = context.declared.roles.get(name) {
        if context.phase.is_some_and(|p| !p.members.contains_key(name)) {
            let phase = context.phase.map_or("", |p| p.name.as_str());
            let message = context.what(&format!("species `{name}` is not in phase `{phase}`"));
            reading.error(node.at, message, format!("add `{name}` to the species of phase `{phase}`"));
            return None;
        }
        return Some(*role);
    }
    let help = match context.declared.nearest(name) {
        Some(near) => format!("did you mean `{near}`? Otherwise add `{name}` to `species` and to the phase"),
        None => format!("add `{name}` to `species` and to the phase"),
    };
    reading.error(node.at, context.what(&format!("unknown species `{name}`")), help);
    None
}

/// One component: a name, or a map with `species name` (or `name`) and `coefficient`.
fn component<'a>(node: &'a Node, context: &Context<'_>, reading: &mut Reading) -> Option<(Role, f64, &'a str)> {
    if let Some(name) = node.text() {
        return Some((species(name, node, context, reading)?, 1.0, name));
    }
    let mut table = Table::open(node, &context.what("component"), reading)?;
    let short = table.get("name");
    let long = table.get("species name");
    let name_node = long.or(short);
    let coefficient = match table.get("coefficient") {
        Some(n) => reading.number(n, &context.what("`coefficient`")),
        None => Some(1.0),
    };
    table.finish_ignoring(&[], is_comment, reading);
    let Some(name_node) = name_node else {
        reading.error(node.at, context.what("a component without a species"), "add `species name: O3`");
        return None;
    };
    let name = reading.text(name_node, &context.what("`species name`"))?;
    Some((species(name, name_node, context, reading)?, coefficient?, name))
}
