//! A consumer of one queue.
//!
//! In: a queue's messages. Out: batches of deliveries, and what became of each. A consumer
//! that is dropped gives back all it did not acknowledge. Never here: a time-out; a consumer
//! holds a delivery for as long as it lives.

use crate::{
    embedded,
    error::BusError,
    message::{Delivery, Tag},
    rabbit,
};

/// Takes a queue's messages; see `Bus::consume`. Many tasks may use one by reference.
#[derive(Debug)]
pub enum Consumer {
    /// Of the embedded bus.
    Embedded(embedded::Consumer),
    /// On RabbitMQ.
    Rabbit(rabbit::Consumer),
}

impl Consumer {
    /// Waits for at least one message and gives up to `max`, oldest first. What was delivered
    /// twice already comes alone: when nothing else of this consumer is unacknowledged, in a
    /// batch of its own, and nothing follows until it is settled. May be dropped midway
    /// without losing anything.
    ///
    /// A broker that is away for some seconds is waited for. What the user holds stays with
    /// him meanwhile; what he settled just before may come again, counted. When the broker is
    /// away for longer this is an error, and asked again it waits again.
    pub async fn next_batch(&self, max: usize) -> Result<Vec<Delivery>, BusError> {
        match self {
            Self::Embedded(consumer) => consumer.next_batch(max).await,
            Self::Rabbit(consumer) => consumer.next_batch(max).await,
        }
    }

    /// Acknowledges one delivery. The disk or the broker learns of it with the next flush, at most 50 ms
    /// later; a crash before that brings the delivery back, counted.
    pub fn ack(&self, tag: Tag) {
        match self {
            Self::Embedded(consumer) => consumer.ack(tag),
            Self::Rabbit(consumer) => consumer.ack(tag),
        }
    }

    /// Acknowledges every delivery up to this one.
    pub fn ack_up_to(&self, tag: Tag) {
        match self {
            Self::Embedded(consumer) => consumer.ack_up_to(tag),
            Self::Rabbit(consumer) => consumer.ack_up_to(tag),
        }
    }

    /// Gives a delivery back: it comes again, before younger ones, with its count raised. On a
    /// broker it comes to this consumer, and the count is forgotten when the consumer goes.
    pub fn requeue(&self, tag: Tag) {
        match self {
            Self::Embedded(consumer) => consumer.requeue(tag),
            Self::Rabbit(consumer) => consumer.requeue(tag),
        }
    }

    /// Moves a delivery to the dead letters with a reason, which must hold no personal data;
    /// returns when that is on disk. On an error the delivery stays with the consumer.
    pub async fn park(&self, delivery: &Delivery, reason: &str) -> Result<(), BusError> {
        match self {
            Self::Embedded(consumer) => consumer.park(delivery, reason).await,
            Self::Rabbit(consumer) => consumer.park(delivery, reason).await,
        }
    }
}
