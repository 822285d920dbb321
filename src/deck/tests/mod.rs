//! Decks from text to plan, without files.

#![allow(clippy::expect_used, clippy::float_cmp, clippy::format_push_string, clippy::format_collect)] // tests may be plain

mod ensemble;
mod nodes;
mod particles;
mod reductions;
mod right;
mod sampling;
mod stop_when;
mod tables;
mod wrong;
mod wrong_particles;

use super::sources::{Sources, TableHead, TextFile};
use super::{Overrides, check};
use crate::plan::{CellsPlan, ChemistryPlan, Plan, Work};

/// A -> B -> C with a photolysis, air as third body, and an uptake.
const MECHANISM: &str = "
version: 1.0.0
name: small
species:
  - {name: A, 'molecular weight [kg mol-1]': 0.04}
  - {name: B, absolute tolerance: 1e-10}
  - {name: C}
  - {name: NO}
  - {name: M, is third body: true}
phases:
  - {name: gas, species: [{name: A, 'diffusion coefficient [m2 s-1]': 2e-5}, B, C, NO, M]}
reactions:
  - {type: ARRHENIUS, A: 4e-3, gas phase: gas, reactants: [{species name: A}], products: [{species name: B}]}
  - {type: PHOTOLYSIS, name: jB, gas phase: gas, reactants: [{name: B}, ], products: [{name: C, coefficient: 0.5}]}
  - {type: PHOTOLYSIS, name: jC, gas phase: gas, reactants: [C], products: [NO]}
  - {type: SURFACE, name: het1, gas phase: gas, gas-phase species: A, gas-phase products: [C]}
";

const INITIAL: &str = "ENV.temperature,287.45\nENV.pressure,101325\nCONC.A,1e-6\nPHOTO.jB,1e-3\nSURF.het1,1e-7,1e9\n";

/// A deck that is right; tests change it.
const DECK: &str = "
title: small
chemistry: {mechanism: small.yaml, initial: initial.csv}
cells:
  count: 10_000
  sample:
    seed: 42
    over:
      temperature: {uniform: [275 K, 325 K]}
      concentration.B: {uniform: [0 mol m-3, 10 mol m-3]}
  set: {concentration.C: 1e12 molecule cm-3}
time: {step: 1 s, end: 60 s}
output: {file: small.nc}
";

fn text(name: &str, content: &str) -> TextFile {
    TextFile { name: name.to_owned(), content: Ok(content.to_owned()) }
}

fn sources(deck: &str) -> Sources {
    Sources {
        deck: text("runs/deck.yaml", deck),
        mechanism: deck.contains("mechanism:").then(|| text("runs/small.yaml", MECHANISM)),
        initial: deck.contains("initial:").then(|| text("runs/initial.csv", INITIAL)),
        table: None,
        fields: std::collections::BTreeMap::new(),
        release: None,
        mask: None,
        members: Vec::new(),
        seed_if_absent: 7,
    }
}

fn with_table(deck: &str, header: &str, rows: u64) -> Sources {
    let table = Some(TableHead { name: "runs/cells.csv".to_owned(), content: Ok((header.to_owned(), rows)) });
    Sources { table, ..sources(deck) }
}

/// A plan whose work is chemistry, taken apart.
struct Chemical {
    chemistry: ChemistryPlan,
    cells: CellsPlan,
    plan: Plan,
}

impl std::ops::Deref for Chemical {
    type Target = Plan;

    fn deref(&self) -> &Plan {
        &self.plan
    }
}

/// The plan of a right deck.
fn plan(sources: &Sources) -> Chemical {
    planned(sources, &Overrides::default())
}

/// The plan of a right deck under command-line options.
fn planned(sources: &Sources, overrides: &Overrides) -> Chemical {
    let plan = check(sources, overrides).unwrap_or_else(|report| panic!("{report}"));
    match plan.work.clone() {
        Work::Chemistry { chemistry, cells } => Chemical { chemistry, cells, plan },
        Work::Particles(_) => panic!("the deck is about particles"),
    }
}

/// The plain lines of a wrong deck with the help of each: `file:line:column: message | help`.
fn mistakes(sources: &Sources) -> Vec<String> {
    let report = check(sources, &Overrides::default()).expect_err("the deck is wrong");
    let line = |d: &super::Diagnostic| format!("{d} | {}", d.help.clone().unwrap_or_default());
    report.diagnostics.iter().map(line).collect()
}

/// The deck with one piece replaced.
fn changed(from: &str, to: &str) -> String {
    assert!(DECK.contains(from), "the deck has no `{from}`");
    DECK.replacen(from, to, 1)
}
