//! When the job's wall time ends: given on the command line, or asked once from the scheduler.

use std::io::Read as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long a scheduler may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Seconds that this job has left and who says so; none when nobody knows. For rank 0.
#[must_use]
pub fn seconds_left() -> Option<(f64, &'static str)> {
    if let Ok(job) = std::env::var("SLURM_JOB_ID") {
        // Newer versions tell it without being asked.
        if let Some(end) = std::env::var("SLURM_JOB_END_TIME").ok().and_then(|text| text.parse::<f64>().ok()) {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |now| now.as_secs_f64());
            return Some((end - now, "SLURM_JOB_END_TIME"));
        }
        let left = answer("squeue", &["-h", "-j", &job, "-o", "%L"]).and_then(|text| clock_time(text.lines().next()?));
        return left.map(|seconds| (seconds, "squeue"));
    }
    if let Ok(job) = std::env::var("PBS_JOBID") {
        return answer("qstat", &["-f", &job]).and_then(|text| of_qstat(&text)).map(|seconds| (seconds, "qstat"));
    }
    None
}

/// What a command prints; none when it fails or takes too long.
fn answer(program: &str, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().ok()?;
    let begun = Instant::now();
    while child.try_wait().ok()?.is_none() {
        if begun.elapsed() > PATIENCE {
            drop(child.kill());
            drop(child.wait());
            return None;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    // Such answers fit into the pipe, so that the command does not wait for a reader.
    let mut text = String::new();
    child.stdout.take()?.read_to_string(&mut text).ok()?;
    Some(text)
}

/// Walltime asked for less walltime used, from the full description of a PBS job.
fn of_qstat(text: &str) -> Option<f64> {
    let entry = |key: &str| {
        let line = text.lines().find_map(|line| line.trim().strip_prefix(key))?;
        clock_time(line.trim_start().strip_prefix('=')?.trim())
    };
    let used = entry("resources_used.walltime").unwrap_or(0.0);
    entry("Resource_List.walltime").map(|asked| asked - used)
}

/// `1-02:03:04`, `02:03:04`, `03:04` or `04` in seconds; none for `UNLIMITED` and the like.
fn clock_time(text: &str) -> Option<f64> {
    let (days, rest) = text.trim().split_once('-').unwrap_or(("0", text.trim()));
    let days: u32 = days.parse().ok()?;
    let parts: Vec<u32> = rest.split(':').map(str::parse).collect::<Result<_, _>>().ok()?;
    if parts.len() > 3 {
        return None;
    }
    let seconds = parts.iter().fold(0.0, |sum, &part| 60.0 * sum + f64::from(part));
    Some(86400.0 * f64::from(days) + seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_times_of_schedulers_are_understood() {
        assert_eq!(clock_time("1-02:03:04"), Some(86400.0 + 7384.0));
        assert_eq!(clock_time("59:05\n"), Some(3545.0));
        assert_eq!(clock_time("7"), Some(7.0));
        for text in ["UNLIMITED", "INVALID", "NOT_SET", "", "1:2:3:4"] {
            assert_eq!(clock_time(text), None, "{text}");
        }
    }

    #[test]
    fn exact_a_pbs_job_tells_asked_and_used() {
        let text = "Job Id: 12.server\n    resources_used.walltime = 00:10:00\n    Resource_List.walltime = 12:00:00\n";
        assert_eq!(of_qstat(text), Some(11.0 * 3600.0 + 3000.0));
        assert_eq!(of_qstat("    Resource_List.walltime = 01:00:00\n"), Some(3600.0));
        assert_eq!(of_qstat("Job Id: 12"), None);
    }

    #[test]
    fn exact_a_command_that_is_not_there_answers_nothing() {
        assert_eq!(answer("chemdrift-no-such-command", &[]), None);
        assert_eq!(answer("echo", &["59:05"]), Some("59:05\n".to_owned()));
    }
}
