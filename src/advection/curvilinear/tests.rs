use super::*;
use crate::advection::Mesh;
use crate::advection::curvilinear::SEARCHED;
use crate::advection::rows::Row;
use crate::instructions::Instructions;

/// Numbers from 0 to 1 that look random: the fractional parts of multiples of irrational numbers.
fn points(count: usize) -> impl Iterator<Item = [f64; 2]> {
    (1..=count).map(|n| [0.754_877_666_246_693, 0.569_840_290_998_053].map(|step| (n as f64 * step).fract()))
}

/// A grid of 40 by 30 nodes, rotated, sheared and waved; with a centre in degrees or units of 1000 m.
fn distorted(centre: [f64; 2], mesh: Mesh) -> Curvilinear {
    let (nx, ny) = (40, 30);
    let node = |n: usize| {
        let (x, y) = ((n % nx) as f64 - 20.0, (n / nx) as f64 - 15.0);
        let (x, y) = (x + 0.3 * (0.7 * y).sin(), y + 0.2 * (0.9 * x).cos() + 0.1 * x);
        [centre[0] + 0.3 * (0.8 * x - 0.6 * y), centre[1] + 0.3 * (0.6 * x + 0.8 * y)]
    };
    let lon = (0..nx * ny).map(|n| wrap(node(n)[0])).collect();
    let lat = (0..nx * ny).map(|n| node(n)[1]).collect();
    Curvilinear::new(nx, ny, lon, lat, mesh).unwrap()
}

impl Curvilinear {
    /// The point of local coordinates in a cell; its longitude may be off by 360 from others.
    pub(in crate::advection) fn point(&self, i: usize, j: usize, [xi, eta]: [f64; 2]) -> [f64; 2] {
        let (node, cell) = (&self.nodes[j * self.nx + i], self.cell(i, j).unwrap());
        let [a, b] = cell.tangents(0.0, eta);
        [node.lon + xi * a[0] + eta * b[0], node.lat + xi * a[1] + eta * b[1]]
    }
}

fn wrap(lon: f64) -> f64 {
    Units::new(Mesh::Spherical).unwrap(lon)
}

fn locate(grid: &Curvilinear, lon: f64, lat: f64) -> Option<Location> {
    grid.locate(lon, lat, &mut CellHint::default())
}

#[test]
fn local_coordinates_come_back() {
    for (grid, mesh) in
        [(distorted([10.0, 50.0], Mesh::Flat), "flat"), (distorted([180.0, -30.0], Mesh::Spherical), "sphere")]
    {
        let mut hint = CellHint::default();
        for (n, [x, y]) in points(5000).enumerate() {
            let (i, j) = (n * 7 % (grid.nx() - 1), n * 11 % (grid.ny() - 1));
            let [lon, lat] = grid.point(i, j, [x, y]);
            let found = grid.locate(lon, lat, &mut hint).unwrap();
            assert_eq!((found.i, found.j), (i, j), "{mesh}");
            assert!((found.xi - x).abs() < 1e-11 && (found.eta - y).abs() < 1e-11, "{mesh} {found:?}");
        }
    }
}

#[test]
fn the_hint_changes_nothing() {
    let grid = distorted([0.0, 0.0], Mesh::Spherical);
    let mut hint = CellHint::default();
    for [x, y] in points(20_000) {
        let (lon, lat) = (16.0 * x - 8.0, 16.0 * y - 8.0);
        assert_eq!(grid.locate(lon, lat, &mut hint), locate(&grid, lon, lat));
    }
    for node in grid.nodes.iter() {
        let alone = locate(&grid, node.lon, node.lat).unwrap();
        assert_eq!(grid.locate(node.lon, node.lat, &mut hint), Some(alone));
    }
}

/// Whatever the hints, a tile finds the bits that a search for one point finds, with any instructions.
#[test]
fn tiles_find_what_single_searches_find() {
    let lines: Vec<f64> = (0..37).map(|i| 10.0 * f64::from(i) - 180.0).collect();
    let global = Curvilinear::from_lines(&lines, &lines[9..28], Mesh::Spherical).unwrap();
    for grid in [distorted([10.0, 50.0], Mesh::Flat), distorted([179.0, -30.0], Mesh::Spherical), global] {
        let [lon, lat] = [grid.nodes[615].lon, grid.nodes[615].lat];
        for instructions in Instructions::available() {
            let (mut hints, mut tile) = ([CellHint::default(); SEARCHED], Tile::EMPTY);
            let all: Vec<[f64; 2]> = points(4000).map(|[x, y]| [lon + 12.0 * x - 6.0, lat + 12.0 * y - 6.0]).collect();
            // Neighbours in turn, then jumps; turns of 360 degrees are the same place on the sphere.
            for (n, points) in all.chunks_exact(SEARCHED).enumerate() {
                let shift = if grid.mesh() == Mesh::Spherical { 360.0 * (n % 3) as f64 } else { 0.0 };
                let x: Row<SEARCHED> = std::array::from_fn(|lane| points[lane][0] + shift);
                let y: Row<SEARCHED> = std::array::from_fn(|lane| points[lane][1]);
                if n % 3 == 2 {
                    hints[n % SEARCHED] = CellHint::default();
                }
                grid.find_tile(instructions, &x, &y, &mut hints, &mut tile);
                for lane in 0..SEARCHED {
                    let alone = grid.find(x[lane], y[lane], &mut CellHint::default());
                    assert_eq!(tile.found[lane], alone.is_some());
                    let Some(alone) = alone else { continue };
                    assert_eq!(tile.node[lane] as usize, alone.j * grid.nx() + alone.i);
                    assert_eq!(tile.place(lane), alone.place);
                    assert_eq!(grid.cell_of(&tile, lane).parts(), alone.cell.parts());
                }
            }
        }
    }
}

#[test]
fn no_gap_between_cells() {
    let grid = distorted([100.0, 20.0], Mesh::Spherical);
    for (j, i) in (0..grid.ny() - 1).flat_map(|j| (0..grid.nx() - 1).map(move |i| (j, i))) {
        for [t, _] in points(20) {
            for [xi, eta] in [[t, 0.0], [t, 1.0], [0.0, t], [1.0, t]] {
                let [lon, lat] = grid.point(i, j, [xi, eta]);
                assert!(locate(&grid, lon, lat).is_some());
            }
        }
    }
}

#[test]
fn the_date_line_is_a_place_like_others() {
    let grid = distorted([179.9, 10.0], Mesh::Spherical);
    for [x, y] in points(2000) {
        let (lon, lat) = (179.9 + 5.0 * (x - 0.5), 10.0 + 5.0 * (y - 0.5));
        let here = locate(&grid, lon, lat).unwrap();
        for turns in [-3.0, -1.0, 1.0, 2.0] {
            let there = locate(&grid, lon + 360.0 * turns, lat).unwrap();
            assert_eq!((there.i, there.j), (here.i, here.j));
            assert!((there.xi - here.xi).abs() < 1e-10 && (there.eta - here.eta).abs() < 1e-10);
        }
    }
}

#[test]
fn points_outside_are_nowhere() {
    let grid = distorted([0.0, 0.0], Mesh::Spherical);
    let mut hint = CellHint::default();
    for (lon, lat) in
        [(90.0, 0.0), (180.0, 0.0), (0.0, 60.0), (-10.0, -60.0), (f64::NAN, 0.0), (0.0, f64::INFINITY), (0.0, 1e300)]
    {
        assert_eq!(grid.locate(lon, lat, &mut hint), None);
        assert!(grid.locate(0.1, 0.1, &mut hint).is_some(), "a miss does no harm to the next search");
    }
}

#[test]
fn misfits_are_no_grid() {
    assert!(Curvilinear::new(2, 2, vec![0.0; 3], vec![0.0; 4], Mesh::Flat).is_none());
    assert!(Curvilinear::new(1, 4, vec![0.0; 4], vec![0.0; 4], Mesh::Flat).is_none());
    assert!(Curvilinear::new(usize::MAX, 2, vec![], vec![], Mesh::Flat).is_none());
    // All nodes at one place: a grid, but none of its cells holds anything.
    let point = Curvilinear::new(2, 2, vec![0.0; 4], vec![0.0; 4], Mesh::Flat).unwrap();
    assert_eq!(locate(&point, 0.0, 0.0), None);
}

#[test]
fn nodes_without_coordinates_spoil_their_cells_only() {
    let lines: Vec<f64> = (0..6).map(f64::from).collect();
    let whole = Curvilinear::from_lines(&lines, &lines, Mesh::Spherical).unwrap();
    let mut lon: Vec<f64> = whole.nodes.iter().map(|node| node.lon).collect();
    let lat: Vec<f64> = whole.nodes.iter().map(|node| node.lat).collect();
    lon[6 * 2 + 2] = f64::NAN;
    let torn = Curvilinear::new(6, 6, lon, lat, Mesh::Spherical).unwrap();
    for [x, y] in points(1000) {
        let (lon, lat) = (5.0 * x, 5.0 * y);
        let spoilt = (1.0..3.0).contains(&lon) && (1.0..3.0).contains(&lat);
        assert_eq!(locate(&torn, lon, lat), locate(&whole, lon, lat).filter(|_| !spoilt));
    }
}

#[test]
fn descending_latitudes_are_a_grid_too() {
    let lon: Vec<f64> = (0..9).map(|i| f64::from(i) * 0.5).collect();
    let lat: Vec<f64> = (0..9).map(|j| 60.0 - f64::from(j)).collect();
    let grid = Curvilinear::from_lines(&lon, &lat, Mesh::Spherical).unwrap();
    let place = locate(&grid, 1.6, 57.75).unwrap();
    assert_eq!((place.i, place.j), (3, 2));
    assert!((place.xi - 0.2).abs() < 1e-12 && (place.eta - 0.25).abs() < 1e-12);
    let place = Place { xi: place.xi, eta: place.eta, jacobian: 1.0 };
    let mean = place.weights().into_iter().zip([[1.5, 58.0], [2.0, 58.0], [2.0, 57.0], [1.5, 57.0]]);
    let [x, y] = mean.fold([0.0, 0.0], |[x, y], (w, node)| [x + w * node[0], y + w * node[1]]);
    assert!((x - 1.6).abs() < 1e-12 && (y - 57.75).abs() < 1e-12);
}

/// A quarter-degree ORCA grid has two columns twice, and rows folded over at the north.
#[test]
fn copies_have_one_address() {
    let (nx, ny) = (92, 40);
    let lon: Vec<f64> = (0..nx).map(|i| wrap(73.0 + 4.0 * f64::from(i))).collect();
    let lat: Vec<f64> = (0..ny).map(|j| -70.0 + 4.0 * f64::from(j)).collect();
    let grid = Curvilinear::from_lines(&lon, &lat, Mesh::Spherical).unwrap();
    assert_eq!(grid.copies, Some(1));
    for start in [0, 1, 45, 89, 90] {
        for [x, y] in points(500) {
            let (lon, lat) = (65.0 + 20.0 * x, 60.0 * y);
            let mut hint = CellHint(25 * nx + start);
            let place = grid.locate(lon, lat, &mut hint).unwrap();
            assert_eq!(Some(place), locate(&grid, lon, lat));
            assert!(place.i < 90);
        }
    }
    let regional = distorted([0.0, 60.0], Mesh::Spherical);
    assert_eq!(regional.copies, None);
}

#[test]
fn sines_and_cosines() {
    for n in -9000..=9000 {
        let degrees = f64::from(n) * 0.01;
        let [sin, cos] = sin_cos_degrees(degrees);
        assert!((sin - degrees.to_radians().sin()).abs() < 4e-16, "{degrees}");
        assert!((cos - degrees.to_radians().cos()).abs() < 4e-16, "{degrees}");
    }
}

/// `cargo test --release --lib curvilinear::tests::speed -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn speed() {
    let lon: Vec<f64> = (0..1442).map(|i| 73.0 + 0.25 * f64::from(i)).collect();
    let lat: Vec<f64> = (0..1021).map(|j| -80.0 + 1.0 / 6.0 * f64::from(j)).collect();
    let begin = std::time::Instant::now();
    let grid = Curvilinear::from_lines(&lon, &lat, Mesh::Spherical).unwrap();
    let built = begin.elapsed().as_secs_f64();
    let begin = std::time::Instant::now();
    let count = 1_000_000;
    let hits = points(count).filter(|[x, y]| locate(&grid, 360.0 * x, 160.0 * y - 78.0).is_some()).count();
    let each = begin.elapsed().as_secs_f64() / count as f64;
    println!("1442 x 1021 nodes: built in {built:.3} s; first search {:.0} ns; {hits} hits", each * 1e9);
}
