//! How many ranks are of use, and what a run on some number of them will suffer from.

use super::{Forecast, Whole};
use crate::telemetry::table::bytes;

/// Items that the kernels work on at once: fewer leave lanes empty.
const LANES: u64 = 16;
/// The share of the core-hours of one rank's run that more ranks may at most add: a half, which leaves two thirds of each
/// core in use.
const MOST_ADDED: f64 = 0.5;

/// The largest number of ranks whose run costs at most half again the core-hours of one rank's. `on` forecasts.
#[must_use]
pub fn advised(whole: &Whole, on: impl Fn(u64) -> Forecast) -> u64 {
    let most = whole.items.div_ceil(LANES).max(1);
    let alone = on(1).core_hours;
    let pays = |ranks: u64| on(ranks).core_hours <= (1.0 + MOST_ADDED) * alone;
    let mut best = 1;
    while best < most && pays((2 * best).min(most)) {
        best = (2 * best).min(most);
    }
    // Between the last that pays and the first that does not.
    let (mut low, mut high) = (best, (2 * best).min(most + 1));
    while low + 1 < high {
        let middle = low.midpoint(high);
        if pays(middle) { low = middle } else { high = middle }
    }
    low
}

/// What is wrong with a run as forecast, one sentence each. `node` is the memory of a node, bytes.
#[must_use]
pub fn warnings(whole: &Whole, forecast: &Forecast, node: Option<u64>) -> Vec<String> {
    let (item, ranks) = (whole.item, forecast.ranks);
    let mut told = Vec::new();
    if let Some(node) = node.filter(|&node| forecast.memory_node > node as f64) {
        let (needed, there) = (bytes(forecast.memory_node), bytes(node as f64));
        told.push(format!(
            "{ranks} ranks: a node needs {needed} of memory and has {there}: spread them over more nodes"
        ));
    }
    if forecast.output > forecast.kernel {
        let times = forecast.output / forecast.kernel.max(1e-9);
        told.push(format!(
            "{ranks} ranks: writing takes {times:.1} times as long as computing: fewer ranks, fewer variables or records, \
             or statistics in their place (`reduce`)"
        ));
    }
    if ranks > whole.items {
        told.push(format!("{ranks} ranks: {} of them have no {item}", ranks - whole.items));
    } else if whole.items.div_ceil(ranks) < LANES && whole.items >= LANES {
        told.push(format!("{ranks} ranks: fewer than {LANES} {item}s on a rank leave its vector lanes empty"));
    }
    told
}
