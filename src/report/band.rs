//! A line with a band around it, against time.

use super::axis::Axis;
use super::figure::{Figure, Frame, path};

/// A line and the range around it at each time.
#[derive(Debug, Clone, Default)]
pub struct Band {
    /// In h.
    pub hours: Vec<f64>,
    pub low: Vec<f64>,
    pub middle: Vec<f64>,
    pub high: Vec<f64>,
}

/// The value below which a share of the finite values lies, by linear interpolation; NaN for none.
#[must_use]
pub fn quantile(sorted: &[f64], level: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = level * last as f64;
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    sorted[below] + (place - below as f64) * (sorted[above] - sorted[below])
}

impl Band {
    /// Adds median and 5-95 % range of the finite values at one time.
    pub fn push(&mut self, hour: f64, values: &[f64]) {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        self.hours.push(hour);
        self.low.push(quantile(&sorted, 0.05));
        self.middle.push(quantile(&sorted, 0.5));
        self.high.push(quantile(&sorted, 0.95));
    }

    /// How far the values go from each other and over time, against the median of medians.
    #[must_use]
    pub fn variation(&self) -> f64 {
        let mut middles: Vec<f64> = self.middle.iter().copied().filter(|value| value.is_finite()).collect();
        middles.sort_unstable_by(f64::total_cmp);
        let (low, high) = range(self);
        let median = quantile(&middles, 0.5).abs();
        if high - low > 0.0 { (high - low) / median.max(1e-3 * (high - low)) } else { 0.0 }
    }
}

fn range(band: &Band) -> (f64, f64) {
    let all = band.low.iter().chain(&band.middle).chain(&band.high).filter(|value| value.is_finite());
    all.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &value| (low.min(value), high.max(value)))
}

/// Draws it; logarithmic where the values span more than three decades.
#[must_use]
pub fn band(name: &str, title: &str, quantity: &str, unit: &str, caption: &str, band: &Band) -> Figure {
    let frame = Frame::USUAL;
    let (low, high) = range(band);
    let first = band.hours.first().copied().unwrap_or(0.0);
    let x = Axis::within(first, band.hours.last().copied().unwrap_or(1.0).max(first), 6);
    let zero = if low > 0.0 && low < 0.5 * high { 0.0 } else { low };
    let least =
        band.low.iter().chain(&band.middle).filter(|value| **value > 0.0).copied().fold(f64::INFINITY, f64::min);
    let y = if low >= 0.0 && least.is_finite() && high / least > 1e3 {
        Axis::decades(least.max(1e-8 * high), high, 6)
    } else {
        Axis::around(zero, high, 5)
    };
    let at = |hour: f64, value: f64| (frame.x(&x, hour), frame.y(&y, value));
    let line = path(band.hours.iter().zip(&band.middle).map(|(&hour, &value)| Some(at(hour, value))));
    let finite: Vec<usize> =
        (0..band.hours.len()).filter(|&i| band.low[i].is_finite() && band.high[i].is_finite()).collect();
    let up = finite.iter().map(|&i| Some(at(band.hours[i], band.high[i])));
    let down = finite.iter().rev().map(|&i| Some(at(band.hours[i], band.low[i])));
    let area = path(up.chain(down));
    let area = if area.is_empty() { area } else { area + "Z" };
    // One time alone has no line: a bar with a mark.
    let single = if let [only] = finite[..] {
        let (x, top) = at(band.hours[only], band.high[only]);
        let (_, bottom) = at(band.hours[only], band.low[only]);
        let (_, middle) = at(band.hours[only], band.middle[only]);
        let (left, right) = (x - 14.0, x + 14.0);
        format!(
            "<path class=\"band\" d=\"M{left:.1} {top:.1}H{right:.1}V{bottom:.1}H{left:.1}Z\"/><path class=\"line\" \
             d=\"M{left:.1} {middle:.1}H{right:.1}\"/>"
        )
    } else {
        String::new()
    };
    let unit = y.unit(unit);
    let label = if unit.is_empty() { quantity.to_owned() } else { format!("{quantity} ({unit})") };
    let body = format!(
        "{}<path class=\"band\" d=\"{area}\"/><path class=\"line\" d=\"{line}\"/>{single}",
        frame.axes(&x, "Time (h)", &y, &label)
    );
    Figure::new(name, title, caption, 300.0, &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_quantiles_interpolate_and_leave_missing_values_out() {
        let mut band = Band::default();
        band.push(0.0, &[4.0, f64::NAN, 0.0, 1.0, 3.0, 2.0]);
        assert_eq!((band.low[0], band.middle[0], band.high[0]), (0.2, 2.0, 3.8));
        assert!(quantile(&[], 0.5).is_nan());
    }

    #[test]
    fn exact_one_time_alone_is_drawn_as_a_bar() {
        let mut one = Band::default();
        one.push(12.0, &[1.0, 2.0, 3.0]);
        assert!(super::band("a", "A", "A", "1", "", &one).inline().contains("H267.0V"));
    }

    #[test]
    fn exact_a_figure_without_values_is_still_one() {
        let mut empty = Band::default();
        empty.push(0.0, &[f64::NAN]);
        let figure = super::band("a", "A", "A", "1", "", &empty);
        assert!(!figure.alone().contains("NaN") && !figure.alone().contains("inf"));
        assert_eq!(empty.variation(), 0.0);
    }
}
