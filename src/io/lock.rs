//! The lock of a run: a file that tells who is at work, so that no second job writes the same output.
//!
//! The kernel's lock on the file ends with the process, however it ends, and decides wherever it is seen: on one host, and
//! on network disks that pass it on. For other disks the holder changes the file's time every few seconds, and who meets
//! the lock of another host watches for that.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use crate::error::Error;

/// How often the holder shows that it lives.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// How long a lock of another host is watched: some beats and the time that a network disk may hide them.
const WATCH: Duration = Duration::from_secs(75);

/// A lock that is held until it is dropped or the process ends.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    file: File,
    heart: Option<(Sender<()>, JoinHandle<()>)>,
}

/// Who holds a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    pub host: String,
    pub process: u32,
    /// The scheduler's job, `slurm 1234`; empty without one.
    pub job: String,
    /// UTC.
    pub since: String,
}

impl Lock {
    /// Takes the lock at `path` for `me`; one that a dead job has left is taken over. `tell` gets what takes time.
    ///
    /// # Errors
    /// `Locked` when its holder lives, `File` when there can be no such file.
    pub fn take(path: &Path, me: &Holder, tell: impl Fn(String)) -> Result<Self, Error> {
        let failed = |reason: std::io::Error| Error::File {
            path: path.to_owned(),
            action: "make the lock",
            reason: reason.to_string(),
        };
        let mut file = open(path, me)?;
        let mut text = String::new();
        // A torn text names nobody, and then the kernel's lock alone has decided.
        drop(file.read_to_string(&mut text));
        if let Some(holder) = Holder::parse(&text) {
            if holder.host != me.host && (me.job.is_empty() || holder.job != me.job) {
                tell(format!(
                    "{} is locked by {holder}: watching whether it lives, {} s",
                    path.display(),
                    WATCH.as_secs()
                ));
                if lives(path) {
                    return Err(locked(path, &holder));
                }
            }
            tell(format!("the lock of {holder} is left from a job that has ended; this one takes it over"));
        }
        let write = |file: &mut File| {
            file.set_len(0)?;
            file.rewind()?;
            file.write_all(me.text().as_bytes())?;
            file.sync_all()
        };
        write(&mut file).map_err(failed)?;
        let heart = file.try_clone().map_err(failed)?;
        Ok(Self { path: path.to_owned(), file, heart: Some(beat(heart)) })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some((stop, heart)) = self.heart.take() {
            drop(stop);
            drop(heart.join());
        }
        // Removed while it is still locked, so that nobody takes a lock that has no name.
        drop(std::fs::remove_file(&self.path));
        let _ = flock(&self.file, FlockOperation::Unlock);
    }
}

/// Opens the lock file and takes the kernel's lock on the one that has the name.
fn open(path: &Path, me: &Holder) -> Result<File, Error> {
    let failed = |reason: std::io::Error| Error::File {
        path: path.to_owned(),
        action: "make the lock",
        reason: reason.to_string(),
    };
    loop {
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(failed)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            // Disks without locks leave it to the heartbeat.
            Ok(()) | Err(Errno::NOSYS | Errno::OPNOTSUPP | Errno::NOLCK) => {}
            Err(_) => {
                let mut text = String::new();
                drop(file.read_to_string(&mut text));
                let unknown = Holder { host: "another process".to_owned(), process: 0, ..me.clone() };
                return Err(locked(path, &Holder::parse(&text).unwrap_or(unknown)));
            }
        }
        let named = std::fs::metadata(path).map(|named| named.ino());
        if named.ok() == file.metadata().ok().map(|open| open.ino()) {
            return Ok(file);
        }
    }
}

fn locked(path: &Path, holder: &Holder) -> Error {
    let advice = "it is at work on the same output; wait until it has ended, or name another output with -o FILE";
    Error::Locked { path: path.to_owned(), holder: holder.to_string(), advice: advice.to_owned() }
}

/// Whether the time of a lock changes while one looks at it.
fn lives(path: &Path) -> bool {
    let time = || std::fs::metadata(path).and_then(|found| found.modified()).ok();
    let (first, begun) = (time(), Instant::now());
    while begun.elapsed() < WATCH {
        std::thread::sleep(Duration::from_secs(1));
        if time() != first {
            return true;
        }
    }
    false
}

/// Changes the time of a file every so often until the sender is dropped.
fn beat(file: File) -> (Sender<()>, JoinHandle<()>) {
    let (stop, stopped) = channel();
    let heart = std::thread::spawn(move || {
        while stopped.recv_timeout(HEARTBEAT) == Err(RecvTimeoutError::Timeout) {
            drop(file.set_modified(SystemTime::now()));
        }
    });
    (stop, heart)
}

impl Holder {
    /// This process, since `now`.
    #[must_use]
    pub fn me(now: String) -> Self {
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        let jobs = [("SLURM_JOB_ID", "slurm"), ("PBS_JOBID", "pbs"), ("LSB_JOBID", "lsf")];
        let job = jobs.iter().find_map(|(name, kind)| Some(format!("{kind} {}", std::env::var(name).ok()?)));
        Self { host, process: std::process::id(), job: job.unwrap_or_default(), since: now }
    }

    fn text(&self) -> String {
        let Self { host, process, job, since } = self;
        format!("host: {host}\nprocess: {process}\njob: {job}\nsince: {since}\n")
    }

    fn parse(text: &str) -> Option<Self> {
        let entry = |key: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
            line.map(|value| value.trim().to_owned())
        };
        Some(Self {
            host: entry("host")?,
            process: entry("process")?.parse().ok()?,
            job: entry("job")?,
            since: entry("since")?,
        })
    }
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { host, process, job, since } = self;
        let job = if job.is_empty() { String::new() } else { format!(", job {job}") };
        write!(f, "process {process} on {host}{job} since {since}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder(host: &str, job: &str) -> Holder {
        Holder { host: host.into(), process: 7, job: job.into(), since: "2026-01-01T00:00:00Z".into() }
    }

    #[test]
    fn exact_a_holder_reads_back() {
        for job in ["", "slurm 12"] {
            assert_eq!(Holder::parse(&holder("a", job).text()), Some(holder("a", job)));
        }
        assert_eq!(Holder::parse("host: a\nproc"), None);
    }

    #[test]
    fn exact_a_second_job_is_refused_and_one_after_it_is_not() {
        let path = std::env::temp_dir().join(format!("chemdrift-lock-{}", std::process::id()));
        let first = Lock::take(&path, &holder("here", "slurm 1"), drop).unwrap();
        let refused = Lock::take(&path, &holder("here", "slurm 2"), drop).unwrap_err().to_string();
        assert!(refused.contains("process 7 on here, job slurm 1 since 2026-01-01T00:00:00Z"), "{refused}");
        drop(first);
        assert!(!path.exists());
        drop(Lock::take(&path, &holder("here", "slurm 2"), drop).unwrap());
    }

    #[test]
    fn exact_a_lock_left_behind_on_this_host_or_by_this_job_is_taken_over_at_once() {
        let path = std::env::temp_dir().join(format!("chemdrift-stale-lock-{}", std::process::id()));
        for left in [holder("here", ""), holder("there", "slurm 2")] {
            std::fs::write(&path, left.text()).unwrap();
            let told = std::cell::RefCell::new(String::new());
            let lock = Lock::take(&path, &holder("here", "slurm 2"), |text| told.borrow_mut().push_str(&text)).unwrap();
            assert!(told.borrow().contains("takes it over") && !told.borrow().contains("watching"), "{told:?}");
            drop(lock);
        }
    }
}
