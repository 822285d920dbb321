//! A figure: an SVG with a title, axes and their labels; how they all look, in light and in dark.

use std::fmt::Write as _;

use super::axis::Axis;
use super::text::escape;

/// Width of every figure in its own units; text is 13 of them high, legible on a phone.
pub const WIDTH: f64 = 460.0;

/// Colours and type of figures. Variables, so that the page and the figures alone change together.
pub const STYLE: &str = "svg{--ink:#1d2733;--soft:#5b6773;--grid:#dfe4ea;--paper:#ffffff;--one:#1763a6;--two:#c2571a}\
@media (prefers-color-scheme:dark){svg{--ink:#e4e9ef;--soft:#9eabb8;--grid:#333d48;--paper:#171d24;--one:#6cb2f0;\
--two:#f29a5c}}@media print{svg{--ink:#000;--soft:#444;--grid:#ddd;--paper:#fff;--one:#1763a6;--two:#c2571a}}\
svg text{font:13px system-ui,-apple-system,'Segoe UI',Roboto,'Liberation Sans',sans-serif;fill:var(--soft)}\
svg .title{font-weight:600;font-size:14px;fill:var(--ink)}svg .label{fill:var(--ink)}\
svg .grid{stroke:var(--grid);stroke-width:1}svg .axis{stroke:var(--soft);stroke-width:1;fill:none}\
svg .line{fill:none;stroke:var(--one);stroke-width:2;stroke-linejoin:round}\
svg .band{fill:var(--one);fill-opacity:.22}svg .one{fill:var(--one)}svg .two{fill:var(--two)}\
svg .land{fill:var(--grid);fill-rule:evenodd;stroke:var(--soft);stroke-width:.5;stroke-opacity:.6}\
svg .path{fill:none;stroke:var(--one);stroke-width:.8;stroke-opacity:.4;stroke-linejoin:round}\
svg .whisker{stroke:var(--ink);stroke-width:1.2;fill:none}";

/// One picture with what is said below it.
#[derive(Debug, Clone)]
pub struct Figure {
    /// Name of its file, without the ending.
    pub name: String,
    pub title: String,
    pub caption: String,
    /// The whole `<svg>` element, without the style.
    svg: String,
    height: f64,
}

impl Figure {
    /// A figure from what is drawn inside it.
    #[must_use]
    pub fn new(name: &str, title: &str, caption: &str, height: f64, body: &str) -> Self {
        let svg = format!(
            "<title>{0}</title><text class=\"title\" x=\"12\" y=\"20\">{1}</text>{body}",
            escape(title),
            escape(&shortened(title, 48))
        );
        let clean = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
        let name = name.chars().map(clean).collect();
        Self { name, title: title.to_owned(), caption: caption.to_owned(), svg, height }
    }

    /// The element for a page that has the style.
    #[must_use]
    pub fn inline(&self) -> String {
        let label = escape(&self.title);
        format!("<svg viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-label=\"{label}\">{}</svg>", self.height, self.svg)
    }

    /// A whole file.
    #[must_use]
    pub fn alone(&self) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" \
             height=\"{0}\" viewBox=\"0 0 {WIDTH} {0}\"><style>{STYLE}</style><rect width=\"100%\" height=\"100%\" \
             style=\"fill:var(--paper)\"/>{1}</svg>\n",
            self.height, self.svg
        )
    }
}

/// A text of at most so many characters.
#[must_use]
pub fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

/// The rectangle of the axes in a figure.
#[derive(Debug, Clone, Copy)]
pub struct Frame {
    pub left: f64,
    pub top: f64,
    pub width: f64,
    pub height: f64,
}

impl Frame {
    /// The usual one, in a figure that is 300 high.
    pub const USUAL: Self = Self { left: 62.0, top: 52.0, width: 382.0, height: 200.0 };

    #[must_use]
    pub fn x(&self, axis: &Axis, value: f64) -> f64 {
        self.left + self.width * axis.at(value)
    }

    #[must_use]
    pub fn y(&self, axis: &Axis, value: f64) -> f64 {
        self.top + self.height * (1.0 - axis.at(value))
    }

    /// Grid, ticks and labels. The label of the vertical axis stands above it, where it can be read upright.
    #[must_use]
    pub fn axes(&self, x: &Axis, x_label: &str, y: &Axis, y_label: &str) -> String {
        let Self { left, top, width, height } = *self;
        let (right, bottom) = (left + width, top + height);
        let mut out = String::new();
        for &tick in &y.ticks {
            let at = self.y(y, tick);
            let _ = write!(
                out,
                "<path class=\"grid\" d=\"M{left:.1} {at:.1}H{right:.1}\"/><text x=\"{:.1}\" y=\"{:.1}\" \
                 text-anchor=\"end\">{}</text>",
                left - 7.0,
                at + 4.5,
                y.label(tick)
            );
        }
        for &tick in &x.ticks {
            let at = self.x(x, tick);
            let _ = write!(
                out,
                "<path class=\"axis\" d=\"M{at:.1} {bottom:.1}v5\"/><text x=\"{at:.1}\" y=\"{:.1}\" \
                 text-anchor=\"middle\">{}</text>",
                bottom + 19.0,
                x.label(tick)
            );
        }
        let _ = write!(
            out,
            "<path class=\"axis\" d=\"M{left:.1} {bottom:.1}H{right:.1}\"/><text class=\"label\" x=\"{:.1}\" \
             y=\"{:.1}\" text-anchor=\"middle\">{}</text><text class=\"label\" x=\"12\" y=\"{:.1}\">{}</text>",
            left + width / 2.0,
            bottom + 38.0,
            escape(x_label),
            top - 13.0,
            escape(y_label)
        );
        out
    }
}

/// Points joined by lines; a point that is none breaks the line.
#[must_use]
pub fn path(points: impl IntoIterator<Item = Option<(f64, f64)>>) -> String {
    let (mut out, mut pen) = (String::new(), 'M');
    for point in points {
        match point.filter(|(x, y)| x.is_finite() && y.is_finite()) {
            Some((x, y)) => {
                let _ = write!(out, "{pen}{x:.1} {y:.1}");
                pen = 'L';
            }
            None => pen = 'M',
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_paths_break_where_values_are_missing() {
        let points = [Some((0.0, 1.0)), Some((2.04, 1.0)), None, Some((f64::NAN, 0.0)), Some((5.0, 5.0))];
        assert_eq!(path(points), "M0.0 1.0L2.0 1.0M5.0 5.0");
    }

    #[test]
    fn exact_a_figure_alone_is_whole_and_escaped() {
        let alone = Figure::new("a/b", "x < y", "", 100.0, "").alone();
        assert!(alone.starts_with("<?xml") && alone.ends_with("</svg>\n") && alone.contains("x &lt; y"));
        assert_eq!(Figure::new("a/b", "", "", 1.0, "").name, "a-b");
        assert_eq!(shortened("abcdef", 4), "abc…");
    }
}
