//! What can go wrong on the bus, cut by what the caller can do.
//!
//! In: a refused limit, a failing disk. Out: `BusError`. Never here: message content.

use std::{error::Error, sync::Arc};

use crate::name::QueueName;

/// Why the bus did not do what was asked; nothing of it is done then.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BusError {
    /// The queue holds all it may: refuse at the door, or try later.
    #[error("queue {0} is full")]
    Full(QueueName),
    /// The message is above `MESSAGE_BYTES_MAX`: refuse it.
    #[error("a message of {0} bytes is above the limit")]
    TooLarge(usize),
    /// The disk or the file cannot be used at the moment: try later.
    #[error("the bus cannot be used at the moment")]
    Unavailable(#[source] Arc<dyn Error + Send + Sync>),
    /// The bus was closed.
    #[error("the bus is closed")]
    Closed,
    /// A stored message does not parse: the file was damaged.
    #[error("the stored message at place {0} is damaged")]
    Damaged(i64),
}

impl From<sqlx::Error> for BusError {
    fn from(error: sqlx::Error) -> Self {
        Self::Unavailable(Arc::new(error))
    }
}
