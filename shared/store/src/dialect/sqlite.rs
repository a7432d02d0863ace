//! SQLite's words: JSON unpacked by `json_each`, hexadecimal by `unhex`, result codes.
//!
//! In: descriptions of tables, result codes. Out: SQL text, meanings. Never here: a query.

use super::{Cell, Meaning, Table, on_conflict};

/// The type of a column of bytes.
pub(super) const BYTES_TYPE: &str = "BLOB";

/// Result codes (<https://sqlite.org/rescode.html>), without their extension.
const BUSY: u32 = 5;
const LOCKED: u32 = 6;
const INTERRUPTED: u32 = 9;
const FULL: u32 = 13;
const CONSTRAINT: u32 = 19;

pub(super) fn insert_rows(table: &Table) -> String {
    let names = table.columns.iter().map(|(name, _)| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    let cells: Vec<Cell> = table.columns.iter().map(|(_, cell)| *cell).collect();
    // `WHERE true` keeps the parser from reading ON CONFLICT as a join's ON.
    format!("INSERT INTO \"{}\" ({names}) {} WHERE true{}", table.name, select("$1", &cells), on_conflict(table))
}

pub(super) fn rows_of(parameter: &str, cells: &[Cell]) -> String {
    format!("({})", select(parameter, cells))
}

fn select(parameter: &str, cells: &[Cell]) -> String {
    let cells = cells.iter().enumerate().map(|(at, cell)| cell_of(at, *cell)).collect::<Vec<_>>();
    format!("SELECT {} FROM json_each({parameter})", cells.join(", "))
}

fn cell_of(at: usize, cell: Cell) -> String {
    match cell {
        Cell::Bytes => format!("unhex(value ->> {at})"),
        Cell::Text | Cell::Int => format!("value ->> {at}"),
    }
}

pub(super) fn ids_of(parameter: &str) -> String {
    format!("(SELECT unhex(value) FROM json_each({parameter}))")
}

pub(super) fn meaning(code: &str) -> Meaning {
    match code.parse::<u32>().map(|code| code & 0xff) {
        Ok(BUSY | LOCKED | INTERRUPTED) => Meaning::Busy,
        Ok(FULL) => Meaning::Full,
        Ok(CONSTRAINT) => Meaning::Conflict,
        _ => Meaning::Fault,
    }
}
