//! Whether two files hold the same, bit for bit.

use std::path::Path;

use netcdf::Variable;

use super::results::Results;
use crate::error::Error;

/// Bytes of a variable that are looked at once.
const AT_ONCE: usize = 32 << 20;

/// The names of variables whose values, dimensions or types differ, or that only one of the files has. Attributes may
/// differ: they tell when and where a file was made.
///
/// # Errors
/// `File` when one of them cannot be read.
pub fn differences(a: &Path, b: &Path) -> Result<Vec<String>, Error> {
    let (left, right) = (Results::open(a)?, Results::open(b)?);
    let mut names: Vec<String> =
        left.file.variables().chain(right.file.variables()).map(|variable| variable.name()).collect();
    names.sort_unstable();
    names.dedup();
    let mut different = Vec::new();
    for name in names {
        let same = match (left.file.variable(&name), right.file.variable(&name)) {
            (Some(x), Some(y)) => same(&x, &y).map_err(|reason| super::results::cannot_read(a, &reason))?,
            _ => false,
        };
        if !same {
            different.push(name);
        }
    }
    Ok(different)
}

fn same(a: &Variable<'_>, b: &Variable<'_>) -> Result<bool, netcdf::Error> {
    let shape = |variable: &Variable<'_>| -> Vec<(String, usize)> {
        variable.dimensions().iter().map(|dimension| (dimension.name(), dimension.len())).collect()
    };
    if shape(a) != shape(b) || a.vartype() != b.vartype() {
        return Ok(false);
    }
    let lengths: Vec<usize> = shape(a).into_iter().map(|(_, length)| length).collect();
    let Some((&rows, others)) = lengths.split_first() else {
        return Ok(bytes(a, &[])? == bytes(b, &[])?);
    };
    let of_row = a.vartype().size() * others.iter().product::<usize>();
    let step = (AT_ONCE / of_row.max(1)).max(1);
    for first in (0..rows).step_by(step) {
        let of_rows = first..rows.min(first + step);
        let part: Vec<_> = std::iter::once(of_rows).chain(others.iter().map(|&length| 0..length)).collect();
        if bytes(a, &part)? != bytes(b, &part)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The bytes of a part of a variable as this machine keeps them.
fn bytes(variable: &Variable<'_>, part: &[std::ops::Range<usize>]) -> Result<Vec<u8>, netcdf::Error> {
    let count: usize = part.iter().map(|range| range.end - range.start).product();
    let mut out = vec![0; count * variable.vartype().size()];
    variable.get_raw_values_into(&mut out, part)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, name: &str, values: &[f64], label: &str) {
        let mut file = netcdf::create(path).unwrap();
        file.add_unlimited_dimension("time").unwrap();
        file.add_dimension("letter", 2).unwrap();
        let mut variable = file.add_variable::<f64>(name, &["time"]).unwrap();
        variable.put_values(values, 0..values.len()).unwrap();
        variable.put_attribute("made", label).unwrap();
        let mut scalar = file.add_variable::<i64>("seed", &[]).unwrap();
        scalar.put_value(9_007_199_254_740_993_i64 + values.len() as i64, ()).unwrap();
        file.close().unwrap();
    }

    #[test]
    fn exact_bits_count_and_attributes_do_not() {
        let folder = std::env::temp_dir().join(format!("chemdrift-compare-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let [a, b] = ["a.nc", "b.nc"].map(|name| folder.join(name));
        let found = |name: &str, values: &[f64]| {
            write(&a, "x", &[0.0, f64::NAN], "first");
            write(&b, name, values, "second");
            differences(&a, &b).unwrap()
        };
        assert_eq!(found("x", &[0.0, f64::NAN]), Vec::<String>::new());
        assert_eq!(found("x", &[-0.0, f64::NAN]), ["x"]);
        assert_eq!(found("x", &[0.0, f64::NAN, 1.0]), ["seed", "x"]);
        assert_eq!(found("y", &[0.0, f64::NAN]), ["x", "y"]);
        assert!(differences(&a, &folder.join("none.nc")).is_err());
        std::fs::remove_dir_all(folder).unwrap();
    }
}
