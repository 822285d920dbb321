//! Random texts: never a panic, every mistake inside the text, and what compiles prints and reads back.

use super::*;
use crate::random::{Address, Purpose, words};

const PIECES: [&str; 62] = [
    "x",
    "y",
    "depth",
    "dt",
    "hour",
    "temperature",
    "T",
    "lat",
    "biomass",
    "foo",
    "h",
    "stokes.U",
    "1",
    "2.5",
    "1e-3",
    "10_000",
    "0.1 /day",
    "200 m",
    "15 degC",
    "1e-3 m s-1",
    "10 %",
    "1e",
    "1.",
    ".5",
    "+",
    "-",
    "*",
    "/",
    "^",
    "<",
    "<=",
    ">",
    ">=",
    "==",
    "!=",
    "and",
    "or",
    "not",
    "(",
    ")",
    "(",
    ")",
    ",",
    "min(",
    "where(",
    "exp(",
    "sqrt(",
    "clamp(",
    "uniform()",
    "normal()",
    "pi",
    " ",
    "  ",
    "**",
    "=",
    "µ",
    "°",
    "−",
    "²",
    "\u{0}",
    "½",
    "٣",
];

struct Dice {
    word: u64,
    draw: u64,
}

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.draw += 1;
        let address = Address { draw: self.draw, step: self.word, id: 0, member: 0 };
        (words(11, Purpose::DesignJitter, address)[0] % n as u64) as usize
    }
}

fn survives(text: &str) -> bool {
    match compile(text, &scope(), Wanted::Any) {
        Err(mistakes) => {
            assert!(!mistakes.is_empty(), "{text}");
            for m in mistakes {
                assert!(m.offset <= text.len() && m.length > 0 && !m.message.is_empty(), "{text}: {m:?}");
                assert!(text.is_char_boundary(m.offset), "{text}: {m:?}");
            }
            false
        }
        Ok(program) => {
            let again = compile(program.text(), &scope(), Wanted::Any);
            let again = again.unwrap_or_else(|e| panic!("{text:?} -> {:?}: {e:?}", program.text()));
            assert_eq!(again, program, "{text}");
            let inputs = vec![&[1.5, -2.0, f64::NAN][..]; program.inputs().len()];
            let mut out = [0.0; 3];
            program.evaluate(&inputs, &mut |_, o| o.fill(0.25), &mut Scratch::default(), &mut out);
            let mut second = [0.0; 3];
            again.evaluate(&inputs, &mut |_, o| o.fill(0.25), &mut Scratch::default(), &mut second);
            assert_eq!(out.map(f64::is_nan), second.map(f64::is_nan), "{text}");
            assert!(out.iter().zip(&second).all(|(a, b)| a == b || a.is_nan()), "{text} -> {}", program.text());
            true
        }
    }
}

#[test]
fn random_pieces_never_panic() {
    let mut right = 0;
    for word in 0..60_000 {
        let mut dice = Dice { word, draw: 0 };
        let count = 1 + dice.below(12);
        let mut text = String::new();
        for _ in 0..count {
            text.push_str(PIECES[dice.below(PIECES.len())]);
            text.push_str(["", " "][dice.below(2)]);
        }
        right += usize::from(survives(&text));
    }
    assert!(right > 2000, "only {right} texts were right");
}

/// A right text by construction, so that deep trees are tried too.
fn grown(dice: &mut Dice, depth: usize) -> String {
    if depth == 0 {
        return ["x", "y", "1", "2.5", "hour", "1e-3", "10 %", "pi", "uniform()"][dice.below(9)].to_owned();
    }
    let mut inner = || grown(dice, depth - 1);
    let (a, b) = (inner(), inner());
    match dice.below(12) {
        0 => format!("-{a}"),
        1 => format!("not {a}"),
        2 => format!("({a})"),
        3 => format!("min({a}, {b})"),
        4 => format!("where({a}, {b}, 0)"),
        5 => format!("({a}) ^ ({b})"),
        n => format!("({a}) {} ({b})", ["+", "-", "*", "/", "<", "and"][n - 6]),
    }
}

#[test]
fn grown_expressions_read_back() {
    for word in 0..4000 {
        let mut dice = Dice { word, draw: 1000 };
        let depth = dice.below(5);
        let text = grown(&mut dice, depth);
        assert!(text.len() > LONGEST_TEXT || survives(&text), "{text}: {:?}", compile(&text, &scope(), Wanted::Any));
    }
}

#[test]
fn random_bytes_and_damaged_texts_never_panic() {
    let right = "0.1 /day * biomass * (temperature > 15 degC) + where(depth > 200 m, 1e-3, -2) * uniform() ^ 2";
    for word in 0..20_000 {
        let mut dice = Dice { word, draw: 0 };
        let mut bytes = right.as_bytes().to_vec();
        for _ in 0..=dice.below(6) {
            let at = dice.below(bytes.len());
            match dice.below(3) {
                0 => bytes[at] = dice.below(256) as u8,
                1 => drop(bytes.remove(at)),
                _ => bytes.insert(at, right.as_bytes()[dice.below(right.len())]),
            }
        }
        survives(&String::from_utf8_lossy(&bytes));
    }
}

/// As many levels in the text as in what is printed of it. Found by fuzzing.
#[test]
fn regress_many_signs_and_negations_read_back() {
    assert!(survives(&format!("0^4^5{}55", "-".repeat(49))));
    assert!(survives(&format!("{}(1 < 2)", "not ".repeat(49))));
    assert!(!survives(&format!("{}1", "-".repeat(4000))));
}
