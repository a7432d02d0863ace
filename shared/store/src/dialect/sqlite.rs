//! SQLite's words: rows as values, lists unpacked by `json_each` and `unhex`, result codes.
//!
//! In: descriptions of tables, rows, result codes. Out: SQL text, values, meanings. Never
//! here: a query.

use sea_orm::Value;

use super::{Meaning, Table, names, on_conflict};
use crate::rows::Rows;

/// Rows that one statement writes at most; a power of two.
const STATEMENT_ROWS_MAX: usize = 64;
/// Finds a table by its name.
pub(super) const HAS_TABLE: &str = "SELECT 1 AS found FROM sqlite_master WHERE type = 'table' AND name = $1";

/// Result codes (<https://sqlite.org/rescode.html>), without their extension.
const BUSY: u32 = 5;
const LOCKED: u32 = 6;
const INTERRUPTED: u32 = 9;
const FULL: u32 = 13;
const CONSTRAINT: u32 = 19;
/// No room for the index of the write-ahead log; an extended code, for its class is any failure.
const NO_ROOM_FOR_INDEX: u32 = 4874;

pub(super) fn step(sql: &str) -> String {
    sql.replace("{bytes}", "BLOB")
}

/// Writes rows by one statement when their number is a power of two, by few otherwise, so
/// that there are few texts and the driver prepares each but once.
pub(super) fn insert(table: &Table, rows: Rows) -> Vec<(String, Vec<Value>)> {
    let (mut left, cells) = rows.into_cells(table);
    let mut cells = cells.into_iter();
    let mut statements = Vec::new();
    while left > 0 {
        let part = (1 << left.ilog2()).min(STATEMENT_ROWS_MAX);
        statements.push((text(table, part), cells.by_ref().take(part * table.columns.len()).collect()));
        left -= part;
    }
    statements
}

fn text(table: &Table, rows: usize) -> String {
    // Without numbers: the driver would look each one up by its name.
    let row = format!("({})", vec!["?"; table.columns.len()].join(","));
    let all = vec![row.as_str(); rows].join(",");
    format!("INSERT INTO \"{}\" ({}) VALUES {all}{}", table.name, names(table), on_conflict(table))
}

pub(super) fn among(column: &str) -> String {
    format!("{column} IN (SELECT unhex(value) FROM json_each($1))")
}

/// Gives ids as a JSON list of hexadecimal texts.
pub(super) fn ids<const N: usize>(ids: impl IntoIterator<Item = [u8; N]>) -> Value {
    serde_json::Value::from_iter(ids.into_iter().map(hex::encode)).to_string().into()
}

pub(super) fn meaning(code: &str) -> Meaning {
    let code = code.parse::<u32>();
    if code == Ok(NO_ROOM_FOR_INDEX) {
        return Meaning::Full;
    }
    match code.map(|code| code & 0xff) {
        Ok(BUSY | LOCKED | INTERRUPTED) => Meaning::Busy,
        Ok(FULL) => Meaning::Full,
        Ok(CONSTRAINT) => Meaning::Conflict,
        _ => Meaning::Fault,
    }
}
