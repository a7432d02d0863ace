//! The backlog: how many deliveries are on their way, by road.
//!
//! In: nothing. Out: counts of what is not ended, and since when the oldest is due. Reads the
//! indexes of what is claimed and of what waits, and no row. Never here: what ended.

use std::collections::BTreeMap;

use contract::{DeliveryState, Timestamp};

use super::{Deliveries, Road};
use crate::{StoreError, row::Columns};

/// What is on its way by one road.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OnWay {
    /// Waits for its due time or its turn.
    pub queued: u64,
    /// The provider is being called.
    pub submitting: u64,
    /// When the first of those that wait is due.
    pub due_at: Option<Timestamp>,
}

impl Deliveries {
    /// Counts what is on its way, by road; a road with nothing on it is absent. It takes longer
    /// the more waits: whoever asks often rests in between.
    pub async fn on_way(&self) -> Result<BTreeMap<Road, OnWay>, StoreError> {
        let mut roads: BTreeMap<Road, OnWay> = BTreeMap::new();
        for row in self.0.all(ON_WAY, []).await? {
            let on_way = roads.entry(Road::of(&row)?).or_default();
            let count = row.count("found")?;
            match row.word("state")? {
                DeliveryState::Queued => on_way.queued += count,
                DeliveryState::Submitting => on_way.submitting += count,
                // A claim outlives its state for no longer than a transaction.
                DeliveryState::Sent
                | DeliveryState::Delivered
                | DeliveryState::Failed
                | DeliveryState::Expired
                | DeliveryState::Unknown
                | DeliveryState::Withheld => continue,
            }
            let first = row.time_or_none("first_due")?;
            on_way.due_at = on_way.due_at.into_iter().chain(first).min();
        }
        Ok(roads)
    }
}

// The conditions repeat those of the partial indexes word for word, so that these are used.
const ON_WAY: &str = "SELECT channel, account, lane, 'queued' AS state, COUNT(*) AS found, MIN(due_at) AS first_due \
    FROM delivery WHERE state = 'queued' AND claimed = 0 GROUP BY channel, account, lane \
    UNION ALL SELECT channel, account, lane, state, COUNT(*) AS found, MIN(due_at) AS first_due \
    FROM delivery WHERE claimed = 1 GROUP BY channel, account, lane, state";
