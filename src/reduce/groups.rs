//! Groups of times by their calendar.

use super::request::Key;
use crate::calendar::{self, Calendar, Date};

/// The groups of times, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Groups {
    /// The number of the group of each time, from 0.
    pub of: Vec<usize>,
    /// The values of the keys of each group, one list for each key.
    pub keys: Vec<Vec<i64>>,
}

impl Groups {
    #[must_use]
    pub fn count(&self) -> usize {
        self.keys.first().map_or(0, Vec::len)
    }

    /// Groups of times, s since 1970-01-01, that have the same values of all keys.
    #[must_use]
    pub fn by(keys: &[Key], times: &[f64], calendar: Calendar) -> Self {
        let season_years = keys.contains(&Key::Season);
        let values_of = |&time: &f64| {
            let date = calendar::date(time, calendar);
            keys.iter().map(|key| value(*key, date, season_years)).collect::<Vec<i64>>()
        };
        let all: Vec<Vec<i64>> = times.iter().map(values_of).collect();
        let mut groups = all.clone();
        groups.sort_unstable();
        groups.dedup();
        let of = all.iter().map(|values| groups.partition_point(|group| group < values)).collect();
        let keys = (0..keys.len()).map(|key| groups.iter().map(|group| group[key]).collect()).collect();
        Self { of, keys }
    }
}

/// Seasons are counted from 1, the winter of December. With seasons a December belongs to the year of its January.
fn value(key: Key, date: Date, season_years: bool) -> i64 {
    match key {
        Key::Year => date.year + i64::from(season_years && date.month == 12),
        Key::Season => date.month % 12 / 3 + 1,
        Key::Month => date.month,
        Key::Day => date.day_of_year,
        Key::Hour => date.hour,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::parse_date;

    fn groups(keys: &[Key], dates: &[&str]) -> Groups {
        let time = |text: &&str| parse_date(text, Calendar::Standard).unwrap() as f64;
        Groups::by(keys, &dates.iter().map(time).collect::<Vec<_>>(), Calendar::Standard)
    }

    #[test]
    fn exact_groups_come_in_the_order_of_their_keys() {
        let dates = ["2000-12-01", "2001-01-31 23:00:00", "2001-03-01", "2001-12-31", "2002-01-01"];
        let of = |keys: &[Key]| groups(keys, &dates);
        assert_eq!(of(&[Key::Month]), Groups { of: vec![2, 0, 1, 2, 0], keys: vec![vec![1, 3, 12]] });
        assert_eq!(of(&[Key::Season]), Groups { of: vec![0, 0, 1, 0, 0], keys: vec![vec![1, 2]] });
        assert_eq!(of(&[Key::Hour]).keys, [vec![0, 23]]);
        assert_eq!(of(&[Key::Year]).of, [0, 1, 1, 1, 2]);
        let successive = of(&[Key::Year, Key::Month]);
        assert_eq!((successive.of, successive.keys[1].clone()), (vec![0, 1, 2, 3, 4], vec![12, 1, 3, 12, 1]));
        let winters = of(&[Key::Year, Key::Season]);
        assert_eq!((winters.of, winters.keys[0].clone()), (vec![0, 0, 1, 2, 2], vec![2001, 2001, 2002]));
        assert_eq!(of(&[Key::Year]).count(), 3);
    }
}
