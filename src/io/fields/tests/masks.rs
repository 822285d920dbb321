//! Regions on a grid.

use netcdf::{AttributeValue, FileMut};

use super::{FORMATS, axis, define, fill, folder, request, variable};
use crate::field_head::{FieldProblem, MaskHead};
use crate::io::fields::read_mask;

/// A variable of whole numbers with its attributes.
fn whole(file: &mut FileMut, name: &str, dimensions: &[&str], values: &[i32], attributes: Vec<(&str, AttributeValue)>) {
    define(file);
    let mut variable = file.add_variable::<i32>(name, dimensions).unwrap();
    for (attribute, value) in attributes {
        variable.put_attribute(attribute, value).unwrap();
    }
    fill(file);
    file.variable_mut(name).unwrap().put_values(values, ..).unwrap();
}

/// A globe of 4 x 2 cells, longitudes from 45 on, and what `make` adds to it.
fn globe(test: &str, make: impl Fn(&mut FileMut)) -> Result<MaskHead, FieldProblem> {
    let path = folder(test).join("basins.nc");
    let mut file = netcdf::create(&path).unwrap();
    axis(&mut file, "lat", &[-45.0, 45.0], &[("units", "degrees_north")]);
    axis(&mut file, "lon", &[45.0, 135.0, 225.0, 315.0], &[("units", "degrees_east")]);
    make(&mut file);
    file.close().unwrap();
    read_mask(&request(&[path.to_str().unwrap()], "basin"))
}

fn flags(values: &[i32], meanings: &str) -> Vec<(&'static str, AttributeValue)> {
    vec![("flag_values", AttributeValue::Ints(values.to_vec())), ("flag_meanings", meanings.to_owned().into())]
}

/// The region of each cell of the globe, from the south-west.
fn places(head: &MaskHead) -> Vec<Option<usize>> {
    let centres = [-45.0, 45.0].into_iter().flat_map(|lat| [45.0, 135.0, 225.0, -45.0].map(|lon| [lon, lat]));
    centres.map(|at| head.mask.place(Some(360.0), at)).collect()
}

const CELLS: [i32; 8] = [0, 3, 3, 7, -1, 7, 3, 0];

#[test]
fn exact_numbers_are_regions_in_ascending_order() {
    let head = globe("numbers", |file| whole(file, "basin", &["lat", "lon"], &CELLS, Vec::new())).unwrap();
    assert_eq!(head.mask.names(), ["region_-1", "region_3", "region_7"]);
    assert_eq!(places(&head), [None, Some(1), Some(1), Some(2), Some(0), Some(2), Some(1), None]);
    assert_eq!((head.degrees, head.lat, head.mask.size()), (true, [-45.0, 45.0], [4, 2]));
    assert_eq!(head.mask.place(Some(360.0), [359.999, -0.001]), Some(2));
    assert_eq!(head.mask.place(Some(360.0), [0.0, -0.001]), None);
}

#[test]
fn exact_flags_name_regions_and_say_whether_0_and_missing_are_some() {
    let named = |mut attributes: Vec<(&'static str, AttributeValue)>| {
        attributes.insert(0, ("_FillValue", AttributeValue::Int(7)));
        globe("flags", move |file| whole(file, "basin", &["lat", "lon"], &CELLS, attributes.clone())).unwrap()
    };
    let head = named(flags(&[5, 3, -1], "empty pacific arctic"));
    assert_eq!(head.mask.names(), ["arctic", "pacific", "empty"]);
    assert_eq!(places(&head), [None, Some(1), Some(1), None, Some(0), None, Some(1), None]);
    let head = named(flags(&[0, 3, 7], "land pacific unknown"));
    assert_eq!(head.mask.names(), ["region_-1", "land", "pacific", "unknown"]);
    assert_eq!(places(&head), [1, 2, 2, 3, 0, 3, 2, 1].map(Some));
}

#[test]
fn exact_order_and_direction_of_the_axes_do_not_matter() {
    let straight = globe("straight", |file| whole(file, "basin", &["lat", "lon"], &CELLS, Vec::new())).unwrap();
    for options in FORMATS {
        let path = folder("turned").join("basins.nc");
        let mut file = netcdf::create_with(&path, options).unwrap();
        axis(&mut file, "lat", &[45.0, -45.0], &[("units", "degrees_north")]);
        axis(&mut file, "lon", &[315.0, 225.0, 135.0, 45.0], &[("units", "degrees_east")]);
        define(&mut file);
        file.add_dimension("time", 1).unwrap();
        let turned: Vec<f64> = (0..8).rev().map(|n| CELLS[n % 2 * 4 + n / 2]).map(f64::from).collect();
        variable(&mut file, "basin", &["time", "lon", "lat"], &turned, &[]);
        file.close().unwrap();
        assert_eq!(read_mask(&request(&[path.to_str().unwrap()], "basin")).unwrap(), straight);
    }
}

#[test]
fn exact_missing_reals_and_metres() {
    let path = folder("metres").join("basins.nc");
    let mut file = netcdf::create(&path).unwrap();
    axis(&mut file, "y", &[0.0, 1.0], &[("units", "km"), ("axis", "Y")]);
    axis(&mut file, "x", &[0.0, 2.0], &[("units", "km"), ("axis", "X")]);
    variable(&mut file, "basin", &["y", "x"], &[1.0, f64::NAN, 2.0, 9.969_209_968_386_869e36], &[]);
    file.close().unwrap();
    let head = read_mask(&request(&[path.to_str().unwrap()], "basin")).unwrap();
    assert!(!head.degrees && head.lat == [0.0, 1000.0] && head.mask.names() == ["region_1", "region_2"]);
    let found = [[-1000.0, 499.0], [999.0, 500.0], [1000.0, 0.0], [3000.0, 1500.0]].map(|at| head.mask.place(None, at));
    assert_eq!(found, [Some(0), Some(1), None, None]);
}

#[test]
fn what_is_no_mask_is_told() {
    type Make = fn(&mut FileMut);
    let cases: [(&str, Make, &str, &str); 9] = [
        (
            "absent",
            |file| whole(file, "basins", &["lat", "lon"], &CELLS, Vec::new()),
            "no variable `basin`",
            "`basins`",
        ),
        (
            "halves",
            |file| variable(file, "basin", &["lat", "lon"], &[0.0, 1.0, 2.5, 0.0, 1.0, 1.0, 1.0, 1.0], &[]),
            "holds 2.5, and the number of a region is whole",
            "whole numbers",
        ),
        ("none", |file| whole(file, "basin", &["lat", "lon"], &[0; 8], Vec::new()), "has no regions", "`flag_values`"),
        ("line", |file| whole(file, "basin", &["lat"], &[1, 2], Vec::new()), "has the dimensions (lat)", "dimensions:"),
        (
            "time",
            |file| {
                axis(file, "time", &[0.0, 1.0], &[("units", "days since 2000-01-01")]);
                whole(file, "basin", &["time", "lat", "lon"], &[1; 16], Vec::new());
            },
            "has a dimension `time` of length 2 besides those of a map",
            "ncks",
        ),
        (
            "counts",
            |file| whole(file, "basin", &["lat", "lon"], &CELLS, flags(&[3, 7], "a b c")),
            "has 3 names in `flag_meanings` for 2 numbers",
            "ncatted",
        ),
        (
            "twice",
            |file| whole(file, "basin", &["lat", "lon"], &CELLS, flags(&[3, 7], "a a")),
            "has `a` twice in `flag_meanings`",
            "ncatted",
        ),
        (
            "again",
            |file| whole(file, "basin", &["lat", "lon"], &CELLS, flags(&[3, 3], "a b")),
            "has 3 twice in `flag_values`",
            "ncatted",
        ),
        (
            "elsewhere",
            |file| whole(file, "basin", &["lat", "lon"], &CELLS, flags(&[3, 7], "a elsewhere")),
            "which is what lies in no region",
            "ncatted",
        ),
    ];
    for (name, make, message, help) in cases {
        let problem = globe(name, make).unwrap_err();
        assert!(problem.message.contains(message) && problem.message.contains("basins.nc"), "{name}: {problem:?}");
        assert!(problem.help.as_deref().is_some_and(|text| text.contains(help)), "{name}: {problem:?}");
    }
    let path = folder("many").join("basins.nc");
    let mut file = netcdf::create(&path).unwrap();
    let count = |n: i32| (0..n).map(f64::from).collect::<Vec<_>>();
    axis(&mut file, "lat", &count(40), &[("units", "degrees_north")]);
    axis(&mut file, "lon", &count(30), &[("units", "degrees_east")]);
    whole(&mut file, "basin", &["lat", "lon"], &(1..=1200).collect::<Vec<_>>(), Vec::new());
    let nodes: Vec<f64> = (0..1200).map(|n| f64::from(n % 30 + n / 30)).collect();
    variable(&mut file, "nav_lon", &["lat", "lon"], &nodes, &[("units", "degrees_east")]);
    variable(&mut file, "nav_lat", &["lat", "lon"], &nodes, &[("units", "degrees_north")]);
    file.close().unwrap();
    let mut wanted = request(&[path.to_str().unwrap()], "basin");
    assert!(read_mask(&wanted).unwrap_err().message.contains("holds more than 1000 different numbers"));
    wanted.dimensions.lon = Some("nav_lon".to_owned());
    wanted.dimensions.lat = Some("nav_lat".to_owned());
    assert!(read_mask(&wanted).unwrap_err().message.contains("is on a curvilinear grid"));
    wanted.files = vec!["nowhere/basins.nc".to_owned()];
    assert!(read_mask(&wanted).unwrap_err().message.contains("there is no file nowhere/basins.nc"));
}
