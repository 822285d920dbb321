//! Layout, refusals and wall times; what the scripts do when they run is in `tests/suite/jobscripts.rs`.

use super::{Account, Job, Scheduler, Site, layout, quoted, walltime, write};

fn site() -> Site {
    Site {
        name: "here".to_owned(),
        title: "a machine".to_owned(),
        scheduler: Scheduler::Slurm,
        cores: 48,
        threads_per_core: 1,
        nodes: Some(10),
        longest: Some(24 * 3600),
        account: Account::Required,
        queue: None,
        directives: Vec::new(),
        shared: false,
        memory: None,
        modules: Vec::new(),
        environment: Vec::new(),
        scratch: None,
        launcher: "srun -n {ranks}".to_owned(),
        notice: 300,
        grace: None,
    }
}

fn job(ranks: u64) -> Job {
    Job {
        decks: vec![("a.yaml".to_owned(), "a.nc".to_owned())],
        ranks,
        ranks_per_node: None,
        walltime: 3600,
        account: Some("x".to_owned()),
        program: "chemdrift".to_owned(),
        file: None,
    }
}

#[test]
fn exact_ranks_spread_evenly_over_as_few_nodes_as_hold_them() {
    for (ranks, per_node, nodes, each) in
        [(1, None, 1, 1), (48, None, 1, 48), (49, None, 2, 25), (480, None, 10, 48), (100, Some(24), 5, 20)]
    {
        let layout = layout::of(&site(), &Job { ranks_per_node: per_node, ..job(ranks) }).unwrap();
        assert_eq!((layout.nodes, layout.ranks_per_node), (nodes, each), "{ranks} ranks");
        assert!(layout.nodes * layout.ranks_per_node >= ranks);
    }
}

#[test]
fn everything_that_a_site_does_not_allow_is_told_at_once() {
    let wrong = Job { ranks: 481, walltime: 25 * 3600, account: None, ..job(1) };
    let refusals = write(&site(), &wrong).unwrap_err();
    let text: Vec<_> = refusals.iter().map(|r| format!("{}: {}", r.message, r.help)).collect();
    let text = text.join("\n");
    for expected in ["--ranks 480 or less", "--walltime 24:00:00 or less", "--account NAME"] {
        assert!(text.contains(expected), "{expected}:\n{text}");
    }
    let wrong = Job { ranks_per_node: Some(49), walltime: 719, ..job(1) };
    let refusals = write(&site(), &wrong).unwrap_err();
    assert_eq!(refusals.len(), 2, "{refusals:?}");
}

#[test]
fn exact_wall_times() {
    for (text, seconds) in
        [("06:00:00", 21600), ("1-12:00:00", 129_600), ("90 min", 5400), ("12h", 43200), ("100:00:01", 360_001)]
    {
        assert_eq!(walltime::parse(text), Ok(seconds), "{text}");
    }
    for (text, help) in [
        ("30", "`30 min`"),
        ("12:30", "`12:30:00`"),
        ("1:60:00", "`06:00:00`"),
        ("0 s", "`06:00:00`"),
        ("12 K", "units that fit"),
        ("99999999999999:00:00", "`06:00:00`"),
        ("-1:00:00", "`06:00:00`"),
        ("::", "`06:00:00`"),
        ("1e30 s", "`06:00:00`"),
    ] {
        let (message, found) = walltime::parse(text).unwrap_err();
        assert!(found.contains(help), "{text}: {message}: {found}");
    }
}

#[test]
fn words_of_the_shell_are_quoted_where_they_must_be() {
    assert_eq!(quoted("runs/a-1.nc"), "runs/a-1.nc");
    assert_eq!(quoted("my run.nc"), "'my run.nc'");
    assert_eq!(quoted("it's $HOME"), r"'it'\''s $HOME'");
    assert_eq!(quoted(""), "''");
}
