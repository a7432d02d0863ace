//! Confirmations: one word to the client of what was done, when it holds.
//!
//! In: acts that are to be confirmed; later the message that says so. Out: those that may be
//! confirmed at the moment: of an address the first one, once the message of the one before has
//! left; a cancel once nothing that it ended is being submitted there. So a client hears of his
//! acts in their order, and the last word he has is the one that holds. Never here: words; a
//! second confirmation.

use contract::{
    ContactId, EvidenceId, Timestamp,
    consent::{Asked, Asks, Confirmed, Evidence, Proof},
    wire,
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};

use super::{Act, Answers, Consents, proof};
use crate::{
    Store, StoreError,
    deliveries::{Wish, put_in},
    dialect::{Dialect, Repeat, Table},
    row::Columns,
    rows::Rows,
    store::insert,
};

/// Something done that the client is to be told of, and may be told of at the moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unconfirmed {
    /// The evidence of it.
    pub evidence: Evidence,
    /// The blind index of the address.
    pub hash: [u8; 16],
    /// The contact that the confirmation answers; without one it goes to the address.
    pub answers: Option<Answers>,
}

impl Unconfirmed {
    /// Gives what was asked, and what it did.
    #[must_use]
    pub fn asked(&self) -> Option<&Asked> {
        match &self.evidence.what {
            Proof::Asked(asked) => Some(asked),
            Proof::Confirmed(_) => None,
        }
    }
}

/// Leaves an act to be confirmed.
pub(super) async fn leave(tx: &DatabaseTransaction, dialect: Dialect, act: &Act) -> Result<(), StoreError> {
    let mut rows = Rows::default();
    rows.add(|row| {
        row.bytes(&act.evidence.to_bytes());
        row.bytes(&act.hash);
        row.int(i64::from(matches!(act.asks, Asks::Cancel(_) | Asks::CancelAll)));
        row.int(act.at.as_ms());
        row.int(act.stamp.bits());
        row.id_or_null(act.answers.as_ref().map(|answers| answers.contact.to_bytes()));
        row.text_or_null(act.answers.as_ref().map(|answers| answers.channel.as_str()));
        row.text_or_null(act.answers.as_ref().map(|answers| answers.account.as_str()));
    });
    insert(tx, dialect, [(&CONFIRMATION, rows)]).await
}

impl Consents {
    /// Gives what may be confirmed at the moment, the oldest first.
    pub async fn unconfirmed(&self, limit: u32) -> Result<Vec<Unconfirmed>, StoreError> {
        let sql = format!(
            "SELECT c.hash, c.contact, c.channel, c.account, e.body FROM confirmation c \
             JOIN evidence e ON e.id = c.id WHERE {SETTLED} ORDER BY c.at, c.id LIMIT $1"
        );
        self.0.all(&sql, [i64::from(limit).into()]).await?.iter().map(take).collect()
    }

    /// Sends the message that confirms an act and puts it on record, if nobody did and it may
    /// still be said; false otherwise. `wording` is the version of its words.
    pub async fn confirm(
        &self,
        done: &Unconfirmed,
        message: Wish,
        wording: String,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (store, done) = (self.0.clone(), done.clone());
        let failed = message.refused.is_some().then_some(message.id);
        let told = self
            .0
            .write(move |tx| Box::pin(async move { confirm(tx, &store, &done, message, wording, now).await }))
            .await?;
        self.0.moves().tell(failed.filter(|_| told));
        Ok(told)
    }
}

impl Consents {
    /// Leaves an act unsaid: there is nobody to tell any more.
    pub async fn leave_unsaid(&self, of: EvidenceId) -> Result<(), StoreError> {
        let forget = self.0.dialect().statement(FORGET, [of.to_bytes().to_vec().into()]);
        self.0
            .write(move |tx| {
                Box::pin(async move {
                    tx.execute_raw(forget).await?;
                    Ok(())
                })
            })
            .await
    }
}

async fn confirm(
    tx: &DatabaseTransaction,
    store: &Store,
    done: &Unconfirmed,
    message: Wish,
    wording: String,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let dialect = store.dialect();
    let lock = format!("SELECT hash FROM consent WHERE hash = $1{}", dialect.locked());
    tx.query_one_raw(dialect.statement(&lock, [done.hash.to_vec().into()])).await?;
    let of: EvidenceId = done.evidence.id;
    let take = format!("DELETE FROM confirmation AS c WHERE id = $1 AND {SETTLED}");
    if tx.execute_raw(dialect.statement(&take, [of.to_bytes().to_vec().into()])).await?.rows_affected() == 0 {
        return Ok(false);
    }
    let confirmed = Confirmed { of, delivery: message.id, wording };
    let said = [done.hash.to_vec().into(), message.id.to_bytes().to_vec().into()];
    tx.execute_raw(dialect.statement(SAID, said)).await?;
    put_in(tx, dialect, &[message], now).await?;
    let Evidence { client, address, .. } = done.evidence;
    let record = Evidence { id: of.confirmation(), at: now, client, address, what: Proof::Confirmed(confirmed) };
    proof::add(tx, store, &[(done.hash, record)], None).await?;
    Ok(true)
}

fn take(row: &QueryResult) -> Result<Unconfirmed, StoreError> {
    let answers = match row.id_or_none("contact")? {
        Some(contact) => Some(Answers {
            contact: ContactId::new(contact),
            channel: row.word("channel")?,
            account: row.word("account")?,
        }),
        None => None,
    };
    let evidence = wire::decode(&row.bytes("body")?).map_err(|_| StoreError::bug("stored evidence does not decode"))?;
    Ok(Unconfirmed { evidence, hash: row.array("hash")?, answers })
}

const CONFIRMATION: Table = Table {
    name: "confirmation",
    columns: &["id", "hash", "waits", "at", "stamp", "contact", "channel", "account"],
    key: &["id"],
    repeat: Repeat::Fails,
};
const FORGET: &str = "DELETE FROM confirmation WHERE id = $1";
const SAID: &str = "UPDATE consent SET said = $2 WHERE hash = $1";
/// Whether a confirmation may be made: it is none of a cancel, or nothing that the cancel ended
/// is being submitted; no earlier act waits for its own, and the message of the last has left.
const SETTLED: &str = "(c.waits = 0 OR NOT EXISTS (SELECT 1 FROM delivery d WHERE d.hash = c.hash \
    AND d.state = 'submitting' AND d.category IN ('commercial', 'advice'))) \
    AND NOT EXISTS (SELECT 1 FROM confirmation e WHERE e.hash = c.hash \
        AND (e.stamp < c.stamp OR (e.stamp = c.stamp AND e.id < c.id))) \
    AND NOT EXISTS (SELECT 1 FROM consent o JOIN delivery d ON d.id = o.said \
        WHERE o.hash = c.hash AND d.state IN ('queued', 'submitting'))";
