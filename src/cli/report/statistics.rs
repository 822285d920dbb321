//! What the report shows of statistics in the file: bands from quantiles, and Sobol' indices.

use super::{CHOSEN, Source, Stop};
use crate::error::Error;
use crate::io::report_data::Shape;
use crate::output;
use crate::plan::SOBOL_INPUT;
use crate::report::band::{Band, band};
use crate::report::bars::{Index, indices};
use crate::report::text::unit;
use crate::report::{Figure, Section};

/// The sections, in order.
pub fn sections(source: &Source<'_>) -> Result<Vec<Section>, Stop> {
    let asked = &source.options.variable;
    let wanted = |stem: &str| asked.is_empty() || asked.iter().any(|name| name == stem);
    let mut bands = Section { heading: "Statistics".to_owned(), ..Section::default() };
    let mut shares = Section { heading: "Sensitivity".to_owned(), ..Section::default() };
    let mut found = Vec::new();
    for shape in &source.shapes {
        if let Some(stem) = shape.name.strip_suffix("_p05").filter(|stem| wanted(stem)) {
            found.extend(of_quantiles(source, shape, stem)?);
        }
        if shares.figures.len() < CHOSEN
            && let Some(stem) = shape.name.strip_suffix("_sobol_first").filter(|stem| wanted(stem))
        {
            shares.figures.extend(of_indices(source, shape, stem)?);
        }
    }
    // Those that vary most come first; the sort is stable, so that the file's order decides among equals.
    found.sort_by(|a: &(f64, Figure), b| b.0.total_cmp(&a.0));
    bands.figures = found.into_iter().take(CHOSEN).map(|(_, figure)| figure).collect();
    Ok(vec![bands, shares])
}

/// The band between two quantiles that are in the file, over time alone, and how much it varies.
fn of_quantiles(source: &Source<'_>, low: &Shape, stem: &str) -> Result<Option<(f64, Figure)>, Error> {
    let alike =
        |ending: &str| source.shape(&format!("{stem}_{ending}")).filter(|shape| shape.dimensions == low.dimensions);
    let middle = [("p50", "Median"), ("mean", "Mean")].into_iter().find_map(|(e, said)| Some((alike(e)?, said)));
    let (Some((middle, said)), Some(high)) = (middle, alike("p95")) else { return Ok(None) };
    if low.time.is_none() || low.dimensions.len() != 1 {
        return Ok(None);
    }
    let read = |shape: &Shape| source.results.sample(shape, None, usize::MAX);
    let drawn = Band { hours: source.hours(low)?, low: read(low)?, middle: read(middle)?, high: read(high)? };
    let caption = format!("{said} and 5–95 % band over all items, computed while running.");
    let name = format!("{stem}_statistics");
    let units = unit(&source.text(&middle.name, "units"));
    let title = format!("{said} of {stem}");
    Ok(Some((drawn.variation(), band(&name, &title, stem, &units, &caption, &drawn))))
}

/// Indices at the last record where there are any.
fn of_indices(source: &Source<'_>, first: &Shape, stem: &str) -> Result<Option<Figure>, Error> {
    let named = |ending: &str| source.shape(&format!("{stem}_sobol_{ending}"));
    let (Some(total), Some(first_half), Some(total_half)) =
        (named("total"), named("first_half_width"), named("total_half_width"))
    else {
        return Ok(None);
    };
    if first.time != Some(0) || first.dimensions.len() != 2 || !first.has(SOBOL_INPUT) {
        return Ok(None);
    }
    let hours = source.hours(first)?;
    let read = |shape: &Shape, record| source.results.sample(shape, Some(record), usize::MAX);
    let mut last = None;
    for record in (0..hours.len()).rev() {
        if read(first, record)?.iter().any(|value| value.is_finite()) {
            last = Some(record);
            break;
        }
    }
    let Some(last) = last else { return Ok(None) };
    let names = input_names(source);
    let pair = |value: Vec<f64>, half: Vec<f64>| {
        value.into_iter().zip(half).map(|(value, half_width)| Index { value, half_width }).collect::<Vec<_>>()
    };
    let firsts = pair(read(first, last)?, read(first_half, last)?);
    let totals = pair(read(total, last)?, read(total_half, last)?);
    let input = |place: usize| names.get(place).cloned().unwrap_or_else(|| format!("input {}", place + 1));
    let rows: Vec<_> = firsts
        .into_iter()
        .zip(totals)
        .enumerate()
        .map(|(place, (first, total))| (input(place), first, total))
        .collect();
    let caption = format!("Sobol' indices at {:.3} h, with their 95 % confidence intervals.", hours[last]);
    Ok(Some(indices(&format!("{stem}_sobol"), &format!("What {stem} depends on"), &caption, &rows)))
}

/// The inputs of the design, which stand with the file or with the axis along which they differ.
fn input_names(source: &Source<'_>) -> Vec<String> {
    let of_axis =
        || source.results.coordinates().iter().find_map(|axis| source.results.text_of(axis, output::SAMPLING_INPUTS));
    let text = source.results.text(output::SAMPLING_INPUTS).or_else(of_axis).unwrap_or_default();
    text.split_whitespace().map(str::to_owned).collect()
}
