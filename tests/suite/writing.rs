//! Records that a thread of its own writes while kernels go on: the same bits, and as many of them after whatever happens.

use crate::datasets::{assert_equal, values};
use crate::launch::{chemdrift, run};
use crate::node_fields::write_field;
use crate::scratch::{Scratch, project};

const ALWAYS: [&str; 2] = ["--writer-thread", "always"];
const NEVER: [&str; 2] = ["--writer-thread", "never"];

/// So many particles that each record fills its chunks, with pairs of variables, single ones, flags and statistics; some
/// particles are not there yet and some no longer.
fn walks(precision: &str) -> String {
    format!(
        "title: walks\nfields: {{mesh: flat, Kh: {{constant: 100 m2 s-1}}}}\nparticles:\n  count: 70_000\n  \
         release: {{box: [0, 9000, 0, 9000], time: 90 min}}\n  seed: 3\n  kernels: [diffusion_uniform]\n  \
         variables: {{age: s}}\n  delete_when: \"age > 7 h and lon > 4500\"\ntime: {{step: 1 h, end: 12 h}}\noutput:\n  \
         file: walks.nc\n  precision: {precision}\n  streams:\n    - {{every: 1 h, variables: [lon, lat, age, status]}}\n    \
         - {{every: 2 h, variables: [depth]}}\n    - {{every: 1 h, variables: none}}\n    \
         - {{every: 3 h, variables: [age], reduce: [count, missing, mean]}}\n"
    )
}

#[test]
fn exact_a_thread_that_writes_changes_no_bit() {
    let scratch = Scratch::new("writing");
    for precision in ["double", "single"] {
        let deck = walks(precision);
        let alone = run(&scratch, &format!("{precision}-never"), &deck, 0, &NEVER);
        let (lon, status) = (values(&alone, "lon"), values(&alone, "status"));
        assert!(lon.iter().any(|lon| lon.is_nan()) && status.iter().any(|&status| status > 1.0));
        for ranks in [0, 1, 2, 3] {
            assert_equal(&alone, &run(&scratch, &format!("{precision}-always"), &deck, ranks, &ALWAYS));
        }
    }
}

/// In a field so large that particles are sorted between records, two members of `count` particles.
fn drifts(count: usize) -> String {
    format!(
        "title: drifts\nfields: {{mesh: flat, U: {{file: field.nc, variable: u}}, V: {{file: field.nc, variable: v}}}}\n\
         particles: {{count: {count}, release: {{box: [10 km, 90 km, 10 km, 90 km]}}, kernels: [advection_rk4]}}\n\
         ensemble: {{axes: [{{name: draw, set: {{particles.seed: [1, 2]}}}}]}}\ntime: {{step: 1 h, end: 60 h}}\noutput: \
         {{streams: [{{every: 3 h, variables: [lon, lat]}}]}}\n"
    )
}

#[test]
fn exact_particles_that_are_sorted_between_records_stand_where_they_belong() {
    let scratch = Scratch::new("writing-sorted");
    write_field(&scratch, 100, false, false);
    // So few of them wait for other records and are brought into order before that.
    let few = run(&scratch, "few", &drifts(200), 0, &NEVER);
    let alone = run(&scratch, "never", &drifts(70_000), 0, &NEVER);
    for name in ["lon", "lat"] {
        let (few, all) = (values(&few, name), values(&alone, name));
        let (few, all) = (few.chunks(few.len() / 2), all.chunks(all.len() / 2));
        assert!(few.zip(all).all(|(few, all)| few == &all[..few.len()]), "{name}");
    }
    for ranks in [0, 2] {
        assert_equal(&alone, &run(&scratch, "always", &drifts(70_000), ranks, &ALWAYS));
    }
}

#[test]
fn exact_a_thread_that_writes_records_together_changes_no_bit() {
    let scratch = Scratch::new("writing-together");
    let deck = project().join("inputs/ts1_lhs.yaml");
    let made = [(0, NEVER), (0, ALWAYS), (2, ALWAYS), (3, ALWAYS)].map(|(ranks, options)| {
        let output = scratch.path().join(format!("{ranks}-{}.nc", options[1]));
        let ended = chemdrift(
            ranks,
            &[&["run", deck.to_str().unwrap(), "-o", output.to_str().unwrap()], &options[..]].concat(),
        );
        assert_eq!(ended.status, 0, "{}", ended.stderr);
        let beside = ended.stderr.contains("while kernels went on");
        assert_eq!(beside, options == ALWAYS, "{}", ended.stderr);
        output
    });
    made[1..].iter().for_each(|other| assert_equal(&made[0], other));
}

#[test]
fn exact_checkpoints_find_all_that_a_thread_has_written() {
    let scratch = Scratch::new("writing-on");
    let deck = scratch.file("walks.yaml", walks("single"));
    let whole = run(&scratch, "whole", &walks("single"), 2, &NEVER);
    let output = scratch.path().join("parts.nc");
    let life = |options: &[&str]| {
        let words = ["run", deck.to_str().unwrap(), "-o", output.to_str().unwrap()];
        let ended = chemdrift(2, &[&words, &ALWAYS[..], options].concat());
        (ended.status, ended.stderr)
    };
    // Each of these lives stops after one step.
    for begin in ["--overwrite", "--restart", "--restart"] {
        let (status, told) = life(&[begin, "--walltime", "1 s"]);
        assert_eq!(status, 85, "{told}");
    }
    let (status, told) = life(&["--restart"]);
    assert_eq!(status, 0, "{told}");
    assert_equal(&whole, &output);
}

#[test]
fn exact_a_thread_writes_where_processors_are_to_spare() {
    let scratch = Scratch::new("writing-spare");
    let deck = scratch.file("walks.yaml", walks("single"));
    let processors = std::thread::available_parallelism().unwrap().get();
    // Tests do not bind ranks, so that each may run anywhere; a large machine is not filled.
    let full = [processors, processors + 1].into_iter().filter(|&ranks| ranks <= 8);
    for ranks in [0, 1].into_iter().chain(full) {
        let output = scratch.path().join(format!("{ranks}.nc"));
        let ended = chemdrift(ranks, &["run", deck.to_str().unwrap(), "-o", output.to_str().unwrap(), "--steps", "3"]);
        assert_eq!(ended.status, 0, "{}", ended.stderr);
        let spare = processors > ranks.max(1);
        assert_eq!(ended.stderr.contains("while kernels went on"), spare, "{ranks} of {processors}: {}", ended.stderr);
    }
}
