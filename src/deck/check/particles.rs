//! The section `particles`: how many, from where, moved by what, and what they carry along.

use super::expressions;
use super::field::Field;
use super::fields::{self, Fields};
use super::particle_variables as variables;
use super::release::{self, Released};
use super::sample::read_seed;
use super::time::Time;
use super::{Overrides, chemistry::or_default};
use crate::advection::{Kernel, OnLand, OnLeaving};
use crate::deck::defaults;
use crate::deck::node::{Node, Value};
use crate::deck::reader::{Reading, Table, suggestion};
use crate::deck::sources::Sources;
use crate::diagnostic::Span;
use crate::expression::{Scope, Wanted};
use crate::plan::{Amount, FieldSource, ParticlesPlan};
use crate::quantity::{self, Dimension};

/// What the section needs from elsewhere.
pub struct Context<'a> {
    pub sources: &'a Sources,
    pub overrides: &'a Overrides,
    /// `None` when the section has mistakes that hide everything; then fields are not looked up.
    pub fields: Option<&'a Fields>,
    pub time: Option<&'a Time>,
}

/// The section as far as it could be read.
pub struct Particles {
    pub plan: Option<ParticlesPlan>,
    /// The names of the variables in the plan's order; `None` when they have mistakes.
    pub variables: Option<Vec<String>>,
    /// Whether depth means anything in this run.
    pub has_depth: bool,
}

/// Reads the section.
pub fn read(node: &Node, context: &Context<'_>, reading: &mut Reading) -> Option<Particles> {
    let mut table = Table::open(node, "particles", reading)?;
    let count_node = table.get("count");
    let release_node = table.require("release", "release: {at: [0, 0]}");
    let seed_node = table.get("seed");
    let kernels_node = table.require("kernels", "kernels: [advection_rk4]");
    let tolerance_node = table.get("rk45_tolerance");
    let velocity_node = table.get("velocity");
    let variables_node = table.get("variables");
    let delete_node = table.get("delete_when");
    let leaving_node = table.get("on_leaving");
    let land_node = table.get("on_land");
    table.finish(&["interaction", "conditions", "density", "on_failure"], reading);

    let mesh = context.fields.and_then(|f| f.mesh);
    let kernels = kernels_node.and_then(|n| read_kernels(n, context.fields, reading));
    let seed = read_own_seed(seed_node, context.sources, reading);
    let rk45_tolerance = read_tolerance(tolerance_node, kernels.as_deref(), reading);
    let mut scope = expressions::scope_of(mesh);
    let carried = variables::read(variables_node, context.fields, &mut scope, reading);
    expressions::add_fields(&mut scope, context.fields);
    let laws = carried.as_ref().map(|c| variables::compile_rates(c, &scope, reading));
    let own_velocity = read_velocity(velocity_node, kernels.as_deref(), &scope, reading);
    let delete_when = delete_node.map(|n| {
        let program = expressions::compile(n, "`particles.delete_when`", &scope, Wanted::Truth, reading);
        reading.origin_line("particles.delete_when", n.spelling(), n.at);
        program
    });
    let on_leaving = choice(leaving_node, "on_leaving", defaults::ON_LEAVING, &LEAVING, reading);
    let on_land = choice(land_node, "on_land", defaults::ON_LAND, &LAND, reading);
    let place = release::Context {
        sources: context.sources,
        fields: context.fields,
        time: context.time,
        count: count_node,
        section: node.at,
    };
    let released = release_node.and_then(|n| release::read(n, &place, reading));
    let names: Option<Vec<String>> = carried.as_ref().map(|c| c.names().map(str::to_owned).collect());
    let has_depth = has_depth(context.fields, released.as_ref(), kernels.as_deref(), velocity_node);
    let complete = || -> Option<ParticlesPlan> {
        let fields = context.fields?;
        let released = released?;
        let count = released.total(context.overrides.particles)?;
        Some(ParticlesPlan {
            count,
            mesh: mesh?,
            epoch: context.time.and_then(|t| t.start.epoch.clone()),
            fields: fields.plans(),
            currents: fields.currents.clone(),
            diffusivity: fields.diffusivity,
            release: released.plan,
            seed,
            kernels: kernels?,
            rk45_tolerance: rk45_tolerance?,
            own_velocity: own_velocity?,
            variables: laws??,
            delete_when: match delete_when {
                Some(program) => Some(program?),
                None => None,
            },
            on_leaving,
            on_land,
        })
    };
    let plan = complete();
    if let (Some(plan), Some(limit)) = (&plan, context.overrides.particles)
        && plan.count == limit
    {
        reading.origin("particles (first of the deck's)", limit.to_string(), "command line");
    }
    Some(Particles { plan, variables: names, has_depth })
}

const LEAVING: [(&str, OnLeaving); 4] =
    [("delete", OnLeaving::Delete), ("stick", OnLeaving::Stick), ("wrap", OnLeaving::Wrap), ("stop", OnLeaving::Stop)];

const LAND: [(&str, OnLand); 4] =
    [("stick", OnLand::Stick), ("slip", OnLand::Slip), ("reflect", OnLand::Reflect), ("ignore", OnLand::Ignore)];

fn choice<T: Copy>(
    node: Option<&Node>,
    key: &str,
    (word, default): (&str, T),
    known: &[(&str, T)],
    reading: &mut Reading,
) -> T {
    let path = format!("particles.{key}");
    or_default(node, &path, (word.to_owned(), default), reading, |n, r| r.choice(n, &format!("`{path}`"), known))
}

/// Whether a kernel moves particles with the currents; such kernels exclude each other, or currents would count twice.
fn advects(kernel: Kernel) -> bool {
    kernel != Kernel::DiffusionUniform
}

fn read_kernels(node: &Node, fields: Option<&Fields>, reading: &mut Reading) -> Option<Vec<Kernel>> {
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
    if kernel == Kernel::DiffusionUniform && fields.diffusivity.iter().flatten().any(|i| varying(i)) {
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

fn read_own_seed(node: Option<&Node>, sources: &Sources, reading: &mut Reading) -> u64 {
    let Some(node) = node else {
        let origin = "drawn; write it into the deck to repeat the run";
        reading.origin("particles.seed", sources.seed_if_absent.to_string(), origin);
        return sources.seed_if_absent;
    };
    let seed = read_seed(node, "`particles.seed`", reading).unwrap_or(sources.seed_if_absent);
    reading.origin_line("particles.seed", seed.to_string(), node.at);
    seed
}

fn read_tolerance(node: Option<&Node>, kernels: Option<&[Kernel]>, reading: &mut Reading) -> Option<f64> {
    let adaptive = kernels.is_none_or(|k| k.contains(&Kernel::AdvectionRk45));
    let Some(node) = node else {
        if adaptive {
            reading.origin_default("particles.rk45_tolerance", format!("{} m", defaults::RK45_TOLERANCE));
        }
        return Some(defaults::RK45_TOLERANCE);
    };
    let tolerance = reading.quantity(node, "`particles.rk45_tolerance`", Dimension::LENGTH)?;
    if tolerance <= 0.0 {
        reading.error(node.at, "`particles.rk45_tolerance` is not positive", "write `rk45_tolerance: 10 m`");
        return None;
    }
    if !adaptive {
        reading.warnings.push("`rk45_tolerance` has no effect without `advection_rk45`".to_owned());
    }
    reading.origin_line("particles.rk45_tolerance", node.text().unwrap_or_default(), node.at);
    Some(tolerance)
}

/// `velocity: {u: …, v: …, w: …}`, each a quantity or an expression.
fn read_velocity(
    node: Option<&Node>,
    kernels: Option<&[Kernel]>,
    scope: &Scope,
    reading: &mut Reading,
) -> Option<[Option<Amount>; 3]> {
    let Some(node) = node else {
        return Some([None, None, None]);
    };
    let mut table = Table::open(node, "particles.velocity", reading)?;
    let parts = ["u", "v", "w"].map(|key| table.get(key).map(|n| (key, n)));
    table.finish(&[], reading);
    if kernels.is_some_and(|k| !k.iter().any(|k| advects(*k))) {
        let help = "add `advection_rk4` to the kernels";
        reading.error(node.at, "`particles.velocity` is moved by a kernel of advection, and none is named", help);
    }
    let mut complete = true;
    let amounts = parts.map(|part| {
        let (key, n) = part?;
        let path = format!("particles.velocity.{key}");
        let amount = read_amount(n, &format!("`{path}`"), Dimension::VELOCITY, scope, reading);
        complete &= amount.is_some();
        reading.origin_line(path, n.spelling(), n.at);
        amount
    });
    complete.then_some(amounts)
}

/// A quantity, or else an expression. What is neither is taken for what it looks like.
fn read_amount(node: &Node, what: &str, wanted: Dimension, scope: &Scope, reading: &mut Reading) -> Option<Amount> {
    let text = reading.text(node, what)?;
    let refused = match quantity::parse(text, wanted) {
        Ok(value) => return Some(Amount::Constant(value)),
        Err(e) => e,
    };
    let is_number = quantity::parse_number(text).is_some();
    let is_quantity = quantity::parse_with_unit(text, wanted).is_ok();
    match crate::expression::compile(text, scope, Wanted::Dimension(wanted)) {
        Ok(program) if !is_number => Some(Amount::Expression(program)),
        Err(mistakes) if !is_number && !is_quantity => {
            for mistake in mistakes {
                expressions::report(node, what, &mistake, reading);
            }
            None
        }
        _ => {
            reading.error(node.at, format!("{what}: {}", refused.message), refused.help);
            None
        }
    }
}

fn has_depth(
    fields: Option<&Fields>,
    released: Option<&Released>,
    kernels: Option<&[Kernel]>,
    velocity: Option<&Node>,
) -> bool {
    let levels = |f: &Field| f.head().is_some_and(|h| !h.axes.depth.is_empty());
    fields.is_some_and(|f| f.list.iter().any(levels))
        || released.is_some_and(|r| r.has_depth)
        || kernels.is_some_and(|k| k.contains(&Kernel::AdvectionRk43d))
        || velocity.is_some_and(|v| v.get("w").is_some())
}
