//! Forecasts of runs whose costs are known.

use super::*;

/// A run of 1000 items and 100 steps: 1 s to set up, 2 ms of kernel and 0.1 ms of output an item, 0.5 s of kernel for
/// whatever number, 1 kB an item over 40 MB.
fn cost(items: u64, done: u64) -> Cost {
    let share = done as f64 / 100.0;
    let kernel = (0.5 + 2e-3 * items as f64) * share;
    Cost {
        items,
        own: items,
        done,
        steps: 100,
        setup: 1.0,
        fields: 0.3 * share,
        kernel,
        half: (done / 2, kernel / 2.0),
        records: 1e-4 * items as f64 * share,
        flush: 0.0,
        flushes: 1,
        closing: 0.0,
        base: 40e6,
        shared: 10e6,
        packed: 0.5,
    }
}

fn measured(few: Option<Cost>, many: Cost) -> Measured {
    Measured { few, many, before: 0.0 }
}

fn two() -> Measured {
    measured(Some(cost(16, 100)), cost(200, 50))
}

fn whole() -> Whole {
    Whole {
        item: "cell",
        items: 1000,
        steps: 100,
        held: 1000.0,
        held_first: 8000.0,
        file_bytes: 2_000_000,
        disk: None,
        page_cache: 0,
    }
}

fn close(a: f64, b: f64) {
    assert!((a - b).abs() < 1e-9 * b.abs().max(1.0), "{a}, not {b}");
}

#[test]
fn exact_two_sizes_tell_what_does_not_divide() {
    let parts = two();
    let one = forecast(&whole(), &parts, 1, 4);
    close(one.kernel, 2.5);
    close(one.output, 0.1);
    close(one.wall, 1.0 + 0.3 + 2.5 + 0.1);
    let ten = forecast(&whole(), &parts, 10, 4);
    close(ten.kernel, 0.7);
    close(ten.setup, 1.0);
    close(ten.core_hours, (1.0 + 0.3 + 0.7 + 0.1) / 360.0);
    // Each rank has 30 MB of its own and sees the 10 MB that four of them share.
    close(ten.memory_all, 10.0 * (40e6 + 1e5) + 8000.0);
    close(ten.memory_node, 4.0 * (30e6 + 1e5) + 10e6 + 8000.0);
    close(ten.memory_rank, 40e6 + 1e5 + 8000.0);
}

#[test]
fn exact_a_slow_disk_holds_the_run_up_once_memory_is_full() {
    let slow = Whole { disk: Some(1e5), page_cache: 200_000, ..whole() };
    close(forecast(&slow, &two(), 1, 1).output, 8.0);
}

#[test]
fn exact_one_size_is_proportional_and_noise_promises_nothing() {
    let alone = measured(None, cost(1000, 100));
    close(forecast(&whole(), &alone, 1, 1).kernel, 2.5);
    close(forecast(&whole(), &alone, 2, 1).kernel, 1.25);
    let noisy = measured(Some(Cost { kernel: 9.0, half: (50, 4.5), ..cost(16, 100) }), cost(200, 100));
    close(forecast(&whole(), &noisy, 1, 1).kernel, 0.9);
}

#[test]
fn exact_steps_not_done_are_like_the_later_ones() {
    let early = Cost { kernel: 10.0, half: (20, 9.0), ..cost(100, 40) };
    close(early.kernel_whole(), 10.0 + 60.0 * 0.05);
    let written = Cost { records: 1.0, flush: 0.5, flushes: 3, closing: 0.25, ..cost(100, 50) };
    close(written.output_whole(), 2.0 + 1.5 + 0.25);
}

#[test]
fn exact_ranks_are_advised_as_long_as_they_pay() {
    let parts = two();
    let on = |ranks| forecast(&whole(), &parts, ranks, 1);
    let best = advised(&whole(), on);
    let hours = |ranks| on(ranks).core_hours;
    assert!(hours(best) <= 1.5 * hours(1) && hours(best + 1) > 1.5 * hours(1), "{best}");
    // Without anything that does not divide there are as many as have full lanes.
    let free = measured(None, Cost { setup: 0.0, fields: 0.0, records: 0.0, ..cost(1000, 100) });
    assert_eq!(advised(&whole(), |ranks| forecast(&whole(), &free, ranks, 1)), 63);
}

#[test]
fn exact_warnings_name_what_is_wrong() {
    let parts = two();
    let told = |ranks, node| warnings(&whole(), &forecast(&whole(), &parts, ranks, ranks), node);
    assert_eq!(told(2, Some(u64::MAX)), Vec::<String>::new());
    assert!(told(2, Some(1_000_000))[0].contains("has 1.0 MB"));
    assert!(told(100, None)[0].contains("fewer than 16 cells"));
    assert!(told(1001, None)[0].contains("1 of them have no cell"));
    let written = measured(None, Cost { records: 90.0, ..cost(1000, 100) });
    assert!(warnings(&whole(), &forecast(&whole(), &written, 1, 1), None)[0].contains("36.0 times as long"));
}

#[test]
fn exact_a_forecast_is_graded_and_kept() {
    let one = forecast(&whole(), &two(), 1, 4);
    let line = grade(&one, 4.29, 41e6);
    assert!(line.contains("3.9 s") && line.contains("(+10 %)") && line.contains("41.0 MB (-0 %)"), "{line}");
    let kept = Kept { version: "v".to_owned(), deck: "d".to_owned(), forecasts: vec![one] };
    assert_eq!(Kept::from_json(&kept.json()), Some(kept.clone()));
    assert_eq!(Kept::from_json("{}"), None);
    assert!(table(&whole(), &kept.forecasts, 0.5).contains("file                      1.0 MB"));
}
