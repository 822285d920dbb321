//! Numbers, units and user's texts as people want to read them.

/// Text inside HTML or SVG, also inside quoted attributes; what XML cannot hold becomes U+FFFD.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            '\n' | '\t' => out.push(c),
            '\r' => {}
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// A number with a minus sign that is one.
#[must_use]
pub fn number(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(rest) if rest.chars().all(|c| c == '0' || c == '.') => rest.to_owned(),
        Some(rest) => format!("\u{2212}{rest}"),
        None => text,
    }
}

/// A count with thin spaces between thousands.
#[must_use]
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) && digits.len() > 4 {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

/// An exponent set high.
#[must_use]
pub fn superscript(exponent: i32) -> String {
    let high = |c: char| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '0' | '4'..='9' => char::from_u32('⁰' as u32 + (c as u32 - '0' as u32)).unwrap_or(c),
        other => other,
    };
    exponent.to_string().chars().map(high).collect()
}

/// UDUNITS as papers set them: `mol m-3` is mol m⁻³.
#[must_use]
pub fn unit(text: &str) -> String {
    match text {
        "degrees_east" => return "°E".to_owned(),
        "degrees_north" => return "°N".to_owned(),
        _ => {}
    }
    let word = |word: &str| {
        let letters = word.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-');
        match word[letters.len()..].parse::<i32>() {
            Ok(exponent) if letters.chars().all(char::is_alphabetic) && !letters.is_empty() => {
                format!("{letters}{}", superscript(exponent))
            }
            _ => word.to_owned(),
        }
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_texts_are_escaped() {
        assert_eq!(escape("<a href='x'>\"&\u{1}"), "&lt;a href=&#39;x&#39;&gt;&quot;&amp;\u{fffd}");
    }

    #[test]
    fn exact_numbers_have_a_proper_minus() {
        assert_eq!(number(-1.25, 1), "\u{2212}1.2");
        assert_eq!(number(-0.001, 1), "0.0");
        assert_eq!(count(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(count(1234), "1234");
    }

    #[test]
    fn exact_units_have_raised_exponents() {
        assert_eq!(unit("mol m-3"), "mol m⁻³");
        assert_eq!(unit("cm3 s-1"), "cm³ s⁻¹");
        assert_eq!(unit("1"), "1");
        assert_eq!(superscript(-40), "⁻⁴⁰");
    }
}
