//! Rank correlations between sampled inputs: a matrix in the order of the inputs, or a list of `[PATH, PATH, NUMBER]`.

use crate::deck::node::{Node, Value};
use crate::deck::reader::{Reading, suggestion};
use crate::domain::copula::Copula;
use crate::domain::design::Design;

const HELP: &str = "write `correlation: [[temperature, pressure, 0.4]]`, or a matrix with a row for each input";

/// Reads the correlations of inputs with these names (keys under `over`, one for each dimension).
pub fn read(node: &Node, path: &str, names: &[&str], design: &Design, reading: &mut Reading) -> Option<Copula> {
    if design.has_structure() {
        let message = format!("`{path}`: the design {} has independent inputs", design.name());
        reading.error(node.at, message, "remove the line, or write `method: sobol`");
        return None;
    }
    let rows = reading.list(node, &format!("`{path}`"))?;
    let mut matrix: Vec<f64> = (0..names.len() * names.len()).map(|i| unit(i, names.len())).collect();
    let is_name = |cell: &Node| cell.text().is_some_and(|text| text.parse::<f64>().is_err());
    let pairs = rows.iter().any(|row| matches!(&row.value, Value::List(cells) if cells.iter().any(is_name)));
    let before = reading.problems.len();
    if pairs {
        read_pairs(rows, path, names, &mut matrix, reading);
    } else {
        read_matrix(node, rows, path, &mut matrix, names.len(), reading);
    }
    if reading.problems.len() > before {
        return None;
    }
    let size = names.len();
    let dimensions: Vec<usize> =
        (0..size).filter(|i| (0..size).any(|j| j != *i && matrix[i * size + j] != 0.0)).collect();
    reading.origin_line(path, format!("{} inputs", dimensions.len()), node.at);
    if dimensions.is_empty() {
        return None;
    }
    let row = |i: &usize| dimensions.iter().map(|j| matrix[i * size + j]).collect::<Vec<f64>>();
    let part: Vec<f64> = dimensions.iter().flat_map(row).collect();
    match Copula::new(dimensions.clone(), &part) {
        Ok(copula) => Some(copula),
        Err(row) => {
            let message = format!(
                "`{path}`: no inputs can be correlated so: `{}` contradicts those before it (the matrix is not positive \
                 definite)",
                names[dimensions[row]]
            );
            reading.error(node.at, message, "bring the correlations closer to 0");
            None
        }
    }
}

fn unit(place: usize, size: usize) -> f64 {
    if place / size == place % size { 1.0 } else { 0.0 }
}

fn read_pairs(rows: &[Node], path: &str, names: &[&str], matrix: &mut [f64], reading: &mut Reading) {
    for row in rows {
        let Value::List(cells) = &row.value else {
            reading.error(row.at, format!("`{path}`: {} is no pair", row.kind()), HELP);
            continue;
        };
        let [one, other, value] = &cells[..] else {
            reading.error(row.at, format!("`{path}`: a pair has two inputs and a number"), HELP);
            continue;
        };
        let places = (find(one, path, names, reading), find(other, path, names, reading));
        let value = correlation(value, path, reading);
        let ((Some(i), Some(j)), Some(value)) = (places, value) else {
            continue;
        };
        let size = names.len();
        if i == j || matrix[i * size + j] != 0.0 {
            let what = if i == j { "an input with itself" } else { "a pair twice" };
            reading.error(row.at, format!("`{path}` correlates {what}"), "remove this pair");
            continue;
        }
        matrix[i * size + j] = value;
        matrix[j * size + i] = value;
    }
}

/// The position of an input that is written out under `over`.
fn find(node: &Node, path: &str, names: &[&str], reading: &mut Reading) -> Option<usize> {
    let text = reading.text(node, &format!("`{path}`"))?;
    let mut places = names.iter().enumerate().filter(|(_, name)| **name == text).map(|(place, _)| place);
    match (places.next(), places.next()) {
        (Some(place), None) => Some(place),
        (Some(_), Some(_)) => {
            let message = format!("`{path}`: `{text}` stands for several inputs");
            reading.error(node.at, message, "write the one that is meant under `over` by its own path");
            None
        }
        (None, _) => {
            reading.error(node.at, format!("`{path}`: `{text}` is not sampled"), suggestion(text, names));
            None
        }
    }
}

fn correlation(node: &Node, path: &str, reading: &mut Reading) -> Option<f64> {
    let value = reading.number(node, &format!("`{path}`"))?;
    if value.abs() > 1.0 {
        reading.error(node.at, format!("`{path}`: {value} is no correlation"), "write a number from -1 to 1");
        return None;
    }
    Some(value)
}

fn read_matrix(node: &Node, rows: &[Node], path: &str, matrix: &mut [f64], size: usize, reading: &mut Reading) {
    if rows.len() != size {
        let message = format!("`{path}` has {} rows, but {size} inputs are sampled", rows.len());
        reading.error(node.at, message, HELP);
        return;
    }
    let mut complete = true;
    for (i, row) in rows.iter().enumerate() {
        let Value::List(cells) = &row.value else {
            reading.error(row.at, format!("`{path}`: row {} is {}", i + 1, row.kind()), HELP);
            return;
        };
        if cells.len() != size {
            let message = format!("`{path}`: row {} has {} numbers, but {size} inputs are sampled", i + 1, cells.len());
            reading.error(row.at, message, HELP);
            return;
        }
        for (j, cell) in cells.iter().enumerate() {
            match correlation(cell, path, reading) {
                Some(value) => matrix[i * size + j] = value,
                None => complete = false,
            }
        }
    }
    for i in 0..size {
        if complete && matrix[i * size + i] != 1.0 {
            let message = format!("`{path}`: the diagonal of row {} is not 1", i + 1);
            reading.error(rows[i].at, message, "every input correlates with itself by 1");
            return;
        }
        for j in 0..i {
            if complete && matrix[i * size + j] != matrix[j * size + i] {
                let message = format!("`{path}` is not symmetric: row {} against row {}", i + 1, j + 1);
                reading.error(rows[i].at, message, "write the same number on both sides of the diagonal");
                return;
            }
        }
    }
}
