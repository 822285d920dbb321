//! The lines of a release list: header and rows, in SI, with all mistakes.

use std::io::{BufRead, BufReader};
use std::path::Path;

use super::is_degrees;
use crate::deck::dates;
use crate::deck::initial::{Field, fields};
use crate::deck::reader::{Reading, suggestion};
use crate::deck::sources::open;
use crate::diagnostic::Span;
use crate::quantity::{self, Dimension};

/// Mistakes after which the rest of a list is not read: it is the wrong file or the wrong format.
const MOST_MISTAKES: usize = 20;

/// The columns that a list may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    Lon,
    Lat,
    Depth,
    Time,
}

/// A column and what makes it SI.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    pub name: Name,
    factor: f64,
    pub degrees: bool,
    pub has_unit: bool,
}

/// One row in SI.
pub struct Row<'a> {
    pub lon: f64,
    pub lat: f64,
    pub depth: Option<f64>,
    pub time: Option<Moment<'a>>,
}

pub enum Moment<'a> {
    Seconds(f64),
    Date(&'a str),
}

/// Reads header and rows; `None` when the header is no use.
pub fn read_rows(path: &Path, reading: &mut Reading, mut take: impl FnMut(&Row<'_>)) -> Option<Vec<Column>> {
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
        if let Some(row) = read_plain_row(text, known) {
            take(&row);
        } else if let Some(row) = read_row(text, number, known, &mut dated, reading) {
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
        if quantity::parse_number(field.text).is_some() {
            let message = format!("the list begins with `{}`, where its header belongs", field.text);
            reading.error(field.at, message, "the first line names the columns: `lon,lat`, and possibly `depth,time`");
            return None;
        }
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
        let help = suggestion(name, &["lon", "lat", "depth", "time"]);
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

/// Reads a row of plain numbers without a time, in a fraction of what `read_row` takes, which knows where each field
/// stands and what to say of it; `None` for all other rows.
fn read_plain_row<'a>(line: &str, columns: &[Column]) -> Option<Row<'a>> {
    let mut row = Row { lon: 0.0, lat: 0.0, depth: None, time: None };
    let mut rest = line.trim_ascii_end();
    for (at, column) in columns.iter().enumerate() {
        let text = if at + 1 == columns.len() {
            rest
        } else {
            let comma = rest.bytes().position(|byte| byte == b',')?;
            let text = &rest[..comma];
            rest = &rest[comma + 1..];
            text
        };
        let value = text.parse::<f64>().ok().filter(|value| value.is_finite())? * column.factor;
        match column.name {
            Name::Lon => row.lon = value,
            Name::Lat => row.lat = value,
            Name::Depth => row.depth = Some(value),
            Name::Time => return None,
        }
    }
    Some(row)
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
