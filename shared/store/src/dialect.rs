//! Where the engines differ: the text of the fixed statements, types, locks, meaning of errors.
//!
//! In: descriptions of tables, rows, ids, errors. Out: SQL and values for the engine in use;
//! one file per engine. Never here: a query of a room.

use sea_orm::{DbBackend, DbErr, RuntimeErr, Statement, Value, sqlx};

use crate::rows::Rows;

mod postgres;
mod sqlite;

/// The engine under the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// The embedded house.
    Sqlite,
    /// The house on many machines.
    Postgres,
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
    /// It replaces the row unless it has less in this column.
    NoFewerWins(&'static str),
    /// It replaces the row if it has more in this column.
    MoreWins(&'static str),
}

/// What an error of the database means to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// Try again.
    Busy,
    /// No answer came: try again, and find out what was done.
    Away,
    /// No room.
    Full,
    /// A unique key or a reference speaks against it.
    Conflict,
    /// The database does not let this user do it.
    Denied,
    /// Anything else.
    Fault,
}

impl Dialect {
    /// Gives the text of a step of the schema: `{bytes}` stands for the type of bytes.
    pub(crate) fn step(self, sql: &str) -> String {
        match self {
            Self::Sqlite => sqlite::step(sql),
            Self::Postgres => postgres::step(sql),
        }
    }

    /// Gives the statements that write rows into tables, of each table once; of a fixed few
    /// texts.
    pub(crate) fn insert<'t>(self, tables: impl IntoIterator<Item = (&'t Table, Rows)>) -> Vec<Statement> {
        let statements = match self {
            Self::Sqlite => tables.into_iter().flat_map(|(table, rows)| sqlite::insert(table, rows)).collect(),
            Self::Postgres => Vec::from_iter(postgres::insert(tables)),
        };
        statements.into_iter().map(|(sql, values)| self.statement(&sql, values)).collect()
    }

    /// Gives the condition that a column of ids is among those of parameter `$1`, see `ids`.
    pub(crate) fn among(self, column: &str) -> String {
        match self {
            Self::Sqlite => sqlite::among(column),
            Self::Postgres => postgres::among(column),
        }
    }

    /// Gives ids as one value, for `among`.
    pub(crate) fn ids<const N: usize>(self, ids: impl IntoIterator<Item = [u8; N]>) -> Value {
        match self {
            Self::Sqlite => sqlite::ids(ids),
            Self::Postgres => postgres::ids(ids),
        }
    }

    /// Ends a query that nobody else may change the rows of until this transaction ends.
    pub(crate) const fn locked(self) -> &'static str {
        match self {
            // Whoever writes is alone.
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE",
        }
    }

    /// Ends a query that leaves out rows in somebody else's hands and keeps the others.
    pub(crate) const fn unclaimed(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }

    /// As `unclaimed`, but whoever only makes sure that a row stays as it is (`kept`) is no hindrance
    /// and meets none.
    pub(crate) const fn unclaimed_rows_of_keys(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR NO KEY UPDATE SKIP LOCKED",
        }
    }

    /// Ends a query of a table `n` whose row is not locked by anybody (`locked`) until this
    /// transaction ends.
    pub(crate) const fn kept(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR KEY SHARE OF n",
        }
    }

    /// Gives the statement after which nobody else is past the same one with the same word
    /// until this transaction ends; none where whoever writes is alone.
    pub(crate) fn alone(self, word: &str) -> Option<Statement> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some(self.statement(postgres::ALONE, [word.into()])),
        }
    }

    /// Gives the query that finds one row when there is a table of this name.
    pub(crate) const fn has_table(self) -> &'static str {
        match self {
            Self::Sqlite => sqlite::HAS_TABLE,
            Self::Postgres => postgres::HAS_TABLE,
        }
    }

    /// Gives the query that finds one row when tables may be made.
    pub(crate) const fn may_make(self) -> &'static str {
        match self {
            Self::Sqlite => "SELECT 1 AS found",
            Self::Postgres => postgres::MAY_MAKE,
        }
    }

    /// Makes a statement of fixed text with its values `$1`, `$2`, …
    pub(crate) fn statement(self, sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
        match self {
            Self::Sqlite => Statement::from_sql_and_values(DbBackend::Sqlite, sql, values),
            Self::Postgres => {
                Statement::from_sql_and_values(DbBackend::Postgres, sql, values.into_iter().map(postgres::fit))
            }
        }
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
    if let Some(found) = inner.as_database_error() {
        let code = found.code().unwrap_or_default();
        let postgres = found.try_downcast_ref::<sqlx::postgres::PgDatabaseError>().is_some();
        return if postgres { postgres::meaning(&code) } else { sqlite::meaning(&code) };
    }
    if matches!(inner.as_ref(), sqlx::Error::Io(_)) {
        Meaning::Away
    } else if matches!(inner.as_ref(), sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed) {
        Meaning::Busy
    } else {
        Meaning::Fault
    }
}

/// Leaves of a database's error what may be shown: PostgreSQL adds the row to it.
pub(crate) fn without_values(error: DbErr) -> DbErr {
    let (DbErr::Conn(RuntimeErr::SqlxError(inner))
    | DbErr::Exec(RuntimeErr::SqlxError(inner))
    | DbErr::Query(RuntimeErr::SqlxError(inner))) = &error
    else {
        return error;
    };
    let found = inner.as_database_error().and_then(|found| found.try_downcast_ref::<sqlx::postgres::PgDatabaseError>());
    match found {
        Some(found) => DbErr::Custom(format!("{} ({})", found.message(), found.code())),
        None => error,
    }
}

/// What to do with the column of a row whose key is there already.
fn updates(table: &Table, stays: &str) -> String {
    let rest = table.columns.iter().filter(|name| !table.key.contains(name) && **name != stays);
    rest.map(|name| format!("\"{name}\" = excluded.\"{name}\"")).collect::<Vec<_>>().join(", ")
}

/// The names of a table's columns.
fn names(table: &Table) -> String {
    table.columns.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
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
        Repeat::NoFewerWins(column) => format!(
            " ON CONFLICT ({key}) DO UPDATE SET {} WHERE excluded.\"{column}\" >= \"{}\".\"{column}\"",
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

#[cfg(test)]
mod tests;
