//! Where particles begin: points, boxes, lines, grids and lists, in the coordinates of the mesh.

use super::domain::Extent;
use super::release::Context;
use super::time::Time;
use crate::advection::Mesh;
use crate::deck::dates;
use crate::deck::node::Node;
use crate::deck::reader::{Reading, Table};
use crate::deck::release_list::{HorizontalUnit, ListedTimes, ReleaseSummary, is_degrees};
use crate::diagnostic::Diagnostic;
use crate::plan::Places;
use crate::quantity::{self, Dimension};

/// Places as read: what the plan holds, how many particles they give, where they extend.
pub struct Read {
    pub places: Places,
    pub count: Option<u64>,
    pub extent: Extent,
    pub depths: Option<[f64; 2]>,
    pub has_times: bool,
}

/// Reads the value of `at`, `box`, `line`, `grid` or `file`.
pub fn read(kind: &str, node: &Node, mesh: Option<Mesh>, context: &Context<'_>, reading: &mut Reading) -> Option<Read> {
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
        places: Places::List {
            path: head.name.clone().into(),
            backward: context.time.is_some_and(|t| t.start.direction < 0.0),
        },
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
        let (from, to) = time.say_range();
        let (first, last) = (say(range[0]), say(range[1]));
        let message =
            format!("`particles.release.file` has times from {first} to {last}, the run goes from {from} to {to}");
        reading.error(node.at, message, "release all particles after the start and before the end");
    }
}

/// `[lon, lat]`.
pub fn point(node: &Node, what: &str, mesh: Option<Mesh>, reading: &mut Reading) -> Option<[f64; 2]> {
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
pub fn corners(node: &Node, what: &str, mesh: Option<Mesh>, reading: &mut Reading) -> Option<[f64; 4]> {
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
            let across = axis == "lon" && mesh == Some(Mesh::Spherical) && high + 360.0 - low <= 180.0;
            let help = if across {
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
pub fn coordinate(node: &Node, what: &str, mesh: Option<Mesh>, reading: &mut Reading) -> Option<f64> {
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
