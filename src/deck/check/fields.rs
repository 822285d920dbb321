//! The section `fields`: the mesh and every field on it, which of them are currents and which diffuse.

use std::collections::BTreeSet;

use super::domain::Extent;
use super::field::{self, Field};
use super::field_files;
use super::grids;
use super::places;
use crate::advection::Mesh;
use crate::advection::field::Staggering;
use crate::deck::defaults;
use crate::deck::node::{Entry, Node, Value};
use crate::deck::reader::{Reading, Table, suggestion};
use crate::deck::requests::RESERVED;
use crate::deck::sources::Sources;
use crate::diagnostic::Span;
use crate::plan::{CurrentPlan, FieldPlan, InTime};
use crate::quantity::{self, Dimension};

/// Names with a meaning of their own.
const KNOWN: [&str; 6] = ["U", "V", "W", "Kh", "Kh_zonal", "Kh_meridional"];
/// What expressions and the file call the particle's own.
pub const TAKEN: [&str; 8] = ["lon", "lat", "depth", "time", "dt", "hour", "status", "trajectory"];

/// The section as far as it could be read.
#[derive(Debug)]
pub struct Fields {
    pub mesh: Option<Mesh>,
    /// The fields without mistakes; the plan's indices.
    pub list: Vec<Field>,
    /// All names in the deck, also of fields with mistakes.
    pub names: BTreeSet<String>,
    /// The first is `U`, `V`, `W` when `main` says so, others are additional.
    pub currents: Vec<CurrentPlan>,
    /// Whether the deck has `U` and `V`.
    pub has_currents: bool,
    pub diffusivity: Option<[usize; 2]>,
    pub in_time: InTime,
    /// The part of the domain to read: lon0, lon1, lat0, lat1.
    pub region: Option<[f64; 4]>,
    /// Where the section stands.
    pub at: Span,
    /// Nothing is wrong in the section.
    pub complete: bool,
}

impl Fields {
    /// The index of a field in the plan.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.list.iter().position(|f| f.plan.name == name)
    }

    /// Whether the deck names a field, maybe with mistakes.
    pub fn names(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    pub fn plans(&self) -> Vec<FieldPlan> {
        self.list.iter().map(|f| f.plan.clone()).collect()
    }

    /// The part of a field's bounds that is read.
    pub fn read_of(&self, bounds: [f64; 4]) -> [f64; 4] {
        self.region.map_or(bounds, |region| Extent::new(region).cut(bounds, self.mesh))
    }

    /// The fields that move particles.
    pub fn moving(&self) -> impl Iterator<Item = &Field> {
        let currents = self.currents.iter().flat_map(|c| [Some(c.u), Some(c.v), c.w]).flatten();
        let mut indices: Vec<usize> = currents.chain(self.diffusivity.into_iter().flatten()).collect();
        indices.dedup();
        indices.into_iter().filter_map(|i| self.list.get(i))
    }
}

/// Reads the section.
pub fn read(node: &Node, sources: &Sources, reading: &mut Reading) -> Option<Fields> {
    let before = reading.problems.len();
    let mut table = Table::open(node, "fields", reading)?;
    let mesh_node = table.require("mesh", "mesh: spherical` or `mesh: flat");
    let grid_node = table.get("grid");
    let coordinates = table.get("coordinates");
    let in_time_node = table.get("in_time");
    let region_node = table.get("region");
    let additional = table.get("additional");
    let own: Vec<&Entry> = table.entries().iter().filter(|e| is_field(e)).collect();
    // What has the form of a field is one; the rest are keys, maybe misspelt ones.
    for known in KNOWN {
        table.get(known);
    }
    let keys: BTreeSet<&str> = own.iter().map(|e| e.key.as_str()).collect();
    let meant = table.finish_ignoring(&["nested", "initial"], |key| keys.contains(key), reading);

    let meshes = [("spherical", Mesh::Spherical), ("flat", Mesh::Flat)];
    let mesh = mesh_node.and_then(|n| {
        let mesh = reading.choice(n, "`fields.mesh`", &meshes);
        reading.origin_line("fields.mesh", n.text().unwrap_or_default(), n.at);
        mesh
    });
    let staggering = read_grid(grid_node, reading);
    let in_time = read_in_time(in_time_node, reading);
    let region = region_node.and_then(|n| {
        let corners = places::corners(n, "`fields.region`", mesh, reading);
        reading.origin_line("fields.region", n.spelling(), n.at);
        corners
    });
    if let Some(n) = coordinates {
        reading.text(n, "`fields.coordinates`");
        reading.origin_line("fields.coordinates", n.text().unwrap_or_default(), n.at);
    }
    let mut fields = Fields {
        mesh,
        list: Vec::new(),
        // A misspelt name is one mistake, not also a missing field.
        names: meant.iter().filter(|m| KNOWN.contains(m)).map(|m| (*m).to_owned()).collect(),
        currents: Vec::new(),
        has_currents: false,
        diffusivity: None,
        in_time,
        region,
        at: node.at,
        complete: false,
    };
    for entry in own {
        if check_name(entry, reading) {
            fields.names.insert(entry.key.clone());
            fields.list.extend(field::read(entry, &entry.key, mesh, sources, reading));
        }
    }
    fields.has_currents = fields.names("U") || fields.names("V");
    if fields.has_currents {
        own_current(&mut fields, reading);
    }
    if let Some(node) = additional {
        read_additional(node, &mut fields, sources, reading);
    }
    read_diffusivity(&mut fields, reading);
    for current in &fields.currents {
        grids::check_current(*current, &fields.list, staggering, reading);
    }
    fields.complete = reading.problems.len() == before;
    Some(fields)
}

/// Whether an entry of `fields` can be a field: a map, or a value with a number.
fn is_field(entry: &Entry) -> bool {
    if RESERVED.contains(&entry.key.as_str()) {
        return false;
    }
    match &entry.node.value {
        Value::Map(_) => KNOWN.contains(&entry.key.as_str()) || !misspelt(&entry.key),
        Value::Scalar { text, .. } => {
            KNOWN.contains(&entry.key.as_str()) || quantity::parse_with_unit(text, Dimension::NONE).is_ok()
        }
        _ => KNOWN.contains(&entry.key.as_str()),
    }
}

/// Names that are another one in other letters, `kh` or `KH_ZONAL` or `Additional`.
fn misspelt(key: &str) -> bool {
    let lower = key.to_lowercase();
    KNOWN.iter().chain(&RESERVED).any(|k| k.to_lowercase() == lower && *k != key)
}

fn check_name(entry: &Entry, reading: &mut Reading) -> bool {
    let name = &entry.key;
    if TAKEN.contains(&name.as_str()) {
        let message = format!("a field cannot be called `{name}`: every particle has its own");
        reading.error(entry.key_at, message, "write another name, such as `T`");
        return false;
    }
    let word = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !word || name.starts_with(|c: char| c.is_ascii_digit()) {
        let message = format!("`{name}` is no name for a field");
        reading.error(entry.key_at, message, "use letters, digits and `_`, such as `T` or `wind_stress`");
        return false;
    }
    true
}

fn read_grid(node: Option<&Node>, reading: &mut Reading) -> Staggering {
    let Some(node) = node else {
        reading.origin_default("fields.grid", defaults::GRID.0);
        return defaults::GRID.1;
    };
    let grid = reading.choice(node, "`fields.grid`", &[("a", Staggering::A), ("c", Staggering::C)]);
    reading.origin_line("fields.grid", node.text().unwrap_or_default(), node.at);
    grid.unwrap_or(defaults::GRID.1)
}

fn read_in_time(node: Option<&Node>, reading: &mut Reading) -> InTime {
    let Some(node) = node else {
        reading.origin_default("fields.in_time", defaults::IN_TIME.0);
        return defaults::IN_TIME.1;
    };
    let in_time = reading.choice(node, "`fields.in_time`", &[("linear", InTime::Linear), ("cubic", InTime::Cubic)]);
    reading.origin_line("fields.in_time", node.text().unwrap_or_default(), node.at);
    in_time.unwrap_or(defaults::IN_TIME.1)
}

/// `U`, `V` and maybe `W`.
fn own_current(fields: &mut Fields, reading: &mut Reading) {
    for (name, other) in [("U", "V"), ("V", "U")] {
        if !fields.names(name) {
            let at = fields.find(other).map_or(fields.at, |i| fields.list[i].at);
            let message = format!("`fields.{name}` is missing: `{other}` alone is no velocity");
            reading.error(at, message, format!("add `{name}: {{file: …, variable: …}}` or `{name}: 0 m s-1`"));
        }
    }
    if let (Some(u), Some(v)) = (fields.find("U"), fields.find("V")) {
        fields.currents.push(CurrentPlan { u, v, w: fields.find("W"), factor: 1.0 });
    }
}

/// `additional: {stokes: {U: …, V: …, factor: 1}}`.
fn read_additional(node: &Node, fields: &mut Fields, sources: &Sources, reading: &mut Reading) {
    let Some(groups) = Table::open(node, "fields.additional", reading) else {
        return;
    };
    for group in groups.entries() {
        let name = &group.key;
        let path = format!("fields.additional.{name}");
        let Some(mut table) = Table::open(&group.node, &path, reading) else {
            continue;
        };
        let factor_node = table.get("factor");
        table.require("U", "U: {file: …, variable: …}");
        table.require("V", "V: {file: …, variable: …}");
        table.get("W");
        let parts: Vec<&Entry> = table.entries().iter().filter(|e| matches!(e.key.as_str(), "U" | "V" | "W")).collect();
        table.finish(&[], reading);
        let what = format!("`{path}.factor`");
        let factor = if let Some(n) = factor_node {
            let factor = field_files::read_factor(n, &what, reading);
            reading.origin_line(format!("{path}.factor"), n.text().unwrap_or_default(), n.at);
            factor
        } else {
            reading.origin_default(format!("{path}.factor"), "1");
            Some(1.0)
        };
        for entry in parts {
            let full = format!("{name}.{}", entry.key);
            fields.list.extend(field::read(entry, &full, fields.mesh, sources, reading));
            fields.names.insert(full);
        }
        let find = |part: &str| fields.find(&format!("{name}.{part}"));
        if let (Some(u), Some(v), Some(factor)) = (find("U"), find("V"), factor) {
            let w = find("W");
            fields.currents.push(CurrentPlan { u, v, w, factor });
        }
    }
}

/// `Kh`, or `Kh_zonal` and `Kh_meridional`.
fn read_diffusivity(fields: &mut Fields, reading: &mut Reading) {
    let place = |name: &str| fields.find(name).map_or(fields.at, |i| fields.list[i].at);
    let (both, zonal, meridional) = (fields.names("Kh"), fields.names("Kh_zonal"), fields.names("Kh_meridional"));
    if both && (zonal || meridional) {
        reading.error(place("Kh"), "`fields.Kh` is both `Kh_zonal` and `Kh_meridional`", "keep either `Kh` or the two");
        return;
    }
    for (has, name, other) in [(zonal, "Kh_zonal", "Kh_meridional"), (meridional, "Kh_meridional", "Kh_zonal")] {
        if has && !fields.names(other) {
            let help = format!("add `{other}: 0 m2 s-1`, or call it `Kh` when it is both");
            reading.error(place(name), format!("`fields.{other}` is missing beside `{name}`"), help);
        }
    }
    fields.diffusivity = if both {
        fields.find("Kh").map(|i| [i; 2])
    } else {
        fields.find("Kh_zonal").zip(fields.find("Kh_meridional")).map(|(x, y)| [x, y])
    };
}

/// Whether a field is a vertical velocity.
pub fn is_vertical(name: &str) -> bool {
    name.rsplit('.').next() == Some("W")
}

/// What to type for a field that is not there.
pub fn unknown(name: &str, fields: &Fields) -> String {
    let names: Vec<&str> = fields.names.iter().map(String::as_str).filter(|n| !n.contains('.')).collect();
    if names.is_empty() {
        return format!("add `{name}: {{file: …, variable: …}}` under `fields`");
    }
    suggestion(name, &names)
}
