//! `particles.kernels`: which exclude each other, and which fields each needs.

use super::fields::{self, Fields};
use crate::advection::Kernel;
use crate::deck::node::{Node, Value};
use crate::deck::reader::{Reading, suggestion};
use crate::diagnostic::Span;
use crate::plan::FieldSource;

/// Whether a kernel moves particles with the currents; such kernels exclude each other, or currents would count twice.
pub fn advects(kernel: Kernel) -> bool {
    kernel != Kernel::DiffusionUniform
}

/// Reads the names.
pub fn read(node: &Node, fields: Option<&Fields>, reading: &mut Reading) -> Option<Vec<Kernel>> {
    let items = match &node.value {
        Value::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    if items.is_empty() {
        reading.error(node.at, "`particles.kernels` is empty", "write `kernels: [advection_rk4]`");
        return None;
    }
    let before = reading.problems.len();
    let mut kernels: Vec<Kernel> = Vec::new();
    let names = Kernel::ALL.map(Kernel::name);
    for item in items {
        let text = reading.text(item, "`particles.kernels`")?;
        let Some(kernel) = Kernel::ALL.into_iter().find(|k| k.name() == text) else {
            reading.error(item.at, format!("unknown kernel `{text}`"), suggestion(text, &names));
            continue;
        };
        if kernels.contains(&kernel) {
            reading.error(item.at, format!("the kernel `{text}` stands twice"), "remove one of the two");
            continue;
        }
        if let Some(other) = kernels.iter().find(|k| advects(**k) && advects(kernel)) {
            let message = format!("`{text}` and `{}` both move particles with the currents", other.name());
            reading.error(item.at, message, "keep one of the two");
        } else if let Some(other) = kernels.iter().find(|k| diffuses(**k) && diffuses(kernel)) {
            let message = format!("`{text}` and `{}` both diffuse", other.name());
            reading.error(item.at, message, "keep one of the two; `advection_diffusion_m1` follows a varying `Kh`");
        }
        if let Some(fields) = fields {
            check_needs(kernel, item.at, fields, reading);
        }
        kernels.push(kernel);
    }
    reading.origin_line("particles.kernels", node.spelling(), node.at);
    if let Some(fields) = fields {
        warn_of_unused(&kernels, fields, reading);
    }
    (reading.problems.len() == before).then_some(kernels)
}

fn diffuses(kernel: Kernel) -> bool {
    matches!(kernel, Kernel::DiffusionUniform | Kernel::AdvectionDiffusionEm | Kernel::AdvectionDiffusionM1)
}

/// A kernel must have the fields that it computes with.
fn check_needs(kernel: Kernel, at: Span, fields: &Fields, reading: &mut Reading) {
    let name = kernel.name();
    let additional = fields.names.iter().any(|n| n.contains('.'));
    if advects(kernel) && !fields.has_currents && !additional {
        let help = "add `U: {file: …, variable: …}` and `V: …` under `fields`";
        reading.error(at, format!("`{name}` needs the currents `U` and `V`"), help);
    }
    if kernel == Kernel::AdvectionRk43d && !fields.names.iter().any(|n| fields::is_vertical(n)) {
        let help = "add `W: {file: …, variable: …}` (positive down) under `fields`, or write `advection_rk4`";
        reading.error(at, format!("`{name}` needs the vertical velocity `W`"), help);
    }
    if diffuses(kernel) && !["Kh", "Kh_zonal", "Kh_meridional"].iter().any(|k| fields.names(k)) {
        let help = "add `Kh: {constant: 100 m2 s-1}` under `fields`";
        reading.error(at, format!("`{name}` needs the diffusivity `Kh`"), help);
    }
    let varying = |i: &usize| !matches!(fields.list.get(*i).map(|f| &f.plan.source), Some(FieldSource::Constant(_)));
    if kernel == Kernel::DiffusionUniform && fields.diffusivity.iter().flatten().any(varying) {
        let message = format!("`{name}` is for a constant `Kh`, and this one varies");
        reading.error(at, message, "write `advection_diffusion_m1`, which follows its gradient");
    }
}

fn warn_of_unused(kernels: &[Kernel], fields: &Fields, reading: &mut Reading) {
    if !kernels.iter().any(|k| advects(*k)) && !fields.currents.is_empty() {
        reading.warnings.push("the currents move nothing: no kernel of advection is named".to_owned());
    }
    if !kernels.iter().any(|k| diffuses(*k)) && fields.diffusivity.is_some() {
        reading.warnings.push("`Kh` diffuses nothing: no kernel of diffusion is named".to_owned());
    }
}
