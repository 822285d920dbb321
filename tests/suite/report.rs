//! The page that `chemdrift report` makes of a finished run.

use std::fs;

use crate::launch::chemdrift;
use crate::scratch::{Scratch, project};

#[test]
fn exact_a_page_of_cells_has_its_figures_and_asks_for_nothing() {
    let scratch = Scratch::new("report");
    let mechanism = project().join("inputs/mechanisms/abc/mechanism.yaml");
    let text = format!(
        "title: Cells <&>\nchemistry: {{mechanism: {}}}\ncells:\n  count: 80\n  sample:\n    method: saltelli\n    \
         base: 16\n    over:\n      temperature: {{uniform: [270 K, 290 K]}}\n      concentration.A: {{uniform: [1e-6 \
         mol m-3, 2e-6 mol m-3]}}\n      concentration.B: {{uniform: [0 mol m-3, 1e-6 mol m-3]}}\n  set: {{pressure: 1 \
         atm}}\ntime: {{step: 10 s, end: 60 s}}\noutput: {{file: out.nc, streams: [{{every: 30 s, variables: [A, \
         B]}}]}}\n",
        mechanism.display()
    );
    let deck = scratch.file("deck.yaml", text);
    let path = |name: &str| scratch.path().join(name).to_str().unwrap().to_owned();
    let (file, page, folder) = (path("out.nc"), path("page.html"), path("figures"));
    let ended = chemdrift(0, &["run", deck.to_str().unwrap(), "-o", &file]);
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    let ended = chemdrift(0, &["report", &file, "-o", &page, "--svg", &folder]);
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    let html = fs::read_to_string(&page).unwrap();
    // Two species and the phases.
    assert_eq!(html.matches("<svg ").count(), 3);
    assert!(html.contains("Cells &lt;&amp;&gt;") && html.contains("all 80 cells") && html.contains("mol m⁻³"));
    for never in ["<script", "http://", "https://", "NaN", "inf "] {
        assert!(!html.contains(never), "{never}");
    }
    for name in ["A.svg", "B.svg"] {
        assert!(fs::read_to_string(scratch.path().join("figures").join(name)).unwrap().starts_with("<?xml"), "{name}");
    }
    let ended = chemdrift(0, &["report", &file, "-o", &page, "--variable", "B"]);
    assert_eq!((ended.status, fs::read_to_string(&page).unwrap().matches("<svg ").count()), (0, 2), "{}", ended.stderr);
    let ended = chemdrift(2, &["run", deck.to_str().unwrap(), "-o", &file, "--overwrite", "--report"]);
    let beside = fs::read_to_string(path("out.html")).unwrap_or_default();
    assert!(ended.status == 0 && beside.contains("Mean over 2 ranks"), "{}", ended.stderr);
    let ended = chemdrift(0, &["report", &file, "-o", &page, "--variable", "Q"]);
    assert!(ended.status == 2 && ended.stderr.contains("no variable `Q`"), "{}", ended.stderr);
}

#[test]
fn exact_files_of_others_are_refused_and_no_page_is_made() {
    let scratch = Scratch::new("not-ours");
    let page = scratch.path().join("page.html");
    let foreign = project().join("inputs/fields/storm_winds/Ustorm.cdf");
    let text = scratch.file("text.nc", "no NetCDF");
    for (file, status, message) in [(foreign, 2, "was not written by chemdrift"), (text, 3, "cannot read")] {
        let ended = chemdrift(0, &["report", file.to_str().unwrap(), "-o", page.to_str().unwrap()]);
        assert!(ended.status == status && ended.stderr.contains(message), "{}", ended.stderr);
        assert!(!page.exists());
    }
}
