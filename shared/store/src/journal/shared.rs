//! Streams that any process adds to, in the transaction of what a record tells.
//!
//! In: encoded records. Out: the same at the end of the stream, chained; neither they nor what
//! they tell is there without the other. Whoever is second waits for the first and goes on
//! after its records. Never here: what a record says.

use contract::journal::READER;
use sea_orm::DatabaseTransaction;

use super::{
    Stream,
    commit::{Step, move_head},
    head::{Head, head_in, make},
    record::{RECORD, Record},
};
use crate::{Store, StoreError, rows::Rows, store::insert};

/// Adds records to a stream, and gives the place of the first.
pub(crate) async fn append(
    tx: &DatabaseTransaction,
    store: &Store,
    stream: &Stream,
    bodies: Vec<Vec<u8>>,
) -> Result<u64, StoreError> {
    let head = hold(tx, store, stream).await?;
    let mut hash = head.hash;
    let chained = (head.seq + 1..).zip(bodies).map(|(seq, body)| {
        hash = store.keys().chain(&hash, &body);
        Record { seq, hash, body }
    });
    let records: Vec<Record> = chained.collect();
    let Some(last) = records.last() else { return Ok(head.seq + 1) };
    let step =
        Step { stream, epoch: head.epoch, old_seq: head.seq, new_seq: last.seq, new_hash: last.hash, reader: READER };
    let Some(month) = move_head(tx, store, step).await? else {
        return Err(StoreError::bug("a shared stream was moved by somebody else"));
    };
    let mut rows = Rows::default();
    records.iter().for_each(|record| record.put(stream.as_str(), month, &mut rows));
    insert(tx, store.dialect(), [(&RECORD, rows)]).await?;
    Ok(head.seq + 1)
}

/// Keeps a stream from everybody else until the transaction ends.
pub(crate) async fn hold(tx: &DatabaseTransaction, store: &Store, stream: &Stream) -> Result<Head, StoreError> {
    make(tx, store, stream).await?;
    head_in(tx, store, stream).await?.ok_or_else(|| StoreError::bug("a stream vanished"))
}
