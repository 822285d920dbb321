//! Site profiles: YAML files that tell `jobscript` how jobs are written at a computing centre.
//!
//! Some are shipped inside the program; users add files of their own, which may extend a shipped one.

use std::path::{Path, PathBuf};

use super::node::{self, Node};
use super::reader::{Reading, Table, suggestion};
use super::sources::read_text;
use crate::diagnostic::{Diagnostic, Report, Span};
use crate::jobscript::{Account, Scheduler, Site};
use crate::quantity::Dimension;

/// Profiles inside the program, by name.
const SHIPPED: [(&str, &str); 7] = [
    ("generic-slurm", include_str!("../../jobscripts/sites/generic-slurm.yaml")),
    ("generic-pbs", include_str!("../../jobscripts/sites/generic-pbs.yaml")),
    ("derecho", include_str!("../../jobscripts/sites/derecho.yaml")),
    ("derecho-preempt", include_str!("../../jobscripts/sites/derecho-preempt.yaml")),
    ("casper", include_str!("../../jobscripts/sites/casper.yaml")),
    ("perlmutter", include_str!("../../jobscripts/sites/perlmutter.yaml")),
    ("juwels", include_str!("../../jobscripts/sites/juwels.yaml")),
];

/// Largest profile, bytes.
const LARGEST: u64 = 1 << 20;

/// Placeholders of `launcher`.
const PLACEHOLDERS: [&str; 3] = ["{ranks}", "{ranks_per_node}", "{nodes}"];

/// Reads a profile: a file when `name` looks like one, else `NAME.yaml` in one of `folders`, else a shipped one.
///
/// # Errors
/// When there is no such profile, or all mistakes in it.
pub fn find(name: &str, folders: &[PathBuf]) -> Result<Site, Report> {
    let file = Path::new(name);
    if name.contains('/') || file.extension().is_some_and(|e| e == "yaml" || e == "yml") {
        return read_file(file);
    }
    let mine = folders.iter().map(|folder| folder.join(format!("{name}.yaml"))).find(|path| path.is_file());
    match mine {
        Some(path) => read_file(&path),
        None => shipped(name).ok_or_else(|| unknown(name, folders)),
    }
}

fn unknown(name: &str, folders: &[PathBuf]) -> Report {
    let names: Vec<&str> = SHIPPED.iter().map(|s| s.0).collect();
    let looked: Vec<_> = folders.iter().map(|f| f.display().to_string()).collect();
    let help = format!(
        "{}; or name a profile of your own with its path, or put {name}.yaml into {}",
        suggestion(name, &names),
        looked.join(" or ")
    );
    whole("command line", format!("there is no site `{name}`"), help)
}

fn whole(file: &str, message: String, help: String) -> Report {
    let diagnostic = Diagnostic { file: file.to_owned(), span: Span::default(), message, help: Some(help) };
    Report::new(vec![diagnostic], Vec::new())
}

fn shipped(name: &str) -> Option<Site> {
    let (name, text) = SHIPPED.iter().find(|s| s.0 == name)?;
    read(name, &format!("{name}.yaml"), text).ok()
}

fn read_file(path: &Path) -> Result<Site, Report> {
    let file = read_text(path, LARGEST);
    let stem = path.file_stem().map_or_else(|| file.name.clone(), |stem| stem.to_string_lossy().into_owned());
    match &file.content {
        Ok(text) => read(&stem, &file.name, text),
        Err(reason) => {
            let help = "name a site profile with --site; `jobscripts/sites` holds examples".to_owned();
            Err(whole(&file.name, format!("the site profile cannot be read: {reason}"), help))
        }
    }
}

/// Reads the text of a profile.
///
/// # Errors
/// All mistakes in it.
pub fn read(name: &str, file: &str, text: &str) -> Result<Site, Report> {
    let mut reading = Reading::new(file);
    let texts = || vec![(file.to_owned(), text.to_owned())];
    let root = node::parse(file, text).map_err(|problems| Report::new(problems, texts()))?;
    let site = Table::open(&root, "", &mut reading).and_then(|table| read_site(name, table, &mut reading));
    match site {
        Some(site) if reading.problems.is_empty() => Ok(site),
        _ => Err(Report::new(reading.problems, texts())),
    }
}

fn read_site(name: &str, mut table: Table<'_>, reading: &mut Reading) -> Option<Site> {
    let base = match table.get("extends") {
        Some(node) => Some(read_base(node, reading)?),
        None => None,
    };
    let mut site = base.clone().unwrap_or_else(|| blank(name));
    name.clone_into(&mut site.name);
    let mut required = |key, example| {
        if base.is_none() { table.require(key, example) } else { table.get(key) }
    };
    let title = required("title", "title: the cluster of my institute");
    let scheduler = required("scheduler", "scheduler: slurm");
    let node = required("node", "node: {cores: 64}");
    let launcher = required("launcher", "launcher: srun --mpi=pmix -n {ranks}");
    set(title, &mut site.title, |n| text(n, "title", reading));
    let known = [("slurm", Scheduler::Slurm), ("pbs", Scheduler::Pbs)];
    set(scheduler, &mut site.scheduler, |n| reading.choice(n, "scheduler", &known));
    set(launcher, &mut site.launcher, |n| read_launcher(n, reading));
    if let Some(node) = node {
        read_node(node, &mut site, reading);
    }
    if let Some(limits) = table.get("limits") {
        read_limits(limits, &mut site, reading);
    }
    set(table.get("account"), &mut site.account, |n| {
        let account = text(n, "account", reading)?;
        Some(if account == "required" { Account::Required } else { Account::Named(account) })
    });
    set(table.get("queue"), &mut site.queue, |n| text(n, "queue", reading).map(Some));
    set(table.get("directives"), &mut site.directives, |n| lines(n, "directives", reading));
    set(table.get("modules"), &mut site.modules, |n| lines(n, "modules", reading));
    set(table.get("environment"), &mut site.environment, |n| read_environment(n, reading));
    set(table.get("tmpdir"), &mut site.scratch, |n| text(n, "tmpdir", reading).map(Some));
    set(table.get("notice"), &mut site.notice, |n| seconds(n, "notice", reading));
    set(table.get("grace"), &mut site.grace, |n| seconds(n, "grace", reading).map(Some));
    table.finish(&[], reading);
    Some(site)
}

/// Puts what was read into its place; a value that is wrong or not there leaves the place as it is.
fn set<T>(node: Option<&Node>, place: &mut T, read: impl FnOnce(&Node) -> Option<T>) {
    if let Some(value) = node.and_then(read) {
        *place = value;
    }
}

fn blank(name: &str) -> Site {
    Site {
        name: name.to_owned(),
        title: name.to_owned(),
        scheduler: Scheduler::Slurm,
        cores: 1,
        threads_per_core: 1,
        nodes: None,
        longest: None,
        account: Account::Optional,
        queue: None,
        directives: Vec::new(),
        shared: false,
        memory: None,
        modules: Vec::new(),
        environment: Vec::new(),
        scratch: None,
        launcher: String::new(),
        notice: 300,
        grace: None,
    }
}

fn read_base(node: &Node, reading: &mut Reading) -> Option<Site> {
    let name = reading.text(node, "extends")?;
    let base = shipped(name);
    if base.is_none() {
        let names: Vec<&str> = SHIPPED.iter().map(|s| s.0).collect();
        reading.error(node.at, format!("`extends` names no shipped site: `{name}`"), suggestion(name, &names));
    }
    base
}

fn read_node(node: &Node, site: &mut Site, reading: &mut Reading) {
    let Some(mut table) = Table::open(node, "node", reading) else {
        return;
    };
    let cores = if site.launcher.is_empty() { table.require("cores", "cores: 64") } else { table.get("cores") };
    set(cores, &mut site.cores, |n| reading.count(n, "node.cores", 1));
    let threads = table.get("threads_per_core");
    set(threads, &mut site.threads_per_core, |n| reading.count(n, "node.threads_per_core", 1));
    let words = [("yes", true), ("no", false), ("true", true), ("false", false)];
    set(table.get("shared"), &mut site.shared, |n| reading.choice(n, "node.shared", &words));
    set(table.get("memory_per_rank"), &mut site.memory, |n| gigabytes(n, reading).map(Some));
    table.finish(&[], reading);
}

fn gigabytes(node: &Node, reading: &mut Reading) -> Option<u64> {
    let text = reading.text(node, "node.memory_per_rank")?;
    let count = text.strip_suffix("GB").and_then(|number| number.trim_end().parse().ok()).filter(|n| *n > 0);
    if count.is_none() {
        reading.error(node.at, format!("node.memory_per_rank: `{text}` is no such memory"), "write whole `2 GB`");
    }
    count
}

fn read_limits(node: &Node, site: &mut Site, reading: &mut Reading) {
    let Some(mut table) = Table::open(node, "limits", reading) else {
        return;
    };
    set(table.get("nodes"), &mut site.nodes, |n| reading.count(n, "limits.nodes", 1).map(Some));
    set(table.get("walltime"), &mut site.longest, |n| seconds(n, "limits.walltime", reading).map(Some));
    table.finish(&[], reading);
}

fn read_launcher(node: &Node, reading: &mut Reading) -> Option<String> {
    let launcher = text(node, "launcher", reading)?;
    let rest = PLACEHOLDERS.iter().fold(launcher.clone(), |rest, known| rest.replace(known, ""));
    // `${NAME}` belongs to the shell.
    if let Some(at) = rest.match_indices('{').map(|(at, _)| at).find(|at| !rest[..*at].ends_with('$')) {
        let name: String = rest[at..].chars().take_while(|c| *c != '}').chain(['}']).collect();
        reading.error(node.at, format!("launcher: unknown `{name}`"), suggestion(&name, &PLACEHOLDERS));
        return None;
    }
    Some(launcher)
}

fn read_environment(node: &Node, reading: &mut Reading) -> Option<Vec<(String, String)>> {
    let table = Table::open(node, "environment", reading)?;
    let mut out = Vec::new();
    for entry in table.entries() {
        let letters = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if !entry.key.chars().all(letters) || entry.key.starts_with(|c: char| c.is_ascii_digit()) {
            let message = format!("`{}` is no name of an environment variable", entry.key);
            reading.error(entry.key_at, message, "write letters, digits and `_`");
        }
        out.extend(text(&entry.node, &entry.key, reading).map(|value| (entry.key.clone(), value)));
    }
    Some(out)
}

fn lines(node: &Node, what: &str, reading: &mut Reading) -> Option<Vec<String>> {
    let items = reading.list(node, what)?;
    items.iter().map(|item| text(item, what, reading)).collect()
}

/// A text on one line, which cannot add lines of its own to a script.
fn text(node: &Node, what: &str, reading: &mut Reading) -> Option<String> {
    let text = reading.text(node, what)?;
    if text.contains('\n') {
        reading.error(node.at, format!("{what} has more than one line"), "write it on one line");
        return None;
    }
    Some(text.to_owned())
}

fn seconds(node: &Node, what: &str, reading: &mut Reading) -> Option<u64> {
    let seconds = reading.quantity(node, what, Dimension::TIME)?;
    if !(1.0..1e9).contains(&seconds) {
        reading.error(node.at, format!("{what}: this is no possible time"), "write one such as `5 min`");
        return None;
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // in range, as just checked
    Some(seconds as u64)
}

#[cfg(test)]
#[path = "site/tests.rs"]
mod tests;
