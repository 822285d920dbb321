//! Depths of the levels of a variable.

use super::axes::{Found, ascending, no_variable, units_of};
use super::nodes::length_scale;
use super::roles;
use super::source::{Kind, Source, Variable};
use super::unpack::read_all;
use crate::field_head::{FieldProblem, FieldRequest};

impl Found {
    /// Reads the depths of the dimension with the given name and length.
    ///
    /// # Errors
    /// Depths that are not there, do not fit, or differ from place to place.
    pub fn set_depth(
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
            Some(home.ok_or_else(|| no_variable(source, name))?)
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
        let units = units_of(home, &depth);
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
