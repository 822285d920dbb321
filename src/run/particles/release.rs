//! Where and when the particles of this rank begin.

use std::cell::Cell;

use super::super::members;
use super::list;
use super::parts::Parts;
use crate::advection::particles::Quantity;
use crate::advection::release::{Place, Release};
use crate::comm::World;
use crate::deck::release_list::ReleaseList;
use crate::domain::members::Part;
use crate::error::Error;
use crate::plan::{MemberTarget, ParticlesPlan, Places, Plan};

/// **Collective.** Places the particles of this rank: from their ids, or from a list of which rank 0 has
/// `kept` the values or reads them.
///
/// # Errors
/// What is wrong in the list, agreed.
pub fn release(
    world: &World,
    run: &Plan,
    particles: &ParticlesPlan,
    kept: &Cell<Option<ReleaseList>>,
    parts: &mut Parts,
) -> Result<(), Error> {
    let plan = &particles.release;
    let list = match &plan.places {
        Places::List { path, backward } => {
            let epoch = particles.epoch.as_ref();
            let rows = plan.count.min(particles.count);
            let read = if world.is_root() {
                list::read(path, rows, epoch, *backward, kept.take())
            } else {
                Ok(ReleaseList::default())
            };
            let list = world.agree(read.map_err(|report| Error::Deck(Box::new(report))))?;
            Some(Listed::share(world, run, parts, &list, particles.count))
        }
        _ => None,
    };
    for (part, block) in parts.iter_mut() {
        let number = |id: u64| (id / plan.count.max(1)) as f64;
        let time = |id: u64| plan.time + number(id) * plan.repeat_every.unwrap_or(0.0);
        let mut times: Vec<f64> = part.items.clone().map(time).collect();
        let mut depths = vec![plan.depth; times.len()];
        let (lon, lat) = if let Some(list) = &list {
            if let Some(listed) = &list.depth {
                depths.copy_from_slice(list.of(part, listed));
            }
            if let Some(listed) = &list.time {
                times.iter_mut().zip(list.of(part, listed)).for_each(|(time, &listed)| *time += listed);
            }
            (list.of(part, &list.lon).to_vec(), list.of(part, &list.lat).to_vec())
        } else {
            let seed = members::seed(run, particles, part.member);
            let release = Release::new(place(&plan.places), particles.mesh, plan.count, seed, 0);
            part.items.clone().map(|id| release.position(id)).map(|[lon, lat]| (lon, lat)).unzip()
        };
        block.set(Quantity::Longitude, &lon);
        block.set(Quantity::Latitude, &lat);
        block.set(Quantity::Depth, &depths);
        block.set(Quantity::ReleaseTime, &times);
        for (target, value) in members::reals(run, part.member) {
            if let MemberTarget::Initial(variable) = target {
                block.set(Quantity::Variable(variable), &vec![value; times.len()]);
            }
        }
    }
    Ok(())
}

fn place(places: &Places) -> Place {
    match places {
        Places::At(point) => Place::At(*point),
        Places::Box(corners) => Place::Box(*corners),
        Places::Line(ends) => Place::Line(*ends),
        Places::Grid { nx, ny, over } => Place::Grid { nx: *nx, ny: *ny, over: *over },
        // Lists are looked up.
        Places::List { .. } => Place::At([f64::NAN; 2]),
    }
}

/// The columns of a list for this rank's particles, in the order of the flat index.
struct Listed {
    first: u64,
    lon: Vec<f64>,
    lat: Vec<f64>,
    depth: Option<Vec<f64>>,
    time: Option<Vec<f64>>,
}

impl Listed {
    /// **Collective.** Every rank gets the rows of its particles; every release of a repeated list begins at the same
    /// places.
    fn share(world: &World, run: &Plan, parts: &Parts, list: &ReleaseList, count: u64) -> Self {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let shared = |column: &[f64]| {
            if column.len() == count {
                return members::share(world, run, parts.ids(), column);
            }
            let repeated: Vec<f64> = column.iter().cycle().take(count).copied().collect();
            members::share(world, run, parts.ids(), &repeated)
        };
        let has = |column: &[f64]| world.sum(&[u64::from(!column.is_empty())])[0] > 0;
        let (lon, lat) = (shared(&list.lon), shared(&list.lat));
        let depth = has(&list.depth).then(|| shared(&list.depth));
        let time = has(&list.time).then(|| shared(&list.time));
        Self { first: parts.ids().start, lon, lat, depth, time }
    }

    fn of<'c>(&self, part: &Part, column: &'c [f64]) -> &'c [f64] {
        let ids = part.ids();
        &column[(ids.start - self.first) as usize..(ids.end - self.first) as usize]
    }
}
