//! The history file: one NetCDF-4 file that all ranks write together.
//!
//! Every put is collective and every rank takes part in each, also with nothing to write. Records are held back until
//! they fill a chunk (`Layout::records_at_once`) and written; their times follow, many at once, so that a record whose
//! time is there is complete. Every so often, and at the end, all of it is flushed to disk. A failed write is agreed on,
//! and then the job is aborted: a file whose ranks disagree about its state can not be closed by all of them.

mod batches;
mod early;
mod records;
mod reduced;
mod scribe;
mod stored;

use std::fs::OpenOptions;
use std::mem::ManuallyDrop;
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use netcdf::{AttributeValue, FileMut, Options, VariableMut};
use rustix::fs::{FallocateFlags, fallocate};

pub use self::batches::Carried;
pub use self::records::Columns;
use self::records::{Stream, TIMES_AT_ONCE};
use self::scribe::Scribe;
pub use self::stored::{Places, Stored};
use super::axes;
use super::destination::{unfinished, why};
use super::layout::{Items, Kind, Layout, StreamLayout, Variable};
use super::metadata;
use super::puts::{Outcome, Share, find, put_items};
use super::reach;
use crate::comm::World;
use crate::error::Error;

/// An open output file.
pub struct Writer<'w> {
    world: &'w World,
    layout: Arc<Layout>,
    /// What this rank writes.
    share: Arc<Share>,
    streams: Vec<Stream>,
    flushed: Instant,
    /// Puts since then.
    puts: usize,
    scribe: Scribe,
}

impl<'w> Writer<'w> {
    /// **Collective.** Creates `layout.path` under its unfinished name; this rank writes the items `own`.
    ///
    /// # Errors
    /// `Write` with the library's reason, agreed.
    pub fn create(world: &'w World, layout: Layout, own: Range<usize>) -> Result<Self, Error> {
        world.at_work_on(&unfinished(&layout.path));
        reach::anew(world, &unfinished(&layout.path), |reason| unreached(&layout, "create", &reason))?;
        let created = create_file(world, &layout).map(ManuallyDrop::new);
        let mut file = agree(world, &layout, "creating the file", created)?;
        metadata::meet_at_flushes(&unfinished(&layout.path));
        let defined = define(&mut file, &layout);
        agree(world, &layout, "defining the variables", defined)?;
        if world.is_root() && layout.deflate.is_none() {
            reserve(&layout);
        }
        let streams = layout.streams.iter().map(|stream| Stream::new(&layout, stream, own.len())).collect();
        let ids = put_ids(&mut file, world, &layout);
        agree(world, &layout, layout.items.dimension(), ids)?;
        let written = axes::write(&mut file, &layout, world.is_root());
        agree(world, &layout, "the axes", written)?;
        let written = reduced::put_axes(world, &mut file, &layout);
        agree(world, &layout, "the axes of statistics", written)?;
        // The variables are new.
        let puts = layout.variables();
        Ok(Self { puts, ..Self::of(world, layout, &own, streams, file) })
    }

    /// **Collective.** Opens the unfinished file at `layout.path` again, which holds `records` of each stream, and goes on
    /// behind them.
    ///
    /// # Errors
    /// `Write` with the library's reason, agreed.
    pub fn resume(world: &'w World, layout: Layout, own: Range<usize>, records: &[u64]) -> Result<Self, Error> {
        let part = unfinished(&layout.path);
        world.at_work_on(&part);
        let how = OpenOptions::new().read(true).write(true).clone();
        reach::every_rank(world, &part, &how, |reason| unreached(&layout, "open", &reason))?;
        let opened = open_file(world, &layout).map(ManuallyDrop::new);
        let mut file = agree(world, &layout, "opening the file again", opened)?;
        metadata::meet_at_flushes(&unfinished(&layout.path));
        // The mode is not kept in the file.
        let collective = file.variables_mut().try_for_each(|variable| variable.access_collective());
        agree(world, &layout, "opening the variables again", collective)?;
        let stream = |(stream, &written): (&StreamLayout, &u64)| Stream {
            written: usize::try_from(written).unwrap_or(usize::MAX),
            ..Stream::new(&layout, stream, own.len())
        };
        let streams = layout.streams.iter().zip(records).map(stream).collect();
        Ok(Self::of(world, layout, &own, streams, file))
    }

    /// **Collective.** Around an open file.
    fn of(
        world: &'w World,
        layout: Layout,
        own: &Range<usize>,
        streams: Vec<Stream>,
        file: ManuallyDrop<FileMut>,
    ) -> Self {
        let share = Arc::new(Share::new(world, &layout, own));
        let layout = Arc::new(layout);
        let scribe = Scribe::new(file, Arc::clone(&layout));
        Self { world, layout, share, streams, flushed: Instant::now(), puts: 0, scribe }
    }

    /// From now on a thread of its own puts what `record` takes, while the caller goes on.
    pub fn work_beside(&mut self) {
        if let Err(reason) = self.scribe.work_beside() {
            log::debug!("records are written between steps, for there is no thread for it: {reason}");
        }
    }

    /// How many records of each stream are in the file.
    #[must_use]
    pub fn records(&self) -> Vec<u64> {
        self.streams.iter().map(|stream| stream.written as u64).collect()
    }

    /// **Collective.** Writes what waits in the buffers and has all of it on disk.
    ///
    /// # Errors
    /// `Write`, agreed.
    pub fn secure(&mut self) -> Result<(), Error> {
        self.flush_all()?;
        self.sync()
    }

    fn sync(&mut self) -> Result<(), Error> {
        self.complete_records()?;
        let flushed = self.scribe.file().file.sync();
        agree(self.world, &self.layout, "flushing to disk", flushed)?;
        (self.flushed, self.puts) = (Instant::now(), 0);
        Ok(())
    }

    /// **Collective.** Writes a variable over the items, this rank's part of it.
    ///
    /// # Errors
    /// `Write`, agreed.
    pub fn write_constant(&mut self, name: &str, values: &[f64]) -> Result<(), Error> {
        let outcome = put_items(&mut self.scribe.file().file, name, &self.share, values);
        agree(self.world, &self.layout, name, outcome)
    }

    /// **Collective.** Writes what waits in the buffers.
    ///
    /// # Errors
    /// `Write`, agreed.
    pub fn flush_all(&mut self) -> Result<(), Error> {
        (0..self.streams.len()).try_for_each(|stream| self.flush(stream))?;
        self.complete_records()
    }

    /// **Collective.** Closes the file under its unfinished name, to be opened again by `resume`.
    ///
    /// # Errors
    /// `Write`, agreed.
    pub fn close(mut self) -> Result<(), Error> {
        self.flush_all()?;
        agree(self.world, &self.layout, "closing", self.scribe.close())
    }

    /// **Collective.** Adds the closing attributes and closes the file; a `complete` one gets its name.
    /// Returns its size in bytes on rank 0 and 0 elsewhere.
    ///
    /// # Errors
    /// `Write` or `File`, agreed.
    pub fn finish(mut self, attributes: &[(String, String)], complete: bool) -> Result<u64, Error> {
        self.flush_all()?;
        let added = add_attributes(&mut self.scribe.file().file, attributes);
        agree(self.world, &self.layout, "the closing attributes", added)?;
        agree(self.world, &self.layout, "closing", self.scribe.close())?;
        let names = complete && self.world.is_root();
        let named = if names { super::destination::complete(&self.layout.path) } else { Ok(0) };
        self.world.agree(named)
    }
}

/// Turns a library's local result into a common one.
fn agree<T>(world: &World, layout: &Layout, action: &str, result: Result<T, netcdf::Error>) -> Result<T, Error> {
    world.agree(result.map_err(|reason| Error::Write {
        path: unfinished(&layout.path),
        action: action.to_owned(),
        reason: format!("{reason}; {}", why(&layout.path)),
    }))
}

/// A file that a rank cannot open, while none has it open.
fn unreached(layout: &Layout, action: &'static str, reason: &std::io::Error) -> Error {
    Error::File { path: unfinished(&layout.path), action, reason: reason.to_string() }
}

fn create_file(world: &World, layout: &Layout) -> Result<FileMut, netcdf::Error> {
    netcdf::create_par_with(unfinished(&layout.path), world.handle(), world.no_hints(), Options::NETCDF4)
}

#[allow(unsafe_code)]
fn open_file(world: &World, layout: &Layout) -> Result<FileMut, netcdf::Error> {
    let options = Options::NETCDF4 | Options::WRITE;
    let file: netcdf::File =
        netcdf::open_par_with(unfinished(&layout.path), world.handle(), world.no_hints(), options)?;
    // SAFETY: `FileMut` is a transparent wrapper of `File` in netcdf 0.12, which Cargo.toml asks for; `netcdf` opens a file
    // for parallel writing without handing it out as one that may be written.
    Ok(unsafe { std::mem::transmute::<netcdf::File, FileMut>(file) })
}

/// Asks the file system for all the space at once: writing takes a fifth less of the system's time than where every write
/// asks for its own, and a full disk shows now. Closing gives back what was not used. Not every file system can; nothing
/// depends on it.
fn reserve(layout: &Layout) {
    let reserved = OpenOptions::new()
        .write(true)
        .open(unfinished(&layout.path))
        .and_then(|file| Ok(fallocate(file, FallocateFlags::KEEP_SIZE, 0, layout.bytes().max(1))?));
    if let Err(reason) = reserved {
        log::debug!("no space is reserved for {}: {reason}", layout.path.display());
    }
}

fn define(file: &mut FileMut, layout: &Layout) -> Outcome {
    add_attributes(file, &layout.attributes)?;
    let item = layout.items.dimension();
    axes::define(file, layout)?;
    file.add_dimension(item, usize::try_from(layout.items_of_member()).unwrap_or(usize::MAX))?;
    let axes = layout.axes.iter().map(|axis| axis.name.as_str());
    let along: Vec<&str> = axes.chain([item]).collect();
    let chunks: Vec<usize> = layout.chunk_lengths().iter().map(|&n| usize::try_from(n).unwrap_or(1)).collect();
    let (leading, chunk) = (along.len() - 1, chunks[along.len() - 1]);
    let mut id = file.add_variable::<i32>(item, &[item])?;
    id.set_chunking(&[chunk])?;
    id.put_attribute("long_name", format!("{item} id"))?;
    if layout.items == Items::Trajectories {
        id.put_attribute("cf_role", "trajectory_id")?;
    }
    unfilled(&mut id)?;
    for variable in &layout.constants {
        define_variable(file, variable, &along, &chunks, layout)?;
    }
    reduced::define_axes(file, layout)?;
    for stream in &layout.streams {
        let time = stream.time_dimension.as_str();
        let records = usize::try_from(layout.records_at_once(stream)).unwrap_or(1);
        file.add_unlimited_dimension(time)?;
        let mut coordinate = file.add_variable::<f64>(time, &[time])?;
        coordinate.set_chunking(&[records.max(TIMES_AT_ONCE)])?;
        coordinate.put_attribute("long_name", "time since the start of the run")?;
        coordinate.put_attribute("units", layout.time_units.as_str())?;
        // Seconds without a date are no time coordinate to CF, so they must not claim its axis.
        if layout.time_units.contains("since") {
            coordinate.put_attribute("axis", "T")?;
            coordinate.put_attribute("standard_name", "time")?;
            coordinate.put_attribute("calendar", layout.calendar)?;
        }
        unfilled(&mut coordinate)?;
        for variable in &stream.variables {
            let place = match layout.items {
                Items::Cells => leading,
                Items::Trajectories => leading + 1,
            };
            let (mut dimensions, mut lengths) = (along.clone(), chunks.clone());
            dimensions.insert(place, time);
            lengths.insert(place, records);
            define_variable(file, variable, &dimensions, &lengths, layout)?;
        }
        reduced::define(file, layout, stream)?;
    }
    file.enddef()?;
    // The mode persists, so that setting it once for each variable makes all later puts collective.
    file.variables_mut().try_for_each(|variable| variable.access_collective())
}

fn define_variable(
    file: &mut FileMut,
    variable: &Variable,
    dimensions: &[&str],
    chunks: &[usize],
    layout: &Layout,
) -> Outcome {
    let mut made = match variable.kind {
        Kind::Real => file.add_variable::<f64>(&variable.name, dimensions)?,
        Kind::Single => file.add_variable::<f32>(&variable.name, dimensions)?,
        Kind::Count => file.add_variable::<i32>(&variable.name, dimensions)?,
        Kind::Flags(_) => file.add_variable::<i8>(&variable.name, dimensions)?,
    };
    made.set_chunking(chunks)?;
    if let Some(level) = layout.deflate {
        made.set_compression(i32::from(level), true)?;
    }
    made.put_attribute("long_name", variable.long_name.as_str())?;
    if let Some(name) = variable.standard_name {
        made.put_attribute("standard_name", name)?;
        if name == "depth" {
            made.put_attribute("positive", "down")?;
        }
    }
    axes::name_coordinates(&mut made, layout, &(0..layout.axes.len()).collect::<Vec<_>>())?;
    if let Some(path) = &variable.deck_path {
        made.put_attribute("deck_path", path.as_str())?;
    }
    match &variable.kind {
        Kind::Real | Kind::Single => {
            made.put_attribute("units", variable.units.as_str())?;
            // The attribute alone: readers learn what marks a missing value, and nothing is written beforehand.
            unfilled(&mut made)?;
            if variable.kind == Kind::Single {
                made.put_attribute("_FillValue", f32::NAN)?;
            } else {
                made.put_attribute("_FillValue", f64::NAN)?;
            }
            return Ok(());
        }
        Kind::Count => {
            made.put_attribute("units", variable.units.as_str())?;
        }
        Kind::Flags(meanings) => {
            let values = (0..meanings.len()).filter_map(|value| i8::try_from(value).ok()).collect();
            made.put_attribute("flag_values", AttributeValue::Schars(values))?;
            made.put_attribute("flag_meanings", meanings.join(" "))?;
        }
    }
    unfilled(&mut made)
}

/// Spares the library the filling of chunks before they are written, which costs half the speed.
#[allow(unsafe_code)]
fn unfilled(variable: &mut VariableMut) -> Outcome {
    // SAFETY: every value of every record is written before the record's time is, so that no reader that goes by the
    // time coordinate meets memory that was never set.
    unsafe { variable.set_nofill() }
}

fn add_attributes(file: &mut FileMut, attributes: &[(String, String)]) -> Outcome {
    attributes.iter().try_for_each(|(name, value)| file.add_attribute(name, value.as_str()).map(|_| ()))
}

/// An even share of items for this rank to write.
fn share_of(world: &World, ids: Range<u64>) -> Range<usize> {
    let own = world.share_of(ids);
    usize::try_from(own.start).unwrap_or(usize::MAX)..usize::try_from(own.end).unwrap_or(usize::MAX)
}

/// **Collective.** The ids of the items, an even share by each rank.
fn put_ids(file: &mut FileMut, world: &World, layout: &Layout) -> Outcome {
    let extent = share_of(world, 0..layout.items_of_member());
    let ids: Vec<f64> = extent.clone().map(|item| (layout.first_item + item as u64) as f64).collect();
    find(file, layout.items.dimension()).and_then(|mut variable| variable.put_values(&ids, [extent].as_slice()))
}
