//! Signs what providers post, with the scheme of the neutral profiles.
//!
//! In: a secret, a time, a body. Out: the header's value. Never here: the product's own code
//! for it; a test that shared it would prove nothing.

use hmac::{Hmac, KeyInit, Mac};
use reqwest::RequestBuilder;
use sha2::Sha256;

/// The header that carries the signature.
pub const HEADER: &str = "X-Shouwen-Signature";

/// Signs a body at a Unix time in seconds.
#[must_use]
pub fn sign(secret: &str, unix_s: i64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(format!("{unix_s}.").as_bytes());
    mac.update(body);
    format!("t={unix_s},v1={}", hex::encode(mac.finalize().into_bytes()))
}

/// Puts a JSON body into a request, signed at this moment.
pub fn signed(request: RequestBuilder, secret: &str, body: String) -> RequestBuilder {
    let signature = sign(secret, unix_s(), body.as_bytes());
    request.header(HEADER, signature).header("content-type", "application/json").body(body)
}

/// Gives the Unix time in seconds.
#[must_use]
pub fn unix_s() -> i64 {
    runtime::Clock::machine().now().as_ms() / 1000
}
