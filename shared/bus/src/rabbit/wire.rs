//! Messages as AMQP carries them.
//!
//! In: a message, or a delivery of the broker. Out: properties, or a message and how often it
//! was delivered before. Headers that the broker adds stay out of messages; of headers that
//! share a name the last one stays. Never here: a channel.

use contract::{InputId, Timestamp, id::derived};
use lapin::{
    BasicProperties,
    types::{AMQPValue, FieldTable},
};

use crate::message::{CONTENT_TYPE, Message};

/// What our bodies are.
const PROTOBUF: &str = "application/x-protobuf";
/// Survives a restart of the broker.
const PERSISTENT: u8 = 2;
/// How often a message was given back, by a consumer or because it went.
const DELIVERY_COUNT: &str = "x-delivery-count";
/// How often a message was handed out before, where the broker tells that apart.
const ACQUIRED_COUNT: &str = "x-acquired-count";
/// What stands before the names of the broker's own headers.
const OF_THE_BROKER: &str = "x-";

/// Gives the properties of a message.
pub(super) fn properties(message: &Message, now: Timestamp) -> BasicProperties {
    let mut headers = FieldTable::default();
    for (name, value) in message.headers.iter().filter(|(name, _)| name != CONTENT_TYPE) {
        headers.insert(name.as_str().into(), AMQPValue::LongString(value.as_str().into()));
    }
    BasicProperties::default()
        .with_content_type(message.header(CONTENT_TYPE).unwrap_or(PROTOBUF).into())
        .with_delivery_mode(PERSISTENT)
        .with_message_id(InputId::new(message.id).to_string().into())
        .with_timestamp(u64::try_from(now.as_ms() / 1000).unwrap_or(0))
        .with_headers(headers)
}

/// Reads a message; one that another producer left without an id gets one that is found again.
pub(super) fn message(properties: &BasicProperties, body: Vec<u8>) -> Message {
    let named = properties.message_id().as_ref().map(|id| id.as_str());
    let id = named
        .and_then(|id| id.parse().ok())
        .map_or_else(|| derived(&[b"amqp", named.unwrap_or_default().as_bytes(), &body]), |id: InputId| id.bits());
    let mut headers: Vec<(String, String)> = table(properties)
        .into_iter()
        .flat_map(FieldTable::inner)
        .filter(|(name, _)| !name.as_str().starts_with(OF_THE_BROKER))
        .filter_map(|(name, value)| Some((name.to_string(), text(value)?)))
        .collect();
    let content_type = properties.content_type().as_ref().map(|kind| kind.as_str());
    if let Some(other) = content_type.filter(|kind| *kind != PROTOBUF) {
        headers.push((CONTENT_TYPE.to_owned(), other.to_owned()));
    }
    Message { id, headers, body: body.into() }
}

/// Gives how often a message was, or may have been, delivered before.
pub(super) fn count(properties: &BasicProperties, redelivered: bool) -> u32 {
    let told = |name| table(properties).and_then(|table| number(table.inner().get(name)?));
    let told = told(DELIVERY_COUNT).max(told(ACQUIRED_COUNT)).unwrap_or(0);
    told.max(u32::from(redelivered))
}

/// What the broker writes on a message that it moved to `dead` by itself.
pub(super) struct Death {
    /// The queue it was in.
    pub(super) queue: String,
    /// Why, in the broker's word.
    pub(super) reason: String,
    /// When, in whole seconds.
    pub(super) at: Timestamp,
}

/// Reads what the broker wrote about its last move of a message.
pub(super) fn death(properties: &BasicProperties) -> Option<Death> {
    let AMQPValue::FieldArray(deaths) = table(properties)?.inner().get("x-death")? else { return None };
    let AMQPValue::FieldTable(last) = deaths.as_slice().first()? else { return None };
    let get = |name: &str| last.inner().get(name);
    let at = if let Some(AMQPValue::Timestamp(seconds)) = get("time") { *seconds } else { 0 };
    let at = Timestamp::from_ms(i64::try_from(at).unwrap_or(0).saturating_mul(1000));
    Some(Death { queue: text(get("queue")?)?, reason: text(get("reason")?)?, at })
}

fn table(properties: &BasicProperties) -> Option<&FieldTable> {
    properties.headers().as_ref()
}

fn text(value: &AMQPValue) -> Option<String> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "headers of other shapes mean nothing to us")]
    match value {
        AMQPValue::LongString(text) => String::from_utf8(text.as_bytes().to_vec()).ok(),
        AMQPValue::ShortString(text) => Some(text.to_string()),
        AMQPValue::Boolean(value) => Some(value.to_string()),
        other => number(other).map(|number| number.to_string()),
    }
}

fn number(value: &AMQPValue) -> Option<u32> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "what is no whole number counts as absent")]
    let number = match *value {
        AMQPValue::ShortShortInt(n) => i64::from(n),
        AMQPValue::ShortShortUInt(n) => i64::from(n),
        AMQPValue::ShortInt(n) => i64::from(n),
        AMQPValue::ShortUInt(n) => i64::from(n),
        AMQPValue::LongInt(n) => i64::from(n),
        AMQPValue::LongUInt(n) => i64::from(n),
        AMQPValue::LongLongInt(n) => n,
        _ => return None,
    };
    u32::try_from(number).ok()
}
