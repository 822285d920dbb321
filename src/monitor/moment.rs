//! The lines of `progress.jsonl`: what a run was doing between one line and the next.

use serde::{Deserialize, Serialize};

/// One line. Shares are per cent of the wall time since the line before, one number a rank, or least, median and most.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Moment {
    /// UTC.
    pub time: String,
    /// When the life began that wrote it, UTC.
    pub started: String,
    /// `stepping` or `closing`.
    pub phase: String,
    /// Wall time of that life, s.
    pub wall_s: f64,
    pub step: u64,
    pub steps: u64,
    /// Time of the model, s.
    pub simulated_s: f64,
    /// Since the line before.
    pub steps_per_s: f64,
    pub seconds_left: Option<f64>,
    pub walltime_left_s: Option<f64>,
    /// By what share of the mean the slowest rank took longer in the kernel, since the line before.
    pub imbalance: Option<f64>,
    /// Cells that failed or particles whose path has ended, so far.
    pub failed: u64,
    /// Counts of the solver so far.
    pub work_steps: u64,
    pub rejected: u64,
    /// Resident memory of all ranks, and of the one that has most.
    pub memory_bytes: f64,
    pub most_memory_bytes: f64,
    pub kernel: Vec<u8>,
    pub waiting: Vec<u8>,
    pub output: Vec<u8>,
    pub checkpoint: Vec<u8>,
    pub balance: Vec<u8>,
}

impl Moment {
    /// The line with its end.
    #[must_use]
    pub fn line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }
}

/// The lines of a file or of its end. What a kill has cut off, or what is no such line, is left out.
#[must_use]
pub fn history(text: &str) -> Vec<Moment> {
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// The lines as one JSON list of at most `most` of them, evenly over the whole and with the last.
#[must_use]
pub fn json_history(history: &[Moment], most: usize) -> String {
    let every = history.len().div_ceil(most.max(1)).max(1);
    let kept: Vec<&Moment> = history.iter().rev().step_by(every).collect();
    serde_json::to_string(&kept.into_iter().rev().collect::<Vec<_>>()).unwrap_or_else(|_| "[]".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_lines_read_back_and_cut_ones_are_left_out() {
        let moment = |step| Moment { step, kernel: vec![90, 40], waiting: vec![0, 50], ..Moment::default() };
        let text = moment(1).line() + &moment(2).line() + &moment(3).line();
        assert_eq!(history(&text), [moment(1), moment(2), moment(3)]);
        let cut = &text[20..text.len() - 5];
        assert_eq!(history(cut), [moment(2)]);
        let thinned: Vec<Moment> = serde_json::from_str(&json_history(&history(&text), 2)).unwrap();
        assert_eq!(thinned, [moment(1), moment(3)]);
        assert_eq!(json_history(&[], 2), "[]");
        assert_eq!(history("\n{\"step\": true}\nnothing\n"), []);
    }
}
