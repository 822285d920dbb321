//! The section `particles`: how many, from where, moved by what, and what they carry along.

use super::expressions;
use super::field::Field;
use super::fields::Fields;
use super::kernels;
use super::particle_variables as variables;
use super::release::{self, Released};
use super::sample::read_seed;
use super::time::Time;
use super::{Overrides, chemistry::or_default};
use crate::advection::{Kernel, OnLand, OnLeaving};
use crate::deck::defaults;
use crate::deck::node::Node;
use crate::deck::reader::{Reading, Table};
use crate::deck::sources::Sources;
use crate::expression::{Scope, Wanted};
use crate::field_head::Region;
use crate::plan::{Amount, ParticlesPlan};
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
    let meant = table.finish(&["interaction", "conditions", "density", "on_failure"], reading);

    let mesh = context.fields.and_then(|f| f.mesh);
    let kernels = kernels_node.and_then(|n| kernels::read(n, context.fields, reading));
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
        count_meant: meant.contains(&"count"),
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
            in_time: fields.in_time,
            region: fields.region.map(|[x0, x1, y0, y1]| Region { lon: [x0, x1], lat: [y0, y1], depth: None }),
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
    if seed_node.is_none() && plan.as_ref().is_some_and(ParticlesPlan::is_random) {
        let origin = "drawn; write it into the deck to repeat the run";
        reading.origin("particles.seed", seed.to_string(), origin);
    }
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

/// The deck's seed, or else the one that was drawn: a run that is not random says nothing of it.
fn read_own_seed(node: Option<&Node>, sources: &Sources, reading: &mut Reading) -> u64 {
    let Some(node) = node else { return sources.seed_if_absent };
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
    if kernels.is_some_and(|k| !k.iter().any(|k| kernels::advects(*k))) {
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
