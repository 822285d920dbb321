//! All text that a run depends on, read by rank 0 and broadcast, so that every rank checks the same bytes.
//!
//! A file that cannot be read is kept as the reason why, and reported by `check` at the line that names it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::node::{self, Node};
use super::release_list::{self, ReleaseHead};
use super::requests;
use crate::field_head::{FieldHead, FieldProblem, MaskHead};

const MEBIBYTE: u64 = 1024 * 1024;
/// Largest deck, bytes.
const LARGEST_DECK: u64 = 4 * MEBIBYTE;
/// Largest mechanism or file of initial values, bytes.
pub const LARGEST_TEXT: u64 = 64 * MEBIBYTE;
/// Longest line of a table of cells, bytes.
const LONGEST_HEADER: u64 = MEBIBYTE;

/// The texts of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sources {
    pub deck: TextFile,
    /// `chemistry.mechanism`, when the deck names one.
    pub mechanism: Option<TextFile>,
    /// `chemistry.initial`, when the deck names one.
    pub initial: Option<TextFile>,
    /// `cells.table`, when the deck names one.
    pub table: Option<TableHead>,
    /// What was found in the files of each field, by its name. `gather` leaves it empty, since a deck cannot read
    /// NetCDF: rank 0 fills it with the answer to each of `field_requests`.
    pub fields: BTreeMap<String, Result<FieldHead, FieldProblem>>,
    /// `particles.release.file`, when the deck names one. `gather` leaves a list in NetCDF out: rank 0 fills it with the
    /// answer to `release_request`.
    pub release: Option<ReleaseHead>,
    /// `output.regions.file`, when the deck names one: the answer to `mask_request`, by rank 0.
    pub mask: Option<Result<MaskHead, FieldProblem>>,
    /// The tables of the ensemble's axes.
    pub members: Vec<TextFile>,
    /// The seed of a sample or of particles whose deck gives none.
    pub seed_if_absent: u64,
}

/// A text file: its path (relative ones from the working directory) and content or the reason why there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextFile {
    pub name: String,
    pub content: Result<String, String>,
}

/// What is known of a table of cells before it is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableHead {
    pub name: String,
    /// The first line and the number of lines with content after it.
    pub content: Result<(String, u64), String>,
}

impl Sources {
    /// Reads the deck and the files it names. For rank 0; never fails, reasons are kept.
    #[must_use]
    pub fn gather(deck: &Path) -> Self {
        Self::with(deck, read_text(deck, LARGEST_DECK), fresh_seed())
    }

    /// The same for a deck whose text is known, as it was at `deck`, with the seed that it was given.
    #[must_use]
    pub fn gather_again(deck: &Path, text: String, seed: Option<u64>) -> Self {
        let file = TextFile { name: deck.display().to_string(), content: Ok(text) };
        Self::with(deck, file, seed.unwrap_or_else(fresh_seed))
    }

    fn with(deck: &Path, file: TextFile, seed_if_absent: u64) -> Self {
        let tree = file.content.as_ref().ok().and_then(|text| node::parse(&file.name, text).ok());
        let named = |section: &str, key: &str| -> Option<PathBuf> {
            let text = tree.as_ref().and_then(|t| t.get(section)).and_then(|s| s.get(key)).and_then(Node::text)?;
            Some(resolve(deck, text))
        };
        let release = tree.as_ref().and_then(requests::release_file).map(|text| resolve(deck, text));
        Self {
            fields: BTreeMap::new(),
            release: release.filter(|p| !requests::is_netcdf(p)).map(|p| release_list::inspect(&p)),
            mask: None,
            mechanism: named("chemistry", "mechanism").map(|p| read_text(&p, LARGEST_TEXT)),
            initial: named("chemistry", "initial").map(|p| read_text(&p, LARGEST_TEXT)),
            members: tree
                .as_ref()
                .map_or_else(Vec::new, requests::member_tables)
                .iter()
                .map(|text| read_text(&resolve(deck, text), LARGEST_TEXT))
                .collect(),
            table: named("cells", "table").map(|p| read_head(&p)),
            seed_if_absent,
            deck: file,
        }
    }
}

/// A path in a deck: relative ones are relative to the deck.
#[must_use]
pub fn resolve(deck: &Path, path: &str) -> PathBuf {
    deck.parent().unwrap_or(Path::new("")).join(path)
}

/// Reads a text file of at most `limit` bytes.
#[must_use]
pub fn read_text(path: &Path, limit: u64) -> TextFile {
    TextFile { name: path.display().to_string(), content: read_limited(path, limit) }
}

fn read_limited(path: &Path, limit: u64) -> Result<String, String> {
    let file = open(path)?;
    let size = file.metadata().map_or(0, |m| m.len());
    let too_large = |size: String| format!("it holds {size}; the limit is {} MiB", limit / MEBIBYTE);
    if size > limit {
        return Err(too_large(format!("{} MiB", size / MEBIBYTE)));
    }
    let mut bytes = Vec::new();
    // The size of a pipe or a growing file is not known beforehand.
    file.take(limit + 1).read_to_end(&mut bytes).map_err(|e| format!("it cannot be read: {e}"))?;
    if bytes.len() as u64 > limit {
        return Err(too_large("more".to_owned()));
    }
    String::from_utf8(bytes).map_err(|e| {
        let before = &e.as_bytes()[..e.utf8_error().valid_up_to()];
        let line = before.split(|b| *b == b'\n').count();
        format!("line {line} is not UTF-8 text; convert it with `iconv -t UTF-8`, or it is no text file at all")
    })
}

pub(super) fn open(path: &Path) -> Result<File, String> {
    if path.is_dir() {
        return Err("it is a directory, not a file".to_owned());
    }
    File::open(path).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "there is no permission to read it".to_owned(),
        _ => format!("it cannot be opened: {e}"),
    })
}

/// Reads the first line of a table and counts the others, without holding the table.
fn read_head(path: &Path) -> TableHead {
    let head = || -> Result<(String, u64), String> {
        let reason = |e: std::io::Error| format!("it cannot be read: {e}");
        let mut reader = BufReader::with_capacity(1 << 20, open(path)?);
        let mut header = Vec::new();
        reader.by_ref().take(LONGEST_HEADER).read_until(b'\n', &mut header).map_err(reason)?;
        let header = String::from_utf8(header).map_err(|_| "its first line is not UTF-8 text".to_owned())?;
        let mut rows = 0;
        let mut blank = true;
        loop {
            let block = reader.fill_buf().map_err(reason)?;
            if block.is_empty() {
                break;
            }
            for byte in block {
                if *byte == b'\n' {
                    rows += u64::from(!blank);
                    blank = true;
                } else {
                    blank &= byte.is_ascii_whitespace();
                }
            }
            let length = block.len();
            reader.consume(length);
        }
        Ok((header.trim_end().to_owned(), rows + u64::from(!blank)))
    };
    TableHead { name: path.display().to_string(), content: head() }
}

/// A seed from the system's randomness: `RandomState` is keyed by it. Kept below 2^53, so that it can be written into
/// a deck, and attributes of files and notebooks keep it exactly.
fn fresh_seed() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    let mut hasher = std::collections::hash_map::RandomState::new().build_hasher();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    hasher.write_u128(now.map_or(0, |d| d.as_nanos()));
    hasher.write_u32(std::process::id());
    hasher.finish() >> 11
}
