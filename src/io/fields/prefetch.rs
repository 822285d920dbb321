//! Reading the next snapshot while the run goes on with the ones it has.
//!
//! The thread takes the one lock of the NetCDF library for single calls only and calls no MPI, so that a collective
//! write of the output may make it wait, but not the other way round for longer than one read.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};

use super::between::Snapshots;
use crate::advection::{Layout, Slot};
use crate::error::Error;

/// One of the fields that are read together.
pub struct Component {
    pub snapshots: Snapshots,
    /// From the units of the file to SI.
    pub factor: f64,
}

/// The memory of a snapshot, which is given back also when reading failed.
type Answer = (Slot, Result<(), Error>);

/// Readers in a thread of their own, which fill memory that is handed to it.
pub struct Prefetch {
    /// Closed to end the thread.
    orders: Option<SyncSender<(usize, Slot)>>,
    answers: Receiver<Answer>,
    thread: Option<JoinHandle<()>>,
}

impl Prefetch {
    /// Starts the thread.
    ///
    /// # Errors
    /// `File` when the system gives no thread.
    pub fn start(mut components: Vec<Component>, layout: Layout) -> Result<Self, Error> {
        // One order at a time: there is always room for it and for its answer.
        let (orders, inbox) = sync_channel::<(usize, Slot)>(1);
        let (outbox, answers) = sync_channel::<Answer>(1);
        let work = move || {
            while let Ok((snapshot, mut slot)) = inbox.recv() {
                let filled = fill(&mut components, &layout, snapshot, &mut slot);
                if outbox.send((slot, filled)).is_err() {
                    break;
                }
            }
        };
        let thread = Builder::new().name("fields".to_owned()).spawn(work).map_err(|e| ended(e.to_string()))?;
        Ok(Self { orders: Some(orders), answers, thread: Some(thread) })
    }

    /// Begins to read a snapshot into memory that nobody looks at. What was asked for before must have been taken.
    pub fn ask(&self, snapshot: usize, slot: Slot) {
        if let Some(orders) = &self.orders {
            // When the thread is gone, `take` tells.
            let _ = orders.send((snapshot, slot));
        }
    }

    /// The memory of the snapshot that was asked for, filled unless that failed; waits for it if need be.
    ///
    /// # Errors
    /// `File` when the thread is gone.
    pub fn take(&self) -> Result<Answer, Error> {
        self.answers.recv().map_err(|e| ended(e.to_string()))
    }
}

/// Reads the fields of a snapshot one after the other, straight to where they belong.
fn fill(components: &mut [Component], layout: &Layout, snapshot: usize, slot: &mut Slot) -> Result<(), Error> {
    for (position, Component { snapshots, factor }) in components.iter_mut().enumerate() {
        snapshots.read(snapshot, &mut |first, values| {
            if *factor != 1.0 {
                for value in values.iter_mut() {
                    *value = (f64::from(*value) * *factor) as f32;
                }
            }
            layout.put(slot, position, first, values);
        })?;
    }
    layout.finish(slot);
    Ok(())
}

impl Drop for Prefetch {
    fn drop(&mut self) {
        self.orders = None;
        // The answer that nobody took finds room, so that the thread comes to its end.
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn ended(reason: String) -> Error {
    Error::File { path: PathBuf::from("fields"), action: "read in the background from", reason }
}
