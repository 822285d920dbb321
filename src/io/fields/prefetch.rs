//! Reading the next snapshot while the run goes on with the ones it has.
//!
//! The thread takes the one lock of the NetCDF library for single calls only and calls no MPI, so that a collective
//! write of the output may make it wait, but not the other way round for longer than one read.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};

use super::reader::FieldReader;
use crate::advection::field::Grid;
use crate::error::Error;

type Answer = Result<Vec<f32>, Error>;

/// A reader in a thread of its own.
pub struct Prefetch {
    grid: Grid,
    /// Closed to end the thread.
    orders: Option<SyncSender<usize>>,
    answers: Receiver<Answer>,
    /// The snapshot that is being read, or waits to be taken.
    under_way: Option<usize>,
    thread: Option<JoinHandle<()>>,
}

impl Prefetch {
    /// Starts the thread.
    ///
    /// # Errors
    /// `File` when the system gives no thread.
    pub fn start(mut reader: FieldReader) -> Result<Self, Error> {
        let (orders, inbox) = sync_channel::<usize>(1);
        let (outbox, answers) = sync_channel::<Answer>(1);
        let grid = reader.grid().clone();
        let work = move || {
            while let Ok(snapshot) = inbox.recv() {
                if outbox.send(reader.read(snapshot)).is_err() {
                    break;
                }
            }
        };
        let thread = Builder::new().name("fields".to_owned()).spawn(work).map_err(|e| ended(e.to_string()))?;
        Ok(Self { grid, orders: Some(orders), answers, under_way: None, thread: Some(thread) })
    }

    /// The nodes of what is read.
    #[must_use]
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// Begins to read a snapshot, unless one is under way already.
    pub fn ask(&mut self, snapshot: usize) {
        if self.under_way.is_none()
            && let Some(orders) = &self.orders
            && orders.send(snapshot).is_ok()
        {
            self.under_way = Some(snapshot);
        }
    }

    /// The values of a snapshot, `[depth][y][x]`; waits for them if need be.
    ///
    /// # Errors
    /// As `FieldReader::read`.
    pub fn take(&mut self, snapshot: usize) -> Answer {
        if self.under_way.is_some_and(|other| other != snapshot) {
            self.under_way = None;
            // What was read in vain, and whether that failed, is of no interest.
            let _ = self.receive()?;
        }
        self.ask(snapshot);
        self.under_way = None;
        self.receive()?
    }

    fn receive(&self) -> Result<Answer, Error> {
        self.answers.recv().map_err(|e| ended(e.to_string()))
    }
}

impl Drop for Prefetch {
    fn drop(&mut self) {
        self.orders = None;
        // An answer that nobody took would keep the thread from its end only if a second one followed; there is room
        // for one.
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn ended(reason: String) -> Error {
    Error::File { path: PathBuf::from("fields"), action: "read in the background from", reason }
}
