//! Where the engines differ: the text of the fixed statements, types, meaning of errors.
//!
//! In: descriptions of tables, errors. Out: SQL text for the engine in use; one file per
//! engine. Never here: a query of a room.

use sea_orm::{DbBackend, DbErr, RuntimeErr, Statement, Value};

mod sqlite;

/// The engine under the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// The embedded house.
    Sqlite,
}

/// A table that is written by many rows in a statement.
#[derive(Debug)]
pub(crate) struct Table {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its columns in the order that rows give them.
    pub(crate) columns: &'static [&'static str],
    /// The columns that make a row unique.
    pub(crate) key: &'static [&'static str],
    /// What a row does whose key is there already.
    pub(crate) repeat: Repeat,
}

/// What a row does whose key is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// It fails the statement.
    Fails,
    /// It is dropped.
    Dropped,
    /// It replaces the row unless its `seq` is smaller.
    NewerSeqWins,
    /// It replaces the row.
    Replaces,
    /// It replaces the row but for one column, which stays as it was.
    ReplacesBut(&'static str),
    /// It replaces the row if it has more in this column.
    MoreWins(&'static str),
}

/// What an error of the database means to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// Try again.
    Busy,
    /// No room.
    Full,
    /// A unique key or a reference speaks against it.
    Conflict,
    /// Anything else.
    Fault,
}

impl Dialect {
    /// Gives the name of the type for bytes.
    pub(crate) const fn bytes_type(self) -> &'static str {
        match self {
            Self::Sqlite => sqlite::BYTES_TYPE,
        }
    }

    /// Gives the statement that writes so many rows into a table.
    pub(crate) fn insert_rows(self, table: &Table, rows: usize) -> String {
        match self {
            Self::Sqlite => sqlite::insert_rows(table, rows),
        }
    }

    /// Gives a sub-select of the ids in a parameter that holds a JSON list of hexadecimal texts.
    pub(crate) fn ids_of(self, parameter: &str) -> String {
        match self {
            Self::Sqlite => sqlite::ids_of(parameter),
        }
    }

    /// Makes a statement of fixed text with its values `$1`, `$2`, …
    pub(crate) fn statement(self, sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
        let backend = match self {
            Self::Sqlite => DbBackend::Sqlite,
        };
        Statement::from_sql_and_values(backend, sql, values)
    }
}

/// Says what an error of the database means to the caller.
pub(crate) fn meaning(error: &DbErr) -> Meaning {
    if matches!(error, DbErr::ConnectionAcquire(_)) {
        return Meaning::Busy;
    }
    let (DbErr::Conn(RuntimeErr::SqlxError(inner))
    | DbErr::Exec(RuntimeErr::SqlxError(inner))
    | DbErr::Query(RuntimeErr::SqlxError(inner))) = error
    else {
        return Meaning::Fault;
    };
    inner.as_database_error().and_then(|found| found.code()).map_or(Meaning::Fault, |code| sqlite::meaning(&code))
}

/// What to do with the column of a row whose key is there already.
fn updates(table: &Table, stays: &str) -> String {
    let rest = table.columns.iter().filter(|name| !table.key.contains(name) && **name != stays);
    rest.map(|name| format!("\"{name}\" = excluded.\"{name}\"")).collect::<Vec<_>>().join(", ")
}

/// The tail of an insert for repeated keys; the same words on every engine.
fn on_conflict(table: &Table) -> String {
    let key = table.key.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    match table.repeat {
        Repeat::Fails => String::new(),
        Repeat::Dropped => format!(" ON CONFLICT ({key}) DO NOTHING"),
        Repeat::Replaces => format!(" ON CONFLICT ({key}) DO UPDATE SET {}", updates(table, "")),
        Repeat::ReplacesBut(stays) => format!(" ON CONFLICT ({key}) DO UPDATE SET {}", updates(table, stays)),
        Repeat::MoreWins(column) => format!(
            " ON CONFLICT ({key}) DO UPDATE SET {} WHERE excluded.\"{column}\" > \"{}\".\"{column}\"",
            updates(table, ""),
            table.name
        ),
        Repeat::NewerSeqWins => format!(
            " ON CONFLICT ({key}) DO UPDATE SET {} WHERE excluded.seq >= \"{}\".seq",
            updates(table, ""),
            table.name
        ),
    }
}
