//! The section `time`: the coupling steps, and instants of output as step numbers.

use std::collections::BTreeSet;

use jiff::civil::DateTime;

use super::Overrides;
use crate::clock::{Clock, Schedule};
use crate::deck::node::{Node, Value};
use crate::deck::reader::{Reading, Table};
use crate::diagnostic::Span;
use crate::quantity::{self, Dimension};

/// How far a time may lie from a step's end and still be it: rounding of decimal fractions, relative.
const TIME_TOLERANCE: f64 = 1e-9;

/// Steps that a run may have: 2^53, so that step numbers are exact in floating point.
const MOST_STEPS: f64 = 9.007_199_254_740_992e15;

/// The clock of the deck and of this run.
pub struct Time {
    /// As the deck says.
    full: Clock,
    /// The time after each number of steps, s, when the steps are listed.
    listed: Vec<f64>,
    /// Cut by `--steps`.
    pub clock: Clock,
    pub start: Option<DateTime>,
}

/// Reads the section.
pub fn read(node: &Node, overrides: &Overrides, reading: &mut Reading) -> Option<Time> {
    let mut table = Table::open(node, "time", reading)?;
    let start_node = table.get("start");
    let step_node = table.get("step");
    let end_node = table.get("end");
    let list_node = table.get("steps");
    table.finish(&["stop_when"], reading);
    let start = start_node.and_then(|n| read_start(n, reading));
    let full = match list_node {
        Some(node) => {
            if let Some(other) = step_node.or(end_node) {
                let help = "keep either `steps`, or `step` and `end`";
                reading.error(other.at, "`time.steps` lists all steps already", help);
            }
            read_steps(node, reading)
        }
        None => read_uniform(step_node, end_node, start, start_node.is_some(), node.at, reading),
    }?;
    let clock = overrides.steps.map_or_else(|| full.clone(), |n| full.shortened(n));
    if clock.count() < full.count() {
        reading.origin("steps (first of the deck's)", clock.count().to_string(), "command line");
    }
    let listed = match &full {
        Clock::Uniform { .. } => Vec::new(),
        // The sums of `Clock::time`, in the same order.
        Clock::Listed { steps } => (0..=steps.len())
            .scan(0.0, |sum, n| {
                *sum += if n == 0 { 0.0 } else { steps[n - 1] };
                Some(*sum)
            })
            .collect(),
    };
    Some(Time { full, listed, clock, start })
}

fn read_start(node: &Node, reading: &mut Reading) -> Option<DateTime> {
    let text = reading.text(node, "`time.start`")?;
    let date = parse_date(text);
    if date.is_some() {
        reading.origin_line("time.start", text, node.at);
    } else {
        let message = format!("`time.start`: `{text}` is no date");
        reading.error(node.at, message, "write `start: 2020-01-01` or `start: 2020-01-01T12:00:00`, in UTC");
    }
    date
}

fn parse_date(text: &str) -> Option<DateTime> {
    text.strip_suffix('Z').unwrap_or(text).parse().ok()
}

fn read_uniform(
    step_node: Option<&Node>,
    end_node: Option<&Node>,
    start: Option<DateTime>,
    has_start: bool,
    at: Span,
    reading: &mut Reading,
) -> Option<Clock> {
    if step_node.is_none() {
        reading.error(at, "`time.step` is missing", "add `step: 1 min`");
    }
    if end_node.is_none() {
        reading.error(at, "`time.end` is missing", "add `end: 1 h`");
    }
    let step = step_node.and_then(|n| reading.quantity(n, "`time.step`", Dimension::TIME));
    if let (Some(node), Some(value)) = (step_node, step)
        && value <= 0.0
    {
        reading.error(node.at, "`time.step` is not positive", "write `step: 1 min`");
    }
    let end = end_node.and_then(|n| read_instant(n, "`time.end`", start, has_start, reading));
    let (step_node, end_node, step, end) = (step_node?, end_node?, step.filter(|s| *s > 0.0)?, end?);
    if end < step {
        let message = format!("the run ends ({}) before its first step does ({})", say(end), say(step));
        reading.error(end_node.at, message, format!("write `end: {}` or more, or a shorter `step`", typed(step)));
        return None;
    }
    let count = (end / step).round();
    if count > MOST_STEPS {
        reading.error(step_node.at, format!("{count:e} steps are too many"), "write a longer `step`");
        return None;
    }
    if (count * step - end).abs() > TIME_TOLERANCE * end {
        let below = (end / step).floor() * step;
        let message = format!("`time.end` ({}) is no multiple of `time.step` ({})", say(end), say(step));
        let help = format!("write `end: {}` or `end: {}`", typed(below), typed(below + step));
        reading.error(end_node.at, message, help);
        return None;
    }
    reading.origin_line("time.step", step_node.text().unwrap_or_default(), step_node.at);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // from 1 to 2^53, as just checked
    let count = count as u64;
    reading.origin_line("time.end", format!("{} ({count} steps)", end_node.text().unwrap_or_default()), end_node.at);
    Some(Clock::Uniform { step, count })
}

fn read_steps(node: &Node, reading: &mut Reading) -> Option<Clock> {
    let items = reading.list(node, "`time.steps`")?;
    if items.is_empty() {
        reading.error(node.at, "`time.steps` is empty", "write `steps: [1 s, 2 s]`");
        return None;
    }
    let mut steps = Vec::new();
    for item in items {
        let Some(step) = reading.quantity(item, "`time.steps`", Dimension::TIME) else {
            continue;
        };
        if step < 0.0 {
            reading.error(item.at, "a step is negative", "time runs forward");
        }
        steps.push(step);
    }
    let total: f64 = steps.iter().sum();
    reading.origin_line("time.steps", format!("{} steps, {}", steps.len(), say(total)), node.at);
    (steps.len() == items.len()).then_some(Clock::Listed { steps })
}

/// An instant, s from the start: a duration, or a date when there is a start.
fn read_instant(
    node: &Node,
    what: &str,
    start: Option<DateTime>,
    has_start: bool,
    reading: &mut Reading,
) -> Option<f64> {
    let Some(date) = node.text().and_then(parse_date) else {
        let value = reading.quantity(node, what, Dimension::TIME)?;
        if value < 0.0 {
            reading.error(node.at, format!("{what} is negative"), "write a time from the start, such as `1 h`");
            return None;
        }
        return Some(value);
    };
    let Some(start) = start else {
        if !has_start {
            reading.error(
                node.at,
                format!("{what} is a date, but the deck has no `time.start`"),
                "add `start: 2020-01-01` under `time`",
            );
        }
        return None;
    };
    let seconds = date.duration_since(start).as_secs_f64();
    if seconds < 0.0 {
        reading.error(node.at, format!("{what} lies before `time.start`"), "write a later date");
        return None;
    }
    Some(seconds)
}

impl Time {
    /// The schedule `every: …` and its name for a time dimension.
    pub fn every(&self, node: &Node, reading: &mut Reading) -> Option<(Schedule, String)> {
        if node.text() == Some("step") {
            return Some((Schedule::Every { stride: 1 }, self.full_step_name()));
        }
        let interval = reading.quantity(node, "`every`", Dimension::TIME)?;
        let end = self.full.time(self.full.count());
        if interval <= 0.0 {
            reading.error(node.at, "`every` is not positive", "write `every: step` or `every: 10 min`");
            return None;
        }
        if interval > end * (1.0 + TIME_TOLERANCE) {
            let message = format!("`every` ({}) is longer than the run ({})", say(interval), say(end));
            reading.error(node.at, message, "write a shorter interval, or `at: end`");
            return None;
        }
        let name = quantity::short_duration(interval);
        let schedule = match &self.full {
            Clock::Uniform { step, .. } => {
                let stride = (interval / step).round();
                if stride < 1.0 || (stride * step - interval).abs() > TIME_TOLERANCE * interval {
                    let above = (interval / step).ceil() * step;
                    let message = format!("`every` ({}) is no multiple of `time.step` ({})", say(interval), say(*step));
                    reading.error(node.at, message, format!("write `every: {}` or `every: step`", typed(above)));
                    return None;
                }
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // at most the count of steps
                Schedule::Every { stride: stride as u64 }
            }
            Clock::Listed { .. } => self.every_listed(interval, end, node, reading)?,
        };
        Some((schedule, name))
    }

    /// With steps of different lengths every multiple of the interval must be the end of a step.
    fn every_listed(&self, interval: f64, end: f64, node: &Node, reading: &mut Reading) -> Option<Schedule> {
        let mut steps = BTreeSet::new();
        let mut multiple = 0.0;
        while multiple * interval <= end * (1.0 + TIME_TOLERANCE) {
            let instant = multiple * interval;
            let Some(number) = self.step_at(instant) else {
                let message = format!("no step ends at {}, which `every: {}` asks for", say(instant), typed(interval));
                reading.error(node.at, message, "write `every: step`, or `at: [...]` with times at which steps end");
                return None;
            };
            steps.insert(number);
            multiple += 1.0;
        }
        Some(Schedule::At { steps })
    }

    /// The schedule `at: …` and its name for a time dimension.
    pub fn at(&self, node: &Node, reading: &mut Reading) -> Option<(Schedule, String)> {
        let items = match &node.value {
            Value::List(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        if items.is_empty() {
            reading.error(node.at, "`at` is empty", "write `at: end` or `at: [0 s, 10 min, end]`");
            return None;
        }
        let mut steps = BTreeSet::new();
        let mut complete = true;
        for item in items {
            match self.instant(item, reading) {
                Some(number) => {
                    steps.insert(number);
                }
                None => complete = false,
            }
        }
        let name = if items.len() == 1 && items[0].text() == Some("end") { "end" } else { "at" };
        complete.then(|| (Schedule::At { steps }, name.to_owned()))
    }

    /// The step number of an instant of output; the end is that of this run, also when it is shortened.
    fn instant(&self, item: &Node, reading: &mut Reading) -> Option<u64> {
        if item.text() == Some("end") {
            return Some(self.clock.count());
        }
        let time = read_instant(item, "`at`", self.start, self.start.is_some(), reading)?;
        let number = self.step_at(time);
        if number.is_none() {
            let end = self.full.time(self.full.count());
            let message = if time > end {
                format!("`at` ({}) lies after the end of the run ({})", say(time), say(end))
            } else {
                format!("no step ends at {}", say(time))
            };
            reading.error(item.at, message, "write times at which a step ends, or `end`");
        }
        number
    }

    /// The first step number whose state is that at time `time`, s.
    fn step_at(&self, time: f64) -> Option<u64> {
        let near = |t: f64| (t - time).abs() <= TIME_TOLERANCE * time.max(t);
        match &self.full {
            Clock::Uniform { step, count } => {
                let number = (time / step).round();
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // not negative, at most 2^53
                let number = number.min(MOST_STEPS) as u64;
                (number <= *count && near(self.full.time(number))).then_some(number)
            }
            Clock::Listed { .. } => {
                let first = self.listed.partition_point(|t| *t < time && !near(*t));
                self.listed.get(first).filter(|t| near(**t)).map(|_| first as u64)
            }
        }
    }

    fn full_step_name(&self) -> String {
        match &self.full {
            Clock::Uniform { step, .. } => quantity::short_duration(*step),
            Clock::Listed { .. } => "step".to_owned(),
        }
    }
}

/// A duration in a sentence, and as one types it: `15 min`.
fn say(seconds: f64) -> String {
    typed(seconds)
}

fn typed(seconds: f64) -> String {
    let short = quantity::short_duration(seconds);
    let split = short.find(|c: char| c.is_ascii_alphabetic() && c != 'e').unwrap_or(short.len());
    format!("{} {}", &short[..split], &short[split..])
}
