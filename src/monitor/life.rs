//! Whether a run still lives, as far as its files tell: one that was killed cannot say so itself.

use std::fmt;

use jiff::Timestamp;

use super::{State, Status};

/// A run that lives shows it every ten seconds at least, by the time of its lock; a network disk may hide some of that, s.
const SILENCE: i64 = 60;

/// What has become of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Life {
    Running,
    Finished,
    Checkpointed,
    Failed,
    /// It says that it runs, but shows no sign of life since then, UTC.
    Silent(String),
}

/// What a reader sees beside the status.
#[derive(Debug, Clone, Copy)]
pub struct Signs {
    pub now: Timestamp,
    /// When the lock of the run was last touched; none without a lock.
    pub lock: Option<Timestamp>,
    /// Whether the process is there; none when the reader is on another host.
    pub process: Option<bool>,
}

/// Judges a status by what else is to be seen.
#[must_use]
pub fn judge(status: &Status, signs: Signs) -> Life {
    match status.state {
        State::Finished => return Life::Finished,
        State::Checkpointed => return Life::Checkpointed,
        State::Failed => return Life::Failed,
        State::Running => {}
    }
    let updated = status.updated.parse::<Timestamp>().ok();
    let last = updated.into_iter().chain(signs.lock).max();
    let quiet = last.is_none_or(|last| signs.now.as_second() - last.as_second() > SILENCE);
    if quiet || signs.process == Some(false) {
        return Life::Silent(last.map_or_else(|| status.updated.clone(), written));
    }
    Life::Running
}

fn written(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

impl Life {
    /// One word for scripts.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Checkpointed => "checkpointed",
            Self::Failed => "failed",
            Self::Silent(_) => "silent",
        }
    }

    /// When it last showed a sign of life, where it should do so and does not.
    #[must_use]
    pub fn since(&self) -> Option<&str> {
        if let Self::Silent(since) = self { Some(since) } else { None }
    }

    /// The exit status of `chemdrift status`.
    #[must_use]
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::Finished => 0,
            Self::Running => 10,
            Self::Failed => 11,
            Self::Silent(_) => 12,
            Self::Checkpointed => 85,
        }
    }
}

impl fmt::Display for Life {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silent(since) => write!(f, "no sign of life since {since}"),
            other => f.write_str(other.word()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn running() -> Status {
        Status { updated: "2026-01-01T00:00:00Z".to_owned(), ..Status::default() }
    }

    fn signs(after: i64, lock: Option<i64>, process: Option<bool>) -> Signs {
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let at = |seconds: i64| Timestamp::from_second(start.as_second() + seconds).unwrap();
        Signs { now: at(after), lock: lock.map(at), process }
    }

    #[test]
    fn exact_a_run_lives_while_its_status_or_its_lock_is_young_and_its_process_is_there() {
        for (signs, lives) in [
            (signs(50, None, None), true),
            (signs(50, None, Some(true)), true),
            (signs(1, None, Some(false)), false),
            (signs(61, None, Some(true)), false),
            (signs(500, Some(490), Some(true)), true),
            (signs(500, Some(490), None), true),
            (signs(500, Some(400), None), false),
        ] {
            assert_eq!(judge(&running(), signs) == Life::Running, lives, "{signs:?}");
        }
        let silent = judge(&running(), signs(500, Some(400), None));
        assert_eq!(silent.to_string(), "no sign of life since 2026-01-01T00:06:40Z");
    }

    #[test]
    fn exact_a_run_that_has_said_how_it_ended_is_believed() {
        for (state, status) in [(State::Finished, 0), (State::Checkpointed, 85), (State::Failed, 11)] {
            let ended = judge(&Status { state, ..running() }, signs(9999, None, Some(false)));
            assert_eq!((ended.word(), ended.exit_status()), (state.name(), status));
        }
    }

    #[test]
    fn exact_a_status_without_a_time_is_no_sign_of_life() {
        let life = judge(&Status::default(), signs(0, None, None));
        assert_eq!(life, Life::Silent(String::new()));
    }
}
