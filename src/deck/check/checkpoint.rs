//! The section `checkpoint`: how often, and how many are kept.

use crate::deck::defaults;
use crate::deck::node::Node;
use crate::deck::reader::{Reading, Table};
use crate::plan::{CheckpointInterval, CheckpointPlan};
use crate::quantity::{self, Dimension};

/// Most checkpoints that one may keep: more are a mistake, and would fill the disk.
const MOST_KEPT: u64 = 1000;

/// Reads the section; without it the interval follows from the measured cost.
pub fn read(node: Option<&Node>, reading: &mut Reading) -> CheckpointPlan {
    let (name, every) = defaults::CHECKPOINT_EVERY;
    let mut plan = CheckpointPlan { every, keep: defaults::CHECKPOINTS_KEPT };
    let mut table = node.and_then(|node| Table::open(node, "checkpoint", reading));
    let [every, keep] = ["every", "keep"].map(|key| table.as_mut().and_then(|table| table.get(key)));
    if let Some(table) = table {
        table.finish(&[], reading);
    }
    match every {
        Some(node) => plan.every = read_interval(node, reading).unwrap_or(plan.every),
        None => reading.origin_default("checkpoint.every", name),
    }
    match keep {
        Some(node) => plan.keep = read_keep(node, reading).unwrap_or(plan.keep),
        None => reading.origin_default("checkpoint.keep", plan.keep.to_string()),
    }
    plan
}

/// `30 min wall`, `auto` or `never`. The word `wall` says that it is not the model's time, and may be left out.
fn read_interval(node: &Node, reading: &mut Reading) -> Option<CheckpointInterval> {
    let text = reading.text(node, "`checkpoint.every`")?;
    let interval = match text {
        "auto" => CheckpointInterval::Measured,
        "never" => CheckpointInterval::Never,
        _ => {
            let duration = text.strip_suffix("wall").unwrap_or(text).trim_end();
            let seconds = match quantity::parse(duration, Dimension::TIME) {
                Ok(seconds) => seconds,
                Err(wrong) => {
                    let help = "write `30 min wall`, `auto` or `never`";
                    reading.error(node.at, format!("`checkpoint.every`: {}", wrong.message), help);
                    return None;
                }
            };
            if seconds <= 0.0 {
                let help = "write a time such as `30 min wall`, or `never`";
                reading.error(node.at, format!("`checkpoint.every`: `{text}` is no interval"), help);
                return None;
            }
            CheckpointInterval::Seconds(seconds)
        }
    };
    reading.origin_line("checkpoint.every", text, node.at);
    Some(interval)
}

fn read_keep(node: &Node, reading: &mut Reading) -> Option<u64> {
    let keep = reading.count(node, "`checkpoint.keep`", 1)?;
    if keep > MOST_KEPT {
        let message = format!("`checkpoint.keep`: {keep} checkpoints are more than any run needs");
        reading.error(node.at, message, format!("write `keep: {}`", defaults::CHECKPOINTS_KEPT));
        return None;
    }
    reading.origin_line("checkpoint.keep", keep.to_string(), node.at);
    Some(keep)
}
