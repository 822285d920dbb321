//! Same deck, same bits: any number of ranks, with or without a launcher, and any part of the cells alone.

use std::path::PathBuf;

use crate::datasets::{assert_equal, read, values};
use crate::launch::chemdrift;
use crate::scratch::{Scratch, project};

fn run(scratch: &Scratch, deck: &str, ranks: usize, options: &[&str]) -> PathBuf {
    let deck = project().join("inputs").join(deck);
    let output = scratch.path().join(format!("{ranks}-{}.nc", options.join("")));
    let mut arguments = vec!["run", deck.to_str().unwrap(), "-o", output.to_str().unwrap()];
    arguments.extend(options);
    let ended = chemdrift(ranks, &arguments);
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    assert!(!output.with_extension("nc.part").exists(), "an unfinished file is left");
    output
}

fn same_bits_on_any_number_of_ranks(deck: &str, options: &[&str]) {
    let scratch = Scratch::new("ranks");
    let alone = run(&scratch, deck, 0, options);
    for ranks in [1, 2, 3, 7] {
        assert_equal(&alone, &run(&scratch, deck, ranks, options));
    }
}

#[test]
fn exact_abc_lhs_has_the_same_bits_on_0_1_2_3_7_ranks() {
    same_bits_on_any_number_of_ranks("abc_lhs.yaml", &[]);
}

#[test]
fn exact_ts1_lhs_has_the_same_bits_on_0_1_2_3_7_ranks() {
    same_bits_on_any_number_of_ranks("ts1_lhs.yaml", &[]);
}

#[test]
fn exact_brownian_has_the_same_bits_on_0_1_2_3_7_ranks() {
    same_bits_on_any_number_of_ranks("brownian.yaml", &["--particles", "20000"]);
}

#[test]
fn exact_storm_winds_has_the_same_bits_on_0_1_2_3_7_ranks() {
    same_bits_on_any_number_of_ranks("storm_winds.yaml", &["--particles", "1000"]);
}

#[test]
fn exact_stommel_has_the_same_bits_on_0_1_2_3_7_ranks() {
    same_bits_on_any_number_of_ranks("stommel.yaml", &["--steps", "200"]);
}

#[test]
fn exact_gyre_has_the_same_bits_on_0_1_2_3_7_ranks() {
    if project().join("inputs/fields/gyre.nc").exists() {
        same_bits_on_any_number_of_ranks("gyre.yaml", &["--particles", "2000", "--steps", "48"]);
    } else {
        eprintln!("gyre.yaml is skipped: `make test` makes its field with inputs/make_gyre.py");
    }
}

#[test]
fn exact_fewer_particles_are_the_first_of_all() {
    let scratch = Scratch::new("first");
    let whole = read(&run(&scratch, "brownian.yaml", 2, &["--particles", "5000", "--steps", "48"]));
    let part = read(&run(&scratch, "brownian.yaml", 3, &["--particles", "7", "--steps", "48"]));
    for name in ["lon", "lat"] {
        let ((shape, few), (_, many)) = (&part[name], &whole[name]);
        assert_eq!(few, &many[..7 * shape[1].1], "{name}");
    }
}

#[test]
fn exact_more_ranks_than_cells() {
    let scratch = Scratch::new("few");
    let alone = run(&scratch, "abc_lhs.yaml", 0, &["--cells", "3"]);
    assert_equal(&alone, &run(&scratch, "abc_lhs.yaml", 7, &["--cells", "3"]));
}

#[test]
fn exact_a_shrunken_run_is_the_beginning_of_the_whole() {
    let scratch = Scratch::new("shrunken");
    let whole = read(&run(&scratch, "ts1_lhs.yaml", 2, &[]));
    let part = read(&run(&scratch, "ts1_lhs.yaml", 3, &["--cells", "10", "--steps", "2"]));
    for (name, (shape, bits)) in &part {
        let (whole_shape, whole_bits) = &whole[name];
        match (&shape[..], &whole_shape[..]) {
            ([(time, records), (_, cells)], [_, (_, whole_cells)]) if time == "time" => {
                for record in 0..*records {
                    let part_row = &bits[record * cells..(record + 1) * cells];
                    assert_eq!(part_row, &whole_bits[record * whole_cells..record * whole_cells + cells], "{name}");
                }
            }
            // The end of a shorter run is another time, and so is the status there.
            ([(time, _), ..], _) if time != "cell" && time != "time" => {}
            ([(_, length)], _) => assert_eq!(bits, &whole_bits[..*length], "{name}"),
            _ => panic!("unexpected shape of {name}"),
        }
    }
}

#[test]
fn exact_the_initial_state_and_every_step_are_in_the_file() {
    let scratch = Scratch::new("times");
    let file = run(&scratch, "abc_lhs.yaml", 2, &["--cells", "5", "--steps", "4"]);
    assert_eq!(values(&file, "time"), [0.0, 1.0, 2.0, 3.0, 4.0]);
    assert_eq!(values(&file, "A")[..5], values(&file, "initial_A"));
    assert_eq!(values(&file, "cell"), [0.0, 1.0, 2.0, 3.0, 4.0]);
}

/// Particles so many that each record is written at once, as numbers of single precision into the order of ids, two
/// variables together and one that is left; more records than have their times put at once; and particles that end on
/// the way.
#[test]
fn exact_single_precision_is_what_double_precision_rounds_to() {
    let scratch = Scratch::new("single");
    let winds = std::fs::read_to_string(project().join("inputs/storm_winds.yaml")).unwrap();
    let winds = winds.replace("fields/", &format!("{}/inputs/fields/", project().display()));
    let winds = winds.replace("step: 10 min", "step: 1 h");
    let variables = ["lon", "lat", "distance"];
    assert!(winds.contains(&format!("[{}]", variables.join(", "))));
    let winds = winds.replace("count: 10_000", "count: 70_000");
    let single = winds.replace("\noutput:\n", "\noutput:\n  precision: single\n");
    assert!(winds.contains("count: 70_000") && single != winds);
    let decks = [scratch.file("double.yaml", winds), scratch.file("single.yaml", single)];
    let few = ["--steps", "70"];
    let double = run(&scratch, decks[0].to_str().unwrap(), 0, &few);
    let rounded = variables.map(|name| {
        let rounded: Vec<f64> = values(&double, name).into_iter().map(|value| f64::from(value as f32)).collect();
        assert!(rounded.iter().any(|value| value.is_nan()) && rounded.len() == 70_000 * 71);
        rounded
    });
    let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
    for ranks in [1, 3] {
        let single = run(&scratch, decks[1].to_str().unwrap(), ranks, &few);
        for (name, rounded) in variables.iter().zip(&rounded) {
            assert!(bits(&values(&single, name)) == bits(rounded), "{name} on {ranks} ranks");
        }
        assert_eq!(values(&single, "time"), values(&double, "time"));
        assert_eq!(values(&single, "time").last(), Some(&(70.0 * 3600.0)));
    }
}
