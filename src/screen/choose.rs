//! Asking which of several runs is meant.

use std::io;
use std::time::Duration;

use ratatui::style::{Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::{Wish, on_terminal, wish};
use crate::monitor::{Seen, table};

/// The place of the run that somebody takes; none when they quit.
///
/// # Errors
/// When the terminal fails.
pub fn choose(all: &[Seen]) -> io::Result<Option<usize>> {
    let lines: Vec<String> = table(all).lines().map(str::to_owned).collect();
    let mut place = 0usize;
    on_terminal(|terminal| {
        loop {
            terminal.draw(|frame| {
                let height = usize::from(frame.area().height).saturating_sub(2).max(1);
                // The chosen line is in sight.
                let first = (place + 1).saturating_sub(height);
                let shown = lines.iter().enumerate().skip(first).take(height).map(|(row, line)| {
                    let mark = if row == place { "> " } else { "  " };
                    let style = Style::new();
                    let style = if row == place { style.add_modifier(Modifier::REVERSED) } else { style };
                    Line::styled(format!("{mark}{line}"), style)
                });
                let head = Line::from("Which run? Up, down, Enter; q quits.");
                let text: Vec<Line> = [head, Line::from("")].into_iter().chain(shown).collect();
                frame.render_widget(Paragraph::new(text), frame.area());
            })?;
            match wish(Duration::from_secs(3600))? {
                Some(Wish::Quit) => return Ok(None),
                Some(Wish::Take) => return Ok(Some(place)),
                Some(Wish::Up) => place = place.saturating_sub(1),
                Some(Wish::Down) => place = (place + 1).min(lines.len().saturating_sub(1)),
                None => {}
            }
        }
    })
}
