//! Search along one axis of a rectilinear grid: which two nodes stand around a coordinate, and where between them.
//!
//! Evenly spaced nodes are found by one multiplication. Uneven ones by a table: the axis is cut into buckets so narrow
//! that (but for extreme grids) at most one node stands in each, so that the bucket's number gives the node or its
//! left neighbour. No search remembers anything, hence the answer depends on the coordinate only, and all lanes do the
//! same work.

use super::rows::set_where;

/// How coordinates repeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Not at all: metres, latitudes, depths.
    Never,
    /// Longitudes: 360 degrees more is the same place. A grid that reaches around the globe closes.
    Degrees360,
}

/// More buckets than this are not worth their memory.
const MOST_BUCKETS: usize = 1 << 20;
/// Nodes that lie this close (in spacings) to an even line count as even.
const EVEN: f64 = 1e-9;

/// An ascending axis, ready for searching.
#[derive(Debug, Clone)]
pub struct Axis {
    /// With the first node once more behind the last where the axis closes around the globe.
    nodes: Vec<f64>,
    /// 1 / distance to the next node.
    inverse: Vec<f64>,
    even: bool,
    /// Nodes or buckets per unit.
    scale: f64,
    /// The last node left of each bucket.
    buckets: Vec<u32>,
    /// Most nodes in one bucket.
    steps: usize,
    /// 360, or 0 where nothing repeats.
    period: f64,
    inverse_period: f64,
    /// Coordinates are brought to `origin <= x < origin + period`.
    origin: f64,
    closed: bool,
}

impl Axis {
    /// An axis over ascending nodes, one at least.
    ///
    /// # Panics
    /// If there is no node.
    #[must_use]
    pub fn new(nodes: &[f64], turn: Turn) -> Self {
        let count = nodes.len();
        assert!(count > 0, "an axis has a node");
        let (first, last) = (nodes[0], nodes[count - 1]);
        let mut nodes = nodes.to_vec();
        let (mut closed, mut period, mut origin) = (false, 0.0, 0.0);
        if turn == Turn::Degrees360 {
            let spacing = if count > 1 { (last - first) / (count - 1) as f64 } else { f64::INFINITY };
            let gap = first + 360.0 - last;
            let extra_column = gap > 1e-3 * spacing && gap < 1.5 * spacing;
            closed = extra_column || gap.abs() <= 1e-3 * spacing;
            period = 360.0;
            origin = if closed { first } else { 0.5 * (first + last) - 180.0 };
            if extra_column {
                nodes.push(first + 360.0);
            }
        }
        let mut axis = Self {
            inverse: nodes.windows(2).map(|pair| 1.0 / (pair[1] - pair[0])).collect(),
            even: true,
            scale: 0.0,
            buckets: Vec::new(),
            steps: 0,
            period,
            inverse_period: if period > 0.0 { 1.0 / period } else { 0.0 },
            origin,
            closed,
            nodes,
        };
        axis.tabulate();
        axis
    }

    fn tabulate(&mut self) {
        let cells = self.nodes.len() - 1;
        if cells == 0 {
            return;
        }
        let (first, range) = (self.first(), self.last() - self.first());
        let spacing = range / cells as f64;
        self.scale = cells as f64 / range;
        let uneven = |(i, &node): (usize, &f64)| (node - (first + i as f64 * spacing)).abs() > EVEN * spacing;
        if !self.nodes.iter().enumerate().any(uneven) {
            return;
        }
        self.even = false;
        let narrowest = self.nodes.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min);
        let count = (1.01 * range / narrowest).ceil().min(MOST_BUCKETS as f64) as usize;
        self.scale = count as f64 / range;
        let mut inside = vec![0_u32; count + 1];
        self.buckets = vec![0; count + 1];
        for &node in &self.nodes {
            inside[self.bucket(node, count)] += 1;
        }
        let mut left = 0_u32;
        for (bucket, &inside) in inside.iter().enumerate() {
            self.buckets[bucket] = left.saturating_sub(1);
            left += inside;
        }
        self.steps = inside.iter().copied().max().unwrap_or(0) as usize;
    }

    /// The bucket of a coordinate; never falls as the coordinate grows.
    #[inline(always)]
    fn bucket(&self, x: f64, most: usize) -> usize {
        to_index((x - self.nodes[0]) * self.scale, most as f64)
    }

    /// Number of nodes, with the closing one.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.nodes.len()
    }

    /// Whether the axis goes around the globe, so that nothing is outside.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// First node.
    #[must_use]
    pub fn first(&self) -> f64 {
        self.nodes[0]
    }

    /// Last node, with the closing one.
    #[must_use]
    pub fn last(&self) -> f64 {
        self.nodes[self.nodes.len() - 1]
    }

    /// The smallest distance of neighbours; infinite with one node.
    #[must_use]
    pub fn spacing(&self) -> f64 {
        self.nodes.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min)
    }

    /// The same place as the axis counts it.
    #[inline(always)]
    pub fn wrap(&self, x: f64) -> f64 {
        x - self.period * ((x - self.origin) * self.inverse_period).floor()
    }

    /// Whether a coordinate is neither on the axis nor between its ends.
    #[inline(always)]
    pub fn is_outside(&self, x: f64) -> bool {
        let wrapped = self.wrap(x);
        !self.closed & ((wrapped < self.nodes[0]) | (wrapped > self.nodes[self.nodes.len() - 1]))
    }

    /// Add the lanes of coordinates that are outside to those in `outside`.
    #[inline(always)]
    pub fn add_outside<const W: usize>(&self, x: &[f64; W], outside: &mut [u64; W]) {
        if self.closed {
            return;
        }
        let (first, last) = (self.first(), self.last());
        let mut wrapped = *x;
        if self.period > 0.0 {
            for lane in 0..W {
                wrapped[lane] = self.wrap(x[lane]);
            }
        }
        for lane in 0..W {
            set_where(outside, lane, (wrapped[lane] < first) | (wrapped[lane] > last));
        }
    }

    /// The node left of each coordinate and the position between it and the next, 0 to 1; beyond the ends the nearest
    /// node. An axis of one node answers 0 and 0.
    #[inline(always)]
    pub fn find<const W: usize>(&self, x: &[f64; W], index: &mut [usize; W], weight: &mut [f64; W]) {
        let mut node = [0.0; W];
        self.locate(x, &mut node, weight);
        for lane in 0..W {
            index[lane] = integer(node[lane]);
        }
    }

    /// As `find`, nodes as whole numbers, from which vector instructions make an address in one step.
    #[inline(always)]
    pub fn locate<const W: usize>(&self, x: &[f64; W], node: &mut [f64; W], weight: &mut [f64; W]) {
        if self.nodes.len() == 1 {
            *node = [0.0; W];
            *weight = [0.0; W];
        } else if !self.even {
            self.locate_uneven(x, node, weight);
        } else if self.period > 0.0 {
            for lane in 0..W {
                (node[lane], weight[lane]) = self.locate_even(self.wrap(x[lane]));
            }
        } else {
            for lane in 0..W {
                (node[lane], weight[lane]) = self.locate_even(x[lane]);
            }
        }
    }

    #[inline(always)]
    fn locate_even(&self, x: f64) -> (f64, f64) {
        let cells = self.nodes.len() - 1;
        let (most, last) = (cells as f64, (cells - 1) as f64);
        let place = (x - self.nodes[0]) * self.scale;
        let place = if place > 0.0 { place } else { 0.0 };
        let place = if place < most { place } else { most };
        let floor = place.floor();
        let floor = if floor < last { floor } else { last };
        (floor, place - floor)
    }

    #[inline(always)]
    fn locate_uneven<const W: usize>(&self, x: &[f64; W], node: &mut [f64; W], weight: &mut [f64; W]) {
        let nodes = &self.nodes[..];
        let cells = nodes.len() - 1;
        let (inverse, buckets) = (&self.inverse[..cells], &self.buckets[..]);
        let most = buckets.len() - 1;
        for lane in 0..W {
            let x = self.wrap(x[lane]);
            let mut i = buckets[self.bucket(x, most).min(most)] as usize;
            for _ in 0..self.steps {
                i += usize::from(x >= nodes[(i + 1).min(cells)]);
            }
            let i = i.min(cells - 1);
            let place = (x - nodes[i]) * inverse[i];
            let place = if place > 0.0 { place } else { 0.0 };
            node[lane] = i as u32 as f64;
            weight[lane] = if place < 1.0 { place } else { 1.0 };
        }
    }
}

/// 2^52, whose bits with a small integer added are that integer in the mantissa.
const TWO_52: f64 = 4_503_599_627_370_496.0;

/// A whole number from 0 to 2^52 as an index. Converting through bits vectorises on every instruction set.
#[inline(always)]
pub(super) fn integer(x: f64) -> usize {
    ((x + TWO_52).to_bits() ^ TWO_52.to_bits()) as usize
}

/// The whole part of a number, at least 0 (also for NaN) and at most `most`.
#[inline(always)]
fn to_index(x: f64, most: f64) -> usize {
    let x = if x > 0.0 { x } else { 0.0 };
    let x = if x < most { x } else { most };
    integer(x.floor())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(axis: &Axis, x: f64) -> (usize, f64) {
        let (mut index, mut weight) = ([0], [0.0]);
        axis.find(&[x], &mut index, &mut weight);
        (index[0], weight[0])
    }

    #[test]
    fn exact_even_and_uneven_axes_find_the_same_as_a_plain_search() {
        let even: Vec<f64> = (0..57).map(|i| -3.0 + 0.25 * f64::from(i)).collect();
        let stretched: Vec<f64> = (0..50).map(|i| f64::from(i).powi(3) * 0.05 + 0.5 * f64::from(i) + 0.5).collect();
        let single: Vec<f64> = (0..300).map(|i| f64::from((f64::from(i) / 12.0) as f32)).collect();
        for nodes in [even, stretched, single, vec![1.0, 2.0], vec![0.0, 1e-7, 1.0, 1e9]] {
            let axis = Axis::new(&nodes, Turn::Never);
            let range = nodes[nodes.len() - 1] - nodes[0];
            let between = (0..5000).map(|k| nodes[0] - 0.1 * range + 1.2 * range * f64::from(k) / 4999.0);
            for x in between.chain(nodes.iter().copied()) {
                let expected = nodes.iter().rposition(|&node| node <= x).unwrap_or(0).min(nodes.len() - 2);
                let (index, weight) = find(&axis, x);
                let back = nodes[index] + weight * (nodes[index + 1] - nodes[index]);
                let inside = x.clamp(nodes[0], nodes[nodes.len() - 1]);
                assert!((back - inside).abs() <= 1e-9 * (nodes[index + 1] - nodes[index]), "{x}: {back}");
                // A node may be found from its left side, with weight 1, where the axis is even.
                assert!(index == expected || !(1e-9..=1.0 - 1e-9).contains(&weight), "{x}: {index}, not {expected}");
            }
        }
    }

    #[test]
    fn exact_longitudes_are_found_at_any_turn() {
        let global: Vec<f64> = (0..360).map(f64::from).collect();
        let axis = Axis::new(&global, Turn::Degrees360);
        assert!(axis.is_closed() && axis.columns() == 361);
        assert_eq!(find(&axis, 359.5), (359, 0.5));
        assert_eq!(find(&axis, -0.5), (359, 0.5));
        assert_eq!(find(&axis, -0.5 - 720.0), (359, 0.5));
        let pacific: Vec<f64> = (0..101).map(|i| 150.0 + 0.5 * f64::from(i)).collect();
        let axis = Axis::new(&pacific, Turn::Degrees360);
        assert!(!axis.is_closed() && axis.columns() == 101);
        assert_eq!(find(&axis, -170.0), (80, 0.0));
        assert!(axis.is_outside(-150.0) && axis.is_outside(149.0) && !axis.is_outside(-170.0));
        let repeated: Vec<f64> = (0..361).map(|i| f64::from(i) - 180.0).collect();
        let axis = Axis::new(&repeated, Turn::Degrees360);
        assert!(axis.is_closed() && axis.columns() == 361);
    }

    #[test]
    fn exact_odd_input_gives_a_valid_index() {
        let axis = Axis::new(&[0.0, 1.0, 3.0], Turn::Never);
        for x in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300] {
            assert!(find(&axis, x).0 < 2);
        }
        assert_eq!(find(&Axis::new(&[5.0], Turn::Never), 7.0), (0, 0.0));
    }
}
