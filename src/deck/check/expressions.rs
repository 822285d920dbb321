//! Expressions in the deck: the names they may use, and their mistakes at the place in the deck.

use super::field::Field;
use super::fields::Fields;
use crate::advection::Mesh;
use crate::deck::node::{Node, Value};
use crate::deck::reader::Reading;
use crate::diagnostic::Span;
use crate::expression::{self, Input, Mistake, NameUnit, Program, Scope, Wanted};

/// What every particle has, on this mesh.
pub fn scope_of(mesh: Option<Mesh>) -> Scope {
    match mesh {
        Some(Mesh::Flat) => Scope::flat(),
        _ => Scope::spherical(),
    }
}

/// Adds the fields, unless a variable of the particles has the same name, which then hides the field. Fields with
/// mistakes are known by name only.
pub fn add_fields(scope: &mut Scope, fields: Option<&Fields>) {
    let Some(fields) = fields else {
        return;
    };
    for name in fields.names.iter().filter(|n| !n.contains('.')) {
        let index = fields.find(name);
        let unit = index.and_then(|i| fields.list.get(i)).map_or(NameUnit::Unknown, unit_of);
        scope.add(name, unit, Input::Field(index.unwrap_or(0)));
    }
}

fn unit_of(field: &Field) -> NameUnit {
    field.dimension.map_or(NameUnit::Unknown, NameUnit::Known)
}

/// Compiles the expression that a scalar holds.
pub fn compile(node: &Node, what: &str, scope: &Scope, wanted: Wanted, reading: &mut Reading) -> Option<Program> {
    let text = reading.text(node, what)?;
    match expression::compile(text, scope, wanted) {
        Ok(program) => Some(program),
        Err(mistakes) => {
            for mistake in mistakes {
                report(node, what, &mistake, reading);
            }
            None
        }
    }
}

/// Notes a mistake of an expression where it stands in the deck.
pub fn report(node: &Node, what: &str, mistake: &Mistake, reading: &mut Reading) {
    reading.error(place(node, mistake), format!("{what}: {}", mistake.message), mistake.help.clone());
}

/// Inside the scalar when it stands in the deck letter by letter; else, as with escapes or several lines, all of it.
fn place(node: &Node, mistake: &Mistake) -> Span {
    let Value::Scalar { text, quoted } = &node.value else {
        return node.at;
    };
    let quote = usize::from(*quoted);
    let plain = node.at.length == text.len() + 2 * quote;
    match text.get(..mistake.offset) {
        Some(before) if plain => Span {
            offset: node.at.offset + quote + mistake.offset,
            length: mistake.length,
            line: node.at.line,
            column: node.at.column + quote + before.chars().count(),
        },
        _ => node.at,
    }
}
