//! Submits: one try of one delivery, begun and ended in the store.
//!
//! In: a message of a send lane, what a provider answered. Out: whether the try may go on,
//! and the delivery's new state. A try is begun once: whoever comes second learns so. Never
//! here: a call to a provider; a time to try again, which the caller says.

use contract::{AddressId, ClientId, DeliveryState, NoticeId, Timestamp, delivery::Due};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult, Value};

use super::{named, receipt};
use crate::{
    Store, StoreError,
    dialect::Dialect,
    notice::{Gated, Verdict},
    row::Columns,
};

/// Whether a try may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begun {
    /// It stands as `submitting`; whoever reads this, and nobody else, submits.
    Go,
    /// Its time had run out; it stands as `expired`.
    Expired,
    /// It is withheld.
    Refused,
    /// It is put off to a later time.
    Later,
    /// This very try was begun before, at that time, and not ended.
    Already(Timestamp),
    /// It is over, another try was begun, or there is no such delivery.
    Void,
}

/// Where a try stood when it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// It was not begun: nothing was submitted.
    Queued,
    /// It was begun.
    Submitting,
}

/// What became of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// The provider took it, and calls it so.
    Sent(Option<String>),
    /// It is known not to have been taken; it is due again at this time, and why.
    Retry(Timestamp, String),
    /// It ends, and why.
    Ended(End, String),
}

/// How a delivery ends without having been taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It will not arrive.
    Failed,
    /// Its time ran out.
    Expired,
    /// Nobody knows whether it was taken.
    Unknown,
}

/// The room of senders.
#[derive(Debug, Clone)]
pub struct Submits(Store);

impl Store {
    /// Gives the room in which tries are begun and ended.
    #[must_use]
    pub fn submits(&self) -> Submits {
        Submits(self.clone())
    }
}

impl Submits {
    /// Begins a try: checks that it is the next one and in time, and what an alert must pass
    /// besides, and says so to everybody, in one transaction.
    pub async fn begin(&self, due: Due, now: Timestamp) -> Result<Begun, StoreError> {
        let (id, attempt) = named(due);
        let (dialect, at) = (self.0.dialect(), now);
        let values: [Value; 3] = [id.into(), attempt.into(), now.as_ms().into()];
        let begin = dialect.statement(BEGIN, values.clone());
        let expire = dialect.statement(EXPIRE, values.clone());
        let [id, attempt, _] = values;
        let look = dialect.statement(LOOK, [id, attempt]);
        let begun = self
            .0
            .write(move |tx| {
                Box::pin(async move {
                    if tx.execute_raw(begin).await?.rows_affected() == 1 {
                        return Ok(Begun::Go);
                    }
                    if let Some(begun) = begin_of_alert(tx, dialect, due, at).await? {
                        return Ok(begun);
                    }
                    if tx.execute_raw(expire).await?.rows_affected() == 1 {
                        return Ok(Begun::Expired);
                    }
                    let begun = tx.query_one_raw(look).await?;
                    begun.map_or(Ok(Begun::Void), |row| Ok(Begun::Already(row.time("changed_at")?)))
                })
            })
            .await?;
        self.0.moves().tell(matches!(begun, Begun::Expired | Begun::Refused | Begun::Later).then_some(due.delivery));
        Ok(begun)
    }

    /// Ends a try, and gives where its delivery stands then: `None` when it was not there to be
    /// ended, another state than the one asked for when a receipt had come first. What was
    /// thought lost (`unknown`) and is answered after all takes the answer.
    pub async fn settle(
        &self,
        due: Due,
        from: From,
        settled: Settled,
        now: Timestamp,
    ) -> Result<Option<DeliveryState>, StoreError> {
        let dialect = self.0.dialect();
        let ended = self
            .0
            .write(move |tx| {
                Box::pin(async move {
                    let (Settled::Sent(Some(provider_id)), From::Submitting) = (&settled, from) else {
                        return change(tx, dialect, due, from, &settled, now).await;
                    };
                    let provider_id = receipt::normal(provider_id);
                    if let Some(alone) = dialect.alone(&receipt::word(&provider_id)) {
                        tx.execute_raw(alone).await?;
                    }
                    let changed = change(tx, dialect, due, from, &settled, now).await?;
                    let joined = join(tx, dialect, due, &provider_id, now).await?;
                    Ok(changed.map(|state| joined.unwrap_or(state)))
                })
            })
            .await?;
        self.0.moves().tell(ended.map(|_| due.delivery));
        Ok(ended)
    }
}

/// Begins a try of an alert's delivery, if it passes the gate; says nothing of any other.
async fn begin_of_alert(
    tx: &DatabaseTransaction,
    dialect: Dialect,
    due: Due,
    now: Timestamp,
) -> Result<Option<Begun>, StoreError> {
    let (id, attempt) = named(due);
    let (id, attempt): (Value, Value) = (id.into(), attempt.into());
    let gated = dialect.statement(GATED, [id.clone(), attempt.clone(), now.as_ms().into()]);
    let Some(row) = tx.query_one_raw(gated).await? else { return Ok(None) };
    let verdict = gated_of(&row, due)?.judge(tx, dialect, now).await?;
    let now = now.as_ms();
    let (sql, values, begun) = match verdict {
        Verdict::Pass(counted) => (BEGIN_OF_ALERT, vec![id, attempt, now.into(), counted.into()], Begun::Go),
        Verdict::Withheld(why) => (WITHHOLD, vec![id, attempt, now.into(), why.as_str().into()], Begun::Refused),
        Verdict::Later(at) => (PUT_OFF, vec![id, attempt, at.as_ms().into()], Begun::Later),
    };
    let changed = tx.execute_raw(dialect.statement(sql, values)).await?.rows_affected() == 1;
    // Somebody else may have been at it while its consent was waited for.
    Ok(Some(if changed { begun } else { Begun::Void }))
}

fn gated_of(row: &QueryResult, due: Due) -> Result<Gated, StoreError> {
    Ok(Gated {
        due,
        notice: NoticeId::new(row.id("notice")?),
        client: row.id_or_none("client")?.map(ClientId::new),
        address: row.id_or_none("address")?.map(AddressId::new),
        hash: row.id_or_none("hash")?.map(u128::to_be_bytes),
        category: row.word("category")?,
        topic: row.word_or_none("topic")?,
        expires_at: row.time("expires_at")?,
        counted: row.text_or_none("counted")?,
    })
}

async fn change(
    tx: &DatabaseTransaction,
    dialect: Dialect,
    due: Due,
    from: From,
    settled: &Settled,
    now: Timestamp,
) -> Result<Option<DeliveryState>, StoreError> {
    let (id, attempt) = named(due);
    let (state, due_at, reason) = match settled {
        Settled::Sent(_) => (DeliveryState::Sent, None, None),
        Settled::Retry(at, why) => (DeliveryState::Queued, Some(at.as_ms()), Some(why.clone())),
        Settled::Ended(end, why) => (end.state(), None, Some(why.clone())),
    };
    let sql = match from {
        From::Queued => FROM_QUEUED,
        From::Submitting => FROM_SUBMITTING,
    };
    let values: [Value; 6] =
        [id.into(), attempt.into(), now.as_ms().into(), state.as_str().into(), due_at.into(), reason.into()];
    let changed = tx.execute_raw(dialect.statement(sql, values)).await?.rows_affected() == 1;
    Ok(changed.then_some(state))
}

/// Notes what the provider calls a delivery, and applies a receipt that was there first; gives
/// the state that it brought about.
async fn join(
    tx: &DatabaseTransaction,
    dialect: Dialect,
    due: Due,
    provider_id: &str,
    now: Timestamp,
) -> Result<Option<DeliveryState>, StoreError> {
    let (id, _) = named(due);
    tx.execute_raw(dialect.statement(NAME, [id.clone().into(), provider_id.into()])).await?;
    let early = tx.query_one_raw(dialect.statement(EARLY, [id.clone().into(), provider_id.into()])).await?;
    let Some(early) = early else { return Ok(None) };
    let state: DeliveryState = early.word("state")?;
    let values: [Value; 4] =
        [id.clone().into(), state.as_str().into(), early.text_or_none("reason")?.into(), now.as_ms().into()];
    let applied = tx.execute_raw(dialect.statement(APPLY, values)).await?.rows_affected() == 1;
    tx.execute_raw(dialect.statement(FORGET, [id.into(), provider_id.into()])).await?;
    Ok(applied.then_some(state))
}

impl End {
    const fn state(self) -> DeliveryState {
        match self {
            Self::Failed => DeliveryState::Failed,
            Self::Expired => DeliveryState::Expired,
            Self::Unknown => DeliveryState::Unknown,
        }
    }
}

const BEGIN: &str = "UPDATE delivery SET state = 'submitting', claimed = 1, attempt = $2, changed_at = $3, reason = NULL \
    WHERE id = $1 AND state = 'queued' AND attempt = $2 - 1 AND expires_at > $3 AND notice IS NULL";
const BEGIN_OF_ALERT: &str = "UPDATE delivery SET state = 'submitting', claimed = 1, attempt = $2, changed_at = $3, \
    reason = NULL, counted = COALESCE($4, counted) \
    WHERE id = $1 AND state = 'queued' AND attempt = $2 - 1 AND expires_at > $3";
const GATED: &str = "SELECT notice, client, address, hash, category, topic, expires_at, counted FROM delivery WHERE id = $1 AND state = 'queued' AND attempt = $2 - 1 AND expires_at > $3 AND notice IS NOT NULL";
const WITHHOLD: &str = "UPDATE delivery SET state = 'withheld', claimed = 0, changed_at = $3, reason = $4 \
    WHERE id = $1 AND state = 'queued' AND attempt = $2 - 1";
const PUT_OFF: &str = "UPDATE delivery SET due_at = $3, claimed = 0 \
    WHERE id = $1 AND state = 'queued' AND attempt = $2 - 1";
const EXPIRE: &str = "UPDATE delivery SET state = 'expired', claimed = 0, changed_at = $3 \
    WHERE id = $1 AND state = 'queued' AND attempt = $2 - 1 AND expires_at <= $3";
const LOOK: &str = "SELECT changed_at FROM delivery WHERE id = $1 AND attempt = $2 AND state = 'submitting'";
const FROM_QUEUED: &str = "UPDATE delivery SET state = $4, claimed = 0, attempt = $2, changed_at = $3, \
    due_at = COALESCE($5, due_at), reason = $6 WHERE id = $1 AND state = 'queued' AND attempt = $2 - 1";
const FROM_SUBMITTING: &str = "UPDATE delivery SET state = $4, claimed = 0, changed_at = $3, \
    due_at = COALESCE($5, due_at), reason = $6 WHERE id = $1 AND attempt = $2 AND state IN ('submitting', 'unknown')";
const NAME: &str = "UPDATE delivery SET provider_id = $2 WHERE id = $1";
const EARLY: &str = "SELECT r.state, r.reason FROM delivery d \
    JOIN receipt r ON r.channel = d.channel AND r.account = d.account AND r.provider_id = $2 WHERE d.id = $1";
const APPLY: &str = "UPDATE delivery SET state = $2, reason = $3, changed_at = $4 WHERE id = $1 AND state = 'sent'";
const FORGET: &str = "DELETE FROM receipt WHERE provider_id = $2 AND EXISTS \
    (SELECT 1 FROM delivery d WHERE d.id = $1 AND d.channel = receipt.channel AND d.account = receipt.account)";
