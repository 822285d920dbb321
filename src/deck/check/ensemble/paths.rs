//! What a path in an axis means, or why it cannot stand there.

use super::known::{Known, Subject};
use super::laws;
use crate::deck::reader::Reading;
use crate::diagnostic::Span;

/// Beginnings of paths that no member can have for itself, with the reason.
const SHARED: [(&str, &str); 11] = [
    ("time", "all members share one clock"),
    ("output", "all members are in one file"),
    ("checkpoint", "all members are in one checkpoint"),
    ("run", "it is about the job, not about a member"),
    ("title", "it is about the job, not about a member"),
    ("ensemble", "axes do not contain axes: add another axis instead"),
    ("cells.count", "all members have the same number of cells"),
    ("particles.count", "all members have the same number of particles"),
    ("particles.release", "all members release the same particles"),
    ("chemistry", "all members share mechanism and solver; numbers of the mechanism are `mechanism.REACTION.NUMBER`"),
    ("cells.sample", "all members have the same design of cells"),
];

/// Finds what a path means; anything else is a mistake.
pub fn find(path: &str, at: Span, known: &Known, reading: &mut Reading) -> Option<Subject> {
    if let Some(subject) = known.subjects().iter().find(|subject| subject.path == path) {
        return Some(subject.clone());
    }
    if let Some(mechanism) = known.mechanism().filter(|_| laws::is_of_mechanism(path)) {
        return match laws::find(path, mechanism) {
            Ok(subject) => Some(subject),
            Err((message, help)) => {
                reading.error(at, message, help);
                None
            }
        };
    }
    let begins = |start: &str| path == start || path.strip_prefix(start).is_some_and(|rest| rest.starts_with('.'));
    let shared = || SHARED.iter().find(|(start, _)| begins(start)).map(|(_, reason)| *reason);
    if let Some(reason) = known.reason(path).or_else(shared) {
        reading.error(at, format!("`{path}` cannot differ between members: {reason}"), "remove it from the axis");
        return None;
    }
    let help = if let Some(near) = known.nearest(path) {
        format!("did you mean `{near}`?")
    } else {
        let shown: Vec<String> = known.subjects().iter().take(12).map(|s| format!("`{}`", s.path)).collect();
        let more = if known.subjects().len() > shown.len() { ", …" } else { "" };
        format!("what may differ: {}{more}", shown.join(", "))
    };
    reading.error(at, format!("`{path}` is nothing that members can differ in"), help);
    None
}
