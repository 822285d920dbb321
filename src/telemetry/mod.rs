//! What a run tells about itself: log lines, progress, seconds per phase, memory, the closing table.

pub mod available;
pub mod progress;
pub mod recent;
pub mod table;

use std::io::Write as _;
use std::time::Instant;

/// The phases that a run's time is divided into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub enum Phase {
    /// Reading the deck, making and scattering cells or particles, creating the file.
    Setup,
    /// Reading fields.
    Fields,
    /// The kernel: chemistry or advection.
    Kernel,
    /// Moving items to other ranks.
    Balance,
    /// Waiting for slower ranks before a collective write.
    Waiting,
    /// Writing.
    Output,
    /// Writing checkpoints.
    Checkpoint,
}

impl Phase {
    pub const ALL: [Self; 7] =
        [Self::Setup, Self::Fields, Self::Kernel, Self::Balance, Self::Waiting, Self::Output, Self::Checkpoint];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Fields => "fields",
            Self::Kernel => "kernel",
            Self::Balance => "balance",
            Self::Waiting => "waiting",
            Self::Output => "output",
            Self::Checkpoint => "checkpoint",
        }
    }
}

/// Wall seconds per phase of one rank, and its processor seconds in the kernel.
#[derive(Debug, Clone, Default)]
pub struct Timers {
    wall: [f64; Phase::ALL.len()],
    kernel_cpu: f64,
}

impl Timers {
    /// Runs `work` and counts its time to `phase`.
    pub fn time<T>(&mut self, phase: Phase, work: impl FnOnce() -> T) -> T {
        let (wall, cpu) = (Instant::now(), processor_seconds());
        let result = work();
        self.wall[phase as usize] += wall.elapsed().as_secs_f64();
        if phase == Phase::Kernel {
            self.kernel_cpu += processor_seconds() - cpu;
        }
        result
    }

    /// Counts time that was measured elsewhere, s.
    pub fn add(&mut self, phase: Phase, seconds: f64) {
        self.wall[phase as usize] += seconds;
    }

    /// Processor seconds in the kernel so far, which other programs on the machine hardly disturb.
    #[must_use]
    pub fn kernel_seconds(&self) -> f64 {
        self.kernel_cpu
    }

    /// Wall seconds of a phase so far.
    #[must_use]
    pub fn seconds(&self, phase: Phase) -> f64 {
        self.wall[phase as usize]
    }

    /// Wall seconds of each phase in the order of `Phase::ALL`, then the kernel's processor seconds.
    #[must_use]
    pub fn values(&self) -> Vec<f64> {
        self.wall.iter().copied().chain([self.kernel_cpu]).collect()
    }
}

/// Processor time of this thread, s.
#[allow(clippy::cast_precision_loss)]
fn processor_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

/// Largest resident memory that this process has had, bytes; 0 where `/proc` does not tell.
#[must_use]
pub fn peak_memory() -> u64 {
    memory()[1]
}

/// Resident memory that this process has now, and the largest that it has had, bytes; 0 where `/proc` does not tell.
#[must_use]
pub fn memory() -> [u64; 2] {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    ["VmRSS:", "VmHWM:"].map(|key| {
        let kibibytes = text.lines().find_map(|line| line.strip_prefix(key)?.split_whitespace().next()?.parse().ok());
        kibibytes.map_or(0, |kibibytes: u64| kibibytes * 1024)
    })
}

/// Starts the log on standard error: rank 0 tells the story, the others only warnings, each line with its rank.
/// `RUST_LOG` overrides both.
pub fn start_log(rank: i32, verbose: bool) {
    let level = match (rank, verbose) {
        (_, true) => "debug",
        (0, false) => "info",
        _ => "warn",
    };
    let environment = env_logger::Env::default().default_filter_or(level);
    let started = env_logger::Builder::from_env(environment)
        .format(move |out, record| {
            let severity = match record.level() {
                log::Level::Error => "error: ",
                log::Level::Warn => "warning: ",
                _ => "",
            };
            if rank == 0 {
                recent::keep(&format!("{severity}{}", record.args()));
            }
            if rank == 0 && !verbose {
                writeln!(out, "{severity}{}", record.args())
            } else {
                writeln!(out, "rank {rank}: {severity}{}", record.args())
            }
        })
        .try_init();
    // A second start (as in tests) keeps the first logger, which serves as well.
    drop(started);
}
