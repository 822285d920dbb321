//! Records that wait to be written, and how they are.
//!
//! Where a chunk holds one record alone nothing waits: each variable is made and put before the next one is made, so that
//! few rows do for all of them, and one that stays in the cache where no other thread writes.

use std::sync::Arc;
use std::time::Duration;

use super::scribe::{Put, Row, Target};
use super::stored::Stored;
use super::{Writer, agree, reduced};
use crate::error::Error;
use crate::io::layout::{Kind, Layout, StreamLayout};
use crate::io::metadata;
use crate::io::puts::{Outcome, find};
use crate::statistics::Partial;

/// What makes the values of a stream; a variable is told by its position in the stream.
pub trait Columns {
    /// Fills in this rank's values of a variable, in the order of the items.
    fn fill(&self, variable: usize, out: &mut [f64]);

    /// The same as they are kept, where they are.
    fn stored(&self, variable: usize) -> Option<Stored<'_>>;
}

/// Records of one stream that wait to be written.
pub(super) struct Stream {
    pub(super) capacity: usize,
    /// Items of this rank.
    pub(super) items: usize,
    /// Times of the waiting records, s.
    pub(super) times: Vec<f64>,
    /// `[record][item]` of each variable; none where no record waits.
    pub(super) rows: Vec<Vec<f64>>,
    /// How many of them are on their way to the file.
    pub(super) away: usize,
    pub(super) reduced: reduced::Buffer,
    /// Of all batches, where items run in batches: rank 0's, `[record][part]`.
    pub(super) carried: Vec<Vec<Partial>>,
    /// Times of the last records in the file, which are to follow, s.
    pub(super) untimed: Vec<f64>,
    /// Records of these items that were put into the file, and records that it has at all.
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
        let waiting = if capacity > 1 { stream.variables.len() } else { 0 };
        Self {
            capacity,
            items,
            times: Vec::with_capacity(capacity),
            rows: vec![vec![0.0; capacity * items]; waiting],
            away: 0,
            reduced: reduced::Buffer::default(),
            carried: Vec::new(),
            untimed: Vec::new(),
            written: 0,
            in_file: 0,
        }
    }
}

impl Writer<'_> {
    /// Whether the next record of a stream fills its buffer, so that all ranks have to meet in `record`.
    #[must_use]
    pub fn fills(&self, stream: usize) -> bool {
        let buffer = &self.streams[stream];
        buffer.times.len() + 1 == buffer.capacity
    }

    /// **Collective** where `fills` says so, for then what waits is written. Takes the record of a stream at `time` s.
    ///
    /// # Errors
    /// `Write`, agreed.
    pub fn record(&mut self, stream: usize, time: f64, columns: &impl Columns) -> Result<(), Error> {
        let fills = self.fills(stream);
        let buffer = &mut self.streams[stream];
        if buffer.capacity == 1 {
            buffer.times.push(time);
            return self.write(stream, Some(columns));
        }
        self.scribe.give_back(stream, &mut buffer.rows, &mut buffer.away);
        let (record, items) = (buffer.times.len(), buffer.items);
        buffer.times.push(time);
        for (variable, row) in buffer.rows.iter_mut().enumerate() {
            columns.fill(variable, &mut row[record * items..(record + 1) * items]);
        }
        if fills { self.flush(stream) } else { Ok(()) }
    }

    /// **Collective.** Writes the waiting records of a stream.
    ///
    /// # Errors
    /// `Write`, agreed.
    pub(super) fn flush(&mut self, stream: usize) -> Result<(), Error> {
        if self.streams[stream].times.is_empty() { Ok(()) } else { self.write(stream, None) }
    }

    /// **Collective.** Writes the records whose times wait; `columns` makes values that do not wait. Now and then, rank 0's
    /// clock decides, all is flushed to disk.
    fn write(&mut self, stream: usize, columns: Option<&dyn Columns>) -> Result<(), Error> {
        let mut outcome = Ok(());
        if !self.layout.streams[stream].reduced.variables.is_empty() {
            let open = &mut self.scribe.file();
            outcome = reduced::put(self.world, &mut open.file, &self.layout, stream, &mut self.streams[stream]);
        }
        if self.streams[stream].untimed.len() >= TIMES_AT_ONCE {
            outcome = outcome.and(self.put_times(stream));
        }
        match columns {
            Some(columns) => self.put(stream, columns),
            None => self.put_kept(stream),
        }
        let buffer = &mut self.streams[stream];
        buffer.written += buffer.times.len();
        buffer.in_file = buffer.in_file.max(buffer.written);
        buffer.untimed.append(&mut buffer.times);
        buffer.reduced = reduced::Buffer::default();
        agree(self.world, &self.layout, "a record", outcome.and(self.scribe.outcome()))?;
        let written = &self.layout.streams[stream];
        self.puts += written.variables.len() + written.reduced.variables.len() + 1;
        let late = self.flushed.elapsed() > FLUSH_EVERY || self.puts > metadata::MOST_PUTS;
        if self.world.sum(&[u64::from(self.world.is_root() && late)])[0] > 0 {
            self.sync()?;
        }
        Ok(())
    }

    /// **Collective.** Puts the records that wait; their times are to follow.
    fn put_kept(&mut self, stream: usize) {
        let buffer = &mut self.streams[stream];
        let records = buffer.written..buffer.written + buffer.times.len();
        for (variable, row) in buffer.rows.iter_mut().enumerate() {
            let (records, share, row) = (records.clone(), Arc::clone(&self.share), Row::Kept(std::mem::take(row)));
            self.scribe.put(Put { target: Target { stream, variable, records, share }, row });
            buffer.away += 1;
        }
    }

    /// **Collective.** Puts one record; its time is to follow.
    fn put(&mut self, stream: usize, columns: &dyn Columns) {
        let buffer = &self.streams[stream];
        let (scribe, items, record) = (&mut self.scribe, buffer.items, buffer.written);
        for (variable, made) in self.layout.streams[stream].variables.iter().enumerate() {
            let target = Target { stream, variable, records: record..record + 1, share: Arc::clone(&self.share) };
            if let (Kind::Real | Kind::Single, Some(stored)) = (&made.kind, columns.stored(variable)) {
                scribe.put_stored(target, &stored);
            } else {
                let mut row = scribe.real(items);
                columns.fill(variable, &mut row);
                scribe.put(Put { target, row: Row::Real(row) });
            }
        }
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
        find(&mut self.scribe.file().file, &self.layout.streams[stream].time_dimension)
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
        drop(self.scribe.file());
        agree(self.world, &self.layout, "the times of records", outcome.and(self.scribe.outcome()))
    }

    /// Seconds that a thread of its own has put records, s.
    #[must_use]
    pub fn seconds_beside(&self) -> f64 {
        self.scribe.seconds.as_secs_f64()
    }

    /// Bytes of this rank's buffers.
    #[must_use]
    pub fn buffer_bytes(&self) -> u64 {
        let waiting = |stream: &Stream| 8 * stream.rows.len() * stream.capacity * stream.items;
        (self.streams.iter().map(waiting).sum::<usize>() + self.scribe.bytes()) as u64
    }
}
