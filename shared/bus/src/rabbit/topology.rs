//! What has to be there on the broker, as data.
//!
//! In: the name of a queue and its limit. Out: arguments, a binding. Never here: a channel.
//! Whoever changes an argument of a queue that exists meets the broker's refusal; see `declare`.

use lapin::types::{AMQPValue, FieldTable};

use crate::{limits::Limit, name::QueueName};

/// The exchange to which committed events go; every `events.*` queue is bound to it.
pub(super) const EVENTS: &str = "events";
/// Held while somebody walks through the dead letters; see `walk`.
pub(super) const WALK_LOCK: &str = "dead.walk";
/// How long it stays without a consumer.
const WALK_LOCK_MS: i32 = 3000;
/// After so many deliveries the broker moves a message to `dead` by itself. Ours are parked
/// at the third; but a consumer that dies counts for its whole prefetch. Version 3.10 deletes
/// at the first redelivery where it is -1, 4.x takes 20 where it is absent.
const DELIVERY_LIMIT: i32 = 1000;
/// Of `dead`, where the broker would delete: each look at the letters counts as a delivery.
const DELIVERY_LIMIT_DEAD: i32 = i32::MAX;

/// Gives the arguments of a queue.
pub(super) fn arguments(queue: &QueueName, limit: Limit) -> FieldTable {
    let mut table = FieldTable::default();
    let mut put = |key: &str, value: AMQPValue| {
        table.insert(key.into(), value);
    };
    put("x-queue-type", text("quorum"));
    put("x-overflow", text("reject-publish"));
    put("x-max-length", number(limit.messages));
    put("x-max-length-bytes", number(limit.bytes));
    if *queue == QueueName::Dead {
        put("x-delivery-limit", AMQPValue::LongInt(DELIVERY_LIMIT_DEAD));
    } else {
        put("x-delivery-limit", AMQPValue::LongInt(DELIVERY_LIMIT));
        put("x-dead-letter-strategy", text("at-least-once"));
        put("x-dead-letter-exchange", text(""));
        put("x-dead-letter-routing-key", text(&QueueName::Dead.to_string()));
    }
    table
}

/// Says whether a queue gets what is published to `EVENTS`.
pub(super) const fn is_bound(queue: &QueueName) -> bool {
    matches!(queue, QueueName::Events(_))
}

/// Gives the arguments of a consumer; of several the highest priority is served first.
pub(super) fn consumer(priority: u64) -> FieldTable {
    let mut table = FieldTable::default();
    table.insert("x-priority".into(), number(priority));
    table
}

/// Gives the arguments of `WALK_LOCK`: it ends by itself when a walk was given up before it
/// had a consumer.
pub(super) fn walk_lock() -> FieldTable {
    let mut table = FieldTable::default();
    table.insert("x-expires".into(), AMQPValue::LongInt(WALK_LOCK_MS));
    table
}

fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(value.into())
}

fn number(value: u64) -> AMQPValue {
    AMQPValue::LongLongInt(i64::try_from(value).unwrap_or(i64::MAX))
}
