//! The generic form of an event of a call, as JSON.
//!
//! In: bytes. Out: `Event`, every field still as it was written.
//! Never here: meaning, see `decode`.

use channel::neutral;
use serde::Deserialize;
use serde_json::Value;

/// An event of a call; fields that are not known are ignored.
#[derive(Deserialize)]
pub(crate) struct Event {
    pub(crate) call_id: String,
    #[serde(default)]
    pub(crate) event: Option<String>,
    #[serde(default)]
    pub(crate) from: Option<String>,
    #[serde(default)]
    pub(crate) to: Option<String>,
    pub(crate) at: String,
    #[serde(default)]
    pub(crate) queue: Option<String>,
    #[serde(default)]
    pub(crate) agent: Option<String>,
    #[serde(default)]
    pub(crate) ring_s: Option<Value>,
    #[serde(default)]
    pub(crate) wait_s: Option<Value>,
    #[serde(default)]
    pub(crate) language: Option<String>,
    /// The transcript of a voice message.
    #[serde(default)]
    pub(crate) text: Option<String>,
    /// Where the exchange keeps the recording.
    #[serde(default)]
    pub(crate) recording: Option<String>,
}

impl Event {
    /// Reads an event; what it says when it cannot holds nothing of it.
    pub(crate) fn read(body: &[u8]) -> Result<Self, String> {
        neutral::read(body)
    }

    /// Reads an event posted to `…/route`, where a call rings nowhere yet unless it says so.
    pub(crate) fn read_queueing(body: &[u8]) -> Result<Self, String> {
        let event = Self::read(body)?;
        Ok(Self { event: event.event.or_else(|| Some("ringing".to_owned())), ..event })
    }
}
