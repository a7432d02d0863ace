//! Spans of time as files write them: `20s`, `15m`, `2h`, `1d`.
//!
//! In: a number with its unit. Out: milliseconds. Never here: a bare number.

use contract::Millis;

/// The longest span that is taken: 366 days.
const DAYS_MAX: i64 = 366;
/// Units of time with their milliseconds, the largest first; `d` is 24 hours until calendars come.
const TIME_UNITS: [(&str, i64); 5] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];
/// Reads a span of time.
#[must_use]
pub fn span(text: &str) -> Option<Millis> {
    let (number, unit) = split(text)?;
    let (_, ms) = TIME_UNITS.iter().find(|(name, _)| *name == unit)?;
    let total = i64::try_from(number).ok()?.checked_mul(*ms)?;
    (total <= DAYS_MAX * 86_400_000).then(|| Millis::new(total))
}

/// Writes a span with the largest unit that leaves no rest.
#[must_use]
pub fn show(span: Millis) -> String {
    let ms = span.get();
    let unit = TIME_UNITS.iter().skip(1).rev().find(|(_, size)| ms != 0 && ms % size == 0);
    match unit {
        Some((name, size)) => format!("{}{name}", ms / size),
        None if ms == 0 => "0s".to_owned(),
        None => format!("{ms}ms"),
    }
}

fn split(text: &str) -> Option<(u64, &str)> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    Some((number.parse().ok()?, unit.trim_start()))
}

#[cfg(test)]
mod tests;
