//! Short messages in, out and receipts, in the neutral form (profile `generic`).
//!
//! In: signed posts of a provider, deliveries. Out: contacts, receipts, signed submits.
//! Never here: another provider's dialect, a retry, HTTP itself.

mod decode;
mod encode;
mod wire;

use channel::{Call, Channel, Outbound, Raw, Received, Refusal, Reply, SendOutcome, Unsendable, neutral, signature};
use contract::{ChannelKind, Timestamp};

/// An account of short messages whose provider speaks the neutral form.
pub struct Sms {
    secret: Vec<u8>,
    send_url: Option<String>,
}

impl Sms {
    /// Makes an account that trusts calls signed with `secret` and submits to `send_url`;
    /// without one it cannot answer.
    #[must_use]
    pub fn generic(secret: impl Into<Vec<u8>>, send_url: Option<String>) -> Self {
        Self { secret: secret.into(), send_url }
    }
}

impl Channel for Sms {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Sms
    }

    fn receive(&self, raw: &Raw, now: Timestamp) -> Result<Received, Refusal> {
        match (raw.tail.as_str(), raw.method.as_str()) {
            ("", "POST") => decode::message(raw, &self.secret, now),
            ("receipts", "POST") => {
                signature::check(raw, &self.secret, now)?;
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
