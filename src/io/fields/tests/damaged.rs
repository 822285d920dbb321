//! Files that are not there, are no NetCDF, are cut off or have broken bytes: a reason, never a panic.

use super::{CLASSIC, FORMATS, axis, define, fill, folder, read, request, simple};
use crate::io::fields::{FieldReader, inspect};

fn message(path: &std::path::Path) -> String {
    inspect(&request(&[path.to_str().unwrap()], "u")).unwrap_err().message
}

#[test]
fn missing_files_are_told_apart() {
    let folder = folder("absent");
    assert!(message(&folder.join("a.nc")).contains("there is no file"));
    assert!(message(&folder).contains("is a folder"));
    let pattern = folder.join("*.nc");
    let problem = inspect(&request(&[pattern.to_str().unwrap()], "u")).unwrap_err();
    assert!(problem.message.starts_with("no file matches"), "{problem:?}");
    std::fs::write(folder.join("text.nc"), "lon,lat\n1,2\n").unwrap();
    assert!(message(&folder.join("text.nc")).contains("is no NetCDF file or is cut off"));
    std::fs::write(folder.join("empty.nc"), "").unwrap();
    assert!(message(&folder.join("empty.nc")).contains("is no NetCDF file or is cut off"));
}

#[test]
fn a_missing_variable_has_a_nearest_name() {
    let path = folder("variable").join("a.nc");
    simple(&path, CLASSIC, "days since 2000-01-01", &[0.0]);
    let problem = inspect(&request(&[path.to_str().unwrap()], "longitude")).unwrap_err();
    assert!(problem.message.contains("no variable `longitude`") && problem.help.unwrap().contains("`lon`"));
    let problem = inspect(&request(&[path.to_str().unwrap()], "zzz")).unwrap_err();
    assert_eq!(problem.help.as_deref(), Some("it holds: time, lat, lon, u"));
}

#[test]
fn files_cut_at_any_byte_are_refused() {
    let folder = folder("cut");
    for (at, options) in FORMATS.into_iter().enumerate() {
        let path = folder.join(format!("{at}.nc"));
        simple(&path, options, "days since 2000-01-01", &[0.0, 1.0]);
        let bytes = std::fs::read(&path).unwrap();
        let cut = folder.join(format!("cut{at}.nc"));
        for length in (0..bytes.len() - 4).step_by(if at == 2 { 97 } else { 3 }) {
            std::fs::write(&cut, &bytes[..length]).unwrap();
            let message = message(&cut);
            assert!(
                message.contains("is no NetCDF file or is cut off") || message.contains("is cut off:"),
                "{message}"
            );
        }
    }
}

/// Records of an odd number of bytes: padded to four if there are several variables, not padded if there is one.
#[test]
fn records_are_counted_with_their_padding() {
    let folder = folder("records");
    for at in [0, 1, 3] {
        for with_time in [false, true] {
            let path = folder.join(format!("{at}{with_time}.nc"));
            let mut file = netcdf::create_with(&path, FORMATS.into_iter().nth(at).unwrap()).unwrap();
            axis(&mut file, "lat", &[0.0, 1.0, 2.0], &[]);
            axis(&mut file, "lon", &[0.0, 1.0, 2.0], &[]);
            define(&mut file);
            file.add_unlimited_dimension("time").unwrap();
            file.add_variable::<i16>("u", &["time", "lat", "lon"]).unwrap();
            if with_time {
                let mut time = file.add_variable::<f64>("time", &["time"]).unwrap();
                time.put_attribute("units", "days since 2000-01-01").unwrap();
            }
            fill(&mut file);
            let values: Vec<i16> = (0..27).collect();
            file.variable_mut("u").unwrap().put_values(&values, [0..3, 0..3, 0..3]).unwrap();
            if with_time {
                file.variable_mut("time").unwrap().put_values(&[0.0, 1.0, 2.0], ..3).unwrap();
            }
            file.close().unwrap();
            let mut of_u = request(&[path.to_str().unwrap()], "u");
            of_u.every = Some(1.0);
            let head = inspect(&of_u).unwrap();
            assert_eq!((head.snapshots.len(), read(&head, 2).1[8]), (3, 26.0));
            let bytes = std::fs::read(&path).unwrap();
            std::fs::write(&path, &bytes[..bytes.len() - 4]).unwrap();
            assert!(message(&path).contains("is cut off:"));
        }
    }
}

#[test]
fn broken_bytes_do_not_panic() {
    let folder = folder("broken");
    for (at, options) in FORMATS.into_iter().enumerate() {
        let path = folder.join(format!("{at}.nc"));
        simple(&path, options, "days since 2000-01-01", &[0.0, 1.0]);
        let bytes = std::fs::read(&path).unwrap();
        let broken = folder.join(format!("broken{at}.nc"));
        for position in (0..bytes.len()).step_by(if at == 2 { 37 } else { 1 }) {
            let mut changed = bytes.clone();
            changed[position] ^= 0xa5;
            std::fs::write(&broken, &changed).unwrap();
            if let Ok(head) = inspect(&request(&[broken.to_str().unwrap()], "u"))
                && let Ok((mut reader, _)) = FieldReader::open(&head, None)
            {
                let _ = reader.read(head.snapshots.len() - 1);
            }
        }
    }
}

#[test]
fn a_file_that_changes_after_inspection_is_an_error() {
    let path = folder("changed").join("a.nc");
    simple(&path, CLASSIC, "days since 2000-01-01", &[0.0, 1.0]);
    let head = super::head(&path);
    simple(&path, CLASSIC, "days since 2000-01-01", &[0.0]);
    let error = FieldReader::open(&head, None).unwrap().0.read(1).unwrap_err();
    assert!(error.to_string().contains("no longer has the dimensions"), "{error}");
    std::fs::remove_file(&path).unwrap();
    let error = FieldReader::open(&head, None).unwrap().0.read(1).unwrap_err();
    assert!(error.to_string().contains("there is no file"), "{error}");
    assert_eq!(error.exit_status(), 3);
}

/// `cargo test --release --lib fields::tests::damaged -- --ignored`.
#[test]
#[ignore = "takes minutes"]
fn many_broken_bytes_do_not_panic() {
    let folder = folder("fuzz");
    let mut state = 12345_u64;
    let mut next = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    let mut opened = 0;
    for (at, options) in FORMATS.into_iter().enumerate() {
        let path = folder.join(format!("{at}.nc"));
        simple(&path, options, "days since 2000-01-01", &[0.0, 1.0]);
        let bytes = std::fs::read(&path).unwrap();
        let broken = folder.join(format!("broken{at}.nc"));
        for _ in 0..20_000 {
            let mut changed = bytes.clone();
            for _ in 0..=next() % 3 {
                let position = next() % bytes.len();
                changed[position] =
                    if next() % 2 == 0 { next() as u8 } else { changed[position] ^ (1 << (next() % 8)) };
            }
            std::fs::write(&broken, &changed).unwrap();
            if let Ok(head) = inspect(&request(&[broken.to_str().unwrap()], "u"))
                && let Ok((mut reader, _)) = FieldReader::open(&head, None)
            {
                opened += 1;
                let _ = reader.read(head.snapshots.len() - 1);
            }
        }
    }
    eprintln!("{opened} of 80000 could be opened");
}
