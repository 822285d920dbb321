//! Bars: sensitivity indices with their intervals, and histograms.

use std::fmt::Write as _;

use super::axis::Axis;
use super::figure::{Figure, Frame, shortened};
use super::text::escape;

/// An index and the half width of its interval.
#[derive(Debug, Clone, Copy)]
pub struct Index {
    pub value: f64,
    pub half_width: f64,
}

/// First-order and total indices of one output, for each input.
#[must_use]
pub fn indices(name: &str, title: &str, caption: &str, inputs: &[(String, Index, Index)]) -> Figure {
    let each = 50.0;
    let frame = Frame { left: 24.0, top: 56.0, width: 412.0, height: each * inputs.len() as f64 };
    let all = || inputs.iter().flat_map(|(_, first, total)| [first, total]).filter(|index| index.value.is_finite());
    let half = |index: &Index| if index.half_width.is_finite() { index.half_width } else { 0.0 };
    let low = all().map(|index| index.value - half(index)).fold(0.0, f64::min);
    let high = all().map(|index| index.value + half(index)).fold(1.0, f64::max);
    let x = Axis::within(low, high, 5);
    let y = Axis { ticks: Vec::new(), ..Axis::within(0.0, 1.0, 2) };
    let mut body = frame.axes(&x, "Share of the variance", &y, "");
    let key = "<rect class=\"one\" x=\"24\" y=\"32\" width=\"11\" height=\"11\"/><text x=\"40\" y=\"42\">first \
               order</text><rect class=\"two\" x=\"124\" y=\"32\" width=\"11\" height=\"11\"/><text x=\"140\" \
               y=\"42\">total</text>";
    body += key;
    let zero = frame.x(&x, 0.0);
    for (row, (input, first, total)) in inputs.iter().enumerate() {
        let top = frame.top + each * row as f64;
        let _ = write!(
            body,
            "<text class=\"label\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            zero + 6.0,
            top + 14.0,
            escape(&shortened(input, 50))
        );
        for (class, top, index) in [("one", top + 19.0, first), ("two", top + 33.0, total)] {
            if !index.value.is_finite() {
                continue;
            }
            let end = frame.x(&x, index.value);
            let (left, width) = (zero.min(end), (end - zero).abs());
            let (from, to) = (frame.x(&x, index.value - half(index)), frame.x(&x, index.value + half(index)));
            let middle = top + 6.0;
            let _ = write!(
                body,
                "<rect class=\"{class}\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"12\"/>\
                 <path class=\"whisker\" d=\"M{from:.1} {middle:.1}H{to:.1}M{from:.1} {0:.1}v6M{to:.1} {0:.1}v6\"/>",
                middle - 3.0
            );
        }
    }
    let bottom = frame.top + frame.height;
    let _ = write!(body, "<path class=\"axis\" d=\"M{zero:.1} {:.1}V{bottom:.1}\"/>", frame.top);
    Figure::new(name, title, caption, bottom + 50.0, &body)
}

/// What each of some phases took: the mean over ranks as a bar, from the least to the most as a whisker; s.
#[must_use]
pub fn phases(caption: &str, phases: &[(String, [f64; 3])]) -> Figure {
    let each = 26.0;
    let frame = Frame { left: 92.0, top: 36.0, width: 352.0, height: each * phases.len() as f64 };
    let most = phases.iter().map(|(_, [_, _, most])| *most).fold(0.0, f64::max);
    let x = Axis::around(0.0, if most > 0.0 { most } else { 1.0 }, 5);
    let y = Axis { ticks: Vec::new(), ..Axis::within(0.0, 1.0, 2) };
    let mut body = frame.axes(&x, &format!("Seconds ({})", x.unit("s")), &y, "");
    for (row, (phase, [least, mean, most])) in phases.iter().enumerate() {
        let top = frame.top + each * row as f64 + 6.0;
        let (middle, edge) = (top + 7.0, top + 3.0);
        let [from, end, to] = [least, mean, most].map(|seconds| frame.x(&x, *seconds));
        let _ = write!(
            body,
            "<text class=\"label\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text><rect class=\"one\" \
             x=\"{:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"14\"/><path class=\"whisker\" \
             d=\"M{from:.1} {middle:.1}H{to:.1}M{from:.1} {edge:.1}v8M{to:.1} {edge:.1}v8\"/>",
            frame.left - 8.0,
            top + 11.5,
            escape(phase),
            frame.left,
            end - frame.left,
        );
    }
    Figure::new("phases", "Where the time went", caption, frame.top + frame.height + 50.0, &body)
}

/// How often values fall into each of up to 40 equal bins.
#[must_use]
pub fn histogram(name: &str, title: &str, quantity: &str, items: &str, caption: &str, values: &[f64]) -> Figure {
    let finite: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    let low = finite.iter().copied().fold(f64::INFINITY, f64::min);
    let high = finite.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (low, high) = if finite.is_empty() { (0.0, 1.0) } else { (low, high) };
    // Whole numbers stand in the middle of bins that are whole numbers wide.
    let width = ((high - low + 1.0) / 40.0).ceil().max(1.0);
    let bins = ((high - low) / width).floor() as usize + 1;
    let mut counts = vec![0.0f64; bins];
    for value in &finite {
        counts[(((value - low) / width) as usize).min(bins - 1)] += 1.0;
    }
    let frame = Frame::USUAL;
    let x = Axis::within(low - 0.5, low - 0.5 + width * bins as f64, 6);
    let whole = x.ticks.iter().copied().filter(|tick| tick.fract() == 0.0).collect();
    let x = if bins < 8 { Axis { ticks: whole, ..Axis::within(x.low, x.high, 1 + bins) } } else { x };
    let y = Axis::around(0.0, counts.iter().copied().fold(1.0, f64::max), 5);
    let mut body = frame.axes(&x, quantity, &y, &format!("Number of {items}"));
    for (bin, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0.0) {
        let left = frame.x(&x, low - 0.5 + width * bin as f64);
        let right = frame.x(&x, low - 0.5 + width * (bin + 1) as f64);
        let top = frame.y(&y, count);
        let _ = write!(
            body,
            "<rect class=\"one\" x=\"{:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\"/>",
            left + 0.5,
            (right - left - 1.0).min(60.0),
            frame.top + frame.height - top
        );
    }
    Figure::new(name, title, caption, 300.0, &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_every_value_is_in_a_bin() {
        let drawn = histogram("h", "", "Steps", "cells", "", &[3.0, 4.0, 4.0, 9.0, f64::NAN]).inline();
        assert_eq!(drawn.matches("class=\"one\"").count(), 3);
        let same = histogram("h", "", "Steps", "cells", "", &[7.0; 5]).inline();
        assert_eq!(same.matches("class=\"one\"").count(), 1);
    }

    #[test]
    fn exact_each_phase_has_a_bar_from_nothing_to_its_mean() {
        let drawn = phases("", &[("kernel".to_owned(), [1.0, 2.0, 4.0]), ("output".to_owned(), [0.0; 3])]).inline();
        // The axis ends at 4 s and is 352 wide.
        assert!(drawn.contains("width=\"176.0\"") && drawn.contains("M180.0 ") && drawn.contains("H444.0M"));
        assert_eq!(drawn.matches("class=\"one\"").count(), 2);
    }

    #[test]
    fn exact_each_index_has_a_bar_and_a_whisker() {
        let index = |value| Index { value, half_width: 0.1 };
        let inputs = [("k<1".to_owned(), index(0.4), index(0.6)), ("T".to_owned(), index(-0.02), index(f64::NAN))];
        let drawn = indices("s", "", "", &inputs).inline();
        assert_eq!(drawn.matches("class=\"whisker\"").count(), 3);
        assert!(drawn.contains("k&lt;1") && !drawn.contains("NaN"));
    }
}
