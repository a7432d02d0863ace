//! The way out of a channel that does not speak HTTP.
//!
//! In: a delivery in plain words. Out: what became of the submit.
//! Never here: a second try, a row, an HTTP call (see `Channel::send` for those).

use std::{future::Future, pin::Pin, time::Duration};

use crate::outbound::{Outbound, SendOutcome};

/// The longest that a submit takes by any way, from its beginning to its outcome; who stops a
/// house waits longer, or the outcome is lost.
pub const SUBMIT_TIME_MAX: Duration = Duration::from_secs(35);

/// Submits deliveries of one account over a protocol of its own, such as SMTP.
pub trait Submitter: Send + Sync + 'static {
    /// Submits once and tells what became of it; ends by itself within `SUBMIT_TIME_MAX`.
    fn submit(&self, outbound: Outbound) -> Pin<Box<dyn Future<Output = SendOutcome> + Send + '_>>;
}
