//! Wall times as people and schedulers write them.

use crate::quantity::{self, Dimension};

/// Longest wall time that is believed, s: a year.
const LONGEST: u64 = 366 * 86_400;

/// Reads `12:00:00`, `1-12:00:00` or a quantity such as `90 min`, in whole seconds.
///
/// # Errors
/// What is wrong and what to type.
pub fn parse(text: &str) -> Result<u64, (String, String)> {
    let seconds = if text.contains(':') { clock(text)? } else { quantity(text)? };
    if (1..=LONGEST).contains(&seconds) {
        return Ok(seconds);
    }
    Err((format!("the wall time `{text}` is not from 1 s to a year"), "write one such as `06:00:00`".to_owned()))
}

fn quantity(text: &str) -> Result<u64, (String, String)> {
    if let Some(number) = quantity::parse_count(text) {
        // Seconds to PBS, minutes to SLURM.
        let help = format!("write `{number} min`, `{number} h` or hours, minutes and seconds such as `06:00:00`");
        return Err((format!("the wall time `{text}` has no unit"), help));
    }
    let seconds = quantity::parse(text, Dimension::TIME).map_err(|e| (format!("wall time: {}", e.message), e.help))?;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates, and the range is checked next
    Ok(seconds.round() as u64)
}

fn clock(text: &str) -> Result<u64, (String, String)> {
    let help = || "write hours, minutes and seconds such as `06:00:00`, with days `1-12:00:00`, or `90 min`".to_owned();
    let wrong = || (format!("`{text}` is no wall time"), help());
    let (days, rest) = match text.split_once('-') {
        Some((days, rest)) => (days.parse::<u64>().map_err(|_| wrong())?, rest),
        None => (0, text),
    };
    let parts: Vec<u64> = rest.split(':').map(str::parse).collect::<Result<_, _>>().map_err(|_| wrong())?;
    let &[hours, minutes, seconds] = &parts[..] else {
        return match &parts[..] {
            [a, b] => {
                let help = format!(
                    "write `{a:02}:{b:02}:00` for hours and minutes, `00:{a:02}:{b:02}` for minutes and seconds"
                );
                Err((format!("the wall time `{text}` may mean hours and minutes, or minutes and seconds"), help))
            }
            _ => Err(wrong()),
        };
    };
    if minutes > 59 || seconds > 59 || days > LONGEST || hours > LONGEST {
        return Err(wrong());
    }
    Ok(((days * 24 + hours) * 60 + minutes) * 60 + seconds)
}

/// Hours, minutes and seconds, as SLURM and PBS both read them.
#[must_use]
pub fn spelling(seconds: u64) -> String {
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}
