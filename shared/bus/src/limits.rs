//! How much the bus takes before it refuses.
//!
//! In: the configuration. Out: limits per queue and for the file. Never here: a counter.

use std::collections::BTreeMap;

use crate::name::QueueName;

/// The largest message in bytes, headers included.
pub const MESSAGE_BYTES_MAX: usize = 256 * 1024;

/// How much one queue holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Messages, unacknowledged ones included.
    pub messages: u64,
    /// Bytes of them, headers included.
    pub bytes: u64,
}

/// How much each queue and the whole file hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Limits {
    /// For queues that are not named below.
    pub queue: Limit,
    /// For single queues; `dead` is one.
    pub named: BTreeMap<QueueName, Limit>,
    /// The largest the file may grow in bytes; `None` = as the disk allows.
    pub file_bytes: Option<u64>,
}

impl Default for Limit {
    /// A million messages or 2 GiB, whichever comes first.
    fn default() -> Self {
        Self { messages: 1_000_000, bytes: 2 * 1024 * 1024 * 1024 }
    }
}

impl Limits {
    /// Gives the limit of a queue.
    #[must_use]
    pub fn of(&self, queue: &QueueName) -> Limit {
        self.named.get(queue).copied().unwrap_or(self.queue)
    }
}
