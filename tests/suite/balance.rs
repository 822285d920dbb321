//! Items that move between ranks while a run goes on leave no trace in the results.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::datasets::{assert_equal, values};
use crate::launch::chemdrift;
use crate::scratch::{Scratch, project};

/// Runs a deck with a policy of balancing; returns the file and what the closing table says of it.
fn run(scratch: &Scratch, deck: &str, balance: &str, ranks: usize) -> (PathBuf, serde_json::Value) {
    let text = format!("{deck}run: {{balance: {balance}}}\n");
    let deck = scratch.file(&format!("{balance}-{ranks}.yaml"), text);
    let output = scratch.path().join(format!("{balance}-{ranks}.nc"));
    let ended = chemdrift(ranks, &["run", deck.to_str().unwrap(), "-o", output.to_str().unwrap()]);
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    let timing = timing(&output);
    (output, timing)
}

fn timing(file: &Path) -> serde_json::Value {
    let file = netcdf::open(file).unwrap();
    let Ok(netcdf::AttributeValue::Str(text)) = file.attribute("timing").unwrap().value() else { panic!("no text") };
    serde_json::from_str(&text).unwrap()
}

fn items_move_and_bits_stay(scratch: &Scratch, deck: &str) -> PathBuf {
    let (alone, _) = run(scratch, deck, "off", 0);
    for ranks in [2, 3, 7] {
        let (file, timing) = run(scratch, deck, "always", ranks);
        assert_equal(&alone, &file);
        assert!(timing["divisions"].as_u64().unwrap() >= 1, "{ranks} ranks: {timing}");
        assert!(timing["moved"].as_u64().unwrap() >= 10, "{ranks} ranks: {timing}");
    }
    alone
}

/// Photolysis in one third of the cells only, and a division of work that shifts as they come to rest.
#[test]
fn exact_cells_that_move_between_ranks_have_the_same_bits() {
    let scratch = Scratch::new("balance-cells");
    let mut table = String::from("temperature [K],rate.PHOTO.jo3_b\n");
    for cell in 0..300 {
        writeln!(table, "{},{}", 220 + cell / 5, if cell < 100 { 4e-4 } else { 0.0 }).unwrap();
    }
    scratch.file("cells.csv", table);
    let folder = project().join("inputs/mechanisms/chapman");
    let deck = format!(
        "title: day and night\n\
         chemistry: {{mechanism: {0}/mechanism.yaml, initial: {0}/initial.csv}}\n\
         cells: {{count: 300, table: cells.csv}}\n\
         time: {{step: 60 s, end: 20 min}}\n\
         output: {{streams: [{{every: 60 s, variables: all}}, {{every: 5 min, variables: [solver.steps, status]}}]}}\n",
        folder.display()
    );
    items_move_and_bits_stay(&scratch, &deck);
}

/// Particles in the east are deleted early, those in the west go on; some wait to be released.
#[test]
fn exact_particles_that_move_between_ranks_have_the_same_bits() {
    let scratch = Scratch::new("balance-particles");
    let deck = "title: uneven\n\
         fields: {mesh: flat, Kh: {constant: 1 m2 s-1}, U: 1 m s-1, V: 0 m s-1}\n\
         particles:\n\
        \x20 count: 5000\n\
        \x20 release: {line: [[0, 0], [10000, 0]], time: 90 s}\n\
        \x20 seed: 3\n\
        \x20 kernels: [advection_rk4, diffusion_uniform]\n\
        \x20 variables: {age: s, distance: m}\n\
        \x20 delete_when: \"lon > 4000\"\n\
         time: {step: 1 min, end: 30 min}\n\
         output: {streams: [{every: 2 min, variables: all}]}\n";
    let file = items_move_and_bits_stay(&scratch, deck);
    let status = values(&file, "status");
    let deleted = status.iter().filter(|&&status| status == 8.0).count();
    assert!((500..4500).contains(&deleted), "{deleted} of 5000 are deleted");
}

#[test]
fn exact_without_balancing_nothing_moves_and_another_word_is_refused() {
    let scratch = Scratch::new("balance-off");
    let deck = std::fs::read_to_string(project().join("inputs/abc_lhs.yaml")).unwrap();
    let folder = project().join("inputs/mechanisms");
    let deck = deck.replace("mechanisms/", &format!("{}/", folder.display())).replace("count: 10_000", "count: 50");
    let (_, timing) = run(&scratch, &deck, "off", 2);
    assert_eq!((&timing["divisions"], &timing["moved"]), (&0.into(), &0.into()));
    let wrong = scratch.file("wrong.yaml", deck + "run: {balance: allways}\n");
    let ended = chemdrift(0, &["check", wrong.to_str().unwrap()]);
    assert_eq!(ended.status, 2);
    assert!(ended.stderr.contains("unknown `allways`") && ended.stderr.contains("`always`"), "{}", ended.stderr);
}
