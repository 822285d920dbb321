//! The verbs that answer on standard output.

use crate::launch::chemdrift;
use crate::scratch::project;

fn answer(arguments: &[&str]) -> String {
    let ended = chemdrift(0, arguments);
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    ended.stdout
}

#[test]
fn every_shipped_deck_is_right() {
    for entry in std::fs::read_dir(project().join("inputs")).unwrap() {
        let path = entry.unwrap().path();
        let is_gyre = ["gyre.yaml", "gyre_maps.yaml"].iter().any(|name| path.ends_with(name));
        let deck = path.extension().is_some_and(|e| e == "yaml");
        if deck && is_gyre && !project().join("inputs/fields/gyre.nc").exists() {
            eprintln!("{} is skipped: `make test` makes its field with inputs/make_gyre.py", path.display());
        } else if deck {
            answer(&["check", path.to_str().unwrap()]);
        }
    }
}

#[test]
fn check_shows_values_with_unit_and_origin_and_the_division_over_ranks() {
    let deck = project().join("inputs/ts1_lhs.yaml");
    let plan = answer(&["check", deck.to_str().unwrap(), "--ranks", "7", "--steps", "3"]);
    let line =
        |name: &str| plan.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name}:\n{plan}"));
    assert!(
        line("chemistry.solver.atol").contains("1e-14 mol m-3") && line("chemistry.solver.atol").ends_with("default")
    );
    assert!(line("time.step").contains("300 s") && line("time.step").contains("ts1_lhs.yaml:"));
    assert!(line("steps (first of the deck's)").ends_with("command line"));
    assert!(plan.contains("1000 cells on 7 ranks: 142 to 143 each"), "{plan}");
}

#[test]
fn val_mechanism_describes_mozart_ts1() {
    let file = project().join("inputs/mechanisms/ts1/mechanism.json");
    let text = answer(&["mechanism", file.to_str().unwrap()]);
    // Counts as an independent analysis of the same file found them.
    let holds = |name: &str, value: &str| {
        let line = text.lines().find(|line| line.trim_start().starts_with(name)).unwrap_or_default();
        assert!(line.contains(value), "{name} {value}:\n{text}");
    };
    holds("species", "209");
    holds("reactions", "547");
    holds("TROE", "31");
    holds("PHOTOLYSIS", "123");
    holds("Jacobian", "1932 of 43681");
}

#[test]
fn help_teaches_by_example() {
    for verb in [&["--help"][..], &["run", "--help"], &["check", "--help"], &["mechanism", "--help"]] {
        let text = answer(verb);
        assert!(text.contains("Example") && text.contains("inputs/"), "{text}");
    }
}
