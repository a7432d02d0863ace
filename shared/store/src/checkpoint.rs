//! Checkpoints of SQLite: the write-ahead log flows back into the file beside the commits,
//! not inside them, where they would cost tens of milliseconds.
//!
//! In: a word after every commit. Out: a log that stays short. Never here: waiting for
//! readers; what one checkpoint leaves, the next one takes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use runtime::Stop;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr};
use tokio::sync::Notify;

/// Time between two checkpoints at least, so that a page written often is copied once.
const PAUSE: Duration = Duration::from_millis(250);
/// Pages of the log (4 KiB each) from which the writer finishes a checkpoint itself: only
/// with no commit under way can the log begin anew.
const LOG_PAGES_MAX: i64 = 16_384;

/// What writer and checkpointer tell each other. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Checkpoints {
    committed: Arc<Notify>,
    log_is_long: Arc<AtomicBool>,
}

impl Checkpoints {
    /// Tells the checkpointer that there is something to do.
    pub(crate) fn committed(&self) {
        self.committed.notify_one();
    }

    /// Finishes a checkpoint between two transactions when the log has grown long.
    pub(crate) async fn finish_if_long(&self, writing: &DatabaseConnection) {
        if self.log_is_long.swap(false, Ordering::Relaxed)
            && let Err(error) = checkpoint(writing).await
        {
            tracing::warn!(%error, "the write-ahead log could not be cut");
        }
    }

    /// Copies pages back until `stop`, on a connection of its own.
    pub(crate) async fn run(self, own: DatabaseConnection, stop: Stop) {
        while !stop.is_cancelled() {
            tokio::select! {
                () = self.committed.notified() => {}
                () = stop.cancelled() => {}
            }
            match checkpoint(&own).await {
                Ok(pages) if pages > LOG_PAGES_MAX => self.log_is_long.store(true, Ordering::Relaxed),
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "a checkpoint was not made"),
            }
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                () = stop.cancelled() => {}
            }
        }
    }
}

/// Copies what no reader needs; gives the pages in the log.
async fn checkpoint(connection: &DatabaseConnection) -> Result<i64, DbErr> {
    let pragma = sea_orm::Statement::from_string(connection.get_database_backend(), "PRAGMA wal_checkpoint(PASSIVE)");
    let row = connection.query_one_raw(pragma).await?;
    row.map_or(Ok(0), |row| row.try_get_by_index::<i32>(1).map(i64::from))
}
