//! One cell of a curvilinear grid: the bilinear map of the unit square and its exact inverse.
//!
//! With corners p0 to p3 counted from (j,i) over (j,i+1) round, a = p1 - p0, b = p3 - p0, c = p0 - p1 + p2 - p3:
//! p = p0 + ξ a + η b + ξη c. Eliminating ξ or η leaves a quadratic equation for the other; in both the derivative at
//! the root is, but for its sign, the Jacobian determinant J = (a + η c) × (b + ξ c), so one square root gives ξ, η
//! and J. Of the two forms of the root, 2C / (-B - J) is taken: its denominator is twice the determinant at the foot
//! of the point on an edge, which is never 0 in a convex cell, parallelograms (c = 0) included.

use std::f64::consts::PI;

use super::{Mesh, Node, unwrap};

/// Geometry of a cell; degrees, or m on a flat mesh.
#[derive(Debug, Clone, Copy)]
pub struct Cell {
    /// Corner (j,i).
    origin: [f64; 2],
    /// From corner (j,i) to (j,i+1).
    a: [f64; 2],
    /// From corner (j,i) to (j+1,i).
    b: [f64; 2],
    /// What the cell differs by from a parallelogram.
    c: [f64; 2],
    /// Of the latitude of the origin; 0 and 1 on a flat mesh.
    sin_cos: [f64; 2],
    /// Differences of longitude beyond this are unwrapped; infinity on a flat mesh.
    half_turn: f64,
    /// Radians in a unit of latitude; 0 on a flat mesh, where the scale of longitude does not change.
    radians: f64,
    /// Metres in a unit of latitude.
    metres: f64,
}

/// Metres that a change of coordinates is worth.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// Lengths of the faces, m, if the scale of longitude were everywhere as at the image of a point on them.
    pub south: f64,
    pub north: f64,
    pub west: f64,
    pub east: f64,
    /// m² in a unit of longitude times a unit of latitude, at the point.
    pub area: f64,
}

/// Local coordinates of a point, in or outside the cell.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    pub xi: f64,
    pub eta: f64,
    /// Absolute value of J.
    pub jacobian: f64,
}

impl Place {
    /// Whether the point is in the unit square made larger by `tolerance` on all sides; false for not a number.
    #[inline]
    #[must_use]
    pub fn is_within(&self, tolerance: f64) -> bool {
        let (low, high) = (-tolerance, 1.0 + tolerance);
        self.xi >= low && self.xi <= high && self.eta >= low && self.eta <= high
    }
}

impl Cell {
    #[inline(always)]
    pub(super) fn new(south: &[Node; 2], north: &[Node; 2], mesh: Mesh) -> Self {
        let (half_turn, radians, metres) = match mesh {
            Mesh::Flat => (f64::INFINITY, 0.0, 1.0),
            Mesh::Spherical => (180.0, PI / 180.0, Mesh::METRES_PER_DEGREE),
        };
        let corner = &south[0];
        let from = |node: &Node| [unwrap(node.lon - corner.lon, half_turn), node.lat - corner.lat];
        let (a, diagonal, b) = (from(&south[1]), from(&north[1]), from(&north[0]));
        Self {
            origin: [corner.lon, corner.lat],
            a,
            b,
            c: [diagonal[0] - a[0] - b[0], diagonal[1] - a[1] - b[1]],
            sin_cos: corner.sin_cos,
            half_turn,
            radians,
            metres,
        }
    }

    /// Local coordinates of a point; not numbers where the map has no inverse.
    #[inline(always)]
    #[must_use]
    pub fn place(&self, lon: f64, lat: f64) -> Place {
        let p = [unwrap(lon - self.origin[0], self.half_turn), lat - self.origin[1]];
        let area = cross(self.a, self.b);
        let (along, across, twist) = (cross(p, self.a), cross(p, self.b), cross(p, self.c));
        // eta: (c × b) eta² + linear eta + along = 0, whose derivative at the root is J.
        let linear = twist + area;
        let magnitude = (linear * linear - 4.0 * cross(self.c, self.b) * along).sqrt();
        let jacobian = magnitude.copysign(area);
        Place {
            xi: -2.0 * across / (twist - area - jacobian),
            eta: -2.0 * along / (linear + jacobian),
            jacobian: magnitude,
        }
    }

    /// Whether the determinant has the same sign, other than 0, at all corners.
    #[inline]
    #[must_use]
    pub fn is_convex(&self) -> bool {
        let area = cross(self.a, self.b);
        let (by_xi, by_eta) = (cross(self.a, self.c), cross(self.c, self.b));
        let corners = [area, area + by_xi, area + by_xi + by_eta, area + by_eta];
        corners.iter().all(|&corner| corner > 0.0) || corners.iter().all(|&corner| corner < 0.0)
    }

    /// The point of local coordinates; its longitude may be off by 360 from others.
    #[inline]
    #[must_use]
    pub fn point(&self, xi: f64, eta: f64) -> [f64; 2] {
        let along = |d: usize| self.origin[d] + xi * self.a[d] + eta * self.b[d] + xi * eta * self.c[d];
        [along(0), along(1)]
    }

    /// Derivatives of the point by ξ and by η.
    #[inline]
    #[must_use]
    pub fn tangents(&self, xi: f64, eta: f64) -> [[f64; 2]; 2] {
        let of = |side: [f64; 2], local: f64| [side[0] + local * self.c[0], side[1] + local * self.c[1]];
        [of(self.a, eta), of(self.b, xi)]
    }

    /// Lengths and area at the point of local coordinates.
    #[inline(always)]
    #[must_use]
    pub fn metric(&self, xi: f64, eta: f64) -> Metric {
        let Self { a, b, c, .. } = self;
        let north = [a[0] + c[0], a[1] + c[1]];
        let east = [b[0] + c[0], b[1] + c[1]];
        let length = |side: [f64; 2], from: f64, local: f64| {
            let lon = side[0] * self.longitude_scale(from + local * side[1]);
            self.metres * (lon * lon + side[1] * side[1]).sqrt()
        };
        Metric {
            south: length(*a, 0.0, xi),
            north: length(north, b[1], xi),
            west: length(*b, 0.0, eta),
            east: length(east, a[1], eta),
            area: self.metres * self.metres * self.longitude_scale(xi * a[1] + eta * (b[1] + xi * c[1])),
        }
    }

    /// Cosine of a latitude given relative to the origin, from its sine and cosine there. A cell is small, so that
    /// these terms suffice: 4e-14 in a cell of 1 degree, 4e-8 in one of 10 degrees.
    #[inline]
    fn longitude_scale(&self, latitude: f64) -> f64 {
        let x = latitude * self.radians;
        let square = x * x;
        let cos = 1.0 - square * (1.0 / 2.0 - square * (1.0 / 24.0));
        let sin = x * (1.0 - square * (1.0 / 6.0 - square * (1.0 / 120.0)));
        self.sin_cos[1] * cos - self.sin_cos[0] * sin
    }

    /// Smallest and largest longitude, smallest and largest latitude; the bilinear image lies
    /// in the hull of its corners.
    pub(super) fn bounds(&self) -> [[f64; 2]; 2] {
        let side = |d: usize| {
            let corners = [0.0, self.a[d], self.b[d], self.a[d] + self.b[d] + self.c[d]];
            [
                corners.iter().copied().fold(f64::INFINITY, f64::min),
                corners.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            ]
        };
        let ([west, east], [south, north]) = (side(0), side(1));
        [[self.origin[0] + west, self.origin[0] + east], [self.origin[1] + south, self.origin[1] + north]]
    }
}

#[inline]
fn cross(left: [f64; 2], right: [f64; 2]) -> f64 {
    left[0] * right[1] - left[1] * right[0]
}
