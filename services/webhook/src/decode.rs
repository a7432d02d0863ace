//! From a service's JSON to a contact.
//!
//! In: a call whose signature is good, and where the fields stand. Out: what the client
//! sent, or why that cannot be told. Never here: ids, sealing, the bus.

use channel::{
    Arrival, Incoming, Raw, Received, Refusal,
    neutral::{self, PROVIDER_ID_BYTES_MAX},
};
use contract::{Address, AddressKind};

use crate::{
    map::Map,
    wire::{self, Document},
};

/// The most attachments that one message brings.
pub(crate) const PARTS_MAX: usize = 64;

/// Reads a post.
pub(crate) fn message(raw: &Raw, map: &Map, namespace: &str) -> Result<Received, Refusal> {
    neutral::check_charset(raw)?;
    let arrival = match Document::read(&raw.body).and_then(|document| incoming(&document, map, namespace)) {
        Ok(incoming) => Arrival::Contact(Box::new(incoming)),
        Err(reason) => Arrival::Undecodable(reason),
    };
    Ok(Received { arrivals: vec![arrival], answer: None })
}

fn incoming(document: &Document, map: &Map, namespace: &str) -> Result<Incoming, String> {
    let id = |pointer, name| document.at(pointer).map_or(Ok(None), |value| wire::id(value, name));
    let provider_id = id(map.id.as_ref(), "id")?;
    if provider_id.as_ref().is_some_and(|id| id.len() > PROVIDER_ID_BYTES_MAX) {
        return Err("id is too long".to_owned());
    }
    let from = id(map.from.as_ref(), "from")?;
    if map.from.is_some() && from.is_none() {
        return Err("from is empty".to_owned());
    }
    let from = from.map(|from| Address::parse(AddressKind::Webhook, &from)).transpose();
    let from = from.map_err(|_| "from is too long or holds control characters".to_owned())?;
    let received_at =
        document.at(map.received_at.as_ref()).map_or(Ok(None), |value| wire::time(value, "received_at"))?;
    let parts = document.at(map.attachments.as_ref()).map_or(Ok(Vec::new()), wire::parts)?;
    if parts.len() > PARTS_MAX {
        return Err("too many attachments".to_owned());
    }
    let text = document.at(map.text.as_ref()).map(wire::text);
    if text.is_none() && parts.is_empty() {
        return Err("there is neither a text nor an attachment where the map points".to_owned());
    }
    Ok(Incoming {
        provider_id,
        text: text.unwrap_or_default(),
        received_at,
        thread: id(map.thread.as_ref(), "thread")?.into_iter().collect(),
        parts,
        ..Incoming::message(from.map(|from| from.within(namespace)))
    })
}
