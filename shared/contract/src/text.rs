//! Texts in the one spelling that comparisons use.
//!
//! In: what a client wrote, or a phrase of the firm file. Out: the same with compatibility
//! forms, letter case, script and invisible characters evened out (DESIGN 7.1).
//! Never here: a text kept or shown in this form; it is for finding only.

use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

/// Traditional characters with their simplified ones; see the head of the file for its origin.
const TRADITIONAL: &str = include_str!("text/traditional.txt");

/// The pairs, sorted by the traditional character.
static PAIRS: LazyLock<Vec<(char, char)>> = LazyLock::new(|| pairs(TRADITIONAL));

/// Evens out a text: NFKC, lower case, traditional to simplified, invisible characters removed.
#[must_use]
pub fn normalise(text: &str) -> String {
    text.chars()
        .filter(|c| !is_invisible(*c))
        .nfkc()
        .flat_map(char::to_lowercase)
        .nfkc()
        .filter(|c| !is_invisible(*c))
        .map(simplified)
        .collect()
}

/// Says whether a text holds nothing that anybody could read.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || c.is_control() || is_invisible(c))
}

/// Gives the simplified form of a character, or the character itself.
#[must_use]
pub fn simplified(c: char) -> char {
    // Nothing below the CJK blocks is in the table, and most texts have much of that.
    if c < '\u{3400}' {
        return c;
    }
    match PAIRS.binary_search_by_key(&c, |(traditional, _)| *traditional) {
        Ok(at) => PAIRS.get(at).map_or(c, |(_, simple)| *simple),
        Err(_) => c,
    }
}

/// Says whether a character has no shape of its own: zero-width and direction marks,
/// variation selectors, tags, soft hyphens.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

fn pairs(table: &str) -> Vec<(char, char)> {
    let words = table.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace);
    let mut pairs: Vec<_> = words.filter_map(pair).collect();
    pairs.sort_unstable();
    pairs
}

fn pair(word: &str) -> Option<(char, char)> {
    let mut chars = word.chars();
    let pair = (chars.next()?, chars.next()?);
    chars.next().is_none().then_some(pair)
}

#[cfg(test)]
mod tests;
