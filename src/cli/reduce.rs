//! `chemdrift reduce`: statistics of NetCDF files over dimensions of them.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{say, start_world, tell};
use crate::diagnostic::{Diagnostic, Report};
use crate::error::Error;
use crate::reduce::reduce;
use crate::reduce::request::{Key, Request, What, Wish, dimensions, levels, mistake};
use crate::telemetry::table::bytes;

/// What can be typed.
#[derive(Debug, Args)]
pub struct Options {
    /// NetCDF files of any kind; several are joined along their record dimension, in this order
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The variables; all data that have the dimensions, when none is named
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    var: Vec<String>,
    /// Means over these dimensions, or over `all`; by the area where the latitude is among them
    #[arg(long, value_name = "DIMS")]
    mean: Vec<String>,
    /// Standard deviations of the population, by the area like means
    #[arg(long, value_name = "DIMS")]
    std: Vec<String>,
    /// Variances of the population, by the area like means
    #[arg(long, value_name = "DIMS")]
    variance: Vec<String>,
    /// Smallest values
    #[arg(long, value_name = "DIMS")]
    min: Vec<String>,
    /// Largest values
    #[arg(long, value_name = "DIMS")]
    max: Vec<String>,
    /// How many values are not missing
    #[arg(long, value_name = "DIMS")]
    count: Vec<String>,
    /// Quantiles at these levels from 0 to 1, over the dimensions of --over
    #[arg(long, value_name = "LEVELS", requires = "over")]
    quantiles: Option<String>,
    /// The dimensions over which quantiles are taken
    #[arg(long, value_name = "DIMS", requires = "quantiles")]
    over: Option<String>,
    /// Groups of times where the time is reduced: by season, by month of the year, by year,month for each month
    #[arg(long, value_name = "KEYS", value_delimiter = ',')]
    by: Vec<Word>,
    /// Every value counts the same, also along the latitude
    #[arg(long)]
    unweighted: bool,
    /// Write this NetCDF file
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Replace the file that is there
    #[arg(long)]
    overwrite: bool,
    /// Memory of each rank for values and sums
    #[arg(long, value_name = "MIB", default_value_t = 256, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    memory: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Word {
    Year,
    Season,
    Month,
    Day,
    Hour,
}

/// **Collective.** Does what is asked; returns the exit status.
pub fn reduce_verb(options: &Options) -> u8 {
    let world = match start_world(false) {
        Ok(world) => world,
        Err(status) => return status,
    };
    // Every rank reads the same command line, so that a mistake in it is one everywhere.
    match request(options).and_then(|request| reduce(&world, &request)) {
        Ok(size) => {
            if world.is_root() {
                say(&format!("{} written ({})", options.output.display(), bytes(size as f64)));
            }
            0
        }
        Err(error) => tell(&world, &error),
    }
}

/// What the options mean, or all mistakes in them.
fn request(options: &Options) -> Result<Request, Error> {
    let mut wrong: Vec<Diagnostic> = Vec::new();
    let mut wishes = Vec::new();
    let asked = [
        (What::Mean, &options.mean),
        (What::Deviation, &options.std),
        (What::Variance, &options.variance),
        (What::Minimum, &options.min),
        (What::Maximum, &options.max),
        (What::Count, &options.count),
    ];
    for (what, texts) in asked {
        for text in texts {
            match dimensions(what.option(), text) {
                Ok(over) => wishes.push(Wish { what: what.clone(), over }),
                Err(found) => wrong.push(found),
            }
        }
    }
    if let (Some(text), Some(over)) = (&options.quantiles, &options.over) {
        match (levels(text), dimensions("--over", over)) {
            (Ok(levels), Ok(over)) => wishes.push(Wish { what: What::Quantiles(levels), over }),
            (levels, over) => wrong.extend(levels.err().into_iter().chain(over.err())),
        }
    }
    if wishes.is_empty() && wrong.is_empty() {
        let help =
            "write for example `--mean lat,lon`, `--std time`, or `--quantiles 0.05,0.95 --over member`".to_owned();
        wrong.push(mistake("reduce", "no statistic is asked for".to_owned(), help));
    }
    let mut by = Vec::new();
    for word in &options.by {
        let key = Key::ALL[*word as usize].1;
        if by.contains(&key) {
            wrong.push(mistake(
                "--by",
                format!("`{}` stands there twice", key.words().0),
                "name each key once".to_owned(),
            ));
        }
        by.push(key);
    }
    for (at, name) in options.var.iter().enumerate() {
        if options.var[..at].contains(name) {
            wrong.push(mistake("--var", format!("`{name}` stands there twice"), "name each variable once".to_owned()));
        }
    }
    if !wrong.is_empty() {
        return Err(Error::Deck(Box::new(Report::new(wrong, Vec::new()))));
    }
    Ok(Request {
        files: options.files.iter().map(|file| file.display().to_string()).collect(),
        variables: options.var.clone(),
        wishes,
        by,
        unweighted: options.unweighted,
        output: options.output.clone(),
        overwrite: options.overwrite,
        memory: usize::try_from(options.memory << 20).unwrap_or(usize::MAX),
        command: std::iter::once("chemdrift".to_owned()).chain(std::env::args().skip(1)).collect::<Vec<_>>().join(" "),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_words_are_the_keys_in_their_order() {
        for (word, (name, _, _)) in Word::value_variants().iter().zip(Key::ALL) {
            assert_eq!(word.to_possible_value().unwrap().get_name(), name);
        }
    }
}
