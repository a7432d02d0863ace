//! A short message as the neutral form writes it.
//!
//! In: JSON. Out: its fields. Never here: meaning.

use channel::neutral;
use serde::Deserialize;

/// `{"id","from","to","text","received_at"}`; what a provider does not know it may leave out.
#[derive(Deserialize)]
pub(crate) struct Message {
    pub(crate) id: Option<String>,
    pub(crate) from: Option<String>,
    pub(crate) to: Option<String>,
    pub(crate) text: String,
    pub(crate) received_at: Option<String>,
}

/// Reads a body; what it says when it cannot holds nothing of it.
pub(crate) fn message(body: &[u8]) -> Result<Message, String> {
    neutral::read(body)
}
