//! How a service proves that a call is its own.
//!
//! In: a call and the secret shared with the service. Out: yes, or a refusal.
//! Never here: what the call says.

use base64::{Engine, engine::general_purpose::STANDARD};
use channel::{Raw, Refusal, signature};
use contract::Timestamp;
use hmac::Mac;
use subtle::ConstantTimeEq;

/// The scheme by which calls are checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verify {
    /// Our own signature.
    Ours,
    /// A header that a foreign scheme fills; its name in any case, and what stands before the value.
    Foreign {
        /// The header's name.
        header: String,
        /// What stands before the value, such as `sha256=`; often empty.
        prefix: String,
        /// What the value is made of.
        over: Over,
    },
}

/// What a foreign header's value is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Over {
    /// HMAC-SHA-256 of the body.
    Body(Encoding),
    /// HMAC-SHA-256 of `<time stamp>.<body>`, the stamp (Unix seconds) in a header of this name.
    StampedBody(Encoding, String),
    /// Nothing: the value is the secret itself.
    Token,
}

/// How an HMAC is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Hexadecimal digits.
    Hex,
    /// Base64 with padding.
    Base64,
}

impl Verify {
    /// Says whether a call is the service's own.
    pub fn check(&self, raw: &Raw, secret: &[u8], now: Timestamp) -> Result<(), Refusal> {
        let Self::Foreign { header, prefix, over } = self else { return signature::check(raw, secret, now) };
        let value = raw.header(&header.to_ascii_lowercase()).ok_or(Refusal::Signature("missing"))?;
        let value = value.trim().strip_prefix(prefix.as_str()).ok_or(Refusal::Signature("prefix missing"))?;
        match over {
            Over::Token => equal(value.as_bytes(), secret),
            Over::Body(encoding) => good(secret, &[&raw.body], &encoding.decode(value)?),
            Over::StampedBody(encoding, stamp) => {
                let stamp = raw.header(&stamp.to_ascii_lowercase()).ok_or(Refusal::Signature("no time stamp"))?;
                good(secret, &[stamp.as_bytes(), b".", &raw.body], &encoding.decode(value)?)?;
                signature::check_age(signature::seconds(stamp)?, now)
            }
        }
    }
}

impl Encoding {
    fn decode(self, text: &str) -> Result<Vec<u8>, Refusal> {
        match self {
            Self::Hex => hex::decode(text).map_err(|_| Refusal::Signature("not hexadecimal")),
            Self::Base64 => STANDARD.decode(text).map_err(|_| Refusal::Signature("not Base64")),
        }
    }
}

fn good(secret: &[u8], over: &[&[u8]], given: &[u8]) -> Result<(), Refusal> {
    let mut mac = signature::hmac(secret);
    for part in over {
        mac.update(part);
    }
    mac.verify_slice(given).map_err(|_| Refusal::Signature("wrong"))
}

fn equal(given: &[u8], secret: &[u8]) -> Result<(), Refusal> {
    if bool::from(given.ct_eq(secret)) { Ok(()) } else { Err(Refusal::Signature("wrong")) }
}
