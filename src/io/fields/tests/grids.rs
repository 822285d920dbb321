//! Axes in either direction, around the globe, in parts, curvilinear and staggered.

use super::{FORMATS, axis, define, folder, head, read, request, variable};
use crate::advection::field::{Horizontal, Staggering};
use crate::field_head::{HorizontalHead, Region};
use crate::io::fields::{FieldReader, inspect};
use netcdf::Options;

/// ERA5's habits: latitude descends, longitude from 0 to 360; value = 1000 latitude index from south + longitude.
fn global(path: &std::path::Path, options: Options) {
    let mut file = netcdf::create_with(path, options).unwrap();
    let lat: Vec<f64> = (0..19).map(|j| 90.0 - 10.0 * f64::from(j)).collect();
    let lon: Vec<f64> = (0..36).map(|i| 10.0 * f64::from(i)).collect();
    let values: Vec<f64> = (0..19).flat_map(|j| lon.iter().map(move |x| 1000.0 * f64::from(18 - j) + x)).collect();
    axis(&mut file, "latitude", &lat, &[("units", "degrees_north")]);
    axis(&mut file, "longitude", &lon, &[("units", "degrees_east")]);
    variable(&mut file, "u", &["latitude", "longitude"], &values, &[]);
    file.close().unwrap();
}

#[test]
fn the_globe_has_no_seam_and_its_latitudes_ascend() {
    let folder = folder("globe");
    for (at, options) in FORMATS.into_iter().enumerate() {
        let path = folder.join(format!("{at}.nc"));
        global(&path, options);
        let head = head(&path);
        assert!(
            matches!(head.axes.horizontal, HorizontalHead::Rectilinear { global: true, .. }) && head.axes.reversed.lat
        );
        assert_eq!(head.axes.horizontal.bounds(), [0.0, 360.0, -90.0, 90.0]);
        let (reader, values) = read(&head, 0);
        assert_eq!(reader.len(), 37 * 19);
        assert_eq!((values[0], values[36], values[37 * 18 + 35]), (0.0, 0.0, 18_350.0));
        let region = Region { lon: [-15.0, 12.0], lat: [20.0, 25.0], depth: None };
        let (mut part, grid) = FieldReader::open(&head, Some(region)).unwrap();
        let Horizontal::Rectilinear { lon, lat } = grid.horizontal else { panic!() };
        assert_eq!(lon, [-30.0, -20.0, -10.0, 0.0, 10.0, 20.0, 30.0]);
        assert_eq!(lat, [0.0, 10.0, 20.0, 30.0, 40.0]);
        let values = part.read(0).unwrap();
        assert_eq!(values[..7], [9330.0, 9340.0, 9350.0, 9000.0, 9010.0, 9020.0, 9030.0]);
        assert_eq!(values[28], 13_330.0);
    }
}

#[test]
fn depths_are_positive_down_and_ascend() {
    let folder = folder("depth");
    type Case = (&'static [f64], &'static [(&'static str, &'static str)], &'static [f64], bool);
    let cases: [Case; 5] = [
        (&[0.0, 10.0, 50.0], &[("positive", "down")], &[0.0, 10.0, 50.0], false),
        (&[-50.0, -10.0, 0.0], &[("positive", "up"), ("units", "m")], &[0.0, 10.0, 50.0], true),
        (&[0.0, -10.0, -50.0], &[], &[0.0, 10.0, 50.0], false),
        (&[0.05, 0.01, 0.0], &[("units", "km")], &[0.0, 10.0, 50.0], true),
        (&[2.0, 10.0, 100.0], &[("positive", "up")], &[-100.0, -10.0, -2.0], true),
    ];
    for (at, (values, attributes, expected, reversed)) in cases.into_iter().enumerate() {
        let path = folder.join(format!("{at}.nc"));
        let mut file = netcdf::create_with(&path, Options::empty()).unwrap();
        axis(&mut file, "lev", values, attributes);
        axis(&mut file, "lat", &[0.0, 1.0], &[]);
        axis(&mut file, "lon", &[0.0, 1.0], &[]);
        let u: Vec<f64> = (0..12).map(f64::from).collect();
        variable(&mut file, "u", &["lev", "lat", "lon"], &u, &[]);
        file.close().unwrap();
        let head = head(&path);
        assert_eq!(head.axes.depth, expected);
        assert_eq!(head.axes.reversed.depth, reversed);
        assert_eq!(read(&head, 0).1[0], if reversed { 8.0 } else { 0.0 });
    }
}

/// A grid of `ny` × `nx` nodes, 0.5 degrees apart from (179, 50), a little rotated; `sizes` of the variable `u`.
fn curvilinear(path: &std::path::Path, (ny, nx): (usize, usize), sizes: (usize, usize)) {
    let mut file = netcdf::create_with(path, Options::NETCDF4).unwrap();
    for (name, length) in [("t", 1), ("y", ny), ("x", nx), ("yu", sizes.0), ("xu", sizes.1)] {
        file.add_dimension(name, length).unwrap();
    }
    let nodes = |f: &dyn Fn(f64, f64) -> f64| -> Vec<f64> {
        (0..ny).flat_map(|j| (0..nx).map(move |i| (j as f64, i as f64))).map(|(j, i)| f(j, i)).collect()
    };
    let east = |x: f64| if x > 180.0 { x - 360.0 } else { x };
    variable(&mut file, "glamf", &["t", "y", "x"], &nodes(&|j, i| east(179.0 + 0.5 * i + 0.01 * j)), &[]);
    variable(&mut file, "gphif", &["t", "y", "x"], &nodes(&|j, i| 50.0 + 0.5 * j - 0.01 * i), &[]);
    let u: Vec<f64> = (0..sizes.0).flat_map(|j| (0..sizes.1).map(move |i| (100 * j + i) as f64)).collect();
    variable(&mut file, "u", &["yu", "xu"], &u, &[]);
    file.close().unwrap();
}

#[test]
fn curvilinear_nodes_cross_the_date_line() {
    let path = folder("curvilinear").join("a.nc");
    curvilinear(&path, (20, 30), (20, 30));
    let mut corners = request(&[path.to_str().unwrap()], "u");
    corners.staggering = Staggering::C;
    corners.coordinates = Some(path.to_str().unwrap().to_owned());
    let head = inspect(&corners).unwrap();
    let (_, values) = read(&head, 0);
    let grid = FieldReader::open(&head, None).unwrap().1;
    let Horizontal::Curvilinear { nx: 30, ny: 20, lon, lat } = &grid.horizontal else { panic!() };
    assert!(lon.windows(2).enumerate().all(|(at, w)| at % 30 == 29 || (w[1] - w[0] - 0.5).abs() < 1e-9));
    assert!((lon[29] - 193.5).abs() < 1e-9 && (lat[30] - 50.5).abs() < 1e-9);
    assert_eq!(values[605 - 30 * 3], 1705.0);
    // A region smaller than a cell, in the other convention of longitudes.
    let region = Region { lon: [-175.2, -175.1], lat: [54.1, 54.2], depth: None };
    let (mut part, grid) = FieldReader::open(&head, Some(region)).unwrap();
    let Horizontal::Curvilinear { nx, ny, lon, lat } = grid.horizontal else { panic!() };
    assert!((6..=7).contains(&nx) && (6..=7).contains(&ny), "{nx} {ny}");
    assert!(lon[0] < -175.2 && lon[nx * ny - 1] > -175.1 && lat[0] < 54.1 && lat[nx * ny - 1] > 54.2, "{lon:?}");
    let values = part.read(0).unwrap();
    // The value tells the row and column of the first node.
    let (j, i) = ((values[0] / 100.0).floor(), values[0] % 100.0);
    assert!((lon[0] - (179.0 - 360.0 + 0.5 * f64::from(i) + 0.01 * f64::from(j))).abs() < 1e-9);
}

#[test]
fn roms_has_one_row_more_of_u_than_of_corners() {
    let folder = folder("staggered");
    let (right, wrong) = (folder.join("a.nc"), folder.join("b.nc"));
    curvilinear(&right, (4, 5), (5, 5));
    curvilinear(&wrong, (4, 5), (6, 5));
    let of = |path: &std::path::Path| {
        let mut request = request(&[path.to_str().unwrap()], "u");
        request.staggering = Staggering::C;
        inspect(&request)
    };
    let (_, values) = read(&of(&right).unwrap(), 0);
    assert_eq!((values.len(), values[19]), (20, 304.0));
    assert!(of(&wrong).unwrap_err().message.contains("6 × 5 values"));
}

#[test]
fn coordinates_may_be_named_or_are_asked_for() {
    let path = folder("named").join("a.nc");
    let mut file = netcdf::create_with(&path, Options::empty()).unwrap();
    axis(&mut file, "a", &[0.0, 1.0], &[]);
    axis(&mut file, "b", &[5.0, 6.0], &[]);
    define(&mut file);
    file.add_dimension("member", 3).unwrap();
    variable(&mut file, "u", &["a", "b"], &[0.0; 4], &[]);
    variable(&mut file, "many", &["a", "member", "b"], &[0.0; 12], &[]);
    file.close().unwrap();
    let mut named = request(&[path.to_str().unwrap()], "u");
    let problem = inspect(&named).unwrap_err();
    assert!(problem.message.contains("dimensions (a, b)") && problem.help.unwrap().contains("lon: NAME"));
    (named.dimensions.lon, named.dimensions.lat) = (Some("b".to_owned()), Some("a".to_owned()));
    assert_eq!(inspect(&named).unwrap().axes.horizontal.bounds(), [5.0, 6.0, 0.0, 1.0]);
    named.variable = "many".to_owned();
    assert!(inspect(&named).unwrap_err().message.contains("dimension `member` of `many` (length 3)"));
    named.dimensions.lon = Some("a".to_owned());
    assert!(inspect(&named).unwrap_err().message.contains("share the dimension `a`"));
    named.dimensions.lon = Some("bb".to_owned());
    assert!(inspect(&named).unwrap_err().message.contains("no variable `bb`"));
}
