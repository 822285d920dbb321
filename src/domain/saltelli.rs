//! Groups of points for Sobol' indices: in each group a point A, points that are A but for one coordinate, which is that of
//! a second point B, and B itself; for indices of second order also the points that are B but for one coordinate of A.
//!
//! A. Saltelli, "Making best use of model evaluations to compute sensitivity indices", Comput. Phys. Commun. 145 (2002)
//! 280-297, <https://doi.org/10.1016/S0010-4655(02)00280-1>. A and B are the two halves of a Sobol' sequence in twice the
//! dimensions; the order of the points is that of `SALib.sample.sobol`, whose `scramble=False` gives the same points.

use std::ops::Range;

use super::sobol::SobolColumn;

/// Points in a group of `dimensions` inputs.
#[must_use]
pub fn group_size(dimensions: usize, second_order: bool) -> u64 {
    let dimensions = dimensions as u64;
    if second_order { 2 * dimensions + 2 } else { dimensions + 2 }
}

/// The coordinates of the points `ids` in one dimension.
pub fn coordinates(
    scrambled_by: Option<u64>,
    second_order: bool,
    dimensions: usize,
    dimension: usize,
    ids: Range<u64>,
) -> Vec<f64> {
    let size = group_size(dimensions, second_order);
    let groups = ids.start / size..ids.end.div_ceil(size);
    let first = groups.start;
    let half = |dimension| SobolColumn::new(dimension, scrambled_by).coordinates(groups.clone());
    let (a, b) = (half(dimension), half(dimension + dimensions));
    let coordinate = |id: u64| {
        let (group, place) = ((id / size - first) as usize, (id % size) as usize);
        let from_b = match place {
            0 => false,
            _ if place as u64 == size - 1 => true,
            _ if place <= dimensions => place == dimension + 1,
            _ => place != dimension + 1 + dimensions,
        };
        if from_b { b[group] } else { a[group] }
    };
    ids.map(coordinate).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_each_group_changes_one_coordinate_at_a_time() {
        for second_order in [false, true] {
            let size = group_size(3, second_order) as usize;
            let columns: Vec<_> =
                (0..3).map(|dimension| coordinates(Some(5), second_order, 3, dimension, 0..80)).collect();
            for group in 0..80 / size {
                let at = |place: usize| [0, 1, 2].map(|dimension: usize| columns[dimension][group * size + place]);
                let (a, b) = (at(0), at(size - 1));
                for j in 0..3 {
                    let expected = [0, 1, 2].map(|k| if k == j { b[k] } else { a[k] });
                    assert_eq!(at(j + 1), expected);
                    if second_order {
                        let expected = [0, 1, 2].map(|k| if k == j { a[k] } else { b[k] });
                        assert_eq!(at(j + 4), expected);
                    }
                }
            }
        }
    }
}
