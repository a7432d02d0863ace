//! PostgreSQL's words: rows as arrays of their columns, lists as arrays, SQLSTATEs.
//!
//! In: descriptions of tables, rows, SQLSTATEs. Out: SQL text, values, meanings. The text of an
//! insert is the same for any number of rows. Never here: a query.

use std::collections::HashMap;

use sea_orm::{Value, sea_query::ArrayType};

use super::{Meaning, Repeat, Table, names, on_conflict};
use crate::rows::Rows;

/// Finds a table by its name.
pub(super) const HAS_TABLE: &str = "SELECT 1 AS found WHERE to_regclass(quote_ident($1)) IS NOT NULL";
/// Finds whether this user may make tables.
pub(super) const MAY_MAKE: &str = "SELECT 1 AS found WHERE has_schema_privilege(current_schema(), 'CREATE')";
/// Waits for whoever holds the same word; ends with the transaction.
pub(super) const ALONE: &str = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";

/// What stands for NULL in an array, which the driver fills with values only: no id, no sealed
/// word, no count and no text of ours is ever one of these.
const NO_BYTES: [u8; 1] = [0];
const NO_NUMBER: i64 = i64::MIN;
const NO_TEXT: &str = "\u{1}";

pub(super) fn step(sql: &str) -> String {
    // Byte order, as SQLite has it: lists go on after a name on every engine alike.
    sql.replace("{bytes}", "BYTEA").replace("TEXT", "TEXT COLLATE \"C\"")
}

/// Writes any number of rows into any tables by one statement, for each is a way to the server
/// and back; the tables that get no row are not in its text.
pub(super) fn insert<'t>(tables: impl IntoIterator<Item = (&'t Table, Rows)>) -> Option<(String, Vec<Value>)> {
    let (mut texts, mut values) = (Vec::new(), Vec::new());
    for (table, rows) in tables {
        let rows = folded(table, rows.into_rows(table));
        let Some(first) = rows.first() else { continue };
        let kinds: Vec<Kind> = first.iter().map(Kind::of).collect();
        let mut columns: Vec<Vec<Value>> = kinds.iter().map(|_| Vec::with_capacity(rows.len())).collect();
        for row in rows {
            for ((column, kind), cell) in columns.iter_mut().zip(&kinds).zip(row) {
                column.push(kind.filled(cell));
            }
        }
        texts.push(text(table, &kinds, values.len()));
        values.extend(columns.into_iter().zip(&kinds).map(|(column, kind)| kind.array(column)));
    }
    let last = texts.pop()?;
    let others: Vec<String> =
        texts.iter().enumerate().map(|(place, text)| format!("written{place} AS ({text})")).collect();
    let with = if others.is_empty() { String::new() } else { format!("WITH {} ", others.join(", ")) };
    Some((with + &last, values))
}

/// Gives the text for one table, whose first value is the one after `before` others.
fn text(table: &Table, kinds: &[Kind], before: usize) -> String {
    let (mut cells, mut arrays) = (Vec::new(), Vec::new());
    for ((place, kind), name) in (before + 1..).zip(kinds).zip(table.columns) {
        cells.push(format!("NULLIF(u.\"{name}\", {})", kind.no_value()));
        arrays.push(format!("${place}"));
    }
    format!(
        "INSERT INTO \"{}\" ({names}) SELECT {} FROM unnest({}) AS u ({names}){}",
        table.name,
        cells.join(", "),
        arrays.join(", "),
        on_conflict(table),
        names = names(table),
    )
}

/// The type of a column.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Bytes,
    Number,
    Text,
}

impl Kind {
    fn of(cell: &Value) -> Self {
        if matches!(cell, Value::Bytes(_)) {
            Self::Bytes
        } else if matches!(cell, Value::BigInt(_)) {
            Self::Number
        } else {
            Self::Text
        }
    }

    fn filled(self, cell: Value) -> Value {
        match (self, cell) {
            (Self::Bytes, Value::Bytes(None)) => NO_BYTES.to_vec().into(),
            (Self::Number, Value::BigInt(None)) => NO_NUMBER.into(),
            (Self::Text, Value::String(None)) => NO_TEXT.into(),
            (_, cell) => fit(cell),
        }
    }

    const fn no_value(self) -> &'static str {
        match self {
            Self::Bytes => "'\\x00'::bytea",
            Self::Number => "-9223372036854775808",
            Self::Text => "U&'\\0001'",
        }
    }

    fn array(self, cells: Vec<Value>) -> Value {
        let of = match self {
            Self::Bytes => ArrayType::Bytes,
            Self::Number => ArrayType::BigInt,
            Self::Text => ArrayType::String,
        };
        Value::Array(of, Some(Box::new(cells)))
    }
}

/// Puts rows of one key together as their table would, one after the other: one statement may
/// not update a row twice.
fn folded(table: &Table, rows: Vec<Vec<Value>>) -> Vec<Vec<Value>> {
    if matches!(table.repeat, Repeat::Fails | Repeat::Dropped) {
        return rows;
    }
    let place = |name: &str| table.columns.iter().position(|column| *column == name);
    let key: Vec<usize> = table.key.iter().filter_map(|name| place(name)).collect();
    let mut kept: Vec<Vec<Value>> = Vec::with_capacity(rows.len());
    let mut known: HashMap<Vec<Value>, usize> = HashMap::with_capacity(rows.len());
    for mut row in rows {
        let name: Vec<Value> = key.iter().filter_map(|at| row.get(*at).cloned()).collect();
        let Some(old) = known.get(&name).and_then(|at| kept.get_mut(*at)) else {
            known.insert(name, kept.len());
            kept.push(row);
            continue;
        };
        let replaces = match table.repeat {
            Repeat::Fails | Repeat::Dropped => false,
            Repeat::Replaces => true,
            Repeat::ReplacesBut(stays) => {
                if let Some(at) = place(stays) {
                    row.splice(at..=at, old.get(at).cloned());
                }
                true
            }
            Repeat::NoFewerWins(column) => number(&row, place(column)) >= number(old, place(column)),
            Repeat::NewerSeqWins => number(&row, place("seq")) >= number(old, place("seq")),
            Repeat::MoreWins(column) => number(&row, place(column)) > number(old, place(column)),
        };
        if replaces {
            *old = row;
        }
    }
    kept
}

fn number(row: &[Value], at: Option<usize>) -> Option<i64> {
    match row.get(at?) {
        Some(Value::BigInt(number)) => *number,
        _ => None,
    }
}

pub(super) fn among(column: &str) -> String {
    format!("{column} = ANY($1)")
}

pub(super) fn ids<const N: usize>(ids: impl IntoIterator<Item = [u8; N]>) -> Value {
    Kind::Bytes.array(ids.into_iter().map(|id| id.to_vec().into()).collect())
}

/// Makes a value one that PostgreSQL takes: its texts hold no NUL.
pub(super) fn fit(value: Value) -> Value {
    if let Value::String(Some(text)) = &value
        && text.contains('\0')
    {
        return text.replace('\0', "\u{fffd}").into();
    }
    value
}

/// Reads an SQLSTATE (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
pub(super) fn meaning(code: &str) -> Meaning {
    match code {
        // disk_full
        "53100" => Meaning::Full,
        // A transaction that stood still was ended, a statement took too long, a lock was not
        // to be had, the server is a stand-by for now.
        "25P03" | "57014" | "55P03" | "25006" => Meaning::Busy,
        // insufficient_privilege, and who may not sign in
        "42501" => Meaning::Denied,
        _ => match code.get(..2) {
            Some("08" | "57") => Meaning::Away,
            Some("40" | "53") => Meaning::Busy,
            Some("23") => Meaning::Conflict,
            Some("28") => Meaning::Denied,
            _ => Meaning::Fault,
        },
    }
}
