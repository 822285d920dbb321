//! Runs that are repeated from their output, and decks whose bits are proven on the user's machine.

use std::fs;

use crate::launch::{chemdrift, command, finish, machine, start};
use crate::scratch::{Scratch, project};

fn deck(scratch: &Scratch) -> String {
    let mechanism = project().join("inputs/mechanisms/abc/mechanism.yaml");
    fs::copy(mechanism, scratch.path().join("mechanism.yaml")).unwrap();
    // Without a seed, so that the file alone knows the one that was drawn.
    let text = "title: cells\nchemistry: {mechanism: mechanism.yaml}\ncells:\n  count: 300\n  sample: {method: random, over: \
                {temperature: {uniform: [270 K, 290 K]}}}\n  set: {pressure: 1 atm, concentration.A: 1 mol m-3}\ntime: \
                {step: 10 s, end: 100 s}\noutput: {file: out.nc, streams: [{every: 20 s, variables: [A, B]}]}\n";
    scratch.file("deck.yaml", text).to_str().unwrap().to_owned()
}

#[test]
fn exact_a_run_is_repeated_from_its_output_with_the_same_bits() {
    let scratch = Scratch::new("rerun");
    let deck = deck(&scratch);
    let path = |name: &str| scratch.path().join(name).to_str().unwrap().to_owned();
    let file = path("first.nc");
    let ended = chemdrift(2, &["run", &deck, "-o", &file, "--cells", "70", "--steps", "8"]);
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    // The deck itself is no longer needed.
    fs::write(&deck, "title: something else\n").unwrap();
    for (ranks, again) in [(3, "first.again.nc"), (0, "other.nc")] {
        let mut words = vec!["rerun", &file];
        let output = path(again);
        if again == "other.nc" {
            words.extend(["-o", &output]);
        }
        let ended = chemdrift(ranks, &words);
        assert!(ended.status == 0 && ended.stderr.contains("hold the same, bit for bit"), "{}", ended.stderr);
        crate::datasets::assert_equal(file.as_ref(), output.as_ref());
    }
    let ended = chemdrift(0, &["rerun", &file]);
    assert!(ended.status == 2 && ended.stderr.contains("is there already"), "{}", ended.stderr);
    // A file with another number in it is not what the run gives.
    let mut changed = netcdf::append(&file).unwrap();
    changed.variable_mut("B").unwrap().put_values(&[0.5], (0..1, 0..1)).unwrap();
    changed.close().unwrap();
    let ended = chemdrift(2, &["rerun", &file, "-o", &path("third.nc")]);
    assert!(ended.status == 1 && ended.stderr.contains("B differ"), "{}: {}", ended.status, ended.stderr);
    // Inputs that have changed are told before anything runs.
    let mechanism = fs::read_to_string(path("mechanism.yaml")).unwrap();
    fs::write(path("mechanism.yaml"), mechanism + "\n# changed\n").unwrap();
    for ranks in [0, 2] {
        let ended = chemdrift(ranks, &["rerun", &file, "-o", &path("fourth.nc")]);
        let told = ended.stderr.contains("its mechanism has changed since");
        assert!(ended.status == 3 && told && !scratch.path().join("fourth.nc").exists(), "{}", ended.stderr);
    }
}

#[test]
fn wrong_files_are_not_repeated() {
    let scratch = Scratch::new("rerun-wrong");
    let text = scratch.file("text.nc", "no NetCDF").to_str().unwrap().to_owned();
    let foreign = project().join("inputs/fields/storm_winds/Ustorm.cdf").to_str().unwrap().to_owned();
    for (file, told) in [(&text, "cannot read"), (&foreign, "it has no attribute `deck`")] {
        for ranks in [0, 2] {
            let ended = chemdrift(ranks, &["rerun", file]);
            assert!(ended.status == 3 && ended.stderr.contains(told), "{}", ended.stderr);
        }
    }
}

#[test]
fn exact_a_deck_is_verified_on_some_ranks_and_in_two_lives() {
    let scratch = Scratch::new("verify");
    let deck = deck(&scratch).replace("deck.yaml", "seeded.yaml");
    let text = fs::read_to_string(scratch.path().join("deck.yaml")).unwrap();
    fs::write(&deck, text.replace("method: random", "method: random, seed: 3")).unwrap();
    let verify = |more: &[&str]| {
        let mut verify = command(0, env!("CARGO_BIN_EXE_chemdrift").as_ref());
        verify.env("OMPI_ALLOW_RUN_AS_ROOT", "1").env("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1");
        let machine = machine();
        let ended = finish(start(verify.args(["verify", &deck]).args(more)));
        drop(machine);
        (ended.status, ended.stdout, ended.stderr)
    };
    let (status, table, told) = verify(&["--ranks", "1,2,3", "--cells", "64"]);
    assert_eq!(status, 0, "{table}{told}");
    for row in ["--cells 64", "alone ", "1 rank ", "2 ranks ", "3 ranks ", "2 ranks, restarted on 3 ranks "] {
        assert!(table.contains(row), "{row} is not in {table}");
    }
    assert_eq!(table.matches("  the same\n").count(), 4, "{table}");
    assert!(!scratch.path().join("out.nc.verify").exists());
    let (status, _, told) = verify(&["--launcher", "mpirun"]);
    assert!(status == 2 && told.contains("srun -n {}"), "{told}");
    let (status, _, told) = verify(&["--launcher", "no-such-launcher {}", "--cells", "5"]);
    assert!(status == 4 && told.contains("say how ranks are started"), "{told}");
}
