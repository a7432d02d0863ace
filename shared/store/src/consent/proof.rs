//! Proof: what was asked and confirmed, in rows to look up and chained in the journal.
//!
//! In: records of evidence, in the transaction of what they tell. Out: the same, for good.
//! Never here: a change of a row that is there.

use contract::{
    Effect, EvidenceId, TopicId,
    consent::{Asks, Evidence, Proof},
    seal::Sealed,
    wire,
};
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use super::PROCESS;
use crate::{
    Store, StoreError,
    dialect::{Dialect, Repeat, Table},
    journal::{Stream, shared},
    row::Columns,
    rows::Rows,
    store::insert,
};

/// Adds evidence about addresses, each with what was noted of the client's words.
pub(super) async fn add(
    tx: &DatabaseTransaction,
    store: &Store,
    records: &[([u8; 16], Evidence)],
    noted: Option<&Sealed>,
) -> Result<(), StoreError> {
    let bodies: Vec<Vec<u8>> = records.iter().map(|(_, evidence)| wire::encode(evidence)).collect();
    let first = shared::append(tx, store, &Stream::notices(PROCESS), bodies.clone()).await?;
    let mut rows = Rows::default();
    for (((hash, evidence), body), seq) in records.iter().zip(&bodies).zip(first..) {
        let (effect, topic) = found_by(&evidence.what);
        rows.add(|row| {
            row.bytes(&evidence.id.to_bytes());
            row.bytes(&evidence.client.to_bytes());
            row.bytes(&evidence.address.to_bytes());
            row.bytes(hash);
            row.int(evidence.at.as_ms());
            row.count(seq);
            row.text_or_null(effect.map(Effect::as_str));
            row.text_or_null(topic.map(TopicId::as_str));
            row.bytes(body);
            // It opens under the id of the act alone.
            row.bytes_or_null(noted.filter(|_| seq == first).map(Sealed::as_bytes));
        });
    }
    insert(tx, store.dialect(), [(&EVIDENCE, rows)]).await
}

/// Gives what an act did that is on record.
pub(super) async fn known(
    tx: &DatabaseTransaction,
    dialect: Dialect,
    id: EvidenceId,
) -> Result<Option<Effect>, StoreError> {
    let row = tx.query_one_raw(dialect.statement(KNOWN, [id.to_bytes().to_vec().into()])).await?;
    row.map(|row| row.word("effect")).transpose()
}

/// Says whether the same was refused to an address before: it is said once.
pub(super) async fn refused_before(
    tx: &DatabaseTransaction,
    dialect: Dialect,
    hash: [u8; 16],
    asks: &Asks,
) -> Result<bool, StoreError> {
    let (Asks::Cancel(topic) | Asks::Order(topic)) = asks else { return Ok(false) };
    let values = [hash.to_vec().into(), topic.as_str().into()];
    Ok(tx.query_one_raw(dialect.statement(REFUSED, values)).await?.is_some())
}

fn found_by(what: &Proof) -> (Option<Effect>, Option<&TopicId>) {
    match what {
        Proof::Asked(asked) => match &asked.asks {
            Asks::Order(topic) | Asks::Cancel(topic) => (Some(asked.effect), Some(topic)),
            Asks::CancelAll | Asks::Show | Asks::Hold | Asks::Release => (Some(asked.effect), None),
        },
        Proof::Confirmed(_) => (None, None),
    }
}

const EVIDENCE: Table = Table {
    name: "evidence",
    columns: &["id", "client", "address", "hash", "at", "seq", "effect", "topic", "body", "sealed"],
    key: &["id"],
    repeat: Repeat::Fails,
};
const KNOWN: &str = "SELECT effect FROM evidence WHERE id = $1";
const REFUSED: &str = "SELECT 1 AS found FROM evidence WHERE hash = $1 AND topic = $2 AND effect = 'refused' LIMIT 1";
