//! One picture of a run: what stands in which line of the terminal.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Gauge, Paragraph};

use crate::monitor::{Cell, Life, Seen, clean, outcomes, progress, ranks, rates, strip};

/// Columns to the left of the strip, for the numbers of ranks.
const MARGIN: usize = 8;

/// Draws a run into whatever room there is; lines that do not fit are left out from below.
pub fn draw(frame: &mut Frame, seen: Option<&Seen>, trouble: Option<&str>) {
    let area = frame.area();
    let Some(seen) = seen else {
        let text = format!("{}  (q quits)", trouble.unwrap_or("reading"));
        frame.render_widget(Paragraph::new(text), area);
        return;
    };
    let mut lines = Lines { area, next: 0 };
    let status = &seen.status;
    let head = vec![
        Span::styled(seen.life.to_string(), colour(&seen.life).add_modifier(Modifier::BOLD)),
        Span::raw(format!("  {}", clean(&status.title))),
    ];
    lines.line(frame, Line::from(head));
    if let Some(row) = lines.take(1) {
        let gauge = Gauge::default().ratio(status.share()).label(format!("{:.1} %", 100.0 * status.share()));
        frame.render_widget(gauge.gauge_style(Style::new().fg(Color::Blue)), row);
    }
    for text in [progress(status), rates(status), ranks(status)] {
        lines.line(frame, Line::from(text));
    }
    let wrong = if status.failed > 0 { Style::new().fg(Color::Red) } else { Style::new() };
    if !status.outcomes.is_empty() {
        lines.line(frame, Line::styled(format!("{}s: {}", status.item, outcomes(status)), wrong));
    }
    if let Some(reason) = &status.reason {
        lines.line(frame, Line::styled(clean(reason), Style::new().fg(Color::Red)));
    }
    let left = usize::from(area.height).saturating_sub(usize::from(lines.next));
    timeline(frame, &mut lines, seen, (left / 2).saturating_sub(1));
    log(frame, &mut lines, seen);
    let foot = trouble.map_or_else(
        || format!("q quits   {}   last written {}", seen.folder.display(), status.updated),
        |trouble| format!("q quits   {}", clean(trouble)),
    );
    let last = Rect { y: area.bottom().saturating_sub(1), height: area.height.min(1), ..area };
    frame.render_widget(Paragraph::new(Line::styled(foot, Style::new().add_modifier(Modifier::DIM))), last);
}

/// Lines from the top, as long as there are any above the last.
struct Lines {
    area: Rect,
    next: u16,
}

impl Lines {
    fn take(&mut self, height: u16) -> Option<Rect> {
        let free = self.area.height.saturating_sub(1).saturating_sub(self.next);
        let row = Rect { y: self.area.y + self.next, height, ..self.area };
        (height <= free).then(|| self.next += height).map(|()| row)
    }

    fn line(&mut self, frame: &mut Frame, line: Line) {
        if let Some(row) = self.take(1) {
            frame.render_widget(Paragraph::new(line), row);
        }
    }
}

fn colour(life: &Life) -> Style {
    Style::new().fg(match life {
        Life::Running => Color::Blue,
        Life::Finished => Color::Green,
        Life::Checkpointed => Color::Yellow,
        Life::Failed | Life::Silent(_) => Color::Red,
    })
}

/// The strip of rank by time, with at most `rows` ranks.
fn timeline(frame: &mut Frame, lines: &mut Lines, seen: &Seen, rows: usize) {
    let columns = usize::from(lines.area.width).saturating_sub(MARGIN);
    let cells = strip(&seen.history, columns, rows);
    if cells.is_empty() {
        return;
    }
    let legend = vec![
        Span::raw("rank by time, share in the kernel: \u{b7} \u{2591} \u{2592} \u{2593} \u{2588}; "),
        Span::styled("waiting over 10 %", Style::new().fg(Color::Yellow)),
        Span::raw(", "),
        Span::styled("30 %", Style::new().fg(Color::Red)),
    ];
    lines.line(frame, Line::from(legend));
    let ranks = seen.history.last().map_or(0, |moment| moment.kernel.len());
    for (row, cells) in cells.iter().enumerate() {
        let rank = row * ranks / rows.min(ranks).max(1);
        let name = if seen.status.ranks.shown == "each" {
            format!("{rank:>7} ")
        } else {
            format!("{:>7} ", ["least", "median", "most"].get(rank).unwrap_or(&""))
        };
        let glyphs = cells.iter().map(|cell| cell.map_or_else(|| Span::raw(" "), glyph));
        lines.line(frame, Line::from([Span::raw(name)].into_iter().chain(glyphs).collect::<Vec<_>>()));
    }
}

/// The character tells the share in the kernel and the colour that of waiting, so that it can be read without colours too.
fn glyph(cell: Cell) -> Span<'static> {
    let text = match cell.kernel {
        80.. => "\u{2588}",
        60.. => "\u{2593}",
        40.. => "\u{2592}",
        20.. => "\u{2591}",
        _ => "\u{b7}",
    };
    let colour = match cell.waiting {
        30.. => Color::Red,
        10.. => Color::Yellow,
        _ => Color::Blue,
    };
    Span::styled(text, Style::new().fg(colour))
}

/// The end of the log in the lines that are left.
fn log(frame: &mut Frame, lines: &mut Lines, seen: &Seen) {
    let left = usize::from(lines.area.height).saturating_sub(usize::from(lines.next) + 1);
    if left < 2 || seen.status.log.is_empty() {
        return;
    }
    let log = &seen.status.log;
    lines.line(frame, Line::styled("log", Style::new().add_modifier(Modifier::BOLD)));
    for line in &log[log.len().saturating_sub(left - 1)..] {
        lines.line(frame, Line::from(clean(line)));
    }
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::*;
    use crate::monitor::{Moment, Status};

    fn picture(width: u16, height: u16, seen: Option<&Seen>) -> String {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| draw(frame, seen, None)).unwrap();
        terminal.backend().to_string()
    }

    fn seen(ranks: usize) -> Seen {
        let moment = Moment { kernel: vec![95; ranks], waiting: vec![2; ranks], ..Moment::default() };
        let status = Status {
            title: "Ozone".to_owned(),
            step: 50,
            steps: 100,
            item: "cell".to_owned(),
            outcomes: [("converged".to_owned(), 7)].into(),
            log: (0..20).map(|line| format!("line {line}")).collect(),
            ..Status::default()
        };
        Seen { folder: "a.run".into(), status, life: Life::Running, history: vec![moment; 200] }
    }

    #[test]
    fn exact_eighty_by_twenty_four_hold_everything() {
        let mut seen = seen(3);
        seen.status.ranks.shown = "each".to_owned();
        let picture = picture(80, 24, Some(&seen));
        for part in ["running  Ozone", "50.0 %", "7 converged", "      2 \u{2588}", "line 19", "q quits   a.run"] {
            assert!(picture.contains(part), "{part}:\n{picture}");
        }
    }

    #[test]
    fn exact_any_size_and_any_content_can_be_drawn() {
        for (width, height) in [(1, 1), (3, 2), (10, 7), (80, 24), (200, 60)] {
            for ranks in [0, 1, 5000] {
                picture(width, height, Some(&seen(ranks)));
            }
            picture(width, height, None);
        }
    }
}
