//! Sampled cells on any number of ranks, and what `chemdrift sensitivity` makes of a finished run.

use std::path::{Path, PathBuf};

use crate::datasets::{assert_equal, values};
use crate::launch::chemdrift;
use crate::scratch::{Scratch, project};

/// A deck whose cells are drawn by the design that `options` describe; nothing happens in them but two reactions.
fn deck(scratch: &Scratch, options: &str, count: u64) -> PathBuf {
    let mechanism = project().join("inputs/mechanisms/abc/mechanism.yaml");
    let text = format!(
        "chemistry: {{mechanism: {}}}\ncells:\n  count: {count}\n  sample:\n    seed: 5\n    {options}\n    over:\n\
         \x20     temperature: {{truncated_normal: {{mean: 280 K, sd: 5 K, low: 270 K}}}}\n\
         \x20     concentration.A: {{lognormal: {{median: 1e-6 mol m-3, factor: 1.5}}}}\n\
         \x20     concentration.B: {{uniform: [0 mol m-3, 1e-6 mol m-3]}}\n  set: {{pressure: 1 atm}}\n\
         time: {{step: 10 s, end: 60 s}}\noutput: {{file: out.nc, streams: [{{every: 30 s, variables: [A, B]}}]}}\n",
        mechanism.display()
    );
    scratch.file("deck.yaml", text)
}

fn run(scratch: &Scratch, options: &str, count: u64, ranks: usize, more: &[&str]) -> PathBuf {
    let (deck, output) = (deck(scratch, options, count), scratch.path().join(format!("{ranks}{}.nc", more.concat())));
    let mut arguments = vec!["run", deck.to_str().unwrap(), "-o", output.to_str().unwrap()];
    arguments.extend(more);
    let ended = chemdrift(ranks, &arguments);
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    output
}

#[test]
fn exact_every_design_has_the_same_bits_on_any_number_of_ranks() {
    let pairs = "correlation: [[temperature, concentration.A, 0.6]]";
    let sobol = format!("method: sobol\n    {pairs}");
    let designs = [
        (sobol.as_str(), 100),
        (pairs, 101),
        ("compatible: scipy", 101),
        ("method: halton", 101),
        ("method: random", 101),
        ("method: factorial", 27),
        ("method: one-at-a-time", 7),
        ("method: saltelli\n    base: 16\n    second_order: true", 128),
    ];
    for (options, count) in designs {
        let scratch = Scratch::new("designs");
        let alone = run(&scratch, options, count, 0, &[]);
        for ranks in [1, 2, 3, 7] {
            assert_equal(&alone, &run(&scratch, options, count, ranks, &[]));
        }
    }
}

#[test]
fn exact_fewer_cells_are_the_first_points_of_the_design() {
    let scratch = Scratch::new("fewer");
    let options = "method: saltelli\n    base: 16";
    let (whole, part) = (run(&scratch, options, 80, 0, &[]), run(&scratch, options, 80, 2, &["--cells", "7"]));
    for name in ["temperature", "initial_A", "initial_B"] {
        assert_eq!(values(&part, name), values(&whole, name)[..7], "{name}");
    }
}

/// A(t) = A(0) exp(-k(T) t) with k nearly the same everywhere, so A follows its initial value, and B knows of both.
#[test]
fn exact_sensitivity_finds_what_an_output_depends_on() {
    let scratch = Scratch::new("sensitivity");
    let file = run(&scratch, "method: saltelli\n    base: 256", 1280, 2, &[]);
    let table = scratch.path().join("indices.csv");
    let arguments = ["sensitivity", file.to_str().unwrap(), "--of", "A,B", "--at", "30 s,end"];
    let ended = chemdrift(0, &[&arguments[..], &["-o", table.to_str().unwrap()]].concat());
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    assert!(
        ended.stdout.contains("saltelli design, 3 inputs") && ended.stdout.contains("256 groups"),
        "{}",
        ended.stdout
    );
    let text = std::fs::read_to_string(table).unwrap();
    // Two variables, two times, three inputs, first order and total.
    assert_eq!(text.lines().count(), 1 + 2 * 2 * 3 * 2);
    let value = |line: &str| -> f64 {
        let line = text.lines().find(|l| l.starts_with(line)).unwrap_or_else(|| panic!("{line}: {text}"));
        line.split(',').nth(5).unwrap().parse().unwrap()
    };
    assert!((value("A,60,initial_A,,total") - 1.0).abs() < 0.01 && value("A,60,temperature,,total").abs() < 0.01);
    assert!(value("B,60,initial_B,,first") > 0.2 && value("B,60,initial_A,,first") > 0.02);
}

/// The lines of a table of indices without the inputs' names, and the values of one measure in its order.
fn table(scratch: &Scratch, file: &Path, of: &str) -> Vec<[String; 4]> {
    let csv = scratch.path().join("indices.csv");
    let ended =
        chemdrift(0, &["sensitivity", file.to_str().unwrap(), "--of", of, "--at", "all", "-o", csv.to_str().unwrap()]);
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    let text = std::fs::read_to_string(csv).unwrap();
    let line = |line: &str| {
        let words: Vec<&str> = line.split(',').collect();
        [words[1], words[4], words[5], words[6]].map(str::to_owned)
    };
    text.lines().skip(1).map(line).collect()
}

/// Indices that the run computes, of cells and of members, are those of the finished file to the last digit.
#[test]
fn exact_indices_while_running_are_those_of_the_finished_run() {
    let scratch = Scratch::new("running-indices");
    let design = "method: saltelli\n    base: 32";
    let streams = "streams: [{every: 30 s, variables: [A, B]}, {every: 30 s, variables: [A, B], sensitivity: sobol}]";
    let with_indices = |text: String| text.replace("streams: [{every: 30 s, variables: [A, B]}]", streams);
    let of_cells = with_indices(std::fs::read_to_string(deck(&scratch, design, 160)).unwrap());
    let of_members = of_cells.replace("  count: 160\n", "  count: 1\n").replace("  sample:\n", "SAMPLE");
    let (head, rest) = of_members.split_once("SAMPLE").unwrap();
    let (sample, rest) = rest.split_once("  set: {pressure").unwrap();
    let sample = sample.replace('\n', "\n    ");
    let set = "set: {temperature: 280 K, concentration.A: 1e-6 mol m-3, pressure";
    let of_members =
        format!("{head}  {set}{rest}ensemble:\n  axes:\n    - name: draw\n      sample:\n    {}\n", sample.trim_end());
    let run = |name: &str, text: &str, ranks: usize, more: &[&str]| {
        let deck = scratch.file(&format!("{name}.yaml"), text);
        let output = scratch.path().join(format!("{name}-{ranks}{}.nc", more.len()));
        let arguments = ["run", deck.to_str().unwrap(), "-o", output.to_str().unwrap()];
        let ended = chemdrift(ranks, &[&arguments[..], more].concat());
        assert_eq!(ended.status, 0, "{}", ended.stderr);
        output
    };
    let mut tables = Vec::new();
    for (name, text) in [("cells", &of_cells), ("members", &of_members)] {
        let alone = run(name, text, 0, &[]);
        for ranks in [1, 2, 3, 7] {
            assert_equal(&alone, &run(name, text, ranks, &[]));
        }
        let lines = table(&scratch, &alone, "A,B");
        for variable in ["A", "B"] {
            for order in ["first", "total"] {
                let found = values(&alone, &format!("{variable}_sobol_{order}"));
                let width = values(&alone, &format!("{variable}_sobol_{order}_half_width"));
                assert_eq!((found.len(), width.len()), (9, 9));
                let of = if variable == "A" { &lines[..18] } else { &lines[18..] };
                let expected: Vec<[f64; 2]> = of
                    .iter()
                    .filter(|line| line[1] == order)
                    .map(|line| [line[2].parse().unwrap(), line[3].parse().unwrap()])
                    .collect();
                assert_eq!(expected, found.iter().zip(&width).map(|(&f, &w)| [f, w]).collect::<Vec<_>>());
            }
        }
        tables.push(lines);
    }
    // The design is the same along the cells and along the axis.
    assert_eq!(tables[0], tables[1]);
    let few = run("cells", &of_cells, 2, &["--cells", "12"]);
    assert!(values(&few, "A_sobol_first").iter().all(|index| index.is_finite()));
    let middle = run("members", &of_members, 2, &["--members", "3:9"]);
    assert!(values(&middle, "A_sobol_first").iter().all(|index| index.is_nan()));
}

/// Runs a deck of a function with groups enough for two digits and a half, and compares its indices, `[first, total]`, with
/// those of the closed form; the same bits on several ranks.
fn assert_indices(name: &str, deck: &str, expected: [&[f64]; 2]) {
    let scratch = Scratch::new(name);
    assert!(deck.contains("base: 1024"));
    let deck = scratch.file("deck.yaml", deck.replace("base: 1024", "base: 8192"));
    let run = |ranks: usize| {
        let output = scratch.path().join(format!("{ranks}.nc"));
        let ended = chemdrift(ranks, &["run", deck.to_str().unwrap(), "-o", output.to_str().unwrap()]);
        assert_eq!(ended.status, 0, "{}", ended.stderr);
        output
    };
    let alone = run(1);
    for ranks in [2, 3] {
        assert_equal(&alone, &run(ranks));
    }
    for (order, expected) in ["first", "total"].into_iter().zip(expected) {
        let found = values(&alone, &format!("y_sobol_{order}"));
        assert_eq!(found.len(), expected.len());
        let is_near = found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 2e-3);
        assert!(is_near, "{order}: {found:?} for {expected:?}");
    }
}

/// Closed forms: Ishigami and Homma (1990); Sobol' (1993), as in Saltelli et al., "Global sensitivity analysis" (2008).
#[test]
fn exact_indices_of_ishigami_s_and_sobol_s_functions_are_the_analytic_ones() {
    let ishigami = std::fs::read_to_string(project().join("inputs/ishigami.yaml")).unwrap();
    let pi4 = std::f64::consts::PI.powi(4);
    let (a, b): (f64, f64) = (7.0, 0.1);
    let alone = 0.5 * (1.0 + b * pi4 / 5.0).powi(2);
    let (second, both) = (a * a / 8.0, b * b * pi4 * pi4 * (1.0 / 18.0 - 1.0 / 50.0));
    let all = alone + second + both;
    let (first, total) = ([alone / all, second / all, 0.0], [(alone + both) / all, second / all, both / all]);
    assert!((first[0] - 0.3139).abs() < 5e-5 && (total[0] - 0.5576).abs() < 5e-5 && (total[2] - 0.2437).abs() < 5e-5);
    assert_indices("ishigami", &ishigami, [&first, &total]);

    // The product of (|4 x - 2| + a) / (1 + a).
    let weights: [f64; 4] = [0.0, 1.0, 4.5, 9.0];
    let (head, rest) = ishigami.split_once("    x1:").unwrap();
    let (_, rest) = rest.split_once("time:").unwrap();
    let (middle, rest) = rest.split_once("          particles.").unwrap();
    let (_, tail) = rest.split_once("output:").unwrap();
    let lines = |line: &dyn Fn(usize) -> String| (1..=4).map(line).collect::<String>();
    let carried = lines(&|n| format!("    x{n}: {{initial: 0, rate: \"0 /s\"}}\n"));
    let product = lines(&|n| format!(" * (abs(4 * x{n} - 2) + {0}) / (1 + {0})", weights[n - 1]));
    let drawn = lines(&|n| format!("          particles.variables.x{n}.initial: {{uniform: [0, 1]}}\n"));
    let deck =
        format!("{head}{carried}    y: {{initial: 0, rate: \"1 /s{product}\"}}\ntime:{middle}{drawn}output:{tail}")
            .replace("[x1, x2, x3, y]", "[x1, x2, x3, x4, y]");
    let parts = weights.map(|a| 1.0 / (3.0 * (1.0 + a).powi(2)));
    let whole = parts.iter().map(|part| 1.0 + part).product::<f64>();
    let first = parts.map(|part| part / (whole - 1.0));
    let total = parts.map(|part| part * whole / (1.0 + part) / (whole - 1.0));
    assert_indices("sobol-g", &deck, [&first, &total]);
}

#[test]
fn wrong_requests_are_answered_with_what_to_type() {
    let scratch = Scratch::new("requests");
    let file = run(&scratch, "method: factorial", 27, 0, &[]);
    let file = file.to_str().unwrap();
    let missing = scratch.path().join("none.nc");
    let cases: [(&[&str], u8, &str); 5] = [
        (&[file, "--of", "A", "--method", "sobol"], 2, "design saltelli"),
        (&[file, "--of", "AA"], 2, "no variable `AA`"),
        (&[file, "--of", "A", "--at", "45 s"], 2, "is not written at `45 s`"),
        (&[file, "--of", "A", "--at", "45"], 2, "has no unit"),
        (&[missing.to_str().unwrap(), "--of", "A"], 3, "cannot read"),
    ];
    for (arguments, status, message) in cases {
        let ended = chemdrift(0, &[&["sensitivity"], arguments].concat());
        assert_eq!(ended.status, i32::from(status), "{}", ended.stderr);
        assert!(ended.stderr.contains(message), "{}", ended.stderr);
    }
}
