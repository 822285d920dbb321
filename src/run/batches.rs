//! What runs one after the other: all items at once, or the draws of an ensemble in batches until what is asked for is
//! known (`ensemble.stop_when`).
//!
//! A batch is a range of the flat index, since draws are its slowest axis. Every rank keeps the mean of each draw and so
//! comes to the same end; exact sums make these means the same bits however the items are divided.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::Job;
use super::replay::Failures;
use crate::comm::World;
use crate::error::Error;
use crate::plan::{Condition, Plan, standard_error};
use crate::statistics::{Needs, Numbers, Partial, Statistic, together};

/// Which items run now, and what those before have left.
pub struct Batches<'b> {
    world: &'b World,
    plan: &'b Plan,
    /// One after the other in the flat index.
    ids: Vec<Range<u64>>,
    current: usize,
    story: Story,
}

/// What batches leave, the same on every rank but for the failures, which rank 0 knows.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Story {
    /// Of each condition: its mean in each draw and group that has come so far, `[draw][group]`.
    means: Vec<Vec<f64>>,
    /// Items of earlier batches by outcome, all ranks together.
    outcomes: Vec<u64>,
    failures: Failures,
}

/// A condition after some draws.
#[derive(Debug, Clone, PartialEq)]
pub struct Reached<'c> {
    pub condition: &'c Condition,
    /// The largest of all groups; NaN where it is not known of one of them.
    pub standard_error: f64,
}

impl Reached<'_> {
    /// Whether the condition holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.standard_error < self.condition.below
    }
}

impl<'b> Batches<'b> {
    /// At the first batch.
    #[must_use]
    pub fn new(world: &'b World, plan: &'b Plan) -> Self {
        let conditions = plan.stop_when.as_ref().map_or(0, |stop| stop.conditions.len());
        let story = Story { means: vec![Vec::new(); conditions], ..Story::default() };
        Self { world, plan, ids: plan.batches(), current: 0, story }
    }

    /// Items that run now.
    #[must_use]
    pub fn ids(&self) -> Range<u64> {
        self.ids[self.current].clone()
    }

    /// Those of them that this rank begins with.
    #[must_use]
    pub fn own(&self) -> Range<u64> {
        self.world.share_of(self.ids())
    }

    /// Steps of all batches before this one, and of all there may be.
    #[must_use]
    pub fn steps(&self) -> [u64; 2] {
        [self.current, self.ids.len()].map(|batches| batches as u64 * self.plan.clock.count())
    }

    /// Which batch it is, for people; nothing where all items run at once.
    #[must_use]
    pub fn label(&self) -> String {
        if self.plan.stop_when.is_none() {
            return String::new();
        }
        let Range { start, end } = self.draws();
        format!("draws {start} to {} of at most {}", end - 1, self.plan.draws())
    }

    fn draws(&self) -> Range<u64> {
        let (ids, items) = (self.ids(), self.plan.items_of_draw().max(1));
        ids.start / items..ids.end / items
    }

    /// Whether this is the first batch.
    #[must_use]
    pub fn is_first(&self) -> bool {
        self.current == 0
    }

    /// What a checkpoint has to keep of it.
    #[must_use]
    pub fn story(&self) -> &Story {
        &self.story
    }

    /// Takes up the batch to which step `step` of all belongs; returns how many of its own steps are done.
    pub fn turn_to(&mut self, step: u64) -> u64 {
        let steps = self.plan.clock.count().max(1);
        // A checkpoint at the border of two batches is one at the start of the later one.
        self.current = usize::try_from(step / steps).unwrap_or(usize::MAX).min(self.ids.len() - 1);
        step - self.current as u64 * steps
    }

    /// **Collective.** Goes on from what rank 0 has found in a checkpoint; what other ranks say does not matter.
    ///
    /// # Errors
    /// `Checkpoint` for what cannot be read, agreed.
    pub fn resume(&mut self, story: &Story) -> Result<(), Error> {
        let unreadable =
            |reason: postcard::Error| Error::State { column: "earlier batches", reason: reason.to_string() };
        let told = postcard::to_stdvec(story).map_err(unreadable);
        let heard = postcard::from_bytes(&self.world.broadcast(self.world.agree(told)?)).map_err(unreadable);
        self.story = self.world.agree(heard)?;
        Ok(())
    }

    /// **Collective.** After `done` steps: notes the means that conditions are about.
    pub fn note<J: Job>(&mut self, job: &J, done: u64) {
        let plan = self.plan;
        for (place, condition) in plan.stop_when.iter().flat_map(|stop| stop.conditions.iter().enumerate()) {
            if condition.step == done {
                let means = self.means(condition, job);
                self.story.means[place].extend(means);
            }
        }
    }

    /// **Collective.** The mean of each draw of this batch in each group.
    fn means<J: Job>(&self, condition: &Condition, job: &J) -> Vec<f64> {
        let (groups, items) = (self.plan.member_groups(&condition.over), self.plan.members.items.max(1));
        let (draws, of_draw) = (self.draws(), self.plan.items_of_draw().max(1));
        let places = (draws.end - draws.start) as usize * groups.count;
        let mut values = vec![0.0; job.own().len()];
        job.column(condition.variable, &mut values);
        let placed = job.own().zip(values).map(|(id, value)| {
            let id = id as u64;
            ((id / of_draw - draws.start) as usize * groups.count + groups.place(id / items), value)
        });
        if of_draw == groups.count as u64 {
            // Nothing is to be averaged, and a number travels lighter than what is known of it.
            let mut bits = vec![0; places];
            placed.for_each(|(place, value)| bits[place] = value.to_bits());
            let bits = self.world.sum(&bits);
            return bits.into_iter().map(f64::from_bits).collect();
        }
        let mut sorted = vec![Vec::new(); places];
        placed.filter(|(_, value)| value.is_finite()).for_each(|(place, value)| sorted[place].push(value));
        let wanted = [Statistic::Mean];
        let needs = Needs::of(&wanted);
        let of = |numbers: &Vec<f64>| Partial::Numbers(Box::new(Numbers::of(numbers, 0, &needs)));
        let parts: Vec<Partial> = sorted.iter().map(of).collect();
        let all: Vec<&Partial> = parts.iter().collect();
        let joined = together(&all, |own| self.world.largest_of(&own), |own| self.world.sum(&own));
        let mean = |part: Partial| match part {
            Partial::Numbers(numbers) => numbers.values(&wanted)[0][0],
            Partial::Counts(_) | Partial::Column(_) => f64::NAN,
        };
        joined.map(mean).collect()
    }

    /// How far the conditions are, of the draws that have come.
    #[must_use]
    pub fn reached(&self) -> Vec<Reached<'b>> {
        let conditions = self.plan.stop_when.iter().flat_map(|stop| &stop.conditions);
        let of = |(condition, means): (&'b Condition, &Vec<f64>)| {
            let groups = self.plan.member_groups(&condition.over).count.max(1);
            let error = |group: usize| standard_error(means.iter().skip(group).step_by(groups).copied());
            let larger = |a: f64, b: f64| if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) };
            Reached { condition, standard_error: (0..groups).map(error).fold(0.0, larger) }
        };
        conditions.zip(&self.story.means).map(of).collect()
    }

    /// **Collective.** After the last step of a batch: goes on to the next one unless there is none or all is known. Tells
    /// whether it goes on.
    pub fn next<J: Job>(&mut self, job: &J) -> bool {
        let reached = self.reached();
        let known = !reached.is_empty() && reached.iter().all(Reached::holds);
        self.tell(&reached, known);
        let last = self.current + 1 == self.ids.len();
        if known || last {
            return false;
        }
        let outcomes = self.outcomes(job);
        self.story.outcomes = outcomes.into_iter().map(|(_, count)| count).collect();
        self.story.failures = self.failures(job);
        self.current += 1;
        true
    }

    fn tell(&self, reached: &[Reached<'_>], known: bool) {
        if !self.world.is_root() || reached.is_empty() {
            return;
        }
        let all: Vec<String> = reached.iter().map(ToString::to_string).collect();
        let end = if known { ": known well enough" } else { "" };
        log::info!("after {} draws {}{end}", self.draws().end, all.join(", "));
    }

    /// **Collective.** Items by outcome, those of earlier batches included.
    #[must_use]
    pub fn outcomes<J: Job>(&self, job: &J) -> Vec<(&'static str, u64)> {
        let own = job.outcomes();
        let counts: Vec<u64> = own.iter().map(|&(_, count)| count).collect();
        let before = self.story.outcomes.iter().copied().chain(std::iter::repeat(0));
        let all = self.world.sum(&counts).into_iter().zip(before).map(|(now, before)| now + before);
        own.iter().map(|&(name, _)| name).zip(all).collect()
    }

    /// Items of earlier batches by outcome, in the order of `Job::outcomes`.
    #[must_use]
    pub fn earlier_outcomes(&self) -> &[u64] {
        &self.story.outcomes
    }

    /// **Collective.** Items that failed; complete on rank 0 only.
    #[must_use]
    pub fn failures<J: Job>(&self, job: &J) -> Failures {
        self.story.failures.and(&Failures::of(self.world, self.plan, job))
    }

    /// Items that never ran, if there are any, once the run has ended.
    #[must_use]
    pub fn left_out(&self) -> Option<Range<u64>> {
        let rest = self.ids().end..self.plan.members.total();
        (!rest.is_empty()).then_some(rest)
    }

    /// How many items ran.
    #[must_use]
    pub fn items(&self) -> u64 {
        self.ids().end
    }

    /// Says on rank 0 how it ended.
    pub fn conclude(&self) {
        if self.plan.stop_when.is_none() {
            return;
        }
        let (ran, all) = (self.draws().end, self.plan.draws());
        if self.reached().iter().all(Reached::holds) {
            log::info!("{ran} of at most {all} draws were enough");
        } else {
            log::warn!("{all} draws were not enough for `ensemble.stop_when`: ask for more with `count`");
        }
    }

    /// Global attributes that say how it ended.
    #[must_use]
    pub fn attributes(&self) -> Vec<(String, String)> {
        let reached = self.reached();
        if reached.is_empty() {
            return Vec::new();
        }
        let known = if reached.iter().all(Reached::holds) { "reached" } else { "not reached" };
        let errors: Vec<String> = reached.iter().map(ToString::to_string).collect();
        let entries = [
            ("draws_run", self.draws().end.to_string()),
            ("draws_at_most", self.plan.draws().to_string()),
            ("stop_when", known.to_owned()),
            ("standard_error", errors.join(", ")),
        ];
        entries.into_iter().map(|(name, text)| (name.to_owned(), text)).collect()
    }
}

impl std::fmt::Display for Reached<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Condition { name, below, unit, .. } = self.condition;
        write!(out, "{name} has a standard error of {:.3e} {unit} (wanted below {below:.3e})", self.standard_error)
    }
}
