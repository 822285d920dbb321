//! What a finished output file says of itself.

use std::path::Path;

use netcdf::AttributeValue;

/// The global attribute that holds the fingerprint of the run.
pub const FINGERPRINT: &str = "deck_sha256";

/// The fingerprint of the run that has written a file; none when it is not one of ours.
#[must_use]
pub fn fingerprint_of(path: &Path) -> Option<String> {
    let file = netcdf::open(path).ok()?;
    match file.attribute(FINGERPRINT)?.value().ok()? {
        AttributeValue::Str(text) => Some(text),
        _ => None,
    }
}
