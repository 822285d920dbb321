//! Profiles that are right, and what wrong ones are answered.

use super::{SHIPPED, find, read, shipped};
use crate::jobscript::{Account, Scheduler};

#[test]
fn every_shipped_profile_is_right() {
    for (name, text) in SHIPPED {
        let site = read(name, name, text).unwrap_or_else(|report| panic!("{report}"));
        assert_eq!(site.name, name);
    }
}

#[test]
fn exact_a_profile_takes_over_what_it_does_not_say() {
    let base = shipped("derecho").unwrap();
    let mine = read("mine", "mine.yaml", "extends: derecho\naccount: ABCD0001\nlimits: {walltime: 1 h}\n").unwrap();
    assert_eq!((mine.scheduler, mine.cores, &mine.modules), (Scheduler::Pbs, base.cores, &base.modules));
    assert_eq!((mine.account, mine.longest, mine.nodes), (Account::Named("ABCD0001".into()), Some(3600), base.nodes));
}

#[test]
fn wrong_profiles_are_answered_with_place_and_help() {
    for (text, expected) in [
        ("scheduler: lsf\n", &["mine.yaml:1:12", "unknown `lsf`", "`title` is missing", "`launcher` is missing"][..]),
        ("extends: derech\n", &["mine.yaml:1:10", "did you mean `derecho`"]),
        ("extends: derecho\nquee: main\n", &["mine.yaml:2:1", "unknown key `quee`", "did you mean `queue`"]),
        ("extends: derecho\nlauncher: srun -n {rank}\n", &["unknown `{rank}`", "`{ranks}`"]),
        ("extends: derecho\nnotice: 300\n", &["has no unit"]),
        ("extends: casper\nnode: {memory_per_rank: lots}\n", &["`2 GB`"]),
        ("extends: derecho\nenvironment: {A-B: 1}\n", &["no name of an environment variable"]),
        ("extends: derecho\nqueue: \"a\\n#PBS -q b\"\n", &["more than one line"]),
    ] {
        let answer = read("mine", "mine.yaml", text).unwrap_err().to_string();
        for part in expected {
            assert!(answer.contains(part), "`{part}` is not in:\n{answer}");
        }
    }
}

#[test]
fn an_unknown_site_is_answered_with_the_known_ones() {
    let answer = find("permutter", &["/home/me/sites".into()]).unwrap_err().to_string();
    assert!(answer.contains("did you mean `perlmutter`") && answer.contains("/home/me/sites"), "{answer}");
    let answer = find("/nowhere/mine.yaml", &[]).unwrap_err().to_string();
    assert!(answer.contains("there is no such file"), "{answer}");
}
