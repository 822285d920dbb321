//! What `chemdrift check` and `chemdrift mechanism` print.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::chemistry::mechanism::{Mechanism, Prescription};
use crate::chemistry::rate::RateLaw;
use crate::plan::{CellsPlan, Plan, Work};
use crate::telemetry::table::counted;

/// Non-zero entries that the kernel found, diagonal included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sparsity {
    pub jacobian: usize,
    /// After symbolic factorisation, L and U together.
    pub factors: usize,
}

/// Names shown of a list before the rest is only counted.
const SHOWN: usize = 8;

/// The resolved plan: every value with its origin, then the cells of each rank.
#[must_use]
pub fn describe_plan(plan: &Plan, ranks: u64) -> String {
    let width = |text: &str| text.chars().count();
    let widest =
        |of: fn(&crate::plan::Origin) -> &str| plan.origins.iter().map(|o| width(of(o)).min(60)).max().unwrap_or(0);
    let (paths, values) = (widest(|o| &o.path), widest(|o| &o.value));
    let mut out = String::new();
    for origin in &plan.origins {
        let _ = writeln!(out, "{:paths$}  {:values$}  {}", origin.path, origin.value, origin.origin);
    }
    let ranks = ranks.max(1);
    let (count, item) = (plan.members.total(), plan.work.item());
    let (least, most) = (count / ranks, count.div_ceil(ranks));
    let share = if least == most { format!("{least} each") } else { format!("{least} to {most} each") };
    let members = match &plan.ensemble {
        Some(_) => format!("{} members x {} = ", plan.members.count, plan.members.items),
        None => String::new(),
    };
    let _ = writeln!(out, "\n{members}{} on {}: {share}", counted(count, item), counted(ranks, "rank"));
    if let Some(stop) = &plan.stop_when {
        let ends: Vec<String> = stop.batches(plan.draws()).iter().map(|draws| draws.end.to_string()).collect();
        let _ = writeln!(out, "ends after {} draws, when `ensemble.stop_when` holds or none is left", ends.join(", "));
    }
    if least == 0 {
        let _ = writeln!(out, "warning: {} without a {item}", counted(ranks - count, "rank"));
    }
    if let Work::Chemistry { cells: CellsPlan { sample: Some(sample), .. }, .. } = &plan.work {
        let _ = writeln!(out, "{}", sample.describe());
    }
    for warning in &plan.warnings {
        let _ = writeln!(out, "warning: {warning}");
    }
    out
}

/// What a mechanism holds, what the Jacobian costs, and what looks odd in it.
#[must_use]
pub fn describe_mechanism(mechanism: &Mechanism, warnings: &[String], sparsity: Option<Sparsity>) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}", mechanism.name);
    let _ = writeln!(out, "species          {}", mechanism.species.len());
    let _ = writeln!(out, "prescribed       {}", list(&prescribed(mechanism)));
    let _ = writeln!(out, "reactions        {}", mechanism.reactions.len());
    for (law, count) in laws(mechanism) {
        let _ = writeln!(out, "  {law:33} {count}");
    }
    let _ = writeln!(out, "rate parameters  {}", mechanism.parameters.len());
    for prefix in ["PHOTO", "EMIS", "LOSS", "USER", "SURF"] {
        let all = mechanism.parameters.iter().filter(|p| p.name.split('.').next() == Some(prefix));
        let names: Vec<String> = all.map(|p| format!("{} [{}]", p.name, p.unit)).collect();
        if !names.is_empty() {
            let _ = writeln!(out, "  {prefix:33} {}", list(&names));
        }
    }
    if let Some(s) = sparsity {
        let n = mechanism.species.len().max(1);
        #[allow(clippy::cast_precision_loss)] // percentages for people
        let percent = |entries: usize| 100.0 * entries as f64 / (n * n) as f64;
        let _ = writeln!(out, "Jacobian         {} of {} entries ({:.1} %)", s.jacobian, n * n, percent(s.jacobian));
        let _ = writeln!(out, "L + U            {} entries ({:.1} %)", s.factors, percent(s.factors));
    }
    let balance = Balance::of(mechanism);
    let _ = writeln!(out, "no loss          {}", list(&balance.names(mechanism, |gains, loses| gains && !loses)));
    let _ = writeln!(out, "no source        {}", list(&balance.names(mechanism, |gains, loses| !gains && loses)));
    let _ = writeln!(out, "unchanged        {}", list(&balance.names(mechanism, |gains, loses| !gains && !loses)));
    for warning in warnings.iter().cloned().chain(oddities(mechanism)) {
        let _ = writeln!(out, "warning: {warning}");
    }
    out
}

/// Which species some reaction makes, and which some reaction consumes, net.
struct Balance {
    gains: BTreeSet<usize>,
    loses: BTreeSet<usize>,
}

impl Balance {
    fn of(mechanism: &Mechanism) -> Self {
        let mut balance = Self { gains: BTreeSet::new(), loses: BTreeSet::new() };
        for (species, change) in mechanism.reactions.iter().flat_map(net_changes) {
            if change > 0.0 {
                balance.gains.insert(species);
            } else if change < 0.0 {
                balance.loses.insert(species);
            }
        }
        balance
    }

    fn names(&self, mechanism: &Mechanism, want: fn(bool, bool) -> bool) -> Vec<String> {
        let all = mechanism.species.iter().enumerate();
        let wanted = all.filter(|(i, _)| want(self.gains.contains(i), self.loses.contains(i)));
        wanted.map(|(_, s)| s.name.clone()).collect()
    }
}

/// Net stoichiometry of a reaction.
fn net_changes(reaction: &crate::chemistry::mechanism::Reaction) -> Vec<(usize, f64)> {
    let species: BTreeSet<usize> =
        reaction.reactants.iter().copied().chain(reaction.products.iter().map(|p| p.0)).collect();
    let change = |s: usize| {
        let made: f64 = reaction.products.iter().filter(|p| p.0 == s).map(|p| p.1).sum();
        reaction.reactants.iter().filter(|r| **r == s).fold(made, |net, _| net - 1.0)
    };
    species.into_iter().map(|s| (s, change(s))).collect()
}

fn oddities(mechanism: &Mechanism) -> Vec<String> {
    let mut out = Vec::new();
    for reaction in &mechanism.reactions {
        let changes = net_changes(reaction);
        if changes.iter().all(|c| c.1 == 0.0) {
            out.push(format!("reaction `{}` changes no species", reaction.name));
        }
        let constant = !matches!(reaction.rate, RateLaw::Parameter { .. });
        if reaction.reactants.is_empty() && constant && changes.iter().any(|c| c.1 > 0.0) {
            out.push(format!("reaction `{}` makes species out of no integrated one, at any time", reaction.name));
        }
    }
    out
}

fn prescribed(mechanism: &Mechanism) -> Vec<String> {
    let say = |p: &crate::chemistry::mechanism::PrescribedSpecies| match p.value {
        Prescription::AirDensity => format!("{} (air density)", p.name),
        Prescription::Concentration(c) => format!("{} ({c:e} mol m-3)", p.name),
        Prescription::MixingRatio(x) => format!("{} ({x:e} mol mol-1)", p.name),
    };
    mechanism.prescribed.iter().map(say).collect()
}

/// Reactions of each type, in the order of the documentation.
fn laws(mechanism: &Mechanism) -> Vec<(&'static str, usize)> {
    const ORDER: [&str; 12] = [
        "ARRHENIUS",
        "TROE",
        "TERNARY_CHEMICAL_ACTIVATION",
        "TERNARY_CHEMICAL_ACTIVATION_JPL19",
        "BRANCHED_NO_RO2 (two each)",
        "TUNNELING",
        "TAYLOR_SERIES",
        "PHOTOLYSIS",
        "EMISSION",
        "FIRST_ORDER_LOSS",
        "USER_DEFINED",
        "SURFACE",
    ];
    let kind = |rate: &RateLaw| match rate {
        RateLaw::Arrhenius { .. } => 0,
        RateLaw::Troe { .. } => 1,
        RateLaw::TernaryChemicalActivation { .. } => 2,
        RateLaw::TernaryChemicalActivationJpl19 { .. } => 3,
        RateLaw::BranchedNoRo2 { .. } => 4,
        RateLaw::Tunneling { .. } => 5,
        RateLaw::TaylorSeries { .. } => 6,
        RateLaw::Parameter { parameter, .. } => match mechanism.parameters[*parameter].name.split('.').next() {
            Some("PHOTO") => 7,
            Some("EMIS") => 8,
            Some("LOSS") => 9,
            _ => 10,
        },
        RateLaw::Surface { .. } => 11,
    };
    let mut counts = [0; ORDER.len()];
    for reaction in &mechanism.reactions {
        counts[kind(&reaction.rate)] += 1;
    }
    ORDER.into_iter().zip(counts).filter(|(_, count)| *count > 0).collect()
}

/// `3: A, B, C`, shortened.
fn list(names: &[String]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    let mut text = format!("{}: {}", names.len(), names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", "));
    if names.len() > SHOWN {
        text.push_str(", …");
    }
    text
}
