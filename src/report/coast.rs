//! The land of the earth, coarse, to find one's way on maps: Natural Earth at 1:110 million (public domain), made by
//! `scripts/make_coastlines.py`.

/// Rings of coast, one a line: the first point, then differences, in hundredths of a degree.
const RINGS: &str = include_str!("coastlines.txt");

/// The rings whose bounds meet a window of degrees, also where it reaches over the date line.
#[must_use]
pub fn land(west: f64, east: f64, south: f64, north: f64) -> Vec<Vec<(f64, f64)>> {
    let mut seen = Vec::new();
    for ring in RINGS.lines().map(ring) {
        for turn in [-360.0, 0.0, 360.0] {
            let bounds = |of: fn(&(f64, f64)) -> f64| {
                let all = || ring.iter().map(of);
                (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max))
            };
            let ((left, right), (low, high)) = (bounds(|p| p.0), bounds(|p| p.1));
            if left + turn < east && right + turn > west && low < north && high > south {
                seen.push(ring.iter().map(|&(x, y)| (x + turn, y)).collect());
            }
        }
    }
    seen
}

fn ring(line: &str) -> Vec<(f64, f64)> {
    let pair = |text: &str| -> Option<(i32, i32)> {
        let (x, y) = text.split_once(',')?;
        Some((x.parse().ok()?, y.parse().ok()?))
    };
    let steps = line.split(' ').filter_map(pair);
    steps
        .scan((0, 0), |at, (x, y)| {
            *at = (at.0 + x, at.1 + y);
            Some((f64::from(at.0) / 100.0, f64::from(at.1) / 100.0))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a place is inside an odd number of rings.
    fn is_land(x: f64, y: f64) -> bool {
        let rings = land(-180.0, 180.0, -90.0, 90.0);
        let crossings = |ring: &Vec<(f64, f64)>| {
            let crosses = |pair: &&[(f64, f64)]| {
                let [a, b] = [pair[0], pair[1]];
                (a.1 > y) != (b.1 > y) && x < a.0 + (y - a.1) / (b.1 - a.1) * (b.0 - a.0)
            };
            ring.windows(2).filter(crosses).count()
        };
        rings.iter().map(crossings).sum::<usize>() % 2 == 1
    }

    #[test]
    fn exact_places_on_land_and_at_sea() {
        // Kansas, Alice Springs, Nairobi, Irkutsk, the South Pole's plateau.
        for (x, y) in [(-98.0, 38.5), (133.9, -23.7), (36.8, -1.3), (104.3, 52.3), (20.0, -85.0)] {
            assert!(is_land(x, y), "{x} {y}");
        }
        // The North Atlantic, the Pacific, the Caspian, the Gulf of Guinea.
        for (x, y) in [(-40.0, 45.0), (-150.0, 0.0), (51.0, 42.0), (0.0, 0.0)] {
            assert!(!is_land(x, y), "{x} {y}");
        }
    }

    #[test]
    fn exact_windows_over_the_date_line_see_both_sides() {
        // New Zealand and Hawaii in a window that counts longitudes from 0 to 360.
        assert!(land(165.0, 210.0, -48.0, 25.0).len() >= 3);
        // South of Australia lies Antarctica alone.
        assert_eq!(land(120.0, 130.0, -75.0, -60.0).len(), 1);
    }
}
