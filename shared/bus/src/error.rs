//! What can go wrong on the bus, cut by what the caller can do.
//!
//! In: a refused limit, a failing disk or broker. Out: `BusError`. Never here: message content.

use std::{error::Error, sync::Arc};

use crate::name::QueueName;

/// Why the bus did not do what was asked. The embedded one has done nothing of it then; on a
/// broker some of it may be done, for a confirm can be lost.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BusError {
    /// The queue holds all it may: refuse at the door, or try later.
    #[error("queue {0} is full")]
    Full(QueueName),
    /// The message is above `MESSAGE_BYTES_MAX`: refuse it.
    #[error("a message of {0} bytes is above the limit")]
    TooLarge(usize),
    /// The disk, the file or the broker cannot be used at the moment: try later.
    #[error("the bus cannot be used at the moment")]
    Unavailable(#[source] Arc<dyn Error + Send + Sync>),
    /// The broker is not as the configuration says, and waiting will not help: tell who runs it.
    #[error("the broker does not fit the configuration: {0}")]
    Unfit(Arc<str>),
    /// The bus was closed.
    #[error("the bus is closed")]
    Closed,
    /// A stored message does not parse: the file was damaged.
    #[error("the stored message at place {0} is damaged")]
    Damaged(i64),
}

/// Words about what stands in the way, for whoever asks an error for its source.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
struct Words(String);

impl BusError {
    /// Says in words why the bus cannot be used at the moment.
    pub(crate) fn unavailable(why: impl Into<String>) -> Self {
        Self::Unavailable(Arc::new(Words(why.into())))
    }

    /// Gives the words that say most: those of the source where there is one.
    pub(crate) fn words(&self) -> String {
        self.source().map_or_else(|| self.to_string(), ToString::to_string)
    }
}

impl From<sqlx::Error> for BusError {
    fn from(error: sqlx::Error) -> Self {
        Self::Unavailable(Arc::new(error))
    }
}
