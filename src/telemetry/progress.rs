//! How far a run is: one bar on a terminal, else plain lines at 1, 2, 5, 10, 20 … 100 % or once a minute.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

const MILESTONES: [u64; 12] = [1, 2, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90];
/// Lines closer than this tell nothing new.
const LEAST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_SILENCE: Duration = Duration::from_secs(60);

/// Progress over the steps of a run; silent on all ranks but the one that speaks.
pub struct Progress {
    steps: u64,
    /// Where items run in batches: those before this one, of this one, and all there may be.
    items: [u64; 3],
    /// Which batch it is.
    label: String,
    begun: Instant,
    last_line: Instant,
    next_milestone: usize,
    /// Seconds of simulated time per step, for the text.
    view: View,
}

enum View {
    Silent,
    Bar(ProgressBar),
    Lines,
}

impl Progress {
    /// Progress over `steps` steps, shown only when `speaks`.
    #[must_use]
    pub fn new(steps: u64, speaks: bool) -> Self {
        let now = Instant::now();
        let view = match (speaks, std::io::stderr().is_terminal()) {
            (false, _) => View::Silent,
            (true, true) => View::Bar(bar(steps)),
            (true, false) => View::Lines,
        };
        Self { steps, items: [0, 1, 1], label: String::new(), begun: now, last_line: now, next_milestone: 0, view }
    }

    /// A batch begins: so many items come before it, in it, and in all at most.
    pub fn enter(&mut self, items: [u64; 3], label: String) {
        (self.items, self.label) = (items, label);
        if let View::Bar(bar) = &self.view {
            bar.set_length(self.items[2] * self.steps);
        }
    }

    /// What is done, of `items[2] * steps`.
    fn position(&self, done: u64) -> u64 {
        self.items[0] * self.steps + self.items[1] * done
    }

    /// Tells that `done` steps are done and the model time is `time` s.
    pub fn update(&mut self, done: u64, time: f64) {
        match &self.view {
            View::Silent => {}
            View::Bar(bar) => {
                bar.set_message(format!("t = {}  step {done} of {}{}", duration(time), self.steps, self.of_batch()));
                bar.set_position(self.position(done));
            }
            View::Lines => self.line_if_due(done, time),
        }
    }

    /// Takes the bar away so that the closing table stands on clean lines.
    pub fn finish(&self) {
        if let View::Bar(bar) = &self.view {
            bar.finish_and_clear();
        }
    }

    /// ` of draws 64 to 127 of at most 1024`
    fn of_batch(&self) -> String {
        if self.label.is_empty() { String::new() } else { format!(" of {}", self.label) }
    }

    #[allow(clippy::cast_precision_loss)]
    fn line_if_due(&mut self, done: u64, time: f64) {
        let (position, all) = (self.position(done), (self.items[2] * self.steps).max(1));
        let percent = 100 * position / all;
        let mut reached = self.next_milestone;
        while MILESTONES.get(reached).is_some_and(|&milestone| milestone <= percent) {
            reached += 1;
        }
        let pause = self.last_line.elapsed();
        let due = (reached > self.next_milestone && pause >= LEAST_PAUSE) || pause >= LONGEST_SILENCE;
        if !due || position >= all {
            return;
        }
        self.next_milestone = reached;
        self.last_line = Instant::now();
        let elapsed = self.begun.elapsed().as_secs_f64();
        let left = elapsed * (all - position) as f64 / position.max(1) as f64;
        let (time, left, of_batch) = (duration(time), duration(left), self.of_batch());
        log::info!("{percent:3} %  t = {time}  step {done} of {}{of_batch}  {left} left", self.steps);
    }
}

fn bar(steps: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(steps), ProgressDrawTarget::stderr_with_hz(5));
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent:>3} %  {msg}  {eta} left") {
        bar.set_style(style);
    }
    bar
}

/// Seconds as people say them: `45 s`, `12.5 min`, `3.25 h`, `2.1 d`.
#[must_use]
pub fn duration(seconds: f64) -> String {
    let (value, unit) = match seconds.abs() {
        s if s < 120.0 => (seconds, "s"),
        s if s < 7200.0 => (seconds / 60.0, "min"),
        s if s < 172_800.0 => (seconds / 3600.0, "h"),
        _ => (seconds / 86400.0, "d"),
    };
    let rounded = (value * 100.0).round() / 100.0;
    format!("{rounded} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_durations_read_well() {
        assert_eq!(duration(60.0), "60 s");
        assert_eq!(duration(3600.0), "60 min");
        assert_eq!(duration(86400.0), "24 h");
        assert_eq!(duration(1.234), "1.23 s");
    }
}
