//! Programs over blocks of elements, in chunks whose registers stay in the nearest cache while each instruction runs
//! as one loop that the compiler vectorises.

use super::operations::{self, Values};
use super::program::{Draw, Operand, Operation, Program};

/// Elements that one instruction handles at a time: 2 KiB a register. Measured: 64 is a third slower on arithmetic,
/// 1024 no faster.
const CHUNK: usize = 256;

/// Registers, kept between calls so that only the first one allocates.
#[derive(Debug, Clone, Default)]
pub struct Scratch {
    registers: Vec<Vec<f64>>,
}

impl Program {
    /// Computes the program for every element of `out`.
    ///
    /// `inputs` stand in the order of `Program::inputs`, each with one value an element, or with a single one that all
    /// share. `draws` fills a slice with the random numbers asked for.
    ///
    /// # Panics
    /// When `inputs` are fewer than the program's, or shorter than `out` and not single.
    pub fn evaluate(
        &self,
        inputs: &[&[f64]],
        draws: &mut dyn FnMut(Draw, &mut [f64]),
        scratch: &mut Scratch,
        out: &mut [f64],
    ) {
        let registers = &mut scratch.registers;
        if registers.len() < self.registers {
            registers.resize_with(self.registers, || vec![0.0; CHUNK]);
        }
        let total = out.len();
        for (number, out) in out.chunks_mut(CHUNK).enumerate() {
            let first = number * CHUNK;
            let length = out.len();
            let last = self.instructions.len().saturating_sub(1);
            for (position, instruction) in self.instructions.iter().enumerate() {
                // The last instruction is the whole expression.
                let mut target =
                    if position == last { Vec::new() } else { std::mem::take(&mut registers[instruction.target]) };
                let into = if position == last { &mut *out } else { &mut target[..length] };
                let values = |operand: Operand| match operand {
                    Operand::Constant(value) => Values::Same(value),
                    Operand::Register(register) => Values::Each(&registers[register][..length]),
                    Operand::Input(input) => chunk_of(inputs[input], first, length, total),
                };
                match instruction.operation {
                    Operation::Unary(operation, x) => operations::unary(operation, values(x), into),
                    Operation::Binary(operation, a, b) => operations::binary(operation, values(a), values(b), into),
                    Operation::Select(c, a, b) => operations::select(values(c), values(a), values(b), into),
                    Operation::Draw(index) => draws(Draw { kind: self.draws[index], index, first }, into),
                }
                if position != last {
                    registers[instruction.target] = target;
                }
            }
            match self.result {
                Operand::Constant(value) => out.fill(value),
                Operand::Input(input) => match chunk_of(inputs[input], first, length, total) {
                    Values::Each(values) => out.copy_from_slice(values),
                    Values::Same(value) => out.fill(value),
                },
                Operand::Register(_) => {}
            }
        }
    }
}

/// A chunk of an input; a single value stands for all elements.
fn chunk_of(input: &[f64], first: usize, length: usize, total: usize) -> Values<'_> {
    if input.len() == 1 && total != 1 { Values::Same(input[0]) } else { Values::Each(&input[first..first + length]) }
}
