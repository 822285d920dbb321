//! What a run that is killed may spoil of its output file, saved so that it can be put back.
//!
//! A job that dies while HDF5 writes leaves indices that contradict each other, and the whole file unreadable. But data
//! are only ever added: a chunk that a checkpoint knows keeps its place, and what is written to it later is the same
//! again. So the image is everything but such chunks: superblock, headers, indices, attributes, and those compressed
//! chunks that later records move because they make them longer. It is small, and putting it back and cutting the file to
//! its old length makes the file what it was, whatever has happened to it since.

use std::collections::{HashMap, HashSet};
use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use hdf5::Dataset;
use hdf5_sys::h5d::H5Dget_chunk_info_by_coord;

use crate::comm::World;

/// The parts of a file that may change, and their bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Image {
    /// First byte and length of each part in ascending order; the last one is empty and stands at the end of the file.
    pub extents: Vec<[u64; 2]>,
    /// The bytes of all parts.
    pub bytes: Vec<u8>,
}

/// Takes images of one file. It remembers the chunks that it has seen, because HDF5 finds each of them by a search.
#[derive(Debug, Default)]
pub struct Camera {
    /// Records are written again with other values, which moves compressed chunks at any time.
    rewritten: bool,
    /// By dataset: the corners of the chunks that stay where they are.
    seen: HashMap<String, HashSet<Vec<u64>>>,
    /// First byte and length of these chunks.
    settled: Vec<[u64; 2]>,
}

impl Camera {
    /// For a file that grows; or for one whose items run in batches, each of which goes through all records.
    #[must_use]
    pub fn new(in_batches: bool) -> Self {
        Self { rewritten: in_batches, ..Self::default() }
    }

    /// An image of the file at `path`, for one rank alone. All ranks must have flushed it before.
    ///
    /// # Errors
    /// The library's or the system's reason.
    pub fn take(&mut self, world: &World, path: &Path) -> Result<Image, String> {
        let failed = |reason: hdf5::Error| reason.to_string();
        // Through MPI with this rank alone, because HDF5 locks files that it opens otherwise, and not every disk can.
        let access = world.handle_of_one();
        let file = hdf5::FileBuilder::new().with_fapl(|a| a.mpio(access, None)).open(path).map_err(failed)?;
        for dataset in file.datasets().map_err(failed)? {
            self.look_at(&dataset)?;
        }
        file.close().map_err(failed)?;
        let read = |reason: std::io::Error| reason.to_string();
        let file = File::open(path).map_err(read)?;
        let size = file.metadata().map_err(read)?.len();
        let mut image = Image { extents: between(&mut self.settled, size), bytes: Vec::new() };
        for [first, length] in &image.extents {
            let begin = image.bytes.len();
            image.bytes.resize(begin + usize::try_from(*length).unwrap_or(usize::MAX), 0);
            file.read_exact_at(&mut image.bytes[begin..], *first).map_err(read)?;
        }
        Ok(image)
    }

    /// Notes the chunks of a dataset that stay where they are.
    fn look_at(&mut self, dataset: &Dataset) -> Result<(), String> {
        let Some(chunk) = dataset.chunk() else {
            if let Some(offset) = dataset.offset() {
                self.settled.push([offset, dataset.storage_size()]);
            }
            return Ok(());
        };
        let shape = dataset.shape();
        let space = dataset.space().map_err(|reason| reason.to_string())?;
        let may_grow: Vec<bool> = space.maxdims().iter().zip(&shape).map(|(most, &now)| *most != Some(now)).collect();
        let moves = !dataset.filters().is_empty();
        let seen = self.seen.entry(dataset.name()).or_default();
        let mut corner = vec![0; shape.len()];
        loop {
            let whole =
                (0..shape.len()).all(|axis| !may_grow[axis] || corner[axis] as usize + chunk[axis] <= shape[axis]);
            let settles = shape.iter().all(|&length| length > 0) && (!moves || whole && !self.rewritten);
            if settles
                && !seen.contains(&corner)
                && let Some(extent) = place_of(dataset, &corner)?
            {
                self.settled.push(extent);
                seen.insert(corner.clone());
            }
            if !next(&mut corner, &chunk, &shape) {
                return Ok(());
            }
        }
    }
}

/// Goes on to the next chunk, the last axis first; tells whether there is one.
fn next(corner: &mut [u64], chunk: &[usize], shape: &[usize]) -> bool {
    for axis in (0..shape.len()).rev() {
        corner[axis] += chunk[axis] as u64;
        if corner[axis] < shape[axis] as u64 {
            return true;
        }
        corner[axis] = 0;
    }
    false
}

/// First byte and length of a chunk; none when it has no place yet.
#[allow(unsafe_code)]
fn place_of(dataset: &Dataset, corner: &[u64]) -> Result<Option<[u64; 2]>, String> {
    let (mut mask, mut address, mut size) = (0, 0, 0);
    let found = hdf5::sync::sync(|| {
        // SAFETY: `corner` has a number for each dimension of the dataset, and the results go to places of their types.
        hdf5::h5check(unsafe {
            H5Dget_chunk_info_by_coord(dataset.id(), corner.as_ptr(), &raw mut mask, &raw mut address, &raw mut size)
        })
    });
    found.map_err(|reason| reason.to_string())?;
    Ok((size > 0 && address != u64::MAX).then_some([address, size]))
}

/// What lies between extents in a file of `size` bytes, and its end.
fn between(extents: &mut [[u64; 2]], size: u64) -> Vec<[u64; 2]> {
    extents.sort_unstable();
    let mut gaps = Vec::new();
    let mut end = 0;
    for [first, length] in extents.iter() {
        if *first > end {
            gaps.push([end, first.min(&size) - end]);
        }
        end = end.max(first + length).min(size);
    }
    if end < size {
        gaps.push([end, size - end]);
    }
    gaps.push([size, 0]);
    gaps
}

impl Image {
    /// Makes a file what it was when the image was taken, durably. May be done again after it was cut short.
    ///
    /// # Errors
    /// What is wrong with the file or the image, as the end of a sentence that begins with the file's name.
    pub fn put_back(&self, path: &Path) -> Result<(), String> {
        let file = OpenOptions::new().write(true).open(path).map_err(|reason| match reason.kind() {
            std::io::ErrorKind::NotFound => "is not there: without it the records of before are lost".to_owned(),
            _ => format!("cannot be opened ({reason})"),
        })?;
        let write = |reason: std::io::Error| format!("cannot be written ({reason})");
        let now = file.metadata().map_err(write)?.len();
        let total: u64 = self.extents.iter().map(|[_, length]| length).sum();
        let Some(&[size, 0]) = self.extents.last().filter(|_| total == self.bytes.len() as u64) else {
            return Err("has no image in the checkpoint".to_owned());
        };
        if now < size {
            return Err(format!("has {now} bytes where the checkpoint knows {size}: records are missing"));
        }
        let mut bytes = &self.bytes[..];
        for [first, length] in &self.extents {
            let (part, rest) = bytes.split_at(usize::try_from(*length).unwrap_or(usize::MAX));
            file.write_all_at(part, *first).map_err(write)?;
            bytes = rest;
        }
        file.set_len(size).and_then(|()| file.sync_all()).map_err(write)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_gaps_are_what_no_extent_covers() {
        assert_eq!(between(&mut [[10, 5], [2, 3], [12, 8]], 30), [[0, 2], [5, 5], [20, 10], [30, 0]]);
        assert_eq!(between(&mut [[0, 30]], 30), [[30, 0]]);
        assert_eq!(between(&mut [], 4), [[0, 4], [4, 0]]);
        // A chunk that HDF5 has given a place beyond what it has written.
        assert_eq!(between(&mut [[2, 3], [40, 5]], 30), [[0, 2], [5, 25], [30, 0]]);
    }

    #[test]
    fn exact_every_chunk_is_visited_once() {
        let (chunk, shape) = ([2, 3], [4, 7]);
        let mut corner = [0, 0];
        let mut all = vec![corner];
        while next(&mut corner, &chunk, &shape) {
            all.push(corner);
        }
        assert_eq!(all, [[0, 0], [0, 3], [0, 6], [2, 0], [2, 3], [2, 6]]);
    }

    #[test]
    fn exact_a_spoilt_file_becomes_what_it_was() {
        let path = std::env::temp_dir().join(format!("chemdrift-image-{}", std::process::id()));
        let before: Vec<u8> = (0..100).collect();
        std::fs::write(&path, [&[255; 20], &before[20..60], &[255; 60]].concat()).unwrap();
        let image =
            Image { extents: vec![[0, 20], [60, 40], [100, 0]], bytes: [&before[..20], &before[60..]].concat() };
        assert_eq!(image.put_back(&path), Ok(()));
        assert_eq!(std::fs::read(&path).unwrap(), before);
        std::fs::write(&path, [0; 99]).unwrap();
        assert!(image.put_back(&path).unwrap_err().contains("99 bytes"));
        std::fs::remove_file(&path).unwrap();
        assert!(image.put_back(&path).unwrap_err().contains("not there"));
        assert!(Image::default().put_back(&path).is_err());
    }
}
