//! Faults on purpose, so that what follows one can be tried before one comes: does the job end, does its script bring it
//! back, are the bits the same? `CHEMDRIFT_FAULT="kill rank 1 at step 40"`.

use std::sync::atomic::{AtomicU64, Ordering};

use rustix::process::{Signal, getpid, kill_process};

/// The environment variable that asks for a fault.
pub const VARIABLE: &str = "CHEMDRIFT_FAULT";

/// What one rank is to do, and when.
#[derive(Debug)]
pub struct Fault {
    action: Action,
    rank: i32,
    place: Place,
    /// Meetings of all ranks so far.
    meetings: AtomicU64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    /// A bug: the rank panics.
    Panic,
    /// SIGKILL, as from a node that fails or a system without memory.
    Kill,
    /// SIGSTOP: the rank waits for SIGCONT, and the others for it.
    Stop,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// After so many steps in all lives of the run, before anything of them is written.
    Step(u64),
    /// Before the rank joins the n-th collective operation of its life, counted from 1, in which the others wait for it.
    Collective(u64),
}

impl Fault {
    /// Reads `panic|kill|stop rank R at step|collective N`.
    ///
    /// # Errors
    /// What to write instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        let usage = || {
            format!(
                "{VARIABLE} is `{text}`: write `kill rank 1 at step 40`; instead of `kill` also `panic` or `stop`, instead of `step` also `collective`"
            )
        };
        let words: Vec<&str> = text.split_whitespace().collect();
        let [action, "rank", rank, "at", place, number] = words[..] else { return Err(usage()) };
        let action = match action {
            "panic" => Action::Panic,
            "kill" => Action::Kill,
            "stop" => Action::Stop,
            _ => return Err(usage()),
        };
        let number = number.parse().map_err(|_| usage())?;
        let place = match place {
            "step" => Place::Step(number),
            "collective" => Place::Collective(number),
            _ => return Err(usage()),
        };
        let rank = rank.parse().map_err(|_| usage())?;
        Ok(Self { action, rank, place, meetings: AtomicU64::new(0) })
    }

    /// To be called by `rank` before each collective operation.
    pub fn before_collective(&self, rank: i32) {
        let number = self.meetings.fetch_add(1, Ordering::Relaxed) + 1;
        self.happen(rank, Place::Collective(number));
    }

    /// To be called by `rank` after each step; `done` is how many there have been.
    pub fn after_step(&self, rank: i32, done: u64) {
        self.happen(rank, Place::Step(done));
    }

    fn happen(&self, rank: i32, place: Place) {
        if rank != self.rank || place != self.place {
            return;
        }
        let signal = match self.action {
            Action::Panic => panic!("{VARIABLE} asked rank {rank} for it, at {place:?}"),
            Action::Kill => Signal::KILL,
            Action::Stop => Signal::STOP,
        };
        // A process may always signal itself.
        let _ = kill_process(getpid(), signal);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_faults_are_read_as_they_are_written() {
        let fault = Fault::parse("kill rank 1 at step 40").unwrap();
        assert_eq!((fault.action, fault.rank, fault.place), (Action::Kill, 1, Place::Step(40)));
        let fault = Fault::parse(" stop rank 0  at collective 3").unwrap();
        assert_eq!((fault.action, fault.rank, fault.place), (Action::Stop, 0, Place::Collective(3)));
        for wrong in ["", "kill", "kill rank one at step 40", "burn rank 1 at step 40", "kill rank 1 at noon 40"] {
            assert!(Fault::parse(wrong).unwrap_err().contains("write `kill rank 1 at step 40`"), "{wrong}");
        }
    }

    #[test]
    #[should_panic(expected = "asked rank 1 for it")]
    fn exact_a_fault_comes_to_its_rank_at_its_place() {
        let fault = Fault::parse("panic rank 1 at collective 2").unwrap();
        fault.before_collective(1);
        fault.after_step(1, 2);
        let other = Fault::parse("panic rank 0 at collective 1").unwrap();
        other.before_collective(1);
        fault.before_collective(1);
    }
}
