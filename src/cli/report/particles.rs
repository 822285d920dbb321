//! What the report says of particles: where they went, and what became of them.

use super::{SAMPLE, Source, sampled};
use crate::error::Error;
use crate::io::report_data::Shape;
use crate::report::Section;
use crate::report::map::{Map, Plane};
use crate::report::text::count;

/// Trajectories that are drawn, at most: more hide each other.
const DRAWN: usize = 300;

/// Ends that are counted in the map of their density, at most.
const ENDS: usize = 200_000;

/// Values read at once, at most.
const READ: usize = 4_000_000;

/// The sections, in order.
pub fn sections(source: &Source<'_>) -> Result<Vec<Section>, Error> {
    let mut maps = Section { heading: "Trajectories".to_owned(), ..Section::default() };
    let plane = if source.text("last_lon", "units") == "m" || source.text("lon", "units") == "m" {
        Plane::Flat
    } else {
        Plane::Sphere
    };
    let metres = if plane == Plane::Flat { 1e-3 } else { 1.0 };
    let pairs = |x: Vec<f64>, y: Vec<f64>| -> Vec<(f64, f64)> {
        x.into_iter().zip(y).map(|(x, y)| (x * metres, y * metres)).collect()
    };
    let both = |x: &str, y: &str| source.shape(x).zip(source.shape(y));
    if let Some((lon, lat)) = both("last_lon", "last_lat") {
        let read = |shape: &Shape, most| source.results.sample(shape, None, most);
        let ends = pairs(read(lon, ENDS)?, read(lat, ENDS)?);
        let few = pairs(read(lon, SAMPLE)?, read(lat, SAMPLE)?);
        let mut tracks = Vec::new();
        if let Some((lon, lat)) = both("lon", "lat").filter(|(lon, _)| lon.time.is_some()) {
            let records = source.hours(lon)?.len().max(1);
            let most = DRAWN.min(READ / records).max(1);
            let last = lon.time.is_some_and(|time| time + 1 == lon.dimensions.len());
            let of = |shape: &Shape| source.results.sample(shape, None, most);
            let flat = pairs(of(lon)?, of(lat)?);
            let number = flat.len() / records;
            let place =
                |track: usize, record: usize| if last { track * records + record } else { record * number + track };
            // More points than this on one path cannot be seen.
            let every = records.div_ceil(200);
            let points = |track| {
                let kept = (0..records).filter(|record| record % every == 0 || record + 1 == records);
                kept.map(|record| flat[place(track, record)]).filter(|(x, _)| x.is_finite()).collect()
            };
            tracks = (0..number).map(points).collect();
        }
        let map = Map::around(plane, tracks.iter().flatten().chain(&ends));
        let all = lon.points();
        let caption = format!(
            "Paths of {}; ends (orange) of {}.",
            sampled(tracks.len(), all, "trajectories"),
            sampled(few.len(), all, "trajectories")
        );
        maps.figures.push(map.trajectories(&caption, &tracks, &few));
        let caption = format!("Last positions of {}.", sampled(ends.len(), all, "trajectories"));
        maps.figures.push(map.density(&caption, &ends));
    }
    let row = |(meaning, number): (String, u64)| (meaning, format!("{} particles", count(number)));
    let rows = source.statuses(|_, _| {})?.into_iter().map(row).collect();
    Ok(vec![maps, Section { heading: "What became of the particles".to_owned(), rows, ..Section::default() }])
}
