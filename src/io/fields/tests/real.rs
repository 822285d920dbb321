//! Files that others wrote (`shared/data/fields`, not part of the repository). Expected numbers by netCDF4-python 1.7.5.

use super::{read, request};
use crate::advection::field::{Horizontal, Staggering};
use crate::calendar;
use crate::field_head::{Calendar, HorizontalHead, Region};
use crate::io::fields::{FieldReader, inspect};

/// Path of a real file, or `None` after saying that the test does nothing.
fn real(name: &str) -> Option<String> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/fields");
    if folder.is_dir() {
        return Some(folder.join(name).to_string_lossy().into_owned());
    }
    eprintln!("skipped: {} is not here", folder.display());
    None
}

#[test]
fn globcurrent_is_a_series_of_days() {
    let Some(files) = real("globcurrent_2002_raw/*.nc") else { return };
    let head = inspect(&request(&[&files], "eastward_eulerian_current_velocity")).unwrap();
    assert_eq!((head.snapshots.len(), head.calendar, head.units.as_str()), (19, Calendar::Standard, "m s-1"));
    let (first, last) = head.time_range();
    assert_eq!(calendar::text(first, head.calendar), "2002-01-01 00:00:00");
    assert_eq!(calendar::text(last, head.calendar), "2002-01-19 00:00:00");
    assert_eq!(head.axes.horizontal.bounds(), [14.875, 34.875, -40.125, -30.125]);
    let (_, values) = read(&head, 0);
    assert_eq!(values.iter().filter(|v| v.is_nan()).count(), 769);
    assert_eq!(values[5 * 81 + 7], 1.055_556_f32);
    let region = Region { lon: [20.0, 21.0], lat: [-36.0, -35.0], depth: None };
    let (mut part, grid) = FieldReader::open(&head, Some(region)).unwrap();
    let Horizontal::Rectilinear { lon, lat } = grid.horizontal else { panic!() };
    assert_eq!((lon[0], lon.len(), lat[0], lat.len()), (19.625, 8, -36.375, 8));
    let part = part.read(0).unwrap();
    assert_eq!(part[9].to_bits(), values[16 * 81 + 20].to_bits());
}

#[test]
fn nemo_has_corners_in_another_file() {
    let Some(files) = real("nemo_orca025_northsea/*U.nc") else { return };
    let mut of_u = request(&[&files], "uo");
    of_u.staggering = Staggering::C;
    let problem = inspect(&of_u).unwrap_err();
    assert!(problem.message.contains("corners"), "{problem:?}");
    of_u.coordinates = real("nemo_orca025_northsea/coordinates.nc");
    let head = inspect(&of_u).unwrap();
    assert_eq!((head.snapshots.len(), head.axes.depth.len()), (3, 75));
    assert_eq!(calendar::text(head.snapshots[0].time, head.calendar), "2000-01-02 12:00:00");
    let (reader, values) = read(&head, 0);
    let grid = FieldReader::open(&head, None).unwrap().1;
    let Horizontal::Curvilinear { nx, ny, lon, .. } = &grid.horizontal else { panic!() };
    assert_eq!((*nx, *ny, lon[100 * 151 + 70]), (151, 201, -3.656_600_952_148_437_5));
    assert_eq!(values[100 * 151 + 70], 0.281_666_52);
    assert_eq!(values.iter().filter(|v| v.is_nan()).count(), 102_000);
    let region = Region { lon: [0.0, 5.0], lat: [55.0, 60.0], depth: Some([0.0, 10.0]) };
    let (mut part, grid) = FieldReader::open(&head, Some(region)).unwrap();
    assert_eq!(grid.depth.len(), 10);
    assert!(part.len() < reader.len() / 100, "{} of {}", part.len(), reader.len());
    let some = part.read(2).unwrap();
    assert!(some.iter().any(|v| *v != 0.0));
}

#[test]
fn storm_winds_need_every() {
    let Some(file) = real("storm_winds/Ustorm.cdf") else { return };
    let mut storm = request(&[&file], "u");
    let problem = inspect(&storm).unwrap_err();
    assert!(problem.message.contains("no usable time axis") && problem.help.unwrap().contains("every"));
    storm.every = Some(21_600.0);
    let head = inspect(&storm).unwrap();
    assert_eq!(
        (head.snapshots.len(), head.calendar, head.snapshots[63].time),
        (64, Calendar::Elapsed, 63.0 * 21_600.0)
    );
    let (_, values) = read(&head, 5);
    assert_eq!(values[7 * 36 + 9], 1.849_929_8);
    let (_, all): (_, Vec<_>) = (0, (0..64).flat_map(|s| read(&head, s).1).collect());
    assert_eq!(all.iter().filter(|v| v.is_nan()).count(), 14_336);
}

#[test]
fn pop_has_levels_half_way_between_interfaces() {
    let Some(files) = real("pop_southern_ocean/*.nc") else { return };
    let mut pop = request(&[&files], "UVEL");
    pop.every = Some(30.0 * 86_400.0);
    let problem = inspect(&pop).unwrap_err();
    assert!(problem.message.contains("`k`"), "{problem:?}");
    pop.dimensions.depth = Some("w_dep".to_owned());
    let head = inspect(&pop).unwrap();
    assert_eq!((head.snapshots.len(), head.axes.depth.len(), head.units.as_str()), (6, 20, "cm/s"));
    assert!((head.axes.depth[0] - 5.006_22).abs() < 1e-5 && head.warnings.len() == 1);
    let (_, values) = read(&head, 0);
    let grid = FieldReader::open(&head, None).unwrap().1;
    // Nodes on rows and columns are known for what they are, although the file gives them for every node.
    assert!(matches!(grid.horizontal, Horizontal::Rectilinear { .. }));
    assert_eq!(values[(3 * 60 + 10) * 60 + 11], 0.406_965_1);
}

#[test]
fn arctic_packed_values_on_a_polar_grid() {
    let Some(file) = real("roms_metno/Arctic20_1to5Feb_2016.nc") else { return };
    let head = inspect(&request(&[&file], "u")).unwrap();
    assert!(matches!(head.axes.horizontal, HorizontalHead::Curvilinear { nx: 91, ny: 51, .. }));
    assert_eq!((head.snapshots.len(), head.axes.depth.len(), head.axes.depth[16]), (5, 17, 3000.0));
    assert!(head.warnings[0].contains("x_sea_water_velocity"));
    let (_, values) = read(&head, 2);
    assert_eq!(values[(3 * 51 + 25) * 91 + 40], 0.161_767_84);
    // The same on the flat grid of the projection: km become m.
    let mut flat = request(&[&file], "u");
    (flat.dimensions.lon, flat.dimensions.lat) = (Some("X".to_owned()), Some("Y".to_owned()));
    let HorizontalHead::Rectilinear { lon, degrees, global, .. } = inspect(&flat).unwrap().axes.horizontal else {
        panic!()
    };
    assert_eq!((lon[0], degrees, global), (-1_971_000.0, false, false));
}

#[test]
fn nordic_seas_have_packed_coordinates_and_broken_ones() {
    let Some(file) = real("roms_metno/Nordic_subset.nc") else { return };
    let zeta = inspect(&request(&[&file], "zeta")).unwrap();
    assert_eq!(calendar::text(zeta.snapshots[0].time, zeta.calendar), "2016-02-02 12:00:00");
    let HorizontalHead::Curvilinear { bounds, .. } = zeta.axes.horizontal else { panic!() };
    assert!(bounds[0] > 5.0 && bounds[1] < 25.0 && bounds[2] > 65.0 && bounds[3] < 72.0, "{bounds:?}");
    let problem = inspect(&request(&[&file], "u")).unwrap_err();
    assert!(problem.message.contains("do not span an area"), "{problem:?}");
    let mut on_rho = request(&[&file], "u");
    (on_rho.dimensions.lon, on_rho.dimensions.lat) = (Some("lon_rho".to_owned()), Some("lat_rho".to_owned()));
    let problem = inspect(&on_rho).unwrap_err();
    assert!(problem.message.contains("follow the terrain (ocean_s_coordinate_g2)"), "{problem:?}");
}

#[test]
fn croco_counts_from_its_start() {
    let Some(file) = real("croco_benguela/croco_his.nc") else { return };
    let head = inspect(&request(&[&file], "zeta")).unwrap();
    assert_eq!((head.calendar, head.time_range()), (Calendar::Elapsed, (0.0, 259_200.0)));
    let (_, values) = read(&head, 1);
    assert_eq!(values[20 * 43 + 20], -0.129_706_62);
    let problem = inspect(&request(&[&file], "u")).unwrap_err();
    assert!(problem.message.contains("follow the terrain"), "{problem:?}");
}
