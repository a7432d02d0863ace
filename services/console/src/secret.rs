//! Secrets that are shown once: tokens, cookies, tickets. Only their hash is kept.
//!
//! In: chance, or what a caller brings. Out: the text to show, the hash to keep.
//! Never here: where it is kept.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use runtime::Chance;
use sha2::{Digest, Sha256};
use store::users::SecretHash;

/// Random bytes of a secret.
const SECRET_BYTES: usize = 32;
/// The longest text in bytes that is taken for a secret.
const TEXT_BYTES_MAX: usize = 128;

/// A fresh secret.
pub struct Secret {
    /// What its owner gets, once.
    pub text: String,
    /// What is kept.
    pub hash: SecretHash,
}

impl Secret {
    /// Makes one; `prefix` says what it is for, so that a leaked one is recognised.
    #[must_use]
    pub fn fresh(chance: &Chance, prefix: &str) -> Self {
        let text = format!("{prefix}{}", URL_SAFE_NO_PAD.encode(chance.bytes::<SECRET_BYTES>()));
        let hash = hash(&text);
        Self { text, hash }
    }
}

/// Gives the hash of what a caller brings; `None` for what is too long to be a secret of ours.
#[must_use]
pub fn hash_of(text: &str) -> Option<SecretHash> {
    (!text.is_empty() && text.len() <= TEXT_BYTES_MAX).then(|| hash(text))
}

fn hash(text: &str) -> SecretHash {
    Sha256::digest(text.as_bytes()).into()
}

/// What a bearer token begins with.
pub const TOKEN_PREFIX: &str = "sw_";
/// What a cookie's value begins with.
pub const COOKIE_PREFIX: &str = "sws_";
/// What a ticket begins with.
pub const TICKET_PREFIX: &str = "swt_";
/// What the ticket of a sign-in link begins with; a socket's ticket signs nobody in.
pub const LINK_PREFIX: &str = "swl_";
