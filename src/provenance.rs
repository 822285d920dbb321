//! Where a file comes from: everything that is needed to understand it and to make it again.

use std::path::Path;

use jiff::Timestamp;

use crate::comm;
use crate::deck::{Overrides, Sources};
use crate::io;
use crate::plan::{EnsemblePlan, MemberTarget, Plan, Work};

/// Attributes with the folder of the deck, and with the options of the command line that made the run smaller.
pub const FOLDER: &str = "deck_folder";
pub const OPTIONS: &str = "run_options";

/// Version and source revision of this program.
#[must_use]
pub fn version() -> String {
    format!("{} ({})", env!("CARGO_PKG_VERSION"), env!("CHEMDRIFT_GIT"))
}

/// Now, in UTC, to the second.
#[must_use]
pub fn now() -> String {
    Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The global attributes known at the start. Every rank must pass the same `begun`.
#[must_use]
pub fn attributes(plan: &Plan, sources: &Sources, ranks: i32, begun: &str) -> Vec<(String, String)> {
    let ensemble = plan.ensemble.as_ref().map(|ensemble| ("ensemble", ensemble.summary()));
    let entries = [
        ("Conventions", "CF-1.8".to_owned()),
        ("title", plan.title.clone()),
        ("source", format!("chemdrift {}", version())),
        ("history", format!("{begun} chemdrift run")),
        ("institution", "unknown to chemdrift".to_owned()),
        ("chemdrift_version", version()),
        ("deck", sources.deck.content.clone().unwrap_or_default()),
        ("deck_file", sources.deck.name.clone()),
        ("ranks", ranks.to_string()),
        ("libraries", format!("{}, {}", io::library_versions(), comm::library_version())),
        ("begun", begun.to_owned()),
    ];
    let named = |(name, value): (&str, String)| (name.to_owned(), value);
    let seeds = plan.ensemble.iter().flat_map(EnsemblePlan::targets).any(|(_, t)| t.target == MemberTarget::Seed);
    // Members with seeds of their own have them in the file's coordinates.
    let of_work = of_work(&plan.work).into_iter().filter(|(name, _)| !(seeds && *name == "seed"));
    entries.into_iter().chain(ensemble).chain(of_work).map(named).collect()
}

/// What else `chemdrift rerun` has to know: the folder to which the deck's paths are relative, and what the command line
/// made smaller.
#[must_use]
pub fn to_repeat(folder: String, overrides: &Overrides) -> Vec<(String, String)> {
    let options = overrides.options().join(" ");
    let options = (!options.is_empty()).then(|| (OPTIONS.to_owned(), options));
    [(FOLDER.to_owned(), folder)].into_iter().chain(options).collect()
}

/// The folder of a deck, from the root of the file system.
#[must_use]
pub fn folder_of(deck: &Path) -> String {
    let folder = deck.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned()).display().to_string()
}

/// What belongs to the kind of work.
fn of_work(work: &Work) -> Vec<(&'static str, String)> {
    match work {
        Work::Chemistry { chemistry, cells } => {
            let solver = &chemistry.solver;
            let seed = cells.sample.as_ref().map(|sample| ("seed", sample.points.seed.to_string()));
            let all = [
                ("mechanism", chemistry.mechanism.name.clone()),
                ("mechanism_sha256", chemistry.mechanism_hash.clone()),
                ("solver", format!("{} rtol {:e}", solver.method.name(), solver.relative_tolerance)),
            ];
            all.into_iter().chain(seed).collect()
        }
        Work::Particles(particles) => {
            let kernels: Vec<_> = particles.kernels.iter().map(|kernel| kernel.name()).collect();
            let seed = particles.is_random().then(|| ("seed", particles.seed.to_string()));
            let all = [("kernels", kernels.join(" ")), ("featureType", "trajectory".to_owned())];
            all.into_iter().chain(seed).collect()
        }
    }
}
