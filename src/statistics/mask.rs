//! Regions on a grid: each of its cells belongs to one of them or to none.

use serde::{Deserialize, Serialize};

use super::places::wrapped;

/// A grid in lon and lat (or x and y) whose cells reach half way to the next centres.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mask {
    names: Vec<String>,
    /// Edges of the columns and of the rows, ascending, one more than there are; degrees, or m on a flat mesh.
    edges: [Vec<f64>; 2],
    /// The region of each cell, counted from 1, lon fastest; 0 where the cell is in none.
    cells: Vec<u16>,
}

impl Mask {
    /// `centres` are two or more in lon and in lat, ascending. Where `global`, the last column is beside the first; else
    /// the outermost cells reach as far outward as inward.
    #[must_use]
    pub fn new(names: Vec<String>, centres: &[Vec<f64>; 2], global: bool, cells: Vec<u16>) -> Self {
        let between =
            |axis: &[f64]| -> Vec<f64> { axis.windows(2).map(|pair| f64::midpoint(pair[0], pair[1])).collect() };
        let [mut lon, mut lat] = [between(&centres[0]), between(&centres[1])];
        for (edges, centres) in [(&mut lon, &centres[0]), (&mut lat, &centres[1])] {
            let ends = [(centres.first(), edges.first()), (centres.last(), edges.last())];
            let [west, east] = ends.map(|(centre, edge)| 2.0 * centre.unwrap_or(&f64::NAN) - edge.unwrap_or(&f64::NAN));
            edges.insert(0, west);
            edges.push(east);
        }
        if let (true, [first, .., last]) = (global, &centres[0][..]) {
            let seam = f64::midpoint(*first, last - 360.0);
            let end = lon.len() - 1;
            (lon[0], lon[end]) = (seam, seam + 360.0);
        }
        Self { names, edges: [lon, lat], cells }
    }

    /// The names of the regions in order.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Cells in lon and in lat.
    #[must_use]
    pub fn size(&self) -> [usize; 2] {
        [0, 1].map(|axis| self.edges[axis].len().saturating_sub(1))
    }

    /// The number of the region at a place. Lower edges belong to a cell, and the uppermost to the last.
    #[must_use]
    pub fn place(&self, period: Option<f64>, [lon, lat]: [f64; 2]) -> Option<usize> {
        let along = |axis: usize, value: f64| {
            let edges = &self.edges[axis];
            let last = edges.len().checked_sub(2)?;
            let is_inside = edges[0] <= value && value <= edges[last + 1];
            is_inside.then(|| (edges.partition_point(|&edge| edge <= value) - 1).min(last))
        };
        let column = along(0, wrapped(lon, *self.edges[0].first()?, period))?;
        let cell = along(1, lat)? * self.size()[0] + column;
        usize::from(*self.cells.get(cell)?).checked_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUND: Option<f64> = Some(360.0);

    fn names(count: usize) -> Vec<String> {
        (0..count).map(|n| format!("region_{n}")).collect()
    }

    #[test]
    fn exact_a_cell_reaches_half_way_to_the_next_centres() {
        let centres = [vec![0.0, 1.0, 4.0], vec![10.0, 20.0]];
        let mask = Mask::new(names(5), &centres, false, vec![1, 2, 3, 4, 0, 5]);
        assert_eq!(mask.size(), [3, 2]);
        let cases = [
            ([-0.5, 5.0], Some(0)),
            ([-0.500_000_1, 5.0], None),
            ([0.499_999_9, 14.999], Some(0)),
            ([0.5, 14.999], Some(1)),
            ([2.5, 14.999], Some(2)),
            ([5.5, 14.999], Some(2)),
            ([5.500_000_1, 14.999], None),
            ([0.0, 15.0], Some(3)),
            ([0.7, 15.0], None),
            ([4.0, 25.0], Some(4)),
            ([4.0, 25.000_001], None),
            ([4.0, 4.999_999], None),
            ([f64::NAN, 10.0], None),
            ([0.0, f64::NAN], None),
        ];
        for (at, region) in cases {
            assert_eq!(mask.place(None, at), region, "{at:?}");
        }
    }

    #[test]
    fn exact_longitudes_wrap_in_masks_around_the_globe_and_of_a_part() {
        // Centres from 2 to 358, 4 apart: the seam is half way between 358 and 362.
        let globe: Vec<f64> = (0..90).map(|n| 2.0 + 4.0 * f64::from(n)).collect();
        let cells: Vec<u16> = (0..180).map(|n| n % 90 + 1).collect();
        let mask = Mask::new(names(90), &[globe, vec![-45.0, 45.0]], true, cells);
        for (lon, region) in [(0.0, 0), (-0.001, 89), (359.999, 89), (360.0, 0), (-358.0, 0), (722.0, 0), (180.0, 45)] {
            assert_eq!(mask.place(ROUND, [lon, 0.0]), Some(region), "{lon}");
        }
        assert_eq!(mask.place(ROUND, [1e-15, -90.0]), Some(0));
        assert_eq!(mask.place(ROUND, [-1e-9, 90.0]), Some(89));
        let pacific = Mask::new(names(2), &[vec![170.0, 190.0], vec![-5.0, 5.0]], false, vec![1, 2, 1, 2]);
        for (lon, region) in [(-175.0, Some(1)), (185.0, Some(1)), (-200.0, Some(0)), (160.0, Some(0)), (201.0, None)] {
            assert_eq!(pacific.place(ROUND, [lon, 0.0]), region, "{lon}");
        }
        assert_eq!(pacific.place(None, [-175.0, 0.0]), None);
    }
}
