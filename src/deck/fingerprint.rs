//! The fingerprint of a run: SHA-256 of all that its answer depends on besides mechanism and program.
//!
//! Comments, spacing, the order of keys, the names of folders, and the sections that change no value leave it as it is, so
//! that a run continues after a better title or another interval of checkpoints. The values of fields in files are too
//! large to be read for it; where and when the files have values is part of it.

use std::fs::File;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::check::Overrides;
use super::node::{self, Entry, Node, Value};
use super::requests;
use super::sources::{Sources, resolve};
use crate::field_head::FieldHead;

/// What may differ: whole sections, or a key of one.
const FREE: [&str; 4] = ["title", "checkpoint", "output.file", "run"];

/// The fingerprint, hexadecimal. For rank 0, which reads tables, lists and masks once more; deck and files must have been found
/// right.
#[must_use]
pub fn fingerprint(sources: &Sources, overrides: &Overrides) -> String {
    let mut sum = Sha256::new();
    let deck = Path::new(&sources.deck.name);
    let text = sources.deck.content.as_deref().unwrap_or_default();
    let tree = node::parse(&sources.deck.name, text).ok();
    if let Some(tree) = &tree {
        add_node(tree, "", &mut sum);
    }
    let Overrides { output: _, cells, particles, steps, members, only_cell, only_particle } = overrides;
    sum.update(format!("{cells:?} {particles:?} {steps:?} {members:?} {only_cell:?} {only_particle:?}"));
    if let Some(initial) = &sources.initial {
        sum.update(initial.content.as_deref().unwrap_or_default());
    }
    for table in &sources.members {
        sum.update(table.content.as_deref().unwrap_or_default());
    }
    let table = tree.as_ref().and_then(|tree| tree.get("cells")?.get("table")?.text());
    let list = tree.as_ref().and_then(requests::release_file);
    let mask = tree.as_ref().and_then(requests::mask_file);
    for file in [table, list, mask].into_iter().flatten() {
        // A file that has gone fails with its own message when it is read.
        drop(File::open(resolve(deck, file)).and_then(|mut file| std::io::copy(&mut file, &mut Hashing(&mut sum))));
    }
    for (name, head) in &sources.fields {
        if let Ok(head) = head {
            sum.update(name);
            sum.update(format!("{:?}", without_folders(head.clone())));
        }
    }
    sum.finalize().iter().fold(String::new(), |out, byte| out + &format!("{byte:02x}"))
}

/// Keys in alphabetical order, with lengths before texts, so that no two trees read alike.
fn add_node(node: &Node, path: &str, sum: &mut Sha256) {
    let mut add = |mark: &str, text: &str| sum.update(format!("{mark}{} {text}", text.len()));
    match &node.value {
        Value::Null => add("n", ""),
        Value::Scalar { text, .. } => add("s", text),
        Value::List(items) => {
            add("l", &items.len().to_string());
            for item in items {
                add_node(item, "-", sum);
            }
        }
        Value::Map(entries) => {
            let place =
                |entry: &Entry| if path.is_empty() { entry.key.clone() } else { format!("{path}.{}", entry.key) };
            let mut entries: Vec<_> = entries.iter().filter(|e| !FREE.contains(&place(e).as_str())).collect();
            entries.sort_by(|a, b| a.key.cmp(&b.key));
            add("m", &entries.len().to_string());
            for entry in entries {
                sum.update(format!("k{} {}", entry.key.len(), entry.key));
                add_node(&entry.node, &place(entry), sum);
            }
        }
    }
}

fn without_folders(mut head: FieldHead) -> FieldHead {
    let name = |path: &mut String| {
        if let Some(name) = Path::new(path.as_str()).file_name() {
            *path = name.to_string_lossy().into_owned();
        }
    };
    head.request.files.iter_mut().for_each(name);
    head.request.coordinates.iter_mut().for_each(name);
    head.snapshots.iter_mut().for_each(|snapshot| name(&mut snapshot.path));
    head
}

/// What is written to it goes into the sum.
struct Hashing<'s>(&'s mut Sha256);

impl std::io::Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    use crate::deck::sources::TextFile;

    fn of(text: &str, overrides: &Overrides) -> String {
        let deck = TextFile { name: "deck.yaml".into(), content: Ok(text.into()) };
        let fields = BTreeMap::new();
        let sources = Sources {
            deck,
            mechanism: None,
            initial: None,
            table: None,
            fields,
            release: None,
            mask: None,
            members: Vec::new(),
            seed_if_absent: 1,
        };
        fingerprint(&sources, overrides)
    }

    #[test]
    fn exact_what_a_mask_holds_changes_the_fingerprint() {
        let folder = std::env::temp_dir().join(format!("chemdrift_fingerprint_{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("basins.nc");
        let deck = format!("output: {{regions: {{file: {}, variable: basin}}}}", path.display());
        let with = |content: &str| {
            std::fs::write(&path, content).unwrap();
            of(&deck, &Overrides::default())
        };
        let first = with("1");
        assert_ne!(first, with("2"));
        assert_eq!(first, with("1"));
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn exact_only_what_changes_the_answer_changes_the_fingerprint() {
        let all = Overrides::default();
        let base = of("{time: {step: 1 s, end: 9 s}, output: {file: a.nc, compression: none}}", &all);
        let same = "title: new # a comment\noutput:\n  compression: none\n  file: b.nc\ncheckpoint: {keep: 3}\n\
                    time: {end: 9 s, step: 1 s}\n";
        assert_eq!(base, of(same, &all));
        let others = [
            "{time: {step: 1 s, end: 8 s}, output: {file: a.nc, compression: none}}",
            "{time: {step: 1 s, end: 9 s}, output: {file: a.nc}}",
            "{time: {step: 1 s, end: [9 s]}, output: {file: a.nc, compression: none}}",
        ];
        for other in others {
            assert_ne!(base, of(other, &all), "{other}");
        }
        let fewer = Overrides { steps: Some(3), ..Overrides::default() };
        assert_ne!(base, of("{time: {step: 1 s, end: 9 s}, output: {file: a.nc, compression: none}}", &fewer));
    }
}
