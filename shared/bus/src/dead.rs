//! Dead letters: messages that nobody could take, with the reason and where they came from.
//!
//! In: parked messages. Out: the list, one of them, its return to where it came from, its
//! end by somebody's decision. Never here: an end by itself.

use contract::{DeadId, Timestamp};

use crate::{embedded::Embedded, error::BusError, message::Message, name::QueueName, rabbit::Rabbit};

/// Header of a dead letter: the queue it came from.
pub const SOURCE: &str = "dead-source";
/// Header of a dead letter: why it was parked.
pub const REASON: &str = "dead-reason";
/// Header of a dead letter: when it was parked, in milliseconds since the epoch.
pub const PARKED_AT: &str = "dead-at";
/// Header of a dead letter on a broker: its id.
pub(crate) const DEAD_ID: &str = "dead-id";

/// The dead letters of the bus.
#[derive(Debug, Clone)]
pub enum Dead {
    /// Of the embedded bus.
    Embedded(Embedded),
    /// On RabbitMQ.
    Rabbit(Rabbit),
}

/// One dead letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Names it for as long as it lies here.
    pub id: DeadId,
    /// Where it came from, and returns to.
    pub source: QueueName,
    /// Why it was parked.
    pub reason: String,
    /// When it was parked.
    pub at: Timestamp,
    /// The message as it was.
    pub message: Message,
}

impl Dead {
    /// Gives up to `max` letters after the one named, oldest first; all stay. On a broker only
    /// the first ten thousand are within reach.
    pub async fn list(&self, after: Option<DeadId>, max: usize) -> Result<Vec<DeadLetter>, BusError> {
        match self {
            Self::Embedded(bus) => bus.dead_list(after, max).await,
            Self::Rabbit(bus) => bus.dead_list(after, max).await,
        }
    }

    /// Gives one letter, which stays; `None` when there is none of that name.
    pub async fn show(&self, id: DeadId) -> Result<Option<DeadLetter>, BusError> {
        match self {
            Self::Embedded(bus) => bus.dead_show(id).await,
            Self::Rabbit(bus) => bus.dead_show(id).await,
        }
    }

    /// Moves a letter back to the end of the queue it came from; false when there is none. On
    /// an error the letter stays; on a broker what it holds may be back as well.
    pub async fn replay(&self, id: DeadId) -> Result<bool, BusError> {
        match self {
            Self::Embedded(bus) => bus.dead_replay(id).await,
            Self::Rabbit(bus) => bus.dead_replay(id).await,
        }
    }

    /// Ends a letter for good; false when there is none.
    pub async fn drop(&self, id: DeadId) -> Result<bool, BusError> {
        match self {
            Self::Embedded(bus) => bus.dead_drop(id).await,
            Self::Rabbit(bus) => bus.dead_drop(id).await,
        }
    }

    /// Parks what never was in a queue, as if it came from `source`, where a replay puts it.
    pub async fn park(&self, source: &QueueName, reason: &str, message: Message) -> Result<(), BusError> {
        match self {
            Self::Embedded(bus) => bus.dead_park(source, reason, message).await,
            Self::Rabbit(bus) => bus.dead_park(source, reason, message).await,
        }
    }
}

impl Message {
    /// Marks a message as a dead letter.
    pub(crate) fn into_dead(mut self, source: &QueueName, reason: &str, at: Timestamp) -> Self {
        self.headers.retain(|(name, _)| !is_mark(name));
        self.with(SOURCE, source.to_string()).with(REASON, cut(reason)).with(PARKED_AT, at.as_ms().to_string())
    }
}

impl DeadLetter {
    /// Takes the marks off again; `None` when they are not there.
    pub(crate) fn read(id: DeadId, mut message: Message) -> Option<Self> {
        let source = message.header(SOURCE)?.parse().ok()?;
        let reason = message.header(REASON)?.to_owned();
        let at = Timestamp::from_ms(message.header(PARKED_AT)?.parse().ok()?);
        message.headers.retain(|(name, _)| !is_mark(name));
        Some(Self { id, source, reason, at, message })
    }
}

/// The longest reason in bytes.
const REASON_BYTES_MAX: usize = 512;

fn is_mark(name: &str) -> bool {
    [SOURCE, REASON, PARKED_AT, DEAD_ID].contains(&name)
}

fn cut(reason: &str) -> &str {
    let end = (0..=REASON_BYTES_MAX.min(reason.len())).rev().find(|end| reason.is_char_boundary(*end)).unwrap_or(0);
    reason.split_at(end).0
}
