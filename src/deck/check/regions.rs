//! Parts of the plane by name: `output.regions`.

use std::sync::Arc;

use super::field_files::check_dimensions;
use super::places;
use crate::advection::Mesh;
use crate::deck::node::{Entry, Node, Value};
use crate::deck::reader::{Reading, Table, suggestion};
use crate::deck::requests::MASK;
use crate::field_head::{FieldProblem, MaskHead};
use crate::statistics::{Region, Regions, Shape};

/// Reads `{NAME: {box: [lon0, lon1, lat0, lat1]}, NAME: {polygon: [[lon, lat], …]}}`, or `{file: FILE, variable: NAME}`,
/// of which `mask` is what was found there.
pub fn read(
    node: &Node,
    mesh: Option<Mesh>,
    mask: Option<&Result<MaskHead, FieldProblem>>,
    reading: &mut Reading,
) -> Option<Regions> {
    if mesh.is_none() {
        let message = "`output.regions` are for particles, and this deck is about cells";
        reading.error(node.at, message, "group cells with `by: {temperature: [200 K, 250 K, 300 K]}`");
        return None;
    }
    if node.get("file").is_some_and(|file| !matches!(file.value, Value::Map(_))) {
        return read_mask(node, mesh, mask, reading);
    }
    let table = Table::open(node, MASK, reading)?;
    let entries = table.entries();
    if entries.len() > Regions::MOST {
        let message = format!("`output.regions`: {} regions are too many", entries.len());
        reading.error(node.at, message, format!("write at most {}", Regions::MOST));
        return None;
    }
    let regions: Vec<Region> = entries.iter().filter_map(|entry| read_region(entry, mesh, reading)).collect();
    (regions.len() == entries.len()).then_some(Regions::Shapes(regions))
}

/// A grid whose cells belong to regions.
fn read_mask(
    node: &Node,
    mesh: Option<Mesh>,
    mask: Option<&Result<MaskHead, FieldProblem>>,
    reading: &mut Reading,
) -> Option<Regions> {
    let mut table = Table::open(node, MASK, reading)?;
    let file = table.require("file", "file: basins.nc");
    let variable = table.require("variable", "variable: basin");
    let dimensions = table.get("dimensions");
    table.finish(&[], reading);
    let before = reading.problems.len();
    check_dimensions(dimensions, MASK, reading);
    let (file, variable) = (file?, variable?);
    let text = reading.text(file, "`output.regions.file`");
    let variable = reading.text(variable, "`output.regions.variable`");
    if reading.problems.len() > before {
        return None;
    }
    let (text, variable) = (text?, variable?);
    let head = match mask? {
        Ok(head) => head,
        Err(problem) => {
            let help = problem.help.clone().unwrap_or_else(|| "paths are relative to the deck".to_owned());
            reading.error(file.at, format!("`{MASK}`: {}", problem.message), help);
            return None;
        }
    };
    let [south, north] = head.lat;
    let wrong = match (mesh, head.degrees) {
        (Some(Mesh::Spherical), false) => Some("are not in degrees".to_owned()),
        (Some(Mesh::Spherical), true) if south < -90.01 || north > 90.01 => Some(format!("go from {south} to {north}")),
        _ => None,
    };
    if let Some(wrong) = wrong {
        let message = format!("`{MASK}`: latitudes of `{variable}` {wrong}, which does not fit a spherical mesh");
        let help = "name the axes in degrees, `dimensions: {lon: NAME, lat: NAME}`, and give them `units`";
        reading.error(file.at, message, help);
        return None;
    }
    if mesh == Some(Mesh::Flat) && head.degrees {
        let place = format!("{}:{}", reading.file, file.at.line);
        reading.warnings.push(format!("{place}: `{MASK}`: the coordinates are in degrees, the mesh is flat (metres)"));
    }
    let ([nx, ny], count) = (head.mask.size(), head.mask.names().len());
    reading.origin_line(MASK, format!("`{variable}` in {text}: {count} regions in {nx} x {ny} cells"), file.at);
    Some(Regions::Mask(Arc::clone(&head.mask)))
}

fn read_region(entry: &Entry, mesh: Option<Mesh>, reading: &mut Reading) -> Option<Region> {
    let name = entry.key.as_str();
    let is_word = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !is_word || name == Regions::ELSEWHERE {
        let message = format!("`{name}` is no name for a region");
        let help =
            format!("letters, digits and `_`, a letter first; `{}` is what lies in no region", Regions::ELSEWHERE);
        reading.error(entry.key_at, message, help);
        return None;
    }
    let path = format!("output.regions.{name}");
    let shape = Table::open(&entry.node, &path, reading)?;
    let [shape] = shape.entries() else {
        let help = "write `{box: [lon0, lon1, lat0, lat1]}` or `{polygon: [[lon, lat], …]}`; regions in a file have no \
                    name before them, `regions: {file: basins.nc, variable: basin}`";
        reading.error(entry.node.at, format!("`{path}` has not one shape"), help);
        return None;
    };
    let what = format!("`{path}.{}`", shape.key);
    let shape = match shape.key.as_str() {
        "box" => Shape::Box(places::corners(&shape.node, &what, mesh, reading)?),
        "polygon" => {
            let items = reading.list(&shape.node, &what)?;
            if items.len() < 3 {
                let message = format!("{what} has {} corners", items.len());
                reading.error(shape.node.at, message, "write at least three, `[[0, 0], [10, 0], [5, 8]]`");
                return None;
            }
            let corners: Vec<_> = items.iter().filter_map(|item| places::point(item, &what, mesh, reading)).collect();
            (corners.len() == items.len()).then_some(Shape::Polygon(corners))?
        }
        other => {
            let message = format!("`{path}`: unknown shape `{other}`");
            reading.error(shape.key_at, message, suggestion(other, &["box", "polygon"]));
            return None;
        }
    };
    reading.origin_line(path, entry.node.spelling(), entry.key_at);
    Some(Region { name: name.to_owned(), shape })
}
