//! Reads whole NetCDF files, so that two of them can be compared bit by bit.

use std::collections::BTreeMap;
use std::path::Path;

/// Shape and bits of every variable by name.
pub type Datasets = BTreeMap<String, (Vec<(String, usize)>, Vec<u64>)>;

pub fn read(path: &Path) -> Datasets {
    let file = netcdf::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    file.variables()
        .map(|variable| {
            let shape = variable.dimensions().iter().map(|d| (d.name(), d.len())).collect();
            if variable.vartype() == netcdf::types::NcVariableType::Char {
                return (variable.name(), (shape, characters(&variable)));
            }
            // Every other type that is written converts to f64 without loss.
            let values: Vec<f64> = variable.get_values(..).expect("values");
            (variable.name(), (shape, values.into_iter().map(f64::to_bits).collect()))
        })
        .collect()
}

/// The characters of a variable of texts.
fn characters(variable: &netcdf::Variable<'_>) -> Vec<u64> {
    let mut bytes = vec![0_u8; variable.len()];
    variable.get_raw_values_into(&mut bytes, ..).expect("characters");
    bytes.into_iter().map(u64::from).collect()
}

/// Values of one variable.
pub fn values(path: &Path, name: &str) -> Vec<f64> {
    let all = read(path);
    let (_, bits) = all.get(name).unwrap_or_else(|| panic!("no variable {name} in {}", path.display()));
    bits.iter().map(|&b| f64::from_bits(b)).collect()
}

/// Fails with the names of the variables that differ.
pub fn assert_equal(a: &Path, b: &Path) {
    let (left, right) = (read(a), read(b));
    assert!(left.keys().eq(right.keys()), "different variables in {} and {}", a.display(), b.display());
    let different: Vec<_> = left.iter().filter(|(name, data)| right[*name] != **data).map(|(name, _)| name).collect();
    assert!(different.is_empty(), "{} and {} differ in {different:?}", a.display(), b.display());
}
