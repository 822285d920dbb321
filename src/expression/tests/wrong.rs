//! Wrong expressions: message, column, help.

use super::*;
use crate::quantity::Dimension;

/// The only mistake of a text: the text it points at, message, help.
fn mistake(text: &str, wanted: Wanted) -> (String, String, String) {
    let mistakes = compile(text, &scope(), wanted).map(|p| p.text().to_owned()).expect_err(text);
    assert_eq!(mistakes.len(), 1, "{text}: {mistakes:?}");
    let Mistake { offset, length, message, help } = mistakes[0].clone();
    (text.get(offset..offset + length).unwrap_or("<end>").to_owned(), message, help)
}

#[test]
fn wrong_structure() {
    for (text, at, message, help) in [
        ("", "<end>", "the expression is empty", "write a number, a name or a formula"),
        ("1 +", "<end>", "the expression ends where a value belongs", "complete or remove the operator"),
        ("(1 + x", "(", "`(` is never closed", "add `)`"),
        ("1 + x)", ")", "`)` closes nothing", "remove it, or add `(`"),
        ("2 x", "x", "no operator before `x`", "write `*` to multiply: `* x`"),
        ("2 depth + 1", "depth", "no operator before `depth`", "write `*` to multiply: `* depth`"),
        ("x (3)", "x", "`x` is no function", "write `x * (…)` to multiply"),
        ("5 min(1, 2)", "min", "no operator before `min`", "write `*` to multiply: `* min`"),
        ("1 < x < 3", "<", "comparisons cannot be chained", "write `a < b and b < c`"),
        ("depht > 3", "depht", "unknown name `depht`", "did you mean `depth`?"),
        (
            "biomass /day",
            "day",
            "unknown name `day`",
            "`day` is a unit: write it directly after a number, such as `1 day`",
        ),
        ("squrt(3)", "squrt", "unknown function `squrt`", "did you mean `sqrt`?"),
        ("ln(x)", "ln", "unknown function `ln`", "`log(x)` is the natural logarithm"),
        ("sqrt + 1", "sqrt", "`sqrt` is a function", "write `sqrt(x)`"),
        ("clamp(x, 1)", "clamp", "`clamp` has 2 arguments", "write `clamp(x, low, high)`"),
        ("sqrt(x, 1)", "sqrt", "`sqrt` has 2 arguments", "write `sqrt(x)`"),
        ("uniform(1)", "uniform", "`uniform` has 1 argument", "write `uniform()`"),
        ("x ** 2", "**", "`**` means nothing here", "write `^` for a power"),
        ("x = 2", "=", "`=` means nothing here", "write `==` to compare"),
        ("x && y", "&&", "`&&` means nothing here", "write `and`"),
        ("x % y", "%", "`%` means nothing here", "write `mod(a, b)` for the remainder"),
        ("x × y", "×", "`×` means nothing here", "write `*`"),
        ("x + * y", "*", "`*` stands where a value belongs", "a number, a name, a function or `(` belongs here"),
        ("(1,5 + x)", ",", "`,` belongs between arguments of a function", "write `.` in numbers"),
        (
            "1e999",
            "1e999",
            "`1e999` is no number",
            "write a number such as `0.5`, `1e-3` or `10_000`; the largest is 1.8e308",
        ),
        ("1e300 Gm", "1e300 Gm", "`1e300 Gm` is too large", "the largest number is 1.8e308 in SI units"),
        (
            "2 m ^ 2",
            "^",
            "`^` after a unit can be read in two ways",
            "write `(2 m)^2` for the square of the quantity, `2 m2` for square metres",
        ),
        (
            "x / 10 /day",
            "10 /day",
            "`/ 10 /day` can be read in two ways",
            "write `/ (10 /day)` to divide by this quantity, or write its unit without `/`",
        ),
        (
            "x / -10 /day",
            "10 /day",
            "`/ 10 /day` can be read in two ways",
            "write `/ (10 /day)` to divide by this quantity, or write its unit without `/`",
        ),
        (
            "1 / h",
            "h",
            "`/ h` is a unit after a number, and `h` is a name here",
            "write `/ (h)` for the name, or `h-1` for the unit",
        ),
    ] {
        assert_eq!(mistake(text, Wanted::Any), (at.to_owned(), message.to_owned(), help.to_owned()), "{text}");
    }
}

#[test]
fn wrong_units() {
    let any = Wanted::Any;
    let rate = Wanted::Dimension(Dimension::FREQUENCY);
    for (text, wanted, at, message, help) in [
        (
            "1 + depth + dt",
            any,
            "1 + depth + dt",
            "m and s cannot be added",
            "`1 + depth` has the unit m, `dt` has the unit s",
        ),
        (
            "depth > 3 h",
            any,
            "depth > 3 h",
            "m and s cannot be compared",
            "`depth` has the unit m, `3 h` has the unit s",
        ),
        ("hour < 6 h", any, "hour < 6 h", "1 and s cannot be compared", "`hour` has no unit, `6 h` has the unit s"),
        (
            "where(x > 0, depth, dt)",
            any,
            "where(x > 0, depth, dt)",
            "m and s cannot be compared",
            "`depth` has the unit m, `dt` has the unit s",
        ),
        (
            "exp(depth)",
            any,
            "exp(depth)",
            "`exp` takes a pure number, and `depth` has the unit m",
            "divide by a quantity: `exp(depth / 1 m)`",
        ),
        ("sin(lat)", any, "sin(lat)", "`lat` is in degrees, `sin` takes radians", "write `sin(lat * pi / 180)`"),
        ("x^2 /day", any, "x^2 /day", "the exponent has the unit s-1", "write `x^2 * 1 /day`"),
        (
            "2^depth",
            any,
            "2^depth",
            "the exponent has the unit m",
            "an exponent is a pure number; divide it by a quantity",
        ),
        (
            "depth^x",
            any,
            "depth^x",
            "`depth` has the unit m, so its exponent must be a number",
            "divide it by a quantity of that unit first",
        ),
        ("depth and 1", any, "depth and 1", "`depth` has the unit m and is no condition", "compare it: `depth > …`"),
        (
            "temperature + 1 degC",
            any,
            "temperature + 1 degC",
            "a temperature in degC can only be compared, or be subtracted from another",
            "write `K` for differences and factors: 1 K is a step of 1 degC",
        ),
        (
            "temperature > 15",
            any,
            "temperature > 15",
            "`15` could be in K or in degC",
            "write `15 degC` for a temperature, `15 K` for that or a difference",
        ),
        (
            "T > 15 degC",
            any,
            "T > 15 degC",
            "the unit of `T` is not known, so that degC may be wrong",
            "compare with a number in the unit that `T` has",
        ),
        (
            "depth",
            Wanted::Truth,
            "depth",
            "the expression has the unit m, where a condition is needed",
            "compare it with a value: `depth > 200 m`",
        ),
        (
            "sin(x)",
            velocity(),
            "sin(x)",
            "the expression has no unit, where m s-1 is needed",
            "units that fit: `m s-1`, `cm s-1`, `m day-1`",
        ),
        (
            "2 * depth",
            velocity(),
            "2 * depth",
            "the expression has the unit m, where m s-1 is needed",
            "multiply it by a rate, such as `0.1 /day`",
        ),
        (
            "mass * 0.1 /day",
            rate,
            "mass * 0.1 /day",
            "the expression has the unit kg s-1, where s-1 is needed",
            "a factor in kg-1 is missing",
        ),
        (
            "biomass",
            rate,
            "biomass",
            "the expression has no unit, where s-1 is needed",
            "multiply it by a rate, such as `0.1 /day`",
        ),
    ] {
        assert_eq!(mistake(text, wanted), (at.to_owned(), message.to_owned(), help.to_owned()), "{text}");
    }
}

#[test]
fn all_mistakes_at_once_in_order() {
    let text = "foo + exp(depth) * bar > dt + 3 m";
    let mistakes = compile(text, &scope(), Wanted::Truth).unwrap_err();
    let at: Vec<&str> = mistakes.iter().map(|m| &text[m.offset..m.offset + m.length]).collect();
    assert_eq!(at, ["foo", "exp(depth)", "bar", "dt + 3 m"]);
}

#[test]
fn limits_are_refused_with_a_sentence() {
    let deep = |n: usize| format!("{}x{}", "(".repeat(n), ")".repeat(n));
    assert!(compile(&deep(63), &scope(), Wanted::Any).is_ok());
    for text in [deep(64), deep(2000), "-".repeat(4000), "2^".repeat(2000), "abs(".repeat(1000), "not ".repeat(1000)] {
        assert_eq!(mistake(&text, Wanted::Any).1, "the expression is nested deeper than 64 levels");
    }
    let long = vec!["x"; 1002].join("+");
    assert_eq!(mistake(&long, Wanted::Any).1, "the expression has 1001 operations, more than 1000");
    assert!(compile(&long[2..], &scope(), Wanted::Any).is_ok());
    let endless = "x+".repeat(2050);
    assert_eq!(mistake(&endless, Wanted::Any).1, "the expression has 4100 bytes, more than 4096");
}
