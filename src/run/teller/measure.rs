//! What one rank says of itself, and what rank 0 makes of what all say.

use std::collections::BTreeMap;

use crate::monitor::{MOST_RANKS, Moment, Ranks, Status};
use crate::telemetry::{Phase, Timers, memory};

/// The numbers of one rank: seconds of each phase, memory now and at most, items, counts of work, items by outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub values: Vec<f64>,
}

const MEMORY: usize = Phase::ALL.len();
const PEAK: usize = MEMORY + 1;
const ITEMS: usize = PEAK + 1;
const COUNTS: usize = ITEMS + 1;

/// Outcomes of items with which nothing is wrong.
const WELL: [&str; 4] = ["converged", "waiting", "moving", "on_land"];

impl Row {
    /// This rank's.
    pub fn new(items: usize, timers: &Timers, work: &[(&str, u64)], outcomes: &[(&str, u64)]) -> Self {
        let seconds = Phase::ALL.iter().map(|&phase| timers.seconds(phase));
        let sizes = memory().map(|bytes| bytes as f64).into_iter().chain([items as f64]);
        let counts = work.iter().chain(outcomes).map(|&(_, count)| count as f64);
        Self { values: seconds.chain(sizes).chain(counts).collect() }
    }

    /// Adds to the outcomes, which come last.
    pub fn add_outcomes(&mut self, more: &[u64]) {
        let first = self.values.len().saturating_sub(more.len());
        self.values[first..].iter_mut().zip(more).for_each(|(count, &more)| *count += more as f64);
    }

    fn seconds(&self, phase: Phase) -> f64 {
        self.values[phase as usize]
    }
}

/// Counts of work and outcomes over all ranks, by name; and how many items failed or have ended.
pub fn totals(rows: &[Row], work: &[&str], outcomes: &[&str]) -> (BTreeMap<String, u64>, BTreeMap<String, u64>, u64) {
    let total = |column: usize| rows.iter().map(|row| row.values[column] as u64).sum::<u64>();
    let named = |names: &[&str], first: usize| {
        names.iter().enumerate().map(|(place, name)| ((*name).to_owned(), total(first + place))).collect()
    };
    let outcomes: BTreeMap<String, u64> = named(outcomes, COUNTS + work.len());
    let failed = outcomes.iter().filter(|(name, _)| !WELL.contains(&name.as_str())).map(|(_, count)| count).sum();
    (named(work, COUNTS), outcomes, failed)
}

/// By what share of the mean the slowest rank took longer in the kernel since `before`; none when no rank was there.
pub fn imbalance(rows: &[Row], before: &[Row]) -> Option<f64> {
    let seconds = since(rows, before, |row| row.seconds(Phase::Kernel));
    let mean = seconds.iter().sum::<f64>() / seconds.len().max(1) as f64;
    let most = seconds.iter().copied().fold(0.0, f64::max);
    (mean > 0.0).then(|| thousandths(most / mean - 1.0))
}

/// How much a number of each rank has grown.
fn since(rows: &[Row], before: &[Row], number: impl Fn(&Row) -> f64) -> Vec<f64> {
    rows.iter().enumerate().map(|(rank, row)| number(row) - before.get(rank).map_or(0.0, &number)).collect()
}

/// Numbers as they are, or least, median and most of those of too many ranks.
fn shown(mut values: Vec<f64>) -> Vec<f64> {
    if values.len() > MOST_RANKS {
        values.sort_unstable_by(f64::total_cmp);
        values = vec![values[0], values[values.len() / 2], values[values.len() - 1]];
    }
    values.into_iter().map(thousandths).collect()
}

/// More digits say nothing and fill the disk.
fn thousandths(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

/// The table of ranks in the status.
pub fn of_ranks(rows: &[Row]) -> Ranks {
    let column = |column: usize| shown(rows.iter().map(|row| row.values[column]).collect());
    let phase = |phase: Phase| column(phase as usize);
    Ranks {
        count: rows.len() as u64,
        shown: if rows.len() > MOST_RANKS { "least, median, most" } else { "each" }.to_owned(),
        items: column(ITEMS),
        work_steps: column(COUNTS),
        setup_s: phase(Phase::Setup),
        fields_s: phase(Phase::Fields),
        kernel_s: phase(Phase::Kernel),
        balance_s: phase(Phase::Balance),
        waiting_s: phase(Phase::Waiting),
        output_s: phase(Phase::Output),
        checkpoint_s: phase(Phase::Checkpoint),
        memory_bytes: column(MEMORY),
        peak_memory_bytes: column(PEAK),
    }
}

/// The line of the history for the `seconds` since `before`, in which `steps` were done.
pub fn moment(rows: &[Row], before: &[Row], seconds: f64, steps: u64, status: &Status) -> Moment {
    let share = |phase: Phase| {
        let spent = shown(since(rows, before, |row| row.seconds(phase)));
        spent.iter().map(|spent| (100.0 * spent / seconds.max(1e-9)).round().clamp(0.0, 100.0) as u8).collect()
    };
    let count = |name: &str| status.work.get(name).copied().unwrap_or(0);
    let memory = || rows.iter().map(|row| row.values[MEMORY]);
    Moment {
        time: status.updated.clone(),
        started: status.started.clone(),
        phase: status.phase.clone(),
        wall_s: thousandths(status.wall_s),
        step: status.step,
        steps: status.steps,
        simulated_s: status.simulated_s,
        steps_per_s: thousandths(steps as f64 / seconds.max(1e-9)),
        seconds_left: status.seconds_left.map(thousandths),
        walltime_left_s: status.walltime_left_s.map(thousandths),
        imbalance: imbalance(rows, before),
        failed: status.failed,
        work_steps: count("steps"),
        rejected: count("rejected"),
        memory_bytes: memory().sum(),
        most_memory_bytes: memory().fold(0.0, f64::max),
        kernel: share(Phase::Kernel),
        waiting: share(Phase::Waiting),
        output: share(Phase::Output),
        checkpoint: share(Phase::Checkpoint),
        balance: share(Phase::Balance),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(kernel: f64, waiting: f64) -> Row {
        let mut timers = Timers::default();
        timers.add(Phase::Kernel, kernel);
        timers.add(Phase::Waiting, waiting);
        Row::new(10, &timers, &[("steps", 100), ("rejected", 3)], &[("converged", 9), ("non_finite", 1)])
    }

    #[test]
    fn exact_sums_and_shares_follow_from_the_rows() {
        let (before, rows) = (vec![row(1.0, 0.0), row(1.0, 0.0)], vec![row(5.0, 0.0), row(3.0, 2.0)]);
        let (work, outcomes, failed) = totals(&rows, &["steps", "rejected"], &["converged", "non_finite"]);
        assert_eq!((work["steps"], work["rejected"], outcomes["converged"], failed), (200, 6, 18, 2));
        assert_eq!(imbalance(&rows, &before), Some(0.333));
        assert_eq!(imbalance(&rows, &rows), None);
        let moment = moment(&rows, &before, 4.0, 8, &Status { work, ..Status::default() });
        assert_eq!((moment.kernel, moment.waiting, moment.steps_per_s), (vec![100, 50], vec![0, 50], 2.0));
        let ranks = of_ranks(&rows);
        assert_eq!((ranks.shown.as_str(), ranks.items, ranks.kernel_s), ("each", vec![10.0; 2], vec![5.0, 3.0]));
    }

    #[test]
    fn exact_very_many_ranks_are_three_numbers() {
        let rows: Vec<Row> = (0..=MOST_RANKS).map(|rank| row(rank as f64, 0.0)).collect();
        let ranks = of_ranks(&rows);
        assert_eq!((ranks.kernel_s, ranks.count), (vec![0.0, 2048.0, 4096.0], 4097));
        assert_eq!(moment(&rows, &[], 4096.0, 0, &Status::default()).kernel, [0, 50, 100]);
    }
}
