//! Deeds of those who run the house: each in the journal, with what it changes.
//!
//! In: who does what, in the transaction that does it. Out: the next record of the stream
//! `audit/<process>`; neither is there without the other. Never here: a password, a token.

use contract::{
    audit::{By, Deed, What},
    journal::READER,
    wire,
};
use sea_orm::DatabaseTransaction;

use super::{
    Stream,
    commit::{Step, move_head},
    head::{Head, head_in, make},
    record::{RECORD, Record},
};
use crate::{Store, StoreError, rows::Rows, store::insert};

/// The name under which the house as a whole writes its deeds, and in which the one process of
/// an embedded house writes.
pub const PROCESS: &str = "house";

/// The room of deeds whose change lies elsewhere than in the store.
#[derive(Debug, Clone)]
pub struct Audit(Store);

impl Store {
    /// Gives the room of deeds.
    #[must_use]
    pub fn audit(&self) -> Audit {
        Audit(self.clone())
    }
}

impl Audit {
    /// Returns once a deed is on disk; the caller does it then.
    pub async fn note(&self, by: &By, what: What) -> Result<(), StoreError> {
        let (store, by) = (self.0.clone(), by.clone());
        self.0.write(move |tx| Box::pin(async move { append(tx, &store, &by, what).await })).await
    }
}

/// Adds a deed to the journal in the transaction of its change. Any process does so: whoever
/// is second waits for the first and goes on after its record.
pub(crate) async fn append(tx: &DatabaseTransaction, store: &Store, by: &By, what: What) -> Result<(), StoreError> {
    let stream = Stream::audit(PROCESS);
    let head = hold(tx, store, &stream).await?;
    let deed = Deed { at: store.clock().now(), by: by.user.clone(), role: by.role, what };
    let body = wire::encode(&deed);
    let record = Record { seq: head.seq + 1, hash: store.keys().chain(&head.hash, &body), body };
    let step = Step {
        stream: &stream,
        epoch: head.epoch,
        old_seq: head.seq,
        new_seq: record.seq,
        new_hash: record.hash,
        reader: READER,
    };
    let Some(month) = move_head(tx, store, step).await? else {
        return Err(StoreError::bug("the stream of deeds was moved by somebody else"));
    };
    let mut rows = Rows::default();
    record.put(stream.as_str(), month, &mut rows);
    insert(tx, store.dialect(), [(&RECORD, rows)]).await
}

/// Keeps the stream of deeds from everybody else until the transaction ends.
pub(crate) async fn alone(tx: &DatabaseTransaction, store: &Store) -> Result<(), StoreError> {
    hold(tx, store, &Stream::audit(PROCESS)).await.map(drop)
}

async fn hold(tx: &DatabaseTransaction, store: &Store, stream: &Stream) -> Result<Head, StoreError> {
    make(tx, store, stream).await?;
    head_in(tx, store, stream).await?.ok_or_else(|| StoreError::bug("a stream vanished"))
}
