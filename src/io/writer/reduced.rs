//! Variables that are reduced over the items: what ranks know of them is put together and rank 0 writes it.

use std::ops::Range;

use netcdf::{AttributeValue, Extents, FileMut};

use super::{Outcome, Stream, Writer, axes, find, unfilled};
use crate::comm::World;
use crate::io::layout::{Axis, AxisValues, Kind, Layout, Reduced, ReducedVariable, StreamLayout, Variable};
use crate::io::metadata::MOST_PUTS;
use crate::statistics::{Partial, together, values};

/// The dimension of two edges.
const BOUND: &str = "bound";
/// Deflate level of variables over several axes where the deck asks for none: maps are mostly zeros.
const MAP_DEFLATE: u8 = 1;

/// Records of the reduced variables of a stream that wait.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    /// What this rank knows of the last ones, `[record][part]`.
    parts: Vec<Vec<Partial>>,
    /// Values of those before, on rank 0: `[variable][value]`, record after record.
    values: Vec<Vec<f64>>,
    /// How many records these values are of.
    joined: usize,
}

impl Writer<'_> {
    /// **Collective.** Takes what this rank knows of the reduced variables of a stream; comes before `record` for the same
    /// time. Now and then all ranks put theirs together.
    pub fn take_parts(&mut self, stream: usize, parts: Vec<Partial>) {
        let (reduced, stream) = (&self.layout.streams[stream].reduced, &mut self.streams[stream]);
        stream.reduced.parts.push(parts);
        if stream.reduced.parts.len() as u64 >= reduced.records_joined_at_once() {
            join(self.world, reduced, self.layout.in_batches, stream);
        }
    }
}

/// **Collective.** Makes values of what all ranks know, and of what earlier batches have left.
fn join(world: &World, reduced: &Reduced, in_batches: bool, stream: &mut Stream) {
    let buffer = &mut stream.reduced;
    let waiting = std::mem::take(&mut buffer.parts);
    let all: Vec<&Partial> = waiting.iter().flatten().collect();
    let mut joined = together(&all, |own| world.largest_of(&own), |own| world.sum(&own));
    if !world.is_root() {
        return;
    }
    buffer.values.resize(reduced.variables.len(), Vec::new());
    for record in &waiting {
        let mut joined: Vec<Partial> = joined.by_ref().take(record.len()).collect();
        if in_batches {
            joined = carry(&mut stream.carried, stream.written + buffer.joined, joined);
        }
        buffer.joined += 1;
        for (column, values) in buffer.values.iter_mut().zip(values(&reduced.parts, &joined)) {
            column.extend(values);
        }
    }
}

/// What all batches know of a record, which is kept for the next one.
fn carry(carried: &mut Vec<Vec<Partial>>, record: usize, parts: Vec<Partial>) -> Vec<Partial> {
    let together = match carried.get(record) {
        Some(before) => before.iter().zip(&parts).map(|(before, part)| before.with(part)).collect(),
        None => parts,
    };
    carried.resize(carried.len().max(record + 1), Vec::new());
    carried[record].clone_from(&together);
    together
}

/// **Collective.** Puts the reduced variables of the records that wait.
pub(super) fn put(world: &World, file: &mut FileMut, layout: &Layout, stream: usize, buffer: &mut Stream) -> Outcome {
    let reduced = &layout.streams[stream].reduced;
    if reduced.variables.is_empty() {
        return Ok(());
    }
    if !buffer.reduced.parts.is_empty() {
        join(world, reduced, layout.in_batches, buffer);
    }
    let records = buffer.written..buffer.written + buffer.times.len();
    let root = world.is_root();
    let mut outcome = Ok(());
    for (place, one) in reduced.variables.iter().enumerate() {
        let extent = |whole: Range<usize>| if root { whole } else { 0..0 };
        let mut extents = vec![extent(records.clone())];
        extents.extend(layout.reduced_lengths(one).map(|length| extent(0..length)));
        let values = buffer.reduced.values.get(place).map_or(&[][..], Vec::as_slice);
        let put = find(file, &one.variable.name)
            .and_then(|mut variable| variable.put_values(values, Extents::from(extents.as_slice())));
        outcome = outcome.and(put);
        if place % MOST_PUTS == MOST_PUTS - 1 {
            outcome = outcome.and(file.sync());
        }
    }
    outcome
}

/// Defines the axes of what is reduced.
pub(super) fn define_axes(file: &mut FileMut, layout: &Layout) -> Outcome {
    let has_edges = |axis: &Axis| matches!(axis.values, AxisValues::Edges(_));
    if layout.reduced_axes.iter().any(has_edges) {
        file.add_dimension(BOUND, 2)?;
    }
    for axis in &layout.reduced_axes {
        let name = axis.coordinate.name.as_str();
        file.add_dimension(name, axis.len())?;
        match &axis.values {
            AxisValues::Edges(_) => {
                let mut made = file.add_variable::<f64>(name, &[name])?;
                describe(&mut made, &axis.coordinate)?;
                made.put_attribute("bounds", bounds(axis))?;
                unfilled(&mut made)?;
                unfilled(&mut file.add_variable::<f64>(&bounds(axis), &[name, BOUND])?)?;
            }
            AxisValues::Names(names) => {
                let mut made = file.add_variable::<i32>(name, &[name])?;
                made.put_attribute("long_name", axis.coordinate.long_name.as_str())?;
                let values = (0..names.len()).filter_map(|value| i32::try_from(value).ok()).collect();
                made.put_attribute("flag_values", AttributeValue::Ints(values))?;
                made.put_attribute("flag_meanings", names.join(" "))?;
                unfilled(&mut made)?;
            }
        }
    }
    Ok(())
}

fn bounds(axis: &Axis) -> String {
    format!("{}_bounds", axis.coordinate.name)
}

/// **Collective.** Puts the coordinates of the axes.
pub(super) fn put_axes(world: &World, file: &mut FileMut, layout: &Layout) -> Outcome {
    let mut outcome = Ok(());
    for axis in &layout.reduced_axes {
        let extent = if world.is_root() { 0..axis.len() } else { 0..0 };
        let own = |values: Vec<f64>| if world.is_root() { values } else { Vec::new() };
        let points = match &axis.values {
            AxisValues::Edges(edges) => edges.windows(2).map(|pair| 0.5 * (pair[0] + pair[1])).collect(),
            AxisValues::Names(names) => (0..names.len()).map(|n| n as f64).collect(),
        };
        let put = find(file, &axis.coordinate.name)
            .and_then(|mut made| made.put_values(&own(points), [extent.clone()].as_slice()));
        outcome = outcome.and(put);
        if let AxisValues::Edges(edges) = &axis.values {
            let pairs = edges.windows(2).flatten().copied().collect();
            let both = if world.is_root() { 0..2 } else { 0..0 };
            let put =
                find(file, &bounds(axis)).and_then(|mut made| made.put_values(&own(pairs), [extent, both].as_slice()));
            outcome = outcome.and(put);
        }
    }
    outcome
}

/// Defines the reduced variables of a stream.
pub(super) fn define(file: &mut FileMut, layout: &Layout, stream: &StreamLayout) -> Outcome {
    let records = usize::try_from(layout.records_at_once(stream)).unwrap_or(1);
    for reduced in &stream.reduced.variables {
        define_variable(file, layout, stream, reduced, records)?;
    }
    Ok(())
}

fn define_variable(
    file: &mut FileMut,
    layout: &Layout,
    stream: &StreamLayout,
    reduced: &ReducedVariable,
    records: usize,
) -> Outcome {
    let mut dimensions = vec![stream.time_dimension.as_str()];
    dimensions.extend(reduced.members.iter().map(|&axis| layout.axes[axis].name.as_str()));
    dimensions.extend(reduced.axes.iter().map(|&axis| layout.reduced_axes[axis].coordinate.name.as_str()));
    let variable = &reduced.variable;
    let mut made = match variable.kind {
        Kind::Count => file.add_variable::<i32>(&variable.name, &dimensions)?,
        _ => file.add_variable::<f64>(&variable.name, &dimensions)?,
    };
    // A chunk is what is written at once, or a whole number of it.
    let mut chunks = vec![if dimensions.len() == 1 { records.max(64) } else { records }];
    chunks.extend(layout.reduced_lengths(reduced));
    made.set_chunking(&chunks)?;
    if reduced.axes.len() > 1 || layout.deflate.is_some() {
        made.set_compression(i32::from(layout.deflate.unwrap_or(MAP_DEFLATE)), true)?;
    }
    describe(&mut made, variable)?;
    if let Some(methods) = &reduced.methods {
        made.put_attribute("cell_methods", methods.as_str())?;
    }
    axes::name_coordinates(&mut made, layout, &reduced.members)?;
    unfilled(&mut made)?;
    if variable.kind != Kind::Count {
        made.put_attribute("_FillValue", f64::NAN)?;
    }
    Ok(())
}

fn describe(made: &mut netcdf::VariableMut, variable: &Variable) -> Outcome {
    made.put_attribute("long_name", variable.long_name.as_str())?;
    made.put_attribute("units", variable.units.as_str())?;
    if let Some(name) = variable.standard_name {
        made.put_attribute("standard_name", name)?;
    }
    if let Some(path) = &variable.deck_path {
        made.put_attribute("deck_path", path.as_str())?;
    }
    Ok(())
}
