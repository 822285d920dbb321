//! One case of fixed work, for whoever counts instructions or cycles from outside: `fixed CASE SIZE REPEATS`.
//!
//! Prints what was done as a line of JSON: units (cell-steps or particle-steps), internal steps, cells that failed,
//! processor seconds, bytes. Of two runs with different REPEATS the difference is that of the kernel alone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a benchmark may end")]

mod cases;

use std::hint::black_box;

use cases::chemistry::{self, Batch};
use cases::limits;
use cases::particles::{self, Case};
use cases::random::{Draw, draw};
use chemdrift::chemistry::Outcome;
use chemdrift::chemistry::tableau::Method;
use serde_json::json;

fn main() {
    // `cargo bench` hands over an argument of its own.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let [case, size, repeats] = &arguments[..] else {
        println!("fixed CASE SIZE REPEATS: {}", names().join(", "));
        return;
    };
    let (size, repeats) = (size.parse().expect("a size"), repeats.parse().expect("a number of repeats"));
    let done = if let Some(job) = chemistry_case(case, size) {
        run_chemistry(job, repeats)
    } else if let Some(&case) = Case::ALL.iter().find(|known| known.name() == *case) {
        let mut job = particles::Job::new(case, size);
        job.run(2);
        let begun = processor();
        let moved: u64 = (0..repeats).map(|_| job.run(1).moved).sum();
        json!({"units": moved, "seconds": processor() - begun, "instructions": job.instructions()})
    } else {
        let begun = processor();
        let units = limits_or_numbers(case, size, repeats);
        json!({"units": units, "seconds": processor() - begun})
    };
    println!("{done}");
}

/// Random numbers, then what the processor could do; the number of units done.
fn limits_or_numbers(case: &str, size: usize, repeats: u64) -> u64 {
    match case {
        "uniforms" | "normals" => {
            let what = if case == "normals" { Draw::Normals } else { Draw::Uniforms };
            for step in 0..repeats {
                black_box(draw(what, size as u64, step));
            }
            size as u64 * repeats
        }
        "multiply_add" => {
            black_box(limits::multiply_add(size as u64 * repeats));
            limits::A_ROUND * size as u64 * repeats
        }
        "read" => {
            black_box(limits::read(&vec![1.0; size], repeats));
            size as u64 * repeats
        }
        other => panic!("no case {other}"),
    }
}

fn names() -> Vec<String> {
    let ts1 = ["ros3", "rodas4"]
        .iter()
        .flat_map(|method| ["day", "night", "mixed", "hypercube"].map(|batch| format!("ts1/{method}/{batch}")));
    let abc = ["ros3", "rodas4"].map(|method| format!("abc/{method}"));
    let particles = Case::ALL.map(|case| case.name().to_owned());
    ts1.chain(abc).chain(particles).chain(["uniforms", "normals", "multiply_add", "read"].map(str::to_owned)).collect()
}

/// `ts1/METHOD/BATCH` or `abc/METHOD`.
fn chemistry_case(name: &str, size: usize) -> Option<chemistry::Job> {
    let mut words = name.split('/');
    let mechanism = words.next()?;
    let method = if words.next()? == "ros3" { Method::Ros3 } else { Method::Rodas4 };
    if mechanism == "abc" {
        return Some(chemistry::abc(method, 1e-6, size));
    }
    let batch = match words.next()? {
        "day" => Batch::Day,
        "night" => Batch::Night,
        "mixed" => Batch::Mixed,
        "hypercube" => Batch::Hypercube,
        other => panic!("no batch {other}"),
    };
    Some(chemistry::ts1(method, 1e-3, batch, size, 300.0))
}

fn run_chemistry(mut job: chemistry::Job, repeats: u64) -> serde_json::Value {
    let (mut steps, mut failed) = (0, 0);
    let begun = processor();
    for _ in 0..repeats {
        let (tally, cells) = job.run();
        steps += tally.steps;
        failed += cells.status().iter().filter(|&&status| status != Outcome::Converged).count();
    }
    let (cell, workspace) = job.bytes();
    json!({
        "units": job.cell_steps() * repeats,
        "internal_steps": steps,
        "failed": failed,
        "seconds": processor() - begun,
        "bytes_a_cell": cell,
        "workspace_bytes": workspace,
        "instructions": job.instructions(),
    })
}

/// Processor seconds of this process. From a file, because under valgrind there is no clock but the system's.
fn processor() -> f64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").expect("the kernel's count of nanoseconds");
    let nanoseconds: f64 = text.split_whitespace().next().and_then(|word| word.parse().ok()).expect("a number");
    1e-9 * nanoseconds
}
