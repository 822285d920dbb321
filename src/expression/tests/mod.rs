//! Expressions as users write them, right and wrong.

#![allow(clippy::unwrap_used, clippy::float_cmp)] // a test fails by panicking; these numbers are exact

mod functions;
mod meaning;
mod random;
mod robust;
mod speed;
mod wrong;

use super::*;

/// What a deck with some variables and fields offers.
fn scope() -> Scope {
    let mut scope = Scope::spherical();
    let dimension = |text| NameUnit::Known(crate::quantity::parse_unit(text).unwrap().dimension);
    assert!(scope.add("temperature", dimension("K"), Input::Field(0)));
    assert!(scope.add("T", NameUnit::Unknown, Input::Field(1)));
    assert!(scope.add("biomass", dimension("1"), Input::Variable(0)));
    assert!(scope.add("mass", dimension("kg"), Input::Variable(1)));
    assert!(scope.add("x", NameUnit::Unknown, Input::Variable(2)));
    assert!(scope.add("y", NameUnit::Unknown, Input::Variable(3)));
    assert!(scope.add("age", dimension("s"), Input::Variable(4)));
    assert!(scope.add("h", dimension("m"), Input::Variable(5)));
    assert!(scope.add("stokes.U", dimension("m s-1"), Input::Field(2)));
    scope
}

fn velocity() -> Wanted {
    Wanted::Dimension(crate::quantity::parse_unit("m s-1").unwrap().dimension)
}

fn program(text: &str) -> Program {
    compile(text, &scope(), Wanted::Any).unwrap_or_else(|e| panic!("{text}: {e:?}"))
}

/// The program over blocks of x and y; other inputs are errors of the test.
fn over(program: &Program, x: &[f64], y: &[f64]) -> Vec<f64> {
    let inputs: Vec<&[f64]> = program
        .inputs()
        .iter()
        .map(|input| match input {
            Input::Variable(2) => x,
            Input::Variable(3) => y,
            other => panic!("{other:?}"),
        })
        .collect();
    let mut out = vec![0.0; x.len()];
    program.evaluate(&inputs, &mut |_, _| panic!("no draws here"), &mut Scratch::default(), &mut out);
    out
}

/// The value for x = 3, y = -2, from a folded program and from one that reads its inputs.
fn value(text: &str) -> f64 {
    over(&program(text), &[3.0], &[-2.0])[0]
}
