//! The head of a stream: who may write it and where it ends.
//!
//! In: the wish to write. Out: a lease with a new epoch. Never here: a wall clock; whether a
//! holder is gone is judged by whoever watches `beat` stand still on his own clock.

use contract::journal::READER;
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};

use super::{HASH_BYTES, Journal, Stream, commit::CommitError};
use crate::{Store, StoreError, row::Columns};

/// The right to write a stream, until somebody takes a later epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The stream.
    pub stream: Stream,
    /// Counts the holders.
    pub epoch: u64,
    /// The last record.
    pub head_seq: u64,
    /// Its hash; of an empty stream a hash of its name.
    pub head_hash: [u8; HASH_BYTES],
}

/// A stream as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The stream.
    pub stream: Stream,
    /// Counts the holders.
    pub epoch: u64,
    /// Raised by every commit and every sign of life.
    pub beat: u64,
    /// The last record.
    pub seq: u64,
    /// Its hash.
    pub hash: [u8; HASH_BYTES],
}

impl Journal {
    /// Takes the lease of a stream, makes the stream if it is new; whoever held it is fenced.
    /// Refused when the stream has records that this version does not read.
    pub async fn take_lease(&self, stream: &Stream) -> Result<Lease, StoreError> {
        let (store, name) = (self.0.clone(), stream.clone());
        self.0.write(move |tx| Box::pin(async move { take(tx, &store, &name).await })).await
    }

    /// Gives a sign of life without a record.
    pub async fn beat(&self, stream: &Stream, epoch: u64) -> Result<(), CommitError> {
        let (dialect, name) = (self.0.dialect(), stream.clone());
        let held = self
            .0
            .write_unhurried(move |tx| {
                Box::pin(async move {
                    let values = [name.as_str().into(), signed(epoch)?.into()];
                    let done = tx.execute_raw(dialect.statement(BEAT, values)).await?;
                    Ok(done.rows_affected() == 1)
                })
            })
            .await?;
        if held { Ok(()) } else { Err(CommitError::Fenced) }
    }

    /// Gives a stream as it stands; `None` when nobody ever wrote it.
    pub async fn head(&self, stream: &Stream) -> Result<Option<Head>, StoreError> {
        self.0.one(HEAD, [stream.as_str().into()]).await?.map(|row| head_of(&row)).transpose()
    }

    /// Gives every stream as it stands, by name.
    pub async fn heads(&self) -> Result<Vec<Head>, StoreError> {
        self.0.all(HEADS, []).await?.iter().map(head_of).collect()
    }
}

const MAKE: &str = "INSERT INTO stream (id, epoch, beat, head_seq, head_hash) VALUES ($1, 0, 0, 0, $2) \
                    ON CONFLICT (id) DO NOTHING";
const TAKE: &str = "UPDATE stream SET epoch = epoch + 1, beat = beat + 1, holder = '' \
                    WHERE id = $1 AND reader <= $2 RETURNING id, epoch, head_seq, head_hash";
const BEAT: &str = "UPDATE stream SET beat = beat + 1 WHERE id = $1 AND epoch = $2";
const HEAD: &str = "SELECT id, epoch, beat, head_seq, head_hash FROM stream WHERE id = $1";
const HEADS: &str = "SELECT id, epoch, beat, head_seq, head_hash FROM stream ORDER BY id";

async fn take(tx: &DatabaseTransaction, store: &Store, stream: &Stream) -> Result<Lease, StoreError> {
    make(tx, store, stream).await?;
    let values = [stream.as_str().into(), i64::from(READER).into()];
    let row = tx.query_one_raw(store.dialect().statement(TAKE, values)).await?;
    lease_of(&row.ok_or_else(StoreError::unreadable)?)
}

/// Reads the lease that a statement took.
pub(crate) fn lease_of(row: &QueryResult) -> Result<Lease, StoreError> {
    Ok(Lease {
        stream: Stream::parse(&row.text("id")?)?,
        epoch: row.count("epoch")?,
        head_seq: row.count("head_seq")?,
        head_hash: row.array("head_hash")?,
    })
}

/// Makes a stream if it is new.
pub(crate) async fn make(tx: &DatabaseTransaction, store: &Store, stream: &Stream) -> Result<(), StoreError> {
    let values = [stream.as_str().into(), genesis(store, stream).to_vec().into()];
    tx.execute_raw(store.dialect().statement(MAKE, values)).await?;
    Ok(())
}

/// Gives a stream as it stands and stays until the transaction ends.
pub(super) async fn head_in(
    tx: &DatabaseTransaction,
    store: &Store,
    stream: &Stream,
) -> Result<Option<Head>, StoreError> {
    let dialect = store.dialect();
    let held = format!("{HEAD}{}", dialect.locked());
    let row = tx.query_one_raw(dialect.statement(&held, [stream.as_str().into()])).await?;
    row.map(|row| head_of(&row)).transpose()
}

fn head_of(row: &QueryResult) -> Result<Head, StoreError> {
    Ok(Head {
        stream: Stream::parse(&row.text("id")?)?,
        epoch: row.count("epoch")?,
        beat: row.count("beat")?,
        seq: row.count("head_seq")?,
        hash: row.array("head_hash")?,
    })
}

/// The hash that the first record of a stream is chained to: it binds the stream's name.
pub(super) fn genesis(store: &Store, stream: &Stream) -> [u8; HASH_BYTES] {
    store.keys().chain(b"", stream.as_str().as_bytes())
}

/// Gives a count as tables keep it.
pub(crate) fn signed(count: u64) -> Result<i64, StoreError> {
    i64::try_from(count).map_err(|_| StoreError::bug("a count is out of range"))
}
