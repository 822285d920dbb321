//! Where particles begin, from their id alone.

use super::Mesh;
use super::normal::Stream;
use crate::maths::sin_cos_latitude;
use crate::random::Purpose;

/// Where the particles of a release begin; degrees, or m on a flat mesh.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Place {
    /// All at one point.
    At([f64; 2]),
    /// Uniformly at random (by area on a sphere) in lon0, lon1, lat0, lat1.
    Box([f64; 4]),
    /// Evenly from the first point to the second, ends included.
    Line([[f64; 2]; 2]),
    /// The nodes of nx times ny points over lon0, lon1, lat0, lat1, ends included, lon fastest.
    Grid { nx: u64, ny: u64, over: [f64; 4] },
}

/// The positions of all particles of a run by id: release number times `count` plus the number in the release. A random
/// place belongs to the number in the release, so that every release begins at the same places.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Release {
    place: Place,
    mesh: Mesh,
    count: u64,
    stream: Stream,
}

impl Release {
    /// `count` particles a release.
    #[must_use]
    pub fn new(place: Place, mesh: Mesh, count: u64, seed: u64, member: u64) -> Self {
        Self { place, mesh, count: count.max(1), stream: Stream::new(seed, Purpose::Release, member) }
    }

    /// Which release a particle belongs to, from 0: it begins `repeat_every` times that after the first.
    #[must_use]
    pub fn number(&self, id: u64) -> u64 {
        id / self.count
    }

    /// Longitude and latitude (or x and y) of a particle.
    #[must_use]
    pub fn position(&self, id: u64) -> [f64; 2] {
        let number = id % self.count;
        let even = |number: u64, count: u64| if count > 1 { number as f64 / (count - 1) as f64 } else { 0.0 };
        let between = |a: f64, b: f64, fraction: f64| if fraction == 1.0 { b } else { (b - a).mul_add(fraction, a) };
        match self.place {
            Place::At(point) => point,
            Place::Line([from, to]) => {
                let fraction = even(number, self.count);
                [between(from[0], to[0], fraction), between(from[1], to[1], fraction)]
            }
            Place::Grid { nx, ny, over: [x0, x1, y0, y1] } => {
                let (column, row) = (number % nx.max(1), number / nx.max(1) % ny.max(1));
                [between(x0, x1, even(column, nx)), between(y0, y1, even(row, ny))]
            }
            Place::Box([x0, x1, y0, y1]) => {
                let [u, v] = self.stream.uniforms(&[number], 0, 0).map(|value| value[0]);
                let y = match self.mesh {
                    Mesh::Flat => between(y0, y1, v),
                    // Equal areas between equal steps of sin(latitude).
                    Mesh::Spherical => latitude(between(sin_cos_latitude(y0).0, sin_cos_latitude(y1).0, v), y0, y1, v),
                };
                [between(x0, x1, u), y]
            }
        }
    }
}

/// The latitude of a sine between two latitudes, by bisection and Newton's method: 60 steps at most, no libm.
fn latitude(sine: f64, y0: f64, y1: f64, guess: f64) -> f64 {
    let (mut low, mut high) = (y0.min(y1), y0.max(y1));
    let mut y = (y1 - y0).mul_add(guess, y0);
    for _ in 0..60 {
        let (s, c) = sin_cos_latitude(y);
        if s < sine {
            low = y;
        } else {
            high = y;
        }
        let newton = y + (sine - s) / (c.max(1e-12) * (std::f64::consts::PI / 180.0));
        let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
        if (next - y).abs() < 1e-13 * (1.0 + y.abs()) {
            return next;
        }
        y = next;
    }
    y
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_lines_and_grids_include_their_ends() {
        let line = Release::new(Place::Line([[1.0, 10.0], [0.1, 13.0]]), Mesh::Flat, 4, 0, 0);
        assert_eq!([line.position(0), line.position(3)], [[1.0, 10.0], [0.1, 13.0]]);
        assert_eq!(line.position(5), line.position(1));
        assert_eq!(line.number(5), 1);
        let grid = Release::new(Place::Grid { nx: 3, ny: 2, over: [0.0, 2.0, 5.0, 6.0] }, Mesh::Spherical, 6, 0, 0);
        assert_eq!(grid.position(1), [1.0, 5.0]);
        assert_eq!(grid.position(5), [2.0, 6.0]);
        assert_eq!(Release::new(Place::At([3.0, 4.0]), Mesh::Flat, 9, 0, 0).position(7), [3.0, 4.0]);
    }

    #[test]
    fn val_boxes_are_uniform_by_area() {
        let count = 40_000;
        let release = Release::new(Place::Box([-170.0, 170.0, 0.0, 90.0]), Mesh::Spherical, count, 3, 0);
        let places: Vec<[f64; 2]> = (0..count).map(|id| release.position(id)).collect();
        assert!(places.iter().all(|p| p[0].abs() <= 170.0 && (0.0..=90.0).contains(&p[1])));
        // Half of the northern hemisphere's area lies south of 30 degrees.
        let south = places.iter().filter(|p| p[1] < 30.0).count() as f64 / count as f64;
        assert!((south - 0.5).abs() < 4.0 * 0.5 / (count as f64).sqrt(), "{south}");
        let flat = Release::new(Place::Box([0.0, 1.0, 0.0, 90.0]), Mesh::Flat, count, 3, 0);
        let south = (0..count).filter(|&id| flat.position(id)[1] < 30.0).count() as f64 / count as f64;
        assert!((south - 1.0 / 3.0).abs() < 0.01, "{south}");
    }
}
