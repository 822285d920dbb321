//! Fields in files that the tests write themselves, and real ones where they are there.

mod damaged;
mod grids;
mod masks;
mod real;
mod series;
mod values;

use std::path::PathBuf;

use netcdf::{FileMut, Options};

use crate::advection::field::Staggering;
use crate::field_head::{DimensionNames, FieldHead, FieldRequest};
use crate::io::fields::{FieldReader, inspect};

/// The formats of NetCDF.
const CLASSIC: Options = Options::empty();
const OFFSET_64: Options = Options::_64BIT_OFFSET;
const NETCDF_4: Options = Options::NETCDF4;
const FORMATS: [Options; 4] = [CLASSIC, OFFSET_64, NETCDF_4, Options::_64BIT_DATA];

/// A folder of one test's own, empty.
fn folder(test: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("chemdrift_fields_{}_{test}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// A coordinate variable over a dimension of its name, which is defined too.
fn axis(file: &mut FileMut, name: &str, values: &[f64], attributes: &[(&str, &str)]) {
    define(file);
    file.add_dimension(name, values.len()).unwrap();
    variable(file, name, &[name], values, attributes);
}

fn variable(file: &mut FileMut, name: &str, dimensions: &[&str], values: &[f64], attributes: &[(&str, &str)]) {
    define(file);
    let mut variable = file.add_variable::<f64>(name, dimensions).unwrap();
    for (attribute, text) in attributes {
        variable.put_attribute(attribute, *text).unwrap();
    }
    fill(file);
    file.variable_mut(name).unwrap().put_values(values, ..).unwrap();
}

/// Classic files are either defined or filled with data; going to where they are already is an error.
fn define(file: &mut FileMut) {
    let _ = file.redef();
}

fn fill(file: &mut FileMut) {
    let _ = file.enddef();
}

/// A file with `u(time, lat, lon)`, 3 × 4 nodes, values 100 time + 10 row + column.
fn simple(path: &std::path::Path, options: Options, units: &str, times: &[f64]) {
    let mut file = netcdf::create_with(path, options).unwrap();
    axis(&mut file, "time", times, &[("units", units)]);
    axis(&mut file, "lat", &[10.0, 11.0, 12.0], &[("units", "degrees_north")]);
    axis(&mut file, "lon", &[0.0, 1.0, 2.0, 3.0], &[("units", "degrees_east")]);
    let values: Vec<f64> =
        times.iter().flat_map(|t| (0..12).map(move |i| 100.0 * t + f64::from(i / 4 * 10 + i % 4))).collect();
    variable(&mut file, "u", &["time", "lat", "lon"], &values, &[("units", "m/s")]);
    file.close().unwrap();
}

/// A request on an A-grid whose dimensions the files tell.
fn request(files: &[&str], variable: &str) -> FieldRequest {
    FieldRequest {
        name: "U".to_owned(),
        files: files.iter().map(|f| (*f).to_owned()).collect(),
        variable: variable.to_owned(),
        dimensions: DimensionNames::default(),
        coordinates: None,
        staggering: Staggering::A,
        every: None,
    }
}

/// The head of `u` in one file.
fn head(path: &std::path::Path) -> FieldHead {
    inspect(&request(&[path.to_str().unwrap()], "u")).unwrap()
}

/// All values of a snapshot, and the reader.
fn read(head: &FieldHead, snapshot: usize) -> (FieldReader, Vec<f32>) {
    let (mut reader, _) = FieldReader::open(head, None).unwrap();
    let values = reader.read(snapshot).unwrap();
    assert_eq!(values.len(), reader.len());
    (reader, values)
}
