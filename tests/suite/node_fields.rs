//! Fields that the ranks of a node share: the same bits for any number of ranks, one copy in memory, and an end without
//! a hang when reading fails on the one rank that reads.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::datasets::assert_equal;
use crate::launch::{chemdrift, command, finish, machine, start};
use crate::scratch::Scratch;

/// Particles on a C-grid whose rows and columns are turned by 20 degrees, with land and three days of snapshots.
const C_GRID: &str = "\
title: turned C-grid
fields:
  mesh: flat
  grid: c
  coordinates: field.nc
  U: {file: field.nc, variable: u, dimensions: {lon: glamf, lat: gphif, time: time}}
  V: {file: field.nc, variable: v, dimensions: {lon: glamf, lat: gphif, time: time}}
particles:
  count: 500
  seed: 1
  release: {box: [-5 km, 15 km, 30 km, 60 km]}
  kernels: [advection_rk4]
time: {step: 50 min, end: 60 h}
output:
  file: run.nc
  streams:
    - {every: 10 h, variables: [lon, lat]}
";

const A_GRID: &str = "\
title: large field
fields:
  mesh: flat
  U: {file: field.nc, variable: u}
  V: {file: field.nc, variable: v}
particles:
  count: 1000
  seed: 1
  release: {box: [10 km, 90 km, 10 km, 90 km]}
  kernels: [advection_rk4]
time: {step: 10 min, end: 60 h}
output:
  file: run.nc
  streams:
    - {every: 60 h, variables: [lon, lat]}
";

/// A number from 0 to 1 that looks random.
fn noise(at: usize) -> f32 {
    let mixed = (at as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (((mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40) as f32) / 16_777_216.0
}

fn value(snapshot: usize, component: usize, node: usize) -> f32 {
    0.2 * noise((snapshot * 2 + component) << 32 | node) - 0.1
}

/// u and v on `n` by `n` nodes over 100 km at four days; `turned` puts every node on its own coordinates.
pub fn write_field(scratch: &Scratch, n: usize, turned: bool, deflated: bool) -> PathBuf {
    let path = scratch.path().join("field.nc");
    let mut file = netcdf::create(&path).unwrap();
    for (name, length) in [("time", 4), ("y", n), ("x", n)] {
        file.add_dimension(name, length).unwrap();
    }
    let mut time = file.add_variable::<f64>("time", &["time"]).unwrap();
    time.put_attribute("units", "days").unwrap();
    time.put_values(&[0.0, 1.0, 2.0, 3.0], ..).unwrap();
    let line: Vec<f64> = (0..n).map(|i| 1e5 * i as f64 / (n - 1) as f64).collect();
    let (sin, cos) = 20_f64.to_radians().sin_cos();
    for (axis, name) in [("x", "glamf"), ("y", "gphif")] {
        if turned {
            let place = |at: usize| match axis {
                "x" => cos * line[at % n] - sin * line[at / n],
                _ => sin * line[at % n] + cos * line[at / n],
            };
            let mut nodes = file.add_variable::<f64>(name, &["y", "x"]).unwrap();
            nodes.put_attribute("units", "m").unwrap();
            nodes.put_values(&(0..n * n).map(place).collect::<Vec<_>>(), ..).unwrap();
        } else {
            let mut nodes = file.add_variable::<f64>(axis, &[axis]).unwrap();
            nodes.put_attribute("units", "m").unwrap();
            nodes.put_attribute("axis", axis.to_uppercase()).unwrap();
            nodes.put_values(&line, ..).unwrap();
        }
    }
    for (component, name) in ["u", "v"].into_iter().enumerate() {
        let mut data = file.add_variable::<f32>(name, &["time", "y", "x"]).unwrap();
        data.put_attribute("units", "m s-1").unwrap();
        data.set_chunking(&[1, n, n]).unwrap();
        if deflated {
            data.set_compression(1, false).unwrap();
        }
        for snapshot in 0..4 {
            let land = |node: usize| turned && node % n > n / 2 && node / n < n / 4;
            let values: Vec<f32> =
                (0..n * n).map(|at| if land(at) { f32::NAN } else { value(snapshot, component, at) }).collect();
            data.put_values(&values, (snapshot, .., ..)).unwrap();
        }
    }
    file.close().unwrap();
    path
}

fn run(deck: &Path, ranks: usize) -> PathBuf {
    let output = deck.with_file_name(format!("{ranks}.nc"));
    let ended = chemdrift(ranks, &["run", deck.to_str().unwrap(), "-o", output.to_str().unwrap(), "--overwrite"]);
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    output
}

#[test]
fn exact_a_turned_c_grid_has_the_same_bits_on_0_1_2_3_7_ranks() {
    let scratch = Scratch::new("c-grid");
    write_field(&scratch, 40, true, false);
    let deck = scratch.file("deck.yaml", C_GRID);
    let alone = run(&deck, 0);
    for ranks in [1, 2, 3, 7] {
        assert_equal(&alone, &run(&deck, ranks));
    }
}

#[test]
fn exact_steps_longer_than_the_time_between_snapshots_have_the_same_bits() {
    let scratch = Scratch::new("long-steps");
    write_field(&scratch, 40, false, false);
    // Forward and backward; a step of 31 h needs up to four snapshots at once.
    for step in ["31 h", "-31 h"] {
        let text = A_GRID.replace("step: 10 min, end: 60 h", &format!("step: {step}, end: 62 h"));
        let deck = scratch.file("deck.yaml", text.replace("every: 60 h", "every: 31 h"));
        let alone = run(&deck, 0);
        for ranks in [2, 3] {
            assert_equal(&alone, &run(&deck, ranks));
        }
    }
}

#[test]
fn exact_fields_that_are_cubic_in_time_have_the_same_bits() {
    let scratch = Scratch::new("cubic");
    write_field(&scratch, 40, true, false);
    let deck = scratch.file("deck.yaml", C_GRID.replace("mesh: flat", "mesh: flat\n  in_time: cubic"));
    let alone = run(&deck, 0);
    for ranks in [2, 3] {
        assert_equal(&alone, &run(&deck, ranks));
    }
    let straight = scratch.file("straight.yaml", C_GRID);
    let at = |file: &Path| crate::datasets::values(file, "lon");
    assert_ne!(at(&alone), at(&run(&straight, 0)), "the key does nothing");
}

/// Largest proportional share of memory that the processes of a job had together while it ran, bytes.
fn largest_share(deck: &Path, ranks: usize) -> u64 {
    let program = Path::new(env!("CARGO_BIN_EXE_chemdrift"));
    let guard = machine();
    let mut job = command(ranks, program);
    job.args(["run", deck.to_str().unwrap(), "-o", deck.with_file_name("share.nc").to_str().unwrap(), "--overwrite"]);
    let mut job = start(&mut job);
    let mut largest = 0;
    let begun = Instant::now();
    while job.try_wait().unwrap().is_none() && begun.elapsed() < Duration::from_secs(60) {
        largest = largest.max(processes(program, deck).iter().map(|process| share(process)).sum());
        std::thread::sleep(Duration::from_millis(2));
    }
    let ended = finish(job);
    drop(guard);
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    largest
}

/// The `/proc` folders of the ranks that run a deck.
fn processes(program: &Path, deck: &Path) -> Vec<PathBuf> {
    let begins = format!("{}\0run\0{}\0", program.display(), deck.display());
    let all = fs::read_dir("/proc").unwrap().filter_map(|entry| Some(entry.ok()?.path()));
    all.filter(|process| fs::read(process.join("cmdline")).is_ok_and(|line| line.starts_with(begins.as_bytes())))
        .collect()
}

/// Memory of a process where each page counts by the number of processes that have it, bytes.
fn share(process: &Path) -> u64 {
    let Ok(text) = fs::read_to_string(process.join("smaps_rollup")) else { return 0 };
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0) * 1024
}

fn tells_how_memory_is_shared() -> bool {
    let tells = Path::new("/proc/self/smaps_rollup").exists();
    if !tells {
        eprintln!("skipped: this system does not tell how memory is shared");
    }
    tells
}

#[test]
fn exact_fields_are_in_memory_once_however_many_ranks() {
    if !tells_how_memory_is_shared() {
        return;
    }
    let scratch = Scratch::new("memory");
    let n = 2000;
    write_field(&scratch, n, false, false);
    let deck = scratch.file("deck.yaml", A_GRID);
    // Three snapshots: two values of 4 bytes and a flag for each node.
    let fields = (3 * 9 * n * n) as u64;
    let alone = largest_share(&deck, 1);
    assert!(alone > fields, "{alone} bytes hold no field of {fields}");
    for ranks in [2, 4] {
        let more = largest_share(&deck, ranks).saturating_sub(alone);
        // Program, libraries and MPI take some 30 MB a rank.
        let others = (ranks - 1) as u64;
        assert!(more < others * 60_000_000, "{more} bytes more on {ranks} ranks; the fields take {fields}");
    }
}

#[test]
fn exact_the_nodes_of_a_curvilinear_grid_are_in_memory_once() {
    if !tells_how_memory_is_shared() {
        return;
    }
    let scratch = Scratch::new("nodes-memory");
    let n = 2000;
    write_field(&scratch, n, true, false);
    let deck = scratch.file("deck.yaml", C_GRID);
    // Two coordinates with sine and cosine, and the list of cells for searching.
    let nodes = (36 * n * n) as u64;
    let alone = largest_share(&deck, 1);
    let more = largest_share(&deck, 4).saturating_sub(alone);
    // Program, libraries and MPI take some 30 MB a rank; the first rank has the nodes twice for a moment.
    assert!(more < 3 * 40_000_000 + nodes / 2, "{more} bytes more on 4 ranks; the nodes take {nodes}");
}

#[test]
fn exact_a_field_damaged_at_a_late_time_ends_the_job_on_all_ranks() {
    let scratch = Scratch::new("late-damage");
    let field = write_field(&scratch, 100, false, true);
    // A byte in the middle of v's last snapshot; deflate's checksum tells.
    let chunk = {
        let file = hdf5::File::open(&field).unwrap();
        let v = file.dataset("v").unwrap();
        (0..4).filter_map(|at| v.chunk_info(at)).find(|chunk| chunk.offset[0] == 3).expect("a last snapshot")
    };
    let mut bytes = fs::read(&field).unwrap();
    bytes[usize::try_from(chunk.addr + chunk.size / 2).unwrap()] ^= 0xff;
    fs::write(&field, bytes).unwrap();
    let deck = scratch.file("deck.yaml", A_GRID);
    for ranks in [0, 1, 2, 3] {
        let ended =
            chemdrift(ranks, &["run", deck.to_str().unwrap(), "-o", scratch.path().join("out.nc").to_str().unwrap()]);
        assert_eq!(ended.status, 3, "{ranks} ranks: {}", ended.stderr);
        assert!(ended.stderr.contains("cannot read the field from"), "{ranks} ranks: {}", ended.stderr);
        assert!(ended.stderr.contains("field.nc"), "{ranks} ranks: {}", ended.stderr);
        assert!(!scratch.path().join("out.nc").exists(), "a file that looks finished is left");
    }
}

#[test]
fn exact_ranks_hold_their_own_fields_where_shared_memory_is_refused() {
    let scratch = Scratch::new("refused");
    write_field(&scratch, 1500, true, false);
    let deck = scratch.file("deck.yaml", C_GRID);
    let expected = run(&deck, 0);
    // A name space of its own, where shared memory is smaller than the fields.
    let within = "mount -t tmpfs -o size=32m none /dev/shm && exec \"$0\" \"$@\"";
    let guard = machine();
    let can = Command::new("unshare").args(["-m", "sh", "-c", within, "true"]).status();
    if !can.is_ok_and(|status| status.success()) {
        eprintln!("skipped: mounting a tmpfs is not allowed here");
        return;
    }
    let inner = command(3, Path::new(env!("CARGO_BIN_EXE_chemdrift")));
    let mut job = Command::new("unshare");
    job.args(["-m", "sh", "-c", within]).arg(inner.get_program()).args(inner.get_args());
    job.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = scratch.path().join("own.nc");
    job.args(["run", deck.to_str().unwrap(), "-o", output.to_str().unwrap()]);
    let ended = finish(start(&mut job));
    drop(guard);
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    for told in ["holds and reads the fields for itself", "holds the nodes of grids for itself"] {
        assert!(ended.stderr.contains(&format!("each of the 3 ranks of this node {told}")), "{}", ended.stderr);
    }
    assert_equal(&expected, &output);
}
