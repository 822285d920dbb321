//! Which field files a deck names, found before anything is checked: rank 0 looks into them, and `check` then holds
//! deck and files against each other. Tolerant, since `check` reports what is wrong; it never fails.

use std::path::{Path, PathBuf};

use super::node::{self, Entry, Node, Value};
use super::sources::{Sources, resolve};
use crate::advection::field::Staggering;
use crate::field_head::{DimensionNames, FieldRequest};
use crate::quantity::{self, Dimension};

/// Where a deck names a mask.
pub const MASK: &str = "output.regions";
/// Keys of `fields` that are no fields.
pub const RESERVED: [&str; 6] = ["mesh", "grid", "coordinates", "in_time", "region", "additional"];

/// The fields in files that the deck asks for, in its order.
#[must_use]
pub fn field_requests(sources: &Sources) -> Vec<FieldRequest> {
    let Some(tree) = sources.deck.content.as_ref().ok().and_then(|text| node::parse(&sources.deck.name, text).ok())
    else {
        return Vec::new();
    };
    let Some(fields) = tree.get("fields") else {
        return Vec::new();
    };
    let deck = Path::new(&sources.deck.name);
    let staggering = match fields.get("grid").and_then(Node::text) {
        Some("c") => Staggering::C,
        _ => Staggering::A,
    };
    let coordinates = fields.get("coordinates").and_then(Node::text).map(|text| in_deck(deck, text));
    let common = Common { deck, staggering, coordinates };
    let own = entries(fields).iter().filter(|e| !RESERVED.contains(&e.key.as_str()));
    let mut requests: Vec<FieldRequest> = own.filter_map(|e| request(&e.key, &e.node, &common)).collect();
    for group in fields.get("additional").map_or(&[][..], entries) {
        let parts = entries(&group.node).iter();
        requests.extend(parts.filter_map(|e| request(&format!("{}.{}", group.key, e.key), &e.node, &common)));
    }
    requests
}

/// The release list in NetCDF that the deck names, which a deck cannot read: rank 0 puts what is found there into
/// `Sources::release`.
#[must_use]
pub fn release_request(sources: &Sources) -> Option<PathBuf> {
    let tree = node::parse(&sources.deck.name, sources.deck.content.as_ref().ok()?).ok()?;
    let path = resolve(Path::new(&sources.deck.name), release_file(&tree)?);
    is_netcdf(&path).then_some(path)
}

/// The mask that the deck names for its regions, which a deck cannot read: rank 0 puts what it holds into
/// `Sources::mask`.
#[must_use]
pub fn mask_request(sources: &Sources) -> Option<FieldRequest> {
    let tree = node::parse(&sources.deck.name, sources.deck.content.as_ref().ok()?).ok()?;
    mask_file(&tree)?;
    let common = Common { deck: Path::new(&sources.deck.name), staggering: Staggering::A, coordinates: None };
    request(MASK, tree.get("output")?.get("regions")?, &common)
}

/// By the ending of the name.
pub fn is_netcdf(path: &Path) -> bool {
    path.extension().is_some_and(|e| ["nc", "nc4", "cdf"].iter().any(|known| e.eq_ignore_ascii_case(known)))
}

/// `particles.release.file`.
pub fn release_file(tree: &Node) -> Option<&str> {
    tree.get("particles")?.get("release")?.get("file")?.text()
}

/// `output.regions.file`; a map there is a region of this name.
pub fn mask_file(tree: &Node) -> Option<&str> {
    tree.get("output")?.get("regions")?.get("file")?.text()
}

/// The tables of `ensemble.axes`.
pub fn member_tables(tree: &Node) -> Vec<String> {
    let axes = match tree.get("ensemble").and_then(|n| n.get("axes")).map(|n| &n.value) {
        Some(Value::List(axes)) => axes.as_slice(),
        _ => &[],
    };
    axes.iter().filter_map(|axis| axis.get("table")?.text().map(str::to_owned)).collect()
}

/// The variable of a field that names none: its own name, `U` of `stokes.U`.
pub fn variable_of(field: &str) -> &str {
    field.rsplit('.').next().unwrap_or(field)
}

/// What the fields of a deck share.
struct Common<'a> {
    deck: &'a Path,
    staggering: Staggering,
    coordinates: Option<String>,
}

fn in_deck(deck: &Path, text: &str) -> String {
    resolve(deck, text).display().to_string()
}

fn entries(node: &Node) -> &[Entry] {
    match &node.value {
        Value::Map(entries) => entries,
        _ => &[],
    }
}

fn request(name: &str, node: &Node, common: &Common<'_>) -> Option<FieldRequest> {
    let files: Vec<String> = match &node.get("file")?.value {
        Value::List(items) => items.iter().filter_map(Node::text).map(|t| in_deck(common.deck, t)).collect(),
        Value::Scalar { text, .. } => vec![in_deck(common.deck, text)],
        _ => Vec::new(),
    };
    if files.is_empty() {
        return None;
    }
    let text = |key: &str| node.get(key).and_then(Node::text);
    let dimension = |key: &str| node.get("dimensions").and_then(|d| d.get(key)).and_then(Node::text).map(str::to_owned);
    Some(FieldRequest {
        name: name.to_owned(),
        files,
        variable: text("variable").unwrap_or_else(|| variable_of(name)).to_owned(),
        dimensions: DimensionNames {
            lon: dimension("lon"),
            lat: dimension("lat"),
            depth: dimension("depth"),
            time: dimension("time"),
        },
        coordinates: common.coordinates.clone(),
        staggering: common.staggering,
        every: text("every").and_then(|t| quantity::parse(t, Dimension::TIME).ok()).filter(|s| *s > 0.0),
    })
}
