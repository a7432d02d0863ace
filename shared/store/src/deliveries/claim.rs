//! Claims: which deliveries are due, and handed to the senders.
//!
//! In: a time, and how many more a road takes. Out: what to publish. Never here: the bus;
//! what was claimed and not published is given back, at the latest at the next start.

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

/// How many deliveries a sweep ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Swept {
    /// Their time ran out before they were submitted.
    pub expired: u64,
    /// Their sender did not say in time what became of them.
    pub unknown: u64,
}

/// The room of the notifier.
#[derive(Debug, Clone)]
pub struct Claims(Store);

impl Store {
    /// Gives the room in which deliveries are claimed.
    #[must_use]
    pub fn claims(&self) -> Claims {
        Claims(self.clone())
    }
}

impl Claims {
    /// Gives how many of a road are claimed, and when the first of the others is due.
    pub async fn load(&self, road: &Road) -> Result<(u64, Option<Timestamp>), StoreError> {
        let row = self.0.one(LOAD, road.values()).await?.ok_or(StoreError::bug("a count has no row"))?;
        Ok((row.count("claimed")?, row.time_or_none("next_due")?))
    }

    /// Claims up to `max` of a road that are due, oldest first.
    pub async fn claim(&self, road: &Road, now: Timestamp, max: u32) -> Result<Vec<Due>, StoreError> {
        let mut values = road.values().to_vec();
        values.extend([now.as_ms().into(), i64::from(max).into()]);
        let claim = self.0.dialect().statement(&claim_sql(self.0.dialect()), values);
        let rows = self.0.write(move |tx| Box::pin(async move { Ok(tx.query_all_raw(claim).await?) })).await?;
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
        let sql = format!("{GIVE_BACK} AND {}", self.0.dialect().among("id"));
        let values: [Value; 1] = [self.0.dialect().ids(claimed.iter().map(|due| due.delivery.to_bytes()))];
        let statement = self.0.dialect().statement(&sql, values);
        self.0.write(move |tx| Box::pin(async move { Ok(tx.execute_raw(statement).await.map(drop)?) })).await
    }

    /// Gives back everything that is claimed and not begun: after a start, when nobody knows
    /// what reached the bus. What is published twice is submitted once, see `Submits::begin`.
    pub async fn give_back_all(&self) -> Result<(), StoreError> {
        let statement = self.0.dialect().statement(GIVE_BACK, []);
        self.0.write(move |tx| Box::pin(async move { Ok(tx.execute_raw(statement).await.map(drop)?) })).await
    }

    /// Ends what expired before it was submitted, and what was begun before `begun_before` and
    /// never told of again.
    pub async fn sweep(&self, now: Timestamp, begun_before: Timestamp) -> Result<Swept, StoreError> {
        let found = self.0.one(WORTH, [now.as_ms().into(), begun_before.as_ms().into()]).await?;
        if found.is_none() {
            return Ok(Swept::default());
        }
        let expire = self.0.dialect().statement(EXPIRE, [now.as_ms().into()]);
        let doubt = self.0.dialect().statement(DOUBT, [now.as_ms().into(), begun_before.as_ms().into()]);
        let (expired, unknown) = self
            .0
            .write(move |tx| {
                Box::pin(async move { Ok((tx.query_all_raw(expire).await?, tx.query_all_raw(doubt).await?)) })
            })
            .await?;
        let swept = Swept { expired: count(&expired), unknown: count(&unknown) };
        let ids = expired.iter().chain(&unknown).map(|row| row.id("id").map(DeliveryId::new));
        self.0.moves().tell(ids.collect::<Result<Vec<_>, _>>()?);
        Ok(swept)
    }
}

fn count(rows: &[sea_orm::QueryResult]) -> u64 {
    u64::try_from(rows.len()).unwrap_or(u64::MAX)
}

impl Road {
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
         UPDATE delivery SET claimed = 1 WHERE id IN (SELECT id FROM due) RETURNING id, attempt, due_at",
        dialect.unclaimed()
    )
}

// The conditions repeat those of the partial indexes word for word, so that these are used.
const LOAD: &str = "SELECT \
    (SELECT COUNT(*) FROM delivery WHERE channel = $1 AND account = $2 AND lane = $3 AND claimed = 1) AS claimed, \
    (SELECT MIN(due_at) FROM delivery WHERE channel = $1 AND account = $2 AND lane = $3 \
        AND state = 'queued' AND claimed = 0) AS next_due";
const GIVE_BACK: &str = "UPDATE delivery SET claimed = 0 WHERE claimed = 1 AND state = 'queued'";
const WORTH: &str = "SELECT 1 AS found WHERE \
    EXISTS (SELECT 1 FROM delivery WHERE state = 'queued' AND expires_at <= $1) \
    OR EXISTS (SELECT 1 FROM delivery WHERE state = 'submitting' AND changed_at < $2)";
const EXPIRE: &str = "UPDATE delivery SET state = 'expired', claimed = 0, changed_at = $1 \
    WHERE state = 'queued' AND expires_at <= $1 RETURNING id";
const DOUBT: &str = "UPDATE delivery SET state = 'unknown', claimed = 0, changed_at = $1, \
    reason = 'the submit was not answered in time' WHERE state = 'submitting' AND changed_at < $2 RETURNING id";

#[cfg(test)]
mod tests;
