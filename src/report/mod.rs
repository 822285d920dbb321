//! The report of a finished run as one page of HTML with figures in SVG; pure text, nothing is read here.

pub mod axis;
pub mod band;
pub mod bars;
pub mod coast;
pub mod figure;
pub mod map;
pub mod page;
pub mod text;
pub mod timeline;

pub use axis::Axis;
pub use figure::Figure;
pub use page::{Page, Section, look};
