//! Decks of particles and field files that are wrong or damaged, met by the whole program on two ranks.

use std::path::PathBuf;

use crate::launch::chemdrift;
use crate::scratch::Scratch;

const DECK: &str = "\
title: particles in a small field
fields:
  mesh: flat
  U: {file: field.nc, variable: u}
  V: {file: field.nc, variable: v}
particles:
  count: 10
  seed: 1
  release: {at: [5 km, 5 km]}
  kernels: [advection_rk4]
time: {step: 10 min, end: 2 h}
output:
  file: run.nc
  streams:
    - {every: 1 h, variables: [lon, lat]}
";

/// A folder with the deck, edited, and the field it names.
fn scratch(name: &str, edit: (&str, &str)) -> (Scratch, PathBuf) {
    let scratch = Scratch::new(name);
    write_field(&scratch, "field.nc", 6);
    assert!(DECK.contains(edit.0), "the deck has no `{}` to edit", edit.0);
    let deck = scratch.file("deck.yaml", DECK.replacen(edit.0, edit.1, 1));
    (scratch, deck)
}

/// u and v on `nx` by 6 nodes over 10 km, hourly for three hours; `t` is a temperature and `bare` has no time.
fn write_field(scratch: &Scratch, name: &str, nx: usize) {
    let mut file = netcdf::create(scratch.path().join(name)).unwrap();
    let spread = |n: usize| (0..n).map(|i| 1e4 * i as f64 / (n - 1) as f64).collect::<Vec<_>>();
    for (dimension, values, units) in
        [("x", spread(nx), "m"), ("y", spread(6), "m"), ("time", (0..4).map(f64::from).collect(), "hours")]
    {
        file.add_dimension(dimension, values.len()).unwrap();
        let mut axis = file.add_variable::<f64>(dimension, &[dimension]).unwrap();
        axis.put_attribute("units", units).unwrap();
        axis.put_attribute("axis", dimension[..1].to_uppercase()).unwrap();
        axis.put_values(&values, ..).unwrap();
    }
    for (variable, units) in [("u", "m s-1"), ("v", "m s-1"), ("t", "K")] {
        let mut data = file.add_variable::<f32>(variable, &["time", "y", "x"]).unwrap();
        data.put_attribute("units", units).unwrap();
        data.put_values(&vec![0.1_f32; 4 * 6 * nx], ..).unwrap();
    }
}

fn refused(scratch: &Scratch, deck: &std::path::Path, expected: &[&str]) {
    let ended = chemdrift(2, &["run", deck.to_str().unwrap()]);
    let answer = &ended.stderr;
    assert_eq!(ended.status, 2, "{answer}");
    for text in expected {
        assert!(answer.contains(text), "`{text}` is not in:\n{answer}");
    }
    assert!(!answer.contains("panicked"), "{answer}");
    assert!(!scratch.path().join("run.nc").exists(), "a file that looks finished is left");
}

/// One edit, one answer.
macro_rules! wrong {
    ($($name:ident: $from:literal => $to:literal, [$($expected:literal),+];)+) => {
        $(#[test]
        fn $name() {
            let (scratch, deck) = scratch(stringify!($name), ($from, $to));
            refused(&scratch, &deck, &[$($expected),+]);
        })+
    };
}

wrong! {
    field_file_that_is_not_there: "U: {file: field.nc" => "U: {file: feild.nc", ["deck.yaml:4:", "feild.nc"];
    variable_that_is_not_there: "variable: u}" => "variable: uo}", ["deck.yaml:4:", "`uo`", "`u`"];
    unit_that_is_no_velocity: "variable: u}" => "variable: t}", ["deck.yaml:4:", "K"];
    times_outside_the_fields: "end: 2 h" => "end: 5 h", ["deck.yaml:", "3 h", "5 h", "outside_times"];
    release_outside_the_domain: "[5 km, 5 km]" => "[50 km, 5 km]", ["deck.yaml:9:"];
    misspelt_kernel: "advection_rk4" => "advection_rk5", ["deck.yaml:10:", "advection_rk4"];
    kernel_without_its_field: "advection_rk4" => "advection_rk4_3d", ["deck.yaml:10:", "`W`"];
    two_advections: "[advection_rk4]" => "[advection_rk4, advection_ee]", ["deck.yaml:10:", "advection_ee"];
    expression_with_a_typo: "  seed: 1\n" => "  seed: 1\n  delete_when: \"dept > 200\"\n", ["deck.yaml:9:", "`dept`", "depth"];
    expression_of_wrong_unit: "  seed: 1\n" => "  seed: 1\n  velocity: {w: \"1 m\"}\n", ["deck.yaml:9:", "m s-1"];
    unknown_field_to_sample: "  seed: 1\n" => "  seed: 1\n  variables: {salt: {sample: S}}\n", ["deck.yaml:9:", "`S`"];
    no_particles: "count: 10" => "count: 0", ["deck.yaml:7:"];
    degrees_on_a_flat_mesh: "[5 km, 5 km]" => "[5 s, 5 km]", ["deck.yaml:9:"];
    regions_that_are_not_there: "  file: run.nc" => "  file: run.nc\n  regions: {file: basin.nc, variable: basin}", ["deck.yaml:14:", "basin.nc", "no file"];
    regions_of_another_name: "  file: run.nc" => "  file: run.nc\n  regions: {file: field.nc, variable: tt}", ["deck.yaml:14:", "`tt`", "`t`"];
    regions_in_time: "  file: run.nc" => "  file: run.nc\n  regions: {file: field.nc, variable: t}", ["deck.yaml:14:", "`time`", "length 4"];
    regions_without_a_variable: "  file: run.nc" => "  file: run.nc\n  regions: {file: field.nc}", ["deck.yaml:14:", "`output.regions.variable` is missing"];
    chemistry_as_well: "particles:" => "chemistry: {mechanism: abc.yaml}\nparticles:", ["deck.yaml:2:1: ", "make two decks"];
}

#[test]
fn components_of_different_shape() {
    let (scratch, deck) = scratch("shape", ("V: {file: field.nc", "V: {file: other.nc"));
    write_field(&scratch, "other.nc", 7);
    refused(&scratch, &deck, &["deck.yaml:5:", "7", "6"]);
}

#[test]
fn damaged_field_files() {
    let (scratch, deck) = scratch("damaged", ("title", "title"));
    let whole = std::fs::read(scratch.path().join("field.nc")).unwrap();
    for length in [0, 3, 100, whole.len() / 2, whole.len() - 1] {
        scratch.file("field.nc", &whole[..length]);
        let ended = chemdrift(2, &["run", deck.to_str().unwrap()]);
        // A cut may also fall into data that are met only when they are read.
        assert!([2, 3].contains(&ended.status), "{length} bytes: {}", ended.stderr);
        assert!(ended.stderr.contains("field.nc") && !ended.stderr.contains("panicked"), "{}", ended.stderr);
        assert!(!scratch.path().join("run.nc").exists(), "a file that looks finished is left");
    }
}

#[test]
fn field_without_a_time_axis() {
    let (scratch, deck) = scratch("timeless", ("title", "title"));
    let mut file = netcdf::append(scratch.path().join("field.nc")).unwrap();
    file.add_dimension("step", 4).unwrap();
    let mut data = file.add_variable::<f32>("w", &["step", "y", "x"]).unwrap();
    data.put_attribute("units", "m s-1").unwrap();
    data.put_values(&[0.0_f32; 4 * 6 * 6], ..).unwrap();
    file.close().unwrap();
    let text = std::fs::read_to_string(&deck).unwrap().replace("variable: u", "variable: w");
    std::fs::write(&deck, text).unwrap();
    refused(&scratch, &deck, &["deck.yaml:4:", "no usable time axis", "every:"]);
}
