//! Whether particles begin where the fields are.

use super::field::Field;
use super::fields::Fields;
use crate::advection::Mesh;
use crate::deck::reader::Reading;
use crate::diagnostic::Span;

/// How far outside the outermost nodes particles may begin: coordinates in files are rounded to f32, relative.
const SLACK: f64 = 1e-6;
/// Degrees around the globe.
const CIRCLE: f64 = 360.0;

/// A part of the domain: lon0, lon1, lat0, lat1.
#[derive(Debug, Clone, Copy)]
pub struct Extent([f64; 4]);

impl Extent {
    pub fn new(bounds: [f64; 4]) -> Self {
        Self(bounds)
    }

    pub fn point([x, y]: [f64; 2]) -> Self {
        Self([x, x, y, y])
    }

    pub fn of_points([a, b]: [[f64; 2]; 2]) -> Self {
        Self([a[0].min(b[0]), a[0].max(b[0]), a[1].min(b[1]), a[1].max(b[1])])
    }

    /// The part of a field's `bounds` that lies in the extent.
    pub fn cut(self, bounds: [f64; 4], mesh: Option<Mesh>) -> [f64; 4] {
        let Self([x0, x1, y0, y1]) = self.near(bounds, mesh);
        [bounds[0].max(x0), bounds[1].min(x1), bounds[2].max(y0), bounds[3].min(y1)]
    }

    /// The extent, moved around the globe where that brings it nearer to `bounds`.
    fn near(self, bounds: [f64; 4], mesh: Option<Mesh>) -> Self {
        let Self([x0, x1, y0, y1]) = self;
        if mesh != Some(Mesh::Spherical) {
            return self;
        }
        let turns = ((bounds[0] + bounds[1] - x0 - x1) / 2.0 / CIRCLE).round();
        Self([x0 + turns * CIRCLE, x1 + turns * CIRCLE, y0, y1])
    }

    fn say(self) -> String {
        let Self([x0, x1, y0, y1]) = self;
        if x0 == x1 && y0 == y1 { format!("({x0}, {y0})") } else { say([x0, x1, y0, y1]) }
    }
}

fn say([x0, x1, y0, y1]: [f64; 4]) -> String {
    let range = |a: f64, b: f64| if a == b { format!("{a}") } else { format!("{a} to {b}") };
    format!("lon {}, lat {}", range(x0, x1), range(y0, y1))
}

/// Particles that begin wholly outside a field that moves them are a mistake; partly outside is a warning.
pub fn check(extent: &Extent, at: Span, fields: &Fields, reading: &mut Reading) {
    for field in fields.moving() {
        let Some(head) = field.head() else {
            continue;
        };
        let bounds = fields.read_of(head.axes.horizontal.bounds());
        if bounds.iter().any(|b| b.is_nan()) {
            continue;
        }
        let Extent([x0, x1, y0, y1]) = extent.near(bounds, fields.mesh);
        let slack = [(bounds[1] - bounds[0]) * SLACK, (bounds[3] - bounds[2]) * SLACK];
        let around = fields.mesh == Some(Mesh::Spherical) && bounds[1] - bounds[0] >= CIRCLE - slack[0];
        let apart = |a0: f64, a1: f64, b0: f64, b1: f64, slack: f64| a1 < b0 - slack || a0 > b1 + slack;
        let within = |a0: f64, a1: f64, b0: f64, b1: f64, slack: f64| a0 >= b0 - slack && a1 <= b1 + slack;
        let outside =
            !around && apart(x0, x1, bounds[0], bounds[1], slack[0]) || apart(y0, y1, bounds[2], bounds[3], slack[1]);
        let inside = (around || within(x0, x1, bounds[0], bounds[1], slack[0]))
            && within(y0, y1, bounds[2], bounds[3], slack[1]);
        if inside {
            continue;
        }
        let (where_, name, domain) = (extent.say(), &field.plan.name, say(bounds));
        if outside {
            let message = format!("the release at {where_} lies outside `{name}`: {domain}");
            reading.error(at, message, format!("release inside {domain}"));
        } else {
            let place = format!("{}:{}", reading.file, at.line);
            reading.warnings.push(format!("{place}: part of the release ({where_}) lies outside `{name}`: {domain}"));
        }
        return;
    }
}

/// Depths at which the fields that move particles are known.
pub struct Levels {
    pub field: String,
    /// Shallowest and deepest, m.
    pub range: [f64; 2],
}

/// The levels that all moving fields with a depth have in common.
pub fn levels(fields: &Fields) -> Option<Levels> {
    let of = |field: &Field| {
        let depth = &field.head()?.axes.depth;
        Some(Levels { field: field.plan.name.clone(), range: [*depth.first()?, *depth.last()?] })
    };
    fields.moving().filter_map(of).reduce(|a, b| {
        let field = if b.range[0] > a.range[0] { b.field } else { a.field };
        Levels { field, range: [a.range[0].max(b.range[0]), a.range[1].min(b.range[1])] }
    })
}

/// Depths wholly outside the levels are a mistake, partly outside a warning.
pub fn check_depth([from, to]: [f64; 2], at: Span, levels: &Levels, reading: &mut Reading) {
    let [top, bottom] = levels.range;
    let slack = (bottom - top).abs() * SLACK;
    if from >= top - slack && to <= bottom + slack {
        return;
    }
    let depths = if from == to { format!("{from} m") } else { format!("{from} to {to} m") };
    let name = &levels.field;
    if to < top - slack || from > bottom + slack {
        let message = format!("the release depth of {depths} lies outside `{name}`: {top} to {bottom} m");
        let nearest = if to < top { top } else { bottom };
        reading.error(at, message, format!("write a depth between them, such as `depth: {nearest} m`"));
    } else {
        let place = format!("{}:{}", reading.file, at.line);
        reading.warnings.push(format!("{place}: release depths of {depths}, but `{name}` has {top} to {bottom} m"));
    }
}
