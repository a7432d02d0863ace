//! Progress: how far an alert is, in figures that add up at every look.
//!
//! In: an alert. Out: its recipients by where they stand, from one statement and so from one
//! moment. Never here: an estimate.

use contract::{DeliveryState, NoticeId, Withheld};
use sea_orm::{ConnectionTrait, QueryResult};

use super::Notices;
use crate::{Store, StoreError, row::Columns};

/// The recipients of an alert so far, by where they stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// Wait for their turn, or are being submitted.
    pub queued: u64,
    /// Taken by the provider.
    pub sent: u64,
    /// Arrived.
    pub delivered: u64,
    /// Not taken, for good.
    pub failed: u64,
    /// Out of time.
    pub expired: u64,
    /// Nobody knows.
    pub unknown: u64,
    /// Withheld, by reason in the order of `Withheld::ALL`.
    pub withheld: [u64; Withheld::ALL.len()],
}

impl Progress {
    /// Gives all recipients so far: the sum of the parts.
    #[must_use]
    pub fn total(&self) -> u64 {
        let parts = [self.queued, self.sent, self.delivered, self.failed, self.expired, self.unknown];
        parts.iter().sum::<u64>() + self.all_withheld()
    }

    /// Gives how many are withheld, for whatever reason.
    #[must_use]
    pub fn all_withheld(&self) -> u64 {
        self.withheld.iter().sum()
    }

    fn add(&mut self, state: DeliveryState, reason: Option<Withheld>, count: u64) {
        let part = match state {
            DeliveryState::Queued | DeliveryState::Submitting => &mut self.queued,
            DeliveryState::Sent => &mut self.sent,
            DeliveryState::Delivered => &mut self.delivered,
            DeliveryState::Failed => &mut self.failed,
            DeliveryState::Expired => &mut self.expired,
            DeliveryState::Unknown => &mut self.unknown,
            DeliveryState::Withheld => {
                let place = Withheld::ALL.iter().position(|known| Some(*known) == reason);
                match place.and_then(|place| self.withheld.get_mut(place)) {
                    Some(part) => part,
                    // A reason of a newer version.
                    None => &mut self.failed,
                }
            }
        };
        *part += count;
    }
}

impl Notices {
    /// Gives how far an alert is.
    pub async fn progress(&self, id: NoticeId) -> Result<Progress, StoreError> {
        read(&self.0.all(COUNTS, [id.to_bytes().to_vec().into()]).await?)
    }
}

/// Gives how far an alert is in a transaction that changes it.
pub(super) async fn of(tx: &impl ConnectionTrait, store: &Store, id: NoticeId) -> Result<Progress, StoreError> {
    read(&tx.query_all_raw(store.dialect().statement(COUNTS, [id.to_bytes().to_vec().into()])).await?)
}

fn read(rows: &[QueryResult]) -> Result<Progress, StoreError> {
    let mut progress = Progress::default();
    for row in rows {
        let reason = row.text_or_none("why")?.and_then(|why| why.parse().ok());
        progress.add(row.word("state")?, reason, row.count("found")?);
    }
    Ok(progress)
}

// Who was named twice has one row; the others are counted at the alert.
const COUNTS: &str = "SELECT state, CASE WHEN state = 'withheld' THEN reason END AS why, COUNT(*) AS found \
    FROM delivery WHERE notice = $1 GROUP BY 1, 2 \
    UNION ALL SELECT 'withheld', 'duplicate', repeats FROM notice WHERE id = $1";
