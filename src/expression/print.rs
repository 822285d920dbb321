//! A tree as text in one spelling, with the parentheses it needs, which reads back as the same tree.

use super::functions;
use super::operations::Binary;
use super::scope::Scope;
use super::tree::{Node, OPERATORS, Tree, binding};
use crate::quantity;

/// The text of a tree.
pub(super) fn text(tree: &Tree, scope: &Scope) -> String {
    // Text and binding of each node so far; a child's is taken by its parent.
    let mut done: Vec<(String, u8)> = Vec::with_capacity(tree.nodes.len());
    for placed in &tree.nodes {
        let printed = match &placed.node {
            Node::Number { unit, text, .. } => {
                // A unit is no place for `^`, nor for a second `/`.
                let strength = match unit {
                    _ if text.contains('/') => binding::PRODUCT,
                    _ if text.starts_with('-') => binding::SIGN,
                    Some(_) => binding::POWER,
                    None => binding::OPERAND,
                };
                (text.clone(), strength)
            }
            Node::Name(slot) => (scope.get(*slot).map_or("", |n| &n.word).to_owned(), binding::OPERAND),
            Node::Unknown => ("?".to_owned(), binding::OPERAND),
            Node::Negate(x) => (format!("-{}", at_least(&mut done, *x, binding::SIGN)), binding::SIGN),
            Node::Not(x) => (format!("not {}", at_least(&mut done, *x, binding::NOT)), binding::NOT),
            Node::Binary(operation, a, b) => binary(&mut done, *operation, *a, *b),
            Node::Call(function, arguments) => {
                let arguments: Vec<String> = arguments.iter().map(|x| at_least(&mut done, *x, binding::OR)).collect();
                (format!("{}({})", functions::name(*function), arguments.join(", ")), binding::OPERAND)
            }
        };
        done.push(printed);
    }
    done.pop().unwrap_or_default().0
}

fn binary(done: &mut [(String, u8)], operation: Binary, a: usize, b: usize) -> (String, u8) {
    let (sign, _, strength) = OPERATORS.into_iter().find(|o| o.1 == operation).unwrap_or(("?", operation, binding::OR));
    // Comparisons do not chain, powers group to the right, the others to the left.
    let (left, right) = match strength {
        binding::COMPARISON => (binding::SUM, binding::SUM),
        binding::POWER => (binding::OPERAND, binding::SIGN),
        other => (other, other + 1),
    };
    let (left, mut right) = (at_least(done, a, left), at_least(done, b, right));
    // `2 / (hour)`: after a number, `/ hour` would be refused as possibly a unit.
    let word = right.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    if operation == Binary::Divide && !word.is_empty() && quantity::parse_unit(word).is_ok() {
        right = format!("({right})");
    }
    (if strength == binding::POWER { format!("{left}^{right}") } else { format!("{left} {sign} {right}") }, strength)
}

/// The text of a node, in parentheses when it binds less than it must.
fn at_least(done: &mut [(String, u8)], node: usize, least: u8) -> String {
    match done.get_mut(node).map(std::mem::take) {
        Some((text, strength)) if strength < least => format!("({text})"),
        Some((text, _)) => text,
        None => String::new(),
    }
}
