//! The query of a callback, and the two signatures in it.
//!
//! In: the query as it stands in the address. Out: its fields, and whether a signature is
//! good: `sha1` over the sorted concatenation of the token and what is signed.
//! Never here: the body.

use channel::Refusal;
use sha1::{Digest, Sha1};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// The longest value of a field that is looked at, in bytes.
const VALUE_BYTES_MAX: usize = 512;

/// What WeChat puts behind the address.
#[derive(Default)]
pub(crate) struct Query {
    pub(crate) signature: Option<String>,
    pub(crate) msg_signature: Option<String>,
    pub(crate) timestamp: String,
    pub(crate) nonce: String,
    pub(crate) echostr: Option<String>,
    pub(crate) encrypted: bool,
}

impl Query {
    /// Reads the fields; of a repeated one the first counts.
    pub(crate) fn parse(text: &str) -> Result<Self, Refusal> {
        let mut timestamp = None;
        let mut nonce = None;
        let mut query = Self::default();
        for (name, value) in form_urlencoded::parse(text.as_bytes()) {
            if value.len() > VALUE_BYTES_MAX {
                return Err(Refusal::Malformed("query value too long"));
            }
            let value = value.into_owned();
            match name.as_ref() {
                "signature" => query.signature = query.signature.or(Some(value)),
                "msg_signature" => query.msg_signature = query.msg_signature.or(Some(value)),
                "timestamp" => timestamp = timestamp.or(Some(value)),
                "nonce" => nonce = nonce.or(Some(value)),
                "echostr" => query.echostr = query.echostr.or(Some(value)),
                "encrypt_type" => query.encrypted |= value == "aes",
                _ => {}
            }
        }
        query.timestamp = timestamp.ok_or(Refusal::Signature("no timestamp"))?;
        query.nonce = nonce.ok_or(Refusal::Signature("no nonce"))?;
        Ok(query)
    }

    /// Checks `signature`, which covers time and nonce only.
    pub(crate) fn check_signature(&self, token: &str) -> Result<(), Refusal> {
        check(self.signature.as_deref(), &mut [token, &self.timestamp, &self.nonce])
    }

    /// Checks `msg_signature`, which covers the sealed message too.
    pub(crate) fn check_msg_signature(&self, token: &str, encrypted: &str) -> Result<(), Refusal> {
        check(self.msg_signature.as_deref(), &mut [token, &self.timestamp, &self.nonce, encrypted])
    }
}

fn check(given: Option<&str>, signed: &mut [&str]) -> Result<(), Refusal> {
    let given = given.ok_or(Refusal::Signature("missing"))?;
    signed.sort_unstable();
    let all = Zeroizing::new(signed.concat());
    let good = hex::encode(Sha1::digest(all.as_bytes()));
    match good.as_bytes().ct_eq(given.to_ascii_lowercase().as_bytes()).into() {
        true => Ok(()),
        false => Err(Refusal::Signature("wrong")),
    }
}
