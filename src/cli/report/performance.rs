//! What the report says of the machine: where the time went, what waiting has cost, how fast the file was written.

use std::fs;

use serde_json::Value;

use crate::io::results::Results;
use crate::io::{run_folder, status_files};
use crate::monitor::{Cell, Moment, strip};
use crate::report::bars::phases;
use crate::report::timeline::timeline;
use crate::report::{Figure, Section};
use crate::telemetry::Phase;
use crate::telemetry::progress::duration;
use crate::telemetry::table::bytes;

/// Rows and columns of the timeline, at most.
const MOST_ROWS: usize = 64;
const MOST_PARTS: usize = 300;

/// The section; nothing for a file without a timing, of a run that did not end.
pub fn section(results: &Results) -> Option<Section> {
    let timing: Value = serde_json::from_str(&results.text("timing")?).ok()?;
    let number = |key: &str| timing[key].as_f64();
    let ranks = number("ranks")?;
    let of_phase = |phase: Phase| -> Option<(String, [f64; 3])> {
        let found = &timing["phases_s"][phase.name()];
        Some((phase.name().to_owned(), [found["min"].as_f64()?, found["mean"].as_f64()?, found["max"].as_f64()?]))
    };
    let all: Vec<_> = Phase::ALL.into_iter().filter_map(of_phase).collect();
    let caption = if ranks > 1.0 {
        format!("Mean over {ranks} ranks, with the least and the most that one took.")
    } else {
        "On one rank.".to_owned()
    };
    let mut rows = Vec::new();
    let mut row = |name: &str, value: Option<String>| rows.extend(value.map(|value| (name.to_owned(), value)));
    let hours = |wall: f64| wall * ranks / 3600.0;
    row("wall time", number("wall_s").map(|wall| format!("{}, {:.3e} core-hours", duration(wall), hours(wall))));
    row("against the plan", results.text("forecast").map(|text| text.trim_start_matches("plan: ").to_owned()));
    row("kernel", each(&timing));
    row(
        "imbalance",
        number("imbalance")
            .zip(number("lost_core_hours"))
            .map(|(imbalance, lost)| format!("{:.1} %, {lost:.3e} core-hours lost by it", 100.0 * imbalance)),
    );
    row("memory", number("peak_memory_bytes").map(|peak| format!("{}, the peaks of all ranks together", bytes(peak))));
    let size = fs::metadata(results.path()).ok().map(|found| found.len() as f64);
    let output = all.iter().find(|(name, _)| name == Phase::Output.name()).map(|(_, [.., most])| {
        // The mean of the threads that wrote while kernels went on.
        *most + number("written_beside_s").unwrap_or(0.0) / ranks
    });
    row(
        "output",
        size.zip(output).map(|(size, seconds)| {
            format!("{} in {}, {} a second", bytes(size), duration(seconds), bytes(size / seconds.max(1e-6)))
        }),
    );
    let figures = [phases(&caption, &all)].into_iter().chain(ranks_in_time(results)).collect();
    Some(Section { heading: "Performance".to_owned(), rows, figures, ..Section::default() })
}

/// What the ranks did in time, from what the last life of the run has told of itself; nothing where its folder is gone.
fn ranks_in_time(results: &Results) -> Option<Figure> {
    let seen = status_files::look(&run_folder::of(results.path())).ok()?;
    let begun = &seen.status.started;
    // The folder may be that of another run since.
    if results.text("begun").as_ref() != Some(begun) {
        return None;
    }
    let all: Vec<Moment> = seen.history.into_iter().filter(|moment| moment.started == *begun).collect();
    // More parts than this are narrower than can be seen.
    let history: Vec<Moment> = all.iter().step_by(all.len().div_ceil(MOST_PARTS).max(1)).cloned().collect();
    let cells = strip(&history, history.len(), MOST_ROWS);
    let ends: Vec<f64> = history.iter().map(|moment| moment.wall_s).collect();
    if ends.len() < 2 || cells.is_empty() {
        return None;
    }
    let shares = |row: Vec<Option<Cell>>| row.into_iter().map(|cell| cell.map(|c| [c.kernel, c.waiting])).collect();
    let rows: Vec<_> = cells.into_iter().map(shares).collect();
    let ranks = seen.status.ranks.count;
    let caption = if rows.len() as u64 == ranks {
        format!("Each of {ranks} ranks, darker where it spent more of its time so.")
    } else {
        format!("{ranks} ranks in {} rows, each showing the one of its ranks that waited longest.", rows.len())
    };
    Some(timeline(&caption, ranks, &ends, &rows))
}

/// `us_per_cell_step`, whatever the items are.
fn each(timing: &Value) -> Option<String> {
    let (name, value) = timing.as_object()?.iter().find(|(name, _)| name.starts_with("us_per_"))?;
    let item = name.strip_prefix("us_per_")?.strip_suffix("_step")?;
    Some(format!("{:.4} µs of processor time a {item} and step", value.as_f64()?))
}
