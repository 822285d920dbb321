//! Where items are: regions by name, and the cells of a grid.

use std::sync::Arc;

use super::Mask;

/// Parts of the plane with names, numbered in order.
#[derive(Debug, Clone, PartialEq)]
pub enum Regions {
    /// A place is in the first that holds it.
    Shapes(Vec<Region>),
    Mask(Arc<Mask>),
}

impl Regions {
    /// Regions that there may be: connectivity has as many counts squared.
    pub const MOST: usize = 1000;
    /// What lies in no region is called.
    pub const ELSEWHERE: &'static str = "elsewhere";

    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Shapes(regions) => regions.len(),
            Self::Mask(mask) => mask.names().len(),
        }
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[must_use]
    pub fn names(&self) -> Vec<String> {
        match self {
            Self::Shapes(regions) => regions.iter().map(|region| region.name.clone()).collect(),
            Self::Mask(mask) => mask.names().to_vec(),
        }
    }
}

/// A part of the plane with a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    pub name: String,
    pub shape: Shape,
}

/// Degrees, or m on a flat mesh.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// lon0, lon1, lat0, lat1; the lower edges belong to it.
    Box([f64; 4]),
    /// Corners in order; the last is joined to the first by a straight line in lon and lat.
    Polygon(Vec<[f64; 2]>),
}

/// The region that holds a place; as many as there are regions where none does. `period` is 360 on a sphere.
#[must_use]
pub fn place_of(regions: &Regions, period: Option<f64>, at: [f64; 2]) -> usize {
    let place = match regions {
        Regions::Shapes(regions) => regions.iter().position(|region| region.shape.holds(period, at)),
        Regions::Mask(mask) => mask.place(period, at),
    };
    place.unwrap_or_else(|| regions.len())
}

impl Shape {
    fn holds(&self, period: Option<f64>, [lon, lat]: [f64; 2]) -> bool {
        match self {
            Self::Box([lon0, lon1, lat0, lat1]) => {
                let lon = wrapped(lon, *lon0, period);
                *lon0 <= lon && lon < *lon1 && *lat0 <= lat && lat < *lat1
            }
            Self::Polygon(corners) => {
                let west = corners.iter().map(|corner| corner[0]).fold(f64::INFINITY, f64::min);
                let lon = wrapped(lon, west, period);
                // A line to the east crosses the border an odd number of times.
                let edges = corners.iter().zip(corners.iter().cycle().skip(1));
                let crosses = |&(from, to): &(&[f64; 2], &[f64; 2])| {
                    (from[1] > lat) != (to[1] > lat)
                        && lon < from[0] + (lat - from[1]) / (to[1] - from[1]) * (to[0] - from[0])
                };
                edges.filter(crosses).count() % 2 == 1
            }
        }
    }
}

/// The same longitude, from `west` on.
pub(super) fn wrapped(lon: f64, west: f64, period: Option<f64>) -> f64 {
    match period {
        Some(period) if lon < west || lon >= west + period => {
            let turned = lon - ((lon - west) / period).floor() * period;
            // Rounding may take it beyond either end.
            if turned >= west + period { west } else { turned.max(west) }
        }
        _ => lon,
    }
}

/// A grid of equal cells in lon and lat.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// South-west corner: lon, lat.
    pub corner: [f64; 2],
    /// Width of a cell in lon and in lat.
    pub by: [f64; 2],
    /// Cells in lon and in lat.
    pub cells: [usize; 2],
}

impl Grid {
    /// Edges of the cells along lon (0) or lat (1).
    #[must_use]
    pub fn edges(&self, axis: usize) -> Vec<f64> {
        (0..=self.cells[axis]).map(|n| self.corner[axis] + n as f64 * self.by[axis]).collect()
    }

    /// The number of the cell that holds a place, lon fastest. Lower edges belong to a cell, and the uppermost to the last.
    #[must_use]
    pub fn place(&self, period: Option<f64>, [lon, lat]: [f64; 2]) -> Option<usize> {
        let along = |axis: usize, value: f64| {
            let (count, corner) = (self.cells[axis], self.corner[axis]);
            let edge = |n: usize| corner + n as f64 * self.by[axis];
            if !(corner <= value && value <= edge(count)) {
                return None;
            }
            let mut place = (((value - corner) / self.by[axis]) as usize).min(count - 1);
            while place > 0 && value < edge(place) {
                place -= 1;
            }
            while place + 1 < count && value >= edge(place + 1) {
                place += 1;
            }
            Some(place)
        };
        let column = along(0, wrapped(lon, self.corner[0], period))?;
        Some(along(1, lat)? * self.cells[0] + column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUND: Option<f64> = Some(360.0);

    #[test]
    fn exact_boxes_and_polygons_hold_what_lies_in_them() {
        let pacific = Shape::Box([150.0, 210.0, -10.0, 10.0]);
        assert!(pacific.holds(ROUND, [-170.0, 0.0]) && pacific.holds(ROUND, [150.0, -10.0]));
        assert!(!pacific.holds(ROUND, [-150.0, 0.0]) && !pacific.holds(None, [-170.0, 0.0]));
        let arrow = Shape::Polygon(vec![[0.0, 0.0], [10.0, 0.0], [5.0, 3.0], [10.0, 10.0]]);
        for (at, inside) in
            [([4.0, 1.0], true), ([8.0, 3.0], false), ([8.0, 0.5], true), ([9.0, 8.9], true), ([-1.0, 0.0], false)]
        {
            assert_eq!(arrow.holds(None, at), inside, "{at:?}");
            assert_eq!(arrow.holds(ROUND, [at[0] - 360.0, at[1]]), inside, "{at:?}");
        }
    }

    #[test]
    fn exact_the_first_region_counts() {
        let region = |name: &str, shape| Region { name: name.into(), shape };
        let boxes = [region("a", Shape::Box([0.0, 2.0, 0.0, 2.0])), region("b", Shape::Box([1.0, 3.0, 0.0, 2.0]))];
        let regions = Regions::Shapes(boxes.to_vec());
        let found: Vec<usize> = [0.5, 1.5, 2.5, 3.5].iter().map(|&lon| place_of(&regions, None, [lon, 1.0])).collect();
        assert_eq!(found, [0, 0, 1, 2]);
        assert_eq!(place_of(&regions, ROUND, [f64::NAN, 1.0]), 2);
    }

    #[test]
    fn exact_every_edge_of_a_grid_belongs_to_one_cell() {
        let grid = Grid { corner: [-0.3, 10.0], by: [0.1, 0.7], cells: [6, 3] };
        for (n, edge) in grid.edges(0).into_iter().enumerate() {
            assert_eq!(grid.place(None, [edge, 10.0]), Some(n.min(5)));
        }
        for (n, edge) in grid.edges(1).into_iter().enumerate() {
            assert_eq!(grid.place(ROUND, [-0.3 + 360.0, edge]), Some(6 * n.min(2)), "{n}");
        }
        assert_eq!(grid.place(None, [1.0, 10.0]), None);
        let globe = Grid { corner: [-180.0, -90.0], by: [10.0, 10.0], cells: [36, 18] };
        assert_eq!(globe.place(ROUND, [180.0, -90.0]), Some(0));
        assert_eq!(globe.place(ROUND, [-180.0 - 1e-15, 90.0]), Some(36 * 17));
        assert_eq!(globe.place(ROUND, [539.0, 90.0]), Some(36 * 17 + 35));
    }
}
