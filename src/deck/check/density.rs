//! The grid of a density map: `{grid: {lon: [-10, 10], lat: [0, 20], by: 0.5}}`.

use super::places;
use crate::advection::Mesh;
use crate::deck::node::{Node, Value};
use crate::deck::reader::{Reading, Table};
use crate::statistics::Grid;

/// Cells that a grid may have: a map of as many counts fits the memory of every rank.
const MOST_CELLS: f64 = 1e8;
/// How near a whole number the extent of a grid over its spacing must be, relative.
const WHOLE: f64 = 1e-9;

/// Reads the value of `density`.
pub fn read(node: &Node, path: &str, mesh: Option<Mesh>, reading: &mut Reading) -> Option<Grid> {
    const EXAMPLE: &str = "grid: {lon: [-10, 10], lat: [0, 20], by: 0.5}";
    let mut table = Table::open(node, path, reading)?;
    let grid = table.require("grid", EXAMPLE);
    table.finish(&["residence"], reading);
    let (grid, path) = (grid?, format!("{path}.grid"));
    let mut table = Table::open(grid, &path, reading)?;
    let lon_node = table.require("lon", "lon: [-10, 10]");
    let lat_node = table.require("lat", "lat: [0, 20]");
    let by_node = table.require("by", "by: 0.5");
    table.finish(&[], reading);
    let lon = lon_node.and_then(|n| pair(n, &path, "lon", mesh, reading));
    let lat = lat_node.and_then(|n| pair(n, &path, "lat", mesh, reading));
    let by = by_node.and_then(|n| match &n.value {
        Value::List(_) => pair(n, &path, "by", mesh, reading),
        _ => places::coordinate(n, &format!("`{path}.by`"), mesh, reading).map(|by| [by, by]),
    });
    let (by_node, by) = (by_node?, by?);
    let axes = [(lon_node?, "lon", lon?), (lat_node?, "lat", lat?)];
    let mut cells = [0; 2];
    for (axis, (node, key, [from, to])) in axes.into_iter().enumerate() {
        let (extent, by) = (to - from, by[axis]);
        if extent <= 0.0 {
            reading.error(node.at, format!("`{path}.{key}` does not ascend"), "write the smaller value first");
            return None;
        }
        let spherical = mesh == Some(Mesh::Spherical);
        if axis == 0 && spherical && extent > 360.0 {
            reading.error(node.at, format!("`{path}.lon` goes round more than once"), "write at most 360 degrees");
            return None;
        }
        if axis == 1 && spherical && from.abs().max(to.abs()) > 90.0 {
            let help = "write latitudes from -90 to 90; longitude has its own key `lon`";
            reading.error(node.at, format!("`{path}.lat` goes beyond the poles"), help);
            return None;
        }
        let count = (extent / by).round();
        if by <= 0.0 || count < 1.0 || (count * by - extent).abs() > WHOLE * extent {
            let message = format!("`{path}.by`: {extent}, which `{key}` extends, is no multiple of {by}");
            let near = extent / if count >= 1.0 { count } else { 1.0 };
            reading.error(by_node.at, message, format!("write `by: {near}`, or another `{key}`"));
            return None;
        }
        cells[axis] = count as usize;
    }
    let all = cells[0] as f64 * cells[1] as f64;
    if all > MOST_CELLS {
        let message = format!("`{path}` has {all:e} cells, more than {MOST_CELLS:e}");
        reading.error(by_node.at, message, "write a larger `by`");
        return None;
    }
    reading.origin_line(path, format!("{} x {} cells", cells[0], cells[1]), grid.at);
    Some(Grid { corner: [axes[0].2[0], axes[1].2[0]], by, cells })
}

fn pair(node: &Node, path: &str, key: &str, mesh: Option<Mesh>, reading: &mut Reading) -> Option<[f64; 2]> {
    let what = format!("`{path}.{key}`");
    let items = reading.list(node, &what)?;
    let [first, second] = items else {
        let message = format!("{what} has {} values where two belong", items.len());
        reading.error(node.at, message, format!("write `{key}: [0, 10]`"));
        return None;
    };
    let (first, second) =
        (places::coordinate(first, &what, mesh, reading), places::coordinate(second, &what, mesh, reading));
    Some([first?, second?])
}
