//! `particles.release`: where, when and how often particles begin; each place held against the fields' domain.

use super::domain;
use super::fields::Fields;
use super::places::{self, Read};
use super::time::{MOST_STEPS, TIME_TOLERANCE, Time};
use crate::deck::node::Node;
use crate::deck::reader::{Reading, Table};
use crate::deck::sources::Sources;
use crate::diagnostic::Span;
use crate::plan::{Places, ReleasePlan};
use crate::quantity::{self, Dimension};

/// What a release needs from elsewhere.
pub struct Context<'a> {
    pub sources: &'a Sources,
    pub fields: Option<&'a Fields>,
    pub time: Option<&'a Time>,
    /// `particles.count`
    pub count: Option<&'a Node>,
    /// Whether an unknown key is probably the count.
    pub count_meant: bool,
    /// The section `particles`.
    pub section: Span,
}

/// The release as read.
pub struct Released {
    pub plan: ReleasePlan,
    /// Whether the deck or the list gives a depth.
    pub has_depth: bool,
}

impl Released {
    /// Particles of all releases, at most `limit`.
    pub fn total(&self, limit: Option<u64>) -> Option<u64> {
        let all = self.plan.count.checked_mul(self.plan.releases)?;
        Some(limit.map_or(all, |n| n.min(all)))
    }
}

/// Reads the key.
pub fn read(node: &Node, context: &Context<'_>, reading: &mut Reading) -> Option<Released> {
    const KINDS: [&str; 5] = ["at", "box", "line", "grid", "file"];
    let mut table = Table::open(node, "particles.release", reading)?;
    let nodes = KINDS.map(|kind| table.get(kind));
    let depth_node = table.get("depth");
    let time_node = table.get("time");
    let repeat_node = table.get("repeat_every");
    let meant = table.finish(&["polygon", "over"], reading);
    let given: Vec<(&str, &Node)> = KINDS.into_iter().zip(nodes).filter_map(|(k, n)| n.map(|n| (k, n))).collect();
    let mesh = context.fields.and_then(|f| f.mesh);
    let before = reading.problems.len();
    let read = match given[..] {
        [] => {
            if !KINDS.iter().any(|k| meant.contains(k)) {
                let help = "add `at: [0, 0]`, `box: [0, 10, 0, 10]`, `line: [[0, 0], [1, 1]]`, `grid: …` or `file: …`";
                reading.error(node.at, "`particles.release` does not say where", help);
            }
            None
        }
        [(kind, n)] => places::read(kind, n, mesh, context, reading),
        [(first, _), (second, n), ..] => {
            let message = format!("`particles.release` has both `{first}` and `{second}`");
            reading.error(n.at, message, "keep one of the two");
            None
        }
    };
    let place_at = given.first().map_or(node.at, |g| g.1.at);
    if let (Some(read), Some(fields)) = (&read, context.fields)
        && reading.problems.len() == before
    {
        domain::check(&read.extent, place_at, fields, reading);
    }
    let count = read_count(context, read.as_ref(), !given.is_empty(), reading);
    let depth = read_depth(depth_node, place_at, read.as_ref(), context.fields, reading);
    let first = read_time(time_node, read.as_ref(), context.time, reading);
    let repeat = read_repeat(repeat_node, first, context.time, reading);
    let (read, (first, (repeat_every, releases))) = (read?, (first?, repeat?));
    let time = context.time?;
    let count = count?;
    if releases > 1 {
        let value = format!("{releases} releases of {count} particles");
        reading.origin("particles.release (in this run)", value, "time");
    }
    let direction = time.start.direction;
    let has_depth = depth_node.is_some() || read.depths.is_some();
    let plan = ReleasePlan {
        count,
        places: read.places,
        depth: depth?,
        time: first * direction,
        repeat_every: repeat_every.map(|seconds| seconds * direction),
        releases,
    };
    Some(Released { plan, has_depth })
}

fn read_count(context: &Context<'_>, read: Option<&Read>, has_places: bool, reading: &mut Reading) -> Option<u64> {
    let own = read.and_then(|r| r.count);
    let Some(node) = context.count else {
        match (own, read) {
            (Some(count), _) => reading.origin("particles.count", count.to_string(), "the release"),
            (None, Some(_)) if !context.count_meant => {
                reading.error(context.section, "`particles.count` is missing", "add `count: 100_000`");
            }
            (None, _) => {}
        }
        return own;
    };
    let count = reading.count(node, "`particles.count`", 1)?;
    reading.origin_line("particles.count", count.to_string(), node.at);
    let Some(own) = own else {
        return Some(count).filter(|_| has_places);
    };
    let is_list = read.is_some_and(|r| matches!(r.places, Places::List { .. }));
    if is_list && count > own || !is_list && count != own {
        let noun = if is_list { "the list has" } else { "the grid has" };
        let message = format!("`particles.count` is {count}, but {noun} {own}");
        reading.error(node.at, message, format!("write `count: {own}`, or remove the line"));
        return None;
    }
    Some(count)
}

fn read_depth(
    node: Option<&Node>,
    place: Span,
    read: Option<&Read>,
    fields: Option<&Fields>,
    reading: &mut Reading,
) -> Option<f64> {
    let levels = fields.and_then(domain::levels);
    if let (Some(node), Some(_)) = (node, read.and_then(|r| r.depths)) {
        let message = "`particles.release.depth` is given, and the list has depths of its own";
        reading.error(node.at, message, "keep one of the two");
        return None;
    }
    let Some(node) = node else {
        if let (Some(range), Some(levels)) = (read.and_then(|r| r.depths), &levels) {
            domain::check_depth(range, place, levels, reading);
            return Some(levels.range[0]);
        }
        let shallowest = levels.as_ref().map_or(0.0, |l| l.range[0]);
        if let Some(levels) = &levels {
            let value = format!("{shallowest} m (shallowest level of `{}`)", levels.field);
            reading.origin_default("particles.release.depth", value);
        }
        return Some(shallowest);
    };
    let text = reading.text(node, "`particles.release.depth`")?;
    let depth = match quantity::parse_number(text) {
        Some(metres) => metres,
        None => reading.quantity(node, "`particles.release.depth`", Dimension::LENGTH)?,
    };
    reading.origin_line("particles.release.depth", format!("{depth} m"), node.at);
    if let Some(levels) = &levels {
        domain::check_depth([depth; 2], node.at, levels, reading);
    }
    Some(depth)
}

/// When the first release is, s after the start; in a backward run s before it.
fn read_time(node: Option<&Node>, read: Option<&Read>, time: Option<&Time>, reading: &mut Reading) -> Option<f64> {
    let Some(node) = node else {
        if read.is_some_and(|r| !r.has_times) {
            reading.origin_default("particles.release.time", "start of the run");
        }
        return Some(0.0);
    };
    if read.is_some_and(|r| r.has_times) {
        let message = "`particles.release.time` is given, and the list has times of its own";
        reading.error(node.at, message, "keep one of the two");
        return None;
    }
    let time = time?;
    let seconds = time.start.elapsed(node, "`particles.release.time`", reading)?;
    if seconds >= time.length() {
        let (from, to) = time.say_range();
        let message = format!(
            "`particles.release.time` ({}) is not before the end of the run, which goes from {from} to {to}",
            time.start.say(seconds * time.start.direction)
        );
        reading.error(node.at, message, "write an earlier time, or a later `time.end`");
        return None;
    }
    reading.origin_line("particles.release.time", node.spelling(), node.at);
    Some(seconds)
}

/// Time between releases, s, and how many releases there are.
fn read_repeat(
    node: Option<&Node>,
    first: Option<f64>,
    time: Option<&Time>,
    reading: &mut Reading,
) -> Option<(Option<f64>, u64)> {
    let Some(node) = node else {
        return Some((None, 1));
    };
    let what = "`particles.release.repeat_every`";
    let interval = reading.quantity(node, what, Dimension::TIME)?;
    if interval <= 0.0 {
        reading.error(node.at, format!("{what} is not positive"), "write `repeat_every: 1 day`, or remove it");
        return None;
    }
    let (time, first) = (time?, first?);
    reading.origin_line("particles.release.repeat_every", node.spelling(), node.at);
    // A release at the very end would never move.
    let releases = ((time.length() - first) / interval * (1.0 - TIME_TOLERANCE)).ceil().max(1.0);
    if releases > MOST_STEPS {
        reading.error(node.at, format!("{what} gives {releases:e} releases"), "write a longer time");
        return None;
    }
    Some((Some(interval), releases as u64))
}
