//! Whether fields go together: nodes and snapshots of U and V, and the times of all fields against those of the run.

use super::field::Field;
use super::field_files::size;
use super::fields::Fields;
use super::time::{Rules, Start, Time, typed};
use crate::advection::field::Staggering;
use crate::deck::dates;
use crate::deck::reader::Reading;
use crate::field_head::{Calendar, FieldHead, HorizontalHead};
use crate::plan::{CurrentPlan, Epoch, OutsideTimes};

/// How far nodes or snapshots of U and V may lie apart and still be the same: rounding to f32 in files, relative.
const SAME_NODE: f64 = 1e-5;
/// s
const SAME_TIME: f64 = 1.0;

/// Components of one velocity must fit together.
pub fn check_current(current: CurrentPlan, list: &[Field], staggering: Staggering, reading: &mut Reading) {
    let u = &list[current.u];
    for other in [Some(current.v), current.w].into_iter().flatten().map(|i| &list[i]) {
        let (Some(a), Some(b)) = (u.head(), other.head()) else {
            continue;
        };
        let (first, second) = (&u.plan.name, &other.plan.name);
        if let Some(message) = different_grids(a, b, first, second, staggering) {
            let help = match staggering {
                Staggering::A => "on an A-grid they stand on the same nodes; write `grid: c` for NEMO's C-grid",
                Staggering::C => "on a C-grid they have one size; name the `variable` of the same model",
            };
            reading.error(other.at, message, help);
        } else if let Some(message) = different_times(a, b, first, second) {
            reading.error(other.at, message, "name the same time range of files for both");
        }
    }
}

fn different_grids(a: &FieldHead, b: &FieldHead, first: &str, second: &str, staggering: Staggering) -> Option<String> {
    let shape = |head: &FieldHead| {
        let (nx, ny) = size(head);
        match head.axes.depth.len() {
            0 => format!("{nx} x {ny}"),
            n => format!("{nx} x {ny} x {n}"),
        }
    };
    let same_levels = a.axes.depth.len() == b.axes.depth.len();
    if size(a) != size(b) || !same_levels {
        return Some(format!("`{second}` has {} nodes, `{first}` has {}", shape(b), shape(a)));
    }
    if staggering == Staggering::C {
        return None;
    }
    if let Some((one, two)) = first_difference(&a.axes.depth, &b.axes.depth) {
        return Some(format!("`{second}` stands at other depths than `{first}`: {two} m and {one} m"));
    }
    let (HorizontalHead::Rectilinear { lon, lat, .. }, HorizontalHead::Rectilinear { lon: lon_b, lat: lat_b, .. }) =
        (&a.axes.horizontal, &b.axes.horizontal)
    else {
        return None;
    };
    for (axis, one, two) in [("lon", lon, lon_b), ("lat", lat, lat_b)] {
        if let Some((one, two)) = first_difference(one, two) {
            return Some(format!("`{second}` stands on other nodes than `{first}`: {axis} {two} and {one}"));
        }
    }
    None
}

/// The first values that differ by more than a part of the spacing.
fn first_difference(a: &[f64], b: &[f64]) -> Option<(f64, f64)> {
    let width = a.first().zip(a.last()).map_or(0.0, |(first, last)| (last - first).abs());
    let spacing = width / (a.len().max(2) - 1) as f64;
    let slack = (1e-3 * spacing).max(SAME_NODE * width);
    let slack = slack.min(0.1 * spacing).max(f64::MIN_POSITIVE);
    a.iter().zip(b).map(|(x, y)| (*x, *y)).find(|(x, y)| (x - y).abs() > slack)
}

fn different_times(a: &FieldHead, b: &FieldHead, first: &str, second: &str) -> Option<String> {
    let (one, two) = (a.snapshots.len(), b.snapshots.len());
    if one == 1 || two == 1 {
        return None;
    }
    if one != two {
        return Some(format!("`{second}` has {two} snapshots, `{first}` has {one}"));
    }
    let pairs = a.snapshots.iter().zip(&b.snapshots).map(|(x, y)| (x.time, y.time));
    let (x, y) = pairs.into_iter().find(|(x, y)| (x - y).abs() > SAME_TIME)?;
    let (x, y) = (dates::format(x, a.calendar), dates::format(y, b.calendar));
    Some(format!("`{second}` has a snapshot at {y} where `{first}` has one at {x}"))
}

/// What the fields mean for the section `time`: their calendar, and where the run begins when the deck does not say.
pub fn time_rules(fields: &Fields, reading: &mut Reading) -> Rules {
    let mut dated: Option<(&Field, Calendar)> = None;
    for field in &fields.list {
        let Some(head) = field.head().filter(|h| h.calendar != Calendar::Elapsed) else {
            continue;
        };
        match dated {
            None => dated = Some((field, head.calendar)),
            Some((first, calendar)) if !calendar.agrees_with(head.calendar) => {
                let (one, two) = (&first.plan.name, &field.plan.name);
                let (a, b) = (calendar.name(), head.calendar.name());
                let message = format!("`{two}` counts its days in the calendar `{b}`, `{one}` in `{a}`");
                reading.error(
                    field.at,
                    message,
                    "bring the files to one calendar, for instance with `cdo setcalendar`",
                );
            }
            Some(_) => {}
        }
    }
    let calendar = dated.map_or(Calendar::Elapsed, |d| d.1);
    let of_calendar = |h: &&FieldHead| (h.calendar == Calendar::Elapsed) == (calendar == Calendar::Elapsed);
    let ranges = |wanted: fn(&Field, &FieldHead) -> bool| -> Option<(f64, f64)> {
        let heads = fields.list.iter().filter_map(|f| f.head().filter(of_calendar).filter(|h| wanted(f, h)));
        heads.map(FieldHead::time_range).reduce(|a, b| (a.0.max(b.0), a.1.min(b.1)))
    };
    let several = |_: &Field, head: &FieldHead| head.snapshots.len() > 1;
    let refusing =
        |field: &Field, head: &FieldHead| head.snapshots.len() > 1 && field.plan.outside_times == OutsideTimes::Refuse;
    let any = |_: &Field, head: &FieldHead| head.calendar != Calendar::Elapsed;
    let covered = ranges(refusing).or_else(|| ranges(several)).or_else(|| ranges(any));
    let dates = if calendar == Calendar::Elapsed { Calendar::Standard } else { calendar };
    Rules { backward: true, calendar: dates, covered: covered.map(|(first, last)| (calendar, first, last)) }
}

/// The run must lie inside the times of every field that is not said to go on.
pub fn check_times(fields: &Fields, time: &Time, reading: &mut Reading) {
    if time.start.is_wrong() {
        return;
    }
    let length = time.length() * time.start.direction;
    let run = [length.min(0.0), length.max(0.0)];
    let mut told: Vec<(f64, f64)> = Vec::new();
    for field in &fields.list {
        let Some(head) = field.head().filter(|_| field.plan.outside_times == OutsideTimes::Refuse) else {
            continue;
        };
        let (first, last) = head.time_range();
        let zero = zero_of(head, time.start.epoch.as_ref());
        let inside = first - zero <= run[0] + SAME_TIME && last - zero >= run[1] - SAME_TIME;
        if inside || told.contains(&(first, last)) {
            continue;
        }
        told.push((first, last));
        report_range(field, (first - zero, last - zero), run, fields, &time.start, reading);
    }
}

/// What is subtracted from a snapshot's time to count it from the start, s.
fn zero_of(head: &FieldHead, epoch: Option<&Epoch>) -> f64 {
    epoch.map_or(0.0, |e| e.zero_of(head.calendar))
}

fn report_range(
    field: &Field,
    (first, last): (f64, f64),
    run: [f64; 2],
    fields: &Fields,
    start: &Start,
    reading: &mut Reading,
) {
    let same = |f: &&Field| f.plan.outside_times == OutsideTimes::Refuse;
    let range = field.head().map(FieldHead::time_range);
    let alike: Vec<String> = fields
        .list
        .iter()
        .filter(same)
        .filter(|f| f.head().map(FieldHead::time_range) == range)
        .map(|f| format!("`{}`", f.plan.name))
        .collect();
    let verb = if alike.len() == 1 { "covers" } else { "cover" };
    let message = format!(
        "the run goes from {} to {}, but {} {verb} only {} to {}",
        start.say(run[0]),
        start.say(run[1]),
        alike.join(", "),
        start.say(first),
        start.say(last)
    );
    let possible = if start.direction > 0.0 { last } else { -first };
    let shorter = first <= SAME_TIME && last >= -SAME_TIME && possible > 0.0;
    let help = if shorter {
        format!("write `end: {}`, or `outside_times: extrapolate` in the field", typed(possible))
    } else {
        let from = if start.direction > 0.0 { first } else { last };
        format!("write `start: {}`, or `outside_times: extrapolate` in the field", start.say(from))
    };
    reading.error(field.at, message, help);
}
