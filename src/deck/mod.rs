//! The deck: what a user writes. `Sources::gather` reads the files on rank 0, `check` turns them into a `Plan` on every
//! rank, with all mistakes at once.

mod cell_paths;
mod check;
mod dates;
mod defaults;
pub mod describe;
mod fingerprint;
mod initial;
pub mod mechanism;
pub mod node;
mod reader;
pub mod release_list;
mod requests;
pub mod site;
pub mod sources;
pub mod table;

#[cfg(test)]
mod tests;

pub use crate::diagnostic::{Diagnostic, Look, Report};
pub use check::{Overrides, check};
pub use fingerprint::fingerprint;
pub use reader::suggestion;
pub use requests::{field_requests, is_netcdf, mask_request, release_request};
pub use sources::Sources;
