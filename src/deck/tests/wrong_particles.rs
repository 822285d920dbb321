//! Wrong decks of particles and damaged fields: each message names file, line and what to type.

use super::particles::{changed_ocean, ocean};
use super::*;

const ONE: &[(&str, &str)] = &[
    ("mesh: spherical", "mesh: sperical"),
    ("  mesh: spherical\n", ""),
    ("mesh: spherical", "grid: b\n  mesh: spherical"),
    ("  U: {file", "  UU: {fiel"),
    ("  U: {file", "  u: {file"),
    ("  Kh: {c", "  kh: {c"),
    ("variable: uo", "variabel: uo"),
    ("variable: uo", "variable: uo, units: furlong/h"),
    ("variable: uo", "variable: uo, units: kg"),
    ("variable: uo", "variable: uo, factor: 0"),
    ("variable: uo", "variable: uo, constant: 1 m s-1"),
    ("variable: uo", "variable: uo, dimensions: {longitude: x}"),
    ("variable: uo", "variable: uo, every: 6"),
    ("variable: uo", "variable: uo, outside_times: perodic"),
    ("variable: uo", "variable: uo, outside_times: {periodic: 1 day}"),
    ("  V: {file: ocean_*.nc, variable: vo}\n", ""),
    ("  V: {file: ocean_*.nc, variable: vo}\n", "  V: {analytic: moving_eddie}\n"),
    ("  V: {file: ocean_*.nc, variable: vo}\n", "  V: {analytic: moving_eddy}\n"),
    ("  V: {file: ocean_*.nc, variable: vo}\n", "  V: 1 K\n"),
    ("  V: {file: ocean_*.nc, variable: vo}\n", "  V: {}\n"),
    ("  T: {file", "  lon: {file"),
    ("  T: {file", "  T S: {file"),
    ("100 m2 s-1", "-100 m2 s-1"),
    ("100 m2 s-1", "100 m s-1"),
    ("100 m2 s-1", "100"),
    ("  Kh: {constant: 100 m2 s-1}\n", ""),
    ("  Kh: {constant", "  Kh_zonal: {constant"),
    ("  Kh: {constant: 100 m2 s-1}\n", "  Kh: {file: kh.nc, variable: kh}\n"),
    ("  Kh: {constant: 100 m2 s-1}\n", "  Kh: 1 m2 s-1\n  additional: {wind: {U: 1 m s-1, factor: 3 %}}\n"),
    ("  Kh: {constant: 100 m2 s-1}\n", "  Kh: 1 m2 s-1\n  additional: {wind: {U: 1 m s-1, V: 1 m s-1, facto: 3 %}}\n"),
    ("count: 1000", "count: -5"),
    ("  count: 1000\n", ""),
    ("count: 1000", "number: 1000"),
    ("{at: [10, 35]}", "{at: [100, 35]}"),
    ("{at: [10, 35]}", "{at: [35, 100]}"),
    ("{at: [10, 35]}", "{at: [10 km, 35]}"),
    ("{at: [10, 35]}", "{at: [10, 35, 5]}"),
    ("{at: [10, 35]}", "{at: [10, 35], depth: 200 m}"),
    ("{at: [10, 35]}", "{at: [10, 35], depth: 0}"),
    ("{at: [10, 35]}", "{at: [10, 35], time: 20 days}"),
    ("{at: [10, 35]}", "{at: [10, 35], time: 10 days}"),
    ("{at: [10, 35]}", "{at: [10, 35], time: 2019-12-31}"),
    ("{at: [10, 35]}", "{at: [10, 35], time: 90 min}"),
    ("{at: [10, 35]}", "{at: [10, 35], repeat_every: 90 min}"),
    ("{at: [10, 35]}", "{at: [10, 35], repeat_every: -1 h}"),
    ("{at: [10, 35]}", "{box: [30, 50, 30, 40]}"),
    ("{at: [10, 35]}", "{box: [20, 10, 30, 40]}"),
    ("{at: [10, 35]}", "{box: [20, 10, 30]}"),
    ("{at: [10, 35]}", "{line: [[100, 35], [120, 35]]}"),
    ("{at: [10, 35]}", "{line: [[10, 35]]}"),
    ("{at: [10, 35]}", "{grid: {nx: 10, ny: 10, over: [1, 2, 31, 32]}}"),
    ("{at: [10, 35]}", "{grid: {nx: 0, ny: 10, over: [1, 2, 31, 32]}}"),
    ("{at: [10, 35]}", "{at: [10, 35], box: [1, 2, 31, 32]}"),
    ("{at: [10, 35]}", "{att: [10, 35]}"),
    ("{at: [10, 35]}", "{depth: 10 m}"),
    ("seed: 1", "seed: x"),
    ("advection_rk4,", "advection_rk5,"),
    ("advection_rk4,", "advection_rk4_3d,"),
    ("advection_rk4,", "advection_rk4, advection_ee,"),
    ("advection_rk4,", "advection_diffusion_m1,"),
    ("advection_rk4, diffusion_uniform", ""),
    ("kernels: [advection_rk4, diffusion_uniform]", "kernel: [advection_rk4]"),
    ("age: s", "age: day"),
    ("age: s", "agee: s"),
    ("age: s", "lat: {sample: T}"),
    ("age: s", "sqrt: {sample: T}"),
    ("{sample: T}", "{sample: Temp}"),
    ("{sample: T}", "{smaple: T}"),
    ("{sample: T}", "{sample: T, initial: 3}"),
    ("* biomass\"", "* biomas\""),
    ("0.1 /day * biomass", "0.1 * biomass"),
    ("0.1 /day * biomass", "0.1 /day * (biomass"),
    ("initial: 1.0", "initial: abc"),
    ("initial: 1.0", "initial: 1.0, unit: kg"),
    ("depth > 50 m", "depht > 50 m"),
    ("depth > 50 m", "depth > 50 s"),
    ("delete_when: \"depth > 50 m\"", "on_leaving: bounce"),
    ("delete_when: \"depth > 50 m\"", "on_land: glide"),
    ("delete_when: \"depth > 50 m\"", "velocity: {w: -1e-3}"),
    ("delete_when: \"depth > 50 m\"", "velocity: {w: 1 m}"),
    ("delete_when: \"depth > 50 m\"", "velocity: {w: \"-1e-3 m/s * (huor < 6)\"}"),
    ("delete_when: \"depth > 50 m\"", "velocity: {w: \"-1 m * (hour < 6)\"}"),
    ("delete_when: \"depth > 50 m\"", "rk45_tolerance: 0 m"),
    ("end: 10 days", "end: 40 days"),
    ("end: 10 days", "end: 2020-03-01"),
    ("time: {", "time: {start: 2019-12-01, "),
    ("time: {", "time: {start: 2020-02-30, "),
    ("step: 1 h", "step: 0 h"),
    ("step: 1 h, end: 10 days", "step: -1 h, end: -10 days"),
    ("step: 1 h, end: 10 days", "start: 2020-01-20, step: -1 h, end: 2020-01-25"),
    ("step: 1 h, end: 10 days", "start: 2020-01-05, step: -1 h, end: 10 days"),
    ("output: {", "output: {streams: [{every: 1 h, variables: [lon, bioms]}], "),
    ("output: {", "chemistry: {mechanism: a.yaml}\noutput: {"),
    ("output: {", "checkpoint: {}\noutput: {"),
];

#[test]
fn show() {
    for (from, to) in ONE {
        let all = check(&ocean(&changed_ocean(from, to)), &Overrides::default());
        println!("## {from} => {to}");
        match all {
            Ok(_) => println!("   OK??"),
            Err(r) => {
                for d in r.diagnostics {
                    println!("   {d} | {}", d.help.clone().unwrap_or_default());
                }
            }
        }
    }
    for deck in ["title: x\n", "fields: {mesh: flat}\n", "particles: {}\n"] {
        println!("{:#?}", mistakes(&sources(deck)));
    }
}
