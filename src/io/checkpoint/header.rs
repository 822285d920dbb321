//! The header of a checkpoint: a text that says what the file holds, whose run it belongs to, and what its bytes add up
//! to. It ends with its own SHA-256, so that a damaged one is never believed.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// The first line. The number changes when a checkpoint of before can no longer be read.
const FIRST_LINE: &str = "chemdrift checkpoint 1";
/// Longest header that is looked at, bytes: a thousand times what a run needs.
pub const LONGEST: usize = 4 << 20;

/// What a checkpoint is of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Header {
    /// Version and revision of the program that wrote it.
    pub version: String,
    /// SHA-256 of all that the answer depends on but the mechanism, hexadecimal.
    pub deck: String,
    /// SHA-256 of the mechanism file; empty in particle runs.
    pub mechanism: String,
    /// When it was written, UTC.
    pub written: String,
    /// Coupling steps done, those of earlier batches included.
    pub step: u64,
    /// The first cell or particle, and how many.
    pub first: u64,
    pub items: u64,
    /// The seed that was drawn for a deck without one.
    pub seed: u64,
    /// What `RunFolder::identity` was.
    pub run: String,
    /// Records of each stream that are in the output file.
    pub records: Vec<u64>,
    /// Counts of work of all ranks so far.
    pub work: Vec<u64>,
    /// Everything else in the file.
    pub datasets: Vec<DatasetHead>,
}

/// A dataset of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetHead {
    pub name: String,
    /// Rows, one an item where it is state.
    pub rows: u64,
    /// Values in a row.
    pub width: u64,
    /// `fingerprint` of the values.
    pub fingerprint: u64,
}

impl Header {
    /// The text, one entry a line.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = format!("{FIRST_LINE}\n");
        let joined = |counts: &[u64]| counts.iter().map(u64::to_string).collect::<Vec<_>>().join(" ");
        let entries = [
            ("version", self.version.clone()),
            ("deck", self.deck.clone()),
            ("mechanism", self.mechanism.clone()),
            ("written", self.written.clone()),
            ("step", self.step.to_string()),
            ("first", self.first.to_string()),
            ("items", self.items.to_string()),
            ("seed", self.seed.to_string()),
            ("run", self.run.clone()),
            ("records", joined(&self.records)),
            ("work", joined(&self.work)),
        ];
        for (key, value) in entries {
            let _ = writeln!(out, "{key}: {value}");
        }
        for dataset in &self.datasets {
            let DatasetHead { name, rows, width, fingerprint } = dataset;
            let _ = writeln!(out, "dataset: {rows} {width} {fingerprint:016x} {name}");
        }
        sealed(out)
    }

    /// Reads the text.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence that begins with the file's name.
    pub fn parse(text: &str) -> Result<Self, String> {
        let first = text.split('\n').next().unwrap_or_default();
        if first != FIRST_LINE {
            return Err(match first.trim_end().strip_prefix("chemdrift checkpoint") {
                Some(other) => format!("is a `chemdrift checkpoint{other}`, where this program reads a `{FIRST_LINE}`"),
                None => "is no checkpoint of chemdrift".to_owned(),
            });
        }
        let damaged = || "is damaged: its header does not match its own checksum".to_owned();
        let (body, sum) = text.rsplit_once("sha256: ").ok_or_else(damaged)?;
        if hexadecimal(&Sha256::digest(body.as_bytes())) != sum.trim_end() {
            return Err(damaged());
        }
        let mut header = Self::default();
        // Not `lines`, which would take the end of a name for that of a line.
        for line in body.strip_suffix('\n').ok_or_else(damaged)?.split('\n').skip(1) {
            header.take(line).ok_or_else(|| format!("has a header line that means nothing: `{line}`"))?;
        }
        Ok(header)
    }

    fn take(&mut self, line: &str) -> Option<()> {
        let (key, value) = line.split_once(": ").or_else(|| line.strip_suffix(':').map(|key| (key, "")))?;
        match key {
            "version" => value.clone_into(&mut self.version),
            "deck" => value.clone_into(&mut self.deck),
            "mechanism" => value.clone_into(&mut self.mechanism),
            "written" => value.clone_into(&mut self.written),
            "step" => self.step = value.parse().ok()?,
            "first" => self.first = value.parse().ok()?,
            "items" => self.items = value.parse().ok()?,
            "seed" => self.seed = value.parse().ok()?,
            "run" => value.clone_into(&mut self.run),
            "records" => self.records = counts(value)?,
            "work" => self.work = counts(value)?,
            "dataset" => {
                let mut words = value.splitn(4, ' ');
                let rows = words.next()?.parse().ok()?;
                let width = words.next()?.parse().ok()?;
                let fingerprint = u64::from_str_radix(words.next()?, 16).ok()?;
                let name = words.next()?.to_owned();
                self.datasets.push(DatasetHead { name, rows, width, fingerprint });
            }
            _ => return None,
        }
        Some(())
    }
}

/// A header with its checksum behind it.
#[must_use]
pub fn sealed(mut body: String) -> String {
    let sum = hexadecimal(&Sha256::digest(body.as_bytes()));
    let _ = writeln!(body, "sha256: {sum}");
    body
}

fn counts(text: &str) -> Option<Vec<u64>> {
    text.split_whitespace().map(str::parse).collect::<Result<_, _>>().ok()
}

/// Bytes as hexadecimal digits.
#[must_use]
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// A number that changes with any bit of a column of values and with their order, to find damage, not malice. `first`
/// is the place of the first value in the whole column: the sum over the ranks' parts does not depend on where it is cut.
#[must_use]
pub fn fingerprint(bits: impl Iterator<Item = u64>, first: u64) -> u64 {
    bits.zip(first..).fold(0, |sum: u64, (bits, place)| sum.wrapping_add(mix(bits ^ mix(place))))
}

/// The finaliser of SplitMix64 (Steele, Lea & Flood 2014), which spreads every bit over all.
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> Header {
        Header {
            version: "0.1.0 (abc)".into(),
            deck: "d".repeat(64),
            mechanism: String::new(),
            written: "2026-01-01T00:00:00Z".into(),
            step: 12,
            first: 64,
            items: 1000,
            seed: 7,
            run: "1f".into(),
            records: vec![13, 2],
            work: Vec::new(),
            datasets: vec![DatasetHead { name: "step size".into(), rows: 1000, width: 1, fingerprint: u64::MAX }],
        }
    }

    #[test]
    fn exact_a_header_reads_back() {
        assert_eq!(Header::parse(&header().text()), Ok(header()));
    }

    #[test]
    fn exact_any_changed_byte_is_noticed() {
        let text = header().text();
        for place in 0..text.len() - 1 {
            let mut bytes = text.clone().into_bytes();
            bytes[place] ^= 1;
            let changed = String::from_utf8(bytes).unwrap();
            assert!(Header::parse(&changed).is_err(), "{changed}");
        }
        for end in 0..text.len() - 1 {
            assert!(Header::parse(&text[..end]).is_err());
        }
    }

    #[test]
    fn exact_another_format_is_named() {
        let reason = Header::parse("chemdrift checkpoint 2\n").unwrap_err();
        assert!(reason.contains("`chemdrift checkpoint 2`"), "{reason}");
    }

    #[test]
    fn exact_parts_add_up_to_the_whole_and_any_change_shows() {
        let values: Vec<u64> = (0..100).map(|n| n * n).collect();
        let whole = fingerprint(values.iter().copied(), 0);
        let parts =
            fingerprint(values[..37].iter().copied(), 0).wrapping_add(fingerprint(values[37..].iter().copied(), 37));
        assert_eq!(whole, parts);
        let mut swapped = values.clone();
        swapped.swap(3, 4);
        assert_ne!(whole, fingerprint(swapped.into_iter(), 0));
        for bit in 0..64 {
            let mut flipped = values.clone();
            flipped[50] ^= 1 << bit;
            assert_ne!(whole, fingerprint(flipped.into_iter(), 0));
        }
    }
}
