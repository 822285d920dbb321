//! What a run tells about itself while it goes on: the form of `status.json` and `progress.jsonl`, and what readers make
//! of them. Text in, text out; files are `io`'s.

mod life;
mod moment;
mod strip;
mod text;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use self::life::{Life, Signs, judge};
pub use self::moment::{Moment, history, json_history};
pub use self::strip::{Cell, strip};
pub use self::text::{clean, outcomes, progress, ranks, rates, table, text};

/// The version of the form; it grows when a field changes its meaning, not when one is added.
pub const FORMAT: u32 = 1;

/// Up to so many ranks each has its own numbers; beyond, the least, the median and the most stand for all.
pub const MOST_RANKS: usize = 4096;

/// What a run says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    #[default]
    Running,
    Finished,
    /// Stopped with a checkpoint; to be run again with `--restart`.
    Checkpointed,
    Failed,
}

impl State {
    /// The word in the file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Checkpointed => "checkpointed",
            Self::Failed => "failed",
        }
    }
}

/// The object of `status.json`. What an older or newer program does not write is left at its default.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Status {
    pub format: u32,
    pub state: State,
    /// `setup`, `stepping` or `closing`.
    pub phase: String,
    /// Of the process, once it is known.
    pub exit_status: Option<u8>,
    /// Why it stopped or failed.
    pub reason: Option<String>,
    pub title: String,
    /// Of the program.
    pub version: String,
    pub deck: String,
    pub output: String,
    pub host: String,
    /// Process id of rank 0 on `host`.
    pub process: u32,
    /// The scheduler's job, `slurm 1234`; empty without one.
    pub job: String,
    /// When this life began, UTC.
    pub started: String,
    /// When this was written, UTC.
    pub updated: String,
    /// `cell` or `particle`.
    pub item: String,
    pub items: u64,
    /// Where items run in batches: which one it is, for people, and how many items came before it and are in it. Steps are
    /// those of the batch.
    pub batch: String,
    pub items_before: u64,
    pub items_now: u64,
    /// The step after which this life or batch began, and the last one done.
    pub first_step: u64,
    pub step: u64,
    pub steps: u64,
    /// Time of the model after `step` and after `steps` steps, s.
    pub simulated_s: f64,
    pub simulated_end_s: f64,
    /// Wall time of this life so far, s.
    pub wall_s: f64,
    /// Since the first step of this life or batch.
    pub steps_per_s: f64,
    pub item_steps_per_s: f64,
    /// Model time for each second of wall time.
    pub simulated_s_per_s: f64,
    /// Until the last step, at this life's pace, s.
    pub seconds_left: Option<f64>,
    /// Until the job's wall time ends, where it is known, s.
    pub walltime_left_s: Option<f64>,
    /// By what share of the mean the slowest rank took longer in the kernel.
    pub imbalance: Option<f64>,
    /// Counts of the solver or the mover over all ranks and lives.
    pub work: BTreeMap<String, u64>,
    /// Items by outcome.
    pub outcomes: BTreeMap<String, u64>,
    /// Cells that failed, or particles whose path has ended.
    pub failed: u64,
    /// What writing these files has cost rank 0 so far, s, and how often it was done.
    pub told_s: f64,
    pub told: u64,
    pub ranks: Ranks,
    /// The last lines of the log.
    pub log: Vec<String>,
}

/// Numbers of the ranks, each list in the order of ranks; or least, median and most of each number.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Ranks {
    pub count: u64,
    /// `each`, or `least, median, most`.
    pub shown: String,
    /// Cells or particles that a rank has.
    pub items: Vec<f64>,
    /// Internal steps of the solver, or steps of particles.
    pub work_steps: Vec<f64>,
    /// Wall seconds of this life.
    pub setup_s: Vec<f64>,
    pub fields_s: Vec<f64>,
    pub kernel_s: Vec<f64>,
    pub balance_s: Vec<f64>,
    pub waiting_s: Vec<f64>,
    pub output_s: Vec<f64>,
    pub checkpoint_s: Vec<f64>,
    /// Resident memory now and at most.
    pub memory_bytes: Vec<f64>,
    pub peak_memory_bytes: Vec<f64>,
}

impl Status {
    /// The text of the file.
    #[must_use]
    pub fn json(&self) -> String {
        // Only maps with other keys than texts cannot be written, and there are none.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Reads it.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn parse(text: &str) -> Result<Self, String> {
        let status: Self = serde_json::from_str(text).map_err(|reason| reason.to_string())?;
        match status.format {
            FORMAT => Ok(status),
            0 => Err("it is no status of a run".to_owned()),
            other => Err(format!("it has form {other}, and this chemdrift reads form {FORMAT}")),
        }
    }

    /// Share of the steps that are done, 0 to 1; of all batches there may be where items run in batches.
    #[must_use]
    pub fn share(&self) -> f64 {
        let (done, all) = self.item_steps();
        if all == 0.0 { 0.0 } else { (done / all).min(1.0) }
    }

    /// Steps of items that are done, and all of them.
    #[must_use]
    pub fn item_steps(&self) -> (f64, f64) {
        let (step, steps) = (self.step as f64, self.steps as f64);
        if self.items_now == 0 {
            return (step, steps);
        }
        (self.items_before as f64 * steps + self.items_now as f64 * step, self.items as f64 * steps)
    }
}

/// The folder of a run, as a reader found it.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    pub folder: PathBuf,
    pub status: Status,
    pub life: Life,
    /// The oldest first.
    pub history: Vec<Moment>,
}

impl Seen {
    /// The status with what a reader knows beside it, as JSON.
    #[must_use]
    pub fn json(&self) -> String {
        let mut value = serde_json::to_value(&self.status).unwrap_or_default();
        value["folder"] = self.folder.to_string_lossy().into();
        value["life"] = self.life.word().into();
        value["last_sign"] = self.life.since().map_or(serde_json::Value::Null, Into::into);
        value["says"] = self.life.to_string().into();
        serde_json::to_string_pretty(&value).unwrap_or_default() + "\n"
    }
}

/// Several of them as one list.
#[must_use]
pub fn json_list(all: &[Seen]) -> String {
    let texts: Vec<String> = all.iter().map(|seen| seen.json().trim_end().to_owned()).collect();
    format!("[{}]\n", texts.join(",\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_a_status_reads_back_and_others_are_told_apart() {
        let status = Status {
            format: FORMAT,
            state: State::Checkpointed,
            exit_status: Some(85),
            simulated_s: 0.1,
            ranks: Ranks { kernel_s: vec![1.5, 2.0], ..Ranks::default() },
            log: vec!["a \"line\"".to_owned()],
            ..Status::default()
        };
        assert_eq!(Status::parse(&status.json()), Ok(status.clone()));
        let newer = status.json().replace("\"format\": 1", "\"format\": 1, \"another\": 7");
        assert_eq!(Status::parse(&newer), Ok(status.clone()));
        assert!(
            Status::parse(&status.json().replace("\"format\": 1", "\"format\": 2")).unwrap_err().contains("form 2")
        );
        assert!(Status::parse("{}").unwrap_err().contains("no status"));
        let cut = &status.json()[..100];
        assert!(Status::parse(cut).is_err() && Status::parse("").is_err());
    }
}
