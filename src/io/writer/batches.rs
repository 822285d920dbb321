//! Items that change: they move to other ranks, or run in batches. Then records begin again, what is reduced over the items
//! joins what earlier batches have left, and items that do not run are marked as missing.

use std::ops::Range;
use std::sync::Arc;

use super::scribe::Open;
use super::{Stream, Writer, agree, share_of};
use crate::error::Error;
use crate::io::layout::{Kind, Variable};
use crate::io::metadata::MOST_PUTS;
use crate::io::puts::{Outcome, Share, put_items, put_records};
use crate::statistics::Partial;

/// What statistics of all batches consist of, `[stream][record][part]`.
pub type Carried = Vec<Vec<Vec<Partial>>>;

impl Writer<'_> {
    /// **Collective.** From now on this rank writes the items `own`. Nothing may be waiting to be written: `flush_all` comes before.
    pub fn hold(&mut self, own: Range<usize>) {
        for (stream, layout) in self.streams.iter_mut().zip(&self.layout.streams) {
            let (written, in_file) = (stream.written, stream.in_file);
            let carried = std::mem::take(&mut stream.carried);
            *stream = Stream { carried, written, in_file, ..Stream::new(&self.layout, layout, own.len()) };
        }
        self.scribe.forget_rows();
        self.share = Arc::new(Share::new(self.world, &self.layout, &own));
    }

    /// **Collective.** Writes what waits and begins with the first records again, of the items `own`.
    ///
    /// # Errors
    /// `Write`, agreed.
    pub fn begin_again(&mut self, own: Range<usize>) -> Result<(), Error> {
        self.flush_all()?;
        for stream in &mut self.streams {
            stream.written = 0;
        }
        self.hold(own);
        Ok(())
    }

    /// What has been put together so far of the items that ran; nothing on ranks other than 0, and without batches.
    #[must_use]
    pub fn carried(&self) -> Carried {
        self.streams.iter().map(|stream| stream.carried.clone()).collect()
    }

    /// Puts back what `carried` gave. `again` says that earlier batches have written all records.
    pub fn carry(&mut self, carried: Carried, again: bool) {
        for (stream, carried) in self.streams.iter_mut().zip(carried) {
            stream.carried = carried;
        }
        for (stream, layout) in self.streams.iter_mut().zip(&self.layout.streams) {
            let all = usize::try_from(layout.records).unwrap_or(usize::MAX);
            stream.in_file = if again { all } else { stream.written };
        }
    }

    /// **Collective.** Marks items that did not run as missing, in all records and constants. Nothing may be waiting to be
    /// written.
    ///
    /// # Errors
    /// `Write`, agreed.
    pub fn leave_out(&mut self, ids: Range<u64>) -> Result<(), Error> {
        self.mark(ids.clone(), &vec![0; self.streams.len()])?;
        let own = share_of(self.world, ids);
        let share = Share::new(self.world, &self.layout, &own);
        let (mut outcome, open) = (Ok(()), &mut self.scribe.file());
        for variable in &self.layout.constants {
            let values = vec![missing(variable); own.len()];
            outcome = outcome.and(put_items(&mut open.file, &variable.name, &share, &values));
        }
        agree(self.world, &self.layout, "what did not run", outcome)
    }

    /// **Collective.** Marks what a batch that ended early has not written of its items `ids`.
    ///
    /// # Errors
    /// `Write`, agreed.
    pub fn leave_out_rest(&mut self, ids: Range<u64>) -> Result<(), Error> {
        let written: Vec<usize> = self.streams.iter().map(|stream| stream.written).collect();
        self.mark(ids, &written)
    }

    /// **Collective.** Marks the items `ids` as missing in the records of each stream from the given one on.
    fn mark(&mut self, ids: Range<u64>, from: &[usize]) -> Result<(), Error> {
        let own = share_of(self.world, ids);
        let share = Share::new(self.world, &self.layout, &own);
        for place in 0..self.streams.len() {
            let (capacity, end) = (self.streams[place].capacity.max(1), self.streams[place].in_file);
            for start in (from[place]..end).step_by(capacity) {
                let records = start..(start + capacity).min(end);
                let mut outcome: Outcome = Ok(());
                for variable in &self.layout.streams[place].variables {
                    let values = vec![missing(variable); records.len() * own.len()];
                    let what = (self.layout.items, variable);
                    let Open { file, scratch, .. } = &mut *self.scribe.file();
                    outcome = outcome.and(put_records(file, what, &share, &records, &values, scratch));
                    self.puts += 1;
                }
                agree(self.world, &self.layout, "what did not run", outcome)?;
                if self.puts > MOST_PUTS {
                    self.sync()?;
                }
            }
        }
        Ok(())
    }
}

/// What says that there is no value: the last of the flags that a run in batches has.
fn missing(variable: &Variable) -> f64 {
    match &variable.kind {
        Kind::Real | Kind::Single => f64::NAN,
        Kind::Count => 0.0,
        Kind::Flags(meanings) => meanings.len().saturating_sub(1) as f64,
    }
}
