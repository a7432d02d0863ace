//! The file: its tables, its settings, and what opening it after a crash means.
//!
//! In: a folder. Out: three connections (writer, checkpointer, reader) and the queues as
//! they were. Never here: a message's body.

use std::{path::Path, time::Duration};

use sqlx::{
    ConnectOptions as _, Connection, Row, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use super::{load::Reader, queue::Queue};
use crate::{error::BusError, name::QueueName};

/// Name of the file in the data folder.
const FILE: &str = "bus.db";
/// Bits of a place that hold the position within the queue.
pub(super) const POSITION_BITS: u32 = 40;
/// Pages of 4 KiB, SQLite's default size.
const PAGE_BYTES: u64 = 4096;
/// How long a statement waits for another connection of this process.
const BUSY_WAIT: Duration = Duration::from_secs(5);

/// A message's `place` is its queue's id and its position there in one number, so that the
/// table's own order is every queue's order and no index is kept beside it.
const TABLES: &str = "
CREATE TABLE IF NOT EXISTS queue (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    tail INTEGER NOT NULL DEFAULT 0,
    reserved INTEGER NOT NULL DEFAULT 0,
    messages INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS message (
    place INTEGER PRIMARY KEY,
    count INTEGER NOT NULL DEFAULT 0,
    frame BLOB NOT NULL
) STRICT;";

/// What was reserved may have been delivered before the crash; see `embedded`.
const COUNT_RESERVED: &str = "
BEGIN IMMEDIATE;
UPDATE message SET count = message.count + 1 FROM queue
    WHERE queue.reserved > 0 AND message.place > queue.id << 40 AND message.place <= (queue.id << 40) + queue.reserved;
UPDATE queue SET reserved = 0 WHERE reserved > 0;
COMMIT;";

/// An open file.
#[derive(Debug)]
pub(super) struct File {
    pub(super) writer: SqliteConnection,
    pub(super) checkpointer: SqliteConnection,
    pub(super) reader: Reader,
    pub(super) queues: Vec<Queue>,
}

/// Gives the place of a position in a queue.
pub(super) fn place(queue: i64, position: u64) -> i64 {
    let position = i64::try_from(position).expect("positions stay below 2^40");
    assert!(position >> POSITION_BITS == 0, "a queue counts to 2^40");
    (queue << POSITION_BITS) | position
}

/// Gives the position that a place holds.
pub(super) fn position(place: i64) -> u64 {
    u64::try_from(place & ((1 << POSITION_BITS) - 1)).expect("masked")
}

/// Opens or makes the file and counts what a crash left undecided.
pub(super) async fn open(folder: &Path, file_bytes: Option<u64>) -> Result<File, BusError> {
    let options = SqliteConnectOptions::new()
        .filename(folder.join(FILE))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_WAIT)
        .disable_statement_logging();
    let mut writer = SqliteConnection::connect_with(&options.clone().pragma("wal_autocheckpoint", "0")).await?;
    sqlx::raw_sql(TABLES).execute(&mut writer).await?;
    sqlx::raw_sql(COUNT_RESERVED).execute(&mut writer).await?;
    if let Some(bytes) = file_bytes {
        let limit = format!("PRAGMA max_page_count = {}", bytes / PAGE_BYTES);
        sqlx::raw_sql(sqlx::AssertSqlSafe(limit)).execute(&mut writer).await?;
    }
    let queues = queues(&mut writer).await?;
    let checkpointer = SqliteConnection::connect_with(&options).await?;
    let reader = Reader::new(SqliteConnection::connect_with(&options.read_only(true)).await?);
    Ok(File { writer, checkpointer, reader, queues })
}

async fn queues(writer: &mut SqliteConnection) -> Result<Vec<Queue>, BusError> {
    let rows = sqlx::query("SELECT id, name, tail, messages, bytes FROM queue ORDER BY id").fetch_all(writer).await?;
    rows.iter()
        .map(|row| {
            let id: i64 = row.try_get(0)?;
            let name: QueueName = row.try_get::<String, _>(1)?.parse().map_err(|_| BusError::Damaged(id))?;
            let number = |column: usize| -> Result<u64, BusError> {
                u64::try_from(row.try_get::<i64, _>(column)?).map_err(|_| BusError::Damaged(id))
            };
            Ok(Queue::new(id, name, number(2)?, number(3)?, number(4)?))
        })
        .collect()
}
