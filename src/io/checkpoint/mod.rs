//! Checkpoints: one HDF5 file that all ranks write together, in the order of ids, so that any number of ranks reads it.
//!
//! A checkpoint is written under another name, flushed to disk and renamed: one that has its name is whole. It holds the
//! state of all items, a header (`header`), and an image of the unfinished output file (`image`) that takes the output
//! back to the moment of the checkpoint.

pub mod header;
pub mod image;
mod transfer;

use std::fs::{self, File, OpenOptions};
use std::mem::ManuallyDrop;
use std::ops::Range;
use std::path::{Path, PathBuf};

use hdf5::H5Type;

use self::header::{DatasetHead, Header, fingerprint};
use self::image::Image;
use self::transfer::Rows;
use crate::comm::{Handle, World};
use crate::domain::state::{Column, State, Values};
use crate::error::Error;
use crate::io::destination::why;
use crate::io::reach;

/// Names of datasets that are no columns of the state.
const HEADER: &str = "header";
const IMAGE_EXTENTS: &str = "output extents";
const IMAGE_BYTES: &str = "output bytes";
const CARRIED: &str = "earlier batches";

/// What rank 0 adds to the state of the items.
#[derive(Debug, Default)]
pub struct Beside {
    pub image: Image,
    /// What a run in batches has to remember of earlier ones, for whoever wrote it.
    pub carried: Vec<u8>,
}

/// **Collective.** Writes a checkpoint to `path`. `header` lacks only its datasets; `beside` is rank 0's and empty
/// elsewhere. Returns the size in bytes on rank 0 and 0 elsewhere.
///
/// # Errors
/// `CheckpointWrite`, agreed; then the file at `path`, if there is one, is that of before.
pub fn write(world: &World, path: &Path, mut header: Header, state: &State, beside: &Beside) -> Result<u64, Error> {
    let part = under_way(path);
    let failed = |action: &'static str| {
        let path = path.to_owned();
        move |reason: hdf5::Error| {
            let reason = format!("{reason}; {}", why(&path));
            Error::CheckpointWrite { path, action, reason }
        }
    };
    reach::anew(world, &part, |reason| Error::CheckpointWrite {
        path: path.to_owned(),
        action: "creating the file",
        reason: reason.to_string(),
    })?;
    let created = hdf5::FileBuilder::new()
        // Page by page, so that no two ranks share one of the columns' pages needlessly. Metadata by all ranks together:
        // HDF5 1.10 hangs when one rank fails to write what it was given of them.
        .with_fapl(|access| access.mpio(world.handle(), None).alignment(1 << 16, 1 << 12).coll_metadata_write(true))
        .create(&part);
    // Closed at the end alone: closing is collective, and after a failure the ranks would wait in it for ever.
    let created = created.map(ManuallyDrop::new);
    let file = world.agree(created.map_err(failed("creating the file")))?;
    let mut out = Out { world, file: &file, datasets: Vec::new() };
    for column in state.columns.iter().filter(|column| column.width > 0) {
        let (name, width) = (column.name, column.width);
        let first = state.ids.start - header.first;
        let put = match &column.values {
            Values::Real(values) => out.put(name, header.items, first, width, values),
            Values::Count(values) => out.put(name, header.items, first, width, values),
            Values::Small(values) => out.put(name, header.items, first, width, values),
        };
        world.agree(put.map_err(failed("the state")))?;
    }
    let Beside { image, carried } = beside;
    let extents = image.extents.concat();
    world.agree(out.put_from_root(IMAGE_EXTENTS, 2, &extents).map_err(failed("the image of the output")))?;
    world.agree(out.put_from_root(IMAGE_BYTES, 1, &image.bytes).map_err(failed("the image of the output")))?;
    world.agree(out.put_from_root(CARRIED, 1, carried).map_err(failed("what earlier batches have left")))?;
    header.datasets = out.datasets;
    let text = header.text();
    let mut out = Out { world, file: &file, datasets: Vec::new() };
    world.agree(out.put_from_root(HEADER, 1, text.as_bytes()).map_err(failed("the header")))?;
    world.agree(file.flush().map_err(failed("flushing to disk")))?;
    world.agree(ManuallyDrop::into_inner(file).close().map_err(failed("closing")))?;
    let named = if world.is_root() { name(&part, path) } else { Ok(0) };
    world.agree(named)
}

/// The name that a checkpoint bears until it is whole.
fn under_way(path: &Path) -> PathBuf {
    path.with_extension("part")
}

/// Makes a written file durable and gives it its name.
fn name(part: &Path, path: &Path) -> Result<u64, Error> {
    let named = || -> std::io::Result<u64> {
        let file = File::open(part)?;
        file.sync_all()?;
        let size = file.metadata()?.len();
        fs::rename(part, path)?;
        if let Some(folder) = path.parent() {
            // Some network file systems cannot flush folders; the file itself is safe by now.
            drop(File::open(folder).and_then(|folder| folder.sync_all()));
        }
        Ok(size)
    };
    named().map_err(|reason| Error::CheckpointWrite {
        path: path.to_owned(),
        action: "giving it its name",
        reason: reason.to_string(),
    })
}

/// A checkpoint that is being written.
struct Out<'o> {
    world: &'o World,
    file: &'o hdf5::File,
    datasets: Vec<DatasetHead>,
}

impl Out<'_> {
    /// **Collective.** Writes a column whose rows from `first` this rank has.
    fn put<T: Bits>(
        &mut self,
        name: &str,
        rows: u64,
        first: u64,
        width: usize,
        values: &[T],
    ) -> Result<(), hdf5::Error> {
        let own = (values.len() / width.max(1)) as u64;
        let most = self.world.largest(own);
        let own_print = fingerprint(values.iter().map(|value| value.bits()), first * width as u64);
        let print = self.world.sum(&[own_print])[0];
        let head = DatasetHead { name: name.to_owned(), rows, width: width as u64, fingerprint: print };
        self.datasets.push(head);
        let dataset = transfer::create::<T>(self.file, name, rows, width)?;
        transfer::write(&dataset, Rows { first, most, width }, values)
    }

    /// **Collective.** Writes a column that rank 0 has; none when it is empty.
    fn put_from_root<T: Bits>(&mut self, name: &str, width: usize, values: &[T]) -> Result<(), hdf5::Error> {
        let values = if self.world.is_root() { values } else { &[] };
        let rows = self.world.largest((values.len() / width) as u64);
        if rows == 0 {
            return Ok(());
        }
        self.put(name, rows, if self.world.is_root() { 0 } else { rows }, width, values)
    }
}

/// Values of columns as bits.
trait Bits: H5Type + Copy + Default {
    fn bits(self) -> u64;
}

impl Bits for f64 {
    fn bits(self) -> u64 {
        self.to_bits()
    }
}

impl Bits for u64 {
    fn bits(self) -> u64 {
        self
    }
}

impl Bits for u32 {
    fn bits(self) -> u64 {
        u64::from(self)
    }
}

impl Bits for u8 {
    fn bits(self) -> u64 {
        u64::from(self)
    }
}

/// Reads the header of a checkpoint, for one rank alone.
///
/// # Errors
/// Why the file cannot be used, as the end of a sentence that begins with its name.
pub fn read_header(world: &World, path: &Path) -> Result<Header, String> {
    let unreadable = |reason: hdf5::Error| format!("cannot be read ({reason})");
    if !path.is_file() {
        return Err("is not there".to_owned());
    }
    let file = open(path, world.handle_of_one()).map_err(unreadable)?;
    let dataset = file.dataset(HEADER).map_err(|_| "has no header: it is no checkpoint, or damaged".to_owned())?;
    if dataset.size() > header::LONGEST {
        return Err(format!("has a header of {} bytes, which no checkpoint has", dataset.size()));
    }
    let bytes: Vec<u8> = dataset.read_raw().map_err(unreadable)?;
    Header::parse(&String::from_utf8_lossy(&bytes))
}

fn open(path: &Path, communicator: Handle) -> hdf5::Result<hdf5::File> {
    hdf5::FileBuilder::new().with_fapl(|access| access.mpio(communicator, None)).open(path)
}

/// **Collective.** Opens a checkpoint on all ranks.
fn open_together(world: &World, path: &Path) -> Result<hdf5::File, Error> {
    world.at_work_on(path);
    let path = path.to_owned();
    let unreadable =
        |reason: String| Error::Checkpoint { path: path.clone(), reason: format!("cannot be read ({reason})") };
    reach::every_rank(world, &path, OpenOptions::new().read(true), |reason| unreadable(reason.to_string()))?;
    // Closing is collective, so that ranks which have it open could not close it without the others.
    let opened = open(&path, world.handle()).map(ManuallyDrop::new).map_err(|reason| reason.to_string());
    let fails = u64::from(opened.is_err());
    let half = |reason| Error::HalfOpen { path: path.clone(), reason };
    world.agree(opened.map_err(half)).map(ManuallyDrop::into_inner).map_err(|error| {
        let everywhere = world.sum(&[fails])[0] == u64::from(world.size().unsigned_abs());
        let Error::HalfOpen { reason, .. } = error else { return error };
        if everywhere { unreadable(reason) } else { half(reason) }
    })
}

/// The state in a checkpoint of the items `ids`, and what rank 0 has added.
///
/// **Collective.** `like` names the columns that are wanted: the state of no items.
///
/// # Errors
/// `Checkpoint` with the reason, or `HalfOpen`, agreed.
pub fn read(
    world: &World,
    path: &Path,
    header: &Header,
    ids: Range<u64>,
    like: &State,
) -> Result<(State, Beside), Error> {
    let failed = |reason: String| Error::Checkpoint { path: path.to_owned(), reason };
    let file = open_together(world, path)?;
    let reading = In { world, file: &file, header };
    let rows = ids.start - header.first..ids.end - header.first;
    let mut columns = Vec::new();
    for column in &like.columns {
        let (name, width) = (column.name, column.width);
        let values = match &column.values {
            Values::Real(_) => reading.take(name, &rows, width).map(Values::Real),
            Values::Count(_) => reading.take(name, &rows, width).map(Values::Count),
            Values::Small(_) => reading.take(name, &rows, width).map(Values::Small),
        };
        columns.push(Column { name, width, values: world.agree(values.map_err(failed))? });
    }
    let extents: Vec<u64> = world.agree(reading.take_to_root(IMAGE_EXTENTS, 2).map_err(failed))?;
    let bytes = world.agree(reading.take_to_root(IMAGE_BYTES, 1).map_err(failed))?;
    let image = Image { extents: extents.chunks_exact(2).map(|pair| [pair[0], pair[1]]).collect(), bytes };
    let carried = world.agree(reading.take_to_root(CARRIED, 1).map_err(failed))?;
    Ok((State { ids, columns }, Beside { image, carried }))
}

/// A checkpoint that is being read.
struct In<'i> {
    world: &'i World,
    file: &'i hdf5::File,
    header: &'i Header,
}

impl In<'_> {
    /// **Collective.** Reads the rows `ids` of a column and compares the whole column with its fingerprint.
    fn take<T: Bits>(&self, name: &str, ids: &Range<u64>, width: usize) -> Result<Vec<T>, String> {
        if width == 0 {
            return Ok(Vec::new());
        }
        // What is not as the header says is so on every rank, so that all leave here or none.
        let head = self.head(name).ok_or_else(|| format!("holds no `{name}`, which this run needs"))?;
        if head.width != width as u64 || ids.end > head.rows {
            return Err(format!("holds {} rows of {} values as `{name}`, which do not fit", head.rows, head.width));
        }
        let damaged = || format!("is damaged: `{name}` does not match its checksum");
        let dataset = self.file.dataset(name).map_err(|_| damaged())?;
        if dataset.shape() != [head.rows as usize, width] {
            return Err(damaged());
        }
        let own = ids.end - ids.start;
        let rows = Rows { first: ids.start, most: self.world.largest(own), width };
        let mut values = vec![T::default(); usize::try_from(own).unwrap_or(usize::MAX) * width];
        let outcome = transfer::read(&dataset, rows, &mut values);
        let own_print = fingerprint(values.iter().map(|value| value.bits()), ids.start * width as u64);
        let print = self.world.sum(&[own_print])[0];
        outcome.map_err(|reason| format!("cannot be read at `{name}` ({reason})"))?;
        if print == head.fingerprint { Ok(values) } else { Err(damaged()) }
    }

    /// **Collective.** Reads a whole column on rank 0; nothing elsewhere.
    fn take_to_root<T: Bits>(&self, name: &str, width: usize) -> Result<Vec<T>, String> {
        let Some(head) = self.head(name) else { return Ok(Vec::new()) };
        let ids = if self.world.is_root() { 0..head.rows } else { head.rows..head.rows };
        self.take(name, &ids, width)
    }

    fn head(&self, name: &str) -> Option<&DatasetHead> {
        self.header.datasets.iter().find(|dataset| dataset.name == name)
    }
}
