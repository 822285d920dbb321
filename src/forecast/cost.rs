//! What a part of a run has taken, and lines through such costs.

/// What a part of a run took: so many of its items, and so many of its steps. Times in s of the slowest rank, memory in
/// bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Cost {
    /// Items that ran, and how many of them the rank with most had.
    pub items: u64,
    pub own: u64,
    /// Steps done of those that the run has.
    pub done: u64,
    pub steps: u64,
    pub setup: f64,
    pub fields: f64,
    /// In the kernel, and after which step of those done the second half begins with how much of it behind.
    pub kernel: f64,
    pub half: (u64, f64),
    /// Noting and writing records while steps are done.
    pub records: f64,
    /// Writing what waits after them, and how often that has to be done in the whole run.
    pub flush: f64,
    pub flushes: u64,
    /// Closing the file.
    pub closing: f64,
    /// Peak memory of a rank less what it holds of items: state, buffers, columns.
    pub base: f64,
    /// Of that, what ranks of a node share.
    pub shared: f64,
    /// Bytes in the file for each byte of the values, below 1 where they are compressed.
    pub packed: f64,
}

impl Cost {
    /// The kernel's time for all steps. Those not done are like the second half of those done: cells begin with short
    /// steps.
    #[must_use]
    pub fn kernel_whole(&self) -> f64 {
        let (step, before) = self.half;
        let late = (self.kernel - before) / (self.done - step).max(1) as f64;
        self.kernel + late * (self.steps - self.done) as f64
    }

    /// The time that reading fields takes for all steps.
    #[must_use]
    pub fn fields_whole(&self) -> f64 {
        self.fields * self.share()
    }

    /// The time that writing takes for all steps.
    #[must_use]
    pub fn output_whole(&self) -> f64 {
        // Where nothing was written before, every flush of the run is like the last.
        self.records * self.share() + self.flush * self.flushes as f64 + self.closing
    }

    fn share(&self) -> f64 {
        self.steps as f64 / self.done.max(1) as f64
    }
}

/// What was measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Of few items, if that was not all.
    pub few: Option<Cost>,
    pub many: Cost,
    /// Before the items are made: reading the deck, looking at the design.
    pub before: f64,
}

impl Measured {
    /// A time of the whole run for some number of items. None of its parts shrinks with more items, so that noise promises
    /// nothing.
    #[must_use]
    pub fn at(&self, number: f64, of: fn(&Cost) -> f64, items: fn(&Cost) -> u64) -> f64 {
        let (time, most) = (of(&self.many), items(&self.many).max(1) as f64);
        let Some(few) = &self.few else { return time * number / most };
        let more = most - items(few) as f64;
        let each = if more > 0.0 { ((time - of(few)) / more).max(0.0) } else { 0.0 };
        let none = time - each * most;
        if none < 0.0 { time * number / most } else { none + each * number }
    }
}
