//! Brackets that nobody closed: the parser complains of what stands behind them.
//!
//! In: a text and the place of a complaint. Out: the bracket that is the cause. Never here: a
//! tree; this only counts brackets, past strings and comments.

/// Gives the place of a list or a table that was begun on an earlier line and not closed
/// before the next key or header, where the parser stumbles.
pub(super) fn left_open(text: &str, at: usize) -> Option<(usize, String)> {
    let start = text.get(..at)?.rfind('\n')? + 1;
    let line = text.get(start..)?.lines().next()?;
    if !begins_something(line) {
        return None;
    }
    let (open, bracket) = opened(text.get(..start)?)?;
    let what = if bracket == '[' { "the list" } else { "the table" };
    Some((open, format!("{what} that begins here is not closed with `{}`", if bracket == '[' { ']' } else { '}' })))
}

/// Says whether a line begins a key or a table.
fn begins_something(line: &str) -> bool {
    let line = line.trim_start();
    let is_header = line.starts_with('[') && line.trim_end().ends_with(']') && !line.contains([',', '"']);
    let key = line.split_once('=').map(|(key, _)| key.trim_end());
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-.\"".contains(c);
    is_header || key.is_some_and(|key| !key.is_empty() && key.chars().all(is_plain))
}

/// Gives the innermost bracket that is open at the end of a text.
fn opened(text: &str) -> Option<(usize, char)> {
    let mut open = Vec::new();
    let mut signs = text.char_indices();
    while let Some((at, sign)) = signs.next() {
        match sign {
            '#' => drop(signs.find(|(_, sign)| *sign == '\n')),
            '"' | '\'' => past_string(&mut signs, sign),
            '[' | '{' => open.push((at, sign)),
            ']' | '}' => drop(open.pop()),
            _ => {}
        }
    }
    open.pop()
}

/// Goes to the end of a string of one line.
fn past_string(signs: &mut std::str::CharIndices<'_>, quote: char) {
    while let Some((_, sign)) = signs.next() {
        match sign {
            '\\' if quote == '"' => drop(signs.next()),
            '\n' => return,
            sign if sign == quote => return,
            _ => {}
        }
    }
}
