//! Where receipts go: to whoever joins them with deliveries.
//!
//! In: what became of a delivery, by account and provider's id. Out: an answer once that is
//! durable, whether or not its delivery is known yet. Never here: the joining itself, which
//! the store does in one transaction.

use std::{future::Future, pin::Pin};

use runtime::Clock;
use store::{
    Store,
    deliveries::{Joined, ReceiptState},
};

use crate::{
    account::Account,
    incoming::{Receipt, ReceiptStatus},
    intake::NotAccepted,
};

/// Takes receipts.
pub trait ReceiptSink: Send + Sync + 'static {
    /// Takes one; returns once it is durable. A repeat is harmless.
    fn take(
        &self,
        account: Account,
        receipt: Receipt,
    ) -> Pin<Box<dyn Future<Output = Result<(), NotAccepted>> + Send + '_>>;
}

/// Joins receipts with the deliveries in the store, and keeps those that come first.
#[derive(Debug, Clone)]
pub struct ReceiptBook {
    store: Store,
    clock: Clock,
}

impl ReceiptBook {
    /// Makes the book of a store.
    #[must_use]
    pub const fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock }
    }
}

impl ReceiptSink for ReceiptBook {
    fn take(
        &self,
        account: Account,
        receipt: Receipt,
    ) -> Pin<Box<dyn Future<Output = Result<(), NotAccepted>> + Send + '_>> {
        Box::pin(async move {
            let (state, status) = match receipt.status {
                ReceiptStatus::Delivered => (ReceiptState::Delivered, "delivered"),
                ReceiptStatus::Failed => (ReceiptState::Failed, "failed"),
            };
            let (said, now) = ((state, receipt.error), self.clock.now());
            let receipts = self.store.receipts();
            let joined = receipts.put(account.channel, &account.id, &receipt.provider_id, said, now).await?;
            count(&account, status, joined);
            if joined.is_some_and(|joined| joined.mended) {
                tracing::warn!(%account, "a provider says that what had failed has arrived");
            }
            Ok(())
        })
    }
}

/// Counts a receipt; one that joined nothing is counted again when its delivery is known.
pub(crate) fn count(account: &Account, status: &'static str, joined: Option<Joined>) {
    let labels = [
        ("channel", account.channel.as_str().to_owned()),
        ("account", account.id.to_string()),
        ("lane", joined.map_or("", |joined| joined.lane.as_str()).to_owned()),
        ("status", status.to_owned()),
        ("joined", joined.is_some_and(|joined| joined.ended).to_string()),
    ];
    metrics::counter!("shouwen_receipts_total", &labels).increment(1);
}
