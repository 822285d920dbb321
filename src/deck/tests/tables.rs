//! Tables of cells.

use super::*;
use crate::chemistry::cells::Target;
use crate::deck::table::read_table;

const TABLED: &str = "
chemistry: {mechanism: small.yaml}
cells: {table: cells.csv, set: {pressure: 1 bar}}
time: {step: 1 s, end: 60 s}
";

#[test]
fn a_header_gives_columns_with_units() {
    let header = "temperature [degC], concentration.A [ppb],\"rate.PHOTO.jB\",rate.SURF.het1.effective radius [um]";
    let plan = plan(&with_table(TABLED, header, 5));
    assert_eq!(plan.cells.count, 5);
    let table = plan.cells.table.expect("a table");
    let targets: Vec<Target> = table.columns.iter().map(|c| c.target).collect();
    use Target::{Concentration, Parameter, Temperature};
    assert_eq!(targets, [Temperature, Concentration(0), Parameter(0), Parameter(2)]);
    assert!((table.columns[0].offset - 273.15).abs() < 1e-12 && table.columns[1].times_air_density);
    assert!((table.columns[3].factor - 1e-6).abs() < 1e-20);
}

#[test]
fn wrong_headers() {
    let cases = [
        ("temperature [K],concentration.X", "cells.csv:1:17", "unknown species `X`"),
        ("temperature [s]", "cells.csv:1:1", "where K is needed"),
        ("temperature [Kk]", "cells.csv:1:1", "unknown unit"),
        ("temperature [K", "cells.csv:1:1", "closing bracket"),
        ("temperature,temperature", "cells.csv:1:13", "two columns"),
        ("temperature,", "cells.csv:1:13", "no input of a cell"),
    ];
    for (header, place, message) in cases {
        let all = mistakes(&with_table(TABLED, header, 5));
        assert_eq!(all.len(), 1, "{header}: {all:#?}");
        assert!(all[0].contains(&format!("runs/{place}: ")) && all[0].contains(message), "{header}: {all:?}");
    }
    let all = mistakes(&with_table(&TABLED.replace("table:", "count: 9, table:"), "temperature", 5));
    assert!(all.len() == 1 && all[0].contains("has 5 rows") && all[0].contains("count: 5"), "{all:?}");
    let sampled = TABLED.replace("set:", "sample: {over: {temperature: {uniform: [1 K, 2 K]}}}, set:");
    let all = mistakes(&with_table(&sampled, "temperature", 5));
    assert!(all.len() == 1 && all[0].contains("both in the table and sampled"), "{all:?}");
    let all = mistakes(&with_table(&sampled, "concentration.A [ppb]", 5));
    assert!(all.len() == 1 && all[0].contains("mixing ratio"), "{all:?}");
}

#[test]
fn rows_are_read_in_si_and_mistakes_named() {
    let path = std::env::temp_dir().join(format!("chemdrift-cells-{}.csv", std::process::id()));
    let header = "temperature [degC],concentration.A [ppb]";
    let mut plan = plan(&with_table(TABLED, header, 3));
    let mut table = plan.cells.table.take().expect("a table");
    table.path.clone_from(&path);
    let mechanism = &plan.chemistry.mechanism;
    std::fs::write(&path, format!("{header}\n20,50\r\n\n0, 1e3\n-5.5,0")).expect("a table");
    let columns = read_table(&plan.cells, &table, mechanism).expect("columns");
    assert_eq!(columns[0], [293.15, 273.15, 267.65]);
    let air = 1e5 / (8.314_462_618_153_24 * 293.15);
    assert!((columns[1][0] / (5e-8 * air) - 1.0).abs() < 1e-14);
    let cases = [
        ("20,50\nx,1\n1,1\n", ":3:1: `x` in column temperature is no number"),
        ("20,50\n1, -1\n1,1\n", ":3:4: `-1` in column concentration.A: concentrations are not negative"),
        ("20,50\n1\n", ":3:1: the row has 1 values, the header has 2 columns"),
        ("20,50,3\n1\n", ":2:1: the row has 3 values, the header has 2 columns"),
        ("20,50\n", ": the table has 1 rows, 3 cells are to run"),
    ];
    for (rows, message) in cases {
        std::fs::write(&path, format!("{header}\n{rows}")).expect("a table");
        let report = read_table(&plan.cells, &table, mechanism).expect_err("a mistake");
        let first = report.diagnostics[0].to_string();
        assert!(first.ends_with(message) && first.starts_with(&*path.to_string_lossy()), "{rows:?}: {first}");
    }
    std::fs::remove_file(&path).expect("removed");
}
