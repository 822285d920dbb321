//! The bins of a histogram.

/// Bins from edge to edge; each holds its lower edge, the last one its upper too, as NumPy's do.
#[derive(Debug, Clone, PartialEq)]
pub struct Bins {
    edges: Vec<f64>,
    /// Bins for each unit of the numbers where all are as wide; 0 where they are not.
    per_unit: f64,
}

impl Bins {
    /// `count` bins between two numbers that are not the same, as wide all, or with even ratios of their edges, for which
    /// both numbers must be positive.
    #[must_use]
    pub fn new([from, to]: [f64; 2], count: usize, logarithmic: bool) -> Self {
        let share = |n: usize| n as f64 / count as f64;
        let edge = |n: usize| match n {
            0 => from,
            _ if n == count => to,
            _ if logarithmic => from * libm::exp(libm::log(to / from) * share(n)),
            _ => from + (to - from) * share(n),
        };
        let per_unit = if logarithmic { 0.0 } else { count as f64 / (to - from) };
        Self { edges: (0..=count).map(edge).collect(), per_unit }
    }

    /// Bins between ascending edges.
    #[must_use]
    pub fn between(edges: Vec<f64>) -> Self {
        Self { edges, per_unit: 0.0 }
    }

    /// One more than bins.
    #[must_use]
    pub fn edges(&self) -> &[f64] {
        &self.edges
    }

    #[must_use]
    pub fn count(&self) -> usize {
        self.edges.len().saturating_sub(1)
    }

    /// The bin that a number is in.
    #[must_use]
    pub fn place(&self, number: f64) -> Option<usize> {
        let (first, last) = (*self.edges.first()?, *self.edges.last()?);
        if !(first <= number && number <= last) {
            return None;
        }
        let end = self.count() - 1;
        if self.per_unit == 0.0 {
            return Some(self.edges.partition_point(|&edge| edge <= number).saturating_sub(1).min(end));
        }
        // Near enough: the edges have the last word.
        let mut place = (((number - first) * self.per_unit) as usize).min(end);
        while place > 0 && number < self.edges[place] {
            place -= 1;
        }
        while place < end && number >= self.edges[place + 1] {
            place += 1;
        }
        Some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_edges_belong_to_the_bin_above_and_the_last_one_below() {
        let all = [
            Bins::new([0.0, 1.0], 10, false),
            Bins::new([-3.0, 0.7], 37, false),
            Bins::new([1e-12, 1e-6], 60, true),
            Bins::between(vec![200.0, 250.0, 251.0]),
        ];
        for bins in all {
            let edges = bins.edges();
            for (n, &edge) in edges.iter().enumerate() {
                assert_eq!(bins.place(edge), Some(n.min(bins.count() - 1)));
                assert_eq!(bins.place(edge.next_down()), n.checked_sub(1));
            }
            assert_eq!(bins.place(edges[bins.count()].next_up()), None);
            assert_eq!(bins.place(f64::NAN), None);
        }
    }

    #[test]
    fn exact_logarithmic_edges_are_powers() {
        let bins = Bins::new([1e-3, 1e3], 6, true);
        for (edge, power) in bins.edges().iter().zip(-3..) {
            assert!((edge / 10.0_f64.powi(power) - 1.0).abs() < 1e-14);
        }
    }
}
