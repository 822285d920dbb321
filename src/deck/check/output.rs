//! The section `output`: the file, what goes into it and when.

use std::path::{Path, PathBuf};

use super::chemistry::or_default;
use super::time::Time;
use super::vocabulary::Vocabulary;
use super::{Overrides, reduce, regions};
use crate::clock::Schedule;
use crate::deck::defaults;
use crate::deck::node::{Node, Value};
use crate::deck::reader::{Reading, Table, suggestion};
use crate::deck::sources::{Sources, resolve};
use crate::diagnostic::Span;
use crate::plan::{Chunk, Compression, EnsemblePlan, OutputPlan, OutputVariable, Precision, Stream, Work};
use crate::statistics::Regions;

/// What the section needs from elsewhere, as far as it could be read.
pub struct Outputs<'a> {
    pub sources: &'a Sources,
    pub overrides: &'a Overrides,
    pub vocabulary: Option<&'a Vocabulary>,
    pub time: Option<&'a Time>,
    /// How many cells or particles a member has.
    pub count: u64,
    /// The ensemble, if it could be read.
    pub ensemble: Option<&'a EnsemblePlan>,
    /// There is one, and what is wrong with it has been said.
    pub unread_ensemble: bool,
    pub work: Option<&'a Work>,
}

/// What a stream needs from elsewhere.
pub struct Context<'a> {
    pub vocabulary: &'a Vocabulary,
    pub regions: &'a Regions,
    pub count: u64,
    pub ensemble: Option<&'a EnsemblePlan>,
    pub unread_ensemble: bool,
    pub work: Option<&'a Work>,
    /// The command line asks for some of the members only.
    pub some_members: bool,
}

/// Reads the section; without it everything is written at every step.
pub fn read(node: Option<&Node>, outputs: &Outputs<'_>, reading: &mut Reading) -> Option<OutputPlan> {
    let Outputs { sources, overrides, vocabulary, time, count, ensemble, unread_ensemble, work } = *outputs;
    let empty = Node { value: Value::Map(Vec::new()), at: Span::default() };
    let mut table = Table::open(node.unwrap_or(&empty), "output", reading)?;
    let file_node = table.get("file");
    let streams_node = table.get("streams");
    let compression_node = table.get("compression");
    let precision_node = table.get("precision");
    let chunk_node = table.get("chunk");
    let regions_node = table.get("regions");
    table.finish(&["inputs", "restart"], reading);
    let (file, file_origin) = read_file(file_node, sources, overrides, reading);
    let compression = read_compression(compression_node, reading);
    let known = [("double", Precision::Double), ("single", Precision::Single)];
    let given = |n: &Node, r: &mut Reading| r.choice(n, "`output.precision`", &known);
    let (word, default) = defaults::PRECISION;
    let precision = or_default(precision_node, "output.precision", (word.to_owned(), default), reading, given);
    let (word, default) = defaults::CHUNK;
    let chunk = or_default(chunk_node, "output.chunk", (word.to_owned(), default), reading, read_chunk);
    let regions = match (regions_node, vocabulary) {
        (None, _) => Some(Regions::Shapes(Vec::new())),
        (Some(node), Some(vocabulary)) => regions::read(node, vocabulary.mesh, sources.mask.as_ref(), reading),
        (Some(_), None) => None,
    };
    let streams = if let Some(node) = streams_node {
        let known = vocabulary.zip(regions.as_ref());
        let some_members = overrides.members.is_some();
        let context = known.map(|(vocabulary, regions)| Context {
            vocabulary,
            regions,
            count,
            ensemble,
            unread_ensemble,
            work,
            some_members,
        });
        read_streams(node, context.as_ref(), time, reading)
    } else {
        reading.origin_default("output.streams", "every: step, variables: all");
        vocabulary.map(|v| vec![everything(v)])
    };
    Some(OutputPlan { file, file_origin, streams: streams?, regions: regions?, compression, precision, chunk })
}

/// A number of items, or `all`, or `auto`.
fn read_chunk(node: &Node, reading: &mut Reading) -> Option<Chunk> {
    match node.text() {
        Some("auto") => Some(Chunk::Auto),
        Some("all") => Some(Chunk::All),
        Some(text) if text.starts_with(|c: char| c.is_ascii_alphabetic()) => {
            let message = format!("`output.chunk`: unknown `{text}`");
            reading.error(node.at, message, "write a number of items, such as `1000`, or `all` or `auto`");
            None
        }
        _ => reading.count(node, "`output.chunk`", 1).map(Chunk::Items),
    }
}

fn everything(vocabulary: &Vocabulary) -> Stream {
    Stream {
        schedule: Schedule::Every { stride: 1 },
        time_dimension: "time".to_owned(),
        variables: vocabulary.all.clone(),
        reduction: None,
    }
}

fn read_file(
    node: Option<&Node>,
    sources: &Sources,
    overrides: &Overrides,
    reading: &mut Reading,
) -> (PathBuf, String) {
    let deck = Path::new(&sources.deck.name);
    let named = node.and_then(|n| reading.text(n, "`output.file`").map(|text| (n, resolve(deck, text))));
    if let Some((n, path)) = &named
        && (path.is_dir_like() || path.file_name().is_none())
    {
        reading.error(n.at, "`output.file` is no file name", "write `file: run.nc`");
    }
    let (path, origin) = match (&overrides.output, named) {
        (Some(path), _) => (path.clone(), "command line".to_owned()),
        (None, Some((n, path))) => (path, format!("{}:{}", reading.file, n.at.line)),
        (None, None) => (deck.with_extension("nc"), "default".to_owned()),
    };
    reading.origin("output.file", path.display().to_string(), &origin);
    (path, origin)
}

/// Whether a path is written as a directory.
trait DirLike {
    fn is_dir_like(&self) -> bool;
}

impl DirLike for PathBuf {
    fn is_dir_like(&self) -> bool {
        self.to_string_lossy().ends_with('/')
    }
}

fn read_compression(node: Option<&Node>, reading: &mut Reading) -> Compression {
    let Some(node) = node else {
        reading.origin_default("output.compression", "none");
        return defaults::COMPRESSION;
    };
    let (word, level, at) = match &node.value {
        Value::Map(entries) if entries.len() == 1 => {
            (entries[0].key.clone(), entries[0].node.text().map(str::to_owned), entries[0].node.at)
        }
        _ => {
            let Some(text) = reading.text(node, "`output.compression`") else {
                return defaults::COMPRESSION;
            };
            let mut words = text.split_whitespace();
            (words.next().unwrap_or_default().to_owned(), words.next().map(str::to_owned), node.at)
        }
    };
    let mut level_up_to = |default: u8, most: u8| {
        let Some(text) = &level else {
            return default;
        };
        let level = text.parse().ok().filter(|l| (1..=most).contains(l));
        if level.is_none() {
            let message = format!("`output.compression`: {word} has no level `{text}`");
            reading.error(at, message, format!("write `{word} {default}`, from 1 to {most}"));
        }
        level.unwrap_or(default)
    };
    let compression = match word.as_str() {
        "none" => Compression::None,
        "deflate" => Compression::Deflate(level_up_to(defaults::DEFLATE_LEVEL, 9)),
        "zstd" => {
            let message = "`output.compression`: most netCDF libraries cannot read zstd without a plugin";
            reading.error(at, message, format!("write `deflate {}`", defaults::DEFLATE_LEVEL));
            Compression::None
        }
        _ => {
            let message = format!("`output.compression`: unknown `{word}`");
            reading.error(at, message, suggestion(&word, &["none", "deflate"]));
            Compression::None
        }
    };
    let value = match compression {
        Compression::None => "none".to_owned(),
        Compression::Deflate(level) => format!("deflate {level}"),
    };
    reading.origin_line("output.compression", value, node.at);
    compression
}

fn read_streams(
    node: &Node,
    context: Option<&Context<'_>>,
    time: Option<&Time>,
    reading: &mut Reading,
) -> Option<Vec<Stream>> {
    let items = reading.list(node, "`output.streams`")?;
    if items.is_empty() {
        reading.error(node.at, "`output.streams` is empty", "add `- {every: step, variables: all}`, or remove the key");
    }
    let mut streams: Vec<Stream> = Vec::new();
    let mut taken = reduce::Taken::new();
    let mut complete = !items.is_empty();
    for (index, item) in items.iter().enumerate() {
        match read_stream(item, index, (&streams, &mut taken), context, time, reading) {
            Some(stream) => streams.push(stream),
            None => complete = false,
        }
    }
    complete.then_some(streams)
}

fn read_stream(
    node: &Node,
    index: usize,
    (before, taken): (&[Stream], &mut reduce::Taken),
    context: Option<&Context<'_>>,
    time: Option<&Time>,
    reading: &mut Reading,
) -> Option<Stream> {
    let path = format!("output.streams[{index}]");
    let mut table = Table::open(node, &path, reading)?;
    let every = table.get("every");
    let at = table.get("at");
    let variables_node = table.require("variables", "variables: all");
    let nodes = reduce::Nodes {
        reduce: table.get("reduce"),
        by: table.get("by"),
        over: table.get("over"),
        sensitivity: table.get("sensitivity"),
        density: table.get("density"),
        connectivity: table.get("connectivity"),
    };
    let meant = table.finish(&["where", "name"], reading);
    let schedule = match (every, at) {
        (Some(n), None) => time.and_then(|t| t.every(n, reading)),
        (None, Some(n)) => time.and_then(|t| t.at(n, reading)),
        (Some(n), Some(_)) => {
            reading.error(n.at, format!("`{path}` has both `every` and `at`"), "keep one, or write two streams");
            None
        }
        (None, None) if meant.contains(&"every") || meant.contains(&"at") => None,
        (None, None) => {
            reading.error(
                node.at,
                format!("`{path}` says not when"),
                "add `every: step`, `every: 10 min` or `at: end`",
            );
            None
        }
    };
    let context = context?;
    let mut variables = read_variables(variables_node?, &path, context.vocabulary, reading)?;
    let reduction = reduce::read(nodes, (&path, node.at), &variables, context, taken, reading);
    let (schedule, name) = schedule?;
    let time_dimension = time_dimension(&schedule, &name, before);
    let reduction = match reduction {
        reduce::Read::Nothing => None,
        reduce::Read::Reduction(reduction) => Some(reduction),
        reduce::Read::Wrong => return None,
    };
    let reduced = reduction.as_ref().map_or(String::new(), |reduction| {
        let names: Vec<&str> = reduction.statistics.iter().map(crate::statistics::Statistic::name).collect();
        let maps = [
            (reduction.indices, "sobol"),
            (reduction.density.is_some(), "density"),
            (reduction.connectivity, "connectivity"),
        ];
        let maps = maps.into_iter().filter(|map| map.0).map(|map| map.1);
        format!(", reduced to {}", names.into_iter().chain(maps).collect::<Vec<_>>().join(", "))
    });
    if reduction.is_none() {
        refuse_repeated(&mut variables, &time_dimension, before, context.vocabulary, reading);
    }
    let when = match (every, at) {
        (Some(n), _) => format!("every {}", n.spelling()),
        (None, n) => format!("at {}", n.map(Node::spelling).unwrap_or_default()),
    };
    let count = variables.len();
    let noun = if count == 1 { "variable" } else { "variables" };
    let value = format!("{when}: {count} {noun} on `{time_dimension}`{reduced}");
    reading.origin_line(path, value, node.at);
    // What is reduced is not written item by item.
    let variables = if reduction.is_some() { Vec::new() } else { variables.into_iter().map(|v| v.0).collect() };
    Some(Stream { schedule, time_dimension, variables, reduction })
}

/// The variables of a stream, each with the place that names it.
fn read_variables(
    node: &Node,
    path: &str,
    vocabulary: &Vocabulary,
    reading: &mut Reading,
) -> Option<Vec<(OutputVariable, Span)>> {
    let items = match &node.value {
        Value::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    let mut variables: Vec<(OutputVariable, Span)> = Vec::new();
    let mut complete = true;
    for item in items {
        let text = reading.text(item, &format!("`{path}.variables`"))?;
        let found: Vec<OutputVariable> = match text {
            "all" => vocabulary.all.clone(),
            "none" if items.len() == 1 => Vec::new(),
            _ => match vocabulary.find(text) {
                Ok(variable) => vec![variable],
                Err(help) => {
                    reading.error(item.at, format!("unknown variable `{text}`"), help);
                    complete = false;
                    continue;
                }
            },
        };
        for variable in found {
            if !variables.iter().any(|v| v.0 == variable) {
                variables.push((variable, item.at));
            }
        }
    }
    complete.then_some(variables)
}

/// `time` for the first clock, `time_…` for others; streams with the same schedule share one.
fn time_dimension(schedule: &Schedule, name: &str, before: &[Stream]) -> String {
    if let Some(same) = before.iter().find(|s| s.schedule == *schedule) {
        return same.time_dimension.clone();
    }
    if before.is_empty() {
        return "time".to_owned();
    }
    let taken = |name: &str| before.iter().any(|s| s.time_dimension == name);
    let wanted = format!("time_{name}");
    if !taken(&wanted) {
        return wanted;
    }
    // There are at most as many names as streams before.
    let numbered = (2..before.len() + 3).map(|n| format!("{wanted}_{n}"));
    numbered.into_iter().find(|n| !taken(n)).unwrap_or(wanted)
}

/// A variable has one name in the file, hence one clock. On the same clock a repetition is left out.
fn refuse_repeated(
    variables: &mut Vec<(OutputVariable, Span)>,
    time_dimension: &str,
    before: &[Stream],
    vocabulary: &Vocabulary,
    reading: &mut Reading,
) {
    let mut refused: Vec<(String, Span, String)> = Vec::new();
    variables.retain(|(variable, at)| {
        let Some(other) = before.iter().find(|s| s.variables.contains(variable)) else {
            return true;
        };
        if other.time_dimension != time_dimension {
            refused.push((vocabulary.name(*variable), *at, other.time_dimension.clone()));
        }
        false
    });
    let Some((first, at, clock)) = refused.first() else {
        return;
    };
    let others = if refused.len() > 1 { format!(" and {} more", refused.len() - 1) } else { String::new() };
    let message = format!("`{first}`{others}: already written by an earlier stream with another clock (`{clock}`)");
    reading.error(*at, message, "a variable has one clock in a file; name it in one of the two streams only");
}
