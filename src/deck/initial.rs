//! Initial values in the format of music-box: one `NAME,value` a line, `SURF.name,radius,number`, SI units, no header.
//!
//! Such files are shared between mechanisms, so a name that the mechanism does not have is a warning, not a mistake.

use std::collections::BTreeMap;

use super::cell_paths::{self, Refusal};
use super::reader::{Reading, suggestion};
use crate::chemistry::cells::Target;
use crate::chemistry::mechanism::Mechanism;
use crate::diagnostic::Span;
use crate::quantity;

const PREFIXES: [&str; 7] = ["CONC.", "ENV.", "PHOTO.", "USER.", "SURF.", "EMIS.", "LOSS."];

/// One field of a line.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    pub text: &'a str,
    pub at: Span,
}

/// The comma-separated fields of a line that begins at byte `offset`; blanks and quotes around them are dropped.
pub fn fields(line: &str, number: usize, offset: usize) -> impl Iterator<Item = Field<'_>> {
    // Counted along, since a row of a table may have hundreds of fields.
    let (mut start, mut column) = (0, 1);
    let is_ascii = line.is_ascii();
    let length = move |text: &str| if is_ascii { text.len() } else { text.chars().count() };
    line.split(',').map(move |raw| {
        let lead = raw.len() - raw.trim_start_matches(|c: char| c.is_whitespace() || c == '"').len();
        let text = raw[lead..].trim_end_matches(|c: char| c.is_whitespace() || c == '"');
        let at = Span {
            offset: offset + start + lead,
            length: text.len().max(1),
            line: number,
            column: column + length(&raw[..lead]),
        };
        start += raw.len() + 1;
        column += length(raw) + 1;
        Field { text, at }
    })
}

/// Reads initial values: each with the line that gives it.
pub fn read(text: &str, mechanism: &Mechanism, reading: &mut Reading) -> BTreeMap<Target, (f64, usize)> {
    let mut values = BTreeMap::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut offset = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let begin = offset;
        offset += line.len();
        let bare = line.trim_start_matches('\u{feff}');
        if bare.trim().is_empty() || bare.trim_start().starts_with('#') {
            continue;
        }
        let all: Vec<Field<'_>> = fields(bare, index + 1, begin + line.len() - bare.len()).collect();
        read_line(&all, mechanism, &mut values, reading);
        if let Some(prefix) = PREFIXES.iter().find(|p| all[0].text.starts_with(**p)) {
            *counts.entry(prefix.trim_end_matches('.')).or_default() += 1;
        }
    }
    let summary: Vec<String> = counts.iter().map(|(prefix, n)| format!("{n} {prefix}")).collect();
    let (value, origin) = (summary.join(", "), reading.file.clone());
    reading.origin("chemistry.initial.values", value, origin);
    values
}

fn read_line(
    all: &[Field<'_>],
    mechanism: &Mechanism,
    values: &mut BTreeMap<Target, (f64, usize)>,
    reading: &mut Reading,
) {
    let head = all[0];
    let targets = match targets_of(head.text, mechanism) {
        Ok(targets) => targets,
        Err(Unreadable::Unused(message)) => {
            reading.warnings.push(format!("{}:{}: {message}; the value is not used", reading.file, head.at.line));
            return;
        }
        Err(Unreadable::Wrong((message, help))) => {
            reading.error(head.at, message, help);
            return;
        }
    };
    if all.len() != targets.len() + 1 {
        let form = if targets.len() == 2 { "SURF.name,radius,number" } else { "NAME,value" };
        let message = format!("`{}` has {} values, where {} belong", head.text, all.len() - 1, targets.len());
        reading.error(head.at, message, format!("write `{form}`, one a line, in SI units"));
        return;
    }
    for (target, field) in targets.into_iter().zip(&all[1..]) {
        let Some(value) = quantity::parse_number(field.text) else {
            let help = format!("write a number in {}, such as `1e-9`", cell_paths::unit(target, mechanism));
            reading.error(field.at, format!("`{}`: `{}` is no number", head.text, field.text), help);
            continue;
        };
        if let Some(why) = cell_paths::impossible(target, value, mechanism) {
            reading.error(field.at, format!("`{}` is {value}: {why}", head.text), "");
        }
        if let Some((_, line)) = values.insert(target, (value, head.at.line)) {
            let message = format!("`{}` stands twice, first on line {line}", head.text);
            reading.error(head.at, message, "remove one of the two");
        }
    }
}

/// Why a name has no target.
enum Unreadable {
    /// The mechanism has no use for it.
    Unused(String),
    Wrong(Refusal),
}

fn targets_of(name: &str, mechanism: &Mechanism) -> Result<Vec<Target>, Unreadable> {
    let unused = |(message, help): Refusal| {
        let hint = if help.starts_with("did you mean") { format!(" ({help})") } else { String::new() };
        Unreadable::Unused(message + &hint)
    };
    if let Some(species) = name.strip_prefix("CONC.") {
        return cell_paths::find_species(species, mechanism).map(|t| vec![t]).map_err(unused);
    }
    if name.starts_with("SURF.") {
        let part = |quantity: &str| mechanism.parameter_index(&format!("{name}.{quantity}")).map(Target::Parameter);
        let both = part("effective radius").zip(part("particle number concentration"));
        let missing = || Unreadable::Unused(format!("the mechanism has no surface reaction `{name}`"));
        return both.map(|(radius, number)| vec![radius, number]).ok_or_else(missing);
    }
    match name {
        "ENV.temperature" => return Ok(vec![Target::Temperature]),
        "ENV.pressure" => return Ok(vec![Target::Pressure]),
        "ENV.air_density" | "ENV.air density" => {
            let message = "the air density follows from temperature and pressure".to_owned();
            return Err(Unreadable::Wrong((message, "give `ENV.pressure` instead".to_owned())));
        }
        _ => {}
    }
    if PREFIXES[2..].iter().any(|p| name.starts_with(p)) {
        return cell_paths::find_parameter(name, mechanism).map(|t| vec![t]).map_err(unused);
    }
    let known = [
        "CONC.name",
        "ENV.temperature",
        "ENV.pressure",
        "PHOTO.name",
        "USER.name",
        "SURF.name",
        "EMIS.name",
        "LOSS.name",
    ];
    let help = format!("{}; one `NAME,value` a line, without a header", suggestion(name, &known));
    Err(Unreadable::Wrong((format!("`{name}` is no initial value"), help)))
}
