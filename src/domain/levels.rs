//! Designs on levels: every combination of them, or one input at a time.

/// The levels that one dimension takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Levels {
    pub count: u64,
    /// Evenly from 0 to 1; otherwise at the centres of equal parts, for distributions without ends.
    pub ends: bool,
}

impl Levels {
    /// The place of a level on the unit interval.
    #[allow(clippy::cast_precision_loss)]
    fn place(self, level: u64) -> f64 {
        match (self.ends, self.count) {
            (true, 2..) => level as f64 / (self.count - 1) as f64,
            _ => (level as f64 + 0.5) / self.count as f64,
        }
    }
}

/// How many combinations there are.
pub fn combinations(levels: &[Levels]) -> Option<u64> {
    levels.iter().try_fold(1_u64, |product, levels| product.checked_mul(levels.count))
}

/// The coordinate of combination `id`; the last dimension changes fastest.
pub fn combination(levels: &[Levels], dimension: usize, id: u64) -> f64 {
    let faster: u64 = levels[dimension + 1..].iter().map(|levels| levels.count).product();
    levels[dimension].place(id / faster % levels[dimension].count)
}

/// How many points the star has.
pub fn star_points(levels: &[Levels]) -> Option<u64> {
    levels.iter().try_fold(1_u64, |sum, levels| sum.checked_add(levels.count))
}

/// The coordinate of point `id` of the star: the centre first, then the levels of each dimension in turn.
pub fn star(levels: &[Levels], dimension: usize, id: u64) -> f64 {
    let before: u64 = 1 + levels[..dimension].iter().map(|levels| levels.count).sum::<u64>();
    let own = id.checked_sub(before).filter(|level| *level < levels[dimension].count);
    own.map_or(0.5, |level| levels[dimension].place(level))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_the_product_of_the_levels() {
        let levels =
            [Levels { count: 2, ends: true }, Levels { count: 3, ends: true }, Levels { count: 2, ends: false }];
        assert_eq!(combinations(&levels), Some(12));
        let point = |id| [0, 1, 2].map(|dimension| combination(&levels, dimension, id));
        assert_eq!(point(0), [0.0, 0.0, 0.25]);
        assert_eq!(point(1), [0.0, 0.0, 0.75]);
        assert_eq!(point(2), [0.0, 0.5, 0.25]);
        assert_eq!(point(11), [1.0, 1.0, 0.75]);
        assert_eq!(combinations(&[Levels { count: u64::MAX, ends: true }; 2]), None);
    }

    #[test]
    fn exact_the_star() {
        let levels = [Levels { count: 2, ends: true }, Levels { count: 3, ends: false }];
        assert_eq!(star_points(&levels), Some(6));
        let points: Vec<[f64; 2]> = (0..6).map(|id| [0, 1].map(|dimension| star(&levels, dimension, id))).collect();
        let sixth = 1.0 / 6.0;
        let expected = [[0.5, 0.5], [0.0, 0.5], [1.0, 0.5], [0.5, sixth], [0.5, 0.5], [0.5, 2.5 / 3.0]];
        assert_eq!(points, expected);
    }
}
