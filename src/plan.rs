//! What a deck means: complete, valid, SI; no string left to interpret and no option that means "default".
//!
//! `deck::check` makes a `Plan` from text; everything after it reads only the `Plan`.

use std::path::PathBuf;

use crate::chemistry::SolverSettings;
use crate::chemistry::cells::Target;
use crate::chemistry::mechanism::Mechanism;
use crate::clock::{Clock, Schedule};
use crate::domain::design::Design;
use crate::domain::distribution::Distribution;

/// A whole run.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub title: String,
    pub chemistry: ChemistryPlan,
    pub cells: CellsPlan,
    pub clock: Clock,
    /// Calendar date of t = 0 as ISO-8601 in UTC, when the deck gives one.
    pub start: Option<jiff::civil::DateTime>,
    pub output: OutputPlan,
    /// What `check` shows: each value with its unit and where it comes from.
    pub origins: Vec<Origin>,
    /// What is valid and suspicious, for `run` and `check` to print.
    pub warnings: Vec<String>,
}

/// The chemistry to integrate.
#[derive(Debug, Clone, PartialEq)]
pub struct ChemistryPlan {
    pub mechanism: Mechanism,
    /// SHA-256 of the mechanism file's bytes, hexadecimal.
    pub mechanism_hash: String,
    pub solver: SolverSettings,
    pub on_failure: OnFailure,
}

/// What happens when a cell cannot be integrated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// The cell is marked in `status`, its values become missing, the run goes on.
    Mark,
    /// The run ends after the step, with exit status 1.
    Stop,
}

/// The cells and their values.
#[derive(Debug, Clone, PartialEq)]
pub struct CellsPlan {
    pub count: u64,
    /// Values that all cells have unless sampled or tabled.
    pub base: CellValues,
    /// Sampled inputs, when the deck samples any.
    pub sample: Option<SamplePlan>,
    /// A CSV with one row a cell; read by rank 0 when the run starts.
    pub table: Option<TablePlan>,
}

/// One cell's inputs.
#[derive(Debug, Clone, PartialEq)]
pub struct CellValues {
    /// K
    pub temperature: f64,
    /// Pa
    pub pressure: f64,
    /// mol m-3, one for each of `Mechanism::species`.
    pub concentrations: Vec<f64>,
    /// One for each of `Mechanism::parameters`, in its unit.
    pub parameters: Vec<f64>,
}

/// Which inputs are sampled, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct SamplePlan {
    pub design: Design,
    /// How many points the design has: the deck's count, also when fewer cells run (`--cells`), so that a cell is the
    /// same in a shrunken run.
    pub design_count: u64,
    pub seed: u64,
    /// One for each dimension of the unit cube, in the deck's order.
    pub inputs: Vec<SampledInput>,
}

/// One sampled input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SampledInput {
    pub target: Target,
    pub distribution: Distribution,
}

/// A table of cells: its columns, resolved, with the factor that makes them SI.
#[derive(Debug, Clone, PartialEq)]
pub struct TablePlan {
    pub path: PathBuf,
    /// One for each column of the file: target, then SI value = factor * number + offset.
    pub columns: Vec<TableColumn>,
}

/// A column of a table of cells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TableColumn {
    pub target: Target,
    pub factor: f64,
    pub offset: f64,
    /// The column is a mixing ratio of a concentration: its SI value is further times the cell's air density.
    pub times_air_density: bool,
}

/// The file and what goes into it.
#[derive(Debug, Clone, PartialEq)]
pub struct OutputPlan {
    pub file: PathBuf,
    /// Where the deck (or the command line) names the file, `deck.yaml:12`, for messages about it.
    pub file_origin: String,
    pub streams: Vec<Stream>,
    pub compression: Compression,
}

/// Variables written on one clock.
#[derive(Debug, Clone, PartialEq)]
pub struct Stream {
    pub schedule: Schedule,
    /// `time`, or `time_10s` for further clocks.
    pub time_dimension: String,
    pub variables: Vec<OutputVariable>,
}

/// What can be written for every cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OutputVariable {
    /// Index into `Mechanism::species`; mol m-3.
    Concentration(usize),
    Temperature,
    Pressure,
    AirDensity,
    /// Internal steps taken so far.
    SolverSteps,
    /// Internal steps rejected so far.
    SolverRejected,
    /// The step size that the cell's next call starts with, s.
    SolverStepSize,
    Status,
}

/// How variables are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    None,
    /// Level 1 to 9, with byte shuffle.
    Deflate(u8),
}

/// One line of the resolved plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Deck path, `chemistry.solver.rtol`.
    pub path: String,
    /// Value with unit, for people.
    pub value: String,
    /// `deck.yaml:7`, or `default`, or `command line`.
    pub origin: String,
}
