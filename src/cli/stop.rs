//! Why a verb stops, and how that is said.

use super::say;
use crate::diagnostic::Look;
use crate::error::Error;

/// What stops a verb.
#[derive(Debug)]
pub enum Stop {
    /// A wrong request, and what to type instead where that is not said with it.
    Request(String, Option<String>),
    File(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::File(error)
    }
}

impl Stop {
    /// A wrong request with what to type instead.
    pub fn request(message: String, help: impl Into<String>) -> Self {
        Self::Request(message, Some(help.into()))
    }

    /// Says it; returns the exit status.
    pub fn told(&self) -> u8 {
        match self {
            Self::Request(message, help) => {
                let help = help.as_ref().map_or_else(String::new, |help| format!("\n  help: {help}"));
                say(&format!("chemdrift: {message}{help}"));
                2
            }
            Self::File(error) => explain(error),
        }
    }
}

/// Says an error, the mistakes of a deck with their lines; returns the exit status.
pub fn explain(error: &Error) -> u8 {
    match error {
        Error::Deck(report) => say(report.render(Look::for_stderr()).trim_end()),
        other => say(&format!("chemdrift: {other}")),
    }
    error.exit_status()
}
