//! Migrations: every room's tables, one file per room, in one list.
//!
//! In: the list below. Out: an up-to-date schema at every start, however many processes start
//! at once. Steps only add, so that the version before goes on with the schema after; a step of
//! a newer version is left alone. Never here: a step that was released and then edited; a
//! change is a new step at the end of the list.

use std::collections::BTreeSet;

use contract::Timestamp;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};

use crate::{StoreError, dialect::Dialect, row::Columns};

mod blob;
mod consent;
mod delivery;
mod directory;
mod house;
mod journal;
mod lease;
mod notice;
mod page;
mod users;
mod view;

/// The steps in the order they are taken; a new one goes to the end.
const STEPS: &[Step] = &[
    Step::apart("0001_journal", &[journal::RECORD, journal::TABLES], &[journal::RECORD_BY_MONTH, journal::TABLES]),
    Step::same("0002_view", &[view::TABLES]),
    Step::same("0003_blob", &[blob::TABLES]),
    Step::same("0004_directory", &[directory::TABLES]),
    Step::same("0005_users", &[users::TABLES]),
    Step::same("0006_delivery", &[delivery::TABLES]),
    Step::same("0007_house", &[house::TABLES]),
    Step { waits: true, ..Step::same("0008_page", &[page::TABLES]) },
    Step::same("0009_reader", &[journal::READER]),
    Step::same("0010_lease", &[lease::TABLES]),
    Step::apart("0011_month", &[journal::RECORD_MONTH, journal::MONTH], &[journal::MONTH]),
    Step::same("0012_moves", &[view::MOVES]),
    Step::same("0013_claims", &[delivery::CLAIMS]),
    Step::same("0014_addressed", &[delivery::ADDRESSED]),
    Step { waits: true, ..Step::same("0015_owed", &[view::OWED]) },
    Step::same("0016_marks", &[view::MARKS]),
    Step::same("0017_consent", &[consent::TABLES]),
    Step::same("0018_notice", &[notice::TABLES]),
    Step::same("0019_told", &[view::TOLD]),
    Step::same("0020_order", &[consent::ORDER]),
    Step::same("0021_counted", &[delivery::COUNTED]),
    Step { waits: true, ..Step::same("0022_marked", &[view::MARKED]) },
];

/// One step: SQL in the words of every engine, see `Dialect::step`.
#[derive(Debug, Clone, Copy)]
struct Step {
    name: &'static str,
    sqlite: &'static [&'static str],
    postgres: &'static [&'static str],
    /// Whether everything goes without it, only slower.
    waits: bool,
}

impl Step {
    const fn same(name: &'static str, sql: &'static [&'static str]) -> Self {
        Self::apart(name, sql, sql)
    }

    const fn apart(name: &'static str, sqlite: &'static [&'static str], postgres: &'static [&'static str]) -> Self {
        Self { name, sqlite, postgres, waits: false }
    }

    const fn sql(&self, dialect: Dialect) -> &'static [&'static str] {
        match dialect {
            Dialect::Sqlite => self.sqlite,
            Dialect::Postgres => self.postgres,
        }
    }
}

/// How far the tables of a database are from those of this version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gap {
    /// Steps of this version that were not taken.
    pub(crate) missing: usize,
    /// Whether this version cannot do without one of them.
    pub(crate) is_needed: bool,
    /// Steps of newer versions.
    pub(crate) newer: usize,
}

/// Compares the steps that a database has taken with those of this version.
pub(crate) fn gap(taken: &BTreeSet<String>) -> Gap {
    let missing: Vec<&Step> = STEPS.iter().filter(|step| !taken.contains(step.name)).collect();
    let newer = taken.iter().filter(|name| names().all(|known| known != **name)).count();
    Gap { missing: missing.len(), is_needed: missing.iter().any(|step| !step.waits), newer }
}

/// Gives the names of the steps of this version.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    STEPS.iter().map(|step| step.name)
}

/// Takes the steps that a database has not seen, all or none.
pub(crate) async fn up(database: &DatabaseConnection, dialect: Dialect, now: Timestamp) -> Result<(), StoreError> {
    take(STEPS, database, dialect, now).await
}

async fn take(
    steps: &[Step],
    database: &DatabaseConnection,
    dialect: Dialect,
    now: Timestamp,
) -> Result<(), StoreError> {
    let taken = taken(database, dialect).await?;
    let missing: Vec<&Step> = steps.iter().filter(|step| !taken.contains(step.name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if database.query_one_raw(dialect.statement(dialect.may_make(), [])).await?.is_none() {
        // Somebody else makes the tables; between his version and ours some may be missing.
        let Some(needed) = missing.iter().find(|step| !step.waits) else {
            tracing::warn!(
                steps = missing.len(),
                "the tables lack what makes them quick, and this user may not add it"
            );
            return Ok(());
        };
        tracing::error!(step = needed.name, "the tables are not those of this version");
        return Err(StoreError::refuse("tables are missing, and the database does not let its user make them"));
    }
    let mode = Some(SqliteTransactionMode::Immediate);
    let options = TransactionOptions { sqlite_transaction_mode: mode, ..TransactionOptions::default() };
    let transaction = database.begin_with_options(options).await?;
    match take_alone(steps, &transaction, dialect, now).await {
        Ok(()) => Ok(transaction.commit().await?),
        Err(error) => {
            transaction.rollback().await.ok();
            Err(error)
        }
    }
}

/// Takes steps while every other start waits.
async fn take_alone(
    steps: &[Step],
    tx: &DatabaseTransaction,
    dialect: Dialect,
    now: Timestamp,
) -> Result<(), StoreError> {
    if let Some(alone) = dialect.alone("steps") {
        tx.execute_raw(alone).await?;
    }
    tx.execute_unprepared(TAKEN_TABLE).await?;
    let taken = taken(tx, dialect).await?;
    for step in steps.iter().filter(|step| !taken.contains(step.name)) {
        for sql in step.sql(dialect) {
            tx.execute_unprepared(&dialect.step(sql)).await?;
        }
        tx.execute_raw(dialect.statement(TAKE, [step.name.into(), now.as_ms().into()])).await?;
    }
    Ok(())
}

/// Gives the names of the steps that were taken, those of newer versions among them.
async fn taken(database: &impl ConnectionTrait, dialect: Dialect) -> Result<BTreeSet<String>, StoreError> {
    if database.query_one_raw(dialect.statement(dialect.has_table(), [TAKEN_NAME.into()])).await?.is_none() {
        return Ok(BTreeSet::new());
    }
    let rows = database.query_all_raw(dialect.statement(TAKEN, [])).await?;
    rows.iter().map(|row| row.text("version")).collect()
}

// The names are those of a library that earlier versions took steps with.
const TAKEN_NAME: &str = "seaql_migrations";
const TAKEN_TABLE: &str = "CREATE TABLE IF NOT EXISTS seaql_migrations \
                           (version VARCHAR NOT NULL PRIMARY KEY, applied_at BIGINT NOT NULL)";
/// Gives the names of the steps that were taken.
pub(crate) const TAKEN: &str = "SELECT version FROM seaql_migrations";
const TAKE: &str = "INSERT INTO seaql_migrations (version, applied_at) VALUES ($1, $2)";

#[cfg(test)]
mod tests;
