//! Times of snapshots: read from each file, put in order over all of them.

use super::roles;
use super::source::{Kind, Source, Variable};
use super::unpack::read_all;
use crate::calendar::{self, TimeUnits};
use crate::field_head::{Axes, Calendar, FieldProblem, FieldRequest, Role, SnapshotHead};

/// Usual names of a time that is no dimension.
const NAMES: [&str; 4] = ["time", "time_counter", "ocean_time", "time_centered"];

/// Times in one file, s; `None` when it has no usable time axis.
///
/// # Errors
/// A time axis that is there but wrong.
pub fn of_file(
    request: &FieldRequest,
    axes: &Axes,
    source: &Source,
    variable: &Variable,
) -> Result<Option<(Calendar, Vec<f64>)>, FieldProblem> {
    let Some(time) = time_variable(request, axes, source, variable)? else { return Ok(None) };
    let units = source.units(&time.name);
    let wrong = |reason: &str| FieldProblem::new(format!("time `{}` in {}: {reason}", time.name, source.path));
    if units.is_empty() || time.kind == Kind::NoNumber {
        return Ok(None);
    }
    let units = TimeUnits::parse(&units, &source.text(&time.name, "calendar"))
        .map_err(|reason| wrong(&reason).help("give the time between snapshots instead: `every: 6 h`"))?;
    let times: Vec<f64> =
        read_all(source, &time).map_err(FieldProblem::new)?.into_iter().map(|t| units.seconds(t)).collect();
    let count = length_of_time(axes, variable);
    if times.len() != count {
        return Err(wrong(&format!("it has {} values for {count} snapshots", times.len())));
    }
    if times.iter().any(|t| !t.is_finite()) {
        return Err(wrong("it has missing values"));
    }
    if let Some(at) = (1..times.len()).find(|at| times[*at] <= times[*at - 1]) {
        let text = |at: usize| calendar::text(times[at], units.calendar);
        return Err(wrong(&format!(
            "times do not increase: snapshot {at} is at {}, the one before at {}",
            text(at),
            text(at - 1)
        )));
    }
    Ok(Some((units.calendar, times)))
}

/// Snapshots of a variable in one file.
#[must_use]
pub fn length_of_time(axes: &Axes, variable: &Variable) -> usize {
    let position = axes.dimensions.iter().position(|d| d.role == Role::Time);
    position.and_then(|at| variable.dimensions.get(at)).map_or(1, |(_, length)| *length)
}

fn time_variable(
    request: &FieldRequest,
    axes: &Axes,
    source: &Source,
    variable: &Variable,
) -> Result<Option<Variable>, FieldProblem> {
    let dimension = axes.dimensions.iter().find(|d| d.role == Role::Time).map(|d| d.name.as_str());
    if let Some(name) = &request.dimensions.time {
        let found = source.variable(name);
        if found.is_none() && dimension != Some(name) {
            return Err(super::axes::no_variable(source, name));
        }
        return Ok(found);
    }
    let attribute = source.text(&variable.name, "coordinates");
    let auxiliary = attribute.split_whitespace();
    let fits = |v: &Variable| match dimension {
        Some(dimension) => v.dimensions.len() == 1 && v.dimensions[0].0 == dimension,
        None => v.shape().is_empty(),
    };
    let named = dimension.into_iter().chain(auxiliary).chain(NAMES).filter_map(|name| source.variable(name));
    Ok(named.into_iter().find(|v| fits(v) && (roles::is_time(source, v) || Some(v.name.as_str()) == dimension)))
}

/// All snapshots in the order of time. Where several have the same time, the first file wins, with a warning.
#[must_use]
pub fn in_order(mut snapshots: Vec<SnapshotHead>, calendar: Calendar) -> (Vec<SnapshotHead>, Vec<String>) {
    snapshots.sort_by(|a, b| a.time.total_cmp(&b.time));
    let total = snapshots.len();
    let mut first_loss = None;
    snapshots.dedup_by(|later, kept| {
        let same = later.time == kept.time;
        if same && first_loss.is_none() {
            first_loss = Some((later.path.clone(), kept.path.clone(), kept.time));
        }
        same
    });
    let warnings = first_loss.map(|(lost, kept, time)| {
        format!(
            "{} of {total} snapshots are at the time of another one and not used; the first is {} in {lost}, taken from {kept}",
            total - snapshots.len(),
            calendar::text(time, calendar)
        )
    });
    (snapshots, warnings.into_iter().collect())
}
