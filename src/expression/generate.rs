//! Tree to instructions: constants are folded, registers reused.

use super::functions::Function;
use super::operations::{self, Binary, Unary, Values};
use super::print;
use super::program::{DrawKind, Instruction, Operand, Operation, Program};
use super::scope::{Input, Scope};
use super::tree::{Node, Tree};
use super::{MOST_INSTRUCTIONS, Mistake};

/// The program of a checked tree.
pub(super) fn program(tree: &Tree, text: &str, scope: &Scope, mistakes: &mut Vec<Mistake>) -> Option<Program> {
    let mut generator = Generator::default();
    let mut operands = Vec::with_capacity(tree.nodes.len());
    for placed in &tree.nodes {
        let operand = generator.node(&placed.node, &operands, scope)?;
        operands.push(operand);
    }
    let count = generator.instructions.len();
    if count > MOST_INSTRUCTIONS {
        let message = format!("the expression has {count} operations, more than {MOST_INSTRUCTIONS}");
        mistakes.push(Mistake::new(0, text.len(), message, "split it into several variables"));
        return None;
    }
    Some(Program {
        text: print::text(tree, scope),
        inputs: generator.inputs,
        draws: generator.draws,
        instructions: generator.instructions,
        result: *operands.last()?,
        registers: generator.registers,
    })
}

#[derive(Default)]
struct Generator {
    inputs: Vec<Input>,
    draws: Vec<DrawKind>,
    instructions: Vec<Instruction>,
    registers: usize,
    free: Vec<usize>,
}

impl Generator {
    /// Where a node's value will stand; `operands` are those of the nodes before it.
    fn node(&mut self, node: &Node, operands: &[Operand], scope: &Scope) -> Option<Operand> {
        let of = |position: &usize| operands.get(*position).copied();
        Some(match node {
            Node::Number { value, .. } => Operand::Constant(*value),
            Node::Unknown => return None,
            Node::Name(slot) => {
                let input = scope.get(*slot)?.input;
                let known = self.inputs.iter().position(|i| *i == input);
                Operand::Input(known.unwrap_or_else(|| {
                    self.inputs.push(input);
                    self.inputs.len() - 1
                }))
            }
            Node::Negate(x) => self.unary(Unary::Negate, of(x)?),
            Node::Not(x) => self.unary(Unary::Not, of(x)?),
            Node::Binary(Binary::Power, x, y) => match (of(x)?, of(y)?) {
                // Exact to half a unit, and many times faster.
                (x, Operand::Constant(2.0)) => self.unary(Unary::Square, x),
                (x, Operand::Constant(3.0)) => self.unary(Unary::Cube, x),
                (x, y) => self.binary(Binary::Power, x, y),
            },
            Node::Binary(operation, a, b) => self.binary(*operation, of(a)?, of(b)?),
            Node::Call(function, arguments) => {
                let arguments = arguments.iter().map(of).collect::<Option<Vec<_>>>()?;
                self.call(*function, &arguments)?
            }
        })
    }

    fn call(&mut self, function: Function, arguments: &[Operand]) -> Option<Operand> {
        let unary = match function {
            Function::Abs => Unary::Abs,
            Function::Exp => Unary::Exp,
            Function::Log => Unary::Log,
            Function::Log10 => Unary::Log10,
            Function::Sqrt => Unary::Sqrt,
            Function::Sin => Unary::Sin,
            Function::Cos => Unary::Cos,
            Function::Tan => Unary::Tan,
            Function::Floor => Unary::Floor,
            Function::Round => Unary::Round,
            Function::Uniform => return Some(self.draw(DrawKind::Uniform)),
            Function::Normal => return Some(self.draw(DrawKind::Normal)),
            Function::Min => return self.chain(Binary::Min, arguments),
            Function::Max => return self.chain(Binary::Max, arguments),
            Function::Mod => return self.chain(Binary::Mod, arguments),
            Function::Clamp => {
                let [x, low, high] = *arguments else { return None };
                let raised = self.binary(Binary::Max, x, low);
                return Some(self.binary(Binary::Min, raised, high));
            }
            Function::Where => {
                let [condition, a, b] = *arguments else { return None };
                return Some(self.select(condition, a, b));
            }
        };
        Some(self.unary(unary, *arguments.first()?))
    }

    fn chain(&mut self, operation: Binary, arguments: &[Operand]) -> Option<Operand> {
        let (first, rest) = arguments.split_first()?;
        Some(rest.iter().fold(*first, |so_far, next| self.binary(operation, so_far, *next)))
    }

    fn unary(&mut self, operation: Unary, x: Operand) -> Operand {
        if let Operand::Constant(x) = x {
            return folded(|out| operations::unary(operation, Values::Same(x), out));
        }
        self.emit(Operation::Unary(operation, x), &[x])
    }

    fn binary(&mut self, operation: Binary, a: Operand, b: Operand) -> Operand {
        if let (Operand::Constant(a), Operand::Constant(b)) = (a, b) {
            return folded(|out| operations::binary(operation, Values::Same(a), Values::Same(b), out));
        }
        self.emit(Operation::Binary(operation, a, b), &[a, b])
    }

    fn select(&mut self, condition: Operand, a: Operand, b: Operand) -> Operand {
        self.emit(Operation::Select(condition, a, b), &[condition, a, b])
    }

    fn draw(&mut self, kind: DrawKind) -> Operand {
        self.draws.push(kind);
        self.emit(Operation::Draw(self.draws.len() - 1), &[])
    }

    /// The target is taken before the operands' registers are free again, so that no instruction overwrites what it
    /// reads. Every node's value is used once, by its parent.
    fn emit(&mut self, operation: Operation, operands: &[Operand]) -> Operand {
        let target = self.free.pop().unwrap_or_else(|| {
            self.registers += 1;
            self.registers - 1
        });
        self.free.extend(operands.iter().filter_map(|o| if let Operand::Register(r) = o { Some(*r) } else { None }));
        self.instructions.push(Instruction { operation, target });
        Operand::Register(target)
    }
}

fn folded(compute: impl Fn(&mut [f64])) -> Operand {
    let mut value = [0.0];
    compute(&mut value);
    Operand::Constant(value[0])
}
