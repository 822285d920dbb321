//! The layers of the house: who may use whom, and where MPI, NetCDF and YAML may be named.

use std::fs;
use std::path::{Path, PathBuf};

use crate::scratch::project;

/// From the outside in: a room may use its own layer's rooms only where the list says so, and all layers below.
const LAYERS: [&[&str]; 13] = [
    &["main"],
    &["cli"],
    &["run", "reduce"],
    &["output", "provenance"],
    &["io", "deck", "screen", "dashboard"],
    &["comm", "plan", "jobscript", "report", "forecast", "monitor"],
    &["field_head"],
    &["chemistry", "advection", "expression"],
    &["statistics"],
    &["domain"],
    &["maths"],
    &["calendar", "clock", "diagnostic", "error", "fault", "quantity", "random", "telemetry"],
    &["lanes", "instructions", "memory"],
];

/// Uses inside one layer that are meant.
const NEIGHBOURS: [(&str, &str); 1] = [("error", "diagnostic")];

/// Libraries that only one room may name.
const DOORS: [(&str, &[&str]); 7] = [
    ("mpi::", &["comm"]),
    ("netcdf", &["io"]),
    ("hdf5::", &["io"]),
    ("serde_yaml", &["deck"]),
    ("ratatui", &["screen"]),
    ("serde_json", &["monitor", "telemetry", "forecast", "cli"]),
    ("log::", &["run", "io", "telemetry", "cli"]),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

fn rooms() -> Vec<(String, PathBuf, String)> {
    let root = project().join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let room = |path: &PathBuf| {
        let first = path.strip_prefix(&root).unwrap().components().next().unwrap();
        first.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
    };
    let is_test =
        |path: &PathBuf| path.components().any(|part| ["tests", "tests.rs"].iter().any(|t| part.as_os_str() == *t));
    let code = files.into_iter().filter(|path| !is_test(path));
    code.map(|path| (room(&path), path.clone(), fs::read_to_string(&path).unwrap())).collect()
}

fn layer(room: &str) -> usize {
    LAYERS.iter().position(|layer| layer.contains(&room)).unwrap_or_else(|| panic!("{room} has no layer: give it one"))
}

/// Code without comments, so that prose may name anything.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(|line| line.split("//").next().unwrap_or_default())
}

#[test]
fn exact_rooms_use_only_the_layers_below() {
    let mut wrong = Vec::new();
    for (room, path, text) in rooms().iter().filter(|(room, ..)| room != "lib") {
        for line in code(text) {
            for used in line.split("crate::").skip(1) {
                let used: String = used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let allowed =
                    used == *room || layer(&used) > layer(room) || NEIGHBOURS.contains(&(room.as_str(), used.as_str()));
                if !allowed {
                    wrong.push(format!("{}: {room} uses {used}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn exact_libraries_stay_behind_their_doors() {
    let mut wrong = Vec::new();
    for (room, path, text) in &rooms() {
        for line in code(text) {
            for (library, allowed) in DOORS {
                let named = line
                    .match_indices(library)
                    .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'));
                if named && !allowed.contains(&room.as_str()) {
                    wrong.push(format!("{}: {room} names {library}: {line}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn exact_source_files_say_what_they_are_for_and_stay_small() {
    for (_, path, text) in &rooms() {
        assert!(text.starts_with("//!"), "{} does not say what it is for", path.display());
        let lines = text.lines().count();
        assert!(lines <= 450, "{} has {lines} lines: has it one reason to change?", path.display());
    }
}

#[test]
fn exact_each_decision_has_its_own_number() {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(project().join("docs/decisions")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let number: u32 = name.split('-').next().unwrap().parse().unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with(&format!("# {number}. ")), "{name} calls itself `{}`", text.lines().next().unwrap());
        numbers.push(number);
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=numbers.len() as u32).collect::<Vec<_>>());
}
