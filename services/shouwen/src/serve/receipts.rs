//! Receipts while there are no deliveries in this house to join them with.
//!
//! In: receipts. Out: a refusal, so that providers keep them and repeat. Never here: a loss.

use std::{future::Future, pin::Pin};

use channel::{Account, NotAccepted, Receipt, ReceiptSink};

/// Joins nothing, and says so.
pub(super) struct NoDeliveries;

impl ReceiptSink for NoDeliveries {
    fn take(
        &self,
        _account: Account,
        _receipt: Receipt,
    ) -> Pin<Box<dyn Future<Output = Result<(), NotAccepted>> + Send + '_>> {
        Box::pin(async { Err(NotAccepted::Late) })
    }
}
