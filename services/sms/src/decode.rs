//! From a signed post to a contact.
//!
//! In: a provider's call. Out: what the client sent, or why that cannot be told.
//! Never here: ids, sealing, the bus.

use channel::{
    Arrival, Incoming, Raw, Received, Refusal,
    neutral::{self, PROVIDER_ID_BYTES_MAX},
    signature,
};
use contract::{Address, AddressKind, Timestamp};

use crate::wire::{self, Message};

/// Reads a post: signature first, then charset, then content.
pub(crate) fn message(raw: &Raw, secret: &[u8], now: Timestamp) -> Result<Received, Refusal> {
    signature::check(raw, secret, now)?;
    neutral::check_charset(raw)?;
    let arrival = match wire::message(&raw.body).and_then(incoming) {
        Ok(incoming) => Arrival::Contact(Box::new(incoming)),
        Err(reason) => Arrival::Undecodable(reason),
    };
    Ok(Received { arrivals: vec![arrival], answer: None })
}

fn incoming(message: Message) -> Result<Incoming, String> {
    let from = message.from.filter(|from| !from.trim().is_empty());
    let from = from.map(|from| Address::parse(AddressKind::Phone, &from)).transpose();
    let from = from.map_err(|_| "from is no telephone number".to_owned())?;
    let received_at = message.received_at.map(|at| at.parse()).transpose();
    let received_at = received_at.map_err(|_| "received_at is no RFC 3339 time with an offset".to_owned())?;
    let provider_id = message.id.filter(|id| !id.is_empty());
    if provider_id.as_ref().is_some_and(|id| id.len() > PROVIDER_ID_BYTES_MAX) {
        return Err("id is too long".to_owned());
    }
    Ok(Incoming {
        provider_id,
        to: message.to.into_iter().collect(),
        text: message.text,
        received_at,
        ..Incoming::message(from)
    })
}
