//! Claims: which deliveries are due, and handed to the senders.
//!
//! In: who claims, a time, how many more a road takes. Out: what to publish. A claim belongs to
//! its notifier, which takes it back when it begins anew; one that comes to nothing is
//! anybody's after a while. Never here: the bus.

use std::{collections::BTreeMap, sync::Arc};

use contract::{AccountId, ChannelKind, DeliveryId, Lane, Timestamp, delivery::Due};
use sea_orm::{ConnectionTrait, Value};

use crate::{Store, StoreError, dialect::Dialect, row::Columns};

/// The way deliveries of one lane of one account take.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Road {
    /// The channel.
    pub channel: ChannelKind,
    /// The channel's account.
    pub account: AccountId,
    /// The lane.
    pub lane: Lane,
}

/// Deliveries that one sweep ends as expired at most; the next one ends more.
pub const EXPIRED_MAX: u64 = 5000;

/// What a sweep ended, or gave back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Swept {
    /// Their time ran out before they were submitted, by road.
    pub expired: Ended,
    /// Their sender did not say in time what became of them, by road.
    pub unknown: Ended,
    /// They were claimed, and nobody began them in time.
    pub given_back: u64,
}

/// How many deliveries of each road ended so.
pub type Ended = BTreeMap<Road, u64>;

/// From when on a sweep waits no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For what was begun before this time.
    pub begun_before: Timestamp,
    /// For what was claimed before this time.
    pub claimed_before: Timestamp,
}

/// The room of one notifier.
#[derive(Debug, Clone)]
pub struct Claims {
    store: Store,
    holder: Arc<str>,
}

impl Store {
    /// Gives the room in which a notifier claims deliveries; no other one that lives has its
    /// name.
    #[must_use]
    pub fn claims(&self, holder: &str) -> Claims {
        Claims { store: self.clone(), holder: holder.into() }
    }
}

impl Claims {
    /// Gives how many of a road are claimed, and when the first of the others is due.
    pub async fn load(&self, road: &Road) -> Result<(u64, Option<Timestamp>), StoreError> {
        let row = self.store.one(LOAD, road.values()).await?.ok_or(StoreError::bug("a count has no row"))?;
        Ok((row.count("claimed")?, row.time_or_none("next_due")?))
    }

    /// Claims up to `max` of a road that are due, oldest first.
    pub async fn claim(&self, road: &Road, now: Timestamp, max: u32) -> Result<Vec<Due>, StoreError> {
        let mut values = road.values().to_vec();
        values.extend([now.as_ms().into(), i64::from(max).into(), self.holder.as_ref().into()]);
        let claim = self.store.dialect().statement(&claim_sql(self.store.dialect()), values);
        let rows = self.store.write(move |tx| Box::pin(async move { Ok(tx.query_all_raw(claim).await?) })).await?;
        let due = |row: &sea_orm::QueryResult| {
            let delivery = DeliveryId::new(row.id("id")?);
            Ok((row.time("due_at")?, Due { delivery, attempt: row.small("attempt")?.saturating_add(1) }))
        };
        let mut claimed = rows.iter().map(due).collect::<Result<Vec<_>, StoreError>>()?;
        claimed.sort_by_key(|(at, due)| (*at, due.delivery));
        Ok(claimed.into_iter().map(|(_, due)| due).collect())
    }

    /// Gives back what was claimed and could not be published.
    pub async fn give_back(&self, claimed: &[Due]) -> Result<(), StoreError> {
        let sql = format!("{GIVE_BACK} AND {}", self.store.dialect().among("id"));
        let values: [Value; 1] = [self.store.dialect().ids(claimed.iter().map(|due| due.delivery.to_bytes()))];
        let statement = self.store.dialect().statement(&sql, values);
        self.store.write(move |tx| Box::pin(async move { Ok(tx.execute_raw(statement).await.map(drop)?) })).await
    }

    /// Takes back what this notifier has claimed and nobody began: when it begins anew, and does
    /// not know what reached the bus. What is published twice is submitted once, see
    /// `Submits::begin`.
    pub async fn take_back(&self) -> Result<(), StoreError> {
        let statement = self.store.dialect().statement(TAKE_BACK, [self.holder.as_ref().into()]);
        self.store.write(move |tx| Box::pin(async move { Ok(tx.execute_raw(statement).await.map(drop)?) })).await
    }

    /// Ends what expired before it was submitted, and what was begun and never told of again;
    /// gives back what was claimed, by whomever, and not begun since.
    pub async fn sweep(&self, now: Timestamp, patience: Patience) -> Result<Swept, StoreError> {
        let now = now.as_ms();
        let [begun, claimed] = [patience.begun_before, patience.claimed_before].map(Timestamp::as_ms);
        let found = self.store.one(WORTH, [now.into(), begun.into(), claimed.into()]).await?;
        if found.is_none() {
            return Ok(Swept::default());
        }
        let most = i64::try_from(EXPIRED_MAX).unwrap_or(i64::MAX);
        let expire = self.store.dialect().statement(EXPIRE, [now.into(), most.into()]);
        let doubt = self.store.dialect().statement(DOUBT, [now.into(), begun.into()]);
        let forgotten = self.store.dialect().statement(FORGOTTEN, [now.into(), claimed.into()]);
        let (expired, unknown, given_back) = self
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let ended = (tx.query_all_raw(expire).await?, tx.query_all_raw(doubt).await?);
                    Ok((ended.0, ended.1, tx.execute_raw(forgotten).await?.rows_affected()))
                })
            })
            .await?;
        let swept = Swept { expired: by_road(&expired)?, unknown: by_road(&unknown)?, given_back };
        let ids = expired.iter().chain(&unknown).map(|row| row.id("id").map(DeliveryId::new));
        self.store.moves().tell(ids.collect::<Result<Vec<_>, _>>()?);
        Ok(swept)
    }
}

fn by_road(rows: &[sea_orm::QueryResult]) -> Result<Ended, StoreError> {
    let mut ended = Ended::new();
    for row in rows {
        *ended.entry(Road::of(row)?).or_default() += 1;
    }
    Ok(ended)
}

impl Road {
    pub(super) fn of(row: &sea_orm::QueryResult) -> Result<Self, StoreError> {
        Ok(Self { channel: row.word("channel")?, account: row.word("account")?, lane: row.word("lane")? })
    }

    fn values(&self) -> [Value; 3] {
        [self.channel.as_str().into(), self.account.as_str().into(), self.lane.as_str().into()]
    }
}

/// Of several who claim at once each gets rows of its own and waits for nobody.
fn claim_sql(dialect: Dialect) -> String {
    format!(
        "WITH due AS MATERIALIZED (SELECT id FROM delivery WHERE channel = $1 AND account = $2 AND lane = $3 \
         AND state = 'queued' AND claimed = 0 AND due_at <= $4 AND expires_at > $4 \
         ORDER BY due_at, id LIMIT $5{}) \
         UPDATE delivery SET claimed = 1, holder = $6, claimed_at = $4 WHERE id IN (SELECT id FROM due) RETURNING id, attempt, due_at",
        dialect.unclaimed()
    )
}

// The conditions repeat those of the partial indexes word for word, so that these are used.
const LOAD: &str = "SELECT \
    (SELECT COUNT(*) FROM delivery WHERE channel = $1 AND account = $2 AND lane = $3 AND claimed = 1) AS claimed, \
    (SELECT MIN(due_at) FROM delivery WHERE channel = $1 AND account = $2 AND lane = $3 \
        AND state = 'queued' AND claimed = 0) AS next_due";
const GIVE_BACK: &str = "UPDATE delivery SET claimed = 0 WHERE claimed = 1 AND state = 'queued'";
const TAKE_BACK: &str = "UPDATE delivery SET claimed = 0 WHERE claimed = 1 AND state = 'queued' AND holder = $1";
const WORTH: &str = "SELECT 1 AS found WHERE \
    EXISTS (SELECT 1 FROM delivery WHERE state = 'queued' AND expires_at <= $1) \
    OR EXISTS (SELECT 1 FROM delivery WHERE state = 'submitting' AND changed_at < $2) \
    OR EXISTS (SELECT 1 FROM delivery WHERE claimed = 1 AND state = 'queued' AND claimed_at < $3)";
const EXPIRE: &str = "UPDATE delivery SET state = 'expired', claimed = 0, changed_at = $1 \
    WHERE state = 'queued' AND id IN (SELECT id FROM delivery WHERE state = 'queued' AND expires_at <= $1 \
    ORDER BY expires_at LIMIT $2) RETURNING id, channel, account, lane";
const DOUBT: &str = "UPDATE delivery SET state = 'unknown', claimed = 0, changed_at = $1, \
    reason = 'the submit was not answered in time' WHERE state = 'submitting' AND changed_at < $2 \
    RETURNING id, channel, account, lane";
// Whoever claims without saying when, as versions before did, gets as long as everybody.
const FORGOTTEN: &str = "UPDATE delivery SET claimed = 0, claimed_at = $1 \
    WHERE claimed = 1 AND state = 'queued' AND claimed_at < $2";

#[cfg(test)]
mod tests;
