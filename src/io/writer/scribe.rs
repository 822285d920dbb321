//! Who puts values into the file: the thread that computes, at once, or one of its own while the kernels go on.
//!
//! Whichever it is, puts come one after the other and in one order on all ranks; a rank whose own put failed goes on with
//! the next, because the others wait in each of them. The ranks agree later on what became of them, in the thread that
//! computes. Whoever else wants the file waits until nothing is on its way to it.

use std::mem::ManuallyDrop;
use std::ops::Range;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use netcdf::FileMut;
use netcdf::types::NcTypeDescriptor;

use super::early::Early;
use super::stored::{Copied, Stored};
use crate::comm;
use crate::io::destination::unfinished;
use crate::io::layout::{Kind, Layout, Variable};
use crate::io::puts::{Outcome, Scratch, Share, put_records, put_row};

/// What rows may take that wait for the thread, bytes; two are always had.
const ROOM: usize = 16 << 20;
/// How long one put may take where nobody asks for it any more.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is to be put.
#[derive(Debug)]
pub(super) struct Put {
    pub(super) target: Target,
    pub(super) row: Row,
}

/// Where it is to be put.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) stream: usize,
    /// Position in the stream.
    pub(super) variable: usize,
    pub(super) records: Range<usize>,
    pub(super) share: Arc<Share>,
}

/// Values of a variable, in the order of the items unless they were copied.
#[derive(Debug)]
pub(super) enum Row {
    /// A stream's own, `[record][item]`, which it gets back.
    Kept(Vec<f64>),
    Real(Vec<f64>),
    CopiedReal(Copied<f64>),
    /// As they are stored in the file.
    CopiedSingle(Copied<f32>),
}

/// An open file, and memory in which values are brought into its order.
pub(super) struct Open {
    /// Closed by `Scribe::close` alone: closing is collective, and after a failure the ranks would wait in it for ever.
    pub(super) file: ManuallyDrop<FileMut>,
    pub(super) scratch: Scratch,
    early: Early,
}

/// Puts values into one file.
pub(super) struct Scribe {
    layout: Arc<Layout>,
    open: Arc<Mutex<Open>>,
    thread: Option<Thread>,
    /// Puts that have not come back.
    away: usize,
    /// How long the thread took for those that have.
    pub(super) seconds: Duration,
    /// The first failure since it was asked for last.
    outcome: Outcome,
    reals: Rows<f64>,
    singles: Rows<f32>,
    /// Streams' own rows that have come back.
    kept: Vec<Put>,
}

/// Rows of single records, which take turns.
#[derive(Debug, Default)]
struct Rows<T> {
    free: Vec<Vec<T>>,
    made: usize,
}

/// What was put, what became of it, and how long it took.
type Answer = (Put, Outcome, Duration);

struct Thread {
    /// Closed to end it.
    orders: Option<Sender<Put>>,
    answers: Receiver<Answer>,
    handle: Option<JoinHandle<()>>,
}

impl Scribe {
    pub(super) fn new(file: ManuallyDrop<FileMut>, layout: Arc<Layout>) -> Self {
        let open = Open { file, scratch: Scratch::default(), early: Early::new(&unfinished(&layout.path)) };
        Self {
            layout,
            open: Arc::new(Mutex::new(open)),
            thread: None,
            away: 0,
            seconds: Duration::ZERO,
            outcome: Ok(()),
            reals: Rows::default(),
            singles: Rows::default(),
            kept: Vec::new(),
        }
    }

    /// From now on a thread puts.
    pub(super) fn work_beside(&mut self) -> std::io::Result<()> {
        self.thread = Some(Thread::start(Arc::clone(&self.layout), Arc::clone(&self.open))?);
        Ok(())
    }

    /// **Collective.** Puts the values of this rank, sooner or later.
    pub(super) fn put(&mut self, put: Put) {
        self.away += 1;
        if let Some(Thread { orders: Some(orders), .. }) = &self.thread {
            comm::write_beside(true);
            // Only a panic ends the thread before its time, and that ends the job.
            let _ = orders.send(put);
        } else {
            let outcome = put.carry_out(&mut lock(&self.open), &self.layout);
            self.take((put, outcome, Duration::ZERO));
        }
    }

    /// **Collective.** Puts one record of values that are kept by the job. A thread gets a copy of them, and brings them into
    /// order as well.
    pub(super) fn put_stored(&mut self, target: Target, stored: &Stored<'_>) {
        let single = target.variable(&self.layout).kind == Kind::Single;
        if self.thread.is_none() {
            let open = &mut *lock(&self.open);
            let Scratch { doubles, singles } = &mut open.scratch;
            let outcome = if single {
                stored.places.bring(&stored.pieces, singles, |value| value as f32, f32::NAN);
                target.put_row(&mut open.file, &self.layout, singles)
            } else {
                stored.places.bring(&stored.pieces, doubles, |value| value, f64::NAN);
                target.put_row(&mut open.file, &self.layout, doubles)
            };
            open.early.written(target.bytes(&self.layout));
            note(&mut self.outcome, outcome);
            return;
        }
        let (items, places) = (target.share.len(), Arc::clone(&stored.places));
        let row = if single {
            let mut values = self.single(items);
            stored.copy(&mut values, |value| value as f32);
            Row::CopiedSingle(Copied { values, places })
        } else {
            let mut values = self.real(items);
            stored.copy(&mut values, |value| value);
            Row::CopiedReal(Copied { values, places })
        };
        self.put(Put { target, row });
    }

    /// The file, when nothing is on its way to it any more.
    pub(super) fn file(&mut self) -> MutexGuard<'_, Open> {
        while self.away > 0 {
            self.wait();
        }
        comm::write_beside(false);
        lock(&self.open)
    }

    /// What became of all that has come back since this was asked last.
    pub(super) fn outcome(&mut self) -> Outcome {
        std::mem::replace(&mut self.outcome, Ok(()))
    }

    /// Memory for so many values of one record.
    pub(super) fn real(&mut self, values: usize) -> Vec<f64> {
        self.row(|own| &mut own.reals, values)
    }

    /// Memory for so many values of one record as they are stored.
    fn single(&mut self, values: usize) -> Vec<f32> {
        self.row(|own| &mut own.singles, values)
    }

    /// A row out of these, when there is one.
    fn row<T: Copy + Default>(&mut self, rows: impl Fn(&mut Self) -> &mut Rows<T>, values: usize) -> Vec<T> {
        self.look();
        loop {
            let some_are_away = self.away > 0;
            match rows(self).take(values, some_are_away) {
                Some(row) => return row,
                None => self.wait(),
            }
        }
    }

    /// Puts a stream's own rows back where they were.
    pub(super) fn give_back(&mut self, stream: usize, rows: &mut [Vec<f64>], away: &mut usize) {
        while *away > 0 {
            for put in self.kept.extract_if(.., |put| put.target.stream == stream) {
                if let Row::Kept(row) = put.row {
                    rows[put.target.variable] = row;
                    *away -= 1;
                }
            }
            if *away > 0 {
                self.wait();
            }
        }
    }

    /// Bytes of the rows that take turns, and of what brings them into order.
    pub(super) fn bytes(&self) -> usize {
        8 * self.reals.values() + 4 * self.singles.values() + lock(&self.open).scratch.bytes()
    }

    /// Lets go of all rows, when nothing is on its way: the next ones have another length.
    pub(super) fn forget_rows(&mut self) {
        (self.reals, self.singles, self.kept) = Default::default();
    }

    /// **Collective.** Closes the file.
    pub(super) fn close(mut self) -> Outcome {
        drop(self.file());
        drop(self.thread.take());
        let open = Arc::into_inner(self.open).and_then(|open| open.into_inner().ok());
        open.map_or(Ok(()), |open| ManuallyDrop::into_inner(open.file).close())
    }

    /// Takes what has come back, so that the same few rows are used again and again and stay in the cache.
    fn look(&mut self) {
        while let Some(answer) = self.thread.as_ref().and_then(|thread| thread.answers.try_recv().ok()) {
            self.take(answer);
        }
    }

    /// Waits for the next put to come back.
    fn wait(&mut self) {
        let Some(thread) = &self.thread else { return };
        if let Ok(answer) = thread.answers.recv() {
            self.take(answer);
        } else {
            self.away = 0;
            self.outcome = Err(netcdf::Error::Str("the thread that writes has ended".to_owned()));
        }
    }

    fn take(&mut self, (put, outcome, seconds): Answer) {
        self.away -= 1;
        self.seconds += seconds;
        note(&mut self.outcome, outcome);
        match put.row {
            Row::Real(row) | Row::CopiedReal(Copied { values: row, .. }) => self.reals.free.push(row),
            Row::CopiedSingle(Copied { values: row, .. }) => self.singles.free.push(row),
            Row::Kept(_) => self.kept.push(put),
        }
    }
}

/// The first failure is the one that is told.
fn note(first: &mut Outcome, outcome: Outcome) {
    if first.is_ok() {
        *first = outcome;
    }
}

impl<T: Copy + Default> Rows<T> {
    /// One that is free, or a new one where there may be more or none would ever come back.
    fn take(&mut self, values: usize, some_are_away: bool) -> Option<Vec<T>> {
        let most = (ROOM / (size_of::<T>() * values.max(1))).max(2);
        if let Some(mut row) = self.free.pop() {
            row.resize(values, T::default());
            return Some(row);
        }
        let more = self.made < most || !some_are_away;
        self.made += usize::from(more);
        more.then(|| vec![T::default(); values])
    }

    fn values(&self) -> usize {
        self.free.iter().map(Vec::capacity).sum()
    }
}

impl Put {
    fn carry_out(&self, open: &mut Open, layout: &Layout) -> Outcome {
        let (target, Open { file, scratch, .. }) = (&self.target, &mut *open);
        let outcome = match &self.row {
            Row::CopiedReal(Copied { values, places }) => {
                places.bring(&[values], &mut scratch.doubles, |value| value, f64::NAN);
                target.put_row(file, layout, &scratch.doubles)
            }
            Row::CopiedSingle(Copied { values, places }) => {
                places.bring(&[values], &mut scratch.singles, |value| value, f32::NAN);
                target.put_row(file, layout, &scratch.singles)
            }
            Row::Kept(row) | Row::Real(row) => {
                let what = (layout.items, target.variable(layout));
                let values = &row[..target.records.len() * target.share.len()];
                put_records(file, what, &target.share, &target.records, values, scratch)
            }
        };
        open.early.written(target.bytes(layout));
        outcome
    }
}

impl Target {
    fn variable<'l>(&self, layout: &'l Layout) -> &'l Variable {
        &layout.streams[self.stream].variables[self.variable]
    }

    /// Bytes that this rank puts.
    fn bytes(&self, layout: &Layout) -> usize {
        self.records.len() * self.share.len() * self.variable(layout).kind.bytes() as usize
    }

    /// **Collective.** Puts one record, in the order of the items and as it is stored in the file.
    fn put_row<T: NcTypeDescriptor>(&self, file: &mut FileMut, layout: &Layout, row: &[T]) -> Outcome {
        put_row(file, (layout.items, self.variable(layout)), &self.share, self.records.start, row)
    }
}

impl Thread {
    fn start(layout: Arc<Layout>, open: Arc<Mutex<Open>>) -> std::io::Result<Self> {
        let (orders, inbox) = channel::<Put>();
        let (outbox, answers) = channel();
        let work = move || {
            for put in inbox {
                let begun = Instant::now();
                let outcome = put.carry_out(&mut lock(&open), &layout);
                if outbox.send((put, outcome, begun.elapsed())).is_err() {
                    break;
                }
            }
        };
        let handle = Builder::new().name("writer".to_owned()).spawn(work)?;
        Ok(Self { orders: Some(orders), answers, handle: Some(handle) })
    }
}

impl Drop for Thread {
    /// Waits for what is on its way; not for ever, since after a failure another rank may be missing in a put.
    fn drop(&mut self) {
        self.orders = None;
        let ended = loop {
            match self.answers.recv_timeout(PATIENCE) {
                Ok(_) => {}
                Err(why) => break why == RecvTimeoutError::Disconnected,
            }
        };
        if let (true, Some(handle)) = (ended, self.handle.take()) {
            let _ = handle.join();
        }
    }
}

/// A thread that panics ends the job, so that what it has left is looked at by nobody.
fn lock(open: &Mutex<Open>) -> MutexGuard<'_, Open> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}
