//! What a coordinate variable stands for, by its CF attributes first and its name second.

use super::source::{Source, Variable};

/// Whether a variable holds geographical longitudes.
#[must_use]
pub fn is_lon(source: &Source, variable: &Variable) -> bool {
    let name = variable.name.to_lowercase();
    let by_name = name.starts_with("lon")
        || name.ends_with("lon")
        || name.starts_with("glam")
        || name.starts_with("xlong")
        || name.ends_with("longitude");
    is_geographical(source, variable, "longitude", "east", by_name)
}

/// Whether a variable holds geographical latitudes.
#[must_use]
pub fn is_lat(source: &Source, variable: &Variable) -> bool {
    let name = variable.name.to_lowercase();
    let by_name = name.starts_with("lat")
        || name.ends_with("lat")
        || name.starts_with("gphi")
        || name.starts_with("xlat")
        || name.ends_with("latitude");
    is_geographical(source, variable, "latitude", "north", by_name)
}

fn is_geographical(source: &Source, variable: &Variable, standard: &str, side: &str, by_name: bool) -> bool {
    let standard_name = source.text(&variable.name, "standard_name").to_lowercase();
    if standard_name.starts_with(standard) {
        return true;
    }
    // `grid_longitude` is that of a rotated pole, `projection_x_coordinate` no longitude at all.
    if !standard_name.is_empty() {
        return false;
    }
    let units = source.units(&variable.name).to_lowercase();
    let initial = &side[..1];
    if let Some(rest) = units.strip_prefix("degrees").or_else(|| units.strip_prefix("degree")) {
        let rest = rest.trim_start_matches('_');
        return rest == side || rest == initial || (rest.is_empty() && by_name);
    }
    units.is_empty() && by_name
}

/// Whether a variable counts time.
#[must_use]
pub fn is_time(source: &Source, variable: &Variable) -> bool {
    source.units(&variable.name).contains(" since ")
        || source.text(&variable.name, "axis").eq_ignore_ascii_case("t")
        || source.text(&variable.name, "standard_name") == "time"
}

/// Whether a dimension's name is one of time.
#[must_use]
pub fn is_time_name(name: &str) -> bool {
    let name = name.to_lowercase();
    name.contains("time") || matches!(name.as_str(), "t" | "record" | "month" | "day" | "date")
}

/// Whether a variable holds depths, heights or levels.
#[must_use]
pub fn is_depth(source: &Source, variable: &Variable) -> bool {
    let standard_name = source.text(&variable.name, "standard_name");
    !source.text(&variable.name, "positive").is_empty()
        || source.text(&variable.name, "axis").eq_ignore_ascii_case("z")
        || matches!(standard_name.as_str(), "depth" | "height" | "altitude" | "air_pressure" | "model_level_number")
}

/// Whether a dimension's name is one of the vertical.
#[must_use]
pub fn is_depth_name(name: &str) -> bool {
    let name = name.to_lowercase();
    ["dep", "lev", "z", "height", "layer", "s_rho", "s_w", "sigma", "gdep", "plev"].iter().any(|n| name.starts_with(n))
        || name == "k"
}

/// The standard name of a terrain-following vertical axis, whose depths differ from place to place.
#[must_use]
pub fn terrain_following(source: &Source, variable: &Variable) -> Option<String> {
    let name = source.text(&variable.name, "standard_name");
    let prefixes =
        ["ocean_s_", "ocean_sigma", "ocean_double", "atmosphere_sigma", "atmosphere_hybrid", "atmosphere_sleve"];
    prefixes.iter().any(|p| name.starts_with(p)).then_some(name)
}
