//! What must hold for any input at all. Each function takes the bytes of one input and panics when something does not
//! hold; `cargo fuzz` looks for such bytes, and the test suite replays what was found before.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chemdrift::advection::field::Staggering;
use chemdrift::deck::describe::describe_plan;
use chemdrift::deck::mechanism::read_mechanism;
use chemdrift::deck::site::read as read_site;
use chemdrift::deck::sources::{Sources, TableHead, TextFile};
use chemdrift::deck::table::read_table;
use chemdrift::deck::{Look, Overrides, Report, check, field_requests, release_list};
use chemdrift::expression::{Input, NameUnit, Scope, Scratch, Wanted, compile};
use chemdrift::field_head::{
    Axes, Calendar, Dimension as Axis, DimensionNames, FieldHead, FieldRequest, HorizontalHead, Reversed, Role,
    SnapshotHead,
};
use chemdrift::io::checkpoint::header::{Header, sealed};
use chemdrift::io::fields::{FieldReader, inspect, read_release_list};
use chemdrift::jobscript::{Job, write};
use chemdrift::plan::Work;
use chemdrift::quantity::{self, Dimension};

/// Looks at one input, and panics when something does not hold.
type Target = fn(&[u8]);

/// The targets by name.
pub const TARGETS: [(&str, Target); 9] = [
    ("cells_table", cells_table),
    ("checkpoint", checkpoint),
    ("deck", deck),
    ("expression", expression),
    ("field_file", field_file),
    ("mechanism", mechanism),
    ("quantity", quantity),
    ("release_list", release_list),
    ("site", site),
];

/// A deck is right and can be described, or has mistakes with a place each.
pub fn deck(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut sources = sources(text);
    for request in field_requests(&sources) {
        let units = match request.name.rsplit('.').next() {
            Some("U" | "V" | "W") => "m s-1",
            Some("Kh" | "Kh_zonal" | "Kh_meridional") => "m2 s-1",
            _ => "degC",
        };
        sources.fields.insert(request.name.clone(), Ok(head(request, units)));
    }
    match check(&sources, &Overrides::default()) {
        Ok(plan) => assert!(!describe_plan(&plan, 3).is_empty()),
        Err(report) => has_places(&report),
    }
}

/// A mechanism has the species that its reactions name, or mistakes with a place each.
pub fn mechanism(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let read = read_mechanism(text, "mechanism.yaml");
    assert_ne!(read.mechanism.is_none(), read.problems.is_empty(), "a mechanism or mistakes, not both");
    for problem in &read.problems {
        assert!(problem.span.offset + problem.span.length <= text.len() + 1, "a place outside the text");
    }
}

/// A quantity that is read is a number, and the same one with blanks around it.
pub fn quantity(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for wanted in [Dimension::NONE, Dimension::LENGTH, Dimension::TIME, Dimension::VELOCITY] {
        match quantity::parse(text, wanted) {
            Ok(value) => {
                assert!(value.is_finite(), "{value}");
                assert_eq!(quantity::parse(&format!(" {text} "), wanted).ok(), Some(value));
            }
            Err(error) => assert!(!error.message.is_empty()),
        }
    }
    if let Ok(unit) = quantity::parse_unit(text) {
        assert!(unit.factor() > 0.0 && unit.factor().is_finite(), "{}", unit.factor());
    }
    let _ = (quantity::parse_count(text), quantity::parse_number(text));
}

/// An expression that compiles prints as one that compiles to the same, and can be computed.
pub fn expression(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut scope = Scope::spherical();
    let _ = scope.add("biomass", NameUnit::Known(Dimension::NONE), Input::Variable(0));
    let _ = scope.add("temperature", NameUnit::Unknown, Input::Field(0));
    for wanted in [Wanted::Truth, Wanted::Dimension(Dimension::VELOCITY)] {
        match compile(text, &scope, wanted) {
            Ok(program) => {
                let again = compile(program.text(), &scope, wanted);
                assert_eq!(again.as_ref().map(ToString::to_string).ok().as_deref(), Some(program.text()));
                let inputs = vec![&[0.5_f64][..]; program.inputs().len()];
                let mut out = [0.0; 3];
                program.evaluate(&inputs, &mut |_, out| out.fill(0.25), &mut Scratch::default(), &mut out);
            }
            Err(mistakes) => {
                assert!(!mistakes.is_empty());
                assert!(mistakes.iter().all(|m| m.offset <= text.len()), "a place outside the text");
            }
        }
    }
}

/// A table of cells gives as many numbers for every column as it has cells, or mistakes.
pub fn cells_table(data: &[u8]) {
    let file = Temporary::new("cells.csv", data);
    let text = String::from_utf8_lossy(data);
    let first = text.split_inclusive('\n').next().unwrap_or_default().to_owned();
    let rows = text.lines().skip(1).filter(|line| !line.trim().is_empty()).count() as u64;
    let mut sources = sources(CELLS_DECK);
    sources.table = Some(TableHead { name: file.name(), content: Ok((first, rows)) });
    let Ok(plan) = check(&sources, &Overrides::default()) else { return };
    let Work::Chemistry { chemistry, cells } = &plan.work else { panic!("the deck has cells") };
    let Some(table) = &cells.table else { panic!("the deck has a table") };
    let mut table = table.clone();
    table.path.clone_from(&file.0);
    match read_table(cells, &table, &chemistry.mechanism) {
        Ok(columns) => {
            assert_eq!(columns.len(), table.columns.len());
            assert!(columns.iter().all(|column| column.len() as u64 == cells.count));
        }
        Err(report) => has_places(&report),
    }
}

/// The header of a checkpoint reads as what it was written as, or is refused with a reason. Bytes are looked at with their
/// own checksum, which hardly ever fits, and with one that does.
pub fn checkpoint(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let body = text.rsplit_once("sha256: ").map_or(&*text, |(body, _)| body);
    for text in [text.to_string(), sealed(body.to_owned())] {
        match Header::parse(&text) {
            Ok(header) => assert_eq!(Header::parse(&header.text()), Ok(header)),
            Err(reason) => assert!(!reason.is_empty()),
        }
    }
}

/// A site profile that is right makes a script, or the job is refused with reasons.
pub fn site(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let site = match read_site("mine", "mine.yaml", text) {
        Ok(site) => site,
        Err(report) => return has_places(&report),
    };
    for (ranks, walltime) in [(1, 60), (4096, 43_200)] {
        let job = Job {
            decks: vec![("deck.yaml".to_owned(), "run.nc".to_owned())],
            ranks,
            ranks_per_node: None,
            walltime,
            account: None,
            program: "chemdrift".to_owned(),
            file: None,
        };
        match write(&site, &job) {
            Ok(script) => assert!(script.starts_with("#!") && script.contains("deck.yaml"), "{script}"),
            Err(refusals) => assert!(!refusals.is_empty()),
        }
    }
}

/// A release list that passes the first look can be read as a whole.
pub fn release_list(data: &[u8]) {
    let file = Temporary::new("release.csv", data);
    match release_list::inspect(&file.0).content {
        Ok(summary) => {
            let list = release_list::read(&file.0, summary.rows, Some((Calendar::Standard, 0.0)), false);
            if let Ok(list) = list {
                assert_eq!(list.lon.len() as u64, summary.rows);
                assert_eq!(list.lat.len() as u64, summary.rows);
            }
        }
        Err(problems) => assert!(!problems.is_empty()),
    }
}

/// A classic field file that passes the first look can be read, or says why not. NetCDF-4 is left out: what damaged HDF5
/// metadata does is the HDF5 library's affair (1.10 searches some global heaps for minutes).
pub fn field_file(data: &[u8]) {
    if !data.starts_with(b"CDF") {
        return;
    }
    let file = Temporary::new("field.nc", data);
    for (variable, staggering) in [("u", Staggering::A), ("uo", Staggering::C)] {
        let request = FieldRequest {
            name: "U".to_owned(),
            files: vec![file.name()],
            variable: variable.to_owned(),
            dimensions: DimensionNames::default(),
            coordinates: None,
            staggering,
            every: None,
        };
        if let Ok(head) = inspect(&request)
            && let Ok((mut reader, _)) = FieldReader::open(&head, None)
        {
            for snapshot in 0..head.snapshots.len().min(3) {
                let _ = reader.read(snapshot);
            }
        }
    }
    let _ = read_release_list(&file.0);
}

const CELLS_DECK: &str = "
title: cells
chemistry: {mechanism: abc.yaml}
cells:
  table: cells.csv
  set: {temperature: 300 K, pressure: 1 atm}
time: {step: 1 s, end: 3 s}
output: {file: cells.nc}
";

const ABC: &str = include_str!("../../inputs/mechanisms/abc/mechanism.yaml");

fn sources(deck: &str) -> Sources {
    let text = |name: &str, content: &str| TextFile { name: name.to_owned(), content: Ok(content.to_owned()) };
    Sources {
        deck: text("deck.yaml", deck),
        mechanism: Some(text("abc.yaml", ABC)),
        initial: Some(text("initial.csv", "A [mol m-3],B [mol m-3]\n1,2\n")),
        table: Some(TableHead { name: "cells.csv".to_owned(), content: Ok(("temperature\n".to_owned(), 3)) }),
        fields: BTreeMap::new(),
        release: None,
        mask: None,
        members: Vec::new(),
        seed_if_absent: 1,
    }
}

fn head(request: FieldRequest, units: &str) -> FieldHead {
    let axis = |name: &str, length, role| Axis { name: name.to_owned(), length, role };
    let path = request.files.first().cloned().unwrap_or_default();
    let snapshots = (0..10_u32)
        .map(|i| SnapshotHead { path: path.clone(), index: i as usize, time: 1.6e9 + 86_400.0 * f64::from(i) })
        .collect();
    FieldHead {
        request,
        snapshots,
        calendar: Calendar::Standard,
        axes: Axes {
            dimensions: vec![axis("time", 10, Role::Time), axis("lat", 2, Role::Y), axis("lon", 3, Role::X)],
            horizontal: HorizontalHead::Rectilinear {
                lon: vec![0.0, 1.0, 2.0],
                lat: vec![30.0, 31.0],
                degrees: true,
                global: false,
            },
            depth: Vec::new(),
            reversed: Reversed::default(),
        },
        units: units.to_owned(),
        warnings: Vec::new(),
    }
}

fn has_places(report: &Report) {
    assert!(!report.diagnostics.is_empty(), "refused without a reason");
    assert!(report.diagnostics.iter().all(|d| !d.message.is_empty()));
    assert!(!report.render(Look { colour: false, unicode: false }).is_empty());
}

/// A file in memory where the system has such a place, gone when dropped.
struct Temporary(PathBuf);

impl Temporary {
    fn new(name: &str, data: &[u8]) -> Self {
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let path = folder.join(format!("chemdrift-{}-{:?}-{name}", std::process::id(), std::thread::current().id()));
        std::fs::write(&path, data).expect("a temporary file");
        Self(path)
    }

    fn name(&self) -> String {
        self.0.display().to_string()
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}
