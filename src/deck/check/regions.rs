//! Parts of the plane by name: `output.regions`.

use super::places;
use crate::advection::Mesh;
use crate::deck::node::{Entry, Node};
use crate::deck::reader::{Reading, Table, suggestion};
use crate::statistics::{Region, Shape};

/// Regions that a deck may have: connectivity has as many counts squared.
const MOST: usize = 1000;
/// What is in no region is called.
const ELSEWHERE: &str = "elsewhere";

/// Reads `{NAME: {box: [lon0, lon1, lat0, lat1]}, NAME: {polygon: [[lon, lat], …]}}`.
pub fn read(node: &Node, mesh: Option<Mesh>, reading: &mut Reading) -> Option<Vec<Region>> {
    if mesh.is_none() {
        let message = "`output.regions` are for particles, and this deck is about cells";
        reading.error(node.at, message, "group cells with `by: {temperature: [200 K, 250 K, 300 K]}`");
        return None;
    }
    let table = Table::open(node, "output.regions", reading)?;
    let entries = table.entries();
    if entries.len() > MOST {
        let message = format!("`output.regions`: {} regions are too many", entries.len());
        reading.error(node.at, message, format!("write at most {MOST}"));
        return None;
    }
    let regions: Vec<Region> = entries.iter().filter_map(|entry| read_region(entry, mesh, reading)).collect();
    (regions.len() == entries.len()).then_some(regions)
}

fn read_region(entry: &Entry, mesh: Option<Mesh>, reading: &mut Reading) -> Option<Region> {
    let name = entry.key.as_str();
    let is_word = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !is_word || name == ELSEWHERE {
        let message = format!("`{name}` is no name for a region");
        let help = format!("letters, digits and `_`, a letter first; `{ELSEWHERE}` is what lies in no region");
        reading.error(entry.key_at, message, help);
        return None;
    }
    let path = format!("output.regions.{name}");
    let shape = Table::open(&entry.node, &path, reading)?;
    let [shape] = shape.entries() else {
        let help = "write `{box: [lon0, lon1, lat0, lat1]}` or `{polygon: [[lon, lat], …]}`";
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
