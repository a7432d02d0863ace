//! The way out of a channel that does not speak HTTP.
//!
//! In: a delivery in plain words. Out: what became of the submit.
//! Never here: a second try, a row, an HTTP call (see `Channel::send` for those).

use std::{future::Future, pin::Pin};

use crate::outbound::{Outbound, SendOutcome};

/// Submits deliveries of one account over a protocol of its own, such as SMTP.
pub trait Submitter: Send + Sync + 'static {
    /// Submits once and tells what became of it; ends by itself within the protocol's limits.
    fn submit(&self, outbound: Outbound) -> Pin<Box<dyn Future<Output = SendOutcome> + Send + '_>>;
}
