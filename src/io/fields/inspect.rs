//! Finding out what the files of a field hold. For rank 0: each file is opened, read a little, and closed.

use super::axes::{self, Found};
use super::source::{Kind, Source, Variable};
use super::{pattern, times};
use crate::field_head::{Calendar, FieldHead, FieldProblem, FieldRequest, SnapshotHead};

/// What the files hold: grid, depths and times; not the values.
///
/// # Errors
/// What keeps the field from being read, for a diagnostic at its place in the deck.
pub fn inspect(request: &FieldRequest) -> Result<FieldHead, FieldProblem> {
    let files = pattern::expand(&request.files)?;
    let coordinates = request.coordinates.as_deref().map(open).transpose()?;
    let mut series: Option<Series> = None;
    for path in &files {
        let source = open(path)?;
        let variable = variable_of(request, &source)?;
        match &mut series {
            None => {
                let found = axes::find(request, &source, &variable, coordinates.as_ref())?;
                let mut first = Series::new(found, path, source.units(&variable.name));
                first.add(request, &source, &variable)?;
                series = Some(first);
            }
            Some(series) => {
                series.found.check_same(&series.first, &source, &variable)?;
                series.add(request, &source, &variable)?;
            }
        }
    }
    series.map_or_else(|| Err(FieldProblem::new("no files are given")), |s| s.finish(request))
}

pub(super) fn open(path: &str) -> Result<Source, FieldProblem> {
    Source::open(path).map_err(FieldProblem::new)
}

pub(super) fn variable_of(request: &FieldRequest, source: &Source) -> Result<Variable, FieldProblem> {
    let variable = source.variable(&request.variable).ok_or_else(|| axes::no_variable(source, &request.variable))?;
    if variable.kind == Kind::NoNumber {
        return Err(FieldProblem::new(format!("`{}` in {} holds no numbers", variable.name, source.path)));
    }
    Ok(variable)
}

/// What was found in the files so far.
struct Series {
    found: Found,
    first: String,
    units: String,
    calendar: Option<Calendar>,
    snapshots: Vec<SnapshotHead>,
    /// A file without a usable time axis.
    timeless: Option<String>,
}

impl Series {
    fn new(found: Found, first: &str, units: String) -> Self {
        Self { found, first: first.to_owned(), units, calendar: None, snapshots: Vec::new(), timeless: None }
    }

    fn add(&mut self, request: &FieldRequest, source: &Source, variable: &Variable) -> Result<(), FieldProblem> {
        let units = source.units(&variable.name);
        if units != self.units {
            return Err(FieldProblem::new(format!(
                "the files differ: `{}` is in `{units}` in {} and in `{}` in {}",
                variable.name, source.path, self.units, self.first
            )));
        }
        let count = times::length_of_time(&self.found.axes, variable);
        let times = if let Some(every) = request.every {
            let before = self.snapshots.len();
            Some((Calendar::Elapsed, (0..count).map(|index| (before + index) as f64 * every).collect()))
        } else {
            times::of_file(request, &self.found.axes, source, variable)?
        };
        let (calendar, times) = times.unwrap_or_else(|| {
            self.timeless.get_or_insert_with(|| source.path.clone());
            (Calendar::Elapsed, vec![0.0; count])
        });
        let first_calendar = *self.calendar.get_or_insert(calendar);
        if !calendar.agrees_with(first_calendar) && self.timeless.is_none() {
            return Err(FieldProblem::new(format!(
                "the files differ: the calendar is {} in {} and {} in {}",
                calendar.name(),
                source.path,
                first_calendar.name(),
                self.first
            )));
        }
        let snapshot = |(index, time)| SnapshotHead { path: source.path.clone(), index, time };
        self.snapshots.extend(times.into_iter().enumerate().map(snapshot));
        Ok(())
    }

    fn finish(self, request: &FieldRequest) -> Result<FieldHead, FieldProblem> {
        if self.snapshots.is_empty() {
            return Err(FieldProblem::new(format!(
                "`{}` in {} has no snapshot: its time dimension is empty",
                request.variable, self.first
            )));
        }
        if let Some(path) = self.timeless.filter(|_| self.snapshots.len() > 1) {
            return Err(FieldProblem::new(format!(
                "{path} has no usable time axis for `{}`, and there are {} snapshots",
                request.variable,
                self.snapshots.len()
            ))
            .help("give the time between snapshots: `every: 6 h`"));
        }
        let calendar = self.calendar.unwrap_or(Calendar::Elapsed);
        let (snapshots, warnings) = times::in_order(self.snapshots, calendar);
        let warnings = [self.found.warnings, warnings].concat();
        Ok(FieldHead {
            request: request.clone(),
            snapshots,
            calendar,
            axes: self.found.axes,
            units: self.units,
            warnings,
        })
    }
}
