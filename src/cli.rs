//! The command line: what can be typed, and what each verb does.

mod dashboard;
mod init;
mod jobscript;
mod plan;
mod reduce;
mod report;
mod rerun;
mod sensitivity;
mod shell;
mod status;
mod stop;
mod verify;
mod watch;

use std::io::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};

use self::dashboard::{Options as DashboardOptions, dashboard_verb};
use self::init::{Options as InitOptions, init_verb};
use self::jobscript::{Options as JobscriptOptions, jobscript_verb};
use self::plan::{Options as PlanOptions, plan_verb};
use self::reduce::{Options as ReduceOptions, reduce_verb};
use self::report::{Options as ReportOptions, report_of, report_verb};
use self::rerun::{Options as RerunOptions, rerun_verb};
use self::sensitivity::{Options as SensitivityOptions, sensitivity_verb};
use self::shell::{Completions, completions_verb, man_verb};
use self::status::{Options as StatusOptions, status_verb};
use self::stop::explain;
use self::verify::{Options as VerifyOptions, verify_verb};
use self::watch::{Options as WatchOptions, watch_verb};
use crate::chemistry::{Solver, SolverSettings};
use crate::comm::signals::Signals;
use crate::comm::{self, World};
use crate::deck::describe::{Sparsity, describe_mechanism, describe_plan};
use crate::deck::mechanism::read_mechanism_file;
use crate::deck::{Overrides, check};
use crate::diagnostic::{Look, Report};
use crate::error::Error;
use crate::quantity::{self, Dimension};
use crate::run::{Begin, DeckFrom, Request, gather, room, run};
use crate::telemetry;

/// Chemistry in very many cells and paths of very many particles: one deck, one file, the same bits on any number of ranks.
#[derive(Debug, Parser)]
#[command(name = "chemdrift", version = concat!(env!("CARGO_PKG_VERSION"), " (", env!("CHEMDRIFT_GIT"), ")"))]
#[command(after_help = "Examples:
  chemdrift init ts1                               a commented deck to start from, with all that it needs
  chemdrift check inputs/ts1_lhs.yaml              find every mistake before the job does
  mpirun -n 4 chemdrift run inputs/ts1_lhs.yaml    run on four ranks
  chemdrift run inputs/abc_lhs.yaml --cells 10     try ten cells without a launcher
  chemdrift watch abc_lhs.nc                       see how a run is, from any node that sees its disk

Exit status: 0 done, 1 stopped by the physics, 2 wrong deck or command line,
3 input or output, 4 environment, 85 checkpointed (run again with --restart), 101 bug.")]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a commented deck to start from, with all that it needs, into this folder
    #[command(after_help = "Example:
  mkdir try && cd try && chemdrift init brownian && chemdrift run brownian.yaml")]
    Init(InitOptions),
    /// Run a deck, under mpirun or srun or alone
    #[command(after_help = "Example:
  mpirun -n 4 chemdrift run inputs/ts1_lhs.yaml -o /scratch/me/ts1.nc")]
    Run {
        /// The deck, a YAML file (docs/deck.md)
        deck: PathBuf,
        /// Write this file instead of the deck's output.file
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
        #[command(flatten)]
        life: Life,
        #[command(flatten)]
        shrink: Shrink,
        /// Write a page with figures of the finished run, to this file or beside the output (chemdrift report)
        #[arg(long, value_name = "PAGE", num_args = 0..=1)]
        #[allow(clippy::option_option)] // absent, present without a file, present with one
        report: Option<Option<PathBuf>>,
        /// Tell more in the log, from every rank
        #[arg(short, long)]
        verbose: bool,
    },
    /// Find every mistake in a deck, or show what it means
    #[command(after_help = "Example:
  chemdrift check inputs/ts1_lhs.yaml --ranks 128")]
    Check {
        /// The deck, a YAML file (docs/deck.md)
        deck: PathBuf,
        /// Show how the cells divide over this many ranks
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
        ranks: u64,
        #[command(flatten)]
        shrink: Shrink,
    },
    /// Tell what a run will take: time, memory, core-hours, useful ranks
    #[command(after_help = "Example:
  chemdrift plan inputs/ts1_lhs.yaml --ranks 2,64,1024 --per-node 128 --node-memory 235GB

Parts of the deck are run here for some seconds; under mpirun, with as many ranks busy as it says.")]
    Plan(PlanOptions),
    /// Write the job script for a supercomputer
    #[command(after_help = "Example:
  chemdrift jobscript inputs/ts1_lhs.yaml --site derecho --ranks 256 --walltime 6h -A NCAR0001 -o ts1.pbs

A site of your own is a YAML file: --site PATH, or NAME.yaml in a folder of CHEMDRIFT_SITES or in
~/.config/chemdrift/sites (docs/running.md).")]
    Jobscript(JobscriptOptions),
    /// Tell which sampled inputs an output of a finished run depends on
    #[command(after_help = "Example:
  chemdrift sensitivity ozone.nc --of O3,NO2 --at \"1 h\" --at end -o indices.csv")]
    Sensitivity(SensitivityOptions),
    /// Prove that a deck gives the same bits here on any ranks, restarted or not
    #[command(after_help = "Example:
  chemdrift verify inputs/ts1_lhs.yaml --ranks 1,2,3

Exit status: 0 when all files hold the same bits, 1 when one does not.")]
    Verify(VerifyOptions),
    /// Repeat the run of an output file and compare the bits
    #[command(after_help = "Example:
  mpirun -n 4 chemdrift rerun ozone.nc -o again.nc

Exit status: 0 when both files hold the same bits, 1 when they do not.")]
    Rerun(RerunOptions),
    /// Show a finished run as one page with figures, which needs no network and no program
    #[command(after_help = "Example:
  chemdrift report ozone.nc -o ozone.html --variable O3,NO2 --svg figures")]
    Report(ReportOptions),
    /// Tell how a run is: while it goes on, after its end, after a crash
    #[command(after_help = "Example:
  chemdrift status ozone.nc --json | jq .seconds_left

Exit status: 0 finished, 10 running, 11 failed, 12 no sign of life, 85 stopped with a checkpoint;
2 no such run, 3 a status that cannot be read. Without RUN it is 0.")]
    Status(StatusOptions),
    /// Watch a run in this terminal, until q
    #[command(after_help = "Example:
  chemdrift watch ozone.nc

It only reads the files that the run writes, from any node that sees the disk (docs/monitoring.md).
Where there is no terminal it prints what `chemdrift status` prints, once.")]
    Watch(WatchOptions),
    /// Show a run in a browser, from this machine or through ssh
    #[command(after_help = "Example:
  chemdrift dashboard ozone.nc

It listens on 127.0.0.1 only, prints an address that nobody can guess and the ssh line to type elsewhere, and only
reads the files that the run writes (docs/monitoring.md).")]
    Dashboard(DashboardOptions),
    /// Statistics of NetCDF files over dimensions of them, under mpirun or srun or alone
    #[command(after_help = "Examples:
  chemdrift reduce tmin.nc --mean lat,lon -o global.nc
  mpirun -n 4 chemdrift reduce 19*.nc --var tmin --mean time --std time --by month -o climate.nc
  chemdrift reduce members.nc --quantiles 0.05,0.5,0.95 --over member -o spread.nc

Means and deviations over the latitude are by the area. docs/reduce.md has the rest.")]
    Reduce(ReduceOptions),
    /// Describe a mechanism: counts, sparsity, and what looks suspicious
    #[command(after_help = "Example:
  chemdrift mechanism inputs/mechanisms/ts1/mechanism.json")]
    Mechanism {
        /// A MechanismConfiguration version 1 file, JSON or YAML
        file: PathBuf,
    },
    /// Print what a shell reads to complete commands
    #[command(after_help = "Example:
  chemdrift completions bash > ~/.local/share/bash-completion/completions/chemdrift")]
    Completions(Completions),
    /// Print the manual page
    #[command(after_help = "Example:
  chemdrift man > ~/.local/share/man/man1/chemdrift.1 && man chemdrift")]
    Man,
}

/// Options about where a run begins and ends.
#[derive(Debug, Args)]
struct Life {
    /// Continue from this checkpoint, or without FILE from the newest whole one; begin when there is none
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    #[allow(clippy::option_option)] // absent, present without a file, present with one
    restart: Option<Option<PathBuf>>,
    /// Replace a finished run, or an unfinished one with its checkpoints
    #[arg(long, conflicts_with = "restart")]
    overwrite: bool,
    /// Write a checkpoint and stop (status 85) before this much time has passed, such as "12 h"; a scheduler is asked
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    walltime: Option<f64>,
    /// Whether records are written by a thread of their own while kernels go on; auto: where processors are to spare
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = When::Auto)]
    writer_thread: When,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum When {
    Auto,
    Always,
    Never,
}

impl Life {
    /// Whether a thread writes, where that is said.
    fn writer_thread(&self) -> Option<bool> {
        (self.writer_thread != When::Auto).then_some(self.writer_thread == When::Always)
    }

    fn begin(&self) -> Begin {
        match (&self.restart, self.overwrite) {
            (Some(file), _) => Begin::Restart(file.clone()),
            (None, true) => Begin::Overwrite,
            (None, false) => Begin::Anew,
        }
    }
}

/// A length of time in seconds.
fn seconds(text: &str) -> Result<f64, String> {
    let parsed =
        quantity::parse(text, Dimension::TIME).map_err(|wrong| format!("{}: {}", wrong.message, wrong.help))?;
    if parsed > 0.0 { Ok(parsed) } else { Err("write a length of time such as `12 h`".to_owned()) }
}

/// Members `A:B`, without B.
fn member_range(text: &str) -> Result<Range<u64>, String> {
    let range = text.split_once(':').and_then(|(first, end)| Some(first.parse().ok()?..end.parse().ok()?));
    let wrong = || "write the first member and the one after the last, `0:4`".to_owned();
    range.filter(|range| range.start < range.end).ok_or_else(wrong)
}

/// Options that make a run smaller, for a try on a login node.
#[derive(Debug, Args)]
struct Shrink {
    /// Run only the first N cells of the deck's
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    cells: Option<u64>,
    /// Run only the first N particles of the deck's
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    particles: Option<u64>,
    /// Run only members A to B - 1 of the ensemble
    #[arg(long, value_name = "A:B", value_parser = member_range)]
    members: Option<Range<u64>>,
    /// Run one cell by its number, and write what every internal step did beside the output
    #[arg(long, value_name = "ID", conflicts_with = "cells")]
    only_cell: Option<u64>,
    /// Run one particle by its number, and write where it was after every step beside the output
    #[arg(long, value_name = "ID", conflicts_with = "particles")]
    only_particle: Option<u64>,
    /// Run only the first N steps of the deck's
    #[arg(long, value_name = "N")]
    steps: Option<u64>,
}

impl Shrink {
    fn overrides(&self, output: Option<PathBuf>) -> Overrides {
        Overrides {
            output,
            cells: self.cells,
            particles: self.particles,
            steps: self.steps,
            members: self.members.clone(),
            only_cell: self.only_cell,
            only_particle: self.only_particle,
        }
    }
}

/// Does what the command line says and returns the exit status.
#[must_use]
pub fn main() -> u8 {
    let speaks = comm::speaks_before_start();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Under a launcher every rank sees the same mistake; one of them tells it.
            if speaks {
                drop(error.print());
            }
            return u8::try_from(error.exit_code()).unwrap_or(2);
        }
    };
    match cli.command {
        Command::Run { deck, output, life, shrink, report, verbose } => {
            let overrides = shrink.overrides(output);
            let deck = DeckFrom::File(deck);
            let request = Request {
                deck,
                overrides,
                begin: life.begin(),
                walltime: life.walltime,
                writer_thread: life.writer_thread(),
            };
            run_verb(&request, report.as_ref(), verbose)
        }
        Command::Rerun(options) => rerun_verb(&options),
        Command::Plan(options) => plan_verb(&options),
        Command::Reduce(options) => reduce_verb(&options),
        Command::Check { deck, ranks, shrink } if speaks => check_verb(&deck, ranks, &shrink.overrides(None)),
        Command::Jobscript(options) if speaks => jobscript_verb(&options),
        Command::Sensitivity(options) if speaks => sensitivity_verb(&options),
        Command::Report(options) if speaks => report_verb(&options),
        Command::Verify(options) if speaks => verify_verb(&options),
        Command::Status(options) if speaks => status_verb(&options),
        Command::Watch(options) if speaks => watch_verb(&options),
        Command::Dashboard(options) if speaks => dashboard_verb(&options),
        Command::Mechanism { file } if speaks => mechanism_verb(&file),
        Command::Init(options) if speaks => init_verb(&options),
        Command::Completions(options) if speaks => completions_verb(&options),
        Command::Man if speaks => man_verb(),
        _ => 0,
    }
}

fn run_verb(request: &Request, report: Option<&Option<PathBuf>>, verbose: bool) -> u8 {
    let (signals, world) = match start_to_run(verbose) {
        Ok(started) => started,
        Err(status) => return status,
    };
    match (run(&world, request, &signals), report) {
        (Ok(output), Some(page)) if world.is_root() => report_of(output, page.clone()),
        (Ok(_), _) => 0,
        (Err(error), _) => tell(&world, &error),
    }
}

/// Listens to signals, starts MPI and the log; an exit status when that fails.
fn start_to_run(verbose: bool) -> Result<(Signals, World), u8> {
    let signals = Signals::listen().map_err(|error| {
        say(&error.to_string());
        error.exit_status()
    })?;
    Ok((signals, start_world(verbose)?))
}

/// Starts MPI and the log; an exit status when that fails.
fn start_world(verbose: bool) -> Result<World, u8> {
    let world = World::start().map_err(|error| {
        say(&error.to_string());
        error.exit_status()
    })?;
    telemetry::start_log(world.rank(), verbose);
    Ok(world)
}

/// **Collective.** Says on rank 0 what ended the work of all ranks; returns the exit status, or ends the job.
fn tell(world: &World, error: &Error) -> u8 {
    if world.is_root() {
        explain(error);
    }
    if error.aborts() {
        if !world.is_root() {
            world.wait_for_all();
        }
        world.abort(error.exit_status());
    }
    error.exit_status()
}

fn check_verb(deck: &Path, ranks: u64, overrides: &Overrides) -> u8 {
    match check(&gather(deck), overrides) {
        Ok(plan) => match room::look(&plan) {
            Ok(lack) => {
                let lack = lack.map_or_else(String::new, |lack| format!("warning: {lack}\n"));
                print(&(describe_plan(&plan, ranks) + &lack))
            }
            Err(error) => explain(&error),
        },
        Err(report) => refuse(&report),
    }
}

fn mechanism_verb(file: &Path) -> u8 {
    match read_mechanism_file(file) {
        Ok((mechanism, warnings)) => {
            let solver = Solver::new(&mechanism, &SolverSettings::default_for(&mechanism));
            let figures = solver.figures();
            let sparsity = Sparsity { jacobian: figures.jacobian_entries, factors: figures.lu_entries };
            print(&describe_mechanism(&mechanism, &warnings, Some(sparsity)))
        }
        Err(report) => refuse(&report),
    }
}

fn refuse(report: &Report) -> u8 {
    say(report.render(Look::for_stderr()).trim_end());
    2
}

/// Prints to standard output. A reader that has gone away (`| head`) is no error.
fn print(text: &str) -> u8 {
    drop(std::io::stdout().write_all(text.as_bytes()));
    0
}

fn say(text: &str) {
    drop(writeln!(std::io::stderr(), "{text}"));
}
