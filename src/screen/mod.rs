//! The terminal view of a run. It only shows: what it shows it is handed, anew on every poll.

mod choose;
mod view;

use std::io;
use std::time::{Duration, Instant};

use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

pub use self::choose::choose;
use crate::monitor::Seen;

/// Between two looks at the files: a run writes every five seconds.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What a key asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Quit,
    Up,
    Down,
    Take,
}

/// Shows a run until somebody quits. `look` reads it; while that fails the last that was seen stays, with the reason.
///
/// # Errors
/// When the terminal fails.
pub fn watch(mut look: impl FnMut() -> Result<Seen, String>) -> io::Result<()> {
    on_terminal(|terminal| {
        let mut seen = None;
        loop {
            let trouble = match look() {
                Ok(found) => {
                    seen = Some(found);
                    None
                }
                Err(reason) => Some(reason),
            };
            let looked = Instant::now();
            loop {
                terminal.draw(|frame| view::draw(frame, seen.as_ref(), trouble.as_deref()))?;
                let left = LOOK_EVERY.saturating_sub(looked.elapsed());
                if left.is_zero() {
                    break;
                }
                if wish(left)? == Some(Wish::Quit) {
                    return Ok(());
                }
            }
        }
    })
}

/// Takes the terminal, and gives it back as it was, also after an error or a panic.
fn on_terminal<T>(show: impl FnOnce(&mut DefaultTerminal) -> io::Result<T>) -> io::Result<T> {
    let mut terminal = ratatui::try_init()?;
    let shown = show(&mut terminal);
    ratatui::restore();
    shown
}

/// Waits for a key or a change of size, for `patience` at most.
fn wish(patience: Duration) -> io::Result<Option<Wish>> {
    if !event::poll(patience)? {
        return Ok(None);
    }
    Ok(match event::read()? {
        Event::Key(key) if key.kind != KeyEventKind::Release => wish_of(key),
        _ => None,
    })
}

fn wish_of(key: KeyEvent) -> Option<Wish> {
    match key.code {
        KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => Some(Wish::Quit),
        KeyCode::Char('q') | KeyCode::Esc => Some(Wish::Quit),
        KeyCode::Up | KeyCode::Char('k') => Some(Wish::Up),
        KeyCode::Down | KeyCode::Char('j') => Some(Wish::Down),
        KeyCode::Enter => Some(Wish::Take),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_keys_that_quit() {
        let key = |code, modifiers| wish_of(KeyEvent::new(code, modifiers));
        assert_eq!(key(KeyCode::Char('q'), KeyModifiers::NONE), Some(Wish::Quit));
        assert_eq!(key(KeyCode::Char('c'), KeyModifiers::CONTROL), Some(Wish::Quit));
        assert_eq!(key(KeyCode::Char('c'), KeyModifiers::NONE), None);
    }
}
