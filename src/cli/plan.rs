//! `chemdrift plan`: what a run will take, before it is in the queue.

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;

use super::{Shrink, print, start_world, tell};
use crate::comm::World;
use crate::deck::fingerprint;
use crate::error::Error;
use crate::forecast::{Cost, Forecast, Kept, Measured, Whole, advised, forecast, table, warnings};
use crate::io::destination::with_ending;
use crate::output::OutputMap;
use crate::plan::Plan;
use crate::provenance;
use crate::quantity::{self, Dimension};
use crate::run::{DeckFrom, probe, read_plan, room};
use crate::telemetry::available::available_memory;
use crate::telemetry::table::counted;

/// What can be typed.
#[derive(Debug, Args)]
pub struct Options {
    /// The deck, a YAML file (docs/deck.md)
    deck: PathBuf,
    /// Numbers of ranks to look at
    #[arg(long, value_name = "N,N", value_delimiter = ',', default_value = "1", value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    ranks: Vec<u64>,
    /// Ranks on a node; without it as many as this machine has cores
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    per_node: Option<u64>,
    /// Memory of a node, such as "235 GB"; without it what is free here
    #[arg(long, value_name = "BYTES", value_parser = memory)]
    node_memory: Option<u64>,
    /// Seconds that the parts of the deck may take to be measured, about
    #[arg(long, value_name = "TIME", default_value = "4 s", value_parser = super::seconds)]
    probe: f64,
    /// Plan for this output file instead of the deck's output.file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    shrink: Shrink,
    /// Print JSON for scripts
    #[arg(long)]
    json: bool,
}

/// Bytes.
fn memory(text: &str) -> Result<u64, String> {
    let units = [("kB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("GiB", 1_073_741_824.0), ("MiB", 1_048_576.0)];
    let wrong = || "write the memory of a node such as `235 GB`".to_owned();
    let (number, unit) = text.trim().split_at(text.trim().find(|c: char| c.is_alphabetic()).ok_or_else(wrong)?);
    let factor = units.iter().find(|(name, _)| *name == unit).map(|(_, factor)| factor).ok_or_else(wrong)?;
    let number = quantity::parse(number.trim(), Dimension::NONE).map_err(|_| wrong())?;
    if number > 0.0 { Ok((number * factor) as u64) } else { Err(wrong()) }
}

/// **Collective.** Measures parts of the deck and prints what the whole will take; returns the exit status.
pub fn plan_verb(options: &Options) -> u8 {
    let world = match start_world(false) {
        Ok(world) => world,
        Err(status) => return status,
    };
    match plan(&world, options) {
        Ok(text) if world.is_root() => print(&text),
        Ok(_) => 0,
        Err(error) => tell(&world, &error),
    }
}

fn plan(world: &World, options: &Options) -> Result<String, Error> {
    let started = Instant::now();
    let overrides = options.shrink.overrides(options.output.clone());
    let (sources, plan) = read_plan(world, &DeckFrom::File(options.deck.clone()), &overrides)?;
    let measured = probe::probe(world, (&sources, &overrides), &plan, options.probe, started)?;
    if !world.is_root() {
        return Ok(String::new());
    }
    let whole = whole(&plan);
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    let per_node = options.per_node.unwrap_or(cores);
    let on = |ranks: u64| forecast(&whole, &measured, ranks, per_node);
    let mut ranks = options.ranks.clone();
    ranks.sort_unstable();
    ranks.dedup();
    let forecasts: Vec<Forecast> = ranks.iter().map(|&ranks| on(ranks)).collect();
    let kept = Kept { version: provenance::version(), deck: fingerprint(&sources, &overrides), forecasts };
    let path = with_ending(&plan.output.file, ".plan.json");
    let text = kept.json();
    let failed =
        |reason: std::io::Error| Error::File { path: path.clone(), action: "write", reason: reason.to_string() };
    fs::write(&path, &text).map_err(failed)?;
    if options.json {
        return Ok(text + "\n");
    }
    // How many are needed shows when they run.
    let most = if plan.stop_when.is_some() { "; what all of them take:" } else { "" };
    let amount = format!("{}, {} steps{most}", plan.amount(), whole.steps);
    let mut out = format!("{}\n{amount}\n\n", say_measured(&whole, &measured, world.size()));
    out += &table(&whole, &kept.forecasts, measured.many.packed);
    let best = advised(&whole, on);
    out += &format!(
        "\nup to {best} ranks are of use: on more, the core-hours grow to more than one and a half times those of one rank\n"
    );
    let node = options.node_memory.or_else(available_memory);
    for forecast in &kept.forecasts {
        for warning in warnings(&whole, forecast, node) {
            out += &format!("warning: {warning}\n");
        }
    }
    out += &format!("kept in {}: the run will tell how it came out\n", path.display());
    Ok(out)
}

/// What is known of the whole run without running it.
fn whole(plan: &Plan) -> Whole {
    let layout = OutputMap::new(plan, Vec::new()).layout;
    let (held, held_first) = room::held(plan, &layout);
    let file_bytes = layout.bytes();
    // What is small stays in memory until after the run.
    let page_cache = available_memory().unwrap_or(0) / 4;
    let disk = if file_bytes > page_cache { probe::disk_speed(&plan.output.file) } else { None };
    let (item, items, steps) = (plan.work.item(), plan.members.total(), plan.clock.count());
    Whole { item, items, steps, held, held_first, file_bytes, disk, page_cache }
}

fn say_measured(whole: &Whole, measured: &Measured, ranks: i32) -> String {
    let part = |cost: &Cost| {
        let steps = if cost.done == cost.steps { String::new() } else { format!(" for {} steps", cost.done) };
        format!("{}{steps}", counted(cost.items, whole.item))
    };
    let few = measured.few.as_ref().map_or_else(String::new, |few| format!("{} and ", part(few)));
    let many = &measured.many;
    let all = if many.items == whole.items && many.done == many.steps { ", which is all" } else { "" };
    let ranks = counted(ranks.unsigned_abs().into(), "rank");
    format!("measured: {few}{}{all}, on {ranks}", part(many))
}

#[cfg(test)]
mod tests {
    use super::memory;

    #[test]
    fn exact_memory_is_read_with_its_unit() {
        assert_eq!(memory("235 GB"), Ok(235_000_000_000));
        assert_eq!(memory("1.5GiB"), Ok(1_610_612_736));
        for wrong in ["", "7", "GB", "-1 GB", "3 GK", "x GB"] {
            assert!(memory(wrong).is_err(), "{wrong}");
        }
    }
}
