//! What a run will take, from what two parts of it of different size have taken: pure arithmetic.
//!
//! A phase costs something for the run and something for each item, so that two sizes tell both. Ranks divide the items;
//! what does not divide (creating the file, reading fields, the disk) is what limits how many ranks are of use.

mod advice;
mod cost;
mod text;

use serde::{Deserialize, Serialize};

pub use self::advice::{advised, warnings};
pub use self::cost::{Cost, Measured};
pub use self::text::table;
use crate::telemetry::progress::duration;
use crate::telemetry::table::bytes;

/// The whole run, as far as its plan tells.
#[derive(Debug, Clone, PartialEq)]
pub struct Whole {
    /// What is counted: `cell` or `particle`.
    pub item: &'static str,
    pub items: u64,
    pub steps: u64,
    /// Bytes of state and output buffers of an item.
    pub held: f64,
    /// Bytes that the first rank holds besides while it makes the items.
    pub held_first: f64,
    /// Bytes of the output, uncompressed.
    pub file_bytes: u64,
    /// Bytes a second that the disk takes until it has them, if that was measured.
    pub disk: Option<f64>,
    /// Bytes that files may take in memory before the disk has to keep up.
    pub page_cache: u64,
}

/// What a run on some number of ranks is expected to take; times in s, memory in bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    pub ranks: u64,
    pub wall: f64,
    pub setup: f64,
    pub fields: f64,
    pub kernel: f64,
    pub output: f64,
    /// Peak of a rank, the first one, which has most.
    pub memory_rank: f64,
    /// Sum of the peaks of all ranks, memory that they share counted by each: what the closing table shows.
    pub memory_all: f64,
    /// Of a node, memory that its ranks share counted once.
    pub memory_node: f64,
    pub core_hours: f64,
}

/// The forecast for `ranks` ranks, `per_node` of them on each node.
#[must_use]
pub fn forecast(whole: &Whole, measured: &Measured, ranks: u64, per_node: u64) -> Forecast {
    let ranks = ranks.max(1);
    let own = whole.items.div_ceil(ranks) as f64;
    let last = &measured.many;
    // One size alone does not tell how little of making a file divides.
    let setup = if measured.few.is_some() { measured.at(own, |c| c.setup, |c| c.own) } else { last.setup };
    let setup = measured.before + setup;
    let kernel = measured.at(own, Cost::kernel_whole, |c| c.own);
    let fields = measured.few.iter().chain([last]).map(Cost::fields_whole).fold(0.0, f64::max);
    let mut output = measured.at(whole.items as f64, Cost::output_whole, |c| c.items);
    let file = whole.file_bytes as f64 * last.packed;
    if let Some(disk) = whole.disk {
        output = output.max((file - whole.page_cache as f64) / disk);
    }
    let wall = setup + fields + kernel + output;
    let here = ranks.min(per_node.max(1)) as f64;
    let private = last.base - last.shared + whole.held * own;
    let first = whole.held_first;
    Forecast {
        ranks,
        wall,
        setup,
        fields,
        kernel,
        output,
        memory_rank: private + first + last.shared,
        memory_all: ranks as f64 * (private + last.shared) + first,
        memory_node: here * private + first + last.shared,
        core_hours: wall * ranks as f64 / 3600.0,
    }
}

/// How a finished run compares with its forecast, in a line.
#[must_use]
pub fn grade(forecast: &Forecast, wall: f64, memory_all: f64) -> String {
    let off = |actual: f64, expected: f64| 100.0 * (actual / expected.max(1e-9) - 1.0);
    format!(
        "plan: {} and {} were expected, it took {} ({:+.0} %) and {} ({:+.0} %)",
        duration(forecast.wall),
        bytes(forecast.memory_all),
        duration(wall),
        off(wall, forecast.wall),
        bytes(memory_all),
        off(memory_all, forecast.memory_all),
    )
}

/// The forecasts of a deck as they are kept beside its output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    pub version: String,
    /// SHA-256 of the deck and its inputs, so that the forecast of another one is not taken for this.
    pub deck: String,
    pub forecasts: Vec<Forecast>,
}

impl Kept {
    /// As JSON.
    #[must_use]
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// From what `json` gave; nothing when it is something else.
    #[must_use]
    pub fn from_json(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

#[cfg(test)]
mod tests;
