//! Statistics of files over their dimensions: the same bits on any number of ranks and with any memory, the numbers that
//! loops give, and messages for what cannot be done.

use std::path::{Path, PathBuf};

use netcdf::Options;

use crate::datasets::{assert_equal, read, values};
use crate::launch::chemdrift;
use crate::scratch::{Scratch, project};

const TIMES: usize = 60;
const LEVELS: usize = 3;
const LATS: usize = 20;
const LONS: usize = 30;

/// The value at a point, `None` where it is missing: small whole numbers, so that sums of them are exact in any order.
fn value(time: usize, lev: usize, lat: usize, lon: usize) -> Option<i16> {
    let number = ((time * LEVELS + lev) * LATS + lat) * LONS + lon;
    let mixed = number.wrapping_mul(2_654_435_761) >> 7;
    (mixed % 11 != 3 && (lat, lon) != (4, 5)).then_some((mixed % 2001) as i16 - 1000)
}

/// A file with the times of a range, every twelfth day; `scale` times the numbers, packed where it is not 1.
fn make(path: &Path, options: Options, times: std::ops::Range<usize>, packed: bool, bounds: bool) {
    let mut file = netcdf::create_with(path, options).unwrap();
    file.add_attribute("history", "made by a test").unwrap();
    file.add_unlimited_dimension("time").unwrap();
    for (name, length) in [("lev", LEVELS), ("lat", LATS), ("lon", LONS), ("nv", 2)] {
        file.add_dimension(name, length).unwrap();
    }
    let mut tmin = if packed {
        file.add_variable::<i16>("tmin", &["time", "lev", "lat", "lon"]).unwrap()
    } else {
        file.add_variable::<f64>("tmin", &["time", "lev", "lat", "lon"]).unwrap()
    };
    if packed {
        tmin.set_chunking(&[7, 2, 20, 13]).unwrap();
        tmin.set_compression(2, true).unwrap();
        tmin.put_attribute("_FillValue", i16::MIN).unwrap();
        tmin.put_attribute("scale_factor", 0.5).unwrap();
    } else {
        tmin.put_attribute("missing_value", 1e20).unwrap();
    }
    tmin.put_attribute("units", "K").unwrap();
    let coordinate = |file: &mut netcdf::FileMut, name: &str, units: &str| {
        let mut variable = file.add_variable::<f64>(name, &[name]).unwrap();
        variable.put_attribute("units", units).unwrap();
    };
    coordinate(&mut file, "time", "days since 2000-01-01");
    coordinate(&mut file, "lev", "hPa");
    coordinate(&mut file, "lat", "degrees_north");
    let south = |lat: usize| 180.0 * lat as f64 / LATS as f64 - 90.0;
    if bounds {
        file.variable_mut("lat").unwrap().put_attribute("bounds", "lat_bnds").unwrap();
        file.add_variable::<f64>("lat_bnds", &["lat", "nv"]).unwrap();
    }
    file.add_variable::<f32>("other", &["lev"]).unwrap();
    file.enddef().unwrap();
    let lats: Vec<f64> = (0..LATS).map(|lat| f64::midpoint(south(lat), south(lat + 1))).collect();
    file.variable_mut("lat").unwrap().put_values(&lats, ..).unwrap();
    if bounds {
        let both: Vec<f64> = (0..LATS).flat_map(|lat| [south(lat), south(lat + 1)]).collect();
        file.variable_mut("lat_bnds").unwrap().put_values(&both, (.., ..)).unwrap();
    }
    file.variable_mut("lev").unwrap().put_values(&[1000.0, 500.0, 200.0], ..).unwrap();
    file.variable_mut("other").unwrap().put_values(&[1.0_f32, 2.0, 3.0], ..).unwrap();
    for (record, time) in times.enumerate() {
        file.variable_mut("time").unwrap().put_value(12.0 * time as f64, [record]).unwrap();
        let all = (0..LEVELS * LATS * LONS).map(|n| value(time, n / LONS / LATS, n / LONS % LATS, n % LONS));
        let extents = (record..record + 1, .., .., ..);
        let mut tmin = file.variable_mut("tmin").unwrap();
        if packed {
            let raw: Vec<i16> = all.map(|value| value.unwrap_or(i16::MIN)).collect();
            tmin.put_values(&raw, extents).unwrap();
        } else {
            let reals: Vec<f64> = all.map(|value| value.map_or(1e20, f64::from)).collect();
            tmin.put_values(&reals, extents).unwrap();
        }
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Runs `reduce` and returns its file.
fn reduce(scratch: &Scratch, ranks: usize, files: &[PathBuf], options: &[&str]) -> PathBuf {
    let out = scratch.path().join(format!(
        "{}-{ranks}-{}.nc",
        files[0].file_stem().unwrap().display(),
        options.join("").replace(['/', ','], "")
    ));
    let mut arguments = vec!["reduce"];
    arguments.extend(files.iter().map(|file| text(file)));
    arguments.extend(options);
    arguments.extend(["-o", text(&out)]);
    let ended = chemdrift(ranks, &arguments);
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    out
}

/// Values at all points over which `keep` maps to the same place, that are not missing.
fn gathered(places: usize, place: impl Fn([usize; 4]) -> usize) -> Vec<Vec<f64>> {
    let mut all = vec![Vec::new(); places];
    for time in 0..TIMES {
        for n in 0..LEVELS * LATS * LONS {
            let point = [time, n / LONS / LATS, n / LONS % LATS, n % LONS];
            let [time, lev, lat, lon] = point;
            all[place(point)].extend(value(time, lev, lat, lon).map(f64::from));
        }
    }
    all
}

#[test]
fn exact_same_bits_on_any_number_of_ranks_with_any_memory_and_in_any_format() {
    let scratch = Scratch::new("reduce");
    let path = |name: &str| scratch.path().join(name);
    let whole = [path("whole.nc")];
    make(&whole[0], Options::NETCDF4, 0..TIMES, false, false);
    let halves = [path("first.nc"), path("second.nc"), path("third.nc")];
    make(&halves[0], Options::_64BIT_OFFSET, 0..17, false, false);
    make(&halves[1], Options::default(), 17..18, false, false);
    make(&halves[2], Options::NETCDF4, 18..TIMES, false, false);
    let sums =
        ["--var", "tmin", "--mean", "lat,lon", "--std", "lat,lon", "--mean", "time", "--variance", "time", "--min"];
    let sums = [&sums[..], &["time", "--max", "all", "--count", "all", "--by", "month"]].concat();
    let quantiles = ["--quantiles", "0.1,0.5", "--over", "time,lon"];
    let counted = ["--quantiles", "0.1,0.5", "--over", "all", "--var", "tmin", "--memory", "1"];
    let small = |options: &[&'static str]| [options, &["--memory", "1"]].concat();
    for (options, other) in
        [(sums.clone(), small(&sums)), (quantiles.to_vec(), small(&quantiles)), (counted.to_vec(), counted.to_vec())]
    {
        let alone = reduce(&scratch, 0, &whole, &options);
        for ranks in [1, 2, 3, 7] {
            let (files, options) = if ranks % 2 == 0 { (&whole[..], &options) } else { (&halves[..], &other) };
            assert_equal(&alone, &reduce(&scratch, ranks, files, options));
        }
    }
}

#[test]
fn exact_statistics_are_those_of_loops() {
    let scratch = Scratch::new("reduce-loops");
    let file = [scratch.path().join("in.nc")];
    make(&file[0], Options::NETCDF4, 0..TIMES, true, false);
    let options = ["--mean", "time,lon", "--variance", "time,lon", "--min", "time,lon", "--max", "time,lon"];
    let out = reduce(&scratch, 2, &file, &[&options[..], &["--count", "time,lon"]].concat());
    let found: Vec<Vec<f64>> =
        ["mean", "variance", "min", "max", "count"].map(|what| values(&out, &format!("tmin_{what}"))).to_vec();
    for (n, numbers) in gathered(LEVELS * LATS, |[_, lev, lat, _]| lev * LATS + lat).iter().enumerate() {
        let (count, sum) = (numbers.len() as f64, numbers.iter().sum::<f64>());
        let squares: f64 = numbers.iter().map(|number| number * number).sum();
        assert_eq!(found[0][n], sum / count * 0.5);
        let variance = (squares / count - (sum / count) * (sum / count)) * 0.25;
        assert!((found[1][n] / variance - 1.0).abs() < 1e-13);
        assert_eq!(found[2][n], 0.5 * numbers.iter().copied().fold(f64::INFINITY, f64::min));
        assert_eq!(found[3][n], 0.5 * numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max));
        assert_eq!(found[4][n], count);
    }
    // Months of the year: times are twelve days apart from 2000-01-01 on.
    let out = reduce(&scratch, 2, &file, &["--mean", "time", "--by", "year,month"]);
    let months = [values(&out, "year"), values(&out, "month")].map(|keys| keys[..2].to_vec());
    assert_eq!(months, [vec![2000.0, 2000.0], vec![1.0, 2.0]]);
    let found = values(&out, "tmin");
    let january = gathered(2 * LATS * LONS, |[time, lev, lat, lon]| {
        if time * 12 < 31 && lev == 0 { lat * LONS + lon } else { LATS * LONS + lat * LONS + lon }
    });
    for (n, numbers) in january[..LATS * LONS].iter().enumerate() {
        let mean = numbers.iter().sum::<f64>() / numbers.len() as f64 * 0.5;
        assert!(found[n] == mean || found[n].is_nan() && numbers.is_empty(), "{} {mean}", found[n]);
    }
    let all = read(&out);
    let names = |name: &str| all[name].0.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names("tmin"), ["group", "lev", "lat", "lon"]);
    assert!(all.contains_key("lat") && !all.contains_key("time") && !all.contains_key("other"));
    let out = netcdf::open(&out).unwrap();
    let text = |attribute: Option<netcdf::Attribute<'_>>| match attribute.unwrap().value().unwrap() {
        netcdf::AttributeValue::Str(text) => text,
        other => panic!("{other:?}"),
    };
    let tmin = out.variable("tmin").unwrap();
    assert_eq!(text(tmin.attribute("units")), "K");
    assert_eq!(text(tmin.attribute("cell_methods")), "time: mean (comment: by year and month)");
    assert!(tmin.attribute("scale_factor").is_none());
    let history = text(out.attribute("history"));
    assert!(history.contains("chemdrift reduce ") && history.ends_with("\nmade by a test"), "{history}");
}

#[test]
fn exact_latitudes_weigh_by_their_area() {
    let scratch = Scratch::new("reduce-weights");
    for bounds in [false, true] {
        let file = [scratch.path().join(format!("{bounds}.nc"))];
        make(&file[0], Options::NETCDF4, 0..2, false, bounds);
        let edge = |lat: usize| (180.0 * lat as f64 / LATS as f64 - 90.0_f64).to_radians();
        let weight = |lat: usize| {
            if bounds { edge(lat + 1).sin() - edge(lat).sin() } else { f64::midpoint(edge(lat), edge(lat + 1)).cos() }
        };
        let (mut sum, mut weights, mut plain, mut count) = (0.0, 0.0, 0.0, 0.0);
        for n in 0..2 * LEVELS * LATS * LONS {
            let lat = n / LONS % LATS;
            if let Some(value) = value(n / LONS / LATS / LEVELS, n / LONS / LATS % LEVELS, lat, n % LONS) {
                (sum, weights) = (sum + weight(lat) * f64::from(value), weights + weight(lat));
                (plain, count) = (plain + f64::from(value), count + 1.0);
            }
        }
        let found = values(&reduce(&scratch, 2, &file, &["--mean", "all", "--var", "tmin"]), "tmin")[0];
        assert!((found - sum / weights).abs() < 1e-11, "{found} {}", sum / weights);
        let unweighted = reduce(&scratch, 2, &file, &["--mean", "all", "--unweighted", "--var", "tmin"]);
        assert_eq!(values(&unweighted, "tmin"), [plain / count]);
    }
}

#[test]
fn exact_wrong_requests_are_told_at_once_with_what_to_type() {
    let scratch = Scratch::new("reduce-wrong");
    let file = scratch.path().join("in.nc");
    make(&file, Options::NETCDF4, 0..3, false, false);
    let later = scratch.path().join("later.nc");
    make(&later, Options::NETCDF4, 2..4, false, false);
    let cut_off = scratch.path().join("cut.nc");
    make(&cut_off, Options::default(), 0..3, false, false);
    let whole = std::fs::read(&cut_off).unwrap();
    std::fs::write(&cut_off, &whole[..whole.len() / 2]).unwrap();
    let curved = project().join("README.md");
    let (file, later, cut_off, curved) = (text(&file), text(&later), text(&cut_off), text(&curved));
    let out = scratch.path().join("out.nc");
    let cases: [(&[&str], &[&str]); 14] = [
        (
            &[file, "--mean", "lta,lon"],
            &["no dimension `lta`", "time (3), lev (3), lat (20), lon (30)", "did you mean `lat`?"],
        ),
        (&[file, "--mean", "lta", "--std", "tim"], &["`lta`", "`tim`", "2 mistakes"]),
        (&[file, "--var", "tmn", "--mean", "lat"], &["no variable `tmn`", "did you mean `tmin`?"]),
        (&[file, "--var", "other", "--mean", "lat"], &["`other` has no dimension `lat`; it has lev"]),
        (&[file], &["no statistic is asked for", "--mean lat,lon"]),
        (&[file, "--mean", "lat,,lon"], &["empty name"]),
        (&[file, "--quantiles", "5", "--over", "time"], &["`5` is no level", "0.05,0.5,0.95"]),
        (&[file, "--quantiles", "0.5"], &["--over"]),
        (
            &[file, "--mean", "lat", "--by", "month"],
            &["no dimension that is reduced is a time", "--mean time --by month"],
        ),
        (&[file, "--mean", "time", "--by", "moth"], &["month"]),
        (&[file, later, "--mean", "time"], &["times do not increase: record 3"]),
        (
            &[file, "nowhere.nc", cut_off, "--mean", "time"],
            &["there is no file nowhere.nc", "is cut off", "2 mistakes"],
        ),
        (&[curved, "--mean", "time"], &["is no NetCDF file"]),
        (&[file, "--mean", "lat", "--mean", "lat"], &["asked twice"]),
    ];
    for (number, (options, messages)) in cases.into_iter().enumerate() {
        let arguments = [&["reduce"], options, &["-o", text(&out)]].concat();
        let ended = chemdrift(if number < 2 { 2 } else { 0 }, &arguments);
        assert_eq!(ended.status, 2, "{options:?}: {}", ended.stderr);
        for message in messages {
            assert!(ended.stderr.contains(message), "{options:?}: {message}: {}", ended.stderr);
        }
        assert!(!out.exists() && !scratch.path().join("out.nc.part").exists());
    }
}

#[test]
fn exact_a_finished_file_is_kept_and_what_is_read_is_not_written() {
    let scratch = Scratch::new("reduce-kept");
    let file = scratch.path().join("in.nc");
    make(&file, Options::NETCDF4, 0..3, false, false);
    let out = scratch.file("out.nc", "precious");
    let run = |more: &[&str], out: &Path| {
        chemdrift(2, &[&["reduce", text(&file), "--mean", "time", "-o", text(out)], more].concat())
    };
    let ended = run(&[], &out);
    assert!(ended.status == 2 && ended.stderr.contains("--overwrite"), "{}", ended.stderr);
    assert_eq!(std::fs::read(&out).unwrap(), b"precious");
    assert_eq!(run(&["--overwrite"], &out).status, 0);
    assert!(values(&out, "tmin").len() == LEVELS * LATS * LONS && !scratch.path().join("out.nc.part").exists());
    let ended = run(&["--overwrite"], &file);
    assert!(ended.status == 2 && ended.stderr.contains("one of the files that are read"), "{}", ended.stderr);
    let ended = run(&[], Path::new("/nowhere/out.nc"));
    assert!(ended.status == 3 && ended.stderr.contains("does not exist"), "{}", ended.stderr);
}
