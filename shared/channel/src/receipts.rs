//! Where receipts go: to whoever joins them with deliveries.
//!
//! In: what became of a delivery, by account and provider's id. Out: an answer once that is
//! durable, whether or not its delivery is known yet. Never here: the joining.

use std::{future::Future, pin::Pin};

use crate::{account::Account, incoming::Receipt, intake::NotAccepted};

/// Takes receipts.
pub trait ReceiptSink: Send + Sync + 'static {
    /// Takes one; returns once it is durable. A repeat is harmless.
    fn take(
        &self,
        account: Account,
        receipt: Receipt,
    ) -> Pin<Box<dyn Future<Output = Result<(), NotAccepted>> + Send + '_>>;
}
