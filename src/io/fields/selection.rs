//! Which index ranges of a rectilinear grid a rank reads. Pure.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// Nodes beyond a region that are read too: one closes its last cell, one is for derivatives there.
const MARGIN: usize = 2;

/// A run of neighbouring indices in ascending order of the axis, and what is added to their coordinates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    pub range: Range<usize>,
    /// degrees
    pub shift: f64,
}

/// Indices of an ascending axis that enclose `from..to`, with a margin; at least two of an axis of two or more.
#[must_use]
pub fn enclosing(axis: &[f64], from: f64, to: f64) -> Range<usize> {
    let n = axis.len();
    let low = axis.partition_point(|v| *v < from).saturating_sub(MARGIN).min(n.saturating_sub(2));
    let high = (axis.partition_point(|v| *v <= to) + MARGIN).min(n);
    low..high.max((low + 2).min(n))
}

/// Runs of longitudes for a region, in its convention of longitudes. A global axis continues without a gap, also when
/// all of it is asked for: its first longitude is repeated at the end.
#[must_use]
#[allow(clippy::cast_possible_wrap)] // no axis has 2^63 nodes
pub fn longitudes(axis: &[f64], degrees: bool, global: bool, region: Option<[f64; 2]>) -> Vec<Part> {
    let n = axis.len();
    let whole = Part { range: 0..n, shift: 0.0 };
    let (Some(first), Some(last)) = (axis.first(), axis.last()) else { return vec![whole] };
    let around = || vec![whole.clone(), Part { range: 0..1, shift: 360.0 }];
    let Some([from, to]) = region.filter(|r| r.iter().all(|v| v.is_finite())) else {
        return if global { around() } else { vec![whole] };
    };
    if !global {
        let turns = if degrees { best_turns(*first, *last, from, to) } else { 0.0 };
        let shift = 360.0 * turns;
        return vec![Part { range: enclosing(axis, from - shift, to - shift), shift }];
    }
    if to - from >= 360.0 {
        return around();
    }
    // Index n + k of the endless axis is index k, 360 degrees further east.
    let turn = ((from - first) / 360.0).floor();
    let index = |value: f64, after: bool| -> i64 {
        let turns = ((value - first) / 360.0).floor();
        let within = value - 360.0 * turns;
        let at = axis.partition_point(|v| if after { *v <= within } else { *v < within });
        ((turns - turn) as i64) * n as i64 + at as i64
    };
    let mut at = index(from, false) - MARGIN as i64;
    let end = index(to, true) + MARGIN as i64;
    let mut parts = Vec::new();
    while at < end {
        let lap = at.div_euclid(n as i64);
        let stop = end.min((lap + 1) * n as i64);
        let range = at.rem_euclid(n as i64) as usize..(stop - lap * n as i64) as usize;
        parts.push(Part { range, shift: 360.0 * (lap as f64 + turn) });
        at = stop;
    }
    parts
}

/// Whole turns by which the axis is shifted to overlap the region most, or to come nearest to it.
fn best_turns(first: f64, last: f64, from: f64, to: f64) -> f64 {
    let base = ((f64::midpoint(from, to) - f64::midpoint(first, last)) / 360.0).round();
    let overlap = |turns: f64| to.min(last + 360.0 * turns) - from.max(first + 360.0 * turns);
    [base, base - 1.0, base + 1.0].into_iter().fold(base, |best, t| if overlap(t) > overlap(best) { t } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lon(axis: &[f64], parts: &[Part]) -> Vec<f64> {
        parts.iter().flat_map(|p| axis[p.range.clone()].iter().map(|v| v + p.shift)).collect()
    }

    #[test]
    fn ranges_enclose_with_a_margin() {
        let axis: Vec<f64> = (0..10).map(f64::from).collect();
        assert_eq!(enclosing(&axis, 4.2, 5.5), 3..8);
        assert_eq!(enclosing(&axis, -5.0, 50.0), 0..10);
        assert_eq!(enclosing(&axis, 90.0, 91.0), 8..10);
        assert_eq!(enclosing(&axis, -9.0, -8.0), 0..2);
        assert_eq!(enclosing(&axis[..1], 4.0, 5.0), 0..1);
    }

    #[test]
    fn a_global_axis_has_no_seam() {
        let axis: Vec<f64> = (0..36).map(|i| 10.0 * f64::from(i)).collect();
        assert_eq!(
            lon(&axis, &longitudes(&axis, true, true, Some([-15.0, 12.0]))),
            [-30.0, -20.0, -10.0, 0.0, 10.0, 20.0, 30.0]
        );
        let all = lon(&axis, &longitudes(&axis, true, true, None));
        assert_eq!((all.len(), all[36]), (37, 360.0));
        assert_eq!(lon(&axis, &longitudes(&axis, true, true, Some([-180.0, 180.0]))), all);
        for from in [-700.0, -361.0, -3.0, 0.0, 355.0, 360.0, 1000.0] {
            let part = lon(&axis, &longitudes(&axis, true, true, Some([from, from + 20.0])));
            assert!(part[0] <= from - 10.0 && part[part.len() - 1] >= from + 30.0, "{from}: {part:?}");
            assert!(part.windows(2).all(|w| w[1] - w[0] == 10.0) && part.len() <= 7, "{from}: {part:?}");
        }
    }

    #[test]
    fn a_regional_axis_takes_the_convention_of_the_region() {
        let axis: Vec<f64> = (280..=350).map(f64::from).collect();
        let part = longitudes(&axis, true, false, Some([-50.0, -40.0]));
        assert_eq!(part, [Part { range: 28..43, shift: -360.0 }]);
        assert_eq!(longitudes(&axis, false, false, Some([-50.0, -40.0])), [Part { range: 0..2, shift: 0.0 }]);
    }
}
