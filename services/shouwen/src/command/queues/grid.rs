//! A grid of cells whose columns stand under each other, whatever script they are in.
//!
//! In: rows of cells. Out: lines. Never here: what a cell means.

use unicode_width::UnicodeWidthStr;

/// Whether lines bear colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paint {
    /// For a terminal.
    Colours,
    /// For a pipe.
    None,
}

/// How grave a cell is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// As it should be.
    Plain,
    /// Worth a look.
    Watch,
    /// Something is lost if nobody does anything.
    Alarm,
    /// A head.
    Head,
}

/// A cell.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    text: String,
    /// Numbers stand to the right.
    right: bool,
    tone: Tone,
}

impl Cell {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), right: false, tone: Tone::Plain }
    }

    pub(super) fn number(text: impl Into<String>, tone: Tone) -> Self {
        Self { text: text.into(), right: true, tone }
    }

    pub(super) fn head(text: &str, right: bool) -> Self {
        Self { text: text.to_owned(), right, tone: Tone::Head }
    }
}

/// Writes rows as lines.
pub(super) fn lines(rows: &[Vec<Cell>], paint: Paint) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.text.width()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let line = |row: &Vec<Cell>| {
        let cells: Vec<_> = row.iter().zip(&widths).map(|(cell, width)| padded(cell, *width, paint)).collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

fn padded(cell: &Cell, width: usize, paint: Paint) -> String {
    let gap = " ".repeat(width.saturating_sub(cell.text.width()));
    let text = coloured(&cell.text, cell.tone, paint);
    if cell.right { format!("{gap}{text}") } else { format!("{text}{gap}") }
}

/// Writes a text in the colour of its tone.
pub(super) fn coloured(text: &str, tone: Tone, paint: Paint) -> String {
    let code = match (paint, tone) {
        (Paint::None, _) | (_, Tone::Plain) => return text.to_owned(),
        (Paint::Colours, Tone::Watch) => "33",
        (Paint::Colours, Tone::Alarm) => "1;31",
        (Paint::Colours, Tone::Head) => "2",
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_each_other_in_any_script() {
        let row = |name: &str, number: &str| vec![Cell::text(name), Cell::number(number, Tone::Alarm)];
        let rows = [row("交易异常", "7"), row("desk", "12"), row("", "-")];
        assert_eq!(lines(&rows, Paint::None), ["交易异常   7", "desk      12", "           -"]);
        let coloured = lines(&rows, Paint::Colours);
        assert_eq!(coloured[1], "desk      \u{1b}[1;31m12\u{1b}[0m");
    }
}
