//! Receipts: what providers tell of a delivery later, or earlier than its own answer.
//!
//! In: a provider's id and what became of it. Out: the delivery's end; a receipt without a
//! delivery stays until its delivery is known or it is too old. Never here: a dialect.

use contract::{AccountId, ChannelKind, DeliveryId, DeliveryState, Lane, Timestamp};
use sea_orm::{ConnectionTrait, Value};

use crate::{Store, StoreError, row::Columns};

/// Characters of a provider's id that are kept and compared.
pub const PROVIDER_ID_CHARS_MAX: usize = 256;

/// What a receipt says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiptState {
    /// It arrived.
    Delivered,
    /// It will not arrive.
    Failed,
}

/// The delivery that a receipt is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Joined {
    /// The lane it took.
    pub lane: Lane,
    /// Whether it ended by this receipt; else it had ended before.
    pub ended: bool,
    /// Whether it had failed, and arrived after all.
    pub mended: bool,
}

/// The room of receipts.
#[derive(Debug, Clone)]
pub struct Receipts(Store);

impl Store {
    /// Gives the room of receipts.
    #[must_use]
    pub fn receipts(&self) -> Receipts {
        Receipts(self.clone())
    }
}

impl Receipts {
    /// Joins a receipt with its delivery, or keeps it where there is none. A provider that calls
    /// deliveries by our own ids may do so. The first receipt counts; but what arrived has arrived,
    /// whatever was said of it before.
    pub async fn put(
        &self,
        channel: ChannelKind,
        account: &AccountId,
        provider_id: &str,
        (state, reason): (ReceiptState, Option<String>),
        now: Timestamp,
    ) -> Result<Option<Joined>, StoreError> {
        let dialect = self.0.dialect();
        let provider_id = normal(provider_id);
        let own = provider_id.parse::<DeliveryId>().ok().map(|id| id.to_bytes().to_vec());
        let place: [Value; 3] = [channel.as_str().into(), account.as_str().into(), provider_id.clone().into()];
        let said: [Value; 3] = [state.as_str().into(), reason.into(), now.as_ms().into()];
        let named = dialect.statement(KNOWN, [place.as_slice(), &[own.into()]].concat());
        let keep = dialect.statement(KEEP, [place, said.clone()].concat());
        let alone = dialect.alone(&word(&provider_id));
        let joined = self
            .0
            .write(move |tx| {
                Box::pin(async move {
                    if let Some(alone) = alone {
                        tx.execute_raw(alone).await?;
                    }
                    let Some(row) = tx.query_one_raw(named).await? else {
                        tx.execute_raw(keep).await?;
                        return Ok(None);
                    };
                    let id = DeliveryId::new(row.id("id")?);
                    let values = [&[id.to_bytes().to_vec().into()], said.as_slice()].concat();
                    let end = if state == ReceiptState::Delivered { ARRIVE } else { FAIL };
                    let ended = tx.execute_raw(dialect.statement(end, values)).await?.rows_affected() == 1;
                    let mended = ended && row.word::<DeliveryState>("state")? == DeliveryState::Failed;
                    Ok(Some((id, Joined { lane: row.word("lane")?, ended, mended })))
                })
            })
            .await?;
        self.0.moves().tell(joined.map(|(id, _)| id));
        Ok(joined.map(|(_, joined)| joined))
    }

    /// Forgets receipts that came before a time and found no delivery.
    pub async fn forget(&self, before: Timestamp) -> Result<u64, StoreError> {
        if self.0.one(OLD, [before.as_ms().into()]).await?.is_none() {
            return Ok(0);
        }
        let forget = self.0.dialect().statement(FORGET, [before.as_ms().into()]);
        self.0.write(move |tx| Box::pin(async move { Ok(tx.execute_raw(forget).await?.rows_affected()) })).await
    }
}

impl ReceiptState {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
}

/// Gives the one spelling of a provider's id by which receipts find deliveries.
pub(super) fn normal(provider_id: &str) -> String {
    provider_id.trim().chars().take(PROVIDER_ID_CHARS_MAX).collect()
}

/// Gives the word by which a receipt and its delivery's own answer wait for each other: one of
/// them finds what the other wrote.
pub(super) fn word(provider_id: &str) -> String {
    format!("receipt {provider_id}")
}

const KNOWN: &str = "SELECT id, lane, state FROM delivery WHERE channel = $1 AND account = $2 AND provider_id = $3 \
    UNION ALL SELECT id, lane, state FROM delivery WHERE id = $4 AND channel = $1 AND account = $2 AND state <> 'queued' LIMIT 1";
const KEEP: &str = "INSERT INTO receipt (channel, account, provider_id, state, reason, at) \
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (channel, account, provider_id) DO UPDATE \
    SET state = excluded.state, reason = excluded.reason WHERE receipt.state = 'failed' AND excluded.state = 'delivered'";
const FAIL: &str = "UPDATE delivery SET state = $2, reason = $3, changed_at = $4, claimed = 0 \
    WHERE id = $1 AND state IN ('submitting', 'sent', 'unknown')";
const ARRIVE: &str = "UPDATE delivery SET state = $2, reason = $3, changed_at = $4, claimed = 0 \
    WHERE id = $1 AND state IN ('submitting', 'sent', 'unknown', 'failed')";
const OLD: &str = "SELECT 1 AS found FROM receipt WHERE at < $1 LIMIT 1";
const FORGET: &str = "DELETE FROM receipt WHERE at < $1";
