//! What a deck means: complete, valid, SI; no string left to interpret and no option that means "default".
//!
//! `deck::check` makes a `Plan` from text; everything after it reads only the `Plan`.

mod ensemble;
mod reduction;
mod sample;
mod stop;

use std::path::PathBuf;

pub use self::ensemble::{Axis, AxisTarget, AxisValues, EnsemblePlan, MemberTarget};
pub use self::reduction::{Groups, GroupsOf, MemberGroups, Over, Reduction, SOBOL_INPUT};
pub use self::sample::{SamplePlan, SampledInput};
pub use self::stop::{Condition, StopWhen, standard_error};
pub use crate::advection::Current as CurrentPlan;
use crate::advection::analytic::Analytic;
pub use crate::advection::field::{InTime, OutsideTimes};
use crate::advection::{Kernel, Mesh, OnLand, OnLeaving, Scale};
use crate::chemistry::SolverSettings;
use crate::chemistry::cells::Target;
use crate::chemistry::mechanism::Mechanism;
use crate::clock::{Clock, Schedule};
use crate::domain::members::Members;
use crate::expression::Program;
use crate::field_head::{Calendar, FieldHead, Region};
use crate::statistics;
use crate::telemetry::table::counted;

/// A whole run.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub title: String,
    pub work: Work,
    /// What members differ in, when the deck has an ensemble.
    pub ensemble: Option<EnsemblePlan>,
    /// What ends the ensemble before all draws of its first axis have run.
    pub stop_when: Option<StopWhen>,
    /// Which items of which members run.
    pub members: Members,
    /// A single item runs, and every step of it is told.
    pub traced: bool,
    pub clock: Clock,
    /// Calendar date of t = 0 as ISO-8601 in UTC, when the deck gives one.
    pub start: Option<jiff::civil::DateTime>,
    pub output: OutputPlan,
    pub checkpoint: CheckpointPlan,
    pub balance: Balance,
    /// What `check` shows: each value with its unit and where it comes from.
    pub origins: Vec<Origin>,
    /// What is valid and suspicious, for `run` and `check` to print.
    pub warnings: Vec<String>,
}

impl Plan {
    /// How much runs: `400 cells`, `4 members x 100 particles`.
    #[must_use]
    pub fn amount(&self) -> String {
        let (members, item) = (&self.members, self.work.item());
        let items = counted(members.items, item);
        match (&self.ensemble, &self.stop_when) {
            (Some(_), Some(stop)) => {
                let least = stop.at_least * (members.count / self.draws().max(1));
                format!("{least} to {} x {items}", counted(members.count, "member"))
            }
            (Some(_), None) => format!("{} x {items}", counted(members.count, "member")),
            (None, _) => counted(members.total(), item),
        }
    }
}

/// Whether items move between ranks while a run goes on, so that all have the same to do. No result depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Balance {
    /// When it saves time.
    Auto,
    /// Never.
    Off,
    /// After every step, whatever it costs: for tests.
    Always,
}

/// How the real variables of a stream are stored; what does not change with time keeps 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// 64 bits: what is in the file is what was computed.
    Double,
    /// 32 bits, rounded to nearest: half the bytes.
    Single,
}

/// What is computed.
#[derive(Debug, Clone, PartialEq)]
pub enum Work {
    /// Stiff chemistry in many cells.
    Chemistry { chemistry: ChemistryPlan, cells: CellsPlan },
    /// Trajectories of many particles.
    Particles(Box<ParticlesPlan>),
}

impl Work {
    /// How many cells or particles a member has.
    #[must_use]
    pub fn count(&self) -> u64 {
        match self {
            Self::Chemistry { cells, .. } => cells.count,
            Self::Particles(particles) => particles.count,
        }
    }

    /// What one of them is called.
    #[must_use]
    pub fn item(&self) -> &'static str {
        match self {
            Self::Chemistry { .. } => "cell",
            Self::Particles(_) => "particle",
        }
    }
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
    /// Parts of the plane by name, for streams that group or connect by them.
    pub regions: statistics::Regions,
    pub compression: Compression,
    pub precision: Precision,
    pub chunk: Chunk,
}

/// How many items stand together in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chunk {
    /// As many as suit disks.
    Auto,
    Items(u64),
    /// All, or as many as a chunk can hold.
    All,
}

/// When checkpoints are written, besides on signals, at request and before the wall time ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CheckpointPlan {
    pub every: CheckpointInterval,
    /// How many are kept.
    pub keep: u64,
}

/// Wall-clock time between checkpoints.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CheckpointInterval {
    /// It follows from what a checkpoint costs, as measured.
    Measured,
    /// s
    Seconds(f64),
    Never,
}

/// Variables written on one clock.
#[derive(Debug, Clone, PartialEq)]
pub struct Stream {
    pub schedule: Schedule,
    /// `time`, or `time_10s` for further clocks.
    pub time_dimension: String,
    /// Written of every item.
    pub variables: Vec<OutputVariable>,
    /// Written of all together.
    pub reduction: Option<Reduction>,
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
    Particle(ParticleOutput),
}

/// What can be written for every particle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ParticleOutput {
    /// Longitude in degrees, or x in m on a flat mesh.
    Longitude,
    /// Latitude in degrees, or y in m on a flat mesh.
    Latitude,
    /// m, positive down.
    Depth,
    /// s from the start.
    ReleaseTime,
    /// When the particle was last where it is: now, or when it was deleted; s from the start.
    LastTime,
    /// Index into `ParticlesPlan::variables`.
    Variable(usize),
    /// Index into `OutputPlan::regions` of the one where the particle was released; as many as there are for none.
    ReleaseRegion,
}

/// How variables are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    None,
    /// Level 1 to 9, with byte shuffle.
    Deflate(u8),
}

/// Particles, the fields that move them, and what is carried along.
#[derive(Debug, Clone, PartialEq)]
pub struct ParticlesPlan {
    /// How many particles run: those of all releases, or the first of them with `--particles`.
    pub count: u64,
    pub mesh: Mesh,
    /// The date of t = 0 in the fields' calendar, when the deck or the fields give one.
    pub epoch: Option<Epoch>,
    /// Every field that the deck names; the plan refers to them by index.
    pub fields: Vec<FieldPlan>,
    /// Pairs (or triples) of fields whose velocities add up; the first is `U`, `V`, `W`.
    pub currents: Vec<CurrentPlan>,
    /// m2 s-1 along lon and lat: `Kh`, or `Kh_zonal` and `Kh_meridional`.
    pub diffusivity: Option<[usize; 2]>,
    /// What fields in files are between two snapshots.
    pub in_time: InTime,
    /// The part of the fields that is read, the same on every rank; all of them when absent.
    pub region: Option<Region>,
    pub release: ReleasePlan,
    pub seed: u64,
    pub kernels: Vec<Kernel>,
    /// Tolerance of `advection_rk45`: largest error of one step, m.
    pub rk45_tolerance: f64,
    /// Own velocity of the particles in m s-1, added to the currents: along lon, lat and depth (positive down).
    pub own_velocity: [Option<Amount>; 3],
    pub variables: Vec<ParticleVariablePlan>,
    /// A particle for which this is not 0 is deleted.
    pub delete_when: Option<Program>,
    pub on_leaving: OnLeaving,
    pub on_land: OnLand,
}

impl ParticlesPlan {
    /// Whether anything depends on the seed.
    #[must_use]
    pub fn is_random(&self) -> bool {
        let draws = |program: &Program| program.draws() > 0;
        let velocity = |amount: &Option<Amount>| matches!(amount, Some(Amount::Expression(program)) if draws(program));
        let rate = |variable: &ParticleVariablePlan| matches!(&variable.law, VariableLaw::Rate(rate) if draws(rate));
        matches!(self.release.places, Places::Box(_))
            || self.kernels.iter().any(|kernel| kernel.is_random())
            || self.own_velocity.iter().any(velocity)
            || self.variables.iter().any(rate)
            || self.delete_when.as_ref().is_some_and(draws)
    }
}

/// The date of t = 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Epoch {
    pub calendar: Calendar,
    /// s since 1970-01-01 in the calendar. With `Calendar::Elapsed` (fields without dates that do not begin at 0, or a
    /// backward run through them) t = 0 is at this time of the fields.
    pub seconds: f64,
    /// As ISO-8601, for `seconds since …`; `Plan::start` is the same when the calendar is Gregorian.
    pub date: String,
}

impl Epoch {
    /// What is subtracted from the times of a field in this calendar to count them from the start, s.
    #[must_use]
    pub fn zero_of(&self, calendar: Calendar) -> f64 {
        // Elapsed times count from the start already, unless the run itself is dated by them.
        if calendar == Calendar::Elapsed && self.calendar != Calendar::Elapsed { 0.0 } else { self.seconds }
    }
}

/// A field by name and where its values come from.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldPlan {
    /// `U`, `V`, `T`, `stokes.U`.
    pub name: String,
    pub source: FieldSource,
    /// What happens at times before the first and after the last snapshot.
    pub outside_times: OutsideTimes,
}

/// Where a field's values come from.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldSource {
    /// The same everywhere and always, SI.
    Constant(f64),
    Analytic(Analytic),
    /// Read from files: what was found there, in the order of time. Values are multiplied by `factor` to become SI when
    /// they are read, and scaled where particles are.
    Gridded {
        head: Box<FieldHead>,
        factor: f64,
        scale: Scale,
    },
}

/// Where and when particles begin.
#[derive(Debug, Clone, PartialEq)]
pub struct ReleasePlan {
    /// Particles of one release.
    pub count: u64,
    pub places: Places,
    /// Of all particles that the places do not give one, m, positive down.
    pub depth: f64,
    /// Of the first release, s from the start: anywhere in a step, negative in backward runs.
    pub time: f64,
    /// Releases the same particles again, with new ids, s: of any length, negative in backward runs. Release
    /// k is at `time + k * repeat_every`; its particles have the ids from `k * count`.
    pub repeat_every: Option<f64>,
    /// How many releases the run has.
    pub releases: u64,
}

/// Where the particles of a release begin; degrees, or m on a flat mesh.
#[derive(Debug, Clone, PartialEq)]
pub enum Places {
    /// All at one point.
    At([f64; 2]),
    /// Uniformly at random (by area on a sphere) in lon0, lon1, lat0, lat1.
    Box([f64; 4]),
    /// Evenly from the first point to the second, ends included.
    Line([[f64; 2]; 2]),
    /// The nodes of nx times ny points over lon0, lon1, lat0, lat1, ends included, lon fastest.
    Grid { nx: u64, ny: u64, over: [f64; 4] },
    /// A CSV or NetCDF list with lon, lat and possibly depth and time of each particle; read by rank 0. Its times from
    /// the start are negated when `backward`.
    List { path: PathBuf, backward: bool },
}

/// A number that is the same for all particles, or follows from an expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Amount {
    Constant(f64),
    Expression(Program),
}

/// What a particle carries along.
#[derive(Debug, Clone, PartialEq)]
pub struct ParticleVariablePlan {
    pub name: String,
    /// CF unit, for the file.
    pub unit: String,
    pub initial: f64,
    pub law: VariableLaw,
}

/// How a particle's variable changes.
#[derive(Debug, Clone, PartialEq)]
pub enum VariableLaw {
    /// Seconds since its release.
    Age,
    /// Metres travelled.
    Distance,
    /// The value of a field where the particle is: index into `ParticlesPlan::fields`.
    Sample(usize),
    /// d/dt of the variable, per s.
    Rate(Program),
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
