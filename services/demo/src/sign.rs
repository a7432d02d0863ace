//! Signs what providers post, with the scheme of the neutral profiles.
//!
//! In: a secret, a body. Out: a request with its signature. Never here: a check of one.

use std::time::Duration;

use contract::Millis;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::RequestBuilder;
use runtime::Clock;
use sha2::Sha256;

/// The header that carries the signature.
const HEADER: &str = "X-Shouwen-Signature";

/// Puts a JSON body into a request, signed at this moment.
pub fn signed(request: RequestBuilder, secret: &str, body: String) -> RequestBuilder {
    let seconds = unix_s();
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(format!("{seconds}.{body}").as_bytes());
    let value = format!("t={seconds},v1={}", hex::encode(mac.finalize().into_bytes()));
    request.header(HEADER, value).header("content-type", "application/json").body(body)
}

/// Gives the Unix time in seconds.
#[must_use]
pub fn unix_s() -> i64 {
    Clock::machine().now().as_ms() / 1000
}

/// Gives this moment as RFC 3339 has it.
#[must_use]
pub fn now() -> String {
    Clock::machine().now().to_string()
}

/// Gives the moment so far ahead, as RFC 3339 has it.
#[must_use]
pub fn ahead(span: Duration) -> String {
    let span = Millis::new(i64::try_from(span.as_millis()).unwrap_or(i64::MAX));
    (Clock::machine().now() + span).to_string()
}
