//! The closing table: where the time went, how the kernel fared, what it cost; for people and as JSON for programs.

use super::Phase;
use super::progress::duration;

/// Everything the table shows; times in s, memory in bytes.
#[derive(Debug, Clone)]
pub struct Summary {
    /// What is counted: `cell` or `particle`.
    pub item: &'static str,
    pub ranks: usize,
    pub count: u64,
    pub steps: u64,
    /// For each rank: wall seconds of each phase, then the kernel's processor seconds, then peak memory.
    pub per_rank: Vec<Vec<f64>>,
    /// Wall seconds of the whole run on rank 0.
    pub wall: f64,
    /// The kernel's counts over all ranks, with their names.
    pub work: Vec<(&'static str, u64)>,
    /// Items by outcome, those that occurred.
    pub outcomes: Vec<(&'static str, u64)>,
    /// How often the ids were divided anew over the ranks, and how many items moved to another rank.
    pub cuts: u64,
    pub moved: u64,
    /// Resident bytes of the items' state over all ranks: concentrations and rate parameters, or positions and variables.
    pub state_bytes: u64,
    /// Bytes of the kernels' workspaces and fields over all ranks.
    pub workspace_bytes: u64,
    /// Bytes of the output buffers over all ranks.
    pub buffer_bytes: u64,
    /// Seconds that threads wrote while kernels went on, of all ranks together.
    pub beside: f64,
}

const CPU: usize = Phase::ALL.len();
const MEMORY: usize = CPU + 1;

impl Summary {
    /// Smallest, mean and largest value of a column over the ranks.
    #[allow(clippy::cast_precision_loss)]
    fn spread(&self, column: usize) -> (f64, f64, f64) {
        let values = || self.per_rank.iter().map(|row| row[column]);
        let mean = values().sum::<f64>() / self.per_rank.len().max(1) as f64;
        (values().fold(f64::INFINITY, f64::min), mean, values().fold(0.0, f64::max))
    }

    /// Items times steps for each second that the slowest rank spent in the kernel.
    #[must_use]
    #[allow(clippy::cast_precision_loss)]
    pub fn item_steps_per_second(&self) -> f64 {
        let (_, _, slowest) = self.spread(Phase::Kernel as usize);
        (self.count * self.steps) as f64 / slowest.max(1e-9)
    }

    /// Processor microseconds that one item and step took in the kernel.
    #[must_use]
    #[allow(clippy::cast_precision_loss)]
    pub fn microseconds_per_item_step(&self) -> f64 {
        let (_, mean, _) = self.spread(CPU);
        mean * self.ranks as f64 * 1e6 / ((self.count * self.steps).max(1)) as f64
    }

    /// By what share of the mean the slowest rank took longer in the kernel.
    #[must_use]
    pub fn imbalance(&self) -> f64 {
        let (_, mean, most) = self.spread(Phase::Kernel as usize);
        if mean > 0.0 { most / mean - 1.0 } else { 0.0 }
    }

    /// Core-hours that ranks had nothing to do because the slowest one was still in the kernel.
    #[must_use]
    pub fn lost_core_hours(&self) -> f64 {
        let (_, mean, most) = self.spread(Phase::Kernel as usize);
        (most - mean) * self.ranks as f64 / 3600.0
    }

    /// State and workspace for each item, bytes.
    #[must_use]
    pub fn bytes_per_item(&self) -> u64 {
        (self.state_bytes + self.workspace_bytes) / self.count.max(1)
    }

    /// Sum of the peaks of all ranks, bytes.
    #[must_use]
    pub fn peak_memory(&self) -> f64 {
        self.per_rank.iter().map(|row| row[MEMORY]).sum()
    }

    /// The table as text, one line an entry.
    #[must_use]
    #[allow(clippy::cast_precision_loss)]
    pub fn text(&self) -> String {
        let item = self.item;
        let mut lines = vec![format!("{:<12} {:>10} {:>10} {:>10}", "seconds", "min", "mean", "max")];
        for phase in Phase::ALL {
            let (least, mean, most) = self.spread(phase as usize);
            lines.push(format!("{:<12} {least:>10.3} {mean:>10.3} {most:>10.3}", phase.name()));
        }
        let memory = self.peak_memory();
        lines.push(format!(
            "{:.3e} {item}-steps/s, {:.4} µs of processor time a {item}-step",
            self.item_steps_per_second(),
            self.microseconds_per_item_step()
        ));
        lines.push(format!(
            "imbalance {:.1} %, {:.3e} core-hours lost by it; {} new divisions of the {item}s moved {}",
            100.0 * self.imbalance(),
            self.lost_core_hours(),
            self.cuts,
            self.moved,
        ));
        if self.beside > 0.0 {
            lines.push(format!(
                "written by threads of their own while kernels went on: {:.3} s of all ranks",
                self.beside
            ));
        }
        lines.push(counts("work: ", &self.work));
        lines.push(counts(&format!("{item}s: "), &self.outcomes));
        lines.push(format!(
            "memory: {} a {item} (state {}, workspace {}), output buffers {}, peak of all ranks {}",
            bytes(self.bytes_per_item() as f64),
            bytes(self.state_bytes as f64),
            bytes(self.workspace_bytes as f64),
            bytes(self.buffer_bytes as f64),
            bytes(memory)
        ));
        lines.push(format!(
            "{}, {}, {:.3e} core-hours",
            counted(self.ranks as u64, "rank"),
            duration(self.wall),
            self.wall * self.ranks as f64 / 3600.0
        ));
        lines.join("\n")
    }

    /// The same as one JSON object, for the output file and for scripts.
    #[must_use]
    pub fn json(&self) -> String {
        let item = self.item;
        let phases = Phase::ALL.iter().map(|&phase| {
            let (least, mean, most) = self.spread(phase as usize);
            format!("\"{}\":{{\"min\":{least:.6},\"mean\":{mean:.6},\"max\":{most:.6}}}", phase.name())
        });
        let phases = phases.collect::<Vec<_>>().join(",");
        let (_, cpu, _) = self.spread(CPU);
        let object = |counts: &[(&str, u64)]| {
            counts.iter().map(|(name, count)| format!("\"{name}\":{count}")).collect::<Vec<_>>().join(",")
        };
        let memory = self.peak_memory();
        format!(
            "{{\"ranks\":{},\"{item}s\":{},\"steps\":{},\"wall_s\":{:.6},\"phases_s\":{{{phases}}},\
             \"kernel_cpu_s\":{:.6},\"us_per_{item}_step\":{:.6},\
             \"written_beside_s\":{:.6},\"imbalance\":{:.6},\"lost_core_hours\":{:.6e},\"divisions\":{},\"moved\":{},\"work\":{{{}}},\"outcomes\":{{{}}},\
             \"bytes_per_{item}\":{},\"peak_memory_bytes\":{memory}}}",
            self.ranks,
            self.count,
            self.steps,
            self.wall,
            cpu * f64::from(u32::try_from(self.ranks).unwrap_or(u32::MAX)),
            self.microseconds_per_item_step(),
            self.beside,
            self.imbalance(),
            self.lost_core_hours(),
            self.cuts,
            self.moved,
            object(&self.work),
            object(&self.outcomes),
            self.bytes_per_item(),
        )
    }
}

fn counts(title: &str, entries: &[(&str, u64)]) -> String {
    let entries = entries.iter().map(|(name, count)| format!("{count} {}", name.replace('_', " ")));
    format!("{title}{}", entries.collect::<Vec<_>>().join(", "))
}

/// `1 cell`, `2 cells`.
#[must_use]
pub fn counted(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// Bytes as people say them: `512 B`, `3.1 kB`, `21.7 MB`.
#[must_use]
pub fn bytes(count: f64) -> String {
    let (value, unit) = match count {
        b if b < 1e3 => (b, "B"),
        b if b < 1e6 => (b / 1e3, "kB"),
        b if b < 1e9 => (b / 1e6, "MB"),
        b if b < 1e12 => (b / 1e9, "GB"),
        b => (b / 1e12, "TB"),
    };
    if unit == "B" { format!("{value:.0} B") } else { format!("{value:.1} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary() -> Summary {
        Summary {
            item: "cell",
            ranks: 2,
            count: 100,
            steps: 10,
            per_rank: vec![
                vec![0.1, 0.0, 1.0, 0.0, 0.5, 0.2, 0.0, 0.9, 5e6],
                vec![0.1, 0.0, 2.0, 0.0, 0.0, 0.2, 0.0, 1.9, 7e6],
            ],
            wall: 3.0,
            work: vec![("steps", 1234)],
            outcomes: vec![("converged", 100)],
            cuts: 1,
            moved: 7,
            state_bytes: 300_000,
            workspace_bytes: 100_000,
            buffer_bytes: 0,
            beside: 0.0,
        }
    }

    #[test]
    fn exact_rates_follow_from_the_slowest_rank() {
        assert!((summary().item_steps_per_second() - 500.0).abs() < 1e-9);
        assert!((summary().microseconds_per_item_step() - 2800.0).abs() < 1e-9);
        assert_eq!(summary().bytes_per_item(), 4000);
    }

    #[test]
    fn exact_imbalance_is_the_excess_of_the_slowest_over_the_mean() {
        assert!((summary().imbalance() - 1.0 / 3.0).abs() < 1e-12);
        assert!((summary().lost_core_hours() - 1.0 / 3600.0).abs() < 1e-12);
    }

    #[test]
    fn exact_json_reads_back() {
        let value: serde_json::Value = serde_json::from_str(&summary().json()).unwrap();
        assert_eq!(value["work"]["steps"], 1234);
        assert_eq!(value["phases_s"]["waiting"]["max"], 0.5);
        assert_eq!((&value["divisions"], &value["moved"]), (&1.into(), &7.into()));
    }
}
