//! Signals that ask a job to write a checkpoint and to stop, as counters that the loop over time looks at.
//!
//! Schedulers send them ahead of the wall time's end, and to some ranks earlier than to others; what follows from them is
//! agreed by all ranks elsewhere. A handler only counts: nothing else is safe while the program may be anywhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGTERM, SIGUSR1, SIGUSR2};

use crate::error::Error;

/// The signals that are listened to, with their names.
const HEARD: [(i32, &str); 3] = [(SIGUSR1, "SIGUSR1"), (SIGUSR2, "SIGUSR2"), (SIGTERM, "SIGTERM")];

/// Which signals this process has received since it began to listen.
#[derive(Debug, Clone)]
pub struct Signals {
    received: [Arc<AtomicBool>; HEARD.len()],
}

impl Signals {
    /// Listens from now on. To be called before anything else, because until then a signal ends the process.
    ///
    /// # Errors
    /// `NoSignals` with the system's reason.
    pub fn listen() -> Result<Self, Error> {
        let signals = Self { received: Default::default() };
        for ((number, name), flag) in HEARD.into_iter().zip(&signals.received) {
            signal_hook::flag::register(number, Arc::clone(flag))
                .map_err(|reason| Error::NoSignals { name, reason: reason.to_string() })?;
        }
        Ok(signals)
    }

    /// 1 for each signal that has come, in the order of `names`.
    #[must_use]
    pub fn received(&self) -> [u64; HEARD.len()] {
        std::array::from_fn(|signal| u64::from(self.received[signal].load(Ordering::Relaxed)))
    }

    /// The names of the signals.
    #[must_use]
    pub fn names() -> [&'static str; HEARD.len()] {
        HEARD.map(|(_, name)| name)
    }
}
