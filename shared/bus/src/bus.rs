//! The `Bus`: publish, consume, look.
//!
//! In: messages. Out: consumers, figures, the dead letters. Which backend does it is
//! decided once, when the house starts. Never here: the backend's work.

use std::{path::Path, time::Duration};

use runtime::{Clock, Tasks};

use crate::{
    consumer::Consumer, dead::Dead, embedded::Embedded, error::BusError, limits::Limits, message::Message,
    name::QueueName, rabbit, rabbit::Rabbit,
};

/// The queues of the house. Clones share them.
#[derive(Debug, Clone)]
pub enum Bus {
    /// On SQLite in the data folder, for a house of one process.
    Embedded(Embedded),
    /// On RabbitMQ, for a house of many processes.
    Rabbit(Rabbit),
}

/// Where messages go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// To one queue, which comes into being when needed.
    Queue(QueueName),
    /// To every declared `events.*` queue at once: to all of them or to none. On a broker, when
    /// one of them is full, the others may have it: it is published again then.
    Events,
}

/// How much one queue holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Depth {
    /// Messages, delivered but unacknowledged ones included.
    pub messages: u64,
    /// Bytes of them; 0 on a broker, which does not tell.
    pub bytes: u64,
    /// Delivered and not yet acknowledged; on a broker, by consumers of this process.
    pub unacked: u64,
    /// Consumers of it.
    pub consumers: u64,
}

/// What the bus has done since it was opened, and what it holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Figures {
    /// Flushes to disk, or rounds of confirms.
    pub flushes: u64,
    /// Messages published; embedded, every copy of an event counted.
    pub published: u64,
    /// Deliveries acknowledged on disk.
    pub acked: u64,
    /// Messages refused.
    pub refused: Refused,
    /// Why what takes room was refused last, until something is written again.
    pub trouble: Option<Trouble>,
    /// Queues without room for another message.
    pub full: Vec<QueueName>,
    /// Every queue with what it holds, by name; on a broker, of those used by this process, and
    /// as of the last look, which follows the last asking.
    pub queues: Vec<(QueueName, Depth)>,
}

/// How many messages were refused, by what the caller was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Refused {
    /// Their queue was full.
    pub full: u64,
    /// They were too large.
    pub too_large: u64,
    /// They could not be written.
    pub unavailable: u64,
}

/// What stands in the way of writing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// How long ago something was refused because of it.
    pub ago: Duration,
    /// What it is, in the words of the disk or the broker.
    pub what: String,
}

impl Bus {
    /// Opens, or makes, `bus.db` in the folder, and starts its writer among the tasks. When
    /// the bus was not closed orderly, what may have been delivered counts as delivered once.
    pub async fn embedded(folder: &Path, limits: Limits, clock: Clock, tasks: &Tasks) -> Result<Self, BusError> {
        Embedded::open(folder, limits, clock, tasks).await.map(Self::Embedded)
    }

    /// Connects to RabbitMQ, and keeps connected; an error when that does not succeed within
    /// some seconds, or when what is there does not fit.
    pub async fn rabbit(
        settings: &rabbit::Settings,
        limits: Limits,
        clock: Clock,
        tasks: &Tasks,
    ) -> Result<Self, BusError> {
        Rabbit::open(settings, limits, clock, tasks).await.map(Self::Rabbit)
    }

    /// Returns when all messages are on disk, in this order. On an error the embedded bus has
    /// none of them; a broker may have some, for a confirm can be lost: whoever publishes
    /// again does so under the same ids.
    pub async fn publish(&self, target: Target, messages: Vec<Message>) -> Result<(), BusError> {
        match self {
            Self::Embedded(bus) => bus.publish(target, messages).await,
            Self::Rabbit(bus) => bus.publish(target, messages).await,
        }
    }

    /// Makes a queue known; a reader of events gets what is published after this.
    pub async fn declare(&self, queue: &QueueName) -> Result<(), BusError> {
        match self {
            Self::Embedded(bus) => bus.declare(queue).await,
            Self::Rabbit(bus) => bus.declare(queue).await,
        }
    }

    /// Consumes a queue together with its other consumers. At most `prefetch` deliveries are
    /// unacknowledged at a time; of several consumers those of the highest `priority` get
    /// the messages as long as they have room for more.
    pub async fn consume(&self, queue: &QueueName, prefetch: usize, priority: u64) -> Result<Consumer, BusError> {
        match self {
            Self::Embedded(bus) => bus.consume(queue, prefetch, priority).await.map(Consumer::Embedded),
            Self::Rabbit(bus) => bus.consume(queue, prefetch, priority).await.map(Consumer::Rabbit),
        }
    }

    /// Gives what the bus has done and what every queue holds.
    #[must_use]
    pub fn figures(&self) -> Figures {
        match self {
            Self::Embedded(bus) => bus.figures(),
            Self::Rabbit(bus) => bus.figures(),
        }
    }

    /// Gives the dead letters.
    #[must_use]
    pub fn dead(&self) -> Dead {
        match self {
            Self::Embedded(bus) => Dead::Embedded(bus.clone()),
            Self::Rabbit(bus) => Dead::Rabbit(bus.clone()),
        }
    }
}

impl Figures {
    /// Gives what one queue holds; nothing when it is not known.
    #[must_use]
    pub fn depth(&self, queue: &QueueName) -> Depth {
        self.queues.iter().find(|(name, _)| name == queue).map(|(_, depth)| *depth).unwrap_or_default()
    }
}
