//! One cell of a curvilinear grid: the bilinear map of the unit square and its exact inverse.
//!
//! With corners p0 to p3 counted from (j,i) over (j,i+1) round, a = p1 - p0, b = p3 - p0, c = p0 - p1 + p2 - p3:
//! p = p0 + ξ a + η b + ξη c. Eliminating ξ or η leaves a quadratic equation for the other; in both the derivative at
//! the root is, but for its sign, the Jacobian determinant J = (a + η c) × (b + ξ c), so one square root gives ξ, η
//! and J. Of the two forms of the root, 2C / (-B - J) is taken: its denominator is twice the determinant at the foot
//! of the point on an edge, which is never 0 in a convex cell, parallelograms (c = 0) included.

use std::f64::consts::PI;

use super::{Mesh, Node};

/// 1.5 2^52: adding it rounds a number to an integer.
const ROUNDER: f64 = 6_755_399_441_055_744.0;

/// Geometry of a cell; degrees, or m on a flat mesh.
#[derive(Debug, Clone, Copy)]
pub struct Cell {
    /// From corner (j,i) to (j,i+1).
    a: [f64; 2],
    /// From corner (j,i) to (j+1,i).
    b: [f64; 2],
    /// What the cell differs by from a parallelogram.
    c: [f64; 2],
    /// Of the latitude of corner (j,i); 0 and 1 on a flat mesh.
    sin_cos: [f64; 2],
    units: Units,
}

/// What units of the coordinates are worth.
#[derive(Debug, Clone, Copy)]
pub struct Units {
    /// Longitudes count modulo this; 0 on a flat mesh.
    turn: f64,
    /// Its reciprocal, or 0.
    per_turn: f64,
    /// Radians in a unit of latitude; 0 on a flat mesh, where the scale of longitude does not change.
    radians: f64,
    /// Metres in a unit of latitude.
    metres: f64,
}

impl Units {
    pub(super) fn new(mesh: Mesh) -> Self {
        match mesh {
            Mesh::Flat => Self { turn: 0.0, per_turn: 0.0, radians: 0.0, metres: 1.0 },
            Mesh::Spherical => {
                Self { turn: 360.0, per_turn: 1.0 / 360.0, radians: PI / 180.0, metres: Mesh::METRES_PER_DEGREE }
            }
        }
    }

    /// Longitudes that differ by more are the other way round; infinity on a flat mesh.
    #[inline(always)]
    pub(super) fn half_turn(&self) -> f64 {
        if self.turn > 0.0 { 0.5 * self.turn } else { f64::INFINITY }
    }

    /// A difference of longitudes taken the short way round.
    #[inline(always)]
    pub(super) fn unwrap(&self, difference: f64) -> f64 {
        let turns = difference.mul_add(self.per_turn, ROUNDER) - ROUNDER;
        (-turns).mul_add(self.turn, difference)
    }
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
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    pub xi: f64,
    pub eta: f64,
    /// Absolute value of J.
    pub jacobian: f64,
}

impl Place {
    /// Bilinear weights of the nodes (j,i), (j,i+1), (j+1,i+1), (j+1,i).
    #[inline(always)]
    #[must_use]
    pub fn weights(&self) -> [f64; 4] {
        let Self { xi, eta, .. } = *self;
        [(1.0 - xi) * (1.0 - eta), xi * (1.0 - eta), xi * eta, (1.0 - xi) * eta]
    }

    /// Whether the point is in the unit square made larger by `tolerance` on all sides; false for not a number.
    #[inline(always)]
    #[must_use]
    pub fn is_within(&self, tolerance: f64) -> bool {
        let (low, high) = (-tolerance, 1.0 + tolerance);
        (self.xi >= low) & (self.xi <= high) & (self.eta >= low) & (self.eta <= high)
    }
}

impl Cell {
    /// The cell of the nodes (j,i), (j,i+1), (j+1,i+1), (j+1,i).
    #[inline(always)]
    pub(super) fn new([origin, east, opposite, north]: [&Node; 4], units: Units) -> Self {
        let from = |node: &Node| [units.unwrap(node.lon - origin.lon), node.lat - origin.lat];
        Self::from_sides(from(east), from(opposite), from(north), origin.sin_cos, units)
    }

    /// The same for a cell across which no longitude needs unwrapping.
    #[inline(always)]
    pub(super) fn new_plain([origin, east, opposite, north]: [&Node; 4], units: Units) -> Self {
        let from = |node: &Node| [node.lon - origin.lon, node.lat - origin.lat];
        Self::from_sides(from(east), from(opposite), from(north), origin.sin_cos, units)
    }

    #[inline(always)]
    fn from_sides(a: [f64; 2], diagonal: [f64; 2], b: [f64; 2], sin_cos: [f64; 2], units: Units) -> Self {
        Self { a, b, c: [diagonal[0] - a[0] - b[0], diagonal[1] - a[1] - b[1]], sin_cos, units }
    }

    /// Sides, twist, and sine and cosine of the latitude, as `from_parts` takes them.
    #[inline(always)]
    pub(super) fn parts(&self) -> [[f64; 2]; 4] {
        [self.a, self.b, self.c, self.sin_cos]
    }

    #[inline(always)]
    pub(super) fn from_parts([a, b, c, sin_cos]: [[f64; 2]; 4], units: Units) -> Self {
        Self { a, b, c, sin_cos, units }
    }

    /// Local coordinates of a point given relative to corner (j,i); not numbers where the map has no inverse.
    #[inline(always)]
    #[must_use]
    pub fn place(&self, p: [f64; 2]) -> Place {
        let area = cross(self.a, self.b);
        let (along, across, twist) = (cross(p, self.a), cross(p, self.b), cross(p, self.c));
        // eta: (c × b) eta² + linear eta + along = 0, whose derivative at the root is J.
        let linear = twist + area;
        let magnitude = linear.mul_add(linear, -4.0 * cross(self.c, self.b) * along).sqrt();
        let jacobian = magnitude.copysign(area);
        Place {
            xi: -2.0 * across / (twist - area - jacobian),
            eta: -2.0 * along / (linear + jacobian),
            jacobian: magnitude,
        }
    }

    /// Whether the determinant has the same sign, other than 0, at all corners.
    #[inline(always)]
    #[must_use]
    pub fn is_convex(&self) -> bool {
        let area = cross(self.a, self.b);
        let (by_xi, by_eta) = (cross(self.a, self.c), cross(self.c, self.b));
        let corners = [area, area + by_xi, area + by_xi + by_eta, area + by_eta];
        corners.iter().all(|&corner| corner > 0.0) || corners.iter().all(|&corner| corner < 0.0)
    }

    /// Derivatives of the point by ξ and by η.
    #[inline(always)]
    #[must_use]
    pub fn tangents(&self, xi: f64, eta: f64) -> [[f64; 2]; 2] {
        let of = |side: [f64; 2], local: f64| [local.mul_add(self.c[0], side[0]), local.mul_add(self.c[1], side[1])];
        [of(self.a, eta), of(self.b, xi)]
    }

    /// Lengths and area at the point of local coordinates.
    #[inline(always)]
    #[must_use]
    pub fn metric(&self, xi: f64, eta: f64) -> Metric {
        let Self { a, b, c, units: Units { metres, .. }, .. } = self;
        let north = [a[0] + c[0], a[1] + c[1]];
        let east = [b[0] + c[0], b[1] + c[1]];
        let length = |side: [f64; 2], from: f64, local: f64| {
            let lon = side[0] * self.longitude_scale(local.mul_add(side[1], from));
            metres * lon.mul_add(lon, side[1] * side[1]).sqrt()
        };
        Metric {
            south: length(*a, 0.0, xi),
            north: length(north, b[1], xi),
            west: length(*b, 0.0, eta),
            east: length(east, a[1], eta),
            area: metres * metres * self.longitude_scale(xi.mul_add(a[1], eta * xi.mul_add(c[1], b[1]))),
        }
    }

    /// Cosine of a latitude given relative to the origin, from its sine and cosine there. A cell is small, so that
    /// these terms suffice: 4e-14 in a cell of 1 degree, 4e-8 in one of 10 degrees.
    #[inline(always)]
    fn longitude_scale(&self, latitude: f64) -> f64 {
        let x = latitude * self.units.radians;
        let square = x * x;
        let cos = (-square).mul_add(square.mul_add(-1.0 / 24.0, 1.0 / 2.0), 1.0);
        let sin = x * (-square).mul_add(square.mul_add(-1.0 / 120.0, 1.0 / 6.0), 1.0);
        self.sin_cos[1].mul_add(cos, -(self.sin_cos[0] * sin))
    }

    /// Smallest and largest longitude, smallest and largest latitude, relative to corner (j,i); the bilinear image lies
    /// in the hull of its corners.
    pub(super) fn bounds(&self) -> [[f64; 2]; 2] {
        let side = |d: usize| {
            let corners = [0.0, self.a[d], self.b[d], self.a[d] + self.b[d] + self.c[d]];
            [
                corners.iter().copied().fold(f64::INFINITY, f64::min),
                corners.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            ]
        };
        [side(0), side(1)]
    }
}

#[inline(always)]
fn cross(left: [f64; 2], right: [f64; 2]) -> f64 {
    left[0].mul_add(right[1], -(left[1] * right[0]))
}
