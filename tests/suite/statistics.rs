//! Statistics while running: the same bits on any number of ranks and wherever borders move, and what the items give.

use std::path::{Path, PathBuf};

use crate::datasets::{assert_equal, read, values};
use crate::launch::chemdrift;
use crate::scratch::{Scratch, project};

fn run(scratch: &Scratch, deck: &str, balance: &str, ranks: usize) -> PathBuf {
    let deck = scratch.file(&format!("{balance}-{ranks}.yaml"), format!("{deck}run: {{balance: {balance}}}\n"));
    let output = scratch.path().join(format!("{balance}-{ranks}.nc"));
    let ended = chemdrift(ranks, &["run", deck.to_str().unwrap(), "-o", output.to_str().unwrap()]);
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    output
}

fn same_bits(scratch: &Scratch, deck: &str) -> PathBuf {
    let alone = run(scratch, deck, "off", 0);
    for ranks in [1, 2, 3, 7] {
        assert_equal(&alone, &run(scratch, deck, "always", ranks));
    }
    alone
}

/// Some of the cells fail, so that values are missing.
fn cells() -> String {
    let folder = project().join("inputs/mechanisms/ts1");
    format!(
        "title: cells\n\
         chemistry:\n  mechanism: {0}/mechanism.json\n  initial: {0}/initial.csv\n  solver: {{max_steps: 17}}\n\
         cells:\n  count: 150\n  sample:\n    method: latin-hypercube\n    seed: 3\n    over:\n      \
         temperature: {{uniform: [250 K, 320 K]}}\n      concentration.*: {{around: {{relative: 90 %}}}}\n      \
         rate.PHOTO.*: {{around: {{relative: 50 %}}}}\n\
         time: {{step: 300 s, end: 30 min}}\n\
         output:\n  streams:\n    - {{every: 300 s, variables: [O3, OH, temperature]}}\n    \
         - {{every: 300 s, variables: [O3, OH, NO2, PAN], reduce: [count, missing, mean, variance, std, skewness, min, max, p05, p50, p97.5]}}\n    \
         - {{every: 10 min, variables: [O3, NO2], by: {{temperature: [250 K, 280 K, 310 K]}}, \
         reduce: [mean, p50, {{histogram: {{from: 1e-10 mol m-3, to: 1e-5 mol m-3, bins: 20, log: yes}}}}]}}\n    \
         - {{at: end, variables: OH, by: {{rate.PHOTO.jno2: [0 s-1, 9e-3 s-1, 1 s-1]}}, reduce: [max]}}\n",
        folder.display()
    )
}

/// Particles that wait, move, leave and are deleted.
fn particles(streams: &str) -> String {
    format!(
        "title: particles\n\
         fields:\n  mesh: spherical\n  U: {{constant: 1 m s-1}}\n  V: {{constant: 0.3 m s-1}}\n  Kh: {{constant: 5000 m2 s-1}}\n\
         particles:\n  count: 400\n  release: {{box: [175, 179, -2, 2], repeat_every: 12 h}}\n  seed: 5\n  \
         kernels: [advection_rk4, diffusion_uniform]\n  variables: {{age: s}}\n  delete_when: \"age > 30 h\"\n\
         time: {{step: 1 h, end: 2 days}}\n\
         output:\n  regions:\n    west: {{box: [170, 177, -5, 5]}}\n    east: {{polygon: [[177, -5], [185, -5], [181, 6]]}}\n  \
         streams:\n{streams}"
    )
}

const ALL_OF_PARTICLES: &str = "    - {every: 6 h, variables: [lon, lat, age]}\n    \
     - {every: 6 h, variables: [lat, age], reduce: [count, missing, mean, std, min, max, p50], by: regions, \
     connectivity: regions}\n    - {every: 3 h, variables: none, density: {grid: {lon: [174, 190], lat: [-6, 6], by: 0.5}}}\n    \
     - {every: 2 h, variables: [age], reduce: [count, missing, mean]}\n";

fn shape(file: &Path, name: &str) -> Vec<(String, usize)> {
    read(file)[name].0.clone()
}

#[test]
fn exact_statistics_of_cells_have_the_same_bits_on_0_1_2_3_7_ranks() {
    let scratch = Scratch::new("statistics-cells");
    let file = same_bits(&scratch, &cells());
    let (count, missing) = (values(&file, "O3_count"), values(&file, "O3_missing"));
    assert!(missing.iter().any(|&n| n > 0.0) && count.iter().all(|&n| n > 0.0), "{missing:?}");
    // Against the cells of the same file.
    let o3 = values(&file, "O3");
    for (record, cells) in o3.chunks(150).enumerate() {
        let there: Vec<f64> = cells.iter().copied().filter(|value| value.is_finite()).collect();
        let n = there.len() as f64;
        assert_eq!([n, 150.0 - n], [count[record], missing[record]]);
        let mean = there.iter().sum::<f64>() / n;
        let variance = there.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n;
        let near = |name: &str, expected: f64| {
            let found = values(&file, name)[record];
            assert!((found / expected - 1.0).abs() < 1e-13, "{name}: {found:e} for {expected:e}");
        };
        near("O3_mean", mean);
        near("O3_variance", variance);
        near("O3_std", variance.sqrt());
        assert_eq!(values(&file, "O3_min")[record], there.iter().copied().fold(f64::INFINITY, f64::min));
        assert_eq!(values(&file, "O3_max")[record], there.iter().copied().fold(0.0, f64::max));
    }
    assert_eq!(
        shape(&file, "NO2_histogram_by_temperature"),
        [("time_10min".to_owned(), 4), ("temperature_range".to_owned(), 2), ("NO2_bin".to_owned(), 20)]
    );
    assert_eq!(values(&file, "temperature_range_bounds"), [250.0, 280.0, 280.0, 310.0]);
    assert_eq!(shape(&file, "OH_max_by_rate_PHOTO_jno2")[1].1, 2);
}

#[test]
fn exact_statistics_of_particles_have_the_same_bits_on_0_1_2_3_7_ranks() {
    let scratch = Scratch::new("statistics-particles");
    let file = same_bits(&scratch, &particles(ALL_OF_PARTICLES));
    let (lon, lat) = (values(&file, "lon"), values(&file, "lat"));
    let records = values(&file, "time").len();
    let particles = lon.len() / records;
    let position = |record: usize, particle: usize| {
        let at = particle * records + record;
        (lon[at].rem_euclid(360.0), lat[at])
    };
    let at = |record: usize| (0..particles).map(move |particle| position(record, particle)).filter(|p| p.0.is_finite());
    let (density, connectivity) = (values(&file, "density"), values(&file, "connectivity"));
    for record in 0..records {
        let maps = density.chunks(32 * 24).nth(2 * record).unwrap();
        let inside = |&(lon, lat): &(f64, f64)| (174.0..=190.0).contains(&lon) && (-6.0..=6.0).contains(&lat);
        assert_eq!(maps.iter().sum::<f64>(), at(record).filter(inside).count() as f64);
        // The cell from 178 to 178.5 E and 0 to 0.5 N.
        let cell = at(record).filter(|&(lon, lat)| (178.0..178.5).contains(&lon) && (0.0..0.5).contains(&lat)).count();
        assert_eq!(maps[12 * 32 + 8], cell as f64);
        let counts: Vec<f64> = connectivity.chunks(9).nth(record).unwrap().to_vec();
        assert_eq!(counts.iter().sum::<f64>(), at(record).count() as f64);
        let west = at(record).filter(|&(lon, lat)| (170.0..177.0).contains(&lon) && (-5.0..5.0).contains(&lat)).count();
        assert_eq!(counts[0] + counts[3] + counts[6], west as f64);
        assert_eq!(values(&file, "age_count_by_region")[2 * record], west as f64);
    }
    assert!(connectivity.iter().filter(|&&count| count > 0.0).count() > 20);
    // Particles that wait and those that are deleted are in no statistic.
    let (count, missing) = (values(&file, "age_count"), values(&file, "age_missing"));
    assert!(count.iter().zip(&missing).all(|(count, missing)| count + missing == particles as f64));
    assert!(missing[0] > 0.0 && missing[missing.len() - 1] > 0.0);
}

#[test]
fn exact_without_items_only_what_is_reduced_has_a_time() {
    let scratch = Scratch::new("statistics-alone");
    let streams = "    - {every: 1 h, variables: all, reduce: [mean]}\n";
    let file = run(&scratch, &particles(streams), "auto", 2);
    let all = read(&file);
    let timed = all.iter().filter(|(_, (shape, _))| shape.iter().any(|(name, _)| name == "time"));
    let names: Vec<&str> = timed.map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["age_mean", "lat_mean", "lon_mean", "time"]);
    assert_eq!(all["age_mean"].1.len(), 49);
}

/// Squares of one degree from 170 E to 170 W and 5 S to 5 N, west and east of 177 E, as far as 185 E.
fn write_basins(scratch: &Scratch) -> PathBuf {
    let path = scratch.path().join("basins.nc");
    let mut file = netcdf::create(&path).unwrap();
    // Files that end at the date line go on with negative longitudes.
    let lon: Vec<f64> = (0..20).map(|n| 170.5 + f64::from(n)).map(|x| if x > 180.0 { x - 360.0 } else { x }).collect();
    let lat: Vec<f64> = (0..10).map(|n| f64::from(n) - 4.5).collect();
    for (name, values, units) in [("lat", &lat, "degrees_north"), ("lon", &lon, "degrees_east")] {
        file.add_dimension(name, values.len()).unwrap();
        let mut axis = file.add_variable::<f64>(name, &[name]).unwrap();
        axis.put_attribute("units", units).unwrap();
        axis.put_values(values, ..).unwrap();
    }
    let basins: Vec<i32> = (0..200).map(|n| n % 20).map(|n| if n < 7 { 2 } else { 4 * i32::from(n < 15) }).collect();
    let mut basin = file.add_variable::<i32>("basin", &["lat", "lon"]).unwrap();
    basin.put_attribute("flag_values", vec![2, 4]).unwrap();
    basin.put_attribute("flag_meanings", "west east").unwrap();
    basin.put_values(&basins, ..).unwrap();
    path
}

#[test]
fn exact_a_mask_counts_what_boxes_count_and_has_the_same_bits_on_0_1_2_3_7_ranks() {
    let scratch = Scratch::new("statistics-mask");
    let streams =
        "    - {every: 6 h, variables: [lat, age], reduce: [count, mean, p50], by: regions, connectivity: regions}\n";
    let deck = particles(streams);
    let (before, after) = (deck.find("  regions:").unwrap(), deck.find("  streams:").unwrap());
    let with = |regions: &str| format!("{}  regions: {regions}\n{}", &deck[..before], &deck[after..]);
    let boxes = run(&scratch, &with("{west: {box: [170, 177, -5, 5]}, east: {box: [177, 185, -5, 5]}}"), "auto", 1);
    write_basins(&scratch);
    let mask = same_bits(&scratch, &with("{file: basins.nc, variable: basin}"));
    assert_equal(&boxes, &mask);
    assert!(values(&mask, "connectivity").iter().filter(|&&count| count > 0.0).count() > 20);
    let meanings = |path: &Path| {
        let file = netcdf::open(path).unwrap();
        file.variable("region").unwrap().attribute_value("flag_meanings").unwrap().unwrap()
    };
    assert_eq!(meanings(&mask), netcdf::AttributeValue::Str("west east".to_owned()));
}
