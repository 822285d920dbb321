//! What the values of a field from files are multiplied by and what is added to them, where particles are: members of an
//! ensemble share the files and may differ in this.

use super::rows::{Row, WIDTH};

/// value -> factor * value + offset.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    pub factor: f64,
    /// In the unit of the field.
    pub offset: f64,
}

impl Scale {
    /// Values stay as they are.
    pub const NONE: Self = Self { factor: 1.0, offset: 0.0 };
}

impl Default for Scale {
    fn default() -> Self {
        Self::NONE
    }
}

/// The scales of all fields.
#[derive(Debug, Clone)]
pub(super) struct Scales {
    of: Vec<Scale>,
    /// Whether any field has one, which is looked at in every step.
    any: bool,
}

impl Scales {
    pub fn none(fields: usize) -> Self {
        Self { of: vec![Scale::NONE; fields], any: false }
    }

    pub fn of(&self, field: usize) -> Scale {
        self.of[field]
    }

    pub fn set(&mut self, field: usize, scale: Scale) {
        self.of[field] = scale;
        self.any = self.of.iter().any(|scale| *scale != Scale::NONE);
    }

    /// Scales values of fields.
    #[inline(always)]
    pub fn apply<const N: usize>(&self, fields: [usize; N], rows: [&mut Row<WIDTH>; N]) {
        if self.any {
            for (field, row) in fields.into_iter().zip(rows) {
                let Scale { factor, offset } = self.of[field];
                for value in row {
                    *value = value.mul_add(factor, offset);
                }
            }
        }
    }

    /// Scales slopes of fields, which know nothing of the offset.
    #[inline(always)]
    pub fn apply_to_slopes<const N: usize>(&self, fields: [usize; N], rows: &mut [Row<WIDTH>; N]) {
        if self.any {
            for (field, row) in fields.into_iter().zip(rows) {
                for slope in row {
                    *slope *= self.of[field].factor;
                }
            }
        }
    }
}
