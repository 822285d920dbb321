//! Paths of the mechanism's numbers: `mechanism.REACTION.NUMBER`, with the reaction's name or `R` and its position in the
//! file, and the number as mechanism files call it.

use super::known::Subject;
use crate::chemistry::mechanism::Mechanism;
use crate::chemistry::members::{LawTarget, Number, positions};
use crate::deck::cell_paths::Refusal;
use crate::deck::reader::nearest;
use crate::plan::MemberTarget;
use crate::quantity::{self, Dimension};

const START: &str = "mechanism.";

/// Whether a path is one of the mechanism.
pub fn is_of_mechanism(path: &str) -> bool {
    path.starts_with(START)
}

/// What a path of the mechanism means.
///
/// # Errors
/// When there is no such reaction or number.
pub fn find(path: &str, mechanism: &Mechanism) -> Result<Subject, Refusal> {
    let rest = path.strip_prefix(START).unwrap_or(path);
    let (reaction, number) = rest.rsplit_once('.').unwrap_or((rest, ""));
    // A name may contain points itself.
    if reactions(rest, mechanism).is_some() {
        let help = format!("write `{path}.A`, or `{path}.scale` for a factor on its rate constant");
        return Err((format!("`{path}` does not say which number of the reaction"), help));
    }
    let Some((first, count)) = reactions(reaction, mechanism) else {
        let names = mechanism.reactions.iter().map(|reaction| reaction.name.as_str());
        let help = if let Some(near) = nearest(reaction, names) {
            format!("did you mean `{START}{near}.{number}`?")
        } else {
            let most = positions(mechanism).last().copied().unwrap_or(0);
            format!("write the reaction's name or its position in the file, `R1` to `R{most}`")
        };
        return Err((format!("the mechanism has no reaction `{reaction}`"), help));
    };
    if count == 0 {
        let help = "write its position in the file, such as `R12`, instead";
        return Err((format!("several reactions are called `{reaction}`"), help.to_owned()));
    }
    let law = &mechanism.reactions[first].rate;
    let Some(found) = Number::of(law).find(|known| known.name(law) == number) else {
        let names: Vec<&str> = Number::of(law).map(|known| known.name(law)).collect();
        let known = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        return Err((format!("the reaction `{reaction}` has no number `{number}`"), format!("it has {known}")));
    };
    let unit = found.unit(law);
    Ok(Subject {
        path: path.to_owned(),
        target: MemberTarget::Law(LawTarget { reaction: first, count, number: found }),
        unit: unit.to_owned(),
        dimension: quantity::parse_unit(unit).map_or(Dimension::NONE, |unit| unit.dimension),
        base: found.value(law),
    })
}

/// The reactions of a name or position: the first, and how many; none of them when a name stands for several entries.
fn reactions(name: &str, mechanism: &Mechanism) -> Option<(usize, usize)> {
    let named: Vec<usize> = (0..mechanism.reactions.len()).filter(|&r| mechanism.reactions[r].name == name).collect();
    match named[..] {
        [] => {}
        [only] => return Some((only, 1)),
        [first, ..] => return Some((first, 0)),
    }
    // One entry of the file may be two reactions, `name.alkoxy` and `name.nitrate`.
    let whole = |&r: &usize| mechanism.reactions[r].name == format!("{name}.alkoxy");
    if let Some(first) = (0..mechanism.reactions.len()).find(whole) {
        return Some((first, 2));
    }
    let position: usize = name.strip_prefix('R')?.parse().ok()?;
    let all = positions(mechanism);
    let first = all.iter().position(|p| *p == position)?;
    Some((first, all.iter().filter(|p| **p == position).count()))
}
