//! Calendars of CF: text such as `days since 1900-1-1` to s since 1970-01-01 in that calendar, and back.
//!
//! Whole days and seconds are counted in integers; only the number in a file is real. The algorithms for the two
//! Gregorian calendars are those of Hinnant, "chrono-compatible low-level date algorithms" (2013).

use crate::field_head::Calendar;

const SECONDS_PER_DAY: i64 = 86_400;
/// 1582-10-15, the first Gregorian day, days since 1970-01-01.
const GREGORIAN_FROM: i64 = -141_427;
/// Days of the months of a year without a leap day.
const MONTHS: [i64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// How a file counts time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TimeUnits {
    pub calendar: Calendar,
    /// s in one unit.
    pub unit: f64,
    /// Where the count begins, s since 1970-01-01 in the calendar; 0 without a date.
    pub origin: i64,
}

impl TimeUnits {
    /// From the attributes `units` and `calendar` (empty when absent). Without `since` times are `Calendar::Elapsed`.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(units: &str, calendar: &str) -> Result<Self, String> {
        let lower = units.trim().to_lowercase();
        let (name, date) = match lower.split_once(" since ") {
            Some((name, date)) => (name.trim(), Some(date.trim())),
            None => (lower.as_str(), None),
        };
        let unit = seconds_in(name).ok_or_else(|| format!("`{units}` does not count time in a unit that is known"))?;
        let Some(date) = date else {
            return Ok(Self { calendar: Calendar::Elapsed, unit, origin: 0 });
        };
        let calendar = calendar_named(calendar)?;
        let origin = parse_date(date, calendar).map_err(|reason| format!("`{units}`: {reason}"))?;
        Ok(Self { calendar, unit, origin })
    }

    /// s since 1970-01-01 of a number in the file; whole units are added exactly.
    #[must_use]
    pub fn seconds(&self, number: f64) -> f64 {
        self.origin as f64 + number * self.unit
    }
}

/// The calendar with a CF name; an empty name is the standard one.
///
/// # Errors
/// For a name that is none of CF's.
pub fn calendar_named(name: &str) -> Result<Calendar, String> {
    match name.trim().to_lowercase().as_str() {
        "" | "standard" | "gregorian" => Ok(Calendar::Standard),
        "proleptic_gregorian" => Ok(Calendar::ProlepticGregorian),
        "noleap" | "365_day" | "no_leap" => Ok(Calendar::NoLeap),
        "all_leap" | "366_day" => Ok(Calendar::AllLeap),
        "360_day" => Ok(Calendar::Days360),
        "julian" => Err("the calendar `julian` is not supported: no model of this century uses it".to_owned()),
        other => Err(format!("the calendar `{other}` is not one of CF")),
    }
}

impl Calendar {
    /// The CF name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::ProlepticGregorian => "proleptic_gregorian",
            Self::NoLeap => "noleap",
            Self::AllLeap => "all_leap",
            Self::Days360 => "360_day",
            Self::Elapsed => "elapsed",
        }
    }

    /// Whether times of both may be compared: the two Gregorian calendars agree since 1582.
    #[must_use]
    pub fn agrees_with(self, other: Self) -> bool {
        let gregorian = |c| matches!(c, Self::Standard | Self::ProlepticGregorian);
        self == other || (gregorian(self) && gregorian(other))
    }
}

fn seconds_in(unit: &str) -> Option<f64> {
    Some(match unit {
        "milliseconds" | "millisecond" | "millisec" | "millisecs" | "msec" | "msecs" | "ms" => 1e-3,
        "microseconds" | "microsecond" | "microsec" | "microsecs" => 1e-6,
        "nanoseconds" | "nanosecond" | "ns" => 1e-9,
        "seconds" | "second" | "secs" | "sec" | "s" => 1.0,
        "minutes" | "minute" | "mins" | "min" => 60.0,
        "hours" | "hour" | "hrs" | "hr" | "h" => 3600.0,
        "days" | "day" | "d" => 86_400.0,
        "weeks" | "week" => 604_800.0,
        // Months and years have no fixed length; UDUNITS' mean year would put every date a little off.
        _ => return None,
    })
}

/// A date as in `2000-1-1`, `2000-01-01 12:30:15.0`, `2000-01-01T12:30:15Z`, `2000-01-01 00:00:00 -6:00` (a zone, as
/// UDUNITS reads it) to s since 1970-01-01 in the calendar. Parts of a second are dropped.
///
/// # Errors
/// What is wrong with the text.
pub fn parse_date(text: &str, calendar: Calendar) -> Result<i64, String> {
    let wrong = || format!("`{text}` is no date such as 2000-01-31 or 2000-01-31 12:00:00");
    let lower = text.trim().to_lowercase();
    let (date, rest) = match lower.find([' ', 't']) {
        Some(at) => (&lower[..at], lower[at + 1..].trim()),
        None => (lower.as_str(), ""),
    };
    let (sign, digits) = date.strip_prefix('-').map_or((1, date), |d| (-1, d));
    let parts: Vec<i64> = if digits.len() == 8 && digits.bytes().all(|b| b.is_ascii_digit()) {
        [&digits[..4], &digits[4..6], &digits[6..]].iter().map(|p| p.parse()).collect::<Result<_, _>>()
    } else {
        digits.split('-').map(str::parse).collect::<Result<_, _>>()
    }
    .map_err(|_| wrong())?;
    let [year, month, day] = match parts[..] {
        [year, month, day] => [sign * year, month, day],
        [year, month] => [sign * year, month, 1],
        _ => return Err(wrong()),
    };
    if !(1..=12).contains(&month) || year.abs() > 1_000_000 {
        return Err(wrong());
    }
    if !(1..=days_in_month(calendar, year, month)).contains(&day) {
        return Err(format!("there is no {year:04}-{month:02}-{day:02} in the calendar {}", calendar.name()));
    }
    let clock = parse_clock(rest).ok_or_else(wrong)?;
    Ok(days_from_date(calendar, year, month, day) * SECONDS_PER_DAY + clock)
}

/// `12:30:15.0 +01:00` to s since midnight UTC.
fn parse_clock(text: &str) -> Option<i64> {
    let text = text.trim_end_matches("utc").trim_end_matches("gmt").trim_end_matches('z').trim();
    if text.is_empty() {
        return Some(0);
    }
    let (clock, zone) = match text.find(['+', '-']) {
        Some(at) => (text[..at].trim(), Some(&text[at..])),
        None => match text.split_once(' ') {
            Some((clock, zone)) => (clock, Some(zone.trim())),
            None => (text, None),
        },
    };
    let hms = |text: &str| -> Option<i64> {
        let mut seconds = 0;
        let mut scale = 3600;
        for part in text.split(':') {
            let value: f64 = part.parse().ok()?;
            if !(0.0..=60.0).contains(&value) || scale == 0 {
                return None;
            }
            seconds += value.floor() as i64 * scale;
            scale /= 60;
        }
        Some(seconds)
    };
    let shift = match zone {
        None | Some("") => 0,
        Some(zone) => {
            let (sign, digits) = match zone.strip_prefix('-') {
                Some(digits) => (-1, digits),
                None => (1, zone.strip_prefix('+').unwrap_or(zone)),
            };
            // `+0530` is the same as `+05:30`.
            let with_colon = (digits.len() == 4 && digits.is_ascii() && !digits.contains(':'))
                .then(|| format!("{}:{}", &digits[..2], &digits[2..]));
            sign * hms(with_colon.as_deref().unwrap_or(digits))?
        }
    };
    let clock = if clock.is_empty() { 0 } else { hms(clock)? };
    Some(clock - shift)
}

/// A time as text, to the second: `2000-01-31 12:00:00`; `Calendar::Elapsed` as `3 d 12:00:00 after the start`.
#[must_use]
pub fn text(seconds: f64, calendar: Calendar) -> String {
    if !seconds.is_finite() || seconds.abs() > 3e13 {
        return format!("{seconds} s");
    }
    let whole = seconds.round() as i64;
    let (days, second) = (whole.div_euclid(SECONDS_PER_DAY), whole.rem_euclid(SECONDS_PER_DAY));
    let clock = format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
    if calendar == Calendar::Elapsed {
        return format!("{days} d {clock} after the start");
    }
    let (year, month, day) = date_from_days(calendar, days);
    format!("{year:04}-{month:02}-{day:02} {clock}")
}

fn is_leap(calendar: Calendar, year: i64) -> bool {
    match calendar {
        Calendar::NoLeap | Calendar::Days360 => false,
        Calendar::AllLeap => true,
        Calendar::Standard if year < 1582 => year % 4 == 0,
        Calendar::Standard | Calendar::ProlepticGregorian | Calendar::Elapsed => {
            year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        }
    }
}

fn days_in_month(calendar: Calendar, year: i64, month: i64) -> i64 {
    if calendar == Calendar::Days360 {
        return 30;
    }
    MONTHS[(month - 1) as usize] + i64::from(month == 2 && is_leap(calendar, year))
}

/// Days since 1970-01-01.
fn days_from_date(calendar: Calendar, year: i64, month: i64, day: i64) -> i64 {
    let fixed = |days_per_year: i64| {
        let before: i64 = (1..month).map(|m| days_in_month(calendar, year, m)).sum();
        (year - 1970) * days_per_year + before + day - 1
    };
    match calendar {
        Calendar::NoLeap => fixed(365),
        Calendar::AllLeap => fixed(366),
        Calendar::Days360 => fixed(360),
        Calendar::Standard if (year, month, day) < (1582, 10, 15) => julian(year, month, day),
        Calendar::Standard | Calendar::ProlepticGregorian | Calendar::Elapsed => gregorian(year, month, day),
    }
}

/// Day of a year that begins with March, so that the leap day is its last one.
fn day_from_march(month: i64, day: i64) -> i64 {
    (153 * ((month + 9) % 12) + 2) / 5 + day - 1
}

fn gregorian(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + day_from_march(month, day) - 719_468
}

fn julian(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    year * 365 + year.div_euclid(4) + day_from_march(month, day) - 719_470
}

/// Inverse of `days_from_date`: the year by an estimate that is corrected, the month by counting.
fn date_from_days(calendar: Calendar, days: i64) -> (i64, i64, i64) {
    let mut year = 1970 + days.div_euclid(366);
    while days_from_date(calendar, year + 1, 1, 1) <= days {
        let missing = days - days_from_date(calendar, year + 1, 1, 1);
        year += 1 + missing / 366;
    }
    while days_from_date(calendar, year, 1, 1) > days {
        year -= 1;
    }
    let mut left = days - days_from_date(calendar, year, 1, 1);
    if calendar == Calendar::Standard && year == 1582 && days >= GREGORIAN_FROM {
        left += 10; // 5 to 14 October were left out
    }
    let mut month = 1;
    while month < 12 && left >= days_in_month(calendar, year, month) {
        left -= days_in_month(calendar, year, month);
        month += 1;
    }
    (year, month, left + 1)
}

#[cfg(test)]
mod tests {
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
}
