//! Packing, missing values, formats and orders of dimensions.

use super::{FORMATS, axis, define, fill, folder, head, read, simple, variable};
use netcdf::Options;

#[test]
fn all_formats_hold_the_same_field() {
    let folder = folder("formats");
    for (at, options) in FORMATS.into_iter().enumerate() {
        let path = folder.join(format!("{at}.nc"));
        simple(&path, options, "hours since 2000-01-01", &[0.0, 6.0]);
        let head = head(&path);
        assert_eq!((head.units.as_str(), head.snapshots[1].time), ("m/s", 946_684_800.0 + 21_600.0));
        let (_, values) = read(&head, 1);
        assert_eq!(values, [600., 601., 602., 603., 610., 611., 612., 613., 620., 621., 622., 623.]);
    }
}

/// A 2 × 2 field `u` of shorts with attributes set by `attributes`.
fn shorts(name: &str, values: [i16; 4], attributes: impl Fn(&mut netcdf::VariableMut<'_>)) -> Vec<f32> {
    let path = folder(name).join("a.nc");
    let mut file = netcdf::create_with(&path, Options::empty()).unwrap();
    axis(&mut file, "lat", &[0.0, 1.0], &[]);
    axis(&mut file, "lon", &[0.0, 1.0], &[]);
    define(&mut file);
    attributes(&mut file.add_variable::<i16>("u", &["lat", "lon"]).unwrap());
    fill(&mut file);
    file.variable_mut("u").unwrap().put_values(&values, ..).unwrap();
    file.close().unwrap();
    read(&head(&path), 0).1
}

/// NaN as a number that can be compared.
fn comparable(values: &[f32]) -> Vec<f32> {
    values.iter().map(|v| if v.is_nan() { 999.0 } else { *v }).collect()
}

#[test]
fn packed_values_are_unpacked() {
    let values = shorts("packed", [0, 10, -20, -1], |v| {
        v.put_attribute("scale_factor", 0.5_f32).unwrap();
        v.put_attribute("add_offset", 100.0_f64).unwrap();
        v.put_attribute("_FillValue", -1_i16).unwrap();
    });
    assert_eq!(comparable(&values), [100.0, 105.0, 90.0, 999.0]);
}

#[test]
fn ranges_hold_for_raw_or_physical_values() {
    let raw = shorts("range_raw", [0, 10, 20, 30], |v| {
        v.put_attribute("scale_factor", 0.1_f64).unwrap();
        v.put_attribute("valid_range", vec![5_i16, 25]).unwrap();
    });
    assert_eq!(comparable(&raw), [999.0, 1.0, 2.0, 999.0]);
    let physical = shorts("range_physical", [0, 10, 20, 30], |v| {
        v.put_attribute("scale_factor", 0.1_f64).unwrap();
        v.put_attribute("valid_min", 1.5_f64).unwrap();
    });
    assert_eq!(comparable(&physical), [999.0, 999.0, 2.0, 3.0]);
}

#[test]
fn unsigned_and_unwritten_values() {
    let values = shorts("unsigned", [-1, 1, 2, -32_767], |v| {
        v.put_attribute("_Unsigned", "true").unwrap();
    });
    assert_eq!(comparable(&values), [65_535.0, 1.0, 2.0, 999.0]);
}

#[test]
fn missing_reals_are_found_in_either_precision() {
    let path = folder("missing").join("a.nc");
    let mut file = netcdf::create_with(&path, Options::NETCDF4).unwrap();
    axis(&mut file, "lat", &[0.0, 1.0], &[]);
    axis(&mut file, "lon", &[0.0, 1.0], &[]);
    let mut u = file.add_variable::<f32>("u", &["lat", "lon"]).unwrap();
    u.put_attribute("missing_value", 1e20_f64).unwrap();
    u.put_values(&[1e20_f32, 0.0, f32::NAN, 9.969_21e36], ..).unwrap();
    file.close().unwrap();
    assert_eq!(comparable(&read(&head(&path), 0).1), [999.0, 0.0, 999.0, 999.0]);
}

#[test]
fn dimensions_may_come_in_any_order() {
    let path = folder("order").join("a.nc");
    let mut file = netcdf::create_with(&path, Options::empty()).unwrap();
    axis(&mut file, "lon", &[0.0, 1.0, 2.0], &[("units", "degrees_east")]);
    axis(&mut file, "lat", &[1.0, 0.0], &[("units", "degrees_north")]);
    axis(&mut file, "height", &[0.0, 10.0], &[("units", "m"), ("positive", "up")]);
    axis(&mut file, "t", &[0.0], &[("units", "s since 2000-01-01")]);
    // x, height, t, y: value 100 x + 10 height + row of the file
    let values: Vec<f64> =
        (0..3).flat_map(|x| (0..2).flat_map(move |z| (0..2).map(move |y| f64::from(100 * x + 10 * z + y)))).collect();
    variable(&mut file, "u", &["lon", "height", "t", "lat"], &values, &[]);
    file.close().unwrap();
    let head = head(&path);
    assert_eq!(head.axes.depth, [-10.0, 0.0]);
    let (_, values) = read(&head, 0);
    assert_eq!(values, [11., 111., 211., 10., 110., 210., 1., 101., 201., 0., 100., 200.]);
}
