//! What a deck that says nothing means. `check` shows each of these with the origin `default`.

use crate::advection::field::Staggering;
use crate::advection::{OnLand, OnLeaving};
use crate::chemistry::SolverSettings;
use crate::chemistry::tableau::Method;
use crate::plan::{Balance, CheckpointInterval, Chunk, Compression, InTime, OnFailure, OutsideTimes, Precision};

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

/// What happens when a member fails, and its name in a deck.
pub const ON_MEMBER_FAILURE: (&str, OnFailure) = ("mark", OnFailure::Mark);

/// Whether items move between ranks.
pub const BALANCE: (&str, Balance) = ("auto", Balance::Auto);

/// How variables are stored.
pub const COMPRESSION: Compression = Compression::None;

/// How many bits real variables have.
pub const PRECISION: (&str, Precision) = ("double", Precision::Double);

/// Items in a chunk of the file, and its name in a deck.
pub const CHUNK: (&str, Chunk) = ("auto", Chunk::Auto);

/// Level of `deflate` without a level: beyond it files hardly shrink and writing slows.
pub const DEFLATE_LEVEL: u8 = 4;

/// What a field is at times that its files do not cover.
pub const OUTSIDE_TIMES: (&str, OutsideTimes) = ("refuse", OutsideTimes::Refuse);

/// The same of a field with a single snapshot, which otherwise could carry no run at all.
pub const OUTSIDE_TIMES_OF_ONE: (&str, OutsideTimes) = ("extrapolate (one snapshot)", OutsideTimes::Extrapolate);

/// What a field is between two of its snapshots.
pub const IN_TIME: (&str, InTime) = ("linear", InTime::Linear);

/// Where values stand in a grid cell.
pub const GRID: (&str, Staggering) = ("a", Staggering::A);

/// Tolerance of `advection_rk45`, m: that of Parcels.
pub const RK45_TOLERANCE: f64 = 10.0;

/// What becomes of a particle that leaves the domain.
pub const ON_LEAVING: (&str, OnLeaving) = ("delete", OnLeaving::Delete);

/// What becomes of a particle that comes to land: it is beached, and counted.
pub const ON_LAND: (&str, OnLand) = ("stick", OnLand::Stick);

/// Wall-clock time between checkpoints, and its name in a deck.
pub const CHECKPOINT_EVERY: (&str, CheckpointInterval) = ("auto", CheckpointInterval::Measured);

/// Checkpoints kept: one more than is needed, in case the newest is damaged.
pub const CHECKPOINTS_KEPT: u64 = 2;
