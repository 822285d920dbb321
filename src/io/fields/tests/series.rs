//! Times, calendars and several files.

use super::{CLASSIC, NETCDF_4, OFFSET_64, axis, folder, read, request, simple, variable};
use crate::advection::field::{InTime, OutsideTimes};
use crate::advection::{FieldSet, Mesh, Source};
use crate::calendar;
use crate::field_head::Calendar;
use crate::io::fields::{Component, FieldReader, Prefetch, Snapshots, inspect, read_release_list};
use crate::memory::Region;
use netcdf::Options;

#[test]
fn files_are_put_in_the_order_of_time() {
    let folder = folder("series");
    simple(&folder.join("b.nc"), CLASSIC, "days since 2000-01-01", &[0.0, 1.0]);
    simple(&folder.join("a.nc"), OFFSET_64, "hours since 2000-01-01", &[48.0, 72.0]);
    simple(&folder.join("c.nc"), NETCDF_4, "days since 2000-01-04", &[0.0, 1.0]);
    let head = inspect(&request(&[folder.join("?.nc").to_str().unwrap()], "u")).unwrap();
    let days: Vec<f64> = head.snapshots.iter().map(|s| (s.time - 946_684_800.0) / 86_400.0).collect();
    assert_eq!(days, [0.0, 1.0, 2.0, 3.0, 4.0]);
    // 4 January is in a.nc and c.nc: the first one wins.
    assert!(head.snapshots[3].path.ends_with("a.nc") && head.snapshots[3].index == 1);
    assert!(head.warnings.len() == 1 && head.warnings[0].contains("2000-01-04 00:00:00"), "{:?}", head.warnings);
    assert_eq!(read(&head, 2).1[0], 4800.0);
    assert_eq!(read(&head, 4).1[0], 100.0);
}

#[test]
fn other_calendars_are_counted_in_their_own_days() {
    let path = folder("calendar").join("a.nc");
    let mut file = netcdf::create_with(&path, Options::NETCDF4).unwrap();
    axis(&mut file, "time", &[59.0, 60.0], &[("Unit", "days since 2000-1-1"), ("calendar", "360_day")]);
    axis(&mut file, "y", &[0.0, 1.0], &[("units", "km")]);
    axis(&mut file, "x", &[0.0, 1.0], &[("units", "km")]);
    variable(&mut file, "u", &["time", "y", "x"], &[0.0; 8], &[]);
    file.close().unwrap();
    let head = super::head(&path);
    assert_eq!(head.calendar, Calendar::Days360);
    assert_eq!(calendar::text(head.snapshots[0].time, head.calendar), "2000-02-30 00:00:00");
    assert_eq!(head.axes.horizontal.bounds(), [0.0, 1000.0, 0.0, 1000.0]);
    let other = path.with_file_name("b.nc");
    simple(&other, CLASSIC, "days since 2000-01-01", &[0.0]);
    let both = request(&[path.to_str().unwrap(), other.to_str().unwrap()], "u");
    assert!(inspect(&both).unwrap_err().message.contains("the files differ"));
}

#[test]
fn times_that_make_no_sense_are_refused() {
    let folder = folder("times");
    let cases: [(&str, &[f64], &str); 4] = [
        ("days since 2000-01-01", &[0.0, 1.0, 1.0], "snapshot 2 is at 2000-01-02"),
        ("days since 2000-01-01", &[0.0, f64::NAN], "missing values"),
        ("days since when", &[0.0], "is no date"),
        ("months since 2000-01-01", &[0.0], "unit that is known"),
    ];
    for (at, (units, times, expected)) in cases.into_iter().enumerate() {
        let path = folder.join(format!("{at}.nc"));
        simple(&path, NETCDF_4, units, times);
        let problem = inspect(&request(&[path.to_str().unwrap()], "u")).unwrap_err();
        assert!(problem.message.contains(expected), "{problem:?}");
    }
}

#[test]
fn without_a_time_axis_the_interval_must_be_given() {
    let folder = folder("every");
    for name in ["a.nc", "b.nc"] {
        let mut file = netcdf::create_with(folder.join(name), Options::empty()).unwrap();
        axis(&mut file, "lat", &[0.0, 1.0], &[]);
        axis(&mut file, "lon", &[0.0, 1.0], &[]);
        variable(&mut file, "u", &["lat", "lon"], &[1.0, 2.0, 3.0, 4.0], &[]);
    }
    let mut both = request(&[folder.join("*").to_str().unwrap()], "u");
    let problem = inspect(&both).unwrap_err();
    assert!(problem.message.contains("no usable time axis"), "{problem:?}");
    assert_eq!(problem.help.as_deref(), Some("give the time between snapshots: `every: 6 h`"));
    both.every = Some(3600.0);
    let head = inspect(&both).unwrap();
    assert_eq!((head.snapshots[1].time, head.calendar), (3600.0, Calendar::Elapsed));
    // One file alone is a field that does not change.
    assert_eq!(super::head(&folder.join("a.nc")).snapshots.len(), 1);
}

#[test]
fn release_lists_are_columns() {
    let path = folder("release").join("a.nc");
    let mut file = netcdf::create_with(&path, Options::empty()).unwrap();
    file.add_dimension("particle", 2).unwrap();
    variable(&mut file, "start_lon", &["particle"], &[1.0, 2.0], &[("units", "degrees_east")]);
    variable(&mut file, "lat", &["particle"], &[3.0, 4.0], &[]);
    variable(&mut file, "depth", &["particle"], &[-5.0, 0.0], &[("positive", "up")]);
    variable(&mut file, "time", &["particle"], &[0.0, 1.0], &[("units", "days since 2000-01-01")]);
    file.close().unwrap();
    let list = read_release_list(&path).unwrap();
    assert_eq!((list.lon, list.lat, list.depth), (vec![1.0, 2.0], vec![3.0, 4.0], Some(vec![5.0, 0.0])));
    assert_eq!((list.time, list.calendar), (Some(vec![946_684_800.0, 946_771_200.0]), Calendar::Standard));
}

#[test]
fn snapshots_are_read_ahead() {
    let path = folder("ahead").join("a.nc");
    simple(&path, NETCDF_4, "days since 2000-01-01", &[0.0, 1.0, 2.0, 3.0]);
    let head = super::head(&path);
    let (reader, grid) = FieldReader::open(&head, None).unwrap();
    let source = Source::Gridded { grid, times: vec![0.0, 1.0, 2.0, 3.0], outside: OutsideTimes::Refuse };
    let mut set = FieldSet::new(Mesh::Spherical, &[source], Vec::new(), None);
    let layout = set.windows().next().unwrap().1.clone();
    let mut region = Region::own(2 * layout.bytes()).unwrap();
    let slots = [(); 2].map(|()| layout.cut(&mut region).unwrap());
    let snapshots = Snapshots::new(reader, vec![0.0, 1.0, 2.0, 3.0], InTime::Linear);
    let ahead = Prefetch::start(vec![Component { snapshots, factor: 2.0 }], layout).unwrap();
    for (slot, time) in slots.into_iter().zip([1, 3]) {
        ahead.ask(time, slot);
        let (slot, filled) = ahead.take().unwrap();
        filled.unwrap();
        set.admit(0, time as f64, slot);
    }
    for time in [1.0, 2.0, 3.0] {
        assert_eq!(set.value(0, time, [0.0, 10.0, 0.0]), 200.0 * time);
    }
    // What cannot be read gives the memory back, and the thread goes on.
    let (_, slot) = set.forget(1.0, 1.5).pop().unwrap();
    ahead.ask(9, slot);
    let (slot, filled) = ahead.take().unwrap();
    assert!(filled.is_err());
    ahead.ask(2, slot);
    drop(ahead);
}

#[test]
fn exact_snapshots_between_those_of_the_file() {
    let path = folder("between").join("a.nc");
    simple(&path, NETCDF_4, "days since 2000-01-01", &[0.0, 1.0, 2.0, 4.0, 5.0]);
    let (reader, _) = FieldReader::open(&super::head(&path), None).unwrap();
    let times = vec![0.0, 1.0, 2.0, 4.0, 5.0];
    let mut snapshots = Snapshots::new(reader, times, InTime::Cubic);
    let times = snapshots.times();
    assert_eq!(times.len(), 33);
    assert_eq!((times[0], times[12], times[20], times[32]), (0.0, 1.5, 3.0, 5.0));
    // Forward, backward and by leaps; values are 100 t + 10 row + column.
    for at in [0, 1, 12, 20, 32, 31, 15, 2] {
        let mut values = Vec::new();
        let mut put = |first: usize, row: &mut [f32]| {
            assert_eq!(first, values.len());
            values.extend_from_slice(row);
        };
        snapshots.read(at, &mut put).unwrap();
        for (place, value) in values.iter().enumerate() {
            let expected = 100.0 * times[at] + (place / 4 * 10 + place % 4) as f64;
            assert!((f64::from(*value) - expected).abs() < 1e-4, "{at} {place}: {value}");
        }
    }
    assert!(snapshots.read(33, &mut |_, _| ()).is_err());
}
