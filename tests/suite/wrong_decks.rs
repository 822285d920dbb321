//! What a tired person types, and what the program answers: file, line, what is wrong and what to type; exit status 2
//! (deck) or 3 (files); no output that looks finished; both ranks leave.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use crate::launch::chemdrift;
use crate::scratch::{Scratch, project};

const DECK: &str = "\
title: a deck that is right until it is edited
chemistry:
  mechanism: abc.yaml
  solver: {method: ros3, rtol: 1e-4, atol: 1e-14 mol m-3}
cells:
  count: 100
  sample:
    method: latin-hypercube
    seed: 1
    over:
      concentration.A: {uniform: [0 mol m-3, 1 mol m-3]}
  set:
    temperature: 300 K
    pressure: 1 atm
time: {step: 1 s, end: 10 s}
output:
  file: run.nc
  streams:
    - {every: 1 s, variables: [A, B]}
";

/// A folder with the deck, edited, and the mechanism it names.
fn scratch(name: &str, edit: (&str, &str)) -> (Scratch, PathBuf) {
    let scratch = Scratch::new(name);
    let mechanism = project().join("inputs/mechanisms/abc/mechanism.yaml");
    std::fs::copy(mechanism, scratch.path().join("abc.yaml")).expect("the mechanism is shipped");
    assert!(DECK.contains(edit.0), "the deck has no `{}` to edit", edit.0);
    let deck = scratch.file("deck.yaml", DECK.replacen(edit.0, edit.1, 1));
    (scratch, deck)
}

/// Runs a deck on two ranks and checks the answer.
fn refused(scratch: &Scratch, deck: &std::path::Path, status: i32, expected: &[&str]) {
    let ended = chemdrift(2, &["run", deck.to_str().unwrap()]);
    let answer = &ended.stderr;
    assert_eq!(ended.status, status, "{answer}");
    for text in expected {
        assert!(answer.contains(text), "`{text}` is not in:\n{answer}");
    }
    assert!(!answer.contains("panicked"), "{answer}");
    let finished = scratch.path().join("run.nc");
    assert!(!finished.is_file(), "a file that looks finished is left");
}

/// One edit, one answer.
macro_rules! wrong {
    ($($name:ident: $from:literal => $to:literal, $status:literal, [$($expected:literal),+];)+) => {
        $(#[test]
        fn $name() {
            let (scratch, deck) = scratch(stringify!($name), ($from, $to));
            refused(&scratch, &deck, $status, &[$($expected),+]);
        })+
    };
}

wrong! {
    misspelt_key: "method: ros3, rtol" => "method: ros3, rtoll", 2, ["deck.yaml:4:26: ", "rtoll", "did you mean `rtol`"];
    misspelt_section: "output:" => "outptu:", 2, ["deck.yaml:16:1: ", "outptu", "did you mean `output`"];
    missing_unit: "temperature: 300 K" => "temperature: 300", 2, ["deck.yaml:13:18: ", "300 K"];
    wrong_unit: "pressure: 1 atm" => "pressure: 1 s", 2, ["deck.yaml:14:15: ", "Pa"];
    unknown_unit: "step: 1 s" => "step: 1 sceond", 2, ["deck.yaml:15:14: ", "sceond"];
    unknown_species: "variables: [A, B]" => "variables: [A, D]", 2, ["deck.yaml:19:35: ", "`D`"];
    unknown_sampled_species: "concentration.A" => "concentration.AA", 2, ["deck.yaml:11:7: ", "concentration.A"];
    unknown_method: "method: ros3" => "method: ross3", 2, ["deck.yaml:4:20: ", "ros3"];
    unknown_design: "method: latin-hypercube" => "method: lhs", 2, ["deck.yaml:8:13: ", "`lhs`", "latin-hypercube"];
    later_feature: "output:\n" => "conditions: {}\noutput:\n", 2, ["deck.yaml:16:1: ", "conditions", "not in this version"];
    missing_mechanism: "abc.yaml" => "abd.yaml", 2, ["deck.yaml:3:14: ", "abd.yaml"];
    negative_count: "count: 100" => "count: -100", 2, ["deck.yaml:6:10: ", "-100"];
    zero_count: "count: 100" => "count: 0", 2, ["deck.yaml:6:10: "];
    duplicate_key: "    seed: 1\n" => "    seed: 1\n    seed: 2\n", 2, ["deck.yaml:10:5: ", "seed", "9"];
    list_for_a_map: "time: {step: 1 s, end: 10 s}" => "time: [1 s, 10 s]", 2, ["deck.yaml:15:7: ", "time"];
    uneven_end: "end: 10 s" => "end: 10.5 s", 2, ["deck.yaml:15:24: ", "10.5"];
    zero_step: "step: 1 s" => "step: 0 s", 2, ["deck.yaml:15:14: "];
    clock_between_steps: "every: 1 s" => "every: 1.5 s", 2, ["deck.yaml:19:15: ", "1.5 s"];
    bounds_the_wrong_way: "[0 mol m-3, 1 mol m-3]" => "[1 mol m-3, 0 mol m-3]", 2, ["deck.yaml:11:"];
    no_temperature: "    temperature: 300 K\n" => "", 2, ["deck.yaml:", "temperature"];
    negative_pressure: "1 atm" => "-1 atm", 2, ["deck.yaml:14:15: "];
    tabs: "  count: 100" => "\tcount: 100", 2, ["deck.yaml:6:"];
    unclosed_bracket: "variables: [A, B]}" => "variables: [A, B}", 2, ["deck.yaml:"];
    missing_folder: "run.nc" => "nowhere/run.nc", 3, ["deck.yaml:17", "nowhere", "mkdir -p"];
    output_is_a_folder: "run.nc" => ".", 3, ["deck.yaml:17", "is a folder"];
}

#[test]
fn all_mistakes_at_once() {
    let (scratch, deck) = scratch("several", ("count: 100", "count: many"));
    let text = std::fs::read_to_string(&deck).unwrap();
    let text = text.replace("300 K", "300").replace("every:", "evry:").replace("title:", "titel:");
    std::fs::write(&deck, text).unwrap();
    let expected = ["deck.yaml:1:1: ", "deck.yaml:6:10: ", "deck.yaml:13:18: ", "deck.yaml:19:8: ", "4 mistakes"];
    refused(&scratch, &deck, 2, &expected);
}

#[test]
fn no_deck() {
    let (scratch, _) = scratch("no-deck", ("title", "title"));
    let deck = scratch.path().join("dekc.yaml");
    refused(&scratch, &deck, 2, &["dekc.yaml"]);
}

#[test]
fn empty_deck() {
    let (scratch, _) = scratch("empty", ("title", "title"));
    let deck = scratch.file("empty.yaml", "");
    refused(&scratch, &deck, 2, &["empty.yaml", "empty"]);
}

#[test]
fn binary_deck() {
    let (scratch, _) = scratch("binary", ("title", "title"));
    let junk: Vec<u8> = (0..4000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let deck = scratch.file("junk.yaml", junk);
    refused(&scratch, &deck, 2, &["junk.yaml"]);
}

#[test]
fn deck_of_100_megabytes() {
    let (scratch, _) = scratch("huge", ("title", "title"));
    let deck = scratch.file("huge.yaml", vec![b'#'; 100 << 20]);
    refused(&scratch, &deck, 2, &["huge.yaml", "100 MiB"]);
}

#[test]
fn deck_of_exploding_aliases() {
    let (scratch, _) = scratch("aliases", ("title", "title"));
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for i in 1..10 {
        let items = vec![format!("*a{}", i - 1); 10].join(", ");
        text.push_str(&format!("a{i}: &a{i} [{items}]\n"));
    }
    let deck = scratch.file("bomb.yaml", text);
    refused(&scratch, &deck, 2, &["bomb.yaml"]);
}

#[test]
fn mechanism_with_a_syntax_error() {
    let (scratch, deck) = scratch("syntax", ("title", "title"));
    scratch.file("abc.yaml", "version: 1.0.0\nname: broken\nspecies:\n  - name: A\n - name: B\n");
    refused(&scratch, &deck, 2, &["abc.yaml:5:"]);
}

#[test]
fn mechanism_with_an_unknown_reaction_type() {
    let (scratch, deck) = scratch("type", ("title", "title"));
    let text = std::fs::read_to_string(scratch.path().join("abc.yaml")).unwrap();
    scratch.file("abc.yaml", text.replacen("ARRHENIUS", "ARHENIUS", 1));
    refused(&scratch, &deck, 2, &["abc.yaml:", "ARHENIUS", "ARRHENIUS"]);
}

#[test]
fn mechanism_with_a_host_callback() {
    let (scratch, deck) = scratch("lambda", ("title", "title"));
    let text = std::fs::read_to_string(scratch.path().join("abc.yaml")).unwrap();
    scratch.file("abc.yaml", text.replacen("ARRHENIUS", "LAMBDA_RATE_CONSTANT", 1));
    refused(&scratch, &deck, 2, &["abc.yaml:", "LAMBDA_RATE_CONSTANT"]);
}

#[test]
fn initial_values_with_a_bad_number() {
    let (scratch, deck) = scratch("initial", ("mechanism: abc.yaml", "mechanism: abc.yaml\n  initial: initial.csv"));
    scratch.file("initial.csv", "CONC.A,1.0\nCONC.B,1.O\nENV.temperature,300\n");
    refused(&scratch, &deck, 2, &["initial.csv:2:", "1.O"]);
}

#[test]
fn table_with_a_bad_number() {
    let (scratch, deck) = scratch("table", ("  count: 100", "  table: cells.csv"));
    scratch.file("cells.csv", "temperature [K],concentration.B\n300,1\n301,\n302,two\n");
    refused(&scratch, &deck, 2, &["cells.csv:4:", "two"]);
}

#[test]
fn more_cells_than_the_table_has() {
    let (scratch, deck) = scratch("rows", ("  count: 100", "  count: 100\n  table: cells.csv"));
    scratch.file("cells.csv", "concentration.B\n1\n2\n3\n");
    refused(&scratch, &deck, 2, &["deck.yaml:6:10: ", "3"]);
}

#[test]
fn folder_without_permission() {
    let (scratch, deck) = scratch("permission", ("run.nc", "closed/run.nc"));
    let folder = scratch.path().join("closed");
    std::fs::create_dir(&folder).unwrap();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o555)).unwrap();
    if std::fs::File::create(folder.join("trial")).is_ok() {
        eprintln!("the file half is skipped: this user may write anywhere, so /proc stands in");
        std::fs::write(&deck, DECK.replacen("run.nc", "/proc/run.nc", 1)).unwrap();
    }
    refused(&scratch, &deck, 3, &["deck.yaml:17", "no file can be made in"]);
}

#[test]
fn wrong_command_line() {
    let ended = chemdrift(2, &["rnu", "deck.yaml"]);
    assert_eq!(ended.status, 2);
    assert_eq!(ended.stderr.matches("unrecognized subcommand 'rnu'").count(), 1, "{}", ended.stderr);
}
