//! Memory that this process may still have: what the machine has free, and what its control groups leave.

use std::fs;
use std::path::{Path, PathBuf};

/// Where the kernel shows control groups of version 2, and those of version 1 that limit memory.
const GROUPS: &str = "/sys/fs/cgroup";

/// Bytes that can be had without swapping and without being killed; `None` where the system does not tell.
#[must_use]
pub fn available_memory() -> Option<u64> {
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| of_machine(&text));
    let membership = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    machine.into_iter().chain(groups(&membership).iter().filter_map(|group| left_in(group))).min()
}

/// Name of this machine.
#[must_use]
pub fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// `MemAvailable` of /proc/meminfo, bytes.
fn of_machine(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)
}

/// The folders of the control groups that limit memory, from that of this process up to the root.
fn groups(membership: &str) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for line in membership.lines() {
        let mut words = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (words.next(), words.next()) else { continue };
        let base = match controllers {
            "" => PathBuf::from(GROUPS),
            list if list.split(',').any(|name| name == "memory") => Path::new(GROUPS).join("memory"),
            _ => continue,
        };
        let own = base.join(path.trim_start_matches('/'));
        folders.extend(own.ancestors().take_while(|folder| folder.starts_with(&base)).map(Path::to_owned));
    }
    folders
}

/// Bytes that a control group leaves to its processes; `None` where it sets no limit. What it holds of files that can be
/// read again does not count.
fn left_in(folder: &Path) -> Option<u64> {
    let number = |name: &str| fs::read_to_string(folder.join(name)).ok()?.trim().parse::<u64>().ok();
    let limit = number("memory.max").or_else(|| number("memory.limit_in_bytes"))?;
    let used = number("memory.current").or_else(|| number("memory.usage_in_bytes"))?;
    let statistics = fs::read_to_string(folder.join("memory.stat")).unwrap_or_default();
    let files = ["total_inactive_file ", "inactive_file "].iter().find_map(|key| {
        let line = statistics.lines().find_map(|line| line.strip_prefix(key))?;
        line.trim().parse::<u64>().ok()
    });
    Some(limit.saturating_sub(used.saturating_sub(files.unwrap_or(0))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_this_machine_tells() {
        let available = available_memory().unwrap();
        assert!((1 << 20..1 << 60).contains(&available), "{available}");
        assert_eq!(of_machine("MemTotal: 9 kB\nMemAvailable:    7 kB\n"), Some(7168));
        assert_eq!(of_machine("MemTotal: 9 kB\n"), None);
    }

    #[test]
    fn exact_groups_of_both_versions_are_found_up_to_the_root() {
        let found = groups("0::/system.slice/job_7\n");
        let names = ["system.slice/job_7", "system.slice", ""].map(|name| Path::new(GROUPS).join(name));
        assert_eq!(found, names);
        let found = groups("11:cpuset:/x\n4:memory,hugetlb:/slurm/job_7\n");
        let names = ["slurm/job_7", "slurm", ""].map(|name| Path::new(GROUPS).join("memory").join(name));
        assert_eq!(found, names);
    }

    #[test]
    fn exact_a_group_leaves_its_limit_less_what_cannot_be_given_back() {
        let folder = std::env::temp_dir().join(format!("chemdrift-group-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let write = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
        assert_eq!(left_in(&folder), None);
        write("memory.max", "max\n");
        write("memory.current", "600\n");
        assert_eq!(left_in(&folder), None);
        write("memory.max", "1000\n");
        assert_eq!(left_in(&folder), Some(400));
        write("memory.stat", "anon 100\ninactive_file 150\n");
        assert_eq!(left_in(&folder), Some(550));
        fs::remove_dir_all(folder).unwrap();
    }
}
