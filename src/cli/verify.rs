//! `chemdrift verify`: whether a deck gives the same bits on any number of ranks and after a restart, here and now.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use clap::Args;

use super::{Shrink, print, refuse, say};
use crate::deck::{Overrides, check};
use crate::error::{Error, RUN_ME_AGAIN};
use crate::forecast::Kept;
use crate::io::compare::differences;
use crate::io::destination::with_ending;
use crate::plan::Plan;
use crate::run::gather;
use crate::run::probe::part;
use crate::telemetry::table::counted;

/// Items below which no deck is shrunk: a few tiles of lanes on each of some ranks.
const FEW: u64 = 100;

/// What can be typed.
#[derive(Debug, Args)]
pub struct Options {
    /// The deck, a YAML file (docs/deck.md)
    deck: PathBuf,
    /// Numbers of ranks
    #[arg(long, value_name = "N,N", value_delimiter = ',', default_value = "1,2,3", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    ranks: Vec<u64>,
    /// Seconds that a run may take, about: of larger decks a part runs
    #[arg(long, value_name = "TIME", default_value = "5 s", value_parser = super::seconds)]
    each: f64,
    /// How ranks are started; {} is their number
    #[arg(long, value_name = "COMMAND", default_value = "mpirun -n {}")]
    launcher: String,
    #[command(flatten)]
    shrink: Shrink,
}

/// What stops the verb: exit status and message.
struct Stop(u8, String);

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self(error.exit_status(), error.to_string())
    }
}

/// Runs the deck again and again and prints a table; returns the exit status.
pub fn verify_verb(options: &Options) -> u8 {
    let overrides = options.shrink.overrides(None);
    let plan = match check(&gather(&options.deck), &overrides) {
        Ok(plan) => plan,
        Err(report) => return refuse(&report),
    };
    let folder = with_ending(&plan.output.file, ".verify");
    let verified = fs::create_dir_all(&folder)
        .map_err(|reason| Error::File { path: folder.clone(), action: "make", reason: reason.to_string() }.into())
        .and_then(|()| Verify { options, folder: &folder }.all(&plan, overrides));
    drop(fs::remove_dir_all(&folder));
    match verified {
        Ok(true) => print("the same bits everywhere\n"),
        Ok(false) => {
            print("NOT the same bits everywhere\n");
            1
        }
        Err(Stop(status, message)) => {
            say(&format!("chemdrift: {message}"));
            status
        }
    }
}

struct Verify<'o> {
    options: &'o Options,
    folder: &'o Path,
}

impl Verify<'_> {
    /// Whether all runs gave the same.
    fn all(&self, plan: &Plan, overrides: Overrides) -> Result<bool, Stop> {
        let shrunk = if overrides == Overrides::default() { self.part(plan)? } else { overrides };
        let words = shrunk.options();
        let typed = if words.is_empty() { "the whole deck".to_owned() } else { words.join(" ") };
        print(&format!("{}: {typed}\n", self.options.deck.display()));
        print(&format!("{:<34}{:>9}  bits\n", "run", "seconds"));
        let reference = self.folder.join("alone.nc");
        let seconds = self.run(0, &reference, &words, &[], 0)?;
        print(&format!("{:<34}{seconds:>9.2}  those to compare with\n", "alone"));
        let mut same = true;
        let mut tell = |name: &str, seconds: f64, file: &Path| -> Result<(), Stop> {
            let different = differences(&reference, file)?;
            drop(fs::remove_file(file));
            let found = if different.is_empty() { "the same".to_owned() } else { different.join(", ") + " differ" };
            print(&format!("{name:<34}{seconds:>9.2}  {found}\n"));
            same &= different.is_empty();
            Ok(())
        };
        let ranks = &self.options.ranks;
        let said = |ranks: u64| counted(ranks, "rank");
        for &number in ranks {
            let file = self.folder.join("ranks.nc");
            let seconds = self.run(number, &file, &words, &[], 0)?;
            tell(&said(number), seconds, &file)?;
        }
        let steps = shrunk.steps.unwrap_or(plan.clock.count());
        if let (true, [.., first, second]) = (steps > 1, &ranks[..]) {
            let file = self.folder.join("lives.nc");
            // With no wall time left a run writes a checkpoint and ends after its first step.
            let before = self.run(*first, &file, &words, &["--walltime", "1s"], RUN_ME_AGAIN)?;
            let seconds = before + self.run(*second, &file, &words, &["--restart"], 0)?;
            tell(&format!("{}, restarted on {}", said(*first), said(*second)), seconds, &file)?;
        }
        Ok(same)
    }

    /// Runs the deck on `ranks` ranks, 0 being none; returns the seconds that it took.
    fn run(&self, ranks: u64, file: &Path, words: &[String], more: &[&str], wanted: u8) -> Result<f64, Stop> {
        let begun = Instant::now();
        let mut command = self.program(ranks)?;
        command.arg("run").arg(&self.options.deck).arg("-o").arg(file).args(words).args(more);
        let (status, stderr) = ended(&mut command, &self.options.launcher)?;
        if status != Some(i32::from(wanted)) {
            let shown = stderr.lines().rev().take(12).collect::<Vec<_>>();
            let shown: Vec<&str> = shown.into_iter().rev().collect();
            let how = status.map_or_else(|| "a signal".to_owned(), |status| format!("status {status}"));
            let message = format!("a run on {ranks} ranks ended with {how}, not {wanted}:\n{}", shown.join("\n"));
            return Err(Stop(
                status.and_then(|status| u8::try_from(status).ok()).filter(|s| *s > 0).unwrap_or(1),
                message,
            ));
        }
        Ok(begun.elapsed().as_secs_f64())
    }

    fn program(&self, ranks: u64) -> Result<Command, Stop> {
        let own = std::env::current_exe().map_err(|reason| Stop(4, format!("cannot find myself: {reason}")))?;
        if ranks == 0 {
            return Ok(Command::new(own));
        }
        let number = ranks.to_string();
        let mut words = self.options.launcher.split_whitespace().map(|word| word.replace("{}", &number));
        let Some(first) = words.next().filter(|_| self.options.launcher.contains("{}")) else {
            let message =
                "`--launcher` does not say where the number of ranks stands\n  help: write `--launcher \"srun -n {}\"`";
            return Err(Stop(2, message.to_owned()));
        };
        let mut command = Command::new(first);
        command.args(words).arg(own);
        // More ranks than cores are meant; other launchers ignore these words of Open MPI.
        command.env("OMPI_MCA_rmaps_base_oversubscribe", "1").env("OMPI_MCA_mpi_yield_when_idle", "1");
        Ok(command)
    }

    /// So much of a deck as a run may take time for.
    fn part(&self, plan: &Plan) -> Result<Overrides, Stop> {
        let mut command = self.program(0)?;
        command.arg("plan").arg(&self.options.deck).args(["--json", "--probe", "2s", "-o"]);
        command.arg(self.folder.join("part.nc"));
        let output = command.output().map_err(|reason| Stop(4, format!("cannot start myself: {reason}")))?;
        if !output.status.success() {
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(Stop(output.status.code().and_then(|status| u8::try_from(status).ok()).unwrap_or(1), told));
        }
        let kept = Kept::from_json(&String::from_utf8_lossy(&output.stdout));
        let wall = kept.and_then(|kept| Some(kept.forecasts.first()?.wall)).unwrap_or(0.0);
        Ok(shrunk(plan, self.options.each / wall.max(1e-9)))
    }
}

/// A share of a deck: fewer items, and where these are few already, fewer steps.
fn shrunk(plan: &Plan, share: f64) -> Overrides {
    if share >= 1.0 {
        return Overrides::default();
    }
    let (all, steps) = (plan.members.total(), plan.clock.count());
    let items = ((all as f64 * share) as u64).max(FEW.min(all)).max(1);
    let left = share * all as f64 / items as f64;
    let fewer = ((steps as f64 * left) as u64).clamp(steps.min(2), steps);
    Overrides { steps: (left < 1.0).then_some(fewer), ..part(plan, &Overrides::default(), items) }
}

fn ended(command: &mut Command, launcher: &str) -> Result<(Option<i32>, String), Stop> {
    let output = command.output().map_err(|reason| {
        let help = "load the MPI module, or say how ranks are started: --launcher \"srun -n {}\"";
        Stop(4, format!("cannot start `{launcher}`: {reason}\n  help: {help}"))
    })?;
    Ok((output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned()))
}
