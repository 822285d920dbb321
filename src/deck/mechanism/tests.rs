//! Mechanism files, right and wrong.

use super::read_mechanism;
use crate::chemistry::mechanism::{Mechanism, Prescription};
use crate::chemistry::rate::{Branch, RateLaw};

const HEAD: &str = "
version: 1.3.0
name: all types
species:
  - {name: A, 'molecular weight [kg mol-1]': 0.046, __note: x}
  - {name: B}
  - {name: C}
  - {name: M, tracer type: THIRD_BODY}
  - {name: X, 'constant concentration [mol m-3]': 2.0}
  - {name: Y, 'constant mixing ratio [mol mol-1]': 0.2}
phases:
  - name: gas
    species: [{name: A, 'diffusion coefficient [m2 s-1]': 2.1e-5}, B, C, M, X, Y]
reactions:
";

fn read(reactions: &str) -> Mechanism {
    let outcome = read_mechanism(&format!("{HEAD}{reactions}"), "m.yaml");
    let problems: Vec<String> = outcome.problems.iter().map(ToString::to_string).collect();
    outcome.mechanism.unwrap_or_else(|| panic!("{problems:#?}"))
}

fn problems(text: &str) -> Vec<String> {
    let outcome = read_mechanism(text, "m.yaml");
    assert!(outcome.mechanism.is_none());
    outcome.problems.iter().map(|p| format!("{p} | {}", p.help.clone().unwrap_or_default())).collect()
}

/// A reaction whose other keys are `rest`.
fn law(rest: &str) -> RateLaw {
    let text = format!("  - {{{rest}, gas phase: gas, reactants: [{{species name: A}}], products: [B]}}");
    read(&text).reactions[0].rate.clone()
}

#[test]
fn every_rate_law() {
    assert!(matches!(law("type: ARRHENIUS, A: 2, Ea: 1.380649e-20"),
        RateLaw::Arrhenius { arrhenius, e } if (arrhenius.c + 1000.0).abs() < 1e-9 && arrhenius.d == 300.0 && e == 0.0));
    assert!(matches!(law("type: TROE, k0_A: 2, kinf_B: 3"),
        RateLaw::Troe { k0, kinf, fc, n } if k0.a == 2.0 && kinf.b == 3.0 && fc == 0.6 && n == 1.0));
    assert!(matches!(law("type: TERNARY_CHEMICAL_ACTIVATION, Fc: 0.5"),
        RateLaw::TernaryChemicalActivation { fc, .. } if fc == 0.5));
    assert!(matches!(law("type: TERNARY_CHEMICAL_ACTIVATION_JPL19, kint_A: 4, k0_D: 298"),
        RateLaw::TernaryChemicalActivationJpl19 { k0, kint, .. } if kint.a == 4.0 && k0.d == 298.0));
    assert!(matches!(law("type: TUNNELING, A: 1.5, C: 1e8"), RateLaw::Tunneling { a, b, c } if (a, b, c) == (1.5, 0.0, 1e8)));
    assert!(matches!(law("type: TAYLOR_SERIES, taylor coefficients: [1, 0.1]"),
        RateLaw::TaylorSeries { coefficients, .. } if coefficients == [1.0, 0.1]));
    assert!(matches!(law("type: USER_DEFINED, name: u, scaling factor: 2"),
        RateLaw::Parameter { parameter: 0, scaling } if scaling == 2.0));
}

#[test]
fn branched_reactions_are_two() {
    let m = read("  - {type: BRANCHED_NO_RO2, X: 1, Y: 2, a0: 0.1, n: 9, reactants: [A], alkoxy products: [B], nitrate products: [C]}");
    assert_eq!(m.reactions.len(), 2);
    assert!(matches!(m.reactions[0].rate, RateLaw::BranchedNoRo2 { branch: Branch::Alkoxy, .. }));
    assert_eq!(m.reactions[1].products, [(2, 1.0)]);
    assert_eq!(m.reactions[1].name, "R1.nitrate");
}

#[test]
fn prescribed_species_become_factors() {
    let reactants = "[{name: A, coefficient: 2}, M, {name: X, coefficient: 2}, Y]";
    let m = read(&format!("  - {{type: ARRHENIUS, reactants: {reactants}, products: [B, M, {{name: B, coefficient: 0.5}}]}}"));
    let r = &m.reactions[0];
    assert_eq!((r.reactants.as_slice(), r.products.as_slice()), ([0, 0].as_slice(), [(1, 1.5)].as_slice()));
    assert!((r.fixed_factor - 0.8).abs() < 1e-15);
    assert_eq!(r.air_density_order, 2);
    assert_eq!(m.prescribed[0].value, Prescription::AirDensity);
    assert_eq!(m.species.len(), 3);
}

#[test]
fn parameters_come_in_the_order_of_first_use_with_units() {
    let m = read(
        "  - {type: PHOTOLYSIS, name: j, reactants: [A], products: [B]}
  - {type: EMISSION, name: e, products: [A]}
  - {type: FIRST_ORDER_LOSS, name: l, reactants: [A]}
  - {type: PHOTOLYSIS, name: j, reactants: [B]}
  - {type: USER_DEFINED, name: u, reactants: [A, B, M]}
  - {type: SURFACE, name: s, gas-phase species: A, gas-phase products: [B], reaction probability: 0.1}",
    );
    let all: Vec<(&str, &str)> = m.parameters.iter().map(|p| (p.name.as_str(), p.unit)).collect();
    let wanted = [
        ("PHOTO.j", "s-1"),
        ("EMIS.e", "mol m-3 s-1"),
        ("LOSS.l", "s-1"),
        ("USER.u", "m6 mol-2 s-1"),
        ("SURF.s.effective radius", "m"),
        ("SURF.s.particle number concentration", "m-3"),
    ];
    assert_eq!(all, wanted);
    assert!(matches!(m.reactions[3].rate, RateLaw::Parameter { parameter: 0, .. }));
}

#[test]
fn json_reads_the_same() {
    let json = r#"{"version": "1.0.0", "name": "j", "species": [{"name": "A"}, {"name": "B"}],
        "phases": [{"name": "gas", "species": [{"name": "A"}, {"name": "B"}]}],
        "reactions": [{"type": "ARRHENIUS", "A": 4.0e-3, "gas phase": "gas",
            "reactants": [{"species name": "A", "coefficient": 1.0}], "products": [{"species name": "B"}]}],
        "emissions": {}}"#;
    let m = read_mechanism(json, "m.json").mechanism.expect("a mechanism");
    assert_eq!((m.species.len(), m.reactions[0].reactants.as_slice()), (2, [0].as_slice()));
}

#[test]
fn wrong_reactions_are_named() {
    let cases = [
        ("{type: LAMBDA_RATE_CONSTANT, name: l, reactants: [A]}", "another program", "USER_DEFINED"),
        ("{type: AQUEOUS_EQUILIBRIUM, reactants: [A]}", "unknown reaction type `AQUEOUS_EQUILIBRIUM`", "ARRHENIUS"),
        ("{type: ARHENIUS, reactants: [A]}", "unknown reaction type", "`ARRHENIUS`"),
        ("{reactants: [A]}", "type` is missing", "type: ARRHENIUS"),
        ("{type: ARRHENIUS, reactants: [Q]}", "(ARRHENIUS): unknown species `Q`", "species"),
        ("{type: ARRHENIUS, products: [A]}", "`reactants` is missing", "species name"),
        ("{type: ARRHENIUS, C: 1, Ea: 1, reactants: [A]}", "exclude", "keep one"),
        ("{type: ARRHENIUS, AA: 1, reactants: [A]}", "unknown key `reaction 1.AA`", "`A`"),
        ("{type: ARRHENIUS, A: x, reactants: [A]}", "`x` is no number", "number"),
        ("{type: ARRHENIUS, D: 0, reactants: [A]}", "`D` is 0", "positive"),
        ("{type: ARRHENIUS, reactants: [{name: A, coefficient: 1.5}]}", "coefficient 1.5", "whole number"),
        ("{type: ARRHENIUS, gas phase: air, reactants: [A]}", "unknown phase `air`", "gas"),
        ("{type: PHOTOLYSIS, reactants: [A]}", "needs a name", "name: jO3"),
        ("{type: PHOTOLYSIS, name: j, reactants: [A, B]}", "2 reactants", "exactly one"),
        ("{type: FIRST_ORDER_LOSS, name: j, reactants: [A], products: [B]}", "no products", "remove"),
        ("{type: EMISSION, name: j, reactants: [A], products: [B]}", "no reactants", "remove"),
        ("{type: SURFACE, name: s, gas-phase species: B}", "no molecular weight", "add"),
        ("{type: TAYLOR_SERIES, reactants: [A]}", "is missing", "taylor coefficients"),
        ("{type: BRANCHED_NO_RO2, X: 1, Y: 1, n: 1, reactants: [A]}", "`a0` is missing", "a0"),
    ];
    for (reaction, message, help) in cases {
        let all = problems(&format!("{HEAD}  - {reaction}\n"));
        let found = all.iter().any(|p| p.starts_with("m.yaml:15:") && p.contains(message) && p.contains(help));
        assert!(found, "{reaction}: {all:#?}");
    }
}

#[test]
fn wrong_files_are_named() {
    let cases = [
        ("version: 1.3.0", "version: 2.0.0", "version `2.0.0` is not read"),
        ("version: 1.3.0\n", "", "`version` is missing"),
        ("  - {name: B}\n", "  - {name: B}\n  - {name: B}\n", "species `B` stands twice"),
        ("  - {name: B}\n", "  - {name: status}\n", "variable of the output file"),
        ("  - {name: B}\n", "  - {name: a/b}\n", "NetCDF"),
        ("  - {name: B}\n", "  - {name: B, 'molecular wieght [kg mol-1]': 1}\n", "unknown key"),
        ("  - {name: B}\n", "  - {name: B, is third body: true, 'constant concentration [mol m-3]': 1}\n", "more than one way"),
        ("B, C, M, X", "B, Q, M, X", "undeclared species `Q`"),
        ("reactions:", "emissions: {inventories: [x]}\nreactions:", "`emissions` is not in this version"),
        ("reactions:", "reactons: []\nreactions:", "unknown key `reactons`"),
    ];
    for (from, to, message) in cases {
        let all = problems(&(HEAD.replacen(from, to, 1) + "  []\n"));
        assert!(all.iter().any(|p| p.contains(message)), "{to}: {all:#?}");
    }
    assert!(problems("")[0].contains("is empty"));
    assert!(problems("{camp-data: []}")[0].contains("version 0"));
}

#[test]
fn suspicious_things_are_warnings() {
    let text = HEAD.replace("{name: M, tracer type: THIRD_BODY}", "{name: M}").replace("B, C, M", "B, M")
        + "  - {type: TROE, N: -1, reactants: [A], products: [{name: B, coefficient: -1}]}\n";
    let outcome = read_mechanism(&text, "m.yaml");
    assert!(outcome.mechanism.is_some_and(|m| m.species.iter().all(|s| s.name != "C")));
    for part in ["`M` is no third body", "N = -1", "negative yield", "left out: C"] {
        assert!(outcome.warnings.iter().any(|w| w.contains(part)), "{part}: {:#?}", outcome.warnings);
    }
}

#[test]
fn the_description_counts() {
    let m = read("  - {type: ARRHENIUS, reactants: [A], products: [B]}\n  - {type: ARRHENIUS, reactants: [C], products: [C]}");
    let text = crate::deck::describe::describe_mechanism(&m, &["odd".to_owned()], None);
    for part in ["ARRHENIUS                         2", "no loss          1: B", "no source        1: A", "unchanged        1: C", "changes no species", "odd"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}
