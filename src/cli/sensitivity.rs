//! `chemdrift sensitivity`: which sampled inputs an output of a finished run depends on.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::print;
use super::stop::Stop;
use crate::deck::suggestion;
use crate::domain::sensitivity::Estimate;
use crate::domain::sensitivity::indices::sobol_indices;
use crate::domain::sensitivity::regression::{Measure, NoCoefficients, coefficients};
use crate::error::Error;
use crate::io::results::{CELLS, Results, Series};
use crate::output;
use crate::quantity::{self, Dimension};
use crate::telemetry::progress::duration;

/// What can be typed.
#[derive(Debug, Args)]
pub struct Options {
    /// An output file of chemdrift with sampled cells, or with members that differ along a sampled axis
    file: PathBuf,
    /// The variables to explain
    #[arg(long, value_name = "NAME", required = true, value_delimiter = ',')]
    of: Vec<String>,
    /// At which times of the file: "1 h", end, or all
    #[arg(long, value_name = "TIME", default_value = "end", value_delimiter = ',')]
    at: Vec<String>,
    /// The axis of the ensemble along which the inputs differ; may be left out where there is but one, and no sampled cells
    #[arg(long, value_name = "AXIS")]
    along: Option<String>,
    /// Sobol' indices, partial rank correlation, or standardised regression; Sobol' indices where the design allows them
    #[arg(long)]
    method: Option<Method>,
    /// Also write all numbers to this CSV file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Method {
    Sobol,
    Prcc,
    Src,
}

/// What to do about a file without inputs.
const NO_INPUTS: &str = "run a deck with `cells.sample`, `cells.table`, or an axis of an ensemble with numbers";

/// One number of the answer.
struct Row {
    input: String,
    /// The second input of an index of second order.
    other: String,
    measure: &'static str,
    estimate: Estimate,
}

/// Prints the table; returns the exit status.
pub fn sensitivity_verb(options: &Options) -> u8 {
    match analyse(options) {
        Ok((table, csv)) => {
            if let Some(path) = &options.output
                && let Err(reason) = std::fs::write(path, csv)
            {
                let error = Error::File { path: path.clone(), action: "write", reason: reason.to_string() };
                return Stop::File(error).told();
            }
            print(&table)
        }
        Err(stop) => stop.told(),
    }
}

/// The table for people, and all numbers as CSV.
fn analyse(options: &Options) -> Result<(String, String), Stop> {
    let results = Results::open(&options.file)?;
    let design = Design::of(&results, options)?;
    let method = design.method(options.method)?;
    let all = results.series(&design.along);
    let (mut table, mut csv) = (String::new(), "variable,time,input,other,measure,value,half_width\n".to_owned());
    let _ = writeln!(table, "{}: {} design, {} inputs", options.file.display(), design.name, design.inputs.len());
    for name in &options.of {
        let series = find(&all, name, &design.along)?;
        for (record, time) in records(&results, series, &options.at)? {
            let outputs = results.column(series, &design.along, record)?;
            let (rows, note) = explain(&results, &design, method, &all, name, &outputs)?;
            let when = time.map_or(String::new(), |time| format!(" at {}", duration(time)));
            let _ = writeln!(table, "\n{name}{when}: {note}");
            table += &tabulated(&rows);
            for Row { input, other, measure, estimate } in rows {
                let time = time.map_or(String::new(), |time| time.to_string());
                let (value, half_width) = (estimate.value, estimate.half_width);
                let _ = writeln!(csv, "{name},{time},{input},{other},{measure},{value:e},{half_width:e}");
            }
        }
    }
    Ok((table, csv))
}

/// What the file says of the sample.
struct Design {
    /// The dimension along which the inputs differ.
    along: String,
    name: String,
    second_order: bool,
    inputs: Vec<String>,
}

impl Design {
    fn of(results: &Results, options: &Options) -> Result<Self, Stop> {
        let mut axes = results.coordinates();
        axes.retain(|axis| results.text_of(axis, output::SAMPLING_DESIGN).is_some());
        let of_cells = results.text(output::SAMPLING_DESIGN).is_some();
        let along = match (&options.along, &axes[..]) {
            (Some(axis), _) if axes.contains(axis) || of_cells && axis == CELLS => axis.clone(),
            (Some(axis), _) => {
                let known: Vec<&str> = axes.iter().map(String::as_str).chain(of_cells.then_some(CELLS)).collect();
                let message = format!("{} has no inputs along `{axis}`", options.file.display());
                let help = if known.is_empty() { NO_INPUTS.to_owned() } else { suggestion(axis, &known) };
                return Err(Stop::request(message, help));
            }
            (None, []) if of_cells => CELLS.to_owned(),
            (None, [only]) if !of_cells => only.clone(),
            (None, []) => {
                let message = format!("{} has no sampled inputs", options.file.display());
                return Err(Stop::request(message, NO_INPUTS.to_owned()));
            }
            (None, [first, ..]) => {
                let message = format!("inputs of {} differ along several dimensions", options.file.display());
                return Err(Stop::request(message, format!("say which with `--along {first}`")));
            }
        };
        let text =
            |attribute| if along == CELLS { results.text(attribute) } else { results.text_of(&along, attribute) };
        let inputs = text(output::SAMPLING_INPUTS).unwrap_or_default();
        Ok(Self {
            name: text(output::SAMPLING_DESIGN).unwrap_or_default(),
            second_order: text(output::SAMPLING_SECOND_ORDER).as_deref() == Some("true"),
            inputs: inputs.split_whitespace().map(str::to_owned).collect(),
            along,
        })
    }

    fn method(&self, wanted: Option<Method>) -> Result<Method, Stop> {
        let groups = self.name == "saltelli";
        if wanted == Some(Method::Sobol) && !groups {
            let message = format!("Sobol' indices need the design saltelli; this file has {}", self.name);
            let help = "run with `sample: {method: saltelli, base: 1024, …}`, or write `--method prcc`";
            return Err(Stop::request(message, help.to_owned()));
        }
        Ok(wanted.unwrap_or(if groups { Method::Sobol } else { Method::Prcc }))
    }
}

fn find<'s>(all: &'s [Series], name: &str, along: &str) -> Result<&'s Series, Stop> {
    all.iter().find(|series| series.name == name).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|series| series.name.as_str()).collect();
        let message = format!("the file has no variable `{name}` with one value at each point of `{along}`");
        let many = "statistics have one for each member: write `reduce: [mean]` in the deck, and `over` further axes";
        let help = if names.is_empty() { many.to_owned() } else { suggestion(name, &names) };
        Stop::request(message, help)
    })
}

/// The records that are asked for, with their times in s.
fn records(results: &Results, series: &Series, at: &[String]) -> Result<Vec<(usize, Option<f64>)>, Stop> {
    let Some(time) = &series.time else {
        return Ok(vec![(0, None)]);
    };
    let times = results.coordinate(time)?;
    let mut found = Vec::new();
    for text in at {
        let before = found.len();
        match text.as_str() {
            "all" => found.extend(0..times.len()),
            "end" => found.extend(times.len().checked_sub(1)),
            text => {
                let wanted = quantity::parse(text, Dimension::TIME)
                    .map_err(|wrong| Stop::request(format!("--at: {}", wrong.message), wrong.help))?;
                let near = |time: &f64| (time - wanted).abs() <= 1e-9 * wanted.abs().max(1.0);
                found.extend(times.iter().position(near));
            }
        }
        if found.len() == before {
            let last = times.last().map_or_else(|| "nothing".to_owned(), |time| duration(*time));
            let message = format!("`{}` is not written at `{text}`", series.name);
            return Err(Stop::request(message, format!("its {} times end at {last}", times.len())));
        }
    }
    found.dedup();
    Ok(found.into_iter().map(|record| (record, Some(times[record]))).collect())
}

/// The numbers for one output, and a remark about them.
fn explain(
    results: &Results,
    design: &Design,
    method: Method,
    all: &[Series],
    name: &str,
    outputs: &[f64],
) -> Result<(Vec<Row>, String), Stop> {
    let row = |input: &String, measure, estimate| Row { input: input.clone(), other: String::new(), measure, estimate };
    if method == Method::Sobol {
        let Some(found) = sobol_indices(outputs, design.inputs.len(), design.second_order) else {
            let message = format!("`{name}` has no group of cells without missing values");
            return Err(Stop::request(message, "run more cells, and look at `status`".to_owned()));
        };
        let first = design.inputs.iter().zip(&found.first).map(|(input, &e)| row(input, "first", e));
        let total = design.inputs.iter().zip(&found.total).map(|(input, &e)| row(input, "total", e));
        let second = found.second.iter().map(|&(j, k, estimate)| {
            let (input, other) = (design.inputs[j].clone(), design.inputs[k].clone());
            Row { input, other, measure: "second", estimate }
        });
        let rows = first.chain(total).chain(second).collect();
        return Ok((rows, format!("{} groups{}", found.groups, missing(found.left_out, "groups"))));
    }
    let columns: Vec<Vec<f64>> =
        design.inputs.iter().map(|input| input_of(results, design, all, input)).collect::<Result<_, Stop>>()?;
    let (measure, label) = match method {
        Method::Src => (Measure::StandardisedRegression, "src"),
        _ => (Measure::PartialRankCorrelation, "prcc"),
    };
    match coefficients(&columns, outputs, measure) {
        Ok(found) => {
            let rows = design.inputs.iter().zip(&found.of).map(|(input, &e)| row(input, label, e)).collect();
            let share = 100.0 * found.determination;
            let left_out = missing(found.left_out, "points");
            Ok((rows, format!("{} points{left_out}, the linear model explains {share:.1} %", found.cells)))
        }
        Err(reason) => {
            let (message, help) = refusal(reason, name, &design.inputs);
            Err(Stop::request(message, help.to_owned()))
        }
    }
}

/// The values of an input at all points.
fn input_of(results: &Results, design: &Design, all: &[Series], input: &str) -> Result<Vec<f64>, Stop> {
    Ok(results.column(find(all, input, &design.along)?, &design.along, 0)?)
}

fn missing(left_out: usize, what: &str) -> String {
    if left_out == 0 { String::new() } else { format!(", {left_out} {what} with missing values left out") }
}

fn refusal(reason: NoCoefficients, name: &str, inputs: &[String]) -> (String, &'static str) {
    match reason {
        NoCoefficients::TooFewCells => {
            (format!("`{name}` has too few values for {} inputs", inputs.len()), "run more cells than inputs")
        }
        NoCoefficients::ConstantOutput => {
            (format!("`{name}` is the same in all cells"), "choose another time or variable")
        }
        NoCoefficients::DependentInput(input) => {
            let message = format!("`{}` does not vary, or follows from the inputs before it", inputs[input]);
            (message, "sample inputs that vary independently")
        }
    }
}

/// Inputs down, measures across; indices of second order below.
fn tabulated(rows: &[Row]) -> String {
    let (pairs, singles): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(|row| !row.other.is_empty());
    let mut measures: Vec<&str> = singles.iter().map(|row| row.measure).collect();
    measures.dedup();
    let inputs = singles.len() / measures.len().max(1);
    let label = |row: &Row| {
        if row.other.is_empty() { row.input.clone() } else { format!("{} x {}", row.input, row.other) }
    };
    let width = rows.iter().map(|row| label(row).chars().count()).max().unwrap_or(0);
    let number = |row: &Row| format!("{:9.4} ± {:.4}", row.estimate.value, row.estimate.half_width);
    let mut out = format!("{:width$}", "");
    for measure in &measures {
        out += &format!("  {measure:>18}");
    }
    for input in 0..inputs {
        out += &format!("\n{:width$}", label(singles[input]));
        for row in singles[input..].iter().step_by(inputs) {
            out += &format!("  {:>18}", number(row));
        }
    }
    for row in pairs {
        out += &format!("\n{:width$}  {:>18}", label(row), number(row));
    }
    out + "\n"
}
