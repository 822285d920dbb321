//! Items that failed, and how each is run again alone.

use std::path::Path;

use super::Job;
use crate::comm::World;
use crate::plan::Plan;

/// **Collective.** Says on rank 0 which items failed and what repeats the first of them, with the same bits.
pub fn tell_failures<J: Job>(world: &World, plan: &Plan, job: &J, deck: &Path) {
    let failed = job.failed();
    let members: Vec<u64> = failed.iter().map(|&id| plan.members.member(id)).collect();
    let mut distinct = members.clone();
    distinct.dedup();
    let real = |value: Option<&u64>| value.map_or(-1.0, |&value| value as f64);
    let row =
        [failed.len() as f64, distinct.len() as f64, real(members.first()), real(members.last()), real(failed.first())];
    let width = i32::try_from(row.len()).unwrap_or(0);
    let all = world.gather(&row, &vec![width; usize::try_from(world.size()).unwrap_or(1)]);
    if !world.is_root() {
        return;
    }
    let (mut items, mut count, mut last, mut first) = (0.0, 0.0, -1.0, None);
    for rank in all.chunks(row.len()).filter(|rank| rank[0] > 0.0) {
        items += rank[0];
        // A member may be on two ranks.
        count += rank[1] - if rank[2] == last { 1.0 } else { 0.0 };
        last = rank[3];
        first = first.or(Some(rank[4] as u64));
    }
    let Some(id) = first else { return };
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
        "{count} of {} members failed ({items} {noun}s), first member {member}: `chemdrift run {deck} {range} -o replay.nc` \
         repeats it, and with `{option}` its first {noun} that failed, with every step",
        plan.members.count
    );
}
