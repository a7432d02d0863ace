//! Our own signature, for every dialect that has none: `X-Shouwen-Signature:
//! t=<unix s>,v1=<hex hmac-sha256 of "t.body">`.
//!
//! In: a secret, a body, a time. Out: the header's value, or whether one is good.
//! Never here: what is in the body.

use contract::{Millis, Timestamp};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::adapter::{Raw, Refusal};

/// The header, in lower case.
pub const HEADER: &str = "x-shouwen-signature";

/// The longest time a signature's time stamp may be off, either way.
pub const AGE_MAX: Millis = Millis::from_secs(300);

/// The most `v1` values that are tried in one header; several stand there while a secret changes.
const VALUES_MAX: usize = 4;

/// Writes the header's value for a body at a time.
#[must_use]
pub fn sign(secret: &[u8], now: Timestamp, body: &[u8]) -> String {
    let seconds = Millis::new(now.as_ms()).whole_secs().to_string();
    let mac = mac(secret, &seconds, body).finalize().into_bytes();
    format!("t={seconds},v1={}", hex::encode(mac))
}

/// Says whether a call bears our signature and is neither too old nor too early.
pub fn check(raw: &Raw, secret: &[u8], now: Timestamp) -> Result<(), Refusal> {
    let value = raw.header(HEADER).ok_or(Refusal::Signature("missing"))?;
    let mut stamp = None;
    let mut good = false;
    for (name, value) in value.split(',').take(1 + VALUES_MAX).filter_map(|field| field.trim().split_once('=')) {
        match name {
            "t" => stamp = Some(value),
            "v1" => {
                let stamp = stamp.ok_or(Refusal::Signature("no time stamp before v1"))?;
                let given = hex::decode(value).map_err(|_| Refusal::Signature("v1 is not hexadecimal"))?;
                good |= mac(secret, stamp, &raw.body).verify_slice(&given).is_ok();
            }
            _ => {}
        }
    }
    let stamp = stamp.ok_or(Refusal::Signature("no time stamp"))?;
    if !good {
        return Err(Refusal::Signature("wrong"));
    }
    check_age(seconds(stamp)?, now)
}

/// Says whether a signed time is within `AGE_MAX` of `now`.
pub fn check_age(signed_at: Timestamp, now: Timestamp) -> Result<(), Refusal> {
    let off = now.since(signed_at);
    if off > AGE_MAX {
        Err(Refusal::Signature("too old"))
    } else if off < AGE_MAX.times(-1) {
        Err(Refusal::Signature("too far ahead"))
    } else {
        Ok(())
    }
}

/// Reads a time stamp in whole Unix seconds.
pub fn seconds(text: &str) -> Result<Timestamp, Refusal> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = text.parse::<i64>().ok().filter(|_| digits).ok_or(Refusal::Signature("time stamp is no number"))?;
    Ok(Timestamp::from_ms(Millis::from_secs(seconds).get()))
}

/// Gives HMAC-SHA-256 under a secret, to be fed and compared in constant time.
#[must_use]
pub fn hmac(secret: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(secret).expect("HMAC takes a key of any length")
}

fn mac(secret: &[u8], stamp: &str, body: &[u8]) -> Hmac<Sha256> {
    let mut mac = hmac(secret);
    mac.update(stamp.as_bytes());
    mac.update(b".");
    mac.update(body);
    mac
}

#[cfg(test)]
mod tests;
