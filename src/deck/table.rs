//! A CSV table with one row a cell and columns named as deck paths, the unit in brackets after the name or SI without:
//! `temperature [degC],concentration.O3 [ppb],rate.PHOTO.jno2`.
//!
//! The header is checked with the deck on every rank; the rows are read by rank 0 when the run starts, line by line,
//! so that only the numbers are held.

use std::fs::File;
use std::io::{BufRead, BufReader};

use super::cell_paths;
use super::initial::{Field, fields};
use super::reader::Reading;
use crate::chemistry::cells::Target;
use crate::chemistry::mechanism::Mechanism;
use crate::chemistry::rate::Conditions;
use crate::diagnostic::Report;
use crate::plan::{CellsPlan, TableColumn, TablePlan};
use crate::quantity::{self, Dimension};

/// Mistakes after which the rest of a table is not read: it is the wrong file or the wrong format.
const MOST_MISTAKES: usize = 20;

/// Reads the header line.
pub fn read_header(header: &str, mechanism: &Mechanism, reading: &mut Reading) -> Vec<TableColumn> {
    let mut columns: Vec<TableColumn> = Vec::new();
    for field in fields(header.trim_start_matches('\u{feff}'), 1, 0) {
        let Some(column) = read_column(field, mechanism, reading) else {
            continue;
        };
        if columns.iter().any(|c| c.target == column.target) {
            let message = format!("two columns hold `{}`", cell_paths::name(column.target, mechanism));
            reading.error(field.at, message, "remove one of the two");
        }
        columns.push(column);
    }
    columns
}

fn read_column(field: Field<'_>, mechanism: &Mechanism, reading: &mut Reading) -> Option<TableColumn> {
    let (name, unit) = match field.text.split_once('[') {
        Some((name, rest)) => (name.trim(), rest.trim_end().strip_suffix(']')),
        None => (field.text, Some("")),
    };
    let Some(unit) = unit else {
        reading.error(field.at, format!("the unit in `{}` has no closing bracket", field.text), "write `name [unit]`");
        return None;
    };
    let target = match cell_paths::find(name, mechanism) {
        Ok(target) => target,
        Err((message, help)) => {
            reading.error(field.at, format!("column `{}`: {message}", field.text), help);
            return None;
        }
    };
    let mut column = TableColumn { target, factor: 1.0, offset: 0.0, times_air_density: false };
    if unit.trim().is_empty() {
        return Some(column);
    }
    let wanted = cell_paths::dimension(target, mechanism);
    let unit = match quantity::parse_unit(unit) {
        Ok(parsed) => parsed,
        Err(e) => {
            reading.error(field.at, format!("column `{}`: {}", field.text, e.message), e.help);
            return None;
        }
    };
    column.times_air_density = unit.dimension == Dimension::NONE && matches!(target, Target::Concentration(_));
    if unit.dimension != wanted && !column.times_air_density {
        let e = quantity::wrong_dimension(field.text, unit.dimension, wanted);
        reading.error(field.at, format!("column {}", e.message), e.help);
        return None;
    }
    column.factor = unit.factor();
    column.offset = unit.offset();
    Some(column)
}

/// Reads the first `cells.count` rows in SI, one vector for each column of the plan. For rank 0.
///
/// # Errors
/// When the file cannot be read, has too few rows, or holds something that is no possible value.
pub fn read_table(cells: &CellsPlan, table: &TablePlan, mechanism: &Mechanism) -> Result<Vec<Vec<f64>>, Report> {
    let mut reading = Reading::new(&table.path.display().to_string());
    let columns = read_rows(cells, table, mechanism, &mut reading);
    match columns {
        Ok(columns) if reading.problems.is_empty() => Ok(scaled(columns, cells, table)),
        Ok(_) => Err(Report::new(reading.problems, Vec::new())),
        Err(reason) => {
            reading.error(crate::diagnostic::Span::default(), format!("the table cannot be read: {reason}"), "");
            Err(Report::new(reading.problems, Vec::new()))
        }
    }
}

fn read_rows(
    cells: &CellsPlan,
    table: &TablePlan,
    mechanism: &Mechanism,
    reading: &mut Reading,
) -> std::io::Result<Vec<Vec<f64>>> {
    let mut reader = BufReader::with_capacity(1 << 20, File::open(&table.path)?);
    let mut columns: Vec<Vec<f64>> = vec![Vec::new(); table.columns.len()];
    let mut line = String::new();
    let mut number = 0;
    let mut row = 0;
    while row < cells.count && reading.problems.len() < MOST_MISTAKES {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            break;
        }
        number += 1;
        if number == 1 || line.trim().is_empty() {
            continue;
        }
        row += 1;
        let mut filled = 0;
        for field in fields(&line, number, 0) {
            let (Some(column), Some(values)) = (table.columns.get(filled), columns.get_mut(filled)) else {
                filled += 1;
                continue;
            };
            filled += 1;
            values.push(read_value(field, column, mechanism, reading));
        }
        if filled != table.columns.len() {
            let at = fields(&line, number, 0).next().map(|f| f.at).unwrap_or_default();
            let message = format!("the row has {filled} values, the header has {} columns", table.columns.len());
            reading.error(at, message, "give every row one value for each column");
            break; // columns would be of different lengths
        }
    }
    if row < cells.count && reading.problems.is_empty() {
        let message = format!("the table has {row} rows, {} cells are to run", cells.count);
        reading.error(crate::diagnostic::Span::default(), message, "has the file changed since the start of the run?");
    }
    Ok(columns)
}

/// The SI value, before the air density of mixing ratios; NaN after a mistake.
fn read_value(field: Field<'_>, column: &TableColumn, mechanism: &Mechanism, reading: &mut Reading) -> f64 {
    let name = || cell_paths::name(column.target, mechanism);
    let Some(number) = quantity::parse_number(field.text) else {
        let message = format!("`{}` in column {} is no number", field.text, name());
        reading.error(field.at, message, "write a number such as `1e-9`, with a point");
        return f64::NAN;
    };
    let value = column.factor * number + column.offset;
    if let Some(why) = cell_paths::impossible(column.target, value, mechanism) {
        reading.error(field.at, format!("`{}` in column {}: {why}", field.text, name()), "");
    }
    value
}

/// Turns mixing ratios into concentrations, with each cell's own air density.
fn scaled(mut columns: Vec<Vec<f64>>, cells: &CellsPlan, table: &TablePlan) -> Vec<Vec<f64>> {
    let find = |target| table.columns.iter().position(|c| c.target == target);
    let (temperature, pressure) = (find(Target::Temperature), find(Target::Pressure));
    for (index, column) in table.columns.iter().enumerate() {
        if !column.times_air_density {
            continue;
        }
        let mut values = std::mem::take(&mut columns[index]);
        for (row, value) in values.iter_mut().enumerate() {
            let temperature = temperature.map_or(cells.base.temperature, |c| columns[c][row]);
            let pressure = pressure.map_or(cells.base.pressure, |c| columns[c][row]);
            *value *= Conditions { temperature, pressure }.air_density();
        }
        columns[index] = values;
    }
    columns
}
