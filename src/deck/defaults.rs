//! What a deck that says nothing means. `check` shows each of these with the origin `default`.

use crate::chemistry::tableau::Method;
use crate::plan::{Compression, OnFailure};

/// The Rosenbrock method and its name in a deck.
pub const METHOD: (&str, Method) = ("ros3", Method::Ros3);

/// Methods by their names in a deck.
pub const METHODS: [(&str, Method); 5] = [
    ("ros2", Method::Ros2),
    ("ros3", Method::Ros3),
    ("ros4", Method::Ros4),
    ("rodas3", Method::Rodas3),
    ("rodas4", Method::Rodas4),
];

/// Relative tolerance.
pub const RELATIVE_TOLERANCE: f64 = 1e-4;

/// Absolute tolerance of a species, mol m-3.
pub const ABSOLUTE_TOLERANCE: f64 = 1e-14;

/// Fraction of the last proposed step that the next call starts with.
pub const CARRY: f64 = 0.1;

/// Internal steps of one cell in one call.
pub const MAX_STEPS: u32 = 10_000;

/// What happens when a cell cannot be integrated, and its name in a deck.
pub const ON_FAILURE: (&str, OnFailure) = ("mark", OnFailure::Mark);

/// How variables are stored.
pub const COMPRESSION: Compression = Compression::None;

/// Level of `deflate` without a level: beyond it files hardly shrink and writing slows.
pub const DEFLATE_LEVEL: u8 = 4;
