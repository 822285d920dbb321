//! Which dimensions of a variable are longitude, latitude, depth and time, and where their values stand.

use super::nodes::{Nodes, length_scale};
use super::roles;
use super::source::{Kind, Source, Variable};
use super::unpack::read_all;
use crate::advection::field::Staggering;
use crate::field_head::{Axes, Dimension, FieldProblem, FieldRequest, HorizontalHead, Reversed, Role};

/// Coordinates of the corners of a C-grid in NEMO, ROMS and CROCO, and MITgcm.
const CORNERS: [(&str, &str); 4] = [("glamf", "gphif"), ("lon_psi", "lat_psi"), ("XG", "YG"), ("lon_f", "lat_f")];

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
    let (lon, lat, home) = horizontal_variables(request, source, variable, coordinates)?;
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
    let (y, x) = horizontal_dimensions(variable, &lon, &lat)?;
    (roles[y], roles[x]) = (Some(Role::Y), Some(Role::X));
    let sizes = (variable.dimensions[y].1, variable.dimensions[x].1);
    found.set_horizontal(request, home, &lon, &lat, sizes)?;
    found.repeat(source, home, [&lon, &lat])?;
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

/// The variables of longitude and latitude and the file that holds them.
fn horizontal_variables<'s>(
    request: &FieldRequest,
    source: &'s Source,
    variable: &Variable,
    coordinates: Option<&'s Source>,
) -> Result<(Variable, Variable, &'s Source), FieldProblem> {
    let homes = || coordinates.into_iter().chain([source]);
    let names = &request.dimensions;
    if let (Some(lon), Some(lat)) = (&names.lon, &names.lat) {
        for home in homes() {
            if let (Some(lon), Some(lat)) = (home.variable(lon), home.variable(lat)) {
                return Ok((lon, lat, home));
            }
        }
        let missing = if homes().any(|h| h.variable(lon).is_some()) { lat } else { lon };
        let home = coordinates.unwrap_or(source);
        return Err(no_variable(home, missing));
    }
    if request.staggering == Staggering::C && names.lon.is_none() && names.lat.is_none() {
        for home in homes() {
            for (lon, lat) in CORNERS {
                if let (Some(lon), Some(lat)) = (home.variable(lon), home.variable(lat)) {
                    return Ok((lon, lat, home));
                }
            }
        }
        return Err(FieldProblem::new(format!(
            "`{}` is on a C-grid, but the coordinates of the cell corners (glamf and gphif, or lon_psi and lat_psi) are not in {}",
            variable.name,
            coordinates.unwrap_or(source).path
        ))
        .help("`coordinates: FILE`, and their names in `dimensions` if they are others, as in `lon: glamf` and `lat: gphif`"));
    }
    for home in homes() {
        let candidates = candidates(source, home, variable);
        let pick = |given: &Option<String>, is: fn(&Source, &Variable) -> bool| match given {
            Some(name) => home.variable(name),
            None => candidates.iter().find(|v| is(home, v)).cloned(),
        };
        if let (Some(lon), Some(lat)) = (pick(&names.lon, roles::is_lon), pick(&names.lat, roles::is_lat)) {
            return Ok((lon, lat, home));
        }
    }
    planar(source, variable).map(|(x, y)| (x, y, source)).ok_or_else(|| {
        let dimensions: Vec<_> = variable.dimensions.iter().map(|(name, _)| name.as_str()).collect();
        FieldProblem::new(format!(
            "`{}` in {} has the dimensions ({}), and none of them is known as longitude or latitude",
            variable.name,
            source.path,
            dimensions.join(", ")
        ))
        .help("name them: `dimensions: {lon: NAME, lat: NAME}`")
    })
}

/// Variables that may be coordinates, the likeliest first: of the dimensions themselves, of the attribute
/// `coordinates`, and any other over the same dimensions.
fn candidates(source: &Source, home: &Source, variable: &Variable) -> Vec<Variable> {
    let attribute = source.text(&variable.name, "coordinates");
    let dimensions = variable.dimensions.iter().map(|(name, _)| name.as_str());
    let mut found: Vec<Variable> =
        dimensions.chain(attribute.split_whitespace()).filter_map(|n| home.variable(n)).collect();
    let lengths: Vec<usize> = variable.shape().iter().map(|(_, length)| *length).collect();
    let fits = |v: &Variable| {
        let shape = v.shape();
        shape.len() == 2 && lengths.ends_with(&[shape[0].1, shape[1].1])
    };
    found.extend(home.variables().into_iter().filter(fits));
    found.retain(|v| v.kind != Kind::NoNumber && v.name != variable.name && (1..=2).contains(&v.shape().len()));
    found
}

/// Axes x and y of a flat grid.
fn planar(source: &Source, variable: &Variable) -> Option<(Variable, Variable)> {
    let axis = |letter: &str| {
        variable.dimensions.iter().filter_map(|(name, _)| source.variable(name)).find(|v| {
            let standard_name = source.text(&v.name, "standard_name");
            standard_name == format!("projection_{letter}_coordinate")
                || (standard_name.is_empty()
                    && (v.name.eq_ignore_ascii_case(letter)
                        || source.text(&v.name, "axis").eq_ignore_ascii_case(letter)))
        })
    };
    axis("x").zip(axis("y"))
}

/// Positions of y and x among the variable's dimensions.
fn horizontal_dimensions(variable: &Variable, lon: &Variable, lat: &Variable) -> Result<(usize, usize), FieldProblem> {
    let names = match (&lon.shape()[..], &lat.shape()[..]) {
        ([x], [y]) => [y.0.clone(), x.0.clone()],
        ([y, x], two) if two == [y.clone(), x.clone()] => [y.0.clone(), x.0.clone()],
        (a, b) => {
            return Err(FieldProblem::new(format!(
                "longitude `{}` and latitude `{}` must have one dimension each, or the same two; they have {} and {} longer than 1",
                lon.name,
                lat.name,
                a.len(),
                b.len()
            )));
        }
    };
    let position = |name: &str| variable.dimensions.iter().position(|(n, _)| n == name);
    match (position(&names[0]), position(&names[1])) {
        (Some(y), Some(x)) if x != y => Ok((y, x)),
        // Files of coordinates may use names of their own.
        _ => match variable.dimensions.len() {
            rank @ 2.. => Ok((rank - 2, rank - 1)),
            _ => Err(FieldProblem::new(format!("`{}` has fewer than two dimensions", variable.name))),
        },
    }
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
    fn set_horizontal(
        &mut self,
        request: &FieldRequest,
        home: &Source,
        lon: &Variable,
        lat: &Variable,
        (ny, nx): (usize, usize),
    ) -> Result<(), FieldProblem> {
        let units = source_units(home, lon);
        let degrees = units.starts_with("deg") || (units.is_empty() && roles::is_lon(home, lon));
        let is_curvilinear = lon.shape().len() == 2;
        let (nodes_y, nodes_x) = match (&lon.shape()[..], &lat.shape()[..]) {
            ([y, x], _) => (y.1, x.1),
            (x, y) => (y.first().map_or(1, |y| y.1), x.first().map_or(1, |x| x.1)),
        };
        // ROMS has one row of U and one column of V more than corners, always at the far side.
        let spare = usize::from(request.staggering == Staggering::C);
        if !(nodes_y..=nodes_y + spare).contains(&ny) || !(nodes_x..=nodes_x + spare).contains(&nx) {
            return Err(FieldProblem::new(format!(
                "`{}` has {ny} × {nx} values, but `{}` in {} has {nodes_y} × {nodes_x}",
                request.variable, lon.name, home.path
            ))
            .help("name coordinates of the same size: `dimensions: {lon: NAME, lat: NAME}`"));
        }
        if nodes_x < 2 || nodes_y < 2 {
            return Err(FieldProblem::new(format!("`{}` has only {nodes_y} × {nodes_x} nodes", request.variable)));
        }
        let mut axes = None;
        if is_curvilinear {
            let nodes = Nodes::new(home, &lon.name, &lat.name).map_err(FieldProblem::new)?;
            let (bounds, straight) = nodes.survey().map_err(FieldProblem::new)?;
            if !(bounds[0] < bounds[1] && bounds[2] < bounds[3]) {
                return Err(FieldProblem::new(format!(
                    "`{}` and `{}` in {} do not span an area: they hold one value, or none",
                    lon.name, lat.name, home.path
                ))
                .help("name the coordinates of another kind of point: `dimensions: {lon: lon_rho, lat: lat_rho}`"));
            }
            self.axes.horizontal = HorizontalHead::Curvilinear {
                nx: nodes_x,
                ny: nodes_y,
                bounds,
                degrees,
                path: home.path.clone(),
                lon: lon.name.clone(),
                lat: lat.name.clone(),
            };
            if request.staggering == Staggering::A {
                axes = straight.filter(|(x, y)| is_monotonic(&continuous(x, degrees)) && is_monotonic(y));
            }
        } else {
            let read = |v: &Variable| {
                let scale = length_scale(&source_units(home, v));
                let values = read_all(home, v).map_err(FieldProblem::new)?;
                Ok::<_, FieldProblem>(values.into_iter().map(|x| x * scale).collect::<Vec<_>>())
            };
            axes = Some((read(lon)?, read(lat)?));
        }
        let Some((x, y)) = axes else { return Ok(()) };
        let (x, x_reversed) = ascending(continuous(&x, degrees), &lon.name, home)?;
        let (y, y_reversed) = ascending(y, &lat.name, home)?;
        if request.staggering == Staggering::C && (x_reversed || y_reversed) {
            return Err(FieldProblem::new(format!(
                "the axes of a C-grid must ascend, and `{}` descends",
                if x_reversed { &lon.name } else { &lat.name }
            )));
        }
        let span = x[x.len() - 1] - x[0];
        let step = span / (x.len() - 1) as f64;
        let global = degrees && request.staggering == Staggering::A && (span + step - 360.0).abs() < 0.01 * step;
        (self.axes.reversed.lon, self.axes.reversed.lat) = (x_reversed, y_reversed);
        self.axes.horizontal = HorizontalHead::Rectilinear { lon: x, lat: y, degrees, global };
        Ok(())
    }

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

    fn set_depth(
        &mut self,
        request: &FieldRequest,
        source: &Source,
        coordinates: Option<&Source>,
        variable: &Variable,
        (dimension, length): (&str, usize),
    ) -> Result<(), FieldProblem> {
        let auxiliary = source.text(&variable.name, "coordinates");
        let named = request.dimensions.depth.as_deref();
        let over = |v: &Variable| v.shape().len() == 1 && v.shape()[0].0 == dimension;
        let found = if let Some(name) = named.filter(|n| *n != dimension) {
            let home = [Some(source), coordinates].into_iter().flatten().find_map(|h| Some((h.variable(name)?, h)));
            Some(found_or(home, || no_variable(source, name))?)
        } else {
            source
                .variable(dimension)
                .or_else(|| {
                    auxiliary
                        .split_whitespace()
                        .filter_map(|n| source.variable(n))
                        .find(|v| over(v) && v.kind != Kind::NoNumber)
                })
                .map(|v| (v, source))
        };
        let help = "name the variable that holds them, m positive down: `dimensions: {depth: NAME}`";
        let Some((depth, home)) = found else {
            return Err(FieldProblem::new(format!(
                "dimension `{dimension}` of `{}` (length {length}) has no depths in {}",
                variable.name, source.path
            ))
            .help(help));
        };
        if let Some(kind) = roles::terrain_following(home, &depth) {
            return Err(FieldProblem::new(format!(
                "the levels `{}` of `{}` follow the terrain ({kind}), which cannot be read yet",
                depth.name, variable.name
            ))
            .help("interpolate the field to levels of fixed depth beforehand, or use a field at the surface"));
        }
        let units = source_units(home, &depth);
        let scale = length_scale(&units);
        let mut values = read_all(home, &depth).map_err(FieldProblem::new)?;
        if values.len() == length + 1 {
            self.warnings.push(format!(
                "`{}` has one value more than `{}` has levels: the levels are taken to lie half-way between",
                depth.name, variable.name
            ));
            values = values.windows(2).map(|w| f64::midpoint(w[0], w[1])).collect();
        }
        if values.len() != length {
            return Err(FieldProblem::new(format!(
                "`{}` has {} values, but `{}` has {length} levels",
                depth.name,
                values.len(),
                variable.name
            ))
            .help(help));
        }
        let positive = home.text(&depth.name, "positive").to_lowercase();
        let is_up = positive == "up" || (positive.is_empty() && values.iter().all(|v| *v <= 0.0));
        let sign = if is_up { -scale } else { scale };
        for value in &mut values {
            *value = *value * sign + 0.0; // no negative zero
        }
        if !matches!(units.as_str(), "" | "m" | "km" | "cm") && !units.starts_with("met") && scale == 1.0 {
            self.warnings.push(format!("the levels `{}` are in `{units}`: their numbers are taken as m", depth.name));
        }
        let (values, reversed) = ascending(values, &depth.name, home)?;
        self.axes.depth = values;
        self.axes.reversed.depth = reversed;
        Ok(())
    }
}

fn found_or<T>(found: Option<T>, problem: impl FnOnce() -> FieldProblem) -> Result<T, FieldProblem> {
    found.ok_or_else(problem)
}

fn source_units(source: &Source, variable: &Variable) -> String {
    source.units(&variable.name).to_lowercase()
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

/// Longitudes without the jump by 360 degrees.
fn continuous(lon: &[f64], degrees: bool) -> Vec<f64> {
    let mut lon = lon.to_vec();
    if degrees {
        for at in 1..lon.len() {
            let jump = lon[at] - lon[at - 1];
            if jump.abs() > 180.0 {
                lon[at] -= 360.0 * (jump / 360.0).round();
            }
        }
    }
    lon
}

fn is_monotonic(values: &[f64]) -> bool {
    values.windows(2).all(|w| w[0] < w[1]) || values.windows(2).all(|w| w[0] > w[1])
}

/// Values in ascending order and whether they had to be reversed.
fn ascending(mut values: Vec<f64>, name: &str, source: &Source) -> Result<(Vec<f64>, bool), FieldProblem> {
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
