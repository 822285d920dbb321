//! What operations mean, element by element: IEEE 754, and the crate `libm` for what IEEE leaves open, because the
//! machine's own library differs between machines. The same loops fold constants, so that both agree to the bit.

/// An operation on one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unary {
    Negate,
    Not,
    Abs,
    Exp,
    Log,
    Log10,
    Sqrt,
    Sin,
    Cos,
    Tan,
    Floor,
    Round,
    Square,
    Cube,
}

/// An operation on two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    Mod,
    Min,
    Max,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
    And,
    Or,
}

/// Many values, or one that all elements share.
#[derive(Debug, Clone, Copy)]
pub(super) enum Values<'a> {
    Each(&'a [f64]),
    Same(f64),
}

fn truth(condition: bool) -> f64 {
    if condition { 1.0 } else { 0.0 }
}

/// Everything but 0 is true, NaN too, as in C and NumPy.
fn is_true(x: f64) -> bool {
    x != 0.0
}

#[inline(always)]
fn map(x: Values, out: &mut [f64], f: impl Fn(f64) -> f64) {
    match x {
        Values::Each(x) => out.iter_mut().zip(x).for_each(|(out, &x)| *out = f(x)),
        Values::Same(x) => out.fill(f(x)),
    }
}

#[inline(always)]
fn zip(a: Values, b: Values, out: &mut [f64], f: impl Fn(f64, f64) -> f64) {
    match (a, b) {
        (Values::Each(a), Values::Each(b)) => {
            out.iter_mut().zip(a.iter().zip(b)).for_each(|(o, (&a, &b))| *o = f(a, b));
        }
        (Values::Each(a), Values::Same(b)) => out.iter_mut().zip(a).for_each(|(o, &a)| *o = f(a, b)),
        (Values::Same(a), Values::Each(b)) => out.iter_mut().zip(b).for_each(|(o, &b)| *o = f(a, b)),
        (Values::Same(a), Values::Same(b)) => out.fill(f(a, b)),
    }
}

/// One operation over a chunk.
pub(super) fn unary(operation: Unary, x: Values, out: &mut [f64]) {
    match operation {
        Unary::Negate => map(x, out, |x| -x),
        Unary::Not => map(x, out, |x| truth(!is_true(x))),
        Unary::Abs => map(x, out, f64::abs),
        Unary::Exp => map(x, out, libm::exp),
        Unary::Log => map(x, out, libm::log),
        Unary::Log10 => map(x, out, libm::log10),
        Unary::Sqrt => map(x, out, f64::sqrt),
        Unary::Sin => map(x, out, libm::sin),
        Unary::Cos => map(x, out, libm::cos),
        Unary::Tan => map(x, out, libm::tan),
        Unary::Floor => map(x, out, f64::floor),
        Unary::Round => map(x, out, f64::round),
        Unary::Square => map(x, out, |x| x * x),
        Unary::Cube => map(x, out, |x| x * x * x),
    }
}

/// One operation over a chunk. `min` and `max` of NaN are NaN: what is not a number must not pass for one.
pub(super) fn binary(operation: Binary, a: Values, b: Values, out: &mut [f64]) {
    match operation {
        Binary::Add => zip(a, b, out, |a, b| a + b),
        Binary::Subtract => zip(a, b, out, |a, b| a - b),
        Binary::Multiply => zip(a, b, out, |a, b| a * b),
        Binary::Divide => zip(a, b, out, |a, b| a / b),
        Binary::Power => zip(a, b, out, libm::pow),
        Binary::Mod => zip(a, b, out, floored_remainder),
        Binary::Min => zip(a, b, out, |a, b| if a < b || a.is_nan() { a } else { b }),
        Binary::Max => zip(a, b, out, |a, b| if a > b || a.is_nan() { a } else { b }),
        Binary::Less => zip(a, b, out, |a, b| truth(a < b)),
        Binary::LessEqual => zip(a, b, out, |a, b| truth(a <= b)),
        Binary::Greater => zip(a, b, out, |a, b| truth(a > b)),
        Binary::GreaterEqual => zip(a, b, out, |a, b| truth(a >= b)),
        Binary::Equal => zip(a, b, out, |a, b| truth(a == b)),
        Binary::NotEqual => zip(a, b, out, |a, b| truth(a != b)),
        Binary::And => zip(a, b, out, |a, b| truth(is_true(a) & is_true(b))),
        Binary::Or => zip(a, b, out, |a, b| truth(is_true(a) | is_true(b))),
    }
}

/// `a` where the condition holds, else `b`; both have been computed.
pub(super) fn select(condition: Values, a: Values, b: Values, out: &mut [f64]) {
    let condition = match condition {
        Values::Same(c) => return map(if is_true(c) { a } else { b }, out, |x| x),
        Values::Each(condition) => condition,
    };
    match a {
        Values::Each(a) => out.copy_from_slice(a),
        Values::Same(a) => out.fill(a),
    }
    match b {
        Values::Each(b) => {
            out.iter_mut().zip(condition.iter().zip(b)).for_each(|(o, (&c, &b))| *o = if is_true(c) { *o } else { b });
        }
        Values::Same(b) => out.iter_mut().zip(condition).for_each(|(o, &c)| *o = if is_true(c) { *o } else { b }),
    }
}

/// The remainder with the sign of the divisor, as Python's `%`: mod(-30, 360) = 330.
fn floored_remainder(x: f64, period: f64) -> f64 {
    let remainder = x % period; // exact by IEEE 754's definition, so the machine's library may compute it
    if remainder != 0.0 && (remainder < 0.0) != (period < 0.0) { remainder + period } else { remainder }
}
