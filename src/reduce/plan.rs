//! What a request means for the files: which variables are reduced over which dimensions, with which weights and groups.

use super::describe::{group_name, names_of};
use super::geometry::{Geometry, Role};
use super::groups::Groups;
use super::request::{Request, What, Wish, mistake};
use super::weights::{Latitude, latitude};
use crate::calendar::Calendar;
use crate::deck::suggestion;
use crate::diagnostic::{Diagnostic, Report};
use crate::error::Error;
use crate::io::dataset::{DataSet, Variable};

/// Most values whose counts by size fit 32 bits.
const MOST_COUNTED: usize = u32::MAX as usize;

/// One pass over a variable.
pub struct Task {
    pub variable: Variable,
    pub geometry: Geometry,
    /// The dimensions of the result, slowest first.
    pub dimensions: Vec<(String, usize)>,
    /// Those that are reduced.
    pub over: Vec<String>,
    /// How weights were made, where there are some.
    pub latitude: Option<Latitude>,
    /// What is asked, and the names of the variables that hold it: sums and extremes, or quantiles alone.
    pub whats: Vec<(What, String)>,
}

/// All passes.
pub struct Plan {
    pub tasks: Vec<Task>,
    pub groups: Option<Groups>,
}

impl Plan {
    /// Checks a request against the files.
    ///
    /// # Errors
    /// `Deck` with all mistakes, `File` when a coordinate cannot be read.
    pub fn new(data: &DataSet, request: &Request) -> Result<Self, Error> {
        let mut wrong = Vec::new();
        let all = data.variables();
        let kinds = Kinds::of(data, &all);
        dimensions_are_known(request, &kinds, &mut wrong);
        stop(&mut wrong)?;
        let chosen = variables(request, &kinds, &mut wrong);
        stop(&mut wrong)?;
        let names: Vec<String> = chosen.iter().map(|variable| variable.name.clone()).collect();
        wrong.extend(data.differences(&names)?.into_iter().map(|reason| mistake("FILE", reason, None)));
        let groups = groups(data, request, &chosen, &mut wrong)?;
        let mut tasks = Vec::new();
        let endings = names_of(&request.wishes);
        for variable in &chosen {
            for (wish, ending) in request.wishes.iter().zip(&endings) {
                let over = over(wish, variable);
                let name = format!("{}{ending}", variable.name);
                let together = |task: &&mut Task| {
                    let sums = !matches!(wish.what, What::Quantiles(_));
                    let sums = sums && task.whats.iter().all(|(what, _)| !matches!(what, What::Quantiles(_)));
                    sums && task.variable == *variable && task.over == over
                };
                if let Some(task) = tasks.iter_mut().find(together) {
                    task.whats.push((wish.what.clone(), name));
                } else {
                    let whats = vec![(wish.what.clone(), name)];
                    tasks.push(task(data, request, variable, over, groups.as_ref(), whats));
                }
            }
        }
        for task in &mut tasks {
            if let Err(found) = weigh(data, request, task)? {
                wrong.push(found);
            }
            let names = task.dimensions.iter().map(|(name, _)| name.as_str());
            let mut names: Vec<&str> = names.chain(task.quantiles().map(|_| "quantile")).collect();
            names.sort_unstable();
            if let Some([twice, _]) = names.windows(2).find(|two| two[0] == two[1]) {
                let message = format!("the result would have two dimensions `{twice}`");
                wrong.push(mistake(
                    "FILE",
                    message,
                    format!("rename that of the file, or reduce it: `--mean {twice}`"),
                ));
            }
            if task.quantiles().is_some() && task.geometry.values_of_a_place() > MOST_COUNTED {
                let message = format!("`{}` has more than {MOST_COUNTED} values for each quantile", task.variable.name);
                wrong.push(mistake("--over", message, "name fewer dimensions".to_owned()));
            }
        }
        stop(&mut wrong)?;
        Ok(Self { tasks, groups: groups.map(|(_, groups)| groups) })
    }
}

impl Task {
    /// The levels, where this is a pass for quantiles.
    #[must_use]
    pub fn quantiles(&self) -> Option<&[f64]> {
        self.whats.iter().find_map(|(what, _)| match what {
            What::Quantiles(levels) => Some(&levels[..]),
            _ => None,
        })
    }
}

/// Variables that may be reduced, and those that only describe them.
struct Kinds {
    numbers: Vec<Variable>,
    coordinates: Vec<String>,
}

impl Kinds {
    fn of(data: &DataSet, all: &[Variable]) -> Self {
        let mut coordinates = Vec::new();
        for variable in all {
            coordinates.extend(variable.dimensions.iter().map(|(name, _)| name.clone()));
            let attributes = data.attributes(Some(&variable.name));
            for attribute in ["bounds", "climatology", "coordinates", "grid_mapping"] {
                coordinates.extend(attributes.text(attribute).split_whitespace().map(str::to_owned));
            }
        }
        let numbers = all.iter().filter(|variable| DataSet::is_numeric(variable)).cloned().collect();
        Self { numbers, coordinates }
    }

    fn data(&self) -> impl Iterator<Item = &Variable> {
        self.numbers.iter().filter(|variable| !self.coordinates.contains(&variable.name))
    }

    /// Names and lengths of the dimensions of data, each once.
    fn dimensions(&self) -> Vec<(&str, usize)> {
        let mut found: Vec<(&str, usize)> = Vec::new();
        for (name, length) in self.data().flat_map(|variable| &variable.dimensions) {
            if !found.iter().any(|(known, _)| known == name) {
                found.push((name, *length));
            }
        }
        found
    }
}

/// Leaves with all mistakes when there are some.
fn stop(wrong: &mut Vec<Diagnostic>) -> Result<(), Error> {
    if wrong.is_empty() { Ok(()) } else { Err(Error::Deck(Box::new(Report::new(std::mem::take(wrong), Vec::new())))) }
}

fn dimensions_are_known(request: &Request, kinds: &Kinds, wrong: &mut Vec<Diagnostic>) {
    let known = kinds.dimensions();
    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    for wish in &request.wishes {
        for name in wish.over.iter().flatten().filter(|name| !names.contains(&name.as_str())) {
            let list: Vec<String> = known.iter().map(|(name, length)| format!("{name} ({length})")).collect();
            let list = if list.is_empty() { "none".to_owned() } else { list.join(", ") };
            let message = format!("there is no dimension `{name}` in {}; it has {list}", request.files[0]);
            wrong.push(mistake(wish.what.option(), message, suggestion(name, &names)));
        }
    }
    for (at, wish) in request.wishes.iter().enumerate() {
        if request.wishes[..at].contains(wish) {
            wrong.push(mistake(wish.what.option(), "is asked twice for the same dimensions".to_owned(), None));
        }
    }
}

/// The variables that are named, or all data that have every dimension that is named.
fn variables(request: &Request, kinds: &Kinds, wrong: &mut Vec<Diagnostic>) -> Vec<Variable> {
    let has = |variable: &Variable, name: &str| variable.dimensions.iter().any(|(known, _)| known == name);
    let mut wanted: Vec<&String> = request.wishes.iter().flat_map(|wish| wish.over.iter().flatten()).collect();
    wanted.dedup();
    let mut chosen = Vec::new();
    if request.variables.is_empty() {
        chosen.extend(kinds.data().filter(|variable| wanted.iter().all(|name| has(variable, name))).cloned());
        if chosen.is_empty() {
            let all: Vec<&str> = wanted.iter().map(|name| name.as_str()).collect();
            let message = format!("no variable of {} has all of the dimensions {}", request.files[0], all.join(", "));
            wrong.push(mistake("--var", message, "name a variable, and dimensions that it has".to_owned()));
        }
    }
    for name in &request.variables {
        let Some(variable) = kinds.numbers.iter().find(|variable| variable.name == *name) else {
            let known: Vec<&str> = kinds.data().map(|variable| variable.name.as_str()).collect();
            let message = format!("there is no variable `{name}` with numbers in {}", request.files[0]);
            wrong.push(mistake("--var", message, suggestion(name, &known)));
            continue;
        };
        let own: Vec<&str> = variable.dimensions.iter().map(|(name, _)| name.as_str()).collect();
        for wish in &request.wishes {
            for missing in wish.over.iter().flatten().filter(|name| !has(variable, name)) {
                let message = format!("`{name}` has no dimension `{missing}`; it has {}", own.join(", "));
                let help = format!("leave `{missing}` out, or choose other variables with --var");
                wrong.push(mistake(wish.what.option(), message, help));
            }
        }
        chosen.push(variable.clone());
    }
    for variable in &chosen {
        if let Some((empty, _)) = variable.dimensions.iter().find(|(_, length)| *length == 0) {
            let message = format!("`{}` has nothing along `{empty}`", variable.name);
            wrong.push(mistake("FILE", message, "name other variables with --var".to_owned()));
        }
    }
    chosen
}

/// The dimensions of a variable over which a statistic is asked, in the file's order.
fn over(wish: &Wish, variable: &Variable) -> Vec<String> {
    let asked = |name: &String| wish.over.as_ref().is_none_or(|over| over.contains(name));
    variable.dimensions.iter().map(|(name, _)| name.clone()).filter(asked).collect()
}

/// The groups of `--by`, and the dimension that has them.
fn groups(
    data: &DataSet,
    request: &Request,
    chosen: &[Variable],
    wrong: &mut Vec<Diagnostic>,
) -> Result<Option<(String, Groups)>, Error> {
    if request.by.is_empty() {
        return Ok(None);
    }
    let mut reduced: Vec<String> = Vec::new();
    for variable in chosen {
        reduced.extend(request.wishes.iter().flat_map(|wish| over(wish, variable)));
    }
    reduced.retain(|name| data.is_time(name));
    reduced.sort_unstable();
    reduced.dedup();
    let name = match &reduced[..] {
        [only] => only.clone(),
        [] => {
            let message = "no dimension that is reduced is a time".to_owned();
            wrong.push(mistake("--by", message, "name the time too: `--mean time --by month`".to_owned()));
            return Ok(None);
        }
        several => {
            let message = format!("several times are reduced: {}", several.join(", "));
            wrong.push(mistake("--by", message, "choose variables with the same time with --var".to_owned()));
            return Ok(None);
        }
    };
    let times = data.times(&name)?.filter(|(units, _)| units.calendar != Calendar::Elapsed);
    let Some((units, times)) = times else {
        let message = format!("the time `{name}` has no dates: its `units` are not like `days since 2000-01-01`");
        wrong.push(mistake("--by", message, "leave --by out".to_owned()));
        return Ok(None);
    };
    if times.iter().any(|time| !time.is_finite()) {
        wrong.push(mistake("--by", format!("the time `{name}` has missing values"), "leave --by out".to_owned()));
        return Ok(None);
    }
    let groups = Groups::by(&request.by, &times, units.calendar);
    Ok(Some((name, groups)))
}

fn task(
    data: &DataSet,
    request: &Request,
    variable: &Variable,
    over: Vec<String>,
    groups: Option<&(String, Groups)>,
    whats: Vec<(What, String)>,
) -> Task {
    let grouped = groups.filter(|(time, _)| over.contains(time));
    let mut dimensions = Vec::new();
    let mut roles = Vec::new();
    for (name, length) in &variable.dimensions {
        match grouped {
            Some((time, groups)) if time == name => {
                dimensions.push((group_name(&request.by), groups.count()));
                roles.push(Role::Grouped);
            }
            _ if over.contains(name) => roles.push(Role::Reduced),
            _ => {
                dimensions.push((name.clone(), *length));
                roles.push(Role::Kept);
            }
        }
    }
    let joined = data.joined().and_then(|(name, starts)| {
        let at = variable.dimensions.iter().position(|(own, _)| own == name)?;
        Some((at, starts.to_vec()))
    });
    let geometry = Geometry {
        lengths: variable.dimensions.iter().map(|(_, length)| *length).collect(),
        roles,
        chunks: data.chunks(variable),
        groups: grouped.map_or((Vec::new(), 0), |(_, groups)| (groups.of.clone(), groups.count())),
        joined,
        weights: None,
    };
    Task { variable: variable.clone(), geometry, dimensions, over, latitude: None, whats }
}

/// Gives a task the weights of its latitudes; or says why it cannot.
fn weigh(data: &DataSet, request: &Request, task: &mut Task) -> Result<Result<(), Diagnostic>, Error> {
    if request.unweighted || !task.whats.iter().any(|(what, _)| what.weighs()) {
        return Ok(Ok(()));
    }
    match latitude(data, &task.variable, &task.over)? {
        Ok(Some((at, latitude, weights))) => {
            task.geometry.weights = Some((at, weights));
            task.latitude = Some(latitude);
            Ok(Ok(()))
        }
        Ok(None) => Ok(Ok(())),
        Err(reason) => {
            let option = task.whats.iter().find(|(what, _)| what.weighs()).map_or("--mean", |(what, _)| what.option());
            Ok(Err(mistake(option, reason, "every value counts the same with --unweighted".to_owned())))
        }
    }
}
