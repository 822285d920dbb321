//! Calendars of CF: text such as `days since 1900-1-1` to s since 1970-01-01 in that calendar, and back.
//!
//! Whole days and seconds are counted in integers; only the number in a file is real. The algorithms for the two
//! Gregorian calendars are those of Hinnant, "chrono-compatible low-level date algorithms" (2013).

use serde::{Deserialize, Serialize};

const SECONDS_PER_DAY: i64 = 86_400;
/// 1582-10-15, the first Gregorian day, days since 1970-01-01.
const GREGORIAN_FROM: i64 = -141_427;
/// Days of the months of a year without a leap day.
const MONTHS: [i64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// Calendars of CF.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Calendar {
    /// Gregorian since 1582-10-15, Julian before (CF's `standard`).
    Standard,
    /// Gregorian also before 1582.
    ProlepticGregorian,
    NoLeap,
    AllLeap,
    Days360,
    /// Times are counted from the start of the run.
    Elapsed,
}

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

/// The parts of a time that groups are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Date {
    pub year: i64,
    /// 1 to 12
    pub month: i64,
    /// Day of the year, 1 to 366.
    pub day_of_year: i64,
    /// 0 to 23
    pub hour: i64,
}

/// The date of a time, s since 1970-01-01 in the calendar, to the nearest second: files count hours in parts of a day.
#[must_use]
pub fn date(seconds: f64, calendar: Calendar) -> Date {
    // Beyond ten million years there are no dates in files.
    let whole = seconds.round().clamp(-3e14, 3e14) as i64;
    let (days, second) = (whole.div_euclid(SECONDS_PER_DAY), whole.rem_euclid(SECONDS_PER_DAY));
    let (year, month, _) = date_from_days(calendar, days);
    Date { year, month, day_of_year: days - days_from_date(calendar, year, 1, 1) + 1, hour: second / 3600 }
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
mod tests;
