//! The status of a run as a few lines that people read, and several runs as a table.

use super::{Seen, State, Status};
use crate::telemetry::progress::duration;
use crate::telemetry::table::{bytes, counted};

/// Some lines about one run.
#[must_use]
pub fn text(seen: &Seen) -> String {
    let status = &seen.status;
    let mut lines = vec![format!("{}: {}", status.title, seen.life)];
    if let Some(reason) = &status.reason {
        let exit = status.exit_status.map_or_else(String::new, |exit| format!(" (exit status {exit})"));
        lines.push(format!("  {reason}{exit}"));
    }
    lines.push(format!("  {}", progress(status)));
    lines.push(format!("  {}", rates(status)));
    lines.push(format!("  {}", ranks(status)));
    if !status.outcomes.is_empty() {
        lines.push(format!("  {}s: {}", status.item, outcomes(status)));
    }
    let job = if status.job.is_empty() { String::new() } else { format!(", job {}", status.job) };
    lines.push(format!("  process {} on {}{job}", status.process, status.host));
    lines.push(format!("  started {}, last written {}", status.started, status.updated));
    lines.push(format!("  deck   {}", status.deck));
    lines.push(format!("  output {}", status.output));
    if !status.log.is_empty() {
        lines.push("last lines of the log:".to_owned());
        lines.extend(status.log.iter().map(|line| format!("  {line}")));
    }
    lines.iter().map(|line| clean(line) + "\n").collect()
}

/// `step 12 of 40 (30 %), t = 2 h of 24 h`; in batches `step 12 of 40 of draws 64 to 127 of at most 1024 (7.0 %)`.
#[must_use]
pub fn progress(status: &Status) -> String {
    // How far a run had got tells of one that has ended; what it was doing then does not.
    let phase = if status.state == State::Running { format!("{}: ", status.phase) } else { String::new() };
    let batch = if status.batch.is_empty() { String::new() } else { format!(" of {}", status.batch) };
    format!(
        "{phase}step {} of {}{batch} ({:.1} %), t = {} of {}",
        status.step,
        status.steps,
        100.0 * status.share(),
        duration(status.simulated_s),
        duration(status.simulated_end_s)
    )
}

/// Pace and what is left of it.
#[must_use]
pub fn rates(status: &Status) -> String {
    let mut parts = vec![format!("{} so far", duration(status.wall_s))];
    if let Some(left) = status.seconds_left {
        parts.push(format!("{} left", duration(left)));
    }
    if let Some(left) = status.walltime_left_s {
        parts.push(format!("wall time ends in {}", duration(left)));
    }
    if status.steps_per_s > 0.0 {
        parts.push(format!("{:.3} steps/s", status.steps_per_s));
        parts.push(format!("{:.2e} {}-steps/s", status.item_steps_per_s, status.item));
    }
    parts.join(", ")
}

/// Ranks, imbalance, memory.
#[must_use]
pub fn ranks(status: &Status) -> String {
    let ranks = &status.ranks;
    let mut parts = vec![counted(ranks.count, "rank")];
    if let Some(imbalance) = status.imbalance {
        parts.push(format!("imbalance {:.1} %", 100.0 * imbalance));
    }
    let most = ranks.peak_memory_bytes.iter().copied().fold(0.0, f64::max);
    if most > 0.0 {
        parts.push(format!("at most {} of memory on one", bytes(most)));
    }
    parts.join(", ")
}

/// Items by outcome, those that occur.
#[must_use]
pub fn outcomes(status: &Status) -> String {
    let found = status.outcomes.iter().filter(|(_, count)| **count > 0);
    found.map(|(name, count)| format!("{count} {}", name.replace('_', " "))).collect::<Vec<_>>().join(", ")
}

/// A line without what could steer a terminal: logs quote names from files.
#[must_use]
pub fn clean(line: &str) -> String {
    line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// One line for each run.
#[must_use]
pub fn table(all: &[Seen]) -> String {
    let line = |seen: &Seen| {
        let left = seen.status.seconds_left.filter(|_| seen.life.word() == "running");
        let left = left.map_or_else(String::new, |left| format!("  {} left", duration(left)));
        let (percent, folder) = (100.0 * seen.status.share(), seen.folder.display());
        format!("{:<12} {percent:>5.1} %  {folder}  {}{left}\n", seen.life.word(), clean(&seen.status.title))
    };
    all.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitor::{Life, Ranks};

    #[test]
    fn exact_the_text_says_what_matters_and_steers_no_terminal() {
        let status = Status {
            title: "Ozone\u{7}".to_owned(),
            phase: "stepping".to_owned(),
            item: "cell".to_owned(),
            step: 3,
            steps: 12,
            simulated_s: 7200.0,
            simulated_end_s: 28800.0,
            seconds_left: Some(90.0),
            outcomes: [("converged".to_owned(), 7), ("too_many_steps".to_owned(), 1)].into(),
            ranks: Ranks { count: 2, peak_memory_bytes: vec![1e6, 2e6], ..Ranks::default() },
            log: vec!["\u{1b}[31mred".to_owned()],
            ..Status::default()
        };
        let seen = Seen { folder: "a.nc.run".into(), status, life: Life::Running, history: Vec::new() };
        let text = text(&seen);
        for part in ["Ozone : running", "step 3 of 12 (25.0 %)", "90 s left", "7 converged, 1 too many steps", "2.0 MB"]
        {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains(['\u{1b}', '\u{7}']));
        assert_eq!(table(&[seen]), "running       25.0 %  a.nc.run  Ozone   90 s left\n");
    }
}
