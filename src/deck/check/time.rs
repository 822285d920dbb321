//! The section `time`: the coupling steps, forward or backward, and the date at which they begin.

use jiff::civil::DateTime;

use super::Overrides;
use crate::clock::Clock;
use crate::deck::dates;
use crate::deck::node::Node;
use crate::deck::reader::{Reading, Table};
use crate::diagnostic::Span;
use crate::field_head::Calendar;
use crate::plan::Epoch;
use crate::quantity::{self, Dimension};

/// How far a time may lie from a step's end and still be it: rounding of decimal fractions, relative.
pub const TIME_TOLERANCE: f64 = 1e-9;

/// Steps that a run may have: 2^53, so that step numbers are exact in floating point.
pub const MOST_STEPS: f64 = 9.007_199_254_740_992e15;

/// The clock of the deck and of this run.
pub struct Time {
    /// As the deck says, with positive steps also in a backward run.
    pub full: Clock,
    /// The time after each number of steps, s, when the steps are listed.
    pub listed: Vec<f64>,
    /// Cut by `--steps`; its steps are negative in a backward run.
    pub clock: Clock,
    pub start: Start,
}

/// Where the run begins and which way it goes.
pub struct Start {
    /// The date of t = 0.
    pub epoch: Option<Epoch>,
    /// The same for the file, when its calendar is Gregorian.
    pub date: Option<DateTime>,
    /// Whether the deck gives a start, maybe a wrong one.
    given: bool,
    /// 1, or -1 when the run goes backward.
    pub direction: f64,
}

/// What the kind of run allows and brings along.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// Whether steps may be negative.
    pub backward: bool,
    pub calendar: Calendar,
    /// The fields' calendar, and where they begin and end: the start, forward and backward, when the deck gives none.
    pub covered: Option<(Calendar, f64, f64)>,
}

impl Rules {
    /// Forward, dates are Gregorian.
    pub const CELLS: Self = Self { backward: false, calendar: Calendar::Standard, covered: None };
    /// Without fields that say more.
    pub const PARTICLES: Self = Self { backward: true, ..Self::CELLS };
}

/// Reads the section.
pub fn read(node: &Node, overrides: &Overrides, rules: Rules, reading: &mut Reading) -> Option<Time> {
    let mut table = Table::open(node, "time", reading)?;
    let start_node = table.get("start");
    let step_node = table.get("step");
    let end_node = table.get("end");
    let list_node = table.get("steps");
    let meant = table.finish(&["stop_when"], reading);
    let step = step_node.and_then(|n| read_step(n, rules, reading));
    let direction = step.map_or(1.0, f64::signum);
    let start = read_start(start_node, direction, rules, reading);
    let full = match list_node {
        Some(node) => {
            if let Some(other) = step_node.or(end_node) {
                let help = "keep either `steps`, or `step` and `end`";
                reading.error(other.at, "`time.steps` lists all steps already", help);
            }
            read_steps(node, reading)
        }
        None => read_uniform((step_node, step), end_node, &start, (node.at, &meant), reading),
    }?;
    let clock = overrides.steps.map_or_else(|| full.clone(), |n| full.shortened(n));
    if clock.count() < full.count() {
        reading.origin("steps (first of the deck's)", clock.count().to_string(), "command line");
    }
    let clock = match clock {
        Clock::Uniform { step, count } => Clock::Uniform { step: step * start.direction, count },
        listed @ Clock::Listed { .. } => listed,
    };
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

fn read_start(node: Option<&Node>, direction: f64, rules: Rules, reading: &mut Reading) -> Start {
    let mut start = Start { epoch: None, date: None, given: node.is_some(), direction };
    let found = match (node, rules.covered) {
        (Some(node), _) => read_date(node, rules.calendar, reading).map(|seconds| (rules.calendar, seconds)),
        (None, Some((calendar, first, last))) => {
            let (seconds, which) = if direction > 0.0 { (first, "first") } else { (last, "last") };
            let origin = format!("{which} time of the fields");
            reading.origin("time.start", dates::format(seconds, calendar), origin);
            Some((calendar, seconds))
        }
        (None, None) => None,
    };
    if let Some((calendar, seconds)) = found.filter(|f| *f != (Calendar::Elapsed, 0.0)) {
        let date = dates::format(seconds, calendar);
        start.date = date.parse().ok().filter(|_| calendar.agrees_with(Calendar::Standard));
        start.epoch = Some(Epoch { calendar, seconds, date });
    }
    start
}

fn read_date(node: &Node, calendar: Calendar, reading: &mut Reading) -> Option<f64> {
    let text = reading.text(node, "`time.start`")?;
    let date = dates::parse(text, calendar);
    if date.is_some() {
        reading.origin_line("time.start", text, node.at);
    } else if dates::is_date(text) {
        let message = format!("`time.start`: the calendar `{}` has no {text}", calendar.name());
        reading.error(node.at, message, "write a date that the calendar has");
    } else {
        let message = format!("`time.start`: `{text}` is no date");
        reading.error(node.at, message, "write `start: 2020-01-01` or `start: 2020-01-01T12:00:00`, in UTC");
    }
    date
}

/// The step with its sign, s.
fn read_step(node: &Node, rules: Rules, reading: &mut Reading) -> Option<f64> {
    let step = reading.quantity(node, "`time.step`", Dimension::TIME)?;
    if step == 0.0 || step < 0.0 && !rules.backward {
        reading.error(node.at, "`time.step` is not positive", "write `step: 1 min`");
        return None;
    }
    Some(step)
}

fn read_uniform(
    (step_node, step): (Option<&Node>, Option<f64>),
    end_node: Option<&Node>,
    start: &Start,
    (at, meant): (Span, &[&str]),
    reading: &mut Reading,
) -> Option<Clock> {
    if step_node.is_none() && !meant.contains(&"step") {
        reading.error(at, "`time.step` is missing", "add `step: 1 min`");
    }
    if end_node.is_none() && !meant.contains(&"end") {
        reading.error(at, "`time.end` is missing", "add `end: 1 h`");
    }
    let end = end_node.and_then(|n| start.elapsed(n, "`time.end`", reading));
    let (step_node, end_node, step, end) = (step_node?, end_node?, step?.abs(), end?);
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
            reading.error(
                item.at,
                "a step is negative",
                "time runs forward; only a `step` of particles may be negative",
            );
        }
        steps.push(step);
    }
    let total: f64 = steps.iter().sum();
    reading.origin_line("time.steps", format!("{} steps, {}", steps.len(), say(total)), node.at);
    (steps.len() == items.len()).then_some(Clock::Listed { steps })
}

impl Start {
    /// An instant as time from the start, s, positive also in a backward run: a duration, or a date when there is a
    /// start.
    pub fn elapsed(&self, node: &Node, what: &str, reading: &mut Reading) -> Option<f64> {
        let date = node.text().filter(|text| dates::is_date(text));
        let Some(date) = date else {
            let value = reading.quantity(node, what, Dimension::TIME)?;
            if value < 0.0 {
                let help = if self.direction < 0.0 {
                    "write how far the run goes back, such as `10 days`; the negative `step` says that it goes back"
                } else {
                    "write a time from the start, such as `1 h`"
                };
                reading.error(node.at, format!("{what} is negative"), help);
                return None;
            }
            return Some(value);
        };
        let Some(epoch) = self.epoch.as_ref().filter(|e| e.calendar != Calendar::Elapsed) else {
            if !self.given {
                reading.error(
                    node.at,
                    format!("{what} is a date, but the deck has no `time.start`"),
                    "add `start: 2020-01-01` under `time`",
                );
            }
            return None;
        };
        let Some(instant) = dates::parse(date, epoch.calendar) else {
            let message = format!("{what}: the calendar `{}` has no {date}", epoch.calendar.name());
            reading.error(node.at, message, "write a date that the calendar has");
            return None;
        };
        let seconds = (instant - epoch.seconds) * self.direction;
        if seconds < 0.0 {
            let (side, other) = if self.direction < 0.0 {
                ("after `time.start`, and the run goes backward", "an earlier")
            } else {
                ("before `time.start`", "a later")
            };
            reading.error(node.at, format!("{what} lies {side}"), format!("write {other} date"));
            return None;
        }
        Some(seconds)
    }

    /// Whether the deck gives a date that cannot be read, so that nothing can be said of dates.
    pub fn is_wrong(&self) -> bool {
        self.given && self.epoch.is_none()
    }

    /// A time of the run, s from the start, for people: its date when there is one.
    pub fn say(&self, seconds: f64) -> String {
        match &self.epoch {
            Some(epoch) => dates::format(epoch.seconds + seconds, epoch.calendar),
            None if seconds < 0.0 => format!("{} before the start", say(-seconds)),
            None => say(seconds),
        }
    }
}

/// A duration in a sentence, and as one types it: `15 min`.
pub fn say(seconds: f64) -> String {
    if seconds == 0.0 { "0 s".to_owned() } else { typed(seconds) }
}

pub fn typed(seconds: f64) -> String {
    let short = quantity::short_duration(seconds);
    let split = short.find(|c: char| c.is_ascii_alphabetic() && c != 'e').unwrap_or(short.len());
    format!("{} {}", &short[..split], &short[split..])
}
