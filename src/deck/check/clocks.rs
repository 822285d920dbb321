//! Instants of output and of releases as step numbers.

use std::collections::BTreeSet;

use super::time::{MOST_STEPS, TIME_TOLERANCE, Time, say, typed};
use crate::clock::{Clock, Schedule};
use crate::deck::node::{Node, Value};
use crate::deck::reader::Reading;
use crate::quantity::{self, Dimension};

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
        let time = self.start.elapsed(item, "`at`", reading)?;
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

    /// Start and end of the deck's run, for people.
    pub fn say_range(&self) -> (String, String) {
        (self.start.say(0.0), self.start.say(self.length() * self.start.direction))
    }

    /// The length of the deck's run, s.
    pub fn length(&self) -> f64 {
        self.full.time(self.full.count())
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
