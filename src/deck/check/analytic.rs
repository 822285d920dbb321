//! `analytic: moving_eddy`: fields given by a formula.

use crate::advection::Mesh;
use crate::advection::analytic::{Analytic, Component, Flow};
use crate::deck::node::Node;
use crate::deck::reader::Reading;

/// Reads the name of a flow for the field `name`.
pub fn read(node: &Node, name: &str, path: &str, mesh: Option<Mesh>, reading: &mut Reading) -> Option<Analytic> {
    let component = match name.rsplit('.').next() {
        Some("U") => Component::U,
        Some("V") => Component::V,
        _ => {
            let message = format!("`{path}` cannot be analytic: the flows have `U` and `V`");
            reading.error(node.at, message, "write `constant: …` or `file: …`");
            return None;
        }
    };
    let flow = reading.choice(node, &format!("`{path}.analytic`"), &Flow::ALL.map(|flow| (flow.name(), flow)))?;
    if mesh == Some(Mesh::Spherical) && flow != Flow::ZonalFlow {
        let message = format!("`{path}`: the analytic flows are in metres, the mesh is spherical");
        reading.error(node.at, message, "write `mesh: flat`");
        return None;
    }
    reading.origin_line(path, format!("analytic: {}", node.spelling()), node.at);
    Some(Analytic { flow, component })
}
