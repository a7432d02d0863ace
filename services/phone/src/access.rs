//! Who may post call records: our signature, or HTTP basic for exchanges that cannot sign.
//!
//! In: a call, the line's account and secret. Out: whether it may.
//! Never here: the record itself.

use base64::{Engine, engine::general_purpose::STANDARD};
use channel::{Raw, Refusal, signature};
use contract::{AccountId, Timestamp};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Asks for our signature.
pub(crate) fn signed(raw: &Raw, secret: &str, now: Timestamp) -> Result<(), Refusal> {
    signature::check(raw, secret.as_bytes(), now)
}

/// Asks for our signature, or else for the account and its secret by HTTP basic.
pub(crate) fn signed_or_basic(raw: &Raw, account: &AccountId, secret: &str, now: Timestamp) -> Result<(), Refusal> {
    if raw.header(signature::HEADER).is_some() {
        return signed(raw, secret, now);
    }
    let header = raw.header("authorization").ok_or(Refusal::Signature("missing"))?;
    let given = basic(header).ok_or(Refusal::Signature("no basic credentials"))?;
    let expected = Zeroizing::new(format!("{account}:{secret}"));
    let good: bool = given.as_slice().ct_eq(expected.as_bytes()).into();
    if good { Ok(()) } else { Err(Refusal::Signature("wrong")) }
}

fn basic(header: &str) -> Option<Zeroizing<Vec<u8>>> {
    let (scheme, credentials) = header.trim().split_once(' ')?;
    let decoded = STANDARD.decode(credentials.trim()).ok()?;
    scheme.eq_ignore_ascii_case("basic").then_some(Zeroizing::new(decoded))
}
