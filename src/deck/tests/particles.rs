//! Right decks of particles, and the hand-made fields that all tests of such decks use.

use super::*;
use crate::advection::field::Staggering;
use crate::advection::{Kernel, Mesh, OnLand, OnLeaving};
use crate::clock::Clock;
use crate::deck::field_requests;
use crate::deck::release_list::{HorizontalUnit, ListedTimes, ReleaseHead, ReleaseSummary};
use crate::field_head::{
    Axes, Calendar, Dimension, FieldHead, FieldRequest, HorizontalHead, Reversed, Role, SnapshotHead,
};
use crate::plan::{
    Amount, FieldSource, OutputVariable, OutsideTimes, ParticleOutput, ParticlesPlan, Places, VariableLaw, Work,
};

/// A deck that is right; tests change it. Fields: lon 0 to 20, lat 30 to 40, 31 days from 2020-01-01, depths 0.5 to
/// 100 m.
pub const OCEAN: &str = "
title: ocean
fields:
  mesh: spherical
  U: {file: ocean_*.nc, variable: uo}
  V: {file: ocean_*.nc, variable: vo}
  T: {file: ocean_*.nc, variable: thetao}
  Kh: {constant: 100 m2 s-1}
particles:
  count: 1000
  release: {at: [10, 35]}
  seed: 1
  kernels: [advection_rk4, diffusion_uniform]
  variables:
    age: s
    temperature: {sample: T}
    biomass: {initial: 1.0, rate: \"0.1 /day * biomass\"}
  delete_when: \"depth > 50 m\"
time: {step: 1 h, end: 10 days}
output: {file: ocean.nc}
";

/// 2020-01-01, s since 1970.
pub const NEW_YEAR: f64 = 1_577_836_800.0;

pub fn head(request: FieldRequest, units: &str) -> FieldHead {
    let line =
        |from: f64, to: f64, n: u32| (0..n).map(|i| from + (to - from) * f64::from(i) / f64::from(n - 1)).collect();
    let dimension = |name: &str, length, role| Dimension { name: name.to_owned(), length, role };
    FieldHead {
        request,
        snapshots: (0..31)
            .map(|i| SnapshotHead {
                path: "runs/ocean_1.nc".to_owned(),
                index: i,
                time: NEW_YEAR + 86_400.0 * f64::from(u32::try_from(i).unwrap_or(0)),
            })
            .collect(),
        calendar: Calendar::Standard,
        axes: Axes {
            dimensions: vec![
                dimension("time", 31, Role::Time),
                dimension("depth", 5, Role::Depth),
                dimension("lat", 11, Role::Y),
                dimension("lon", 21, Role::X),
            ],
            horizontal: HorizontalHead::Rectilinear {
                lon: line(0.0, 20.0, 21),
                lat: line(30.0, 40.0, 11),
                degrees: true,
                global: false,
            },
            depth: vec![0.5, 1.5, 10.0, 50.0, 100.0],
            reversed: Reversed::default(),
        },
        units: units.to_owned(),
        warnings: Vec::new(),
    }
}

/// The sources of a deck whose fields are all found; `change` may damage a field by its name.
pub fn ocean_with(deck: &str, change: impl Fn(&str, &mut FieldHead)) -> Sources {
    let mut sources = sources(deck);
    for request in field_requests(&sources) {
        let name = request.name.clone();
        let units = match name.rsplit('.').next() {
            Some("U" | "V" | "W") => "m s-1",
            Some("T") => "degC",
            Some("Kh" | "Kh_zonal" | "Kh_meridional") => "m2/s",
            _ => "1",
        };
        let mut head = head(request, units);
        change(&name, &mut head);
        sources.fields.insert(name, Ok(head));
    }
    sources
}

pub fn ocean(deck: &str) -> Sources {
    ocean_with(deck, |_, _| {})
}

/// The deck of the ocean with one piece replaced.
pub fn changed_ocean(from: &str, to: &str) -> String {
    assert!(OCEAN.contains(from), "the deck has no `{from}`");
    OCEAN.replacen(from, to, 1)
}

/// The whole plan, and its particles.
fn planned_with(sources: &Sources, overrides: &Overrides) -> (Plan, ParticlesPlan) {
    let plan = check(sources, overrides).unwrap_or_else(|report| panic!("{report}"));
    match plan.work.clone() {
        Work::Particles(particles) => (plan, *particles),
        Work::Chemistry { .. } => panic!("the deck is about chemistry"),
    }
}

fn planned_ocean(deck: &str) -> (Plan, ParticlesPlan) {
    planned_with(&ocean(deck), &Overrides::default())
}

/// A release list as rank 0 finds it.
pub fn list(rows: u64, time: Option<ListedTimes>) -> ReleaseHead {
    let content = ReleaseSummary {
        rows,
        horizontal: HorizontalUnit::Degrees,
        lon: [1.0, 19.0],
        lat: [31.0, 39.0],
        depth: Some([1.0, 20.0]),
        time,
    };
    ReleaseHead { name: "runs/release.csv".to_owned(), content: Ok(content), values: None }
}

#[test]
fn the_ocean_deck() {
    let (plan, particles) = planned_ocean(OCEAN);
    assert_eq!(plan.clock, Clock::Uniform { step: 3600.0, count: 240 });
    assert!(plan.start.is_some_and(|s| s.to_string() == "2020-01-01T00:00:00"));
    let epoch = particles.epoch.as_ref().expect("a date");
    assert_eq!((epoch.calendar, epoch.seconds, epoch.date.as_str()), (Calendar::Standard, NEW_YEAR, "2020-01-01"));
    let names: Vec<&str> = particles.fields.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(names, ["U", "V", "T", "Kh"]);
    assert_eq!(particles.mesh, Mesh::Spherical);
    assert!(matches!(particles.fields[3].source, FieldSource::Constant(k) if k == 100.0));
    assert_eq!((particles.currents[0].u, particles.currents[0].v, particles.currents[0].w), (0, 1, None));
    assert_eq!(particles.diffusivity, Some([3, 3]));
    assert_eq!((particles.count, particles.release.count, particles.release.releases), (1000, 1000, 1));
    assert_eq!(particles.release.places, Places::At([10.0, 35.0]));
    assert_eq!((particles.release.depth, particles.release.time), (0.5, 0.0));
    assert_eq!((particles.seed, particles.rk45_tolerance), (1, 10.0));
    assert_eq!(particles.kernels, [Kernel::AdvectionRk4, Kernel::DiffusionUniform]);
    assert_eq!((particles.on_leaving, particles.on_land), (OnLeaving::Delete, OnLand::Stick));
    let laws: Vec<(&str, &str)> = particles.variables.iter().map(|v| (v.name.as_str(), v.unit.as_str())).collect();
    assert_eq!(laws, [("age", "s"), ("temperature", "degC"), ("biomass", "1")]);
    assert_eq!(particles.variables[1].law, VariableLaw::Sample(2));
    assert!(matches!(particles.variables[2].law, VariableLaw::Rate(_)) && particles.variables[2].initial == 1.0);
    assert!(particles.delete_when.is_some());
    let particle = |output| OutputVariable::Particle(output);
    let all: Vec<OutputVariable> = [ParticleOutput::Longitude, ParticleOutput::Latitude, ParticleOutput::Depth]
        .into_iter()
        .chain((0..3).map(ParticleOutput::Variable))
        .map(particle)
        .collect();
    assert_eq!(plan.output.streams[0].variables, all);
    let origin =
        |path: &str| plan.origins.iter().find(|o| o.path == path).map(|o| (o.value.as_str(), o.origin.as_str()));
    assert_eq!(origin("time.start"), Some(("2020-01-01", "first time of the fields")));
    assert_eq!(origin("particles.release.depth"), Some(("0.5 m (shallowest level of `U`)", "default")));
    assert_eq!(origin("particles.on_land"), Some(("stick", "default")));
    assert_eq!(origin("fields.U.outside_times"), Some(("refuse", "default")));
    assert!(origin("fields.U").is_some_and(|o| o.0.contains("21 x 11 x 5 levels, 31 snapshots from 2020-01-01 to")));
}

#[test]
fn requests_are_found_before_anything_is_checked() {
    let deck = changed_ocean(
        "  Kh: {constant: 100 m2 s-1}",
        "  grid: c\n  coordinates: mesh.nc\n  W: {file: [/a/w1.nc, w2.nc], dimensions: {depth: depthw}, every: 6 h}\n  \
         additional: {stokes: {U: {file: s.nc, variable: ust}, V: {file: 7, variable: vst}, factor: 1}}",
    );
    let requests = field_requests(&sources(&deck));
    let names: Vec<&str> = requests.iter().map(|r| r.name.as_str()).collect();
    assert_eq!(names, ["U", "V", "T", "W", "stokes.U", "stokes.V"]);
    assert_eq!(requests[0].files, ["runs/ocean_*.nc"]);
    assert_eq!(requests[3].files, ["/a/w1.nc", "runs/w2.nc"]);
    assert_eq!((requests[3].variable.as_str(), requests[3].every), ("W", Some(21_600.0)));
    assert_eq!(requests[3].dimensions.depth.as_deref(), Some("depthw"));
    assert_eq!(requests[0].coordinates.as_deref(), Some("runs/mesh.nc"));
    assert!(requests.iter().all(|r| r.staggering == Staggering::C));
    for broken in ["", "fields: 3", "fields: {U: {file: {}}, V: {file: []}, additional: {a: 1}}", "a: [", "- 1"] {
        assert!(field_requests(&sources(broken)).is_empty(), "{broken}");
    }
}

#[test]
fn a_backward_run_begins_at_the_end_of_the_fields() {
    let deck = changed_ocean("step: 1 h, end: 10 days", "step: -1 h, end: 10 days")
        .replace("{at: [10, 35]}", "{at: [10, 35], time: 1 day, repeat_every: 2 days}");
    let (plan, particles) = planned_ocean(&deck);
    assert_eq!(plan.clock, Clock::Uniform { step: -3600.0, count: 240 });
    assert_eq!(particles.epoch.map(|e| e.date), Some("2020-01-31".to_owned()));
    assert_eq!((particles.release.time, particles.release.repeat_every), (-86_400.0, Some(-172_800.0)));
    assert_eq!((particles.release.releases, particles.count), (5, 5000));
    let dated = changed_ocean("step: 1 h, end: 10 days", "start: 2020-01-20, step: -1 h, end: 2020-01-10T12:00");
    assert_eq!(planned_ocean(&dated).0.clock.count(), 228);
}

#[test]
fn the_first_particles_of_a_deck_keep_their_release() {
    let less = Overrides { particles: Some(1500), ..Overrides::default() };
    let deck = changed_ocean("[10, 35]", "[10 deg, 35 degrees_north], repeat_every: 1 day, depth: 2");
    let (_, particles) = planned_with(&ocean(&deck), &less);
    assert_eq!((particles.count, particles.release.count, particles.release.releases), (1500, 1000, 10));
    assert_eq!(particles.release.depth, 2.0);
    let wrong = check(&ocean(OCEAN), &Overrides { cells: Some(3), ..Overrides::default() }).expect_err("no cells");
    assert_eq!(wrong.diagnostics[0].to_string(), "command line: `--cells` has no meaning here");
}

#[test]
fn releases_in_every_form() {
    let places = |release: &str| {
        let count = if release.contains("grid") { "" } else { "count: 10" };
        let deck = changed_ocean("count: 1000", count).replace("{at: [10, 35]}", release);
        planned_ocean(&deck).1.release
    };
    assert_eq!(places("{box: [1, 2, 31, 32]}").places, Places::Box([1.0, 2.0, 31.0, 32.0]));
    assert_eq!(places("{line: [[1, 31], [2, 32]], depth: 10 m}").places, Places::Line([[1.0, 31.0], [2.0, 32.0]]));
    let grid = places("{grid: {nx: 4, ny: 3, over: [1, 2, 31, 32]}, time: 2020-01-02}");
    assert_eq!((grid.count, grid.time), (12, 86_400.0));
    // Longitudes go around.
    assert_eq!(places("{at: [-350, 35]}").places, Places::At([-350.0, 35.0]));
}

#[test]
fn lists_bring_their_count_depths_and_times() {
    let deck = changed_ocean("  count: 1000\n", "").replace("{at: [10, 35]}", "{file: release.csv}");
    let listed = |time| Sources { release: Some(list(70, time)), ..ocean(&deck) };
    let seconds = Some(ListedTimes::Seconds([0.0, 3600.0]));
    let (_, particles) = planned_with(&listed(seconds), &Overrides::default());
    assert_eq!((particles.count, particles.release.depth), (70, 0.5));
    assert_eq!(particles.release.places, Places::List { path: "runs/release.csv".into(), backward: false });
    let dates = |a: &str, b: &str| Some(ListedTimes::Dates([a.to_owned(), b.to_owned()]));
    planned_with(&listed(dates("2020-01-01", "2020-01-10T23:00")), &Overrides::default());
    let late = mistakes(&listed(dates("2020-01-02", "2020-01-11")));
    assert!(late.len() == 1 && late[0].contains("times from 2020-01-02 to 2020-01-11"), "{late:?}");
}

#[test]
fn units_become_si_and_missing_ones_are_warned_of() {
    let sources = ocean_with(OCEAN, |name, head| match name {
        "U" => head.units = "cm/s".to_owned(),
        "V" => head.units = String::new(),
        _ => {}
    });
    let (plan, particles) = planned_with(&sources, &Overrides::default());
    let factor = |i: usize| match &particles.fields[i].source {
        FieldSource::Gridded { factor, .. } => *factor,
        _ => f64::NAN,
    };
    assert_eq!((factor(0), factor(1), factor(2)), (0.01, 1.0, 1.0));
    assert!(plan.warnings.iter().any(|w| w.contains("deck.yaml:6: `fields.V`: `vo` has no units; assumed m s-1")));
    let own = changed_ocean("variable: uo", "variable: uo, units: km/day, factor: -200 %");
    let (_, particles) = planned_ocean(&own);
    assert!(matches!(&particles.fields[0].source, FieldSource::Gridded { factor, scale, .. }
        if (*factor * scale.factor + 2.0 * 1000.0 / 86_400.0).abs() < 1e-15));
}

#[test]
fn additional_currents_and_formulas() {
    let deck = "
fields:
  mesh: flat
  U: {analytic: moving_eddy}
  V: {analytic: moving_eddy}
  additional: {wind: {U: 10 m s-1, V: {constant: -1 km h-1}, factor: 3 %}}
particles:
  count: 10
  release: {at: [10 km, 35]}
  kernels: advection_rk45
  velocity: {w: \"-1e-3 m/s * (hour < 6)\", u: 1 mm s-1}
time: {step: 5 min, end: 6 h}
";
    let (plan, particles) = planned_with(&sources(deck), &Overrides::default());
    assert_eq!(
        particles.currents.iter().map(|c| (c.u, c.v, c.factor)).collect::<Vec<_>>(),
        [(0, 1, 1.0), (2, 3, 0.03)]
    );
    assert_eq!(particles.release.places, Places::At([10_000.0, 35.0]));
    assert_eq!((particles.seed, particles.epoch, plan.start), (7, None, None));
    assert_eq!(particles.own_velocity[0], Some(Amount::Constant(1e-3)));
    assert!(matches!(particles.own_velocity, [_, None, Some(Amount::Expression(_))]));
    let text = crate::deck::describe::describe_plan(&plan, 3);
    assert!(text.contains("10 particles on 3 ranks: 3 to 4 each"), "{text}");
}

#[test]
fn other_calendars_and_times_without_dates() {
    let years = ocean_with(OCEAN, |_, head| head.calendar = Calendar::Days360);
    let (plan, particles) = planned_with(&years, &Overrides::default());
    assert_eq!(plan.start, None);
    assert_eq!(particles.epoch.map(|e| e.calendar), Some(Calendar::Days360));
    let elapsed = |deck: &str| {
        ocean_with(deck, |_, head| {
            head.calendar = Calendar::Elapsed;
            head.snapshots.iter_mut().for_each(|s| s.time -= NEW_YEAR);
        })
    };
    assert_eq!(planned_with(&elapsed(OCEAN), &Overrides::default()).1.epoch, None);
    let dated = changed_ocean("time: {", "time: {start: 1999-12-31, ");
    let epoch = planned_with(&elapsed(&dated), &Overrides::default()).1.epoch.expect("a date");
    assert_eq!((epoch.zero_of(Calendar::Elapsed), epoch.date.as_str()), (0.0, "1999-12-31"));
    let backward = changed_ocean("step: 1 h", "step: -1 h");
    let epoch = planned_with(&elapsed(&backward), &Overrides::default()).1.epoch.expect("an origin");
    assert_eq!(epoch.zero_of(Calendar::Elapsed), 30.0 * 86_400.0);
}

#[test]
fn times_go_on_where_the_deck_says_so() {
    let deck = changed_ocean("end: 10 days", "end: 60 days")
        .replace("variable: uo", "variable: uo, outside_times: {periodic: 31 days}")
        .replace("variable: vo", "variable: vo, outside_times: extrapolate")
        .replace("variable: thetao", "variable: thetao, outside_times: extrapolate");
    let (_, particles) = planned_ocean(&deck);
    assert_eq!(particles.fields[0].outside_times, OutsideTimes::Periodic(31.0 * 86_400.0));
    let single = ocean_with(&changed_ocean("end: 10 days", "end: 60 days"), |_, h| h.snapshots.truncate(1));
    let (plan, particles) = planned_with(&single, &Overrides::default());
    assert_eq!(particles.fields[0].outside_times, OutsideTimes::Extrapolate);
    assert!(plan.origins.iter().any(|o| o.value == "extrapolate (one snapshot)"));
}

#[test]
fn a_seed_is_drawn_only_for_what_is_random() {
    let seeds = |deck: &str| planned_ocean(deck).0.origins.iter().filter(|o| o.path == "particles.seed").count();
    let unseeded = changed_ocean("  seed: 1\n", "");
    assert_eq!(seeds(&unseeded), 1, "diffusion is random");
    let certain = unseeded.replace(", diffusion_uniform", "");
    assert_eq!(seeds(&certain), 0);
    assert_eq!(seeds(&certain.replace("at: [10, 35]", "box: [5, 15, 32, 38]")), 1);
    assert_eq!(seeds(&certain.replace("depth > 50 m", "uniform() > 0.99")), 1);
    assert_eq!(seeds(&certain.replace("0.1 /day * biomass", "normal() * 0.1 /day")), 1);
}
