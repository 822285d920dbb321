//! Quantities: known conversions, and properties that hold for all of them.

#![allow(clippy::expect_used, clippy::float_cmp)] // a test fails by panicking; these numbers are exact

use super::*;

#[test]
fn known_conversions() {
    let cases = [
        ("15 min", Dimension::TIME, 900.0),
        ("287.45 K", Dimension::TEMPERATURE, 287.45),
        ("20 degC", Dimension::TEMPERATURE, 293.15),
        ("1 atm", Dimension::PRESSURE, 101_325.0),
        ("1013.25 hPa", Dimension::PRESSURE, 101_325.0),
        ("1 bar", Dimension::PRESSURE, 1e5),
        ("50 ppb", Dimension::NONE, 5e-8),
        ("10 %", Dimension::NONE, 0.1),
        ("0.25", Dimension::NONE, 0.25),
        ("1e-14 mol m-3", Dimension::CONCENTRATION, 1e-14),
        ("1_000 ms", Dimension::TIME, 1.0),
        ("2 weeks", Dimension::TIME, 1_209_600.0),
        ("1 mol/m3", Dimension::CONCENTRATION, 1.0),
        ("1 nmol/(L)", Dimension::CONCENTRATION, 1e-6),
        ("4e-4 s-1", Dimension::FREQUENCY, 4e-4),
        ("1/s", Dimension::FREQUENCY, 1.0),
        ("0.1 um", Dimension::LENGTH, 1e-7),
    ];
    for (text, dimension, value) in cases {
        assert_eq!(parse(text, dimension), Ok(value), "{text}");
    }
    let molecules = parse("1e6 molecule cm-3", Dimension::CONCENTRATION).expect("a concentration");
    assert!((molecules / (1e12 / 6.022_140_76e23) - 1.0).abs() < 1e-15);
    let rate = parse_unit("cm3 molecule-1 s-1").expect("a unit");
    assert_eq!(rate.dimension.si(), "m3 mol-1 s-1");
    assert!((rate.factor() / 6.022_140_76e17 - 1.0).abs() < 1e-15);
}

#[test]
fn spellings_of_one_unit_are_equal() {
    let diffusivity = ["m2 s-1", "m^2/s", "m2/s", "m**2 s^-1", "m2.s-1", "s-1 m2", "m2/(s)"];
    for text in diffusivity {
        assert_eq!(parse_unit(text), parse_unit(diffusivity[0]), "{text}");
    }
}

#[test]
fn a_unit_times_its_inverse_is_one() {
    for named in NAMED {
        for name in named.0.iter().filter(|n| **n != "1") {
            let unit = parse_unit(&format!("{name} {name}-1")).expect("a unit");
            assert_eq!(unit.dimension, Dimension::NONE, "{name}");
            assert!((unit.factor() - 1.0).abs() < 1e-15, "{name}");
        }
    }
}

#[test]
fn si_spelling_reads_back() {
    for text in ["mol m-3", "Pa", "s-1", "m6 mol-2 s-1", "kg mol-1", "m3 mol-1 s-1"] {
        let unit = parse_unit(text).expect("a unit");
        assert_eq!(parse_unit(&unit.dimension.si()), Ok(unit), "{text}");
        assert!((unit.factor() - 1.0).abs() < f64::EPSILON, "{text}");
    }
}

#[test]
fn mistakes_say_what_to_type() {
    let bare = parse("298", Dimension::TEMPERATURE).expect_err("no unit");
    assert!(bare.message.contains("has no unit") && bare.help.contains("`298 K`"));
    let wrong = parse("298 s", Dimension::TEMPERATURE).expect_err("seconds");
    assert!(wrong.message.contains("where K is needed") && wrong.help.contains("degC"));
    let unknown = parse("3 minuts", Dimension::TIME).expect_err("unknown");
    assert!(unknown.help.contains("`minutes`") || unknown.help.contains("`minute`"), "{unknown:?}");
    for text in ["", "abc", "nan K", "inf K", "1e999 K", "--1 K", "1 m^", "1 K-", "1 degC s-1", "1 m99"] {
        assert!(parse(text, Dimension::TEMPERATURE).is_err(), "{text}");
    }
}

#[test]
fn counts() {
    assert_eq!(parse_count("10_000"), Some(10_000));
    assert_eq!(parse_count("1e6"), Some(1_000_000));
    for text in ["-1", "1.5", "1e300", "ten", "", "1 s"] {
        assert_eq!(parse_count(text), None, "{text}");
    }
}

#[test]
fn durations_for_names() {
    for (seconds, name) in [(10.0, "10s"), (900.0, "15min"), (86_400.0, "1day"), (0.5, "500ms"), (90.0, "90s")] {
        assert_eq!(short_duration(seconds), name);
    }
}

#[test]
fn regress_units_beyond_all_numbers_are_refused() {
    for text in ["1fg11fg11fg1fg1fg fg0s", "fg11 fg11", "fg-11 fg-11"] {
        let told = parse_unit(text).unwrap_err();
        assert!(told.message.contains("too small or too large"), "{told:?}");
    }
}

#[test]
fn exact_plain_numbers_with_and_without_underscores() {
    for (text, number) in [
        ("10_000", 1e4),
        ("1_0.5e1_0", 10.5e10),
        (" -2.5 ", -2.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("+1e-3", 1e-3),
        ("1E6", 1e6),
    ] {
        assert_eq!(parse_number(text), Some(number), "{text}");
    }
    for text in ["", "-", "e5", "1e", "1 m", "inf", "-infinity", "nan", "1e999", "0x10", "1,5", "2020-01-01"] {
        assert_eq!(parse_number(text), None, "{text}");
    }
}
