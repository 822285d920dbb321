//! What an output file will look like: dimensions, variables, attributes; free of any library's types.
//!
//! An *item* is a cell or a trajectory: the dimension that is divided over the ranks.

use std::path::PathBuf;

pub use super::axes::{AxisCoordinate, AxisData, AxisLayout};
pub use crate::plan::Chunk;
use crate::statistics::Part;

/// A file with one dimension for the items and one time dimension for each clock.
#[derive(Debug, Clone)]
pub struct Layout {
    pub path: PathBuf,
    pub items: Items,
    /// Dimensions before that of the items: those of an ensemble.
    pub axes: Vec<AxisLayout>,
    /// The id of the first item.
    pub first_item: u64,
    /// Number of items, of all members together.
    pub count: u64,
    /// Items in a chunk as the deck wants it.
    pub chunk: Chunk,
    /// Items run in batches, each of which goes through all records; some may never run.
    pub in_batches: bool,
    pub streams: Vec<StreamLayout>,
    /// Dimensions of what is reduced over the items, besides time.
    pub reduced_axes: Vec<Axis>,
    /// Variables over the items alone.
    pub constants: Vec<Variable>,
    /// Units of all time coordinates: `s`, or `seconds since …`.
    pub time_units: String,
    /// CF calendar of dated times.
    pub calendar: &'static str,
    /// Deflate level from 1 to 9, with byte shuffle; none stores plainly.
    pub deflate: Option<u8>,
    /// Global attributes.
    pub attributes: Vec<(String, String)>,
}

/// The dimension that is divided over the ranks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Items {
    /// Variables are `(time, cell)`.
    Cells,
    /// Variables are `(trajectory, time)`, as CF has it.
    Trajectories,
}

impl Items {
    /// Name of the dimension and of its coordinate.
    #[must_use]
    pub fn dimension(self) -> &'static str {
        match self {
            Self::Cells => "cell",
            Self::Trajectories => "trajectory",
        }
    }
}

/// Variables that share a clock.
#[derive(Debug, Clone)]
pub struct StreamLayout {
    /// Name of its time dimension and coordinate.
    pub time_dimension: String,
    /// How many records a complete run writes.
    pub records: u64,
    pub variables: Vec<Variable>,
    /// What is written of all items together.
    pub reduced: Reduced,
}

/// Variables that are reduced over the items, and how they follow from the parts that ranks have of them.
#[derive(Debug, Clone, Default)]
pub struct Reduced {
    pub variables: Vec<ReducedVariable>,
    /// The parts give the values of the variables in order.
    pub parts: Vec<Part>,
    /// About how many words a record sends from rank to rank.
    pub words: u64,
}

impl Reduced {
    /// After how many records the ranks put together what they have.
    #[must_use]
    pub fn records_joined_at_once(&self) -> u64 {
        (REDUCED_WORDS / self.words.max(1)).max(1)
    }
}

/// A variable over time and perhaps other axes.
#[derive(Debug, Clone)]
pub struct ReducedVariable {
    pub variable: Variable,
    /// Its dimensions after time, of an ensemble: indices into `Layout::axes`.
    pub members: Vec<usize>,
    /// Its further dimensions: indices into `Layout::reduced_axes`.
    pub axes: Vec<usize>,
    /// CF's `cell_methods`, where it has a word for it.
    pub methods: Option<String>,
}

/// A dimension with its coordinate.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// The coordinate, which has the name of the dimension.
    pub coordinate: Variable,
    pub values: AxisValues,
}

/// Where the points of an axis are.
#[derive(Debug, Clone, PartialEq)]
pub enum AxisValues {
    /// Between ascending edges.
    Edges(Vec<f64>),
    /// Things with names.
    Names(Vec<String>),
}

impl Axis {
    /// How many points it has.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.values {
            AxisValues::Edges(edges) => edges.len().saturating_sub(1),
            AxisValues::Names(names) => names.len(),
        }
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// One variable of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    pub name: String,
    pub kind: Kind,
    /// CF units; `1` for counts, empty for flags.
    pub units: String,
    pub long_name: String,
    pub standard_name: Option<&'static str>,
    /// The deck path or species that the variable stands for, when the name had to be altered.
    pub deck_path: Option<String>,
}

/// How a variable is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// 64-bit floating point; missing values are NaN.
    Real,
    /// 32-bit floating point, rounded to nearest; missing values are NaN.
    Single,
    /// 32-bit integer.
    Count,
    /// CF flags: the meaning of 0, 1, 2, …
    Flags(Vec<&'static str>),
}

/// 1 MiB of 64-bit numbers: large enough for disks, small enough to read one variable of one time.
const CHUNK_VALUES: u64 = 131_072;
/// 1 GiB of 64-bit numbers: HDF5 has no chunks of 4 GiB.
const MOST_IN_CHUNK: u64 = 1 << 27;
/// Records are held back until they fill a chunk, but never more than this in all ranks together.
const BUFFER_VALUES: u64 = 8 * 1024 * 1024;
/// Words that ranks put together at once of what is reduced.
const REDUCED_WORDS: u64 = 1 << 18;
/// Values and records that are written at once of what is reduced: a put costs some 50 us, whatever it holds.
const REDUCED_VALUES: u64 = 1 << 20;
const REDUCED_RECORDS: u64 = 256;

impl Layout {
    /// How many items a member has.
    #[must_use]
    pub fn items_of_member(&self) -> u64 {
        self.count / self.axes.iter().map(|axis| axis.length).product::<u64>().max(1)
    }

    /// Lengths of the dimensions that the flat index of the items runs over: the axes, then the items of a member.
    #[must_use]
    pub fn lengths(&self) -> Vec<u64> {
        self.axes.iter().map(|axis| axis.length).chain([self.items_of_member()]).collect()
    }

    /// Lengths of a chunk along these dimensions: the last ones as a whole, as far as the wanted number of items goes.
    #[must_use]
    pub fn chunk_lengths(&self) -> Vec<u64> {
        let mut left = match self.chunk {
            Chunk::Auto => CHUNK_VALUES,
            Chunk::Items(items) => items.min(MOST_IN_CHUNK),
            Chunk::All => MOST_IN_CHUNK,
        };
        let mut chunk = self.lengths();
        for length in chunk.iter_mut().rev() {
            *length = (*length).min(left).max(1);
            left /= *length;
        }
        chunk
    }

    /// Items in a chunk.
    #[must_use]
    pub fn chunk_items(&self) -> u64 {
        self.chunk_lengths().iter().product()
    }

    /// How many records of a stream are written at once, which is also the chunk length along time.
    ///
    /// It follows from the deck alone, so that files of different rank counts are alike.
    #[must_use]
    pub fn records_at_once(&self, stream: &StreamLayout) -> u64 {
        let variables = (stream.variables.len() as u64).max(1);
        let in_chunk = CHUNK_VALUES / self.chunk_items();
        let in_buffer = BUFFER_VALUES / variables.saturating_mul(self.count.max(1));
        let of_items = in_chunk.min(in_buffer);
        let values: u64 = stream.reduced.variables.iter().map(|reduced| self.reduced_values(reduced) as u64).sum();
        let of_all = (REDUCED_VALUES / values.max(1)).clamp(1, REDUCED_RECORDS);
        let most = match (stream.variables.is_empty(), stream.reduced.variables.is_empty()) {
            (_, true) => of_items,
            (true, false) => of_all,
            (false, false) => of_items.min(of_all),
        };
        most.clamp(1, stream.records.max(1))
    }

    /// How many values of each item wait in the buffer of a stream: of records that are written one by one, those of two
    /// variables, for one waits while a thread brings another into order; without a thread one would do.
    #[must_use]
    pub fn values_of_item(&self, stream: &StreamLayout) -> u64 {
        let (variables, records) = (stream.variables.len() as u64, self.records_at_once(stream));
        if records > 1 { variables.saturating_mul(records) } else { variables.min(2) }
    }

    /// Values of one record of a reduced variable.
    #[must_use]
    pub fn reduced_values(&self, reduced: &ReducedVariable) -> usize {
        self.reduced_lengths(reduced).product()
    }

    /// Lengths of the dimensions of a reduced variable after time.
    pub fn reduced_lengths<'l>(&'l self, reduced: &'l ReducedVariable) -> impl Iterator<Item = usize> + 'l {
        let members = reduced.members.iter().map(|&axis| self.axes[axis].length as usize);
        members.chain(reduced.axes.iter().map(|&axis| self.reduced_axes[axis].len()))
    }

    /// How many variables there are, but for coordinates of axes.
    #[must_use]
    pub fn variables(&self) -> usize {
        let of = |stream: &StreamLayout| stream.variables.len() + stream.reduced.variables.len() + 1;
        self.constants.len() + self.streams.iter().map(of).sum::<usize>()
    }

    /// Bytes of all variables of a complete run, uncompressed.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let width = |variables: &[Variable]| variables.iter().map(|v| v.kind.bytes()).sum::<u64>();
        let reduced = |stream: &StreamLayout| -> u64 {
            let bytes = |r: &ReducedVariable| r.variable.kind.bytes() * self.reduced_values(r) as u64;
            stream.reduced.variables.iter().map(bytes).sum()
        };
        let record = |stream: &StreamLayout| {
            let items = width(&stream.variables).saturating_mul(self.count);
            items.saturating_add(reduced(stream) + 8)
        };
        let streams = self.streams.iter().map(|stream| stream.records.saturating_mul(record(stream)));
        let constants = width(&self.constants).saturating_mul(self.count);
        streams.fold(constants.saturating_add(4 * self.items_of_member()), u64::saturating_add)
    }
}

impl Kind {
    /// Bytes of one value.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        match self {
            Self::Real => 8,
            Self::Single | Self::Count => 4,
            Self::Flags(_) => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(count: u64, variables: usize) -> Layout {
        let variable = Variable {
            name: "O3".into(),
            kind: Kind::Real,
            units: "mol m-3".into(),
            long_name: String::new(),
            standard_name: None,
            deck_path: None,
        };
        let stream = StreamLayout {
            time_dimension: "time".into(),
            records: 13,
            variables: vec![variable; variables],
            reduced: Reduced::default(),
        };
        Layout {
            path: "x.nc".into(),
            items: Items::Cells,
            axes: Vec::new(),
            first_item: 0,
            count,
            chunk: Chunk::Auto,
            in_batches: false,
            streams: vec![stream],
            reduced_axes: Vec::new(),
            constants: Vec::new(),
            time_units: "s".into(),
            calendar: "proleptic_gregorian",
            deflate: None,
            attributes: Vec::new(),
        }
    }

    #[test]
    fn exact_small_runs_are_written_in_one_piece_and_large_ones_record_by_record() {
        let small = layout(1000, 209);
        assert_eq!(small.records_at_once(&small.streams[0]), 13);
        let large = layout(1_000_000, 3);
        assert_eq!(large.records_at_once(&large.streams[0]), 1);
        assert_eq!(large.chunk_items(), 131_072);
        let none = layout(1_000_000, 0);
        let waiting = [&small, &large, &none].map(|layout| layout.values_of_item(&layout.streams[0]));
        assert_eq!(waiting, [209 * 13, 2, 0]);
    }

    #[test]
    fn exact_chunks_take_whole_members_before_several_of_them() {
        let axis = |length| AxisLayout { name: "a".into(), length, coordinates: Vec::new(), attributes: Vec::new() };
        let mut ensemble = Layout { axes: vec![axis(4), axis(50)], ..layout(4 * 50 * 100, 2) };
        assert_eq!(ensemble.lengths(), [4, 50, 100]);
        for (chunk, lengths) in [
            (Chunk::Auto, [4, 50, 100]),
            (Chunk::All, [4, 50, 100]),
            (Chunk::Items(1), [1, 1, 1]),
            (Chunk::Items(7), [1, 1, 7]),
            (Chunk::Items(700), [1, 7, 100]),
            (Chunk::Items(10_000), [2, 50, 100]),
        ] {
            ensemble.chunk = chunk;
            assert_eq!(ensemble.chunk_lengths(), lengths, "{chunk:?}");
            assert!(ensemble.records_at_once(&ensemble.streams[0]) <= 13);
        }
    }

    #[test]
    fn exact_size_counts_every_value() {
        assert_eq!(layout(10, 2).bytes(), 13 * (2 * 8 * 10 + 8) + 4 * 10);
    }
}
