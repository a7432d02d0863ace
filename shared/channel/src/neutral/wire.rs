//! The neutral bodies as they stand on the wire.
//!
//! In: fields or JSON. Out: JSON or fields. Never here: meaning.

use serde::{Deserialize, Serialize};

#[derive(Serialize)]
struct Submit<'a> {
    id: &'a str,
    to: &'a str,
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    thread: Option<&'a str>,
}

#[derive(Deserialize)]
struct Submitted {
    provider_id: Option<String>,
}

/// What a receipt says.
#[derive(Deserialize)]
pub(super) struct Receipt {
    pub(super) provider_id: String,
    pub(super) status: String,
    pub(super) error: Option<String>,
}

/// Writes the body of a submit.
pub(super) fn submit(id: &str, to: &str, text: &str, thread: Option<&str>) -> Vec<u8> {
    serde_json::to_vec(&Submit { id, to, text, thread }).expect("texts are always JSON")
}

/// Reads the provider's id from the answer to a submit, if it gives one.
pub(super) fn provider_id(body: &[u8]) -> Option<String> {
    serde_json::from_slice::<Submitted>(body).ok()?.provider_id
}

/// Reads the body of a receipt.
pub(super) fn receipt(body: &[u8]) -> Result<Receipt, String> {
    super::read(body)
}
