//! Connections to SQLite: durable, bounded, one kind for writing and one for reading.
//!
//! In: a file, or none for memory. Out: pools that sea-orm works on. Never here: a table.

use std::{path::Path, time::Duration};

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection,
    sqlx::{
        ConnectOptions as _,
        sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
    },
};

use super::Use;
use crate::{StoreError, dialect::Dialect};

/// How long a statement waits for somebody else's lock.
const LOCK_WAIT: Duration = Duration::from_secs(5);
/// How long a reader waits for a connection.
const CONNECTION_WAIT: Duration = Duration::from_secs(10);
/// Memory for pages of each connection, in KiB.
const CACHE_KIB: u32 = 16 * 1024;

/// Connects to a file, or to memory where there is none.
pub(crate) async fn connect(
    file: Option<&Path>,
    connections: u32,
    usage: Use,
) -> Result<DatabaseConnection, StoreError> {
    let file = file.map(Path::to_owned);
    let mut options = ConnectOptions::new("sqlite::memory:");
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(CONNECTION_WAIT)
        // An in-memory store would vanish with its only connection.
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |memory| match &file {
            // The path is given as it is: a URL would read signs into it.
            Some(file) => pragmas(SqliteConnectOptions::new().filename(file), usage).disable_statement_logging(),
            None => pragmas(memory, usage),
        });
    Ok(Database::connect(options).await?)
}

/// Connects to a file that is there, to write.
pub(crate) async fn connect_writer(file: &Path) -> Result<DatabaseConnection, StoreError> {
    connect(Some(file), 1, Use::Writes).await
}

fn pragmas(sqlite: SqliteConnectOptions, usage: Use) -> SqliteConnectOptions {
    let sqlite = sqlite
        .create_if_missing(usage == Use::Makes)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(LOCK_WAIT)
        .pragma("wal_autocheckpoint", "0")
        .pragma("cache_size", format!("-{CACHE_KIB}"))
        .pragma("temp_store", "memory");
    match usage {
        Use::Makes | Use::Writes => sqlite,
        Use::Reads => sqlite.pragma("query_only", "ON"),
    }
}

/// Copies a database into a new file as it is at this moment, whoever writes it meanwhile.
pub(crate) async fn copy_database(from: &Path, to: &Path) -> Result<(), StoreError> {
    let connection = connect_writer(from).await?;
    let target = to.to_str().ok_or_else(|| StoreError::refuse("the path of the copy is not UTF-8"))?;
    connection.execute_raw(Dialect::Sqlite.statement(COPY, [target.into()])).await?;
    Ok(connection.close().await?)
}

/// SQLite's own way to a compact copy of one moment.
const COPY: &str = "VACUUM INTO $1";
