//! Names and attributes of the result.

use super::plan::{Plan, Task};
use super::request::{Key, Request, What, Wish};
use super::weights::Latitude;
use crate::error::Error;
use crate::io::attributes::Attributes;
use crate::io::dataset::{Copied, DataSet};
use crate::io::derived::NewVariable;
use crate::io::finished::FINGERPRINT;
use crate::provenance::{now, version};
use crate::quantity::squared;

/// What of a variable's attributes does not hold of its statistics: how the numbers were stored, or what they meant one by
/// one.
const LOST: [&str; 18] = [
    "_FillValue",
    "missing_value",
    "scale_factor",
    "add_offset",
    "valid_min",
    "valid_max",
    "valid_range",
    "actual_range",
    "_Unsigned",
    "_ChunkSizes",
    "flag_values",
    "flag_masks",
    "flag_meanings",
    "ancillary_variables",
    "cell_measures",
    "coordinates",
    "cell_methods",
    "grid_mapping",
];

/// The largest count that 32 bits hold.
const MOST_WHOLE: usize = i32::MAX as usize;

/// What is added to a variable's name for each wish: nothing where there is but one, `_mean`, or `_mean_lat_lon` where a
/// mean is asked for twice.
#[must_use]
pub fn names_of(wishes: &[Wish]) -> Vec<String> {
    let name = |wish: &Wish| {
        if wishes.len() == 1 {
            return String::new();
        }
        let ending = wish.what.ending();
        let is_only = wishes.iter().filter(|other| other.what.ending() == ending).count() == 1;
        let over = wish.over.as_ref().map_or_else(|| "all".to_owned(), |over| over.join("_"));
        if is_only { format!("_{ending}") } else { format!("_{ending}_{over}") }
    };
    wishes.iter().map(name).collect()
}

/// The dimension of groups: the only key, or `group`.
#[must_use]
pub fn group_name(keys: &[Key]) -> String {
    if let [only] = keys { only.words().0.to_owned() } else { "group".to_owned() }
}

/// The global attributes: those of the first file, with this command before its history.
#[must_use]
pub fn globals(data: &DataSet, request: &Request) -> Attributes {
    let mut attributes = data.attributes(None);
    // A run would take the file for its own result.
    attributes.remove(&[FINGERPRINT]);
    if attributes.text("Conventions").is_empty() {
        attributes.set("Conventions", "CF-1.8");
    }
    let line = format!("{} {}", now(), request.command);
    let before = attributes.text("history");
    let history = if before.is_empty() { line } else { format!("{line}\n{before}") };
    attributes.set("history", history);
    attributes.set("reduced_by", format!("chemdrift {}", version()));
    attributes
}

/// Coordinates of the result that the files have: those of its dimensions, with bounds, and others over them alone.
///
/// # Errors
/// `File` when they cannot be read.
pub fn coordinates(data: &DataSet, plan: &Plan) -> Result<Vec<Copied>, Error> {
    let mut copied: Vec<Copied> = Vec::new();
    for task in &plan.tasks {
        let attributes = data.attributes(Some(&task.variable.name));
        let kept = |name: &str| task.dimensions.iter().any(|(kept, _)| kept == name);
        let own = task.dimensions.iter().map(|(name, _)| name.clone());
        let others = auxiliary(data, task).into_iter();
        let mapping = attributes.text("grid_mapping");
        let mut names: Vec<String> =
            own.chain(others).chain((!mapping.is_empty()).then(|| mapping.to_owned())).collect();
        for name in names.clone() {
            let of = data.attributes(Some(&name));
            names.extend([of.text("bounds"), of.text("climatology")].map(str::to_owned));
        }
        names.retain(|name| {
            let variable = data.variable(name);
            // Only the vertices of bounds are a dimension of their own.
            variable.is_some_and(|v| v.dimensions.first().is_none_or(|(first, _)| kept(first)))
        });
        for name in names {
            if !copied.iter().any(|known| known.name == name) {
                copied.extend(data.copied(&name)?);
            }
        }
    }
    Ok(copied)
}

/// The names in a variable's `coordinates` whose dimensions are all kept.
fn auxiliary(data: &DataSet, task: &Task) -> Vec<String> {
    let attributes = data.attributes(Some(&task.variable.name));
    let fits = |name: &&str| {
        let variable = data.variable(name).filter(DataSet::is_numeric);
        let kept = |name: &str| task.dimensions.iter().any(|(kept, _)| kept == name);
        variable.is_some_and(|variable| variable.dimensions.iter().all(|(name, _)| kept(name)))
    };
    attributes.text("coordinates").split_whitespace().filter(fits).map(str::to_owned).collect()
}

/// Coordinates of groups and levels, with their values.
#[must_use]
pub fn new_coordinates(plan: &Plan, keys: &[Key]) -> Vec<(NewVariable, Vec<f64>)> {
    let mut all = Vec::new();
    if let Some(groups) = &plan.groups {
        for (key, values) in keys.iter().zip(&groups.keys) {
            let (name, long_name) = key.words();
            let mut attributes = Attributes::default();
            attributes.set("long_name", long_name);
            if *key == Key::Season {
                attributes.set_numbers("flag_values", vec![1, 2, 3, 4]);
                attributes.set("flag_meanings", "DJF MAM JJA SON");
            }
            let dimensions = vec![(group_name(keys), groups.count())];
            let values = values.iter().map(|&value| value as f64).collect();
            all.push((NewVariable { name: name.to_owned(), dimensions, whole: true, attributes }, values));
        }
    }
    if let Some(levels) = plan.tasks.iter().find_map(Task::quantiles) {
        let mut attributes = Attributes::default();
        attributes.set("long_name", "level of the quantile");
        attributes.set("units", "1");
        let dimensions = vec![("quantile".to_owned(), levels.len())];
        all.push((NewVariable { name: "quantile".to_owned(), dimensions, whole: false, attributes }, levels.to_vec()));
    }
    all
}

/// The variables that hold the results of a task.
#[must_use]
pub fn results(data: &DataSet, task: &Task, keys: &[Key]) -> Vec<NewVariable> {
    task.whats.iter().map(|(what, name)| result(data, task, keys, what, name)).collect()
}

fn result(data: &DataSet, task: &Task, keys: &[Key], what: &What, name: &str) -> NewVariable {
    let before = data.attributes(Some(&task.variable.name));
    let mut attributes = before.clone();
    attributes.remove(&LOST);
    match what {
        What::Count => {
            attributes.remove(&["standard_name"]);
            attributes.set("long_name", format!("number of values of {}", task.variable.name));
            attributes.set("units", "1");
        }
        What::Variance if !before.text("units").is_empty() => attributes.set("units", squared(before.text("units"))),
        _ => {}
    }
    let over = task.over.join(": ");
    let method = match what {
        What::Count => String::new(),
        other => format!("{over}: {}{}", other.method().unwrap_or("quantile"), comment(task, keys, what)),
    };
    let methods = format!("{} {method}", before.text("cell_methods"));
    if !method.is_empty() {
        attributes.set("cell_methods", methods.trim());
    }
    let grouped = task.dimensions.iter().any(|(name, _)| *name == group_name(keys));
    let mut coordinates = auxiliary(data, task);
    if grouped && keys.len() > 1 {
        coordinates.extend(keys.iter().map(|key| key.words().0.to_owned()));
    }
    if !coordinates.is_empty() {
        attributes.set("coordinates", coordinates.join(" "));
    }
    let mapping = before.text("grid_mapping");
    if !mapping.is_empty() && data.variable(mapping).is_some_and(|variable| variable.dimensions.is_empty()) {
        attributes.set("grid_mapping", mapping);
    }
    let mut dimensions = task.dimensions.clone();
    if let What::Quantiles(levels) = what {
        dimensions.insert(0, ("quantile".to_owned(), levels.len()));
    }
    let whole = *what == What::Count && task.geometry.values_of_a_place() <= MOST_WHOLE;
    NewVariable { name: name.to_owned(), dimensions, whole, attributes }
}

/// What CF's words do not say: weights and groups.
fn comment(task: &Task, keys: &[Key], what: &What) -> String {
    let weights = match task.latitude.filter(|_| what.weighs()) {
        Some(Latitude::Bounds) => Some("weighted by the area between latitude bounds".to_owned()),
        Some(Latitude::Cosine) => Some("weighted by the cosine of latitude".to_owned()),
        None => None,
    };
    let words: Vec<&str> = keys.iter().map(|key| key.words().0).collect();
    let grouped = task.geometry.groups.1 > 0;
    let groups = grouped.then(|| format!("by {}", words.join(" and ")));
    let all: Vec<String> = weights.into_iter().chain(groups).collect();
    if all.is_empty() { String::new() } else { format!(" (comment: {})", all.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(what: What, over: &[&str]) -> Wish {
        let over: Vec<String> = over.iter().map(|name| (*name).to_owned()).collect();
        Wish { what, over: (!over.is_empty()).then_some(over) }
    }

    #[test]
    fn exact_names_tell_statistics_apart_and_no_more() {
        assert_eq!(names_of(&[wish(What::Mean, &["lat"])]), [""]);
        assert_eq!(names_of(&[wish(What::Mean, &["lat"]), wish(What::Deviation, &["lat"])]), ["_mean", "_std"]);
        let twice = [wish(What::Mean, &["lat", "lon"]), wish(What::Mean, &[]), wish(What::Count, &["lat"])];
        assert_eq!(names_of(&twice), ["_mean_lat_lon", "_mean_all", "_count"]);
    }

    #[test]
    fn exact_one_key_names_the_dimension_of_groups() {
        assert_eq!((group_name(&[Key::Month]), group_name(&[Key::Year, Key::Month])), ("month".into(), "group".into()));
        assert_eq!((squared("K"), squared("1")), ("(K)2".to_owned(), "1".to_owned()));
    }
}
