//! Axes: their range, where their ticks are, and what stands beside them.

use super::text::{number, superscript};

/// A range of values with ticks at round numbers, linear or logarithmic.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    pub low: f64,
    pub high: f64,
    pub log: bool,
    pub ticks: Vec<f64>,
    /// Ticks are labelled in units of ten to this power.
    pub power: i32,
    pub(super) decimals: usize,
}

impl Axis {
    /// A linear axis from the first tick at or below `low` to the last at or above `high`.
    #[must_use]
    pub fn around(low: f64, high: f64, count: usize) -> Self {
        let (low, high) = widened(low, high);
        let step = nice_step((high - low) / count as f64);
        let edge = 1e-9 * step;
        Self::linear(((low + edge) / step).floor() * step, ((high - edge) / step).ceil() * step, step)
    }

    /// A linear axis over exactly this range.
    #[must_use]
    pub fn within(low: f64, high: f64, count: usize) -> Self {
        let (low, high) = widened(low, high);
        Self::linear(low, high, nice_step((high - low) / count as f64))
    }

    fn linear(low: f64, high: f64, step: f64) -> Self {
        let first = (low / step - 1e-6).ceil() as i64;
        let last = (high / step + 1e-6).floor() as i64;
        let largest = low.abs().max(high.abs());
        let order = largest.log10().floor() as i32;
        let power = if (-2..4).contains(&order) { 0 } else { order.div_euclid(3) * 3 };
        let shown = step / 10f64.powi(power);
        let decimals = (-(shown * 1.000_001).log10().floor()).max(0.0) as usize;
        let ticks = (first..=last).map(|place| place as f64 * step).collect();
        Self { low, high, log: false, ticks, power, decimals }
    }

    /// A logarithmic axis over whole decades; both ends must be above 0.
    #[must_use]
    pub fn decades(low: f64, high: f64, count: usize) -> Self {
        let first = (low.log10() + 1e-9).floor() as i32;
        let last = ((high.log10() - 1e-9).ceil() as i32).max(first + 1);
        let every = ((last - first) as usize).div_ceil(count.max(1)).max(1);
        let ticks = (first..=last).step_by(every).map(|power| 10f64.powi(power)).collect();
        Self { low: 10f64.powi(first), high: 10f64.powi(last), log: true, ticks, power: 0, decimals: 0 }
    }

    /// Where a value is, from 0 at the low end to 1 at the high one.
    #[must_use]
    pub fn at(&self, value: f64) -> f64 {
        if self.log {
            let value = value.max(self.low);
            (value / self.low).log10() / (self.high / self.low).log10()
        } else {
            (value - self.low) / (self.high - self.low)
        }
    }

    /// What stands at a tick.
    #[must_use]
    pub fn label(&self, tick: f64) -> String {
        if self.log {
            return format!("10{}", superscript(tick.log10().round() as i32));
        }
        number(tick / 10f64.powi(self.power), self.decimals)
    }

    /// A unit with the power of ten that the labels leave out.
    #[must_use]
    pub fn unit(&self, unit: &str) -> String {
        let factor = if self.power == 0 { String::new() } else { format!("10{}", superscript(self.power)) };
        let unit = if unit == "1" { "" } else { unit };
        [factor.as_str(), unit].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    }
}

/// A range that is not empty, around what was asked for.
fn widened(low: f64, high: f64) -> (f64, f64) {
    if !low.is_finite() || !high.is_finite() {
        return (0.0, 1.0);
    }
    let least = 1e-6 * low.abs().max(high.abs());
    if high - low > least {
        return (low, high);
    }
    let half = if high == 0.0 && low == 0.0 { 0.5 } else { 0.05 * low.abs().max(high.abs()) };
    (low - half, high + half)
}

/// The smallest of 1, 2, 5 times a power of ten that is at least this.
fn nice_step(least: f64) -> f64 {
    let power = 10f64.powf(least.log10().floor());
    let leading = least / power;
    [1.0, 2.0, 5.0].into_iter().find(|&nice| leading <= nice * (1.0 + 1e-9)).unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_ticks_are_round_numbers() {
        let axis = Axis::around(0.3, 9.7, 5);
        assert_eq!((axis.low, axis.high), (0.0, 10.0));
        assert_eq!(axis.ticks, [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        let labels: Vec<String> = Axis::within(-0.3, 0.3, 3).ticks.iter().map(|&t| axis.label(t)).collect();
        assert_eq!(labels, ["0", "0", "0"]);
        let fine = Axis::within(-0.3, 0.3, 4);
        assert_eq!(fine.ticks.iter().map(|&t| fine.label(t)).collect::<Vec<_>>(), ["\u{2212}0.2", "0.0", "0.2"]);
    }

    #[test]
    fn exact_small_numbers_leave_their_power_to_the_unit() {
        let axis = Axis::around(0.0, 4.2e-8, 5);
        assert_eq!(axis.power, -9);
        assert_eq!(axis.label(axis.ticks[1]), "10");
        assert_eq!(axis.unit("mol m⁻³"), "10⁻⁹ mol m⁻³");
        assert_eq!(Axis::around(0.0, 1.0, 5).unit("1"), "");
    }

    #[test]
    fn exact_decades_have_ticks_at_powers_of_ten() {
        let axis = Axis::decades(2e-12, 3e-9, 5);
        assert_eq!((axis.ticks.len(), axis.label(axis.ticks[0])), (5, "10⁻¹²".to_owned()));
        assert_eq!(axis.at(1e-10).to_bits(), (2.0f64 / 4.0).to_bits());
        assert_eq!(axis.at(0.0), 0.0);
    }

    #[test]
    fn exact_ranges_without_width_are_widened() {
        for value in [0.0, 5.0, -3e-9, f64::NAN] {
            let axis = Axis::around(value, value, 5);
            assert!(axis.low < axis.high && axis.ticks.len() > 1, "{axis:?}");
        }
    }
}
