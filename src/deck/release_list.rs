//! A list of particles to release, a CSV with a header `lon,lat` and possibly `depth` and `time`, in any order:
//! `lon [degrees_east],lat [degrees_north],depth [m],time [h]`, or dates as times.
//!
//! Rank 0 reads it when the sources are gathered, for its mistakes and bounds, which every rank checks with the deck. The
//! values are kept until the run starts, unless there are dates, which mean something only with the run's calendar: then
//! it is read again.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::dates;
use super::reader::Reading;
use crate::diagnostic::{Report, Span};
use crate::field_head::Calendar;

mod rows;

use rows::{Column, Moment, Name, Row, read_rows};

/// What is known of a release list before its values are needed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReleaseHead {
    pub name: String,
    pub content: Result<ReleaseSummary, Vec<ListProblem>>,
    /// The values, where they were kept; they do not travel to other ranks.
    #[serde(skip)]
    pub values: Option<ReleaseList>,
}

/// A mistake in a list; line 0 is the file as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListProblem {
    pub at: Span,
    pub message: String,
    pub help: String,
}

/// Size and bounds of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReleaseSummary {
    pub rows: u64,
    pub horizontal: HorizontalUnit,
    /// Least and greatest.
    pub lon: [f64; 2],
    pub lat: [f64; 2],
    /// m
    pub depth: Option<[f64; 2]>,
    pub time: Option<ListedTimes>,
}

/// What the header says of lon and lat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum HorizontalUnit {
    /// Nothing: the mesh's own.
    Mesh,
    Degrees,
    /// Converted to m.
    Metres,
}

/// Least and greatest time of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ListedTimes {
    /// s from the start.
    Seconds([f64; 2]),
    /// As written.
    Dates([String; 2]),
}

impl ReleaseSummary {
    /// Of a list whose columns were read from elsewhere than a CSV, with times in s since 1970-01-01 of the calendar.
    #[must_use]
    pub fn of(list: &ReleaseList, calendar: Calendar) -> Self {
        let bounds = |column: &[f64]| {
            let range = |[low, high]: [f64; 2], v: &f64| [low.min(*v), high.max(*v)];
            (!column.is_empty()).then(|| column.iter().fold([f64::INFINITY, f64::NEG_INFINITY], range))
        };
        let time = bounds(&list.time).map(|range| match calendar {
            Calendar::Elapsed => ListedTimes::Seconds(range),
            _ => ListedTimes::Dates(range.map(|seconds| dates::format(seconds, calendar))),
        });
        Self {
            rows: list.lon.len() as u64,
            horizontal: HorizontalUnit::Mesh,
            lon: bounds(&list.lon).unwrap_or_default(),
            lat: bounds(&list.lat).unwrap_or_default(),
            depth: bounds(&list.depth),
            time,
        }
    }
}

/// The values of a list, one for each particle.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReleaseList {
    pub lon: Vec<f64>,
    pub lat: Vec<f64>,
    /// m; empty when the list has no depths.
    pub depth: Vec<f64>,
    /// s from the start, negative in a backward run; empty when the list has no times.
    pub time: Vec<f64>,
}

impl ReleaseList {
    fn push(&mut self, row: &Row<'_>, time: Option<f64>) {
        self.lon.push(row.lon);
        self.lat.push(row.lat);
        self.depth.extend(row.depth);
        self.time.extend(time);
    }

    /// The first `count` of the values that were kept, with times that are negated in a `backward` run.
    #[must_use]
    pub fn first(mut self, count: usize, backward: bool) -> Option<Self> {
        if self.lon.len() < count {
            return None;
        }
        for column in [&mut self.lon, &mut self.lat, &mut self.depth, &mut self.time] {
            column.truncate(count);
        }
        if backward {
            self.time.iter_mut().for_each(|time| *time = -*time);
        }
        Some(self)
    }
}

/// Finds out size, bounds and mistakes of a list. For rank 0; never fails, reasons are kept.
#[must_use]
pub fn inspect(path: &Path) -> ReleaseHead {
    let name = path.display().to_string();
    let mut reading = Reading::new(&name);
    let mut bounds = Bounds::default();
    let mut values = ReleaseList::default();
    let columns = read_rows(path, &mut reading, |row| {
        bounds.add(row);
        match row.time {
            None => values.push(row, None),
            Some(Moment::Seconds(seconds)) => values.push(row, Some(seconds)),
            Some(Moment::Date(_)) => {}
        }
    });
    let values = (reading.problems.is_empty() && bounds.dates.is_none()).then_some(values);
    let content = match columns {
        Some(columns) if reading.problems.is_empty() => Ok(bounds.summary(&columns)),
        _ => {
            let listed = reading.problems.into_iter();
            Err(listed
                .map(|d| ListProblem { at: d.span, message: d.message, help: d.help.unwrap_or_default() })
                .collect())
        }
    };
    ReleaseHead { name, content, values }
}

/// Reads the first `count` rows. For rank 0. Dates count from `start`, s since 1970-01-01 in the calendar; times from
/// the start are negated in a `backward` run.
///
/// # Errors
/// When the file cannot be read or has changed since it was checked.
pub fn read(path: &Path, count: u64, start: Option<(Calendar, f64)>, backward: bool) -> Result<ReleaseList, Report> {
    let mut reading = Reading::new(&path.display().to_string());
    let mut list = ReleaseList::default();
    let mut rows = 0;
    let mut wrong_date = false;
    read_rows(path, &mut reading, |row| {
        rows += 1;
        if rows > count {
            return;
        }
        let time = match row.time {
            None => None,
            Some(Moment::Seconds(seconds)) => Some(if backward { -seconds } else { seconds }),
            Some(Moment::Date(text)) => {
                let found = start.and_then(|(calendar, zero)| dates::parse(text, calendar).map(|s| s - zero));
                wrong_date |= found.is_none();
                found
            }
        };
        list.push(row, time);
    });
    if rows < count && reading.problems.is_empty() {
        let message = format!("the list has {rows} rows, {count} particles are to be released");
        reading.error(Span::default(), message, "has the file changed since the start of the run?");
    }
    if wrong_date && reading.problems.is_empty() {
        let message = "the list holds a date that the run's calendar does not have";
        reading.error(Span::default(), message, "write times from the start, such as `36` under `time [h]`");
    }
    if reading.problems.is_empty() { Ok(list) } else { Err(Report::new(reading.problems, Vec::new())) }
}

#[derive(Default)]
struct Bounds {
    rows: u64,
    lon: Option<[f64; 2]>,
    lat: Option<[f64; 2]>,
    depth: Option<[f64; 2]>,
    seconds: Option<[f64; 2]>,
    dates: Option<[String; 2]>,
}

impl Bounds {
    fn add(&mut self, row: &Row<'_>) {
        let widen = |bounds: &mut Option<[f64; 2]>, value: f64| {
            let [low, high] = bounds.unwrap_or([value; 2]);
            *bounds = Some([low.min(value), high.max(value)]);
        };
        self.rows += 1;
        widen(&mut self.lon, row.lon);
        widen(&mut self.lat, row.lat);
        if let Some(depth) = row.depth {
            widen(&mut self.depth, depth);
        }
        match row.time {
            None => {}
            Some(Moment::Seconds(seconds)) => widen(&mut self.seconds, seconds),
            Some(Moment::Date(text)) => {
                let [low, high] = self.dates.get_or_insert_with(|| [text.to_owned(), text.to_owned()]);
                // Parts compare alike in every calendar.
                if dates::parts(text) < dates::parts(low) {
                    text.clone_into(low);
                }
                if dates::parts(text) > dates::parts(high) {
                    text.clone_into(high);
                }
            }
        }
    }

    fn summary(self, columns: &[Column]) -> ReleaseSummary {
        let horizontal = match columns.iter().find(|c| c.name == Name::Lon) {
            Some(c) if c.degrees => HorizontalUnit::Degrees,
            Some(c) if c.has_unit => HorizontalUnit::Metres,
            _ => HorizontalUnit::Mesh,
        };
        let time = match (self.dates, self.seconds) {
            (Some(range), _) => Some(ListedTimes::Dates(range)),
            (None, range) => range.map(ListedTimes::Seconds),
        };
        ReleaseSummary {
            rows: self.rows,
            horizontal,
            lon: self.lon.unwrap_or_default(),
            lat: self.lat.unwrap_or_default(),
            depth: self.depth,
            time,
        }
    }
}

/// Whether a unit is degrees, in any spelling of CF.
#[must_use]
pub fn is_degrees(unit: &str) -> bool {
    let bare = unit.trim().to_lowercase();
    let stem = bare.split('_').next().unwrap_or_default();
    matches!(stem, "deg" | "degree" | "degrees" | "°" | "degreese" | "degreesn") && !bare.ends_with("_c")
}
