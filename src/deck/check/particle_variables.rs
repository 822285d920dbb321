//! `particles.variables`: age, distance, sampled fields, and variables with a rate of their own.

use super::expressions;
use super::fields::{self, Fields, TAKEN};
use crate::deck::node::{Entry, Node, Value};
use crate::deck::reader::{Reading, Table, nearest};
use crate::expression::{Input, NameUnit, Scope, Wanted};
use crate::plan::{ParticleVariablePlan, VariableLaw};
use crate::quantity::{self, Dimension};

/// The variables as read, before their rates are compiled.
pub struct Carried<'a> {
    list: Vec<Variable<'a>>,
    /// Nothing was wrong.
    complete: bool,
}

impl Carried<'_> {
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.list.iter().map(|v| v.name)
    }
}

struct Variable<'a> {
    name: &'a str,
    unit: String,
    dimension: Option<Dimension>,
    initial: f64,
    law: Law<'a>,
}

enum Law<'a> {
    Age,
    Distance,
    Sample(usize),
    Rate(&'a Node),
    /// It has mistakes.
    Unknown,
}

/// Reads the variables and adds their names to the scope; `None` when they are no map.
pub fn read<'a>(
    node: Option<&'a Node>,
    fields: Option<&Fields>,
    scope: &mut Scope,
    reading: &mut Reading,
) -> Option<Carried<'a>> {
    let mut carried = Carried { list: Vec::new(), complete: true };
    let Some(node) = node else {
        return Some(carried);
    };
    let table = Table::open(node, "particles.variables", reading)?;
    for entry in table.entries() {
        let before = reading.problems.len();
        let mut variable = read_variable(entry, fields, reading);
        if let Some(v) = &mut variable
            && !check_name(entry, reading)
        {
            v.law = Law::Unknown;
        }
        carried.complete &= reading.problems.len() == before;
        let variable = variable.unwrap_or(Variable {
            name: &entry.key,
            unit: String::new(),
            dimension: None,
            initial: 0.0,
            law: Law::Unknown,
        });
        let unit = variable.dimension.map_or(NameUnit::Unknown, NameUnit::Known);
        // A name that is taken was refused above.
        scope.add(&entry.key, unit, Input::Variable(carried.list.len()));
        carried.list.push(variable);
    }
    Some(carried)
}

fn check_name(entry: &Entry, reading: &mut Reading) -> bool {
    let name = entry.key.as_str();
    let word = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !word || !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        let message = format!("`{name}` is no name for a variable");
        reading.error(entry.key_at, message, "use letters, digits and `_`, such as `biomass`");
        return false;
    }
    if TAKEN.contains(&name) || Scope::is_reserved(name) {
        let message = format!("a variable cannot be called `{name}`: the name has a meaning already");
        reading.error(entry.key_at, message, format!("write another name, such as `own_{name}`"));
        return false;
    }
    true
}

fn read_variable<'a>(entry: &'a Entry, fields: Option<&Fields>, reading: &mut Reading) -> Option<Variable<'a>> {
    let name = entry.key.as_str();
    let path = format!("particles.variables.{name}");
    match name {
        "age" => return fixed(entry, &path, ("s", Dimension::TIME), Law::Age, reading),
        "distance" => return fixed(entry, &path, ("m", Dimension::LENGTH), Law::Distance, reading),
        _ => {}
    }
    if let Value::Scalar { .. } | Value::Null = entry.node.value {
        let help = match nearest(name, ["age", "distance"].into_iter()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "write `{sample: T}` or `{rate: \"0.1 /day\"}`; `age: s` and `distance: m` are built in".to_owned(),
        };
        reading.error(entry.key_at, format!("`{path}` does not say what it is"), help);
        return None;
    }
    let mut table = Table::open(&entry.node, &path, reading)?;
    let sample = table.get("sample");
    let initial = table.get("initial");
    let rate = table.get("rate");
    let unit = table.get("unit");
    let meant = table.finish(&["set", "write"], reading);
    match (sample, rate) {
        (Some(node), None) => {
            for other in [initial, unit].into_iter().flatten() {
                let help = "remove it: a sampled variable has the value and the unit of its field";
                reading.error(other.at, format!("`{path}` is sampled"), help);
            }
            sampled(name, node, &path, fields, reading)
        }
        (None, Some(rate)) => rated(name, rate, initial, unit, &path, reading),
        (Some(node), Some(_)) => {
            reading.error(node.at, format!("`{path}` has both `sample` and `rate`"), "keep one of the two");
            None
        }
        (None, None) => {
            if !["sample", "rate"].iter().any(|k| meant.contains(k)) {
                let help = "add `rate: \"0.1 /day\"`, or write `{sample: T}`";
                reading.error(entry.key_at, format!("`{path}` does not say how it changes"), help);
            }
            None
        }
    }
}

/// `age: s` and `distance: m`.
fn fixed<'a>(
    entry: &'a Entry,
    path: &str,
    (unit, dimension): (&str, Dimension),
    law: Law<'a>,
    reading: &mut Reading,
) -> Option<Variable<'a>> {
    if !matches!(&entry.node.value, Value::Null) && entry.node.text() != Some(unit) {
        let message = format!("`{path}` is in {unit}, not `{}`", entry.node.spelling());
        reading.error(entry.node.at, message, format!("write `{}: {unit}`", entry.key));
        return None;
    }
    reading.origin_line(path, unit, entry.key_at);
    Some(Variable { name: &entry.key, unit: unit.to_owned(), dimension: Some(dimension), initial: 0.0, law })
}

fn sampled<'a>(
    name: &'a str,
    node: &Node,
    path: &str,
    fields: Option<&Fields>,
    reading: &mut Reading,
) -> Option<Variable<'a>> {
    let field = reading.text(node, &format!("`{path}.sample`"))?;
    let fields = fields?;
    if !fields.names(field) {
        let message = format!("`{path}`: there is no field `{field}`");
        reading.error(node.at, message, fields::unknown(field, fields));
        return None;
    }
    reading.origin_line(path, format!("sample of `{field}`"), node.at);
    // A field with mistakes is told at its own place.
    let index = fields.find(field);
    let found = index.map(|i| &fields.list[i]);
    Some(Variable {
        name,
        unit: found.map_or(String::new(), |f| f.unit.clone()),
        dimension: found.and_then(|f| f.dimension),
        initial: f64::NAN,
        law: index.map_or(Law::Unknown, Law::Sample),
    })
}

fn rated<'a>(
    name: &'a str,
    rate: &'a Node,
    initial: Option<&Node>,
    unit: Option<&Node>,
    path: &str,
    reading: &mut Reading,
) -> Option<Variable<'a>> {
    let named = unit.and_then(|n| {
        let text = reading.text(n, &format!("`{path}.unit`"))?;
        match quantity::parse_unit(text) {
            Ok(unit) => Some((n, text, unit)),
            Err(e) => {
                reading.error(n.at, format!("`{path}.unit`: {}", e.message), e.help);
                None
            }
        }
    });
    if unit.is_some() && named.is_none() {
        return None;
    }
    if let Some((n, text, unit)) = &named
        && (unit.factor() != 1.0 || unit.offset() != 0.0)
    {
        let si = unit.dimension.si();
        reading.error(n.at, format!("`{path}.unit`: `{text}` is not SI"), format!("write `unit: {si}`"));
        return None;
    }
    let wanted = named.as_ref().map_or(Dimension::NONE, |(_, _, unit)| unit.dimension);
    let (initial, dimension) = match initial {
        None => {
            reading.origin_default(format!("{path}.initial"), "0");
            (0.0, wanted)
        }
        Some(n) => {
            let what = format!("`{path}.initial`");
            let text = reading.text(n, &what)?;
            match quantity::parse_with_unit(text, wanted) {
                Ok((number, given)) if named.is_none() || given.dimension == wanted => {
                    reading.origin_line(format!("{path}.initial"), text, n.at);
                    (given.to_si(number), given.dimension)
                }
                Ok((_, given)) => {
                    let e = quantity::wrong_dimension(text, given.dimension, wanted);
                    reading.error(n.at, format!("{what}: {}", e.message), e.help);
                    return None;
                }
                Err(e) => {
                    reading.error(n.at, format!("{what}: {}", e.message), e.help);
                    return None;
                }
            }
        }
    };
    reading.origin_line(format!("{path}.rate"), rate.spelling(), rate.at);
    Some(Variable { name, unit: dimension.si(), dimension: Some(dimension), initial, law: Law::Rate(rate) })
}

/// Compiles the rates, when all names are in scope; `None` when anything is wrong.
pub fn compile_rates(carried: &Carried<'_>, scope: &Scope, reading: &mut Reading) -> Option<Vec<ParticleVariablePlan>> {
    let mut complete = carried.complete;
    let mut plans = Vec::new();
    for variable in &carried.list {
        let law = match variable.law {
            Law::Age => Some(VariableLaw::Age),
            Law::Distance => Some(VariableLaw::Distance),
            Law::Sample(index) => Some(VariableLaw::Sample(index)),
            Law::Unknown => None,
            Law::Rate(node) => {
                let what = format!("`particles.variables.{}.rate`", variable.name);
                let per_second = variable.dimension.and_then(|d| d.times(Dimension::TIME, -1));
                let wanted = per_second.map_or(Wanted::Any, Wanted::Dimension);
                expressions::compile(node, &what, scope, wanted, reading).map(VariableLaw::Rate)
            }
        };
        complete &= law.is_some();
        plans.extend(law.map(|law| ParticleVariablePlan {
            name: variable.name.to_owned(),
            unit: variable.unit.clone(),
            initial: variable.initial,
            law,
        }));
    }
    complete.then_some(plans)
}
