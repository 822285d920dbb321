//! Which dimensions of a variable are longitude, latitude, depth and time, and where their values stand.

use super::horizontal;
use super::roles;
use super::source::{Source, Variable};
use super::unpack::read_all;
use crate::field_head::{Axes, Dimension, FieldProblem, FieldRequest, HorizontalHead, Reversed, Role};

/// What is known of the first file of a field.
pub struct Found {
    pub axes: Axes,
    pub warnings: Vec<String>,
    /// Values of 1-D axes that other files of the series must repeat: variable and values.
    repeated: Vec<(String, Vec<f64>)>,
}

/// Finds the axes of a variable.
///
/// # Errors
/// With the names of what was looked for and what is there.
pub fn find(
    request: &FieldRequest,
    source: &Source,
    variable: &Variable,
    coordinates: Option<&Source>,
) -> Result<Found, FieldProblem> {
    let (lon, lat, home) = horizontal::variables(request, source, variable, coordinates)?;
    let mut found = Found {
        axes: Axes {
            dimensions: Vec::new(),
            horizontal: HorizontalHead::Rectilinear { lon: vec![], lat: vec![], degrees: true, global: false },
            depth: Vec::new(),
            reversed: Reversed::default(),
        },
        warnings: Vec::new(),
        repeated: Vec::new(),
    };
    let mut roles = vec![None; variable.dimensions.len()];
    let (y, x) = horizontal::dimensions(variable, &lon, &lat)?;
    (roles[y], roles[x]) = (Some(Role::Y), Some(Role::X));
    let sizes = (variable.dimensions[y].1, variable.dimensions[x].1);
    found.set_horizontal(request, home, &lon, &lat, sizes)?;
    found.repeat(source, home, [&lon, &lat])?;
    found.warn_of_components(request, source, variable);
    other_roles(request, source, variable, &mut roles)?;
    for ((name, length), role) in variable.dimensions.iter().zip(roles) {
        let role = role.unwrap_or(Role::Single);
        found.axes.dimensions.push(Dimension { name: name.clone(), length: *length, role });
        if role == Role::Depth {
            found.set_depth(request, source, coordinates, variable, (name, *length))?;
        }
    }
    Ok(found)
}

/// Tells the role of a dimension by its name.
type Test<'a> = &'a dyn Fn(&str) -> Option<Role>;

/// Gives the dimensions that are not horizontal their roles.
fn other_roles(
    request: &FieldRequest,
    source: &Source,
    variable: &Variable,
    roles: &mut [Option<Role>],
) -> Result<(), FieldProblem> {
    let names = &request.dimensions;
    let over = |name: &Option<String>, dimension: &str| {
        name.as_ref().is_some_and(|name| {
            name == dimension
                || source.variable(name).is_some_and(|v| v.shape().len() == 1 && v.shape()[0].0 == dimension)
        })
    };
    let own = |name: &str| source.variable(name);
    let tests: [Test<'_>; 3] = [
        &|name| {
            if over(&names.time, name) { Some(Role::Time) } else { over(&names.depth, name).then_some(Role::Depth) }
        },
        &|name| {
            let v = own(name)?;
            let depth = roles::is_depth(source, &v).then_some(Role::Depth);
            if roles::is_time(source, &v) { Some(Role::Time) } else { depth }
        },
        &|name| {
            let depth = roles::is_depth_name(name).then_some(Role::Depth);
            if roles::is_time_name(name) { Some(Role::Time) } else { depth }
        },
    ];
    for test in tests {
        for at in 0..roles.len() {
            if roles[at].is_none()
                && let Some(role) = test(&variable.dimensions[at].0)
                && !roles.contains(&Some(role))
            {
                roles[at] = Some(role);
            }
        }
    }
    for at in 0..roles.len() {
        let (name, length) = &variable.dimensions[at];
        if *length == 1 && matches!(roles[at], None | Some(Role::Depth)) {
            roles[at] = Some(Role::Single);
        }
        if roles[at].is_none() {
            // The deck may name a depth that is not over the dimension itself, such as POP's `w_dep` for `k`.
            let role = if names.depth.is_some() { Role::Depth } else { Role::Time };
            if roles.contains(&Some(role)) || (role == Role::Time && at > 0) {
                return Err(FieldProblem::new(format!(
                    "dimension `{name}` of `{}` (length {length}) is neither longitude, latitude, depth nor time",
                    variable.name
                ))
                .help("name what it is: `dimensions: {depth: NAME}` or `{time: NAME}`; choose one member of others beforehand"));
            }
            roles[at] = Some(role);
        }
    }
    Ok(())
}

impl Found {
    /// Remembers 1-D axes that stand in the data files themselves.
    fn repeat(&mut self, source: &Source, home: &Source, variables: [&Variable; 2]) -> Result<(), FieldProblem> {
        for variable in variables.into_iter().filter(|v| home.path == source.path && v.shape().len() == 1) {
            self.repeated.push((variable.name.clone(), read_all(source, variable).map_err(FieldProblem::new)?));
        }
        Ok(())
    }

    /// Whether another file of the series has the same grid.
    ///
    /// # Errors
    /// With what differs.
    pub fn check_same(&self, first: &str, source: &Source, variable: &Variable) -> Result<(), FieldProblem> {
        let differs =
            |what: String| FieldProblem::new(format!("the files differ: {what} in {} than in {first}", source.path));
        let dimensions = &self.axes.dimensions;
        let is_same = dimensions.len() == variable.dimensions.len()
            && dimensions
                .iter()
                .zip(&variable.dimensions)
                .all(|(d, (name, length))| d.name == *name && (d.length == *length || d.role == Role::Time));
        if !is_same {
            return Err(differs(format!("`{}` has other dimensions", variable.name)));
        }
        for (name, values) in &self.repeated {
            let other = source.variable(name).map(|v| read_all(source, &v)).transpose().map_err(FieldProblem::new)?;
            if other.is_some_and(|other| other != *values) {
                return Err(differs(format!("`{name}` has other values")));
            }
        }
        Ok(())
    }
}

/// That a variable is not in a file, with the nearest name.
#[must_use]
pub fn no_variable(source: &Source, name: &str) -> FieldProblem {
    let names: Vec<String> = source.variables().into_iter().map(|v| v.name).collect();
    let problem = FieldProblem::new(format!("there is no variable `{name}` in {}", source.path));
    let nearest = names
        .iter()
        .map(|other| (strsim::jaro_winkler(&name.to_lowercase(), &other.to_lowercase()), other))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(likeness, _)| *likeness > 0.7);
    match nearest {
        Some((_, nearest)) => problem.help(format!("did you mean `{nearest}`?")),
        None => problem.help(format!("it holds: {}", names.join(", "))),
    }
}

/// The units of a variable in small letters.
#[must_use]
pub fn units_of(source: &Source, variable: &Variable) -> String {
    source.units(&variable.name).to_lowercase()
}

/// Whether values ascend or descend throughout.
#[must_use]
pub fn is_monotonic(values: &[f64]) -> bool {
    values.windows(2).all(|w| w[0] < w[1]) || values.windows(2).all(|w| w[0] > w[1])
}

/// Values in ascending order and whether they had to be reversed.
///
/// # Errors
/// When they are in no order or some are missing.
pub fn ascending(mut values: Vec<f64>, name: &str, source: &Source) -> Result<(Vec<f64>, bool), FieldProblem> {
    if values.iter().any(|v| !v.is_finite()) {
        return Err(FieldProblem::new(format!("`{name}` in {} has missing values", source.path)));
    }
    if !is_monotonic(&values) {
        return Err(FieldProblem::new(format!("`{name}` in {} neither ascends nor descends throughout", source.path)));
    }
    let reversed = values.len() > 1 && values[0] > values[1];
    if reversed {
        values.reverse();
    }
    Ok((values, reversed))
}
