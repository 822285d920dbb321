//! The trace of a single item: a table of comma-separated values beside the output, one line for each step.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use super::destination::with_ending;
use crate::error::Error;

/// An open trace.
pub struct Trace {
    path: PathBuf,
    file: BufWriter<File>,
}

impl Trace {
    /// Begins the trace beside an output file.
    ///
    /// # Errors
    /// `File` when it cannot be written.
    pub fn create(output: &Path, columns: &[&str]) -> Result<Self, Error> {
        let path = path(output);
        let created = File::create(&path).map_err(|reason| failed(&path, &reason))?;
        let mut trace = Self { path, file: BufWriter::new(created) };
        trace.line(&columns.join(","))?;
        Ok(trace)
    }

    /// Adds a line: numbers in the shortest form that reads back as the same.
    ///
    /// # Errors
    /// `File` when it cannot be written.
    pub fn row(&mut self, values: &[f64]) -> Result<(), Error> {
        let texts: Vec<String> = values.iter().map(|value| format!("{value:?}")).collect();
        self.line(&texts.join(","))
    }

    fn line(&mut self, text: &str) -> Result<(), Error> {
        writeln!(self.file, "{text}").map_err(|reason| failed(&self.path, &reason))
    }

    /// Has everything so far in the file.
    ///
    /// # Errors
    /// `File` when it cannot be written.
    pub fn flush(&mut self) -> Result<(), Error> {
        self.file.flush().map_err(|reason| failed(&self.path, &reason))
    }
}

/// The trace that belongs to an output file.
#[must_use]
pub fn path(output: &Path) -> PathBuf {
    with_ending(output, ".trace.csv")
}

fn failed(path: &Path, reason: &std::io::Error) -> Error {
    Error::File { path: path.to_owned(), action: "write", reason: reason.to_string() }
}
