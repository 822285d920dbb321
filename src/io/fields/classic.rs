//! Whether a classic NetCDF file is complete: the library reads zeros, silently, where such a file is cut off.
//!
//! The header is read as the NetCDF classic format specification (Unidata, CDF-1, CDF-2 and CDF-5) lays it out.

use std::fs::File;
use std::io::{BufReader, Read, Result};
use std::path::Path;

/// Largest header that is believed, in counts of any list; a damaged one may claim anything.
const LARGEST_COUNT: u64 = 1 << 24;

/// Bytes that are missing at the end of a classic file; 0 for complete files and for other formats, `None` when the
/// header itself makes no sense.
#[must_use]
pub fn missing_bytes(path: &Path) -> Option<u64> {
    let Ok(file) = File::open(path) else { return Some(0) };
    let length = file.metadata().map_or(0, |m| m.len());
    let mut header = Header { input: BufReader::new(file), version: 0 };
    let mut magic = [0; 4];
    if header.input.read_exact(&mut magic).is_err() || &magic[..3] != b"CDF" {
        return Some(0);
    }
    header.version = magic[3];
    // The last value of a file may go without its padding to four bytes.
    let expected = header.expected_length().ok()?.saturating_sub(3);
    Some(expected.saturating_sub(length))
}

struct Header {
    input: BufReader<File>,
    version: u8,
}

impl Header {
    fn expected_length(&mut self) -> Result<u64> {
        let records = self.count()?;
        let streaming = records == if self.version == 5 { u64::MAX } else { u64::from(u32::MAX) };
        let mut dimensions = Vec::new();
        for _ in 0..self.list()? {
            self.name()?;
            dimensions.push(self.count()?);
        }
        self.attributes()?;
        let mut end = 0_u64;
        let mut record_variables = Vec::new();
        for _ in 0..self.list()? {
            self.name()?;
            let rank = self.bounded()?;
            let mut values = 1_u64;
            let mut is_record = false;
            for position in 0..rank {
                let id = self.count()?;
                let size = usize::try_from(id).ok().and_then(|i| dimensions.get(i)).copied().ok_or_else(nonsense)?;
                if position == 0 && size == 0 {
                    is_record = true;
                } else {
                    values = values.saturating_mul(size);
                }
            }
            self.attributes()?;
            let bytes = values.saturating_mul(width(self.number(4)?)?);
            self.count()?; // vsize: too small a field for large variables, so that it is computed instead
            let begin = self.number(if self.version == 1 { 4 } else { 8 })?;
            if is_record {
                record_variables.push((begin, bytes));
            } else {
                end = end.max(begin.saturating_add(bytes));
            }
        }
        if !streaming && records > 0 {
            let padded = |bytes: u64| bytes.div_ceil(4).saturating_mul(4);
            // A single record variable is not padded.
            let record = match record_variables[..] {
                [(_, bytes)] => bytes,
                _ => record_variables.iter().fold(0_u64, |sum, (_, bytes)| sum.saturating_add(padded(*bytes))),
            };
            for (begin, bytes) in record_variables {
                end = end.max(begin.saturating_add((records - 1).saturating_mul(record)).saturating_add(bytes));
            }
        }
        Ok(end)
    }

    fn attributes(&mut self) -> Result<()> {
        for _ in 0..self.list()? {
            self.name()?;
            let width = width(self.number(4)?)?;
            let count = self.bounded()?;
            self.skip((count * width).div_ceil(4) * 4)?;
        }
        Ok(())
    }

    /// Tag and number of entries.
    fn list(&mut self) -> Result<u64> {
        self.number(4)?;
        self.bounded()
    }

    /// Names must be UTF-8, as the library behind takes that for granted.
    fn name(&mut self) -> Result<()> {
        let length = self.bounded()?;
        if length > 1024 {
            return Err(nonsense());
        }
        let mut bytes = vec![0; length.div_ceil(4) as usize * 4];
        self.input.read_exact(&mut bytes)?;
        bytes.truncate(length as usize);
        std::str::from_utf8(&bytes).map(|_| ()).map_err(|_| nonsense())
    }

    fn bounded(&mut self) -> Result<u64> {
        self.count().and_then(|n| if n > LARGEST_COUNT { Err(nonsense()) } else { Ok(n) })
    }

    /// A non-negative number, 8 bytes in CDF-5.
    fn count(&mut self) -> Result<u64> {
        self.number(if self.version == 5 { 8 } else { 4 })
    }

    fn number(&mut self, width: usize) -> Result<u64> {
        let mut bytes = [0; 8];
        self.input.read_exact(&mut bytes[8 - width..])?;
        Ok(u64::from_be_bytes(bytes))
    }

    fn skip(&mut self, bytes: u64) -> Result<()> {
        let skipped = std::io::copy(&mut self.input.by_ref().take(bytes), &mut std::io::sink())?;
        if skipped < bytes { Err(nonsense()) } else { Ok(()) }
    }
}

fn nonsense() -> std::io::Error {
    std::io::ErrorKind::InvalidData.into()
}

/// Bytes of a value of an external type.
fn width(kind: u64) -> Result<u64> {
    match kind {
        1 | 2 | 7 => Ok(1),
        3 | 8 => Ok(2),
        4 | 5 | 9 => Ok(4),
        6 | 10 | 11 => Ok(8),
        _ => Err(nonsense()),
    }
}
