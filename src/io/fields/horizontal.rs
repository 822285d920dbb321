//! Longitude and latitude of a variable: which variables hold them, in which file, and the grid they make.

use super::axes::{Found, ascending, is_monotonic, no_variable, units_of};
use super::nodes::{Nodes, length_scale};
use super::roles;
use super::source::{Kind, Source, Variable};
use super::unpack::read_all;
use crate::advection::field::Staggering;
use crate::field_head::{FieldProblem, FieldRequest, HorizontalHead};

/// Coordinates of the corners of a C-grid in NEMO, and in ROMS and CROCO, whose indices agree with NEMO's.
const CORNERS: [(&str, &str); 2] = [("glamf", "gphif"), ("lon_psi", "lat_psi")];
/// Coordinates of MITgcm, which has U on western faces.
const MITGCM: [&str; 2] = ["XG", "XC"];

/// The variables of longitude and latitude and the file that holds them.
///
/// # Errors
/// With the names of what was looked for and what is there.
pub fn variables<'s>(
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
///
/// # Errors
/// When they are not dimensions of longitude and latitude.
pub fn dimensions(variable: &Variable, lon: &Variable, lat: &Variable) -> Result<(usize, usize), FieldProblem> {
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
        (Some(_), Some(_)) => Err(FieldProblem::new(format!(
            "`{}` and `{}` share the dimension `{}`: `{}` is a list of points, not a field on a grid",
            lon.name, lat.name, names[0], variable.name
        ))),
        // Files of coordinates may use names of their own.
        _ => match variable.dimensions.len() {
            rank @ 2.. => Ok((rank - 2, rank - 1)),
            _ => Err(FieldProblem::new(format!("`{}` has fewer than two dimensions", variable.name))),
        },
    }
}

impl Found {
    /// Reads the nodes as far as rank 0 needs them.
    ///
    /// # Errors
    /// Sizes that do not fit, values that make no grid.
    pub fn set_horizontal(
        &mut self,
        request: &FieldRequest,
        home: &Source,
        lon: &Variable,
        lat: &Variable,
        (ny, nx): (usize, usize),
    ) -> Result<(), FieldProblem> {
        if request.staggering == Staggering::C && MITGCM.contains(&lon.name.as_str()) {
            return Err(FieldProblem::new(format!(
                "`{}` belongs to MITgcm's C-grid, which has U on the western faces; only NEMO's C-grid can be read yet",
                lon.name
            )));
        }
        let units = units_of(home, lon);
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
                let scale = length_scale(&units_of(home, v));
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

    /// Components along the axes of a curvilinear grid are not those to the east and north.
    pub fn warn_of_components(&mut self, request: &FieldRequest, source: &Source, variable: &Variable) {
        let HorizontalHead::Curvilinear { degrees: true, .. } = self.axes.horizontal else { return };
        let name = source.text(&variable.name, "standard_name");
        let along = ["x", "y"].iter().any(|c| name.starts_with(&format!("{c}_")) || name.contains(&format!("_{c}_")));
        if request.staggering == Staggering::A && along && name.contains("velocity") {
            self.warnings.push(format!(
                "`{}` is a component along the grid's own axes ({name}), and is taken as one to the east or north",
                variable.name
            ));
        }
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
