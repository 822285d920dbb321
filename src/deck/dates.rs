//! Dates as a deck writes them: `2020-01-01`, `2020-01-01T12:00`, in UTC and in any calendar of CF.

use crate::calendar;
use crate::field_head::Calendar;

/// s since 1970-01-01 in the calendar; `None` when the text is no date of it.
#[must_use]
pub fn parse(text: &str, calendar: Calendar) -> Option<f64> {
    parts(text)?;
    calendar::parse_date(text, calendar).ok().map(|seconds| seconds as f64)
}

/// Whether a text looks like a date of any calendar.
#[must_use]
pub fn is_date(text: &str) -> bool {
    parts(text).is_some()
}

/// Year, month, day, hour, minute and second, each in its range; they compare alike in every calendar.
#[must_use]
pub fn parts(text: &str) -> Option<[f64; 6]> {
    let text = text.strip_suffix('Z').unwrap_or(text);
    let (date, time) = text.split_once(['T', ' ']).unwrap_or((text, "0:0"));
    let mut fields = date.split('-');
    let mut whole = |least: usize, most: f64| {
        let field = fields.next().filter(|f| (least..6).contains(&f.len()) && f.bytes().all(|b| b.is_ascii_digit()))?;
        field.parse().ok().filter(|n| (f64::from(u8::from(least < 4))..=most).contains(n))
    };
    let date = [whole(4, 99_999.0)?, whole(1, 12.0)?, whole(1, 31.0)?];
    fields.next().is_none().then_some(())?;
    let mut fields = time.split(':');
    let mut part = |below: f64| {
        let field = fields.next().unwrap_or("0");
        let digits = field.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        field.parse::<f64>().ok().filter(|v| digits && (0.0..below).contains(v))
    };
    let time = [part(24.0)?, part(60.0)?, part(60.0)?];
    (fields.next().is_none() && time[0].fract() == 0.0 && time[1].fract() == 0.0).then_some(())?;
    Some([date[0], date[1], date[2], time[0], time[1], time[2]])
}

/// ISO-8601 without needless parts: `2020-01-01`, `2020-01-01T12:00:00`.
#[must_use]
pub fn format(seconds: f64, calendar: Calendar) -> String {
    let text = calendar::text(seconds, calendar);
    match text.strip_suffix(" 00:00:00") {
        Some(date) => date.to_owned(),
        None if calendar == Calendar::Elapsed => text,
        None => text.replacen(' ', "T", 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_every_calendar_come_back() {
        for calendar in [Calendar::Standard, Calendar::NoLeap, Calendar::AllLeap, Calendar::Days360] {
            for text in ["1970-01-01", "1851-12-30", "2000-03-01T06:00:00", "2019-12-30T23:59:59"] {
                let seconds = parse(text, calendar);
                assert_eq!(seconds.map(|s| format(s, calendar)).as_deref(), Some(text), "{calendar:?}");
            }
        }
        assert_eq!(parse("2000-03-01", Calendar::Standard), Some(951_868_800.0));
    }

    #[test]
    fn what_is_no_date_of_the_calendar_is_refused() {
        assert!(parse("2001-02-29", Calendar::Standard).is_none() && parse("2001-02-29", Calendar::AllLeap).is_some());
        for text in ["10 days", "2001-13-01", "2001-01-01T25:00", "1 h", "", "2001-01", "2001-01-01T1:2:3:4", "-5 m"] {
            assert!(!is_date(text), "{text}");
        }
        assert!(is_date("2001-02-03T04:05Z") && is_date("2001-02-03 04:05:06"));
    }
}
