//! Mistakes in what the user wrote: where, what, and what to type instead; all of them at once.
//!
//! Each begins with a plain line `file:line:column: message` that editors and `grep` understand; below it stands the
//! underlined source.

use std::fmt::{self, Write as _};

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode};
use serde::{Deserialize, Serialize};

/// How many mistakes are shown before the rest is only counted.
const SHOWN: usize = 50;

/// Source lines longer than this (a mechanism on one line) are not printed, bytes.
const LONGEST_LINE: usize = 240;

/// A place in a text: byte offset and length, line and column from 1 (columns in characters).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Span {
    pub offset: usize,
    pub length: usize,
    pub line: usize,
    pub column: usize,
}

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Name of the file as the user would type it.
    pub file: String,
    pub span: Span,
    pub message: String,
    /// What to type.
    pub help: Option<String>,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Line 0 stands for the file as a whole, such as one that cannot be opened.
        if self.span.line == 0 {
            return write!(f, "{}: {}", self.file, self.message);
        }
        write!(f, "{}:{}:{}: {}", self.file, self.span.line, self.span.column, self.message)
    }
}

/// All mistakes of a run's input, with the texts they point into.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    pub diagnostics: Vec<Diagnostic>,
    /// File name and text.
    texts: Vec<(String, String)>,
}

/// How a report looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Look {
    pub colour: bool,
    pub unicode: bool,
}

impl Look {
    /// Colour and line drawing only on a terminal, and no colour with `NO_COLOR`.
    #[must_use]
    pub fn for_stderr() -> Self {
        use std::io::IsTerminal;
        let terminal = std::io::stderr().is_terminal();
        let colour = terminal && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
        Self { colour, unicode: terminal }
    }
}

impl Report {
    /// A report in the order of files and lines; files keep the order in which `texts` names them.
    #[must_use]
    pub fn new(mut diagnostics: Vec<Diagnostic>, texts: Vec<(String, String)>) -> Self {
        let rank = |file: &str| texts.iter().position(|(name, _)| name == file).unwrap_or(texts.len());
        diagnostics.sort_by_key(|d| (rank(&d.file), d.span.line, d.span.column));
        diagnostics.dedup();
        Self { diagnostics, texts }
    }

    /// The report as text.
    #[must_use]
    pub fn render(&self, look: Look) -> String {
        let mut out = String::new();
        for diagnostic in self.diagnostics.iter().take(SHOWN) {
            out.push_str(&diagnostic.to_string());
            out.push('\n');
            out.push_str(&self.excerpt(diagnostic, look).unwrap_or_else(|| match &diagnostic.help {
                Some(help) => format!("  help: {help}\n"),
                None => String::new(),
            }));
        }
        let count = self.diagnostics.len();
        if count > SHOWN {
            let _ = writeln!(out, "… and {} more", count - SHOWN);
        }
        let _ = writeln!(out, "{count} {}", if count == 1 { "mistake" } else { "mistakes" });
        out
    }

    /// The underlined source line with the help below it; `None` when there is no line to show.
    fn excerpt(&self, diagnostic: &Diagnostic, look: Look) -> Option<String> {
        let span = diagnostic.span;
        let (_, text) = self.texts.iter().find(|(name, _)| *name == diagnostic.file)?;
        let first = span.line.checked_sub(1)?;
        let mut context = text.lines().skip(first.saturating_sub(1)).take(3);
        if context.any(|line| line.len() > LONGEST_LINE) {
            return None;
        }
        let theme = match (look.colour, look.unicode) {
            (true, _) => GraphicalTheme::unicode(),
            (false, true) => GraphicalTheme::unicode_nocolor(),
            (false, false) => GraphicalTheme::none(),
        };
        let length = span.length.min(text.len().saturating_sub(span.offset)).max(1);
        let excerpt = Excerpt {
            source: NamedSource::new(&diagnostic.file, text.clone()),
            label: LabeledSpan::new_with_span(None, (span.offset.min(text.len()), length)),
            help: diagnostic.help.clone(),
        };
        let mut rendered = String::new();
        let handler = GraphicalReportHandler::new_themed(theme).with_context_lines(1).with_width(120);
        handler.render_report(&mut rendered, &excerpt).ok()?;
        // The first lines repeat the (empty) message, which already stands in the greppable line.
        let body = rendered.lines().skip_while(|l| !l.contains(&diagnostic.file));
        Some(body.fold(String::new(), |all, line| all + line.trim_end() + "\n"))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(Look::default()))
    }
}

impl std::error::Error for Report {}

/// What miette draws.
#[derive(Debug)]
struct Excerpt {
    source: NamedSource<String>,
    label: LabeledSpan,
    help: Option<String>,
}

impl fmt::Display for Excerpt {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl std::error::Error for Excerpt {}

impl miette::Diagnostic for Excerpt {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|h| Box::new(h) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(std::iter::once(self.label.clone())))
    }
}
