//! A list of particles to release, a CSV with a header `lon,lat` and possibly `depth` and `time`, in any order:
//! `lon [degrees_east],lat [degrees_north],depth [m],time [h]`, or dates as times.
//!
//! Rank 0 reads it twice: when the sources are gathered, for its mistakes and bounds, which every rank checks with the
//! deck; and when the run starts, for the values.

use std::io::{BufRead, BufReader};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::dates;
use super::initial::{Field, fields};
use super::reader::{Reading, suggestion};
use super::sources::open;
use crate::diagnostic::{Report, Span};
use crate::field_head::Calendar;
use crate::quantity::{self, Dimension};

/// Mistakes after which the rest of a list is not read: it is the wrong file or the wrong format.
const MOST_MISTAKES: usize = 20;

/// What is known of a release list before its values are needed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReleaseHead {
    pub name: String,
    pub content: Result<ReleaseSummary, Vec<ListProblem>>,
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

/// The values of a list, one for each particle.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReleaseList {
    pub lon: Vec<f64>,
    pub lat: Vec<f64>,
    /// m; empty when the list has no depths.
    pub depth: Vec<f64>,
    /// s from the start as the list counts them (not negated in backward runs); empty when the list has no times.
    pub time: Vec<f64>,
}

/// The columns that a list may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Name {
    Lon,
    Lat,
    Depth,
    Time,
}

/// A column and what makes it SI.
#[derive(Debug, Clone, Copy)]
struct Column {
    name: Name,
    factor: f64,
    degrees: bool,
    has_unit: bool,
}

/// Finds out size, bounds and mistakes of a list. For rank 0; never fails, reasons are kept.
#[must_use]
pub fn inspect(path: &Path) -> ReleaseHead {
    let name = path.display().to_string();
    let mut reading = Reading::new(&name);
    let mut bounds = Bounds::default();
    let columns = read_rows(path, &mut reading, |row| bounds.add(row));
    let content = match columns {
        Some(columns) if reading.problems.is_empty() => Ok(bounds.summary(&columns)),
        _ => {
            let listed = reading.problems.into_iter();
            Err(listed
                .map(|d| ListProblem { at: d.span, message: d.message, help: d.help.unwrap_or_default() })
                .collect())
        }
    };
    ReleaseHead { name, content }
}

/// Reads the first `count` rows. For rank 0. Dates count from `start`, s since 1970-01-01 in the calendar.
///
/// # Errors
/// When the file cannot be read or has changed since it was checked.
pub fn read(path: &Path, count: u64, start: Option<(Calendar, f64)>) -> Result<ReleaseList, Report> {
    let mut reading = Reading::new(&path.display().to_string());
    let mut list = ReleaseList::default();
    let mut rows = 0;
    let mut wrong_date = false;
    read_rows(path, &mut reading, |row| {
        rows += 1;
        if rows > count {
            return;
        }
        list.lon.push(row.lon);
        list.lat.push(row.lat);
        list.depth.extend(row.depth);
        let time = match row.time {
            None => None,
            Some(Moment::Seconds(seconds)) => Some(seconds),
            Some(Moment::Date(text)) => {
                let found = start.and_then(|(calendar, zero)| dates::parse(text, calendar).map(|s| s - zero));
                wrong_date |= found.is_none();
                found
            }
        };
        list.time.extend(time);
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

/// One row in SI.
struct Row<'a> {
    lon: f64,
    lat: f64,
    depth: Option<f64>,
    time: Option<Moment<'a>>,
}

enum Moment<'a> {
    Seconds(f64),
    Date(&'a str),
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

/// Reads header and rows; `None` when the header is no use.
fn read_rows(path: &Path, reading: &mut Reading, mut take: impl FnMut(&Row<'_>)) -> Option<Vec<Column>> {
    let whole = |reading: &mut Reading, reason: String| {
        reading.error(Span::default(), reason, "paths are relative to the deck; write the path of a CSV file");
    };
    let mut reader = match open(path) {
        Ok(file) => BufReader::with_capacity(1 << 20, file),
        Err(reason) => {
            whole(reading, reason);
            return None;
        }
    };
    let mut columns: Option<Vec<Column>> = None;
    let mut line = Vec::new();
    let (mut number, mut rows, mut dated) = (0, 0, None);
    while reading.problems.len() < MOST_MISTAKES {
        line.clear();
        match reader.read_until(b'\n', &mut line) {
            Ok(0) => break,
            Ok(_) => {}
            Err(e) => {
                whole(reading, format!("it cannot be read: {e}"));
                return None;
            }
        }
        number += 1;
        let Ok(text) = std::str::from_utf8(&line) else {
            whole(reading, format!("line {number} is not UTF-8 text: is it a CSV file?"));
            return None;
        };
        let text = text.trim_start_matches('\u{feff}');
        if text.trim().is_empty() || text.starts_with('#') {
            continue;
        }
        let Some(known) = &columns else {
            columns = Some(read_header(text, number, reading)?);
            continue;
        };
        rows += 1;
        if let Some(row) = read_row(text, number, known, &mut dated, reading) {
            take(&row);
        }
    }
    if columns.is_none() {
        whole(reading, "it is empty".to_owned());
    } else if rows == 0 {
        reading.error(Span::default(), "it has no rows after its header", "add one line for each particle");
    }
    columns
}

fn read_header(line: &str, number: usize, reading: &mut Reading) -> Option<Vec<Column>> {
    let mut columns: Vec<Column> = Vec::new();
    let before = reading.problems.len();
    for field in fields(line, number, 0) {
        let Some(column) = read_column(field, reading) else {
            continue;
        };
        if columns.iter().any(|c| c.name == column.name) {
            reading.error(field.at, format!("two columns hold `{}`", field.text), "remove one of the two");
        }
        columns.push(column);
    }
    if reading.problems.len() > before {
        return None;
    }
    let at = Span { offset: 0, length: line.trim_end().len().max(1), line: number, column: 1 };
    for (name, word) in [(Name::Lon, "lon"), (Name::Lat, "lat")] {
        if !columns.iter().any(|c| c.name == name) {
            let message = format!("the list has no column `{word}`");
            reading.error(at, message, "the first line names the columns: `lon,lat`, and possibly `depth,time`");
        }
    }
    let unit = |name| columns.iter().find(|c| c.name == name).map(|c| (c.degrees, c.has_unit));
    if unit(Name::Lon) != unit(Name::Lat) && reading.problems.len() == before {
        reading.error(at, "lon and lat have different units", "give both in degrees, or both as a length");
    }
    (reading.problems.len() == before).then_some(columns)
}

fn read_column(field: Field<'_>, reading: &mut Reading) -> Option<Column> {
    let (name, unit) = match field.text.split_once('[') {
        Some((name, rest)) => (name.trim(), rest.trim_end().strip_suffix(']').map(str::trim)),
        None => (field.text, Some("")),
    };
    let Some(unit) = unit else {
        reading.error(field.at, format!("the unit in `{}` has no closing bracket", field.text), "write `name [unit]`");
        return None;
    };
    let known = [
        ("lon", Name::Lon),
        ("longitude", Name::Lon),
        ("x", Name::Lon),
        ("lat", Name::Lat),
        ("latitude", Name::Lat),
        ("y", Name::Lat),
        ("depth", Name::Depth),
        ("time", Name::Time),
    ];
    let lower = name.to_lowercase();
    let Some((_, name)) = known.iter().find(|k| k.0 == lower) else {
        let help = match quantity::parse_number(name) {
            Some(_) => "the first line is a header: `lon,lat`, and possibly `depth,time`".to_owned(),
            None => suggestion(name, &["lon", "lat", "depth", "time"]),
        };
        reading.error(field.at, format!("unknown column `{name}` in a release list"), help);
        return None;
    };
    let name = *name;
    let mut column = Column { name, factor: 1.0, degrees: false, has_unit: !unit.is_empty() };
    if unit.is_empty() {
        return Some(column);
    }
    if matches!(name, Name::Lon | Name::Lat) && is_degrees(unit) {
        column.degrees = true;
        return Some(column);
    }
    let wanted = if name == Name::Time { Dimension::TIME } else { Dimension::LENGTH };
    match quantity::parse_unit(unit) {
        Ok(parsed) if parsed.dimension == wanted => {
            column.factor = parsed.factor();
            Some(column)
        }
        Ok(parsed) => {
            let e = quantity::wrong_dimension(field.text, parsed.dimension, wanted);
            reading.error(field.at, format!("column {}", e.message), e.help);
            None
        }
        Err(e) => {
            reading.error(field.at, format!("column `{}`: {}", field.text, e.message), e.help);
            None
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

/// Reads a row; `dated` becomes whether the list's times are dates.
fn read_row<'a>(
    line: &'a str,
    number: usize,
    columns: &[Column],
    dated: &mut Option<bool>,
    reading: &mut Reading,
) -> Option<Row<'a>> {
    let mut row = Row { lon: 0.0, lat: 0.0, depth: None, time: None };
    let mut filled = 0;
    let mut first = Span::default();
    let before = reading.problems.len();
    for field in fields(line, number, 0) {
        if filled == 0 {
            first = field.at;
        }
        let column = columns.get(filled);
        filled += 1;
        let Some(column) = column else {
            continue;
        };
        if column.name == Name::Time {
            row.time = read_time(field, column, dated, reading);
            continue;
        }
        let Some(value) = quantity::parse_number(field.text) else {
            reading.error(field.at, format!("`{}` is no number", field.text), "write a number, with a point");
            continue;
        };
        let value = value * column.factor;
        match column.name {
            Name::Lon => row.lon = value,
            Name::Lat => row.lat = value,
            _ => row.depth = Some(value),
        }
    }
    if filled != columns.len() {
        let message = format!("the row has {filled} values, the header has {} columns", columns.len());
        reading.error(first, message, "give every row one value for each column");
    }
    (reading.problems.len() == before).then_some(row)
}

fn read_time<'a>(
    field: Field<'a>,
    column: &Column,
    dated: &mut Option<bool>,
    reading: &mut Reading,
) -> Option<Moment<'a>> {
    let number = quantity::parse_number(field.text);
    let is_date = number.is_none() && dates::is_date(field.text);
    if number.is_none() && !is_date {
        let help = "write seconds from the start, or a date such as `2020-01-01T12:00`";
        reading.error(field.at, format!("`{}` is no time", field.text), help);
        return None;
    }
    if *dated.get_or_insert(is_date) != is_date {
        let help = "write dates in all rows, or times from the start in all rows";
        reading.error(field.at, "the list mixes dates and times from the start", help);
        return None;
    }
    match number {
        Some(number) => Some(Moment::Seconds(number * column.factor)),
        None => Some(Moment::Date(field.text)),
    }
}
