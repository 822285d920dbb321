//! Streams that reduce: right and wrong ones.

use std::sync::Arc;

use super::particles::{changed_ocean, ocean};
use super::*;
use crate::advection::Mesh;
use crate::chemistry::cells::Target;
use crate::deck::mask_request;
use crate::field_head::{FieldProblem, MaskHead};
use crate::plan::{GroupsOf, OutputVariable, Over, Reduction, Stream};
use crate::statistics::{Mask, Region, Regions, Shape, Statistic};

/// Streams of the deck about cells, the message and the help.
const OF_CELLS: &[(&str, &str, &str)] = &[
    ("variables: all, reduce: [meen]", "`output.streams[0].reduce`: unknown statistic `meen`", "did you mean `mean`?"),
    ("variables: all, reduce: [median]", "unknown statistic `median`", "write `p50`"),
    ("variables: all, reduce: [p101]", "unknown statistic `p101`", "`p0` to `p100`, in per cent"),
    ("variables: all, reduce: [histogram]", "unknown statistic `histogram`", "write `{histogram: {from: 1e-9 mol m-3"),
    ("variables: all, reduce: []", "`output.streams[0].reduce` is empty", "[mean, std, p05, p50, p95]"),
    ("variables: all, reduce: [mean, mean]", "`mean` stands twice", "remove one"),
    ("variables: none, reduce: [mean]", "`output.streams[0].reduce` has no variables", "`variables: all`"),
    ("variables: status, reduce: [mean]", "`status` is a word", "without `reduce`"),
    ("variables: all, by: {temperature: [200 K, 300 K]}", "groups nothing", "add `reduce: [mean]`"),
    ("variables: A, sensitivity: sobol", "Sobol' indices need the design saltelli", "method: saltelli"),
    ("variables: A, sensitivity: prcc", "`output.streams[0].sensitivity`: unknown `prcc`", "`sobol`"),
    ("variables: all, reduce: mean, by: regions", "is about particles, and this deck is about cells", "remove `by`"),
    (
        "variables: all, reduce: mean, by: {A: [0 mol m-3, 1]}",
        "`output.streams[0].by.A`: `1` has no unit",
        "write `1 mol m-3`",
    ),
    ("variables: all, reduce: mean, by: {AA: [0, 1]}", "unknown variable `AA`", ""),
    ("variables: all, reduce: mean, by: {pressure: [1 atm]}", "has 1 edges, no range", "edges of the ranges"),
    ("variables: all, reduce: mean, by: {pressure: [1 atm, 1 hPa]}", "the edges do not ascend", "ascending order"),
    ("variables: all, reduce: mean, by: {pressure: [1 K, 2 atm]}", "where Pa is needed", "`hPa`"),
    ("variables: all, reduce: mean, by: [A, B]", "`output.streams[0].by` names no groups", "`by: regions`"),
    ("variables: none, density: {grid: {lon: [0, 1], lat: [0, 1], by: 1}}", "about cells", "remove `density`"),
    (
        "variables: A, reduce: {histogram: {from: 0, to: 1 mol m-3, bins: 3}}",
        "`output.streams[0].reduce.histogram.from`: `0` has no unit",
        "write `0 mol m-3`",
    ),
    (
        "variables: A, reduce: {histogram: {from: 2 mol m-3, to: 1 mol m-3, bins: 3}}",
        "`from` is not below `to`",
        "smaller value first",
    ),
    (
        "variables: A, reduce: {histogram: {from: 0 mol m-3, to: 1 mol m-3, bins: 3, log: yes}}",
        "logarithmic bins cannot begin at 0",
        "`log: no`",
    ),
    (
        "variables: [A, temperature], reduce: {histogram: {from: 0 K, to: 1 K, bins: 3}}",
        "variables of one unit, and these have `mol m-3` and `K`",
        "one stream for each unit",
    ),
    ("variables: A, reduce: {histogram: {from: 0 mol m-3, to: 1 mol m-3}}", "histogram.bins` is missing", "bins: 30"),
    (
        "variables: A, reduce: {histogram: {from: 0 mol m-3, to: 1 mol m-3, bins: 1e9}}",
        "1000000000 bins are too many",
        "100000",
    ),
    (
        "variables: A, reduce: mean}, {at: end, variables: all, reduce: [mean]",
        "`A_mean` is already written by an earlier stream",
        "leave one of the two out",
    ),
];

/// The same of the deck about particles.
const OF_PARTICLES: &[(&str, &str, &str)] = &[
    ("variables: lon, reduce: mean, by: regions", "there are no regions", "add `regions: {"),
    ("variables: none, connectivity: regions", "there are no regions", "add `regions: {"),
    ("variables: none, connectivity: yes", "`output.streams[0].connectivity`: unknown `yes`", "`regions`"),
    ("variables: none, density: {grid: 3}", "density.grid` holds a single value where a map", "`key: value`"),
    ("variables: none, density: {grid: {lon: [0, 1], lat: [0, 1]}}", "density.grid.by` is missing", "by: 0.5"),
    ("variables: none, density: {grid: {lon: [0, 1], lat: [0, 1], by: 0.3}}", "no multiple of 0.3", "write `by: "),
    ("variables: none, density: {grid: {lon: [1, 0], lat: [0, 1], by: 1}}", "grid.lon` does not ascend", "smaller"),
    (
        "variables: none, density: {grid: {lon: [0], lat: [0, 1], by: 1}}",
        "has 1 values where two belong",
        "lon: [0, 10]",
    ),
    ("variables: none, density: {grid: {lon: [0, 370], lat: [0, 1], by: 1}}", "more than once", "360"),
    ("variables: none, density: {grid: {lon: [0, 1], lat: [80, 91], by: 1}}", "beyond the poles", "-90 to 90"),
    ("variables: none, density: {grid: {lon: [0, 360], lat: [-90, 90], by: 0.01}}", "cells, more than", "larger `by`"),
    (
        "variables: lon, density: {grid: {lon: [0, 1], lat: [0, 1], by: 1}}",
        "a stream of maps writes no variables",
        "write `variables: none`",
    ),
    ("variables: age, reduce: mean, by: {biomass: [0, x]}", "`x` is no number", "without a unit"),
];

/// Regions of the same deck.
const REGIONS: &[(&str, &str, &str)] = &[
    ("{a b: {box: [0, 1, 0, 1]}}", "`a b` is no name for a region", "letters, digits"),
    ("{elsewhere: {box: [0, 1, 0, 1]}}", "`elsewhere` is no name", "what lies in no region"),
    ("{a: {}}", "`output.regions.a` has not one shape", "{box:"),
    ("{a: {file: basins.nc, variable: basin}}", "`output.regions.a` has not one shape", "`regions: {file: basins.nc"),
    ("{file: basins.nc}", "`output.regions.variable` is missing", "variable: basin"),
    ("{file: [a.nc, b.nc], variable: basin}", "`output.regions.file` is a list", "one value"),
    ("{file: basins.nc, variable: basin, north: {box: [0, 1, 0, 1]}}", "unknown key `output.regions.north`", "`file`"),
    ("{file: basins.nc, variable: basin, dimensions: {long: x}}", "`output.regions.dimensions.long`", "`lon`"),
    ("{a: {circle: 3}}", "unknown shape `circle`", "`box`, `polygon`"),
    ("{a: {box: [0, 1, 0]}}", "has 3 values where a box has four", "[lon0, lon1, lat0, lat1]"),
    ("{a: {polygon: [[0, 1], [1, 2]]}}", "has 2 corners", "at least three"),
    ("{a: {polygon: [[0, 1], [1, 2], [1, 95]]}}", "beyond the poles", "longitude stands first"),
];

/// Streams of an ensemble of particles with the axes `realization` and `temperature_range`.
const OF_MEMBERS: &[(&str, &str, &str)] = &[
    (
        "variables: age, over: realization",
        "`output.streams[0].over` has nothing to put together",
        "add `reduce: [mean]`",
    ),
    ("variables: age, reduce: mean, over: realisation", "no axis `realisation`", "did you mean `realization`?"),
    ("variables: age, reduce: mean, over: particles", "the ensemble has no axis `particles`", "always together"),
    ("variables: age, reduce: mean, over: [realization, realization]", "`realization` stands twice", "remove one"),
    (
        "variables: age, reduce: mean, over: []",
        "`output.streams[0].over` is empty",
        "`over: realization`, or `over: all`",
    ),
    ("variables: age, sensitivity: sobol", "is of one value for each point of a design", "keep one axis"),
    (
        "variables: age, reduce: mean, by: {temperature: [0 degC, 10 degC]}",
        "makes a dimension `temperature_range`, which is an axis",
        "another name",
    ),
];

fn of_members(stream: &str) -> Sources {
    let diffusivities: Vec<String> = (1..4).map(|value| format!("{value} m2 s-1")).collect();
    of_diffusivities(stream, &diffusivities.join(", "))
}

fn of_diffusivities(stream: &str, diffusivities: &str) -> Sources {
    let deck = changed_ocean("output: {", &format!("output: {{streams: [{{every: 1 h, {stream}}}], "));
    let axes = format!(
        "[{{name: realization, set: {{particles.seed: [1, 2]}}}}, \
         {{name: temperature_range, set: {{fields.Kh: [{diffusivities}]}}}}]"
    );
    ocean(&format!("{deck}ensemble: {{axes: {axes}}}\n"))
}

#[test]
fn members_are_put_together_along_axes() {
    let over = |stream: &str| reduction(&of_members(stream)).over;
    assert_eq!(over("variables: age, reduce: mean"), Over::Items);
    assert_eq!(over("variables: age, reduce: mean, over: temperature_range"), Over::Axes(vec![1]));
    assert_eq!(over("variables: age, reduce: mean, over: all"), Over::All);
    assert_eq!(over("variables: age, reduce: mean, over: [temperature_range, realization]"), Over::All);
    let plan = check(&of_members("variables: age, reduce: mean"), &Overrides::default()).expect("right");
    let groups = plan.member_groups(&Over::Axes(vec![0]));
    assert_eq!((groups.axes.as_slice(), groups.count), (&[1][..], 3));
    assert_eq!([0, 1, 2, 3, 4, 5].map(|member| groups.place(member)), [0, 1, 2, 0, 1, 2]);
    let groups = plan.member_groups(&Over::Axes(vec![1]));
    assert_eq!([0, 1, 2, 3, 4, 5].map(|member| groups.place(member)), [0, 0, 0, 1, 1, 1]);
    assert_eq!(plan.member_groups(&Over::All).count, 1);
    assert_eq!(plan.member_groups(&Over::Items).axes, [0, 1]);
    let some = Overrides { members: Some(1..3), ..Overrides::default() };
    let plan = check(&of_members("variables: age, reduce: mean"), &some).expect("right");
    let groups = plan.member_groups(&Over::Items);
    assert_eq!((groups.axes.as_slice(), groups.count, groups.place(1)), (&[0][..], 2, 1));
    let report = check(&of_members("variables: age, reduce: mean, over: realization"), &some).expect_err("no axes");
    assert!(report.to_string().contains("a part of the members has no axes"), "{report}");
    let many: Vec<String> = (1..3000).map(|value| format!("{value} m2 s-1")).collect();
    let all = mistakes(&of_diffusivities("variables: all, reduce: [mean, p50]", &many.join(", ")));
    assert!(all.len() == 1 && all[0].contains("statistics of 5998 groups of members"), "{all:?}");
}

fn of_cells(stream: &str) -> Sources {
    sources(&changed("output: {", &format!("output: {{streams: [{{every: 1 s, {stream}}}], ")))
}

fn of_particles(regions: &str, stream: &str) -> Sources {
    let output = format!("output: {{{regions}streams: [{{every: 1 h, {stream}}}], ");
    ocean(&changed_ocean("output: {", &output))
}

fn streams(sources: &Sources) -> (Vec<Stream>, Regions) {
    let plan = check(sources, &Overrides::default()).unwrap_or_else(|report| panic!("{report}"));
    (plan.output.streams, plan.output.regions)
}

fn reduction(sources: &Sources) -> Reduction {
    let stream = streams(sources).0.swap_remove(0);
    assert!(stream.variables.is_empty());
    stream.reduction.expect("it reduces")
}

#[test]
fn one_mistake_one_message() {
    let of_cells = OF_CELLS.iter().map(|case| (of_cells(case.0), case));
    let of_particles = OF_PARTICLES.iter().map(|case| (self::of_particles("", case.0), case));
    let region = |regions: &str| self::of_particles(&format!("regions: {regions}, "), "variables: lon");
    let regions = REGIONS.iter().map(|case| (region(case.0), case));
    let mut wrong = Vec::new();
    let of_members = OF_MEMBERS.iter().map(|case| (self::of_members(case.0), case));
    for (sources, case @ (_, message, help)) in of_cells.chain(of_particles).chain(regions).chain(of_members) {
        let all = mistakes(&sources);
        let (line, hint) = all[0].split_once(" | ").expect("a message and a help");
        if all.len() != 1 || !line.contains(message) || !hint.contains(help) || hint.is_empty() {
            wrong.push((case, all));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What is said of an ensemble is not said once more of a stream that names its axes.
#[test]
fn a_mistake_in_the_ensemble_is_one_mistake() {
    for stream in ["variables: age, reduce: mean, over: realization", "variables: age, sensitivity: sobol"] {
        let all = mistakes(&of_diffusivities(stream, "1 m2 s-1, 2 K"));
        assert!(all.len() == 1 && all[0].contains("m2 s-1"), "{all:#?}");
    }
}

#[test]
fn statistics_are_read_with_their_units_and_groups() {
    let read = reduction(&of_cells(
        "variables: [A, B], reduce: [mean, p97.5, {histogram: {from: 1e6 molecule cm-3, to: 1 mol m-3, bins: 4, log: yes}}], \
         by: {temperature: [0 degC, 20 degC, 300 K]}",
    ));
    assert_eq!(read.variables, [OutputVariable::Concentration(0), OutputVariable::Concentration(1)]);
    let names: Vec<&str> = read.statistics.iter().map(Statistic::name).collect();
    assert_eq!(names, ["mean", "p97.5", "histogram"]);
    let Statistic::Histogram(bins) = &read.statistics[2] else { panic!("the last is a histogram") };
    assert!((bins.edges()[0] / 1.660_539e-12 - 1.0).abs() < 1e-6 && bins.count() == 4);
    let groups = read.groups.expect("groups");
    let GroupsOf::Variable { variable: OutputVariable::Temperature, ranges } = groups.of else { panic!("{groups:?}") };
    assert_eq!((groups.name.as_str(), ranges.edges()), ("temperature", &[273.15, 293.15, 300.0][..]));
    let read = reduction(&of_cells("variables: A, reduce: max, by: {rate.PHOTO.jB: [0 s-1, 1 h-1]}"));
    let groups = read.groups.expect("groups");
    assert_eq!(groups.name, "rate_PHOTO_jB");
    assert!(matches!(groups.of, GroupsOf::Input { target: Target::Parameter(_), .. }));
}

#[test]
fn maps_and_regions_are_read() {
    let regions = "regions: {north: {box: [0, 20, 35, 40]}, south: {polygon: [[0, 30], [20, 30], [10, 35]]}}, ";
    let sources = of_particles(
        regions,
        "variables: [age, temperature], reduce: [mean], by: regions, connectivity: regions, \
         density: {grid: {lon: [0, 20], lat: [30, 40], by: [0.5, 0.25]}}",
    );
    let (_, regions) = streams(&sources);
    let Regions::Shapes(regions) = regions else { panic!("they are shapes") };
    assert_eq!(regions[0], Region { name: "north".into(), shape: Shape::Box([0.0, 20.0, 35.0, 40.0]) });
    let read = reduction(&sources);
    assert!(read.connectivity && read.uses_regions() && read.variables.len() == 2);
    assert_eq!(read.density.expect("a grid").cells, [40, 40]);
    let Work::Particles(particles) = check(&sources, &Overrides::default()).expect("right").work else {
        panic!("the deck is about particles")
    };
    assert_eq!(particles.mesh, Mesh::Spherical);
}

/// The ocean with regions that a file holds.
fn with_mask(found: Result<(bool, [f64; 2]), FieldProblem>) -> Sources {
    let names = ["west", "east"].map(str::to_owned).to_vec();
    let centres = [vec![5.0, 15.0], vec![32.0, 38.0]];
    let mask = Arc::new(Mask::new(names, &centres, false, vec![1, 2, 1, 2]));
    let head = found.map(|(degrees, lat)| MaskHead { mask, degrees, lat });
    let regions = "regions: {file: basins.nc, variable: basin}, ";
    Sources { mask: Some(head), ..of_particles(regions, "variables: age, reduce: mean, by: regions") }
}

#[test]
fn regions_of_a_file_are_held_against_the_mesh() {
    let (_, regions) = streams(&with_mask(Ok((true, [32.0, 38.0]))));
    assert!(matches!(regions, Regions::Mask(_)) && regions.names() == ["west", "east"] && regions.len() == 2);
    let requested = mask_request(&with_mask(Ok((true, [32.0, 38.0])))).expect("a request");
    assert_eq!((requested.files, requested.variable), (vec!["runs/basins.nc".to_owned()], "basin".to_owned()));
    assert_eq!(mask_request(&of_particles("regions: {file: {box: [0, 1, 0, 1]}}, ", "variables: lon")), None);
    let there = "mistake";
    let wrong = [
        (Ok((false, [32.0, 38.0])), "are not in degrees, which does not fit a spherical mesh", "dimensions:"),
        (Ok((true, [32.0, 98.0])), "go from 32 to 98, which does not fit a spherical mesh", "dimensions:"),
        (Err(FieldProblem::new(there)), "`output.regions`: mistake", "relative to the deck"),
        (Err(FieldProblem::new(there).help("mend it")), "`output.regions`: mistake", "mend it"),
    ];
    for (found, message, help) in wrong {
        let all = mistakes(&with_mask(found));
        assert!(all.len() == 1 && all[0].contains(message) && all[0].contains(help), "{message}: {all:?}");
    }
}

#[test]
fn a_stream_may_write_items_and_another_on_the_same_clock_reduce_them() {
    let (streams, _) = streams(&of_cells("variables: [A]}, {every: 1 s, variables: all, reduce: [mean]"));
    assert_eq!(streams[0].time_dimension, streams[1].time_dimension);
    assert!(streams[0].reduction.is_none() && streams[1].reduction.is_some());
}
