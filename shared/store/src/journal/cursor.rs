//! Cursors: how far each reader of a stream has come.
//!
//! In: a reader's place. Out: where it goes on after a crash. Never here: a flush of its own;
//! a place that is lost is read again, and readers know repeats.

use sea_orm::ConnectionTrait;

use super::{Stream, head::signed};
use crate::{Store, StoreError, row::Columns};

/// The room of readers' places.
#[derive(Debug, Clone)]
pub struct Cursors(Store);

impl Cursors {
    pub(super) const fn new(store: Store) -> Self {
        Self(store)
    }

    /// Gives the last seq that a reader has done with; 0 for a new one.
    pub async fn get(&self, stream: &Stream, reader: &str) -> Result<u64, StoreError> {
        let row = self.0.one(GET, [stream.as_str().into(), reader.into()]).await?;
        row.map_or(Ok(0), |row| row.count("seq"))
    }

    /// Moves a reader forward, never back; rides on the next flush.
    pub async fn set(&self, stream: &Stream, reader: &str, seq: u64) -> Result<(), StoreError> {
        let dialect = self.0.dialect();
        let values = [stream.as_str().into(), reader.into(), signed(seq)?.into()];
        self.0
            .write_unhurried(move |tx| {
                Box::pin(async move {
                    tx.execute_raw(dialect.statement(SET, values)).await?;
                    Ok(())
                })
            })
            .await
    }
}

const GET: &str = "SELECT seq FROM \"cursor\" WHERE stream = $1 AND reader = $2";
const SET: &str = "INSERT INTO \"cursor\" (stream, reader, seq) VALUES ($1, $2, $3) \
                   ON CONFLICT (stream, reader) DO UPDATE SET seq = excluded.seq WHERE excluded.seq > \"cursor\".seq";
