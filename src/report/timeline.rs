//! The timeline of the ranks: what share of its time each spent waiting, and computing, a column for each part of the run.

use std::fmt::Write as _;

use super::axis::Axis;
use super::figure::{Figure, Frame};

/// Shares of a part of the time, per cent.
pub type Shares = [u8; 2];

/// Rows of ranks from the first at the top, and in each a cell for each part of the run, which begins where the one before
/// it ended (`ends`, seconds, first 0): blue in the kernel, orange waiting for others.
#[must_use]
pub fn timeline(caption: &str, ranks: u64, ends: &[f64], rows: &[Vec<Option<Shares>>]) -> Figure {
    let each = (260.0 / rows.len().max(1) as f64).clamp(4.0, 26.0);
    let frame = Frame { left: 62.0, top: 56.0, width: 382.0, height: each * rows.len() as f64 };
    let x = Axis::within(0.0, ends.last().copied().unwrap_or(1.0).max(1e-9), 5);
    let y = Axis { ticks: Vec::new(), ..Axis::within(0.0, 1.0, 2) };
    let mut body = frame.axes(&x, &format!("Wall time ({})", x.unit("s")), &y, "");
    body += "<rect class=\"one\" x=\"62\" y=\"32\" width=\"11\" height=\"11\"/><text x=\"78\" y=\"42\">in the \
             kernel</text><rect class=\"two\" x=\"172\" y=\"32\" width=\"11\" height=\"11\"/><text x=\"188\" \
             y=\"42\">waiting for other ranks</text>";
    let (first, last) = (frame.top + each.min(13.0) - 1.5, frame.top + frame.height - 2.0);
    let _ = write!(body, "<text x=\"55\" y=\"{first:.1}\" text-anchor=\"end\">rank 0</text>");
    if rows.len() > 1 {
        let _ = write!(body, "<text x=\"55\" y=\"{last:.1}\" text-anchor=\"end\">{}</text>", ranks - 1);
    }
    for (row, cells) in rows.iter().enumerate() {
        let top = frame.top + each * row as f64;
        for (part, cell) in cells.iter().enumerate() {
            let Some([kernel, waiting]) = cell else { continue };
            let (from, to) = (frame.x(&x, if part == 0 { 0.0 } else { ends[part - 1] }), frame.x(&x, ends[part]));
            for (class, share) in [("one", kernel), ("two", waiting)] {
                if *share > 0 {
                    let _ = write!(
                        body,
                        "<rect class=\"{class}\" fill-opacity=\"{:.2}\" x=\"{from:.1}\" y=\"{top:.1}\" width=\"{:.1}\" \
                         height=\"{:.1}\"/>",
                        f64::from(*share) / 100.0,
                        (to - from).max(0.3),
                        each - 1.0
                    );
                }
            }
        }
    }
    Figure::new("timeline", "What the ranks did", caption, frame.top + frame.height + 50.0, &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_cells_lie_where_their_part_of_the_time_is() {
        let rows = [vec![Some([100, 0]), Some([50, 50])], vec![None, Some([80, 20])]];
        let drawn = timeline("", 2, &[1.0, 4.0], &rows).inline();
        // Two of them are the key; nothing is drawn for what nobody did.
        assert_eq!((drawn.matches("class=\"one\"").count(), drawn.matches("class=\"two\"").count()), (4, 3));
        assert!(drawn.contains("fill-opacity=\"1.00\" x=\"62.0\" y=\"56.0\" width=\"95.5\""), "{drawn}");
        assert!(drawn.contains("fill-opacity=\"0.20\" x=\"157.5\" y=\"82.0\" width=\"286.5\""), "{drawn}");
    }
}
