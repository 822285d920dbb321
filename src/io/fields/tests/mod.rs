//! Fields in files that the tests write themselves, and real ones where they are there.

mod real;

use crate::advection::field::Staggering;
use crate::field_head::{DimensionNames, FieldRequest};

/// A request on an A-grid whose dimensions the files tell.
fn request(files: &[&str], variable: &str) -> FieldRequest {
    FieldRequest {
        name: "U".to_owned(),
        files: files.iter().map(|f| (*f).to_owned()).collect(),
        variable: variable.to_owned(),
        dimensions: DimensionNames::default(),
        coordinates: None,
        staggering: Staggering::A,
        every: None,
    }
}
