//! What `chemdrift plan` tells of a deck, and what becomes of it.

use std::fs;

use crate::launch::chemdrift;
use crate::scratch::{Scratch, project};

fn deck(scratch: &Scratch) -> String {
    let mechanism = project().join("inputs/mechanisms/abc/mechanism.yaml");
    let text = format!(
        "title: cells\nchemistry: {{mechanism: {}}}\ncells:\n  count: 400\n  sample: {{method: latin-hypercube, seed: 1, \
         over: {{temperature: {{uniform: [270 K, 290 K]}}}}}}\n  set: {{pressure: 1 atm, concentration.A: 1 mol \
         m-3}}\ntime: {{step: 10 s, end: 600 s}}\noutput: {{file: out.nc, streams: [{{every: 30 s, variables: [A, \
         B]}}]}}\n",
        mechanism.display()
    );
    scratch.file("deck.yaml", text).to_str().unwrap().to_owned()
}

/// What is in the folder.
fn names(scratch: &Scratch) -> Vec<String> {
    let entries = fs::read_dir(scratch.path()).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort_unstable();
    names
}

/// The number before ` %)` behind `(`, of the memory, which is the last one.
fn off(line: &str) -> f64 {
    let text = line.rsplit('(').next().unwrap().split(' ').next().unwrap();
    text.parse().unwrap_or_else(|_| panic!("{line}"))
}

#[test]
fn exact_the_run_says_how_its_plan_came_out() {
    let scratch = Scratch::new("plan");
    let deck = deck(&scratch);
    let output = scratch.path().join("run.nc").to_str().unwrap().to_owned();
    for ranks in [0, 2] {
        let ended = chemdrift(ranks, &["plan", &deck, "-o", &output, "--ranks", "2,1,64", "--per-node", "2"]);
        assert_eq!(ended.status, 0, "{}", ended.stderr);
        let table = &ended.stdout;
        for told in
            ["measured: ", "400 cells, 60 steps", "wall time", "memory of a node", "ranks are of use", "kept in"]
        {
            assert!(table.contains(told), "{told} is not in {table}");
        }
        assert!(table.contains("warning: 64 ranks: fewer than 16 cells on a rank"), "{table}");
        // What was written to be measured is gone again.
        let mut left = names(&scratch);
        left.retain(|name| !["run.nc", "run.nc.run"].contains(&name.as_str()));
        assert_eq!(left, ["deck.yaml", "run.nc.plan.json"]);
        let ended = chemdrift(ranks, &["run", &deck, "-o", &output, "--overwrite"]);
        assert_eq!(ended.status, 0, "{}", ended.stderr);
        let grade = ended.stderr.lines().find(|line| line.starts_with("plan: ")).expect("a grade");
        assert!(off(grade).abs() < 25.0, "{grade}");
        let file = netcdf::open(&output).unwrap();
        let kept = file.attribute("forecast").unwrap().value().unwrap();
        assert_eq!(kept, netcdf::AttributeValue::Str(grade.to_owned()));
    }
    // Another deck's plan is not taken for this one's.
    let ended = chemdrift(0, &["run", &deck, "-o", &output, "--overwrite", "--cells", "7"]);
    assert!(ended.status == 0 && !ended.stderr.contains("plan: "), "{}", ended.stderr);
}

#[test]
fn exact_forecasts_are_json_for_scripts() {
    let scratch = Scratch::new("plan-json");
    let deck = deck(&scratch);
    let ended = chemdrift(0, &["plan", &deck, "--ranks", "1,1000", "--json", "--cells", "100"]);
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    let kept: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    let numbers: Vec<f64> = ["ranks", "wall", "kernel", "memory_all", "core_hours"]
        .map(|key| kept["forecasts"][1][key].as_f64().unwrap_or_else(|| panic!("{key}: {kept}")))
        .to_vec();
    assert!(numbers[0] == 1000.0 && numbers.iter().all(|number| *number > 0.0), "{numbers:?}");
}

#[test]
fn exact_a_deck_that_is_made_smaller_is_measured_as_it_is_then() {
    let scratch = Scratch::new("plan-smaller");
    let deck = deck(&scratch);
    for (options, told) in [
        (&["--cells", "40", "--steps", "6"][..], "measured: 40 cells, which is all, on 1 rank\n40 cells, 6 steps\n"),
        (&["--only-cell", "7"][..], "measured: 1 cell, which is all, on 1 rank\n1 cell, 60 steps\n"),
    ] {
        let ended = chemdrift(1, &[&["plan", &deck][..], options].concat());
        assert!(ended.status == 0 && ended.stdout.starts_with(told), "{}{}", ended.stdout, ended.stderr);
        assert_eq!(names(&scratch), ["deck.yaml", "out.nc.plan.json"]);
    }
}

#[test]
fn wrong_requests_are_answered_with_what_to_type() {
    let scratch = Scratch::new("plan-wrong");
    let deck = deck(&scratch);
    let broken = scratch.file("broken.yaml", "title: x\n").to_str().unwrap().to_owned();
    let cases: [(&[&str], i32, &str); 6] = [
        (&["plan", &deck, "--ranks", "0"], 2, "'0' for '--ranks"),
        (&["plan", &deck, "--ranks", "two"], 2, "'two' for '--ranks"),
        (&["plan", &deck, "--node-memory", "235"], 2, "`235 GB`"),
        (&["plan", &broken], 2, "broken.yaml"),
        (&["plan", "nowhere.yaml"], 2, "nowhere.yaml"),
        (&["plan", &deck, "-o", "/nowhere/x.nc"], 3, "/nowhere"),
    ];
    for (words, status, told) in cases {
        for ranks in [0, 2] {
            let ended = chemdrift(ranks, words);
            assert!(
                ended.status == status && ended.stderr.contains(told),
                "{words:?}: {}: {}",
                ended.status,
                ended.stderr
            );
        }
    }
}
