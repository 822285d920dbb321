//! Calendars against cftime.

use super::*;
use Calendar::{AllLeap, Days360, NoLeap, ProlepticGregorian, Standard};

/// Number, units, calendar, s since 1970-01-01 and date, all by cftime 1.6.6:
/// `date2num(num2date(number, units, calendar), 'seconds since 1970-01-01', calendar)`.
#[test]
fn times_agree_with_cftime() {
    let cases = [
        (37255.0, "days since 1900-1-1", "standard", 1_009_843_200.0, "2002-01-01 00:00:00"),
        (0.0, "seconds since 1900-01-01 00:00:00", "gregorian", -2_208_988_800.0, "1900-01-01 00:00:00"),
        (876_576.0, "hours since 1900-01-01 00:00:00.0", "gregorian", 946_684_800.0, "2000-01-01 00:00:00"),
        (0.0, "hours since 2000-01-01 00:00:00", "proleptic_gregorian", 946_684_800.0, "2000-01-01 00:00:00"),
        (720.0, "days since 0001-01-01", "360_day", -61_181_568_000.0, "0003-01-01 00:00:00"),
        (59.0, "days since 2000-01-01", "360_day", 938_217_600.0, "2000-02-30 00:00:00"),
        (59.0, "days since 2000-01-01", "noleap", 951_177_600.0, "2000-03-01 00:00:00"),
        (60.0, "days since 2000-01-01", "standard", 951_868_800.0, "2000-03-01 00:00:00"),
        (60.0, "days since 2001-01-01", "all_leap", 985_478_400.0, "2001-03-01 00:00:00"),
        (1e6, "days since 1850-01-01", "365_day", 82_615_680_000.0, "4589-09-23 00:00:00"),
        (1e6, "days since 1850-01-01", "366_day", 82_605_312_000.0, "4582-03-29 00:00:00"),
        (1e6, "days since 1850-01-01", "360_day", 82_667_520_000.0, "4627-10-11 00:00:00"),
        (1e6, "minutes since 1850-01-01 12:30:15", "", -3_726_780_585.0, "1851-11-26 23:10:15"),
        (12.0, "hours since 2000-01-01 00:00:00 +05:30", "standard", 946_708_200.0, "2000-01-01 06:30:00"),
        (730_000.25, "days since 0001-01-01", "proleptic_gregorian", 936_424_800.0, "1999-09-04 06:00:00"),
        (730_000.25, "days since 0001-01-01", "standard", 936_252_000.0, "1999-09-02 06:00:00"),
        (577_737.0, "days since 0001-01-01", "standard", -12_219_292_800.0, "1582-10-15 00:00:00"),
        (577_736.0, "days since 0001-01-01", "standard", -12_219_379_200.0, "1582-10-04 00:00:00"),
        (3_155_674_500.0, "seconds since 1900-01-01", "gregorian", 946_685_700.0, "2000-01-01 00:15:00"),
    ];
    for (number, units, calendar, seconds, date) in cases {
        let units = TimeUnits::parse(units, calendar).unwrap();
        assert_eq!(units.seconds(number), seconds, "{number} {units:?}");
        assert_eq!(text(seconds, units.calendar), date);
    }
}

/// Seconds by `date2num(cftime.datetime(...), 'seconds since 1970-01-01')`, cftime 1.6.6.
#[test]
fn dates_agree_with_cftime() {
    let cases = [
        ("1582-10-4", Standard, -12_219_379_200),
        ("0001-01-01", Standard, -62_135_769_600),
        ("1900-03-01", Standard, -2_203_891_200),
        ("2400-03-01", Standard, 13_574_649_600),
        ("1969-12-30", NoLeap, -172_800),
        ("1582-10-04", NoLeap, -12_212_121_600),
        ("2000-12-30", AllLeap, 980_121_600),
        ("0001-01-01", Days360, -61_243_776_000),
        ("1969-12-30", Days360, -86_400),
        ("1582-10-04", ProlepticGregorian, -12_220_243_200),
        ("0001-01-01", ProlepticGregorian, -62_135_596_800),
    ];
    for (date, calendar, seconds) in cases {
        assert_eq!(parse_date(date, calendar), Ok(seconds), "{date} {calendar:?}");
    }
}

#[test]
fn every_day_comes_back() {
    for calendar in [Standard, ProlepticGregorian, NoLeap, AllLeap, Days360] {
        for days in (-800_000..800_000).step_by(97) {
            let (year, month, day) = date_from_days(calendar, days);
            assert_eq!(days_from_date(calendar, year, month, day), days, "{calendar:?} {year}-{month}-{day}");
        }
    }
}

#[test]
fn odd_spellings_are_read() {
    let of = |text: &str| parse_date(text, Standard).unwrap();
    assert_eq!(of("2000-01-01T00:15:00Z"), 946_685_700);
    assert_eq!(of("2000-1-1 0:15"), 946_685_700);
    assert_eq!(of("20000101"), 946_684_800);
    assert_eq!(of("2000-01-01 00:15:00.000 UTC"), 946_685_700);
    // UDUNITS: local time at UTC-6 is six hours behind.
    assert_eq!(of("2000-01-01 00:00:00 -6:00"), 946_684_800 + 6 * 3600);
    assert_eq!(of("2000-01-01 00:00:00 +0530"), 946_684_800 - 19_800);
    let units = TimeUnits::parse("second", "").unwrap();
    assert_eq!((units.calendar, units.seconds(3600.0)), (Calendar::Elapsed, 3600.0));
    assert_eq!(text(90_061.0, Calendar::Elapsed), "1 d 01:01:01 after the start");
}

#[test]
fn nonsense_is_refused() {
    for units in ["", "months since 2000-01-01", "days since", "days since yesterday", "1e-3", "degrees"] {
        assert!(TimeUnits::parse(units, "").is_err(), "{units}");
    }
    assert!(TimeUnits::parse("days since 2000-01-01", "maya").is_err());
    assert!(parse_date("2001-02-29", Standard).unwrap_err().contains("no 2001-02-29"));
    assert!(parse_date("2001-02-29", Days360).is_ok());
    assert!(parse_date("2001-13-01", Standard).is_err());
}

#[test]
fn exact_dates_have_the_parts_of_groups() {
    let of = |text: &str, calendar| {
        let Date { year, month, day_of_year, hour } = date(parse_date(text, calendar).unwrap() as f64, calendar);
        [year, month, day_of_year, hour]
    };
    assert_eq!(of("2000-12-31 23:59:59", Calendar::Standard), [2000, 12, 366, 23]);
    assert_eq!(of("1900-03-01", Calendar::ProlepticGregorian), [1900, 3, 60, 0]);
    assert_eq!(of("2001-12-31", Calendar::NoLeap), [2001, 12, 365, 0]);
    assert_eq!(of("2001-02-30 6:30:00", Calendar::Days360), [2001, 2, 60, 6]);
    assert_eq!(of("1582-10-15", Calendar::Standard), [1582, 10, 278, 0]);
    // An hour in parts of a day falls short of it by less than a second.
    assert_eq!(date(3600.0 - 1e-7, Calendar::Standard).hour, 1);
}
