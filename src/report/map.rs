//! Maps: paths of particles, and how densely they lie at the end.

use std::fmt::Write as _;

use super::axis::Axis;
use super::coast;
use super::figure::{Figure, Frame, WIDTH, path};
use super::text::{count, unit};

/// The plane on which positions are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plane {
    /// Longitudes and latitudes in degrees.
    Sphere,
    /// x and y in km.
    Flat,
}

/// The window of a map, with axes.
#[derive(Debug, Clone)]
pub struct Map {
    plane: Plane,
    frame: Frame,
    x: Axis,
    y: Axis,
}

impl Map {
    /// A map that holds all positions; a degree of longitude is as wide as it is at the middle latitude.
    #[must_use]
    pub fn around<'p>(plane: Plane, points: impl Iterator<Item = &'p (f64, f64)>) -> Self {
        let none = (f64::INFINITY, f64::NEG_INFINITY, f64::INFINITY, f64::NEG_INFINITY);
        let finite = points.filter(|(x, y)| x.is_finite() && y.is_finite());
        let (west, east, south, north) =
            finite.fold(none, |(w, e, s, n), &(x, y)| (w.min(x), e.max(x), s.min(y), n.max(y)));
        let (west, east, south, north) =
            if west.is_finite() { (west, east, south, north) } else { (-1.0, 1.0, -1.0, 1.0) };
        let squeeze = if plane == Plane::Sphere { (0.5 * (south + north)).to_radians().cos().max(0.1) } else { 1.0 };
        let (wide, high) = ((east - west) * squeeze, north - south);
        let size = wide.max(high).max(1e-9);
        // Neither side is under a third of the other, so that labels have room.
        let (wide, high) = (1.06 * wide.max(size / 3.0), 1.06 * high.max(size / 3.0));
        let most = Frame { left: 62.0, top: 36.0, width: 382.0, height: 340.0 };
        let scale = (most.width / wide).min(most.height / high);
        let (width, height) = (wide * scale, high * scale);
        let frame = Frame { left: most.left + (most.width - width) / 2.0, width, height, ..most };
        let (middle, half) = (0.5 * (west + east), 0.5 * wide / squeeze);
        let (centre, rise) = (0.5 * (south + north), 0.5 * high);
        let x = Axis::within(middle - half, middle + half, (width / 70.0).ceil() as usize);
        let y = Axis::within(centre - rise, centre + rise, (height / 55.0).ceil() as usize);
        Self { plane, frame, x, y }
    }

    /// The land that the map shows, under everything else; nothing on a flat mesh.
    fn land(&self, figure: &str) -> String {
        if self.plane == Plane::Flat {
            return String::new();
        }
        let Frame { left, top, width, height } = self.frame;
        let mut line = String::new();
        for ring in coast::land(self.x.low, self.x.high, self.y.low, self.y.high) {
            // Points that are closer than can be seen only make the page larger.
            let mut before = (f64::NAN, f64::NAN);
            let points: Vec<_> = ring.iter().map(|point| self.at(point)).collect();
            let last = points.len() - 1;
            let kept = points.into_iter().enumerate().filter(|&(place, (x, y))| {
                let near = (x - before.0).abs() + (y - before.1).abs() < 0.7 && place != last;
                if !near {
                    before = (x, y);
                }
                !near
            });
            line += &path(kept.map(|(_, at)| Some(at)));
            line.push('z');
        }
        format!(
            "<clipPath id=\"frame-{figure}\"><path d=\"M{left:.1} {top:.1}h{width:.1}v{height:.1}h-{width:.1}z\"/></clipPath>\
             <g clip-path=\"url(#frame-{figure})\"><path class=\"land\" d=\"{line}\"/></g>"
        )
    }

    fn axes(&self, figure: &str) -> String {
        let (x, y) = match self.plane {
            Plane::Sphere => (("Longitude", unit("degrees_east")), ("Latitude", unit("degrees_north"))),
            Plane::Flat => (("x", "km".to_owned()), ("y", "km".to_owned())),
        };
        let bottom = self.frame.top + self.frame.height;
        // The label of the vertical axis is turned: above the frame is the title.
        let middle = self.frame.top + self.frame.height / 2.0;
        let left = self.frame.left - 46.0;
        self.land(figure)
            + &self.frame.axes(&self.x, &format!("{} ({})", x.0, self.x.unit(&x.1)), &self.y, "")
            + &format!(
                "<text class=\"label\" transform=\"translate({left:.1} {middle:.1}) rotate(-90)\" \
                 text-anchor=\"middle\">{} ({})</text><path class=\"axis\" d=\"M{:.1} {bottom:.1}v{:.1}h{:.1}v{:.1}\"/>",
                y.0,
                self.y.unit(&y.1),
                self.frame.left,
                -self.frame.height,
                self.frame.width,
                self.frame.height
            )
    }

    fn at(&self, &(x, y): &(f64, f64)) -> (f64, f64) {
        (self.frame.x(&self.x, x), self.frame.y(&self.y, y))
    }

    fn bottom(&self) -> f64 {
        self.frame.top + self.frame.height
    }

    /// Trajectories with a dot at each end.
    #[must_use]
    pub fn trajectories(&self, caption: &str, tracks: &[Vec<(f64, f64)>], ends: &[(f64, f64)]) -> Figure {
        let mut body = self.axes("trajectories");
        for track in tracks {
            // A path that leaves over the date line comes in again on the other side.
            let mut before = f64::NAN;
            let points = track.iter().flat_map(|point| {
                let jump = self.plane == Plane::Sphere && (point.0 - before).abs() > 180.0;
                before = point.0;
                [jump.then_some(None), Some(Some(self.at(point)))].into_iter().flatten()
            });
            let line = path(points);
            if !line.is_empty() {
                let _ = write!(body, "<path class=\"path\" d=\"{line}\"/>");
            }
        }
        for end in ends.iter().filter(|(x, y)| x.is_finite() && y.is_finite()) {
            let (x, y) = self.at(end);
            let _ = write!(body, "<circle class=\"two\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"1.8\" fill-opacity=\".75\"/>");
        }
        Figure::new("trajectories", "Trajectories and their ends", caption, self.bottom() + 50.0, &body)
    }

    /// How many ends lie in each square, darker where there are more, on a scale of square roots.
    #[must_use]
    pub fn density(&self, caption: &str, ends: &[(f64, f64)]) -> Figure {
        let side = 9.0;
        let columns = (self.frame.width / side).ceil() as usize;
        let rows = (self.frame.height / side).ceil() as usize;
        let mut counts = vec![0u64; columns * rows];
        for end in ends.iter().filter(|(x, y)| x.is_finite() && y.is_finite()) {
            let (x, y) = self.at(end);
            let column = (((x - self.frame.left) / side) as usize).min(columns - 1);
            let row = (((y - self.frame.top) / side) as usize).min(rows - 1);
            counts[row * columns + column] += 1;
        }
        let most = counts.iter().copied().max().unwrap_or(0).max(1);
        let strength = |count: u64| 0.08 + 0.92 * (count as f64 / most as f64).sqrt();
        let mut body = self.axes("density");
        for (place, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let (x, y) = ((place % columns) as f64 * side, (place / columns) as f64 * side);
            let (width, height) = (side.min(self.frame.width - x), side.min(self.frame.height - y));
            let (x, y) = (self.frame.left + x, self.frame.top + y);
            let _ = write!(
                body,
                "<path class=\"one\" fill-opacity=\"{:.2}\" d=\"M{x:.1} {y:.1}h{width:.1}v{height:.1}h-{width:.1}z\"/>",
                strength(count)
            );
        }
        body += &scale_bar(self.bottom() + 66.0, most, strength);
        Figure::new("density", "Density of the ends", caption, self.bottom() + 90.0, &body)
    }
}

/// What the strengths mean.
fn scale_bar(top: f64, most: u64, strength: impl Fn(u64) -> f64) -> String {
    let mut steps: Vec<u64> = [0.0f64, 0.04, 0.16, 0.36, 0.64, 1.0]
        .iter()
        .map(|share| ((share * most as f64).round() as u64).max(1))
        .collect();
    steps.dedup();
    let left = WIDTH - 16.0 - 52.0 * steps.len() as f64;
    let mut out =
        format!("<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">Ends per square</text>", left - 8.0, top + 10.0);
    for (place, &step) in steps.iter().enumerate() {
        let x = left + 52.0 * place as f64;
        let _ = write!(
            out,
            "<path class=\"one\" fill-opacity=\"{:.2}\" d=\"M{x:.1} {:.1}h12v12h-12z\"/><text x=\"{:.1}\" \
             y=\"{:.1}\">{}</text>",
            strength(step),
            top - 1.0,
            x + 15.0,
            top + 10.0,
            count(step)
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_a_path_over_the_date_line_is_broken() {
        let track = vec![(178.0, 0.0), (179.0, 1.0), (-179.0, 2.0)];
        let map = Map::around(Plane::Sphere, track.iter());
        let drawn = map.trajectories("", std::slice::from_ref(&track), &track[2..]).inline();
        let line = drawn.split("class=\"path\" d=\"").nth(1).unwrap().split('"').next().unwrap();
        assert_eq!((line.matches('M').count(), line.matches('L').count()), (2, 1));
    }

    #[test]
    fn exact_every_end_is_counted_once() {
        let ends = [(0.0, 0.0), (0.0, 0.0), (100.0, 80.0), (f64::NAN, 0.0)];
        let drawn = Map::around(Plane::Flat, ends.iter()).density("", &ends).inline();
        // Two squares, and the two steps of the scale.
        assert_eq!(drawn.matches("class=\"one\"").count(), 4);
    }
}
