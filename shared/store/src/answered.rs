//! Answers kept for repeats: what a request with an `Idempotency-Key` was told the first time.
//!
//! In: an id derived from caller and key, a digest of the request, the sealed answer. Out: the
//! first answer. Never here: commands of a branch; their outcomes are the branch's.

use contract::{Millis, Timestamp, seal::Sealed};
use sea_orm::{ConnectionTrait, Value};

use crate::{Store, StoreError, dialect::Dialect, row::Columns};

/// How long an answer is kept.
pub const ANSWERS_KEPT: Millis = Millis::from_secs(7 * 24 * 3600);

/// What a request was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Derived from caller and key.
    pub id: u128,
    /// Of the request: another one under the same id is no repeat.
    pub digest: Vec<u8>,
    /// The HTTP status.
    pub status: u16,
    /// The sealed body.
    pub sealed: Sealed,
    /// When it was told.
    pub at: Timestamp,
}

/// The room of kept answers.
#[derive(Debug, Clone)]
pub struct Answered(Store);

impl Store {
    /// Gives the room of kept answers.
    #[must_use]
    pub fn answered(&self) -> Answered {
        Answered(self.clone())
    }
}

impl Answered {
    /// Gives what a request was told.
    pub async fn get(&self, id: u128) -> Result<Option<Answer>, StoreError> {
        let row = self.0.one("SELECT * FROM answered WHERE id = $1", [id.to_be_bytes().to_vec().into()]).await?;
        row.map(|row| {
            let status =
                row.small("status")?.try_into().map_err(|_| StoreError::bug("a stored status is no status"))?;
            let sealed = Sealed::from_bytes(row.bytes("sealed")?);
            Ok(Answer { id: row.id("id")?, digest: row.bytes("digest")?, status, sealed, at: row.time("at")? })
        })
        .transpose()
    }

    /// Keeps an answer unless there is one, and forgets a few that are too old.
    pub async fn put(&self, answer: &Answer) -> Result<(), StoreError> {
        let dialect = self.0.dialect();
        let values: [Value; 5] = [
            answer.id.to_be_bytes().to_vec().into(),
            answer.digest.clone().into(),
            i64::from(answer.status).into(),
            answer.sealed.as_bytes().to_vec().into(),
            answer.at.as_ms().into(),
        ];
        let oldest = (answer.at - ANSWERS_KEPT).as_ms();
        self.0
            .write(move |tx| {
                Box::pin(async move {
                    tx.execute_raw(dialect.statement(PUT, values)).await?;
                    tx.execute_raw(dialect.statement(&prune_sql(dialect), [oldest.into()])).await?;
                    Ok(())
                })
            })
            .await
    }
}

const PUT: &str = "INSERT INTO answered (id, digest, status, sealed, at) VALUES ($1, $2, $3, $4, $5) \
                   ON CONFLICT (id) DO NOTHING";

/// Leaves to others what they forget already.
fn prune_sql(dialect: Dialect) -> String {
    let old = "SELECT id FROM answered WHERE at < $1 ORDER BY at LIMIT 100";
    format!("DELETE FROM answered WHERE id IN ({old}{})", dialect.unclaimed())
}
