//! The solver as others see it: settings in, cells advanced, work counted.
//!
//! The kernel is compiled once for each instruction set that matters and chosen when the solver is made. All
//! variants execute the same IEEE operations, fused where the source says so; hence the same bits.

use super::cells::CellBlock;
use super::mechanism::Mechanism;
use super::members::MemberLaws;
use super::outcome::Tally;
use super::rosenbrock::Rosenbrock;
use super::tableau::Method;
use super::trace::TracedStep;
use crate::instructions::Instructions;

/// Cells integrated at the same time. With TS1 on Zen 5 (AVX-512) 8 took 1.35 times as long, 32 as long with twice the
/// memory.
const WIDTH: usize = 16;
/// The same where a mechanism is so small that reading the tapes takes longer than the arithmetic: with three species
/// 32 execute 0.68 times the instructions of 16. Two tiles, so that they can be loaded and stored as a whole.
const WIDTH_SMALL: usize = 32;
/// Species up to which a mechanism is small: 32 lanes of all its rows fit in a first-level cache.
const SPECIES_SMALL: usize = 16;

/// How the Rosenbrock solver runs.
#[derive(Debug, Clone, PartialEq)]
pub struct SolverSettings {
    pub method: Method,
    /// Relative tolerance.
    pub relative_tolerance: f64,
    /// Absolute tolerance of each species, mol m-3; 0 for species beyond the end.
    pub absolute_tolerance: Vec<f64>,
    /// Fraction of the last proposed step that the next call starts with; 0 starts every call afresh.
    pub carry: f64,
    /// Internal steps, accepted and rejected, that one cell may take in one call.
    pub max_steps: u32,
}

/// The defaults. On 24 diverse cells of TS1 (12 calls of 300 s) they give an RMS relative error of 3.7e-6 above
/// 1e6 molecules cm-3 in 3.3 internal steps a call; `docs/decisions` holds the comparison. A carry of 0.3 saves a tenth
/// of the steps, and makes five times the error where cells change between calls.
impl SolverSettings {
    pub const METHOD: Method = Method::Rodas4;
    pub const RELATIVE_TOLERANCE: f64 = 1e-3;
    /// mol m-3
    pub const ABSOLUTE_TOLERANCE: f64 = 1e-14;
    pub const CARRY: f64 = 0.1;
    pub const MAX_STEPS: u32 = 10_000;

    /// The defaults, with the tolerances that the mechanism's own species ask for.
    #[must_use]
    pub fn default_for(mechanism: &Mechanism) -> Self {
        let tolerance = mechanism.species.iter().map(|s| s.absolute_tolerance.unwrap_or(Self::ABSOLUTE_TOLERANCE));
        Self {
            method: Self::METHOD,
            relative_tolerance: Self::RELATIVE_TOLERANCE,
            absolute_tolerance: tolerance.collect(),
            carry: Self::CARRY,
            max_steps: Self::MAX_STEPS,
        }
    }
}

/// Sizes of a compiled mechanism.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// Prognostic species.
    pub species: usize,
    pub reactions: usize,
    /// Distinct temperature factors of Arrhenius form.
    pub temperature_factors: usize,
    /// Terms of which dy/dt is the sum.
    pub forcing_terms: usize,
    /// Terms of which the Jacobian is the sum.
    pub jacobian_terms: usize,
    /// Entries of the Jacobian, with the whole diagonal.
    pub jacobian_entries: usize,
    /// Entries of L and U together, the diagonal once.
    pub lu_entries: usize,
    /// Multiply-adds of one LU decomposition.
    pub lu_multiply_adds: usize,
    /// Multiply-adds of one solution with L and U.
    pub solve_multiply_adds: usize,
}

/// A compiled mechanism and the memory to integrate its cells.
#[derive(Debug)]
pub struct Solver {
    kernel: Kernel,
    instructions: Instructions,
}

/// The same kernel in two widths.
#[derive(Debug)]
enum Kernel {
    Usual(Rosenbrock<WIDTH>),
    Small(Rosenbrock<WIDTH_SMALL>),
}

impl Solver {
    /// Compile a mechanism.
    #[must_use]
    pub fn new(mechanism: &Mechanism, settings: &SolverSettings) -> Self {
        Self::with_members(mechanism, settings, None)
    }

    /// Compile a mechanism some of whose numbers differ between members.
    #[must_use]
    pub fn with_members(mechanism: &Mechanism, settings: &SolverSettings, members: Option<MemberLaws>) -> Self {
        let kernel = if mechanism.species.len() <= SPECIES_SMALL {
            Kernel::Small(Rosenbrock::with_members(mechanism, settings, members))
        } else {
            Kernel::Usual(Rosenbrock::with_members(mechanism, settings, members))
        };
        Self { kernel, instructions: Instructions::detect() }
    }

    /// Integrate every cell over `dt` seconds; nothing happens unless `dt` is positive.
    ///
    /// # Panics
    /// If the cells are of another mechanism.
    pub fn advance(&mut self, cells: &mut CellBlock, dt: f64) -> Tally {
        match &mut self.kernel {
            Kernel::Usual(rosenbrock) => advance(self.instructions, rosenbrock, cells, dt),
            Kernel::Small(rosenbrock) => advance(self.instructions, rosenbrock, cells, dt),
        }
    }

    /// From now on notes every step; for a single cell, since steps do not tell whose they are.
    pub fn trace(&mut self) {
        *self.traced() = Some(Vec::new());
    }

    /// The steps since the last call of this.
    pub fn take_trace(&mut self) -> Vec<TracedStep> {
        self.traced().as_mut().map(std::mem::take).unwrap_or_default()
    }

    fn traced(&mut self) -> &mut Option<Vec<TracedStep>> {
        match &mut self.kernel {
            Kernel::Usual(rosenbrock) => &mut rosenbrock.trace,
            Kernel::Small(rosenbrock) => &mut rosenbrock.trace,
        }
    }

    /// Memory that the solver occupies for the cells in its lanes, bytes.
    #[must_use]
    pub fn workspace_bytes(&self) -> usize {
        match &self.kernel {
            Kernel::Usual(rosenbrock) => rosenbrock.bytes(),
            Kernel::Small(rosenbrock) => rosenbrock.bytes(),
        }
    }

    /// Sizes of the compiled mechanism.
    #[must_use]
    pub fn figures(&self) -> Figures {
        let (kinetics, constants) = match &self.kernel {
            Kernel::Usual(rosenbrock) => (&rosenbrock.kinetics, &rosenbrock.constants),
            Kernel::Small(rosenbrock) => (&rosenbrock.kinetics, &rosenbrock.constants),
        };
        let lu = &kinetics.lu;
        Figures {
            species: kinetics.species.len(),
            reactions: kinetics.reactions.len(),
            temperature_factors: constants.factors(),
            forcing_terms: kinetics.forcing_terms(),
            jacobian_terms: lu.jacobian_terms(),
            jacobian_entries: lu.jacobian_entries(),
            lu_entries: lu.len(),
            lu_multiply_adds: lu.multiply_adds(),
            solve_multiply_adds: lu.len() - kinetics.species.len(),
        }
    }

    /// The instruction set that the kernel uses here, for the log.
    #[must_use]
    pub fn instructions(&self) -> &'static str {
        self.instructions.name()
    }
}

/// Run the variant of the kernel for these instructions, which the processor must have.
#[allow(unsafe_code)]
pub(super) fn advance<const W: usize>(
    instructions: Instructions,
    rosenbrock: &mut Rosenbrock<W>,
    cells: &mut CellBlock,
    dt: f64,
) -> Tally {
    match instructions {
        Instructions::Baseline => rosenbrock.advance(cells, dt),
        // SAFETY: a value other than `Baseline` comes from `available` only, which asked the processor.
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx2 => unsafe { advance_avx2(rosenbrock, cells, dt) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx512 => unsafe { advance_avx512(rosenbrock, cells, dt) },
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn advance_avx2<const W: usize>(rosenbrock: &mut Rosenbrock<W>, cells: &mut CellBlock, dt: f64) -> Tally {
    rosenbrock.advance(cells, dt)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,avx512f,avx512dq,avx512vl")]
fn advance_avx512<const W: usize>(rosenbrock: &mut Rosenbrock<W>, cells: &mut CellBlock, dt: f64) -> Tally {
    rosenbrock.advance(cells, dt)
}
