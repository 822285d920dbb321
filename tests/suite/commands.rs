//! The verbs that answer on standard output.

use std::path::Path;

use crate::launch::{Ended, chemdrift, command, finish, start};
use crate::scratch::{Scratch, project};

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
    let overview = answer(&["--help"]);
    assert!(overview.contains("Examples:\n  chemdrift init ts1"), "{overview}");
    let verbs = verbs(&overview);
    assert!(verbs.len() >= 8, "{verbs:?}");
    for verb in verbs {
        let text = answer(&[&verb, "--help"]);
        assert!(text.contains("Example") && text.contains(&format!("chemdrift {verb}")), "{text}");
    }
}

/// The verbs that the overview lists.
fn verbs(overview: &str) -> Vec<String> {
    let (_, rest) = overview.split_once("Commands:\n").unwrap();
    let lines = rest.lines().take_while(|line| !line.is_empty()).filter(|line| !line.trim_start().starts_with("help "));
    lines.filter_map(|line| line.split_whitespace().next().map(str::to_owned)).collect()
}

#[test]
fn shells_and_man_know_every_verb() {
    let page = answer(&["man"]);
    let verbs = verbs(&answer(&["--help"]));
    assert!(verbs.iter().all(|verb| page.contains(&format!("chemdrift\\-{verb}"))), "{page}");
    assert!(page.contains("walltime") && page.matches(".TH ").count() == 1, "{page}");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let text = answer(&["completions", shell]);
        assert!(verbs.iter().all(|verb| text.contains(verb)), "{shell}: {text}");
    }
}

fn in_folder(folder: &Path, ranks: usize, arguments: &[&str]) -> Ended {
    let mut job = command(ranks, Path::new(env!("CARGO_BIN_EXE_chemdrift")));
    finish(start(job.args(arguments).current_dir(folder)))
}

#[test]
fn decks_to_start_from_run_where_they_are_written() {
    let list = answer(&["init"]);
    for (name, shrink) in
        [("abc", "--cells"), ("ts1", "--cells"), ("brownian", "--particles"), ("currents", "--particles")]
    {
        assert!(list.contains(&format!("chemdrift init {name}")), "{list}");
        let scratch = Scratch::new("init");
        let first = in_folder(scratch.path(), 0, &["init", name]);
        assert_eq!(first.status, 0, "{}", first.stderr);
        let deck = format!("{name}.yaml");
        // Of TS1 statistics of 209 species: so much metadata that HDF5 once had two ranks wait for ever.
        let run = in_folder(scratch.path(), 2, &["run", &deck, shrink, "5", "--steps", "12"]);
        assert_eq!(run.status, 0, "{}", run.stderr);
        assert!(scratch.path().join(format!("{name}.nc")).exists());
        // The same again changes nothing; what somebody has changed stays, and nothing else is written.
        let again = in_folder(scratch.path(), 0, &["init", name]);
        assert!(again.status == 0 && again.stdout.contains(&format!("kept  {deck}")), "{}", again.stdout);
        std::fs::write(scratch.path().join(&deck), "title: mine\n").unwrap();
        let refused = in_folder(scratch.path(), 0, &["init", name]);
        assert!(
            refused.status == 2 && refused.stderr.contains(&format!("{deck} is there already")),
            "{}",
            refused.stderr
        );
        assert_eq!(std::fs::read_to_string(scratch.path().join(&deck)).unwrap(), "title: mine\n");
    }
}
