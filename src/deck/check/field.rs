//! One field of the section `fields`: a constant, a flow with a formula, or values in files.

use super::analytic;
use super::field_files::OfFiles;
use crate::advection::Mesh;
use crate::deck::node::{Entry, Node, Value};
use crate::deck::reader::{Reading, Table};
use crate::deck::requests::variable_of;
use crate::deck::sources::Sources;
use crate::diagnostic::Span;
use crate::field_head::FieldHead;
use crate::plan::{FieldPlan, FieldSource, OutsideTimes};
use crate::quantity::{self, Dimension};

/// What a field is for, which its name tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Velocity,
    Diffusivity,
    /// Temperature, salinity: sampled in the unit of its files.
    Other,
}

impl Role {
    /// By the name in the deck, `U` or `stokes.U`.
    pub fn of(name: &str) -> Self {
        match variable_of(name) {
            "U" | "V" | "W" => Self::Velocity,
            "Kh" | "Kh_zonal" | "Kh_meridional" => Self::Diffusivity,
            _ => Self::Other,
        }
    }

    pub fn dimension(self) -> Option<Dimension> {
        match self {
            Self::Velocity => Some(Dimension::VELOCITY),
            Self::Diffusivity => Some(Dimension::DIFFUSIVITY),
            Self::Other => None,
        }
    }
}

/// A field as read.
#[derive(Debug)]
pub struct Field {
    pub plan: FieldPlan,
    /// The key in the deck.
    pub at: Span,
    /// Unit of its values, for the file; empty when it is not known.
    pub unit: String,
    /// The dimension when the values are in SI.
    pub dimension: Option<Dimension>,
}

impl Field {
    /// What its files hold, when it has files.
    pub fn head(&self) -> Option<&FieldHead> {
        match &self.plan.source {
            FieldSource::Gridded { head, .. } => Some(head),
            _ => None,
        }
    }
}

/// Reads a field; `name` is `U` or `stokes.U`.
pub fn read(entry: &Entry, name: &str, mesh: Option<Mesh>, sources: &Sources, reading: &mut Reading) -> Option<Field> {
    let path = match name.split_once('.') {
        Some(_) => format!("fields.additional.{name}"),
        None => format!("fields.{name}"),
    };
    let role = Role::of(name);
    if let Value::Scalar { .. } = entry.node.value {
        return constant(&entry.node, entry.key_at, name, &path, role, reading);
    }
    let mut table = Table::open(&entry.node, &path, reading)?;
    let constant_node = table.get("constant");
    let analytic_node = table.get("analytic");
    let file_node = table.get("file");
    let of_files = OfFiles {
        variable: table.get("variable"),
        dimensions: table.get("dimensions"),
        every: table.get("every"),
        factor: table.get("factor"),
        offset: table.get("offset"),
        units: table.get("units"),
        outside_times: table.get("outside_times"),
    };
    let meant = table.finish(&["interpolation", "deferred", "chunks"], reading);
    let sources_named = [constant_node, analytic_node, file_node];
    let mut given = sources_named.iter().flatten();
    let Some(first) = given.next() else {
        if !["constant", "analytic", "file"].iter().any(|k| meant.contains(k)) {
            let unit = role.dimension().map_or("1".to_owned(), Dimension::si);
            let help = format!("add `file: FILE.nc` and `variable: NAME`, or `constant: 1 {unit}`");
            reading.error(entry.key_at, format!("`{path}` has no values"), help);
        }
        return None;
    };
    if let Some(second) = given.next() {
        let at = if second.at.offset > first.at.offset { second.at } else { first.at };
        let message = format!("`{path}` has more than one of `constant`, `analytic` and `file`");
        reading.error(at, message, "keep one");
        return None;
    }
    if let Some(node) = file_node {
        return of_files.read(node, entry.key_at, name, &path, (role, mesh), sources, reading);
    }
    of_files.refuse(&path, reading);
    if let Some(node) = constant_node {
        return constant(node, entry.key_at, name, &path, role, reading);
    }
    let source = FieldSource::Analytic(analytic::read(analytic_node?, name, &path, mesh, reading)?);
    Some(without_files(name, source, role, entry.key_at))
}

fn without_files(name: &str, source: FieldSource, role: Role, at: Span) -> Field {
    Field {
        plan: FieldPlan { name: name.to_owned(), source, outside_times: OutsideTimes::Refuse },
        at,
        unit: role.dimension().map_or(String::new(), Dimension::si),
        dimension: role.dimension(),
    }
}

fn constant(node: &Node, at: Span, name: &str, path: &str, role: Role, reading: &mut Reading) -> Option<Field> {
    let what = format!("`{path}`");
    let text = reading.text(node, &what)?;
    let (value, dimension) = if let Some(wanted) = role.dimension() {
        (reading.quantity(node, &what, wanted)?, wanted)
    } else {
        match quantity::parse_with_unit(text, Dimension::NONE) {
            Ok((number, unit)) => (unit.to_si(number), unit.dimension),
            Err(e) => {
                reading.error(node.at, format!("{what}: {}", e.message), e.help);
                return None;
            }
        }
    };
    if role == Role::Diffusivity && value < 0.0 {
        reading.error(node.at, format!("{what} is negative"), "a diffusivity is 0 m2 s-1 or more");
        return None;
    }
    reading.origin_line(path, format!("{text} everywhere"), node.at);
    let mut field = without_files(name, FieldSource::Constant(value), role, at);
    field.unit = dimension.si();
    field.dimension = Some(dimension);
    Some(field)
}
