//! The store itself: opened once, cloned to everybody, read beside the one writer.
//!
//! In: a data folder, keys, a clock, chance. Out: `write` with group commit, `read`, and the
//! rooms. Never here: a table.

use std::{path::PathBuf, sync::Arc, time::Duration};

use contract::seal::Keys;
use runtime::{Chance, Clock, Tasks};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, QueryResult, Value,
    sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use sea_orm_migration::MigratorTrait;

use crate::{
    StoreError,
    checkpoint::Checkpoints,
    dialect::{Dialect, Table},
    migration::Steps,
    rows::Rows,
    writer::{Hurry, Working, Writer},
};

/// Connections that read at the same time, unless the configuration says otherwise.
const READERS: u32 = 4;
/// How long a statement waits for somebody else's lock.
const LOCK_WAIT: Duration = Duration::from_secs(5);
/// How long a reader waits for a connection.
const CONNECTION_WAIT: Duration = Duration::from_secs(10);
/// Memory for pages of each connection, in KiB.
const CACHE_KIB: u32 = 16 * 1024;
/// The file of the records inside the data folder.
const FILE: &str = "store.db";

/// Where and how a store is opened.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// The data folder; it is made when it is not there.
    pub data: PathBuf,
    /// Connections that read at the same time.
    pub readers: u32,
}

impl StoreConfig {
    /// Takes a data folder and the usual limits.
    #[must_use]
    pub fn at(data: impl Into<PathBuf>) -> Self {
        Self { data: data.into(), readers: READERS }
    }
}

/// The records of a house. Clones are the same store.
#[derive(Debug, Clone)]
pub struct Store(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    writer: Writer,
    reading: DatabaseConnection,
    dialect: Dialect,
    keys: Arc<Keys>,
    clock: Clock,
    chance: Chance,
}

impl Store {
    /// Opens the store of a data folder, brings its tables up to date, starts its tasks.
    pub async fn open(
        config: &StoreConfig,
        keys: Arc<Keys>,
        clock: Clock,
        chance: Chance,
        tasks: &Tasks,
    ) -> Result<Self, StoreError> {
        std::fs::create_dir_all(&config.data).map_err(|_| StoreError::refuse("the data folder cannot be made"))?;
        let url = format!("sqlite://{}?mode=rwc", config.data.join(FILE).display());
        let writing = connect(&url, 1, Use::Writes).await?;
        Steps::up(&writing, None).await?;
        let reading = connect(&url, config.readers.max(1), Use::Reads).await?;
        let checkpoints = Checkpoints::default();
        let own = connect(&url, 1, Use::Writes).await?;
        tasks.spawn("store.checkpoint", checkpoints.clone().run(own, tasks.stop()));
        Ok(Self::start(writing, reading, checkpoints, Room { keys, clock, chance }, tasks))
    }

    /// Opens an empty store that ends with its last clone, for tests.
    pub async fn in_memory(keys: Arc<Keys>, clock: Clock, chance: Chance, tasks: &Tasks) -> Result<Self, StoreError> {
        // One connection is the whole store: whoever reads waits for whoever writes.
        let only = connect("sqlite::memory:", 1, Use::Writes).await?;
        Steps::up(&only, None).await?;
        Ok(Self::start(only.clone(), only, Checkpoints::default(), Room { keys, clock, chance }, tasks))
    }

    fn start(
        writing: DatabaseConnection,
        reading: DatabaseConnection,
        checkpoints: Checkpoints,
        room: Room,
        tasks: &Tasks,
    ) -> Self {
        let (writer, task) = Writer::new(writing, checkpoints);
        tasks.spawn("store.writer", task.run(tasks.stop(), |_| {}));
        let Room { keys, clock, chance } = room;
        Self(Arc::new(Inner { writer, reading, dialect: Dialect::Sqlite, keys, clock, chance }))
    }

    /// Has `job` write in a transaction that it may share with others; answers after COMMIT.
    /// A job that returns an error leaves nothing behind. Inside, use only the transaction:
    /// a `read` of the same store may wait for this very job.
    ///
    /// ```text
    /// store.write(move |tx| Box::pin(async move { tx.execute(&insert).await?; Ok(()) })).await
    /// ```
    pub async fn write<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        F: for<'c> FnOnce(&'c DatabaseTransaction) -> Working<'c, Result<T, StoreError>> + Send + 'static,
        T: Send + 'static,
    {
        self.0.writer.write(Hurry::Now, job).await
    }

    /// As `write`, but rides on somebody else's flush or waits up to 200 ms for one.
    pub async fn write_unhurried<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        F: for<'c> FnOnce(&'c DatabaseTransaction) -> Working<'c, Result<T, StoreError>> + Send + 'static,
        T: Send + 'static,
    {
        self.0.writer.write(Hurry::Rides, job).await
    }

    /// Gives the connections for queries; they see what is committed.
    #[must_use]
    pub fn read(&self) -> &DatabaseConnection {
        &self.0.reading
    }

    /// Gives the keys by which sealed columns are opened and blind indexes made.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.0.keys
    }

    /// Gives the clock of the house.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Gives the chance of the house.
    #[must_use]
    pub fn chance(&self) -> &Chance {
        &self.0.chance
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.0.dialect
    }

    /// Runs a query of fixed text.
    pub(crate) async fn all(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<QueryResult>, StoreError> {
        Ok(self.read().query_all_raw(self.dialect().statement(sql, values)).await?)
    }

    /// Runs a query of fixed text that gives one row at most.
    pub(crate) async fn one(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Option<QueryResult>, StoreError> {
        Ok(self.read().query_one_raw(self.dialect().statement(sql, values)).await?)
    }
}

/// What the house lends the store.
struct Room {
    keys: Arc<Keys>,
    clock: Clock,
    chance: Chance,
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    Writes,
    Reads,
}

async fn connect(url: &str, connections: u32, usage: Use) -> Result<DatabaseConnection, StoreError> {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(CONNECTION_WAIT)
        // An in-memory store would vanish with its only connection.
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |sqlite| pragmas(sqlite, usage));
    Ok(Database::connect(options).await?)
}

fn pragmas(sqlite: SqliteConnectOptions, usage: Use) -> SqliteConnectOptions {
    let sqlite = sqlite
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(LOCK_WAIT)
        .pragma("wal_autocheckpoint", "0")
        .pragma("cache_size", format!("-{CACHE_KIB}"))
        .pragma("temp_store", "memory");
    match usage {
        Use::Writes => sqlite,
        Use::Reads => sqlite.pragma("query_only", "ON"),
    }
}

/// Writes rows into a table by its one statement; no rows, no statement.
pub(crate) async fn insert(
    transaction: &DatabaseTransaction,
    dialect: Dialect,
    table: &Table,
    rows: Rows,
) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let sql = dialect.insert_rows(table);
    transaction.execute_raw(dialect.statement(&sql, [rows.into_value()])).await?;
    Ok(())
}
