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
    let from = filled(message.from).ok_or("from is empty")?;
    let from = Address::parse(AddressKind::Phone, &from).map_err(|_| "from is no telephone number")?;
    let received_at = filled(message.received_at).map(|at| at.trim().parse()).transpose();
    let received_at = received_at.map_err(|_| "received_at is no RFC 3339 time with an offset")?;
    let provider_id = filled(message.id);
    if provider_id.as_ref().is_some_and(|id| id.len() > PROVIDER_ID_BYTES_MAX) {
        return Err("id is too long".to_owned());
    }
    Ok(Incoming {
        provider_id,
        to: filled(message.to).into_iter().collect(),
        text: message.text,
        received_at,
        ..Incoming::message(Some(from))
    })
}

/// Takes what holds nothing but blanks as what is not there.
fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}
