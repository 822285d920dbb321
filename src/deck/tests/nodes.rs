//! Trees from text, and texts that are none.

use crate::deck::node::{Node, Value, parse};

fn problem(text: &str) -> String {
    let problems = parse("deck.yaml", text).expect_err("no tree");
    problems.iter().map(|p| format!("{p} | {}\n", p.help.clone().unwrap_or_default())).collect()
}

#[test]
fn scalars_keep_their_text_and_place() {
    let tree = parse("f", "a: NO\nb: [10_000, 1e-14 mol m-3, \"null\", ~]\n").expect("a tree");
    let no = tree.get("a").expect("a");
    assert_eq!((no.text(), no.at.line, no.at.column, no.at.offset, no.at.length), (Some("NO"), 1, 4, 3, 2));
    let Some(Value::List(items)) = tree.get("b").map(|n| &n.value) else { panic!("b is a list") };
    let texts: Vec<_> = items.iter().map(Node::text).collect();
    assert_eq!(texts, [Some("10_000"), Some("1e-14 mol m-3"), Some("null"), None]);
}

#[test]
fn long_lists_are_told_by_their_ends() {
    let told = |text: &str| parse("f", text).expect("a tree").get("at").map(Node::spelling);
    assert_eq!(told("at: [0 s, 1 s]").as_deref(), Some("[0 s, 1 s]"));
    let many: Vec<String> = (0..61).map(|i| format!("{i} s")).collect();
    assert_eq!(told(&format!("at: [{}]", many.join(", "))).as_deref(), Some("[0 s, 1 s, … 60 s (61 values)]"));
}

#[test]
fn json_is_read_with_tabs_and_escapes() {
    let tree = parse("f", "{\n\t\"a\": {\"b\": [1, true, null, \"x\\u0041\"]}\n}").expect("a tree");
    let Some(Value::List(items)) = tree.get("a").and_then(|a| a.get("b")).map(|n| &n.value) else { panic!("a list") };
    assert_eq!(items[3].text(), Some("xA"));
    assert_eq!(items[1].text(), Some("true"));
}

#[test]
fn columns_count_characters_and_offsets_bytes() {
    let tree = parse("f", "é: µ\nü: {b: x}\n").expect("a tree");
    let b = tree.get("ü").and_then(|u| u.get("b")).expect("b");
    assert_eq!((b.at.line, b.at.column, b.at.offset), (2, 8, 15));
}

#[test]
fn aliases_are_expanded_within_bounds() {
    let tree = parse("f", "a: &x {t: 1}\nb: *x\n").expect("a tree");
    assert_eq!(tree.get("b").and_then(|b| b.get("t")).and_then(|t| t.text()), Some("1"));
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for i in 1..12 {
        let before = format!("*a{}", i - 1);
        bomb += &format!("a{i}: &a{i} [{}]\n", [before.as_str(); 10].join(", "));
    }
    assert!(problem(&bomb).contains("more than four million values"));
}

#[test]
fn texts_that_are_no_tree() {
    let deep = "[".repeat(100) + &"]".repeat(100);
    let cases = [
        ("a: 1\n\tb: 2\n", ":2:", "indented with a tab"),
        ("a:\n\t b: 2\n", ":2:", "indented with a tab"),
        ("a: {b: 1\n", ":", "no valid YAML or JSON"),
        ("a: 'x\n", ":", "no valid YAML or JSON"),
        ("a\0b", ":1:2", "binary file"),
        ("a: 1\na: 2\nb: {c: 1, c: 2}\n", ":2:1", "`a` stands twice, first on line 1"),
        ("a: 1\n---\nb: 1\n", ":2:", "second document"),
        ("a: &x [*x]\n", ":1:", "contains it"),
        ("a: *y\n", ":1:", "no valid YAML"),
        ("? [1]\n: 2\n", ":1:", "where a key belongs"),
        ("a: {<<: {b: 1}}\n", ":1:5", "merge keys"),
        (deep.as_str(), ":1:", "levels of nesting"),
    ];
    for (text, place, message) in cases {
        let problem = problem(text);
        assert!(problem.starts_with(&format!("deck.yaml{place}")), "{text:?}: {problem}");
        assert!(problem.contains(message), "{text:?}: {problem}");
    }
    assert_eq!(problem("a: 1\na: 2\nb: {c: 1, c: 2}\n").lines().count(), 2);
}

#[test]
fn random_bytes_never_panic() {
    let mut state = 12345_u64;
    for _ in 0..2000 {
        let mut text = String::new();
        for _ in 0..40 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let letters = b"ab:{}[],-\n \t\"'&*#|>?!%1e.\\\xc3";
            let letter = letters[usize::try_from(state >> 33).unwrap_or(0) % letters.len()];
            text.push(char::from(letter));
        }
        if let Err(problems) = parse("f", &text) {
            assert!(!problems.is_empty());
        }
    }
}
