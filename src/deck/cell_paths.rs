//! The names of a cell's inputs: `temperature`, `pressure`, `concentration.O3`, `rate.PHOTO.jno2`, and patterns of them.

use super::node::Node;
use super::reader::{Reading, nearest, suggestion};
use crate::chemistry::cells::Target;
use crate::chemistry::mechanism::Mechanism;
use crate::quantity::{self, Dimension};

/// A mistake and what to type instead.
pub type Refusal = (String, String);

/// An input's value as given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Amount {
    /// In SI.
    Si(f64),
    /// A mixing ratio, mol mol-1, of a concentration.
    Ratio(f64),
}

impl Amount {
    /// The value in SI; a mixing ratio needs the air density, mol m-3.
    #[must_use]
    pub fn in_si(self, air_density: Option<f64>) -> Option<f64> {
        match self {
            Self::Si(value) => Some(value),
            Self::Ratio(ratio) => air_density.map(|m| ratio * m),
        }
    }
}

/// What a path means.
///
/// # Errors
/// When it names nothing that a cell has.
pub fn find(path: &str, mechanism: &Mechanism) -> Result<Target, Refusal> {
    match path {
        "temperature" => return Ok(Target::Temperature),
        "pressure" => return Ok(Target::Pressure),
        _ => {}
    }
    if let Some(name) = path.strip_prefix("concentration.") {
        return find_species(name, mechanism);
    }
    if let Some(name) = path.strip_prefix("rate.") {
        return find_parameter(name, mechanism);
    }
    let help = if mechanism.species_index(path).is_some() {
        format!("write `concentration.{path}`")
    } else if mechanism.parameter_index(path).is_some() {
        format!("write `rate.{path}`")
    } else {
        suggestion(path, &["temperature", "pressure", "concentration.NAME", "rate.NAME"])
    };
    Err((format!("`{path}` is no input of a cell"), help))
}

/// The index of a species whose concentration a cell may give.
///
/// # Errors
/// When the mechanism has no such species or prescribes it.
pub fn find_species(name: &str, mechanism: &Mechanism) -> Result<Target, Refusal> {
    if let Some(index) = mechanism.species_index(name) {
        return Ok(Target::Concentration(index));
    }
    if mechanism.prescribed.iter().any(|p| p.name == name) {
        let message = format!("species `{name}` is prescribed by the mechanism (third body or constant)");
        return Err((message, "remove the line, or make it an ordinary species in the mechanism".to_owned()));
    }
    let help = match nearest(name, mechanism.species.iter().map(|s| s.name.as_str())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("`chemdrift mechanism` lists the {} species", mechanism.species.len()),
    };
    Err((format!("unknown species `{name}`"), help))
}

/// The index of a rate parameter.
///
/// # Errors
/// When the mechanism has no such parameter.
pub fn find_parameter(name: &str, mechanism: &Mechanism) -> Result<Target, Refusal> {
    if let Some(index) = mechanism.parameter_index(name) {
        return Ok(Target::Parameter(index));
    }
    let help = match nearest(name, mechanism.parameters.iter().map(|p| p.name.as_str())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`chemdrift mechanism` lists the rate parameters, such as `PHOTO.jno2`".to_owned(),
    };
    Err((format!("unknown rate parameter `{name}`"), help))
}

/// All targets that a pattern with `*` takes, in the order of the mechanism.
#[must_use]
pub fn expand(pattern: &str, mechanism: &Mechanism) -> Vec<Target> {
    all(mechanism).filter(|t| matches(pattern, &name(*t, mechanism))).collect()
}

/// All inputs of a cell.
pub fn all(mechanism: &Mechanism) -> impl Iterator<Item = Target> {
    let concentrations = (0..mechanism.species.len()).map(Target::Concentration);
    let parameters = (0..mechanism.parameters.len()).map(Target::Parameter);
    [Target::Temperature, Target::Pressure].into_iter().chain(concentrations).chain(parameters)
}

/// Whether `text` fits a pattern in which `*` stands for anything. Pieces between two `*` are taken where they come first,
/// so that no pattern takes longer than its length times that of the text.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut rest) = text.strip_prefix(head) else { return false };
    let (middle, end) = tail.rsplit_once('*').unwrap_or(("", tail));
    for piece in middle.split('*') {
        let Some(place) = rest.find(piece) else { return false };
        rest = &rest[place + piece.len()..];
    }
    rest.ends_with(end)
}

/// The deck path of a target.
#[must_use]
pub fn name(target: Target, mechanism: &Mechanism) -> String {
    match target {
        Target::Temperature => "temperature".to_owned(),
        Target::Pressure => "pressure".to_owned(),
        Target::Concentration(i) => format!("concentration.{}", mechanism.species[i].name),
        Target::Parameter(i) => format!("rate.{}", mechanism.parameters[i].name),
    }
}

/// The SI unit of a target.
#[must_use]
pub fn unit(target: Target, mechanism: &Mechanism) -> &'static str {
    match target {
        Target::Temperature => "K",
        Target::Pressure => "Pa",
        Target::Concentration(_) => "mol m-3",
        Target::Parameter(i) => mechanism.parameters[i].unit,
    }
}

/// The dimension of a target.
#[must_use]
pub fn dimension(target: Target, mechanism: &Mechanism) -> Dimension {
    quantity::parse_unit(unit(target, mechanism)).map_or(Dimension::NONE, |u| u.dimension)
}

/// Reads the value of a target with its unit; concentrations may be mixing ratios.
pub fn amount(node: &Node, target: Target, mechanism: &Mechanism, reading: &mut Reading) -> Option<Amount> {
    let what = name(target, mechanism);
    let wanted = dimension(target, mechanism);
    let text = reading.text(node, &what)?;
    let is_ratio = |text: &str| {
        matches!(target, Target::Concentration(_))
            && quantity::parse_with_unit(text, wanted).is_ok_and(|(_, unit)| unit.dimension == Dimension::NONE)
    };
    let amount = if is_ratio(text) {
        Amount::Ratio(reading.quantity(node, &what, Dimension::NONE)?)
    } else {
        Amount::Si(reading.quantity(node, &what, wanted)?)
    };
    let (Amount::Si(value) | Amount::Ratio(value)) = amount;
    if let Some(why) = impossible(target, value, mechanism) {
        reading.error(node.at, format!("{what} is {text}: {why}"), "write a value that can be");
        return None;
    }
    Some(amount)
}

/// Why a target cannot have this value, in SI; user-defined rates may have any sign.
#[must_use]
pub fn impossible(target: Target, value: f64, mechanism: &Mechanism) -> Option<&'static str> {
    match target {
        Target::Temperature if value <= 0.0 => Some("temperatures are above 0 K"),
        Target::Pressure if value <= 0.0 => Some("pressures are above 0 Pa"),
        Target::Concentration(_) if value < 0.0 => Some("concentrations are not negative"),
        Target::Parameter(i) if value < 0.0 && !mechanism.parameters[i].name.starts_with("USER.") => {
            Some("this rate parameter is not negative")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_patterns_take_what_they_say_in_time() {
        for (pattern, text, expected) in [
            ("rate.PHOTO.*", "rate.PHOTO.jno2", true),
            ("rate.PHOTO.*", "rate.USER.jno2", false),
            ("*", "", true),
            ("a*", "a", true),
            ("*a", "ba", true),
            ("a*a", "a", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("*ab*ab", "ab", false),
            ("*ab*ab", "abab", true),
            ("a**b", "ab", true),
            ("*é*", "pré", true),
            ("temperature", "temperature", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
        let stars = format!("co{}ncentration.B", "*".repeat(200));
        assert!(matches(&stars, "concentration.B") && !matches(&stars, &"concentration.A".repeat(50)));
    }
}
