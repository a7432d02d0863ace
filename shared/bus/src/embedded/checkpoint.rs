//! Copying SQLite's log into the file, beside the writer, so that no flush waits for it.
//!
//! In: the count of bytes written. Out: a log that stays short. Never here: a message.
//!
//! A copy beside the writer never reaches the end of a log that keeps growing, and only a
//! log copied to its end is begun anew. So when it has grown long all the same, the writer
//! copies what little is left between two flushes.

use sqlx::{Connection, SqliteConnection};
use tokio::sync::mpsc;

use crate::error::BusError;

/// Bytes written before the log is copied beside the writer.
const BESIDE_BYTES: usize = 4 * 1024 * 1024;
/// Bytes written before the writer copies the rest.
const BETWEEN_BYTES: usize = 32 * 1024 * 1024;

const COPY: &str = "PRAGMA wal_checkpoint(PASSIVE)";

/// The writer's side: counts, and asks.
#[derive(Debug)]
pub(super) struct Log {
    wanted: mpsc::Sender<()>,
    since_beside: usize,
    since_between: usize,
}

/// The task beside the writer.
#[derive(Debug)]
pub(super) struct Checkpointer {
    wanted: mpsc::Receiver<()>,
    connection: SqliteConnection,
}

impl Log {
    /// Makes both sides.
    pub(super) fn new(connection: SqliteConnection) -> (Self, Checkpointer) {
        let (wish, wanted) = mpsc::channel(1);
        let log = Self { wanted: wish, since_beside: 0, since_between: 0 };
        (log, Checkpointer { wanted, connection })
    }

    /// Notes what a flush wrote.
    pub(super) async fn grew(&mut self, bytes: usize, writer: &mut SqliteConnection) -> Result<(), BusError> {
        self.since_beside += bytes;
        self.since_between += bytes;
        if self.since_beside >= BESIDE_BYTES {
            self.since_beside = 0;
            // Refused when one wish waits already, which is as good as two.
            self.wanted.try_send(()).unwrap_or_default();
        }
        if self.since_between >= BETWEEN_BYTES {
            self.since_between = 0;
            sqlx::query(COPY).execute(writer).await?;
        }
        Ok(())
    }
}

impl Checkpointer {
    /// Copies whenever it is wanted, until the writer is gone.
    pub(super) async fn run(mut self) {
        while self.wanted.recv().await.is_some() {
            if let Err(error) = sqlx::query(COPY).execute(&mut self.connection).await {
                tracing::warn!(error = %error, "the bus could not copy its log into the file");
            }
        }
        if let Err(error) = self.connection.close().await {
            tracing::warn!(error = %error, "the bus was not closed in order");
        }
    }
}
