//! Wrong decks of particles and damaged fields: each message names file, line and what to type.

use super::particles::{NEW_YEAR, OCEAN, changed_ocean, list, ocean, ocean_with};
use super::*;
use crate::calendar::Calendar;
use crate::deck::release_list::{self, HorizontalUnit};
use crate::deck::{Look, field_requests};
use crate::field_head::{FieldHead, FieldProblem, HorizontalHead};

/// What is replaced by what in the deck of the ocean, the place of the one mistake that follows, and the beginnings of
/// its message and of its help; `⏎` is a line break.
const ONE_MISTAKE: &str = include_str!("wrong_particles.txt");

#[test]
fn one_mistake_one_message() {
    let mut wrong = Vec::new();
    for line in ONE_MISTAKE.lines() {
        let case: Vec<String> = line.split(" ¦ ").map(|part| part.replace('⏎', "\n")).collect();
        let [from, to, place, message, help] = &case[..] else { panic!("`{line}` is no case") };
        let all = mistakes(&ocean(&changed_ocean(from, to)));
        let expected = format!("runs/{place}: {message}");
        if all.len() != 1 || !all[0].starts_with(&expected) || !all[0].contains(&format!(" | {help}")) {
            wrong.push(format!("{line}\n    gives {all:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(ONE_MISTAKE.lines().count() > 80);
}

/// The one mistake of a deck.
fn only(sources: &Sources) -> String {
    let all = mistakes(sources);
    assert_eq!(all.len(), 1, "{all:#?}");
    all.into_iter().next().unwrap_or_default()
}

fn rectilinear(head: &mut FieldHead) -> (&mut Vec<f64>, &mut Vec<f64>) {
    match &mut head.axes.horizontal {
        HorizontalHead::Rectilinear { lon, lat, .. } => (lon, lat),
        HorizontalHead::Curvilinear { .. } => panic!("the ocean is rectilinear"),
    }
}

#[test]
fn what_is_wrong_with_files_is_told_where_the_deck_names_them() {
    let cases = [
        ("`runs/ocean_1.nc` has no variable `uo`", Some("did you mean `uos`?")),
        ("`runs/ocean_1.nc` has no time axis", Some("add `every: 6 h`")),
        ("`runs/ocean_3.nc` is cut short: 1000 of 2000 bytes", None),
    ];
    for (message, help) in cases {
        let mut sources = ocean(OCEAN);
        let problem = FieldProblem { message: message.to_owned(), help: help.map(str::to_owned) };
        sources.fields.insert("U".to_owned(), Err(problem));
        let told = only(&sources);
        assert!(told.starts_with(&format!("runs/deck.yaml:5:13: `fields.U`: {message} | ")), "{told}");
        assert!(told.ends_with(help.unwrap_or("`*` and `?` stand for parts of names")), "{told}");
    }
    let deck = changed_ocean("{file: ocean_*.nc, variable: uo}", "{file: {a: b}}");
    assert!(only(&ocean(&deck)).starts_with("runs/deck.yaml:5:13: `fields.U.file` names no file"));
}

#[test]
fn fields_of_one_velocity_fit_together() {
    type Damage = fn(&mut FieldHead);
    let cases: [(Damage, &str); 6] = [
        (|h| rectilinear(h).0.truncate(20), "`V` has 20 x 11 x 5 nodes, `U` has 21 x 11 x 5 | on an A-grid"),
        (|h| h.axes.depth.clear(), "`V` has 21 x 11 nodes, `U` has 21 x 11 x 5"),
        (
            |h| rectilinear(h).1.iter_mut().for_each(|y| *y += 0.5),
            "`V` stands on other nodes than `U`: lat 30.5 and 30",
        ),
        (|h| h.axes.depth[4] = 120.0, "`V` stands at other depths than `U`: 120 m and 100 m"),
        (|h| h.snapshots.truncate(20), "`V` has 20 snapshots, `U` has 31 | name the same time range"),
        (
            |h| h.snapshots[1].time += 3600.0,
            "`V` has a snapshot at 2020-01-02T01:00:00 where `U` has one at 2020-01-02",
        ),
    ];
    for (damage, message) in cases {
        let told = only(&ocean_with(OCEAN, |name, head| {
            if name == "V" {
                damage(head);
            }
        }));
        assert!(told.starts_with(&format!("runs/deck.yaml:6:3: {message}")), "{told}");
    }
    let c_grid = changed_ocean("mesh: spherical", "mesh: spherical\n  grid: c");
    let shifted = ocean_with(&c_grid, |name, h| {
        rectilinear(h).0.iter_mut().for_each(|x| *x += if name == "V" { 0.5 } else { 0.0 });
    });
    assert!(check(&shifted, &Overrides::default()).is_ok());
}

#[test]
fn coordinates_units_and_calendars_are_held_against_the_deck() {
    let metres = ocean_with(OCEAN, |name, h| {
        if name == "U" || name == "V" {
            rectilinear(h).1[10] = 4e5;
        }
    });
    let all = mistakes(&metres);
    assert!(all[0].starts_with("runs/deck.yaml:5:13: `fields.U`: latitudes from 30 to 400000 do not fit"), "{all:?}");
    let kelvin = ocean_with(OCEAN, |name, head| {
        if name == "U" {
            head.units = "K".to_owned();
        }
    });
    assert!(
        only(&kelvin).starts_with("runs/deck.yaml:5:13: `fields.U`: `uo` in `K` (K) is no velocity | name another")
    );
    let odd = ocean_with(OCEAN, |name, head| {
        if name == "U" {
            head.units = "knotz".to_owned();
        }
    });
    assert!(only(&odd).contains("`uo` has the unknown units `knotz` | add `units: m s-1`"));
    let years = ocean_with(OCEAN, |name, head| {
        if name == "T" {
            head.calendar = Calendar::NoLeap;
        }
    });
    let told = mistakes(&years);
    assert!(told[0].starts_with("runs/deck.yaml:7:3: `T` counts its days in the calendar `noleap`, `U` in `standard`"));
    let short = ocean_with(OCEAN, |name, head| {
        if name == "T" {
            head.snapshots.truncate(5);
        }
    });
    let told = only(&short);
    assert!(
        told.contains("to 2020-01-11, but `T` covers only 2020-01-01 to 2020-01-05 | write `end: 4 day`"),
        "{told}"
    );
    let kh = changed_ocean("{constant: 100 m2 s-1}", "{file: k.nc}").replace(", diffusion_uniform", "");
    let velocity = ocean_with(&kh, |name, head| {
        if name == "Kh" {
            head.units = "m/s".to_owned();
        }
    });
    assert!(only(&velocity).contains("`Kh` in `m/s` (m s-1) is no diffusivity"));
}

#[test]
fn releases_partly_outside_are_warned_of() {
    let deck = changed_ocean("{at: [10, 35]}", "{box: [15, 25, 30, 40]}");
    let plan = check(&ocean(&deck), &Overrides::default()).unwrap_or_else(|report| panic!("{report}"));
    let warning =
        "runs/deck.yaml:11:18: part of the release (lon 15 to 25, lat 30 to 40) lies outside `U`: lon 0 to 20";
    let found = plan.warnings.iter().any(|w| w.starts_with(&warning.replace("11:18", "11")));
    assert!(found, "{:?}", plan.warnings);
}

#[test]
fn lists_are_read_and_their_mistakes_named() {
    let folder = std::env::temp_dir().join(format!("chemdrift-list-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("release.csv");
    let deck = changed_ocean("  count: 1000\n", "").replace("{at: [10, 35]}", "{file: release.csv}");
    let told = |text: &str| -> Vec<String> {
        std::fs::write(&path, text).expect("a list");
        let release = Some(release_list::inspect(&path));
        let wrong = check(&Sources { release, ..ocean(&deck) }, &Overrides::default()).err();
        let all = wrong.map(|r| r.diagnostics).unwrap_or_default();
        all.iter().map(|d| format!("{d} | {}", d.help.clone().unwrap_or_default())).collect()
    };
    let head = "lon,lat,depth,time\n";
    let cases: [(&str, &str, &str); 13] = [
        ("lon,depth\n1,2\n", "release.csv:1:1", "the list has no column `lat` | the first line names the columns"),
        ("1,2\n3,4\n", "release.csv:1:1", "the list begins with `1`, where its header belongs"),
        ("lon,latt\n1,2\n", "release.csv:1:5", "unknown column `latt` in a release list | did you mean `lat`?"),
        ("lon,lat,lat\n1,2,3\n", "release.csv:1:9", "two columns hold `lat`"),
        ("lon,lat,depth [s]\n1,2,3\n", "release.csv:1:9", "column `depth [s]` has unit s where m is needed"),
        ("lon [km],lat\n1,2\n", "release.csv:1:1", "lon and lat have different units"),
        ("lon [km],lat [km]\n1,32\n", "deck.yaml:10:19", "has lon and lat in a length, the mesh is spherical"),
        ("lon,lat\n1,32\n3,x\n", "release.csv:3:3", "`x` is no number"),
        ("lon,lat\n1,32\n3\n", "release.csv:3:1", "the row has 1 values, the header has 2 columns"),
        ("lon,lat,time\n1,32,noon\n", "release.csv:2:6", "`noon` is no time | write seconds from the start, or a date"),
        ("lon,lat,time\n1,32,5\n1,32,2020-01-02\n", "release.csv:3:6", "the list mixes dates and times from the start"),
        ("lon,lat\n", "deck.yaml:10:19", "it has no rows after its header | add one line for each particle"),
        (
            "lon,lat\n100,32\n120,33\n",
            "deck.yaml:10:19",
            "the release at lon 100 to 120, lat 32 to 33 lies outside `U`",
        ),
    ];
    for (text, place, message) in cases {
        let all = told(text);
        assert!(
            all.len() == 1 && all[0].contains(&format!("{place}: ")) && all[0].contains(message),
            "{text}: {all:#?}"
        );
    }
    assert!(told(&format!("{head}1,31,200,0\n"))[0].contains("release depth of 200 m lies outside `U`: 0.5 to 100 m"));
    assert!(told(&format!("{head}1,31,2,864000\n"))[0].contains("has times from 2020-01-11 to 2020-01-11"));
    let good = "\u{feff}# made by hand\nlat [degrees_north],lon [degrees_east],time [h],depth [km]\n31,1,1.5,1e-3\n\n32,2,3,2e-3\n";
    assert_eq!(told(good), Vec::<String>::new());
    let values = release_list::read(&path, 2, None, false).unwrap_or_else(|report| panic!("{report}"));
    assert_eq!((values.lon, values.lat, values.depth), (vec![1.0, 2.0], vec![31.0, 32.0], vec![1.0, 2.0]));
    assert_eq!(values.time, [5400.0, 10_800.0]);
    assert!(release_list::read(&path, 3, None, false).is_err());
    assert_eq!(told("lon,lat,time\n1,31,2020-01-02T12:00\n2,32,2020-01-01\n"), Vec::<String>::new());
    let start = Some((Calendar::Standard, NEW_YEAR));
    assert_eq!(release_list::read(&path, 2, start, true).map(|l| l.time).ok(), Some(vec![129_600.0, 0.0]));
    std::fs::remove_file(&path).expect("removed");
    assert!(
        Sources { release: Some(release_list::inspect(&path)), ..ocean(&deck) }
            .release
            .is_some_and(|r| r.content.is_err())
    );
    std::fs::remove_dir_all(&folder).expect("removed");

    let mut metres = list(3, None);
    if let Ok(summary) = &mut metres.content {
        summary.horizontal = HorizontalUnit::Metres;
    }
    assert!(only(&Sources { release: Some(metres), ..ocean(&deck) }).contains("the mesh is spherical"));
    let more = deck.replace("  release:", "  count: 71\n  release:");
    assert!(only(&Sources { release: Some(list(70, None)), ..ocean(&more) }).contains("but the list has 70"));
}

#[test]
fn a_deck_is_about_one_kind_of_work() {
    let told = only(&ocean(&changed_ocean("output: {", "chemistry: {mechanism: a.yaml}\noutput: {")));
    assert!(told.contains("3:1: `fields` stands in a deck about chemistry"), "{told}");
    assert!(only(&sources("title: x\n")).contains("1:1: the deck does not say what to compute"));
    assert!(mistakes(&sources("fields: {mesh: flat}\n"))[0].contains("`particles` is missing"));
    let nothing = Overrides { particles: Some(0), ..Overrides::default() };
    let report = check(&ocean(OCEAN), &nothing).expect_err("no particles");
    assert_eq!(report.diagnostics[0].to_string(), "command line: `--particles 0` leaves nothing to run");
    let particles = Overrides { particles: Some(1), ..Overrides::default() };
    assert!(check(&sources(DECK), &particles).is_err());
}

#[test]
fn damaged_decks_of_particles_never_panic_and_always_say_where() {
    let deck = OCEAN
        .replace("{at: [10, 35]}", "{box: [1, 2, 31, 32], time: 1 day, repeat_every: 6 h, depth: 3 m}")
        .replace("delete_when", "velocity: {w: -1 mm s-1, u: \"1 m/s * (hour < 6)\"}\n  on_land: slip\n  delete_when")
        .replace("variable: vo", "variable: vo, units: m s-1, factor: 3 %, outside_times: {periodic: 40 days}");
    let pieces =
        ["", ":", "[", "]", "{", "}", ",", " ", "\n", "-", "0", "1e99", "*", "&a ", "*a", "'", "null", "é", "K", "\""];
    let mut state = 2025_u64;
    let mut draw = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap_or(0) % below
    };
    for _ in 0..600 {
        let mut chars: Vec<String> = deck.chars().map(String::from).collect();
        for _ in 0..=draw(3) {
            let place = draw(chars.len());
            chars[place] = pieces[draw(pieces.len())].to_owned();
        }
        let damaged = chars.concat();
        if let Err(report) = check(&ocean(&damaged), &Overrides::default()) {
            assert!(!report.diagnostics.is_empty(), "{damaged}");
            assert!(report.diagnostics.iter().all(|d| d.span.line > 0), "{report}");
            assert!(!report.render(Look { colour: true, unicode: true }).is_empty());
        }
        assert!(field_requests(&sources(&damaged)).len() < 9);
    }
}
