//! Following: what waits of an alert goes where a stop, a pause or a going on sends it, and an
//! alert of which nothing waits is done.
//!
//! In: alerts that were turned, the time. Out: rows, a portion at a time. The gate obeys a turn at
//! once; this only clears the lanes. Never here: a turn itself.

use contract::{
    NoticeId, NoticeState, Timestamp,
    audit::{AlertEnded, By, What},
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Value};

use super::{FAR, Hours, Notices, hold, progress};
use crate::{Store, StoreError, dialect::Dialect, journal::audit, row::Columns};

/// Deliveries of one portion.
const PORTION_MAX: i64 = 1000;
/// Alerts that end at one look.
const ENDED_MAX: i64 = 16;

impl Notices {
    /// Says whether deliveries have yet to follow their alert.
    pub async fn has_moving(&self) -> Result<bool, StoreError> {
        Ok(self.0.one(ANY_MOVING, []).await?.is_some())
    }

    /// Has the next portion follow; says whether there was one.
    pub async fn follow(&self, now: Timestamp) -> Result<bool, StoreError> {
        let dialect = self.0.dialect();
        self.0.write(move |tx| Box::pin(async move { portion(tx, dialect, now).await })).await
    }

    /// Has what of `risk` nobody knows about since before a time go out once more, and marks it;
    /// says how many.
    pub async fn repeat(&self, before: Timestamp, now: Timestamp) -> Result<u64, StoreError> {
        let values: [Value; 2] = [now.as_ms().into(), before.as_ms().into()];
        if self.0.one(DOUBTED, values.clone()).await?.is_none() {
            return Ok(0);
        }
        let repeat = self.0.dialect().statement(REPEAT, values);
        self.0.write(move |tx| Box::pin(async move { Ok(tx.execute_raw(repeat).await?.rows_affected()) })).await
    }

    /// Ends alerts of which nothing waits any more, each with its figures in the journal, and
    /// forgets the counts of days before one.
    pub async fn finish(&self, now: Timestamp, before: Timestamp) -> Result<(), StoreError> {
        let ended = self.0.all(ENDED, [now.as_ms().into(), ENDED_MAX.into()]).await?;
        for row in ended {
            let (store, id) = (self.0.clone(), NoticeId::new(row.id("id")?));
            self.0.write(move |tx| Box::pin(async move { end(tx, &store, id, now).await })).await?;
        }
        let day: [Value; 1] = [Hours::new("UTC", None, None).day(before).into()];
        if self.0.one(OLD_COUNT, day.clone()).await?.is_some() {
            let forget = self.0.dialect().statement(FORGET_COUNTS, day);
            self.0.write(move |tx| Box::pin(async move { Ok(tx.execute_raw(forget).await.map(drop)?) })).await?;
        }
        Ok(())
    }
}

async fn portion(tx: &DatabaseTransaction, dialect: Dialect, now: Timestamp) -> Result<bool, StoreError> {
    let Some(notice) = hold(tx, dialect, MOVING).await? else { return Ok(false) };
    let key: Value = notice.id.to_bytes().to_vec().into();
    let mut values: Vec<Value> = vec![key.clone(), FAR.as_ms().into(), PORTION_MAX.into()];
    let sql = match notice.state {
        NoticeState::Paused => PUT_OFF,
        NoticeState::Running | NoticeState::Done => TAKE_UP,
        NoticeState::Stopped => WITHHOLD,
    };
    if notice.state != NoticeState::Paused {
        values.push(now.as_ms().into());
    }
    let moved = tx.execute_raw(dialect.statement(sql, values)).await?.rows_affected();
    if moved < PORTION_MAX.unsigned_abs() {
        tx.execute_raw(dialect.statement(MOVED, [key])).await?;
    }
    Ok(true)
}

async fn end(tx: &DatabaseTransaction, store: &Store, id: NoticeId, now: Timestamp) -> Result<(), StoreError> {
    let values: [Value; 2] = [id.to_bytes().to_vec().into(), now.as_ms().into()];
    if tx.execute_raw(store.dialect().statement(END, values)).await?.rows_affected() == 0 {
        return Ok(());
    }
    let progress = progress::of(tx, store, id).await?;
    let ended = AlertEnded {
        notice: id,
        total: progress.total(),
        sent: progress.sent + progress.delivered,
        failed: progress.failed,
        expired: progress.expired,
        unknown: progress.unknown,
        withheld: progress.all_withheld(),
    };
    audit::append(tx, store, &By::house(), What::AlertEnded(ended)).await
}

const ANY_MOVING: &str = "SELECT 1 AS found FROM notice WHERE moving = 1 LIMIT 1";
const MOVING: &str = "SELECT * FROM notice WHERE moving = 1 ORDER BY rank, made_at, id LIMIT 1";
const MOVED: &str = "UPDATE notice SET moving = 0 WHERE id = $1";
const PUT_OFF: &str = "UPDATE delivery SET due_at = $2, claimed = 0 WHERE state = 'queued' AND id IN \
    (SELECT id FROM delivery WHERE notice = $1 AND state = 'queued' AND due_at < $2 ORDER BY due_at LIMIT $3)";
const TAKE_UP: &str = "UPDATE delivery SET due_at = $4 WHERE state = 'queued' AND id IN \
    (SELECT id FROM delivery WHERE notice = $1 AND state = 'queued' AND due_at >= $2 ORDER BY due_at LIMIT $3)";
const WITHHOLD: &str = "UPDATE delivery SET state = 'withheld', reason = 'stopped', claimed = 0, changed_at = $4 \
    WHERE state = 'queued' AND id IN (SELECT id FROM delivery WHERE notice = $1 AND state = 'queued' \
    AND due_at <= $2 ORDER BY due_at LIMIT $3)";
const DOUBTED: &str = "SELECT 1 AS found FROM delivery WHERE state = 'unknown' AND category = 'risk' AND repeated = 0 \
    AND changed_at < $2 AND expires_at > $1 \
    AND EXISTS (SELECT 1 FROM notice n WHERE n.id = delivery.notice AND n.state = 'running') LIMIT 1";
const REPEAT: &str = "UPDATE delivery SET state = 'queued', repeated = 1, claimed = 0, due_at = $1, changed_at = $1 \
    WHERE state = 'unknown' AND category = 'risk' AND repeated = 0 AND changed_at < $2 AND expires_at > $1 \
    AND EXISTS (SELECT 1 FROM notice n WHERE n.id = delivery.notice AND n.state = 'running')";
const ENDED: &str = "SELECT n.id FROM notice n WHERE n.planned = 1 AND n.state = 'running' AND n.moving = 0 \
    AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.notice = n.id AND d.state IN ('queued', 'submitting')) \
    AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.notice = n.id AND d.state = 'unknown' AND d.category = 'risk' \
        AND d.repeated = 0 AND d.expires_at > $1) ORDER BY n.made_at LIMIT $2";
const END: &str = "UPDATE notice SET state = 'done', ended_at = $2 WHERE id = $1 AND state = 'running'";
const OLD_COUNT: &str = "SELECT 1 AS found FROM capped WHERE day < $1 LIMIT 1";
const FORGET_COUNTS: &str = "DELETE FROM capped WHERE day < $1";
