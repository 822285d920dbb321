//! The last lines of the log, kept for those who ask a running job how it is.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// Lines that are kept.
const LINES: usize = 20;
/// Characters of a line that are kept: a run must not grow by what is said to it.
const LENGTH: usize = 400;

static KEPT: Mutex<VecDeque<String>> = Mutex::new(VecDeque::new());

/// Keeps the lines of a text.
pub fn keep(text: &str) {
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    for line in text.lines() {
        if kept.len() == LINES {
            kept.pop_front();
        }
        kept.push_back(line.chars().take(LENGTH).collect());
    }
}

/// The last lines, the oldest first.
#[must_use]
pub fn lines() -> Vec<String> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_the_last_lines_stay_and_long_ones_are_cut() {
        (0..15).for_each(|n| keep(&format!("line {}\nline {}\n", 2 * n, 2 * n + 1)));
        keep(&"ä".repeat(1000));
        let lines = lines();
        assert_eq!((lines.len(), lines[0].as_str(), lines[19].chars().count()), (LINES, "line 11", LENGTH));
    }
}
