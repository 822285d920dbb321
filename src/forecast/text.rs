//! Forecasts as a table for people.

use std::fmt::Write as _;

use super::{Forecast, Whole};
use crate::telemetry::progress::duration;
use crate::telemetry::table::bytes;

/// One column for each number of ranks.
#[must_use]
pub fn table(whole: &Whole, forecasts: &[Forecast], packed: f64) -> String {
    type Cell = fn(&Forecast) -> String;
    let rows: [(&str, Cell); 10] = [
        ("ranks", |f| f.ranks.to_string()),
        ("wall time", |f| duration(f.wall)),
        ("  setup", |f| duration(f.setup)),
        ("  fields", |f| duration(f.fields)),
        ("  kernel", |f| duration(f.kernel)),
        ("  output", |f| duration(f.output)),
        ("core-hours", |f| format!("{:.3e}", f.core_hours)),
        ("memory of a rank", |f| bytes(f.memory_rank)),
        ("memory of a node", |f| bytes(f.memory_node)),
        ("memory of all", |f| bytes(f.memory_all)),
    ];
    let mut out = String::new();
    for (name, cell) in rows {
        let _ = write!(out, "{name:<18}");
        for forecast in forecasts {
            let _ = write!(out, "{:>14}", cell(forecast));
        }
        out.push('\n');
    }
    let _ = writeln!(out, "{:<18}{:>14}", "file", bytes(whole.file_bytes as f64 * packed));
    out
}
