//! `particles.release`: where, when and how often particles begin; each place held against the fields' domain.

use super::domain::{self, Extent};
use super::fields::Fields;
use super::time::{Time, typed};
use crate::advection::Mesh;
use crate::deck::dates;
use crate::deck::node::Node;
use crate::deck::reader::{Reading, Table};
use crate::deck::release_list::{HorizontalUnit, ListedTimes, ReleaseSummary, is_degrees};
use crate::deck::sources::Sources;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{Places, ReleasePlan};
use crate::quantity::{self, Dimension};

/// What a release needs from elsewhere.
pub struct Context<'a> {
    pub sources: &'a Sources,
    pub fields: Option<&'a Fields>,
    pub time: Option<&'a Time>,
    /// `particles.count`
    pub count: Option<&'a Node>,
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

/// Places as read: what the plan holds, how many particles they give, where they extend.
struct Read {
    places: Places,
    count: Option<u64>,
    extent: Extent,
    depths: Option<[f64; 2]>,
    has_times: bool,
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
        [(kind, n)] => read_places(kind, n, mesh, context, reading),
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
    let seconds = |step: u64| time.full.time(step) * time.start.direction;
    let has_depth = depth_node.is_some() || read.depths.is_some();
    let plan = ReleasePlan {
        count,
        places: read.places,
        depth: depth?,
        time: seconds(first),
        repeat_every: repeat_every.map(seconds),
        releases,
    };
    Some(Released { plan, has_depth })
}

fn read_places(
    kind: &str,
    node: &Node,
    mesh: Option<Mesh>,
    context: &Context<'_>,
    reading: &mut Reading,
) -> Option<Read> {
    let path = format!("`particles.release.{kind}`");
    let simple = |places, extent| Read { places, count: None, extent, depths: None, has_times: false };
    let read = match kind {
        "at" => {
            let at = point(node, &path, mesh, reading)?;
            simple(Places::At(at), Extent::point(at))
        }
        "box" => {
            let bounds = corners(node, &path, mesh, reading)?;
            simple(Places::Box(bounds), Extent::new(bounds))
        }
        "line" => {
            let items = reading.list(node, &path)?;
            let [from, to] = items else {
                let message = format!("{path} has {} points", items.len());
                reading.error(node.at, message, "write both ends, `[[0, 0], [10, 10]]`");
                return None;
            };
            let (from, to) = (point(from, &path, mesh, reading), point(to, &path, mesh, reading));
            let line = [from?, to?];
            simple(Places::Line(line), Extent::of_points(line))
        }
        "grid" => {
            let mut table = Table::open(node, "particles.release.grid", reading)?;
            let nx = table.require("nx", "nx: 10");
            let ny = table.require("ny", "ny: 10");
            let over = table.require("over", "over: [0, 10, 0, 10]");
            table.finish(&["spacing"], reading);
            let nx = nx.and_then(|n| reading.count(n, "`particles.release.grid.nx`", 1));
            let ny = ny.and_then(|n| reading.count(n, "`particles.release.grid.ny`", 1));
            let over = over.and_then(|n| corners(n, "`particles.release.grid.over`", mesh, reading));
            let (nx, ny, over) = (nx?, ny?, over?);
            let count = nx.checked_mul(ny);
            if count.is_none() {
                reading.error(node.at, "`particles.release.grid` has too many nodes", "write smaller `nx` and `ny`");
            }
            Read { count: Some(count?), ..simple(Places::Grid { nx, ny, over }, Extent::new(over)) }
        }
        _ => return read_list(node, mesh, context, reading),
    };
    reading.origin_line(format!("particles.release.{kind}"), node.spelling(), node.at);
    Some(read)
}

fn read_list(node: &Node, mesh: Option<Mesh>, context: &Context<'_>, reading: &mut Reading) -> Option<Read> {
    let text = reading.text(node, "`particles.release.file`")?;
    let head = context.sources.release.as_ref()?;
    let summary = match &head.content {
        Ok(summary) => summary,
        Err(problems) => {
            for problem in problems {
                if problem.at.line == 0 {
                    let message = format!("`particles.release.file`: `{}`: {}", head.name, problem.message);
                    reading.error(node.at, message, problem.help.clone());
                    continue;
                }
                reading.problems.push(Diagnostic {
                    file: head.name.clone(),
                    span: problem.at,
                    message: problem.message.clone(),
                    help: Some(problem.help.clone()).filter(|h| !h.is_empty()),
                });
            }
            return None;
        }
    };
    let wrong = match (summary.horizontal, mesh) {
        (HorizontalUnit::Degrees, Some(Mesh::Flat)) => Some(("degrees", "flat (metres)")),
        (HorizontalUnit::Metres, Some(Mesh::Spherical)) => Some(("a length", "spherical (degrees)")),
        _ => None,
    };
    if let Some((unit, mesh)) = wrong {
        let message = format!("`{}` has lon and lat in {unit}, the mesh is {mesh}", head.name);
        reading.error(node.at, message, "bring the list and `fields.mesh` together");
        return None;
    }
    check_listed_times(node, summary, context.time, reading);
    reading.origin_line("particles.release.file", format!("{text}: {} rows", summary.rows), node.at);
    let [[x0, x1], [y0, y1]] = [summary.lon, summary.lat];
    Some(Read {
        places: Places::List { path: head.name.clone().into() },
        count: Some(summary.rows),
        extent: Extent::new([x0, x1, y0, y1]),
        depths: summary.depth,
        has_times: summary.time.is_some(),
    })
}

/// All times of a list must lie in the run.
fn check_listed_times(node: &Node, summary: &ReleaseSummary, time: Option<&Time>, reading: &mut Reading) {
    let (Some(time), Some(listed)) = (time, &summary.time) else {
        return;
    };
    let direction = time.start.direction;
    let range = match listed {
        ListedTimes::Seconds(range) => *range,
        ListedTimes::Dates(texts) => {
            let Some(epoch) = &time.start.epoch else {
                let message = "`particles.release.file` has dates, but the deck has no `time.start`";
                reading.error(node.at, message, "add `start: 2020-01-01` under `time`");
                return;
            };
            let seconds = |text: &str| dates::parse(text, epoch.calendar).map(|s| (s - epoch.seconds) * direction);
            let (Some(a), Some(b)) = (seconds(&texts[0]), seconds(&texts[1])) else {
                let message = format!("`particles.release.file` has dates that `{}` lacks", epoch.calendar.name());
                reading.error(node.at, message, "write dates of the calendar of the fields");
                return;
            };
            [a.min(b), a.max(b)]
        }
    };
    if range[0] < 0.0 || range[1] >= time.length() {
        let say = |seconds: f64| time.start.say(seconds * direction);
        let message = format!(
            "`particles.release.file` has times from {} to {}, the run goes from {} to {}",
            say(range[0]),
            say(range[1]),
            say(0.0),
            say(time.length())
        );
        reading.error(node.at, message, "release all particles after the start and before the end");
    }
}

/// `[lon, lat]`.
fn point(node: &Node, what: &str, mesh: Option<Mesh>, reading: &mut Reading) -> Option<[f64; 2]> {
    let items = reading.list(node, what)?;
    let [x, y] = items else {
        let message = format!("{what} has {} values where a point has two", items.len());
        reading.error(node.at, message, "write `[lon, lat]`; the depth has its own key `depth`");
        return None;
    };
    let (x, y) = (coordinate(x, what, mesh, reading), latitude(y, what, mesh, reading));
    Some([x?, y?])
}

/// `[lon0, lon1, lat0, lat1]`.
fn corners(node: &Node, what: &str, mesh: Option<Mesh>, reading: &mut Reading) -> Option<[f64; 4]> {
    let items = reading.list(node, what)?;
    let [x0, x1, y0, y1] = items else {
        let message = format!("{what} has {} values where a box has four", items.len());
        reading.error(node.at, message, "write `[lon0, lon1, lat0, lat1]`");
        return None;
    };
    let (a, b) = (coordinate(x0, what, mesh, reading), coordinate(x1, what, mesh, reading));
    let (c, d) = (latitude(y0, what, mesh, reading), latitude(y1, what, mesh, reading));
    let bounds = [a?, b?, c?, d?];
    for (low, high, at, axis) in [(bounds[0], bounds[1], x0.at, "lon"), (bounds[2], bounds[3], y0.at, "lat")] {
        if low > high {
            let help = if axis == "lon" && mesh == Some(Mesh::Spherical) {
                format!("across the date line write `{low}, {}`", high + 360.0)
            } else {
                "write the smaller value first: `[lon0, lon1, lat0, lat1]`".to_owned()
            };
            reading.error(at, format!("{what}: {axis}0 ({low}) is above {axis}1 ({high})"), help);
            return None;
        }
    }
    Some(bounds)
}

fn latitude(node: &Node, what: &str, mesh: Option<Mesh>, reading: &mut Reading) -> Option<f64> {
    let value = coordinate(node, what, mesh, reading)?;
    if mesh == Some(Mesh::Spherical) && value.abs() > 90.0 {
        let help = "longitude stands first: `[lon, lat]`, `[lon0, lon1, lat0, lat1]`";
        reading.error(node.at, format!("{what}: the latitude {value} is beyond the poles"), help);
        return None;
    }
    Some(value)
}

/// A number in the mesh's own unit, or a quantity that fits it.
fn coordinate(node: &Node, what: &str, mesh: Option<Mesh>, reading: &mut Reading) -> Option<f64> {
    let text = reading.text(node, what)?;
    if let Some(number) = quantity::parse_number(text) {
        return Some(number);
    }
    let split = text.find(|c: char| c.is_alphabetic() && c != 'e' && c != 'E' || c == '°' || c == 'd');
    let in_degrees = split.map(|i| text.split_at(i)).filter(|(_, unit)| is_degrees(unit));
    if let Some(number) = in_degrees.and_then(|(number, _)| quantity::parse_number(number.trim())) {
        if mesh == Some(Mesh::Flat) {
            reading.error(
                node.at,
                format!("{what}: `{text}` is in degrees, the mesh is flat"),
                "write a length, `10 km`",
            );
            return None;
        }
        return Some(number);
    }
    if mesh == Some(Mesh::Spherical) {
        let help = "write degrees, with or without `deg`: `-12.5`";
        reading.error(node.at, format!("{what}: `{text}` is no position in degrees"), help);
        return None;
    }
    reading.quantity(node, what, Dimension::LENGTH)
}

fn read_count(context: &Context<'_>, read: Option<&Read>, has_places: bool, reading: &mut Reading) -> Option<u64> {
    let own = read.and_then(|r| r.count);
    let Some(node) = context.count else {
        match (own, read) {
            (Some(count), _) => reading.origin("particles.count", count.to_string(), "the release"),
            (None, Some(_)) => reading.error(context.section, "`particles.count` is missing", "add `count: 100_000`"),
            (None, None) => {}
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

/// The step at whose beginning the first release is.
fn read_time(node: Option<&Node>, read: Option<&Read>, time: Option<&Time>, reading: &mut Reading) -> Option<u64> {
    let Some(node) = node else {
        if read.is_some_and(|r| !r.has_times) {
            reading.origin_default("particles.release.time", "start of the run");
        }
        return Some(0);
    };
    if read.is_some_and(|r| r.has_times) {
        let message = "`particles.release.time` is given, and the list has times of its own";
        reading.error(node.at, message, "keep one of the two");
        return None;
    }
    let time = time?;
    let step = time.instant_of(node, "`particles.release.time`", reading)?;
    if step >= time.full.count() {
        let message = "`particles.release.time` is the end of the run, so that the particles never move";
        reading.error(node.at, message, "write an earlier time, or a later `time.end`");
        return None;
    }
    reading.origin_line("particles.release.time", node.spelling(), node.at);
    Some(step)
}

/// Steps between releases, and how many releases there are.
fn read_repeat(
    node: Option<&Node>,
    first: Option<u64>,
    time: Option<&Time>,
    reading: &mut Reading,
) -> Option<(Option<u64>, u64)> {
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
    let crate::clock::Clock::Uniform { step, .. } = time.full else {
        reading.error(node.at, format!("{what} needs steps of one length"), "write `step` and `end` under `time`");
        return None;
    };
    if interval >= time.length() {
        return Some((None, 1));
    }
    let Some(stride) = time.step_at(interval).filter(|s| *s > 0) else {
        let above = (interval / step).ceil() * step;
        let message = format!("{what} ({}) is no multiple of `time.step` ({})", typed(interval), typed(step));
        reading.error(node.at, message, format!("write `repeat_every: {}`", typed(above)));
        return None;
    };
    // A release at the very end would never move.
    Some((Some(stride), (time.full.count() - first).div_ceil(stride)))
}
