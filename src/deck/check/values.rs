//! The values that all cells share: from `chemistry.initial`, overridden by `cells.set`.

use std::collections::{BTreeMap, BTreeSet};

use super::chemistry::Initial;
use crate::chemistry::cells::Target;
use crate::chemistry::mechanism::Mechanism;
use crate::chemistry::rate::Conditions;
use crate::deck::cell_paths::{self, Amount};
use crate::deck::node::{Entry, Node};
use crate::deck::reader::{Reading, Table};
use crate::diagnostic::Span;
use crate::plan::CellValues;

/// Values as given, each with the place in the deck when the deck gives it.
#[derive(Debug, Default)]
pub struct Values {
    given: BTreeMap<Target, (Amount, Option<Span>)>,
    /// Something has mistakes, so that a value which is not here may still have been meant.
    incomplete: bool,
}

impl Values {
    /// What the file of initial values gives.
    pub fn from_initial(initial: Option<&Initial>) -> Self {
        let given = initial.into_iter().flatten().map(|(t, (value, _))| (*t, (Amount::Si(*value), None)));
        Self { given: given.collect(), incomplete: initial.is_none() }
    }

    /// Notes that some values are hidden behind a mistake.
    pub fn may_be_incomplete(&mut self) {
        self.incomplete = true;
    }

    /// Whether a target may be said to have no value.
    pub fn lacks(&self, target: Target) -> bool {
        !self.has(target) && !self.incomplete
    }

    /// Whether a target has a value.
    pub fn has(&self, target: Target) -> bool {
        self.given.contains_key(&target)
    }

    /// Reads `cells.set`; patterns first, so that single paths win over them.
    pub fn read_set(&mut self, node: &Node, mechanism: &Mechanism, reading: &mut Reading) {
        let Some(table) = Table::open(node, "cells.set", reading) else {
            return;
        };
        let (patterns, singles): (Vec<&Entry>, Vec<&Entry>) = table.entries().iter().partition(|e| e.key.contains('*'));
        for entry in patterns {
            let targets = cell_paths::expand(&entry.key, mechanism);
            if targets.is_empty() {
                no_match(entry, reading);
            }
            let mut valid = true;
            for target in &targets {
                // One mistake of a pattern's value is enough; its targets share it.
                valid = valid && self.set(*target, entry, mechanism, reading);
            }
            let value = format!("{} ({} values)", entry.node.text().unwrap_or_default(), targets.len());
            reading.origin_line(format!("cells.set.{}", entry.key), value, entry.key_at);
        }
        for entry in singles {
            match cell_paths::find(&entry.key, mechanism) {
                Ok(target) => {
                    self.set(target, entry, mechanism, reading);
                }
                Err((message, help)) => {
                    reading.error(entry.key_at, message, help);
                    self.incomplete = true;
                }
            }
            let value = entry.node.text().unwrap_or_default();
            reading.origin_line(format!("cells.set.{}", entry.key), value, entry.key_at);
        }
    }

    fn set(&mut self, target: Target, entry: &Entry, mechanism: &Mechanism, reading: &mut Reading) -> bool {
        let amount = cell_paths::amount(&entry.node, target, mechanism, reading);
        // A mistaken value still counts as given, so that no mistake about a missing one follows.
        self.given.insert(target, (amount.unwrap_or(Amount::Si(1.0)), Some(entry.node.at)));
        amount.is_some()
    }

    /// The value of a target that is neither sampled nor tabled, when it is given in SI.
    pub fn fixed(&self, target: Target, varied: &BTreeSet<Target>) -> Option<f64> {
        match self.given.get(&target) {
            Some((Amount::Si(value), _)) if !varied.contains(&target) => Some(*value),
            _ => None,
        }
    }

    /// The air density, mol m-3, when temperature and pressure are the same in all cells.
    pub fn air_density(&self, varied: &BTreeSet<Target>) -> Option<f64> {
        let temperature = self.fixed(Target::Temperature, varied)?;
        let pressure = self.fixed(Target::Pressure, varied)?;
        Some(Conditions { temperature, pressure }.air_density())
    }

    /// The value of one target in SI; mixing ratios need the air density.
    pub fn in_si(&self, target: Target, air_density: Option<f64>) -> Option<f64> {
        self.given.get(&target)?.0.in_si(air_density)
    }

    /// The complete values; what is missing is a mistake, or 0 with an origin or a warning that says so.
    pub fn complete(
        &self,
        varied: &BTreeSet<Target>,
        mechanism: &Mechanism,
        cells_at: Span,
        reading: &mut Reading,
    ) -> CellValues {
        for (target, name, example) in
            [(Target::Temperature, "temperature", "298.15 K"), (Target::Pressure, "pressure", "101325 Pa")]
        {
            if self.lacks(target) && !varied.contains(&target) {
                let message = format!("the cells have no {name}");
                reading.error(cells_at, message, format!("add `{name}: {example}` under `cells.set`"));
            }
        }
        let air_density = self.air_density(varied);
        for (target, (amount, at)) in &self.given {
            if let (Amount::Ratio(_), None, Some(at)) = (amount, air_density, at)
                && self.has(Target::Temperature)
                && self.has(Target::Pressure)
            {
                let name = cell_paths::name(*target, mechanism);
                reading.error(*at, mixing_ratio_message(&name), MIXING_RATIO_HELP);
            }
        }
        note_zeros(self, varied, mechanism, reading);
        let value = |target| self.in_si(target, air_density).unwrap_or(0.0);
        CellValues {
            temperature: value(Target::Temperature),
            pressure: value(Target::Pressure),
            concentrations: (0..mechanism.species.len()).map(|i| value(Target::Concentration(i))).collect(),
            parameters: (0..mechanism.parameters.len()).map(|i| value(Target::Parameter(i))).collect(),
        }
    }
}

/// What to type instead of a mixing ratio.
pub const MIXING_RATIO_HELP: &str =
    "write it in `mol m-3` or `molecule cm-3`, or give all cells one temperature and pressure";

/// A mixing ratio where the air density differs from cell to cell.
pub fn mixing_ratio_message(name: &str) -> String {
    format!("{name} is a mixing ratio, but temperature or pressure differ from cell to cell")
}

/// A pattern that takes nothing.
pub fn no_match(entry: &Entry, reading: &mut Reading) {
    let message = format!("`{}` matches no input of the cells", entry.key);
    reading.error(entry.key_at, message, "patterns look like `concentration.*` or `rate.PHOTO.*`");
}

fn note_zeros(values: &Values, varied: &BTreeSet<Target>, mechanism: &Mechanism, reading: &mut Reading) {
    let absent: Vec<Target> = cell_paths::all(mechanism).filter(|t| !values.has(*t) && !varied.contains(t)).collect();
    let names = |want: fn(&Target) -> bool| -> Vec<String> {
        absent.iter().filter(|t| want(t)).map(|t| cell_paths::name(*t, mechanism)).collect()
    };
    let species = names(|t| matches!(t, Target::Concentration(_)));
    if !species.is_empty() {
        reading.origin_default(format!("concentration of {} species", species.len()), format!("0 ({})", few(&species)));
    }
    let parameters = names(|t| matches!(t, Target::Parameter(_)));
    if !parameters.is_empty() {
        reading.origin_default(format!("{} rate parameters", parameters.len()), format!("0 ({})", few(&parameters)));
        let count = parameters.len();
        reading.warnings.push(format!("{count} rate parameters have no value and are 0: {}", few(&parameters)));
    }
}

/// The first names of a list.
fn few(names: &[String]) -> String {
    const SHOWN: usize = 6;
    let mut list = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        list.push_str(", …");
    }
    list
}
