//! The store itself: opened once, cloned to everybody, read beside whoever writes.
//!
//! In: a data folder or an address, keys, a clock, chance. Out: `write`, answered after COMMIT,
//! `read`, and the rooms. Never here: a table.

use std::{future::Future, path::PathBuf, sync::Arc};

use contract::seal::Keys;
use runtime::{Chance, Clock, Tasks};
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, QueryResult, Value};
use tokio::time::timeout;

use crate::{
    StoreError,
    checkpoint::Checkpoints,
    connection::{
        Use,
        postgres::{self, ANSWER_WAIT, MAKING_WAIT, Postgres},
        sqlite::{connect, connect_writer},
    },
    deliveries::Moves,
    dialect::{Dialect, Table},
    error::Hindrance,
    folder::{ANCHOR_FILE, Ballast, STORE_FILE},
    hourly,
    journal::month,
    migration,
    row::Columns,
    rows::Rows,
    writer::{Hurry, Working, Writer, alone::WriterTask, beside::WritersTask},
};

/// Connections that read at the same time, unless the configuration says otherwise.
const READERS: u32 = 4;

/// Where and how a store is opened.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// The data folder; it is made when it is not there.
    pub data: PathBuf,
    /// Where the records lie.
    pub engine: Engine,
    /// Connections that read SQLite at the same time.
    pub readers: u32,
    /// What is thrown off when the disk is full.
    pub ballast: Option<Ballast>,
}

/// Where the records lie.
#[derive(Debug, Clone)]
pub enum Engine {
    /// In a file of the data folder: the embedded house.
    Sqlite,
    /// In a database that many processes share: the house on many machines.
    Postgres(Postgres),
}

impl StoreConfig {
    /// Takes a data folder that holds the records, and the usual limits, without ballast.
    #[must_use]
    pub fn at(data: impl Into<PathBuf>) -> Self {
        Self { data: data.into(), engine: Engine::Sqlite, readers: READERS, ballast: None }
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
    ballast: Option<Ballast>,
    moves: Moves,
}

impl Store {
    /// Opens the store, brings its tables up to date, starts its tasks.
    pub async fn open(
        config: &StoreConfig,
        keys: Arc<Keys>,
        clock: Clock,
        chance: Chance,
        tasks: &Tasks,
    ) -> Result<Self, StoreError> {
        std::fs::create_dir_all(&config.data).map_err(|_| StoreError::refuse("the data folder cannot be made"))?;
        let ballast = config.ballast.clone();
        let house = House { keys, clock, chance, ballast };
        let store = match &config.engine {
            Engine::Sqlite => Self::open_file(config, house, tasks).await?,
            Engine::Postgres(settings) => Self::open_database(settings, house, tasks).await?,
        };
        tasks.spawn("store.hourly", hourly::run(store.clone(), config.data.join(ANCHOR_FILE), tasks.stop()));
        Ok(store)
    }

    async fn open_file(config: &StoreConfig, house: House, tasks: &Tasks) -> Result<Self, StoreError> {
        let file = config.data.join(STORE_FILE);
        let writing = connect(Some(&file), 1, Use::Makes).await?;
        migration::up(&writing, Dialect::Sqlite, house.clock.now()).await?;
        know(&writing, Dialect::Sqlite, &house.keys).await?;
        let reading = connect(Some(&file), config.readers.max(1), Use::Reads).await?;
        let checkpoints = Checkpoints::default();
        let own = connect_writer(&file).await?;
        tasks.spawn("store.checkpoint", checkpoints.clone().run(own, tasks.stop()));
        Ok(Self::start((writing, Some(file)), reading, checkpoints, house, tasks))
    }

    async fn open_database(settings: &Postgres, house: House, tasks: &Tasks) -> Result<Self, StoreError> {
        let made = timeout(MAKING_WAIT, make(settings, &house)).await;
        made.unwrap_or_else(|_| Err(StoreError::retry(Hindrance::Away)))?;
        let (writers, readers) = settings.shares();
        let writing = postgres::connect(settings, writers, Use::Writes).await?;
        let reading = postgres::connect(settings, readers, Use::Reads).await?;
        let (writer, waiting) = Writer::new();
        let task = WritersTask::new(writing, writers, waiting);
        tasks.spawn("store.writers", task.run(tasks.stop()));
        let store = Self::new(writer, reading, Dialect::Postgres, house);
        month::make_ahead(&store).await?;
        Ok(store)
    }

    /// Opens the store to read it, whoever else has it open; a write waits for nobody and is
    /// refused.
    pub async fn open_to_read(
        config: &StoreConfig,
        keys: Arc<Keys>,
        clock: Clock,
        chance: Chance,
    ) -> Result<Self, StoreError> {
        let house = House { keys, clock, chance, ballast: None };
        let (reading, dialect) = match &config.engine {
            Engine::Sqlite => {
                let file = config.data.join(STORE_FILE);
                (connect(Some(&file), config.readers.max(1), Use::Reads).await?, Dialect::Sqlite)
            }
            Engine::Postgres(settings) => {
                (postgres::connect(settings, settings.shares().1, Use::Reads).await?, Dialect::Postgres)
            }
        };
        let (writer, _) = Writer::new();
        Ok(Self::new(writer, reading, dialect, house))
    }

    /// Says whether records were begun with some keys, for whoever has none yet.
    pub async fn knows_keys(config: &StoreConfig) -> Result<bool, StoreError> {
        let Engine::Postgres(settings) = &config.engine else { return Ok(config.data.join(STORE_FILE).exists()) };
        let looking = postgres::connect(settings, 1, Use::Writes).await?;
        let known = is_begun(&looking, Dialect::Postgres).await;
        looking.close().await?;
        known
    }

    /// Opens an empty store that ends with its last clone, for tests.
    pub async fn in_memory(keys: Arc<Keys>, clock: Clock, chance: Chance, tasks: &Tasks) -> Result<Self, StoreError> {
        // One connection is the whole store: whoever reads waits for whoever writes.
        let only = connect(None, 1, Use::Writes).await?;
        migration::up(&only, Dialect::Sqlite, clock.now()).await?;
        let house = House { keys, clock, chance, ballast: None };
        Ok(Self::start((only.clone(), None), only, Checkpoints::default(), house, tasks))
    }

    fn start(
        (writing, file): (DatabaseConnection, Option<PathBuf>),
        reading: DatabaseConnection,
        checkpoints: Checkpoints,
        house: House,
        tasks: &Tasks,
    ) -> Self {
        let (writer, waiting) = Writer::new();
        let task = WriterTask::new(writing, file, checkpoints, waiting);
        let ballast = house.ballast.clone();
        let wrote = move |outcome: Result<(), &StoreError>| {
            if let (Err(error), Some(ballast)) = (outcome, &ballast)
                && error.is_full()
            {
                ballast.release();
            }
        };
        tasks.spawn("store.writer", task.run(tasks.stop(), wrote));
        Self::new(writer, reading, Dialect::Sqlite, house)
    }

    fn new(writer: Writer, reading: DatabaseConnection, dialect: Dialect, house: House) -> Self {
        let House { keys, clock, chance, ballast } = house;
        Self(Arc::new(Inner { writer, reading, dialect, keys, clock, chance, ballast, moves: Moves::default() }))
    }

    /// Says whether the disk is full: doors take nothing in, what is inside goes on.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.0.ballast.as_ref().is_some_and(Ballast::is_released)
    }

    /// Has `job` write in a transaction, which SQLite has it share with others; answers after
    /// COMMIT. A job that returns an error leaves nothing behind; it hands on every error of the
    /// transaction, which is undone by it. Inside, use only the transaction: a `read` of the same
    /// store may wait for this very job.
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

    /// As `write`, but on SQLite rides on somebody else's flush or waits up to 200 ms for one.
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

    pub(crate) fn moves(&self) -> &Moves {
        &self.0.moves
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
        self.in_time(self.read().query_all_raw(self.dialect().statement(sql, values))).await
    }

    /// Runs a query of fixed text that gives one row at most.
    pub(crate) async fn one(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Option<QueryResult>, StoreError> {
        self.in_time(self.read().query_one_raw(self.dialect().statement(sql, values))).await
    }

    /// Waits for a query as long as its server may be thinking; a file needs no patience.
    async fn in_time<T>(&self, query: impl Future<Output = Result<T, DbErr>>) -> Result<T, StoreError> {
        match self.dialect() {
            Dialect::Sqlite => Ok(query.await?),
            Dialect::Postgres => match timeout(ANSWER_WAIT, query).await {
                Ok(answer) => Ok(answer?),
                Err(_) => Err(StoreError::retry(Hindrance::Away)),
            },
        }
    }
}

/// Brings the tables of a database up to date, and makes sure that it is this house's.
async fn make(settings: &Postgres, house: &House) -> Result<(), StoreError> {
    let making = postgres::connect(settings, 1, Use::Makes).await?;
    migration::up(&making, Dialect::Postgres, house.clock.now()).await?;
    know(&making, Dialect::Postgres, &house.keys).await?;
    Ok(making.close().await?)
}

/// What the house lends the store.
struct House {
    keys: Arc<Keys>,
    clock: Clock,
    chance: Chance,
    ballast: Option<Ballast>,
}

/// Writes rows into a table by statements of few texts.
pub(crate) async fn insert<'t>(
    transaction: &DatabaseTransaction,
    dialect: Dialect,
    tables: impl IntoIterator<Item = (&'t Table, Rows)>,
) -> Result<(), StoreError> {
    for statement in dialect.insert(tables) {
        transaction.execute_raw(statement).await?;
    }
    Ok(())
}

/// Makes sure that the keys are those the records were written with.
async fn know(writing: &DatabaseConnection, dialect: Dialect, keys: &Keys) -> Result<(), StoreError> {
    let mark = keys.mark("house", &[]).to_vec();
    writing.execute_raw(dialect.statement(PUT_MARK, [mark.clone().into()])).await?;
    let row = writing.query_one_raw(dialect.statement(MARK, [])).await?;
    match row.map(|row| row.bytes("value")).transpose()? {
        Some(known) if known == mark => Ok(()),
        _ => Err(StoreError::refuse("the key file is not the one that these records were written with")),
    }
}

/// Says whether anybody's keys are known.
async fn is_begun(looking: &DatabaseConnection, dialect: Dialect) -> Result<bool, StoreError> {
    let table = dialect.statement(dialect.has_table(), ["house".into()]);
    Ok(looking.query_one_raw(table).await?.is_some()
        && looking.query_one_raw(dialect.statement(MARK, [])).await?.is_some())
}

const PUT_MARK: &str = "INSERT INTO house (name, value) VALUES ('keys', $1) ON CONFLICT (name) DO NOTHING";
const MARK: &str = "SELECT value FROM house WHERE name = 'keys'";

#[cfg(test)]
pub(crate) mod tests;
