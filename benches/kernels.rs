//! Time of the kernels alone, by criterion: `make bench`. Each figure is for one run of a job; the throughput that criterion
//! prints beside it counts cell-steps or particle-steps.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a benchmark may end")]

mod cases;

use std::hint::black_box;
use std::time::Duration;

use cases::chemistry::{self, Batch};
use cases::limits;
use cases::particles;
use cases::random::{Draw, draw};
use chemdrift::chemistry::tableau::Method;
use criterion::{Criterion, Throughput};

const CELLS: usize = 256;
const PARTICLES: usize = 100_000;
const PARTICLE_STEPS: u64 = 8;

fn ts1(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ts1");
    for (name, method, tolerance) in [("ros3", Method::Ros3, 1e-3), ("rodas4", Method::Rodas4, 1e-3)] {
        for (batch, kind) in
            [(Batch::Day, "day"), (Batch::Night, "night"), (Batch::Mixed, "mixed"), (Batch::Hypercube, "hypercube")]
        {
            let mut job = chemistry::ts1(method, tolerance, batch, CELLS, 300.0);
            group.throughput(Throughput::Elements(job.cell_steps()));
            group.bench_function(format!("{name}/{kind}"), |bench| bench.iter(|| black_box(job.run().0)));
        }
    }
    group.finish();
}

fn abc(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("abc");
    for (name, method, tolerance) in
        [("ros3", Method::Ros3, 1e-6), ("rodas4", Method::Rodas4, 1e-3), ("rodas4_1e-6", Method::Rodas4, 1e-6)]
    {
        let mut job = chemistry::abc(method, tolerance, 10_000);
        group.throughput(Throughput::Elements(job.cell_steps()));
        group.bench_function(name, |bench| bench.iter(|| black_box(job.run().0)));
    }
    group.finish();
}

fn move_particles(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("particles");
    for case in particles::Case::ALL {
        let count = if case == particles::Case::LargeField { 10 * PARTICLES } else { PARTICLES };
        let mut job = particles::Job::new(case, count);
        // Until they are in the order of their places.
        job.run(2);
        group.throughput(Throughput::Elements(count as u64 * PARTICLE_STEPS));
        group.bench_function(case.name(), |bench| bench.iter(|| black_box(job.run(PARTICLE_STEPS))));
    }
    group.finish();
}

fn random(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("random");
    let count = PARTICLES as u64 / 16 * 16;
    group.throughput(Throughput::Elements(count));
    for (name, what) in [("uniforms", Draw::Uniforms), ("normals", Draw::Normals)] {
        group.bench_function(name, |bench| bench.iter(|| draw(black_box(what), count, black_box(3))));
    }
    group.finish();
}

/// What the processor could do at most.
fn processor(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("processor");
    group.throughput(Throughput::Elements(limits::A_ROUND * 10_000));
    group.bench_function("multiply_add", |bench| bench.iter(|| limits::multiply_add(black_box(10_000))));
    for (name, size) in [("read_32_kB", 4096), ("read_1_MB", 1 << 17), ("read_64_MB", 1 << 23)] {
        let numbers = vec![1.0; size];
        group.throughput(Throughput::Bytes(8 * size as u64));
        group.bench_function(name, |bench| bench.iter(|| limits::read(black_box(&numbers), 1)));
    }
    group.finish();
}

/// What the figures are of.
fn about() {
    let job = chemistry::ts1(Method::Rodas4, 1e-3, Batch::Day, CELLS, 300.0);
    let (cell, workspace) = job.bytes();
    println!("TS1 with {}: {cell:.0} bytes a cell, {workspace} bytes of workspace", job.instructions());
    println!("particles with {}", particles::Job::new(particles::Case::Brownian, 16).instructions());
}

fn main() {
    about();
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    ts1(&mut criterion);
    abc(&mut criterion);
    move_particles(&mut criterion);
    random(&mut criterion);
    processor(&mut criterion);
    criterion.final_summary();
}
