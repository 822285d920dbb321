//! Wrong decks: each message names file, line and what to type.

use super::*;
use crate::deck::{Look, Report};

/// Change, expected place, part of the message, part of the help.
const ONE_MISTAKE: &[(&str, &str, &str, &str, &str)] = &[
    ("title:", "titel:", "deck.yaml:2:1", "unknown key `titel`", "`title`"),
    ("seed: 42", "sead: 42", "deck.yaml:7:5", "unknown key `cells.sample.sead`", "`seed`"),
    ("step: 1 s", "step: 1", "deck.yaml:12:14", "`1` has no unit", "`1 s`"),
    ("step: 1 s", "step: 1 K", "deck.yaml:12:14", "where s is needed", "`min`"),
    ("step: 1 s", "step: 1 sek", "deck.yaml:12:14", "unknown unit `sek`", "`sec`"),
    ("concentration.C", "concentration.D", "deck.yaml:11:9", "unknown species `D`", "chemdrift mechanism"),
    ("concentration.C", "concentration.M", "deck.yaml:11:9", "prescribed", "remove"),
    ("concentration.C", "C", "deck.yaml:11:9", "no input of a cell", "`concentration.C`"),
    ("count: 10_000", "count: -3", "deck.yaml:5:10", "`-3`", "whole number"),
    ("count: 10_000", "count: 0", "deck.yaml:5:10", "`0`", "at least 1"),
    ("count: 10_000", "count: 1.5", "deck.yaml:5:10", "`1.5`", "whole number"),
    ("  count: 10_000\n", "", "deck.yaml:5:3", "`cells.count` is missing", "count: 10_000"),
    ("seed: 42", "seed: 42\n    seed: 43", "deck.yaml:8:5", "stands twice, first on line 7", "remove"),
    ("seed: 42", "seed: -1", "deck.yaml:7:11", "no seed", "whole number"),
    ("seed: 42", "method: soboll", "deck.yaml:7:13", "unknown design `soboll`", "`sobol`"),
    ("[275 K, 325 K]", "275 K", "deck.yaml:9:30", "where a list belongs", "[one, two]"),
    ("[275 K, 325 K]", "[325 K, 275 K]", "deck.yaml:9:30", "lower bound is not below", "smaller value first"),
    ("[275 K, 325 K]", "[275 K]", "deck.yaml:9:30", "has 1 values", "[275 K, 325 K]"),
    ("[275 K, 325 K]", "[-1 K, 275 K]", "deck.yaml:9:31", "above 0 K", ""),
    ("uniform: [275 K", "unifrom: [275 K", "deck.yaml:9:21", "unknown key", "`uniform`"),
    ("uniform: [275 K", "normal: [275 K", "deck.yaml:9:29", "a list where a map", "key: value"),
    ("end: 60 s", "end: 60.5 s", "deck.yaml:12:24", "no multiple of `time.step`", "`end: 1 min` or `end: 61 s`"),
    ("end: 60 s", "end: 0.5 s", "deck.yaml:12:24", "ends (500 ms) before its first step", "end: 1 s"),
    ("end: 60 s", "end: 2020-01-02", "deck.yaml:12:24", "is a date", "start: 2020-01-01"),
    ("step: 1 s", "step: 0 s", "deck.yaml:12:14", "not positive", "step: 1 min"),
    ("step: 1 s", "step: -1 s", "deck.yaml:12:14", "not positive", "step: 1 min"),
    ("step: 1 s", "steps: [1 s]", "deck.yaml:12:27", "lists all steps already", "keep either"),
    ("time: {step: 1 s, end: 60 s}\n", "", "deck.yaml:2:1", "`time` is missing", "time: {step:"),
    ("time: {step: 1 s, end: 60 s}", "time: [1 s]", "deck.yaml:12:7", "a list where a map", "`key: value`"),
    (
        "initial: initial.csv",
        "initial: initial.csv, solver: {method: ros5}",
        "deck.yaml:3:75",
        "unknown `ros5`",
        "`ros",
    ),
    (
        "initial: initial.csv",
        "initial: initial.csv, solver: {tolerence: 1e-4}",
        "deck.yaml:3:67",
        "unknown key",
        "`rtol`",
    ),
    (
        "initial: initial.csv",
        "initial: initial.csv, solver: {atol: {Q: 1e-4 mol m-3}}",
        "deck.yaml:3:74",
        "unknown species `Q`",
        "default",
    ),
    (
        "initial: initial.csv",
        "initial: initial.csv, on_failure: halt",
        "deck.yaml:3:70",
        "unknown `halt`",
        "`mark`, `stop`",
    ),
    ("seed: 42", "seed: !secret 42", "deck.yaml:7:19", "tags", "remove"),
    ("output: {", "conditions: {}\noutput: {", "deck.yaml:13:1", "not in this version", "CHANGELOG"),
    ("output: {", "output: {compression: deflate 12, ", "deck.yaml:13:23", "no level `12`", "from 1 to 9"),
    ("output: {", "output: {compression: gzip, ", "deck.yaml:13:23", "unknown `gzip`", "`deflate`"),
    (
        "output: {",
        "output: {streams: [{every: 1.5 s, variables: all}], ",
        "deck.yaml:13:28",
        "no multiple",
        "every: 2 s",
    ),
    (
        "output: {",
        "output: {streams: [{every: 2 min, variables: all}], ",
        "deck.yaml:13:28",
        "longer than the run",
        "at: end",
    ),
    ("output: {", "output: {streams: [{at: 90 s, variables: all}], ", "deck.yaml:13:25", "after the end", "`end`"),
    ("output: {", "output: {streams: [{variables: all}], ", "deck.yaml:13:20", "says not when", "at: end"),
    (
        "output: {",
        "output: {streams: [{at: end, variables: [O3]}], ",
        "deck.yaml:13:42",
        "unknown variable `O3`",
        "`NO`",
    ),
    (
        "output: {",
        "output: {streams: [{at: end, variables: [statsu]}], ",
        "deck.yaml:13:42",
        "unknown variable",
        "`status`",
    ),
    (
        "output: {",
        "output: {streams: [{at: end, variables: all, where: cells}], ",
        "deck.yaml:13:46",
        "not in this version",
        "",
    ),
];

#[test]
fn one_mistake_one_message() {
    let mut wrong = Vec::new();
    for (from, to, place, message, help) in ONE_MISTAKE {
        let all = mistakes(&sources(&changed(from, to)));
        let (line, hint) = all[0].split_once(" | ").expect("a message and a help");
        let named = line.contains(&format!("runs/{place}: ")) && line.contains(message);
        if all.len() != 1 || !named || !hint.contains(help) || hint.is_empty() {
            wrong.push((to, place, all));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn all_mistakes_come_at_once_and_in_order() {
    let deck = DECK
        .replace("title:", "titel:")
        .replace("count: 10_000", "count: many")
        .replace("325 K", "325")
        .replace("step: 1 s", "step: 7 s")
        .replace("file:", "flie:");
    let all = mistakes(&sources(&deck));
    let lines: Vec<&str> = all.iter().filter_map(|m| m.split(':').nth(1)).collect();
    assert_eq!(lines, ["2", "5", "9", "12", "13"], "{all:#?}");
}

#[test]
fn files_that_cannot_be_read_are_named_where_the_deck_names_them() {
    let mut missing = sources(DECK);
    missing.mechanism = Some(TextFile { name: "runs/small.yaml".into(), content: Err("there is no such file".into()) });
    let all = mistakes(&missing);
    assert_eq!(all.len(), 1, "{all:#?}");
    assert!(all[0].starts_with("runs/deck.yaml:3:24: ") && all[0].contains("`runs/small.yaml` cannot be read"));

    let mut unread = sources(DECK);
    unread.deck.content = Err("it holds 100 MiB; the limit is 4 MiB".into());
    assert!(mistakes(&unread)[0].starts_with("runs/deck.yaml: the deck cannot be read: it holds 100 MiB"));
}

#[test]
fn a_broken_mechanism_is_reported_in_its_own_file_without_follow_ups() {
    let mut broken = sources(DECK);
    broken.mechanism = Some(text("runs/small.yaml", "version: 1.0.0\nspecies: [{name: A\n"));
    let all = mistakes(&broken);
    assert_eq!(all.len(), 1, "{all:#?}");
    assert!(all[0].contains("runs/small.yaml:") && all[0].contains("no valid YAML or JSON"), "{all:?}");
}

#[test]
fn initial_values_are_checked() {
    let cases = [
        ("CONC.A,1e-6", "CONC.A,many", "initial.csv:3:8", "`many` is no number"),
        ("CONC.A,1e-6", "CONC.A,-1", "initial.csv:3:8", "not negative"),
        ("CONC.A,1e-6", "CONC.A,1,2", "initial.csv:3:1", "has 2 values"),
        ("CONC.A,1e-6", "CONC.A,1\nCONC.A,2", "initial.csv:4:1", "stands twice, first on line 3"),
        ("CONC.A,1e-6", "A,1e-6", "initial.csv:3:1", "`A` is no initial value"),
        ("CONC.A,1e-6", "ENV.air_density,41", "initial.csv:3:1", "follows from"),
        ("SURF.het1,1e-7,1e9", "SURF.het1,1e-7", "initial.csv:5:1", "has 1 values"),
    ];
    for (from, to, place, message) in cases {
        let mut wrong = sources(DECK);
        wrong.initial = Some(text("runs/initial.csv", &INITIAL.replace(from, to)));
        let all = mistakes(&wrong);
        assert_eq!(all.len(), 1, "{to}: {all:#?}");
        assert!(all[0].starts_with(&format!("runs/{place}: ")) && all[0].contains(message), "{to}: {all:?}");
    }
}

#[test]
fn temperature_and_pressure_are_asked_for() {
    let deck = DECK.replace(", initial: initial.csv", "").replace("      temperature: {uniform: [275 K, 325 K]}\n", "");
    let all = mistakes(&sources(&deck));
    assert_eq!(all.len(), 2, "{all:#?}");
    assert!(all[0].contains("no temperature") && all[0].contains("`temperature: 298.15 K` under `cells.set`"));
    assert!(all[1].contains("no pressure"));
}

#[test]
fn mixing_ratios_need_one_air_density() {
    let all = mistakes(&sources(&changed("1e12 molecule cm-3", "50 ppb")));
    assert_eq!(all.len(), 1, "{all:#?}");
    assert!(all[0].contains("deck.yaml:11:26") && all[0].contains("is a mixing ratio"), "{all:?}");
}

#[test]
fn a_misspelt_key_is_one_mistake_and_not_also_a_missing_one() {
    let cases = [
        ("step: 1 s", "setp: 1 s"),
        ("end: 60 s", "edn: 60 s"),
        ("  count:", "  cuont:"),
        ("over:", "oevr:"),
        ("chemistry:", "chemisty:"),
        ("mechanism: small", "mechansim: small"),
        ("initial:", "inital:"),
        ("  set:", "  ste:"),
        ("output: {", "output: {streams: [{evry: 1 s, variables: all}], "),
        ("output: {", "output: {streams: [{every: 1 s, variabels: all}], "),
    ];
    for (from, to) in cases {
        let all = mistakes(&sources(&changed(from, to)));
        assert!(all.len() == 1 && all[0].contains("unknown key") && all[0].contains("did you mean"), "{to}: {all:#?}");
    }
}

#[test]
fn the_command_line_must_leave_something() {
    let nothing = Overrides { cells: Some(0), ..Overrides::default() };
    let report = check(&sources(DECK), &nothing).expect_err("no cells");
    assert_eq!(report.diagnostics[0].to_string(), "command line: `--cells 0` leaves nothing to run");
}

#[test]
fn a_variable_has_one_clock() {
    let streams = "output: {streams: [{every: 1 s, variables: [A, B]}, {at: end, variables: all}], ";
    let all = mistakes(&sources(&changed("output: {", streams)));
    assert_eq!(all.len(), 1, "{all:#?}");
    assert!(all[0].contains("`A` and 1 more: already written"), "{all:?}");
}

#[test]
fn the_report_is_plain_and_underlined_and_not_endless() {
    let report = check(&sources(&changed("titel".trim_end_matches("titel"), "")), &Overrides::default());
    assert!(report.is_ok());
    let many: String = (0..60).map(|i| format!("key{i}: 1\n")).collect();
    let report: Report =
        check(&sources(&(DECK.to_owned() + &many)), &Overrides::default()).expect_err("sixty unknown keys");
    let plain = report.render(Look::default());
    assert!(plain.contains("runs/deck.yaml:14:1: unknown key `key0`\n"), "{plain}");
    assert!(plain.contains("^^^^") && plain.contains("… and 10 more") && plain.ends_with("60 mistakes\n"), "{plain}");
    assert!(!plain.contains('\u{1b}') && !plain.contains('─'), "{plain}");
}

#[test]
fn files_on_disk_are_gathered_with_their_limits() {
    let folder = std::env::temp_dir().join(format!("chemdrift-deck-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let deck = folder.join("deck.yaml");
    std::fs::write(&deck, DECK).expect("a deck");
    std::fs::write(folder.join("small.yaml"), MECHANISM).expect("a mechanism");
    std::fs::write(folder.join("initial.csv"), [b'C', 0xff, b'\n']).expect("no UTF-8");
    let gathered = Sources::gather(&deck);
    assert!(gathered.mechanism.as_ref().is_some_and(|m| m.content.is_ok()));
    let all = mistakes(&gathered);
    assert_eq!(all.len(), 1, "{all:#?}");
    assert!(all[0].contains("deck.yaml:3:45") && all[0].contains("line 1 is not UTF-8"), "{all:?}");
    let bytes = postcard::to_stdvec(&gathered).expect("bytes");
    assert_eq!(postcard::from_bytes::<Sources>(&bytes).expect("sources"), gathered);

    // A sparse file is 100 MB to the reader and nothing to the disk.
    std::fs::File::create(&deck).and_then(|f| f.set_len(100 << 20)).expect("a large deck");
    assert!(mistakes(&Sources::gather(&deck))[0].contains("it holds 100 MiB; the limit is 4 MiB"));
    std::fs::write(&deck, "").expect("an empty deck");
    assert!(mistakes(&Sources::gather(&deck))[0].contains(":1:1: the deck is empty"));
    assert!(mistakes(&Sources::gather(&folder))[0].contains("it is a directory"));
    assert!(mistakes(&Sources::gather(&folder.join("none.yaml")))[0].contains("there is no such file"));
    std::fs::remove_dir_all(&folder).expect("removed");
}

#[test]
fn damaged_decks_never_panic_and_always_say_where() {
    let streams = "output: {compression: deflate 3, streams: [{at: [0 s, end], variables: [A, status]}, {every: 1 s, variables: all, reduce: [mean, p05], by: {A: [0 mol m-3, 1 mol m-3]}}], ";
    let deck = changed("output: {", streams).replace("seed: 42", "seed: 42\n    compatible: scipy");
    let mut state = 2024_u64;
    let mut draw = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap_or(0) % below
    };
    let pieces =
        ["", ":", "[", "]", "{", "}", ",", " ", "\n", "-", "0", "1e99", "*", "&a ", "*a", "'", "null", "é", "K"];
    let mut damage = |text: &str| -> String {
        let mut chars: Vec<String> = text.chars().map(String::from).collect();
        for _ in 0..=draw(3) {
            let place = draw(chars.len());
            chars[place] = pieces[draw(pieces.len())].to_owned();
        }
        chars.concat()
    };
    for round in 0..600 {
        let mut sources = sources(&deck);
        match round % 3 {
            0 => sources.deck = text("runs/deck.yaml", &damage(&deck)),
            1 => sources.mechanism = Some(text("runs/small.yaml", &damage(MECHANISM))),
            _ => sources.initial = Some(text("runs/initial.csv", &damage(INITIAL))),
        }
        if let Err(report) = check(&sources, &Overrides::default()) {
            assert!(!report.diagnostics.is_empty(), "{:?}", sources.deck.content);
            assert!(report.diagnostics.iter().all(|d| d.span.line > 0), "{report}");
            assert!(!report.render(Look { colour: true, unicode: true }).is_empty());
        }
    }
}
