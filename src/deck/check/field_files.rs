//! A field in files: what the deck says of it, held against what rank 0 found in them.

use super::field::{Field, Role};
use super::time::say;
use crate::advection::field::Staggering;
use crate::advection::{Mesh, Scale};
use crate::calendar::Calendar;
use crate::deck::node::{Node, Value};
use crate::deck::reader::{Reading, Table};
use crate::deck::requests::variable_of;
use crate::deck::sources::Sources;
use crate::deck::{dates, defaults};
use crate::diagnostic::Span;
use crate::field_head::{FieldHead, HorizontalHead};
use crate::plan::{FieldPlan, FieldSource, OutsideTimes};
use crate::quantity::{self, Dimension};

/// Keys that only fields in files have.
pub struct OfFiles<'a> {
    pub variable: Option<&'a Node>,
    pub dimensions: Option<&'a Node>,
    pub every: Option<&'a Node>,
    pub factor: Option<&'a Node>,
    pub offset: Option<&'a Node>,
    pub units: Option<&'a Node>,
    pub outside_times: Option<&'a Node>,
}

impl OfFiles<'_> {
    /// Without files they have no meaning.
    pub fn refuse(&self, path: &str, reading: &mut Reading) {
        let all = [
            ("variable", self.variable),
            ("dimensions", self.dimensions),
            ("every", self.every),
            ("factor", self.factor),
            ("offset", self.offset),
            ("units", self.units),
            ("outside_times", self.outside_times),
        ];
        for (key, node) in all {
            if let Some(node) = node {
                let message = format!("`{path}.{key}` has no meaning for a field without files");
                reading.error(node.at, message, "remove it, or name the field's `file`");
            }
        }
    }

    /// Holds the deck against what was found in the files.
    #[allow(clippy::too_many_arguments)] // one call, all of different types
    pub fn read(
        &self,
        file: &Node,
        at: Span,
        name: &str,
        path: &str,
        (role, mesh): (Role, Option<Mesh>),
        sources: &Sources,
        reading: &mut Reading,
    ) -> Option<Field> {
        let before = reading.problems.len();
        check_dimensions(self.dimensions, path, reading);
        if let Some(node) = self.variable {
            reading.text(node, &format!("`{path}.variable`"));
        }
        if let Some(node) = self.every
            && reading.quantity(node, &format!("`{path}.every`"), Dimension::TIME).is_some_and(|s| s <= 0.0)
        {
            reading.error(node.at, format!("`{path}.every` is not positive"), "write `every: 6 h`");
        }
        let factor = self.factor.map_or(Some(1.0), |n| read_factor(n, &format!("`{path}.factor`"), reading));
        if reading.problems.len() > before {
            return None;
        }
        let head = match sources.fields.get(name) {
            Some(Ok(head)) => head,
            Some(Err(problem)) => {
                let paths = "paths are relative to the deck; `*` and `?` stand for parts of names";
                let help = problem.help.clone().unwrap_or_else(|| paths.to_owned());
                reading.error(file.at, format!("`{path}`: {}", problem.message), help);
                return None;
            }
            None => {
                let message = format!("`{path}.file` names no file");
                reading.error(file.at, message, "write `file: ocean_*.nc`, or `file: [one.nc, two.nc]`");
                return None;
            }
        };
        for warning in &head.warnings {
            reading.warnings.push(format!("{}:{}: `{path}`: {warning}", reading.file, at.line));
        }
        check_mesh(head, mesh, file.at, path, reading);
        let unit = self.unit(head, file, path, role, reading);
        let outside_times = self.outside_times(head, path, reading);
        note_origin(head, file, path, reading);
        let (to_si, unit, dimension) = unit?;
        let offset = self.offset.map_or(Some(0.0), |n| read_offset(n, path, role, dimension, &unit, reading))?;
        let mut scale = Scale { factor: factor?, offset };
        if role == Role::Diffusivity && scale.factor < 0.0 {
            reading.error(self.factor.map_or(at, |n| n.at), format!("`{path}.factor` is negative"), NOT_NEGATIVE);
            return None;
        }
        let mut of_reading = to_si;
        if has_faces(name, head) {
            // Faces of a C-grid are of use only together, so that they are what they are when they are read.
            of_reading *= scale.factor;
            scale.factor = 1.0;
        }
        let source = FieldSource::Gridded { head: Box::new(head.clone()), factor: of_reading, scale };
        let plan = FieldPlan { name: name.to_owned(), source, outside_times: outside_times? };
        Some(Field { plan, at, unit, dimension })
    }

    /// Factor to SI, unit of the values, and their dimension when they are in SI.
    fn unit(
        &self,
        head: &FieldHead,
        file: &Node,
        path: &str,
        role: Role,
        reading: &mut Reading,
    ) -> Option<(f64, String, Option<Dimension>)> {
        let own = self.units.and_then(Node::text);
        let text = own.unwrap_or(&head.units).trim();
        let at = self.units.unwrap_or(file).at;
        let parsed = quantity::parse_unit(&text.replace("**", "^"));
        let Some(wanted) = role.dimension() else {
            // Sampled as it stands: the number that people know the sea by is degC, not K.
            let si = parsed.ok().filter(|u| !text.is_empty() && u.factor() == 1.0 && u.offset() == 0.0);
            return Some((1.0, text.to_owned(), si.map(|u| u.dimension)));
        };
        let si = wanted.si();
        match parsed {
            Ok(unit) if unit.dimension == wanted => Some((unit.factor(), si, Some(wanted))),
            Ok(unit) if unit.dimension == Dimension::NONE => {
                let found = if text.is_empty() { "no units".to_owned() } else { format!("the units `{text}`") };
                let place = format!("{}:{}", reading.file, at.line);
                let variable = &head.request.variable;
                reading.warnings.push(format!("{place}: `{path}`: `{variable}` has {found}; assumed {si}"));
                Some((1.0, si, Some(wanted)))
            }
            Ok(unit) => {
                let kind = if role == Role::Velocity { "velocity" } else { "diffusivity" };
                let found = unit.dimension.si();
                let message = format!("`{path}`: `{}` in `{text}` ({found}) is no {kind}", head.request.variable);
                let help = format!("name another `variable`, or add `units: {si}` if the file is wrong");
                reading.error(at, message, help);
                None
            }
            Err(_) => {
                let message = format!("`{path}`: `{}` has the unknown units `{text}`", head.request.variable);
                reading.error(at, message, format!("add `units: {si}`, or what the values are in"));
                None
            }
        }
    }

    fn outside_times(&self, head: &FieldHead, path: &str, reading: &mut Reading) -> Option<OutsideTimes> {
        let path = format!("{path}.outside_times");
        let Some(node) = self.outside_times else {
            let (word, choice) =
                if head.snapshots.len() > 1 { defaults::OUTSIDE_TIMES } else { defaults::OUTSIDE_TIMES_OF_ONE };
            reading.origin_default(path, word);
            return Some(choice);
        };
        let help = "write `refuse`, `extrapolate` or `{periodic: 365 days}`";
        let choice = match &node.value {
            Value::Map(_) => {
                let mut table = Table::open(node, &path, reading)?;
                let period = table.require("periodic", "periodic: 365 days");
                table.finish(&[], reading);
                let (period, at) = (reading.quantity(period?, &format!("`{path}`"), Dimension::TIME)?, period?.at);
                let (first, last) = head.time_range();
                if period <= 0.0 || period < last - first {
                    let span = say(last - first);
                    let message = format!("`{path}`: the period is shorter than the {span} that the files cover");
                    reading.error(at, message, "write the time after which the first snapshot holds again");
                    return None;
                }
                OutsideTimes::Periodic(period)
            }
            Value::Scalar { text, .. } if text == "refuse" => OutsideTimes::Refuse,
            Value::Scalar { text, .. } if text == "extrapolate" => OutsideTimes::Extrapolate,
            _ => {
                reading.error(node.at, format!("`{path}`: unknown `{}`", node.spelling()), help);
                return None;
            }
        };
        reading.origin_line(path, node.spelling(), node.at);
        Some(choice)
    }
}

/// Names of the axes in a file.
pub fn check_dimensions(node: Option<&Node>, path: &str, reading: &mut Reading) {
    let Some(mut table) = node.and_then(|node| Table::open(node, &format!("{path}.dimensions"), reading)) else {
        return;
    };
    for key in ["lon", "lat", "depth", "time"] {
        if let Some(node) = table.get(key) {
            reading.text(node, &format!("`{path}.dimensions.{key}`"));
        }
    }
    table.finish(&[], reading);
}

/// A factor, `0.03` or `3 %`.
pub fn read_factor(node: &Node, what: &str, reading: &mut Reading) -> Option<f64> {
    let factor = reading.quantity(node, what, Dimension::NONE)?;
    if factor == 0.0 {
        reading.error(node.at, format!("{what} is 0"), "write `factor: 3 %`, or remove the field");
        return None;
    }
    Some(factor)
}

const NOT_NEGATIVE: &str = "a diffusivity is 0 m2 s-1 or more everywhere";

/// Whether a field's values are flows through the faces of a C-grid's cells.
pub fn has_faces(name: &str, head: &FieldHead) -> bool {
    head.request.staggering == Staggering::C && ["U", "V"].contains(&variable_of(name))
}

/// What is added to the values, in their unit.
fn read_offset(
    node: &Node,
    path: &str,
    role: Role,
    dimension: Option<Dimension>,
    unit: &str,
    reading: &mut Reading,
) -> Option<f64> {
    let what = format!("`{path}.offset`");
    if role == Role::Velocity {
        let message = format!("{what}: land would move with a velocity that is added");
        reading.error(node.at, message, "add a current: `additional: {wind: {U: 0.1 m s-1, V: 0 m s-1}}`");
        return None;
    }
    let offset = match dimension {
        Some(dimension) => reading.quantity(node, &what, dimension)?,
        None => reading.number(node, &format!("{what} (in {unit})"))?,
    };
    if role == Role::Diffusivity && offset < 0.0 {
        reading.error(node.at, format!("{what} is negative"), NOT_NEGATIVE);
        return None;
    }
    Some(offset)
}

/// Numbers that cannot be what the mesh says.
fn check_mesh(head: &FieldHead, mesh: Option<Mesh>, at: Span, path: &str, reading: &mut Reading) {
    let [_, _, south, north] = head.axes.horizontal.bounds();
    let (HorizontalHead::Rectilinear { degrees, .. } | HorizontalHead::Curvilinear { degrees, .. }) =
        head.axes.horizontal;
    if mesh == Some(Mesh::Spherical) && (south < -90.01 || north > 90.01) {
        let message = format!("`{path}`: latitudes from {south} to {north} do not fit a spherical mesh");
        reading.error(at, message, "write `mesh: flat` when the coordinates are in metres");
    } else if mesh == Some(Mesh::Flat) && degrees {
        let place = format!("{}:{}", reading.file, at.line);
        reading.warnings.push(format!("{place}: `{path}`: the coordinates are in degrees, the mesh is flat (metres)"));
    }
}

fn note_origin(head: &FieldHead, file: &Node, path: &str, reading: &mut Reading) {
    let (nx, ny) = size(head);
    let levels = match head.axes.depth.len() {
        0 => String::new(),
        n => format!(" x {n} levels"),
    };
    let (first, last) = head.time_range();
    let times = match head.snapshots.len() {
        1 => "one snapshot".to_owned(),
        n => format!("{n} snapshots from {} to {}", say_time(first, head.calendar), say_time(last, head.calendar)),
    };
    let value = format!("`{}` in {}: {nx} x {ny}{levels}, {times}", head.request.variable, file.spelling());
    reading.origin_line(path, value, file.at);
}

fn say_time(seconds: f64, calendar: Calendar) -> String {
    if calendar == Calendar::Elapsed { say(seconds) } else { dates::format(seconds, calendar) }
}

/// Nodes along x and y.
pub fn size(head: &FieldHead) -> (usize, usize) {
    match &head.axes.horizontal {
        HorizontalHead::Rectilinear { lon, lat, .. } => (lon.len(), lat.len()),
        HorizontalHead::Curvilinear { nx, ny, .. } => (*nx, *ny),
    }
}
