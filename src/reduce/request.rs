//! What can be asked of files, as it is typed.

use std::path::PathBuf;

use crate::diagnostic::{Diagnostic, Span};

/// A statistic.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    Mean,
    /// Of the population, as the variance is.
    Deviation,
    Variance,
    Minimum,
    Maximum,
    /// How many values are not missing.
    Count,
    /// At these levels from 0 to 1.
    Quantiles(Vec<f64>),
}

impl What {
    /// The option that asks for it.
    #[must_use]
    pub fn option(&self) -> &'static str {
        match self {
            Self::Mean => "--mean",
            Self::Deviation => "--std",
            Self::Variance => "--variance",
            Self::Minimum => "--min",
            Self::Maximum => "--max",
            Self::Count => "--count",
            Self::Quantiles(_) => "--over",
        }
    }

    /// What a variable's name ends with.
    #[must_use]
    pub fn ending(&self) -> &'static str {
        match self {
            Self::Quantiles(_) => "quantile",
            other => &other.option()[2..],
        }
    }

    /// CF's word for it.
    #[must_use]
    pub fn method(&self) -> Option<&'static str> {
        match self {
            Self::Mean => Some("mean"),
            Self::Deviation => Some("standard_deviation"),
            Self::Variance => Some("variance"),
            Self::Minimum => Some("minimum"),
            Self::Maximum => Some("maximum"),
            Self::Count => None,
            Self::Quantiles(levels) => (levels[..] == [0.5]).then_some("median"),
        }
    }

    /// Whether it takes account of weights.
    #[must_use]
    pub fn weighs(&self) -> bool {
        matches!(self, Self::Mean | Self::Deviation | Self::Variance)
    }
}

/// What groups of times have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    Year,
    Season,
    Month,
    Day,
    Hour,
}

impl Key {
    pub const ALL: [(&'static str, Self, &'static str); 5] = [
        ("year", Self::Year, "year"),
        ("season", Self::Season, "season of the year"),
        ("month", Self::Month, "month of the year"),
        ("day", Self::Day, "day of the year"),
        ("hour", Self::Hour, "hour of the day"),
    ];

    /// Name and description.
    #[must_use]
    pub fn words(self) -> (&'static str, &'static str) {
        Self::ALL.iter().find(|known| known.1 == self).map_or(("", ""), |known| (known.0, known.2))
    }
}

/// A statistic and the dimensions over which it is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Wish {
    pub what: What,
    /// None for all.
    pub over: Option<Vec<String>>,
}

/// Everything that is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    pub files: Vec<String>,
    /// None for all that have the dimensions.
    pub variables: Vec<String>,
    pub wishes: Vec<Wish>,
    pub by: Vec<Key>,
    pub unweighted: bool,
    pub output: PathBuf,
    pub overwrite: bool,
    /// Bytes of a rank for values and sums.
    pub memory: usize,
    /// The command as it was typed, for the history.
    pub command: String,
}

/// A mistake in an option, or in what it means for the files.
#[must_use]
pub fn mistake(option: &str, message: String, help: impl Into<Option<String>>) -> Diagnostic {
    Diagnostic { file: option.to_owned(), span: Span::default(), message, help: help.into() }
}

/// Dimensions as they are typed after an option; `all` for all.
///
/// # Errors
/// What to type instead.
pub fn dimensions(option: &str, text: &str) -> Result<Option<Vec<String>>, Diagnostic> {
    let names: Vec<String> = text.split(',').map(|name| name.trim().to_owned()).collect();
    if names.iter().any(String::is_empty) {
        let help = format!("write names with commas between them, `{option} lat,lon`, or `{option} all`");
        return Err(mistake(option, format!("`{text}` has an empty name"), help));
    }
    if let Some(twice) = (1..names.len()).find(|&at| names[..at].contains(&names[at])) {
        return Err(mistake(
            option,
            format!("`{}` stands there twice", names[twice]),
            "name each dimension once".to_owned(),
        ));
    }
    Ok(if names == ["all"] { None } else { Some(names) })
}

/// Levels of quantiles.
///
/// # Errors
/// What to type instead.
pub fn levels(text: &str) -> Result<Vec<f64>, Diagnostic> {
    let level = |text: &str| text.trim().parse().ok().filter(|level| (0.0..=1.0).contains(level));
    let wrong = |part: &str| {
        let help = "write levels from 0 to 1 with commas between them, `--quantiles 0.05,0.5,0.95`".to_owned();
        mistake("--quantiles", format!("`{}` is no level", part.trim()), help)
    };
    let mut levels = Vec::new();
    for part in text.split(',') {
        let level: f64 = level(part).ok_or_else(|| wrong(part))?;
        if levels.contains(&level) {
            return Err(mistake(
                "--quantiles",
                format!("{level} stands there twice"),
                "name each level once".to_owned(),
            ));
        }
        levels.push(level);
    }
    Ok(levels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_dimensions_and_levels_are_read() {
        assert_eq!(dimensions("--mean", "lat, lon"), Ok(Some(vec!["lat".to_owned(), "lon".to_owned()])));
        assert_eq!(dimensions("--mean", "all"), Ok(None));
        assert_eq!(levels("0.05,0.5, 1"), Ok(vec![0.05, 0.5, 1.0]));
        for wrong in ["", "5", "0.5,", "NaN", "0.5,0.5", "-0.1", "half"] {
            assert!(levels(wrong).is_err(), "{wrong}");
        }
        for wrong in ["", "lat,", "lat,lon,lat"] {
            assert!(dimensions("--mean", wrong).is_err(), "{wrong}");
        }
    }
}
