//! What a deck that says nothing means. `check` shows each of these with the origin `default`.

use crate::chemistry::SolverSettings;
use crate::chemistry::tableau::Method;
use crate::plan::{Compression, OnFailure};

/// The Rosenbrock method.
pub const METHOD: Method = SolverSettings::METHOD;

/// Relative tolerance.
pub const RELATIVE_TOLERANCE: f64 = SolverSettings::RELATIVE_TOLERANCE;

/// Absolute tolerance of a species, mol m-3.
pub const ABSOLUTE_TOLERANCE: f64 = SolverSettings::ABSOLUTE_TOLERANCE;

/// Fraction of the last proposed step that the next call starts with.
pub const CARRY: f64 = SolverSettings::CARRY;

/// Internal steps of one cell in one call. MUSICA's 1000 do not carry its own TS1 inputs through their first call.
pub const MAX_STEPS: u32 = 10_000;

/// What happens when a cell cannot be integrated, and its name in a deck.
pub const ON_FAILURE: (&str, OnFailure) = ("mark", OnFailure::Mark);

/// How variables are stored.
pub const COMPRESSION: Compression = Compression::None;

/// Level of `deflate` without a level: beyond it files hardly shrink and writing slows.
pub const DEFLATE_LEVEL: u8 = 4;
