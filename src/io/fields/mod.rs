//! Fields from NetCDF files of any kind: rank 0 finds out what they hold, one rank of each node reads what is needed.
//!
//! ```text
//! FieldRequest --inspect--> FieldHead --bcast--> FieldReader::open(region) --read(snapshot)--> values
//!               (rank 0)                             (one rank of each node, serially, files read-only)
//! ```
//!
//! `pattern` finds the files, `source` opens one, `classic` sees whether one is cut off, `axes`, `horizontal`, `depth` and
//! `roles` tell what its dimensions mean, `times` orders snapshots, `unpack` makes physical numbers, `selection` chooses index
//! ranges, `between` makes snapshots between those of the files, `prefetch` reads ahead; `mask` and `release` read other files
//! in which places stand.

mod axes;
mod between;
mod block;
mod classic;
mod depth;
mod horizontal;
mod inspect;
mod mask;
mod nodes;
mod pattern;
mod prefetch;
mod reader;
mod release;
pub(super) mod roles;
mod selection;
pub(super) mod source;
mod times;
pub(super) mod unpack;

#[cfg(test)]
mod tests;

pub use between::Snapshots;
pub use inspect::inspect;
pub use mask::read_mask;
pub use prefetch::{Component, Prefetch};
pub use reader::{Area, FieldReader};
pub use release::{ReleaseList, read_release_list};
