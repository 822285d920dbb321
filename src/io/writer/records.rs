//! Records that wait to be written, and how they are.
//!
//! Where a chunk holds one record alone nothing waits: each variable is made and written before the next one is made, so
//! that one column of memory does for all of them, and stays in the cache.

use std::time::Duration;

use super::{Writer, agree, reduced};
use crate::error::Error;
use crate::io::layout::{Kind, Layout, StreamLayout};
use crate::io::metadata;
use crate::io::puts::{Outcome, find, put_records, put_row};
use crate::statistics::Partial;

/// Where this rank's values are to be filled in.
pub enum Rows<'r> {
    /// Of one variable.
    Real(&'r mut [f64]),
    /// Of one variable, and of the next one where there are two rows, as they are stored.
    Single(&'r mut [&'r mut [f32]]),
}

/// Records of one stream that wait to be written.
pub(super) struct Stream {
    pub(super) capacity: usize,
    /// Items of this rank.
    pub(super) items: usize,
    /// Times of the waiting records, s.
    pub(super) times: Vec<f64>,
    /// `[variable][record][item]`; of one variable where no record waits.
    pub(super) values: Vec<f64>,
    pub(super) reduced: reduced::Buffer,
    /// Of all batches, where items run in batches: rank 0's, `[record][part]`.
    pub(super) carried: Vec<Vec<Partial>>,
    /// Times of the last records in the file, which are to follow, s.
    pub(super) untimed: Vec<f64>,
    /// Records of these items in the file, and records that it has at all.
    pub(super) written: usize,
    pub(super) in_file: usize,
}

/// A flush waits for the disk, so that doing it for every record can cost more than the run; a killed job loses what
/// came after the last one.
const FLUSH_EVERY: Duration = Duration::from_secs(20);

/// Times that are put at once: a put takes some 20 us even of a single number. What is flushed has its times.
pub(super) const TIMES_AT_ONCE: usize = 64;

impl Stream {
    pub(super) fn new(layout: &Layout, stream: &StreamLayout, items: usize) -> Self {
        let capacity = usize::try_from(layout.records_at_once(stream)).unwrap_or(1);
        let waiting = usize::try_from(layout.values_of_item(stream)).unwrap_or(usize::MAX);
        Self {
            capacity,
            items,
            times: Vec::with_capacity(capacity),
            values: vec![0.0; waiting * items],
            reduced: reduced::Buffer::default(),
            carried: Vec::new(),
            untimed: Vec::new(),
            written: 0,
            in_file: 0,
        }
    }

    /// The waiting records of a variable, and room for more.
    fn rows(&mut self, variable: usize) -> &mut [f64] {
        let length = self.capacity * self.items;
        let start = if self.capacity > 1 { variable * length } else { 0 };
        &mut self.values[start..start + length]
    }
}

impl Writer<'_> {
    /// Whether the next record of a stream fills its buffer, so that all ranks have to meet in `record`.
    #[must_use]
    pub fn fills(&self, stream: usize) -> bool {
        let buffer = &self.streams[stream];
        buffer.times.len() + 1 == buffer.capacity
    }

    /// **Collective** where `fills` says so, for then what waits is written. Takes the record of a stream at `time` s;
    /// `column` fills in this rank's values of the variable with the given position in the stream, and returns how many
    /// variables it has filled in: in single precision one, two, or none, and then it is asked for real ones.
    ///
    /// # Errors
    /// `Write`, agreed.
    pub fn record(
        &mut self,
        stream: usize,
        time: f64,
        mut column: impl FnMut(usize, Rows<'_>) -> usize,
    ) -> Result<(), Error> {
        let fills = self.fills(stream);
        let buffer = &mut self.streams[stream];
        let (record, items) = (buffer.times.len(), buffer.items);
        buffer.times.push(time);
        if buffer.capacity == 1 {
            return self.write(stream, column);
        }
        for variable in 0..self.layout.streams[stream].variables.len() {
            column(variable, Rows::Real(&mut buffer.rows(variable)[record * items..(record + 1) * items]));
        }
        if fills { self.flush(stream) } else { Ok(()) }
    }

    /// **Collective.** Writes the waiting records of a stream.
    ///
    /// # Errors
    /// `Write`, agreed.
    pub(super) fn flush(&mut self, stream: usize) -> Result<(), Error> {
        if self.streams[stream].times.is_empty() { Ok(()) } else { self.write(stream, |_, _| 0) }
    }

    /// **Collective.** Writes the records whose times wait; `column` makes the values that do not wait. Now and then, rank
    /// 0's clock decides, all is flushed to disk.
    fn write(&mut self, stream: usize, column: impl FnMut(usize, Rows<'_>) -> usize) -> Result<(), Error> {
        let reduced = reduced::put(self.world, &mut self.file, &self.layout, stream, &mut self.streams[stream]);
        let mut outcome = reduced.and(self.put(stream, column));
        let buffer = &mut self.streams[stream];
        buffer.written += buffer.times.len();
        buffer.in_file = buffer.in_file.max(buffer.written);
        buffer.untimed.append(&mut buffer.times);
        buffer.reduced = reduced::Buffer::default();
        if buffer.untimed.len() >= TIMES_AT_ONCE {
            outcome = outcome.and(self.put_times(stream));
        }
        agree(self.world, &self.layout, "a record", outcome)?;
        let written = &self.layout.streams[stream];
        self.puts += written.variables.len() + written.reduced.variables.len() + 1;
        let late = self.flushed.elapsed() > FLUSH_EVERY || self.puts > metadata::MOST_PUTS;
        if self.world.sum(&[u64::from(self.world.is_root() && late)])[0] > 0 {
            self.sync()?;
        }
        Ok(())
    }

    /// **Collective.** Puts the records; their times are to follow. A rank goes through every put even after one of its own
    /// failed, because the others wait in each of them; the first failure is returned.
    fn put(&mut self, stream: usize, mut column: impl FnMut(usize, Rows<'_>) -> usize) -> Outcome {
        let (layout, buffer) = (&self.layout.streams[stream], &mut self.streams[stream]);
        let records = buffer.written..buffer.written + buffer.times.len();
        let (values, waits) = (records.len() * buffer.items, buffer.capacity > 1);
        let mut outcome = Ok(());
        let mut variables = &layout.variables[..];
        while let Some(variable) = variables.first() {
            let position = layout.variables.len() - variables.len();
            let are_single = variables.iter().take(2).take_while(|variable| !waits && variable.kind == Kind::Single);
            let rows = &mut self.scratch.singles[..are_single.count()];
            for row in &mut *rows {
                row.resize(values, 0.0);
            }
            let made = match rows {
                [] => 0,
                [one] => column(position, Rows::Single(&mut [one])),
                [one, other, ..] => column(position, Rows::Single(&mut [one, other])),
            };
            for (variable, row) in variables.iter().zip(&rows[..made]) {
                let what = (self.layout.items, variable);
                outcome = outcome.and(put_row(&mut self.file, what, &self.share, records.start, row));
            }
            if made == 0 {
                let rows = &mut buffer.rows(position)[..values];
                if !waits {
                    column(position, Rows::Real(rows));
                }
                let what = (self.layout.items, variable);
                let put = put_records(&mut self.file, what, &self.share, &records, rows, &mut self.scratch);
                outcome = outcome.and(put);
            }
            variables = &variables[made.max(1)..];
        }
        outcome
    }

    /// **Collective.** Puts the times that are to follow.
    fn put_times(&mut self, stream: usize) -> Outcome {
        let buffer = &mut self.streams[stream];
        let times = std::mem::take(&mut buffer.untimed);
        if times.is_empty() {
            return Ok(());
        }
        let records = buffer.written - times.len()..buffer.written;
        let (times, extent) = if self.world.is_root() { (&times[..], records) } else { (&[][..], 0..0) };
        find(&mut self.file, &self.layout.streams[stream].time_dimension)
            .and_then(|mut time| time.put_values(times, [extent].as_slice()))
    }

    /// **Collective.** Puts all times that are to follow, so that the records of before are complete.
    ///
    /// # Errors
    /// `Write`, agreed.
    pub(super) fn complete_records(&mut self) -> Result<(), Error> {
        let mut outcome = Ok(());
        for stream in 0..self.streams.len() {
            outcome = outcome.and(self.put_times(stream));
        }
        agree(self.world, &self.layout, "the times of records", outcome)
    }

    /// Bytes of this rank's buffers.
    #[must_use]
    pub fn buffer_bytes(&self) -> u64 {
        self.streams.iter().map(|stream| 8 * stream.values.len() as u64).sum()
    }
}
