//! What a process that no launcher has started needs not of MPI.
//!
//! Open MPI prepares such a process for whatever may come: it starts a daemon beside it for processes that may be spawned
//! later, looks for networks to ranks that are not there, and explores the processors in order to bind to them. A run
//! spawns nothing and binds itself to nothing, and alone it sends to nobody else. Parameters of MPI are read from the
//! environment, so they stand there while MPI starts and are gone for whatever this process starts itself.

use std::env;
use std::ffi::OsStr;

/// The version whose parameters these are; others start as they like.
const KNOWN: &str = "Open MPI v4.";

/// How the names of variables begin that launchers give to what they start, for as many ranks as it may be.
const LAUNCHED: [&str; 10] = [
    "PMIX_",
    "PMI_",
    "PMI2_",
    "OMPI_COMM_WORLD_",
    "OMPI_MCA_orte_",
    "SLURM_PROCID",
    "SLURM_STEP",
    "ALPS_",
    "PALS_",
    "FLUX_",
];

/// Variables for a process alone, each with the beginnings of names by which somebody else decides on it.
const ALONE: [(&str, &str, &[&str]); 4] = [
    // No daemon.
    ("OMPI_MCA_ess_singleton_isolated", "1", &["OMPI_MCA_ess"]),
    // No network but to itself.
    ("OMPI_MCA_pml", "ob1", NETWORKS),
    ("OMPI_MCA_btl", "self", NETWORKS),
    // No exploring.
    ("HWLOC_COMPONENTS", "no_os,stop", &["HWLOC_", "OMPI_MCA_hwloc", "OMPI_MCA_rmaps"]),
];

const NETWORKS: &[&str] = &["OMPI_MCA_pml", "OMPI_MCA_btl", "OMPI_MCA_mtl"];

/// The variables that stand in the environment until this is dropped.
pub struct Alone(Vec<&'static str>);

impl Alone {
    /// Sets the variables if no launcher has started this process. To be called while it has one thread.
    #[allow(unsafe_code)]
    pub fn prepare() -> Self {
        if !super::library_version().starts_with(KNOWN) {
            return Self(Vec::new());
        }
        let wanted = wanted(env::vars_os().map(|(name, _)| name));
        for (name, value) in &wanted {
            // SAFETY: no other thread reads the environment, as there is none yet.
            unsafe { env::set_var(name, value) };
        }
        Self(wanted.into_iter().map(|(name, _)| name).collect())
    }
}

impl Drop for Alone {
    #[allow(unsafe_code)]
    fn drop(&mut self) {
        for name in &self.0 {
            // SAFETY: threads that MPI has started meanwhile wait for messages; its parameters were read while it started.
            unsafe { env::remove_var(name) };
        }
    }
}

/// Names and values to set beside the variables that are there.
fn wanted(there: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Vec<(&'static str, &'static str)> {
    let there: Vec<String> = there.into_iter().map(|name| name.as_ref().to_string_lossy().into_owned()).collect();
    let any = |beginnings: &[&str]| there.iter().any(|name| beginnings.iter().any(|b| name.starts_with(b)));
    if any(&LAUNCHED) {
        return Vec::new();
    }
    ALONE.iter().filter(|(_, _, others)| !any(others)).map(|&(name, value, _)| (name, value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_launched_processes_and_the_users_own_choice_stay_as_they_are() {
        let names = |there: &[&str]| wanted(there).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        let all = ["OMPI_MCA_ess_singleton_isolated", "OMPI_MCA_pml", "OMPI_MCA_btl", "HWLOC_COMPONENTS"];
        assert_eq!(names(&["PATH", "SLURM_JOB_ID", "OMPI_ALLOW_RUN_AS_ROOT"]), all);
        assert_eq!(names(&["OMPI_MCA_btl_tcp_if_include"]), ["OMPI_MCA_ess_singleton_isolated", "HWLOC_COMPONENTS"]);
        assert_eq!(names(&["HWLOC_XMLFILE", "OMPI_MCA_ess"]), ["OMPI_MCA_pml", "OMPI_MCA_btl"]);
        for launched in ["PMIX_RANK", "PMI_FD", "OMPI_COMM_WORLD_SIZE", "SLURM_PROCID", "FLUX_TASK_RANK"] {
            assert!(names(&["PATH", launched]).is_empty(), "{launched}");
        }
    }
}
