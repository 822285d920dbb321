//! Items that failed, and how each is run again alone.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Job;
use crate::comm::World;
use crate::plan::Plan;

/// How many items failed, of how many members, and the first of them in the flat index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Failures {
    items: u64,
    members: u64,
    first: Option<u64>,
}

impl Failures {
    /// **Collective.** Those of a job.
    #[must_use]
    pub fn of<J: Job>(world: &World, plan: &Plan, job: &J) -> Self {
        let failed = job.failed();
        let members: Vec<u64> = failed.iter().map(|&id| plan.members.member(id)).collect();
        let mut distinct = members.clone();
        distinct.dedup();
        let real = |value: Option<&u64>| value.map_or(-1.0, |&value| value as f64);
        let ends = [real(members.first()), real(members.last()), real(failed.first())];
        let row = [&[failed.len() as f64, distinct.len() as f64][..], &ends].concat();
        let width = i32::try_from(row.len()).unwrap_or(0);
        let all = world.gather(&row, &vec![width; usize::try_from(world.size()).unwrap_or(1)]);
        let (mut found, mut last) = (Self::default(), -1.0);
        for rank in all.chunks(row.len()).filter(|rank| rank[0] > 0.0) {
            found.items += rank[0] as u64;
            // A member may be on two ranks.
            found.members += rank[1] as u64 - u64::from(rank[2] == last);
            last = rank[3];
            found.first = found.first.or(Some(rank[4] as u64));
        }
        found
    }

    /// These and those of other, later members.
    #[must_use]
    pub fn and(&self, later: &Self) -> Self {
        let first = self.first.or(later.first);
        Self { items: self.items + later.items, members: self.members + later.members, first }
    }

    /// Says which items failed of `ran`, and what repeats the first of them, with the same bits.
    pub fn tell(&self, plan: &Plan, ran: u64, deck: &Path) {
        let Some(id) = self.first else { return };
        let Self { items, members: count, .. } = self;
        let (item, member) = (plan.members.item(id), plan.members.member(id));
        let option = format!("--only-{} {item}", plan.work.item());
        let (deck, noun) = (deck.display(), plan.work.item());
        if plan.ensemble.is_none() {
            log::warn!(
                "{items} {noun}s failed, first {noun} {item}: `chemdrift run {deck} {option} -o replay.nc` repeats it"
            );
            return;
        }
        let range = format!("--members {member}:{}", member + 1);
        log::warn!(
            "{count} of {} members failed ({items} {noun}s), first member {member}: `chemdrift run {deck} {range} -o \
             replay.nc` repeats it, and with `{option}` its first {noun} that failed, with every step",
            ran / plan.members.items.max(1)
        );
    }
}
