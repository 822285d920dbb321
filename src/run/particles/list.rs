//! Release lists, which are CSV (read by `deck`) or NetCDF (read by `io`).

use std::path::Path;

use crate::deck::release_list::{self, ListProblem, ReleaseHead, ReleaseList, ReleaseSummary};
use crate::diagnostic::{Diagnostic, Report, Span};
use crate::field_head::{Calendar, FieldProblem};
use crate::io::fields::read_release_list;
use crate::plan::Epoch;

/// What `check` wants to know of a list in NetCDF. For rank 0.
pub fn inspect(path: &Path) -> ReleaseHead {
    let content = match columns(path) {
        Ok((list, _)) if list.lon.is_empty() => Err(FieldProblem::new("it has no particles")),
        Ok((list, calendar)) => Ok(ReleaseSummary::of(&list, calendar)),
        Err(problem) => Err(problem),
    };
    let listed = |p: FieldProblem| {
        vec![ListProblem { at: Span::default(), message: p.message, help: p.help.unwrap_or_default() }]
    };
    ReleaseHead { name: path.display().to_string(), content: content.map_err(listed), values: None }
}

/// The first `rows` particles of a list, from the values that were `kept` of it or else read. For rank 0.
///
/// # Errors
/// When it cannot be read or has changed since it was checked.
pub fn read(
    path: &Path,
    rows: u64,
    epoch: Option<&Epoch>,
    backward: bool,
    kept: Option<ReleaseList>,
) -> Result<ReleaseList, Report> {
    let count = usize::try_from(rows).unwrap_or(usize::MAX);
    if let Some(list) = kept.and_then(|list| list.first(count, backward)) {
        return Ok(list);
    }
    if crate::deck::is_netcdf(path) {
        return read_netcdf(path, rows, epoch, backward);
    }
    release_list::read(path, rows, epoch.map(|e| (e.calendar, e.seconds)), backward)
}

fn read_netcdf(path: &Path, rows: u64, epoch: Option<&Epoch>, backward: bool) -> Result<ReleaseList, Report> {
    let refused = |message: String| {
        let file = path.display().to_string();
        Report::new(vec![Diagnostic { file, span: Span::default(), message, help: None }], Vec::new())
    };
    let (mut list, calendar) = columns(path).map_err(|problem| refused(problem.message))?;
    let count = usize::try_from(rows).unwrap_or(usize::MAX);
    if list.lon.len() < count {
        let found = list.lon.len();
        return Err(refused(format!("the list has {found} particles, {rows} are to be released; has it changed?")));
    }
    for column in [&mut list.lon, &mut list.lat, &mut list.depth, &mut list.time] {
        column.truncate(count);
    }
    let zero = epoch.map_or(0.0, |e| e.zero_of(calendar));
    for time in &mut list.time {
        *time = match calendar {
            Calendar::Elapsed if backward => -*time,
            Calendar::Elapsed => *time,
            _ => *time - zero,
        };
    }
    Ok(list)
}

fn columns(path: &Path) -> Result<(ReleaseList, Calendar), FieldProblem> {
    let read = read_release_list(path)?;
    let (depth, time) = (read.depth.unwrap_or_default(), read.time.unwrap_or_default());
    Ok((ReleaseList { lon: read.lon, lat: read.lat, depth, time }, read.calendar))
}
