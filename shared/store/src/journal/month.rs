//! Months of the journal: in which part of the table a record lies, and parts made ahead.
//!
//! In: the time of a commit. Out: a month, counted from the year 0 in UTC; on PostgreSQL a
//! part of the table for it and for those to come. A stream's months never go back: the fence
//! sees to it. Never here: removing a part; that is retention's.

use contract::Timestamp;
use jiff::tz::TimeZone;
use sea_orm::ConnectionTrait;

use crate::{Store, StoreError, dialect::Dialect};

/// Months for which a part is made before they come.
const AHEAD: i64 = 3;
/// Milliseconds that the making of a part waits for the table.
const LOCK_WAIT_MS: u32 = 1_000;
const MONTHS_A_YEAR: i64 = 12;

/// Gives the month of a time.
pub(crate) fn of(at: Timestamp) -> i64 {
    let civil = jiff::Timestamp::from_millisecond(at.as_ms()).unwrap_or_default().to_zoned(TimeZone::UTC);
    i64::from(civil.year()) * MONTHS_A_YEAR + i64::from(civil.month()) - 1
}

/// Makes the parts of this month and of those to come; one that is there stays. A month whose
/// first records were quicker stays with the rest, which is slower to remove and nothing else.
pub(crate) async fn make_ahead(store: &Store) -> Result<(), StoreError> {
    let dialect = store.dialect();
    if dialect == Dialect::Sqlite {
        return Ok(());
    }
    let this = of(store.clock().now());
    for month in this..=this + AHEAD {
        let part = format!("record_{:04}_{:02}", month / MONTHS_A_YEAR, month % MONTHS_A_YEAR + 1);
        if store.one(dialect.has_table(), [part.as_str().into()]).await?.is_none()
            && let Err(error) = make(store, part.clone(), month).await
        {
            tracing::warn!(%error, part, "a month of the journal has no part of its own");
        }
    }
    Ok(())
}

/// Makes a part, one process after the other; commits wait for it, so it does not wait for them.
async fn make(store: &Store, part: String, month: i64) -> Result<(), StoreError> {
    let dialect = store.dialect();
    store
        .write(move |tx| {
            Box::pin(async move {
                tx.execute_unprepared(&format!("SET LOCAL lock_timeout = {LOCK_WAIT_MS}")).await?;
                if let Some(alone) = dialect.alone("months") {
                    tx.execute_raw(alone).await?;
                }
                let next = month + 1;
                let values = format!("FOR VALUES FROM ({month}) TO ({next})");
                let make = format!("CREATE TABLE IF NOT EXISTS {part} PARTITION OF record {values}");
                tx.execute_unprepared(&make).await?;
                Ok(())
            })
        })
        .await
}

#[cfg(test)]
mod tests;
