//! What is known of the dimension of a part of an expression.

use crate::quantity::Dimension;

/// What is known of the dimension of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// A number without unit, which takes the unit of what it meets.
    Bare,
    /// Of some unit that nobody said.
    Unknown,
    /// Degrees of longitude or latitude: pure, but no argument of `sin`.
    Degrees,
    Is(Dimension),
}

use Known::{Bare, Degrees, Is, Unknown};

pub(super) const PURE: Known = Is(Dimension::NONE);

impl Known {
    /// The dimension where there is one that must fit.
    pub(super) fn dimension(self) -> Option<Dimension> {
        match self {
            Is(dimension) => Some(dimension),
            Degrees => Some(Dimension::NONE),
            Bare | Unknown => None,
        }
    }

    pub(super) fn is_pure(self) -> bool {
        self.dimension().is_none_or(|d| d == Dimension::NONE)
    }

    /// `m`, or `no unit`.
    pub(super) fn spelled(self) -> String {
        match self.dimension() {
            Some(d) if d != Dimension::NONE => format!("the unit {}", d.si()),
            _ => "no unit".to_owned(),
        }
    }
}

/// A dimension to the power 1/2 or a half more; unknown when that is no dimension of whole exponents.
pub(super) fn root(dimension: Dimension, power: f64) -> Known {
    let doubled = power * 2.0;
    if doubled.fract() != 0.0 || doubled.abs() > 12.0 {
        return if dimension == Dimension::NONE { PURE } else { Unknown };
    }
    dimension.root(2).and_then(|half| Dimension::NONE.times(half, doubled as i8)).map_or(Unknown, Is)
}
