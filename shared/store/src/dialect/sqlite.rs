//! SQLite's words: rows as values, lists unpacked by `json_each` and `unhex`, result codes.
//!
//! In: descriptions of tables, result codes. Out: SQL text, meanings. Never here: a query.

use super::{Meaning, Table, on_conflict};

/// The type of a column of bytes.
pub(super) const BYTES_TYPE: &str = "BLOB";

/// Result codes (<https://sqlite.org/rescode.html>), without their extension.
const BUSY: u32 = 5;
const LOCKED: u32 = 6;
const INTERRUPTED: u32 = 9;
const FULL: u32 = 13;
const CONSTRAINT: u32 = 19;
/// No room for the index of the write-ahead log; an extended code, for its class is any failure.
const NO_ROOM_FOR_INDEX: u32 = 4874;

pub(super) fn insert_rows(table: &Table, rows: usize) -> String {
    let names = table.columns.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    // Without numbers: the driver would look each one up by its name.
    let row = format!("({})", vec!["?"; table.columns.len()].join(","));
    let all = vec![row.as_str(); rows].join(",");
    format!("INSERT INTO \"{}\" ({names}) VALUES {all}{}", table.name, on_conflict(table))
}

pub(super) fn ids_of(parameter: &str) -> String {
    format!("(SELECT unhex(value) FROM json_each({parameter}))")
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
