//! Any JSON service in and out: configuration says where the fields stand and how calls
//! are signed.
//!
//! In: signed posts of any JSON, deliveries. Out: contacts, receipts, signed submits.
//! Never here: code for one particular service, a fetch of what an address points to.

mod decode;
mod encode;
pub mod map;
pub mod verify;
mod wire;

use channel::{Call, Channel, Outbound, Raw, Received, Refusal, Reply, SendOutcome, Unsendable, neutral};
use contract::{ChannelKind, Timestamp};

pub use map::{Map, Pointer, PointerError};
pub use verify::{Encoding, Over, Verify};

/// An account of one service.
pub struct Webhook {
    secret: Vec<u8>,
    map: Map,
    verify: Verify,
    namespace: String,
    send_url: Option<String>,
}

impl Webhook {
    /// Makes an account that trusts what `verify` finds good under `secret`, finds fields by
    /// `map` and submits to `send_url`; without one it cannot answer. Senders of two accounts
    /// are the same people where their `namespace` is the same.
    #[must_use]
    pub fn new(
        secret: impl Into<Vec<u8>>,
        map: Map,
        verify: Verify,
        namespace: String,
        send_url: Option<String>,
    ) -> Self {
        Self { secret: secret.into(), map, verify, namespace, send_url }
    }
}

impl Channel for Webhook {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Webhook
    }

    fn receive(&self, raw: &Raw, now: Timestamp) -> Result<Received, Refusal> {
        match (raw.tail.as_str(), raw.method.as_str()) {
            ("", "POST") => {
                self.verify.check(raw, &self.secret, now)?;
                decode::message(raw, &self.map, &self.namespace)
            }
            ("receipts", "POST") => {
                self.verify.check(raw, &self.secret, now)?;
                neutral::receipts(raw)
            }
            ("" | "receipts", _) => Err(Refusal::Method),
            _ => Err(Refusal::NoRoute),
        }
    }

    fn send(&self, outbound: &Outbound, _token: Option<&str>, now: Timestamp) -> Result<Call, Unsendable> {
        encode::submit(self.send_url.as_deref(), &self.secret, outbound, now)
    }

    fn outcome(&self, reply: &Reply) -> SendOutcome {
        neutral::outcome(reply)
    }
}

#[cfg(test)]
mod tests;
