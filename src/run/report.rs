//! What a run says at its beginning and at its end.

use std::fs;
use std::path::Path;
use std::time::Instant;

use super::Job;
use super::batches::Batches;
use crate::comm::World;
use crate::forecast::{self, Kept};
use crate::io::destination::with_ending;
use crate::io::writer::Writer;
use crate::plan::{CellsPlan, Plan, Work};
use crate::provenance;
use crate::telemetry::progress::duration;
use crate::telemetry::table::{Summary, counted};
use crate::telemetry::{Timers, peak_memory};

/// Says on rank 0 what is about to run.
pub fn announce(world: &World, plan: &Plan) {
    if !world.is_root() {
        return;
    }
    log::info!("chemdrift {}: {}", provenance::version(), plan.title);
    for warning in &plan.warnings {
        log::warn!("{warning}");
    }
    let (count, item, ranks) = (plan.members.total(), plan.work.item(), u64::from(world.size().unsigned_abs()));
    log::info!(
        "{} on {}, {}, {} steps to t = {}",
        plan.amount(),
        counted(ranks, "rank"),
        describe(&plan.work),
        plan.clock.count(),
        duration(plan.clock.time(plan.clock.count())),
    );
    if let Work::Chemistry { cells: CellsPlan { sample: Some(sample), .. }, .. } = &plan.work {
        log::info!("{}", sample.describe());
    }
    if ranks > count {
        log::warn!("{} ranks have no {item}: use at most {count} ranks", ranks - count);
    }
}

fn describe(work: &Work) -> String {
    match work {
        Work::Chemistry { chemistry, .. } => format!(
            "{} species, {} reactions, {} with rtol {:e}",
            chemistry.mechanism.species.len(),
            chemistry.mechanism.reactions.len(),
            chemistry.solver.method.name(),
            chemistry.solver.relative_tolerance,
        ),
        Work::Particles(particles) => {
            let kernels: Vec<_> = particles.kernels.iter().map(|kernel| kernel.name()).collect();
            format!("{} fields, {}", particles.fields.len(), kernels.join(" + "))
        }
    }
}

/// **Collective.** The closing table; complete on rank 0 only.
pub fn summarise<J: Job>(
    world: &World,
    plan: &Plan,
    (job, batches): (&J, &Batches),
    timers: &Timers,
    writer: &Writer,
    (cuts, moved): (u64, u64),
    started: Instant,
) -> Summary {
    let mut row = timers.values();
    row.push(peak_memory() as f64);
    let width = row.len();
    let ranks = usize::try_from(world.size()).unwrap_or(1);
    let sizes = vec![i32::try_from(width).unwrap_or(0); ranks];
    let per_rank = world.gather(&row, &sizes).chunks(width).map(<[f64]>::to_vec).collect();
    let (state, workspace) = job.memory();
    let beside = (writer.seconds_beside() * 1e6) as u64;
    let totals = world.sum(&[state, workspace, writer.buffer_bytes(), beside]);
    Summary {
        item: plan.work.item(),
        ranks,
        count: batches.items(),
        steps: plan.clock.count(),
        per_rank,
        wall: started.elapsed().as_secs_f64(),
        work: total(world, &job.work()),
        outcomes: batches.outcomes(job).into_iter().filter(|&(_, count)| count > 0).collect(),
        cuts,
        moved,
        state_bytes: totals[0],
        workspace_bytes: totals[1],
        buffer_bytes: totals[2],
        beside: totals[3] as f64 * 1e-6,
    }
}

/// How the run compares with what `chemdrift plan` has left beside its output for this deck and as many ranks.
#[must_use]
pub fn grade(output: &Path, deck: &str, summary: &Summary) -> Option<String> {
    let text = fs::read_to_string(with_ending(output, ".plan.json")).ok()?;
    let kept = Kept::from_json(&text)?;
    let forecast = kept.forecasts.iter().find(|forecast| forecast.ranks == summary.ranks as u64)?;
    (kept.deck == deck).then(|| forecast::grade(forecast, summary.wall, summary.peak_memory()))
}

/// **Collective.** Named counts summed over the ranks.
fn total(world: &World, counts: &[(&'static str, u64)]) -> Vec<(&'static str, u64)> {
    let own: Vec<u64> = counts.iter().map(|&(_, count)| count).collect();
    counts.iter().map(|&(name, _)| name).zip(world.sum(&own)).collect()
}
