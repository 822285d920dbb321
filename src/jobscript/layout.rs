//! How ranks are spread over nodes, and whether a site allows what is asked for.

use super::walltime::spelling;
use super::{Account, Job, Refusal, Site};

/// Nodes and ranks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    pub nodes: u64,
    /// At most this many ranks on a node; the last node may have fewer.
    pub ranks_per_node: u64,
}

/// Spreads the ranks evenly over as few nodes as hold them.
///
/// # Errors
/// Everything that the site does not allow, all at once.
pub fn of(site: &Site, job: &Job) -> Result<Layout, Vec<Refusal>> {
    let mut refusals = Vec::new();
    let mut refuse = |message: String, help: String| refusals.push(Refusal { message, help });
    let name = &site.name;
    let most = job.ranks_per_node.unwrap_or(site.cores).min(site.cores).max(1);
    if let Some(asked) = job.ranks_per_node.filter(|asked| *asked > site.cores) {
        let cores = site.cores;
        refuse(
            format!("--ranks-per-node {asked} is more than the {cores} cores of a node of {name}"),
            format!("write --ranks-per-node {cores} or less"),
        );
    }
    let nodes = job.ranks.div_ceil(most);
    if let Some(allowed) = site.nodes.filter(|allowed| nodes > *allowed) {
        let fit = allowed * most;
        refuse(
            format!("--ranks {} needs {nodes} nodes of {most} ranks, a job on {name} may have {allowed}", job.ranks),
            format!("write --ranks {fit} or less"),
        );
    }
    if let Some(longest) = site.longest.filter(|longest| job.walltime > *longest) {
        let (asked, longest) = (spelling(job.walltime), spelling(longest));
        refuse(
            format!("--walltime {asked} is longer than {name} allows"),
            format!("write --walltime {longest} or less; the script submits itself again until the run is done"),
        );
    }
    let least = 2 * (site.notice + site.scheduler.slack());
    if job.walltime < least {
        let (asked, notice, least) = (spelling(job.walltime), spelling(site.notice), spelling(least));
        refuse(
            format!("--walltime {asked} leaves little to compute: {name} gives notice {notice} before its end"),
            format!("write --walltime {least} or more, or a shorter `notice` in a profile of your own"),
        );
    }
    if site.account == Account::Required && job.account.is_none() {
        let help = "write --account NAME, or `account: NAME` in a profile of your own";
        refuse(format!("{name} wants an account"), help.to_owned());
    }
    if refusals.is_empty() { Ok(Layout { nodes, ranks_per_node: job.ranks.div_ceil(nodes) }) } else { Err(refusals) }
}
