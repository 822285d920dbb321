//! The functions of the language, and words that users bring for them from elsewhere.

/// A function that can be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    Abs,
    Min,
    Max,
    Exp,
    Log,
    Log10,
    Sqrt,
    Sin,
    Cos,
    Tan,
    Floor,
    Round,
    Mod,
    Clamp,
    Where,
    Uniform,
    Normal,
}

/// How a function is called.
#[derive(Debug)]
pub(super) struct Signature {
    pub name: &'static str,
    pub function: Function,
    /// Least and most arguments.
    pub arguments: (usize, usize),
    /// For messages.
    pub example: &'static str,
}

const fn signature(name: &'static str, f: Function, least: usize, most: usize, example: &'static str) -> Signature {
    Signature { name, function: f, arguments: (least, most), example }
}

/// Most arguments of `min` and `max`.
const MANY: usize = 16;

const FUNCTIONS: [Signature; 17] = [
    signature("abs", Function::Abs, 1, 1, "abs(x)"),
    signature("min", Function::Min, 2, MANY, "min(a, b)"),
    signature("max", Function::Max, 2, MANY, "max(a, b)"),
    signature("exp", Function::Exp, 1, 1, "exp(x)"),
    signature("log", Function::Log, 1, 1, "log(x)"),
    signature("log10", Function::Log10, 1, 1, "log10(x)"),
    signature("sqrt", Function::Sqrt, 1, 1, "sqrt(x)"),
    signature("sin", Function::Sin, 1, 1, "sin(x)"),
    signature("cos", Function::Cos, 1, 1, "cos(x)"),
    signature("tan", Function::Tan, 1, 1, "tan(x)"),
    signature("floor", Function::Floor, 1, 1, "floor(x)"),
    signature("round", Function::Round, 1, 1, "round(x)"),
    signature("mod", Function::Mod, 2, 2, "mod(x, period)"),
    signature("clamp", Function::Clamp, 3, 3, "clamp(x, low, high)"),
    signature("where", Function::Where, 3, 3, "where(condition, a, b)"),
    signature("uniform", Function::Uniform, 0, 0, "uniform()"),
    signature("normal", Function::Normal, 0, 0, "normal()"),
];

/// Words of other languages and what to write here.
const ELSEWHERE: [(&str, &str); 16] = [
    ("ln", "`log(x)` is the natural logarithm"),
    ("pow", "write `x^y`"),
    ("power", "write `x^y`"),
    ("if", "write `where(condition, a, b)`"),
    ("select", "write `where(condition, a, b)`"),
    ("rand", "write `uniform()`"),
    ("random", "write `uniform()` or `normal()`"),
    ("randn", "write `normal()`"),
    ("gauss", "write `normal()`"),
    ("ceil", "write `-floor(-x)`"),
    ("fmod", "write `mod(x, period)`"),
    ("fabs", "write `abs(x)`"),
    ("sign", "write `(x > 0) - (x < 0)`"),
    ("minimum", "write `min(a, b)`"),
    ("maximum", "write `max(a, b)`"),
    ("clip", "write `clamp(x, low, high)`"),
];

/// The function of this name.
pub(super) fn find(name: &str) -> Option<&'static Signature> {
    FUNCTIONS.iter().find(|f| f.name == name)
}

/// The name of a function.
pub(super) fn name(function: Function) -> &'static str {
    FUNCTIONS.iter().find(|f| f.function == function).map_or("", |f| f.name)
}

/// All names.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().map(|f| f.name)
}

/// What to write for a word of another language.
pub(super) fn elsewhere(name: &str) -> Option<&'static str> {
    ELSEWHERE.iter().find(|e| e.0 == name).map(|e| e.1)
}

/// "did you mean `depth`?" for an unknown word, or what there is.
pub(super) fn suggestion<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> String {
    if let Some(advice) = elsewhere(word) {
        return advice.to_owned();
    }
    let lower = word.to_lowercase();
    let known: Vec<&str> = known.collect();
    let score = |candidate: &str| {
        let other = candidate.to_lowercase();
        let slip = lower.len() >= 3 && strsim::damerau_levenshtein(&lower, &other) == 1;
        strsim::jaro_winkler(&lower, &other).max(if slip { 0.85 } else { 0.0 })
    };
    let best = known.iter().map(|k| (score(k), k)).max_by(|a, b| a.0.total_cmp(&b.0));
    match best {
        Some((score, near)) if score > 0.8 => format!("did you mean `{near}`?"),
        _ => {
            let shown: Vec<String> = known.iter().take(24).map(|n| format!("`{n}`")).collect();
            let more = if known.len() > shown.len() { ", …" } else { "" };
            format!("known here: {}{more}", shown.join(", "))
        }
    }
}
